//! The document security store (ISO 32000-2 §12.8.4.3): evidence is added, never taken away.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use crate::pdf::document::View;
use crate::pdf::object::{Dictionary, Object, Reference};
use crate::pdf::revision::WalkError;

/// Objects of the security store.
const MAX_STORE: usize = 20_000;

impl Comparison<'_, '_, '_> {
    /// The document security store (ISO 32000-2 §12.8.4.3): evidence in streams, listed in arrays.
    pub(super) fn store(
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
        let lost = before
            .iter()
            .find(|(number, stream)| **stream && !after.contains_key(number));
        if let Some((number, _)) = lost {
            self.step.deny(
                "security_store_changed",
                format!("evidence {number} taken away"),
            );
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
        // The store's own objects may have been there: what they list now is reached all the same.
        let listed = after.keys().map(|number| {
            Object::Reference(Reference {
                number: *number,
                generation: 0,
            })
        });
        self.roots.extend(listed);
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
