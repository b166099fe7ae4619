//! Reminders before a certificate's end: 90, 30, 7 and 1 days before, each once, whatever happens to servers and bindings.

use domain::Span;
use serde_json::{Value, json};
use server::applications::reminders;
use server::jobs;

use super::later::bound;
use crate::harness::{Key, World};

const DAY: Span = Span::hours(24);

/// The reminders of the supplier, oldest first.
async fn told(world: &World) -> Vec<Value> {
    let browser = world.gongecai();
    browser.log_in("lin").await.expect(200);
    let all = browser.get("/notices").await.expect(200);
    let items = all["items"].as_array().unwrap().iter().rev();
    items
        .filter(|one| one["kind"] == "certificate_ending")
        .cloned()
        .collect()
}

async fn days(world: &World) -> Vec<i64> {
    let told = told(world).await;
    told.iter()
        .map(|notice| notice["facts"]["days"].as_i64().unwrap())
        .collect()
}

/// So many days pass, with a server that works all the while.
async fn live(world: &World, count: i64) {
    for _ in 0..count {
        world.pass(DAY);
        jobs::run_due(&world.state).await.unwrap();
    }
}

async fn begun(world: &World) -> Key {
    let (_, key) = bound(world).await;
    reminders::schedule(&world.state).await.unwrap();
    reminders::schedule(&world.state).await.unwrap();
    let done = jobs::run_due(&world.state).await.unwrap();
    assert_eq!(done, 1, "one sweep, however often it is scheduled");
    assert!(told(world).await.is_empty());
    key
}

async fn a_holder_is_told_90_30_7_and_1_days_before_the_end_and_what_it_would_disturb(
    world: World,
) {
    begun(&world).await;
    let supplier = world.gongecai();
    supplier.log_in("lin").await.expect(200);
    let pdf = crate::harness::documents::pdf;
    supplier.upload("a.pdf", pdf()).await.expect(201);
    let gone = supplier.upload("b.pdf", pdf()).await.expect(201);
    let gone = format!("/documents/{}", gone["id"].as_str().unwrap());
    supplier.delete(&gone).await.expect(204);
    world.pass(Span::hours(24 * 270));
    live(&world, 100).await;
    assert_eq!(days(&world).await, [90, 30, 7, 1], "each once");
    for notice in told(&world).await {
        let drafts = &notice["facts"]["open"]["drafts"];
        assert_eq!(drafts, 1, "what was deleted is not open");
    }
}

async fn a_server_that_was_down_over_the_day_tells_when_it_is_back_with_the_days_that_are_left(
    world: World,
) {
    begun(&world).await;
    // Up until the 91st day before the end, down over the 90th and the 30th.
    world.pass(Span::hours(24 * 274));
    jobs::run_due(&world.state).await.unwrap();
    assert_eq!(days(&world).await, Vec::<i64>::new());
    world.pass(Span::hours(24 * 66));
    reminders::schedule(&world.state).await.unwrap();
    jobs::run_due(&world.state).await.unwrap();
    jobs::run_due(&world.state).await.unwrap();
    assert_eq!(
        days(&world).await,
        [25],
        "what was missed is told once, as it stands now"
    );
    live(&world, 30).await;
    assert_eq!(days(&world).await, [25, 7, 1]);
}

async fn a_key_that_is_released_and_bound_again_reminds_no_second_time(world: World) {
    // The second manual's way to release: by the owner, without the key.
    world.edit(
        "platforms/gongecai.toml",
        r#"unbind = "with_that_key""#,
        r#"unbind = "owner_or_administrator""#,
    );
    let key = begun(&world).await;
    world.pass(Span::hours(24 * 276));
    jobs::run_due(&world.state).await.unwrap();
    assert_eq!(days(&world).await, [89]);
    let supplier = world.gongecai();
    supplier.log_in("lin").await.expect(200);
    let bindings = supplier.get("/bindings").await.expect(200);
    let binding = bindings["items"][0]["id"].as_str().unwrap();
    supplier
        .delete(&format!("/bindings/{binding}"))
        .await
        .expect(204);
    supplier.bind(&key).await.expect(201);
    live(&world, 2).await;
    assert_eq!(days(&world).await, [89]);
}

async fn many_servers_tell_once(world: World) {
    begun(&world).await;
    world.pass(Span::hours(24 * 280));
    let servers = (0..8).map(|_| {
        let state = world.state.clone();
        tokio::spawn(async move { jobs::run_due(&state).await.unwrap() })
    });
    for server in futures_util::future::join_all(servers).await {
        server.unwrap();
    }
    assert_eq!(days(&world).await.len(), 1);
    let again = json!(told(&world).await);
    live(&world, 1).await;
    assert_eq!(json!(told(&world).await), again);
}

crate::on_both_databases!(
    a_holder_is_told_90_30_7_and_1_days_before_the_end_and_what_it_would_disturb,
    a_server_that_was_down_over_the_day_tells_when_it_is_back_with_the_days_that_are_left,
    a_key_that_is_released_and_bound_again_reminds_no_second_time,
    many_servers_tell_once,
);
