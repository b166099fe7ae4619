//! Where seals go: pages by range, one place on many pages, strips of one seal over the edges of many
//! (骑缝). Pure: page sizes in, places out, for the writer, the server and anyone who draws a preview.
//!
//! Lengths are millimetres from the top left corner of the page *as displayed*, so that a turned page
//! needs no thought; [`Placement::rect_on`] gives the rectangle that the PDF wants.

use super::pages::{POINTS_PER_MM, PageGeometry, Rect};

/// Pages that one edge seal may cross, at most.
pub const MAX_PAGES_A_SEAL: u32 = 200;
/// Strips thinner than this, in millimetres, are no picture any more.
pub const MIN_STRIP_MM: f64 = 0.2;

/// A rectangle on a page as displayed, millimetres from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RectMm {
    /// From the left edge.
    pub x: f64,
    /// From the top edge.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// The part of a picture that shows, as fractions of its width and height from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Left end, 0 to 1.
    pub left: f64,
    /// Upper end, 0 to 1.
    pub top: f64,
    /// Right end, 0 to 1.
    pub right: f64,
    /// Lower end, 0 to 1.
    pub bottom: f64,
}

impl Part {
    /// All of the picture.
    pub const WHOLE: Self = Self {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };
}

/// A seal, or a strip of one, on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Page number, from 1.
    pub page: u32,
    /// Where on it.
    pub rect: RectMm,
    /// What of the picture shows there.
    pub part: Part,
}

impl Placement {
    /// The rectangle in the user space of the unrotated page.
    pub fn rect_on(&self, page: &PageGeometry) -> Rect {
        let RectMm {
            x,
            y,
            width,
            height,
        } = self.rect;
        page.rect_at(x, y, width, height)
    }
}

/// Which pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageChoice {
    /// 全部.
    All,
    /// 奇数页: 1, 3, 5 …
    Odd,
    /// 偶数页: 2, 4, 6 …
    Even,
    /// From and to, both included.
    Range(u32, u32),
    /// These.
    These(Vec<u32>),
}

/// Why there is no place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlacementError {
    /// The choice is empty, or names a page that is not there.
    #[error("the file has no page {0}")]
    NoSuchPage(u32),
    /// No page was chosen.
    #[error("no page is chosen")]
    NoPages,
    /// A seal over an edge needs two pages, and at most [`MAX_PAGES_A_SEAL`].
    #[error("an edge seal crosses 2 to {MAX_PAGES_A_SEAL} pages")]
    PagesASeal,
    /// The seal is longer than the edge of this page, or wider than the page.
    #[error("the seal does not fit on page {0}")]
    TooLarge(u32),
    /// So many pages that no strip of them can be seen.
    #[error("the strips would be thinner than {MIN_STRIP_MM} mm")]
    TooThin,
    /// A length that is no length.
    #[error("a length is not a number or negative")]
    Length,
}

/// The chosen pages of a file, ascending, each once.
///
/// # Errors
/// Pages that are not there, or none.
pub fn choose(choice: &PageChoice, count: u32) -> Result<Vec<u32>, PlacementError> {
    let mut pages: Vec<u32> = match choice {
        PageChoice::All => (1..=count).collect(),
        PageChoice::Odd => (1..=count).step_by(2).collect(),
        PageChoice::Even => (2..=count).step_by(2).collect(),
        PageChoice::Range(from, to) => {
            let outside = [*from, *to]
                .into_iter()
                .find(|page| *page == 0 || *page > count);
            if let Some(page) = outside {
                return Err(PlacementError::NoSuchPage(page));
            }
            (*from..=*to).collect()
        }
        PageChoice::These(pages) => pages.clone(),
    };
    pages.sort_unstable();
    pages.dedup();
    if let Some(page) = pages.iter().find(|page| **page == 0 || **page > count) {
        return Err(PlacementError::NoSuchPage(*page));
    }
    if pages.is_empty() {
        return Err(PlacementError::NoPages);
    }
    Ok(pages)
}

