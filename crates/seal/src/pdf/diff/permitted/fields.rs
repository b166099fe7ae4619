//! The form: a new signature field, or an empty one signed.

use std::collections::{BTreeSet, HashMap};

use super::Comparison;
use crate::pdf::document::View;
use crate::pdf::form::{self, SignatureField};
use crate::pdf::object::{Dictionary, Object, Reference};
use crate::pdf::revision::WalkError;

impl Comparison<'_, '_, '_> {
    pub(super) fn form(
        &mut self,
        old_catalog: &Dictionary,
        new_catalog: &Dictionary,
    ) -> Result<(), WalkError> {
        let (old_form, new_form) = (form::form(&self.old)?, form::form(&self.new)?);
        let empty = Dictionary::default();
        let old = old_form
            .as_ref()
            .as_ref()
            .map_or(&empty, |form| &form.dictionary);
        let new = new_form
            .as_ref()
            .as_ref()
            .map_or(&empty, |form| &form.dictionary);
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
        let known: HashMap<Reference, &SignatureField> = old_form
            .iter()
            .flat_map(|form| &form.fields)
            .map(|field| (field.reference, field))
            .collect();
        let signatures: Vec<&SignatureField> =
            new_form.iter().flat_map(|form| &form.fields).collect();
        for field in &signatures {
            match known.get(&field.reference) {
                Some(known) => self.known_field(known, field)?,
                None if new_roots.contains(&field.reference.number) => self.new_field(field)?,
                None => self
                    .step
                    .deny("form_changed", format!("field {}", field.name)),
            }
        }
        // Whatever else was added to the list is no signature field.
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
        self.note(field)?;
        self.step
            .seals
            .extend(form::places(&self.new, &field.widgets)?);
        Ok(())
    }

    /// Keeps the name for what earlier signatures forbid. A document time stamp that shows nothing is
    /// forbidden by none of them (ISO 32000-2 Table 257, `/P` 1).
    fn note(&mut self, field: &SignatureField) -> Result<(), WalkError> {
        let value = match field.value {
            Some(value) => self.new.object(value)?,
            None => Object::Null,
        };
        let stamps = value.as_dictionary().is_some_and(|dictionary| {
            dictionary.is("Type", "DocTimeStamp") && dictionary.is("SubFilter", "ETSI.RFC3161")
        });
        let places = form::places(&self.new, &field.widgets)?;
        let shows = places
            .iter()
            .any(|place| place.rect.width() > 0.0 && place.rect.height() > 0.0);
        if stamps && !shows {
            return Ok(());
        }
        self.step.fields.push(field.name.clone());
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
        self.note(new)?;
        self.step
            .seals
            .extend(form::places(&self.new, &new.widgets)?);
        Ok(())
    }
}
