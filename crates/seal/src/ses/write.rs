//! Writing seals and seal signatures in v4 and v5.
//!
//! A seal is made in two steps so that the maker's key can be anywhere: [`seal_info`] gives what is
//! signed, [`seal`] puts the signature beside it. A signature likewise: [`tbs_sign`], then [`signature`].

use pki::asn1::{tag, write};
use pki::{Certificate, KeyFamily, Oid, SignatureAlgorithm, UnixTime};

use super::read::{CertificateList, SealPicture, SesSeal, SesVersion};

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// v1 is read and not written.
    #[error("v1 is not written any more")]
    OldVersion,
    /// A field that the standard wants in ASCII is not, or is empty.
    #[error("{0} has to be ASCII and not empty")]
    NotAscii(&'static str),
    /// Nobody could use the seal.
    #[error("a seal that no certificate may use is no seal")]
    NoUsers,
    /// Picture or sides are none.
    #[error("the seal's picture is empty, or its size is no size")]
    Picture,
    /// It ends before it begins.
    #[error("the seal's validity ends before it begins")]
    Validity,
    /// The digest is not that of the algorithm.
    #[error("the digest does not have the length of the algorithm's")]
    DataHash,
    /// The result cannot be read again.
    #[error("what was written cannot be read: {0}")]
    Unreadable(#[from] pki::ParseError),
}

/// What stands in a seal.
#[derive(Debug, Clone)]
pub struct SealSpec<'a> {
    /// v4 or v5.
    pub version: SesVersion,
    /// Identifier of the seal system, ASCII.
    pub vendor: &'a str,
    /// The seal's number, ASCII.
    pub id: &'a str,
    /// The kind of seal.
    pub kind: u32,
    /// The seal's name.
    pub name: &'a str,
    /// Who may use it.
    pub users: &'a CertificateList,
    /// When it is made.
    pub created_at: UnixTime,
    /// From when on it may be used.
    pub not_before: UnixTime,
    /// Until when it may be used.
    pub not_after: UnixTime,
    /// Its picture.
    pub picture: &'a SealPicture,
}

/// SES_SealInfo: what the seal's maker signs.
///
/// # Errors
/// [`WriteError`].
pub fn seal_info(spec: &SealSpec<'_>) -> Result<Vec<u8>, WriteError> {
    if spec.version == SesVersion::V1 {
        return Err(WriteError::OldVersion);
    }
    if spec.not_before > spec.not_after {
        return Err(WriteError::Validity);
    }
    let side = 1..=1000;
    let picture = spec.picture;
    if picture.data.is_empty()
        || !side.contains(&picture.width_mm)
        || !side.contains(&picture.height_mm)
    {
        return Err(WriteError::Picture);
    }
    let header = write::sequence(&[
        &write::element(tag::IA5_STRING, b"ES"),
        &write::integer(u64::from(spec.version.number())),
        &ia5(spec.vendor, "the vendor's identifier")?,
    ]);
    let (list_type, list) = users(spec.users)?;
    let property = write::sequence(&[
        &write::integer(u64::from(spec.kind)),
        &write::utf8_string(spec.name),
        &write::integer(list_type),
        &list,
        &spec.created_at.to_generalized_time(),
        &spec.not_before.to_generalized_time(),
        &spec.not_after.to_generalized_time(),
    ]);
    let picture = write::sequence(&[
        &ia5(&picture.kind, "the picture's kind")?,
        &write::octet_string(&picture.data),
        &write::integer(u64::from(picture.width_mm)),
        &write::integer(u64::from(picture.height_mm)),
    ]);
    Ok(write::sequence(&[
        &header,
        &ia5(spec.id, "the seal's number")?,
        &property,
        &picture,
    ]))
}

fn users(users: &CertificateList) -> Result<(u64, Vec<u8>), WriteError> {
    let (list_type, items): (u64, Vec<Vec<u8>>) = match users {
        CertificateList::Certificates(list) => {
            (1, list.iter().map(|der| write::octet_string(der)).collect())
        }
        CertificateList::Digests(list) => {
            let item = |digest: &super::CertificateDigest| {
                write::sequence(&[
                    &write::element(tag::PRINTABLE_STRING, digest.kind.as_bytes()),
                    &write::octet_string(&digest.value),
                ])
            };
            (2, list.iter().map(item).collect())
        }
    };
    if items.is_empty() {
        return Err(WriteError::NoUsers);
    }
    Ok((list_type, write::element(tag::SEQUENCE, &items.concat())))
}

