//! A revision that was prepared elsewhere: find its parts, judge it before anything is signed,
//! put the CMS into it.

use pki::{HashAlgorithm, Hasher};

use super::SubFilter;
use super::diff;
use super::document::Document;
use super::form::{self, WidgetPlace};
use super::object::{Dictionary, Object};
use super::pages::Rect;
use super::revision::WalkError;
use super::signature::{self, SignatureError};
use super::source::Source;
use super::syntax::{Parser, SyntaxError};

/// Bytes that may be appended for one seal.
pub const MAX_TAIL: usize = 2 << 20;

/// Why a tail is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TailError {
    /// Larger than [`MAX_TAIL`].
    #[error("the appended revision is larger than 2 MB")]
    TooLarge,
    /// It does not begin with a signature dictionary.
    #[error("the appended revision does not begin with a signature dictionary: {0}")]
    Layout(#[from] SyntaxError),
    /// The signature dictionary lacks a part or has it elsewhere.
    #[error("the signature dictionary is not as expected: {0}")]
    Dictionary(&'static str),
    /// Original and tail together are no PDF.
    #[error("original and revision together cannot be read strictly: {0}")]
    Broken(#[from] WalkError),
    /// The tail is not exactly one revision behind the original.
    #[error("what is appended is not exactly one revision")]
    NotOneRevision,
    /// The revision does more than add one seal.
    #[error("the revision does more than add a seal: {0}")]
    Denied(String),
    /// The signature's own bytes are not covered as they must be.
    #[error("the signature does not cover the whole file: {0}")]
    Coverage(#[from] SignatureError),
    /// `/Contents` holds something already.
    #[error("the place for the signature is not empty")]
    NotEmpty,
    /// The CMS does not fit.
    #[error("the signature has {needed} bytes and there is room for {room}")]
    NoRoom {
        /// Length of the CMS.
        needed: usize,
        /// Bytes reserved.
        room: usize,
    },
}

/// Where the signature's parts are, in offsets of original ‖ tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The token of `/Contents`, delimiters included.
    pub contents: (u64, u64),
    /// `/ByteRange` as written.
    pub byte_range: [u64; 4],
    /// `/SubFilter`.
    pub sub_filter: String,
}

/// Finds the signature dictionary that [`super::prepare`] puts first in its tail.
///
/// # Errors
/// Any other layout, or a `/ByteRange` that is not the one that belongs there.
pub fn locate(tail: &[u8], original_length: u64) -> Result<Layout, TailError> {
    if tail.len() > MAX_TAIL {
        return Err(TailError::TooLarge);
    }
    let mut parser = Parser::new(tail, original_length);
    parser.skip_whitespace();
    let indirect = parser.indirect()?;
    let Object::Dictionary(dictionary) = &indirect.object else {
        return Err(TailError::Dictionary(
            "the first object is not a dictionary",
        ));
    };
    let layout = layout(dictionary).ok_or(TailError::Dictionary(
        "/Contents, /ByteRange or /SubFilter is missing",
    ))?;
    let end = original_length + tail.len() as u64;
    let expected = [
        0,
        layout.contents.0,
        layout.contents.1,
        end - layout.contents.1,
    ];
    if layout.byte_range != expected {
        return Err(TailError::Dictionary(
            "/ByteRange is not everything but /Contents",
        ));
    }
    Ok(layout)
}

fn layout(dictionary: &Dictionary) -> Option<Layout> {
    let contents = dictionary
        .get("Contents")?
        .as_string()
        .filter(|contents| contents.hexadecimal)?;
    let numbers = dictionary.get("ByteRange")?.as_array()?;
    let numbers: Option<Vec<u64>> = numbers
        .iter()
        .map(|number| u64::try_from(number.as_integer()?).ok())
        .collect();
    let sub_filter = String::from_utf8(dictionary.get("SubFilter")?.as_name()?.to_vec()).ok()?;
    Some(Layout {
        contents: (contents.span.start, contents.span.end),
        byte_range: numbers?.try_into().ok()?,
        sub_filter,
    })
}

/// Puts the CMS into the tail; what is left of the room stays zeros.
///
/// `original_length` is that of the file the tail was prepared for.
///
/// # Errors
/// A CMS that does not fit, a place that is taken, or another layout.
pub fn complete(tail: &[u8], original_length: u64, cms: &[u8]) -> Result<Vec<u8>, TailError> {
    let layout = locate(tail, original_length)?;
    let start = (layout.contents.0 - original_length) as usize + 1;
    let end = (layout.contents.1 - original_length) as usize - 1;
    if tail[start..end].iter().any(|byte| *byte != b'0') {
        return Err(TailError::NotEmpty);
    }
    let room = (end - start) / 2;
    if cms.is_empty() || cms.len() > room {
        return Err(TailError::NoRoom {
            needed: cms.len(),
            room,
        });
    }
    let mut complete = tail.to_vec();
    for (place, byte) in complete[start..end].chunks_exact_mut(2).zip(cms) {
        place.copy_from_slice(format!("{byte:02X}").as_bytes());
    }
    Ok(complete)
}

/// What a prepared revision would do, as read from its bytes and not from who sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// The new signature field.
    pub field: String,
    /// Page of the seal, from 1; the first where it stands in several places.
    pub page: u32,
    /// Where on it, in user space of the unrotated page.
    pub rect: Rect,
    /// All its places, by page.
    pub places: Vec<WidgetPlace>,
    /// How the signature will be packed.
    pub sub_filter: SubFilter,
    /// `/Name`.
    pub signer_name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/ByteRange`.
    pub byte_range: [u64; 4],
    /// Bytes reserved for the CMS.
    pub room: usize,
}

/// Judges a revision before it is signed: original ‖ tail walks strictly, the tail is exactly one
/// revision, it adds exactly one visible seal and nothing else, covers no earlier seal, breaks no
/// earlier signature's permissions, and its `/ByteRange` covers all but the empty `/Contents`.
///
/// # Errors
/// Whatever of this does not hold.
pub fn inspect(original: &[u8], tail: &[u8]) -> Result<Inspected, TailError> {
    let layout = locate(tail, original.len() as u64)?;
    let document = Document::open(Source::appended(original, tail))?;
    let last = document.revisions().len() - 1;
    let revision = &document.revisions()[last];
    let own = last > 0
        && document.revisions()[last - 1].eof <= original.len() as u64
        && revision
            .sections
            .iter()
            .all(|section| section.offset >= original.len() as u64);
    if !own || document.is_encrypted() {
        return Err(TailError::NotOneRevision);
    }
    let found = signature::find(&document)?;
    let mut own = found.iter().filter(|signature| signature.revision == last);
    let (Some(new), None) = (own.next(), own.next()) else {
        return Err(TailError::Denied(
            "it does not add exactly one signature".into(),
        ));
    };
    let parts = new.parts.clone()?;
    if parts.contents.iter().any(|byte| *byte != 0) {
        return Err(TailError::NotEmpty);
    }
    let changes = diff::Changes::of(&document, last - 1)?;
    let step = changes.steps.last().ok_or(TailError::NotOneRevision)?;
    if let Some(denial) = step.denials.first() {
        return Err(TailError::Denied(denial.to_string()));
    }
    for earlier in found.iter().filter(|signature| signature.revision < last) {
        if let Some(denial) = changes.against(&document, earlier)?.first() {
            return Err(TailError::Denied(denial.to_string()));
        }
    }
    if matches!(
        form::certification(&document.view(last - 1))?,
        Some((_, form::Permission::NoChanges))
    ) {
        return Err(TailError::Denied(
            "the file is certified against any change".into(),
        ));
    }
    let mut places = step.seals.clone();
    places.sort_by_key(|place| place.page);
    let shown = |place: &WidgetPlace| place.rect.width() > 0.0 && place.rect.height() > 0.0;
    if step.fields.len() != 1 || places.is_empty() || !places.iter().all(shown) {
        return Err(TailError::Denied(
            "it does not show exactly one seal".into(),
        ));
    }
    let view = document.view(last);
    let dictionary = match new.value.map(|value| view.object(value)).transpose()? {
        Some(Object::Dictionary(dictionary)) => dictionary,
        _ => {
            return Err(TailError::Dictionary(
                "the signature is not an object of its own",
            ));
        }
    };
    let line = |key: &str| {
        dictionary
            .get(key)
            .and_then(Object::as_string)
            .map(|string| form::text(&string.bytes))
    };
    Ok(Inspected {
        field: new.field.clone(),
        page: places[0].page,
        rect: places[0].rect,
        places,
        sub_filter: SubFilter::from_name(&layout.sub_filter)
            .filter(|format| format.seals())
            .ok_or(TailError::Dictionary("an unknown /SubFilter"))?,
        signer_name: line("Name"),
        reason: line("Reason"),
        byte_range: layout.byte_range,
        room: (layout.contents.1 - layout.contents.0) as usize / 2 - 1,
    })
}

/// Digest of the original, as the seal intent names it.
pub fn document_digest(original: &[u8], algorithm: HashAlgorithm) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(original);
    hasher.finalize()
}
