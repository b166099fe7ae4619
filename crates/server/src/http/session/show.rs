//! `GET /api/v1/session`: who is logged in.

use axum::Json;
use axum::extract::State;

use crate::http::extract::{MaybeOperator, MaybeSession, Tenant};
use crate::http::session::SessionBody;
use crate::{AppState, Problem};

/// Answers anybody; `account` is null for those who are not logged in.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    MaybeOperator(operator): MaybeOperator,
) -> Result<Json<SessionBody>, Problem> {
    Ok(Json(match (session, operator) {
        (Some(session), _) => SessionBody::of(
            &session.account,
            session.method,
            session.key_number,
            session.risk,
        ),
        (None, Some(session)) => {
            let id = &session.operator.id;
            let duties = state.store.duties_of(tenant.id(), id).await?;
            SessionBody::of_operator(&session.operator, duties)
        }
        (None, None) => SessionBody::nobody(),
    }))
}
