//! The page tree (ISO 32000-2 §7.7.3): pages in order, and the geometry that places a seal.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::document::View;
use super::layout;
use super::object::{Dictionary, Object, Reference};
use super::revision::WalkError;

/// Pages of one file.
pub const MAX_PAGES: usize = 200_000;
const MAX_TREE_DEPTH: usize = 64;
/// Points in a millimetre.
pub const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// A rectangle in user space: lower left and upper right corner, in that order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left.
    pub x0: f64,
    /// Bottom.
    pub y0: f64,
    /// Right.
    pub x1: f64,
    /// Top.
    pub y1: f64,
}

impl Rect {
    /// Sorts the corners.
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self {
            x0: x0.min(x1),
            y0: y0.min(y1),
            x1: x0.max(x1),
            y1: y0.max(y1),
        }
    }

    /// Width in user space units.
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    /// Height in user space units.
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    /// Both have an area and share one.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x0.max(other.x0) < self.x1.min(other.x1)
            && self.y0.max(other.y0) < self.y1.min(other.y1)
    }

    /// `other` lies inside, with the rounding that writing to three decimals brings.
    pub fn contains(&self, other: &Self) -> bool {
        const SLACK: f64 = 0.01;
        other.x0 >= self.x0 - SLACK
            && other.y0 >= self.y0 - SLACK
            && other.x1 <= self.x1 + SLACK
            && other.y1 <= self.y1 + SLACK
    }

    pub(crate) fn from_object(object: &Object) -> Option<Self> {
        let [x0, y0, x1, y1] = object.as_array()? else {
            return None;
        };
        let rect = Self::new(
            x0.as_number()?,
            y0.as_number()?,
            x1.as_number()?,
            y1.as_number()?,
        );
        [rect.x0, rect.y0, rect.x1, rect.y1]
            .iter()
            .all(|value| value.is_finite() && value.abs() < 1e7)
            .then_some(rect)
    }
}

/// What one must know of a page to place a seal on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageGeometry {
    /// The visible part in user space: the crop box within the media box.
    pub visible: Rect,
    /// Clockwise turn for display: 0, 90, 180 or 270 degrees.
    pub rotation: u16,
    /// Points per unit of user space; 1 almost always.
    pub user_unit: f64,
}

impl PageGeometry {
    /// Width and height as displayed, in points.
    pub fn displayed_size(&self) -> (f64, f64) {
        let (width, height) = (
            self.visible.width() * self.user_unit,
            self.visible.height() * self.user_unit,
        );
        if self.rotation.is_multiple_of(180) {
            (width, height)
        } else {
            (height, width)
        }
    }

    /// The rectangle in user space of something whose top left corner is `x_mm`, `y_mm` from the
    /// top left corner of the page *as displayed*, `width_mm` wide and `height_mm` high.
    pub fn rect_at(&self, x_mm: f64, y_mm: f64, width_mm: f64, height_mm: f64) -> Rect {
        let unit = POINTS_PER_MM / self.user_unit;
        let (left, top) = (x_mm * unit, y_mm * unit);
        let (right, bottom) = (left + width_mm * unit, top + height_mm * unit);
        let page = &self.visible;
        match self.rotation {
            90 => Rect::new(
                page.x0 + top,
                page.y0 + left,
                page.x0 + bottom,
                page.y0 + right,
            ),
            180 => Rect::new(
                page.x1 - right,
                page.y0 + top,
                page.x1 - left,
                page.y0 + bottom,
            ),
            270 => Rect::new(
                page.x1 - bottom,
                page.y1 - right,
                page.x1 - top,
                page.y1 - left,
            ),
            _ => Rect::new(
                page.x0 + left,
                page.y1 - bottom,
                page.x0 + right,
                page.y1 - top,
            ),
        }
    }
}

/// A page of a view.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its object.
    pub reference: Reference,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Where to place things.
    pub geometry: PageGeometry,
    /// The node that lists it; `None` where the page is the whole tree.
    above: Option<Rc<Above>>,
}

