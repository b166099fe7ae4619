//! From what was asked for to places: pages by range, strips over edges, words found in the text.

use std::sync::Arc;

use contract::ErrorCode;
use domain::Id;
use seal::VectorPicture;
use seal::pdf::keyword::{self, KeywordError};
use seal::pdf::pages::PageGeometry;
use seal::pdf::placement::{
    self, Edge, EdgeSeal, PageChoice, Part, Placement, PlacementError, RectMm,
};
use seal::pdf::{self, PrepareError};
use store::documents::sealings::Place;
use store::seals::Seal;

use super::create::refusal;
use super::form::{At, Item, Side, Which, Wish};
use crate::files::Mapped;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Places of one request: as many as one signature has widgets.
pub const MAX_PLACES: usize = pdf::MAX_WIDGETS;
/// Characters of a choice of pages.
const MAX_CHOICE: usize = 2_000;
/// With more pages a second seal is begun over the edge: narrower strips are hard to make out.
const PAGES_A_SEAL: u32 = 20;

/// The seals of a wish, each once, and its items by their numbers.
pub struct Chosen {
    /// In the order in which the items name them.
    pub seals: Vec<Seal>,
    /// Their pictures.
    pub pictures: Vec<VectorPicture>,
    /// The items.
    pub items: Vec<ItemOn>,
}

/// An item, with its seal's number in the list.
pub struct ItemOn {
    /// Index into the seals.
    pub seal: usize,
    /// Where.
    pub at: At,
}

/// A seal or a strip of one on a page.
#[derive(Clone, Copy)]
pub struct Placed {
    /// Index into the seals.
    pub seal: usize,
    /// Where, and which part of the picture.
    pub placement: Placement,
}

/// The places of all items.
pub struct Layout {
    /// In the order of the items.
    pub places: Vec<Placed>,
    /// How many each item has.
    pub found: Vec<usize>,
}

impl Placed {
    /// As it is kept and told.
    pub fn row(&self, seals: &[Id]) -> Place {
        let RectMm {
            x,
            y,
            width,
            height,
        } = self.placement.rect;
        let Part {
            left,
            top,
            right,
            bottom,
        } = self.placement.part;
        let clip =
            (self.placement.part != Part::WHOLE).then_some([left, top, right - left, bottom - top]);
        Place {
            seal: seals
                .get(self.seal)
                .map(ToString::to_string)
                .unwrap_or_default(),
            page: self.placement.page,
            um: [x, y, width, height].map(micrometres),
            clip,
        }
    }
}

fn micrometres(millimetres: f64) -> i64 {
    // The place was checked against the page: a few metres at most.
    (millimetres * 1000.0).round() as i64
}

/// The seals that the items name.
///
/// # Errors
/// `not_found` for a seal of nobody or of another organisation; `invalid` for too many.
pub async fn choose(
    state: &AppState,
    tenant: &Tenant,
    organisation: &Id,
    wish: &Wish,
) -> Result<Chosen, Problem> {
    let mut chosen = Chosen {
        seals: Vec::new(),
        pictures: Vec::new(),
        items: Vec::new(),
    };
    for Item { seal_id, at } in &wish.items {
        let id = path_id(seal_id)?;
        let known = chosen.seals.iter().position(|seal| seal.id == id);
        let seal = match known {
            Some(known) => known,
            None => {
                if chosen.seals.len() == contract::intent::MAX_SEALS {
                    let most = contract::intent::MAX_SEALS;
                    return Err(Problem::of(ErrorCode::Invalid).with_detail(
                        format!("一次签章最多使用 {most} 枚印章"),
                        format!("One signature puts on {most} seals at most"),
                    ));
                }
                let found = state.store.seal(tenant.id(), organisation, &id).await?;
                let found = found.ok_or_else(|| Problem::of(ErrorCode::NotFound))?;
                let drawing = crate::http::seals::drawing(&found)?;
                chosen.pictures.push(drawing.picture());
                chosen.seals.push(found);
                chosen.seals.len() - 1
            }
        };
        chosen.items.push(ItemOn {
            seal,
            at: at.clone(),
        });
    }
    Ok(chosen)
}

/// Finds the places. Reads the file: call it where blocking is allowed.
///
/// # Errors
/// `page_out_of_range`, `keyword_not_found`, `too_large`, `pdf_refused`.
pub fn layout(
    file: &Arc<Mapped>,
    pictures: &[VectorPicture],
    items: &[ItemOn],
) -> Result<Layout, Problem> {
    let bytes: &[u8] = (**file).as_ref();
    let geometries =
        pdf::page_geometries(bytes).map_err(|error| refusal(PrepareError::Broken(error)))?;
    let (mut places, mut found) = (Vec::new(), Vec::new());
    for item in items {
        let own = of_item(file, &geometries, &pictures[item.seal], &item.at)?;
        found.push(own.len());
        places.extend(own.into_iter().map(|placement| Placed {
            seal: item.seal,
            placement,
        }));
        if places.len() > MAX_PLACES {
            return Err(Problem::of(ErrorCode::TooLarge).with_detail(
                format!("一次签章最多 {MAX_PLACES} 处"),
                format!("One signature has {MAX_PLACES} places at most"),
            ));
        }
    }
    Ok(Layout { places, found })
}

