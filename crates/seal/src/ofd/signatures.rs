//! The list of signatures and the signatures' descriptions (GB/T 33190-2016 §18).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::HashAlgorithm;

use super::document::{Body, MAX_XML, OfdError, existing, read_xml};
use super::location::{rectangle, resolve};
use super::package::Package;
use super::xml::{Element, XmlError};

const MAX_SIGNATURES: usize = 256;
const MAX_REFERENCES: usize = 20_000;
const MAX_STAMPS: usize = 20_000;

/// An entry of Signatures.xml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its identifier.
    pub id: String,
    /// `Seal`, also where nothing is said, or `Sign`.
    pub kind: Kind,
    /// Path of its Signature.xml.
    pub path: String,
}

/// What a signature says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A seal.
    Seal,
    /// A signature without seal.
    Sign,
}

/// One Signature.xml.
#[derive(Debug, Clone)]
pub struct Description {
    /// Its bytes, which are what is signed.
    pub bytes: Vec<u8>,
    /// SignatureMethod, where it stands.
    pub method: Option<String>,
    /// SignatureDateTime as it is written.
    pub date_time: Option<String>,
    /// How digests are made; `Err` holds the name of a method that proves nothing or is not known.
    pub check_method: Result<HashAlgorithm, String>,
    /// What is covered.
    pub references: Vec<Reference>,
    /// Where it shows.
    pub stamps: Vec<StampAnnot>,
    /// Path of the seal's own file, where one is named.
    pub seal: Option<String>,
    /// Path of the signature value.
    pub signed_value: String,
}

/// A covered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As it is written.
    pub location: String,
    /// The entry's name, where it is a file of the package.
    pub path: Option<String>,
    /// Its digest when it was signed; `None` where that is no base64.
    pub check_value: Option<Vec<u8>>,
}

/// A place where a seal shows.
#[derive(Debug, Clone, PartialEq)]
pub struct StampAnnot {
    /// Its identifier.
    pub id: String,
    /// The page's identifier.
    pub page: String,
    /// The whole picture's rectangle in millimetres, y downwards.
    pub boundary: [f64; 4],
    /// The part that shows, inside the picture's rectangle; all of it where absent.
    pub clip: Option<[f64; 4]>,
}

impl StampAnnot {
    /// The rectangle that really shows: boundary cut by clip. `None` where nothing does.
    #[must_use]
    pub fn visible(&self) -> Option<[f64; 4]> {
        let [x, y, width, height] = self.boundary;
        let Some([cx, cy, cw, ch]) = self.clip else {
            return Some(self.boundary);
        };
        let (left, top) = (cx.max(0.0), cy.max(0.0));
        let (right, bottom) = ((cx + cw).min(width), (cy + ch).min(height));
        (right > left && bottom > top).then_some([x + left, y + top, right - left, bottom - top])
    }
}

/// The list of a document's signatures, in its order.
///
/// # Errors
/// A list that cannot be read, names one file or identifier twice, or nothing at all.
pub fn list(package: &Package<'_>, body: &Body) -> Result<Vec<Listed>, OfdError> {
    let Some(path) = &body.signatures else {
        return Ok(Vec::new());
    };
    let root = read_xml(package, path, "Signatures")?;
    let mut out: Vec<Listed> = Vec::new();
    for element in root.all("Signature") {
        if out.len() == MAX_SIGNATURES {
            return Err(OfdError::Limit("signatures"));
        }
        let wrong = || OfdError::Xml {
            file: path.clone(),
            error: XmlError::Missing("Signature"),
        };
        let id = element.attribute("ID").ok_or_else(wrong)?;
        let kind = match element.attribute("Type") {
            None | Some("Seal") => Kind::Seal,
            Some("Sign") => Kind::Sign,
            Some(_) => return Err(wrong()),
        };
        let location = element.attribute("BaseLoc").ok_or_else(wrong)?;
        let listed = Listed {
            id: id.into(),
            kind,
            path: existing(package, path, location)?,
        };
        if out
            .iter()
            .any(|known| known.id == listed.id || known.path == listed.path)
        {
            return Err(OfdError::Twice(format!("signature {id}")));
        }
        out.push(listed);
    }
    Ok(out)
}

