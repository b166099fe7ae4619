//! `/api/v1/accounts`: the accounts of one's organisation.

use serde::Serialize;

pub mod list;

/// An account as lists show it.
#[derive(Debug, Serialize)]
pub struct AccountName {
    /// Its id.
    pub id: String,
    /// What one logs in with.
    pub account: String,
    /// The person's name.
    pub name: String,
}
