//! Building a SignedData in the order in which a token needs it: first the signed attributes, which the
//! key signs, then the whole around the signature.

use super::OidFamily;
use crate::asn1::{Element, Elements, tag, write};
use crate::{Certificate, HashAlgorithm, Oid, ParseError, SignatureAlgorithm, UnixTime, hash, oid};

/// What goes into a SignerInfo.
#[derive(Debug, Clone)]
pub struct SignedAttributesSpec<'a> {
    /// The object identifiers to use: GM for SM2 seals, PKCS#7 for the others.
    pub family: OidFamily,
    /// The algorithm of the signature; its hash is the content's hash.
    pub algorithm: SignatureAlgorithm,
    /// The content's digest under that hash.
    pub content_digest: &'a [u8],
    /// The signer's certificate; signing-certificate-v2 binds it.
    pub certificate: &'a Certificate,
    /// signingTime, where the format has it (ETSI.CAdES.detached does not: PAdES §6.3 has /M instead).
    pub signing_time: Option<UnixTime>,
    /// Further attributes: type and the DER of their one value.
    pub custom: Vec<(Oid, Vec<u8>)>,
}

/// The DER `SET OF Attribute` that the key signs: contentType, messageDigest, signing-certificate-v2,
/// signingTime where given, and the custom ones.
#[must_use]
pub fn signed_attributes(spec: &SignedAttributesSpec<'_>) -> Vec<u8> {
    signed_attributes_of(spec, &spec.family.data())
}

/// As [`signed_attributes`], for a content of another type than data.
#[must_use]
pub fn signed_attributes_of(spec: &SignedAttributesSpec<'_>, content_type: &Oid) -> Vec<u8> {
    let mut attributes = vec![
        attribute(&oid::CONTENT_TYPE, &write::oid(content_type)),
        attribute(
            &oid::MESSAGE_DIGEST,
            &write::octet_string(spec.content_digest),
        ),
        attribute(
            &oid::SIGNING_CERTIFICATE_V2,
            &signing_certificate_v2(spec.algorithm.hash(), spec.certificate),
        ),
    ];
    if let Some(time) = spec.signing_time {
        attributes.push(attribute(&oid::SIGNING_TIME, &time.to_asn1()));
    }
    for (oid, value) in &spec.custom {
        attributes.push(attribute(oid, value));
    }
    write::set_of(&attributes)
}

/// The DER ContentInfo: detached, one signer, version 1, `certificates` beside the signer's own.
///
/// `signed_attributes` are the bytes that were signed, from [`signed_attributes`] with the same `spec`.
#[must_use]
pub fn assemble(
    spec: &SignedAttributesSpec<'_>,
    signed_attributes: &[u8],
    signature: &[u8],
    certificates: &[Certificate],
) -> Vec<u8> {
    let data = spec.family.data();
    whole(
        spec,
        &data,
        None,
        signed_attributes,
        signature,
        Some(certificates),
    )
}

/// As [`assemble`], with the content inside (RFC 5652 §5.2): `content` is what `spec.content_digest` is of.
#[must_use]
pub fn assemble_attached(
    spec: &SignedAttributesSpec<'_>,
    content: &[u8],
    signed_attributes: &[u8],
    signature: &[u8],
    certificates: &[Certificate],
) -> Vec<u8> {
    let data = spec.family.data();
    assemble_typed(
        spec,
        &data,
        content,
        signed_attributes,
        signature,
        Some(certificates),
    )
}

/// As [`assemble_attached`], for a content of another type than data; the signer's certificate and `certificates`
/// stand in it, or none do. `signed_attributes` are those of [`signed_attributes_of`] with the same type.
#[must_use]
pub fn assemble_typed(
    spec: &SignedAttributesSpec<'_>,
    content_type: &Oid,
    content: &[u8],
    signed_attributes: &[u8],
    signature: &[u8],
    certificates: Option<&[Certificate]>,
) -> Vec<u8> {
    whole(
        spec,
        content_type,
        Some(content),
        signed_attributes,
        signature,
        certificates,
    )
}

