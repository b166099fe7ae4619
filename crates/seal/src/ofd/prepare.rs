//! The writer: an appended signature (GB/T 33190-2016 §18) — Signature.xml, Seal.esl, an empty
//! SignedValue.dat, the list of signatures — around files that stay as they are.

use std::ops::Range;

use pki::{HashAlgorithm, UnixTime, hash, oid};

use super::append::{Appender, fill_last};
use super::document::{Document, ENTRANCE, OfdError};
use super::signatures::{self, Description, Kind, Listed, StampAnnot};
use super::verify::verify;
use super::xml::{Element, NAMESPACE, escape};
use crate::pdf::{Policy, VerifyOptions, rfc3339};
use crate::ses::{SesSeal, SesVersion};
use contract::CheckResult;
use pki::path::TrustStore;

/// Files of a signature, in its folder.
const DESCRIPTION: &str = "Signature.xml";
const SEAL: &str = "Seal.esl";
const VALUE: &str = "SignedValue.dat";
/// The most stamps of one signature: a sealed strip on each page of the largest tender.
const MAX_STAMPS: usize = 20_000;
/// How far a stamp's size may be from its seal's, and a stamp over a page's edge, in millimetres.
const TOLERANCE: f64 = 0.5;

/// One place of a seal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    /// Page number, from 1.
    pub page: u32,
    /// The whole picture's rectangle: left, top, width, height in millimetres from the page's upper left
    /// corner.
    pub boundary: [f64; 4],
    /// The part of the picture that shows, from the picture's upper left corner; all of it where `None`.
    /// A sealed edge (骑缝) is one stamp a page, each with its own strip.
    pub clip: Option<[f64; 4]>,
}

/// What is to be appended.
#[derive(Debug, Clone)]
pub struct SealSpec<'a> {
    /// The seal, v4 or v5.
    pub seal: &'a SesSeal,
    /// Where it shows.
    pub stamps: &'a [Stamp],
    /// The time that the signer claims.
    pub time: UnixTime,
    /// Covers the list of signatures, too: nothing can be removed without a trace then, and no further
    /// signature be added.
    pub last: bool,
}

/// A signature that waits for its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The ranges of the original that stand in front of `tail`, in order.
    pub kept: Vec<Range<u64>>,
    /// The new files and the directory. SignedValue.dat is empty, and the last.
    pub tail: Vec<u8>,
    /// Signature.xml: what is signed. Never its hash alone goes to whoever signs.
    pub signature_xml: Vec<u8>,
    /// Its path with a leading slash: TBS_Sign's propertyInfo.
    pub signature_path: String,
}

impl Prepared {
    /// Length of what stays of the original.
    #[must_use]
    pub fn kept_length(&self) -> u64 {
        self.kept.iter().map(|range| range.end - range.start).sum()
    }

    /// The whole file with this end, which may be completed by now.
    #[must_use]
    pub fn assemble(&self, original: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(original.len() + tail.len());
        for range in &self.kept {
            let part = usize::try_from(range.start)
                .ok()
                .zip(usize::try_from(range.end).ok());
            out.extend_from_slice(
                part.and_then(|(start, end)| original.get(start..end))
                    .unwrap_or_default(),
            );
        }
        out.extend_from_slice(tail);
        out
    }
}

