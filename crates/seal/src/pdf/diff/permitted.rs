//! The closed list of permitted changes, applied to one step.

mod catalog;
mod fields;
mod metadata;
mod page;
mod store;

use std::collections::BTreeSet;

use super::Step;
use super::index::ReferenceIndex;
use crate::pdf::bytes;
use crate::pdf::document::{Document, View};
use crate::pdf::object::{Dictionary, Object, Reference};
use crate::pdf::revision::WalkError;
use crate::pdf::xref::Entry;

/// Compares revision `index` with the one before.
pub(super) fn compare(
    document: &Document<'_>,
    index: usize,
    references: &ReferenceIndex,
) -> Result<Step, WalkError> {
    let mut comparison = Comparison {
        old: document.view(index - 1),
        new: document.view(index),
        references,
        step: Step {
            revision: index,
            ..Step::default()
        },
        replaced: BTreeSet::new(),
        added: BTreeSet::new(),
        explained: BTreeSet::new(),
        roots: Vec::new(),
    };
    comparison.structure(document, index)?;
    comparison.collect();
    comparison.trailers()?;
    comparison.catalog()?;
    comparison.pages()?;
    comparison.remaining_replaced()?;
    comparison.added_objects()?;
    Ok(comparison.step)
}

struct Comparison<'c, 'd, 'a> {
    old: View<'d, 'a>,
    new: View<'d, 'a>,
    references: &'c ReferenceIndex,
    step: Step,
    /// Objects in use before that stand elsewhere now.
    replaced: BTreeSet<u32>,
    /// Objects not in use before.
    added: BTreeSet<u32>,
    /// Replaced objects whose change was looked at, allowed or already denied.
    explained: BTreeSet<u32>,
    /// Objects that added ones may be reached from.
    roots: Vec<Object>,
}

impl Comparison<'_, '_, '_> {
    fn structure(&mut self, document: &Document<'_>, index: usize) -> Result<(), WalkError> {
        let revision = &document.revisions()[index];
        if revision.hybrid {
            self.step
                .deny("hybrid_revision", format!("revision {}", index + 1));
        }
        if let Some(stray) = revision.strays.first() {
            self.step
                .deny("object_outside_revision", format!("object {stray}"));
        }
        if let Some(offset) = bytes::first_unexplained(document, index)? {
            self.step
                .deny("bytes_of_no_object", format!("byte {offset}"));
        }
        Ok(())
    }

    fn collect(&mut self) {
        for (number, entry) in &self.new.revision().entries {
            let before = self
                .old
                .entry(*number)
                .map(|(entry, _)| entry)
                .unwrap_or(Entry::Free);
            match (before, *entry) {
                _ if *number == 0 || before == *entry => {}
                (Entry::Free, _) => {
                    self.added.insert(*number);
                }
                (_, Entry::Free) => self.step.deny("object_removed", format!("object {number}")),
                _ => {
                    self.replaced.insert(*number);
                }
            }
        }
    }

    /// An object that only holds others, may be replaced if nothing else uses it.
    fn explain_container(&mut self, number: u32, users: &BTreeSet<u32>) {
        self.explained.insert(number);
        if self.replaced.contains(&number) && !self.references.only_referred_by(number, users) {
            self.step
                .deny("object_has_two_uses", format!("object {number}"));
        }
    }

    /// What was replaced and is not on the list of allowed changes.
    fn remaining_replaced(&mut self) -> Result<(), WalkError> {
        let structural = self.new.structural_numbers();
        for number in std::mem::take(&mut self.replaced) {
            if self.explained.contains(&number) {
                continue;
            }
            let before = self.old.numbered(number)?;
            let dictionary = before
                .as_ref()
                .and_then(|placed| placed.object.as_dictionary())
                .cloned()
                .unwrap_or_default();
            // A cross-reference stream may take the number of an earlier one; an object stream
            // may not, since objects of earlier revisions stand in it.
            if structural.contains(&number)
                && dictionary.is("Type", "XRef")
                && self.references.only_referred_by(number, &BTreeSet::new())
            {
                let after = self.new.numbered(number)?;
                if after.and_then(|placed| {
                    placed
                        .object
                        .as_dictionary()
                        .map(|after| after.is("Type", "XRef"))
                }) == Some(true)
                {
                    continue;
                }
            }
            let is_stream = before.is_some_and(|placed| placed.stream.is_some());
            self.step
                .deny(classify(&dictionary, is_stream), format!("object {number}"));
        }
        Ok(())
    }

    /// Every added object is reached from an allowed place, and no earlier object waited for it.
    fn added_objects(&mut self) -> Result<(), WalkError> {
        let mut reached: BTreeSet<u32> = self.new.structural_numbers().into_iter().collect();
        let mut queue: Vec<Reference> = Vec::new();
        for root in std::mem::take(&mut self.roots) {
            root.references(&mut queue);
        }
        while let Some(reference) = queue.pop() {
            if !self.added.contains(&reference.number) || !reached.insert(reference.number) {
                continue;
            }
            if let Some(placed) = self.new.numbered(reference.number)? {
                placed.object.references(&mut queue);
            }
        }
        for number in std::mem::take(&mut self.added) {
            if self.references.was_missing(number) {
                self.step
                    .deny("missing_object_supplied", format!("object {number}"));
            }
            if !reached.contains(&number) {
                self.step
                    .deny("unexplained_object", format!("object {number}"));
            }
        }
        Ok(())
    }
}

/// Names what a replaced object was, for the report.
fn classify(dictionary: &Dictionary, is_stream: bool) -> &'static str {
    let name = |key: &str| dictionary.get(key).and_then(Object::as_name);
    match (name("Type"), name("Subtype")) {
        (Some(b"Font" | b"FontDescriptor" | b"Encoding" | b"CMap"), _) => "font_changed",
        (Some(b"Pages"), _) => "page_tree_changed",
        (Some(b"Sig" | b"DocTimeStamp"), _) => "signature_changed",
        (Some(b"OCG" | b"OCMD"), _) => "optional_content_changed",
        (Some(b"ObjStm"), _) => "object_stream_replaced",
        (_, Some(b"Widget")) => "form_filled",
        (Some(b"Annot"), _) => "annotation_changed",
        (_, Some(b"Form" | b"Image")) => "appearance_changed",
        _ if dictionary.get("FT").is_some() => "form_filled",
        _ if dictionary.get("ByteRange").is_some() => "signature_changed",
        _ if is_stream => "page_content_changed",
        _ => "object_changed",
    }
}
