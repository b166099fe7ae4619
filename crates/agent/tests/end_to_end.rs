//! The agent with a soft key behind its real library, worker and pipes: what is signed is what was asked.

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use agent::published::{Carries, Published};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::{AgentResponse, Grade, Nonce, Purpose};
use pki::cms::SignedData;
use pki::{HashAlgorithm, KeyFamily, UnixTime};
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::{DEFAULT_CAPACITY, SealSpec, SubFilter};
use serde_json::{Value, json};
use support::*;
use token::KeyKind;

async fn rows(bench: &Bench, page: &str) -> Value {
    bench.post(page, "keys", json!({ "seen": null })).await.1
}

async fn first_certificate(bench: &Bench, page: &str) -> String {
    with_certificate(&rows(bench, page).await)["certificates"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The key to use: SoftHSM2 always shows a blank token beside it.
fn with_certificate(listed: &Value) -> Value {
    let keys = listed["keys"].as_array().unwrap();
    let found = keys
        .iter()
        .find(|row| row["certificates"][0]["id"].is_string());
    found.expect("a key with a certificate").clone()
}

fn sign_body(certificate: &str, pin: &str) -> Value {
    json!({ "certificate": certificate, "pin": pin, "spend_last_try": false })
}

#[tokio::test]
async fn a_login_token_verifies_for_its_origin_nonce_and_intent_alone() {
    for (soft, number) in [
        (Some(SoftKey::new(KeyKind::Sm2).await), "SZ-2026-0001"),
        (Some(SoftKey::new(KeyKind::Rsa2048).await), "IT-0007"),
        (SoftKey::of_softhsm().await, "IT-0007"),
    ] {
        let Some(soft) = soft else { continue };
        let bench = soft.bench();
        let page = bench.asking(&login_request()).await;
        bench.post(&page, "consent", json!({})).await;
        let listed = rows(&bench, &page).await;
        let row = &with_certificate(&listed);
        assert_eq!(row["key_number"], number, "{listed}");
        assert_eq!(row["holder"], "林演示");
        let certificate = first_certificate(&bench, &page).await;
        let (status, answer) = bench
            .post(&page, "sign", sign_body(&certificate, PIN))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let AgentResponse::Statement { token } = serde_json::from_value(answer).unwrap() else {
            panic!("no statement");
        };
        let verify = |purpose, origin, nonce, intent: &str| {
            token.verify(purpose, origin, &nonce, intent.as_bytes())
        };
        let signer = verify(Purpose::Login, ORIGIN, Nonce(NONCE), LOGIN_INTENT).unwrap();
        assert_eq!(signer.der(), soft.certificate.der());
        assert!(verify(Purpose::Bind, ORIGIN, Nonce(NONCE), LOGIN_INTENT).is_err());
        assert!(
            verify(
                Purpose::Login,
                "http://127.0.0.1:8081",
                Nonce(NONCE),
                LOGIN_INTENT
            )
            .is_err()
        );
        assert!(verify(Purpose::Login, ORIGIN, Nonce([8; 32]), LOGIN_INTENT).is_err());
        assert!(verify(Purpose::Login, ORIGIN, Nonce(NONCE), "{}").is_err());

        let (entries, torn) =
            agent::journal::read(&agent::journal::path_in(&bench.state_folder())).unwrap();
        assert_eq!((entries.len(), torn.len()), (1, 0));
        assert_eq!(
            (entries[0].purpose.as_str(), entries[0].origin.as_str()),
            ("login", ORIGIN)
        );
        assert_eq!(entries[0].signature, token.signature);

        assert_eq!(
            bench
                .refusal(&page, "sign", sign_body(&certificate, PIN))
                .await,
            "request_malformed",
            "one answer"
        );
    }
}

#[tokio::test]
async fn wrong_pins_are_counted_the_last_try_is_asked_for_and_a_locked_key_says_so() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let page = bench.asking(&login_request()).await;
    bench.post(&page, "consent", json!({})).await;
    let certificate = first_certificate(&bench, &page).await;
    for left in [5, 4, 3, 2, 1] {
        let (_, answer) = bench
            .post(&page, "sign", sign_body(&certificate, "00000000"))
            .await;
        assert_eq!(
            (answer["code"].as_str(), answer["tries_left"].as_u64()),
            (Some("pin_wrong"), Some(left))
        );
    }
    let (_, answer) = bench
        .post(&page, "sign", sign_body(&certificate, "00000000"))
        .await;
    assert_eq!(answer["code"], "last_try", "{answer}");
    assert_eq!(
        rows(&bench, &page).await["keys"][0]["tries_left"],
        1,
        "nothing was sent"
    );
    let spend = json!({ "certificate": certificate, "pin": "00000000", "spend_last_try": true });
    let (_, answer) = bench.post(&page, "sign", spend).await;
    assert!(
        matches!(answer["code"].as_str(), Some("pin_wrong" | "pin_locked")),
        "{answer}"
    );
    let row = rows(&bench, &page).await["keys"][0].clone();
    assert_eq!(
        (row["tries_left"].as_u64(), row["refused"].as_str()),
        (Some(0), Some("pin_locked"))
    );
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "pin_locked"
    );
}

