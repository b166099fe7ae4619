//! `/ca`: responders, time-stamping authorities and lists by shard, and a login that asks them over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::revocation::{Finding, judge};
use domain::{Span, Timestamp};
use evidence::Mirror;
use issuer::revocation::Shard;
use pki::crl::{Crl, RevocationStatus};
use pki::ocsp::{
    CertId, CertIdHash, OcspAnswer, OcspRequest, OcspResponse, Question, ResponseStatus, answer,
};
use pki::path::{self, TrustStore, Usage};
use pki::tsp::{MessageImprint, TimeStampRequest, TimeStampResponse};
use pki::{Certificate, HashAlgorithm};
use server::revocation::{FetchedLists, RevocationLists as _};
use server::{http, jobs, status};
use tower::ServiceExt as _;

use crate::harness::{JIA, World};

const ISSUING: &str = "szca-demo-issuing";

struct Reply {
    status: u16,
    kind: String,
    caching: String,
    body: Vec<u8>,
}

async fn send(world: &World, method: Method, path: &str, body: Vec<u8>) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "ca.yinxin-demo.test")
        .body(Body::from(body))
        .unwrap();
    let router = http::router(world.state.clone());
    let response = router.oneshot(request).await.unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let (kind, caching) = (header("content-type"), header("cache-control"));
    Reply {
        status: response.status().as_u16(),
        kind,
        caching,
        body: to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    }
}

async fn issuing(world: &World) -> Certificate {
    world.authorities.open(ISSUING).await.unwrap().1
}

fn question(subject: &Certificate, issuer: &Certificate, nonce: Option<&[u8]>) -> Vec<u8> {
    OcspRequest::build(&[CertId::of(CertIdHash::Sha1, subject, issuer)], nonce)
}

async fn ask(world: &World, subject: &Certificate, nonce: Option<&[u8]>) -> OcspAnswer {
    let issuer = issuing(world).await;
    let path = format!("/ca/ocsp/{ISSUING}");
    let reply = send(
        world,
        Method::POST,
        &path,
        question(subject, &issuer, nonce),
    )
    .await;
    assert_eq!(
        (reply.status, reply.kind.as_str()),
        (200, "application/ocsp-response")
    );
    let response = OcspResponse::from_der(&reply.body).unwrap();
    let basic = response.basic().expect("successful").clone();
    if let Some(nonce) = nonce {
        assert_eq!(basic.nonce(), Some(nonce));
    }
    let question = Question {
        subject,
        issuer: &issuer,
        at: world.now().into(),
        nonce,
        crls: &[],
    };
    answer(&question, &[basic])
}

async fn a_responder_says_good_then_revoked_at_once_with_and_without_a_nonce(world: World) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let person = key.certificate.clone();
    for nonce in [None, Some([3; 32].as_slice())] {
        let said = ask(&world, &person, nonce).await;
        assert!(matches!(said, OcspAnswer::Good { .. }), "{said:?}");
    }
    world
        .authorities
        .revoke_key("SZ-1", "keyCompromise")
        .await
        .unwrap();
    // The answer that was made ahead a moment ago is not served any more.
    for nonce in [None, Some([4; 32].as_slice())] {
        let said = ask(&world, &person, nonce).await;
        assert!(matches!(said, OcspAnswer::Revoked { .. }), "{said:?}");
    }
}

