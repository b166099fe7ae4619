//! What an authority signs: `TSTInfo` (RFC 3161 §2.4.2).

use crate::algorithm::algorithm_oid;
use crate::asn1::{Element, Elements, tag, write};
use crate::extensions::read_list;
use crate::{HashAlgorithm, Oid, ParseError, UnixTime, hash};

const WHAT: &str = "TSTInfo";
/// Octets of a serial or a nonce: RFC 3161 asks for up to 160 bits of a serial; nonces in use are shorter.
const MAX_INTEGER: usize = 64;

/// `MessageImprint`: the digest of what is stamped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageImprint {
    /// The hash.
    pub algorithm: HashAlgorithm,
    /// The digest, as long as the hash says.
    pub digest: Vec<u8>,
}

impl MessageImprint {
    /// The imprint of these bytes.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        Self {
            algorithm,
            digest: hash(algorithm, bytes),
        }
    }

    pub(super) fn read(element: &Element<'_>) -> Result<Self, ParseError> {
        const WHAT: &str = "messageImprint";
        let mut fields = element.sequence(WHAT)?;
        let oid = algorithm_oid(&fields.required()?, WHAT)?;
        let algorithm =
            HashAlgorithm::from_oid(&oid).ok_or_else(|| ParseError::UnsupportedAlgorithm {
                what: WHAT,
                oid: oid.to_string(),
            })?;
        let digest = fields.required()?.octet_string(WHAT)?.to_vec();
        fields.finish()?;
        if digest.len() != algorithm.output_len() {
            return Err(ParseError::Malformed(WHAT));
        }
        Ok(Self { algorithm, digest })
    }

    /// The DER. NULL parameters stand after SHA-2, as clients write and compare them.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        write::sequence(&[
            &write::sequence(&[&write::oid(&self.algorithm.oid()), &write::null()]),
            &write::octet_string(&self.digest),
        ])
    }
}

/// `Accuracy`: how far genTime may be from the truth, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accuracy {
    /// Whole seconds.
    pub seconds: u32,
    /// 0 to 999.
    pub millis: u32,
    /// 0 to 999.
    pub micros: u32,
}

impl Accuracy {
    fn read(element: &Element<'_>) -> Result<Self, ParseError> {
        const WHAT: &str = "accuracy";
        let mut fields = element.sequence(WHAT)?;
        let mut out = Self::default();
        if let Some(seconds) = fields.optional(tag::INTEGER)? {
            out.seconds = seconds.small_integer(WHAT)?;
        }
        out.millis = thousandths(&mut fields, 0)?;
        out.micros = thousandths(&mut fields, 1)?;
        fields.finish()?;
        Ok(out)
    }

    fn der(self) -> Vec<u8> {
        let part = |number: u8, value: u32| {
            if value == 0 {
                return Vec::new();
            }
            let mut element = write::integer(u64::from(value));
            element[0] = tag::context(number);
            element
        };
        let seconds = if self.seconds == 0 {
            Vec::new()
        } else {
            write::integer(u64::from(self.seconds))
        };
        write::sequence(&[&seconds, &part(0, self.millis), &part(1, self.micros)])
    }
}

/// `[number] IMPLICIT INTEGER (1..999)`.
fn thousandths(fields: &mut Elements<'_>, number: u8) -> Result<u32, ParseError> {
    const WHAT: &str = "accuracy";
    let Some(element) = fields.optional(tag::context(number))? else {
        return Ok(0);
    };
    let integer = write::element(tag::INTEGER, element.value());
    match Element::parse(&integer, WHAT)?.small_integer(WHAT)? {
        value @ 1..=999 => Ok(value),
        _ => Err(ParseError::Malformed(WHAT)),
    }
}

/// What a time stamp says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// Under which policy it was made.
    pub policy: Oid,
    /// What was stamped.
    pub imprint: MessageImprint,
    /// The serial's magnitude, unique for the authority.
    pub serial: Vec<u8>,
    /// genTime; a fraction of a second is cut off.
    pub gen_time: UnixTime,
    /// How exact genTime is; absent where the policy says it.
    pub accuracy: Option<Accuracy>,
    /// Whether two stamps of the authority are always ordered by genTime.
    pub ordering: bool,
    /// The nonce of the request, as its magnitude.
    pub nonce: Option<Vec<u8>>,
}

