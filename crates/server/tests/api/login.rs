//! Logging in with a key, and every way in which it must not work.

use contract::{Nonce, Purpose};
use domain::Span;
use serde_json::json;

use crate::harness::keys::Order;
use crate::harness::{JIA, World, YI};

const HERE: &str = "http://127.0.0.1:8080";

async fn a_bound_key_logs_in_and_the_session_says_by_which(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    owner.bind(&key).await.expect(201);

    let browser = world.gongecai();
    let session = browser.log_in_with(&key).await.expect(200);
    assert_eq!(session["account"]["name"], "lin");
    assert_eq!(
        session["logged_in_by"],
        json!({ "method": "certificate", "key_number": "SZ-0001" })
    );
    assert_eq!(browser.get("/session").await.expect(200), session);
    assert_eq!(browser.cookie("__Host-yinxin-pre"), None);
}

async fn an_rsa_key_logs_in_on_the_platform_that_accepts_its_provider(world: World) {
    let owner = world.registered(world.zcygov(), &JIA, "lin").await;
    let key = world.key("itrus", &JIA, "IT-0001").await;
    owner.bind(&key).await.expect(201);
    world.zcygov().log_in_with(&key).await.expect(200);
    // The same key on 公e采: 天威诚信 does not log in there.
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("provider_may_not_log_in");
}

async fn a_valid_key_that_is_not_bound_is_told_so_in_the_manuals_words(world: World) {
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let problem = world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("not_bound");
    assert_eq!(problem["detail"]["zh"], "证书有效但未绑定");
}

async fn a_token_serves_once(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    owner.bind(&key).await.expect(201);
    let browser = world.gongecai();
    let challenge = browser.post("/logins", &json!({})).await.expect(200);
    let pre = browser.cookie("__Host-yinxin-pre");
    let token = key.token(Purpose::Login, HERE, &challenge);
    let form = json!({ "challenge": challenge["challenge"], "token": token });
    browser
        .post("/sessions/certificate", &form)
        .await
        .expect(200);
    browser.set_cookie("__Host-yinxin-pre", pre.as_deref());
    browser
        .post("/sessions/certificate", &form)
        .await
        .refused("nonce_used");
}

async fn a_challenge_is_good_for_five_minutes(world: World) {
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let browser = world.gongecai();
    let challenge = browser.post("/logins", &json!({})).await.expect(200);
    assert_eq!(challenge["expires_at"], "2027-01-15T08:05:00Z");
    let token = key.token(Purpose::Login, HERE, &challenge);
    world.pass(Span::minutes(5));
    let form = json!({ "challenge": challenge["challenge"], "token": token });
    browser
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_expired");
}

async fn a_statement_for_another_origin_nonce_purpose_or_intent_does_not_verify(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    owner.bind(&key).await.expect(201);
    let browser = world.gongecai();
    let challenge = browser.post("/logins", &json!({})).await.expect(200);
    let nonce = Nonce::from_text(challenge["nonce"].as_str().unwrap()).unwrap();
    let intent = challenge["intent"].as_str().unwrap();
    let other_intent = intent.replace("gongecai", "zcygov");
    for token in [
        key.token(Purpose::Login, "https://evil.example", &challenge),
        key.token(Purpose::Login, "http://localhost:8080", &challenge),
        key.token(Purpose::Bind, HERE, &challenge),
        key.token_over(Purpose::Login, HERE, &Nonce([0; 32]), intent),
        key.token_over(Purpose::Login, HERE, &nonce, &other_intent),
    ] {
        let form = json!({ "challenge": challenge["challenge"], "token": token });
        browser
            .post("/sessions/certificate", &form)
            .await
            .refused("statement_invalid");
    }
    // The challenge itself was never used up by all this.
    let token = key.token(Purpose::Login, HERE, &challenge);
    browser
        .post(
            "/sessions/certificate",
            &json!({ "challenge": challenge["challenge"], "token": token }),
        )
        .await
        .expect(200);
}

async fn another_browsers_challenge_is_worth_nothing(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    owner.bind(&key).await.expect(201);
    let victim = world.gongecai();
    let challenge = victim.post("/logins", &json!({})).await.expect(200);
    let form = json!({ "challenge": challenge["challenge"], "token": key.token(Purpose::Login, HERE, &challenge) });
    let thief = world.gongecai();
    thief
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_invalid");
    thief.post("/logins", &json!({})).await.expect(200);
    thief
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_invalid");
}

async fn a_challenge_of_one_platform_is_worth_nothing_on_the_other(world: World) {
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let browser = world.gongecai();
    let challenge = browser.post("/logins", &json!({})).await.expect(200);
    let form = json!({ "challenge": challenge["challenge"], "token": key.token(Purpose::Login, HERE, &challenge) });
    browser
        .to_host("localhost:8080")
        .with_origin(Some("http://localhost:8080"))
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_invalid");
}

