//! Production, renewal and unlocking, with a soft key behind its real library, worker and pipes, and certificates
//! by a CA of the test's own.

mod support;

#[path = "support/authority.rs"]
mod authority;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use agent::prompt::{PinPrompt, PromptError, PromptText};
use authority::{Authority, Pair};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use support::*;
use token::*;

const PRODUCTION: &str = "01KB0000000000000000000000";
const FIRST: &str = "80415926";
const NEW: &str = "24681357";

/// A drawer with a blank device `K2`; `K1`, which holds a key, is pulled out.
struct Desk {
    soft: SoftKey,
    bench: Bench,
    authority: Authority,
    pair: Pair,
}

impl Desk {
    async fn new() -> Desk {
        let soft = SoftKey::new(KeyKind::Sm2).await;
        soft.plug(false);
        std::fs::create_dir(soft.drawer().join("K2")).unwrap();
        let desk = Desk {
            bench: soft.bench(),
            soft,
            authority: Authority::new(),
            pair: Pair([0x27; 32]),
        };
        desk.plug(true);
        desk
    }

    fn plug(&self, plugged: bool) {
        let mark = self.soft.drawer().join("K2/plugged");
        if plugged {
            std::fs::write(mark, b"").unwrap()
        } else {
            std::fs::remove_file(mark).unwrap()
        }
    }

    /// The agent is killed and started again on its state folder.
    fn restarted(self) -> Desk {
        let Bench {
            agent,
            router,
            folder,
            ..
        } = self.bench;
        drop(router);
        drop(agent);
        Desk {
            bench: Bench::within(folder, Arc::new(self.soft.service.clone()), None),
            ..self
        }
    }

    fn produce_request(&self, production: &str) -> Value {
        let intent = json!({
            "purpose": "produce", "v": 1, "platform": "gongecai", "platform_name": "公e采",
            "provider": "szca", "provider_name": "深圳CA", "application": "SZ20261126000001",
            "organisation": "演示供应商甲有限公司", "holder": "林演示",
            "certificate_type": "business", "key_number": "SZ-2026-0001", "production": production,
        });
        json!({
            "version": 1, "purpose": "produce", "intent": intent.to_string(),
            "escrow_key": self.authority.escrow_key(),
            "pin": { "min_length": 8, "max_length": 16, "alphabet": "digits" },
        })
    }

    /// A window in which the user agreed.
    async fn window(&self, request: &Value) -> Window<'_> {
        let page = self.bench.asking(request).await;
        let (status, _) = self.bench.post(&page, "consent", json!({})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        Window {
            bench: &self.bench,
            page,
        }
    }

    async fn production(&self) -> Window<'_> {
        self.window(&self.produce_request(PRODUCTION)).await
    }

    /// A whole production; gives what the page was told in between and at the end.
    async fn produced(&self) -> (Value, Value) {
        let window = self.production().await;
        window.begin(FIRST).await;
        let interim = window.to_interim().await;
        let message = self.authority.certify(&interim, &self.pair);
        let response = window.to_end(&message).await;
        (interim, response)
    }

    async fn token(&self) -> TokenInfo {
        let listing = self.soft.service.list().await;
        let found = listing
            .tokens
            .into_iter()
            .find(|token| token.device == "K2");
        found.unwrap()
    }

    fn key(&self, token: &TokenInfo, container: &str) -> KeyRef {
        let found = token
            .containers
            .iter()
            .find(|found| found.name == container);
        token.key(found.unwrap())
    }
}

/// One load of the popup.
struct Window<'a> {
    bench: &'a Bench,
    page: String,
}

