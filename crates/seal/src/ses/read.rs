//! Reading seals and seal signatures: strict DER, limits, and every signed part as it came.

use pki::asn1::{Element, Elements, tag, write};
use pki::{Oid, ParseError, SignatureAlgorithm, UnixTime, oid};

/// The largest seal object that is read, in bytes.
pub const MAX_SEAL: usize = 4 << 20;
/// The largest seal signature that is read, in bytes: its seal, and a time stamp.
pub const MAX_SIGNATURE: usize = MAX_SEAL + (1 << 20);
const MAX_CERTIFICATES: usize = 256;
const MAX_EXTENSIONS: usize = 32;
const MAX_TEXT: usize = 4096;
/// Sides of a seal's picture in millimetres; a seal of a metre is none.
const MAX_SIDE_MM: u32 = 1000;

/// Which edition of the standard an object follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SesVersion {
    /// GM/T 0031-2014.
    V1,
    /// GB/T 38540-2020.
    V4,
    /// GM/T 0031-2025.
    V5,
}

impl SesVersion {
    /// The number in the header.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V4 => 4,
            Self::V5 => 5,
        }
    }

    /// `SES v4`, as reports name the format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "SES v1",
            Self::V4 => "SES v4",
            Self::V5 => "SES v5",
        }
    }

    /// The standard.
    #[must_use]
    pub const fn standard(self) -> &'static str {
        match self {
            Self::V1 => "GM/T 0031-2014",
            Self::V4 => "GB/T 38540-2020",
            Self::V5 => "GM/T 0031-2025",
        }
    }
}

/// A seal's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealPicture {
    /// The kind as it is written: `PNG`, `ofd` …
    pub kind: String,
    /// The picture's file.
    pub data: Vec<u8>,
    /// Width in millimetres.
    pub width_mm: u32,
    /// Height in millimetres.
    pub height_mm: u32,
}

/// A certificate named by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateDigest {
    /// The hash function as it is written, such as `SM3`.
    pub kind: String,
    /// The digest of the certificate's DER.
    pub value: Vec<u8>,
}

/// Who may use a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateList {
    /// The certificates, DER.
    Certificates(Vec<Vec<u8>>),
    /// Digests of certificates.
    Digests(Vec<CertificateDigest>),
}

/// One item of extension data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionData {
    /// What it is.
    pub oid: Oid,
    /// Whether who does not know it must refuse.
    pub critical: bool,
    /// Its value.
    pub value: Vec<u8>,
}

/// A seal object (SESeal).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SesSeal {
    /// The edition that it follows.
    pub version: SesVersion,
    /// Who made the seal system, as an identifier.
    pub vendor: String,
    /// The seal's number.
    pub id: String,
    /// The kind of seal; the numbers are free.
    pub kind: u32,
    /// The seal's name.
    pub name: String,
    /// Who may use it.
    pub users: CertificateList,
    /// When it was made.
    pub created_at: UnixTime,
    /// From when on it may be used.
    pub not_before: UnixTime,
    /// Until when it may be used.
    pub not_after: UnixTime,
    /// Its picture.
    pub picture: SealPicture,
    /// Extension data.
    pub extensions: Vec<ExtensionData>,
    /// The maker's certificate, DER; not trusted, and perhaps no certificate at all.
    pub maker_certificate: Vec<u8>,
    /// The maker's signature algorithm.
    pub algorithm: Oid,
    /// The maker's signature.
    pub signature: Vec<u8>,
    /// A time stamp over the maker's signature (v5 only), DER.
    pub time_stamp: Option<Vec<u8>>,
    der: Vec<u8>,
    signed: Vec<u8>,
}

impl SesSeal {
    /// Reads bytes that are exactly one seal object of at most [`MAX_SEAL`] bytes.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        limit(der, MAX_SEAL, "SESeal")?;
        Self::read(&Element::parse(der, "SESeal")?)
    }

    /// The seal as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What the maker's signature covers, as it came.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    fn read(element: &Element<'_>) -> Result<Self, ParseError> {
        const WHAT: &str = "SESeal";
        let mut fields = element.sequence(WHAT)?;
        let info = fields.required()?;
        let second = fields.required()?;
        // Two elements are v1's, which keeps certificate, algorithm and signature in a SEQUENCE.
        let old = second.tag() == tag::SEQUENCE;
        let (certificate, algorithm, signature, time_stamp) = if old {
            let mut sign_info = second.sequence(WHAT)?;
            let certificate = sign_info.required()?;
            let algorithm = sign_info.required()?;
            let signature = sign_info.required()?.bit_string_octets(WHAT)?;
            sign_info.finish()?;
            (certificate, algorithm, signature, None)
        } else {
            let algorithm = fields.required()?;
            let signature = fields.required()?.bit_string_octets(WHAT)?;
            let time_stamp = time_stamp(&mut fields, WHAT)?;
            (second, algorithm, signature, time_stamp)
        };
        fields.finish()?;
        let signed = if old {
            write::sequence(&[info.raw(), certificate.raw(), algorithm.raw()])
        } else {
            info.raw().to_vec()
        };
        let info = Info::read(&info, old)?;
        if time_stamp.is_some() && info.version != SesVersion::V5 {
            return Err(ParseError::Version(WHAT));
        }
        Ok(Self {
            version: info.version,
            vendor: info.vendor,
            id: info.id,
            kind: info.kind,
            name: info.name,
            users: info.users,
            created_at: info.created_at,
            not_before: info.not_before,
            not_after: info.not_after,
            picture: info.picture,
            extensions: info.extensions,
            maker_certificate: certificate.octet_string(WHAT)?.to_vec(),
            algorithm: algorithm.oid()?,
            signature: signature.to_vec(),
            time_stamp,
            der: element.raw().to_vec(),
            signed,
        })
    }
}

