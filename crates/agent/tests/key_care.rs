//! The care of a key, with a soft key behind its real library, worker and pipes; and with scripted tokens where
//! a real key would have to fail.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent::keyring::Tokens;
use axum::http::StatusCode;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use support::*;
use token::*;

const ADMIN: &str = "admin-2026";
const NEW: &str = "24681357";

async fn key(bench: &Bench, home: &str) -> Value {
    let (status, answer) = bench.post(home, "care/keys", json!({ "seen": null })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["keys"][0].clone()
}

fn check(key: &Value, pin: &str) -> Value {
    json!({ "key": key["id"], "pin": pin, "spend_last_try": false })
}

fn change(key: &Value, old: &str, new: &str) -> Value {
    json!({ "key": key["id"], "old": old, "new": new, "spend_last_try": false })
}

fn unblock(key: &Value, admin: &str, new: &str) -> Value {
    json!({ "key": key["id"], "by": { "kind": "admin_pin", "pin": admin }, "new": new, "spend_last_try": false })
}

async fn good(bench: &Bench, home: &str, path: &str, body: Value) {
    let (status, answer) = bench.post(home, path, body).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{path}: {answer}");
}

#[tokio::test]
async fn a_key_is_shown_with_its_dates_tries_rule_and_hotline() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;
    assert_eq!(row["provider"]["id"], "szca");
    assert_eq!(row["key_number"], "SZ-2026-0001");
    assert_eq!(
        (&row["tries_left"], &row["admin_tries_left"]),
        (&json!(6), &json!(3))
    );
    let id = row["certificates"][0]["id"].as_str().unwrap();
    let standing = &row["standings"][id];
    assert_eq!(
        standing["validity"],
        json!({ "state": "valid", "days": 365 })
    );
    assert_eq!(standing["revocation"], json!({ "state": "not_announced" }));
    assert!(!row["hotlines"].as_array().unwrap().is_empty());
    assert!(row["pin_rule"]["min"].as_u64().unwrap() >= 6);
    bench.now.fetch_add(330 * 86_400, Ordering::SeqCst);
    let row = key(&bench, &bench.open_home().await).await;
    assert_eq!(
        row["standings"][id]["validity"],
        json!({ "state": "expires_soon", "days": 35 })
    );
}

#[tokio::test]
async fn a_pin_is_changed_after_the_rule_and_the_old_one_is_wrong_then() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;

    for (new, broken) in [
        ("12345678", json!(["default"])),
        (PIN, json!(["same_as_old"])),
        ("2468", json!(["length"])),
    ] {
        let (_, answer) = bench
            .post(&home, "care/change-pin", change(&row, PIN, new))
            .await;
        assert_eq!(
            (&answer["code"], &answer["broken"]),
            (&json!("pin_rule"), &broken)
        );
    }
    assert_eq!(
        key(&bench, &home).await["tries_left"],
        6,
        "nothing was sent"
    );

    let (_, answer) = bench
        .post(&home, "care/change-pin", change(&row, "11112222", NEW))
        .await;
    assert_eq!(
        (&answer["code"], &answer["tries_left"]),
        (&json!("pin_wrong"), &json!(5))
    );
    good(&bench, &home, "care/change-pin", change(&row, PIN, NEW)).await;
    good(&bench, &home, "care/check-pin", check(&row, NEW)).await;
    let (_, answer) = bench.post(&home, "care/check-pin", check(&row, PIN)).await;
    assert_eq!(answer["code"], "pin_wrong");
    good(&bench, &home, "care/check-pin", check(&row, NEW)).await;
    assert_eq!(key(&bench, &home).await["tries_left"], 6);
}

#[tokio::test]
async fn the_last_try_is_asked_for_a_locked_key_is_left_alone_and_the_administrator_unlocks_it() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;
    for left in [5, 4, 3, 2, 1] {
        let (_, answer) = bench
            .post(&home, "care/check-pin", check(&row, "11112222"))
            .await;
        assert_eq!(
            (&answer["code"], &answer["tries_left"]),
            (&json!("pin_wrong"), &json!(left))
        );
    }
    for (path, body) in [
        ("care/check-pin", check(&row, "11112222")),
        ("care/change-pin", change(&row, "11112222", NEW)),
    ] {
        assert_eq!(bench.refusal(&home, path, body).await, "last_try");
    }
    assert_eq!(
        key(&bench, &home).await["tries_left"],
        1,
        "nothing was sent"
    );
    let spend = json!({ "key": row["id"], "pin": "11112222", "spend_last_try": true });
    bench.post(&home, "care/check-pin", spend).await;
    assert_eq!(key(&bench, &home).await["refused"], "pin_locked");
    for (path, body) in [
        ("care/check-pin", check(&row, PIN)),
        ("care/change-pin", change(&row, PIN, NEW)),
    ] {
        assert_eq!(bench.refusal(&home, path, body).await, "pin_locked");
    }

    assert_eq!(
        bench
            .refusal(&home, "care/unblock", unblock(&row, ADMIN, "111111"))
            .await,
        "pin_rule"
    );
    let (_, answer) = bench
        .post(&home, "care/unblock", unblock(&row, "wrong-2026", NEW))
        .await;
    assert_eq!(
        (&answer["code"], &answer["tries_left"]),
        (&json!("pin_wrong"), &json!(2))
    );
    good(&bench, &home, "care/unblock", unblock(&row, ADMIN, NEW)).await;
    let row = key(&bench, &home).await;
    assert_eq!(
        (&row["tries_left"], &row["refused"]),
        (&json!(6), &Value::Null)
    );
    good(&bench, &home, "care/check-pin", check(&row, NEW)).await;
}

