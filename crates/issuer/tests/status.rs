//! Responders, time-stamping authorities and lists by shard: what the machines answer, and that nobody is misled.

#[path = "support/status.rs"]
mod status;
mod support;

use issuer::ocsp::{Inquiry, Known, Refusal, Responder};
use issuer::revocation::{ListEffect, ListEvent, ListIssuance, Shard};
use issuer::tsa::{StampEffect, StampEvent, StampRefusal, Stamping, TimeStampAuthority};
use issuer::{IssuerError, RevocationRecord};
use pki::crl::{Crl, RevocationReason, RevocationStatus};
use pki::ocsp::{
    CertId, CertIdHash, OcspAnswer, OcspRequest, OcspResponse, Question, ResponseStatus,
    WhyNoEvidence, answer,
};
use pki::tsp::{FailureInfo, MessageImprint, PkiStatus, TimeStampRequest, TimeStampResponse};
use pki::{Certificate, HashAlgorithm, Signer, oid};
use status::{DAY, Desk, certificate, families, trust};
use support::{DemoCa, NOW};

const GOOD: fn(&str) -> Known = |_| Known::Good;

fn request(subject: &Certificate, ca: &DemoCa, nonce: Option<&[u8]>) -> Vec<u8> {
    let id = CertId::of(CertIdHash::Sha1, subject, &ca.issuing);
    OcspRequest::build(&[id], nonce)
}

fn says(response: &[u8], subject: &Certificate, ca: &DemoCa, nonce: Option<&[u8]>) -> OcspAnswer {
    let response = OcspResponse::from_der(response).expect("readable");
    let question = Question {
        subject,
        issuer: &ca.issuing,
        at: NOW,
        nonce,
        crls: &[],
    };
    answer(&question, &[response.basic().expect("successful").clone()])
}

#[test]
fn certificates_announce_the_responder_and_the_list_of_their_shard() {
    for mut ca in families() {
        let person = certificate(&ca.person());
        let id = ca.authority.id();
        let shard = Shard::of(person.serial());
        assert_eq!(
            person.crl_urls(),
            [format!("http://ca.yinxin-demo.test/{id}-{shard}.crl")]
        );
        assert_eq!(
            person.ocsp_urls(),
            [format!("http://ca.yinxin-demo.test/ocsp/{id}")]
        );
        let desk = Desk::of(&mut ca);
        assert!(
            desk.responder.certificate().ocsp_urls().is_empty(),
            "nobody asks a responder about itself"
        );
        assert!(
            desk.responder
                .certificate()
                .extension_value(&oid::OCSP_NOCHECK)
                .is_some()
        );
        assert_eq!(desk.tsa.certificate().ocsp_urls().len(), 1);
    }
}

#[test]
fn good_revoked_and_unknown_are_answered_in_each_family() {
    for mut ca in families() {
        let desk = Desk::of(&mut ca);
        let person = certificate(&ca.person());
        let nonce = [5; 32];
        let asked = request(&person, &ca, Some(&nonce));
        let told = |known: Known| {
            let response = desk.answer(&asked, |serial| {
                assert_eq!(serial, person.serial_hex());
                known
            });
            says(&response.expect("answered"), &person, &ca, Some(&nonce))
        };
        assert!(matches!(told(Known::Good), OcspAnswer::Good { .. }));
        assert_eq!(told(Known::Unknown), OcspAnswer::Unknown);
        let revoked = Known::Revoked {
            at: NOW.plus(-60),
            reason: RevocationReason::CertificateHold,
        };
        assert_eq!(
            told(revoked),
            OcspAnswer::Revoked {
                at: NOW.plus(-60),
                reason: RevocationReason::CertificateHold
            }
        );
    }
}

#[test]
fn an_answer_made_ahead_is_for_one_serial_without_a_nonce() {
    let [mut ca, ..] = families();
    let desk = Desk::of(&mut ca);
    let person = certificate(&ca.person());
    let serial = person.serial_hex();
    let presigned = |request: &[u8]| desk.responder.read(request).expect("readable").presigned();
    assert_eq!(
        presigned(&request(&person, &ca, None)),
        Some(serial.clone())
    );
    assert_eq!(presigned(&request(&person, &ca, Some(&[1; 32]))), None);
    let id = CertId::of(
        CertIdHash::Other(HashAlgorithm::Sha256),
        &person,
        &ca.issuing,
    );
    assert_eq!(presigned(&OcspRequest::build(&[id], None)), None);

    let inquiry = Inquiry::of_serial(&desk.responder, &serial).expect("hex");
    let answering =
        issuer::ocsp::Answering::begin(&desk.responder, &inquiry, GOOD, NOW, NOW.plus(DAY));
    let signature = desk.responder_key.sign(answering.tbs()).unwrap();
    let response = answering.finish(&signature).expect("signed");
    assert!(matches!(
        says(&response, &person, &ca, Some(&[1; 32])),
        OcspAnswer::Good { .. }
    ));
    // What another key signed is not handed out.
    let other = ca.issuing_key.sign(answering.tbs()).unwrap();
    assert_eq!(answering.finish(&other), Err(IssuerError::Signing));
}

