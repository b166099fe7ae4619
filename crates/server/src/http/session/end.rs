//! `DELETE /api/v1/session`: logs out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx};

use crate::http::extract::{AnyOperator, MaybeSession, SESSION_COOKIE, Tenant, clear_cookie};
use crate::{AppState, Problem};

/// Ends the session and makes the browser forget it. Logging out twice is no error.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    AnyOperator(operator): AnyOperator,
) -> Result<impl IntoResponse, Problem> {
    if let Some(session) = session {
        let deed = LogOut {
            platform: tenant.id(),
            session: &session.id,
            who: &session.account.id,
            operator: false,
            entry: state.new_id(),
            now: state.now(),
        };
        let Ok(()) = state.store.perform(&deed).await?;
    }
    if let Some(session) = operator {
        let deed = LogOut {
            platform: tenant.id(),
            session: &session.id,
            who: &session.operator.id,
            operator: true,
            entry: state.new_id(),
            now: state.now(),
        };
        let Ok(()) = state.store.perform(&deed).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(SET_COOKIE, clear_cookie(SESSION_COOKIE))],
    ))
}

struct LogOut<'a> {
    platform: &'a str,
    session: &'a Id,
    who: &'a Id,
    operator: bool,
    entry: Id,
    now: Timestamp,
}

impl Deed for LogOut<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if self.operator {
            store::operators::end_session(tx.connection(), self.session, self.now).await?;
        } else {
            store::sessions::end(tx.connection(), self.session, self.now).await?;
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "session.ended".into(),
            actor: Some(self.who.clone()),
            subject: Some(self.session.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