/// The same place on each of the pages (多页).
///
/// # Errors
/// A page that is not there, or one that the seal does not fit on.
pub fn on_each(
    geometries: &[PageGeometry],
    pages: &[u32],
    rect: RectMm,
) -> Result<Vec<Placement>, PlacementError> {
    pages
        .iter()
        .map(|page| {
            let (width, height) = size_mm(geometries, *page)?;
            let lengths = [rect.x, rect.y, rect.width, rect.height];
            if lengths
                .iter()
                .any(|length| !length.is_finite() || *length < 0.0)
            {
                return Err(PlacementError::Length);
            }
            if rect.x + rect.width > width + SLACK_MM || rect.y + rect.height > height + SLACK_MM {
                return Err(PlacementError::TooLarge(*page));
            }
            Ok(Placement {
                page: *page,
                rect,
                part: Part::WHOLE,
            })
        })
        .collect()
}

/// Rounding to hundredths of a millimetre does not move a seal off its page.
const SLACK_MM: f64 = 0.01;

/// The edge over which the sheets are fanned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Left.
    Left,
    /// Right: the usual one.
    Right,
    /// Top.
    Top,
    /// Bottom.
    Bottom,
}

/// A seal over the edges of several pages (骑缝).
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeSeal {
    /// The pages, ascending; see [`choose`].
    pub pages: Vec<u32>,
    /// Which edge, as displayed.
    pub edge: Edge,
    /// Width of the whole picture.
    pub width_mm: f64,
    /// Height of the whole picture.
    pub height_mm: f64,
    /// The seal's middle along the edge, as a fraction from its upper or left end: pages of different
    /// size then agree.
    pub along: f64,
    /// At most so many pages share one seal; with more, further seals are begun, as even as can be.
    pub pages_a_seal: u32,
}

/// A strip for each page. The sheets are fanned out as paper is: the first lies on top, and each one
/// below shows a little more of its edge. So the first page has the strip farthest from the edge's
/// outside: the left one at the right edge, the right one at the left edge, the upper one at the bottom.
///
/// # Errors
/// Pages that are not there or too small, fewer than two, or so many that strips vanish.
pub fn over_edge(
    geometries: &[PageGeometry],
    seal: &EdgeSeal,
) -> Result<Vec<Placement>, PlacementError> {
    let lengths = [seal.width_mm, seal.height_mm];
    if lengths
        .iter()
        .any(|length| !length.is_finite() || *length <= 0.0)
        || !(0.0..=1.0).contains(&seal.along)
    {
        return Err(PlacementError::Length);
    }
    if !(2..=MAX_PAGES_A_SEAL).contains(&seal.pages_a_seal) || seal.pages.len() < 2 {
        return Err(PlacementError::PagesASeal);
    }
    let groups = seal.pages.len().div_ceil(seal.pages_a_seal as usize);
    let (even, more) = (seal.pages.len() / groups, seal.pages.len() % groups);
    let mut rest = seal.pages.as_slice();
    let mut placements = Vec::new();
    for group in 0..groups {
        let (own, after) = rest.split_at(even + usize::from(group < more));
        rest = after;
        for (index, page) in own.iter().enumerate() {
            placements.push(strip(geometries, seal, *page, index, own.len())?);
        }
    }
    Ok(placements)
}

