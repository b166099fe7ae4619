//! `/api/v1/organisations`
pub mod create;
