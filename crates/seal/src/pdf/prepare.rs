//! The writer: an appended revision (ISO 32000-2 §7.5.6) with a signature field, its widget with
//! the seal's picture, and a signature dictionary whose `/Contents` waits for the CMS.

use std::collections::BTreeMap;
use std::rc::Rc;

use pki::UnixTime;

use super::diff;
use super::document::{Document, View};
use super::form::{self, Form, Permission, text_bytes};
use super::object::{Dictionary, Object, Reference};
use super::pages::{self, Page, Rect};
use super::revision::WalkError;
use super::signature;
use super::source::Source;
use super::xref::SectionKind;
use super::{SubFilter, tail};
use crate::VectorPicture;

/// Bytes of CMS that `/Contents` has room for, unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 12 << 10;
const MIN_CAPACITY: usize = 1 << 10;
const MAX_CAPACITY: usize = 256 << 10;
const MAX_PICTURE: usize = 1 << 20;

/// What is to be appended.
#[derive(Debug, Clone)]
pub struct SealSpec<'a> {
    /// Page number, from 1.
    pub page: u32,
    /// Where the seal stands, in the user space of the unrotated page; see
    /// [`pages::PageGeometry::rect_at`] for a place given as the page is displayed.
    pub rect: Rect,
    /// The seal's picture, drawn upright as the page is displayed.
    pub picture: &'a VectorPicture,
    /// The new field's name: not empty, without dots, not in use. [`free_field_name`] finds one.
    pub field_name: &'a str,
    /// `/Name`: who signs.
    pub signer_name: &'a str,
    /// `/Reason`.
    pub reason: Option<&'a str>,
    /// `/M`: the time that the signer claims.
    pub time: UnixTime,
    /// How the signature will be packed.
    pub sub_filter: SubFilter,
    /// Bytes reserved for the CMS.
    pub contents_capacity: usize,
}

/// A revision that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The bytes to append to the original; `/Contents` holds zeros.
    pub tail: Vec<u8>,
    /// `/ByteRange` over original ‖ tail: two pairs of offset and length.
    pub byte_range: [u64; 4],
}

/// Why no seal is put on this file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The file is not a PDF as the standard says; nothing is repaired.
    #[error("the file cannot be read strictly: {0}")]
    Broken(#[from] WalkError),
    /// The file is encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// The file holds an XFA form, whose pages are not what the PDF shows.
    #[error("the file is an XFA form")]
    Xfa,
    /// An earlier signature certifies the file and allows no change.
    #[error("the file is certified against any change")]
    NoChangesAllowed,
    /// An earlier signature locks all fields.
    #[error("an earlier signature locks the form")]
    FieldsLocked,
    /// Bytes behind an earlier signature, or a revision after it, are such that it is not valid any more.
    #[error("an earlier signature was broken by a later change: {0}")]
    EarlierSignatureBroken(String),
    /// No such page.
    #[error("the file has no page {0}")]
    NoSuchPage(u32),
    /// The rectangle lies outside the page or has no area.
    #[error("the seal does not lie on the page")]
    OffPage,
    /// The seal would cover an earlier one.
    #[error("the seal would cover the earlier seal {0}")]
    CoversSeal(String),
    /// The field's name is empty, has a dot or is taken.
    #[error("the field name {0:?} cannot be used")]
    FieldName(String),
    /// The picture is too large or its size is no size.
    #[error("the seal's picture cannot be used")]
    Picture,
    /// The capacity is outside its limits.
    #[error("room for the signature must be between 1 KiB and 256 KiB")]
    Capacity,
    /// The file grew beyond what offsets can say.
    #[error("the file is too large")]
    TooLarge,
}

/// A field name that the file does not use yet: `YinxinSeal1`, `YinxinSeal2` …
pub fn free_field_name(original: &[u8]) -> Result<String, PrepareError> {
    let document = Document::open(Source::whole(original))?;
    let form = form::form(&document.latest())?;
    let free = (1..)
        .map(|number| format!("YinxinSeal{number}"))
        .find(|name| !form.iter().any(|form| form.names.contains(name)));
    free.ok_or(PrepareError::TooLarge)
}

