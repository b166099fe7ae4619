//! What keeps a seal verifiable for years (PAdES B-LT and B-LTA, ETSI EN 319 142-1): revisions that add
//! evidence to the document security store, and document time stamps over all that is there. Both are
//! allowed behind any seal, the last one included, and touch no page.

use std::collections::BTreeMap;

use pki::crl::Crl;
use pki::ocsp::{CertIdHash, OcspResponse};
use pki::{Certificate, HashAlgorithm, UnixTime, hash};

use super::SubFilter;
use super::document::{Document, View};
use super::object::{Dictionary, Object, Reference};
use super::pages;
use super::prepare::{self, PrepareError, Prepared};
use super::revision::WalkError;
use super::signature;
use super::source::Source;
use super::writer::Writer;

/// Items of one kind in a store, and bytes that one revision adds.
const MAX_ITEMS: usize = 2_000;
const MAX_BYTES: usize = 24 << 20;
/// Bytes of one item that is there already and is compared.
const MAX_ITEM: usize = 16 << 20;

/// Evidence to be stored.
#[derive(Debug, Clone, Default)]
pub struct StoreSpec<'a> {
    /// Certificates of signers, issuers, responders and time-stamping authorities.
    pub certificates: &'a [Certificate],
    /// Revocation lists.
    pub crls: &'a [Crl],
    /// Responses.
    pub responses: &'a [OcspResponse],
    /// The time that is noted with the entries for each signature (`/TU`); a claim.
    pub time: Option<UnixTime>,
}

/// Adds evidence to the security store, and an entry for each signature of the file (`/VRI`). What is
/// there stays. `None` where all of it is there already.
///
/// # Errors
/// A file that cannot take it; see [`PrepareError`].
pub fn append_store(
    original: &[u8],
    spec: &StoreSpec<'_>,
) -> Result<Option<Vec<u8>>, PrepareError> {
    let document = Document::open(Source::whole(original))?;
    let view = document.latest();
    prepare::check_whole(&document, &view)?;
    let catalog = view.catalog()?;
    let place = catalog.get("DSS").and_then(Object::as_reference);
    let mut store = view.dictionary(&catalog, "DSS")?.unwrap_or_default();
    let mut writer = Writer::new(&view, original);
    let ders = [
        (
            "Certs",
            "Cert",
            ders(spec.certificates.iter().map(Certificate::der))?,
        ),
        ("CRLs", "CRL", ders(spec.crls.iter().map(Crl::der))?),
        (
            "OCSPs",
            "OCSP",
            ders(spec.responses.iter().map(OcspResponse::der))?,
        ),
    ];
    let mut bytes = 0;
    let mut added = false;
    let mut own: Vec<(&str, Vec<Object>)> = Vec::new();
    for (all, one, items) in ders {
        let mut listed = match view.get(&store, all)? {
            None => Vec::new(),
            Some(Object::Array(listed)) => listed,
            Some(_) => return Err(PrepareError::Store),
        };
        let known = stored(&view, &listed)?;
        let mut named = Vec::new();
        for der in items {
            let reference = match known.get(&hash(HashAlgorithm::Sha256, der)) {
                Some(reference) => *reference,
                None => {
                    bytes += der.len();
                    if bytes > MAX_BYTES || listed.len() == MAX_ITEMS {
                        return Err(PrepareError::Store);
                    }
                    let reference = writer.new_number();
                    writer.stream(reference, Dictionary::default(), der);
                    listed.push(Object::Reference(reference));
                    added = true;
                    reference
                }
            };
            named.push(Object::Reference(reference));
        }
        if !listed.is_empty() {
            store.set(all, Object::Array(listed));
        }
        own.push((one, named));
    }
    if !added {
        return Ok(None);
    }
    let mut by_signature = view.dictionary(&store, "VRI")?.unwrap_or_default();
    for found in signature::find(&document)? {
        let Ok(parts) = &found.parts else { continue };
        let name = vri_name(&parts.contents);
        let mut entry = view.dictionary(&by_signature, &name)?.unwrap_or_default();
        for (key, named) in &own {
            let mut listed = match view.get(&entry, key)? {
                Some(Object::Array(listed)) => listed,
                _ => Vec::new(),
            };
            listed.extend(
                named
                    .iter()
                    .filter(|item| !listed.contains(item))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            if !listed.is_empty() {
                entry.set(key, Object::Array(listed));
            }
        }
        if let Some(time) = spec.time {
            let date = prepare::pdf_date(time);
            entry.set("TU", Object::String(date.as_bytes().into()));
        }
        by_signature.set(&name, Object::Dictionary(entry));
    }
    if !by_signature.0.is_empty() {
        store.set("VRI", Object::Dictionary(by_signature));
    }
    store.set("Type", Object::name("DSS"));
    match place.filter(|place| view.resolves(*place)) {
        Some(place) => writer.object(place, &store),
        None => {
            let place = writer.new_number();
            writer.object(place, &store);
            writer.catalog()?.set("DSS", Object::Reference(place));
        }
    }
    Ok(Some(writer.finish()?.0))
}

fn ders<'d>(items: impl Iterator<Item = &'d [u8]>) -> Result<Vec<&'d [u8]>, PrepareError> {
    let mut found: Vec<&[u8]> = Vec::new();
    for item in items {
        if found.len() == MAX_ITEMS {
            return Err(PrepareError::Store);
        }
        if !found.contains(&item) {
            found.push(item);
        }
    }
    Ok(found)
}

