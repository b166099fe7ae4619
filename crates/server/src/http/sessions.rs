//! `/api/v1/sessions`: logging in.
pub mod password;
