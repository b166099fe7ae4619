//! XML as OFD uses it (GB/T 33190-2016 §7.1): UTF-8, no document type, no entities of its own, limits on
//! size, depth, elements and attributes.
//!
//! Elements are found by their local name whatever their prefix: where two readers could differ on a
//! namespace, this one sees what either sees. A second element of a name that may stand once is an error.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// The namespace of OFD.
pub const NAMESPACE: &str = "http://www.ofdspec.org/2016";
const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;
const MAX_ELEMENTS: usize = 400_000;

/// Why a text is no XML of an OFD.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not UTF-8, or declared as something else.
    #[error("not UTF-8")]
    Encoding,
    /// A document type, a processing instruction, or an entity of its own.
    #[error("a document type, instruction or entity stands in it")]
    Forbidden,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(String),
    /// Too deep, too many elements or attributes.
    #[error("more {0} than are read")]
    Limit(&'static str),
    /// Another root element, or another namespace.
    #[error("the root element is not {0}")]
    Root(&'static str),
    /// An element that may stand once stands twice.
    #[error("{0} stands twice")]
    Twice(String),
    /// Something that has to be there is not.
    #[error("{0} is missing or malformed")]
    Missing(&'static str),
}

/// An element with what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Name without prefix.
    pub name: String,
    /// Attributes by name without prefix, in order.
    pub attributes: Vec<(String, String)>,
    /// Elements inside.
    pub children: Vec<Element>,
    /// Text directly inside, put together.
    pub text: String,
}

impl Element {
    /// Reads a text whose root is `root` in OFD's namespace.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn parse(bytes: &[u8], root: &'static str) -> Result<Self, XmlError> {
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let foreign = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{80}'..);
        if text.contains(foreign) {
            return Err(XmlError::Malformed("control characters".into()));
        }
        let (element, namespace) = build(text)?;
        if element.name != root || namespace.as_deref() != Some(NAMESPACE) {
            return Err(XmlError::Root(root));
        }
        Ok(element)
    }

    /// An attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The elements of this name directly inside.
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The one element of this name directly inside, or none.
    ///
    /// # Errors
    /// [`XmlError::Twice`].
    pub fn one(&self, name: &'static str) -> Result<Option<&Element>, XmlError> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(XmlError::Twice(name.into()));
        }
        Ok(first)
    }

    /// The element of this name, which has to be there once.
    ///
    /// # Errors
    /// [`XmlError::Twice`], [`XmlError::Missing`].
    pub fn required(&self, name: &'static str) -> Result<&Element, XmlError> {
        self.one(name)?.ok_or(XmlError::Missing(name))
    }

    /// The text inside, without white space around it.
    #[must_use]
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// The text of the one element of this name, where there is one that is not empty.
    ///
    /// # Errors
    /// [`XmlError::Twice`].
    pub fn text_of(&self, name: &'static str) -> Result<Option<&str>, XmlError> {
        Ok(self
            .one(name)?
            .map(Element::trimmed)
            .filter(|text| !text.is_empty()))
    }
}

fn malformed(error: impl ToString) -> XmlError {
    XmlError::Malformed(error.to_string())
}

/// The root element and its namespace.
fn build(text: &str) -> Result<(Element, Option<String>), XmlError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut namespace = None;
    let mut count = 0usize;
    let mut first = true;
    loop {
        let event = reader.read_event().map_err(malformed)?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                count += 1;
                if count > MAX_ELEMENTS {
                    return Err(XmlError::Limit("elements"));
                }
                if open.len() == MAX_DEPTH {
                    return Err(XmlError::Limit("levels"));
                }
                if root.is_some() {
                    return Err(malformed("a second root element"));
                }
                let (element, own) = element(start)?;
                if open.is_empty() {
                    namespace = own;
                }
                open.push(element);
                if matches!(event, Event::Empty(_)) {
                    close(&mut open, &mut root);
                }
            }
            Event::End(_) => close(&mut open, &mut root),
            Event::Text(text) => add(&mut open, &text.xml10_content())?,
            Event::CData(text) => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().map_err(malformed)? {
                    Some(c) => c,
                    None => predefined(&reference.xml10_content()).ok_or(XmlError::Forbidden)?,
                };
                add(&mut open, resolved.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declaration) => {
                if !first {
                    return Err(malformed("a declaration inside"));
                }
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(malformed)?;
                    if !["utf-8", "utf8"].contains(&encoding.to_ascii_lowercase().as_str()) {
                        return Err(XmlError::Encoding);
                    }
                }
            }
            Event::Comment(_) => {}
            Event::PI(_) | Event::DocType(_) => return Err(XmlError::Forbidden),
            Event::Eof => break,
        }
        first = false;
    }
    if !open.is_empty() {
        return Err(malformed("an element is not closed"));
    }
    let root = root.ok_or_else(|| malformed("no element"))?;
    Ok((root, namespace))
}

