//! What time stamps prove: these bytes, this time, on the word of an authority that may stamp and whom somebody trusts.

mod support;

use pki::asn1::{tag, write};
use pki::cms::{OidFamily, SignedAttributesSpec};
use pki::path::TrustStore;
use pki::tsp::{
    Accuracy, FailureInfo, MessageImprint, PkiStatus, TimeStampError, TimeStampRequest,
    TimeStampResponse, TimeStampToken, TstInfo, assemble, granted, rejected, signed_attributes,
};
use pki::{Certificate, HashAlgorithm, KeyFamily, ParseError, Signer, SoftwareKey, hash, oid};
use proptest::prelude::*;
use support::{Build, DAY, NOW, key};

const BYTES: &[u8] = b"what is stamped";

struct World {
    ca_key: SoftwareKey,
    tsa_key: SoftwareKey,
    tsa: Certificate,
    trust: TrustStore,
    family: OidFamily,
}

fn purposes(list: &[pki::Oid]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = list.iter().map(write::oid).collect();
    write::element(tag::SEQUENCE, &all.concat())
}

fn authority(key: &SoftwareKey) -> Build<'_> {
    Build::leaf("tsa", "ca", key).extension(
        oid::EXTENDED_KEY_USAGE,
        true,
        purposes(&[oid::TIME_STAMPING]),
    )
}

impl World {
    fn new(family: KeyFamily) -> Self {
        let ca_key = key(family);
        let ca = Build::ca("ca", "ca", &ca_key, None).signed_by(&ca_key);
        let tsa_key = key(family);
        let tsa = authority(&tsa_key).signed_by(&ca_key);
        Self {
            ca_key,
            tsa_key,
            tsa,
            trust: TrustStore {
                anchors: vec![ca],
                ..TrustStore::default()
            },
            family: OidFamily::Pkcs7,
        }
    }

    fn info(&self, algorithm: HashAlgorithm) -> TstInfo {
        TstInfo {
            policy: oid::YINXIN_DEMO_TIME_STAMP_POLICY,
            imprint: MessageImprint::of(algorithm, BYTES),
            serial: vec![0x41, 2, 3],
            gen_time: NOW,
            accuracy: Some(Accuracy {
                seconds: 1,
                millis: 500,
                micros: 250,
            }),
            ordering: false,
            nonce: Some(vec![0x91, 7]),
        }
    }

    fn token(&self, info: &TstInfo, certificate: &Certificate) -> Vec<u8> {
        let info = info.der();
        let algorithm = self.tsa_key.algorithm();
        let digest = hash(algorithm.hash(), &info);
        let spec = SignedAttributesSpec {
            family: self.family,
            algorithm,
            content_digest: &digest,
            certificate,
            signing_time: None,
            custom: Vec::new(),
        };
        let attributes = signed_attributes(&spec);
        let signature = self.tsa_key.sign(&attributes).expect("signature");
        assemble(&spec, &info, &attributes, &signature, Some(&[]))
    }

    fn proves(&self, token: &[u8], bytes: &[u8]) -> Result<(), TimeStampError> {
        let token = TimeStampToken::from_der(token).expect("readable");
        token.verify(bytes, &self.trust, NOW).map(drop)
    }
}

#[test]
fn a_stamp_in_each_family_and_hash_proves_its_bytes_and_no_others() {
    for family in [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256] {
        let mut world = World::new(family);
        for oids in [OidFamily::Pkcs7, OidFamily::Gm] {
            world.family = oids;
            for algorithm in [
                HashAlgorithm::Sm3,
                HashAlgorithm::Sha256,
                HashAlgorithm::Sha384,
                HashAlgorithm::Sha512,
            ] {
                let info = world.info(algorithm);
                let der = world.token(&info, &world.tsa);
                let token = TimeStampToken::from_der(&der).expect("readable");
                assert_eq!(token.info(), &info);
                assert_eq!(token.signed_data().family(), oids);
                let verified = token.verify(BYTES, &world.trust, NOW).expect("verified");
                assert_eq!(verified.gen_time, NOW);
                assert_eq!(verified.path.leaf(), &world.tsa);
                assert_eq!(
                    world.proves(&der, b"other bytes"),
                    Err(TimeStampError::OtherBytes)
                );
            }
        }
    }
}

