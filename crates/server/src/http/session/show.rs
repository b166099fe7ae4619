//! `GET /api/v1/session`: who is logged in.

use axum::Json;
use axum::extract::State;

use crate::http::extract::{AnyOperator, MaybeSession, Tenant};
use crate::http::session::SessionBody;
use crate::{AppState, Problem};

/// Answers anybody; `account` is null for those who are not logged in.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    AnyOperator(operator): AnyOperator,
) -> Result<Json<SessionBody>, Problem> {
    Ok(Json(match (session, operator) {
        (Some(session), _) => SessionBody::of(
            &session.account,
            session.method,
            session.key_number,
            session.risk,
            session.region,
        ),
        (None, Some(session)) => {
            let id = &session.operator.id;
            let duties = state.store.duties_of(tenant.id(), id).await?;
            SessionBody::of_operator(
                &session.operator,
                duties,
                tenant.platform(),
                session.has_second_factor,
                session.second_factor_at.is_some(),
            )
        }
        (None, None) => SessionBody::nobody(),
    }))
}
