//! The agent's own page: who may ask for it, consents, sites, settings, history, the report.

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use agent::journal::{Entry, Journal, SealEntry, path_in};
use axum::http::StatusCode;
use contract::{Base64, Grade, KeyFamilyName, SealName};
use serde_json::{Value, json};
use support::*;

const SITE: &str = "https://www.example.com.cn";

fn bench() -> Bench {
    Bench::new(Arc::new(NoTokens))
}

/// Everything that only the agent's own page may ask, with a body that would do.
fn own_page_alone() -> Vec<(&'static str, Value)> {
    let pins = |name: &str| json!({ "key": "x", name: PIN, "spend_last_try": false });
    vec![
        ("care/keys", json!({ "seen": null })),
        ("care/check-pin", pins("pin")),
        (
            "care/change-pin",
            json!({ "key": "x", "old": PIN, "new": "24681357", "spend_last_try": false }),
        ),
        (
            "care/unblock",
            json!({ "key": "x", "by": { "kind": "admin_pin", "pin": PIN }, "new": "24681357", "spend_last_try": false }),
        ),
        ("care/label", json!({ "key": "x", "label": "甲" })),
        ("consents", json!({})),
        (
            "consents/revoke",
            json!({ "origin": null, "capability": null }),
        ),
        ("consents/restore", json!({ "undo": 1 })),
        (
            "sites/enable",
            json!({ "origin": SITE, "capability": "seal", "warned": true }),
        ),
        (
            "sites/disable",
            json!({ "origin": SITE, "capability": "seal" }),
        ),
        ("settings", json!({})),
        ("settings/change", json!({ "phrase": "假短语" })),
        ("sof", json!({})),
        ("sof/switch", json!({ "enabled": true })),
        ("sof/allow", json!({ "origin": SITE, "warned": true })),
        ("sof/revoke", json!({ "origin": SITE })),
        ("history", json!({ "limit": 10 })),
        ("history/export", json!({ "format": "csv" })),
        ("history/check", json!({})),
        ("report", json!({})),
    ]
}

#[tokio::test]
async fn the_popup_which_a_site_can_open_may_ask_for_nothing_of_the_own_page() {
    let bench = bench();
    let popup = bench.asking(&login_request()).await;
    for (path, body) in own_page_alone() {
        let (status, answer) = bench.post(&popup, path, body).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::FORBIDDEN, Some("origin_refused")),
            "{path}"
        );
    }
    let home = bench.open_home().await;
    let (_, settings) = bench.post(&home, "settings", json!({})).await;
    assert_ne!(settings["phrase"], "假短语");
    let (_, consents) = bench.post(&home, "consents", json!({})).await;
    assert_eq!(consents["sites"], json!([]));
}

