//! The pages of one revision and the annotations that each lists, made from those of the revision
//! before where that can be: a seal touches one page of a thousand, and a file has a hundred seals.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::document::View;
use super::object::{Object, Reference};
use super::pages::{self, Above, Page};
use super::revision::WalkError;

/// Pages and what they list.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// In order.
    pub pages: Rc<[Reference]>,
    leaves: Vec<Rc<Leaf>>,
    /// The root of the tree.
    root: Reference,
    /// Objects that the tree hangs on beside the pages and the catalog.
    structure: Rc<BTreeSet<u32>>,
    /// The pages, by index, that hang on an object.
    users: Rc<HashMap<u32, Vec<usize>>>,
    /// The pages, by index, that list a widget or once listed it.
    listing: Rc<HashMap<u32, Vec<usize>>>,
}

#[derive(Debug)]
struct Leaf {
    above: Option<Rc<Above>>,
    annotations: Vec<Reference>,
    /// What `/Annots` hangs on beside the page.
    reads: BTreeSet<u32>,
}

/// The layout of a view.
///
/// # Errors
/// A page tree that is no tree.
pub(super) fn of(view: &View<'_, '_>) -> Result<Rc<Layout>, WalkError> {
    let kept = &view.document().layouts;
    if let Some(known) = kept.get(view.index()) {
        return Ok(known);
    }
    let advanced = match kept.before(view.index()) {
        Some((earlier, layout)) => layout.advanced(view, earlier)?,
        None => None,
    };
    let layout = match advanced {
        Some(layout) => layout,
        None => Layout::read(view)?,
    };
    Ok(kept.keep(view.index(), layout))
}

impl Layout {
    /// Pages, by index, that list this widget, as they name it.
    pub fn lists(&self, widget: u32) -> Vec<(usize, Reference)> {
        let candidates = self.listing.get(&widget).into_iter().flatten();
        candidates
            .flat_map(|page| {
                let listed = self.leaves[*page].annotations.iter();
                listed
                    .filter(|annotation| annotation.number == widget)
                    .map(|annotation| (*page, *annotation))
            })
            .collect()
    }

    /// The annotations of the page with this index that are references.
    pub fn annotations(&self, page: usize) -> &[Reference] {
        &self.leaves[page].annotations
    }

    /// Pages, by index, whose own object or `/Annots` is among `objects`.
    pub fn touched_by(&self, objects: &BTreeSet<u32>) -> BTreeSet<usize> {
        let named = objects.iter().filter_map(|number| self.users.get(number));
        named.flatten().copied().collect()
    }

    fn read(view: &View<'_, '_>) -> Result<Self, WalkError> {
        let document = view.document();
        let mut pages = Vec::new();
        let mut leaves = Vec::new();
        let (walked, mut structure) = document.traced(|| {
            pages::visit(view, &mut |page| {
                pages.push(page.reference);
                leaves.push(Rc::new(leaf(view, &page)?));
                Ok(true)
            })
        });
        walked?;
        for page in &pages {
            structure.remove(&page.number);
        }
        if let Some(catalog) = view.revision().root() {
            structure.remove(&catalog.number);
        }
        let mut layout = Self {
            pages: pages.into(),
            leaves: Vec::new(),
            root: pages::root(view)?,
            structure: Rc::new(structure),
            users: Rc::default(),
            listing: Rc::default(),
        };
        let (mut users, mut listing) = (HashMap::new(), HashMap::new());
        for (index, leaf) in leaves.iter().enumerate() {
            enter(&mut users, &mut listing, layout.pages[index], index, leaf);
        }
        (layout.users, layout.listing) = (Rc::new(users), Rc::new(listing));
        layout.leaves = leaves;
        Ok(layout)
    }

    /// This layout of revision `earlier` as `view` has it; `None` where the tree itself was touched.
    fn advanced(&self, view: &View<'_, '_>, earlier: usize) -> Result<Option<Self>, WalkError> {
        let document = view.document();
        let later = &document.revisions()[earlier + 1..=view.index()];
        let touched: BTreeSet<u32> = later
            .iter()
            .flat_map(|revision| revision.entries.keys().copied())
            .collect();
        let same_catalog = document.revisions()[earlier].root() == view.revision().root();
        if !same_catalog || !self.structure.is_disjoint(&touched) || pages::root(view)? != self.root
        {
            return Ok(None);
        }
        let mut next = self.clone();
        for index in self.touched_by(&touched) {
            let Some(above) = &self.leaves[index].above else {
                return Ok(None);
            };
            let (page, mut reads) =
                document.traced(|| pages::again(view, self.pages[index], above));
            let Some(page) = page? else {
                return Ok(None);
            };
            reads.remove(&page.reference.number);
            // What it hangs on now and the tree did not before: read all of it rather than guess.
            if !reads.is_subset(&self.structure) {
                return Ok(None);
            }
            let leaf = Rc::new(leaf(view, &page)?);
            let users = Rc::make_mut(&mut next.users);
            let listing = Rc::make_mut(&mut next.listing);
            enter(users, listing, page.reference, index, &leaf);
            next.leaves[index] = leaf;
        }
        Ok(Some(next))
    }
}

fn leaf(view: &View<'_, '_>, page: &Page) -> Result<Leaf, WalkError> {
    let (annotations, reads) = view
        .document()
        .traced(|| view.get(&page.dictionary, "Annots"));
    let annotations = match annotations? {
        Some(Object::Array(annotations)) => annotations,
        _ => Vec::new(),
    };
    Ok(Leaf {
        above: page.above().map(Rc::clone),
        annotations: annotations
            .iter()
            .filter_map(Object::as_reference)
            .collect(),
        reads,
    })
}

fn enter(
    users: &mut HashMap<u32, Vec<usize>>,
    listing: &mut HashMap<u32, Vec<usize>>,
    page: Reference,
    index: usize,
    leaf: &Leaf,
) {
    let add = |map: &mut HashMap<u32, Vec<usize>>, number: u32| {
        let pages = map.entry(number).or_default();
        if pages.last() != Some(&index) && !pages.contains(&index) {
            pages.push(index);
        }
    };
    add(users, page.number);
    for number in &leaf.reads {
        add(users, *number);
    }
    for annotation in &leaf.annotations {
        add(listing, annotation.number);
    }
}
