//! What a key's end, pause or exchange would disturb: counted for warnings before, and for reminders.

use domain::{Id, Timestamp};
use sqlx::Row as _;

use crate::{Store, StoreError};

/// Open business of an organisation, as far as a key has to do with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenBusiness {
    /// Documents that were uploaded and are not sealed.
    pub drafts: i64,
    /// Documents that this key sealed and that are not handed in.
    pub sealed: i64,
    /// Applications under way, renewals apart.
    pub applications: i64,
    /// Deadlines from the time on that was asked for.
    pub deadlines: i64,
    /// Other keys of the organisation that are bound and in their validity.
    pub other_keys: i64,
}

/// Whose business, and which key.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// The key's number.
    pub key_number: &'a str,
    /// Deadlines count from here on.
    pub from: Timestamp,
    /// Now.
    pub now: Timestamp,
}

crate::statements! {
    /// All counts at once.
    OPEN = "SELECT \
        (SELECT COUNT(*) FROM document WHERE platform = $1 AND organisation_id = $2 AND state = 'draft' AND deleted_at IS NULL), \
        (SELECT COUNT(*) FROM document d WHERE d.platform = $1 AND d.organisation_id = $2 AND d.state = 'sealed' AND d.deleted_at IS NULL \
            AND EXISTS (SELECT 1 FROM sealing s WHERE s.platform = d.platform AND s.document_id = d.id AND s.state = 'completed' AND s.key_number = $3)), \
        (SELECT COUNT(*) FROM application WHERE platform = $1 AND organisation_id = $2 \
            AND state NOT IN ('draft', 'rejected', 'withdrawn', 'active', 'closed') AND kind <> 'renewal'), \
        (SELECT COUNT(*) FROM deadline WHERE platform = $1 AND organisation_id = $2 AND ended_at IS NULL AND at >= $4), \
        (SELECT COUNT(*) FROM binding WHERE platform = $1 AND organisation_id = $2 AND ended_at IS NULL AND key_number <> $3 AND not_after > $5)";
}

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_business(&self, asked: &Asked<'_>) -> Result<OpenBusiness, StoreError> {
        let row = sqlx::query(OPEN)
            .bind(asked.platform)
            .bind(asked.organisation.as_str())
            .bind(asked.key_number)
            .bind(asked.from.0)
            .bind(asked.now.0)
            .fetch_one(self.read())
            .await?;
        Ok(OpenBusiness {
            drafts: row.try_get(0)?,
            sealed: row.try_get(1)?,
            applications: row.try_get(2)?,
            deadlines: row.try_get(3)?,
            other_keys: row.try_get(4)?,
        })
    }
}