fn close(open: &mut Vec<Element>, root: &mut Option<Element>) {
    // The reader refuses an end without its start.
    let Some(done) = open.pop() else { return };
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => *root = Some(done),
    }
}

fn add(open: &mut [Element], text: &str) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(malformed("text outside the root element")),
    }
    Ok(())
}

/// The element, and the namespace that its own prefix has by its own declarations.
fn element(start: &BytesStart<'_>) -> Result<(Element, Option<String>), XmlError> {
    let name = start.name();
    let declares = match name.prefix() {
        Some(prefix) => format!("xmlns:{}", prefix.into_inner()),
        None => "xmlns".into(),
    };
    let mut namespace = None;
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        let key = attribute.key;
        if attribute.value.contains('<') {
            return Err(malformed("< in an attribute"));
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| XmlError::Forbidden)?
            .into_owned();
        if key.into_inner() == declares {
            namespace = Some(value);
            continue;
        }
        let whole = key.into_inner();
        if whole == "xmlns" || whole.starts_with("xmlns:") {
            continue;
        }
        if attributes.len() == MAX_ATTRIBUTES {
            return Err(XmlError::Limit("attributes"));
        }
        let local = key.local_name().into_inner();
        if attributes.iter().any(|(known, _)| known == local) {
            return Err(XmlError::Twice(local.into()));
        }
        attributes.push((local.into(), value));
    }
    let element = Element {
        name: name.local_name().into_inner().into(),
        attributes,
        ..Element::default()
    };
    Ok((element, namespace))
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// Text as it stands inside an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016""#;

    fn parse(rest: &str) -> Result<Element, XmlError> {
        Element::parse(format!("{HEAD}{rest}").as_bytes(), "OFD")
    }

    #[test]
    fn elements_are_read_with_their_text_and_attributes() {
        let root = parse(r#" a="1&amp;2"><ofd:X>a&#65;<![CDATA[<b>]]>&lt;</ofd:X><Y/></ofd:OFD>"#)
            .unwrap();
        assert_eq!(root.attribute("a"), Some("1&2"));
        assert_eq!(root.required("X").unwrap().text, "aA<b><");
        assert!(root.one("Y").unwrap().is_some());
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for rest in [
            "><a></b></ofd:OFD>",
            "><a>",
            "></ofd:OFD><b/>",
            "></ofd:OFD>text",
            r#" a="1" a="2"/>"#,
            r#" x:a="1" y:a="2"/>"#,
            ">&own;</ofd:OFD>",
            r#" a="&own;"/>"#,
            "><?php x?></ofd:OFD>",
            ">\u{1}</ofd:OFD>",
        ] {
            assert!(parse(rest).is_err(), "{rest}");
        }
        let doctype = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{HEAD}/>");
        assert_eq!(
            Element::parse(doctype.as_bytes(), "OFD"),
            Err(XmlError::Forbidden)
        );
        let gbk = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>{HEAD}/>");
        assert_eq!(
            Element::parse(gbk.as_bytes(), "OFD"),
            Err(XmlError::Encoding)
        );
        assert_eq!(
            Element::parse(b"<OFD xmlns=\"other\"/>", "OFD"),
            Err(XmlError::Root("OFD"))
        );
    }

    #[test]
    fn depth_and_numbers_have_limits() {
        let deep = format!(">{}{}</ofd:OFD>", "<a>".repeat(80), "</a>".repeat(80));
        assert_eq!(parse(&deep), Err(XmlError::Limit("levels")));
        let attributes: String = (0..70).map(|n| format!(" a{n}=\"\"")).collect();
        assert_eq!(
            parse(&format!("{attributes}/>")),
            Err(XmlError::Limit("attributes"))
        );
    }
}
