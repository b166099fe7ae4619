//! `POST /api/v1/payments/notifications`: a gateway says that something was paid. It may come late, twice, or from
//! somebody else; the answer to the gateway is the same for news and for what was known.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::Id;

use crate::applications::{Context, Fault};
use crate::http::extract::Tenant;
use crate::payments::query::Book;
use crate::payments::{MAC_HEADER, Notification, Purpose};
use crate::{AppState, Problem};

/// 204 once it is booked, or was before.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let stamp = headers
        .get(MAC_HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    state
        .gateway
        .key
        .verify(Purpose::Notification, stamp, &body, state.now())
        .map_err(|error| {
            tracing::warn!(%error, "a gateway's notification was refused");
            Problem::of(ErrorCode::Forbidden).with_detail(
                "通知的签名无效或已过期",
                "The notification's MAC is not valid, or not fresh",
            )
        })?;
    let malformed = || Problem::of(ErrorCode::RequestMalformed);
    let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
    let notification: Notification = serde_json::from_str(text).map_err(|_| malformed())?;
    let sound = notification.amount >= 0
        && (1..=64).contains(&notification.id.len())
        && (1..=64).contains(&notification.reference.len());
    if !sound {
        return Err(malformed());
    }
    let payment: Id = notification
        .payment
        .parse()
        .map_err(|_| Problem::of(ErrorCode::NotFound))?;
    let deed = Book {
        context: Context::of_system(&state, tenant.id(), &tenant.rules),
        payment: &payment,
        notification: &notification,
        body: text,
    };
    match state.store.perform(&deed).await? {
        Ok(outcome) => {
            tracing::info!(outcome, %payment, "a gateway's notification was booked");
            Ok(StatusCode::NO_CONTENT)
        }
        Err(Fault::NotFound) => Err(ErrorCode::NotFound.into()),
        Err(fault) => Err(fault.into()),
    }
}
