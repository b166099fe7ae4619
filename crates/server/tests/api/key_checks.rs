//! 我的锁能用吗？ What the platform says of a certificate, and asking the operator (请平台确认).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Span;
use serde_json::{Value, json};

use crate::harness::keys::Order;
use crate::harness::lists::Standing;
use crate::harness::{Browser, JIA, Key, World, YI};

async fn check(browser: &Browser, key: &Key) -> Value {
    browser
        .post("/key-checks", &certificate(key))
        .await
        .expect(200)
}

fn certificate(key: &Key) -> Value {
    json!({ "certificate": STANDARD.encode(key.certificate.der()) })
}

/// The result of a check, or of an operation.
fn result<'a>(report: &'a Value, name: &str) -> &'a str {
    let all = report["checks"].as_array().unwrap();
    let may = report["may"].as_array().unwrap();
    let found = all
        .iter()
        .find(|check| check["aspect"] == name)
        .or_else(|| may.iter().find(|check| check["operation"] == name));
    found.unwrap()["result"].as_str().unwrap()
}

async fn a_good_key_fits_and_says_what_it_may(world: World) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let report = check(&world.gongecai(), &key).await;
    assert_eq!(report["verdict"], "fits", "{report}");
    assert_eq!(report["key_number"], "SZ-1");
    assert_eq!(report["provider"]["sold_here"], true);
    assert_eq!(report["bound"], Value::Null);
    for name in [
        "provider",
        "usage",
        "product",
        "validity",
        "path",
        "revocation",
        "identity",
        "bind",
        "login",
        "seal",
    ] {
        assert_eq!(result(&report, name), "passed", "{name}");
    }
}

async fn a_key_of_another_seller_seals_only_and_says_whose_it_is(world: World) {
    let key = world.key("itrus", &JIA, "IT-1").await;
    let report = check(&world.gongecai(), &key).await;
    assert_eq!(report["verdict"], "partly", "{report}");
    assert_eq!(result(&report, "bind"), "failed");
    assert_eq!(result(&report, "seal"), "passed");
    assert_eq!(report["provider"]["sold_here"], false);
    assert_eq!(report["call"][0]["who"], "platform");
    assert!(
        report["call"]
            .as_array()
            .unwrap()
            .iter()
            .any(|call| call["who"] == "provider"
                && !call["hotlines"].as_array().unwrap().is_empty())
    );
    // Recognised by the catalogue, and none of this platform's.
    let foreign = world.key("scca", &JIA, "SC-1").await;
    let report = check(&world.gongecai(), &foreign).await;
    assert_eq!(report["verdict"], "refused");
    assert_eq!(result(&report, "provider"), "failed");
}

async fn an_expired_key_is_told_with_the_number_to_call(world: World) {
    let key = world
        .ordered(&Order {
            provider: "szca",
            company: &JIA,
            number: "SZ-1",
            not_before: Some(world.now()),
            not_after: Some(world.now() + Span::hours(24)),
        })
        .await;
    world.pass(Span::hours(48));
    let report = check(&world.gongecai(), &key).await;
    assert_eq!(report["verdict"], "refused");
    assert_eq!(result(&report, "validity"), "failed");
    assert_eq!(
        result(&report, "path"),
        "passed",
        "who issued it is still known"
    );
    assert_eq!(report["call"][0]["who"], "provider");
    assert_eq!(
        report["call"][0]["hotlines"][0]["numbers"][0],
        "400-805-9899"
    );
}

async fn what_cannot_be_determined_is_its_own_answer(world: World) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    world.lists.put("szca-demo-issuing", Standing::Gone);
    let report = check(&world.gongecai(), &key).await;
    assert_eq!(report["verdict"], "undetermined", "{report}");
    assert_eq!(result(&report, "revocation"), "indeterminate");
    assert_eq!(result(&report, "login"), "indeterminate");
}

async fn that_a_key_is_bound_is_told_to_its_own_account_alone(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    owner.bind(&key).await.expect(201);
    assert_eq!(check(&owner, &key).await["bound"], "own");
    assert_eq!(check(&other, &key).await["bound"], Value::Null);
    assert_eq!(check(&world.gongecai(), &key).await["bound"], Value::Null);
    let strangers = check(&world.gongecai(), &key).await;
    let free = world.key("szca", &JIA, "SZ-2").await;
    let shape = |report: &Value| (report["verdict"].clone(), report["may"].clone());
    assert_eq!(
        shape(&strangers),
        shape(&check(&world.gongecai(), &free).await),
        "a bound key looks like a free one"
    );
}

