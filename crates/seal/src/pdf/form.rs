//! The interactive form (ISO 32000-2 §12.7) as far as signatures need it: its signature fields,
//! their widgets on the pages, and what certification and locks allow (§12.8.2).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::document::View;
use super::layout;
use super::object::{Dictionary, Object, Reference};
use super::pages::Rect;
use super::revision::WalkError;

/// Fields of one form.
pub const MAX_FIELDS: usize = 50_000;
const MAX_FIELD_DEPTH: usize = 32;

/// A terminal field of type Sig.
#[derive(Debug, Clone)]
pub struct SignatureField {
    /// The field's object.
    pub reference: Reference,
    /// Its full name, partial names joined by dots.
    pub name: String,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// The signature dictionary's object; `None` for an empty field or a direct value.
    pub value: Option<Reference>,
    /// It has a value of any kind.
    pub signed: bool,
    /// Widgets: the field itself where merged, else its kids.
    pub widgets: Vec<Reference>,
}

/// A widget on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct WidgetPlace {
    /// The widget's object.
    pub widget: Reference,
    /// The page's number, from 1.
    pub page: u32,
    /// Its rectangle; without area it is invisible.
    pub rect: Rect,
}

/// The form of a view.
#[derive(Debug, Clone)]
pub struct Form {
    /// The AcroForm dictionary.
    pub dictionary: Dictionary,
    /// Signature fields in order.
    pub fields: Vec<SignatureField>,
    /// Full names of all fields.
    pub names: BTreeSet<String>,
    /// `/XFA` is there.
    pub xfa: bool,
}

/// Reads the form; `None` where the catalog has none.
pub fn form(view: &View<'_, '_>) -> Result<Rc<Option<Form>>, WalkError> {
    let kept = &view.document().forms;
    match kept.get(view.index()) {
        Some(known) => Ok(known),
        None => Ok(kept.keep(view.index(), read(view)?)),
    }
}

fn read(view: &View<'_, '_>) -> Result<Option<Form>, WalkError> {
    let catalog = view.catalog()?;
    let Some(object) = view.get(&catalog, "AcroForm")? else {
        return Ok(None);
    };
    let Object::Dictionary(dictionary) = object else {
        return Err(WalkError::Form("/AcroForm is not a dictionary"));
    };
    let xfa = dictionary.get("XFA").is_some();
    let mut walk = Walk {
        view,
        seen: BTreeSet::new(),
        fields: Vec::new(),
        names: BTreeSet::new(),
    };
    match view.get(&dictionary, "Fields")? {
        None => {}
        Some(Object::Array(roots)) => {
            for root in &roots {
                let root = root
                    .as_reference()
                    .ok_or(WalkError::Form("a field is not a reference"))?;
                walk.field(root, "", None, 0)?;
            }
        }
        Some(_) => return Err(WalkError::Form("/Fields is not an array")),
    }
    Ok(Some(Form {
        fields: walk.fields,
        names: walk.names,
        dictionary,
        xfa,
    }))
}

struct Walk<'w, 'd, 'a> {
    view: &'w View<'d, 'a>,
    seen: BTreeSet<u32>,
    fields: Vec<SignatureField>,
    names: BTreeSet<String>,
}

/// Attributes that fields inherit.
#[derive(Clone)]
struct Above {
    kind: Option<Vec<u8>>,
    value: Option<Object>,
}