#[tokio::test]
async fn an_expired_certificate_is_greyed_with_its_reason_and_not_used() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    bench.now.fetch_add(400 * 86_400, Ordering::SeqCst);
    let page = bench.asking(&login_request()).await;
    bench.post(&page, "consent", json!({})).await;
    let row = rows(&bench, &page).await["keys"][0].clone();
    assert_eq!(row["refused"], "certificate_expired");
    let id = row["certificates"][0]["id"].as_str().unwrap();
    assert_eq!(
        bench.refusal(&page, "sign", sign_body(id, PIN)).await,
        "certificate_expired"
    );
}

#[tokio::test]
async fn a_key_that_is_pulled_out_is_gone_from_the_list_and_comes_back() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let page = bench.asking(&login_request()).await;
    bench.post(&page, "consent", json!({})).await;
    let certificate = first_certificate(&bench, &page).await;
    soft.plug(false);
    assert_eq!(rows(&bench, &page).await["keys"], json!([]));
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "token_removed"
    );
    soft.plug(true);
    assert_eq!(first_certificate(&bench, &page).await, certificate);
}

#[tokio::test]
async fn a_page_that_waits_hears_of_a_change_at_once() {
    let bench = Bench::new(std::sync::Arc::new(NoTokens));
    let page = bench.open().await;
    let changes = bench.agent.changes.clone();
    let waiting = bench.post(&page, "keys", json!({ "seen": 0 }));
    let change = async {
        tokio::task::yield_now().await;
        changes.send_modify(|count| *count += 1);
    };
    let (answer, ()) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(10), waiting),
        change
    );
    assert_eq!(answer.unwrap().1["revision"], 1);
}

