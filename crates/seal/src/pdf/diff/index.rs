//! Who refers to what: references that lead nowhere (a later revision could supply what is missing
//! and so change what was signed), and the referrers of objects that later revisions replace.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::pdf::document::{Document, View};
use crate::pdf::object::Reference;
use crate::pdf::revision::WalkError;

/// Objects × revisions that are looked at before giving up.
const MAX_LOOKUPS: usize = 60_000_000;

/// References of a file up to some revision.
pub(super) struct ReferenceIndex {
    dangling: HashSet<u32>,
    watched: BTreeSet<u32>,
    referrers: BTreeMap<u32, BTreeSet<u32>>,
}

impl ReferenceIndex {
    /// Reads every object that is in use at revision `base`.
    pub(super) fn build(document: &Document<'_>, base: usize) -> Result<Self, WalkError> {
        let later = &document.revisions()[base + 1..];
        let watched = later
            .iter()
            .flat_map(|revision| revision.entries.keys().copied())
            .collect();
        let mut index = Self {
            dangling: HashSet::new(),
            watched,
            referrers: BTreeMap::new(),
        };
        let view = document.view(base);
        let numbers = view.numbers();
        if numbers.len().saturating_mul(base + 1) > MAX_LOOKUPS {
            return Err(WalkError::TooManyRevisions);
        }
        for number in numbers {
            index.read(&view, number)?;
        }
        Ok(index)
    }

    /// Adds what revision `revision` wrote.
    pub(super) fn advance(
        &mut self,
        document: &Document<'_>,
        revision: usize,
    ) -> Result<(), WalkError> {
        let view = document.view(revision);
        for number in document.revisions()[revision]
            .entries
            .keys()
            .filter(|number| **number != 0)
        {
            self.read(&view, *number)?;
        }
        Ok(())
    }

    fn read(&mut self, view: &View<'_, '_>, number: u32) -> Result<(), WalkError> {
        // A cross-reference stream is a trailer: what it names is compared as such.
        if view.is_cross_reference(number) {
            return Ok(());
        }
        let Some(placed) = view.numbered(number)? else {
            return Ok(());
        };
        let mut references: Vec<Reference> = Vec::new();
        placed.object.references(&mut references);
        for reference in references {
            if !view.resolves(reference) {
                self.dangling.insert(reference.number);
            }
            if self.watched.contains(&reference.number) {
                self.referrers
                    .entry(reference.number)
                    .or_default()
                    .insert(number);
            }
        }
        Ok(())
    }

    /// Something refers to this number where no object was.
    pub(super) fn was_missing(&self, number: u32) -> bool {
        self.dangling.contains(&number)
    }

    /// Whether nothing but `allowed` refers to this object.
    pub(super) fn only_referred_by(&self, number: u32, allowed: &BTreeSet<u32>) -> bool {
        self.referrers
            .get(&number)
            .is_none_or(|referrers| referrers.is_subset(allowed))
    }
}