/// Why no seal is put on this file, or why what was prepared is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The file is not an OFD as the standard says; nothing is repaired.
    #[error("the file cannot be read strictly: {0}")]
    Broken(#[from] OfdError),
    /// Several documents, or versions of one.
    #[error("the file holds several documents or versions")]
    SeveralDocuments,
    /// An earlier signature does not stand any more.
    #[error("an earlier signature does not stand: {0}")]
    EarlierSignatureBroken(String),
    /// An earlier signature covers the list of signatures.
    #[error("an earlier signature covers the list of signatures: nothing can be added")]
    NoChangesAllowed,
    /// v1 is not written.
    #[error("a seal of the old edition is not used any more")]
    OldSeal,
    /// No stamps, or too many.
    #[error("a seal shows at one place at least, and at {MAX_STAMPS} at most")]
    Stamps,
    /// No such page.
    #[error("the file has no page {0}")]
    NoSuchPage(u32),
    /// The visible part lies outside the page or has no area.
    #[error("the seal does not lie on page {0}")]
    OffPage(u32),
    /// The picture would not show in its true size.
    #[error("the stamp does not have the seal's size")]
    Size,
    /// The seal would cover an earlier one.
    #[error("the seal would cover an earlier one on page {0}")]
    CoversSeal(u32),
    /// The package grew beyond what a ZIP without ZIP64 can say.
    #[error("the file is too large")]
    TooLarge,
    /// OFD.xml could not take the entry for the list of signatures.
    #[error("OFD.xml cannot be extended")]
    Entrance,
    /// What was prepared elsewhere does more than append one signature.
    #[error("what was prepared does more than append a signature: {0}")]
    Denied(String),
    /// The tail does not end with an empty SignedValue.dat.
    #[error("the prepared end has no empty place for the signature value")]
    NotEmpty,
}

/// Checks that the file can take a seal and makes the signature to append.
///
/// # Errors
/// A typed reason why not; the file is not touched in any case.
pub fn prepare(original: &[u8], spec: &SealSpec<'_>) -> Result<Prepared, PrepareError> {
    if spec.seal.version == SesVersion::V1 {
        return Err(PrepareError::OldSeal);
    }
    let document = Document::open(original)?;
    let [body] = document.bodies.as_slice() else {
        return Err(PrepareError::SeveralDocuments);
    };
    if body.versions {
        return Err(PrepareError::SeveralDocuments);
    }
    check_earlier(&document, original, spec.time)?;
    let listed = signatures::list(&document.package, body)?;
    let earlier: Vec<Description> = listed
        .iter()
        .map(|listed| Description::read(&document.package, &listed.path))
        .collect::<Result<_, _>>()?;
    let mut number = highest_number(&listed, &earlier) + 1;
    let mut identifier = || {
        number += 1;
        format!("s{:03}", number - 1)
    };
    let id = identifier();
    let stamps = stamps(&document, spec, &earlier, &mut identifier)?;
    let highest = stamps.last().map_or(&id, |stamp| &stamp.id).clone();

    let list_path = body
        .signatures
        .clone()
        .unwrap_or_else(|| format!("{}Signs/Signatures.xml", folder(&body.root)));
    let own = free_folder(&document, folder(&list_path));
    let path = |file: &str| format!("{own}{file}");
    let mut all = listed;
    all.push(Listed {
        id,
        kind: Kind::Seal,
        path: path(DESCRIPTION),
    });
    let list = list_xml(&all, &highest);
    let entrance = match body.signatures {
        Some(_) => None,
        None => Some(with_list(&document, &list_path)?),
    };

    let mut references: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in document.package.files() {
        let replaced = entry.name == list_path || (entrance.is_some() && entry.name == ENTRANCE);
        if !replaced {
            let digest = document
                .package
                .digest(entry, HashAlgorithm::Sm3)
                .map_err(OfdError::from)?;
            references.push((entry.name.clone(), digest));
        }
    }
    let mut cover = |name: &str, bytes: &[u8]| {
        references.push((name.to_owned(), hash(HashAlgorithm::Sm3, bytes)));
    };
    cover(&path(SEAL), spec.seal.der());
    if let Some(entrance) = &entrance {
        cover(ENTRANCE, entrance);
    }
    if spec.last {
        cover(&list_path, &list);
    }
    references.sort();
    let signature_xml = description_xml(spec, &own, &stamps, &references);

    let mut without = vec![list_path.as_str()];
    without.extend(entrance.as_ref().map(|_| ENTRANCE));
    let finish = || {
        let mut appender = Appender::new(&document.package, &without)?;
        if let Some(entrance) = &entrance {
            appender.add(ENTRANCE, entrance)?;
        }
        appender.add(&list_path, &list)?;
        appender.add(&path(SEAL), spec.seal.der())?;
        appender.add(&path(DESCRIPTION), &signature_xml)?;
        appender.add(&path(VALUE), &[])?;
        appender.finish()
    };
    let (kept, tail) = finish().ok_or(PrepareError::TooLarge)?;
    Ok(Prepared {
        kept,
        tail,
        signature_path: format!("/{}", path(DESCRIPTION)),
        signature_xml,
    })
}

