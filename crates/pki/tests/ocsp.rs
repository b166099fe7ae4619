//! What OCSP responses are worth: only from the subject's own issuer or its delegate, only within their times, and
//! never *good* where one of many things is wrong.

mod support;

use pki::crl::{RevocationReason, RevocationStatus, WhyUndetermined};
use pki::ocsp::{
    BasicResponse, CertId, CertIdHash, CertStatus, OcspAnswer, OcspRequest, OcspResponse, Question,
    ResponseData, ResponseStatus, Single, WhyNoEvidence, answer, assemble, status, unsuccessful,
};
use pki::{Certificate, HashAlgorithm, KeyFamily, ParseError, Signer, SoftwareKey, UnixTime, oid};
use proptest::prelude::*;
use support::{Build, BuildCrl, DAY, NOW, key};

const NOCHECK: &[u8] = &[5, 0];

/// A CA, its delegate and a certificate of it.
struct World {
    ca_key: SoftwareKey,
    ca: Certificate,
    delegate_key: SoftwareKey,
    delegate: Certificate,
    subject: Certificate,
}

fn usages(list: &[pki::Oid]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = list.iter().map(pki::asn1::write::oid).collect();
    pki::asn1::write::element(pki::asn1::tag::SEQUENCE, &all.concat())
}

fn delegate<'a>(key: &'a SoftwareKey, issuer: &str) -> Build<'a> {
    Build::leaf("responder", issuer, key)
        .extension(oid::EXTENDED_KEY_USAGE, false, usages(&[oid::OCSP_SIGNING]))
        .extension(oid::OCSP_NOCHECK, false, NOCHECK.to_vec())
}

impl World {
    fn new(family: KeyFamily) -> Self {
        let ca_key = key(family);
        let ca = Build::ca("ca", "ca", &ca_key, None).signed_by(&ca_key);
        let delegate_key = key(family);
        let delegate = delegate(&delegate_key, "ca").signed_by(&ca_key);
        let subject = Build::leaf("leaf", "ca", &key(family))
            .announcing("http://example.test/ca.crl")
            .signed_by(&ca_key);
        Self {
            ca_key,
            ca,
            delegate_key,
            delegate,
            subject,
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            subject: &self.subject,
            issuer: &self.ca,
            at: NOW,
            nonce: None,
            crls: &[],
        }
    }

    fn single(&self, status: CertStatus) -> Single {
        Single {
            id: CertId::of(CertIdHash::Sha1, &self.subject, &self.ca),
            status,
            this_update: NOW.plus(-60),
            next_update: Some(NOW.plus(3600)),
            unknown_critical: false,
        }
    }

    /// By the delegate, about `single`.
    fn response(&self, single: Single) -> BasicResponse {
        self.signed_by(&self.delegate_key, Some(&self.delegate), &[single], None)
    }

    fn signed_by(
        &self,
        key: &SoftwareKey,
        certificate: Option<&Certificate>,
        singles: &[Single],
        nonce: Option<&[u8]>,
    ) -> BasicResponse {
        basic(&response(key, certificate, singles, nonce))
    }

    fn says(&self, response: BasicResponse) -> OcspAnswer {
        answer(&self.question(), &[response])
    }
}

fn response(
    key: &SoftwareKey,
    certificate: Option<&Certificate>,
    singles: &[Single],
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let tbs = ResponseData {
        responder: key.public_key(),
        produced_at: NOW.plus(-60),
        singles,
        nonce,
    }
    .der();
    let signature = key.sign(&tbs).expect("signature");
    assemble(&tbs, key.algorithm(), &signature, certificate)
}

fn basic(der: &[u8]) -> BasicResponse {
    let response = OcspResponse::from_der(der).expect("readable");
    response.basic().expect("successful").clone()
}

fn no_evidence(why: WhyNoEvidence) -> OcspAnswer {
    OcspAnswer::NoEvidence(why)
}

fn is_good(answer: OcspAnswer) -> bool {
    matches!(answer, OcspAnswer::Good { .. })
}

