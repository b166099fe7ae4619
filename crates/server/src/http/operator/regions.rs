//! `/api/v1/operator/regions`: what the system class opens where.
pub mod update;
