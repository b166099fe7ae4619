//! What an OFD consists of: OFD.xml, its documents, their pages (GB/T 33190-2016 §7.4, §7.5, §7.7).

use super::location::{rectangle, resolve};
use super::package::{Package, PackageError};
use super::xml::{Element, XmlError};

/// The entrance, always of this name.
pub const ENTRANCE: &str = "OFD.xml";
/// The largest file of structure that is read: OFD.xml, Document.xml, lists.
pub const MAX_XML: u64 = 16 << 20;
const MAX_PAGES: usize = 20_000;
const MAX_BODIES: usize = 16;

/// Why an OFD cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfdError {
    /// The package.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A file of structure.
    #[error("{file}: {error}")]
    Xml {
        /// Which.
        file: String,
        /// What is wrong.
        error: XmlError,
    },
    /// A path that leads nowhere.
    #[error("{file} names {location:?}, which is no file of the package")]
    Location {
        /// The file that names it.
        file: String,
        /// As it is written.
        location: String,
    },
    /// Too many documents, pages or signatures.
    #[error("more {0} than are read")]
    Limit(&'static str),
    /// A page's size is no size.
    #[error("the size of page {0} cannot be read")]
    PageSize(u32),
    /// Two pages or two signatures of one identifier.
    #[error("{0} stands twice")]
    Twice(String),
}

/// An OFD, its structure read.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// The package.
    pub package: Package<'a>,
    /// Its documents; nearly always one.
    pub bodies: Vec<Body>,
}

/// One document (DocBody).
#[derive(Debug, Clone)]
pub struct Body {
    /// Path of Document.xml.
    pub root: String,
    /// Path of the list of signatures, where the document names one.
    pub signatures: Option<String>,
    /// Whether it says that it has versions, which change what is shown.
    pub versions: bool,
    /// Pages in order.
    pub pages: Vec<PageEntry>,
    /// The page size that holds where a page names none, in millimetres.
    pub default_box: Option<[f64; 4]>,
    /// Document.xml.
    pub element: Element,
}

/// A page in the document's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEntry {
    /// Its identifier, which stamps refer to.
    pub id: String,
    /// Path of its content.
    pub path: String,
}

/// A page's size and where its coordinates begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageGeometry {
    /// Left edge in the page's coordinates, millimetres.
    pub x: f64,
    /// Upper edge in the page's coordinates, millimetres, y downwards.
    pub y: f64,
    /// Width in millimetres.
    pub width_mm: f64,
    /// Height in millimetres.
    pub height_mm: f64,
}

impl<'a> Document<'a> {
    /// Reads package and structure.
    ///
    /// # Errors
    /// [`OfdError`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, OfdError> {
        let package = Package::open(bytes)?;
        let entrance = read_xml(&package, ENTRANCE, "OFD")?;
        let mut bodies = Vec::new();
        for body in entrance.all("DocBody") {
            if bodies.len() == MAX_BODIES {
                return Err(OfdError::Limit("documents"));
            }
            bodies.push(Body::read(&package, body)?);
        }
        if bodies.is_empty() {
            return Err(OfdError::Xml {
                file: ENTRANCE.into(),
                error: XmlError::Missing("DocBody"),
            });
        }
        Ok(Self { package, bodies })
    }

    /// All pages of all documents, in order.
    pub fn pages(&self) -> impl Iterator<Item = (&Body, &PageEntry)> {
        self.bodies
            .iter()
            .flat_map(|body| body.pages.iter().map(move |page| (body, page)))
    }

    /// Geometry of a page, counted from 1 over all documents.
    ///
    /// # Errors
    /// A page whose content or size cannot be read, or that is not there.
    pub fn geometry(&self, number: u32) -> Result<PageGeometry, OfdError> {
        let index = (number as usize).wrapping_sub(1);
        let (body, page) = self.pages().nth(index).ok_or(OfdError::PageSize(number))?;
        let content = read_xml(&self.package, &page.path, "Page")?;
        geometry_of(&content, body.default_box).ok_or(OfdError::PageSize(number))
    }
}

/// A page's size from its content, else the document's.
#[must_use]
pub fn geometry_of(page: &Element, default_box: Option<[f64; 4]>) -> Option<PageGeometry> {
    let own = page.one("Area").ok()?;
    let [x, y, width_mm, height_mm] = match own {
        Some(area) => physical_box(area)?,
        None => default_box?,
    };
    // From a stamp to a roll of drawings.
    let sane = |size: f64| (1.0..=20_000.0).contains(&size);
    (sane(width_mm) && sane(height_mm)).then_some(PageGeometry {
        x,
        y,
        width_mm,
        height_mm,
    })
}

fn physical_box(area: &Element) -> Option<[f64; 4]> {
    rectangle(area.text_of("PhysicalBox").ok()??)
}

impl Body {
    fn read(package: &Package<'_>, element: &Element) -> Result<Self, OfdError> {
        let in_entrance = |error| OfdError::Xml {
            file: ENTRANCE.into(),
            error,
        };
        let location = element
            .text_of("DocRoot")
            .map_err(in_entrance)?
            .ok_or_else(|| in_entrance(XmlError::Missing("DocRoot")))?;
        let root = existing(package, ENTRANCE, location)?;
        let signatures = element
            .text_of("Signatures")
            .map_err(in_entrance)?
            .map(|location| existing(package, ENTRANCE, location))
            .transpose()?;
        let versions = element.one("Versions").map_err(in_entrance)?.is_some();
        let document = read_xml(package, &root, "Document")?;
        let in_document = |error| OfdError::Xml {
            file: root.clone(),
            error,
        };
        let common = document.required("CommonData").map_err(in_document)?;
        let default_box = common
            .one("PageArea")
            .map_err(in_document)?
            .and_then(physical_box);
        let mut pages: Vec<PageEntry> = Vec::new();
        let list = document.required("Pages").map_err(in_document)?;
        let mut ids = std::collections::BTreeSet::new();
        for page in list.all("Page") {
            if pages.len() == MAX_PAGES {
                return Err(OfdError::Limit("pages"));
            }
            let missing = || in_document(XmlError::Missing("Page"));
            let id = page.attribute("ID").ok_or_else(missing)?;
            let location = page.attribute("BaseLoc").ok_or_else(missing)?;
            if !ids.insert(id) {
                return Err(OfdError::Twice(format!("page {id}")));
            }
            pages.push(PageEntry {
                id: id.into(),
                path: existing(package, &root, location)?,
            });
        }
        Ok(Self {
            root,
            signatures,
            versions,
            pages,
            default_box,
            element: document,
        })
    }
}

/// Reads and parses a file of structure.
///
/// # Errors
/// [`OfdError`].
pub fn read_xml(
    package: &Package<'_>,
    path: &str,
    root: &'static str,
) -> Result<Element, OfdError> {
    let bytes = package.read(path, MAX_XML)?;
    Element::parse(&bytes, root).map_err(|error| OfdError::Xml {
        file: path.into(),
        error,
    })
}

/// The entry's own name of what `file` names by `location`.
///
/// # Errors
/// [`OfdError::Location`].
pub fn existing(package: &Package<'_>, file: &str, location: &str) -> Result<String, OfdError> {
    resolve(file, location)
        .and_then(|path| package.find(&path))
        .map(|entry| entry.name.clone())
        .ok_or_else(|| OfdError::Location {
            file: file.into(),
            location: location.into(),
        })
}
