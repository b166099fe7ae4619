//! Objects of an appended revision (ISO 32000-2 §7.5.6) and the cross-reference that ends it, in the form
//! that the file uses already.

use std::collections::BTreeMap;

use super::document::View;
use super::form::Form;
use super::object::{Dictionary, Object, Reference};
use super::pages::Page;
use super::prepare::PrepareError;
use super::revision::WalkError;
use super::xref::SectionKind;

/// Ten digits a number: the widest an offset can be.
const BYTE_RANGE_WIDTH: usize = "[0 0000000000 0000000000 0000000000]".len();

/// Collects the new revision's objects.
pub(super) struct Writer<'w, 'd, 'a> {
    view: &'w View<'d, 'a>,
    original_length: u64,
    tail: Vec<u8>,
    next: u32,
    /// Offset of each object in the finished file, and its generation.
    placed: BTreeMap<u32, (u64, u16)>,
    /// The catalog, once something of it changes.
    catalog: Option<Dictionary>,
    /// Where in the tail `/Contents` begins and ends, delimiters included, and `/ByteRange` begins.
    signature: Option<(usize, usize, usize)>,
}

impl<'w, 'd, 'a> Writer<'w, 'd, 'a> {
    pub fn new(view: &'w View<'d, 'a>, original: &[u8]) -> Self {
        let tail = if matches!(original.last(), Some(b'\n' | b'\r')) {
            Vec::new()
        } else {
            vec![b'\n']
        };
        Self {
            view,
            original_length: original.len() as u64,
            tail,
            next: view.size(),
            placed: BTreeMap::new(),
            catalog: None,
            signature: None,
        }
    }

    pub fn new_number(&mut self) -> Reference {
        let number = self.next;
        self.next += 1;
        Reference {
            number,
            generation: 0,
        }
    }

    fn begin(&mut self, reference: Reference) {
        let offset = self.original_length + self.tail.len() as u64;
        self.placed
            .insert(reference.number, (offset, reference.generation));
        self.tail.extend_from_slice(
            format!("{} {} obj\n", reference.number, reference.generation).as_bytes(),
        );
    }

    fn end(&mut self) {
        self.tail.extend_from_slice(b"\nendobj\n");
    }

    pub fn object(&mut self, reference: Reference, dictionary: &Dictionary) {
        self.value(reference, &Object::Dictionary(dictionary.clone()));
    }

    pub fn value(&mut self, reference: Reference, object: &Object) {
        self.begin(reference);
        object.write(&mut self.tail);
        self.end();
    }

    /// A stream; `/Length` is added.
    pub fn stream(&mut self, reference: Reference, mut dictionary: Dictionary, data: &[u8]) {
        dictionary.set("Length", Object::Integer(data.len() as i64));
        self.begin(reference);
        Object::Dictionary(dictionary).write(&mut self.tail);
        self.tail.extend_from_slice(b"\nstream\n");
        self.tail.extend_from_slice(data);
        self.tail.extend_from_slice(b"\nendstream");
        self.end();
    }

    /// The signature dictionary comes first in the tail: there [`super::tail`] finds it again. `head` stands
    /// before `/ByteRange` and `/Contents`, `entries` behind.
    pub fn signature_dictionary(
        &mut self,
        reference: Reference,
        head: &str,
        capacity: usize,
        entries: &[(&str, Object)],
    ) {
        self.begin(reference);
        self.tail.extend_from_slice(b"<<");
        self.tail.extend_from_slice(head.as_bytes());
        self.tail.extend_from_slice(b"\n/ByteRange ");
        let byte_range = self.tail.len();
        self.tail
            .extend(std::iter::repeat_n(b' ', BYTE_RANGE_WIDTH));
        self.tail.extend_from_slice(b"\n/Contents ");
        let start = self.tail.len();
        self.tail.push(b'<');
        self.tail.extend(std::iter::repeat_n(b'0', capacity * 2));
        self.tail.push(b'>');
        self.signature = Some((start, self.tail.len(), byte_range));
        for (key, value) in entries {
            self.tail.extend_from_slice(format!("\n/{key} ").as_bytes());
            value.write(&mut self.tail);
        }
        self.tail.extend_from_slice(b">>");
        self.end();
    }

    /// The catalog, to be changed; it is written at the end.
    pub fn catalog(&mut self) -> Result<&mut Dictionary, PrepareError> {
        let known = match self.catalog.take() {
            Some(known) => known,
            None => self.view.catalog()?,
        };
        Ok(self.catalog.insert(known))
    }

    /// Adds widgets to the page's annotations, in the array's own object where it has one.
    pub fn page(&mut self, page: &Page, widgets: &[Reference]) -> Result<(), PrepareError> {
        let mut annotations = match self.view.get(&page.dictionary, "Annots")? {
            None => Vec::new(),
            Some(Object::Array(annotations)) => annotations,
            Some(_) => return Err(WalkError::PageTree("/Annots is not an array").into()),
        };
        annotations.extend(widgets.iter().copied().map(Object::Reference));
        match page.dictionary.get("Annots") {
            Some(Object::Reference(array)) if self.view.resolves(*array) => {
                self.value(*array, &Object::Array(annotations))
            }
            _ => {
                let mut dictionary = page.dictionary.clone();
                dictionary.set("Annots", Object::Array(annotations));
                self.object(page.reference, &dictionary);
            }
        }
        Ok(())
    }

