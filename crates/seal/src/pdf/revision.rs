//! The strict revision walker (ISO 32000-2 §7.5.6): from the last `startxref` back through every
//! `/Prev`, each revision with its own bytes, so that "signed up to here" has one meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::object::{Dictionary, Object, Reference};
use super::source::Source;
use super::syntax::{SyntaxError, is_whitespace};
use super::xref::{self, EndMark, Entry, Section, SectionKind, XrefError};

/// Revisions in one file.
pub const MAX_REVISIONS: usize = 512;
/// Bytes of one file.
pub const MAX_FILE: u64 = 4 << 30;

/// Why a file cannot be walked. The verifier says *invalid*, the writer refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// The file does not begin with `%PDF-`.
    #[error("the file does not begin as a PDF")]
    NotPdf,
    /// The file is larger than [`MAX_FILE`].
    #[error("the file is larger than 4 GiB")]
    TooLarge,
    /// The file does not end in `startxref`, a number and `%%EOF`.
    #[error("the file does not end with startxref, an offset and %%EOF")]
    NoEndMark,
    /// A cross-reference section is missing or damaged.
    #[error(transparent)]
    Xref(#[from] XrefError),
    /// Something is not written as the standard says.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// `/Prev` leads in a circle or forward.
    #[error("the chain of /Prev does not lead back through the file")]
    PrevLoop,
    /// More than [`MAX_REVISIONS`].
    #[error("the file has more than 512 revisions")]
    TooManyRevisions,
    /// A `startxref` inside the file does not point to the section before it.
    #[error("startxref before byte {0} does not point to its own cross-reference section")]
    StartxrefMismatch(u64),
    /// A revision's section does not lie in the bytes of that revision.
    #[error("the cross-reference section at byte {0} lies outside its revision")]
    SectionOutside(u64),
    /// A trailer lacks what every trailer needs.
    #[error("the trailer at byte {0} has no usable /Root or /Size")]
    Trailer(u64),
    /// The table promises an object that is not there.
    #[error("object {0} is not where the cross-reference says")]
    ObjectNotThere(u32),
    /// Objects in streams, encryption and the like that cannot be read.
    #[error("object {number} cannot be read: {why}")]
    Object {
        /// Its number.
        number: u32,
        /// What is wrong.
        why: String,
    },
    /// The page tree is not a tree of pages.
    #[error("page tree: {0}")]
    PageTree(&'static str),
    /// The form is not as the standard says.
    #[error("form: {0}")]
    Form(&'static str),
}

/// One revision: the bytes from the end of the one before to its own `%%EOF`.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Where it begins: the end of the revision before, 0 for the first.
    pub start: u64,
    /// The offset right after its `%%EOF`.
    pub eof: u64,
    /// The offset after the white space that follows.
    pub end: u64,
    /// Its sections; more than one where it is hybrid or linearized. The first is the newest.
    pub sections: Vec<Section>,
    /// What the revision says about objects.
    pub entries: BTreeMap<u32, Entry>,
    /// It has both a table and a stream (`/XRefStm`): readers may see two different files.
    pub hybrid: bool,
    /// Objects that it lists at a place in an earlier revision, other than where they were.
    pub strays: Vec<u32>,
}

impl Revision {
    /// The trailer that counts.
    pub fn trailer(&self) -> &Dictionary {
        &self.sections[0].trailer
    }

    /// `/Root`.
    pub fn root(&self) -> Option<Reference> {
        self.trailer().get("Root").and_then(Object::as_reference)
    }
}

/// All revisions of the file, oldest first.
pub(crate) fn walk(source: &Source<'_>) -> Result<Vec<Revision>, WalkError> {
    if !source.from(0).starts_with(b"%PDF-") {
        return Err(WalkError::NotPdf);
    }
    if source.len() > MAX_FILE {
        return Err(WalkError::TooLarge);
    }
    let last = last_end_mark(source)?;
    let links = chain(source, last)?;
    let mut revisions = group(source, links, last)?;
    place_objects(source, &mut revisions)?;
    Ok(revisions)
}

fn last_end_mark(source: &Source<'_>) -> Result<EndMark, WalkError> {
    let window = source.before(source.len(), 2048);
    let blank = window
        .iter()
        .rev()
        .take_while(|byte| is_whitespace(**byte))
        .count();
    let window = &window[..window.len() - blank];
    let word = b"startxref";
    let at = window
        .windows(word.len())
        .rposition(|bytes| bytes == word)
        .ok_or(WalkError::NoEndMark)?;
    let end = source.len() - blank as u64;
    let mark = xref::read_end_mark(source, end - (window.len() - at) as u64)
        .map_err(|_| WalkError::NoEndMark)?;
    if mark.end == end {
        Ok(mark)
    } else {
        Err(WalkError::NoEndMark)
    }
}

/// A section, the hybrid stream beside it, and the mark behind it.
struct Link {
    section: Section,
    hybrid: Option<Section>,
    mark: EndMark,
}

/// Newest first.
fn chain(source: &Source<'_>, last: EndMark) -> Result<Vec<Link>, WalkError> {
    let mut links: Vec<Link> = Vec::new();
    let mut visited = BTreeSet::new();
    let mut next = Some(last.startxref);
    while let Some(offset) = next {
        if !visited.insert(offset) {
            return Err(WalkError::PrevLoop);
        }
        if links.len() == MAX_REVISIONS {
            return Err(WalkError::TooManyRevisions);
        }
        let section = xref::read_section(source, offset)?;
        let mark = xref::read_end_mark(source, section.end)?;
        let place = |key: &str| match section.trailer.get(key) {
            None => Ok(None),
            Some(Object::Integer(place)) if *place >= 0 => Ok(Some(*place as u64)),
            Some(_) => Err(WalkError::Trailer(offset)),
        };
        next = place("Prev")?;
        let hybrid = match place("XRefStm")? {
            None => None,
            Some(stream) if section.kind == SectionKind::Table => {
                visited.insert(stream);
                let hybrid = xref::read_section(source, stream)?;
                if hybrid.kind == SectionKind::Table {
                    return Err(WalkError::Trailer(offset));
                }
                Some(hybrid)
            }
            Some(_) => return Err(WalkError::Trailer(offset)),
        };
        links.push(Link {
            section,
            hybrid,
            mark,
        });
    }
    Ok(links)
}

fn group(source: &Source<'_>, links: Vec<Link>, last: EndMark) -> Result<Vec<Revision>, WalkError> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut oldest_first = links.into_iter().rev().peekable();
    // A linearized file's first revision has two sections: the one at the end of the file comes
    // first in the chain, its startxref names the one at the beginning (Annex F).
    let mut first = oldest_first.next().into_iter().collect::<Vec<_>>();
    if let Some(next) = oldest_first.peek()
        && next.section.offset < first[0].section.offset
        && first[0].mark.startxref == next.section.offset
    {
        first.extend(oldest_first.next());
    }
    let groups = std::iter::once(first).chain(oldest_first.map(|link| vec![link]));
    for group in groups {
        let start = revisions
            .last()
            .map_or(0, |revision: &Revision| revision.end);
        let eof = group[0].mark.end;
        let newest = group.last().map_or(0, |link| link.section.offset);
        if group[0].mark.startxref != newest {
            return Err(WalkError::StartxrefMismatch(eof));
        }
        let mut revision = Revision {
            start,
            eof,
            end: skip_white(source, eof),
            sections: Vec::new(),
            entries: BTreeMap::new(),
            hybrid: false,
            strays: Vec::new(),
        };
        for link in group.into_iter().rev() {
            if link.section.offset < start || link.section.end > eof {
                return Err(WalkError::SectionOutside(link.section.offset));
            }
            for (number, entry) in &link.section.entries {
                revision.entries.entry(*number).or_insert(*entry);
            }
            revision.sections.push(link.section);
            if let Some(hybrid) = link.hybrid {
                revision.hybrid = true;
                if hybrid.end > eof {
                    return Err(WalkError::SectionOutside(hybrid.offset));
                }
                // An object that the table hides as free is looked up in the stream (§7.5.8.4).
                for (number, entry) in &hybrid.entries {
                    let known = revision.entries.entry(*number).or_insert(*entry);
                    if *known == Entry::Free {
                        *known = *entry;
                    }
                }
                revision.sections.push(hybrid);
            }
        }
        let size = revision.trailer().get("Size").and_then(Object::as_integer);
        if revision.root().is_none() || size.is_none_or(|size| size <= 0) {
            return Err(WalkError::Trailer(revision.sections[0].offset));
        }
        revisions.push(revision);
    }
    if revisions.last().map(|revision| revision.eof) != Some(last.end) {
        return Err(WalkError::NoEndMark);
    }
    Ok(revisions)
}

fn skip_white(source: &Source<'_>, mut offset: u64) -> u64 {
    loop {
        let rest = source.from(offset);
        let blank = rest.iter().take_while(|byte| is_whitespace(**byte)).count();
        offset += blank as u64;
        // White space may go on in the second piece.
        if rest.is_empty() || blank < rest.len() {
            return offset;
        }
    }
}

/// Checks that every object stands where its revision says, and inside that revision.
fn place_objects(source: &Source<'_>, revisions: &mut [Revision]) -> Result<(), WalkError> {
    for index in 0..revisions.len() {
        let (earlier, rest) = revisions.split_at_mut(index);
        let revision = &mut rest[0];
        let before = |number: u32| {
            earlier
                .iter()
                .rev()
                .find_map(|revision| revision.entries.get(&number))
                .copied()
        };
        let mut strays = Vec::new();
        for (number, entry) in &revision.entries {
            if *number == 0 {
                continue;
            }
            match *entry {
                Entry::Free => {}
                Entry::Offset { offset, generation } => {
                    if offset >= revision.eof {
                        return Err(WalkError::ObjectNotThere(*number));
                    }
                    let header = source.parser(offset)?.indirect_header().ok();
                    if header
                        != Some(Reference {
                            number: *number,
                            generation,
                        })
                    {
                        return Err(WalkError::ObjectNotThere(*number));
                    }
                    if offset < revision.start && before(*number) != Some(*entry) {
                        strays.push(*number);
                    }
                }
                Entry::Compressed { stream, .. } => {
                    let own = matches!(revision.entries.get(&stream), Some(Entry::Offset { .. }));
                    let container = revision
                        .entries
                        .get(&stream)
                        .copied()
                        .or_else(|| before(stream));
                    if !matches!(container, Some(Entry::Offset { .. })) {
                        return Err(WalkError::ObjectNotThere(*number));
                    }
                    if !own && before(*number) != Some(*entry) {
                        strays.push(*number);
                    }
                }
            }
        }
        revision.strays = strays;
    }
    Ok(())
}