#[test]
fn good_revoked_and_unknown_are_three_answers_in_each_family() {
    for family in [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256] {
        let world = World::new(family);
        let says = |status| world.says(world.response(world.single(status)));
        assert_eq!(
            says(CertStatus::Good),
            OcspAnswer::Good {
                this_update: NOW.plus(-60),
                next_update: NOW.plus(3600)
            }
        );
        let revoked = CertStatus::Revoked {
            at: NOW.plus(-DAY),
            reason: RevocationReason::KeyCompromise,
        };
        assert_eq!(
            says(revoked),
            OcspAnswer::Revoked {
                at: NOW.plus(-DAY),
                reason: RevocationReason::KeyCompromise
            }
        );
        assert_eq!(says(CertStatus::Unknown), OcspAnswer::Unknown);
        assert_eq!(
            answer(&world.question(), &[]),
            no_evidence(WhyNoEvidence::Missing)
        );
    }
}

#[test]
fn the_issuer_answers_without_a_delegate() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    assert!(is_good(world.says(world.signed_by(
        &world.ca_key,
        None,
        &[single],
        None
    ))));
}

#[test]
fn a_responder_of_another_ca_is_no_evidence_even_under_the_same_name() {
    let world = World::new(KeyFamily::P256);
    let other = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let by_other = world.signed_by(
        &other.delegate_key,
        Some(&other.delegate),
        std::slice::from_ref(&single),
        None,
    );
    assert_eq!(
        world.says(by_other),
        no_evidence(WhyNoEvidence::OtherResponder)
    );
    let by_other_ca = world.signed_by(
        &other.ca_key,
        Some(&other.ca),
        std::slice::from_ref(&single),
        None,
    );
    assert_eq!(
        world.says(by_other_ca),
        no_evidence(WhyNoEvidence::OtherResponder)
    );
    // A delegate's certificate that its own key signed.
    let rogue = delegate(&other.delegate_key, "ca").signed_by(&other.delegate_key);
    let by_rogue = world.signed_by(&other.delegate_key, Some(&rogue), &[single], None);
    assert_eq!(
        world.says(by_rogue),
        no_evidence(WhyNoEvidence::OtherResponder)
    );
}

#[test]
fn a_certificate_of_the_issuer_without_the_purpose_does_not_answer() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let holder = key(KeyFamily::P256);
    let without = Build::leaf("person", "ca", &holder);
    let client = Build::leaf("person", "ca", &holder).extension(
        oid::EXTENDED_KEY_USAGE,
        false,
        usages(&[oid::CLIENT_AUTH]),
    );
    let any = Build::leaf("person", "ca", &holder).extension(
        oid::EXTENDED_KEY_USAGE,
        false,
        usages(&[oid::ANY_EXTENDED_KEY_USAGE]),
    );
    let encrypts =
        delegate(&holder, "ca").extension(oid::KEY_USAGE, true, support::key_usage(&[2]));
    let strange =
        delegate(&holder, "ca").extension(pki::Oid::new_unwrap("1.2.3.4"), true, NOCHECK.to_vec());
    for build in [without, client, any, encrypts, strange] {
        let certificate = build.signed_by(&world.ca_key);
        let response = world.signed_by(
            &holder,
            Some(&certificate),
            std::slice::from_ref(&single),
            None,
        );
        assert_eq!(
            world.says(response),
            no_evidence(WhyNoEvidence::NotDelegated)
        );
    }
}

#[test]
fn an_expired_or_future_delegate_does_not_answer() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let mut expired = delegate(&world.delegate_key, "ca");
    expired.not_after = NOW.plus(-1);
    let mut future = delegate(&world.delegate_key, "ca");
    future.not_before = NOW.plus(1);
    for build in [expired, future] {
        let certificate = build.signed_by(&world.ca_key);
        let response = world.signed_by(
            &world.delegate_key,
            Some(&certificate),
            std::slice::from_ref(&single),
            None,
        );
        assert_eq!(
            world.says(response),
            no_evidence(WhyNoEvidence::DelegateNotValid)
        );
    }
}

