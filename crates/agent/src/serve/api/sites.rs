//! Sites that may ask for seals or writes, beside those of the catalogue: enabled by the user here, on the
//! agent's own page, by typing the site's address.

mod disable;
mod enable;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::serve::Agent;

pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/enable", post(enable::enable))
        .route("/disable", post(disable::disable))
}
