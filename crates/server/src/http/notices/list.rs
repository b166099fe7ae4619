//! `GET /api/v1/notices`: newest first, and how many are unread.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The notices.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<NoticeBody>,
    total: usize,
    unread: i64,
}

#[derive(Debug, Serialize)]
struct NoticeBody {
    id: String,
    /// A stable word that the pages have sentences for.
    kind: String,
    subject: String,
    facts: serde_json::Value,
    created_at: String,
    read: bool,
}

/// At most 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let (platform, account) = (tenant.id(), &session.account.id);
    let notices = state.store.notices(platform, account).await?;
    Ok(Json(Body {
        total: notices.len(),
        unread: state.store.unread_notices(platform, account).await?,
        items: notices
            .into_iter()
            .map(|notice| NoticeBody {
                id: notice.id.to_string(),
                kind: notice.kind,
                subject: notice.subject,
                facts: serde_json::from_str(&notice.facts).unwrap_or_default(),
                created_at: rfc3339(notice.created_at),
                read: notice.read_at.is_some(),
            })
            .collect(),
    }))
}
