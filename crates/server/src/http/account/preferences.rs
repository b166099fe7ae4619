//! `/api/v1/account/preferences`: mail for kinds of notices, and large text.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use serde::{Deserialize, Serialize};
use store::accounts::preferences::{self, Preferences};
use store::{Deed, StoreError, Tx};

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The preferences in JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    mail: Mail,
    large_text: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mail {
    email: Option<String>,
    kinds: Vec<String>,
}

/// `GET`.
pub async fn show(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let found = state
        .store
        .preferences(tenant.id(), &session.account.id)
        .await?;
    Ok(Json(Body {
        mail: Mail {
            email: found.mail,
            kinds: serde_json::from_str(&found.mail_kinds).unwrap_or_default(),
        },
        large_text: found.large_text,
    }))
}

/// `PUT`. 204.
pub async fn set(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(body): JsonBody<Body>,
) -> Result<StatusCode, Problem> {
    let kinds = body.mail.kinds;
    let shaped = kinds.len() <= 50
        && kinds.iter().all(|kind| {
            kind.len() <= 40 && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        });
    let mail = body.mail.email.map(|mail| mail.trim().to_owned());
    let mail = mail.filter(|mail| !mail.is_empty());
    if !shaped || mail.as_deref().is_some_and(|mail| !is_address(mail)) {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("邮箱地址不正确", "This is no mail address"));
    }
    let deed = Set {
        platform: tenant.id(),
        account: &session.account.id,
        preferences: Preferences {
            mail,
            mail_kinds: serde_json::json!(kinds).to_string(),
            large_text: body.large_text,
        },
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One `@` with something on both sides, a dot in the domain, nothing that could end a header.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>()[],;:\"\\@".contains(&b))
    };
    text.len() <= 254
        && !local.is_empty()
        && plain(local)
        && plain(domain)
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty())
}

struct Set<'a> {
    platform: &'a str,
    account: &'a Id,
    preferences: Preferences,
}

impl Deed for Set<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        preferences::set(
            tx.connection(),
            self.platform,
            self.account,
            &self.preferences,
        )
        .await?;
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_can_not_smuggle_a_header_in() {
        assert!(is_address("lin@example.com"));
        for wrong in [
            "lin",
            "@example.com",
            "lin@com",
            "a@b.c\r\nBcc: x@y.z",
            "a@b@c.d",
            "a@b..c",
            "<a@b.c>",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
