//! What a client asks: `TimeStampReq` (RFC 3161 §2.4.1).

use super::info::{MessageImprint, integer};
use crate::asn1::{Element, tag, write};
use crate::{Oid, ParseError};

const WHAT: &str = "time-stamp request";
/// The largest request that is read, in bytes.
const MAX_DER: usize = 8 * 1024;

/// A request for a time stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampRequest {
    /// The digest of what is to be stamped.
    pub imprint: MessageImprint,
    /// The policy that the client wants, where it wants a certain one.
    pub policy: Option<Oid>,
    /// The magnitude of the client's nonce.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate is to come along.
    pub certificate: bool,
    /// Whether extensions stand in it; none is understood here.
    pub has_extensions: bool,
}

impl TimeStampRequest {
    /// Reads one DER TimeStampReq of at most 8 KiB.
    ///
    /// # Errors
    /// [`ParseError::UnsupportedAlgorithm`] for a hash that is not stamped here; else what is malformed.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > MAX_DER {
            return Err(ParseError::TooLarge {
                what: WHAT,
                limit: MAX_DER,
            });
        }
        let mut fields = Element::parse(der, WHAT)?.sequence(WHAT)?;
        if fields.required()?.small_integer(WHAT)? != 1 {
            return Err(ParseError::Version(WHAT));
        }
        let imprint = MessageImprint::read(&fields.required()?)?;
        let policy = fields
            .optional(tag::OID)?
            .map(|policy| policy.oid())
            .transpose()?;
        let nonce = fields
            .optional(tag::INTEGER)?
            .map(|nonce| integer(&nonce))
            .transpose()?;
        let certificate = match fields.optional(tag::BOOLEAN)? {
            Some(wanted) => wanted.boolean(WHAT)?,
            None => false,
        };
        let has_extensions = fields.optional(tag::context_constructed(0))?.is_some();
        fields.finish()?;
        Ok(Self {
            imprint,
            policy,
            nonce,
            certificate,
            has_extensions,
        })
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let policy = self.policy.as_ref().map_or_else(Vec::new, write::oid);
        let nonce = self
            .nonce
            .as_ref()
            .map_or_else(Vec::new, |nonce| write::unsigned_integer(nonce));
        let certificate = if self.certificate {
            write::boolean(true)
        } else {
            Vec::new()
        };
        write::sequence(&[
            &write::integer(1),
            &self.imprint.der(),
            &policy,
            &nonce,
            &certificate,
        ])
    }
}