impl Window<'_> {
    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.bench.post(&self.page, path, body).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }

    async fn refusal(&self, path: &str, body: Value) -> String {
        self.bench.refusal(&self.page, path, body).await
    }

    async fn devices(&self) -> Value {
        self.post("write/devices", json!({ "seen": null })).await["devices"].clone()
    }

    async fn begin_body(&self, pin: &str) -> Value {
        let devices = self.devices().await;
        json!({ "what": "produce", "device": devices[0]["id"], "pin": pin })
    }

    async fn begin(&self, pin: &str) -> Value {
        self.post("write/begin", self.begin_body(pin).await).await
    }

    async fn step(&self) -> Value {
        self.post("write/step", json!({})).await
    }

    /// Steps until there is something for the page.
    async fn to_interim(&self) -> Value {
        for _ in 0..5 {
            let answer = self.step().await;
            if !answer["interim"].is_null() {
                return answer["interim"].clone();
            }
        }
        panic!("no interim answer");
    }

    async fn message(&self, message: &Value) -> Value {
        self.post("write/message", json!({ "message": message.to_string() }))
            .await
    }

    /// The page's message, and steps until the end.
    async fn to_end(&self, message: &Value) -> Value {
        self.message(message).await;
        for _ in 0..4 {
            let answer = self.step().await;
            if !answer["response"].is_null() {
                return answer["response"].clone();
            }
        }
        panic!("no end");
    }
}

#[tokio::test]
async fn a_blank_key_is_produced_read_back_and_decrypts_and_no_pin_is_in_any_message() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    let devices = window.devices().await;
    assert_eq!(
        (&devices[0]["state"], devices.as_array().unwrap().len()),
        (&json!("blank"), 1)
    );
    let first = window.post("write/first-pin", json!({})).await;
    let pin = first["pin"].as_str().unwrap().to_owned();
    assert_eq!(pin.len(), 8);

    window.begin(&pin).await;
    let mut done = Vec::new();
    let mut interim = Value::Null;
    while interim.is_null() {
        let answer = window.step().await;
        done.push(answer["done"].clone());
        interim = answer["interim"].clone();
    }
    assert_eq!(done, ["pin", "key", "request"]);
    contract::ProducePrepared::from_json(&interim.to_string()).unwrap();
    let message = desk.authority.certify(&interim, &desk.pair);
    window.message(&message).await;
    let mut response = Value::Null;
    while response.is_null() {
        let answer = window.step().await;
        done.push(answer["done"].clone());
        response = answer["response"].clone();
    }
    assert_eq!(done[3..], ["signing", "encryption", "read_back"]);

    let sent = &message["certificates"];
    let sha256 = |text: &Value| {
        let der = STANDARD.decode(text.as_str().unwrap()).unwrap();
        hex::encode(pki::hash(pki::HashAlgorithm::Sha256, &der))
    };
    assert_eq!(
        response,
        json!({
            "type": "written", "device_serial": interim["device_serial"], "read_back": true,
            "signing_sha256": sha256(&sent["signing"]), "encryption_sha256": sha256(&sent["encryption"]),
        })
    );

    // The sealed PIN opens for the CA alone, is the device's, and neither PIN is anywhere in what left.
    let serial = interim["device_serial"].as_str().unwrap();
    let blob = STANDARD
        .decode(interim["escrow"].as_str().unwrap())
        .unwrap();
    let info = contract::escrow::ESCROW_INFO;
    let admin =
        contract::escrow::open(&desk.authority.escrow, info, serial.as_bytes(), &blob).unwrap();
    let admin = std::str::from_utf8(&admin).unwrap();
    let token = desk.token().await;
    let key = desk.key(&token, &format!("yx-{PRODUCTION}"));
    let service = &desk.soft.service;
    service
        .check_pin(
            &key.application(),
            PinKind::Admin,
            &Pin::new(admin).unwrap(),
            LastTry::Keep,
        )
        .await
        .unwrap();
    let state = std::fs::read_to_string(desk.bench.state_folder().join("journal.jsonl")).unwrap();
    for text in [interim.to_string(), response.to_string(), state.clone()] {
        assert!(!text.contains(&pin) && !text.contains(admin));
    }
    assert!(state.contains("\"purpose\":\"pkcs10\"") && state.contains("\"purpose\":\"written\""));

    let pin = Pin::new(&pin).unwrap();
    let secret = desk.pair.encrypt(b"the key of a sealed bid");
    let plain = service
        .decrypt(&key, &pin, &secret, LastTry::Keep)
        .await
        .unwrap();
    assert_eq!(&plain[..], b"the key of a sealed bid");
    assert_eq!(token.label, "SZ-2026-0001");
}

