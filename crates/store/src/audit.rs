//! Reading the audit log, and checking that its chains hold.

use domain::Timestamp;
use domain::audit::Entry;
use sqlx::Row as _;

use crate::{Store, StoreError, id};

crate::statements! {
    /// A chain from its beginning.
    CHAIN = "SELECT id, platform, sequence, at, action, actor, subject, detail, hash FROM audit WHERE chain = $1 ORDER BY sequence";
    /// Where a chain ends.
    HEAD = "SELECT sequence, hash FROM audit_head WHERE chain = $1";
    /// The heads of all chains.
    CHAINS = "SELECT chain FROM audit_head ORDER BY chain";
}

/// The first place where a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The chain.
    pub chain: i64,
    /// The sequence number at which it was expected.
    pub sequence: i64,
}

impl Store {
    /// Walks every chain and recomputes its links: what was changed, removed or put in between shows itself.
    ///
    /// # Errors
    /// Those of the database. A break is an answer, not an error.
    pub async fn check_audit(&self) -> Result<Vec<Break>, StoreError> {
        let mut breaks = Vec::new();
        for head in sqlx::query(CHAINS).fetch_all(self.read()).await? {
            let chain: i64 = head.try_get(0)?;
            if let Some(sequence) = self.check_chain(chain).await? {
                breaks.push(Break { chain, sequence });
            }
        }
        Ok(breaks)
    }

    async fn check_chain(&self, chain: i64) -> Result<Option<i64>, StoreError> {
        let mut previous = vec![0; 32];
        let mut expected = 1;
        for row in sqlx::query(CHAIN)
            .bind(chain)
            .fetch_all(self.read())
            .await?
        {
            let sequence: i64 = row.try_get(2)?;
            let action: String = row.try_get(4)?;
            let actor: Option<String> = row.try_get(5)?;
            let entry = Entry {
                id: id(row.try_get(0)?, "audit.id")?,
                platform: row.try_get(1)?,
                at: Timestamp(row.try_get(3)?),
                action: action.into(),
                actor: actor.map(|text| id(text, "audit.actor")).transpose()?,
                subject: row.try_get(6)?,
                detail: row.try_get(7)?,
            };
            let hash: Vec<u8> = row.try_get(8)?;
            let link = self.audit_key().link(&previous, sequence, &entry);
            if sequence != expected || entry.chain() != chain || hash != link {
                return Ok(Some(expected));
            }
            previous = hash;
            expected += 1;
        }
        let head = sqlx::query(HEAD).bind(chain).fetch_one(self.read()).await?;
        let (sequence, hash): (i64, Vec<u8>) = (head.try_get(0)?, head.try_get(1)?);
        Ok((sequence != expected - 1 || hash != previous).then_some(expected))
    }
}
