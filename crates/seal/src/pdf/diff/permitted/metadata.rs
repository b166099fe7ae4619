//! XMP metadata (ISO 32000-2 §14.3): a signer's program writes its name and the date there, and
//! nothing else may change. A title stands there too, so the two packets are compared property by
//! property.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use super::Comparison;
use crate::pdf::document::View;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::revision::WalkError;

/// Bytes of one packet.
const MAX_PACKET: usize = 1 << 20;
/// Elements, attributes and texts in one packet.
const MAX_PARTS: usize = 20_000;
const MAX_DEPTH: usize = 32;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// Namespace and name of what a writing program says of itself and of now.
const OF_THE_WRITER: [(&str, &str); 5] = [
    ("http://ns.adobe.com/xap/1.0/", "ModifyDate"),
    ("http://ns.adobe.com/xap/1.0/", "MetadataDate"),
    ("http://ns.adobe.com/pdf/1.3/", "Producer"),
    ("http://ns.adobe.com/xap/1.0/mm/", "InstanceID"),
    ("adobe:ns:meta/", "xmptk"),
];

impl Comparison<'_, '_, '_> {
    pub(super) fn metadata(
        &mut self,
        old_catalog: &Dictionary,
        new_catalog: &Dictionary,
    ) -> Result<(), WalkError> {
        let place = |catalog: &Dictionary| catalog.get("Metadata").cloned();
        let (before, after) = (place(old_catalog), place(new_catalog));
        let number = |place: &Option<Object>| {
            place
                .as_ref()
                .and_then(Object::as_reference)
                .map(|reference| reference.number)
        };
        let written = |number: u32| self.replaced.contains(&number) || self.added.contains(&number);
        if before == after && !number(&after).is_some_and(written) {
            return Ok(());
        }
        let old = properties(&self.old, &before)?;
        let new = properties(&self.new, &after)?;
        if after.is_none() || old.is_none() || new.is_none() || old != new {
            self.step.deny("metadata_changed", "catalog /Metadata");
        }
        let catalogs: BTreeSet<u32> = self
            .old
            .revision()
            .root()
            .iter()
            .map(|root| root.number)
            .collect();
        if let Some(number) = number(&before) {
            self.explain_container(number, &catalogs);
        }
        self.roots.extend(after);
        Ok(())
    }
}

/// Paths and values of a packet without those of the writer; none where there is no packet at all,
/// `None` where it is not one that can be compared.
fn properties(
    view: &View<'_, '_>,
    place: &Option<Object>,
) -> Result<Option<Vec<String>>, WalkError> {
    let reference = match place {
        None => return Ok(Some(Vec::new())),
        Some(Object::Reference(reference)) => *reference,
        Some(_) => return Ok(None),
    };
    let Some(placed) = view.placed(reference)? else {
        return Ok(None);
    };
    let plain = placed.object.as_dictionary().is_some_and(|dictionary| {
        dictionary.is("Type", "Metadata")
            && dictionary.is("Subtype", "XML")
            && dictionary.0.keys().all(|key| {
                [
                    &b"Type"[..],
                    b"Subtype",
                    b"Length",
                    b"Filter",
                    b"DecodeParms",
                ]
                .contains(&key.as_slice())
            })
    });
    if !plain {
        return Ok(None);
    }
    Ok(view
        .stream(&placed, MAX_PACKET)
        .ok()
        .and_then(|packet| compare_form(&packet)))
}

