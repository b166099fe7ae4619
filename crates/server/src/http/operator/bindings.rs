//! `/api/v1/operator/bindings`: every binding of the platform.

use contract::ErrorCode;
use domain::{Span, Timestamp};
use serde::Deserialize;
use store::bindings::lists::{COUNTED, Search};

use crate::Problem;

pub mod export;
pub mod list;

/// Which bindings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// A key number, a login name or a code whole, or how an organisation's name begins.
    text: String,
    provider: String,
    /// `good`, `expiring`, `expired`, `revoked` or `undetermined`.
    state: String,
    /// How an organisation's name begins.
    organisation: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

impl Parameters {
    /// As the store looks for it.
    ///
    /// # Errors
    /// `invalid`.
    fn search(&self, now: Timestamp, limit: i64) -> Result<Search, Problem> {
        let texts = [&self.text, &self.organisation, &self.provider];
        if texts.into_iter().any(|text| text.chars().count() > 100) {
            return Err(Problem::of(ErrorCode::Invalid)
                .with_detail("搜索内容不超过 100 字", "Search for 100 characters at most"));
        }
        let soon = now + domain::binding::RENEWAL_WINDOW;
        let tick = Span::seconds(1);
        let (standing, after, until) = match self.state.as_str() {
            "" => ("", None, None),
            "revoked" => ("revoked", None, None),
            "undetermined" => ("undetermined", Some(now - tick), None),
            "expired" => ("", None, Some(now - tick)),
            "expiring" => ("good", Some(now - tick), Some(soon)),
            "good" => ("good", Some(soon), None),
            _ => {
                return Err(Problem::of(ErrorCode::Invalid)
                    .with_detail("没有这种状态", "There is no such state"));
            }
        };
        // Whoever wants what lies deeper narrows the search.
        let deepest = (COUNTED / limit).max(1);
        let page = self.page.unwrap_or(1).clamp(1, deepest);
        Ok(Search {
            text: self.text.trim().to_owned(),
            provider: self.provider.trim().to_owned(),
            standing: standing.to_owned(),
            organisation: self.organisation.trim().to_owned(),
            ends_after: after,
            ends_until: until,
            limit,
            offset: (page - 1) * limit,
        })
    }
}
