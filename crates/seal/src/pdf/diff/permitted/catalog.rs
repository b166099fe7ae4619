//! Trailer, document information and catalog: what of them a later signer may write anew.

use std::collections::BTreeSet;

use super::Comparison;
use crate::pdf::document::View;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::revision::WalkError;

impl Comparison<'_, '_, '_> {
    pub(super) fn trailers(&mut self) -> Result<(), WalkError> {
        let (before, after) = (self.old.revision().trailer(), self.new.revision().trailer());
        if self.old.revision().root() != self.new.revision().root() {
            self.step.deny("catalog_swapped", "trailer /Root");
        }
        if before.get("Encrypt") != after.get("Encrypt") {
            self.step.deny("encryption_changed", "trailer /Encrypt");
        }
        let first_id = |trailer: &Dictionary| {
            trailer
                .get("ID")
                .and_then(Object::as_array)
                .and_then(|ids| ids.first().cloned())
        };
        if first_id(before).is_some() && first_id(before) != first_id(after) {
            self.step.deny("file_identifier_changed", "trailer /ID");
        }
        let size = |trailer: &Dictionary| {
            trailer
                .get("Size")
                .and_then(Object::as_integer)
                .unwrap_or(0)
        };
        let highest = self
            .new
            .revision()
            .entries
            .keys()
            .next_back()
            .copied()
            .unwrap_or(0);
        if size(after) < size(before) || size(after) <= i64::from(highest) {
            self.step.deny("size_too_small", "trailer /Size");
        }
        self.information(before.get("Info").cloned(), after.get("Info").cloned())
    }

    /// The document information: writers put their name and the date into it.
    fn information(
        &mut self,
        before: Option<Object>,
        after: Option<Object>,
    ) -> Result<(), WalkError> {
        let read = |view: &View<'_, '_>, object: &Option<Object>| match object {
            Some(object) => Ok(view
                .resolve(object)?
                .as_dictionary()
                .cloned()
                .unwrap_or_default()),
            None => Ok::<_, WalkError>(Dictionary::default()),
        };
        let (old, new) = (read(&self.old, &before)?, read(&self.new, &after)?);
        for key in old.differing_keys(&new) {
            if ![&b"ModDate"[..], b"Producer"].contains(&key.as_slice()) {
                self.step.deny(
                    "information_changed",
                    String::from_utf8_lossy(&key).into_owned(),
                );
            }
        }
        if let Some(Object::Reference(reference)) = before {
            self.explained.insert(reference.number);
            if self.replaced.contains(&reference.number)
                && !self
                    .references
                    .only_referred_by(reference.number, &BTreeSet::new())
            {
                self.step.deny(
                    "object_has_two_uses",
                    format!("object {}", reference.number),
                );
            }
        }
        self.roots.extend(after);
        Ok(())
    }

    pub(super) fn catalog(&mut self) -> Result<(), WalkError> {
        let (old, new) = (self.old.catalog()?, self.new.catalog()?);
        if let Some(root) = self.old.revision().root() {
            self.explained.insert(root.number);
        }
        for key in old.differing_keys(&new) {
            match key.as_slice() {
                b"AcroForm" | b"DSS" | b"Metadata" => {}
                b"Extensions" => self.extensions(&new)?,
                b"Version" => self.version(&old, &new),
                b"Pages" => self.step.deny("page_tree_changed", "catalog /Pages"),
                b"Perms" => self.step.deny("certification_changed", "catalog /Perms"),
                other => self.step.deny(
                    "catalog_changed",
                    format!("catalog /{}", String::from_utf8_lossy(other)),
                ),
            }
        }
        self.form(&old, &new)?;
        self.metadata(&old, &new)?;
        self.store(&old, &new)
    }

    /// Whoever appends with means of a later version says so (§7.5.2); no page looks other for it.
    fn version(&mut self, before: &Dictionary, after: &Dictionary) {
        const KNOWN: [&[u8]; 9] = [
            b"1.0", b"1.1", b"1.2", b"1.3", b"1.4", b"1.5", b"1.6", b"1.7", b"2.0",
        ];
        let place = |catalog: &Dictionary| {
            let version = catalog.get("Version").and_then(Object::as_name);
            version.map(|version| KNOWN.iter().position(|known| *known == version))
        };
        let raised = match (place(before), place(after)) {
            (None, Some(Some(_))) => true,
            (Some(Some(old)), Some(Some(new))) => new > old,
            _ => false,
        };
        if !raised {
            self.step.deny("catalog_changed", "catalog /Version");
        }
    }

    /// Developer extensions are names and numbers; they change nothing that is shown.
    fn extensions(&mut self, catalog: &Dictionary) -> Result<(), WalkError> {
        let plain = |object: &Object| !matches!(object, Object::Reference(_) | Object::String(_));
        let flat = match catalog.get("Extensions") {
            Some(Object::Dictionary(extensions)) => {
                extensions.0.values().all(|extension| match extension {
                    Object::Dictionary(parts) => parts.0.values().all(plain),
                    Object::Array(several) => several.iter().all(plain),
                    other => plain(other),
                })
            }
            Some(_) => false,
            None => false,
        };
        if !flat {
            self.step.deny("catalog_changed", "catalog /Extensions");
        }
        Ok(())
    }
}
