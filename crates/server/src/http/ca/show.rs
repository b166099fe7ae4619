//! `GET /ca/{issuer}.crl`, `/ca/{issuer}-{shard}.crl`, `/ca/{issuer}.cer`: an authority's whole revocation list, the list
//! of a shard, and its certificate, DER (RFC 2585).

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use issuer::revocation::Shard;

use super::refused;
use crate::authority::AuthorityError;
use crate::{AppState, Problem, status};

/// A list is made anew when half its life is over.
pub async fn handler(
    State(state): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let (kind, body) = if let Some(name) = file.strip_suffix(".crl") {
        (
            "application/pkix-crl",
            list(&state, name).await.map_err(refused)?,
        )
    } else if let Some(id) = file.strip_suffix(".cer") {
        let (_, certificate) = state.authorities.open(id).await.map_err(refused)?;
        ("application/pkix-cert", certificate.der().to_vec())
    } else {
        return Err(ErrorCode::NotFound.into());
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// An authority's own name comes first: its id may end as a shard's does.
async fn list(state: &AppState, name: &str) -> Result<Vec<u8>, AuthorityError> {
    match (state.authorities.list(name).await, Shard::split(name)) {
        (Err(AuthorityError::Unknown(_)), Some((id, shard))) => {
            Ok(status::lists::list(&state.authorities, id, shard)
                .await?
                .crl)
        }
        (list, _) => Ok(list?.crl),
    }
}
