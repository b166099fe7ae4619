//! What comes after a key: renewal, replacement, unlocking, revocation, pause.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::escrow::{EscrowKeyPair, RELEASE_INFO, open, release_aad};
use contract::{Nonce, Purpose};
use domain::Span;
use pki::Certificate;
use serde_json::{Value, json};

use super::journeys::{approved, key_of, produced, received};
use crate::harness::applying::{Desks, PAPERS, Token, desk_path, form, notification, path};
use crate::harness::{Browser, JIA, Key, World};

/// A company with a key that was applied for here; the desks.
pub async fn holder(world: &World) -> (Browser, Desks, Token, String) {
    world.recovery_key().await;
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;
    let token = Token::blank("YX1");
    let (_, number) = key_of(world, &desks, &supplier, &token).await;
    (supplier, desks, token, number)
}

/// The same, with the key bound.
pub async fn bound(world: &World) -> ((Browser, Desks), Key) {
    world.recovery_key().await;
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;
    let token = Token::blank("YX1");
    let (application, number) = key_of(world, &desks, &supplier, &token).await;
    let key = Key {
        number,
        certificate: certificate(world, &application).await,
        key: token.key,
    };
    supplier.bind(&key).await.expect(201);
    ((supplier, desks), key)
}

/// Applies for something about a key and has it reviewed twice, paid where it costs.
pub async fn about(
    world: &World,
    desks: &Desks,
    supplier: &Browser,
    kind: &str,
    number: &str,
    form: Value,
    papers: &[&str],
) -> Value {
    let draft = supplier.apply("szca", kind, Some(number)).await.expect(201);
    supplier.fill(&draft, form, papers).await;
    let submitted = supplier
        .post(&path(&draft, "/submit"), &json!({}))
        .await
        .expect(200);
    if submitted["state"] == "awaiting_payment" {
        let pay = json!({ "method": "gateway" });
        let payment = supplier
            .post(&path(&draft, "/payments"), &pay)
            .await
            .expect(201);
        let told = notification(&format!("N{}", draft["number"]), &payment);
        assert_eq!(world.notify(supplier, &told).await, 204);
    }
    approved(desks, &draft).await;
    draft
}

pub fn with_reason(reason: &str) -> Value {
    let mut form = form(&JIA);
    form["reason"] = reason.into();
    form
}

/// The certificate that the CA issued for an application, as the database keeps it.
pub async fn certificate(world: &World, application: &Value) -> Certificate {
    let id = application["id"].as_str().unwrap().parse().unwrap();
    let production = world
        .state
        .store
        .production_of("gongecai", &id)
        .await
        .unwrap()
        .unwrap();
    let result: Value = serde_json::from_str(&production.result.unwrap()).unwrap();
    Certificate::from_der(
        &STANDARD
            .decode(result["signing"].as_str().unwrap())
            .unwrap(),
    )
    .unwrap()
}

pub async fn back(world: &World) -> (Browser, Desks) {
    let supplier = world.gongecai();
    supplier.log_in("lin").await.expect(200);
    let mut desks = Vec::new();
    for name in [
        "luru", "shenhe", "fuhe", "zhizheng", "fahuo", "caiwu", "shenji",
    ] {
        let desk = world.gongecai();
        desk.log_in(name).await.expect(200);
        desks.push(desk);
    }
    let mut desks = desks.into_iter();
    let mut next = || desks.next().unwrap();
    (
        supplier,
        Desks {
            intake: next(),
            review: next(),
            second_review: next(),
            production: next(),
            dispatch: next(),
            finance: next(),
            audit: next(),
        },
    )
}