#[test]
fn an_answer_to_another_request_proves_nothing() {
    let world = World::new(KeyFamily::P256);
    let der = world.token(&world.info(HashAlgorithm::Sha256), &world.tsa);
    let token = TimeStampToken::from_der(&der).expect("readable");
    let imprint = MessageImprint::of(HashAlgorithm::Sha256, BYTES);
    let asked = |imprint: &MessageImprint, nonce: Option<&[u8]>| {
        token
            .verify_answer(imprint, nonce, &world.trust, NOW)
            .map(drop)
    };
    assert_eq!(asked(&imprint, Some(&[0x91, 7])), Ok(()));
    assert_eq!(asked(&imprint, None), Ok(()));
    assert_eq!(
        asked(&imprint, Some(&[0x91, 8])),
        Err(TimeStampError::NonceMismatch)
    );
    let other = MessageImprint::of(HashAlgorithm::Sm3, BYTES);
    assert_eq!(
        asked(&other, Some(&[0x91, 7])),
        Err(TimeStampError::OtherBytes)
    );
}

#[test]
fn a_certificate_without_the_critical_single_purpose_stamps_nothing() {
    let world = World::new(KeyFamily::P256);
    let person = Build::leaf("person", "ca", &world.tsa_key);
    let not_critical = authority(&world.tsa_key).extension(
        oid::EXTENDED_KEY_USAGE,
        false,
        purposes(&[oid::TIME_STAMPING]),
    );
    let two = authority(&world.tsa_key).extension(
        oid::EXTENDED_KEY_USAGE,
        true,
        purposes(&[oid::TIME_STAMPING, oid::CLIENT_AUTH]),
    );
    let encrypts =
        authority(&world.tsa_key).extension(oid::KEY_USAGE, true, support::key_usage(&[2]));
    for build in [person, not_critical, two, encrypts] {
        let certificate = build.signed_by(&world.ca_key);
        let der = world.token(&world.info(HashAlgorithm::Sha256), &certificate);
        assert_eq!(
            world.proves(&der, BYTES),
            Err(TimeStampError::NotAnAuthority)
        );
    }
}

#[test]
fn an_authority_that_nobody_trusts_or_that_had_expired_proves_nothing() {
    let world = World::new(KeyFamily::P256);
    let other = World::new(KeyFamily::P256);
    let der = other.token(&other.info(HashAlgorithm::Sha256), &other.tsa);
    assert!(matches!(
        world.proves(&der, BYTES),
        Err(TimeStampError::Path(_))
    ));

    let mut expired = authority(&world.tsa_key);
    expired.not_after = NOW.plus(-1);
    let certificate = expired.signed_by(&world.ca_key);
    let der = world.token(&world.info(HashAlgorithm::Sha256), &certificate);
    assert!(matches!(
        world.proves(&der, BYTES),
        Err(TimeStampError::Path(_))
    ));
    // Valid when it is looked at, and not when it stamped.
    let early = TstInfo {
        gen_time: NOW.plus(-2 * DAY),
        ..world.info(HashAlgorithm::Sha256)
    };
    assert_eq!(
        world.proves(&world.token(&early, &world.tsa), BYTES),
        Err(TimeStampError::OutsideValidity)
    );
    let ahead = TstInfo {
        gen_time: NOW.plus(301),
        ..world.info(HashAlgorithm::Sha256)
    };
    assert_eq!(
        world.proves(&world.token(&ahead, &world.tsa), BYTES),
        Err(TimeStampError::InTheFuture)
    );
}

#[test]
fn a_token_without_its_certificate_is_verified_by_one_at_hand() {
    let world = World::new(KeyFamily::Rsa);
    let info = world.info(HashAlgorithm::Sha256).der();
    let algorithm = world.tsa_key.algorithm();
    let digest = hash(algorithm.hash(), &info);
    let spec = SignedAttributesSpec {
        family: OidFamily::Pkcs7,
        algorithm,
        content_digest: &digest,
        certificate: &world.tsa,
        signing_time: None,
        custom: Vec::new(),
    };
    let attributes = signed_attributes(&spec);
    let signature = world.tsa_key.sign(&attributes).expect("signature");
    let der = assemble(&spec, &info, &attributes, &signature, None);
    assert_eq!(
        world.proves(&der, BYTES),
        Err(TimeStampError::CertificateMissing)
    );
    let token = TimeStampToken::from_der(&der).expect("readable");
    let mut trust = world.trust.clone();
    trust.intermediates.push(world.tsa.clone());
    assert!(token.verify(BYTES, &trust, NOW).is_ok());
}

