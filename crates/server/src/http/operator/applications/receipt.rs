//! `POST /api/v1/operator/applications/{id}/receipt`: handed over at the counter, for applications that were entered there.

pub use crate::http::applications::receipt::handler;
