//! Sealing an OFD (GB/T 33190-2016 §18): what is signed is TBS_Sign over the digest of Signature.xml, which always
//! comes whole. Of a picked file every Reference in it is checked against the file itself, so that nothing is signed
//! that the user's own file does not have.

use contract::{DocumentDigest, KeyFamilyName, OfdVariant, SealIntent, SealRequest, SealVariant};
use pki::{Certificate, HashAlgorithm, Oid, UnixTime};
use seal::ofd::document::{Document, PageGeometry};
use seal::ses::{SesSeal, SesVersion, TbsSpec};
use token::{Message, Signature};

use super::{Picked, Refusal};

/// Stands in the place of the SubFilter.
const FORMAT: &str = "OFD";
/// Points to a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// The parts of TBS_Sign beside digest and intent.
pub(super) struct Part {
    seal: SesSeal,
    path: String,
    time: UnixTime,
}

/// What a variant says of itself: a key of SM2, SM3, and the digest of the Signature.xml that came with it.
///
/// # Errors
/// [`Refusal::Malformed`], or [`Refusal::Revision`] for another digest.
pub(super) fn check_variant(variant: &SealVariant, part: &OfdVariant) -> Result<(), Refusal> {
    if variant.family != KeyFamilyName::Sm2
        || variant.hash.algorithm() != HashAlgorithm::Sm3
        || variant.sub_filter != FORMAT
    {
        return Err(Refusal::Malformed(
            "an OFD is sealed with SM2 and SM3".into(),
        ));
    }
    if pki::hash(HashAlgorithm::Sm3, &part.signature_xml.0) != variant.digest.0 {
        return Err(Refusal::Revision("another digest than announced".into()));
    }
    Ok(())
}

/// Checks a picked OFD: the intent's digest of its contents; then that what was prepared adds one signature and
/// nothing else, whose References are the digests of what is in the file, all of it.
///
/// # Errors
/// [`Refusal`].
pub(super) fn check_picked(
    request: &SealRequest,
    intent: &SealIntent,
    original: &[u8],
) -> Result<Picked, Refusal> {
    let revision = |error: &dyn std::fmt::Display| Refusal::Revision(error.to_string());
    let document = Document::open(original).map_err(|error| revision(&error))?;
    let DocumentDigest {
        algorithm,
        value_hex,
    } = &intent.document_digest;
    let digest = seal::ofd::content_digest(&document, algorithm.algorithm())
        .map_err(|error| revision(&error))?;
    if hex::encode(digest) != *value_hex {
        return Err(Refusal::FileMismatch);
    }
    let (mut places, mut digests) = (Vec::new(), Vec::new());
    for variant in &request.variants {
        // A file that is an OFD has no revision of a PDF.
        let part = variant.ofd.as_ref().ok_or(Refusal::FileMismatch)?;
        check_variant(variant, part)?;
        let prepared = assemble(part, original, &variant.tail.0)?;
        let inspected =
            seal::ofd::inspect(original, &prepared).map_err(|error| revision(&error))?;
        if inspected.signature_xml != part.signature_xml.0
            || inspected.signature_path != part.signature_path
            || inspected.seal.der() != part.seal.0
        {
            return Err(Refusal::Revision(
                "another Signature.xml or seal than the one to be signed".into(),
            ));
        }
        let pages: Vec<u32> = inspected.stamps.iter().map(|(page, _)| *page).collect();
        super::as_told(intent, &pages)?;
        for (page, stamp) in &inspected.stamps {
            let geometry = document.geometry(*page).map_err(|error| revision(&error))?;
            let visible = stamp
                .visible()
                .ok_or_else(|| Refusal::Revision("a stamp that does not show".into()))?;
            let place = contract::Place {
                page: *page,
                rect: in_points(visible, &geometry),
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        digests.push((variant.family, variant.digest.0.clone()));
    }
    Ok(Picked {
        size: original.len() as u64,
        places,
        digests,
    })
}

/// The prepared file: what stays of the original, and the new end.
fn assemble(part: &OfdVariant, original: &[u8], tail: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    for [from, to] in &part.kept {
        let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
        let kept = range
            .and_then(|(from, to)| original.get(from..to))
            .ok_or_else(|| Refusal::Malformed("a range that is not in the file".into()))?;
        out.extend_from_slice(kept);
    }
    out.extend_from_slice(tail);
    Ok(out)
}

/// Lower left and upper right corner, as places of a PDF are told.
fn in_points([x, y, width, height]: [f64; 4], page: &PageGeometry) -> [f64; 4] {
    let left = x - page.x;
    let bottom = page.height_mm - (y - page.y) - height;
    [left, bottom, left + width, bottom + height].map(|mm| mm * POINTS)
}

impl Part {
    pub(super) fn read(part: &OfdVariant, time: UnixTime) -> Result<Self, Refusal> {
        let seal = SesSeal::from_der(&part.seal.0)
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
        if seal.version == SesVersion::V1 {
            return Err(Refusal::Revision("a seal of the old edition".into()));
        }
        Ok(Self {
            seal,
            path: part.signature_path.clone(),
            time,
        })
    }

    /// TBS_Sign with the intent as extension data that is not critical, so that others can verify it.
    pub(super) fn message(
        &self,
        digest: &[u8],
        intent: &[u8],
        certificate: &Certificate,
    ) -> Result<Message, Refusal> {
        let extensions = [(Oid::new_unwrap(contract::SEAL_INTENT_OID), intent.to_vec())];
        let spec = TbsSpec {
            seal: &self.seal,
            time: self.time,
            data_hash: digest,
            property: &self.path,
            extensions: &extensions,
        };
        Message::seal_signature(&spec, certificate)
            .map_err(|error| Refusal::Malformed(error.to_string()))
    }
}

/// SES_Signature around what was signed.
pub(super) fn pack(tbs: &[u8], certificate: &Certificate, signature: &Signature) -> Vec<u8> {
    seal::ses::signature(
        tbs,
        certificate,
        signature.algorithm,
        &signature.value,
        None,
    )
}
