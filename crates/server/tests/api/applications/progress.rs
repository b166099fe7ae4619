//! 进度查询 without an account: a code by telephone, and nothing for strangers.

use domain::Span;
use serde_json::{Value, json};

use crate::harness::applying::PAPERS;
use crate::harness::{Browser, JIA, World};

const PHONE: &str = "13800138000";

async fn sent(world: &World) -> Vec<String> {
    let outbox = world.state.store.outbox("gongecai").await.unwrap();
    let codes = outbox
        .iter()
        .filter(|message| message.kind == "progress_code");
    codes
        .map(|message| message.text[message.text.find(' ').unwrap() + 1..][..6].to_owned())
        .collect()
}

async fn ask(browser: &Browser, number: &str, phone: &str) -> u16 {
    let body = json!({ "number": number, "phone": phone });
    browser.post("/progress/codes", &body).await.status.as_u16()
}

fn query(number: &str, code: &str) -> Value {
    json!({ "number": number, "phone": PHONE, "code": code })
}

async fn whoever_has_number_and_telephone_sees_how_far_it_is(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let number = application["number"].as_str().unwrap();
    let stranger = world.gongecai();
    assert_eq!(ask(&stranger, &number.to_lowercase(), PHONE).await, 204);
    let codes = sent(&world).await;
    let shown = stranger
        .post("/progress", &query(number, &codes[0]))
        .await
        .expect(200);
    assert_eq!(shown["state"], "awaiting_payment");
    assert_eq!(shown["provider_name"]["zh"], "深圳CA");
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps[0]["done"], true);
    assert_eq!(steps.last().unwrap()["state"], "active");
    let text = shown.to_string();
    for private in [PHONE, JIA.name, JIA.uscc, "王经办"] {
        assert!(!text.contains(private), "{private}");
    }
}

async fn an_unknown_number_a_wrong_telephone_and_a_wrong_code_look_alike(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let number = application["number"].as_str().unwrap();
    let stranger = world.gongecai();
    assert_eq!(ask(&stranger, "SL2027011599999999", PHONE).await, 204);
    assert_eq!(ask(&stranger, number, "13900000000").await, 204);
    assert!(sent(&world).await.is_empty(), "nothing is sent to either");
    let unknown = stranger
        .post("/progress", &query("SL2027011599999999", "123456"))
        .await
        .refused("code_wrong");
    let wrong = stranger
        .post("/progress", &query(number, "123456"))
        .await
        .refused("code_wrong");
    assert_eq!(unknown, wrong);
}

async fn a_code_has_five_tries_and_ten_minutes_and_codes_have_limits(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let number = application["number"].as_str().unwrap();
    let stranger = world.gongecai();
    ask(&stranger, number, PHONE).await;
    let code = sent(&world).await[0].clone();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        stranger
            .post("/progress", &query(number, wrong))
            .await
            .refused("code_wrong");
    }
    stranger
        .post("/progress", &query(number, &code))
        .await
        .refused("code_wrong");
    world.pass(Span::minutes(1));
    ask(&stranger, number, PHONE).await;
    let code = sent(&world).await[0].clone();
    world.pass(Span::minutes(11));
    stranger
        .post("/progress", &query(number, &code))
        .await
        .refused("code_wrong");
    for _ in 0..3 {
        assert_eq!(ask(&stranger, number, PHONE).await, 204);
    }
    assert_eq!(ask(&stranger, number, PHONE).await, 429);
    let elsewhere = world.gongecai_from("192.0.2.77");
    assert_eq!(
        ask(&elsewhere, number, PHONE).await,
        429,
        "the number's limit, from anywhere"
    );
    assert_eq!(ask(&elsewhere, "../../etc", PHONE).await, 400);
}

crate::on_both_databases!(
    whoever_has_number_and_telephone_sees_how_far_it_is,
    an_unknown_number_a_wrong_telephone_and_a_wrong_code_look_alike,
    a_code_has_five_tries_and_ten_minutes_and_codes_have_limits,
);