async fn a_serial_that_was_never_issued_is_unknown_and_garbage_is_malformed(world: World) {
    let issuer = issuing(&world).await;
    let id = CertId::new(
        CertIdHash::Sha1,
        issuer.subject(),
        issuer.public_key(),
        &[0x40; 16],
    );
    let path = format!("/ca/ocsp/{ISSUING}");
    let reply = send(&world, Method::POST, &path, OcspRequest::build(&[id], None)).await;
    let response = OcspResponse::from_der(&reply.body).unwrap();
    let single = &response.basic().unwrap().singles()[0];
    assert_eq!(single.status, pki::ocsp::CertStatus::Unknown);

    let reply = send(&world, Method::POST, &path, b"garbage".to_vec()).await;
    assert_eq!(reply.status, 200);
    let response = OcspResponse::from_der(&reply.body).unwrap();
    assert_eq!(response.status(), ResponseStatus::MalformedRequest);
    assert_eq!(
        send(&world, Method::POST, &path, vec![0; 17 * 1024])
            .await
            .status,
        413
    );
    for nobody in [
        "/ca/ocsp/nobody",
        "/ca/ocsp/szca-demo-root",
        "/ca/tsa/szca-demo-root",
    ] {
        let reply = send(&world, Method::POST, nobody, Vec::new()).await;
        assert_eq!(reply.status, 404, "{nobody}");
    }
}

async fn an_answer_made_ahead_is_served_from_the_address_until_it_is_due(world: World) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let person = key.certificate.clone();
    status::presign::schedule(&world.state).await.unwrap();
    while jobs::run_due(&world.state).await.unwrap() > 0 {}
    let asked = STANDARD.encode(question(&person, &issuing(&world).await, None));
    let path = format!(
        "/ca/ocsp/{ISSUING}/{}",
        asked
            .replace('/', "%2F")
            .replace('+', "%2B")
            .replace('=', "%3D")
    );
    let get = async || send(&world, Method::GET, &path, Vec::new()).await;
    let first = get().await;
    assert_eq!(first.status, 200);
    assert_eq!(
        first.caching,
        "max-age=300, public, no-transform, must-revalidate"
    );
    world.pass(Span::minutes(5));
    assert_eq!(get().await.body, first.body, "nothing was signed anew");
    // Half its life later the job makes the next one.
    world.pass(Span::hours(6));
    while jobs::run_due(&world.state).await.unwrap() > 0 {}
    let second = get().await.body;
    assert_ne!(second, first.body);
    let produced = |der: &[u8]| {
        let response = OcspResponse::from_der(der).unwrap();
        response.basic().unwrap().produced_at()
    };
    assert!(produced(&second) > produced(&first.body));
}

async fn the_list_of_a_shard_is_served_under_the_announced_name_and_knows_a_revocation_at_once(
    world: World,
) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let person = key.certificate.clone();
    let name = person.crl_urls()[0].rsplit('/').next().unwrap().to_owned();
    assert_eq!(
        name,
        format!("{ISSUING}-{}.crl", Shard::of(person.serial()))
    );
    let issuer = issuing(&world).await;
    let fetch = async || {
        let reply = send(&world, Method::GET, &format!("/ca/{name}"), Vec::new()).await;
        assert_eq!(
            (reply.status, reply.kind.as_str()),
            (200, "application/pkix-crl")
        );
        Crl::from_der(&reply.body).unwrap()
    };
    let judged = |list: &Crl| {
        pki::crl::status(
            &person,
            &issuer,
            std::slice::from_ref(list),
            world.now().into(),
        )
    };
    let first = fetch().await;
    assert!(matches!(judged(&first), RevocationStatus::Good { .. }));
    assert_eq!(fetch().await.der(), first.der(), "nothing changed");
    let whole = world.authorities.list(ISSUING).await.unwrap();
    assert!(
        whole.number > 1,
        "whole and partial lists share one sequence of numbers"
    );
    world.pass(Span::seconds(10));
    world
        .authorities
        .revoke_key("SZ-1", "superseded")
        .await
        .unwrap();
    assert!(matches!(
        judged(&fetch().await),
        RevocationStatus::Revoked { .. }
    ));
    for nothing in ["szca-demo-root-a.crl", "nobody-a.crl"] {
        let reply = send(&world, Method::GET, &format!("/ca/{nothing}"), Vec::new()).await;
        assert_eq!(reply.status, 404, "{nothing}");
    }
}

