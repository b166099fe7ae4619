//! The Online Certificate Status Protocol (RFC 6960, nonce RFC 9654): requests, responses, and what a
//! response says about a certificate.
//!
//! Only the subject's own issuer or its delegate counts: a response is held against the issuer that path
//! validation found, never against whatever a response brings along. *Good*, *revoked*, *unknown* and *no
//! evidence* are four answers, and the last one says why.
//!
//! | module | what |
//! |---|---|
//! | [`CertId`] | which certificate is meant (§4.1.1) |
//! | [`OcspRequest`] | what a client asks |
//! | [`OcspResponse`] | what a responder said, as it came |
//! | [`answer`] | what that is worth for a subject and its issuer at a time |
//! | [`ResponseData`] | what a responder is about to sign |

mod answer;
mod build;
mod cert_id;
mod request;
mod response;

pub use answer::{OcspAnswer, Question, WhyNoEvidence, answer, status};
pub use build::{ResponseData, assemble, unsuccessful};
pub use cert_id::{CertId, CertIdHash, key_hash};
pub use request::OcspRequest;
pub use response::{BasicResponse, CertStatus, OcspResponse, ResponderId, ResponseStatus, Single};

/// RFC 9654 §2.1: a nonce has 1 to 128 octets.
pub const MAX_NONCE: usize = 128;
/// RFC 9654 §2.1: a client sends at least this many octets.
pub const NONCE: usize = 32;

/// The octets of a nonce extension. RFC 9654 §2.1: an OCTET STRING of 1 to 128 octets inside extnValue.
/// Clients before RFC 6960 put the octets there bare; those are not read.
fn read_nonce(value: &[u8]) -> Result<Vec<u8>, crate::ParseError> {
    const WHAT: &str = "OCSP nonce";
    let nonce = crate::asn1::Element::parse(value, WHAT)?.octet_string(WHAT)?;
    if nonce.is_empty() || nonce.len() > MAX_NONCE {
        return Err(crate::ParseError::Malformed(WHAT));
    }
    Ok(nonce.to_vec())
}
