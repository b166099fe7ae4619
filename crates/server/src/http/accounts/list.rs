//! `GET /api/v1/accounts`: for choosing whom a key is bound to. An employee sees themselves alone.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::AccountName;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The accounts, by login name.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<AccountName>,
    total: usize,
}

/// At most 500.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let accounts = if session.account.role == "administrator" {
        state
            .store
            .accounts_of(tenant.id(), &session.account.organisation.id)
            .await?
    } else {
        vec![session.account]
    };
    let items: Vec<AccountName> = accounts
        .into_iter()
        .map(|account| AccountName {
            id: account.id.to_string(),
            account: account.name,
            name: account.person,
        })
        .collect();
    Ok(Json(Body {
        total: items.len(),
        items,
    }))
}