#[tokio::test]
async fn a_label_is_written_on_the_key_within_what_it_holds() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;
    let label = |label: &str| json!({ "key": row["id"], "label": label });
    good(&bench, &home, "care/label", label("财务室 二号")).await;
    assert_eq!(key(&bench, &home).await["label"], "财务室 二号");
    for bad in ["", "  ", "两\n行", &"长".repeat(11)] {
        assert_eq!(
            bench.refusal(&home, "care/label", label(bad)).await,
            "invalid"
        );
    }
    soft.plug(false);
    assert_eq!(
        bench.refusal(&home, "care/label", label("甲")).await,
        "token_removed"
    );
}

/// A key that is there and never answers a call with a PIN. Counts how often it was sent one.
struct Silent {
    listing: Listing,
    sent: Arc<AtomicUsize>,
}

impl Silent {
    fn answer(&self) -> BoxFuture<'_, Result<(), TokenError>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            Err(TokenError::Timeout {
                operation: "checking the PIN".into(),
            })
        })
    }
}

impl Tokens for Silent {
    fn list(&self) -> BoxFuture<'_, Listing> {
        Box::pin(async { self.listing.clone() })
    }

    fn sign<'a>(
        &'a self,
        _: &'a KeyRef,
        _: &'a Pin,
        _: &'a [u8],
        _: &'a Message,
        _: LastTry,
    ) -> BoxFuture<'a, Result<Signature, TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }

    fn check_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: PinKind,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        self.answer()
    }

    fn change_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: PinKind,
        _: &'a Pin,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        self.answer()
    }

    fn unblock_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: &'a Pin,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        self.answer()
    }

    fn set_label<'a>(
        &'a self,
        _: &'a DeviceRef,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        self.answer()
    }
}

#[tokio::test]
async fn a_pin_is_sent_once_and_never_again_after_a_time_out() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let silent = Silent {
        listing: soft.service.list().await,
        sent: Arc::clone(&sent),
    };
    let bench = Bench::new(Arc::new(silent));
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;
    for (at, (path, body)) in [
        ("care/check-pin", check(&row, PIN)),
        ("care/change-pin", change(&row, PIN, NEW)),
        ("care/unblock", unblock(&row, ADMIN, NEW)),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(bench.refusal(&home, path, body).await, "token_timeout");
        assert_eq!(sent.load(Ordering::SeqCst), at + 1, "{path}");
    }
}

#[tokio::test]
async fn a_report_for_support_holds_no_name_and_no_whole_number() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let row = key(&bench, &home).await;
    let (_, answer) = bench.post(&home, "report", json!({})).await;
    let text = answer["text"].as_str().unwrap();
    for secret in [
        row["key_number"].as_str().unwrap(),
        row["serial"].as_str().unwrap(),
        row["holder"].as_str().unwrap(),
        row["organisation"].as_str().unwrap(),
        row["certificates"][0]["serial"].as_str().unwrap(),
        PIN,
        bench.state_folder().to_str().unwrap(),
    ] {
        assert!(
            !secret.is_empty() && !text.contains(secret),
            "{secret}\n{text}"
        );
    }
    assert!(
        text.contains("szca") && text.contains("number **********01"),
        "{text}"
    );
}

#[tokio::test]
async fn an_answer_to_a_pin_ends_its_connection_so_that_the_buffer_with_it_is_freed() {
    let bench = Bench::new(Arc::new(NoTokens));
    let home = bench.open_home().await;
    let popup = bench.asking(&login_request()).await;
    let row = json!({ "id": "x" });
    let sign = json!({ "certificate": "x", "pin": PIN, "spend_last_try": false });
    for (page, path, body) in [
        (&home, "care/check-pin", check(&row, PIN)),
        (&home, "care/change-pin", change(&row, PIN, NEW)),
        (&home, "care/unblock", unblock(&row, ADMIN, NEW)),
        (&popup, "sign", sign),
    ] {
        let (_, headers, _) = bench.send(Bench::own(page, path, body.to_string())).await;
        assert_eq!(headers["connection"], "close", "{path}");
    }
}
