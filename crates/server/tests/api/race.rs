//! A thousand sessions that proved the same key bind it at the same moment: exactly one wins, and the others get the exact
//! message. Accounts and sessions are written beside the API, or the test would measure password hashes.

use domain::session::{Method, SessionSecret};
use domain::{Id, Timestamp};
use serde_json::json;
use sqlx::{Connection as _, Row as _};
use store::accounts::{self, NewAccount};
use store::sessions::{self, NewSession, Origin};
use store::{Deed, StoreError, Tx};

use crate::harness::{JIA, World};

const RACERS: usize = 1000;

struct Enter<'a> {
    organisation: &'a str,
    ids: Vec<[Id; 2]>,
    hashes: Vec<[u8; 32]>,
    now: Timestamp,
}

impl Deed for Enter<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let found =
            accounts::organisation_by_uscc(tx.connection(), "gongecai", self.organisation).await?;
        let organisation = found.unwrap().id;
        for (index, [account, session]) in self.ids.iter().enumerate() {
            let name = format!("racer{index}");
            let new = NewAccount {
                id: account,
                platform: "gongecai",
                organisation: &organisation,
                name: &name,
                person: "竞速",
                phone: "13800138001",
                role: "handler",
                password_hash: "none",
                at: self.now,
            };
            assert!(accounts::insert_account(tx.connection(), &new).await?);
            let new = NewSession {
                id: session,
                platform: "gongecai",
                secret_hash: self.hashes[index],
                account,
                method: Method::Password,
                key_number: None,
                risk: None,
                origin: &Origin::default(),
                at: self.now,
            };
            sessions::insert(tx.connection(), &new).await?;
        }
        Ok(Ok(()))
    }
}

async fn a_thousand_that_race_for_one_certificate_make_exactly_one_binding(world: World) {
    world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let secrets: Vec<_> = (0..RACERS)
        .map(|_| SessionSecret::new(&*world.random))
        .collect();
    let enter = Enter {
        organisation: JIA.uscc,
        ids: (0..RACERS)
            .map(|_| [world.state.new_id(), world.state.new_id()])
            .collect(),
        hashes: secrets.iter().map(SessionSecret::hash).collect(),
        now: world.now(),
    };
    let Ok(()) = world.state.store.perform(&enter).await.unwrap();
    let mut racers = Vec::with_capacity(RACERS);
    for secret in &secrets {
        let browser = world.gongecai();
        browser.set_cookie("__Host-yinxin-session", Some(secret.cookie_value()));
        let proof = browser.prove(&key).await.expect(201);
        racers.push((browser, proof["id"].clone()));
    }
    let race = racers.into_iter().map(|(browser, proof)| {
        tokio::spawn(async move {
            browser
                .post("/bindings", &json!({ "proof_id": proof }))
                .await
        })
    });
    let (mut won, mut lost) = (0, 0);
    for answer in futures_util::future::join_all(race).await {
        let answer = answer.unwrap();
        if answer.status == 201 {
            won += 1;
        } else {
            let problem = answer.refused("bound_elsewhere");
            assert_eq!(problem["detail"]["zh"], "已被多人绑定");
            assert_eq!(problem["owner"]["organisation"], "演示**公司");
            lost += 1;
        }
    }
    assert_eq!((won, lost), (1, RACERS - 1));
    let mut raw = sqlx::AnyConnection::connect(&world.database).await.unwrap();
    let count = |row: sqlx::any::AnyRow| row.get::<i64, _>(0);
    let bound = sqlx::query("SELECT COUNT(*) FROM binding")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(count(bound), 1);
    // Whoever lost has its proof still: nothing of a refused deed stays.
    let used = sqlx::query("SELECT COUNT(*) FROM binding_proof WHERE used_at IS NOT NULL")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(count(used), 1);
}

/// Several threads, as a server has them: one alone would run the requests one after the other.
mod on_sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_thousand_that_race_for_one_certificate_make_exactly_one_binding() {
        let race = super::a_thousand_that_race_for_one_certificate_make_exactly_one_binding;
        crate::harness::database::on_sqlite(race).await;
    }
}

mod on_postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_thousand_that_race_for_one_certificate_make_exactly_one_binding() {
        let race = super::a_thousand_that_race_for_one_certificate_make_exactly_one_binding;
        crate::harness::database::on_postgres(race).await;
    }
}
