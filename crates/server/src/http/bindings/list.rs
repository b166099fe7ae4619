//! `GET /api/v1/bindings?account=&person=&page=&per_page=`: an administrator sees the organisation's, an employee their own.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use store::bindings::Filter;

use super::BindingBody;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Which page of the list, from 1; parts of a login name and of a person's name.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    account: String,
    #[serde(default, alias = "name")]
    person: String,
    page: Option<u32>,
    #[serde(alias = "size")]
    per_page: Option<u32>,
}

/// A page of bindings.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<BindingBody>,
    total: i64,
}

/// Rows on a page when none is asked for, and at most.
const SIZE: u32 = 10;
const MAX_SIZE: u32 = 100;

/// The list, newest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Body>, Problem> {
    let size = i64::from(wanted.per_page.unwrap_or(SIZE).clamp(1, MAX_SIZE));
    let page = i64::from(wanted.page.unwrap_or(1).max(1));
    let own = (session.account.role != "administrator").then_some(&session.account.id);
    let filter = Filter {
        platform: tenant.id(),
        organisation: &session.account.organisation.id,
        only: own,
        account: &wanted.account.trim().to_ascii_lowercase(),
        person: wanted.person.trim(),
        limit: size,
        offset: (page - 1) * size,
    };
    let (bindings, total) = state.store.bindings(&filter).await?;
    let mut items = Vec::with_capacity(bindings.len());
    for binding in &bindings {
        let chain = state.store.chain_of(tenant.id(), binding).await?;
        items.push(BindingBody::of(&tenant, binding, &chain, state.now()));
    }
    Ok(Json(Body { items, total }))
}
