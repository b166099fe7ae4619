//! A walked file: any object as any revision left it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::filter;
use super::form::Form;
use super::layout::Layout;
use super::object::{Dictionary, Object, Reference};
use super::revision::{self, Revision, WalkError};
use super::source::Source;
use super::syntax::Parser;
use super::xref::{Entry, SectionKind};

/// Unpacked bytes of one object stream.
const MAX_OBJECT_STREAM: usize = 16 << 20;
/// Unpacked object streams that are kept.
const OBJECT_STREAM_CACHE: usize = 24 << 20;
/// What was read of whole revisions that is kept: the work goes through them in order.
const KEPT_REVISIONS: usize = 4;
/// References followed one after another.
const MAX_HOPS: usize = 16;

/// An indirect object as it stands in the file.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its value; of a stream, the dictionary.
    pub object: Object,
    /// The bytes of its stream, as offsets.
    pub stream: Option<(u64, u64)>,
    /// Offsets from its number to `endobj`; `None` inside an object stream.
    pub span: Option<(u64, u64)>,
}

/// A PDF file walked strictly.
pub struct Document<'a> {
    source: Source<'a>,
    revisions: Vec<Revision>,
    /// Every entry of every revision, by object number and then by revision.
    located: Vec<(u32, u32, Entry)>,
    unpacked: RefCell<Unpacked>,
    pub(super) layouts: Kept<Layout>,
    pub(super) forms: Kept<Option<Form>>,
    /// Object numbers that were read, while somebody asks.
    reads: RefCell<Option<BTreeSet<u32>>>,
}

