//! Every refusal of the loopback service, each by the request that it is made against.

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use support::*;

fn bench() -> Bench {
    Bench::new(Arc::new(NoTokens))
}

async fn status_of(bench: &Bench, request: Request<Body>) -> StatusCode {
    bench.send(request).await.0
}

/// A request of our own page, with one header replaced (or taken out).
fn changed(page: &str, header: &'static str, value: Option<&str>) -> Request<Body> {
    let mut request = Bench::own(page, "state", "{}");
    request.headers_mut().remove(header);
    if let Some(value) = value {
        request.headers_mut().insert(header, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn our_own_page_is_answered() {
    let bench = bench();
    let page = bench.open().await;
    let (status, answer) = bench.post(&page, "state", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!answer["phrase"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_host_that_is_not_exactly_ours_is_refused_which_ends_dns_rebinding() {
    let bench = bench();
    let page = bench.open().await;
    for host in [
        "evil.example:17590",
        "localhost:17590",
        "127.0.0.1",
        "127.0.0.1:17591",
        "127.0.0.1:17590.",
        "",
    ] {
        assert_eq!(
            status_of(&bench, changed(&page, "host", Some(host))).await,
            StatusCode::FORBIDDEN,
            "{host}"
        );
        let popup = Request::get("/popup")
            .header("host", host)
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            status_of(&bench, popup).await,
            StatusCode::FORBIDDEN,
            "{host}"
        );
    }
    assert_eq!(
        status_of(&bench, changed(&page, "host", None)).await,
        StatusCode::FORBIDDEN
    );
    let mut twice = Bench::own(&page, "state", "{}");
    twice
        .headers_mut()
        .append("host", "evil.example".parse().unwrap());
    assert_eq!(status_of(&bench, twice).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_origin_or_fetch_site_that_is_not_our_own_is_refused() {
    let bench = bench();
    let page = bench.open().await;
    for origin in [
        None,
        Some("null"),
        Some(ORIGIN),
        Some("https://127.0.0.1:17590"),
        Some("http://localhost:17590"),
    ] {
        assert_eq!(
            status_of(&bench, changed(&page, "origin", origin)).await,
            StatusCode::FORBIDDEN,
            "{origin:?}"
        );
    }
    for site in [None, Some("same-site"), Some("cross-site"), Some("none")] {
        assert_eq!(
            status_of(&bench, changed(&page, "sec-fetch-site", site)).await,
            StatusCode::FORBIDDEN,
            "{site:?}"
        );
    }
}

#[tokio::test]
async fn a_request_without_the_token_of_a_load_is_refused() {
    let bench = bench();
    let page = bench.open().await;
    for token in [
        None,
        Some(""),
        Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        assert_eq!(
            status_of(&bench, changed(&page, "x-yinxin-page", token)).await,
            StatusCode::FORBIDDEN
        );
    }
    bench.now.fetch_add(31 * 60, Ordering::SeqCst);
    assert_eq!(
        status_of(&bench, changed(&page, "accept", None)).await,
        StatusCode::FORBIDDEN,
        "an idle load"
    );
}

#[tokio::test]
async fn the_api_is_not_reached_by_get() {
    let bench = bench();
    let page = bench.open().await;
    let mut request = Bench::own(&page, "state", "");
    *request.method_mut() = axum::http::Method::GET;
    assert_eq!(status_of(&bench, request).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_page_is_not_served_into_a_frame_or_to_a_script() {
    let bench = bench();
    for dest in ["iframe", "frame", "embed", "object", "empty", "script"] {
        let request = Request::get("/popup")
            .header("host", "127.0.0.1:17590")
            .header("sec-fetch-dest", dest)
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            status_of(&bench, request).await,
            StatusCode::FORBIDDEN,
            "{dest}"
        );
    }
    let asset = Request::get("/assets/agent.js")
        .header("host", "127.0.0.1:17590")
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty())
        .unwrap();
    assert_eq!(status_of(&bench, asset).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_answer_is_strict_and_only_the_popup_keeps_its_opener() {
    let bench = bench();
    let get = |path: &str| {
        Request::get(path)
            .header("host", "127.0.0.1:17590")
            .header("sec-fetch-site", "same-origin")
            .body(Body::empty())
            .unwrap()
    };
    for (path, opener) in [
        ("/popup", None),
        ("/", Some("same-origin")),
        ("/nothing", Some("same-origin")),
    ] {
        let (_, headers, _) = bench.send(get(path)).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        let value = headers
            .get("cross-origin-opener-policy")
            .map(|value| value.to_str().unwrap());
        assert_eq!(value, opener, "{path}");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(!headers.contains_key("set-cookie"), "{path}");
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn sites_without_a_public_https_origin_are_refused() {
    let bench = bench();
    for origin in [
        "null",
        "http://example.cn",
        "https://192.0.2.1",
        "http://127.0.0.1:8081",
        "https://localhost",
        "garbage",
    ] {
        let page = bench.open().await;
        let code = bench
            .refusal(&page, "request", body_of(origin, &login_request()))
            .await;
        assert_eq!(code, "origin_refused", "{origin}");
    }
    let page = bench.open().await;
    let (status, view) = bench
        .post(
            &page,
            "request",
            body_of("https://www.example.com.cn", &login_request()),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(view["site"]["registrable"], "example.com.cn");
    assert_eq!(view["consent"], false);
    assert_eq!(view["intent"]["platform_name"], "公e采");
}

#[tokio::test]
async fn a_window_binds_to_the_first_site_and_request() {
    let bench = bench();
    let page = bench.asking(&login_request()).await;
    let again = bench
        .refusal(
            &page,
            "request",
            body_of("https://example.cn", &login_request()),
        )
        .await;
    assert_eq!(again, "request_malformed");
}

#[tokio::test]
async fn a_request_that_does_not_agree_with_its_intent_is_refused() {
    let bench = bench();
    for request in [
        json!({}),
        json!("login"),
        statement_request("bind", LOGIN_INTENT),
        statement_request("login", "{}"),
        statement_request("login", &LOGIN_INTENT.replace("\"v\":1", "\"v\":2")),
        statement_request("login", &LOGIN_INTENT.replace("}", ",\"note\":\"x\"}")),
        statement_request("seal", LOGIN_INTENT),
    ] {
        let page = bench.open().await;
        let code = bench
            .refusal(&page, "request", body_of(ORIGIN, &request))
            .await;
        assert_eq!(code, "request_malformed", "{request}");
    }
}

#[tokio::test]
async fn a_seal_is_asked_for_by_listed_or_enabled_sites_only() {
    let bench = bench();
    let intent = json!({
        "purpose": "seal", "v": 1, "platform": "p", "platform_name": "P", "organisation": "甲", "document": "a.pdf",
        "document_digest": { "algorithm": "sm3", "value_hex": "0".repeat(64) }, "pages": [1], "seal": { "id": "s", "name": "公章" },
    });
    let request = json!({
        "version": 1, "purpose": "seal", "intent": intent.to_string(),
        "variants": [{ "family": "sm2", "sub_filter": "adbe.pkcs7.detached", "hash": "sm3",
            "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "tail": "AAAA", "original_length": 10 }],
    });
    let page = bench.open().await;
    let code = bench
        .refusal(
            &page,
            "request",
            body_of("https://www.example.cn", &request),
        )
        .await;
    assert_eq!(code, "capability_refused");
    // A development origin that the agent was started with counts as enabled.
    let page = bench.open().await;
    let (status, view) = bench
        .post(&page, "request", body_of(ORIGIN, &request))
        .await;
    assert_eq!(
        (status, view["capability"].as_str()),
        (StatusCode::OK, Some("seal"))
    );
    assert_eq!(view["site"]["development"], true);
}

#[tokio::test]
async fn nothing_is_signed_before_consent_and_consent_is_remembered() {
    let bench = bench();
    let sign = json!({ "certificate": "x", "pin": PIN, "spend_last_try": false });
    let page = bench.open().await;
    assert_eq!(
        bench.refusal(&page, "sign", sign.clone()).await,
        "request_malformed",
        "nobody has asked"
    );
    assert_eq!(
        bench.refusal(&page, "consent", json!({})).await,
        "request_malformed"
    );
    let page = bench.asking(&login_request()).await;
    assert_eq!(
        bench.refusal(&page, "sign", sign.clone()).await,
        "consent_required"
    );
    assert!(bench.post(&page, "consent", json!({})).await.0.is_success());
    assert_eq!(
        bench.refusal(&page, "sign", sign.clone()).await,
        "token_removed"
    );

    let page = bench.open().await;
    let (_, view) = bench
        .post(&page, "request", body_of(ORIGIN, &login_request()))
        .await;
    assert_eq!(view["consent"], true);
    let bind = r#"{"purpose":"bind","v":1,"platform":"p","platform_name":"P","organisation":"o","account":"a","person":"n"}"#;
    let page = bench.asking(&statement_request("bind", bind)).await;
    assert_eq!(
        bench.refusal(&page, "sign", sign).await,
        "consent_required",
        "another capability"
    );
}

#[tokio::test]
async fn a_pin_of_the_wrong_length_never_reaches_the_key() {
    let bench = bench();
    let page = bench.asking(&login_request()).await;
    bench.post(&page, "consent", json!({})).await;
    for pin in ["".to_owned(), "7".repeat(101), "1234567\n".to_owned()] {
        let body = json!({ "certificate": "x", "pin": pin, "spend_last_try": false });
        assert_eq!(bench.refusal(&page, "sign", body).await, "pin_length");
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let bench = bench();
    let page = bench.open().await;
    let status = status_of(&bench, Bench::own(&page, "sign", vec![b' '; 17 * 1024])).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let status = status_of(
        &bench,
        Bench::own(&page, "request", vec![b' '; 10 * 1024 * 1024]),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
