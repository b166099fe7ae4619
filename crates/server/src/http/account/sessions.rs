//! `/api/v1/account/sessions`: where one is logged in, and how to end that.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::session::{LIFE, Method, is_live};
use domain::{Id, Timestamp};
use serde::Serialize;
use store::{Deed, StoreError, Tx, sessions};

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The sessions.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<SessionBody>,
    total: usize,
}

#[derive(Debug, Serialize)]
struct SessionBody {
    id: String,
    current: bool,
    method: Method,
    device: String,
    address: String,
    created_at: String,
    last_seen_at: String,
    new_device: bool,
    new_place: bool,
    risk: Option<String>,
}

/// `GET`: the latest used first.
pub async fn list(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let now = state.now();
    let (platform, account) = (tenant.id(), &session.account.id);
    let found = state
        .store
        .sessions_of(platform, account, now - LIFE)
        .await?;
    let items: Vec<SessionBody> = found
        .into_iter()
        .filter(|one| is_live(one.created_at, one.last_seen_at, now))
        .map(|one| SessionBody {
            current: one.id == session.id,
            id: one.id.to_string(),
            method: one.method,
            device: one.origin.device,
            address: one.origin.address,
            created_at: rfc3339(one.created_at),
            last_seen_at: rfc3339(one.last_seen_at),
            new_device: one.origin.new_device,
            new_place: one.origin.new_place,
            risk: one.risk,
        })
        .collect();
    Ok(Json(Body {
        total: items.len(),
        items,
    }))
}

/// `DELETE …/{id}`: ends one. 204.
pub async fn end(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = path_id(&id)?;
    end_some(&state, &tenant, &session, Some(&id)).await
}

/// `DELETE`: ends all others. 204.
pub async fn end_others(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<StatusCode, Problem> {
    end_some(&state, &tenant, &session, None).await
}

async fn end_some(
    state: &AppState,
    tenant: &Tenant,
    session: &sessions::Session,
    one: Option<&Id>,
) -> Result<StatusCode, Problem> {
    let deed = End {
        platform: tenant.id(),
        account: &session.account.id,
        one,
        current: &session.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct End<'a> {
    platform: &'a str,
    account: &'a Id,
    one: Option<&'a Id>,
    current: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for End<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, account, now) = (self.platform, self.account, self.now);
        match self.one {
            Some(one) => {
                if !sessions::end_of_account(tx.connection(), platform, account, one, now).await? {
                    return Ok(Err(ErrorCode::NotFound));
                }
            }
            None => {
                let current = Some(self.current);
                sessions::end_all(tx.connection(), platform, account, current, now).await?;
            }
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "session.ended".into(),
            actor: Some(account.clone()),
            subject: self.one.map(ToString::to_string),
            detail: r#"{"by":"list"}"#.into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
