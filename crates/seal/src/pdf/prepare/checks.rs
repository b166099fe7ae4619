//! What the writer refuses before it writes: files that cannot take a seal, places that are none.

use std::collections::HashMap;
use std::rc::Rc;

use super::{PrepareError, SignatureSpec, Widget};
use crate::VectorPicture;
use crate::pdf::document::{Document, View};
use crate::pdf::form::{self, Form, Permission};
use crate::pdf::pages::{self, Page, Rect};
use crate::pdf::placement::Part;
use crate::pdf::{diff, signature};

const MIN_CAPACITY: usize = 1 << 10;
const MAX_CAPACITY: usize = 256 << 10;
const MAX_PICTURE: usize = 1 << 20;

pub(in crate::pdf) fn check_name(form: Option<&Form>, name: &str) -> Result<(), PrepareError> {
    let unusable = name.is_empty()
        || name.contains('.')
        || name.len() > 128
        || name.chars().any(char::is_control);
    if unusable || form.is_some_and(|form| form.names.contains(name)) {
        return Err(PrepareError::FieldName(name.into()));
    }
    Ok(())
}

pub(in crate::pdf) fn check_capacity(capacity: usize) -> Result<(), PrepareError> {
    if (MIN_CAPACITY..=MAX_CAPACITY).contains(&capacity) {
        Ok(())
    } else {
        Err(PrepareError::Capacity)
    }
}

pub(super) fn check_spec(spec: &SignatureSpec<'_>) -> Result<(), PrepareError> {
    check_name(None, spec.field_name)?;
    check_capacity(spec.contents_capacity)?;
    if !spec.sub_filter.seals() {
        return Err(PrepareError::Format(spec.sub_filter.name()));
    }
    let size = |mm: f64| mm.is_finite() && (1.0..=1000.0).contains(&mm);
    let further = spec.further.iter().map(|(picture, _)| *picture);
    let fits = |picture: &VectorPicture| {
        picture.content.len() <= MAX_PICTURE && size(picture.width_mm) && size(picture.height_mm)
    };
    if !std::iter::once(spec.picture).chain(further).all(fits) {
        return Err(PrepareError::Picture);
    }
    Ok(())
}

/// What no appended revision of ours may meet: encryption, XFA, and an earlier seal that is broken.
pub(in crate::pdf) fn check_whole(
    document: &Document<'_>,
    view: &View<'_, '_>,
) -> Result<Rc<Option<Form>>, PrepareError> {
    if document.is_encrypted() {
        return Err(PrepareError::Encrypted);
    }
    let form = form::form(view)?;
    if form.iter().any(|form| form.xfa) {
        return Err(PrepareError::Xfa);
    }
    // To seal over a change that broke an earlier seal would lend it a new one's authority.
    if let Some(denied) = diff::first_denied_after_signature(document)? {
        return Err(PrepareError::EarlierSignatureBroken(denied));
    }
    Ok(form)
}

pub(super) fn check_file(
    document: &Document<'_>,
    view: &View<'_, '_>,
    earlier: &[signature::FoundSignature],
    field_name: &str,
) -> Result<Rc<Option<Form>>, PrepareError> {
    if !document.is_encrypted()
        && matches!(form::certification(view)?, Some((_, Permission::NoChanges)))
    {
        return Err(PrepareError::NoChangesAllowed);
    }
    for signature in earlier {
        if diff::forbids_all(document, signature)? {
            return Err(PrepareError::NoChangesAllowed);
        }
        let lock = form::lock(&document.view(signature.revision), &signature.dictionary)?;
        if lock.is_some_and(|lock| lock.holds(field_name)) {
            return Err(PrepareError::FieldsLocked);
        }
    }
    check_whole(document, view)
}

/// The pages that are written on, each read once.
pub(super) fn pages_of(
    view: &View<'_, '_>,
    widgets: &[Widget],
) -> Result<HashMap<u32, Page>, PrepareError> {
    let mut wanted: Vec<u32> = widgets.iter().map(|widget| widget.page).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = HashMap::new();
    let last = wanted.last().copied().unwrap_or(0);
    let mut number = 0;
    pages::visit(view, &mut |page| {
        number += 1;
        if wanted.binary_search(&number).is_ok() {
            found.insert(number, page);
        }
        Ok(number < last)
    })?;
    match wanted.into_iter().find(|page| !found.contains_key(page)) {
        Some(missing) => Err(PrepareError::NoSuchPage(missing)),
        None => Ok(found),
    }
}

pub(super) fn check_places(
    view: &View<'_, '_>,
    form: Option<&Form>,
    pages: &HashMap<u32, Page>,
    widgets: &[Widget],
) -> Result<(), PrepareError> {
    for (index, widget) in widgets.iter().enumerate() {
        let Rect { x0, y0, x1, y1 } = widget.rect;
        let finite = [x0, y0, x1, y1].iter().all(|value| value.is_finite());
        let least = if widget.part == Part::WHOLE {
            1.0
        } else {
            0.25
        };
        let geometry = &pages[&widget.page].geometry;
        if !finite
            || widget.rect.width() < least
            || widget.rect.height() < least
            || !geometry.visible.contains(&widget.rect)
        {
            return Err(PrepareError::OffPage);
        }
        let Part {
            left,
            top,
            right,
            bottom,
        } = widget.part;
        let within = 0.0..=1.0;
        let proper = [left, top, right, bottom]
            .iter()
            .all(|end| within.contains(end));
        if !proper || left >= right || top >= bottom {
            return Err(PrepareError::OffPage);
        }
        let over_itself = widgets[..index]
            .iter()
            .any(|other| other.page == widget.page && other.rect.overlaps(&widget.rect));
        if over_itself {
            return Err(PrepareError::OverItself(widget.page));
        }
    }
    for field in form
        .iter()
        .flat_map(|form| &form.fields)
        .filter(|field| field.signed)
    {
        let covered = form::places(view, &field.widgets)?
            .into_iter()
            .any(|place| {
                widgets
                    .iter()
                    .any(|widget| place.page == widget.page && place.rect.overlaps(&widget.rect))
            });
        if covered {
            return Err(PrepareError::CoversSeal(field.name.clone()));
        }
    }
    Ok(())
}
