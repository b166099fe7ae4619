//! `POST /api/v1/session/region`: the region that is worked in, one of the organisation's or any of the tree.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use serde::Deserialize;
use store::{Deed, StoreError, Tx, sessions};

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Which; null for none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    region: Option<String>,
}

/// 204. Whoever has regions of their own works in one of them or below it.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    if let Some(code) = &form.region {
        if state.store.region(code).await?.is_none() {
            return Err(ErrorCode::RegionUnknown.into());
        }
        let organisation = &session.account.organisation.id;
        let own = state.store.regions_of(tenant.id(), organisation).await?;
        let mut upwards = std::iter::successors(Some(code.clone()), |at| domain::region::above(at));
        if !own.is_empty() && !upwards.any(|at| own.contains(&at)) {
            return Err(Problem::of(ErrorCode::Forbidden).with_detail(
                "本单位未入驻该区划，请先办理区划变更",
                "Your organisation has not settled in this region; ask for a change of regions first",
            ));
        }
    }
    let deed = Choose {
        platform: tenant.id(),
        session: &session.id,
        region: form.region.as_deref(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(StatusCode::NO_CONTENT)
}

struct Choose<'a> {
    platform: &'a str,
    session: &'a Id,
    region: Option<&'a str>,
}

impl Deed for Choose<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        sessions::choose_region(tx.connection(), self.platform, self.session, self.region).await?;
        Ok(Ok(()))
    }
}
