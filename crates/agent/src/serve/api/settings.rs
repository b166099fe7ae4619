//! The agent's settings, and what it was started with.

mod change;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::serve::Agent;

pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/", post(show::show))
        .route("/change", post(change::change))
}