#[test]
fn a_responder_answers_for_its_own_authority_only() {
    let [mut ca, _, mut other] = families();
    let desk = Desk::of(&mut ca);
    let stranger = certificate(&other.person());
    let refusal = desk
        .answer(&request(&stranger, &other, None), GOOD)
        .expect_err("refused");
    assert_eq!(refusal, Refusal::OtherAuthority);
    let response = OcspResponse::from_der(&refusal.response()).expect("readable");
    assert_eq!(response.status(), ResponseStatus::Unauthorized);

    // Beside one of ours, the stranger is unknown, not good.
    let person = certificate(&ca.person());
    let ids = [
        CertId::of(CertIdHash::Sha1, &person, &ca.issuing),
        CertId::of(CertIdHash::Sha1, &stranger, &other.issuing),
    ];
    let response = desk
        .answer(&OcspRequest::build(&ids, None), GOOD)
        .expect("answered");
    assert!(matches!(
        says(&response, &person, &ca, None),
        OcspAnswer::Good { .. }
    ));
    assert_eq!(
        says(&response, &stranger, &other, None),
        OcspAnswer::NoEvidence(WhyNoEvidence::OtherResponder)
    );
    for garbage in [&b""[..], b"\x30\x00", b"<html>"] {
        let refusal = desk.answer(garbage, GOOD).expect_err("refused");
        let response = OcspResponse::from_der(&refusal.response()).expect("readable");
        assert_eq!(response.status(), ResponseStatus::MalformedRequest);
    }
}

#[test]
fn a_persons_certificate_neither_answers_nor_stamps() {
    let [mut ca, ..] = families();
    let person = certificate(&ca.person());
    assert!(matches!(
        Responder::delegated(&ca.authority, &person),
        Err(IssuerError::NotADelegate)
    ));
    let policy = oid::YINXIN_DEMO_TIME_STAMP_POLICY;
    assert!(matches!(
        TimeStampAuthority::new("tsa", &person, &[], policy),
        Err(IssuerError::NotADelegate)
    ));
    // Nor does another authority's responder.
    let [.., mut other] = families();
    let foreign = Desk::of(&mut other);
    assert!(matches!(
        Responder::delegated(&ca.authority, foreign.responder.certificate()),
        Err(IssuerError::NotADelegate)
    ));
}

fn stamp_request(algorithm: HashAlgorithm) -> TimeStampRequest {
    TimeStampRequest {
        imprint: MessageImprint::of(algorithm, b"stamped"),
        policy: None,
        nonce: Some(vec![0x7f; 8]),
        certificate: true,
        has_extensions: false,
    }
}

#[test]
fn a_stamp_is_recorded_under_its_serial_and_verifies_in_each_family() {
    for mut ca in families() {
        let desk = Desk::of(&mut ca);
        for algorithm in [HashAlgorithm::Sm3, HashAlgorithm::Sha384] {
            let request = stamp_request(algorithm);
            let (response, record) = desk.stamp(&request.der(), NOW).expect("stamped");
            let response = TimeStampResponse::from_der(&response).expect("readable");
            let token = response.token.expect("granted");
            let verified = token
                .verify_answer(&request.imprint, request.nonce.as_deref(), &trust(&ca), NOW)
                .expect("verified");
            assert_eq!(verified.gen_time, NOW);
            assert_eq!(hex::encode(&token.info().serial), record.serial);
            assert_eq!(record.algorithm, algorithm.name());
            assert_eq!(record.imprint, request.imprint.digest);
            assert_eq!(
                token.signed_data().certificates().len(),
                2,
                "its own and its issuer's"
            );
        }
        let silent = TimeStampRequest {
            certificate: false,
            ..stamp_request(HashAlgorithm::Sm3)
        };
        let (response, _) = desk.stamp(&silent.der(), NOW).expect("stamped");
        let token = TimeStampResponse::from_der(&response)
            .unwrap()
            .token
            .unwrap();
        assert!(token.signed_data().certificates().is_empty());
    }
}

