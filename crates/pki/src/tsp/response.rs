//! A token, or why there is none: `TimeStampResp` (RFC 3161 §2.4.2).

use super::TimeStampToken;
use crate::ParseError;
use crate::asn1::{Element, Elements, tag, write};

const WHAT: &str = "time-stamp response";
/// The largest response that is read, in bytes.
const MAX_DER: usize = 1024 * 1024;
/// Lines of PKIFreeText that are read.
const MAX_TEXTS: usize = 8;

/// PKIStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The standard's own names.
pub enum PkiStatus {
    Granted,
    GrantedWithMods,
    Rejection,
    Waiting,
    RevocationWarning,
    RevocationNotification,
}

impl PkiStatus {
    const ALL: [Self; 6] = [
        Self::Granted,
        Self::GrantedWithMods,
        Self::Rejection,
        Self::Waiting,
        Self::RevocationWarning,
        Self::RevocationNotification,
    ];
}

/// PKIFailureInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The standard's own names.
pub enum FailureInfo {
    BadAlg,
    BadRequest,
    BadDataFormat,
    TimeNotAvailable,
    UnacceptedPolicy,
    UnacceptedExtension,
    AddInfoNotAvailable,
    SystemFailure,
}

impl FailureInfo {
    const ALL: [(usize, Self); 8] = [
        (0, Self::BadAlg),
        (2, Self::BadRequest),
        (5, Self::BadDataFormat),
        (14, Self::TimeNotAvailable),
        (15, Self::UnacceptedPolicy),
        (16, Self::UnacceptedExtension),
        (17, Self::AddInfoNotAvailable),
        (25, Self::SystemFailure),
    ];

    fn bit(self) -> usize {
        Self::ALL
            .iter()
            .find(|(_, failure)| *failure == self)
            .map_or(25, |(bit, _)| *bit)
    }
}

/// A response as it came.
#[derive(Debug, Clone)]
pub struct TimeStampResponse {
    /// What became of the request.
    pub status: PkiStatus,
    /// Why there is no token; the first that is known here.
    pub failure: Option<FailureInfo>,
    /// What the authority says to a person. Not signed, not trusted.
    pub texts: Vec<String>,
    /// The token; there where the status is granted, and only there.
    pub token: Option<TimeStampToken>,
}

impl TimeStampResponse {
    /// Reads one DER TimeStampResp of at most 1 MiB.
    ///
    /// # Errors
    /// [`ParseError`]; a token beside a rejection, or a grant without one, among them.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > MAX_DER {
            return Err(ParseError::TooLarge {
                what: WHAT,
                limit: MAX_DER,
            });
        }
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let mut info = outer.required()?.sequence(WHAT)?;
        let code = info.required()?.small_integer(WHAT)?;
        let status = usize::try_from(code)
            .ok()
            .and_then(|code| PkiStatus::ALL.get(code).copied())
            .ok_or(ParseError::Malformed(WHAT))?;
        let texts = match info.optional(tag::SEQUENCE)? {
            Some(texts) => read_texts(texts.sequence(WHAT)?)?,
            None => Vec::new(),
        };
        let failure = match info.optional(tag::BIT_STRING)? {
            Some(bits) => {
                let octets = bits.named_bits(4, WHAT)?;
                FailureInfo::ALL
                    .into_iter()
                    .find(|(bit, _)| {
                        octets
                            .get(bit / 8)
                            .is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0)
                    })
                    .map(|(_, failure)| failure)
            }
            None => None,
        };
        info.finish()?;
        let token = outer
            .next()?
            .map(|token| TimeStampToken::from_der(token.raw()))
            .transpose()?;
        outer.finish()?;
        let granted = matches!(status, PkiStatus::Granted | PkiStatus::GrantedWithMods);
        if granted != token.is_some() {
            return Err(ParseError::Malformed(WHAT));
        }
        Ok(Self {
            status,
            failure,
            texts,
            token,
        })
    }
}

fn read_texts(mut elements: Elements<'_>) -> Result<Vec<String>, ParseError> {
    let mut texts = Vec::new();
    while let Some(text) = elements.next()? {
        if texts.len() == MAX_TEXTS {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_TEXTS,
            });
        }
        texts.push(text.text().ok_or(ParseError::Malformed(WHAT))?);
    }
    Ok(texts)
}

/// The DER TimeStampResp around a token.
#[must_use]
pub fn granted(token: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::sequence(&[&write::integer(0)]), token])
}

/// The DER TimeStampResp that says why there is no token, with a text for a person.
#[must_use]
pub fn rejected(failure: FailureInfo, text: &str) -> Vec<u8> {
    let mut bits = [false; 26];
    bits[failure.bit()] = true;
    write::sequence(&[&write::sequence(&[
        &write::integer(2),
        &write::sequence(&[&write::utf8_string(text)]),
        &write::named_bits(&bits),
    ])])
}