#[test]
fn requests_and_refusals_come_back_as_they_were_written() {
    let request = TimeStampRequest {
        imprint: MessageImprint::of(HashAlgorithm::Sm3, BYTES),
        policy: Some(oid::YINXIN_DEMO_TIME_STAMP_POLICY),
        nonce: Some(vec![0xff; 8]),
        certificate: true,
        has_extensions: false,
    };
    assert_eq!(
        TimeStampRequest::from_der(&request.der()),
        Ok(request.clone())
    );
    assert!(TimeStampRequest::from_der(&[request.der(), vec![0]].concat()).is_err());
    assert!(matches!(
        TimeStampRequest::from_der(&vec![0x30; 8 * 1024 + 1]),
        Err(ParseError::TooLarge { .. })
    ));
    // An imprint of another length than its hash has.
    let short = TimeStampRequest {
        imprint: MessageImprint {
            algorithm: HashAlgorithm::Sha512,
            digest: vec![0; 32],
        },
        ..request
    };
    assert!(TimeStampRequest::from_der(&short.der()).is_err());

    for failure in [
        FailureInfo::BadAlg,
        FailureInfo::BadDataFormat,
        FailureInfo::UnacceptedPolicy,
        FailureInfo::SystemFailure,
    ] {
        let response = TimeStampResponse::from_der(&rejected(failure, "不行")).expect("readable");
        assert_eq!(response.status, PkiStatus::Rejection);
        assert_eq!(response.failure, Some(failure));
        assert_eq!(response.texts, ["不行"]);
        assert!(response.token.is_none());
    }
}

#[test]
fn a_grant_without_a_token_or_a_token_with_other_content_is_refused() {
    assert!(TimeStampResponse::from_der(&granted(&[])).is_err());
    let world = World::new(KeyFamily::P256);
    let token = world.token(&world.info(HashAlgorithm::Sha256), &world.tsa);
    assert!(TimeStampResponse::from_der(&granted(&token)).is_ok());
    assert!(TimeStampResponse::from_der(&[granted(&token), vec![0]].concat()).is_err());
    // A signed document is no time stamp, whoever signed it.
    let digest = hash(HashAlgorithm::Sha256, BYTES);
    let spec = SignedAttributesSpec {
        family: OidFamily::Pkcs7,
        algorithm: world.tsa_key.algorithm(),
        content_digest: &digest,
        certificate: &world.tsa,
        signing_time: None,
        custom: Vec::new(),
    };
    let attributes = pki::cms::signed_attributes(&spec);
    let signature = world.tsa_key.sign(&attributes).expect("signature");
    let cms = pki::cms::assemble_attached(&spec, BYTES, &attributes, &signature, &[]);
    assert!(TimeStampToken::from_der(&cms).is_err());
}

#[test]
fn a_fraction_of_a_second_is_read_in_its_one_form() {
    let world = World::new(KeyFamily::P256);
    let der = world.info(HashAlgorithm::Sha256).der();
    let at = der
        .windows(17)
        .position(|w| w.starts_with(&[tag::GENERALIZED_TIME, 15]))
        .expect("genTime");
    let with = |text: &str| {
        let time = write::element(tag::GENERALIZED_TIME, text.as_bytes());
        let whole = [&der[..at], &time, &der[at + 17..]].concat();
        let inside = pki::asn1::Element::parse(&der, "").unwrap();
        let header = der.len() - inside.value().len();
        TstInfo::from_der(&write::element(tag::SEQUENCE, &whole[header..]))
            .map(|info| info.gen_time)
    };
    assert_eq!(with("20261122000000Z"), Ok(NOW));
    assert_eq!(with("20261122000000.25Z"), Ok(NOW));
    for text in [
        "20261122000000.Z",
        "20261122000000.250Z",
        "20261122000000.2",
        "20261122000000.x1Z",
    ] {
        assert!(with(text).is_err(), "{text}");
    }
}

fn proves_anything(world: &World, der: &[u8]) -> bool {
    TimeStampToken::from_der(der).is_ok_and(|token| token.verify(BYTES, &world.trust, NOW).is_ok())
}

#[test]
fn no_changed_octet_of_what_is_signed_leaves_a_proof_of_another_time() {
    let world = World::new(KeyFamily::P256);
    let good = world.token(&world.info(HashAlgorithm::Sha256), &world.tsa);
    assert!(proves_anything(&world, &good));
    for index in 0..good.len() {
        let mut bytes = good.clone();
        bytes[index] ^= 0x01;
        if let Ok(token) = TimeStampToken::from_der(&bytes)
            && let Ok(verified) = token.verify(BYTES, &world.trust, NOW)
        {
            // What is not signed (a version) may differ; what it says may not.
            assert_eq!(verified.gen_time, NOW, "octet {index}");
            assert_eq!(token.info(), &world.info(HashAlgorithm::Sha256));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_octets_at_all_panic_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = TimeStampRequest::from_der(&bytes);
        let _ = TimeStampResponse::from_der(&bytes);
        let _ = TimeStampToken::from_der(&bytes);
        let _ = TstInfo::from_der(&bytes);
    }
}