/// SES_SealInfo.
struct Info {
    version: SesVersion,
    vendor: String,
    id: String,
    kind: u32,
    name: String,
    users: CertificateList,
    created_at: UnixTime,
    not_before: UnixTime,
    not_after: UnixTime,
    picture: SealPicture,
    extensions: Vec<ExtensionData>,
}

impl Info {
    fn read(element: &Element<'_>, old: bool) -> Result<Self, ParseError> {
        const WHAT: &str = "SES_SealInfo";
        let mut fields = element.sequence(WHAT)?;
        let (version, vendor) = header(&fields.required()?, old)?;
        let id = ia5(&fields.required()?, WHAT)?;
        let mut property = fields.required()?.sequence(WHAT)?;
        let picture = picture(&fields.required()?)?;
        let extensions = extensions(&mut fields, WHAT)?;
        fields.finish()?;

        let kind = property.required()?.small_integer(WHAT)?;
        let name = text(&property.required()?, tag::UTF8_STRING, WHAT)?;
        let users = if old {
            CertificateList::Certificates(certificates(&property.required()?)?)
        } else {
            match property.required()?.small_integer(WHAT)? {
                1 => CertificateList::Certificates(certificates(&property.required()?)?),
                2 => CertificateList::Digests(digests(&property.required()?)?),
                _ => return Err(ParseError::Malformed("certListType")),
            }
        };
        let times = [
            property.required()?,
            property.required()?,
            property.required()?,
        ];
        property.finish()?;
        let expected = if old {
            tag::UTC_TIME
        } else {
            tag::GENERALIZED_TIME
        };
        // v1 prescribes UTCTime; makers that wrote GeneralizedTime there are read, not the reverse.
        if times
            .iter()
            .any(|time| time.tag() != expected && !(old && time.tag() == tag::GENERALIZED_TIME))
        {
            return Err(ParseError::Malformed("time of a seal"));
        }
        let [created_at, not_before, not_after] = times;
        Ok(Self {
            version,
            vendor,
            id,
            kind,
            name,
            users,
            created_at: UnixTime::from_asn1(&created_at)?,
            not_before: UnixTime::from_asn1(&not_before)?,
            not_after: UnixTime::from_asn1(&not_after)?,
            picture,
            extensions,
        })
    }
}

fn header(element: &Element<'_>, old: bool) -> Result<(SesVersion, String), ParseError> {
    const WHAT: &str = "SES_Header";
    let mut fields = element.sequence(WHAT)?;
    if ia5(&fields.required()?, WHAT)? != "ES" {
        return Err(ParseError::Malformed(WHAT));
    }
    let version = version(fields.required()?.small_integer(WHAT)?, old)?;
    let vendor = ia5(&fields.required()?, WHAT)?;
    fields.finish()?;
    Ok((version, vendor))
}

/// The form and the number have to agree: v1's form with a later number, or the reverse, is neither.
fn version(number: u32, old: bool) -> Result<SesVersion, ParseError> {
    match (number, old) {
        (1..=3, true) => Ok(SesVersion::V1),
        (4, false) => Ok(SesVersion::V4),
        (5, false) => Ok(SesVersion::V5),
        _ => Err(ParseError::Version("SES")),
    }
}

fn picture(element: &Element<'_>) -> Result<SealPicture, ParseError> {
    const WHAT: &str = "SES_ESPictureInfo";
    let mut fields = element.sequence(WHAT)?;
    let picture = SealPicture {
        kind: ia5(&fields.required()?, WHAT)?,
        data: fields.required()?.octet_string(WHAT)?.to_vec(),
        width_mm: fields.required()?.small_integer(WHAT)?,
        height_mm: fields.required()?.small_integer(WHAT)?,
    };
    fields.finish()?;
    let side = 1..=MAX_SIDE_MM;
    if !side.contains(&picture.width_mm) || !side.contains(&picture.height_mm) {
        return Err(ParseError::Malformed(WHAT));
    }
    Ok(picture)
}

