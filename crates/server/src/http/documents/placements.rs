//! `POST /api/v1/documents/{id}/placements`: where seals would stand. Changes nothing.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use serde::Serialize;

use crate::http::documents::sealings::create::pdf_only;
use crate::http::documents::sealings::form::Form;
use crate::http::documents::sealings::places::{self, Chosen, Layout};
use crate::http::documents::{PlaceBody, find};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The places, and how many each item has, by the items' order.
#[derive(Serialize)]
pub struct Body {
    places: Vec<PlaceBody>,
    found: Vec<usize>,
}

/// What `sealings` would do with the same body.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Body>, Problem> {
    let organisation = &session.account.organisation.id;
    let document = find(&state, &tenant, organisation, &id).await?;
    pdf_only(&document)?;
    let wish = form.read()?;
    let Chosen {
        seals,
        pictures,
        items,
    } = places::choose(&state, &tenant, organisation, &wish).await?;
    let file = state.files.map(&document.object, document.size).await?;
    let busy = || Problem::of(ErrorCode::Busy).retry_after(2);
    let permit = state.workshop.verifications.clone().acquire_owned().await;
    let permit = permit.map_err(|_| busy())?;
    let layout = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        places::layout(&file, &pictures, &items)
    });
    let Layout { places, found } = layout
        .await
        .map_err(|_| Problem::of(ErrorCode::PdfRefused))??;
    let ids: Vec<Id> = seals.into_iter().map(|seal| seal.id).collect();
    let places = places.iter().map(|place| PlaceBody::of(&place.row(&ids)));
    Ok(Json(Body {
        places: places.collect(),
        found,
    }))
}