/// Puts the signature value into its place; `kept_length` is that of what stays of the original.
///
/// # Errors
/// [`PrepareError::NotEmpty`].
pub fn complete(
    tail: &[u8],
    kept_length: u64,
    signed_value: &[u8],
) -> Result<Vec<u8>, PrepareError> {
    if signed_value.is_empty() {
        return Err(PrepareError::NotEmpty);
    }
    fill_last(tail, kept_length, VALUE, signed_value).ok_or(PrepareError::NotEmpty)
}

/// To seal over a change that broke an earlier seal would lend it a new one's authority.
fn check_earlier(
    document: &Document<'_>,
    original: &[u8],
    at: UnixTime,
) -> Result<(), PrepareError> {
    let trust = TrustStore::default();
    let options = VerifyOptions {
        trust: &trust,
        at,
        policy: Policy::default(),
        name: None,
    };
    let report = verify(original, &options);
    let failed = report
        .checks
        .iter()
        .chain(report.signatures.iter().flat_map(|one| &one.checks))
        .find(|check| check.result == CheckResult::Failed);
    if let Some(check) = failed {
        return Err(PrepareError::EarlierSignatureBroken(
            check.reason.clone().unwrap_or_default(),
        ));
    }
    for body in &document.bodies {
        for listed in signatures::list(&document.package, body)? {
            let description = Description::read(&document.package, &listed.path)?;
            let covers_list = description
                .references
                .iter()
                .any(|reference| reference.path == body.signatures);
            if covers_list {
                return Err(PrepareError::NoChangesAllowed);
            }
        }
    }
    Ok(())
}

/// The stamps with page identifiers and the page's own coordinates.
fn stamps(
    document: &Document<'_>,
    spec: &SealSpec<'_>,
    earlier: &[Description],
    identifier: &mut impl FnMut() -> String,
) -> Result<Vec<StampAnnot>, PrepareError> {
    if spec.stamps.is_empty() || spec.stamps.len() > MAX_STAMPS {
        return Err(PrepareError::Stamps);
    }
    let pages: Vec<_> = document.pages().map(|(_, page)| page).collect();
    let picture = &spec.seal.picture;
    let mut out = Vec::with_capacity(spec.stamps.len());
    for stamp in spec.stamps {
        let page = (stamp.page as usize)
            .checked_sub(1)
            .and_then(|index| pages.get(index))
            .ok_or(PrepareError::NoSuchPage(stamp.page))?;
        let numbers = stamp.boundary.iter().chain(stamp.clip.iter().flatten());
        if !numbers.copied().all(f64::is_finite) {
            return Err(PrepareError::OffPage(stamp.page));
        }
        let [x, y, width, height] = stamp.boundary;
        let true_size = (width - f64::from(picture.width_mm)).abs() <= TOLERANCE
            && (height - f64::from(picture.height_mm)).abs() <= TOLERANCE;
        if !true_size {
            return Err(PrepareError::Size);
        }
        let geometry = document.geometry(stamp.page)?;
        let annot = StampAnnot {
            id: identifier(),
            page: page.id.clone(),
            boundary: [x + geometry.x, y + geometry.y, width, height],
            clip: stamp.clip,
        };
        let visible = annot.visible().ok_or(PrepareError::OffPage(stamp.page))?;
        let (left, top) = (visible[0] - geometry.x, visible[1] - geometry.y);
        let on_page = left >= -TOLERANCE
            && top >= -TOLERANCE
            && left + visible[2] <= geometry.width_mm + TOLERANCE
            && top + visible[3] <= geometry.height_mm + TOLERANCE;
        if !on_page {
            return Err(PrepareError::OffPage(stamp.page));
        }
        let covers = earlier
            .iter()
            .flat_map(|description| &description.stamps)
            .filter(|other| other.page == annot.page)
            .filter_map(StampAnnot::visible)
            .any(|other| {
                visible[0] < other[0] + other[2]
                    && other[0] < visible[0] + visible[2]
                    && visible[1] < other[1] + other[3]
                    && other[1] < visible[1] + visible[3]
            });
        if covers {
            return Err(PrepareError::CoversSeal(stamp.page));
        }
        out.push(annot);
    }
    Ok(out)
}

