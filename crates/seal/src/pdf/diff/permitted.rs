//! The closed list of permitted changes, applied to one step.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use super::index::ReferenceIndex;
use crate::pdf::bytes;
use crate::pdf::document::{Document, View};
use crate::pdf::form::{self, SignatureField};
use crate::pdf::object::{Dictionary, Object, Reference};
use crate::pdf::pages;
use crate::pdf::revision::WalkError;
use crate::pdf::xref::Entry;

/// Objects of the security store.
const MAX_STORE: usize = 20_000;

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

    fn trailers(&mut self) -> Result<(), WalkError> {
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

    fn catalog(&mut self) -> Result<(), WalkError> {
        let (old, new) = (self.old.catalog()?, self.new.catalog()?);
        if let Some(root) = self.old.revision().root() {
            self.explained.insert(root.number);
        }
        for key in old.differing_keys(&new) {
            match key.as_slice() {
                b"AcroForm" | b"DSS" => {}
                b"Extensions" => self.extensions(&new)?,
                b"Pages" => self.step.deny("page_tree_changed", "catalog /Pages"),
                b"Perms" => self.step.deny("certification_changed", "catalog /Perms"),
                other => self.step.deny(
                    "catalog_changed",
                    format!("catalog /{}", String::from_utf8_lossy(other)),
                ),
            }
        }
        self.form(&old, &new)?;
        self.store(&old, &new)
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

    fn form(
        &mut self,
        old_catalog: &Dictionary,
        new_catalog: &Dictionary,
    ) -> Result<(), WalkError> {
        let (old_form, new_form) = (form::form(&self.old)?, form::form(&self.new)?);
        let empty = Dictionary::default();
        let old = old_form.as_ref().map_or(&empty, |form| &form.dictionary);
        let new = new_form.as_ref().map_or(&empty, |form| &form.dictionary);
        for key in old.differing_keys(new) {
            match key.as_slice() {
                b"Fields" => {}
                b"SigFlags" => {
                    let flags = |form: &Dictionary| {
                        form.get("SigFlags")
                            .and_then(Object::as_integer)
                            .unwrap_or(0)
                    };
                    if flags(new) & !3 != flags(old) & !3 || flags(old) & flags(new) != flags(old) {
                        self.step.deny("form_changed", "/SigFlags");
                    }
                }
                other => self.step.deny(
                    "form_changed",
                    format!("AcroForm /{}", String::from_utf8_lossy(other)),
                ),
            }
        }
        let array = |view: &View<'_, '_>, form: &Dictionary| -> Result<Vec<Object>, WalkError> {
            Ok(match view.get(form, "Fields")? {
                Some(Object::Array(fields)) => fields,
                _ => Vec::new(),
            })
        };
        let (before, after) = (array(&self.old, old)?, array(&self.new, new)?);
        if !after.starts_with(&before) {
            self.step.deny("form_changed", "AcroForm /Fields");
        }
        // The objects in which form and field list stand may be replaced: what they say was compared.
        let mut holders: BTreeSet<u32> = self
            .old
            .revision()
            .root()
            .iter()
            .map(|root| root.number)
            .collect();
        for (holder, key) in [(old_catalog, "AcroForm"), (old, "Fields")] {
            if let Some(reference) = holder.get(key).and_then(Object::as_reference) {
                self.explain_container(reference.number, &holders);
                holders.insert(reference.number);
            }
        }
        self.roots.extend(new_catalog.get("AcroForm").cloned());
        self.roots.extend(new.get("Fields").cloned());
        let new_roots: BTreeSet<u32> = after
            .iter()
            .skip(before.len())
            .filter_map(Object::as_reference)
            .map(|field| field.number)
            .collect();
        let known = old_form.map(|form| form.fields).unwrap_or_default();
        for field in new_form.into_iter().flat_map(|form| form.fields) {
            match known
                .iter()
                .find(|known| known.reference == field.reference)
            {
                Some(known) => self.known_field(known, &field)?,
                None if new_roots.contains(&field.reference.number) => self.new_field(&field)?,
                None => self
                    .step
                    .deny("form_changed", format!("field {}", field.name)),
            }
        }
        // Whatever else was added to the list is no signature field.
        let signatures = form::form(&self.new)?
            .map(|form| form.fields)
            .unwrap_or_default();
        for root in new_roots {
            if !signatures
                .iter()
                .any(|field| field.reference.number == root)
            {
                self.step.deny(
                    "form_changed",
                    format!("object {root} is no signature field"),
                );
            }
        }
        Ok(())
    }

    /// An object that only holds others, may be replaced if nothing else uses it.
    fn explain_container(&mut self, number: u32, users: &BTreeSet<u32>) {
        self.explained.insert(number);
        if self.replaced.contains(&number) && !self.references.only_referred_by(number, users) {
            self.step
                .deny("object_has_two_uses", format!("object {number}"));
        }
    }

    fn new_field(&mut self, field: &SignatureField) -> Result<(), WalkError> {
        let dictionary = &field.dictionary;
        let has = |key: &str| dictionary.get(key).is_some();
        if !self.added.contains(&field.reference.number)
            || !dictionary.is("FT", "Sig")
            || has("Parent")
            || has("A")
            || has("AA")
        {
            self.step
                .deny("form_changed", format!("field {}", field.name));
        }
        for widget in &field.widgets {
            let Object::Dictionary(widget_dictionary) = self.new.object(*widget)? else {
                continue;
            };
            let plain = widget_dictionary.is("Subtype", "Widget")
                && widget_dictionary.get("A").is_none()
                && widget_dictionary.get("AA").is_none();
            if !self.added.contains(&widget.number) || !plain {
                self.step
                    .deny("annotation_changed", format!("widget {}", widget.number));
            }
            // An empty field shows nothing; a picture that nobody signs is an annotation.
            if !field.signed
                && (widget_dictionary.get("AP").is_some() || widget_dictionary.get("MK").is_some())
            {
                self.step
                    .deny("unsigned_picture", format!("field {}", field.name));
            }
        }
        self.fresh_signature(field)?;
        self.roots.push(Object::Reference(field.reference));
        self.step.fields.push(field.name.clone());
        self.step
            .seals
            .extend(form::places(&self.new, &field.widgets)?);
        Ok(())
    }

    /// A field's value must be a signature dictionary that came with this revision.
    fn fresh_signature(&mut self, field: &SignatureField) -> Result<(), WalkError> {
        if !field.signed {
            return Ok(());
        }
        let dictionary = match field.value {
            Some(value) if self.added.contains(&value.number) => self.new.object(value)?,
            _ => Object::Null,
        };
        let whole = dictionary.as_dictionary().is_some_and(|dictionary| {
            dictionary.get("ByteRange").is_some() && dictionary.get("Contents").is_some()
        });
        if !whole {
            self.step
                .deny("signature_missing", format!("field {}", field.name));
        }
        Ok(())
    }

    /// A field that was there: untouched, or empty before and signed now.
    fn known_field(&mut self, old: &SignatureField, new: &SignatureField) -> Result<(), WalkError> {
        let objects: BTreeSet<u32> = std::iter::once(&old.reference)
            .chain(&old.widgets)
            .map(|object| object.number)
            .collect();
        if objects.is_disjoint(&self.replaced) {
            return Ok(());
        }
        if old.signed || !new.signed || old.name != new.name || old.widgets != new.widgets {
            self.step
                .deny("signature_field_changed", format!("field {}", old.name));
            self.explained.extend(objects);
            return Ok(());
        }
        for number in &objects {
            self.explained.insert(*number);
            let read = |view: &View<'_, '_>| -> Result<Dictionary, WalkError> {
                Ok(view
                    .numbered(*number)?
                    .and_then(|placed| placed.object.as_dictionary().cloned())
                    .unwrap_or_default())
            };
            let (before, after) = (read(&self.old)?, read(&self.new)?);
            for key in before.differing_keys(&after) {
                let allowed = match key.as_slice() {
                    b"V" => *number == old.reference.number,
                    b"AP" | b"M" => true,
                    _ => false,
                };
                if !allowed {
                    self.step.deny(
                        "signature_field_changed",
                        format!("field {} /{}", old.name, String::from_utf8_lossy(&key)),
                    );
                }
            }
            self.roots.extend(after.get("AP").cloned());
        }
        self.fresh_signature(new)?;
        self.roots.extend(new.value.map(Object::Reference));
        self.step.fields.push(new.name.clone());
        self.step
            .seals
            .extend(form::places(&self.new, &new.widgets)?);
        Ok(())
    }

    /// Pages: the widgets of new fields at the end of `/Annots`, nothing else.
    fn pages(&mut self) -> Result<(), WalkError> {
        let old_pages = pages::pages(&self.old)?;
        if pages::pages(&self.new)? != old_pages {
            self.step.deny("page_tree_changed", "order of pages");
        }
        let fields = form::form(&self.new)?
            .map(|form| form.fields)
            .unwrap_or_default();
        let fields = fields
            .iter()
            .filter(|field| self.added.contains(&field.reference.number));
        let widgets: BTreeSet<u32> = fields
            .flat_map(|field| &field.widgets)
            .map(|widget| widget.number)
            .collect();
        let mut listed = BTreeSet::new();
        for page in old_pages {
            let Object::Dictionary(before) = self.old.object(page)? else {
                continue;
            };
            let array = before.get("Annots").and_then(Object::as_reference);
            let touched = std::iter::once(page).chain(array).any(|object| {
                self.replaced.contains(&object.number) || self.added.contains(&object.number)
            });
            if !touched {
                continue;
            }
            self.page(page, &before, &widgets, &mut listed)?;
        }
        Ok(())
    }

    fn page(
        &mut self,
        page: Reference,
        before: &Dictionary,
        widgets: &BTreeSet<u32>,
        listed: &mut BTreeSet<u32>,
    ) -> Result<(), WalkError> {
        self.explained.insert(page.number);
        let after = self
            .new
            .object(page)?
            .as_dictionary()
            .cloned()
            .unwrap_or_default();
        for key in before.differing_keys(&after) {
            if key != b"Annots" {
                let word = match key.as_slice() {
                    b"Contents" => "page_content_changed",
                    b"Resources" => "resources_changed",
                    _ => "page_changed",
                };
                self.step.deny(
                    word,
                    format!(
                        "page object {} /{}",
                        page.number,
                        String::from_utf8_lossy(&key)
                    ),
                );
            }
        }
        let array = |view: &View<'_, '_>, page: &Dictionary| -> Result<Vec<Object>, WalkError> {
            Ok(match view.get(page, "Annots")? {
                Some(Object::Array(annotations)) => annotations,
                _ => Vec::new(),
            })
        };
        let (old, new) = (array(&self.old, before)?, array(&self.new, &after)?);
        if !new.starts_with(&old) {
            self.step.deny(
                "annotation_changed",
                format!("page object {} /Annots", page.number),
            );
        }
        for annotation in new.iter().skip(old.len()) {
            let widget = annotation
                .as_reference()
                .map(|widget| widget.number)
                .filter(|widget| widgets.contains(widget));
            if !widget.is_some_and(|widget| listed.insert(widget)) {
                self.step
                    .deny("annotation_added", format!("page object {}", page.number));
            }
        }
        if let Some(array) = before.get("Annots").and_then(Object::as_reference) {
            self.explain_container(array.number, &BTreeSet::from([page.number]));
        }
        self.roots.extend(
            after
                .get("Annots")
                .filter(|annotations| annotations.as_reference().is_some())
                .cloned(),
        );
        Ok(())
    }

    /// The document security store (ISO 32000-2 §12.8.4.3): evidence in streams, listed in arrays.
    fn store(
        &mut self,
        old_catalog: &Dictionary,
        new_catalog: &Dictionary,
    ) -> Result<(), WalkError> {
        let Some(store) = new_catalog.get("DSS") else {
            if old_catalog.get("DSS").is_some() {
                self.step.deny("security_store_changed", "catalog /DSS");
            }
            return Ok(());
        };
        let mut before = BTreeMap::new();
        if let Some(old) = old_catalog.get("DSS") {
            store_objects(&self.old, old, &mut before, 0)?;
        }
        let mut after = BTreeMap::new();
        let shaped = store_objects(&self.new, store, &mut after, 0)?;
        if !shaped {
            self.step.deny("security_store_changed", "catalog /DSS");
        }
        let mut users: BTreeSet<u32> = self
            .old
            .revision()
            .root()
            .iter()
            .map(|root| root.number)
            .collect();
        users.extend(
            before
                .iter()
                .filter(|(_, stream)| !**stream)
                .map(|(number, _)| *number),
        );
        for (number, stream) in &after {
            let known = before.get(number);
            if !self.added.contains(number) && known != Some(stream) {
                self.step.deny(
                    "security_store_changed",
                    format!("object {number} has another use"),
                );
            }
            if self.replaced.contains(number) && known.is_some() {
                if *stream {
                    self.step.deny(
                        "security_store_changed",
                        format!("evidence {number} replaced"),
                    );
                }
                self.explain_container(*number, &users);
            }
        }
        self.roots.push(store.clone());
        Ok(())
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

/// Collects the store's objects: number → is a stream. `false` if it holds anything but dictionaries
/// and arrays that lead to streams.
fn store_objects(
    view: &View<'_, '_>,
    object: &Object,
    found: &mut BTreeMap<u32, bool>,
    depth: usize,
) -> Result<bool, WalkError> {
    if depth > 5 || found.len() > MAX_STORE {
        return Ok(false);
    }
    let value = match object {
        Object::Reference(reference) => {
            if found.contains_key(&reference.number) {
                return Ok(true);
            }
            let Some(placed) = view.placed(*reference)? else {
                return Ok(false);
            };
            found.insert(reference.number, placed.stream.is_some());
            if placed.stream.is_some() {
                let typed = placed.object.as_dictionary().is_some_and(|stream| {
                    stream.get("Type").is_some() || stream.get("Subtype").is_some()
                });
                return Ok(depth > 1 && !typed);
            }
            placed.object
        }
        direct => direct.clone(),
    };
    let mut shaped = true;
    match &value {
        Object::Array(elements) if depth > 0 => {
            for element in elements {
                shaped &= element.as_reference().is_some()
                    && store_objects(view, element, found, depth + 1)?;
            }
        }
        Object::Dictionary(dictionary) => {
            for (key, element) in &dictionary.0 {
                shaped &= match key.as_slice() {
                    b"Type" => element
                        .as_name()
                        .is_some_and(|name| [&b"DSS"[..], b"VRI"].contains(&name)),
                    b"TU" => matches!(element, Object::String(_)),
                    b"VRI" | b"Certs" | b"CRLs" | b"OCSPs" if depth == 0 => {
                        store_objects(view, element, found, depth + 1)?
                    }
                    b"Cert" | b"CRL" | b"OCSP" | b"TS" if depth == 2 => {
                        store_objects(view, element, found, depth + 1)?
                    }
                    // Under /VRI: one dictionary for each signature, named by its digest.
                    name if depth == 1 => {
                        name.iter().all(u8::is_ascii_hexdigit)
                            && store_objects(view, element, found, depth + 1)?
                    }
                    _ => false,
                };
            }
        }
        _ => shaped = false,
    }
    Ok(shaped)
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