/// The same SignedData with a time stamp over its one signer's signature value (EN 319 122-1 §5.3,
/// signature-time-stamp): an unsigned attribute, added to those that are there. The signature stays as it came.
///
/// # Errors
/// [`ParseError`]: no SignedData, or not exactly one signer.
pub fn with_time_stamp(signed_data: &[u8], token: &[u8]) -> Result<Vec<u8>, ParseError> {
    const WHAT: &str = "SignedData";
    let mut content_info = Element::parse(signed_data, WHAT)?.sequence(WHAT)?;
    let kind = content_info.oid()?;
    let inner = content_info.required()?.explicit(0, WHAT)?;
    content_info.finish()?;
    let mut fields = raws(inner.sequence(WHAT)?)?;
    let infos = fields.pop().ok_or(ParseError::Malformed(WHAT))?;
    let mut infos = Element::parse(&infos, WHAT)?.inside(tag::SET, WHAT)?;
    let info = infos.required()?;
    infos.finish()?;
    let mut info = raws(info.sequence(WHAT)?)?;
    let mut unsigned = match info.last() {
        Some(last) if last.first() == Some(&tag::context_constructed(1)) => {
            let set = Element::parse(last, WHAT)?;
            let attributes = raws(Elements::new(set.value(), WHAT)?)?;
            info.pop();
            attributes
        }
        _ => Vec::new(),
    };
    unsigned.push(attribute(&oid::TIME_STAMP_TOKEN, token));
    info.push(write::element(
        tag::context_constructed(1),
        &write::set_of_contents(&unsigned),
    ));
    let info = write::element(tag::SEQUENCE, &info.concat());
    fields.push(write::set_of(&[info]));
    let signed_data = write::element(tag::SEQUENCE, &fields.concat());
    Ok(write::sequence(&[
        &write::oid(&kind),
        &write::explicit(0, &signed_data),
    ]))
}

fn raws(mut elements: Elements<'_>) -> Result<Vec<Vec<u8>>, ParseError> {
    let mut found = Vec::new();
    while let Some(element) = elements.next()? {
        found.push(element.raw().to_vec());
    }
    Ok(found)
}

fn whole(
    spec: &SignedAttributesSpec<'_>,
    content_type: &Oid,
    content: Option<&[u8]>,
    signed_attributes: &[u8],
    signature: &[u8],
    certificates: Option<&[Certificate]>,
) -> Vec<u8> {
    let digest_algorithm = write::sequence(&[&write::oid(&spec.algorithm.hash().oid())]);

    let embedded = certificates.map_or_else(Vec::new, |certificates| {
        let mut ders: Vec<Vec<u8>> = vec![spec.certificate.der().to_vec()];
        for certificate in certificates {
            if !ders.iter().any(|der| der == certificate.der()) {
                ders.push(certificate.der().to_vec());
            }
        }
        write::element(tag::context_constructed(0), &write::set_of_contents(&ders))
    });
    let issuer_and_serial = write::sequence(&[
        spec.certificate.issuer().der(),
        &write::unsigned_integer(spec.certificate.serial()),
    ]);
    // SET OF and [0] IMPLICIT SET OF differ in the identifier octet alone.
    let mut implicit = signed_attributes.to_vec();
    if let Some(first) = implicit.first_mut() {
        *first = tag::context_constructed(0);
    }
    let signer_info = write::sequence(&[
        &write::integer(1),
        &issuer_and_serial,
        &digest_algorithm,
        &implicit,
        &signature_identifier(spec.family, spec.algorithm),
        &write::octet_string(signature),
    ]);
    let data = write::oid(content_type);
    let encapsulated = match content {
        Some(content) => {
            write::sequence(&[&data, &write::explicit(0, &write::octet_string(content))])
        }
        None => write::sequence(&[&data]),
    };
    // RFC 5652 §5.1: version 3 where the content is not data.
    let version = if *content_type == spec.family.data() {
        1
    } else {
        3
    };
    let signed_data = write::sequence(&[
        &write::integer(version),
        &write::set_of(std::slice::from_ref(&digest_algorithm)),
        &encapsulated,
        &embedded,
        &write::set_of(&[signer_info]),
    ]);
    write::sequence(&[
        &write::oid(&spec.family.signed_data()),
        &write::explicit(0, &signed_data),
    ])
}

/// The name of the algorithm in SignerInfo: SM2 has one of its own in GM/T 0010; under RFC 5652 the scheme's
/// name of certificates stands, as OpenSSL writes it. OpenSSL 4 verifies both.
fn signature_identifier(family: OidFamily, algorithm: SignatureAlgorithm) -> Vec<u8> {
    match (family, algorithm) {
        (OidFamily::Gm, SignatureAlgorithm::Sm2WithSm3) => {
            write::sequence(&[&write::oid(&oid::SM2_SIGN)])
        }
        _ => algorithm.identifier(),
    }
}

fn attribute(oid: &Oid, value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(oid), &write::set_of(&[value.to_vec()])])
}

/// `SigningCertificateV2` with one ESSCertIDv2 (RFC 5035 §3); SHA-256 is the default and left out.
fn signing_certificate_v2(algorithm: HashAlgorithm, certificate: &Certificate) -> Vec<u8> {
    let digest = write::octet_string(&hash(algorithm, certificate.der()));
    let issuer_serial = write::sequence(&[
        &write::sequence(&[&write::explicit(4, certificate.issuer().der())]),
        &write::unsigned_integer(certificate.serial()),
    ]);
    let identifier = if algorithm == HashAlgorithm::Sha256 {
        write::sequence(&[&digest, &issuer_serial])
    } else {
        let name = write::sequence(&[&write::oid(&algorithm.oid())]);
        write::sequence(&[&name, &digest, &issuer_serial])
    };
    write::sequence(&[&write::sequence(&[&identifier])])
}