fn certificates(element: &Element<'_>) -> Result<Vec<Vec<u8>>, ParseError> {
    const WHAT: &str = "certInfoList";
    let mut out = Vec::new();
    let mut list = element.sequence(WHAT)?;
    while let Some(certificate) = list.next()? {
        room(out.len(), MAX_CERTIFICATES, WHAT)?;
        out.push(certificate.octet_string(WHAT)?.to_vec());
    }
    Ok(out)
}

fn digests(element: &Element<'_>) -> Result<Vec<CertificateDigest>, ParseError> {
    const WHAT: &str = "certDigestList";
    let mut out = Vec::new();
    let mut list = element.sequence(WHAT)?;
    while let Some(digest) = list.next()? {
        room(out.len(), MAX_CERTIFICATES, WHAT)?;
        let mut fields = digest.sequence(WHAT)?;
        out.push(CertificateDigest {
            kind: text(&fields.required()?, tag::PRINTABLE_STRING, WHAT)?,
            value: fields.required()?.octet_string(WHAT)?.to_vec(),
        });
        fields.finish()?;
    }
    Ok(out)
}

/// Extension data, with the `[0]` of the standard or, as real seals have it, without.
fn extensions(
    fields: &mut Elements<'_>,
    what: &'static str,
) -> Result<Vec<ExtensionData>, ParseError> {
    let list = match fields.optional(tag::context_constructed(0))? {
        Some(tagged) => Some(tagged.explicit(0, what)?),
        None => fields.optional(tag::SEQUENCE)?,
    };
    let mut out: Vec<ExtensionData> = Vec::new();
    let Some(list) = list else {
        return Ok(out);
    };
    let mut list = list.sequence(what)?;
    while let Some(item) = list.next()? {
        const WHAT: &str = "ExtData";
        room(out.len(), MAX_EXTENSIONS, WHAT)?;
        let mut fields = item.sequence(WHAT)?;
        let oid = fields.oid()?;
        let critical = match fields.optional(tag::BOOLEAN)? {
            Some(critical) => critical.boolean(WHAT)?,
            None => false,
        };
        let value = fields.required()?.octet_string(WHAT)?.to_vec();
        fields.finish()?;
        if out.iter().any(|known| known.oid == oid) {
            return Err(ParseError::Malformed("extension data twice"));
        }
        out.push(ExtensionData {
            oid,
            critical,
            value,
        });
    }
    Ok(out)
}

/// What a signature says about its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SesTime {
    /// The signer's claim.
    Claimed(UnixTime),
    /// v1: a time stamp, DER.
    TimeStamp(Vec<u8>),
}

/// A seal signature (SES_Signature).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SesSignature {
    /// The edition that it follows; its seal may say otherwise.
    pub version: SesVersion,
    /// The seal.
    pub seal: SesSeal,
    /// When it was made.
    pub time: SesTime,
    /// The digest of what is signed.
    pub data_hash: Vec<u8>,
    /// A description of what is signed: for OFD the path of Signature.xml.
    pub property: String,
    /// Extension data.
    pub extensions: Vec<ExtensionData>,
    /// The signer's certificate, DER; not trusted, and perhaps no certificate at all.
    pub certificate: Vec<u8>,
    /// The signer's signature algorithm.
    pub algorithm: Oid,
    /// The signer's signature.
    pub signature: Vec<u8>,
    /// A time stamp over the signature, DER.
    pub time_stamp: Option<Vec<u8>>,
    signed: Vec<u8>,
}

impl SesSignature {
    /// Reads bytes that are exactly one seal signature of at most [`MAX_SIGNATURE`] bytes.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        const WHAT: &str = "SES_Signature";
        limit(der, MAX_SIGNATURE, WHAT)?;
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let signed = outer.required()?;
        let second = outer.required()?;
        let old = second.tag() == tag::BIT_STRING;
        let tbs = Tbs::read(&signed, old)?;
        let (certificate, algorithm, signature, time_stamp) = if old {
            let (certificate, algorithm) = tbs.signer.ok_or(ParseError::Malformed(WHAT))?;
            let signature = second.bit_string_octets(WHAT)?.to_vec();
            (certificate, algorithm, signature, None)
        } else {
            let certificate = second.octet_string(WHAT)?.to_vec();
            let algorithm = outer.required()?.oid()?;
            let signature = outer.required()?.bit_string_octets(WHAT)?.to_vec();
            let time_stamp = time_stamp(&mut outer, WHAT)?;
            (certificate, algorithm, signature, time_stamp)
        };
        outer.finish()?;
        Ok(Self {
            version: tbs.version,
            seal: tbs.seal,
            time: tbs.time,
            data_hash: tbs.data_hash,
            property: tbs.property,
            extensions: tbs.extensions,
            certificate,
            algorithm,
            signature,
            time_stamp,
            signed: signed.raw().to_vec(),
        })
    }

    /// TBS_Sign as it came: what the signature covers.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// When the signer says that it was made.
    #[must_use]
    pub const fn claimed_time(&self) -> Option<UnixTime> {
        match &self.time {
            SesTime::Claimed(time) => Some(*time),
            SesTime::TimeStamp(_) => None,
        }
    }

    /// The value of this extension data.
    #[must_use]
    pub fn extension(&self, oid: &Oid) -> Option<&[u8]> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == *oid)
            .map(|extension| extension.value.as_slice())
    }
}

