//! What a responder is about to sign, and the response around the signature.

use super::response::{CertStatus, ResponseStatus, Single};
use super::{key_hash, request::nonce_extension};
use crate::asn1::{tag, write};
use crate::crl::RevocationReason;
use crate::{Certificate, PublicKey, SignatureAlgorithm, UnixTime, oid};

/// `ResponseData` (RFC 6960 §4.2.1) of a responder that names itself by the hash of its key: shorter than
/// its name, and independent of how that is written.
#[derive(Debug, Clone)]
pub struct ResponseData<'a> {
    /// The responder's key.
    pub responder: &'a PublicKey,
    /// producedAt.
    pub produced_at: UnixTime,
    /// What is said, certificate by certificate.
    pub singles: &'a [Single],
    /// The nonce of the request, where it had one.
    pub nonce: Option<&'a [u8]>,
}

impl ResponseData<'_> {
    /// The DER: what the responder signs.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let singles: Vec<Vec<u8>> = self.singles.iter().map(single).collect();
        let extensions = self.nonce.map_or_else(Vec::new, |nonce| {
            write::explicit(1, &write::sequence(&[&nonce_extension(nonce)]))
        });
        write::sequence(&[
            &write::explicit(2, &write::octet_string(&key_hash(self.responder))),
            &self.produced_at.to_generalized_time(),
            &write::element(tag::SEQUENCE, &singles.concat()),
            &extensions,
        ])
    }
}

/// The DER OCSPResponse around a signature over [`ResponseData::der`], with the responder's certificate
/// where it is a delegate's.
#[must_use]
pub fn assemble(
    tbs: &[u8],
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    delegate: Option<&Certificate>,
) -> Vec<u8> {
    let certificates = delegate.map_or_else(Vec::new, |certificate| {
        write::explicit(0, &write::sequence(&[certificate.der()]))
    });
    let basic = write::sequence(&[
        tbs,
        &algorithm.identifier(),
        &write::bit_string(signature),
        &certificates,
    ]);
    let bytes = write::sequence(&[&write::oid(&oid::OCSP_BASIC), &write::octet_string(&basic)]);
    write::sequence(&[
        &status(ResponseStatus::Successful),
        &write::explicit(0, &bytes),
    ])
}

/// The DER OCSPResponse that says why there is no answer. It is not signed (§2.3).
#[must_use]
pub fn unsuccessful(why: ResponseStatus) -> Vec<u8> {
    write::sequence(&[&status(why)])
}

fn status(status: ResponseStatus) -> Vec<u8> {
    write::element(tag::ENUMERATED, &[status.code()])
}

fn single(single: &Single) -> Vec<u8> {
    let status = match single.status {
        CertStatus::Good => write::element(tag::context(0), &[]),
        CertStatus::Unknown => write::element(tag::context(2), &[]),
        CertStatus::Revoked { at, reason } => {
            let code = if reason == RevocationReason::Unspecified {
                Vec::new()
            } else {
                write::explicit(0, &write::element(tag::ENUMERATED, &[reason.code()]))
            };
            write::constructed(
                tag::context_constructed(1),
                &[&at.to_generalized_time(), &code],
            )
        }
    };
    let next_update = single.next_update.map_or_else(Vec::new, |time| {
        write::explicit(0, &time.to_generalized_time())
    });
    write::sequence(&[
        &single.id.der(),
        &status,
        &single.this_update.to_generalized_time(),
        &next_update,
    ])
}
