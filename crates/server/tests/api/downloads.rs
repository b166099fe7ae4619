//! The download centre: lists, uploads, resumed downloads, signatures, and who may do what.

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Span;
use pki::cms::{self, OidFamily, SignedAttributesSpec};
use pki::{HashAlgorithm, KeyFamily, Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::{Answer, Browser, JIA, Key, World};

/// What a Windows program begins with, and then nothing of one.
fn program(version: u8) -> Vec<u8> {
    let mut bytes = b"MZ\x90\0".to_vec();
    bytes.extend((0..50_000_u32).map(|at| (at % 251) as u8 ^ version));
    bytes
}

const DRIVER: &str = "owner=provider:scca&kind=bundle&system=windows-x86_64&name_zh=%E5%9B%9B%E5%B7%9DCA%E9%A9%B1%E5%8A%A8\
    &version=V3.1&released=2026-11-20&parts=driver,seal_client&keep_installed=true&name=scca-V3.1.exe";

async fn upload(browser: &Browser, said: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    let uri = format!("/api/v1/operator/packages?{said}");
    let (parts, body) = browser
        .transfer(Method::POST, &uri, Some((kind, bytes)))
        .await;
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// Uploads and publishes; returns the package's id.
async fn publish(browser: &Browser, said: &str, bytes: Vec<u8>) -> String {
    let draft = upload(browser, said, "application/octet-stream", bytes)
        .await
        .expect(201);
    let id = draft["id"].as_str().unwrap().to_owned();
    let path = format!("/operator/packages/{id}/publication");
    let published = browser.post(&path, &json!({})).await.expect(200);
    assert_eq!(published["state"], "published");
    id
}

async fn the_list_has_the_manuals_packages_by_region_by_ca_and_by_system(world: World) {
    let visitor = world.zcygov();
    let all = visitor.get("/downloads").await.expect(200);
    let card = |name: &str| {
        let cards = all["regions"].as_array().unwrap();
        cards
            .iter()
            .find(|card| card["name"]["zh"] == name)
            .cloned()
            .unwrap_or_else(|| panic!("no card for {name}: {}", all["regions"]))
    };
    assert_eq!(card("四川省")["updated"], "2021-05-06");
    assert_eq!(card("青海省")["updated"], "2021-05");
    let names = |answer: &Value| {
        let mut names: Vec<String> = answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["owner"]["id"].as_str().unwrap().to_owned())
            .collect();
        names.dedup();
        names
    };
    let sichuan = visitor
        .get("/downloads?region=%E5%9B%9B%E5%B7%9D%E7%9C%81")
        .await
        .expect(200);
    assert_eq!(names(&sichuan), ["scca"]);
    let one = visitor.get("/downloads?provider=qhca").await.expect(200);
    assert_eq!(names(&one), ["qhca"]);
    let linux = visitor
        .get("/downloads?provider=scca&system=linux-x86_64")
        .await
        .expect(200);
    assert_eq!(linux["total"], 0, "the manual's package is for Windows");
    let found = visitor
        .get("/downloads?q=%E5%9B%9B%E5%B7%9D%20ca")
        .await
        .expect(200);
    assert_eq!(names(&found), ["scca"]);
    visitor
        .get("/downloads?system=win95")
        .await
        .refused("invalid");
    // 省统一CA: its client stands for every provider behind it.
    let unified = world
        .gongecai()
        .get("/downloads?provider=fjca")
        .await
        .expect(200);
    assert!(
        names(&unified).contains(&"fj-unified".to_owned()),
        "{unified}"
    );
}

async fn an_upload_is_a_draft_then_offered_then_replaced_and_kept(world: World) {
    let operator = world.operator(world.zcygov(), "zcygov").await;
    let visitor = world.zcygov();
    let draft = upload(&operator, DRIVER, "application/octet-stream", program(1))
        .await
        .expect(201);
    assert_eq!(draft["state"], "draft");
    assert_eq!(draft["file"]["size"], program(1).len());
    assert_eq!(
        draft["file"]["sha256"],
        hex::encode(Sha256::digest(program(1)))
    );
    assert_eq!(draft["signature"], Value::Null);
    let id = draft["id"].as_str().unwrap();
    let file = |id: &str| format!("/api/v1/downloads/{id}/file");
    let (parts, _) = visitor.transfer(Method::GET, &file(id), None).await;
    assert_eq!(parts.status, StatusCode::NOT_FOUND, "a draft is nobody's");

    operator
        .post(&format!("/operator/packages/{id}/publication"), &json!({}))
        .await
        .expect(200);
    operator
        .post(&format!("/operator/packages/{id}/publication"), &json!({}))
        .await
        .refused("document_state");
    let (parts, bytes) = visitor.transfer(Method::GET, &file(id), None).await;
    assert_eq!(parts.status, StatusCode::OK);
    assert_eq!(bytes, program(1));

    // In the list it stands where the manual's stood, once.
    let list = visitor.get("/downloads?provider=scca").await.expect(200);
    assert_eq!(list["total"], 1, "{list}");
    assert_eq!(list["items"][0]["source"], "uploaded");
    assert_eq!(list["items"][0]["signature"], json!({ "state": "none" }));
    assert_eq!(list["items"][0]["regions"][0]["zh"], "四川省");

    world.pass(Span::minutes(1));
    let newer = DRIVER.replace("V3.1", "V3.2");
    let second = publish(&operator, &newer, program(2)).await;
    let (parts, _) = visitor.transfer(Method::GET, &file(id), None).await;
    assert_eq!(parts.status, StatusCode::NOT_FOUND);
    let list = visitor.get("/downloads?provider=scca").await.expect(200);
    assert_eq!(list["total"], 1);
    assert_eq!(list["items"][0]["version"], "V3.2");
    let kept = operator.get("/operator/packages").await.expect(200);
    let states: Vec<&str> = kept["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["published", "withdrawn"]);

    operator
        .delete(&format!("/operator/packages/{second}"))
        .await
        .expect(204);
    operator
        .delete(&format!("/operator/packages/{second}"))
        .await
        .refused("document_state");
    let list = visitor.get("/downloads?provider=scca").await.expect(200);
    assert_eq!(
        list["items"][0]["source"], "catalogue",
        "the manual's is back"
    );
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn a_download_that_broke_off_goes_on_where_it_was(world: World) {
    let operator = world.operator(world.zcygov(), "zcygov").await;
    let whole = program(1);
    let id = publish(&operator, DRIVER, whole.clone()).await;
    let uri = format!("/api/v1/downloads/{id}/file");
    let visitor = world.zcygov();
    let (head, nothing) = visitor.transfer(Method::HEAD, &uri, None).await;
    assert!(nothing.is_empty());
    assert_eq!(head.headers["content-length"], whole.len().to_string());
    assert_eq!(head.headers["accept-ranges"], "bytes");
    assert_eq!(head.headers["content-type"], "application/octet-stream");
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    let disposition = head.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment;") && disposition.contains("scca-V3.1.exe"));
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&whole)));
    assert_eq!(head.headers["repr-digest"], digest.as_str());
    let tag = head.headers["etag"].to_str().unwrap().to_owned();

    let ranged = async |range: &str, if_range: &str| {
        visitor
            .transfer_with(
                Method::GET,
                &uri,
                &[("range", range), ("if-range", if_range)],
                None,
            )
            .await
    };
    let mut bytes = whole[..1000].to_vec();
    let (parts, rest) = ranged("bytes=1000-", &tag).await;
    assert_eq!(parts.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        parts.headers["content-range"],
        format!("bytes 1000-{}/{}", whole.len() - 1, whole.len())
    );
    assert_eq!(
        parts.headers["repr-digest"],
        digest.as_str(),
        "of the whole"
    );
    bytes.extend_from_slice(&rest);
    assert_eq!(bytes, whole);

    let (parts, body) = ranged("bytes=1000-", "\"another file\"").await;
    assert_eq!((parts.status, body.len()), (StatusCode::OK, whole.len()));
    let (parts, body) = ranged("bytes=0-1,5-6", &tag).await;
    assert_eq!((parts.status, body.len()), (StatusCode::OK, whole.len()));
    let (parts, _) = ranged("bytes=999999-", &tag).await;
    assert_eq!(parts.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        parts.headers["content-range"],
        format!("bytes */{}", whole.len())
    );
    let (parts, body) = visitor
        .transfer_with(Method::GET, &uri, &[("if-none-match", &tag)], None)
        .await;
    assert_eq!((parts.status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let (parts, _) = visitor
        .transfer_with(Method::HEAD, &uri, &[("range", "bytes=-10")], None)
        .await;
    assert_eq!(parts.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(parts.headers["content-length"], "10");
}

async fn what_is_no_package_is_refused_before_it_is_offered(world: World) {
    let operator = world.operator(world.zcygov(), "zcygov").await;
    let octets = "application/octet-stream";
    for (from, to) in [
        ("name=scca-V3.1.exe", "name=../../../etc/passwd"),
        ("name=scca-V3.1.exe", "name=driver.html"),
        ("name=scca-V3.1.exe", "name=driver.exe%00.html"),
        ("owner=provider:scca", "owner=provider:../scca"),
        ("owner=provider:scca", "owner=provider:szca"),
        ("owner=provider:scca", "owner=everybody"),
        ("system=windows-x86_64", "system=windows95"),
        ("released=2026-11-20", "released=2026-13-40"),
        ("released=2026-11-20", "released=yesterday"),
        ("parts=driver,seal_client", "parts=driver"),
        ("parts=driver,seal_client", "parts=driver,virus"),
        ("version=V3.1", "version="),
        ("version=V3.1", "version=%E2%80%AE1.3V"),
        ("kind=bundle", "kind=malware"),
        ("keep_installed=true", "keep_installed=true&admin=1"),
    ] {
        let said = DRIVER.replace(from, to);
        assert_ne!(said, DRIVER);
        upload(&operator, &said, octets, program(1))
            .await
            .refused("invalid");
    }
    // A page under a program's name; nothing at all; a form from elsewhere.
    upload(
        &operator,
        DRIVER,
        octets,
        b"<!doctype html><script>".to_vec(),
    )
    .await
    .refused("invalid");
    upload(&operator, DRIVER, octets, Vec::new())
        .await
        .refused("invalid");
    let answer = upload(&operator, DRIVER, "text/plain", program(1)).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Every directory that a name could point to is left behind.
    let said = DRIVER.replace("name=scca-V3.1.exe", "name=..%2F..%2F..%2Ftmp%2Fx.exe");
    let kept = upload(&operator, &said, octets, program(1))
        .await
        .expect(201);
    assert_eq!(kept["file"]["name"], "x.exe");
    for path in ["..", "%2e%2e%2f%2e%2e", "01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
        let (parts, _) = world
            .zcygov()
            .transfer(Method::GET, &format!("/api/v1/downloads/{path}/file"), None)
            .await;
        assert_eq!(parts.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        world
            .zcygov()
            .get("/downloads?provider=scca")
            .await
            .expect(200)["items"][0]["source"],
        "catalogue"
    );
}

async fn only_the_platforms_own_operator_may(world: World) {
    let supplier = world.registered(world.zcygov(), &JIA, "lin").await;
    let elsewhere = world.operator(world.gongecai(), "gongecai").await;
    let stranger = world.zcygov();
    let operator = world.operator(world.zcygov(), "zcygov").await;
    let id = publish(&operator, DRIVER, program(1)).await;
    let octets = "application/octet-stream";
    for (browser, code) in [
        (&supplier, "forbidden"),
        (&stranger, "not_logged_in"),
        // The other platform's operator with the cookie of that platform.
        (
            &elsewhere
                .to_host("localhost:8080")
                .with_origin(Some("http://localhost:8080")),
            "not_logged_in",
        ),
    ] {
        browser.get("/operator/packages").await.refused(code);
        browser.get("/operator/anchors").await.refused(code);
        browser.get("/operator/enquiries").await.refused(code);
        browser
            .delete(&format!("/operator/packages/{id}"))
            .await
            .refused(code);
        browser
            .post(&format!("/operator/packages/{id}/publication"), &json!({}))
            .await
            .refused(code);
        browser
            .post(
                "/operator/anchors",
                &json!({ "name": "x", "certificate": "x" }),
            )
            .await
            .refused(code);
        upload(browser, DRIVER, octets, program(2))
            .await
            .refused(code);
    }
    elsewhere
        .delete(&format!("/operator/packages/{id}"))
        .await
        .refused("not_found");
    // A page elsewhere sends the operator's cookie, and is refused by its origin.
    upload(
        &operator.with_origin(Some("https://evil.example")),
        DRIVER,
        octets,
        program(2),
    )
    .await
    .refused("origin_refused");
    // And an operator is no supplier.
    for path in [
        "/bindings",
        "/documents",
        "/notices",
        "/deadlines",
        "/key-enquiries",
        "/accounts",
    ] {
        operator.get(path).await.refused("forbidden");
    }
    let session = operator.get("/session").await.expect(200);
    assert_eq!(session["account"]["role"], "operator");
    assert_eq!(session["organisation"], Value::Null);
    operator.delete("/session").await.expect(204);
    operator
        .get("/operator/packages")
        .await
        .refused("not_logged_in");
}

async fn a_name_is_a_suppliers_or_an_operators_never_both(world: World) {
    world.operator(world.gongecai(), "gongecai").await;
    let form = json!({
        "organisation_name": JIA.name, "uscc": JIA.uscc, "phone": "13800138000",
        "person": "林演示", "account": "operator", "password": "Another-2026",
    });
    world
        .gongecai()
        .post("/organisations", &form)
        .await
        .refused("account_exists");
}

fn detached_cms(key: &Key, content: &[u8]) -> Vec<u8> {
    let family = key.certificate.public_key().family();
    let digest = pki::hash(HashAlgorithm::Sm3, content);
    assert_eq!(family, KeyFamily::Sm2);
    let spec = SignedAttributesSpec {
        family: OidFamily::Gm,
        algorithm: family.default_algorithm(),
        content_digest: &digest,
        certificate: &key.certificate,
        signing_time: None,
        custom: Vec::new(),
    };
    let signed = cms::signed_attributes(&spec);
    let signature = key.key.sign(&signed).unwrap();
    cms::assemble(&spec, &signed, &signature, &[])
}

async fn a_signature_is_shown_only_once_it_was_verified_against_a_named_certificate(world: World) {
    let operator = world.operator(world.zcygov(), "zcygov").await;
    let maker = world.key("scca", &JIA, "MAKER-1").await;
    let other = world.key("scca", &JIA, "MAKER-2").await;
    let draft = upload(&operator, DRIVER, "application/octet-stream", program(1))
        .await
        .expect(201);
    let id = draft["id"].as_str().unwrap().to_owned();
    let sign = async |bytes: Vec<u8>| {
        let uri = format!("/api/v1/operator/packages/{id}/signature");
        let (parts, body) = operator
            .transfer(Method::PUT, &uri, Some(("application/octet-stream", bytes)))
            .await;
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap(),
        }
    };
    let good = detached_cms(&maker, &program(1));
    sign(good.clone()).await.refused("invalid"); // nobody was named yet
    let named = json!({ "name": "四川CA 发布", "certificate": maker.certificate.to_pem() });
    operator.post("/operator/anchors", &named).await.expect(201);
    let again = operator.post("/operator/anchors", &named).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    sign(detached_cms(&maker, &program(2)))
        .await
        .refused("invalid");
    sign(detached_cms(&other, &program(1)))
        .await
        .refused("invalid");
    sign(b"looks fine to me".to_vec()).await.refused("invalid");
    let unsigned = operator.get("/operator/packages").await.expect(200);
    assert_eq!(
        unsigned["items"][0]["signature"],
        Value::Null,
        "nothing was kept"
    );

    let pem = pki::pem_encode("PKCS7", &good).into_bytes();
    for form in [good, pem, maker.key.sign(&program(1)).unwrap()] {
        let signed = sign(form).await.expect(200);
        assert_eq!(signed["signature"]["anchor"], "四川CA 发布");
    }
    operator
        .post(&format!("/operator/packages/{id}/publication"), &json!({}))
        .await
        .expect(200);
    let list = world
        .zcygov()
        .get("/downloads?provider=scca")
        .await
        .expect(200);
    assert_eq!(list["items"][0]["signature"]["state"], "verified");
    // What is offered is not changed any more.
    sign(detached_cms(&maker, &program(1)))
        .await
        .refused("document_state");
}

async fn our_own_client_is_a_package_like_others(world: World) {
    let operator = world.operator(world.gongecai(), "gongecai").await;
    let said = "owner=agent&kind=client&system=linux-x86_64&name_zh=%E5%8D%B0%E4%BF%A1%E5%AE%A2%E6%88%B7%E7%AB%AF\
        &version=0.1.0&released=2026-11-22&name=yinxin-agent.deb";
    publish(&operator, said, b"!<arch>\ndebian-binary   ".to_vec()).await;
    let list = world
        .gongecai()
        .get("/downloads?system=linux-x86_64&provider=szca")
        .await
        .expect(200);
    let own = list["items"].as_array().unwrap();
    assert!(
        own.iter().any(|item| item["owner"]["kind"] == "agent"),
        "everybody's: {list}"
    );
}

crate::on_both_databases!(
    the_list_has_the_manuals_packages_by_region_by_ca_and_by_system,
    an_upload_is_a_draft_then_offered_then_replaced_and_kept,
    a_download_that_broke_off_goes_on_where_it_was,
    what_is_no_package_is_refused_before_it_is_offered,
    only_the_platforms_own_operator_may,
    a_name_is_a_suppliers_or_an_operators_never_both,
    a_signature_is_shown_only_once_it_was_verified_against_a_named_certificate,
    our_own_client_is_a_package_like_others,
);
