//! The signatures of a file (ISO 32000-2 §12.8.1): found in every revision, not only the last, so
//! that one which a later revision hides is still seen; each with what its `/ByteRange` covers.

use std::collections::BTreeSet;

use super::document::{Document, View};
use super::form;
use super::layout;
use super::object::{Dictionary, Object, Reference};
use super::revision::WalkError;
use super::xref::Entry;

/// Signatures in one file.
pub const MAX_SIGNATURES: usize = 256;
/// Form fields read over all revisions.
const MAX_FIELD_READS: usize = 400_000;

/// What is wrong with a signature's place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The field's value is no signature dictionary.
    #[error("the signature dictionary is missing")]
    Missing,
    /// The dictionary is direct or inside an object stream, so that `/Contents` has no place of its own.
    #[error("the signature dictionary is not an indirect object of the file")]
    NotPlaced,
    /// No form field holds it.
    #[error("no form field holds the signature")]
    NoField,
    /// The field that holds it came in a later revision.
    #[error("the signature was attached to a field in a later revision")]
    AttachedLater,
    /// `/Contents` is absent or null.
    #[error("/Contents is missing")]
    NoContents,
    /// `/Contents` has no bytes, or zeros only.
    #[error("/Contents is empty")]
    EmptyContents,
    /// `/Contents` is no hexadecimal string, or not only digits.
    #[error("/Contents is not a plain hexadecimal string")]
    ContentsNotHexadecimal,
    /// `/ByteRange` is absent or null.
    #[error("/ByteRange is missing")]
    NoByteRange,
    /// `/ByteRange` is not four non-negative integers.
    #[error("/ByteRange is not four non-negative integers")]
    MalformedByteRange,
    /// `/ByteRange` does not start at 0, overlaps or leaves the file.
    #[error("/ByteRange starts elsewhere than 0, overlaps or leaves the file")]
    ByteRangeBounds,
    /// What `/ByteRange` leaves out is not exactly this dictionary's `/Contents`.
    #[error("/ByteRange leaves out something other than this signature's /Contents")]
    GapMismatch,
    /// What `/ByteRange` covers does not end where the signature's revision ends.
    #[error("/ByteRange does not end where the signature's revision ends")]
    EndMismatch,
    /// Two signatures in one revision cannot both cover it.
    #[error("another signature stands in the same revision")]
    SecondInRevision,
}

impl SignatureError {
    /// A stable word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::NotPlaced => "signature_not_placed",
            Self::NoField => "signature_without_field",
            Self::AttachedLater => "signature_attached_later",
            Self::NoContents => "contents_missing",
            Self::EmptyContents => "contents_empty",
            Self::ContentsNotHexadecimal => "contents_not_hexadecimal",
            Self::NoByteRange => "byte_range_missing",
            Self::MalformedByteRange => "byte_range_malformed",
            Self::ByteRangeBounds => "byte_range_bounds",
            Self::GapMismatch => "byte_range_gap",
            Self::EndMismatch => "byte_range_end",
            Self::SecondInRevision => "second_signature_in_revision",
        }
    }

    /// Whether it is about what is covered rather than how the signature is written.
    pub const fn concerns_coverage(self) -> bool {
        matches!(
            self,
            Self::ByteRangeBounds | Self::GapMismatch | Self::EndMismatch
        )
    }
}

/// A signature's bytes and what they cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The decoded `/Contents`, padding included.
    pub contents: Vec<u8>,
    /// The token of `/Contents`, delimiters included: what `/ByteRange` leaves out.
    pub gap: (u64, u64),
    /// Where the covered bytes end.
    pub end: u64,
}

/// A signature somewhere in the file.
#[derive(Debug, Clone)]
pub struct FoundSignature {
    /// Name of the field that holds it; empty where none does.
    pub field: String,
    /// The field's object.
    pub field_reference: Option<Reference>,
    /// The field's widgets.
    pub widgets: Vec<Reference>,
    /// The signature dictionary's object.
    pub value: Option<Reference>,
    /// The signature dictionary; empty where there is none.
    pub dictionary: Dictionary,
    /// Index of the revision that it signs.
    pub revision: usize,
    /// Its bytes, or what is wrong with them.
    pub parts: Result<Parts, SignatureError>,
}

impl FoundSignature {
    /// `/SubFilter`.
    pub fn sub_filter(&self) -> Option<String> {
        self.dictionary
            .get("SubFilter")
            .and_then(Object::as_name)
            .map(|name| String::from_utf8_lossy(name).into_owned())
    }
}

