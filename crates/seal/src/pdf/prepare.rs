//! The writer: an appended revision (ISO 32000-2 §7.5.6) with a signature field, its widgets with the
//! seal's picture, and a signature dictionary whose `/Contents` waits for the CMS or the SES signature.

mod checks;

use pki::UnixTime;

use super::SubFilter;
use super::appearance::Appearances;
use super::document::{Document, View};
use super::form::{self, text_bytes};
use super::object::{Dictionary, Object, Reference};
use super::pages::{self, Page, Rect};
use super::placement::{Part, Placement};
use super::revision::WalkError;
use super::signature;
use super::source::Source;
use super::tail;
use super::writer::Writer;
use crate::VectorPicture;

pub(super) use checks::{check_capacity, check_name, check_whole};
use checks::{check_file, check_places, check_spec, pages_of};

/// Bytes of CMS that `/Contents` has room for, unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 12 << 10;
/// Widgets of one signature.
pub const MAX_WIDGETS: usize = 2_000;

/// One seal in one place; [`SignatureSpec`] has several.
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

/// A seal in one or many places, or several seals, all of them one signature.
#[derive(Debug, Clone)]
pub struct SignatureSpec<'a> {
    /// Where the seal or its strips stand; see [`super::placement`].
    pub placements: &'a [Placement],
    /// The seal's picture, drawn upright as the page is displayed.
    pub picture: &'a VectorPicture,
    /// Further seals that the same signature puts on, each with its picture.
    pub further: &'a [(&'a VectorPicture, Vec<Placement>)],
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
    /// Bytes reserved for the signature.
    pub contents_capacity: usize,
    /// The last seal: nothing but evidence and time stamps may follow (DocMDP and, behind other seals,
    /// FieldMDP with the lock's `/P` 1).
    pub last: bool,
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
    /// Two of the seal's own places lie over each other.
    #[error("two places of the seal lie over each other on page {0}")]
    OverItself(u32),
    /// The field's name is empty, has a dot or is taken.
    #[error("the field name {0:?} cannot be used")]
    FieldName(String),
    /// Seals are not written in this format; some are only read.
    #[error("seals are not written as {0}")]
    Format(&'static str),
    /// No place at all, or more than [`MAX_WIDGETS`].
    #[error("a seal has 1 to {MAX_WIDGETS} places")]
    Places,
    /// The file bears a certification already, or an earlier seal keeps this one from being the last.
    #[error("the file is certified already")]
    CertifiedAlready,
    /// The evidence cannot be stored: too much, or the store that is there has another form.
    #[error("the file's security store cannot take this")]
    Store,
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

/// One widget to be written.
struct Widget {
    /// Which picture: 0 is the first, others follow in the order of [`SignatureSpec::further`].
    picture: usize,
    page: u32,
    rect: Rect,
    part: Part,
}

/// Checks that the file can take a seal and makes the revision to append.
///
/// # Errors
/// A typed reason why not; the file is not touched in any case.
pub fn prepare(original: &[u8], spec: &SealSpec<'_>) -> Result<Prepared, PrepareError> {
    let several = SignatureSpec {
        placements: &[],
        picture: spec.picture,
        further: &[],
        field_name: spec.field_name,
        signer_name: spec.signer_name,
        reason: spec.reason,
        time: spec.time,
        sub_filter: spec.sub_filter,
        contents_capacity: spec.contents_capacity,
        last: false,
    };
    let widget = Widget {
        picture: 0,
        page: spec.page,
        rect: spec.rect,
        part: Part::WHOLE,
    };
    revision(original, &several, |_| Ok(vec![widget]))
}

/// As [`prepare`], for a seal in many places or the last one.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_signature(
    original: &[u8],
    spec: &SignatureSpec<'_>,
) -> Result<Prepared, PrepareError> {
    let further = spec.further.iter().map(|(_, placements)| placements.len());
    if !(1..=MAX_WIDGETS).contains(&(spec.placements.len() + further.sum::<usize>())) {
        return Err(PrepareError::Places);
    }
    let further = spec
        .further
        .iter()
        .enumerate()
        .flat_map(|(at, (_, own))| own.iter().map(move |placement| (at + 1, placement)));
    let first = spec.placements.iter().map(|placement| (0, placement));
    let placements: Vec<_> = first.chain(further).collect();
    revision(original, spec, |view| {
        let geometries = pages::geometries(view)?;
        let widgets = placements.iter().map(|(picture, placement)| {
            let geometry = (placement.page as usize)
                .checked_sub(1)
                .and_then(|index| geometries.get(index))
                .ok_or(PrepareError::NoSuchPage(placement.page))?;
            Ok(Widget {
                picture: *picture,
                page: placement.page,
                rect: placement.rect_on(geometry),
                part: placement.part,
            })
        });
        widgets.collect()
    })
}