#[tokio::test]
async fn the_key_may_be_pulled_out_before_any_step_and_goes_on_where_it_was() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    window.begin(FIRST).await;
    let mut steps = Vec::new();
    let mut requests = Vec::new();
    loop {
        desk.plug(false);
        assert_eq!(
            window.refusal("write/step", json!({})).await,
            "token_removed"
        );
        desk.plug(true);
        // Before the token took the PIN once, it is asked for again.
        if steps.is_empty() {
            let _ = window.post("write/pin", json!({ "pin": FIRST })).await;
        }
        let answer = window.step().await;
        steps.push(answer["done"].clone());
        if !answer["interim"].is_null() {
            requests.push(answer["interim"].clone());
            window
                .message(&desk.authority.certify(&answer["interim"], &desk.pair))
                .await;
        }
        if !answer["response"].is_null() {
            break;
        }
    }
    assert_eq!(
        steps,
        [
            "pin",
            "key",
            "request",
            "signing",
            "encryption",
            "read_back"
        ]
    );
    assert_eq!(requests.len(), 1);
    let token = desk.token().await;
    assert_eq!(token.containers.len(), 1);
    assert!(token.containers[0].encryption_certificate.is_some());
}

#[tokio::test]
async fn an_agent_that_is_killed_after_any_step_makes_no_second_key_and_keeps_the_escrow() {
    for killed_after in 0..6 {
        let mut desk = Desk::new().await;
        let mut before = Value::Null;
        {
            let window = desk.production().await;
            window.begin(FIRST).await;
            for at in 0..killed_after {
                let answer = window.step().await;
                if !answer["interim"].is_null() {
                    before = answer["interim"].clone();
                    if at + 1 < killed_after {
                        window
                            .message(&desk.authority.certify(&before, &desk.pair))
                            .await;
                    }
                }
            }
        }
        desk = desk.restarted();
        let window = desk.production().await;
        window.begin(FIRST).await;
        let interim = window.to_interim().await;
        if killed_after < 6 {
            let escrow = interim["escrow"].as_str().expect("the escrow was kept");
            let serial = interim["device_serial"].as_str().unwrap();
            let blob = STANDARD.decode(escrow).unwrap();
            let info = contract::escrow::ESCROW_INFO;
            let admin =
                contract::escrow::open(&desk.authority.escrow, info, serial.as_bytes(), &blob)
                    .unwrap();
            let token = desk.token().await;
            let key = desk.key(&token, &format!("yx-{PRODUCTION}"));
            let admin = Pin::new(std::str::from_utf8(&admin).unwrap()).unwrap();
            desk.soft
                .service
                .check_pin(&key.application(), PinKind::Admin, &admin, LastTry::Keep)
                .await
                .unwrap();
        }
        let key_of = |interim: &Value| {
            let der = STANDARD
                .decode(interim["request"].as_str().unwrap())
                .unwrap();
            let request = pki::pkcs10::CertificationRequest::from_der(&der).unwrap();
            request.public_key().spki_der().to_vec()
        };
        if !before.is_null() {
            assert_eq!(
                key_of(&before),
                key_of(&interim),
                "killed after {killed_after}"
            );
        }
        let response = window
            .to_end(&desk.authority.certify(&interim, &desk.pair))
            .await;
        assert_eq!(response["read_back"], true);
        assert_eq!(desk.token().await.containers.len(), 1);
    }
}

#[tokio::test]
async fn a_production_that_was_written_may_be_written_again_without_error() {
    let desk = Desk::new().await;
    let (first, written) = desk.produced().await;
    let window = desk.production().await;
    assert_eq!(window.devices().await[0]["state"], "ours");
    window.begin(FIRST).await;
    let interim = window.to_interim().await;
    assert!(interim["escrow"].is_null(), "the server has it");
    assert_eq!(interim["device_serial"], first["device_serial"]);
    let again = window
        .to_end(&desk.authority.certify(&interim, &desk.pair))
        .await;
    assert_eq!(again["device_serial"], written["device_serial"]);
    assert_eq!(desk.token().await.containers.len(), 1);
}

