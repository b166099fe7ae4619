//! What a page asks for: which seals, and where. The body of `placements` and `sealings`.

use contract::ErrorCode;
use serde::Deserialize;

use crate::Problem;

/// Items of one request.
pub const MAX_ITEMS: usize = 20;
/// Characters of a note, which stands in the file as `/Reason`.
const MAX_NOTE: usize = 200;

/// The body. `seal_id`, `page`, `x_mm`, `y_mm` are the form of one seal on one page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    items: Option<Vec<Item>>,
    #[serde(default)]
    certify: bool,
    note: Option<String>,
    seal_id: Option<String>,
    page: Option<u32>,
    x_mm: Option<f64>,
    y_mm: Option<f64>,
}

/// A seal and how it is placed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Which seal.
    pub seal_id: String,
    /// Where.
    pub at: At,
}

/// Where a seal goes. Lengths are millimetres from the top left corner of the page as displayed.
#[derive(Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum At {
    /// 单页, 多页: one place on each of the pages.
    Pages {
        /// `all`, `odd`, `even`, or numbers and ranges such as `1-3,8`.
        pages: String,
        /// From the left edge to the seal's.
        x_mm: f64,
        /// From the top edge to the seal's.
        y_mm: f64,
    },
    /// 骑缝: a strip on each of the pages.
    Edge {
        /// Over which edge.
        side: Side,
        /// From the upper or left end of the first page's edge to the seal's; the middle where absent.
        offset_mm: Option<f64>,
        /// As above.
        pages: String,
        /// Whether the first and the last of these pages take part.
        #[serde(default = "yes")]
        first_last: bool,
    },
    /// 关键字: with its middle on the word's.
    Keyword {
        /// The word.
        text: String,
        /// To the right of the word's middle.
        #[serde(default)]
        dx_mm: f64,
        /// Below the word's middle.
        #[serde(default)]
        dy_mm: f64,
        /// As above.
        #[serde(default = "all")]
        pages: String,
        /// Which of the places where the word stands.
        #[serde(default)]
        which: Which,
    },
}

/// An edge of the page as displayed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Top.
    Top,
    /// Bottom.
    Bottom,
}

/// Which of a keyword's places.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Every one.
    #[default]
    All,
    /// The first in the file.
    First,
    /// The last in the file.
    Last,
}

fn yes() -> bool {
    true
}

fn all() -> String {
    "all".into()
}

/// A form that was read.
pub struct Wish {
    /// One to [`MAX_ITEMS`].
    pub items: Vec<Item>,
    /// Whether it is the document's last seal.
    pub certify: bool,
    /// `/Reason`.
    pub note: Option<String>,
}

impl Form {
    /// # Errors
    /// `invalid` for no items, too many, both forms at once, or a note that is no line of text.
    pub fn read(self) -> Result<Wish, Problem> {
        let items = match (self.items, self.seal_id, self.page, self.x_mm, self.y_mm) {
            (Some(items), None, None, None, None) => items,
            (None, Some(seal_id), Some(page), Some(x_mm), Some(y_mm)) => vec![Item {
                seal_id,
                at: At::Pages {
                    pages: page.to_string(),
                    x_mm,
                    y_mm,
                },
            }],
            _ => {
                return Err(malformed(
                    "须给出 items，或 seal_id、page、x_mm、y_mm",
                    "Give items, or seal_id, page, x_mm and y_mm",
                ));
            }
        };
        if !(1..=MAX_ITEMS).contains(&items.len()) {
            return Err(Problem::of(ErrorCode::Invalid).with_detail(
                format!("每次签章须有 1 至 {MAX_ITEMS} 项"),
                format!("One request has 1 to {MAX_ITEMS} items"),
            ));
        }
        let note = self.note.map(|note| note.trim().to_owned());
        let note = note.filter(|note| !note.is_empty());
        if note
            .iter()
            .any(|note| note.chars().count() > MAX_NOTE || note.chars().any(char::is_control))
        {
            return Err(Problem::of(ErrorCode::Invalid).with_detail(
                format!("备注须为一行文字，不超过 {MAX_NOTE} 字"),
                format!("A note is one line of {MAX_NOTE} characters at most"),
            ));
        }
        Ok(Wish {
            items,
            certify: self.certify,
            note,
        })
    }
}

fn malformed(zh: &str, en: &str) -> Problem {
    Problem::of(ErrorCode::RequestMalformed).with_detail(zh, en)
}