fn revision(
    original: &[u8],
    spec: &SignatureSpec<'_>,
    widgets: impl FnOnce(&View<'_, '_>) -> Result<Vec<Widget>, PrepareError>,
) -> Result<Prepared, PrepareError> {
    check_spec(spec)?;
    let document = Document::open(Source::whole(original))?;
    let view = document.latest();
    let earlier = signature::find(&document)?;
    let form = check_file(&document, &view, &earlier, spec.field_name)?;
    let form = (*form).as_ref();
    let widgets = widgets(&view)?;
    let pages = pages_of(&view, &widgets)?;
    check_places(&view, form, &pages, &widgets)?;
    check_name(form, spec.field_name)?;
    let certifies = spec.last && earlier.is_empty();
    if certifies && form::certification(&view)?.is_some() {
        return Err(PrepareError::CertifiedAlready);
    }
    let mut writer = Writer::new(&view, original);
    let signature = writer.new_number();
    let field = writer.new_number();
    signature_dictionary(&mut writer, signature, spec, certifies);
    let mut field_dictionary = Dictionary::default();
    field_dictionary.set("FT", Object::name("Sig"));
    field_dictionary.set(
        "T",
        Object::String(text_bytes(spec.field_name).as_slice().into()),
    );
    field_dictionary.set("V", Object::Reference(signature));
    if spec.last {
        field_dictionary.set("Lock", Object::Dictionary(lock()));
    }
    let pictures = spec.further.iter().map(|(picture, _)| *picture);
    let pictures = std::iter::once(spec.picture).chain(pictures);
    let single = widgets.len() == 1;
    let mut appearances: Vec<_> = pictures
        .map(|picture| Appearances::new(picture, single))
        .collect();
    let mut annotations: Vec<(u32, Reference)> = Vec::new();
    if let [only] = widgets.as_slice() {
        // A field with one widget is one object with it (§12.7.4.1).
        let page = &pages[&only.page];
        let appearance =
            appearances[only.picture].of(&mut writer, only.part, page.geometry.rotation);
        widget_entries(&mut field_dictionary, only, page, appearance);
        writer.object(field, &field_dictionary);
        annotations.push((only.page, field));
    } else {
        let mut kids = Vec::new();
        for widget in &widgets {
            let page = &pages[&widget.page];
            let appearance =
                appearances[widget.picture].of(&mut writer, widget.part, page.geometry.rotation);
            let kid = writer.new_number();
            let mut dictionary = Dictionary::default();
            dictionary.set("Parent", Object::Reference(field));
            // Inherited anyway; some readers look for it on the page only.
            dictionary.set("FT", Object::name("Sig"));
            dictionary.set("V", Object::Reference(signature));
            widget_entries(&mut dictionary, widget, page, appearance);
            writer.object(kid, &dictionary);
            kids.push(Object::Reference(kid));
            annotations.push((widget.page, kid));
        }
        field_dictionary.set("Kids", Object::Array(kids));
        writer.object(field, &field_dictionary);
    }
    annotations.sort_by_key(|(page, _)| *page);
    for on_page in annotations.chunk_by(|one, next| one.0 == next.0) {
        let widgets: Vec<Reference> = on_page.iter().map(|(_, widget)| *widget).collect();
        writer.page(&pages[&on_page[0].0], &widgets)?;
    }
    writer.form(form, field)?;
    if certifies {
        let mut permissions = view
            .dictionary(&view.catalog()?, "Perms")?
            .unwrap_or_default();
        permissions.set("DocMDP", Object::Reference(signature));
        writer
            .catalog()?
            .set("Perms", Object::Dictionary(permissions));
    }
    finish(writer, original.len() as u64)
}