#[tokio::test]
async fn a_key_of_somebody_s_is_never_written_over() {
    let desk = Desk::new().await;
    // K1 holds a key with its certificate.
    desk.plug(false);
    desk.soft.plug(true);
    let before = desk.soft.service.list().await.tokens[0].containers.clone();
    let window = desk.production().await;
    assert_eq!(window.devices().await[0]["state"], "not_blank");
    let body = window.begin_body(PIN).await;
    assert_eq!(window.refusal("write/begin", body).await, "not_blank");
    assert_eq!(desk.soft.service.list().await.tokens[0].containers, before);

    // K2 holds what another production began.
    desk.soft.plug(false);
    desk.plug(true);
    let window = desk.production().await;
    window.begin(FIRST).await;
    window.to_interim().await;
    let other = desk
        .window(&desk.produce_request("01KB0000000000000000000009"))
        .await;
    assert_eq!(other.devices().await[0]["state"], "other_production");
    let body = other.begin_body(FIRST).await;
    assert_eq!(
        other.refusal("write/begin", body).await,
        "production_mismatch"
    );

    // The device was exchanged between two steps.
    desk.plug(false);
    desk.soft.plug(true);
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "request_malformed"
    );
    let message = json!({ "certificates": { "signing": "AQEB", "encryption": null, "envelope": null, "chain": [] } });
    window.message(&message).await;
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "token_removed"
    );
}

#[tokio::test]
async fn certificates_for_another_key_are_refused_before_anything_is_written() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    window.begin(FIRST).await;
    let interim = window.to_interim().await;
    let good = desk.authority.certify(&interim, &desk.pair);
    let other_pair = desk.authority.certify(&interim, &Pair([0x28; 32]));
    let other_authority = Authority::new();
    let mut wrong = Vec::new();
    let mut of_another_key = good.clone();
    of_another_key["certificates"]["signing"] = json!(STANDARD.encode(desk.soft.certificate.der()));
    wrong.push(of_another_key);
    let mut mixed = good.clone();
    mixed["certificates"]["encryption"] = other_pair["certificates"]["encryption"].clone();
    wrong.push(mixed);
    let mut stranger = good.clone();
    stranger["certificates"]["chain"] = json!([STANDARD.encode(other_authority.certificate.der())]);
    wrong.push(stranger);
    for message in wrong {
        let window = desk.production().await;
        window.begin(FIRST).await;
        window.to_interim().await;
        window.message(&message).await;
        assert_eq!(
            window.refusal("write/step", json!({})).await,
            "certificate_mismatch"
        );
        let token = desk.token().await;
        assert_eq!(token.containers[0].signing_certificate, None);
    }
    let response = window.to_end(&good).await;
    assert_eq!(response["type"], "written");
}

#[tokio::test]
async fn an_interrupted_production_asks_for_its_pin_and_a_wrong_one_is_wiped() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    window.begin(FIRST).await;
    window.step().await;
    let window = desk.production().await;
    assert_eq!(window.devices().await[0]["state"], "begun");
    window.begin("11112222").await;
    let (_, answer) = desk.bench.post(&window.page, "write/step", json!({})).await;
    assert_eq!(
        (&answer["code"], &answer["tries_left"]),
        (&json!("pin_wrong"), &json!(5))
    );
    // It does not go out a second time by itself.
    assert_eq!(window.refusal("write/step", json!({})).await, "pin_length");
    let token = desk.token().await;
    assert_eq!(token.tries_left("YINXIN"), Some(5));
    let standing = window.post("write/pin", json!({ "pin": FIRST })).await;
    assert_eq!(standing, json!({ "next": "pin", "wants_pin": false }));
    window.to_interim().await;
}

#[tokio::test]
async fn a_new_pin_breaks_no_rule_and_nothing_is_sent_before_it_keeps_them() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    for pin in ["12345678", "1234", "abcdefgh"] {
        let body = window.begin_body(pin).await;
        assert_eq!(
            window.refusal("write/begin", body).await,
            "pin_rule",
            "{pin}"
        );
    }
    assert!(desk.token().await.applications.is_empty());
}

