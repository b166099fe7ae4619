//! Logging in by password, and its limits.

use domain::Span;
use serde_json::json;

use crate::harness::{Browser, JIA, World};

async fn guess(browser: &Browser, account: &str) -> crate::harness::Answer {
    browser
        .post(
            "/sessions/password",
            &json!({ "account": account, "password": "Wrong-2026-x" }),
        )
        .await
}

async fn a_wrong_name_and_a_wrong_password_get_one_answer(world: World) {
    world.registered(world.gongecai(), &JIA, "lin").await;
    let browser = world.gongecai();
    let known = guess(&browser, "lin").await.refused("password_wrong");
    let unknown = guess(&browser, "nobody").await.refused("password_wrong");
    assert_eq!(known, unknown);
}

async fn guessing_is_slowed_and_the_owner_elsewhere_is_not_locked_out(world: World) {
    world.registered(world.gongecai(), &JIA, "lin").await;
    let attacker = world.gongecai_from("198.51.100.7");
    for _ in 0..5 {
        guess(&attacker, "lin").await.refused("password_wrong");
    }
    let slowed = guess(&attacker, "lin").await;
    assert_eq!(slowed.headers["retry-after"], "15");
    slowed.refused("rate_limited");
    // Also with the right password: an answer in between would tell the attacker that it is right.
    attacker.log_in("lin").await.refused("rate_limited");
    world
        .gongecai_from("203.0.113.9")
        .log_in("lin")
        .await
        .expect(200);

    world.pass(Span::seconds(15));
    attacker.log_in("lin").await.expect(200);
}

async fn one_address_that_tries_many_names_is_slowed_too(world: World) {
    let attacker = world.gongecai_from("198.51.100.7");
    for index in 0..50 {
        guess(&attacker, &format!("name{index}"))
            .await
            .refused("password_wrong");
    }
    guess(&attacker, "name-51").await.refused("rate_limited");
}

async fn a_session_ends_by_logging_out_by_idleness_and_by_age(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    browser.delete("/session").await.expect(204);
    assert_eq!(
        browser.get("/session").await.expect(200)["account"],
        serde_json::Value::Null
    );
    browser.delete("/session").await.expect(204);
    browser.get("/bindings").await.refused("not_logged_in");

    browser.log_in("lin").await.expect(200);
    world.pass(Span::minutes(121));
    browser.get("/bindings").await.refused("not_logged_in");

    browser.log_in("lin").await.expect(200);
    for _ in 0..7 {
        world.pass(Span::minutes(60));
        browser.get("/bindings").await.expect(200);
    }
    world.pass(Span::minutes(61));
    browser.get("/bindings").await.refused("not_logged_in");
}

async fn a_session_of_one_platform_opens_nothing_on_the_other(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let carried = browser.to_host("localhost:8080");
    assert_eq!(
        carried.get("/session").await.expect(200)["account"],
        serde_json::Value::Null
    );
}

async fn the_cookie_changes_with_every_login_and_an_ended_one_stays_dead(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let first = browser.cookie("__Host-yinxin-session").unwrap();
    browser.delete("/session").await.expect(204);
    browser.log_in("lin").await.expect(200);
    assert_ne!(browser.cookie("__Host-yinxin-session").unwrap(), first);
    browser.set_cookie("__Host-yinxin-session", Some(&first));
    browser.get("/bindings").await.refused("not_logged_in");
}

crate::on_both_databases!(
    a_wrong_name_and_a_wrong_password_get_one_answer,
    guessing_is_slowed_and_the_owner_elsewhere_is_not_locked_out,
    one_address_that_tries_many_names_is_slowed_too,
    a_session_ends_by_logging_out_by_idleness_and_by_age,
    a_session_of_one_platform_opens_nothing_on_the_other,
    the_cookie_changes_with_every_login_and_an_ended_one_stays_dead,
);