pub(super) fn finish(writer: Writer<'_, '_, '_>, length: u64) -> Result<Prepared, PrepareError> {
    let (tail, byte_range) = writer.finish()?;
    if tail.len() > tail::MAX_TAIL {
        return Err(PrepareError::TooLarge);
    }
    debug_assert!(tail::locate(&tail, length).is_ok());
    Ok(Prepared {
        tail,
        byte_range: byte_range.unwrap_or_default(),
    })
}

fn signature_dictionary(
    writer: &mut Writer<'_, '_, '_>,
    reference: Reference,
    spec: &SignatureSpec<'_>,
    certifies: bool,
) {
    let head = format!(
        "/Type /Sig\n/Filter /{}\n/SubFilter /{}",
        spec.sub_filter.filter(),
        spec.sub_filter.name()
    );
    let text = |text: &[u8]| Object::String(text.into());
    let mut entries = vec![
        ("Name", text(&text_bytes(spec.signer_name))),
        ("M", text(pdf_date(spec.time).as_bytes())),
    ];
    if let Some(reason) = spec.reason {
        entries.push(("Reason", text(&text_bytes(reason))));
    }
    if spec.last {
        let mut transforms = vec![transform("FieldMDP", &[("Action", Object::name("All"))])];
        if certifies {
            let level = [("P", Object::Integer(1))];
            transforms.insert(0, transform("DocMDP", &level));
        }
        entries.push(("Reference", Object::Array(transforms)));
    }
    writer.signature_dictionary(reference, &head, spec.contents_capacity, &entries);
}

/// A signature reference dictionary (§12.8.1, Table 256).
fn transform(method: &str, parameters: &[(&str, Object)]) -> Object {
    let mut own = Dictionary::default();
    own.set("Type", Object::name("TransformParams"));
    own.set("V", Object::name("1.2"));
    for (key, value) in parameters {
        own.set(key, value.clone());
    }
    let mut reference = Dictionary::default();
    reference.set("Type", Object::name("SigRef"));
    reference.set("TransformMethod", Object::name(method));
    reference.set("TransformParams", Object::Dictionary(own));
    Object::Dictionary(reference)
}

/// SigFieldLock (§12.7.5.5): all fields, and no change whatever.
fn lock() -> Dictionary {
    let mut lock = Dictionary::default();
    lock.set("Type", Object::name("SigFieldLock"));
    lock.set("Action", Object::name("All"));
    lock.set("P", Object::Integer(1));
    lock
}

fn widget_entries(
    dictionary: &mut Dictionary,
    widget: &Widget,
    page: &Page,
    appearance: Reference,
) {
    let mut normal = Dictionary::default();
    normal.set("N", Object::Reference(appearance));
    dictionary.set("Type", Object::name("Annot"));
    dictionary.set("Subtype", Object::name("Widget"));
    dictionary.set("P", Object::Reference(page.reference));
    // Print and Locked (§12.5.3).
    dictionary.set("F", Object::Integer(132));
    dictionary.set("Rect", rectangle(&widget.rect));
    dictionary.set("AP", Object::Dictionary(normal));
}

fn rectangle(rect: &Rect) -> Object {
    let corners = [rect.x0, rect.y0, rect.x1, rect.y1];
    Object::Array(
        corners
            .iter()
            .map(|value| Object::Real((value * 1000.0).round() / 1000.0))
            .collect(),
    )
}

/// `D:YYYYMMDDHHmmSSZ` (§7.9.4).
pub(super) fn pdf_date(time: UnixTime) -> String {
    let (days, seconds) = (time.0.div_euclid(86_400), time.0.rem_euclid(86_400));
    let (year, month, day) = super::time::civil_from_days(days);
    format!(
        "D:{year:04}{month:02}{day:02}{:02}{:02}{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
