//! Damaged input: no decoder panics, and nothing that is signed verifies after a change to what was signed.
//! Every octet of a certificate, a list, a request and a SignedData is changed in several ways.

mod support;

use pki::asn1::write;
use pki::cms::{OidFamily, SignedAttributesSpec, SignedData, assemble, signed_attributes};
use pki::crl::{Crl, RevocationStatus, status};
use pki::path::{TrustStore, Usage, validate};
use pki::pkcs10::{self, CertificationRequest};
use pki::{Certificate, HashAlgorithm, KeyFamily, Name, PublicKey, Signer, SoftwareKey, hash, oid};
use proptest::prelude::*;
use support::{Build, BuildCrl, NOW, key, name};

const CONTENT: &[u8] = b"content";

/// Every single-octet change from a small set, every truncation, and an inserted octet at each place.
fn mutations(good: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..good.len()).flat_map(move |index| {
        let flipped = [0x01, 0x80, 0xff].into_iter().map(move |mask| {
            let mut bytes = good.to_vec();
            bytes[index] ^= mask;
            bytes
        });
        let inserted = {
            let mut bytes = good.to_vec();
            bytes.insert(index, 0);
            bytes
        };
        flipped.chain([good[..index].to_vec(), inserted])
    })
}

fn ca() -> (SoftwareKey, Certificate) {
    let key = key(KeyFamily::Sm2);
    let certificate = Build::ca("ca", "ca", &key, None).signed_by(&key);
    (key, certificate)
}

#[test]
fn no_changed_certificate_verifies_or_finds_a_path() {
    let (ca_key, ca) = ca();
    let person = key(KeyFamily::Sm2);
    let good = Build::leaf("leaf", "ca", &person)
        .announcing("http://example.test/ca.crl")
        .der(&ca_key);
    let trust = TrustStore {
        anchors: vec![ca],
        ..TrustStore::default()
    };
    let accepted = |der: &[u8]| {
        Certificate::from_der(der)
            .is_ok_and(|leaf| validate(&leaf, &[], &trust, NOW, Usage::Login).is_ok())
    };
    assert!(accepted(&good));
    for changed in mutations(&good) {
        assert!(!accepted(&changed), "{}", hex::encode(&changed));
    }
}

#[test]
fn no_changed_list_is_evidence() {
    let (ca_key, ca) = ca();
    let person = key(KeyFamily::Sm2);
    let leaf = Build::leaf("leaf", "ca", &person)
        .announcing("http://example.test/ca.crl")
        .signed_by(&ca_key);
    let good = BuildCrl::of("ca").revoking(leaf.serial()).der(&ca_key);
    let answer = |der: &[u8]| match Crl::from_der(der) {
        Ok(crl) => status(&leaf, &ca, &[crl], NOW),
        Err(_) => RevocationStatus::NotAnnounced,
    };
    assert!(matches!(answer(&good), RevocationStatus::Revoked { .. }));
    for changed in mutations(&good) {
        assert!(
            matches!(
                answer(&changed),
                RevocationStatus::NotAnnounced | RevocationStatus::Undetermined(_)
            ),
            "{}",
            hex::encode(&changed)
        );
    }
}

#[test]
fn no_changed_request_proves_possession() {
    let own = key(KeyFamily::Sm2);
    let good = pkcs10::build(&name("me"), own.public_key(), |info| own.sign(info)).expect("built");
    let accepted =
        |der: &[u8]| CertificationRequest::from_der(der).is_ok_and(|r| r.verify().is_ok());
    assert!(accepted(&good));
    for changed in mutations(&good) {
        assert!(!accepted(&changed), "{}", hex::encode(&changed));
    }
}

/// Outside what is signed a SignedData can change (its version, its bag of certificates); whatever still
/// verifies has the same attributes, the same digest and the same signature.
#[test]
fn a_changed_signed_data_verifies_only_where_nothing_that_is_signed_changed() {
    let (ca_key, _) = ca();
    let person = key(KeyFamily::Sm2);
    let certificate = Build::leaf("leaf", "ca", &person).signed_by(&ca_key);
    let digest = hash(HashAlgorithm::Sm3, CONTENT);
    let spec = SignedAttributesSpec {
        family: OidFamily::Gm,
        algorithm: person.algorithm(),
        content_digest: &digest,
        certificate: &certificate,
        signing_time: Some(NOW),
        custom: vec![(oid::YINXIN_SEAL_INTENT, write::utf8_string("shown"))],
    };
    let attributes = signed_attributes(&spec);
    let signature = person.sign(&attributes).expect("signature");
    let good = assemble(&spec, &attributes, &signature, &[]);
    let mut still_stood = 0;
    for changed in mutations(&good) {
        let Ok(data) = SignedData::from_der(&changed) else {
            continue;
        };
        for signer in data.signers() {
            if signer.verify(&digest, &certificate).is_ok() {
                assert_eq!(signer.signed_attributes_der().as_ref(), Some(&attributes));
                assert_eq!(signer.signature(), signature);
                still_stood += 1;
            }
        }
    }
    assert!(still_stood > 0, "the version, for one, is not signed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_octets_panic_no_decoder(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_all(&bytes);
    }

    /// Octets that are DER at least, so that decoders come farther.
    #[test]
    fn arbitrary_der_panics_no_decoder(bytes in der(5)) {
        decode_all(&bytes);
    }

    #[test]
    fn a_flipped_bit_of_a_message_or_signature_never_verifies(
        message in prop::collection::vec(any::<u8>(), 1..64),
        position in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let key = SoftwareKey::from_pkcs8_pem(KEY.get_or_init(new_key)).expect("key");
        let signature = key.sign(&message).expect("signature");
        let verify = |message: &[u8], signature: &[u8]| {
            key.public_key().verify(key.algorithm(), message, signature)
        };
        prop_assert_eq!(verify(&message, &signature), Ok(()));
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let index = position.index(bytes.len());
            bytes[index] ^= 1 << bit;
            bytes
        };
        prop_assert!(verify(&flip(&message), &signature).is_err());
        prop_assert!(verify(&message, &flip(&signature)).is_err());
    }
}

static KEY: std::sync::OnceLock<String> = std::sync::OnceLock::new();

fn new_key() -> String {
    key(KeyFamily::Sm2)
        .danger_to_pkcs8_pem()
        .expect("pem")
        .to_string()
}

fn der(depth: u32) -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::sample::select(vec![1u8, 2, 3, 4, 5, 6, 10, 12, 19, 23, 24, 0x80, 0x81]);
    let leaf = (tags, prop::collection::vec(any::<u8>(), 0..12))
        .prop_map(|(tag, contents)| write::element(tag, &contents));
    let constructed = prop::sample::select(vec![0x30u8, 0x31, 0xa0, 0xa1, 0xa3]);
    leaf.prop_recursive(depth, 64, 6, move |inner| {
        (constructed.clone(), prop::collection::vec(inner, 0..6))
            .prop_map(|(tag, parts)| write::element(tag, &parts.concat()))
    })
}

fn decode_all(bytes: &[u8]) {
    let _ = Certificate::from_der(bytes);
    let _ = Crl::from_der(bytes);
    let _ = SignedData::from_der(bytes);
    let _ = CertificationRequest::from_der(bytes);
    let _ = PublicKey::from_spki_der(bytes);
    let _ = SoftwareKey::from_pkcs8_der(bytes);
    if let Ok(name) = Name::from_der(bytes) {
        let _ = name.rfc4514();
    }
    let _ = pki::ec_signature_to_raw(bytes, 32);
    let _ = pki::ec_signature_from_raw(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        let _ = Certificate::many_from_pem(text);
    }
}
