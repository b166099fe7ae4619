//! `yinxin ca` as a process of its own, killed by SIGKILL at each step: another process ends what it began.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use issuer::order::Issued;
use pki::{KeyFamily, SoftwareKey};
use server::authority::issuing::{Onward, Step};
use server::ca_role;
use sqlx::Row as _;

use crate::harness::World;
use crate::harness::authority::Wanted;
use crate::on_both_databases;

on_both_databases!(a_process_that_is_killed_at_any_step_leaves_nothing_behind);

fn process(world: &World, wait_at: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin"));
    command
        .arg("ca")
        .arg("--data")
        .arg(world.folder())
        .args(["--database", &world.database, "--once", "--json"])
        .arg("--catalogue")
        .arg(world.folder().join("catalogue"));
    if !wait_at.is_empty() {
        command.args(["--wait-at", wait_at]);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

async fn a_process_that_is_killed_at_any_step_leaves_nothing_behind(world: World) {
    world.recovery_shares().await;
    let persons = world.persons().await;
    // The keys that a process of before made: both have the same.
    drop(world.ca_role(Arc::new(Onward)).await);
    for step in Step::ALL {
        let key = SoftwareKey::generate(KeyFamily::Sm2).unwrap();
        let number = world.state.new_id().to_string();
        let order = world
            .order_certificates(&persons, &Wanted::sm2(&number), &key)
            .await;
        let mut child = process(&world, &step.name()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let waiting = format!(r#"{{"waiting":"{}"}}"#, step.name());
        let reached = lines.any(|line| line.unwrap() == waiting);
        assert!(reached, "{step:?}");
        child.kill().unwrap();
        child.wait().unwrap();

        // The harness's clock is ahead of the system's: the lease is over.
        let (role, _) = world.ca_role(Arc::new(Onward)).await;
        let done = ca_role::run_due(&role).await.unwrap();
        assert_eq!(done, usize::from(step != Step::Finished), "{step:?}");
        let result: Issued = serde_json::from_value(world.order_result(&order).await).unwrap();
        assert!(result.envelope.is_some());
    }
    let pool = world.state.store.read();
    let count = async |sql: &'static str| {
        let row = sqlx::query(sql).fetch_one(pool).await.unwrap();
        row.get::<i64, _>(0)
    };
    let orders = i64::try_from(Step::ALL.len()).unwrap();
    assert_eq!(
        count("SELECT COUNT(*) FROM issued_certificate WHERE state = 'intended'").await,
        0
    );
    assert_eq!(
        count("SELECT COUNT(*) FROM issued_certificate WHERE state = 'issued' AND order_id IS NOT NULL").await,
        2 * orders
    );
    // Killed between a serial and its result: for each of the two certificates once before and once after signing.
    assert_eq!(
        count("SELECT COUNT(*) FROM issued_certificate WHERE state = 'possibly_issued' AND revoked_at IS NOT NULL").await,
        4
    );
    assert_eq!(count("SELECT COUNT(*) FROM key_delivery").await, orders);
    assert_eq!(
        count("SELECT COUNT(DISTINCT encryption_key_id) FROM key_delivery").await,
        orders
    );

    let output = process(&world, "").output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains(r#"{"orders":0}"#)
    );
}
