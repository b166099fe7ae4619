//! `POST /api/v1/doctor/events`: a case was shown, or whoever saw it says that it is mended. Counted by day, of nobody:
//! the rows are bounded by the catalogue of cases and CAs, whatever is sent.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use serde::Deserialize;
use store::{Deed, StoreError, Tx, tickets};

use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    case: String,
    provider: Option<String>,
    event: Event,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Shown,
    Mended,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let case = doctor::case::by_name(&form.case).ok_or(ErrorCode::Invalid)?;
    let provider = form.provider.unwrap_or_default();
    if !provider.is_empty() && tenant.rules.catalogue.provider(&provider).is_none() {
        return Err(ErrorCode::Invalid.into());
    }
    let now = rfc3339(state.now());
    let deed = Count {
        platform: tenant.id(),
        day: &now[..10],
        case: case.name,
        provider: &provider,
        event: match form.event {
            Event::Shown => "shown",
            Event::Mended => "mended",
        },
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(StatusCode::NO_CONTENT)
}

struct Count<'a> {
    platform: &'a str,
    day: &'a str,
    case: &'a str,
    provider: &'a str,
    event: &'a str,
}

impl Deed for Count<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        tickets::statistics::count_up(
            tx.connection(),
            self.platform,
            self.day,
            self.case,
            self.provider,
            self.event,
        )
        .await?;
        Ok(Ok(()))
    }
}