/// Identifiers end with a number, in whatever form their maker chose; the highest is never used again.
fn highest_number(listed: &[Listed], earlier: &[Description]) -> u64 {
    let stamps = earlier
        .iter()
        .flat_map(|description| &description.stamps)
        .map(|stamp| &stamp.id);
    listed
        .iter()
        .map(|listed| &listed.id)
        .chain(stamps)
        .filter_map(|id| {
            let digits = id.trim_start_matches(|c: char| !c.is_ascii_digit());
            digits
                .parse::<u64>()
                .ok()
                .filter(|number| *number < 1 << 40)
        })
        .max()
        .unwrap_or(0)
}

fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// `Sign_N/` in the folder of the list, not in use.
fn free_folder(document: &Document<'_>, base: &str) -> String {
    let taken = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        document
            .package
            .entries()
            .iter()
            .any(|entry| format!("{}/", entry.name.to_lowercase()).starts_with(&candidate))
    };
    (0u32..)
        .map(|number| format!("{base}Sign_{number}/"))
        .find(|candidate| !taken(candidate))
        .unwrap_or_default()
}

fn list_xml(listed: &[Listed], highest: &str) -> Vec<u8> {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:Signatures xmlns:ofd=\"{NAMESPACE}\">\
         <ofd:MaxSignId>{}</ofd:MaxSignId>",
        escape(highest)
    );
    for one in listed {
        let kind = match one.kind {
            Kind::Seal => "Seal",
            Kind::Sign => "Sign",
        };
        out.push_str(&format!(
            "<ofd:Signature ID=\"{}\" Type=\"{kind}\" BaseLoc=\"/{}\"/>",
            escape(&one.id),
            escape(&one.path)
        ));
    }
    out.push_str("</ofd:Signatures>");
    out.into_bytes()
}

fn description_xml(
    spec: &SealSpec<'_>,
    own: &str,
    stamps: &[StampAnnot],
    references: &[(String, Vec<u8>)],
) -> Vec<u8> {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:Signature xmlns:ofd=\"{NAMESPACE}\">\
         <ofd:SignedInfo><ofd:Provider ProviderName=\"Yinxin\" Version=\"{}\" Company=\"Yinxin\"/>\
         <ofd:SignatureMethod>{}</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>{}</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"{}\">",
        env!("CARGO_PKG_VERSION"),
        oid::SM2_SM3,
        generalized(spec.time),
        oid::SM3,
    );
    for (name, digest) in references {
        out.push_str(&format!(
            "<ofd:Reference FileRef=\"/{}\"><ofd:CheckValue>{}</ofd:CheckValue></ofd:Reference>",
            escape(name),
            base64(digest)
        ));
    }
    out.push_str("</ofd:References>");
    for stamp in stamps {
        let clip = stamp
            .clip
            .map_or_else(String::new, |clip| format!(" Clip=\"{}\"", numbers(clip)));
        out.push_str(&format!(
            "<ofd:StampAnnot ID=\"{}\" PageRef=\"{}\" Boundary=\"{}\"{clip}/>",
            escape(&stamp.id),
            escape(&stamp.page),
            numbers(stamp.boundary)
        ));
    }
    let own = escape(own);
    out.push_str(&format!(
        "<ofd:Seal><ofd:BaseLoc>/{own}{SEAL}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>\
         <ofd:SignedValue>/{own}{VALUE}</ofd:SignedValue></ofd:Signature>"
    ));
    out.into_bytes()
}

