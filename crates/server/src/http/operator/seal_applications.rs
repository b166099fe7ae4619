//! `/api/v1/operator/seal-applications`: 审核 by one operator with that duty, 制章 by another with that one.

pub mod list;
pub mod make;
pub mod picture;
pub mod review;
pub mod scan;

use axum::Router;
use axum::routing::{get, post};
use contract::ErrorCode;
use domain::application::Duty;
use domain::seal::ApplicationState;
use serde_json::Value;
use store::seals::applications::Application;

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::seals::applications::describe;
use crate::{AppState, Problem};

/// The desk's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/operator/seal-applications", get(list::handler))
        .route(
            "/operator/seal-applications/{id}/picture.svg",
            get(picture::handler),
        )
        .route("/operator/seal-applications/{id}/scan", get(scan::handler))
        .route(
            "/operator/seal-applications/{id}/review",
            post(review::handler),
        )
        .route("/operator/seal-applications/{id}/make", post(make::handler))
}

/// What an operator may do.
///
/// # Errors
/// Those of the store.
pub async fn duties(
    state: &AppState,
    tenant: &Tenant,
    operator: &Operator,
) -> Result<Vec<Duty>, Problem> {
    let id = &operator.0.operator.id;
    Ok(state.store.duties_of(tenant.id(), id).await?)
}

/// Asks for a duty.
///
/// # Errors
/// `forbidden`, with the duty's name.
pub async fn require(
    state: &AppState,
    tenant: &Tenant,
    operator: &Operator,
    duty: Duty,
) -> Result<(), Problem> {
    if duties(state, tenant, operator).await?.contains(&duty) {
        return Ok(());
    }
    let name = duty.text();
    Err(Problem::of(ErrorCode::Forbidden).with_detail(
        format!("此操作由“{}”人员办理", name.zh),
        format!("This is for staff with the duty {}", name.en),
    ))
}

/// An application.
///
/// # Errors
/// `not_found`.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Application, Problem> {
    let found = state
        .store
        .seal_application(tenant.id(), &path_id(id)?)
        .await?;
    found.ok_or_else(|| ErrorCode::NotFound.into())
}

/// An application as an operator sees it, with what they may do.
///
/// # Errors
/// Those of the store.
pub async fn show(
    state: &AppState,
    tenant: &Tenant,
    operator: &Operator,
    duties: &[Duty],
    application: &Application,
) -> Result<Value, Problem> {
    let reviewed = application.reviewed_by.as_ref() == Some(&operator.0.operator.id);
    let next: &[&str] = match application.state {
        ApplicationState::Submitted if duties.contains(&Duty::Review) => &["approve", "reject"],
        ApplicationState::Approved if duties.contains(&Duty::Production) && !reviewed => &["make"],
        _ => &[],
    };
    let seal = state
        .store
        .seal_of_application(tenant.id(), &application.id)
        .await?;
    let seal = seal.as_ref().map(|seal| &seal.id);
    let base = "/api/v1/operator/seal-applications";
    Ok(describe(application, base, next, seal))
}
