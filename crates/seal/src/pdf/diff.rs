//! The difference between a revision and the one before, by object graph.
//!
//! Allowed is a closed list: a new signature field with its widget and appearance, an empty
//! signature field signed, the widget's entry in its page's `/Annots`, the field's entry in the
//! form, `/SigFlags`, the security store (DSS), `/Producer` and `/ModDate`. Everything else is
//! denied: what an object *is for* is never guessed, so an object that may change must be one of
//! these, and every new object must be reached from them alone.

mod index;
mod permitted;

use std::fmt;

use super::document::Document;
use super::form::{self, Permission, WidgetPlace};
use super::revision::WalkError;
use super::signature::{self, FoundSignature};

use index::ReferenceIndex;

/// A change that is not allowed behind a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// A stable word for reports.
    pub word: &'static str,
    /// The object, key or byte it is about.
    pub what: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.word.replace('_', " "), self.what)
    }
}

/// What one appended revision does.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Index of the revision.
    pub revision: usize,
    /// What of it is not allowed.
    pub denials: Vec<Denial>,
    /// Names of signature fields that it adds or signs.
    pub fields: Vec<String>,
    /// Where those show.
    pub seals: Vec<WidgetPlace>,
}

impl Step {
    fn deny(&mut self, word: &'static str, what: impl Into<String>) {
        // A hostile file could fill memory with reasons; the first are enough.
        if self.denials.len() < 32 {
            self.denials.push(Denial {
                word,
                what: what.into(),
            });
        }
    }
}

/// What every revision after a given one does.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Oldest first.
    pub steps: Vec<Step>,
}

impl Changes {
    /// Compares each revision after `base` with the one before it.
    ///
    /// # Errors
    /// Objects that cannot be read strictly.
    pub fn of(document: &Document<'_>, base: usize) -> Result<Self, WalkError> {
        let last = document.revisions().len() - 1;
        if base >= last {
            return Ok(Self::default());
        }
        let mut index = ReferenceIndex::build(document, base)?;
        let mut steps = Vec::new();
        for revision in base + 1..=last {
            steps.push(permitted::compare(document, revision, &index)?);
            index.advance(document, revision)?;
        }
        Ok(Self { steps })
    }

    /// What denies that `signature` still holds: denied changes in later revisions, a later seal
    /// over this one, and what this signature itself forbids (DocMDP, FieldMDP).
    pub fn against(
        &self,
        document: &Document<'_>,
        signature: &FoundSignature,
    ) -> Result<Vec<Denial>, WalkError> {
        let view = document.view(signature.revision);
        let own = form::places(&view, &signature.widgets)?;
        let lock = form::lock(&view, &signature.dictionary)?;
        let forbids_all = forbids_all(document, signature)?;
        let mut denials = Vec::new();
        for step in self
            .steps
            .iter()
            .filter(|step| step.revision > signature.revision)
        {
            denials.extend(step.denials.iter().cloned());
            for seal in &step.seals {
                if own
                    .iter()
                    .any(|place| place.page == seal.page && place.rect.overlaps(&seal.rect))
                {
                    denials.push(Denial {
                        word: "later_seal_covers_this",
                        what: format!("page {}", seal.page),
                    });
                }
            }
            for field in &step.fields {
                if forbids_all {
                    denials.push(Denial {
                        word: "certified_against_changes",
                        what: field.clone(),
                    });
                }
                if lock.as_ref().is_some_and(|lock| lock.holds(field)) {
                    denials.push(Denial {
                        word: "field_locked",
                        what: field.clone(),
                    });
                }
            }
        }
        Ok(denials)
    }
}

/// Certification level 1, or a field lock that says the same (ISO 32000-2 §12.7.5.5, `/P`).
pub(crate) fn forbids_all(
    document: &Document<'_>,
    signature: &FoundSignature,
) -> Result<bool, WalkError> {
    let view = document.view(signature.revision);
    if let Some((certifying, Permission::NoChanges)) = form::certification(&view)?
        && Some(certifying) == signature.value
    {
        return Ok(true);
    }
    let Some(field) = signature.field_reference else {
        return Ok(false);
    };
    let Some(field) = view.object(field)?.as_dictionary().cloned() else {
        return Ok(false);
    };
    let lock = view.dictionary(&field, "Lock")?;
    Ok(lock.and_then(|lock| lock.get("P").and_then(super::object::Object::as_integer)) == Some(1))
}

/// The first denied change behind the earliest signature; the writer seals no broken file.
pub(crate) fn first_denied_after_signature(
    document: &Document<'_>,
) -> Result<Option<String>, WalkError> {
    let found = signature::find(document)?;
    let Some(first) = found.first() else {
        return Ok(None);
    };
    if let Some(broken) = found
        .iter()
        .find_map(|signature| signature.parts.as_ref().err())
    {
        return Ok(Some(broken.to_string()));
    }
    let changes = Changes::of(document, first.revision)?;
    for signature in &found {
        if let Some(denial) = changes.against(document, signature)?.first() {
            return Ok(Some(denial.to_string()));
        }
    }
    Ok(None)
}
