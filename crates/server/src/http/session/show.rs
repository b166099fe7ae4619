//! `GET /api/v1/session`: who is logged in.

use axum::Json;

use crate::http::extract::{MaybeOperator, MaybeSession};
use crate::http::session::SessionBody;

/// Answers anybody; `account` is null for those who are not logged in.
pub async fn handler(
    MaybeSession(session): MaybeSession,
    MaybeOperator(operator): MaybeOperator,
) -> Json<SessionBody> {
    Json(match (session, operator) {
        (Some(session), _) => SessionBody::of(
            &session.account,
            session.method,
            session.key_number,
            session.risk,
        ),
        (None, Some(session)) => SessionBody::of_operator(&session.operator),
        (None, None) => SessionBody::nobody(),
    })
}