async fn a_time_stamp_is_verified_up_to_the_root(world: World) {
    let request = TimeStampRequest {
        imprint: MessageImprint::of(HashAlgorithm::Sm3, b"stamped"),
        policy: None,
        nonce: Some(vec![0x11; 8]),
        certificate: true,
        has_extensions: false,
    };
    let path = format!("/ca/tsa/{ISSUING}");
    let mut serials = Vec::new();
    for _ in 0..2 {
        let reply = send(&world, Method::POST, &path, request.der()).await;
        assert_eq!(
            (reply.status, reply.kind.as_str()),
            (200, "application/timestamp-reply")
        );
        let token = TimeStampResponse::from_der(&reply.body)
            .unwrap()
            .token
            .unwrap();
        let root = world.authorities.open("szca-demo-root").await.unwrap().1;
        let trust = TrustStore {
            anchors: vec![root],
            ..TrustStore::default()
        };
        let verified = token
            .verify_answer(
                &request.imprint,
                request.nonce.as_deref(),
                &trust,
                world.now().into(),
            )
            .unwrap();
        assert_eq!(Timestamp::from(verified.gen_time), world.now());
        serials.push(token.info().serial.clone());
    }
    assert_ne!(serials[0], serials[1]);
}

/// The installation on a port, and evidence fetched from it as another server would.
async fn over_http(world: &World) -> FetchedLists {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = http::router(world.state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mirror = Mirror::new(
        "http://ca.yinxin-demo.test/",
        &format!("http://{address}/ca/"),
    );
    FetchedLists::new(
        vec![mirror.unwrap()],
        Arc::clone(&world.state.store),
        Arc::clone(&world.state.random),
    )
    .unwrap()
}

async fn evidence_over_http_is_the_responders_answer_and_the_lists_where_none_answers(
    world: World,
) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let person = key.certificate.clone();
    let fetched = over_http(&world).await;
    let (issuer, root) = (
        issuing(&world).await,
        world.authorities.open("szca-demo-root").await.unwrap().1,
    );
    let trust = TrustStore {
        anchors: vec![root.clone()],
        intermediates: vec![issuer.clone()],
        ..TrustStore::default()
    };
    let now = world.now();
    let path = path::validate(&person, &[], &trust, now.into(), Usage::Login).unwrap();
    let catalogue = &world.state.current_rules().catalogue;
    let asks = catalogue.provider("szca").unwrap().clone();
    let mut silent = asks.clone();
    silent.ocsp.allow.clear();

    let of_issuer = fetched.find(&issuer, &root, &asks, now).await;
    assert!(of_issuer.responses.is_empty() && of_issuer.lists.len() == 1);
    let finding = async |provider| {
        let found = fetched.find(&person, &issuer, provider, now).await;
        let finding = judge(
            &path,
            |certificate| {
                if *certificate == person {
                    found.clone()
                } else {
                    of_issuer.clone()
                }
            },
            now,
        );
        (found, finding)
    };
    let (found, said) = finding(&asks).await;
    assert!(found.lists.is_empty() && found.responses.len() == 1);
    assert!(matches!(said, Finding::Good { .. }), "{said:?}");
    let (found, said) = finding(&silent).await;
    assert!(found.lists.len() == 1 && found.responses.is_empty());
    assert!(matches!(said, Finding::Good { .. }), "{said:?}");

    world
        .authorities
        .revoke_key("SZ-1", "keyCompromise")
        .await
        .unwrap();
    for provider in [&asks, &silent] {
        let (_, said) = finding(provider).await;
        assert!(matches!(said, Finding::Revoked { .. }), "{said:?}");
    }
}

crate::on_both_databases!(
    a_responder_says_good_then_revoked_at_once_with_and_without_a_nonce,
    a_serial_that_was_never_issued_is_unknown_and_garbage_is_malformed,
    an_answer_made_ahead_is_served_from_the_address_until_it_is_due,
    the_list_of_a_shard_is_served_under_the_announced_name_and_knows_a_revocation_at_once,
    a_time_stamp_is_verified_up_to_the_root,
    evidence_over_http_is_the_responders_answer_and_the_lists_where_none_answers,
);