impl Walk<'_, '_, '_> {
    fn field(
        &mut self,
        reference: Reference,
        prefix: &str,
        above: Option<&Above>,
        depth: usize,
    ) -> Result<(), WalkError> {
        if depth > MAX_FIELD_DEPTH || self.seen.len() >= MAX_FIELDS {
            return Err(WalkError::Form("too many fields or too deep"));
        }
        if !self.seen.insert(reference.number) {
            return Err(WalkError::Form("a field stands in it twice"));
        }
        let Object::Dictionary(dictionary) = self.view.object(reference)? else {
            return Err(WalkError::Form("a field is not a dictionary"));
        };
        let partial = self.view.get(&dictionary, "T")?;
        let name = match partial.as_ref().and_then(Object::as_string) {
            Some(partial) if prefix.is_empty() => text(&partial.bytes),
            Some(partial) => format!("{prefix}.{}", text(&partial.bytes)),
            None => prefix.to_owned(),
        };
        let own = self
            .view
            .get(&dictionary, "FT")?
            .as_ref()
            .and_then(Object::as_name)
            .map(<[u8]>::to_vec);
        let here = Above {
            kind: own.or_else(|| above.and_then(|above| above.kind.clone())),
            value: dictionary
                .get("V")
                .cloned()
                .or_else(|| above.and_then(|above| above.value.clone())),
        };
        let kids = match self.view.get(&dictionary, "Kids")? {
            Some(Object::Array(kids)) => kids,
            Some(_) => return Err(WalkError::Form("/Kids is not an array")),
            None => Vec::new(),
        };
        let kids: Vec<Reference> = kids
            .iter()
            .map(|kid| {
                kid.as_reference()
                    .ok_or(WalkError::Form("a kid is not a reference"))
            })
            .collect::<Result<_, _>>()?;
        // Kids with a partial name are fields; without one they are this field's widgets (§12.7.4.2).
        let mut widgets = Vec::new();
        for kid in &kids {
            let Object::Dictionary(below) = self.view.object(*kid)? else {
                return Err(WalkError::Form("a kid is not a dictionary"));
            };
            if below.get("T").is_some() {
                self.field(*kid, &name, Some(&here), depth + 1)?;
            } else {
                // A widget may repeat what it inherits, and say nothing else.
                let own = below.get("V");
                let kind = below.get("FT").and_then(Object::as_name);
                if own.is_some() && own != here.value.as_ref()
                    || kind.is_some() && kind != here.kind.as_deref()
                {
                    return Err(WalkError::Form("a widget says other than its field"));
                }
                widgets.push(*kid);
            }
        }
        if kids.is_empty() {
            widgets.push(reference);
        }
        if widgets.is_empty() {
            return Ok(());
        }
        if !self.names.insert(name.clone()) {
            return Err(WalkError::Form("two fields have the same name"));
        }
        if here.kind.as_deref() == Some(b"Sig") {
            // A reference that leads nowhere is a signature that was taken away, not an empty field.
            let value = here.value.as_ref().and_then(Object::as_reference);
            let signed = here.value.is_some();
            self.fields.push(SignatureField {
                reference,
                name,
                dictionary,
                value,
                signed,
                widgets,
            });
        }
        Ok(())
    }
}

/// A text string (§7.9.2.2): UTF-16 with its mark, UTF-8 with its mark, else one byte a character.
pub fn text(bytes: &[u8]) -> String {
    if let Some(utf16) = bytes.strip_prefix(&[0xfe, 0xff]) {
        let units = utf16
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    if let Some(utf8) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return String::from_utf8_lossy(utf8).into_owned();
    }
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A text string's bytes: ASCII as it is, anything else as UTF-16 with its mark.
pub fn text_bytes(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_vec();
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    bytes
}

/// Places of widgets, page by page. A widget that no page lists is on none.
pub fn places(view: &View<'_, '_>, widgets: &[Reference]) -> Result<Vec<WidgetPlace>, WalkError> {
    if widgets.is_empty() {
        return Ok(Vec::new());
    }
    let layout = layout::of(view)?;
    let wanted: BTreeSet<u32> = widgets.iter().map(|widget| widget.number).collect();
    let mut listed: Vec<(usize, Reference)> = wanted
        .into_iter()
        .flat_map(|widget| layout.lists(widget))
        .collect();
    listed.sort_unstable_by_key(|(page, widget)| (*page, widget.number));
    let mut found = Vec::new();
    for (page, widget) in listed {
        let Object::Dictionary(dictionary) = view.object(widget)? else {
            continue;
        };
        let rect = view
            .get(&dictionary, "Rect")?
            .as_ref()
            .and_then(Rect::from_object);
        if let Some(rect) = rect {
            found.push(WidgetPlace {
                widget,
                page: page as u32 + 1,
                rect,
            });
        }
    }
    Ok(found)
}

/// What the certification signature (DocMDP) allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// 1: no change at all.
    NoChanges,
    /// 2: filling in forms and signing.
    FormFilling,
    /// 3: annotations too.
    Annotations,
}

