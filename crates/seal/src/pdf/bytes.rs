//! Whether every byte of an appended revision belongs to something that its own
//! cross-reference names: between objects nothing but white space.

use super::document::{Document, View};
use super::revision::WalkError;
use super::syntax::is_whitespace;
use super::xref::{self, Entry};

/// The first byte of revision `index` that belongs to nothing, if there is one.
pub(crate) fn first_unexplained(
    document: &Document<'_>,
    index: usize,
) -> Result<Option<u64>, WalkError> {
    let revision = &document.revisions()[index];
    let view = document.view(index);
    let mut spans = Vec::new();
    for entry in revision.entries.values() {
        if let Entry::Offset { offset, .. } = entry
            && *offset >= revision.start
        {
            spans.push(object_span(&view, *offset)?);
        }
    }
    for section in &revision.sections {
        spans.push((section.offset, section.end));
    }
    // The mark stands behind the section that is last in the file; its own reader allows a
    // comment before it and nothing after.
    let last = revision
        .sections
        .iter()
        .map(|section| section.end)
        .max()
        .unwrap_or(revision.start);
    let mark = xref::read_end_mark(document.source(), last)?;
    spans.push((last, mark.end));
    spans.sort_unstable();
    spans.dedup();
    let mut position = revision.start;
    for (start, end) in spans {
        if start < position {
            return Ok(Some(start));
        }
        let between = document.source().pieces(position, start);
        let offset = between
            .iter()
            .flat_map(|piece| piece.iter())
            .position(|byte| !is_whitespace(*byte));
        if let Some(offset) = offset {
            return Ok(Some(position + offset as u64));
        }
        position = end;
    }
    Ok((position != revision.eof).then_some(position))
}

fn object_span(view: &View<'_, '_>, offset: u64) -> Result<(u64, u64), WalkError> {
    let number = view
        .document()
        .source()
        .parser(offset)?
        .indirect_header()?
        .number;
    let placed = view.numbered(number)?;
    placed
        .and_then(|placed| placed.span)
        .filter(|span| span.0 == offset)
        .ok_or(WalkError::ObjectNotThere(number))
}