#[tokio::test]
async fn a_conversation_ends_after_ten_minutes_and_with_the_server_s_word() {
    let desk = Desk::new().await;
    let window = desk.production().await;
    window.begin(FIRST).await;
    desk.bench.now.fetch_add(600, Ordering::SeqCst);
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "write_expired"
    );
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "request_malformed"
    );
    assert!(desk.token().await.applications.is_empty());

    let window = desk.production().await;
    window.begin(FIRST).await;
    window.to_interim().await;
    let abort = json!({ "message": json!({ "abort": { "code": "forbidden" } }).to_string() });
    assert_eq!(window.refusal("write/message", abort).await, "forbidden");
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "request_malformed"
    );
}

#[tokio::test]
async fn writing_needs_a_site_that_may_a_consent_and_the_right_window() {
    let desk = Desk::new().await;
    let page = desk.bench.open().await;
    let foreign = body_of(
        "https://www.example.com.cn",
        &desk.produce_request(PRODUCTION),
    );
    assert_eq!(
        desk.bench.refusal(&page, "request", foreign).await,
        "write_refused"
    );

    let page = desk.bench.asking(&desk.produce_request(PRODUCTION)).await;
    let window = Window {
        bench: &desk.bench,
        page,
    };
    let body = window.begin_body(FIRST).await;
    assert_eq!(
        window.refusal("write/begin", body).await,
        "consent_required"
    );

    let home = desk.bench.open_home().await;
    for path in [
        "write/begin",
        "write/step",
        "write/message",
        "write/pin",
        "write/unblock",
    ] {
        let body = json!({ "what": "unlock", "pin": "x", "new": "x", "message": "" });
        let code = desk.bench.refusal(&home, path, body).await;
        assert_eq!(code, "origin_refused", "{path}");
    }
    // A window that asked to log in writes nothing.
    let page = desk.bench.asking(&login_request()).await;
    desk.bench.post(&page, "consent", json!({})).await;
    let body = json!({ "what": "produce", "device": "", "pin": FIRST });
    assert_eq!(
        desk.bench.refusal(&page, "write/begin", body).await,
        "write_refused"
    );
}

#[tokio::test]
async fn a_renewal_proves_the_old_key_and_leaves_its_encryption_key_usable() {
    let desk = Desk::new().await;
    desk.produced().await;
    let intent = json!({
        "purpose": "renew", "v": 1, "platform": "gongecai", "platform_name": "公e采",
        "organisation": "演示供应商甲有限公司", "holder": "林演示", "key_number": "SZ-2026-0001",
        "application": "SZ20261126000002", "years": 1, "production": "01KB0000000000000000000002",
    })
    .to_string();
    let request = statement_request("renew", &intent);
    let window = desk.window(&request).await;
    let keys = window.post("keys", json!({ "seen": null })).await;
    let old = keys["keys"][0]["certificates"][0].clone();
    assert_eq!(old["signing"], true);
    let body = json!({ "what": "renew", "certificate": old["id"], "pin": FIRST });
    window.post("write/begin", body).await;
    let mut done = Vec::new();
    let interim = loop {
        let answer = window.step().await;
        done.push(answer["done"].clone());
        if !answer["interim"].is_null() {
            break answer["interim"].clone();
        }
    };
    assert_eq!(done, ["pin", "proof", "key", "request"]);
    let prepared = contract::RenewPrepared::from_json(&interim.to_string()).unwrap();
    let nonce = contract::Nonce(NONCE);
    let proved = prepared
        .token
        .verify(contract::Purpose::Renew, ORIGIN, &nonce, intent.as_bytes())
        .unwrap();
    let asked = pki::pkcs10::CertificationRequest::from_der(prepared.request.as_bytes()).unwrap();
    asked.verify().unwrap();
    assert_ne!(
        asked.public_key().spki_der(),
        proved.public_key().spki_der()
    );

    let pair = Pair([0x31; 32]);
    let response = window
        .to_end(&desk.authority.certify(&interim, &pair))
        .await;
    assert_eq!(response["read_back"], true);
    let token = desk.token().await;
    assert_eq!(token.containers.len(), 2);
    let pin = Pin::new(FIRST).unwrap();
    for (production, pair) in [
        (PRODUCTION, &desk.pair),
        ("01KB0000000000000000000002", &pair),
    ] {
        let key = desk.key(&token, &format!("yx-{production}"));
        let secret = pair.encrypt(b"an old file's key");
        let plain = desk
            .soft
            .service
            .decrypt(&key, &pin, &secret, LastTry::Keep)
            .await;
        assert_eq!(&plain.unwrap()[..], b"an old file's key", "{production}");
    }

    // Once more, after it was written: the same key, no third container.
    let window = desk.window(&request).await;
    let keys = window.post("keys", json!({ "seen": null })).await;
    let rows = keys["keys"][0]["certificates"].as_array().unwrap().clone();
    let body = json!({ "what": "renew", "certificate": rows[0]["id"], "pin": FIRST });
    window.post("write/begin", body).await;
    let again = window.to_interim().await;
    let again = contract::RenewPrepared::from_json(&again.to_string()).unwrap();
    let again = pki::pkcs10::CertificationRequest::from_der(again.request.as_bytes()).unwrap();
    assert_eq!(again.public_key().spki_der(), asked.public_key().spki_der());
    assert_eq!(desk.token().await.containers.len(), 2);
}

