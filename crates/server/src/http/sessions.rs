//! `/api/v1/sessions`: logging in.
pub mod arrival;
pub mod certificate;
pub mod password;
pub mod phone;
pub mod policy;
pub mod second_factor;
