//! `/api/v1/sessions`: logging in.
pub mod certificate;
pub mod password;
