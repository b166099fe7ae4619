//! `GET /api/v1/accounts?text=&department=&page=&per_page=`: the organisation's accounts; who is no administrator sees themselves
//! alone.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use store::accounts::people::Filter;

use super::PersonBody;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Rows on a page at most, and when none is asked for: forms choose from all.
const MOST: i64 = 500;

/// Which accounts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    text: String,
    department: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// A page of accounts.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<PersonBody>,
    total: i64,
}

/// By login name; whoever left stands last.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Body>, Problem> {
    let caller = &session.account;
    let limit = wanted.per_page.unwrap_or(MOST).clamp(1, MOST);
    let only = if caller.role == "administrator" {
        String::new()
    } else {
        caller.id.to_string()
    };
    let filter = Filter {
        text: wanted.text.trim().to_owned(),
        department: wanted.department,
        only,
        limit,
        offset: (wanted.page.unwrap_or(1).clamp(1, 10_000) - 1) * limit,
    };
    let (people, total) = state
        .store
        .people(tenant.id(), &caller.organisation.id, &filter)
        .await?;
    Ok(Json(Body {
        items: people
            .iter()
            .map(|person| PersonBody::of(person, false))
            .collect(),
        total,
    }))
}
