//! `GET /ca/{issuer}.crl`, `GET /ca/{issuer}.cer`: an authority's revocation list and certificate, DER (RFC 2585).

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;

use crate::authority::AuthorityError;
use crate::{AppState, Problem};

/// The list is made anew when half its life is over.
pub async fn handler(
    State(state): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let (kind, body) = if let Some(id) = file.strip_suffix(".crl") {
        (
            "application/pkix-crl",
            state.authorities.list(id).await.map_err(refused)?.crl,
        )
    } else if let Some(id) = file.strip_suffix(".cer") {
        let (_, certificate) = state.authorities.open(id).await.map_err(refused)?;
        ("application/pkix-cert", certificate.der().to_vec())
    } else {
        return Err(ErrorCode::NotFound.into());
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], body).into_response())
}

fn refused(error: AuthorityError) -> Problem {
    match error {
        AuthorityError::Unknown(_) => ErrorCode::NotFound.into(),
        AuthorityError::Store(error) => error.into(),
        other => {
            tracing::error!(error = %other, "an authority could not answer");
            ErrorCode::Internal.into()
        }
    }
}
