//! What holds for every request: hosts, origins, headers, limits, pages.

use axum::http::Method;
use serde_json::json;

use crate::harness::{JIA, World};

async fn a_host_that_is_no_platform_is_refused(world: World) {
    let browser = world.gongecai();
    for host in [
        "evil.example",
        "127.0.0.1:8081",
        "127.0.0.1",
        "localhost.evil.example:8080",
        "",
    ] {
        let answer = browser.to_host(host).get("/platform").await;
        assert_eq!(answer.status, 421, "{host}");
        answer.refused("not_found");
        assert_eq!(
            browser
                .to_host(host)
                .send(Method::GET, "/", None)
                .await
                .status,
            421
        );
    }
}

async fn each_platform_has_its_own_name_rules_and_providers(world: World) {
    let gongecai = world.gongecai().get("/platform").await.expect(200);
    let zcygov = world.zcygov().get("/platform").await.expect(200);
    assert_eq!(
        (&gongecai["id"], &gongecai["name"]["zh"]),
        (&json!("gongecai"), &json!("公e采"))
    );
    assert_eq!(
        (&zcygov["id"], &zcygov["name"]["zh"]),
        (&json!("zcygov"), &json!("政采云"))
    );
    let may_bind = |platform: &serde_json::Value| -> Vec<String> {
        let providers = platform["providers"].as_array().unwrap();
        providers
            .iter()
            .filter(|provider| provider["capabilities"]["bind"] == true)
            .map(|provider| provider["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(may_bind(&gongecai), ["szca"]);
    assert!(!may_bind(&zcygov).contains(&"szca".to_owned()));
}

async fn a_change_from_another_origin_or_from_none_is_refused(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    for origin in [
        None,
        Some("null"),
        Some("http://localhost:8080"),
        Some("https://127.0.0.1:8080"),
        Some("http://evil.example"),
    ] {
        let foreign = browser.with_origin(origin);
        foreign.delete("/session").await.refused("origin_refused");
        foreign
            .post("/logins", &json!({}))
            .await
            .refused("origin_refused");
    }
    assert_ne!(
        browser.get("/session").await.expect(200)["account"],
        serde_json::Value::Null
    );
}

async fn every_answer_carries_the_security_headers(world: World) {
    let browser = world.gongecai();
    for path in [
        "/",
        "/login",
        "/api/v1/platform",
        "/api/v1/nothing",
        "/missing.js",
    ] {
        let answer = browser.send(Method::GET, path, None).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        let csp = header("content-security-policy");
        for part in [
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(
            header("cross-origin-opener-policy"),
            "same-origin-allow-popups"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
    let cache = browser.get("/session").await.headers["cache-control"].clone();
    assert_eq!(cache, "no-store");
}

async fn pages_answer_their_own_addresses_and_nothing_stands_in_for_a_missing_file(world: World) {
    let browser = world.gongecai();
    for path in ["/", "/login", "/me/bindings"] {
        let answer = browser.send(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
    }
    browser
        .send(Method::GET, "/assets/gone.js", None)
        .await
        .refused("not_found");
    browser.get("/nothing").await.refused("not_found");
    assert_eq!(browser.send(Method::POST, "/login", None).await.status, 405);
}

async fn bodies_have_a_limit_and_a_type(world: World) {
    let browser = world.gongecai();
    let big = json!({ "account": "x".repeat(200_000), "password": "x" });
    browser
        .post("/sessions/password", &big)
        .await
        .refused("too_large");
    let without_type = browser
        .send(Method::POST, "/api/v1/sessions/password", None)
        .await;
    assert_eq!(without_type.status, 415);
    without_type.refused("request_malformed");
    browser
        .send(Method::POST, "/api/v1/sessions/password", Some("{".into()))
        .await
        .refused("request_malformed");
}

async fn a_cookie_that_comes_twice_counts_for_nothing(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let session = browser.cookie("__Host-yinxin-session").unwrap();
    let twice = format!("{session}; __Host-yinxin-session={session}");
    browser.set_cookie("__Host-yinxin-session", Some(&twice));
    browser.get("/bindings").await.refused("not_logged_in");
}

async fn revocation_lists_and_certificates_of_authorities_are_public(world: World) {
    let browser = world.gongecai().to_host("ca.yinxin-demo.test");
    for (path, kind) in [
        ("/ca/szca-demo-issuing.crl", "application/pkix-crl"),
        ("/ca/szca-demo-root.crl", "application/pkix-crl"),
        ("/ca/szca-demo-root.cer", "application/pkix-cert"),
    ] {
        let answer = browser.send(Method::GET, path, None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], kind);
    }
    for path in [
        "/ca/nobody.crl",
        "/ca/szca-demo-root.key.pem",
        "/ca/..%2Fszca-demo-root.crl",
    ] {
        assert_eq!(
            browser.send(Method::GET, path, None).await.status,
            404,
            "{path}"
        );
    }
}

async fn health_is_the_databases(world: World) {
    assert_eq!(
        world
            .gongecai()
            .send(Method::GET, "/healthz", None)
            .await
            .status,
        200
    );
    world.state.store.close().await;
    assert_eq!(
        world
            .gongecai()
            .send(Method::GET, "/healthz", None)
            .await
            .status,
        503
    );
}

crate::on_both_databases!(
    a_host_that_is_no_platform_is_refused,
    each_platform_has_its_own_name_rules_and_providers,
    a_change_from_another_origin_or_from_none_is_refused,
    every_answer_carries_the_security_headers,
    pages_answer_their_own_addresses_and_nothing_stands_in_for_a_missing_file,
    bodies_have_a_limit_and_a_type,
    a_cookie_that_comes_twice_counts_for_nothing,
    revocation_lists_and_certificates_of_authorities_are_public,
    health_is_the_databases,
);