    /// Adds the field to the form, each part in the object where it stands already.
    pub fn form(&mut self, form: Option<&Form>, field: Reference) -> Result<(), PrepareError> {
        let mut dictionary = form.map(|form| form.dictionary.clone()).unwrap_or_default();
        let mut fields = match self.view.get(&dictionary, "Fields")? {
            Some(Object::Array(fields)) => fields,
            _ => Vec::new(),
        };
        fields.push(Object::Reference(field));
        let flags = self
            .view
            .get(&dictionary, "SigFlags")?
            .as_ref()
            .and_then(Object::as_integer)
            .unwrap_or(0);
        let indirect = dictionary
            .get("Fields")
            .and_then(Object::as_reference)
            .filter(|array| self.view.resolves(*array));
        if let Some(array) = indirect {
            self.value(array, &Object::Array(fields));
            if flags & 3 == 3 {
                return Ok(());
            }
        } else {
            dictionary.set("Fields", Object::Array(fields));
        }
        // SignaturesExist and AppendOnly (§12.7.3).
        dictionary.set("SigFlags", Object::Integer(flags | 3));
        let existing = self.view.catalog()?.get("AcroForm").cloned();
        match existing {
            Some(Object::Reference(existing)) if self.view.resolves(existing) => {
                self.object(existing, &dictionary);
            }
            _ => self
                .catalog()?
                .set("AcroForm", Object::Dictionary(dictionary)),
        }
        Ok(())
    }

    /// Ends the revision. Returns the tail and, where a signature stands in it, its `/ByteRange`.
    pub fn finish(mut self) -> Result<(Vec<u8>, Option<[u64; 4]>), PrepareError> {
        if let Some(catalog) = self.catalog.take() {
            let root = self.view.revision().root().ok_or(WalkError::Trailer(0))?;
            self.object(root, &catalog);
        }
        let trailer_before = self.view.revision().trailer();
        let newest = &self.view.revision().sections[0];
        let mut trailer = Dictionary::default();
        for key in ["Root", "Info", "ID"] {
            if let Some(value) = trailer_before.get(key) {
                trailer.set(key, value.clone());
            }
        }
        trailer.set("Prev", Object::Integer(newest.offset as i64));
        let start = self.original_length + self.tail.len() as u64;
        match newest.kind {
            SectionKind::Table => self.table(trailer),
            SectionKind::Stream(_) => self.stream_section(trailer, start),
        }
        self.tail
            .extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        let end = self.original_length + self.tail.len() as u64;
        if end > 9_999_999_999 || self.next > super::xref::MAX_OBJECT_NUMBER {
            return Err(PrepareError::TooLarge);
        }
        let Some((from, to, at)) = self.signature else {
            return Ok((self.tail, None));
        };
        let gap_start = self.original_length + from as u64;
        let gap_end = self.original_length + to as u64;
        let byte_range = [0, gap_start, gap_end, end - gap_end];
        let text = format!(
            "[{} {} {} {}]",
            byte_range[0], byte_range[1], byte_range[2], byte_range[3]
        );
        self.tail[at..at + text.len()].copy_from_slice(text.as_bytes());
        Ok((self.tail, Some(byte_range)))
    }

    fn table(&mut self, mut trailer: Dictionary) {
        trailer.set("Size", Object::Integer(i64::from(self.next)));
        self.tail.extend_from_slice(b"xref\n");
        let rows: Vec<(u32, u64, u16)> = self
            .placed
            .iter()
            .map(|(number, (offset, generation))| (*number, *offset, *generation))
            .collect();
        for run in rows.chunk_by(|one, next| one.0 + 1 == next.0) {
            self.tail
                .extend_from_slice(format!("{} {}\n", run[0].0, run.len()).as_bytes());
            for (_, offset, generation) in run {
                self.tail
                    .extend_from_slice(format!("{offset:010} {generation:05} n\r\n").as_bytes());
            }
        }
        self.tail.extend_from_slice(b"trailer\n");
        Object::Dictionary(trailer).write(&mut self.tail);
        self.tail.push(b'\n');
    }

    /// An uncompressed cross-reference stream: a few rows are not worth a compressor.
    fn stream_section(&mut self, mut trailer: Dictionary, start: u64) {
        let own = self.new_number();
        self.placed.insert(own.number, (start, 0));
        let rows: Vec<(u32, u64, u16)> = self
            .placed
            .iter()
            .map(|(number, (offset, generation))| (*number, *offset, *generation))
            .collect();
        let mut index = Vec::new();
        let mut data = Vec::new();
        for run in rows.chunk_by(|one, next| one.0 + 1 == next.0) {
            index.extend([
                Object::Integer(i64::from(run[0].0)),
                Object::Integer(run.len() as i64),
            ]);
            for (_, offset, generation) in run {
                data.push(1);
                data.extend_from_slice(&offset.to_be_bytes()[3..]);
                data.extend_from_slice(&generation.to_be_bytes());
            }
        }
        trailer.set("Type", Object::name("XRef"));
        trailer.set("Size", Object::Integer(i64::from(self.next)));
        trailer.set("W", Object::Array([1, 5, 2].map(Object::Integer).to_vec()));
        trailer.set("Index", Object::Array(index));
        trailer.set("Length", Object::Integer(data.len() as i64));
        self.tail
            .extend_from_slice(format!("{} 0 obj\n", own.number).as_bytes());
        Object::Dictionary(trailer).write(&mut self.tail);
        self.tail.extend_from_slice(b"\nstream\n");
        self.tail.extend_from_slice(&data);
        self.tail.extend_from_slice(b"\nendstream\nendobj\n");
    }
}
