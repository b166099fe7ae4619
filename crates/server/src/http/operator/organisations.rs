//! `/api/v1/operator/organisations`: the organisations of the platform, for the business class and auditors.

pub mod list;
pub mod show;
