//! `/healthz`
pub mod show;