/// A window of the desktop that is given one PIN after the other.
struct Typist(std::sync::Mutex<Vec<&'static str>>);

impl PinPrompt for Typist {
    fn ask<'a>(&'a self, _: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>> {
        let next = self.0.lock().unwrap().pop();
        Box::pin(async move {
            next.map(|pin| Pin::new(pin).unwrap())
                .ok_or(PromptError::Cancelled)
        })
    }

    fn confirm<'a>(&'a self, _: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>> {
        Box::pin(async { Err(PromptError::Cancelled) })
    }
}

#[tokio::test]
async fn a_renewal_takes_its_pin_from_a_window_of_the_desktop_where_there_is_one() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let typist = Typist(std::sync::Mutex::new(vec![PIN, "11112222"]));
    let bench = Bench::with_prompt(Arc::new(soft.service.clone()), Some(Arc::new(typist)));
    let intent = json!({
        "purpose": "renew", "v": 1, "platform": "gongecai", "platform_name": "公e采",
        "organisation": "演示供应商甲有限公司", "holder": "林演示", "key_number": "SZ-2026-0001",
        "application": "SZ20261126000002", "years": 1, "production": "01KB0000000000000000000003",
    });
    let page = bench
        .asking(&statement_request("renew", &intent.to_string()))
        .await;
    bench.post(&page, "consent", json!({})).await;
    let window = Window {
        bench: &bench,
        page,
    };
    let keys = window.post("keys", json!({ "seen": null })).await;
    let id = keys["keys"][0]["certificates"][0]["id"].clone();
    // A wrong one is asked for again there; the page sees neither.
    let body = json!({ "what": "renew", "certificate": id, "language": "en" });
    window.post("write/begin", body.clone()).await;
    window.to_interim().await;
    // The person closed the window: nothing went wrong, and nothing began.
    assert_eq!(window.refusal("write/begin", body).await, "cancelled");
}

fn unlock_request(serial: &str) -> Value {
    let intent = json!({
        "purpose": "unlock", "v": 1, "platform": "gongecai", "platform_name": "公e采",
        "organisation": "演示供应商甲有限公司", "holder": "林演示", "key_number": "SZ-2026-0001",
        "application": "SZ20261126000003", "device_serial": serial,
    });
    json!({ "version": 1, "purpose": "unlock", "intent": intent.to_string() })
}