/// Checks that the file can take a seal and makes the revision to append.
///
/// # Errors
/// A typed reason why not; the file is not touched in any case.
pub fn prepare(original: &[u8], spec: &SealSpec<'_>) -> Result<Prepared, PrepareError> {
    check_spec(spec)?;
    let document = Document::open(Source::whole(original))?;
    let view = document.latest();
    let form = check_file(&document, &view, spec.field_name)?;
    let form = (*form).as_ref();
    let page =
        pages::page(&view, spec.page as usize)?.ok_or(PrepareError::NoSuchPage(spec.page))?;
    check_place(&view, form, &page, spec)?;
    if form
        .is_some_and(|form| form.names.contains(spec.field_name))
    {
        return Err(PrepareError::FieldName(spec.field_name.into()));
    }
    let mut writer = Writer::new(&view, original);
    let signature = writer.new_number();
    let widget = writer.new_number();
    let appearance = writer.new_number();
    writer.signature_dictionary(signature, spec);
    writer.object(
        widget,
        &widget_dictionary(spec, &page, signature, appearance),
    );
    writer.appearance(appearance, spec, page.geometry.rotation);
    writer.page(&page, widget)?;
    writer.form(form, widget)?;
    writer.finish()
}

fn check_spec(spec: &SealSpec<'_>) -> Result<(), PrepareError> {
    let name = spec.field_name;
    if name.is_empty()
        || name.contains('.')
        || name.len() > 128
        || name.chars().any(char::is_control)
    {
        return Err(PrepareError::FieldName(name.into()));
    }
    if !(MIN_CAPACITY..=MAX_CAPACITY).contains(&spec.contents_capacity) {
        return Err(PrepareError::Capacity);
    }
    let size = |mm: f64| mm.is_finite() && (1.0..=1000.0).contains(&mm);
    if spec.picture.content.len() > MAX_PICTURE
        || !size(spec.picture.width_mm)
        || !size(spec.picture.height_mm)
    {
        return Err(PrepareError::Picture);
    }
    Ok(())
}

fn check_file(
    document: &Document<'_>,
    view: &View<'_, '_>,
    field_name: &str,
) -> Result<Rc<Option<Form>>, PrepareError> {
    if document.is_encrypted() {
        return Err(PrepareError::Encrypted);
    }
    let form = form::form(view)?;
    if form.iter().any(|form| form.xfa) {
        return Err(PrepareError::Xfa);
    }
    if matches!(form::certification(view)?, Some((_, Permission::NoChanges))) {
        return Err(PrepareError::NoChangesAllowed);
    }
    for earlier in signature::find(document)? {
        if diff::forbids_all(document, &earlier)? {
            return Err(PrepareError::NoChangesAllowed);
        }
        let lock = form::lock(&document.view(earlier.revision), &earlier.dictionary)?;
        if lock.is_some_and(|lock| lock.holds(field_name)) {
            return Err(PrepareError::FieldsLocked);
        }
    }
    // To seal over a change that broke an earlier seal would lend it a new one's authority.
    if let Some(denied) = diff::first_denied_after_signature(document)? {
        return Err(PrepareError::EarlierSignatureBroken(denied));
    }
    Ok(form)
}

fn check_place(
    view: &View<'_, '_>,
    form: Option<&Form>,
    page: &Page,
    spec: &SealSpec<'_>,
) -> Result<(), PrepareError> {
    let Rect { x0, y0, x1, y1 } = spec.rect;
    let finite = [x0, y0, x1, y1].iter().all(|value| value.is_finite());
    if !finite
        || spec.rect.width() < 1.0
        || spec.rect.height() < 1.0
        || !page.geometry.visible.contains(&spec.rect)
    {
        return Err(PrepareError::OffPage);
    }
    for field in form
        .iter()
        .flat_map(|form| &form.fields)
        .filter(|field| field.signed)
    {
        let places = form::places(view, &field.widgets)?;
        if places
            .iter()
            .any(|place| place.page == spec.page && place.rect.overlaps(&spec.rect))
        {
            return Err(PrepareError::CoversSeal(field.name.clone()));
        }
    }
    Ok(())
}

