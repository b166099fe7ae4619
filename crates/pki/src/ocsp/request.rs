//! What a client asks: `OCSPRequest` (RFC 6960 §4.1).

use super::{CertId, read_nonce};
use crate::asn1::{Element, tag, write};
use crate::extensions::read_list;
use crate::{ParseError, oid};

const WHAT: &str = "OCSP request";
/// The largest request that is read, in bytes.
const MAX_DER: usize = 16 * 1024;
/// Certificates asked for at once.
const MAX_REQUESTS: usize = 32;

/// A request. A signature on it is passed over, as §4.1.2 allows a responder: nothing here depends on
/// who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    ids: Vec<CertId>,
    nonce: Option<Vec<u8>>,
    unknown_critical: bool,
}

impl OcspRequest {
    /// Reads one DER request of at most 16 KiB, for at most 32 certificates.
    ///
    /// # Errors
    /// [`ParseError`]; a nonce that is not 1 to 128 octets among them (RFC 9654 §2.1: *malformedRequest*).
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > MAX_DER {
            return Err(ParseError::TooLarge {
                what: WHAT,
                limit: MAX_DER,
            });
        }
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let tbs = outer.required()?;
        let _signature = outer.optional(tag::context_constructed(0))?;
        outer.finish()?;

        let mut fields = tbs.sequence(WHAT)?;
        if let Some(version) = fields.optional(tag::context_constructed(0))?
            && version.explicit(0, WHAT)?.small_integer(WHAT)? != 0
        {
            return Err(ParseError::Version(WHAT));
        }
        let _requestor = fields.optional(tag::context_constructed(1))?;
        let mut list = fields.required()?.sequence(WHAT)?;
        let mut ids = Vec::new();
        let mut unknown_critical = false;
        while let Some(request) = list.next()? {
            if ids.len() == MAX_REQUESTS {
                return Err(ParseError::TooMany {
                    what: WHAT,
                    limit: MAX_REQUESTS,
                });
            }
            let mut request = request.sequence(WHAT)?;
            ids.push(CertId::read(&request.required()?)?);
            if let Some(extensions) = request.optional(tag::context_constructed(0))? {
                unknown_critical |= read_list(&extensions.explicit(0, WHAT)?)?
                    .iter()
                    .any(crate::Extension::critical);
            }
            request.finish()?;
        }
        if ids.is_empty() {
            return Err(ParseError::Malformed(WHAT));
        }
        let mut nonce = None;
        if let Some(extensions) = fields.optional(tag::context_constructed(2))? {
            for extension in read_list(&extensions.explicit(2, WHAT)?)? {
                match *extension.oid() {
                    oid::OCSP_NONCE => nonce = Some(read_nonce(extension.value())?),
                    // What the client would like to be answered with; we have one way.
                    oid::OCSP_RESPONSE_TYPES | oid::OCSP_PREFERRED_ALGORITHMS => {}
                    _ => unknown_critical |= extension.critical(),
                }
            }
        }
        fields.finish()?;
        Ok(Self {
            ids,
            nonce,
            unknown_critical,
        })
    }

    /// The DER of a request for these certificates, with a nonce where one is given.
    #[must_use]
    pub fn build(ids: &[CertId], nonce: Option<&[u8]>) -> Vec<u8> {
        let requests: Vec<Vec<u8>> = ids.iter().map(|id| write::sequence(&[&id.der()])).collect();
        let list = write::element(tag::SEQUENCE, &requests.concat());
        let extensions = nonce.map_or_else(Vec::new, |nonce| {
            write::explicit(2, &write::sequence(&[&nonce_extension(nonce)]))
        });
        write::sequence(&[&write::sequence(&[&list, &extensions])])
    }

    /// The certificates asked for; at least one.
    #[must_use]
    pub fn ids(&self) -> &[CertId] {
        &self.ids
    }

    /// The nonce, where the client sent one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether a critical extension stands in it that is not understood here.
    #[must_use]
    pub const fn has_unknown_critical_extension(&self) -> bool {
        self.unknown_critical
    }
}

/// id-pkix-ocsp-nonce with these octets; not critical, in requests and responses alike.
pub(super) fn nonce_extension(nonce: &[u8]) -> Vec<u8> {
    let value = write::octet_string(nonce);
    write::sequence(&[&write::oid(&oid::OCSP_NONCE), &write::octet_string(&value)])
}
