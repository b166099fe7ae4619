//! The PDF's part of preparing a seal: one appended revision for each family of keys.
//!
//! The file is read once: its base is hashed with each algorithm that a bound key needs, and every variant
//! continues from a copy of that state.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::intent::DigestName;
use contract::{Base64, ErrorCode, KeyFamilyName, SealVariant};
use domain::Timestamp;
use pki::{HashAlgorithm, Hasher};
use seal::VectorPicture;
use seal::pdf::placement::Placement;
use seal::pdf::{self, PrepareError, SignatureSpec, SubFilter, tail};
use store::documents::sealings::Variant;

use super::word;
use crate::Problem;
use crate::files::Mapped;
use crate::http::documents::sealings::places::{ItemOn, Layout, Placed, layout};

/// How much of the file is hashed at a time, so that all hashes run over it while it is in the cache.
const PIECE: usize = 256 * 1024;

/// What is prepared where blocking is allowed.
pub(super) struct Work {
    pub file: Arc<Mapped>,
    /// The pictures of the seals that the places name, in their order.
    pub pictures: Vec<VectorPicture>,
    pub items: Vec<ItemOn>,
    pub signer: String,
    pub reason: Option<String>,
    pub last: bool,
    pub families: Vec<KeyFamilyName>,
    pub now: Timestamp,
}

/// One family's revision.
pub(super) struct PreparedVariant {
    family: KeyFamilyName,
    sub_filter: SubFilter,
    hash: DigestName,
    digest: Vec<u8>,
    tail: Vec<u8>,
}

/// Every family's revision, and where the seals go in it.
pub(super) struct Done {
    pub places: Vec<Placed>,
    pub variants: Vec<PreparedVariant>,
}

impl Work {
    pub(super) fn prepare(self) -> Result<Done, Problem> {
        let Layout { places, .. } = layout(&self.file, &self.pictures, &self.items)?;
        let file: &[u8] = (*self.file).as_ref();
        let field_name = pdf::free_field_name(file).map_err(refusal)?;
        let mut each: Vec<Vec<Placement>> = vec![Vec::new(); self.pictures.len()];
        for place in &places {
            each[place.seal].push(place.placement);
        }
        let mut each = each.into_iter();
        let first = each.next().unwrap_or_default();
        let further: Vec<_> = self.pictures.iter().skip(1).zip(each).collect();

        let mut tails = Vec::new();
        for family in self.families {
            let (sub_filter, hash) = match family {
                KeyFamilyName::Sm2 => (SubFilter::AdbePkcs7Detached, DigestName::Sm3),
                KeyFamilyName::Rsa | KeyFamilyName::P256 => {
                    (SubFilter::EtsiCadesDetached, DigestName::Sha256)
                }
            };
            let spec = SignatureSpec {
                placements: &first,
                picture: &self.pictures[0],
                further: &further,
                field_name: &field_name,
                signer_name: &self.signer,
                reason: self.reason.as_deref(),
                time: self.now.into(),
                sub_filter,
                contents_capacity: pdf::DEFAULT_CAPACITY,
                last: self.last,
            };
            let prepared = pdf::prepare_signature(file, &spec).map_err(refusal)?;
            tails.push((family, sub_filter, hash, prepared.tail));
        }
        let base = hash_base(file, tails.iter().map(|(_, _, hash, _)| *hash));
        let variants = tails.into_iter().map(|(family, sub_filter, hash, tail)| {
            let digest = continue_over(&base[word_of_hash(hash)], &tail, file.len() as u64)?;
            Ok(PreparedVariant {
                family,
                sub_filter,
                hash,
                digest,
                tail,
            })
        });
        let variants = variants.collect::<Result<_, Problem>>()?;
        Ok(Done { places, variants })
    }
}

/// One pass over the file for all hashes.
fn hash_base(
    file: &[u8],
    hashes: impl Iterator<Item = DigestName>,
) -> BTreeMap<&'static str, Hasher> {
    let mut base: BTreeMap<&'static str, Hasher> = hashes
        .map(|hash| (word_of_hash(hash), Hasher::new(algorithm(hash))))
        .collect();
    for piece in file.chunks(PIECE) {
        for hasher in base.values_mut() {
            hasher.update(piece);
        }
    }
    base
}

