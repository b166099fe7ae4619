//! The interface for pages of vendors' clients, as the settings page has it: on or off, who may call it, and what
//! became of the ports. What it does itself is [`crate::sof`].

mod allow;
mod revoke;
mod show;
mod switch;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::serve::Agent;

pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/", post(show::show))
        .route("/switch", post(switch::switch))
        .route("/allow", post(allow::allow))
        .route("/revoke", post(revoke::revoke))
}