/// TBS_Sign.
struct Tbs {
    version: SesVersion,
    seal: SesSeal,
    time: SesTime,
    data_hash: Vec<u8>,
    property: String,
    extensions: Vec<ExtensionData>,
    /// v1 keeps certificate and algorithm here.
    signer: Option<(Vec<u8>, Oid)>,
}

impl Tbs {
    fn read(element: &Element<'_>, old: bool) -> Result<Self, ParseError> {
        const WHAT: &str = "TBS_Sign";
        let mut fields = element.sequence(WHAT)?;
        let version = version(fields.required()?.small_integer(WHAT)?, old)?;
        let seal = SesSeal::read(&fields.required()?)?;
        let time = fields.required()?;
        let time = if old {
            old_time(time.bit_string_octets(WHAT)?)?
        } else if time.tag() == tag::GENERALIZED_TIME {
            SesTime::Claimed(UnixTime::from_asn1(&time)?)
        } else {
            return Err(ParseError::Malformed(WHAT));
        };
        let data_hash = fields.required()?.bit_string_octets(WHAT)?.to_vec();
        let property = ia5(&fields.required()?, WHAT)?;
        let (extensions, signer) = if old {
            let certificate = fields.required()?.octet_string(WHAT)?.to_vec();
            (Vec::new(), Some((certificate, fields.required()?.oid()?)))
        } else {
            (extensions(&mut fields, WHAT)?, None)
        };
        fields.finish()?;
        Ok(Self {
            version,
            seal,
            time,
            data_hash,
            property,
            extensions,
            signer,
        })
    }
}

/// v1's timeInfo: a time or a time stamp inside a BIT STRING.
fn old_time(bits: &[u8]) -> Result<SesTime, ParseError> {
    let element = Element::parse(bits, "timeInfo")?;
    match element.tag() {
        tag::UTC_TIME | tag::GENERALIZED_TIME => {
            UnixTime::from_asn1(&element).map(SesTime::Claimed)
        }
        _ => Ok(SesTime::TimeStamp(bits.to_vec())),
    }
}

/// The algorithm that a seal's or a signature's signAlgID names, where it is one of ours.
#[must_use]
pub fn signature_algorithm(oid: &Oid) -> Option<SignatureAlgorithm> {
    match *oid {
        oid::SM2_SM3 | oid::SM2_SIGN => Some(SignatureAlgorithm::Sm2WithSm3),
        oid::RSA_SHA256 => Some(SignatureAlgorithm::RsaPkcs1Sha256),
        _ => None,
    }
}

fn time_stamp(
    fields: &mut Elements<'_>,
    what: &'static str,
) -> Result<Option<Vec<u8>>, ParseError> {
    let Some(tagged) = fields.optional(tag::context_constructed(0))? else {
        return Ok(None);
    };
    Ok(Some(
        tagged.explicit(0, what)?.bit_string_octets(what)?.to_vec(),
    ))
}

fn ia5(element: &Element<'_>, what: &'static str) -> Result<String, ParseError> {
    let text = text(element, tag::IA5_STRING, what)?;
    if text.is_ascii() {
        Ok(text)
    } else {
        Err(ParseError::Malformed(what))
    }
}

fn text(element: &Element<'_>, tag: u8, what: &'static str) -> Result<String, ParseError> {
    if element.tag() != tag {
        return Err(ParseError::Malformed(what));
    }
    limit(element.value(), MAX_TEXT, what)?;
    element.text().ok_or(ParseError::Malformed(what))
}

fn limit(bytes: &[u8], limit: usize, what: &'static str) -> Result<(), ParseError> {
    if bytes.len() > limit {
        return Err(ParseError::TooLarge { what, limit });
    }
    Ok(())
}

fn room(count: usize, limit: usize, what: &'static str) -> Result<(), ParseError> {
    if count == limit {
        return Err(ParseError::TooMany { what, limit });
    }
    Ok(())
}