impl TstInfo {
    /// Reads one DER TSTInfo.
    ///
    /// # Errors
    /// [`ParseError`]; a critical extension is refused, as none is understood here.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Element::parse(der, WHAT)?.sequence(WHAT)?;
        if fields.required()?.small_integer(WHAT)? != 1 {
            return Err(ParseError::Version(WHAT));
        }
        let policy = fields.oid()?;
        let imprint = MessageImprint::read(&fields.required()?)?;
        let serial = integer(&fields.required()?)?;
        let gen_time = gen_time(&fields.required()?)?;
        let accuracy = fields
            .optional(tag::SEQUENCE)?
            .map(|accuracy| Accuracy::read(&accuracy))
            .transpose()?;
        let ordering = match fields.optional(tag::BOOLEAN)? {
            Some(ordering) => ordering.boolean(WHAT)?,
            None => false,
        };
        let nonce = fields
            .optional(tag::INTEGER)?
            .map(|nonce| integer(&nonce))
            .transpose()?;
        let _tsa = fields.optional(tag::context_constructed(0))?;
        if let Some(extensions) = fields.optional(tag::context_constructed(1))? {
            let list = write::element(tag::SEQUENCE, extensions.value());
            let list = read_list(&Element::parse(&list, WHAT)?)?;
            if list.iter().any(crate::Extension::critical) {
                return Err(ParseError::Malformed("critical extension of a TSTInfo"));
            }
        }
        fields.finish()?;
        Ok(Self {
            policy,
            imprint,
            serial,
            gen_time,
            accuracy,
            ordering,
            nonce,
        })
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let accuracy = self.accuracy.map_or_else(Vec::new, Accuracy::der);
        let ordering = if self.ordering {
            write::boolean(true)
        } else {
            Vec::new()
        };
        let nonce = self
            .nonce
            .as_ref()
            .map_or_else(Vec::new, |nonce| write::unsigned_integer(nonce));
        write::sequence(&[
            &write::integer(1),
            &write::oid(&self.policy),
            &self.imprint.der(),
            &write::unsigned_integer(&self.serial),
            &self.gen_time.to_generalized_time(),
            &accuracy,
            &ordering,
            &nonce,
        ])
    }
}

/// The magnitude of a non-negative INTEGER of at most 64 octets.
pub(super) fn integer(element: &Element<'_>) -> Result<Vec<u8>, ParseError> {
    let magnitude = element.unsigned_integer(WHAT)?;
    if magnitude.len() > MAX_INTEGER {
        return Err(ParseError::TooLarge {
            what: WHAT,
            limit: MAX_INTEGER,
        });
    }
    Ok(magnitude.to_vec())
}

/// GeneralizedTime with an optional fraction of a second (§2.4.2), which DER ends neither with a zero nor
/// with the point.
fn gen_time(element: &Element<'_>) -> Result<UnixTime, ParseError> {
    const WHAT: &str = "genTime";
    if element.tag() != tag::GENERALIZED_TIME {
        return Err(ParseError::Malformed(WHAT));
    }
    let text = element.value();
    let Some(point) = text.iter().position(|octet| *octet == b'.') else {
        return UnixTime::from_asn1(element);
    };
    let (whole, fraction) = (&text[..point], &text[point + 1..]);
    match fraction {
        [digits @ .., b'Z']
            if (1..=9).contains(&digits.len())
                && digits.iter().all(u8::is_ascii_digit)
                && digits.last() != Some(&b'0') => {}
        _ => return Err(ParseError::Malformed(WHAT)),
    }
    let whole = write::element(tag::GENERALIZED_TIME, &[whole, b"Z"].concat());
    UnixTime::from_asn1(&Element::parse(&whole, WHAT)?)
}