fn of_item(
    file: &Arc<Mapped>,
    geometries: &[PageGeometry],
    picture: &VectorPicture,
    at: &At,
) -> Result<Vec<Placement>, Problem> {
    let (width, height) = (picture.width_mm, picture.height_mm);
    match at {
        At::Pages { pages, x_mm, y_mm } => {
            let pages = chosen(pages, geometries)?;
            let rect = RectMm {
                x: *x_mm,
                y: *y_mm,
                width,
                height,
            };
            placement::on_each(geometries, &pages, rect).map_err(off)
        }
        At::Edge {
            side,
            offset_mm,
            pages,
            first_last,
        } => {
            let mut pages = chosen(pages, geometries)?;
            if !first_last && pages.len() > 2 {
                pages.pop();
                pages.remove(0);
            }
            let (edge, upright) = match side {
                Side::Left => (Edge::Left, true),
                Side::Right => (Edge::Right, true),
                Side::Top => (Edge::Top, false),
                Side::Bottom => (Edge::Bottom, false),
            };
            let (page_width, page_height) =
                placement::size_mm(geometries, pages[0]).map_err(off)?;
            let (length, own) = if upright {
                (page_height, height)
            } else {
                (page_width, width)
            };
            let along = offset_mm.map_or(0.5, |offset| (offset + own / 2.0) / length);
            let seal = EdgeSeal {
                pages,
                edge,
                width_mm: width,
                height_mm: height,
                along,
                pages_a_seal: PAGES_A_SEAL,
            };
            placement::over_edge(geometries, &seal).map_err(off)
        }
        At::Keyword {
            text,
            dx_mm,
            dy_mm,
            pages,
            which,
        } => {
            let pages = chosen(pages, geometries)?;
            let search = keyword::search(file, text, Some(&pages)).map_err(unsearched)?;
            let hits = match which {
                Which::All => search.found.as_slice(),
                Which::First => search.found.get(..1).unwrap_or_default(),
                Which::Last => {
                    let last = search.found.len().saturating_sub(1);
                    &search.found[last..]
                }
            };
            if hits.is_empty() {
                return Err(not_found(text, search.without_text.len()));
            }
            let mut places = Vec::new();
            for hit in hits {
                let rect = hit.place(width, height, *dx_mm, *dy_mm);
                let one = placement::on_each(geometries, &[hit.page], rect);
                places.extend(one.map_err(off)?);
            }
            Ok(places)
        }
    }
}

/// `all`, `odd`, `even`, or numbers and ranges with commas.
fn chosen(text: &str, geometries: &[PageGeometry]) -> Result<Vec<u32>, Problem> {
    let count = u32::try_from(geometries.len()).unwrap_or(u32::MAX);
    let choice = match text.trim() {
        "all" => PageChoice::All,
        "odd" => PageChoice::Odd,
        "even" => PageChoice::Even,
        listed => PageChoice::These(listed_pages(listed, count)?),
    };
    placement::choose(&choice, count).map_err(off)
}

fn listed_pages(text: &str, count: u32) -> Result<Vec<u32>, Problem> {
    let malformed = || {
        Problem::of(ErrorCode::Invalid).with_detail(
            "页码应写作 1-3,8，或 all、odd、even",
            "Write pages as 1-3,8 or all, odd, even",
        )
    };
    if text.len() > MAX_CHOICE {
        return Err(malformed());
    }
    let mut pages = Vec::new();
    for part in text.split([',', '，', '、']) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| malformed());
        let (from, to) = (number(from)?, number(to)?);
        if from > to {
            return Err(malformed());
        }
        for page in [from, to] {
            if page == 0 || page > count {
                return Err(off(PlacementError::NoSuchPage(page)));
            }
        }
        pages.extend(from..=to);
        if pages.len() > MAX_CHOICE * 100 {
            return Err(malformed());
        }
    }
    Ok(pages)
}

fn off(error: PlacementError) -> Problem {
    let zh = match &error {
        PlacementError::NoSuchPage(page) => format!("文件没有第 {page} 页"),
        PlacementError::NoPages => "没有符合条件的页".to_owned(),
        PlacementError::PagesASeal => "骑缝章至少需要两页".to_owned(),
        PlacementError::TooLarge(page) => format!("印章超出第 {page} 页"),
        PlacementError::TooThin => "骑缝章分得过窄".to_owned(),
        PlacementError::Length => "印章超出页面".to_owned(),
    };
    Problem::of(ErrorCode::PageOutOfRange).with_detail(zh, error.to_string())
}

fn unsearched(error: KeywordError) -> Problem {
    match error {
        KeywordError::Broken(error) => refusal(PrepareError::Broken(error)),
        KeywordError::Keyword => Problem::of(ErrorCode::Invalid)
            .with_detail("关键字须为 1 至 100 个字", error.to_string()),
        KeywordError::Unreadable => Problem::of(ErrorCode::PdfRefused)
            .with_detail("无法读取该 PDF 的文字", error.to_string()),
    }
}

fn not_found(text: &str, without: usize) -> Problem {
    let (mut zh, mut en) = (
        format!("文件中没有找到“{text}”"),
        format!("\u{201c}{text}\u{201d} does not stand in the document"),
    );
    if without > 0 {
        zh.push_str(&format!("；有 {without} 页没有可读的文字（可能是扫描件）"));
        en.push_str(&format!(
            "; {without} pages have no readable text, perhaps scans"
        ));
    }
    Problem::of(ErrorCode::KeywordNotFound).with_detail(zh, en)
}