impl Page {
    pub(super) fn above(&self) -> Option<&Rc<Above>> {
        self.above.as_ref()
    }
}

/// A node of the tree as its kids see it.
#[derive(Debug)]
pub(super) struct Above {
    node: Reference,
    inherited: Inherited,
}

/// Attributes that pages inherit and that matter here.
#[derive(Debug, Clone, Default)]
struct Inherited {
    media_box: Option<Rect>,
    crop_box: Option<Rect>,
    rotation: i64,
}

/// References of all pages, in order.
///
/// # Errors
/// A page tree that is no tree, or whose `/Count` does not say what is there.
pub fn pages(view: &View<'_, '_>) -> Result<Rc<[Reference]>, WalkError> {
    Ok(Rc::clone(&layout::of(view)?.pages))
}

/// A page read again below a node that did not change; `None` where it is no page any more.
pub(super) fn again(
    view: &View<'_, '_>,
    reference: Reference,
    above: &Rc<Above>,
) -> Result<Option<Page>, WalkError> {
    let node = Node::read(view, reference, Some(above))?;
    if node.branches {
        return Ok(None);
    }
    node.page(view, Some(above)).map(Some)
}

/// Page `number`, counted from 1.
pub fn page(view: &View<'_, '_>, number: usize) -> Result<Option<Page>, WalkError> {
    let mut count = 0;
    let mut found = None;
    visit(view, &mut |page| {
        count += 1;
        if count == number {
            found = Some(page);
            return Ok(false);
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Geometry of every page, in order.
pub fn geometries(view: &View<'_, '_>) -> Result<Vec<PageGeometry>, WalkError> {
    let mut found = Vec::new();
    visit(view, &mut |page| {
        found.push(page.geometry);
        Ok(true)
    })?;
    Ok(found)
}

pub(super) fn visit(
    view: &View<'_, '_>,
    each: &mut dyn FnMut(Page) -> Result<bool, WalkError>,
) -> Result<(), WalkError> {
    let root = root(view)?;
    let mut walk = Walk {
        view,
        seen: BTreeSet::new(),
        pages: 0,
        each,
    };
    walk.node(root, None, 0).map(|_| ())
}

/// The node that the catalog names.
pub(super) fn root(view: &View<'_, '_>) -> Result<Reference, WalkError> {
    view.catalog()?
        .get("Pages")
        .and_then(Object::as_reference)
        .ok_or(WalkError::PageTree("the catalog names no page tree"))
}

struct Walk<'w, 'd, 'a> {
    view: &'w View<'d, 'a>,
    seen: BTreeSet<u32>,
    pages: usize,
    each: &'w mut dyn FnMut(Page) -> Result<bool, WalkError>,
}

impl Walk<'_, '_, '_> {
    /// Returns the number of pages below, `None` once the visitor has enough.
    fn node(
        &mut self,
        reference: Reference,
        above: Option<&Rc<Above>>,
        depth: usize,
    ) -> Result<Option<usize>, WalkError> {
        if depth > MAX_TREE_DEPTH {
            return Err(WalkError::PageTree("too deep"));
        }
        if !self.seen.insert(reference.number) {
            return Err(WalkError::PageTree("a node stands in it twice"));
        }
        let node = Node::read(self.view, reference, above)?;
        if node.branches {
            return self.branch(node, depth);
        }
        self.pages += 1;
        if self.pages > MAX_PAGES {
            return Err(WalkError::PageTree("too many pages"));
        }
        let more = (self.each)(node.page(self.view, above)?)?;
        Ok(more.then_some(1))
    }

    fn branch(&mut self, node: Node, depth: usize) -> Result<Option<usize>, WalkError> {
        let Some(Object::Array(kids)) = self.view.get(&node.dictionary, "Kids")? else {
            return Err(WalkError::PageTree("a node has no /Kids"));
        };
        let above = Rc::new(Above {
            node: node.reference,
            inherited: node.inherited,
        });
        let mut count = 0;
        for kid in &kids {
            let kid = kid
                .as_reference()
                .ok_or(WalkError::PageTree("a kid is not a reference"))?;
            match self.node(kid, Some(&above), depth + 1)? {
                Some(below) => count += below,
                None => return Ok(None),
            }
        }
        let announced = self
            .view
            .get(&node.dictionary, "Count")?
            .as_ref()
            .and_then(Object::as_integer);
        if announced != Some(count as i64) {
            return Err(WalkError::PageTree("/Count is not the number of pages"));
        }
        Ok(Some(count))
    }
}

/// One node of the tree with what it has from above.
struct Node {
    reference: Reference,
    dictionary: Dictionary,
    inherited: Inherited,
    /// Of type Pages, not Page.
    branches: bool,
}

impl Node {
    fn read(
        view: &View<'_, '_>,
        reference: Reference,
        above: Option<&Rc<Above>>,
    ) -> Result<Self, WalkError> {
        let Object::Dictionary(dictionary) = view.object(reference)? else {
            return Err(WalkError::PageTree("a node is not a dictionary"));
        };
        let parent = above.map(|above| above.node);
        if parent.is_some() && dictionary.get("Parent").and_then(Object::as_reference) != parent {
            return Err(WalkError::PageTree(
                "a node's /Parent is not the node above it",
            ));
        }
        let rect = |key: &str| -> Result<Option<Rect>, WalkError> {
            let Some(Object::Array(elements)) = view.get(&dictionary, key)? else {
                return Ok(None);
            };
            let direct = elements
                .iter()
                .map(|element| view.resolve(element))
                .collect::<Result<_, _>>()?;
            Ok(Rect::from_object(&Object::Array(direct)))
        };
        let mut inherited = above
            .map(|above| above.inherited.clone())
            .unwrap_or_default();
        inherited.media_box = rect("MediaBox")?.or(inherited.media_box);
        inherited.crop_box = rect("CropBox")?.or(inherited.crop_box);
        if let Some(rotation) = view
            .get(&dictionary, "Rotate")?
            .as_ref()
            .and_then(Object::as_integer)
        {
            inherited.rotation = rotation;
        }
        let branches = match view
            .get(&dictionary, "Type")?
            .as_ref()
            .and_then(Object::as_name)
        {
            Some(b"Pages") => true,
            Some(b"Page") => false,
            _ => return Err(WalkError::PageTree("a node is neither Pages nor Page")),
        };
        Ok(Self {
            reference,
            dictionary,
            inherited,
            branches,
        })
    }

    fn page(self, view: &View<'_, '_>, above: Option<&Rc<Above>>) -> Result<Page, WalkError> {
        let media = self
            .inherited
            .media_box
            .ok_or(WalkError::PageTree("a page has no /MediaBox"))?;
        let crop = self.inherited.crop_box.unwrap_or(media);
        let visible = Rect {
            x0: crop.x0.max(media.x0),
            y0: crop.y0.max(media.y0),
            x1: crop.x1.min(media.x1),
            y1: crop.y1.min(media.y1),
        };
        let visible = if visible.width() > 0.0 && visible.height() > 0.0 {
            visible
        } else {
            media
        };
        if self.inherited.rotation % 90 != 0 {
            return Err(WalkError::PageTree(
                "a page is turned by no multiple of 90 degrees",
            ));
        }
        let user_unit = view
            .get(&self.dictionary, "UserUnit")?
            .as_ref()
            .and_then(Object::as_number);
        let geometry = PageGeometry {
            visible,
            rotation: self.inherited.rotation.rem_euclid(360) as u16,
            user_unit: user_unit
                .filter(|unit| unit.is_finite() && *unit > 0.0)
                .unwrap_or(1.0),
        };
        Ok(Page {
            reference: self.reference,
            dictionary: self.dictionary,
            geometry,
            above: above.map(Rc::clone),
        })
    }
}