fn widget_dictionary(
    spec: &SealSpec<'_>,
    page: &Page,
    signature: Reference,
    appearance: Reference,
) -> Dictionary {
    let mut normal = Dictionary::default();
    normal.set("N", Object::Reference(appearance));
    let mut widget = Dictionary::default();
    widget.set("Type", Object::name("Annot"));
    widget.set("Subtype", Object::name("Widget"));
    widget.set("FT", Object::name("Sig"));
    widget.set(
        "T",
        Object::String(text_bytes(spec.field_name).as_slice().into()),
    );
    widget.set("V", Object::Reference(signature));
    widget.set("P", Object::Reference(page.reference));
    // Print and Locked (§12.5.3).
    widget.set("F", Object::Integer(132));
    let corners = [spec.rect.x0, spec.rect.y0, spec.rect.x1, spec.rect.y1];
    widget.set(
        "Rect",
        Object::Array(
            corners
                .iter()
                .map(|value| Object::Real((value * 1000.0).round() / 1000.0))
                .collect(),
        ),
    );
    widget.set("AP", Object::Dictionary(normal));
    widget
}

/// Collects the new revision's objects.
struct Writer<'w, 'd, 'a> {
    view: &'w View<'d, 'a>,
    original_length: u64,
    tail: Vec<u8>,
    next: u32,
    /// Offset of each object in the finished file, and its generation.
    placed: BTreeMap<u32, (u64, u16)>,
    /// Where in the tail the hexadecimal string begins and ends, delimiters included.
    contents: (usize, usize),
    /// Where in the tail `/ByteRange`'s array begins.
    byte_range: usize,
}

/// Ten digits a number: the widest an offset can be.
const BYTE_RANGE_WIDTH: usize = "[0 0000000000 0000000000 0000000000]".len();