async fn what_is_no_certificate_is_refused(world: World) {
    let browser = world.gongecai();
    for bytes in [b"".as_slice(), b"0", &[0x30, 0x82, 0xFF, 0xFF], &[0; 1000]] {
        browser
            .post(
                "/key-checks",
                &json!({ "certificate": STANDARD.encode(bytes) }),
            )
            .await
            .refused("no_certificate");
    }
    browser
        .post(
            "/key-checks",
            &json!({ "certificate": STANDARD.encode(vec![0; 70_000]) }),
        )
        .await
        .refused("too_large");
    browser
        .post("/key-checks", &json!({ "certificate": "MA==", "x": 1 }))
        .await
        .refused("request_malformed");
}

async fn a_supplier_asks_the_operator_answers_and_the_supplier_is_told(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let operator = world.operator(world.gongecai(), "gongecai").await;
    let key = world.key("itrus", &JIA, "IT-1").await;
    let mut question = certificate(&key);
    question["note"] = "某项目，12月1日截止".into();
    world
        .gongecai()
        .post("/key-enquiries", &question)
        .await
        .refused("not_logged_in");
    operator
        .post("/key-enquiries", &question)
        .await
        .refused("forbidden");
    supplier.post("/key-enquiries", &question).await.expect(201);
    supplier
        .post("/key-enquiries", &question)
        .await
        .refused("document_state");

    let queue = operator.get("/operator/enquiries").await.expect(200);
    assert_eq!(queue["total"], 1);
    let asked = &queue["items"][0];
    assert_eq!(asked["asked_by"]["organisation"], JIA.name);
    assert_eq!(
        asked["report"]["verdict"], "partly",
        "worked out by the server"
    );
    assert_eq!(asked["note"], "某项目，12月1日截止");
    let id = asked["id"].as_str().unwrap();
    let path = format!("/operator/enquiries/{id}/answer");
    // A refusal says why.
    operator
        .post(&path, &json!({ "suits": false, "answer": "  " }))
        .await
        .refused("invalid");
    supplier
        .post(&path, &json!({ "suits": true, "answer": "" }))
        .await
        .refused("forbidden");
    world.pass(Span::minutes(1));
    operator
        .post(&path, &json!({ "suits": true, "answer": "可用于签章" }))
        .await
        .expect(204);
    operator
        .post(&path, &json!({ "suits": false, "answer": "不行" }))
        .await
        .refused("document_state");

    let told = supplier.get("/notices").await.expect(200);
    assert_eq!(told["unread"], 1);
    assert_eq!(told["items"][0]["kind"], "enquiry_answered");
    assert_eq!(told["items"][0]["facts"]["state"], "confirmed");
    assert_eq!(told["items"][0]["facts"]["answer"], "可用于签章");
    supplier.post("/notices/read", &json!({})).await.expect(204);
    assert_eq!(supplier.get("/notices").await.expect(200)["unread"], 0);
    let own = supplier.get("/key-enquiries").await.expect(200);
    assert_eq!(own["items"][0]["state"], "confirmed");
    assert_eq!(own["items"][0]["asked_by"], Value::Null);
    // Others see nothing of it.
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    assert_eq!(other.get("/key-enquiries").await.expect(200)["total"], 0);
    assert_eq!(other.get("/notices").await.expect(200)["total"], 0);
    // What was answered can be asked again.
    supplier.post("/key-enquiries", &question).await.expect(201);
}

crate::on_both_databases!(
    a_good_key_fits_and_says_what_it_may,
    a_key_of_another_seller_seals_only_and_says_whose_it_is,
    an_expired_key_is_told_with_the_number_to_call,
    what_cannot_be_determined_is_its_own_answer,
    that_a_key_is_bound_is_told_to_its_own_account_alone,
    what_is_no_certificate_is_refused,
    a_supplier_asks_the_operator_answers_and_the_supplier_is_told,
);