#[test]
fn a_delegate_without_nocheck_counts_only_while_a_list_clears_it() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let checked = Build::leaf("responder", "ca", &world.delegate_key)
        .extension(oid::EXTENDED_KEY_USAGE, false, usages(&[oid::OCSP_SIGNING]))
        .announcing("http://example.test/ca.crl")
        .signed_by(&world.ca_key);
    let response = world.signed_by(&world.delegate_key, Some(&checked), &[single], None);
    let says = |crls: &[pki::crl::Crl]| {
        let question = Question {
            crls,
            ..world.question()
        };
        answer(&question, std::slice::from_ref(&response))
    };
    assert_eq!(says(&[]), no_evidence(WhyNoEvidence::DelegateUnchecked));
    let clear = BuildCrl::of("ca").signed_by(&world.ca_key);
    assert!(is_good(says(&[clear])));
    let revoking = BuildCrl::of("ca")
        .revoking(checked.serial())
        .signed_by(&world.ca_key);
    assert_eq!(
        says(&[revoking]),
        no_evidence(WhyNoEvidence::DelegateRevoked)
    );
}

#[test]
fn a_list_that_names_a_nocheck_delegate_is_heard() {
    let world = World::new(KeyFamily::P256);
    let response = world.response(world.single(CertStatus::Good));
    let revoking = BuildCrl::of("ca")
        .revoking(world.delegate.serial())
        .signed_by(&world.ca_key);
    // The delegate announces no list; what is at hand says it all the same.
    let question = Question {
        crls: &[revoking],
        ..world.question()
    };
    assert_eq!(
        answer(&question, &[response]),
        no_evidence(WhyNoEvidence::DelegateRevoked)
    );
}

#[test]
fn an_answer_about_another_certificate_says_nothing() {
    let world = World::new(KeyFamily::P256);
    let other = World::new(KeyFamily::P256);
    // Another serial; the same serial and name under another key; the same key under another name.
    let wrong = [
        CertId::new(
            CertIdHash::Sha1,
            world.ca.subject(),
            world.ca.public_key(),
            &[1, 2, 3],
        ),
        CertId::new(
            CertIdHash::Sha1,
            world.ca.subject(),
            other.ca.public_key(),
            world.subject.serial(),
        ),
        CertId::new(
            CertIdHash::Other(HashAlgorithm::Sha256),
            &support::name("another ca"),
            world.ca.public_key(),
            world.subject.serial(),
        ),
    ];
    for id in wrong {
        let single = Single {
            id,
            ..world.single(CertStatus::Good)
        };
        assert_eq!(
            world.says(world.response(single)),
            no_evidence(WhyNoEvidence::OtherCertificate)
        );
    }
}

#[test]
fn an_answer_counts_within_its_times_only() {
    let world = World::new(KeyFamily::P256);
    let timed = |this: i64, next: Option<i64>| {
        let single = Single {
            this_update: NOW.plus(this),
            next_update: next.map(|next| NOW.plus(next)),
            ..world.single(CertStatus::Good)
        };
        world.says(world.response(single))
    };
    assert!(is_good(timed(-60, Some(0))));
    assert!(
        is_good(timed(200, Some(3600))),
        "a clock may be a little ahead"
    );
    assert_eq!(
        timed(301, Some(3600)),
        no_evidence(WhyNoEvidence::NotYetValid)
    );
    assert_eq!(timed(-60, Some(-1)), no_evidence(WhyNoEvidence::Expired));
    assert_eq!(timed(-60, Some(-120)), no_evidence(WhyNoEvidence::Expired));
    // Without nextUpdate: newer information is there all the time, so an old answer says nothing.
    assert!(is_good(timed(-3600, None)));
    assert_eq!(timed(-3601, None), no_evidence(WhyNoEvidence::Expired));
}