/// `20261122120000Z`, as GM/T 0099 has it.
fn generalized(time: UnixTime) -> String {
    let digits: String = rfc3339(time).chars().filter(char::is_ascii_digit).collect();
    format!("{digits}Z")
}

/// Micrometres are enough.
fn numbers(values: [f64; 4]) -> String {
    values
        .map(|value| {
            let text = format!("{value:.3}");
            let short = text.trim_end_matches('0').trim_end_matches('.');
            if short == "-0" {
                "0".into()
            } else {
                short.to_owned()
            }
        })
        .join(" ")
}

/// OFD.xml with an entry for the list of signatures, and no other change.
fn with_list(document: &Document<'_>, list_path: &str) -> Result<Vec<u8>, PrepareError> {
    let before = document
        .package
        .read(ENTRANCE, super::document::MAX_XML)
        .map_err(OfdError::from)?;
    extend_entrance(&before, list_path).ok_or(PrepareError::Entrance)
}

fn extend_entrance(before: &[u8], list_path: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(before).ok()?;
    let name_at = text.rfind("DocBody")?;
    let start = text[..name_at].rfind("</")?;
    let prefix = &text[start + 2..name_at];
    if !prefix.chars().all(|c| c.is_alphanumeric() || c == ':') {
        return None;
    }
    let entry = format!(
        "<{prefix}Signatures>/{}</{prefix}Signatures>",
        escape(list_path)
    );
    let after = format!("{}{entry}{}", &text[..start], &text[start..]).into_bytes();
    // The text was found by search; the elements decide whether it was the right place.
    let mut expected = Element::parse(before, "OFD").ok()?;
    let body = expected
        .children
        .iter_mut()
        .find(|child| child.name == "DocBody")?;
    body.children.push(Element {
        name: "Signatures".into(),
        text: format!("/{list_path}"),
        ..Element::default()
    });
    (Element::parse(&after, "OFD").ok()? == expected).then_some(after)
}

/// What a prepared file would do, as read from its bytes and not from who sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// What is signed.
    pub signature_xml: Vec<u8>,
    /// Its path with a leading slash.
    pub signature_path: String,
    /// The seal.
    pub seal: SesSeal,
    /// Where it shows: page number from 1, and the stamp.
    pub stamps: Vec<(u32, StampAnnot)>,
}

