//! Pages: the widgets of new fields at the end of `/Annots`, nothing else.

use std::collections::BTreeSet;

use super::Comparison;
use crate::pdf::document::View;
use crate::pdf::object::{Dictionary, Object, Reference};
use crate::pdf::revision::WalkError;
use crate::pdf::{form, layout};

impl Comparison<'_, '_, '_> {
    /// Pages: the widgets of new fields at the end of `/Annots`, nothing else.
    pub(super) fn pages(&mut self) -> Result<(), WalkError> {
        let (old, new) = (layout::of(&self.old)?, layout::of(&self.new)?);
        if new.pages != old.pages {
            self.step.deny("page_tree_changed", "order of pages");
        }
        let form = form::form(&self.new)?;
        let fields = form
            .iter()
            .flat_map(|form| &form.fields)
            .filter(|field| self.added.contains(&field.reference.number));
        let widgets: BTreeSet<u32> = fields
            .flat_map(|field| &field.widgets)
            .map(|widget| widget.number)
            .collect();
        let mut listed = BTreeSet::new();
        let written = &self.replaced | &self.added;
        for index in old.touched_by(&written) {
            let page = old.pages[index];
            let Object::Dictionary(before) = self.old.object(page)? else {
                continue;
            };
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
}