/// What is listed already, by digest.
fn stored(
    view: &View<'_, '_>,
    listed: &[Object],
) -> Result<BTreeMap<Vec<u8>, Reference>, PrepareError> {
    let mut known = BTreeMap::new();
    for item in listed.iter().filter_map(Object::as_reference) {
        let Some(placed) = view.placed(item)? else {
            continue;
        };
        if let Ok(der) = view.stream(&placed, MAX_ITEM) {
            known.insert(hash(HashAlgorithm::Sha256, &der), item);
        }
    }
    Ok(known)
}

/// The key of a signature's entry (EN 319 142-1 §5.4.2.3): the SHA-1 of `/Contents`, padding included, as
/// others write it; it finds, and proves nothing.
fn vri_name(contents: &[u8]) -> String {
    let digest = CertIdHash::Sha1.digest(contents);
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Prepares a document time stamp (ISO 32000-2 §12.8.5): a field that shows nothing, on the first page.
/// [`super::digest()`] gives what the authority stamps, [`super::complete`] takes its token.
///
/// # Errors
/// A file that cannot take it; see [`PrepareError`].
pub fn prepare_time_stamp(
    original: &[u8],
    field_name: &str,
    capacity: usize,
) -> Result<Prepared, PrepareError> {
    prepare::check_capacity(capacity)?;
    let document = Document::open(Source::whole(original))?;
    let view = document.latest();
    let form = prepare::check_whole(&document, &view)?;
    let form = (*form).as_ref();
    prepare::check_name(form, field_name)?;
    let page = pages::page(&view, 1)?.ok_or(WalkError::PageTree("the file has no pages"))?;
    let mut writer = Writer::new(&view, original);
    let signature = writer.new_number();
    let field = writer.new_number();
    let head = format!(
        "/Type /DocTimeStamp\n/Filter /Adobe.PPKLite\n/SubFilter /{}",
        SubFilter::EtsiRfc3161.name()
    );
    writer.signature_dictionary(signature, &head, capacity, &[]);
    let mut dictionary = Dictionary::default();
    dictionary.set("FT", Object::name("Sig"));
    dictionary.set(
        "T",
        Object::String(super::form::text_bytes(field_name).as_slice().into()),
    );
    dictionary.set("V", Object::Reference(signature));
    dictionary.set("Type", Object::name("Annot"));
    dictionary.set("Subtype", Object::name("Widget"));
    dictionary.set("P", Object::Reference(page.reference));
    // Print and Locked; without area there is nothing to see.
    dictionary.set("F", Object::Integer(132));
    dictionary.set("Rect", Object::Array(vec![Object::Integer(0); 4]));
    writer.object(field, &dictionary);
    writer.page(&page, &[field])?;
    writer.form(form, field)?;
    prepare::finish(writer, original.len() as u64)
}