#[test]
fn a_response_to_another_question_is_no_evidence_and_one_without_a_nonce_may_be_presigned() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let with = |nonce: Option<&[u8]>| {
        let response = world.signed_by(
            &world.delegate_key,
            Some(&world.delegate),
            std::slice::from_ref(&single),
            nonce,
        );
        let question = Question {
            nonce: Some(&[7; 32]),
            ..world.question()
        };
        answer(&question, &[response])
    };
    assert!(is_good(with(Some(&[7; 32]))));
    assert!(is_good(with(None)));
    assert_eq!(
        with(Some(&[8; 32])),
        no_evidence(WhyNoEvidence::NonceMismatch)
    );
}

#[test]
fn the_newest_answer_decides_and_of_two_alike_the_worse() {
    let world = World::new(KeyFamily::P256);
    let revoked = CertStatus::Revoked {
        at: NOW.plus(-DAY),
        reason: RevocationReason::Unspecified,
    };
    let old = Single {
        this_update: NOW.plus(-600),
        ..world.single(CertStatus::Good)
    };
    let both = [world.response(old), world.response(world.single(revoked))];
    assert!(matches!(
        answer(&world.question(), &both),
        OcspAnswer::Revoked { .. }
    ));
    let one = world.signed_by(
        &world.delegate_key,
        Some(&world.delegate),
        &[
            world.single(revoked),
            world.single(CertStatus::Good),
            world.single(CertStatus::Unknown),
        ],
        None,
    );
    assert!(matches!(world.says(one), OcspAnswer::Revoked { .. }));
}

#[test]
fn lists_and_answers_together_never_outvote_a_revocation() {
    let world = World::new(KeyFamily::P256);
    let good = [world.response(world.single(CertStatus::Good))];
    let unknown = [world.response(world.single(CertStatus::Unknown))];
    let revoked = [world.response(world.single(CertStatus::Revoked {
        at: NOW,
        reason: RevocationReason::Superseded,
    }))];
    let clear = [BuildCrl::of("ca").signed_by(&world.ca_key)];
    let revoking = [BuildCrl::of("ca")
        .revoking(world.subject.serial())
        .signed_by(&world.ca_key)];
    let together = |crls: &[pki::crl::Crl], responses: &[BasicResponse]| {
        let question = Question {
            crls,
            ..world.question()
        };
        status(&question, responses)
    };
    let is_revoked = |status| matches!(status, RevocationStatus::Revoked { .. });
    let is_good = |status| matches!(status, RevocationStatus::Good { .. });
    assert!(is_good(together(&clear, &good)));
    assert!(is_good(together(&[], &good)));
    assert!(is_good(together(&clear, &[])));
    assert!(is_revoked(together(&revoking, &good)));
    assert!(is_revoked(together(&clear, &revoked)));
    assert!(is_revoked(together(&revoking, &unknown)));
    assert_eq!(
        together(&clear, &unknown),
        RevocationStatus::Undetermined(WhyUndetermined::OutOfScope)
    );
    assert_eq!(
        together(&[], &[]),
        RevocationStatus::Undetermined(WhyUndetermined::Missing)
    );
}

#[test]
fn trailing_octets_long_lists_and_large_input_are_refused() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let good = response(
        &world.delegate_key,
        Some(&world.delegate),
        std::slice::from_ref(&single),
        None,
    );
    assert!(OcspResponse::from_der(&good).is_ok());
    assert!(OcspResponse::from_der(&[good.as_slice(), &[0]].concat()).is_err());
    let many = vec![single; 65];
    let long = response(&world.delegate_key, Some(&world.delegate), &many, None);
    assert!(matches!(
        OcspResponse::from_der(&long),
        Err(ParseError::TooMany { .. })
    ));
    assert!(matches!(
        OcspResponse::from_der(&vec![0x30; 256 * 1024 + 1]),
        Err(ParseError::TooLarge { .. })
    ));
    let id = CertId::of(CertIdHash::Sha1, &world.subject, &world.ca);
    let request = OcspRequest::build(std::slice::from_ref(&id), Some(&[1; 32]));
    assert!(OcspRequest::from_der(&[request.as_slice(), &[0]].concat()).is_err());
    assert!(matches!(
        OcspRequest::from_der(&OcspRequest::build(&vec![id.clone(); 33], None)),
        Err(ParseError::TooMany { .. })
    ));
    assert!(OcspRequest::from_der(&OcspRequest::build(&[], None)).is_err());
    // RFC 9654: 1 to 128 octets.
    for (length, readable) in [(0, false), (1, true), (128, true), (129, false)] {
        let request = OcspRequest::build(std::slice::from_ref(&id), Some(&vec![1; length]));
        assert_eq!(
            OcspRequest::from_der(&request).is_ok(),
            readable,
            "{length}"
        );
    }
}

