//! `GET /api/v1/operator/applications?queue=&state=&text=&from=&to=&page=`: a desk's list and the search.

use axum::Json;
use axum::extract::{Query, State};
use contract::ErrorCode;
use domain::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use store::applications::lists::Search;

use crate::applications::caller::Desk;
use crate::applications::view::Viewer;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

const PAGE: i64 = 20;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    queue: String,
    state: String,
    text: String,
    from: String,
    to: String,
    page: Option<i64>,
    page_size: Option<i64>,
}

impl Parameters {
    /// As the store looks for it.
    ///
    /// # Errors
    /// `invalid` for a time that is none, or a text that is too long.
    pub fn search(&self, limit: i64) -> Result<Search, Problem> {
        if self.text.chars().count() > 100 {
            return Err(Problem::of(ErrorCode::Invalid)
                .with_detail("搜索内容不超过 100 字", "Search for 100 characters at most"));
        }
        let page = self.page.unwrap_or(1).clamp(1, 100_000);
        Ok(Search {
            queue: self.queue.clone(),
            state: self.state.clone(),
            text: self.text.trim().to_owned(),
            from: time(&self.from)?,
            to: time(&self.to)?,
            offset: (page - 1) * limit,
            limit,
        })
    }
}

/// A day in China or an instant.
fn time(text: &str) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse::<jiff::civil::Date>().ok().and_then(|day| {
        jiff::tz::Offset::constant(8)
            .to_timestamp(day.at(0, 0, 0, 0))
            .ok()
    });
    let instant = day.or_else(|| text.parse::<jiff::Timestamp>().ok());
    instant
        .map(|at| Some(Timestamp(at.as_microsecond())))
        .ok_or_else(|| {
            Problem::of(ErrorCode::Invalid)
                .with_detail("日期格式为 2026-01-31", "A day is written as 2026-01-31")
        })
}

/// A page of 20, or as many as asked for up to 100.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    let limit = parameters.page_size.unwrap_or(PAGE).clamp(1, 100);
    let search = parameters.search(limit)?;
    let (found, total) = state
        .store
        .search_applications(tenant.id(), &search)
        .await?;
    let actor = caller.actor();
    let viewer = Viewer {
        tenant: &tenant,
        actor: &actor,
        now: state.now(),
    };
    let rows: Vec<_> = found.iter().map(|one| viewer.summary(one)).collect();
    Ok(Json(json!({ "applications": rows, "total": total })))
}
