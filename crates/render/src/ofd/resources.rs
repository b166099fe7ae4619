//! Resources of an OFD (§7.9): fonts, images, drawing parameters, colour spaces, composites, by identifier.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use seal::ofd::document::read_xml;
use seal::ofd::location::resolve;
use seal::ofd::package::Package;
use seal::ofd::xml::Element;

/// The largest font or image that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;
const MAX_RESOURCES: usize = 20_000;
/// Bytes of fonts and images that one page keeps.
const MAX_KEPT: usize = 256 << 20;

pub(super) struct Resources<'a> {
    package: &'a Package<'a>,
    fonts: BTreeMap<String, Option<String>>,
    media: BTreeMap<String, String>,
    params: BTreeMap<String, Element>,
    spaces: BTreeMap<String, String>,
    composites: BTreeMap<String, Element>,
    files: RefCell<Files>,
}

#[derive(Default)]
struct Files {
    read: BTreeMap<String, Option<Rc<Vec<u8>>>>,
    kept: usize,
}

impl<'a> Resources<'a> {
    pub(super) fn new(package: &'a Package<'a>) -> Self {
        Self {
            package,
            fonts: BTreeMap::new(),
            media: BTreeMap::new(),
            params: BTreeMap::new(),
            spaces: BTreeMap::new(),
            composites: BTreeMap::new(),
            files: RefCell::default(),
        }
    }

    /// PublicRes and DocumentRes of Document.xml.
    pub(super) fn of_document(&mut self, root: &str, document: &Element) {
        let Some(common) = document.all("CommonData").next() else {
            return;
        };
        for name in ["PublicRes", "DocumentRes"] {
            for location in common.all(name).take(64) {
                self.read(root, location.trimmed());
            }
        }
    }

    /// PageRes of a page or template.
    pub(super) fn of_page(&mut self, path: &str, page: &Element) {
        for location in page.all("PageRes").take(64) {
            self.read(path, location.trimmed());
        }
    }

    fn read(&mut self, file: &str, location: &str) {
        let Some(path) = resolve(file, location) else {
            return;
        };
        let Ok(root) = read_xml(self.package, &path, "Res") else {
            return;
        };
        let base = root.attribute("BaseLoc").unwrap_or_default();
        let inside = |location: &str| {
            let joined = if location.starts_with('/') || base.is_empty() {
                location.to_owned()
            } else {
                format!("{}/{location}", base.trim_end_matches('/'))
            };
            resolve(&path, &joined)
        };
        let groups = root.children.iter().flat_map(|group| &group.children);
        for item in groups.take(MAX_RESOURCES) {
            let Some(id) = item.attribute("ID").map(str::to_owned) else {
                continue;
            };
            match item.name.as_str() {
                "Font" => {
                    let file = item.all("FontFile").next();
                    self.fonts
                        .insert(id, file.and_then(|file| inside(file.trimmed())));
                }
                "MultiMedia" => {
                    if let Some(path) = item
                        .all("MediaFile")
                        .next()
                        .and_then(|file| inside(file.trimmed()))
                    {
                        self.media.insert(id, path);
                    }
                }
                "DrawParam" => {
                    self.params.insert(id, item.clone());
                }
                "ColorSpace" => {
                    let kind = item.attribute("Type").unwrap_or_default();
                    self.spaces.insert(id, kind.to_owned());
                }
                "CompositeGraphicUnit" | "CompositeGraphicsUnit" => {
                    self.composites.insert(id, item.clone());
                }
                _ => {}
            }
        }
    }

    pub(super) fn param(&self, id: &str) -> Option<&Element> {
        self.params.get(id)
    }

    pub(super) fn composite(&self, id: &str) -> Option<&Element> {
        self.composites.get(id)
    }

    /// `RGB`, `CMYK`, `GRAY` as the colour space says.
    pub(super) fn space(&self, id: &str) -> Option<&str> {
        self.spaces.get(id).map(String::as_str)
    }

    /// The bytes of the font that the file brings, where it brings it.
    pub(super) fn font(&self, id: &str) -> Option<Rc<Vec<u8>>> {
        self.file(self.fonts.get(id)?.as_deref()?)
    }

    pub(super) fn image(&self, id: &str) -> Option<Rc<Vec<u8>>> {
        self.file(self.media.get(id)?)
    }

    fn file(&self, path: &str) -> Option<Rc<Vec<u8>>> {
        let mut files = self.files.borrow_mut();
        if let Some(known) = files.read.get(path) {
            return known.clone();
        }
        let read = self
            .package
            .read(path, MAX_FILE)
            .ok()
            .filter(|bytes| files.kept + bytes.len() <= MAX_KEPT)
            .map(Rc::new);
        files.kept += read.as_ref().map_or(0, |bytes| bytes.len());
        files.read.insert(path.to_owned(), read.clone());
        read
    }
}