fn strip(
    geometries: &[PageGeometry],
    seal: &EdgeSeal,
    page: u32,
    index: usize,
    of: usize,
) -> Result<Placement, PlacementError> {
    let (page_width, page_height) = size_mm(geometries, page)?;
    let upright = matches!(seal.edge, Edge::Left | Edge::Right);
    let (across, length) = if upright {
        (seal.width_mm / of as f64, seal.height_mm)
    } else {
        (seal.height_mm / of as f64, seal.width_mm)
    };
    if across < MIN_STRIP_MM {
        return Err(PlacementError::TooThin);
    }
    let (page_across, page_along) = if upright {
        (page_width, page_height)
    } else {
        (page_height, page_width)
    };
    if length > page_along || across > page_across {
        return Err(PlacementError::TooLarge(page));
    }
    let along = (seal.along * page_along - length / 2.0).clamp(0.0, page_along - length);
    // Towards the outside the strips come later.
    let outwards = matches!(seal.edge, Edge::Right | Edge::Bottom);
    let number = if outwards { index } else { of - 1 - index };
    let (from, to) = (number as f64 / of as f64, (number + 1) as f64 / of as f64);
    let at = if outwards { page_across - across } else { 0.0 };
    let (rect, part) = if upright {
        (
            RectMm {
                x: at,
                y: along,
                width: across,
                height: length,
            },
            Part {
                left: from,
                right: to,
                ..Part::WHOLE
            },
        )
    } else {
        (
            RectMm {
                x: along,
                y: at,
                width: length,
                height: across,
            },
            Part {
                top: from,
                bottom: to,
                ..Part::WHOLE
            },
        )
    };
    Ok(Placement { page, rect, part })
}