/// The certification signature's object and what it allows; `None` where the file is not certified.
pub fn certification(view: &View<'_, '_>) -> Result<Option<(Reference, Permission)>, WalkError> {
    let catalog = view.catalog()?;
    let Some(permissions) = view.dictionary(&catalog, "Perms")? else {
        return Ok(None);
    };
    let Some(signature) = permissions.get("DocMDP").and_then(Object::as_reference) else {
        return Ok(None);
    };
    if !view.resolves(signature) {
        return Ok(None);
    }
    let Object::Dictionary(dictionary) = view.object(signature)? else {
        return Err(WalkError::Form("/DocMDP is not a signature"));
    };
    let parameters = transform(view, &dictionary, "DocMDP")?.ok_or(WalkError::Form(
        "the certification has no DocMDP parameters",
    ))?;
    let permission = match view.get(&parameters, "P")?.as_ref() {
        Some(Object::Integer(1)) => Permission::NoChanges,
        None | Some(Object::Integer(2)) => Permission::FormFilling,
        Some(Object::Integer(3)) => Permission::Annotations,
        Some(_) => return Err(WalkError::Form("DocMDP /P is not 1, 2 or 3")),
    };
    Ok(Some((signature, permission)))
}

/// The parameters of a signature's transform method.
pub fn transform(
    view: &View<'_, '_>,
    signature: &Dictionary,
    method: &str,
) -> Result<Option<Dictionary>, WalkError> {
    let Some(Object::Array(references)) = view.get(signature, "Reference")? else {
        return Ok(None);
    };
    for reference in &references {
        let Object::Dictionary(reference) = view.resolve(reference)? else {
            continue;
        };
        if view
            .get(&reference, "TransformMethod")?
            .as_ref()
            .and_then(Object::as_name)
            == Some(method.as_bytes())
        {
            return Ok(Some(
                view.dictionary(&reference, "TransformParams")?
                    .unwrap_or_default(),
            ));
        }
    }
    Ok(None)
}

/// Which fields a signature locks (FieldMDP, §12.8.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// All.
    All,
    /// These.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

impl Lock {
    /// Whether the field is locked; a name locks what lies below it too.
    pub fn holds(&self, field: &str) -> bool {
        let named = |names: &[String]| {
            names.iter().any(|name| {
                field == name
                    || field
                        .strip_prefix(name.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Only(names) => named(names),
            Self::Except(names) => !named(names),
        }
    }
}

/// The lock that a signature dictionary carries.
pub fn lock(view: &View<'_, '_>, signature: &Dictionary) -> Result<Option<Lock>, WalkError> {
    let Some(parameters) = transform(view, signature, "FieldMDP")? else {
        return Ok(None);
    };
    let names = match view.get(&parameters, "Fields")? {
        Some(Object::Array(names)) => names
            .iter()
            .filter_map(Object::as_string)
            .map(|name| text(&name.bytes))
            .collect(),
        _ => Vec::new(),
    };
    match view
        .get(&parameters, "Action")?
        .as_ref()
        .and_then(Object::as_name)
    {
        Some(b"All") => Ok(Some(Lock::All)),
        Some(b"Include") => Ok(Some(Lock::Only(names))),
        Some(b"Exclude") => Ok(Some(Lock::Except(names))),
        _ => Err(WalkError::Form("FieldMDP has no known /Action")),
    }
}
