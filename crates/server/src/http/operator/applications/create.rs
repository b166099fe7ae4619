//! `POST /api/v1/operator/applications`: 现场办理, entered by the intake with the papers before them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::{Duty, Form, Kind, Type, Way};
use serde::Deserialize;
use store::accounts;
use store::{Deed, StoreError, Tx};

use crate::applications::caller::Desk;
use crate::applications::view::{self, Detail};
use crate::http::applications::create::{New, begin};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the intake enters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    provider: String,
    kind: Kind,
    #[serde(rename = "type")]
    holder_type: Type,
    #[serde(default)]
    key_number: Option<String>,
    #[serde(default)]
    form: Form,
}

/// 201 with the draft.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<Detail>), Problem> {
    caller.require(Duty::Intake)?;
    if !request.form.is_bounded() {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "每项不超过 200 字，且不能有换行",
            "A field has 200 characters at most and no line breaks",
        ));
    }
    // An organisation that is registered sees its application, wherever it was entered.
    let look = Look {
        platform: tenant.id(),
        uscc: &request.form.uscc.trim().to_ascii_uppercase(),
    };
    let Ok(organisation) = state.store.perform(&look).await?;
    let told = match &organisation {
        Some(organisation) => administrator(&state, tenant.id(), organisation).await?,
        None => None,
    };
    let new = New {
        provider: &request.provider,
        kind: request.kind,
        holder_type: request.holder_type,
        key_number: request.key_number.as_deref(),
        way: Way::Counter,
        organisation: organisation.as_ref(),
        account: told.as_ref(),
        form: request.form,
    };
    let application = begin(&state, &tenant, &caller, new).await?;
    let body = view::detail(&state, &tenant, &caller, &application).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Whoever is told how the organisation's application goes.
async fn administrator(
    state: &AppState,
    platform: &str,
    organisation: &Id,
) -> Result<Option<Id>, StoreError> {
    let accounts = state.store.accounts_of(platform, organisation).await?;
    let first = accounts
        .into_iter()
        .find(|account| account.role == "administrator");
    Ok(first.map(|account| account.id))
}

struct Look<'a> {
    platform: &'a str,
    uscc: &'a str,
}

impl Deed for Look<'_> {
    type Done = Option<Id>;
    type Refused = std::convert::Infallible;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Option<Id>, Self::Refused>, StoreError> {
        let found =
            accounts::organisation_by_uscc(tx.connection(), self.platform, self.uscc).await?;
        Ok(Ok(found.map(|organisation| organisation.id)))
    }
}