#[tokio::test]
async fn the_own_page_speaks_with_no_site() {
    let bench = bench();
    let home = bench.open_home().await;
    for (path, body) in [
        ("request", body_of(ORIGIN, &login_request())),
        ("consent", json!({})),
        (
            "sign",
            json!({ "certificate": "x", "pin": PIN, "spend_last_try": false }),
        ),
        ("show", json!({ "certificate": "x" })),
        ("file/forget", json!({})),
    ] {
        assert_eq!(
            bench.refusal(&home, path, body).await,
            "origin_refused",
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_deed_of_the_own_page_stands_behind_the_guard() {
    let bench = bench();
    let home = bench.open_home().await;
    for (path, body) in own_page_alone() {
        for (header, value) in [
            ("origin", "http://127.0.0.1:8080"),
            ("host", "localhost:17590"),
            ("sec-fetch-site", "cross-site"),
            (
                "x-yinxin-page",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ),
        ] {
            let mut request = Bench::own(&home, path, body.to_string());
            request.headers_mut().insert(header, value.parse().unwrap());
            let (status, _, _) = bench.send(request).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {header}");
        }
    }
}

#[tokio::test]
async fn a_consent_that_was_taken_back_is_asked_for_again_and_can_be_given_back() {
    let bench = bench();
    let popup = bench.asking(&login_request()).await;
    bench.post(&popup, "consent", json!({})).await;
    let home = bench.open_home().await;
    let sites = || async { bench.post(&home, "consents", json!({})).await.1["sites"].clone() };
    let before = sites().await;
    assert_eq!(before[0]["origin"], ORIGIN);
    assert_eq!(before[0]["grants"][0]["capability"], "login");
    assert_eq!(before[0]["grants"][0]["given"], "2026-11-22T12:00:00Z");

    let body = json!({ "origin": ORIGIN, "capability": "login" });
    let (_, taken) = bench.post(&home, "consents/revoke", body.clone()).await;
    assert_eq!((&taken["taken"], &taken["undo"]), (&json!(1), &json!(1)));
    assert_eq!(sites().await, json!([]));
    let sign = json!({ "certificate": "x", "pin": PIN, "spend_last_try": false });
    assert_eq!(
        bench.refusal(&popup, "sign", sign).await,
        "consent_required",
        "also for a window that is open"
    );
    let again = bench.open().await;
    let (_, view) = bench
        .post(&again, "request", body_of(ORIGIN, &login_request()))
        .await;
    assert_eq!(view["consent"], false);

    let other = bench.open_home().await;
    assert_eq!(
        bench
            .refusal(&other, "consents/restore", json!({ "undo": 1 }))
            .await,
        "not_found",
        "another load undoes nothing"
    );
    let (status, _) = bench
        .post(&home, "consents/restore", json!({ "undo": 1 }))
        .await;
    assert!(status.is_success());
    assert_eq!(sites().await, before);
    assert_eq!(
        bench
            .refusal(&home, "consents/restore", json!({ "undo": 1 }))
            .await,
        "not_found",
        "once"
    );
    let (_, nothing) = bench
        .post(
            &home,
            "consents/revoke",
            json!({ "origin": SITE, "capability": null }),
        )
        .await;
    assert_eq!(nothing, json!({ "undo": null, "taken": 0 }));
    let (_, all) = bench
        .post(
            &home,
            "consents/revoke",
            json!({ "origin": null, "capability": null }),
        )
        .await;
    assert_eq!(all["taken"], 1);
}

fn seal_request() -> Value {
    let intent = json!({
        "purpose": "seal", "v": 1, "platform": "p", "platform_name": "P", "organisation": "甲", "document": "a.pdf",
        "document_digest": { "algorithm": "sm3", "value_hex": "0".repeat(64) }, "pages": [1], "seal": { "id": "s", "name": "公章" },
    });
    json!({
        "version": 1, "purpose": "seal", "intent": intent.to_string(),
        "variants": [{ "family": "sm2", "sub_filter": "adbe.pkcs7.detached", "hash": "sm3",
            "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "tail": "AAAA", "original_length": 10 }],
    })
}

#[tokio::test]
async fn a_site_seals_after_it_was_enabled_on_the_own_page_and_no_longer_once_it_was_disabled() {
    let bench = bench();
    let home = bench.open_home().await;
    let ask = || async {
        let popup = bench.open().await;
        let answer = bench
            .post(&popup, "request", body_of(SITE, &seal_request()))
            .await;
        (popup, answer)
    };
    assert_eq!(ask().await.1.1["code"], "capability_refused");

    let body = |warned| json!({ "origin": SITE, "capability": "seal", "warned": warned });
    assert_eq!(
        bench.refusal(&home, "sites/enable", body(false)).await,
        "request_malformed",
        "not without the warning"
    );
    let (status, site) = bench.post(&home, "sites/enable", body(true)).await;
    assert_eq!(
        (status, site["registrable"].as_str()),
        (StatusCode::OK, Some("example.com.cn"))
    );
    let (popup, (status, view)) = ask().await;
    assert_eq!(
        (status, &view["consent"]),
        (StatusCode::OK, &json!(false)),
        "enabling is no consent"
    );
    bench.post(&popup, "consent", json!({})).await;
    let sign = json!({ "certificate": "x", "pin": PIN, "spend_last_try": false });
    assert_eq!(
        bench.refusal(&popup, "sign", sign.clone()).await,
        "token_removed",
        "as far as the key"
    );

    let (_, taken) = bench
        .post(
            &home,
            "sites/disable",
            json!({ "origin": SITE, "capability": "seal" }),
        )
        .await;
    assert_eq!(taken["taken"], 2, "the enabling and the consent");
    assert_eq!(
        bench.refusal(&popup, "consent", json!({})).await,
        "capability_refused",
        "no click in an open window brings it back"
    );
    assert_eq!(
        bench.refusal(&popup, "sign", sign).await,
        "capability_refused"
    );
    assert_eq!(ask().await.1.1["code"], "capability_refused");
    let undo = json!({ "undo": taken["undo"] });
    assert!(
        bench
            .post(&home, "consents/restore", undo)
            .await
            .0
            .is_success()
    );
    assert_eq!(ask().await.1.1["consent"], true);
}

#[tokio::test]
async fn only_public_https_sites_are_enabled_and_only_for_what_needs_it() {
    let bench = bench();
    let home = bench.open_home().await;
    for origin in [
        "",
        "www.example.cn",
        "http://www.example.cn",
        "https://192.0.2.1",
        "https://localhost",
        "https://www.example.cn/path",
        "null",
    ] {
        let body = json!({ "origin": origin, "capability": "seal", "warned": true });
        assert_eq!(
            bench.refusal(&home, "sites/enable", body).await,
            "origin_refused",
            "{origin}"
        );
    }
    for capability in ["login", "bind", "check"] {
        let body = json!({ "origin": SITE, "capability": capability, "warned": true });
        assert_eq!(
            bench.refusal(&home, "sites/enable", body).await,
            "request_malformed"
        );
    }
    let (_, consents) = bench.post(&home, "consents", json!({})).await;
    assert_eq!(consents["sites"], json!([]));
}

#[tokio::test]
async fn settings_are_kept_and_a_phrase_that_is_none_is_refused() {
    let bench = bench();
    let home = bench.open_home().await;
    let change =
        json!({ "phrase": "山高水长", "language": "en", "pin_entry": "page", "key_files": true });
    assert!(
        bench
            .post(&home, "settings/change", change)
            .await
            .0
            .is_success()
    );
    let (_, settings) = bench.post(&home, "settings", json!({})).await;
    for (name, value) in [
        ("phrase", json!("山高水长")),
        ("language", json!("en")),
        ("pin_entry", json!("page")),
        ("key_files", json!(true)),
        ("port", json!(PORT)),
        ("libraries", json!([])),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    for phrase in ["", "  ", "两\n行", &"长".repeat(25)] {
        let body = json!({ "phrase": phrase });
        assert_eq!(
            bench.refusal(&home, "settings/change", body).await,
            "invalid"
        );
    }
    for body in [
        json!({ "libraries": ["/tmp/evil.so"] }),
        json!({ "log": "/x" }),
    ] {
        let (status, _) = bench.post(&home, "settings/change", body).await;
        assert!(
            status.is_client_error(),
            "a library path is code: no page sets it"
        );
    }
    let (_, _, html) = bench
        .send(
            axum::http::Request::get("/popup")
                .header("host", "127.0.0.1:17590")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("name=\"yinxin-language\" content=\"en\""));
}

fn entry(number: usize) -> Entry {
    let digest = "0".repeat(64);
    let intent = format!(
        r#"{{"purpose":"seal","v":1,"platform":"p","platform_name":"公e采","organisation":"甲","document":"投标函-{number}.pdf","document_digest":{{"algorithm":"sm3","value_hex":"{digest}"}},"pages":[1],"seal":{{"id":"s","name":"=公章"}}}}"#
    );
    Entry {
        at: format!("2026-11-22T12:00:{number:02}Z"),
        origin: ORIGIN.into(),
        purpose: "seal".into(),
        intent,
        certificate_sha256: Some("ab".repeat(32)),
        family: KeyFamilyName::Sm2,
        signed_sha256: "cd".repeat(32),
        signature: Base64(vec![7; 71]),
        seal: Some(SealEntry {
            document: format!("投标函-{number}.pdf"),
            document_digest: serde_json::from_value(
                json!({ "algorithm": "sm3", "value_hex": digest }),
            )
            .unwrap(),
            pages: vec![1],
            seal: SealName {
                id: "s".into(),
                name: "=公章".into(),
            },
            grade: Grade::Remote,
            digest_hex: "ef".repeat(32),
        }),
        key: None,
    }
}

/// An agent over a state folder in which the journal has so many entries.
fn with_entries(count: usize) -> Bench {
    bench_with_state(Arc::new(NoTokens), |folder| {
        let mut journal = Journal::open(folder).unwrap();
        for number in 0..count {
            journal.append(entry(number)).unwrap();
        }
    })
}

#[tokio::test]
async fn the_history_comes_in_pages_with_intents_parsed_and_finds_what_is_looked_for() {
    let bench = with_entries(25);
    let home = bench.open_home().await;
    let (_, first) = bench
        .post(&home, "history", json!({ "limit": 20, "before": null }))
        .await;
    assert_eq!(first["entries"].as_array().unwrap().len(), 20);
    assert_eq!(first["entries"][0]["intent"]["document"], "投标函-24.pdf");
    assert_eq!(first["entries"][0]["grade"], "remote");
    assert_eq!(
        (&first["total"], &first["fitting"], &first["next"]),
        (&json!(25), &json!(25), &json!(5))
    );
    assert_eq!(first["integrity"]["whole"], true);
    let (_, second) = bench
        .post(
            &home,
            "history",
            json!({ "limit": 20, "before": first["next"] }),
        )
        .await;
    assert_eq!(second["entries"].as_array().unwrap().len(), 5);
    assert_eq!(second["next"], Value::Null);
    let query = json!({ "limit": 20, "query": { "text": "投标函-7" } });
    let (_, found) = bench.post(&home, "history", query).await;
    assert_eq!(found["entries"][0]["number"], 7);
    let greedy = json!({ "limit": 1_000_000 });
    assert!(bench.post(&home, "history", greedy).await.0.is_success());
    let long = json!({ "limit": 1, "query": { "text": "长".repeat(101) } });
    assert_eq!(
        bench.refusal(&home, "history", long).await,
        "request_malformed"
    );
}

#[tokio::test]
async fn a_journal_that_was_cut_or_altered_is_said_and_shown_all_the_same() {
    let cut = bench_with_state(Arc::new(NoTokens), |folder| {
        let mut journal = Journal::open(folder).unwrap();
        (0..3).for_each(|number| journal.append(entry(number)).unwrap());
        let text = std::fs::read_to_string(path_in(folder)).unwrap();
        let two: String = text
            .lines()
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(path_in(folder), two).unwrap();
    });
    let home = cut.open_home().await;
    let (_, page) = cut.post(&home, "history", json!({ "limit": 9 })).await;
    assert_eq!(
        (&page["total"], &page["integrity"]["whole"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(page["integrity"]["damage"].as_array().unwrap().len(), 1);

    let altered = with_entries(3);
    let path = path_in(&altered.state_folder());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("投标函-1.pdf", "投标函-9.pdf")).unwrap();
    let home = altered.open_home().await;
    let (_, page) = altered.post(&home, "history", json!({ "limit": 9 })).await;
    assert_eq!(
        page["integrity"]["faults"],
        json!([{ "fault": "broken", "line": 3 }])
    );
    assert_eq!(page["entries"].as_array().unwrap().len(), 3);

    let end = with_entries(3);
    let path = path_in(&end.state_folder());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("投标函-2.pdf", "投标函-9.pdf")).unwrap();
    let home = end.open_home().await;
    let (_, page) = end.post(&home, "history", json!({ "limit": 9 })).await;
    assert_eq!(
        (
            &page["integrity"]["end_altered"],
            &page["integrity"]["whole"]
        ),
        (&json!(true), &json!(false)),
        "the last line, while the agent runs"
    );
}

#[tokio::test]
async fn the_history_is_taken_away_as_csv_or_json_whole_or_as_filtered() {
    let bench = with_entries(3);
    let home = bench.open_home().await;
    let export = |body: Value| bench.send(Bench::own(&home, "history/export", body.to_string()));
    let (_, headers, body) = export(json!({ "format": "csv" })).await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with('\u{feff}'));
    let lines: Vec<_> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[1].contains("\"投标函-2.pdf\"") && lines[1].contains("\"'=公章\""));
    let filtered = json!({ "format": "json", "query": { "text": "投标函-1" } });
    let (_, _, body) = export(filtered).await;
    let entries: Vec<Entry> = serde_json::from_slice(&body).unwrap();
    assert_eq!(entries, [entry(1)]);
    let none = json!({ "format": "json", "query": { "origin": SITE } });
    let (_, _, body) = export(none).await;
    assert_eq!(
        serde_json::from_slice::<Vec<Entry>>(&body).unwrap().len(),
        0
    );
}

#[tokio::test]
async fn a_file_that_is_no_pdf_is_said_to_be_none() {
    let bench = with_entries(1);
    let home = bench.open_home().await;
    for body in [&b""[..], b"hello", b"PK\x03\x04"] {
        let (status, _, answer) = bench
            .send(Bench::own(&home, "history/check", body.to_vec()))
            .await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("not_pdf"))
        );
    }
}

#[tokio::test]
async fn a_load_of_the_own_page_that_nobody_uses_is_forgotten() {
    let bench = bench();
    let home = bench.open_home().await;
    bench.now.fetch_add(31 * 60, Ordering::SeqCst);
    let (status, _) = bench.post(&home, "settings", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
