//! `/api/v1/operator/forced-unbindings`: the queue of 强制解绑, decided by two of the business class.

use serde::Deserialize;

pub mod approve;
pub mod list;
pub mod material;
pub mod reject;
pub mod show;

/// A page of a state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    state: String,
    page: Option<i64>,
    per_page: Option<i64>,
}