/// The packet as a sorted list of lines: the path of names from the root, and the value.
fn compare_form(packet: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(packet).ok()?;
    let mut reader = NsReader::from_str(text);
    let mut path: Vec<Step> = Vec::new();
    let mut lines = Vec::new();
    let mut parts = 0;
    loop {
        parts += 1;
        if parts > MAX_PARTS {
            return None;
        }
        match reader.read_event().ok()? {
            Event::Eof => break,
            Event::DocType(_) => return None,
            Event::Start(element) => {
                if path.len() == MAX_DEPTH {
                    return None;
                }
                let step = open(&reader, &element, &mut path, &mut lines)?;
                path.push(step);
            }
            Event::Empty(element) => {
                open(&reader, &element, &mut path, &mut lines)?;
            }
            Event::End(_) => {
                path.pop()?;
            }
            Event::Text(text) => {
                note(&path, text.trim(), &mut lines);
            }
            Event::CData(text) => note(&path, text.trim(), &mut lines),
            Event::GeneralRef(reference) => {
                note(&path, &format!("&{};", &*reference), &mut lines);
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    if !path.is_empty() {
        return None;
    }
    lines.sort();
    Some(lines)
}

/// One element on the way from the root.
struct Step {
    name: String,
    /// How many of the same name its parent had before: the order in lists counts.
    children: BTreeMap<String, usize>,
    of_the_writer: bool,
}

fn open(
    reader: &NsReader<&[u8]>,
    element: &quick_xml::events::BytesStart<'_>,
    path: &mut [Step],
    lines: &mut Vec<String>,
) -> Option<Step> {
    let (namespace, local) = reader.resolver().resolve_element(element.name());
    let (namespace, local) = (bound(&namespace)?, local.into_inner());
    let local = local.to_owned();
    // Descriptions are only brackets around properties: a writer may join or part them.
    let bracket = namespace == RDF && ["RDF", "Description"].contains(&local.as_str());
    let wrapper = namespace == "adobe:ns:meta/" && local == "xmpmeta";
    let mut name = format!("{namespace} {local}");
    if let Some(parent) = path.last_mut()
        && !bracket
    {
        let place = parent.children.entry(name.clone()).or_default();
        *place += 1;
        name += &format!(" {place}");
    }
    let of_the_writer = OF_THE_WRITER.contains(&(namespace.as_str(), local.as_str()));
    let step = Step {
        name: if bracket || wrapper {
            String::new()
        } else {
            name
        },
        children: BTreeMap::new(),
        of_the_writer,
    };
    if !of_the_writer && !bracket && !wrapper {
        lines.push(line(path, &step.name));
    }
    for attribute in element.attributes() {
        let attribute = attribute.ok()?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let namespace = match namespace {
            ResolveResult::Unbound => String::new(),
            other => bound(&other)?,
        };
        let local = local.into_inner();
        let value = attribute.value.to_string();
        let about = namespace == RDF && local == "about" && value.is_empty();
        if about || step.of_the_writer || OF_THE_WRITER.contains(&(namespace.as_str(), local)) {
            continue;
        }
        let below = format!("{} @{namespace} {local}={value}", step.name);
        lines.push(line(path, &below));
    }
    Some(step)
}

fn bound(namespace: &ResolveResult<'_>) -> Option<String> {
    match namespace {
        ResolveResult::Bound(namespace) => Some(namespace.0.to_owned()),
        _ => None,
    }
}

fn note(path: &[Step], value: &str, lines: &mut Vec<String>) {
    if !value.is_empty() {
        let value = format!("= {value}");
        if !path.iter().any(|step| step.of_the_writer) {
            lines.push(line(path, &value));
        }
    }
}

fn line(path: &[Step], last: &str) -> String {
    let names: Vec<&str> = path.iter().map(|step| step.name.as_str()).collect();
    format!("{}/{last}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::compare_form;

    fn packet(properties: &str) -> Vec<u8> {
        format!(
            "<?xpacket begin=\"\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{}\"><rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"{properties}</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>",
            super::RDF
        )
        .into_bytes()
    }

    #[test]
    fn date_and_producer_may_change_and_a_title_may_not() {
        let plain =
            compare_form(&packet(" xmp:ModifyDate=\"2026\" pdf:Producer=\"one\"/>")).unwrap();
        assert!(plain.is_empty(), "{plain:?}");
        let other = packet("><xmp:ModifyDate>2027</xmp:ModifyDate></rdf:Description>");
        assert_eq!(compare_form(&other).unwrap(), plain);
        let titled =
            packet("><dc:title><rdf:Alt><rdf:li>A</rdf:li></rdf:Alt></dc:title></rdf:Description>");
        let renamed =
            packet("><dc:title><rdf:Alt><rdf:li>B</rdf:li></rdf:Alt></dc:title></rdf:Description>");
        assert_eq!(compare_form(&titled), compare_form(&titled));
        assert_ne!(compare_form(&titled), compare_form(&renamed));
        assert_ne!(compare_form(&titled).unwrap(), plain);
    }

    #[test]
    fn a_producer_is_no_place_to_hide_a_title_and_entities_are_not_declared() {
        let under =
            packet("><pdf:Producer>x</pdf:Producer><dc:title>y</dc:title></rdf:Description>");
        assert!(!compare_form(&under).unwrap().is_empty());
        assert_eq!(compare_form(b"<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"), None);
        assert_eq!(compare_form(b"<a xmlns=\"b\">"), None);
        assert_eq!(compare_form(b"\xff"), None);
    }
}