/// The seal: `info` from [`seal_info`], and the maker's signature over exactly those bytes.
///
/// # Errors
/// [`WriteError::Unreadable`] for an `info` that is not one.
pub fn seal(
    info: &[u8],
    maker: &Certificate,
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> Result<SesSeal, WriteError> {
    let der = write::sequence(&[
        info,
        &write::octet_string(maker.der()),
        &write::oid(&algorithm_oid(algorithm)),
        &write::bit_string(signature),
    ]);
    Ok(SesSeal::from_der(&der)?)
}

/// A v5 seal with a time stamp over the maker's signature.
///
/// # Errors
/// [`WriteError::OldVersion`] for a seal that has no place for one.
pub fn with_time_stamp(seal: &SesSeal, token: &[u8]) -> Result<SesSeal, WriteError> {
    if seal.version != SesVersion::V5 {
        return Err(WriteError::OldVersion);
    }
    let der = write::sequence(&[
        seal.signed(),
        &write::octet_string(&seal.maker_certificate),
        &write::oid(&seal.algorithm),
        &write::bit_string(&seal.signature),
        &write::explicit(0, &write::bit_string(token)),
    ]);
    Ok(SesSeal::from_der(&der)?)
}

/// What stands in TBS_Sign.
#[derive(Debug, Clone)]
pub struct TbsSpec<'a> {
    /// The seal, whose version the signature takes over.
    pub seal: &'a SesSeal,
    /// The time that the signer claims.
    pub time: UnixTime,
    /// The digest of what is signed: for OFD of Signature.xml.
    pub data_hash: &'a [u8],
    /// A description of what is signed, ASCII: for OFD the path of Signature.xml.
    pub property: &'a str,
    /// Extension data: what the signer was shown. Never critical, so that others can verify.
    pub extensions: &'a [(Oid, Vec<u8>)],
}

/// TBS_Sign: what the user's key signs.
///
/// # Errors
/// [`WriteError`].
pub fn tbs_sign(spec: &TbsSpec<'_>) -> Result<Vec<u8>, WriteError> {
    if spec.seal.version == SesVersion::V1 {
        return Err(WriteError::OldVersion);
    }
    if spec.data_hash.len() != 32 {
        return Err(WriteError::DataHash);
    }
    let extensions = if spec.extensions.is_empty() {
        Vec::new()
    } else {
        let items: Vec<u8> = spec
            .extensions
            .iter()
            .flat_map(|(oid, value)| extension(oid, value))
            .collect();
        write::explicit(0, &write::element(tag::SEQUENCE, &items))
    };
    Ok(write::sequence(&[
        &write::integer(u64::from(spec.seal.version.number())),
        spec.seal.der(),
        &spec.time.to_generalized_time(),
        &write::bit_string(spec.data_hash),
        &ia5(spec.property, "the description")?,
        &extensions,
    ]))
}

/// `critical FALSE` is written out, as the seals in use have it and as readers that want three fields need it.
fn extension(oid: &Oid, value: &[u8]) -> Vec<u8> {
    write::sequence(&[
        &write::oid(oid),
        &write::boolean(false),
        &write::octet_string(value),
    ])
}

/// The whole: `tbs` from [`tbs_sign`] and the user's signature over exactly those bytes.
#[must_use]
pub fn signature(
    tbs: &[u8],
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    time_stamp: Option<&[u8]>,
) -> Vec<u8> {
    let time_stamp = time_stamp.map_or_else(Vec::new, |token| {
        write::explicit(0, &write::bit_string(token))
    });
    write::sequence(&[
        tbs,
        &write::octet_string(certificate.der()),
        &write::oid(&algorithm_oid(algorithm)),
        &write::bit_string(signature),
        &time_stamp,
    ])
}

fn algorithm_oid(algorithm: SignatureAlgorithm) -> Oid {
    match algorithm.family() {
        KeyFamily::Sm2 => pki::oid::SM2_SM3,
        _ => algorithm.oid(),
    }
}

fn ia5(text: &str, what: &'static str) -> Result<Vec<u8>, WriteError> {
    if text.is_empty() || !text.is_ascii() {
        return Err(WriteError::NotAscii(what));
    }
    Ok(write::element(tag::IA5_STRING, text.as_bytes()))
}
