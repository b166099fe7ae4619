//! `/api/v1/tasks` (待办) and `/api/v1/warnings` (预警): what waits for the caller, and what they should know in time. Both are
//! made from rows that say it already; nothing is kept beside them.

use domain::Timestamp;
use serde::Serialize;

use crate::http::time::rfc3339;

pub mod list;
pub mod warnings;

/// One line.
#[derive(Debug, Serialize)]
pub struct LineBody {
    kind: &'static str,
    zh: String,
    en: String,
    /// The page that it is done on.
    link: String,
    at: String,
}

/// The lines.
#[derive(Debug, Serialize)]
pub struct Lines {
    items: Vec<LineBody>,
    total: usize,
}

impl Lines {
    /// The latest first.
    #[must_use]
    pub fn of(mut items: Vec<LineBody>) -> Self {
        items.sort_by(|one, two| two.at.cmp(&one.at));
        Self {
            total: items.len(),
            items,
        }
    }
}

fn line(kind: &'static str, zh: String, en: String, link: String, at: Timestamp) -> LineBody {
    LineBody {
        kind,
        zh,
        en,
        link,
        at: rfc3339(at),
    }
}
