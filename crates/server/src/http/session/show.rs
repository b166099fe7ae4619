//! `GET /api/v1/session`: who is logged in.

use axum::Json;

use crate::http::extract::MaybeSession;
use crate::http::session::SessionBody;

/// Answers anybody; `account` is null for those who are not logged in.
pub async fn handler(MaybeSession(session): MaybeSession) -> Json<SessionBody> {
    Json(session.map_or(SessionBody::nobody(), |session| {
        SessionBody::of(
            &session.account,
            session.method,
            session.key_number,
            session.risk,
        )
    }))
}