async fn a_challenge_for_login_binds_nothing_and_the_other_way_round(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let login = browser.post("/logins", &json!({})).await.expect(200);
    let form = json!({ "challenge": login["challenge"], "token": key.token(Purpose::Login, HERE, &login) });
    browser
        .post("/binding-proofs", &form)
        .await
        .refused("challenge_invalid");
    let bind = browser
        .post("/binding-challenges", &json!({}))
        .await
        .expect(200);
    let form =
        json!({ "challenge": bind["challenge"], "token": key.token(Purpose::Bind, HERE, &bind) });
    browser
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_invalid");
}

async fn an_expired_certificate_and_one_from_the_future_are_told_apart(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    owner.bind(&key).await.expect(201);
    world.pass(Span::hours(24 * 365 + 1));
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("certificate_expired");

    let order = Order {
        provider: "szca",
        company: &JIA,
        number: "SZ-0002",
        not_before: Some(world.now() + Span::hours(1)),
        not_after: None,
    };
    let early = world.ordered(&order).await;
    world
        .gongecai()
        .log_in_with(&early)
        .await
        .refused("certificate_not_yet_valid");
}

async fn an_authority_that_copies_a_providers_name_is_not_believed(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&world.key("szca", &JIA, "SZ-0001").await)
        .await
        .expect(201);
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("rogue.db").display()
    );
    let rogue = World::with_seed(&url, 2).await;
    let forged = rogue.key("szca", &JIA, "SZ-0001").await;
    world
        .gongecai()
        .log_in_with(&forged)
        .await
        .refused("path_invalid");
}

async fn a_renewed_certificate_of_the_same_number_opens_the_same_account(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&world.key("szca", &JIA, "SZ-0001").await)
        .await
        .expect(201);
    let renewed = world.key("szca", &JIA, "SZ-0001").await;
    world.gongecai().log_in_with(&renewed).await.expect(200);
}

async fn the_same_number_of_another_provider_or_organisation_opens_nothing(world: World) {
    let owner = world.registered(world.zcygov(), &JIA, "lin").await;
    owner
        .bind(&world.key("itrus", &JIA, "X-1").await)
        .await
        .expect(201);
    world
        .zcygov()
        .log_in_with(&world.key("scca", &JIA, "X-1").await)
        .await
        .refused("not_bound");
    world
        .zcygov()
        .log_in_with(&world.key("itrus", &YI, "X-1").await)
        .await
        .refused("organisation_mismatch");
}

async fn broken_tokens_are_refused_before_any_cryptography(world: World) {
    let browser = world.gongecai();
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let challenge = browser.post("/logins", &json!({})).await.expect(200);
    let good = key.token(Purpose::Login, HERE, &challenge);
    let send = async |field: &str, value: serde_json::Value, code: &str| {
        let mut token = good.clone();
        token[field] = value;
        let form = json!({ "challenge": challenge["challenge"], "token": token });
        browser
            .post("/sessions/certificate", &form)
            .await
            .refused(code);
    };
    send("version", 2.into(), "token_malformed").await;
    send("certificate", "AAAA".into(), "token_malformed").await;
    send("certificate", "not base64!".into(), "request_malformed").await;
    send("note", "please".into(), "request_malformed").await;
    send("signature", "AAAA".into(), "statement_invalid").await;
    let form = json!({ "challenge": "x.y", "token": good });
    browser
        .post("/sessions/certificate", &form)
        .await
        .refused("challenge_invalid");
    let form = json!({ "challenge": "A".repeat(200_000), "token": good });
    browser
        .post("/sessions/certificate", &form)
        .await
        .refused("too_large");
}

crate::on_both_databases!(
    a_bound_key_logs_in_and_the_session_says_by_which,
    an_rsa_key_logs_in_on_the_platform_that_accepts_its_provider,
    a_valid_key_that_is_not_bound_is_told_so_in_the_manuals_words,
    a_token_serves_once,
    a_challenge_is_good_for_five_minutes,
    a_statement_for_another_origin_nonce_purpose_or_intent_does_not_verify,
    another_browsers_challenge_is_worth_nothing,
    a_challenge_of_one_platform_is_worth_nothing_on_the_other,
    a_challenge_for_login_binds_nothing_and_the_other_way_round,
    an_expired_certificate_and_one_from_the_future_are_told_apart,
    an_authority_that_copies_a_providers_name_is_not_believed,
    a_renewed_certificate_of_the_same_number_opens_the_same_account,
    the_same_number_of_another_provider_or_organisation_opens_nothing,
    broken_tokens_are_refused_before_any_cryptography,
);