/// Width and height of a page as displayed, in millimetres.
///
/// # Errors
/// No such page.
pub fn size_mm(geometries: &[PageGeometry], page: u32) -> Result<(f64, f64), PlacementError> {
    let geometry = (page as usize)
        .checked_sub(1)
        .and_then(|index| geometries.get(index))
        .ok_or(PlacementError::NoSuchPage(page))?;
    let (width, height) = geometry.displayed_size();
    Ok((width / POINTS_PER_MM, height / POINTS_PER_MM))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: f64, height: f64, rotation: u16) -> PageGeometry {
        PageGeometry {
            visible: Rect::new(0.0, 0.0, width, height),
            rotation,
            user_unit: 1.0,
        }
    }

    fn seal(pages: u32, edge: Edge) -> EdgeSeal {
        EdgeSeal {
            pages: (1..=pages).collect(),
            edge,
            width_mm: 40.0,
            height_mm: 40.0,
            along: 0.5,
            pages_a_seal: 10,
        }
    }

    #[test]
    fn pages_are_chosen_in_order_and_only_where_they_are() {
        assert_eq!(choose(&PageChoice::All, 3).unwrap(), [1, 2, 3]);
        assert_eq!(choose(&PageChoice::Odd, 4).unwrap(), [1, 3]);
        assert_eq!(choose(&PageChoice::Even, 4).unwrap(), [2, 4]);
        assert_eq!(choose(&PageChoice::Range(2, 3), 4).unwrap(), [2, 3]);
        assert_eq!(
            choose(&PageChoice::These(vec![3, 1, 3]), 4).unwrap(),
            [1, 3]
        );
        for (choice, error) in [
            (PageChoice::Range(2, 9), PlacementError::NoSuchPage(9)),
            (PageChoice::Range(0, 1), PlacementError::NoSuchPage(0)),
            (PageChoice::Range(3, 2), PlacementError::NoPages),
            (PageChoice::These(vec![5]), PlacementError::NoSuchPage(5)),
            (PageChoice::These(vec![]), PlacementError::NoPages),
        ] {
            assert_eq!(choose(&choice, 4), Err(error));
        }
        assert_eq!(choose(&PageChoice::Even, 1), Err(PlacementError::NoPages));
        // A range that would not fit into memory is refused by its ends, before it is made.
        assert_eq!(
            choose(&PageChoice::Range(1, u32::MAX), 4),
            Err(PlacementError::NoSuchPage(u32::MAX))
        );
    }

    #[test]
    fn strips_of_all_pages_make_the_seal_again_on_every_edge() {
        let pages = [
            page(595.0, 842.0, 0),
            page(842.0, 595.0, 0),
            page(595.0, 842.0, 90),
            page(400.0, 400.0, 180),
        ];
        for edge in [Edge::Left, Edge::Right, Edge::Top, Edge::Bottom] {
            let strips = over_edge(&pages, &seal(4, edge)).unwrap();
            let mut area = 0.0;
            for strip in &strips {
                let (width, height) = size_mm(&pages, strip.page).unwrap();
                let RectMm {
                    x,
                    y,
                    width: w,
                    height: h,
                } = strip.rect;
                area += w * h;
                let at_edge = match edge {
                    Edge::Left => x.abs() < 1e-9,
                    Edge::Right => (x + w - width).abs() < 1e-9,
                    Edge::Top => y.abs() < 1e-9,
                    Edge::Bottom => (y + h - height).abs() < 1e-9,
                };
                assert!(at_edge, "{edge:?} {strip:?}");
                let visible = pages[strip.page as usize - 1].visible;
                assert!(visible.contains(&strip.rect_on(&pages[strip.page as usize - 1])));
                // The part shown has the shape of the strip: nothing is stretched.
                assert!(((strip.part.right - strip.part.left) * 40.0 - w).abs() < 1e-9);
                assert!(((strip.part.bottom - strip.part.top) * 40.0 - h).abs() < 1e-9);
            }
            assert!((area - 1600.0).abs() < 1e-6);
        }
    }

    #[test]
    fn the_first_sheet_lies_on_top() {
        let pages = vec![page(595.0, 842.0, 0); 4];
        let first = |edge| over_edge(&pages, &seal(4, edge)).unwrap()[0].part;
        assert_eq!(
            (first(Edge::Right).left, first(Edge::Right).right),
            (0.0, 0.25)
        );
        assert_eq!(
            (first(Edge::Left).left, first(Edge::Left).right),
            (0.75, 1.0)
        );
        assert_eq!(
            (first(Edge::Bottom).top, first(Edge::Bottom).bottom),
            (0.0, 0.25)
        );
        assert_eq!((first(Edge::Top).top, first(Edge::Top).bottom), (0.75, 1.0));
    }

    #[test]
    fn many_pages_share_several_seals_as_evenly_as_can_be() {
        let pages = vec![page(595.0, 842.0, 0); 21];
        let strips = over_edge(&pages, &seal(21, Edge::Right)).unwrap();
        assert_eq!(strips.len(), 21);
        let begins = strips.iter().filter(|strip| strip.part.left == 0.0);
        assert_eq!(
            begins.map(|strip| strip.page).collect::<Vec<_>>(),
            [1, 8, 15]
        );
    }

    #[test]
    fn what_cannot_be_placed_is_refused_with_its_reason() {
        let pages = vec![page(595.0, 842.0, 0); 3];
        let with = |change: fn(&mut EdgeSeal)| {
            let mut seal = seal(3, Edge::Right);
            change(&mut seal);
            over_edge(&pages, &seal)
        };
        assert_eq!(
            with(|seal| seal.pages = vec![1]),
            Err(PlacementError::PagesASeal)
        );
        assert_eq!(
            with(|seal| seal.pages_a_seal = 1),
            Err(PlacementError::PagesASeal)
        );
        assert_eq!(
            with(|seal| seal.pages = vec![1, 4]),
            Err(PlacementError::NoSuchPage(4))
        );
        assert_eq!(
            with(|seal| seal.height_mm = 300.0),
            Err(PlacementError::TooLarge(1))
        );
        assert_eq!(
            with(|seal| seal.width_mm = 0.3),
            Err(PlacementError::TooThin)
        );
        assert_eq!(
            with(|seal| seal.width_mm = f64::NAN),
            Err(PlacementError::Length)
        );
        assert_eq!(with(|seal| seal.along = 2.0), Err(PlacementError::Length));
        let rect = RectMm {
            x: 200.0,
            y: 10.0,
            width: 40.0,
            height: 40.0,
        };
        assert_eq!(
            on_each(&pages, &[1], rect),
            Err(PlacementError::TooLarge(1))
        );
        assert_eq!(
            on_each(&pages, &[9], rect),
            Err(PlacementError::NoSuchPage(9))
        );
    }
}
