//! Reminders three working days before a deadline: by the calendar, once, by whichever server comes first.

use domain::Span;
use serde_json::{Value, json};
use server::jobs;

use crate::harness::{Browser, JIA, World, YI};

/// START is Friday, 15 January 2027, 16:00 in China; a deadline on Wednesday the 27th reminds on Friday the 22nd at nine.
const DEADLINE: &str = "2027-01-27T01:30:00Z";

async fn set(browser: &Browser, at: &str) -> Value {
    browser
        .post("/deadlines", &json!({ "name": "某某采购项目", "at": at }))
        .await
        .expect(201)
}

async fn a_supplier_is_reminded_three_working_days_before_and_once(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let deadline = set(&supplier, DEADLINE).await;
    assert_eq!(
        deadline["remind_at"], "2027-01-22T01:00:00Z",
        "nine in China"
    );
    assert_eq!(
        deadline["holidays_known"], false,
        "no notice for 2027 is in the calendar"
    );
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 0);
    assert_eq!(supplier.get("/notices").await.expect(200)["unread"], 0);

    world.pass(Span::hours(24 * 7));
    // Sessions live for hours; the supplier comes back.
    supplier.log_in("lin").await.expect(200);
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 1);
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 0);
    let told = supplier.get("/notices").await.expect(200);
    assert_eq!(told["unread"], 1);
    assert_eq!(told["items"][0]["kind"], "deadline_near");
    assert_eq!(told["items"][0]["facts"]["name"], "某某采购项目");
    let listed = supplier.get("/deadlines").await.expect(200);
    assert_eq!(listed["items"][0]["reminded_at"], "2027-01-22T08:00:00Z");
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn a_deadline_that_is_near_reminds_at_once_and_one_taken_back_never(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let near = set(&supplier, "2027-01-18T01:00:00Z").await;
    assert_eq!(near["remind_at"], "2027-01-15T08:00:00Z", "now");
    let gone = set(&supplier, "2027-01-19T01:00:00Z").await;
    let path = format!("/deadlines/{}", gone["id"].as_str().unwrap());
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    other.delete(&path).await.refused("not_found");
    supplier.delete(&path).await.expect(204);
    supplier.delete(&path).await.refused("not_found");
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 1);
    assert_eq!(supplier.get("/notices").await.expect(200)["total"], 1);
    assert_eq!(supplier.get("/deadlines").await.expect(200)["total"], 1);
}

async fn many_servers_remind_once(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    for minute in 10..30 {
        set(&supplier, &format!("2027-01-18T01:{minute}:00Z")).await;
    }
    let servers = (0..8).map(|_| {
        let state = world.state.clone();
        tokio::spawn(async move { jobs::run_due(&state).await.unwrap() })
    });
    let done: usize = futures_util::future::join_all(servers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();
    assert_eq!(done, 20);
    assert_eq!(supplier.get("/notices").await.expect(200)["total"], 20);
}

async fn a_claim_that_a_dead_server_left_is_taken_over_when_its_lease_ends(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    set(&supplier, "2027-01-18T01:00:00Z").await;
    let claim = world.state.new_id();
    let job = world
        .state
        .store
        .claim_job(&claim, world.now())
        .await
        .unwrap();
    assert!(job.is_some());
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 0, "it is held");
    world.pass(Span::minutes(3));
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 1);
    assert_eq!(supplier.get("/notices").await.expect(200)["total"], 1);
}

async fn a_deadline_is_a_time_to_come(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    for at in [
        "2027-01-15T07:00:00Z",
        "2031-01-01T00:00:00Z",
        "tomorrow",
        "2027-02-30T00:00:00Z",
    ] {
        supplier
            .post("/deadlines", &json!({ "name": "x", "at": at }))
            .await
            .refused("invalid");
    }
    supplier
        .post("/deadlines", &json!({ "name": "", "at": DEADLINE }))
        .await
        .refused("invalid");
}

async fn the_operator_maintains_the_holidays_in_a_file(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    world.edit(
        "catalogue/calendar/holidays.toml",
        "[[years]]",
        "[[years]]\nyear = 2027\nholidays = [\"2027-01-22\"]\n[[years]]",
    );
    let deadline = set(&supplier, DEADLINE).await;
    assert_eq!(deadline["remind_at"], "2027-01-21T01:00:00Z");
    assert_eq!(deadline["holidays_known"], true);
}

crate::on_both_databases!(
    a_supplier_is_reminded_three_working_days_before_and_once,
    a_deadline_that_is_near_reminds_at_once_and_one_taken_back_never,
    many_servers_remind_once,
    a_claim_that_a_dead_server_left_is_taken_over_when_its_lease_ends,
    a_deadline_is_a_time_to_come,
    the_operator_maintains_the_holidays_in_a_file,
);