impl Description {
    /// Reads a Signature.xml.
    ///
    /// # Errors
    /// [`OfdError`].
    pub fn read(package: &Package<'_>, path: &str) -> Result<Self, OfdError> {
        let bytes = package.read(path, MAX_XML)?;
        let in_file = |error| OfdError::Xml {
            file: path.into(),
            error,
        };
        let root = Element::parse(&bytes, "Signature").map_err(in_file)?;
        let info = root.required("SignedInfo").map_err(in_file)?;
        let references = info.required("References").map_err(in_file)?;
        let signed_value = root
            .text_of("SignedValue")
            .map_err(in_file)?
            .ok_or_else(|| in_file(XmlError::Missing("SignedValue")))?;
        let seal = match info.one("Seal").map_err(in_file)? {
            None => None,
            Some(seal) => seal
                .text_of("BaseLoc")
                .map_err(in_file)?
                .map(|location| existing(package, path, location))
                .transpose()?,
        };
        let mut stamps = Vec::new();
        for stamp in info.all("StampAnnot") {
            if stamps.len() == MAX_STAMPS {
                return Err(OfdError::Limit("stamps"));
            }
            stamps
                .push(stamp_annot(stamp).ok_or_else(|| in_file(XmlError::Missing("StampAnnot")))?);
        }
        Ok(Self {
            method: text(info, "SignatureMethod").map_err(in_file)?,
            date_time: text(info, "SignatureDateTime").map_err(in_file)?,
            // §18.2.2: without a word it is MD5.
            check_method: check_method(references.attribute("CheckMethod").unwrap_or("MD5")),
            references: read_references(package, path, references)?,
            stamps,
            seal,
            signed_value: existing(package, path, signed_value)?,
            bytes,
        })
    }
}

fn text(info: &Element, name: &'static str) -> Result<Option<String>, XmlError> {
    Ok(info.text_of(name)?.map(str::to_owned))
}

fn read_references(
    package: &Package<'_>,
    path: &str,
    element: &Element,
) -> Result<Vec<Reference>, OfdError> {
    let mut out = Vec::new();
    for reference in element.all("Reference") {
        if out.len() == MAX_REFERENCES {
            return Err(OfdError::Limit("references"));
        }
        let wrong = |error| OfdError::Xml {
            file: path.into(),
            error,
        };
        let location = reference
            .attribute("FileRef")
            .ok_or_else(|| wrong(XmlError::Missing("FileRef")))?;
        let value = reference
            .text_of("CheckValue")
            .map_err(wrong)?
            .ok_or_else(|| wrong(XmlError::Missing("CheckValue")))?;
        // Some makers write the path from the root without its slash.
        let entry = resolve(path, location)
            .and_then(|path| package.find(&path))
            .or_else(|| package.find(&resolve("", location)?));
        out.push(Reference {
            location: location.into(),
            path: entry.map(|entry| entry.name.clone()),
            check_value: STANDARD.decode(value).ok(),
        });
    }
    Ok(out)
}

fn stamp_annot(element: &Element) -> Option<StampAnnot> {
    let clip = match element.attribute("Clip") {
        None => None,
        Some(text) => Some(rectangle(text)?),
    };
    Some(StampAnnot {
        id: element.attribute("ID")?.into(),
        page: element.attribute("PageRef")?.into(),
        boundary: rectangle(element.attribute("Boundary")?)?,
        clip,
    })
}

fn check_method(name: &str) -> Result<HashAlgorithm, String> {
    let plain: String = name
        .trim()
        .chars()
        .filter(|c| *c != '-')
        .flat_map(char::to_uppercase)
        .collect();
    match plain.as_str() {
        "SM3" | "1.2.156.10197.1.401" => Ok(HashAlgorithm::Sm3),
        "SHA256" | "2.16.840.1.101.3.4.2.1" => Ok(HashAlgorithm::Sha256),
        _ => Err(name.trim().into()),
    }
}