/// One page with nothing on it.
fn pdf() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 2 0 R>>",
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", at + 1).as_bytes());
    }
    let start = file.len();
    file.extend_from_slice(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(
        format!("trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    file
}

fn seal_request(original: &[u8], family: KeyFamily) -> (Value, Vec<u8>) {
    let (sub_filter, hash, name) = match family {
        KeyFamily::Sm2 => (SubFilter::AdbePkcs7Detached, HashAlgorithm::Sm3, "sm2"),
        other => (
            SubFilter::EtsiCadesDetached,
            HashAlgorithm::Sha256,
            other.name(),
        ),
    };
    let picture = VectorPicture {
        content: b"0.85 0.1 0.1 rg 5 5 100 100 re f\n".to_vec(),
        width_mm: 40.0,
        height_mm: 40.0,
    };
    let spec = SealSpec {
        page: 1,
        rect: Rect::new(100.0, 100.0, 213.4, 213.4),
        picture: &picture,
        field_name: "YinxinSeal1",
        signer_name: "演示供应商甲有限公司",
        reason: None,
        time: UnixTime(NOW),
        sub_filter,
        contents_capacity: DEFAULT_CAPACITY,
    };
    let tail = seal::pdf::prepare(original, &spec).unwrap().tail;
    let digest = seal::pdf::digest(original, &tail, hash).unwrap();
    let intent = json!({
        "purpose": "seal", "v": 1, "platform": "gongecai", "platform_name": "公e采", "organisation": "演示供应商甲有限公司",
        "document": "投标函.pdf",
        "document_digest": { "algorithm": hash.name(), "value_hex": hex::encode(pki::hash(hash, original)) },
        "pages": [1], "seal": { "id": "s1", "name": "公章" },
    });
    let request = json!({
        "version": 1, "purpose": "seal", "intent": intent.to_string(),
        "variants": [{ "family": name, "sub_filter": sub_filter.name(), "hash": hash.name(),
            "digest": STANDARD.encode(digest), "tail": STANDARD.encode(&tail), "original_length": original.len() }],
    });
    (request, tail)
}

async fn sealed(bench: &Bench, page: &str) -> (Vec<u8>, Grade) {
    let certificate = first_certificate(bench, page).await;
    let (status, answer) = bench.post(page, "sign", sign_body(&certificate, PIN)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    match serde_json::from_value(answer).unwrap() {
        AgentResponse::Seal { cms, grade } => (cms.0, grade),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_seal_signs_what_was_shown_and_says_whether_the_file_was_seen_here() {
    let original = pdf();
    for (soft, family) in [
        (Some(SoftKey::new(KeyKind::Sm2).await), KeyFamily::Sm2),
        (Some(SoftKey::new(KeyKind::Rsa2048).await), KeyFamily::Rsa),
        (SoftKey::of_softhsm().await, KeyFamily::P256),
    ] {
        let Some(soft) = soft else { continue };
        let bench = soft.bench();
        let (request, tail) = seal_request(&original, family);
        for picks in [false, true] {
            let page = bench.asking(&request).await;
            bench.post(&page, "consent", json!({})).await;
            if picks {
                let (status, _, body) = bench
                    .send(Bench::own(&page, "file", original.clone()))
                    .await;
                assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
            }
            let (cms, grade) = sealed(&bench, &page).await;
            let expected = if picks { Grade::Picked } else { Grade::Remote };
            assert_eq!(grade, expected);

            let parsed = SignedData::from_der(&cms).unwrap();
            let signer = &parsed.signers()[0];
            let digest = seal::pdf::digest(&original, &tail, signer.digest_algorithm()).unwrap();
            signer.verify(&digest, &soft.certificate).unwrap();
            // PAdES keeps the time in the dictionary; GM seals carry it in the CMS.
            assert_eq!(signer.signing_time().is_some(), family == KeyFamily::Sm2);
            assert!(
                signer
                    .signing_certificate_v2()
                    .unwrap()
                    .names(&soft.certificate)
            );
            let attribute = signer
                .attribute(&pki::Oid::new_unwrap(contract::SEAL_INTENT_OID))
                .unwrap();
            let shown = contract::SealIntentAttribute::from_der(attribute)
                .unwrap()
                .shown()
                .unwrap();
            assert_eq!(
                (shown.origin.as_str(), shown.grade, shown.document.as_str()),
                (ORIGIN, expected, "投标函.pdf")
            );
            let completed = seal::pdf::complete(&tail, original.len() as u64, &cms).unwrap();
            carried(&bench, &[&original[..], &completed].concat());
        }
    }
}

/// The journal finds its last seal in the file, and in no other.
fn carried(bench: &Bench, file: &[u8]) {
    let (entries, _) =
        agent::journal::read(&agent::journal::path_in(&bench.state_folder())).unwrap();
    let entry = entries.last().unwrap();
    let seal = entry.seal.as_ref().unwrap();
    let carries = |file: &[u8]| Published::read(file).unwrap().carries(entry, seal);
    assert_eq!(carries(file), Carries::Both);
    assert_eq!(carries(&pdf()), Carries::Nothing);
    let mut changed = file.to_vec();
    let at = changed
        .windows(4)
        .position(|window| window == b"595 ")
        .unwrap();
    changed[at] = b'6';
    assert_eq!(carries(&changed), Carries::SignatureAlone);
}

#[tokio::test]
async fn another_file_or_a_revision_that_does_more_than_it_says_is_refused() {
    let original = pdf();
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let (request, _) = seal_request(&original, KeyFamily::Sm2);

    let page = bench.asking(&request).await;
    for other in [
        original[1..].to_vec(),
        [&original[..], b"x"].concat(),
        original.iter().map(|b| b ^ 1).collect(),
        vec![],
    ] {
        let (status, _, body) = bench.send(Bench::own(&page, "file", other)).await;
        assert!(!status.is_success());
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["code"], "file_mismatch");
    }

    // The intent says another page; the digest is another; the tail is no revision.
    let mut page_two = request.clone();
    page_two["intent"] = Value::from(
        request["intent"]
            .as_str()
            .unwrap()
            .replace("\"pages\":[1]", "\"pages\":[2]"),
    );
    let mut digest = request.clone();
    digest["variants"][0]["digest"] = Value::from(STANDARD.encode([9; 32]));
    let mut tail = request.clone();
    tail["variants"][0]["tail"] = Value::from(STANDARD.encode(b"4 0 obj <<>> endobj"));
    for request in [page_two, digest, tail] {
        let page = bench.asking(&request).await;
        let (_, _, body) = bench
            .send(Bench::own(&page, "file", original.clone()))
            .await;
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["code"], "revision_refused", "{request}");
    }
}

#[tokio::test]
async fn a_key_for_which_nothing_was_prepared_does_not_seal() {
    let original = pdf();
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let (request, _) = seal_request(&original, KeyFamily::Rsa);
    let page = bench.asking(&request).await;
    bench.post(&page, "consent", json!({})).await;
    let certificate = first_certificate(&bench, &page).await;
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "provider_may_not_seal"
    );
}

#[tokio::test]
async fn a_diagnosis_goes_to_a_site_after_it_was_read_and_agreed_to_and_names_no_person() {
    const INTENT: &str =
        r#"{"purpose":"diagnose","v":1,"platform":"gongecai","platform_name":"公e采"}"#;
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let request = json!({ "version": 1, "purpose": "diagnose", "intent": INTENT });
    let page = bench.asking(&request).await;
    let certificate = first_certificate(&bench, &page).await;
    let none = || json!({ "certificate": null });
    assert_eq!(
        bench.refusal(&page, "diagnosis", none()).await,
        "consent_required"
    );
    bench.post(&page, "consent", json!({})).await;
    assert_eq!(
        bench.refusal(&page, "diagnosis", none()).await,
        "request_malformed",
        "nothing goes that was not read"
    );
    let (status, read) = bench.post(&page, "diagnosis/look", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{read}");
    let findings = read["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["code"] == "key_present" && finding["outcome"] == "good"),
        "{read}"
    );
    let subject = soft.certificate.subject().to_string();
    for part in subject.split(',').filter_map(|part| part.split('=').nth(1)) {
        assert!(
            part.chars().count() < 3 || !read.to_string().contains(part),
            "{part}"
        );
    }
    // The same window signs nothing.
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "request_malformed"
    );
    let (status, answer) = bench
        .post(&page, "diagnosis", json!({ "certificate": certificate }))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["report"], read, "what was read is what goes");
    let AgentResponse::Diagnosis(diagnosed) = serde_json::from_value(answer).unwrap() else {
        panic!("no diagnosis");
    };
    assert_eq!(
        diagnosed.certificate.unwrap().as_bytes(),
        soft.certificate.der()
    );
    assert_eq!(
        bench.refusal(&page, "diagnosis", none()).await,
        "request_malformed",
        "one answer"
    );

    // A window that was opened for a login tells nothing of the computer.
    let page = bench.asking(&login_request()).await;
    assert_eq!(
        bench.refusal(&page, "diagnosis/look", json!({})).await,
        "request_malformed"
    );
}

#[tokio::test]
async fn a_check_shows_the_picked_certificate_after_consent_and_signs_nothing() {
    const INTENT: &str =
        r#"{"purpose":"check","v":1,"platform":"gongecai","platform_name":"公e采"}"#;
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let request = json!({ "version": 1, "purpose": "check", "intent": INTENT });
    let page = bench.asking(&request).await;
    let certificate = first_certificate(&bench, &page).await;
    let body = || json!({ "certificate": certificate });
    assert_eq!(
        bench.refusal(&page, "show", body()).await,
        "consent_required"
    );
    bench.post(&page, "consent", json!({})).await;
    // With consent to look, a PIN signs nothing.
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "request_malformed"
    );
    assert_eq!(
        bench
            .refusal(&page, "show", json!({ "certificate": "another" }))
            .await,
        "token_removed"
    );
    let (status, answer) = bench.post(&page, "show", body()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let AgentResponse::Certificate { certificate: shown } = serde_json::from_value(answer).unwrap()
    else {
        panic!("no certificate");
    };
    assert_eq!(shown.as_bytes(), soft.certificate.der());
    assert_eq!(
        bench.refusal(&page, "show", body()).await,
        "request_malformed",
        "one answer"
    );

    // Consent to look is no consent to log in, and a window that was opened for a login shows nothing.
    let page = bench.asking(&login_request()).await;
    assert_eq!(
        bench
            .refusal(&page, "sign", sign_body(&certificate, PIN))
            .await,
        "consent_required"
    );
    bench.post(&page, "consent", json!({})).await;
    assert_eq!(
        bench.refusal(&page, "show", body()).await,
        "request_malformed"
    );
}