#[tokio::test]
async fn a_locked_key_is_unlocked_by_the_escrow_and_the_server_sees_no_pin() {
    let desk = Desk::new().await;
    let (interim, _) = desk.produced().await;
    let serial = interim["device_serial"].as_str().unwrap().to_owned();
    let escrow = interim["escrow"].as_str().unwrap();
    let token = desk.token().await;
    let application = desk.key(&token, &format!("yx-{PRODUCTION}")).application();
    let service = &desk.soft.service;

    let window = desk.window(&unlock_request(&serial)).await;
    let begin = json!({ "what": "unlock" });
    assert_eq!(
        window.refusal("write/begin", begin.clone()).await,
        "pin_not_locked"
    );
    let wrong = Pin::new("11112222").unwrap();
    for _ in 0..6 {
        let _ = service
            .check_pin(&application, PinKind::User, &wrong, LastTry::Spend)
            .await;
    }
    let other = desk.window(&unlock_request("another device")).await;
    assert_eq!(
        other.refusal("write/begin", begin.clone()).await,
        "device_mismatch"
    );

    let answer = window.post("write/begin", begin.clone()).await;
    let key = answer["interim"].clone();
    contract::UnlockKey::from_json(&key.to_string()).unwrap();
    assert!(answer["rule"]["min"].as_u64().unwrap() >= 6);
    let unblock = json!({ "new": NEW });
    assert_eq!(
        window.refusal("write/unblock", unblock.clone()).await,
        "authority_invalid"
    );

    // For another order, another device, another window: refused before anything is tried.
    let authority = desk.authority.release(escrow, &key, "ORDER-1");
    let mut other_order = authority.clone();
    other_order["authority"]["order"] = json!("ORDER-2");
    let of_another_window = {
        let second = desk.window(&unlock_request(&serial)).await;
        let answer = second.post("write/begin", begin.clone()).await;
        desk.authority
            .release(escrow, &answer["interim"], "ORDER-1")
    };
    for wrong in [other_order, of_another_window] {
        let body = json!({ "message": wrong.to_string() });
        assert_eq!(
            window.refusal("write/message", body).await,
            "authority_invalid"
        );
    }
    let tries = service
        .pin_tries(&application, PinKind::Admin)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(tries.left, tries.most);

    window.message(&authority).await;
    for broken in ["1234", "12345678"] {
        let body = json!({ "new": broken });
        assert_eq!(window.refusal("write/unblock", body).await, "pin_rule");
    }
    desk.plug(false);
    assert_eq!(
        window.refusal("write/unblock", unblock.clone()).await,
        "token_removed"
    );
    desk.plug(true);
    let response = window.post("write/unblock", unblock.clone()).await;
    assert_eq!(response, json!({ "type": "unlocked" }));
    let new = Pin::new(NEW).unwrap();
    service
        .check_pin(&application, PinKind::User, &new, LastTry::Keep)
        .await
        .unwrap();
    // Used once.
    assert_eq!(
        window.refusal("write/unblock", unblock).await,
        "request_malformed"
    );
    assert!(!key.to_string().contains(NEW) && !response.to_string().contains(NEW));
}

#[tokio::test]
async fn a_pin_that_ran_into_a_time_out_is_asked_for_again() {
    let desk = Desk::new().await;
    // Another service over the same drawer, whose signing call never has the time.
    let limits = Limits {
        sign: std::time::Duration::from_millis(1),
        ..Limits::default()
    };
    let options = ServiceOptions {
        worker: Some(desk.soft.drawer().parent().unwrap().join("worker")),
        limits,
    };
    let library = Library::named(&desk.soft.key.library, &agent::modules::shipped().unwrap());
    let slow = TokenService::new(vec![library], options).unwrap();
    let bench = Bench::new(Arc::new(slow));
    let page = bench.asking(&desk.produce_request(PRODUCTION)).await;
    bench.post(&page, "consent", json!({})).await;
    let window = Window {
        bench: &bench,
        page,
    };
    window.begin(FIRST).await;
    window.step().await;
    window.step().await;
    assert_eq!(
        window.refusal("write/step", json!({})).await,
        "token_timeout"
    );
    assert_eq!(window.refusal("write/step", json!({})).await, "pin_length");
}
