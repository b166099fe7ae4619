//! `/api/v1/logins`
pub mod create;
