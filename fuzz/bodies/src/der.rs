//! DER: what is read keeps its octets, and nothing stands under a key that did not sign it.

use pki::cms::{self, SignedData};
use pki::crl::{self, Crl};
use pki::ocsp::{BasicResponse, OcspRequest, OcspResponse};
use pki::path::TrustStore;
use pki::pkcs10::CertificationRequest;
use pki::tsp::{TimeStampRequest, TimeStampResponse, TimeStampToken};
use pki::{Certificate, UnixTime};

const NOW: UnixTime = UnixTime(1_795_348_800);

/// RFC 5280 §4.
pub fn certificate(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return false;
    };
    assert_eq!(certificate.der(), der);
    let _ = certificate.verify_signature(certificate.public_key());
    let _ = (certificate.subject().rfc4514(), certificate.serial_hex());
    let _ = (certificate.key_usage(), certificate.extended_key_usage());
    let _ = (
        certificate.policies(),
        certificate.crl_urls(),
        certificate.ocsp_urls(),
    );
    let _ = (
        certificate.skid(),
        certificate.akid(),
        certificate.announces_revocation(),
    );
    for extension in certificate.extensions() {
        let _ = certificate.extension_text(extension.oid());
    }
    true
}

/// RFC 2986.
pub fn request(der: &[u8]) -> bool {
    let Ok(request) = CertificationRequest::from_der(der) else {
        return false;
    };
    assert_eq!(request.der(), der);
    let _ = request.verify();
    true
}

/// RFC 5280 §5.
pub fn crl(der: &[u8]) -> bool {
    let Ok(list) = Crl::from_der(der) else {
        return false;
    };
    assert_eq!(list.der(), der);
    let _ = (list.issuer().rfc4514(), list.next_update(), list.number());
    assert!(list.revoked().len() <= der.len());
    true
}

/// RFC 6960: question, answer, and the answer's inside. The first octet says which.
pub fn ocsp(input: &[u8]) -> bool {
    let Some((which, der)) = input.split_first() else {
        return false;
    };
    match which % 3 {
        0 => OcspRequest::from_der(der).is_ok(),
        1 => OcspResponse::from_der(der).is_ok(),
        _ => BasicResponse::from_der(der).is_ok_and(|response| {
            assert_eq!(response.der(), der);
            for certificate in response.certificates() {
                let _ = certificate.public_key().verify(
                    response.algorithm(),
                    response.tbs_der(),
                    response.signature(),
                );
            }
            true
        }),
    }
}

/// RFC 3161: question, answer, token. The first octet says which.
pub fn tsp(input: &[u8]) -> bool {
    let Some((which, der)) = input.split_first() else {
        return false;
    };
    match which % 3 {
        0 => TimeStampRequest::from_der(der).is_ok(),
        1 => TimeStampResponse::from_der(der).is_ok(),
        _ => TimeStampToken::from_der(der).is_ok_and(|token| {
            let digest = token.info().imprint.digest.clone();
            let judged = token.verify_digest(&digest, &TrustStore::default(), NOW);
            assert!(judged.is_err(), "a time without a trusted anchor");
            true
        }),
    }
}

/// RFC 5652, GM/T 0010.
pub fn cms(der: &[u8]) -> bool {
    let Ok(signed) = SignedData::from_der(der) else {
        return false;
    };
    for signer in signed.signers() {
        let _ = signer.signed_attributes_der();
        let _ = (signer.content_type(), signer.signing_time());
        let Some(certificate) = signed.certificate_of(signer) else {
            continue;
        };
        let digest = signer.message_digest().unwrap_or_default();
        let _ = signer.verify(digest, certificate);
        let _ = crl::status(certificate, certificate, &[], NOW);
    }
    // The attribute may stand there twice now, which the strict reader refuses: then it says so.
    if let Ok(stamped) = cms::with_time_stamp(der, &[0x30, 0x00]) {
        let _ = SignedData::from_der(&stamped);
    }
    true
}