/// Judges a prepared file before its Signature.xml is signed: it reads strictly, holds every file of the
/// original unchanged, adds exactly one signature at the end of the list and nothing else, and every
/// reference is the digest of what is there, with nothing left out.
///
/// # Errors
/// Whatever of this does not hold.
pub fn inspect(original: &[u8], prepared: &[u8]) -> Result<Inspected, PrepareError> {
    let denied = |what: &str| PrepareError::Denied(what.into());
    let (before, after) = (Document::open(original)?, Document::open(prepared)?);
    let ([old], [new]) = (before.bodies.as_slice(), after.bodies.as_slice()) else {
        return Err(PrepareError::SeveralDocuments);
    };
    let list_path = new
        .signatures
        .clone()
        .ok_or_else(|| denied("there is no list of signatures"))?;
    let earlier = signatures::list(&before.package, old)?;
    let mut listed = signatures::list(&after.package, new)?;
    let added = listed
        .pop()
        .ok_or_else(|| denied("no signature was added"))?;
    if listed != earlier || added.kind != Kind::Seal {
        return Err(denied("the earlier signatures are not as they were"));
    }
    let description = Description::read(&after.package, &added.path)?;
    let seal_path = description
        .seal
        .clone()
        .ok_or_else(|| denied("the seal's file is missing"))?;
    let own = [&added.path, &seal_path, &description.signed_value];
    for entry in before.package.files() {
        let same = after
            .package
            .find(&entry.name)
            .filter(|other| other.name == entry.name);
        let unchanged = match same {
            None => false,
            Some(_) if entry.name == list_path => true,
            Some(_) if entry.name == ENTRANCE && old.signatures.is_none() => {
                let was = before.package.read(ENTRANCE, super::document::MAX_XML);
                let is = after.package.read(ENTRANCE, super::document::MAX_XML);
                let expected = was.ok().and_then(|was| extend_entrance(&was, &list_path));
                expected.is_some() && expected == is.ok()
            }
            Some(other) => {
                let digest = |document: &Document<'_>, entry| {
                    document.package.digest(entry, HashAlgorithm::Sm3)
                };
                digest(&before, entry).map_err(OfdError::from)?
                    == digest(&after, other).map_err(OfdError::from)?
            }
        };
        if !unchanged {
            return Err(PrepareError::Denied(format!(
                "{} is not as it was",
                entry.name
            )));
        }
    }
    let foreign = after.package.files().find(|entry| {
        before.package.find(&entry.name).is_none()
            && !own.contains(&&entry.name)
            && entry.name != list_path
    });
    if let Some(entry) = foreign {
        return Err(PrepareError::Denied(format!("{} was added", entry.name)));
    }
    if own.iter().any(|path| before.package.find(path).is_some()) {
        return Err(denied("the new signature takes files that were there"));
    }
    covers_all(&after, &added.path, &description, &list_path)?;
    let value = after
        .package
        .read(&description.signed_value, 1)
        .map_err(|_| PrepareError::NotEmpty)?;
    if !value.is_empty() {
        return Err(PrepareError::NotEmpty);
    }
    let seal = after
        .package
        .read(&seal_path, crate::ses::MAX_SEAL as u64)
        .map_err(OfdError::from)?;
    let seal = SesSeal::from_der(&seal).map_err(|error| PrepareError::Denied(error.to_string()))?;
    let pages: std::collections::BTreeMap<&str, u32> = after
        .pages()
        .zip(1u32..)
        .map(|((_, page), number)| (page.id.as_str(), number))
        .collect();
    let stamps = description
        .stamps
        .iter()
        .map(|stamp| {
            let page = pages
                .get(stamp.page.as_str())
                .ok_or_else(|| denied("a stamp lies on no page"))?;
            Ok((*page, stamp.clone()))
        })
        .collect::<Result<_, PrepareError>>()?;
    Ok(Inspected {
        signature_path: format!("/{}", added.path),
        signature_xml: description.bytes,
        seal,
        stamps,
    })
}

/// Every file but the description and value of the new signature and, unless it is to be the last, the list.
fn covers_all(
    after: &Document<'_>,
    path: &str,
    description: &Description,
    list_path: &str,
) -> Result<(), PrepareError> {
    let algorithm = *description
        .check_method
        .as_ref()
        .map_err(|name| PrepareError::Denied(format!("digests by {name}")))?;
    let mut covered = std::collections::BTreeSet::new();
    for reference in &description.references {
        let entry = reference
            .path
            .as_deref()
            .and_then(|path| after.package.find(path))
            .ok_or_else(|| PrepareError::Denied(format!("{} is not there", reference.location)))?;
        let digest = after
            .package
            .digest(entry, algorithm)
            .map_err(OfdError::from)?;
        if reference.check_value.as_ref() != Some(&digest) {
            return Err(PrepareError::Denied(format!(
                "the digest of {} is another",
                entry.name
            )));
        }
        covered.insert(entry.name.as_str());
    }
    let may_be_open = [path, &description.signed_value, list_path];
    let open = after
        .package
        .files()
        .map(|entry| entry.name.as_str())
        .find(|name| !covered.contains(name) && !may_be_open.contains(name));
    match open {
        Some(name) => Err(PrepareError::Denied(format!("{name} is not covered"))),
        None => Ok(()),
    }
}
