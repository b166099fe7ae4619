//! `/api/v1/platform`
pub mod show;