async fn a_key_is_bound_logs_in_is_renewed_by_its_holder_and_its_binding_moves(world: World) {
    world.recovery_key().await;
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;
    let token = Token::blank("YX1");
    let (application, number) = key_of(&world, &desks, &supplier, &token).await;
    let old = Key {
        number: number.clone(),
        certificate: certificate(&world, &application).await,
        key: token.key,
    };
    supplier.bind(&old).await.expect(201);
    world.gongecai().log_in_with(&old).await.expect(200);
    // The window opens 90 days before the end.
    supplier
        .apply("szca", "renewal", Some(&number))
        .await
        .refused("renewal_closed");
    world.pass(Span::hours(24 * 300));
    let (supplier, desks) = back(&world).await;
    let renewal = about(
        &world,
        &desks,
        &supplier,
        "renewal",
        &number,
        form(&JIA),
        &[],
    )
    .await;
    assert_eq!(supplier.state_of(&renewal).await, "writing");

    let challenge = supplier
        .post(&path(&renewal, "/renewal/challenge"), &json!({}))
        .await
        .expect(200);
    let request = &challenge["request"];
    assert_eq!(request["purpose"], "renew");
    let nonce = Nonce::from_text(request["nonce"].as_str().unwrap()).unwrap();
    let intent = request["intent"].as_str().unwrap();
    let new = Token::blank("YX1");
    let interim = |key: &Key| {
        let statement = key.token_over(Purpose::Renew, "http://127.0.0.1:8080", &nonce, intent);
        json!({ "interim": { "type": "prepared", "token": statement, "request": new.request(&number), "device_serial": "YX1" } })
    };
    // Another key of the same company is not the one that is renewed.
    let other = world.key("szca", &JIA, "SZ-OTHER").await;
    supplier
        .post(&path(&renewal, "/renewal/prepared"), &interim(&other))
        .await
        .refused("production_mismatch");
    let prepared = supplier
        .post(&path(&renewal, "/renewal/prepared"), &interim(&old))
        .await
        .expect(202);
    assert_eq!(prepared["production"]["state"], "waiting");
    supplier
        .post(&path(&renewal, "/renewal/prepared"), &interim(&old))
        .await
        .refused("nonce_used");
    world.ca_works().await;
    let issued = supplier
        .get(&path(&renewal, "/production"))
        .await
        .expect(200);
    assert_eq!(issued["state"], "issued", "{issued}");
    let written = new.written(&issued["certificates"]);
    let body = supplier
        .post(&path(&renewal, "/production/written"), &written)
        .await
        .expect(200);
    assert_eq!(
        (&body["state"], &body["key_number"]),
        (&json!("active"), &json!(number))
    );

    let bindings = supplier.get("/bindings").await.expect(200);
    assert_eq!(bindings["total"], 1, "the binding moved, and there is one");
    let renewed = Key {
        number,
        certificate: certificate(&world, &renewal).await,
        key: new.key,
    };
    assert!(renewed.certificate.not_after().0 > old.certificate.not_after().0);
    world.gongecai().log_in_with(&renewed).await.expect(200);
    // The old certificate still opens the account until it ends: older files are opened by its key.
    world.gongecai().log_in_with(&old).await.expect(200);
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn a_key_that_was_not_received_neither_logs_in_nor_is_bound(world: World) {
    world.recovery_key().await;
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    world.notify(&supplier, &notification("N1", &payment)).await;
    desks
        .intake
        .post(
            &desk_path(&application, "/originals"),
            &json!({ "received": true }),
        )
        .await
        .expect(200);
    approved(&desks, &application).await;
    let token = Token::blank("YX1");
    let number = produced(&world, &desks, &application, &token).await;
    let key = Key {
        number,
        certificate: certificate(&world, &application).await,
        key: token.key,
    };
    let refused = supplier.bind(&key).await.refused("key_not_active");
    assert!(
        refused["detail"]["zh"]
            .as_str()
            .unwrap()
            .contains("确认收货")
    );
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("key_not_active");
    received(&desks, &supplier, &application).await;
    supplier.bind(&key).await.expect(201);
    world.gongecai().log_in_with(&key).await.expect(200);
}

async fn an_expired_key_is_renewed_at_the_counter_and_the_answer_says_where(world: World) {
    let (_, _, token, number) = holder(&world).await;
    drop(token);
    world.pass(Span::hours(24 * 366));
    let (supplier, _) = back(&world).await;
    let refused = supplier
        .apply("szca", "renewal", Some(&number))
        .await
        .refused("renewal_closed");
    let text = refused["detail"]["zh"].as_str().unwrap();
    assert!(
        text.contains("厦门市思明区湖滨南路81号") && text.contains("400-805-9899"),
        "{text}"
    );
}

async fn a_pause_a_resumption_and_an_end_are_orders_that_the_ca_carries_out(world: World) {
    let (supplier, desks, _, number) = holder(&world).await;
    supplier
        .apply("szca", "resumption", Some(&number))
        .await
        .refused("application_state");
    let rest = about(
        &world,
        &desks,
        &supplier,
        "suspension",
        &number,
        with_reason("出差"),
        &[],
    )
    .await;
    assert_eq!(supplier.state_of(&rest).await, "production");
    // One thing at a time is done with a key.
    let second = supplier
        .apply("szca", "revocation", Some(&number))
        .await
        .expect(201);
    supplier
        .fill(&second, with_reason("停用"), &["application-form"])
        .await;
    supplier
        .post(&path(&second, "/submit"), &json!({}))
        .await
        .refused("key_busy");
    world.ca_works().await;
    world.pass(Span::seconds(10));
    world.ca_works().await;
    assert_eq!(supplier.state_of(&rest).await, "closed");
    supplier
        .apply("szca", "change", Some(&number))
        .await
        .refused("application_state");
    let resumed = about(
        &world,
        &desks,
        &supplier,
        "resumption",
        &number,
        with_reason("返回"),
        &[],
    )
    .await;
    world.ca_works().await;
    world.pass(Span::seconds(10));
    world.ca_works().await;
    assert_eq!(supplier.state_of(&resumed).await, "closed");
    supplier
        .post(&path(&second, "/submit"), &json!({}))
        .await
        .expect(200);
    approved(&desks, &second).await;
    world.ca_works().await;
    world.pass(Span::seconds(10));
    world.ca_works().await;
    assert_eq!(supplier.state_of(&second).await, "closed");
    supplier
        .apply("szca", "suspension", Some(&number))
        .await
        .refused("application_state");
}

async fn a_lost_key_is_revoked_when_its_replacement_is_approved(world: World) {
    let (supplier, desks, _, number) = holder(&world).await;
    let mut lost = form(&JIA);
    lost["reason"] = "遗失".into();
    let replacement = about(
        &world,
        &desks,
        &supplier,
        "replacement",
        &number,
        lost,
        &PAPERS,
    )
    .await;
    let id = replacement["id"].as_str().unwrap();
    let orders = world.state.store.orders_of("gongecai", id).await.unwrap();
    assert_eq!(
        orders
            .iter()
            .map(|order| order.kind.name())
            .collect::<Vec<_>>(),
        ["revoke"]
    );
    desks
        .intake
        .post(
            &desk_path(&replacement, "/originals"),
            &json!({ "received": true }),
        )
        .await
        .expect(200);
    let token = Token::blank("YX2");
    let new = produced(&world, &desks, &replacement, &token).await;
    assert_ne!(new, number);
    received(&desks, &supplier, &replacement).await;
}

async fn a_locked_key_is_unlocked_by_a_code_told_by_telephone_and_the_pin_reaches_the_window_alone(
    world: World,
) {
    let (supplier, desks, _, number) = holder(&world).await;
    let unlock = about(
        &world,
        &desks,
        &supplier,
        "unlock",
        &number,
        form(&JIA),
        &[],
    )
    .await;
    assert_eq!(supplier.state_of(&unlock).await, "writing");
    let challenge = async |code: &str| {
        supplier
            .post(
                &path(&unlock, "/unlock/challenge"),
                &json!({ "code": code }),
            )
            .await
    };
    challenge("12345678").await.refused("code_wrong");
    desks
        .intake
        .post(&desk_path(&unlock, "/unlock-code"), &json!({}))
        .await
        .refused("forbidden");
    let given = desks
        .review
        .post(&desk_path(&unlock, "/unlock-code"), &json!({}))
        .await
        .expect(200);
    let code = given["code"].as_str().unwrap();
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for _ in 0..5 {
        challenge(wrong).await.refused("code_wrong");
    }
    challenge(code).await.refused("code_wrong");
    let given = desks
        .review
        .post(&desk_path(&unlock, "/unlock-code"), &json!({}))
        .await
        .expect(200);
    let request = challenge(given["code"].as_str().unwrap()).await.expect(200)["request"].clone();
    let intent: Value = serde_json::from_str(request["intent"].as_str().unwrap()).unwrap();
    assert_eq!(intent["device_serial"], "YX1");

    let window = EscrowKeyPair::generate(|buffer: &mut [u8]| {
        use domain::Randomness as _;
        server::system::SystemRandomness.fill(buffer);
    });
    let interim = |serial: &str| {
        let public = STANDARD.encode(window.public().to_bytes());
        json!({ "interim": { "type": "unlock_key", "public_key": public, "device_serial": serial } })
    };
    supplier
        .post(&path(&unlock, "/unlock/prepared"), &interim("YX9"))
        .await
        .refused("production_mismatch");
    supplier
        .post(&path(&unlock, "/unlock/prepared"), &interim("YX1"))
        .await
        .expect(202);
    let done = json!({ "final": { "type": "unlocked" } });
    supplier
        .post(&path(&unlock, "/unlock/done"), &done)
        .await
        .refused("application_state");
    world.ca_works().await;
    let answer = supplier.get(&path(&unlock, "/unlock")).await.expect(200);
    assert_eq!(answer["state"], "issued", "{answer}");
    let sealed = STANDARD
        .decode(answer["authority"]["sealed"].as_str().unwrap())
        .unwrap();
    let aad = release_aad("YX1", answer["authority"]["order"].as_str().unwrap());
    let pin = open(&window, RELEASE_INFO, &aad, &sealed).unwrap();
    assert_eq!(
        &pin[..],
        b"12345678",
        "the very PIN that the operator's agent put into escrow"
    );
    let body = supplier
        .post(&path(&unlock, "/unlock/done"), &done)
        .await
        .expect(200);
    assert_eq!(
        (&body["state"], &body["state_text"]["zh"]),
        (&json!("closed"), &json!("已办结"))
    );
}

crate::on_both_databases!(
    a_key_is_bound_logs_in_is_renewed_by_its_holder_and_its_binding_moves,
    a_key_that_was_not_received_neither_logs_in_nor_is_bound,
    an_expired_key_is_renewed_at_the_counter_and_the_answer_says_where,
    a_pause_a_resumption_and_an_end_are_orders_that_the_ca_carries_out,
    a_lost_key_is_revoked_when_its_replacement_is_approved,
    a_locked_key_is_unlocked_by_a_code_told_by_telephone_and_the_pin_reaches_the_window_alone,
);
