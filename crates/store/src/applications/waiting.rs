//! What of an organisation's own work waits to be done: counted for 待办.

use domain::Id;
use sqlx::Row as _;

use crate::{Store, StoreError};

/// Counts of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Applications for certificates that are neither a draft nor at an end.
    pub applications: i64,
    /// Documents that are not handed in.
    pub documents: i64,
}

crate::statements! {
    /// Both at once.
    WAITING = "SELECT \
        (SELECT COUNT(*) FROM application WHERE platform = $1 AND organisation_id = $2 \
            AND state NOT IN ('draft', 'rejected', 'withdrawn', 'active', 'closed')), \
        (SELECT COUNT(*) FROM document WHERE platform = $1 AND organisation_id = $2 AND state <> 'published' AND deleted_at IS NULL)";
}

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting(&self, platform: &str, organisation: &Id) -> Result<Waiting, StoreError> {
        let row = sqlx::query(WAITING)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_one(self.read())
            .await?;
        Ok(Waiting {
            applications: row.try_get(0)?,
            documents: row.try_get(1)?,
        })
    }
}