/// The digest over the ByteRange: everything but `/Contents`, which lies in the tail.
fn continue_over(base: &Hasher, appended: &[u8], base_length: u64) -> Result<Vec<u8>, Problem> {
    let inside = |offset: u64| usize::try_from(offset - base_length).unwrap_or(usize::MAX);
    let layout = tail::locate(appended, base_length).map_err(|error| {
        tracing::error!(%error, "a tail of our own was refused");
        Problem::of(ErrorCode::Internal)
    })?;
    let mut hasher = base.clone();
    hasher.update(&appended[..inside(layout.contents.0)]);
    hasher.update(&appended[inside(layout.contents.1)..]);
    Ok(hasher.finalize())
}

const fn algorithm(hash: DigestName) -> HashAlgorithm {
    match hash {
        DigestName::Sm3 => HashAlgorithm::Sm3,
        DigestName::Sha256 => HashAlgorithm::Sha256,
    }
}

const fn word_of_hash(hash: DigestName) -> &'static str {
    match hash {
        DigestName::Sm3 => "sm3",
        DigestName::Sha256 => "sha256",
    }
}

impl PreparedVariant {
    pub(super) fn row(&self, original_length: i64) -> Variant {
        Variant {
            family: word(self.family).to_owned(),
            sub_filter: self.sub_filter.name().to_owned(),
            hash: word_of_hash(self.hash).to_owned(),
            digest: self.digest.clone(),
            tail: self.tail.clone(),
            original_length,
        }
    }

    pub(super) fn offered(self, original_length: i64) -> SealVariant {
        SealVariant {
            family: self.family,
            sub_filter: self.sub_filter.name().to_owned(),
            hash: self.hash,
            digest: Base64(self.digest),
            tail: Base64(self.tail),
            original_length: u64::try_from(original_length).unwrap_or_default(),
            ofd: None,
        }
    }
}

pub(in crate::http::documents::sealings) fn refusal(error: PrepareError) -> Problem {
    let (code, zh) = match &error {
        PrepareError::NoSuchPage(_) => (ErrorCode::PageOutOfRange, "文件没有这一页"),
        PrepareError::OffPage => (ErrorCode::PageOutOfRange, "印章超出页面"),
        PrepareError::CoversSeal(_) => (
            ErrorCode::PageOutOfRange,
            "印章会盖住已有的印章，请移开后再盖",
        ),
        PrepareError::Encrypted => (ErrorCode::PdfRefused, "该 PDF 已加密，无法签章"),
        PrepareError::Xfa => (ErrorCode::PdfRefused, "该 PDF 是 XFA 表单，无法签章"),
        PrepareError::NoChangesAllowed | PrepareError::FieldsLocked => {
            (ErrorCode::PdfRefused, "该 PDF 已有的签名不允许再盖章")
        }
        PrepareError::EarlierSignatureBroken(_) => (
            ErrorCode::PdfRefused,
            "该 PDF 已有的签名在签署后被改动，不能再盖章",
        ),
        PrepareError::TooLarge => (ErrorCode::TooLarge, "文件过大"),
        PrepareError::Broken(_) => (ErrorCode::PdfRefused, "该 PDF 结构异常，无法签章"),
        PrepareError::CertifiedAlready => {
            (ErrorCode::PdfRefused, "该 PDF 已有认证签名，不能再认证")
        }
        PrepareError::OverItself(_) => (ErrorCode::PageOutOfRange, "同一印章的位置相互重叠"),
        PrepareError::Places => (ErrorCode::TooLarge, "签章位置过多"),
        PrepareError::FieldName(_)
        | PrepareError::Picture
        | PrepareError::Capacity
        | PrepareError::Format(_)
        | PrepareError::Store => {
            tracing::error!(%error, "a seal specification of our own was refused");
            (ErrorCode::Internal, "系统内部错误")
        }
    };
    Problem::of(code).with_detail(zh, error.to_string())
}