#[test]
fn what_is_not_stamped_is_refused_with_its_reason() {
    let [mut ca, ..] = families();
    let desk = Desk::of(&mut ca);
    let refused = |request: &[u8], at| {
        let refusal = desk.stamp(request, at).map(drop).expect_err("refused");
        let response = TimeStampResponse::from_der(&refusal.response()).expect("readable");
        assert_eq!(response.status, PkiStatus::Rejection);
        response.failure.expect("a reason")
    };
    let good = stamp_request(HashAlgorithm::Sha256);
    assert_eq!(refused(b"", NOW), FailureInfo::BadDataFormat);
    assert_eq!(
        refused(&good.der(), NOW.plus(-DAY)),
        FailureInfo::TimeNotAvailable
    );
    let other_policy = TimeStampRequest {
        policy: Some(oid::ANY_POLICY),
        ..good.clone()
    };
    assert_eq!(
        refused(&other_policy.der(), NOW),
        FailureInfo::UnacceptedPolicy
    );
    // SHA-256's OID with its last arc changed to SHA-224's.
    let mut sha224 = good.der();
    let at = sha224
        .windows(3)
        .position(|window| window == [4, 2, 1])
        .expect("the hash's OID");
    sha224[at + 2] = 4;
    assert_eq!(refused(&sha224, NOW), FailureInfo::BadAlg);
}

#[test]
fn nothing_is_signed_before_the_serial_is_recorded() {
    let [mut ca, ..] = families();
    let desk = Desk::of(&mut ca);
    let request = stamp_request(HashAlgorithm::Sm3).der();
    let (stamping, effect) = Stamping::begin(&desk.tsa, &request, &[1; 16], NOW).unwrap();
    assert!(matches!(effect, StampEffect::PersistSerial(_)));
    let signed = StampEvent::Signed { signature: vec![] };
    assert!(matches!(
        stamping.clone().step(signed.clone()),
        Err(IssuerError::OutOfOrder("Signed"))
    ));
    let (stamping, _) = stamping.step(StampEvent::SerialPersisted).unwrap();
    assert!(matches!(stamping.step(signed), Err(IssuerError::Signing)));
    assert_eq!(
        StampRefusal::System.to_string(),
        "the time stamp could not be made"
    );
}

fn shard_list(ca: &DemoCa, shard: Shard, revoked: &[RevocationRecord]) -> Crl {
    let (mut list, mut effect) =
        ListIssuance::begin_shard(&ca.authority, shard, 7, NOW, NOW.plus(3600), revoked)
            .expect("list");
    loop {
        let event = match effect {
            ListEffect::PersistNumber(intent) => {
                assert_eq!(intent.shard, Some(shard));
                ListEvent::NumberPersisted
            }
            ListEffect::Sign { tbs } => ListEvent::Signed {
                signature: ca.issuing_key.sign(&tbs).expect("signature"),
            },
            ListEffect::PersistList(_) => ListEvent::ListPersisted,
            ListEffect::Publish(record) => return Crl::from_der(&record.crl).expect("readable"),
        };
        (list, effect) = list.step(event).expect("in order");
    }
}

#[test]
fn the_list_of_a_shard_speaks_of_its_own_certificates_only() {
    for mut ca in families() {
        let person = certificate(&ca.person());
        let shard = Shard::of(person.serial());
        let other = Shard::new((shard.number() + 1) % 16).unwrap();
        let record = RevocationRecord {
            serial: person.serial_hex(),
            at: NOW.0,
            reason: "superseded".into(),
        };
        let status = |list: Crl| pki::crl::status(&person, &ca.issuing, &[list], NOW);
        assert!(matches!(
            status(shard_list(&ca, shard, &[])),
            RevocationStatus::Good { .. }
        ));
        assert!(matches!(
            status(shard_list(&ca, shard, std::slice::from_ref(&record))),
            RevocationStatus::Revoked { .. }
        ));
        assert!(matches!(
            status(shard_list(&ca, other, &[])),
            RevocationStatus::Undetermined(pki::crl::WhyUndetermined::OutOfScope)
        ));
        // A whole list still speaks of all.
        assert!(matches!(
            status(ca.crl(1, &[])),
            RevocationStatus::Good { .. }
        ));
        assert!(
            ListIssuance::begin_shard(&ca.authority, other, 8, NOW, NOW.plus(1), &[record])
                .is_err(),
            "a serial of another shard would be lost"
        );
    }
}

#[test]
fn a_shards_name_is_read_back_from_an_address() {
    let shard = Shard::of(&[0x40, 0xab]);
    assert_eq!(shard.to_string(), "b");
    assert_eq!(
        Shard::split("szca-demo-issuing-b"),
        Some(("szca-demo-issuing", shard))
    );
    for name in [
        "szca-demo-issuing",
        "szca-demo-issuing-g",
        "szca-demo-issuing-B",
        "x-",
        "-ab",
    ] {
        assert_eq!(Shard::split(name), None, "{name}");
    }
}
