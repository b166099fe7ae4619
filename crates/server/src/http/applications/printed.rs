//! `GET …/forms/{application|authorisation}?blank=1`: 电子签章申请表 and 授权委托书, to print and to stamp.

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use catalogue::FormTemplate;
use contract::ErrorCode;
use serde::Deserialize;

use crate::applications::{Caller, forms};
use crate::files::attachment;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    #[serde(default)]
    blank: u8,
}

/// The PDF, filled in or blank.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path((id, form)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Result<impl IntoResponse, Problem> {
    let template = match form.as_str() {
        "application" => FormTemplate::Application,
        "authorisation" => FormTemplate::Authorisation,
        _ => return Err(ErrorCode::NotFound.into()),
    };
    let application = caller.find(&state, &tenant, &id).await?;
    let sheet = forms::sheet(&tenant, &application, template, parameters.blank == 1);
    let name = format!("{}.pdf", sheet.title);
    let pdf = forms::set(&state, vec![sheet]).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, attachment(&name)),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, pdf))
}