/// What was made of the last few revisions that were looked at.
pub(super) struct Kept<T>(RefCell<Vec<(usize, Rc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Kept<T> {
    pub(super) fn get(&self, revision: usize) -> Option<Rc<T>> {
        let kept = self.0.borrow();
        let found = kept.iter().find(|(index, _)| *index == revision)?;
        Some(Rc::clone(&found.1))
    }

    /// The nearest one before `revision`.
    pub(super) fn before(&self, revision: usize) -> Option<(usize, Rc<T>)> {
        let kept = self.0.borrow();
        let earlier = kept.iter().filter(|(index, _)| *index < revision);
        earlier
            .max_by_key(|(index, _)| *index)
            .map(|(index, made)| (*index, Rc::clone(made)))
    }

    pub(super) fn keep(&self, revision: usize, made: T) -> Rc<T> {
        let made = Rc::new(made);
        let mut kept = self.0.borrow_mut();
        if kept.len() == KEPT_REVISIONS {
            kept.remove(0);
        }
        kept.push((revision, Rc::clone(&made)));
        made
    }
}

#[derive(Default)]
struct Unpacked {
    streams: HashMap<u64, Rc<ObjectStream>>,
    bytes: usize,
}

struct ObjectStream {
    data: Vec<u8>,
    /// Object number and offset in `data`.
    index: Vec<(u32, usize)>,
}

impl<'a> Document<'a> {
    /// Walks the file.
    ///
    /// # Errors
    /// Whatever the standard does not allow; nothing is repaired.
    pub fn open(source: Source<'a>) -> Result<Self, WalkError> {
        let revisions = revision::walk(&source)?;
        let mut located: Vec<(u32, u32, Entry)> = Vec::new();
        for (index, revision) in revisions.iter().enumerate() {
            let entries = revision.entries.iter();
            located.extend(entries.map(|(number, entry)| (*number, index as u32, *entry)));
        }
        located.sort_unstable_by_key(|(number, index, _)| (*number, *index));
        Ok(Self {
            source,
            revisions,
            located,
            unpacked: RefCell::default(),
            layouts: Kept::default(),
            forms: Kept::default(),
            reads: RefCell::default(),
        })
    }

    /// Does some reading and says which objects it hung on, present or not.
    pub(super) fn traced<T>(&self, read: impl FnOnce() -> T) -> (T, BTreeSet<u32>) {
        let outer = self.reads.replace(Some(BTreeSet::new()));
        let done = read();
        let own = self.reads.replace(outer).unwrap_or_default();
        (done, own)
    }

    fn note_read(&self, number: u32) {
        if let Some(reads) = self.reads.borrow_mut().as_mut() {
            reads.insert(number);
        }
    }

    /// The bytes.
    pub fn source(&self) -> &Source<'a> {
        &self.source
    }

    /// Oldest first; never empty.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The file as it stands now.
    pub fn latest(&self) -> View<'_, 'a> {
        self.view(self.revisions.len() - 1)
    }

    /// The file as revision `index` left it.
    pub fn view(&self, index: usize) -> View<'_, 'a> {
        View {
            document: self,
            index: index.min(self.revisions.len() - 1),
        }
    }

    /// Some trailer names an encryption dictionary.
    pub fn is_encrypted(&self) -> bool {
        let sections = self
            .revisions
            .iter()
            .flat_map(|revision| &revision.sections);
        sections
            .into_iter()
            .any(|section| section.trailer.get("Encrypt").is_some())
    }
}

/// A file as one revision left it.
#[derive(Clone, Copy)]
pub struct View<'d, 'a> {
    document: &'d Document<'a>,
    index: usize,
}

impl<'d, 'a> View<'d, 'a> {
    /// The file.
    pub fn document(&self) -> &'d Document<'a> {
        self.document
    }

    /// The revision's place, oldest 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The revision.
    pub fn revision(&self) -> &'d Revision {
        &self.document.revisions[self.index]
    }

    /// Where object `number` is, and the revision that says so.
    pub fn entry(&self, number: u32) -> Option<(Entry, usize)> {
        let located = &self.document.located;
        let after = located
            .partition_point(|(other, home, _)| (*other, *home) <= (number, self.index as u32));
        let (other, home, entry) = located.get(after.checked_sub(1)?)?;
        (*other == number).then_some((*entry, *home as usize))
    }

    /// Every object number in use, ascending.
    pub fn numbers(&self) -> Vec<u32> {
        let revisions = &self.document.revisions[..=self.index];
        let mut numbers: Vec<u32> = revisions
            .iter()
            .flat_map(|revision| revision.entries.keys().copied())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| {
            *number != 0 && matches!(self.entry(*number), Some((entry, _)) if entry != Entry::Free)
        });
        numbers
    }

    /// One more than the highest object number of any revision up to this one.
    pub fn size(&self) -> u32 {
        let revisions = &self.document.revisions[..=self.index];
        let highest = revisions
            .iter()
            .filter_map(|revision| revision.entries.keys().next_back())
            .max()
            .copied()
            .unwrap_or(0);
        let named = revisions
            .iter()
            .filter_map(|revision| revision.trailer().get("Size").and_then(Object::as_integer))
            .max();
        named
            .and_then(|size| u32::try_from(size).ok())
            .unwrap_or(0)
            .max(highest.saturating_add(1))
    }

    /// The object with this number, whatever its generation; `None` where not in use.
    pub fn numbered(&self, number: u32) -> Result<Option<Placed>, WalkError> {
        let fail = |why: String| WalkError::Object { number, why };
        self.document.note_read(number);
        match self.entry(number) {
            None | Some((Entry::Free, _)) => Ok(None),
            Some((Entry::Offset { offset, .. }, _)) => self.placed_at(offset).map(Some),
            Some((Entry::Compressed { stream, index }, _)) => {
                self.document.note_read(stream);
                let Some((Entry::Offset { offset, .. }, _)) = self.entry(stream) else {
                    return Err(fail("its object stream is not there".into()));
                };
                let stream = self.object_stream(offset)?;
                let (found, at) = *stream
                    .index
                    .get(index as usize)
                    .ok_or_else(|| fail("not in its object stream".into()))?;
                if found != number {
                    return Err(fail(
                        "its object stream holds another object in its place".into(),
                    ));
                }
                let mut parser = Parser::new(stream.data.get(at..).unwrap_or_default(), at as u64);
                parser.skip_blank();
                let object = parser.object().map_err(|error| fail(error.to_string()))?;
                Ok(Some(Placed {
                    object,
                    stream: None,
                    span: None,
                }))
            }
        }
    }

    /// The object that a reference names; `Null` where there is none, as the standard has it.
    pub fn object(&self, reference: Reference) -> Result<Object, WalkError> {
        Ok(self
            .placed(reference)?
            .map_or(Object::Null, |placed| placed.object))
    }

    /// Like [`View::object`], with its place.
    pub fn placed(&self, reference: Reference) -> Result<Option<Placed>, WalkError> {
        self.document.note_read(reference.number);
        match self.entry(reference.number) {
            Some((Entry::Offset { generation, .. }, _)) if generation != reference.generation => {
                Ok(None)
            }
            Some((Entry::Compressed { .. }, _)) if reference.generation != 0 => Ok(None),
            _ => self.numbered(reference.number),
        }
    }

    /// Whether a reference names an object that is there.
    pub fn resolves(&self, reference: Reference) -> bool {
        match self.entry(reference.number) {
            Some((Entry::Offset { generation, .. }, _)) => generation == reference.generation,
            Some((Entry::Compressed { .. }, _)) => reference.generation == 0,
            _ => false,
        }
    }

    /// Follows references until a direct object.
    pub fn resolve(&self, object: &Object) -> Result<Object, WalkError> {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            match object {
                Object::Reference(reference) => object = self.object(reference)?,
                direct => return Ok(direct),
            }
        }
        Err(WalkError::PageTree("references lead in a circle"))
    }

    /// The value of `key`, references followed; `None` where absent or null.
    pub fn get(&self, dictionary: &Dictionary, key: &str) -> Result<Option<Object>, WalkError> {
        match dictionary.get(key) {
            None => Ok(None),
            Some(value) => Ok(Some(self.resolve(value)?).filter(|value| *value != Object::Null)),
        }
    }

    /// The value of `key` where it is a dictionary.
    pub fn dictionary(
        &self,
        dictionary: &Dictionary,
        key: &str,
    ) -> Result<Option<Dictionary>, WalkError> {
        Ok(match self.get(dictionary, key)? {
            Some(Object::Dictionary(found)) => Some(found),
            _ => None,
        })
    }

    /// The catalog.
    pub fn catalog(&self) -> Result<Dictionary, WalkError> {
        let root = self
            .revision()
            .root()
            .ok_or(WalkError::Trailer(self.revision().sections[0].offset))?;
        match self.object(root)? {
            Object::Dictionary(catalog) => Ok(catalog),
            _ => Err(WalkError::PageTree("the catalog is not a dictionary")),
        }
    }

    fn placed_at(&self, offset: u64) -> Result<Placed, WalkError> {
        let source = &self.document.source;
        let indirect = source
            .parser(offset)
            .and_then(|mut parser| parser.indirect().map(|found| (found, parser.offset())));
        let (indirect, end) = indirect?;
        let Some(start) = indirect.stream_start else {
            return Ok(Placed {
                object: indirect.object,
                stream: None,
                span: Some((offset, end)),
            });
        };
        let number = indirect.reference.number;
        let fail = |why: &str| WalkError::Object {
            number,
            why: why.into(),
        };
        let length = match indirect
            .object
            .as_dictionary()
            .and_then(|dictionary| dictionary.get("Length"))
        {
            Some(Object::Integer(length)) => *length,
            // Only plain integers: an object stream here could lead in a circle.
            Some(Object::Reference(reference)) => self
                .integer_at(*reference)?
                .ok_or_else(|| fail("its /Length is not there"))?,
            _ => return Err(fail("the stream has no /Length")),
        };
        let length = u64::try_from(length).map_err(|_| fail("the stream's /Length is negative"))?;
        let stream_end = start
            .checked_add(length)
            .filter(|end| *end <= source.len())
            .ok_or_else(|| fail("the stream ends outside the file"))?;
        let mut after = source.parser(stream_end)?;
        after.stream_end()?;
        Ok(Placed {
            object: indirect.object,
            stream: Some((start, stream_end)),
            span: Some((offset, after.offset())),
        })
    }

    fn integer_at(&self, reference: Reference) -> Result<Option<i64>, WalkError> {
        self.document.note_read(reference.number);
        match self.entry(reference.number) {
            Some((Entry::Offset { offset, generation }, _))
                if generation == reference.generation =>
            {
                Ok(self
                    .document
                    .source
                    .parser(offset)?
                    .indirect()?
                    .object
                    .as_integer())
            }
            // A length kept in an object stream: fine unless it is the length of such a stream.
            Some((Entry::Compressed { stream, .. }, _)) => {
                let Some((Entry::Offset { offset, .. }, _)) = self.entry(stream) else {
                    return Ok(None);
                };
                let container = self.document.source.parser(offset)?.indirect()?.object;
                let direct = container
                    .as_dictionary()
                    .and_then(|dictionary| dictionary.get("Length"))
                    .and_then(Object::as_integer);
                if direct.is_none() {
                    return Ok(None);
                }
                Ok(self
                    .numbered(reference.number)?
                    .and_then(|placed| placed.object.as_integer()))
            }
            _ => Ok(None),
        }
    }

    fn object_stream(&self, offset: u64) -> Result<Rc<ObjectStream>, WalkError> {
        if let Some(known) = self.document.unpacked.borrow().streams.get(&offset) {
            return Ok(known.clone());
        }
        let number = self
            .document
            .source
            .parser(offset)?
            .indirect_header()?
            .number;
        let fail = |why: String| WalkError::Object { number, why };
        let placed = self.placed_at(offset)?;
        let (Object::Dictionary(dictionary), Some((start, end))) = (&placed.object, placed.stream)
        else {
            return Err(fail("not an object stream".into()));
        };
        if !dictionary.is("Type", "ObjStm") {
            return Err(fail("not of type ObjStm".into()));
        }
        let integer = |key: &str| {
            dictionary
                .get(key)
                .and_then(Object::as_integer)
                .and_then(|value| usize::try_from(value).ok())
        };
        let (Some(count), Some(first)) = (integer("N"), integer("First")) else {
            return Err(fail("the object stream has no /N or /First".into()));
        };
        let raw = self.document.source.slice(start, end).unwrap_or_default();
        let data = filter::decode(dictionary, raw, MAX_OBJECT_STREAM)
            .map_err(|error| fail(error.to_string()))?;
        if first > data.len() || count > first {
            return Err(fail("the object stream's head does not fit".into()));
        }
        let mut head = Parser::new(&data[..first], 0);
        let mut index = Vec::with_capacity(count);
        for _ in 0..count {
            head.skip_whitespace();
            let number = head.unsigned()?;
            head.skip_whitespace();
            let at = head.unsigned()?;
            let place = u32::try_from(number).ok().zip(
                usize::try_from(at)
                    .ok()
                    .and_then(|at| at.checked_add(first)),
            );
            let (number, at) = place
                .filter(|(_, at)| *at < data.len())
                .ok_or_else(|| fail("the object stream's head is wrong".into()))?;
            index.push((number, at));
        }
        let mut unpacked = self.document.unpacked.borrow_mut();
        if unpacked.bytes + data.len() > OBJECT_STREAM_CACHE {
            *unpacked = Unpacked::default();
        }
        unpacked.bytes += data.len();
        let stream = Rc::new(ObjectStream { data, index });
        unpacked.streams.insert(offset, stream.clone());
        Ok(stream)
    }

    /// The unpacked bytes of a stream of this file, at most `limit`.
    ///
    /// # Errors
    /// No stream, a filter that is not known here, or too many bytes.
    pub fn stream(&self, placed: &Placed, limit: usize) -> Result<Vec<u8>, WalkError> {
        let fail = |why: String| WalkError::Object { number: 0, why };
        let (Object::Dictionary(dictionary), Some((start, end))) = (&placed.object, placed.stream)
        else {
            return Err(fail("not a stream".into()));
        };
        let raw = self.document.source.slice(start, end).unwrap_or_default();
        filter::decode(dictionary, raw, limit).map_err(|error| fail(error.to_string()))
    }

    /// Whether this number is that of a cross-reference stream in the chain.
    pub fn is_cross_reference(&self, number: u32) -> bool {
        let Some((Entry::Offset { offset, .. }, home)) = self.entry(number) else {
            return false;
        };
        let sections = &self.document.revisions[home].sections;
        sections.iter().any(|section| section.offset == offset)
    }

    /// Numbers of the streams that only carry structure in this revision: its cross-reference
    /// streams and the object streams that its own entries name.
    pub fn structural_numbers(&self) -> Vec<u32> {
        let revision = self.revision();
        let mut numbers: Vec<u32> = revision
            .sections
            .iter()
            .filter_map(|section| match section.kind {
                SectionKind::Stream(reference) => Some(reference.number),
                SectionKind::Table => None,
            })
            .chain(revision.entries.values().filter_map(|entry| match entry {
                Entry::Compressed { stream, .. } => Some(*stream),
                _ => None,
            }))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