#[test]
fn a_request_comes_back_as_it_was_asked() {
    let world = World::new(KeyFamily::Sm2);
    for hash in [
        CertIdHash::Sha1,
        CertIdHash::Other(HashAlgorithm::Sha256),
        CertIdHash::Other(HashAlgorithm::Sm3),
    ] {
        let id = CertId::of(hash, &world.subject, &world.ca);
        let request = OcspRequest::build(std::slice::from_ref(&id), Some(&[9; 32]));
        let read = OcspRequest::from_der(&request).expect("readable");
        assert_eq!(read.ids(), [id]);
        assert_eq!(read.nonce(), Some([9; 32].as_slice()));
        assert!(read.ids()[0].means(&world.subject, &world.ca));
    }
}

#[test]
fn a_refusal_is_no_answer() {
    for status in [
        ResponseStatus::MalformedRequest,
        ResponseStatus::InternalError,
        ResponseStatus::TryLater,
        ResponseStatus::SigRequired,
        ResponseStatus::Unauthorized,
    ] {
        let response = OcspResponse::from_der(&unsuccessful(status)).expect("readable");
        assert_eq!(response.status(), status);
        assert!(response.basic().is_none());
    }
    assert!(OcspResponse::from_der(&unsuccessful(ResponseStatus::Successful)).is_err());
}

fn says_good(world: &World, der: &[u8], at: UnixTime) -> bool {
    let Ok(response) = OcspResponse::from_der(der) else {
        return false;
    };
    let Some(basic) = response.basic() else {
        return false;
    };
    let question = Question {
        at,
        ..world.question()
    };
    is_good(answer(&question, std::slice::from_ref(basic)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_changed_answer_says_good_of_a_revoked_certificate(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static CASE: (World, Vec<u8>) = {
                let world = World::new(KeyFamily::P256);
                let single = world.single(CertStatus::Revoked { at: NOW, reason: RevocationReason::Unspecified });
                let der = response(&world.delegate_key, Some(&world.delegate), &[single], None);
                (world, der)
            };
        }
        CASE.with(|(world, der)| {
            let mut bytes = der.clone();
            for (index, value) in &changes {
                let index = index.index(bytes.len());
                bytes[index] = *value;
            }
            prop_assert!(!says_good(world, &bytes, NOW));
            bytes.truncate(cut.index(bytes.len()));
            prop_assert!(!says_good(world, &bytes, NOW));
            let _ = OcspRequest::from_der(&bytes);
            Ok(())
        })?;
    }

    #[test]
    fn no_octets_at_all_panic_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = OcspRequest::from_der(&bytes);
        let _ = OcspResponse::from_der(&bytes);
        let _ = BasicResponse::from_der(&bytes);
    }
}

#[test]
fn no_single_changed_octet_makes_a_good_answer_say_anything_else_or_stand() {
    let world = World::new(KeyFamily::P256);
    let single = world.single(CertStatus::Good);
    let good = response(&world.delegate_key, Some(&world.delegate), &[single], None);
    assert!(says_good(&world, &good, NOW));
    for index in 0..good.len() {
        let mut bytes = good.clone();
        bytes[index] ^= 0x01;
        assert!(!says_good(&world, &bytes, NOW), "octet {index}");
    }
}