/// All signatures, ordered by revision.
///
/// # Errors
/// A form that cannot be read strictly in some revision.
pub fn find(document: &Document<'_>) -> Result<Vec<FoundSignature>, WalkError> {
    let mut found: Vec<FoundSignature> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut reads = 0;
    for index in 0..document.revisions().len() {
        let view = document.view(index);
        let form = form::form(&view)?;
        let fields = form.iter().flat_map(|form| &form.fields);
        reads += fields.clone().count();
        if reads > MAX_FIELD_READS {
            return Err(WalkError::Form("too many fields over all revisions"));
        }
        for field in fields.filter(|field| field.signed) {
            let (identity, home) = match field.value {
                Some(value) => (
                    value,
                    view.entry(value.number).map_or(index, |(_, home)| home),
                ),
                None => (
                    field.reference,
                    view.entry(field.reference.number)
                        .map_or(index, |(_, home)| home),
                ),
            };
            if !seen.insert((identity, home)) {
                continue;
            }
            let dictionary = match field.value.map(|value| view.object(value)).transpose()? {
                Some(Object::Dictionary(dictionary)) => dictionary,
                _ => Dictionary::default(),
            };
            let parts = match field.value {
                None => Err(SignatureError::NotPlaced),
                Some(_) if home != index => Err(SignatureError::AttachedLater),
                Some(value) => read_parts(&view, value)?,
            };
            found.push(FoundSignature {
                field: field.name.clone(),
                field_reference: Some(field.reference),
                widgets: field.widgets.clone(),
                value: field.value,
                dictionary,
                revision: home,
                parts,
            });
            if found.len() > MAX_SIGNATURES {
                return Err(WalkError::Form("more than 256 signatures"));
            }
        }
    }
    find_outside_the_form(document, &mut found)?;
    found.sort_by_key(|signature| signature.revision);
    for index in 1..found.len() {
        if found[index].revision == found[index - 1].revision {
            for signature in &mut found[index - 1..=index] {
                if signature.parts.is_ok() {
                    signature.parts = Err(SignatureError::SecondInRevision);
                }
            }
        }
    }
    Ok(found)
}

/// A certification or a signature widget that the form does not list: readers may show it.
fn find_outside_the_form(
    document: &Document<'_>,
    found: &mut Vec<FoundSignature>,
) -> Result<(), WalkError> {
    let view = document.latest();
    let mut loose: Vec<Reference> = Vec::new();
    let catalog = view.catalog()?;
    if let Some(permissions) = view.dictionary(&catalog, "Perms")? {
        loose.extend(permissions.get("DocMDP").and_then(Object::as_reference));
    }
    let layout = layout::of(&view)?;
    for page in 0..layout.pages.len() {
        for annotation in layout.annotations(page) {
            let Object::Dictionary(widget) = view.object(*annotation)? else {
                continue;
            };
            if widget.is("FT", "Sig") {
                loose.extend(widget.get("V").and_then(Object::as_reference));
            }
        }
    }
    for value in loose {
        if !view.resolves(value) || found.iter().any(|signature| signature.value == Some(value)) {
            continue;
        }
        let Object::Dictionary(dictionary) = view.object(value)? else {
            continue;
        };
        found.push(FoundSignature {
            field: String::new(),
            field_reference: None,
            widgets: Vec::new(),
            value: Some(value),
            dictionary,
            revision: view.entry(value.number).map_or(0, |(_, home)| home),
            parts: Err(SignatureError::NoField),
        });
    }
    Ok(())
}

/// Rules 1 and 2 of what a verifier owes: the range, its gap, and its end.
fn read_parts(
    view: &View<'_, '_>,
    value: Reference,
) -> Result<Result<Parts, SignatureError>, WalkError> {
    let Some(placed) = view.placed(value)? else {
        return Ok(Err(SignatureError::Missing));
    };
    let Object::Dictionary(dictionary) = &placed.object else {
        return Ok(Err(SignatureError::Missing));
    };
    if !matches!(view.entry(value.number), Some((Entry::Offset { .. }, _))) {
        return Ok(Err(SignatureError::NotPlaced));
    }
    Ok(parts_of(view, dictionary))
}

fn parts_of(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<Parts, SignatureError> {
    let contents = match dictionary.get("Contents") {
        None => return Err(SignatureError::NoContents),
        Some(contents) => contents
            .as_string()
            .ok_or(SignatureError::ContentsNotHexadecimal)?,
    };
    if contents.bytes.is_empty() {
        return Err(SignatureError::EmptyContents);
    }
    let source = view.document().source();
    let token = source
        .slice(contents.span.start, contents.span.end)
        .unwrap_or_default();
    // Digits only: white space or an odd digit would be read differently by others.
    let plain = token.len() == contents.bytes.len() * 2 + 2
        && token[1..token.len() - 1].iter().all(u8::is_ascii_hexdigit);
    if !contents.hexadecimal || !plain {
        return Err(SignatureError::ContentsNotHexadecimal);
    }
    let numbers = match dictionary.get("ByteRange") {
        None => return Err(SignatureError::NoByteRange),
        Some(range) => range.as_array().ok_or(SignatureError::MalformedByteRange)?,
    };
    let numbers: Option<Vec<u64>> = numbers
        .iter()
        .map(|number| u64::try_from(number.as_integer()?).ok())
        .collect();
    let Some([start, first, second, last]) =
        numbers.and_then(|numbers| <[u64; 4]>::try_from(numbers).ok())
    else {
        return Err(SignatureError::MalformedByteRange);
    };
    let end = second.checked_add(last).filter(|end| *end <= source.len());
    let end = end
        .filter(|_| start == 0 && first > 0 && first < second && last > 0)
        .ok_or(SignatureError::ByteRangeBounds)?;
    let gap = (contents.span.start, contents.span.end);
    if (first, second) != gap {
        return Err(SignatureError::GapMismatch);
    }
    let revision = view.revision();
    if end < revision.eof || end > revision.end {
        return Err(SignatureError::EndMismatch);
    }
    Ok(Parts {
        contents: contents.bytes.clone(),
        gap,
        end,
    })
}