impl<'w, 'd, 'a> Writer<'w, 'd, 'a> {
    fn new(view: &'w View<'d, 'a>, original: &[u8]) -> Self {
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
            contents: (0, 0),
            byte_range: 0,
        }
    }

    fn new_number(&mut self) -> Reference {
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

    fn object(&mut self, reference: Reference, dictionary: &Dictionary) {
        self.value(reference, &Object::Dictionary(dictionary.clone()));
    }

    fn value(&mut self, reference: Reference, object: &Object) {
        self.begin(reference);
        object.write(&mut self.tail);
        self.end();
    }

    /// The signature dictionary comes first in the tail: there [`tail`] finds it again.
    fn signature_dictionary(&mut self, reference: Reference, spec: &SealSpec<'_>) {
        self.begin(reference);
        let head = format!(
            "<</Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /{}\n/ByteRange ",
            spec.sub_filter.name()
        );
        self.tail.extend_from_slice(head.as_bytes());
        self.byte_range = self.tail.len();
        self.tail
            .extend(std::iter::repeat_n(b' ', BYTE_RANGE_WIDTH));
        self.tail.extend_from_slice(b"\n/Contents ");
        let start = self.tail.len();
        self.tail.push(b'<');
        self.tail
            .extend(std::iter::repeat_n(b'0', spec.contents_capacity * 2));
        self.tail.push(b'>');
        self.contents = (start, self.tail.len());
        let mut entries = vec![
            ("Name", text_bytes(spec.signer_name)),
            ("M", pdf_date(spec.time).into_bytes()),
        ];
        entries.extend(spec.reason.map(|reason| ("Reason", text_bytes(reason))));
        for (key, value) in entries {
            self.tail.extend_from_slice(format!("\n/{key} ").as_bytes());
            Object::String(value.as_slice().into()).write(&mut self.tail);
        }
        self.tail.extend_from_slice(b">>");
        self.end();
    }

    fn appearance(&mut self, reference: Reference, spec: &SealSpec<'_>, rotation: u16) {
        let (width, height) = (
            spec.picture.width_mm * pages::POINTS_PER_MM,
            spec.picture.height_mm * pages::POINTS_PER_MM,
        );
        // The page turns clockwise for display, so the picture is turned back; the viewer fits
        // the turned box into the widget's rectangle (§12.5.5, algorithm of appearance streams).
        let matrix: [i64; 6] = match rotation {
            90 => [0, 1, -1, 0, 0, 0],
            180 => [-1, 0, 0, -1, 0, 0],
            270 => [0, -1, 1, 0, 0, 0],
            _ => [1, 0, 0, 1, 0, 0],
        };
        let mut dictionary = Dictionary::default();
        dictionary.set("Type", Object::name("XObject"));
        dictionary.set("Subtype", Object::name("Form"));
        dictionary.set("FormType", Object::Integer(1));
        dictionary.set(
            "BBox",
            Object::Array(vec![
                Object::Integer(0),
                Object::Integer(0),
                Object::Real(width),
                Object::Real(height),
            ]),
        );
        dictionary.set(
            "Matrix",
            Object::Array(matrix.map(Object::Integer).to_vec()),
        );
        dictionary.set("Resources", Object::Dictionary(Dictionary::default()));
        dictionary.set("Length", Object::Integer(spec.picture.content.len() as i64));
        self.begin(reference);
        Object::Dictionary(dictionary).write(&mut self.tail);
        self.tail.extend_from_slice(b"\nstream\n");
        self.tail.extend_from_slice(&spec.picture.content);
        self.tail.extend_from_slice(b"\nendstream");
        self.end();
    }

    /// Adds the widget to the page's annotations, in the array's own object where it has one.
    fn page(&mut self, page: &Page, widget: Reference) -> Result<(), PrepareError> {
        let mut annotations = match self.view.get(&page.dictionary, "Annots")? {
            None => Vec::new(),
            Some(Object::Array(annotations)) => annotations,
            Some(_) => return Err(WalkError::PageTree("/Annots is not an array").into()),
        };
        annotations.push(Object::Reference(widget));
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
    fn form(&mut self, form: Option<&Form>, field: Reference) -> Result<(), PrepareError> {
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
        let root = self.view.revision().root().ok_or(WalkError::Trailer(0))?;
        let mut catalog = self.view.catalog()?;
        match catalog.get("AcroForm") {
            Some(Object::Reference(existing)) if self.view.resolves(*existing) => {
                self.object(*existing, &dictionary)
            }
            _ => {
                catalog.set("AcroForm", Object::Dictionary(dictionary));
                self.object(root, &catalog);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Prepared, PrepareError> {
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
            SectionKind::Stream(_) => self.stream(trailer, start),
        }
        self.tail
            .extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        let end = self.original_length + self.tail.len() as u64;
        if end > 9_999_999_999 || self.next > super::xref::MAX_OBJECT_NUMBER {
            return Err(PrepareError::TooLarge);
        }
        let gap_start = self.original_length + self.contents.0 as u64;
        let gap_end = self.original_length + self.contents.1 as u64;
        let byte_range = [0, gap_start, gap_end, end - gap_end];
        let text = format!(
            "[{} {} {} {}]",
            byte_range[0], byte_range[1], byte_range[2], byte_range[3]
        );
        self.tail[self.byte_range..self.byte_range + text.len()].copy_from_slice(text.as_bytes());
        debug_assert!(tail::locate(&self.tail, self.original_length).is_ok());
        Ok(Prepared {
            tail: self.tail,
            byte_range,
        })
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
    fn stream(&mut self, mut trailer: Dictionary, start: u64) {
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

/// `D:YYYYMMDDHHmmSSZ` (§7.9.4).
fn pdf_date(time: UnixTime) -> String {
    let (days, seconds) = (time.0.div_euclid(86_400), time.0.rem_euclid(86_400));
    let (year, month, day) = super::time::civil_from_days(days);
    format!(
        "D:{year:04}{month:02}{day:02}{:02}{:02}{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
