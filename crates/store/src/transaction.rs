//! One transaction a request, and the one place where transactions are retried.

use std::future::Future;
use std::time::Duration;

use domain::audit::Entry;
use sqlx::{Any, Row as _, Transaction};

use crate::Store;
use crate::error::StoreError;

/// A change to the database, whole: everything that must happen together or not at all.
///
/// A deed borrows what it needs and may be performed more than once: after a serialisation failure it is begun again
/// from nothing. It awaits the database and nothing else: no network, no token, no object store.
pub trait Deed: Sync {
    /// What came of it.
    type Done: Send;
    /// Why it was refused; the transaction is rolled back.
    type Refused: Send;

    /// Reads, decides and writes inside the transaction.
    fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> impl Future<Output = Result<Result<Self::Done, Self::Refused>, StoreError>> + Send;
}

/// An open transaction with the audit log at hand.
pub struct Tx<'s> {
    connection: Transaction<'static, Any>,
    store: &'s Store,
}

/// How often a transaction is begun before its error is handed on.
const ATTEMPTS: u32 = 8;

impl Store {
    /// Performs a deed in a transaction of its own, again where the database asks for it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the inner result is the deed's own answer.
    #[expect(
        clippy::disallowed_methods,
        reason = "a back-off between attempts waits for time itself"
    )]
    pub async fn perform<D: Deed>(
        &self,
        deed: &D,
    ) -> Result<Result<D::Done, D::Refused>, StoreError> {
        let mut attempt = 1;
        loop {
            match self.attempt(deed).await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    tracing::debug!(attempt, %error, "transaction begins again");
                    // The other one needs a moment to finish; each round waits longer than the one before.
                    tokio::time::sleep(Duration::from_millis(2 << attempt)).await;
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn attempt<D: Deed>(&self, deed: &D) -> Result<Result<D::Done, D::Refused>, StoreError> {
        let connection = self
            .pools
            .write
            .begin_with(self.pools.engine.begin())
            .await?;
        let mut tx = Tx {
            connection,
            store: self,
        };
        match deed.perform(&mut tx).await {
            Ok(Ok(done)) => {
                tx.connection.commit().await?;
                Ok(Ok(done))
            }
            Ok(Err(refused)) => {
                tx.connection.rollback().await?;
                Ok(Err(refused))
            }
            Err(error) => {
                // The first error tells more than a failed rollback would; dropping the connection rolls back too.
                let _ = tx.connection.rollback().await;
                Err(error)
            }
        }
    }
}

crate::statements! {
    /// Takes the next place in a chain and locks its head until the transaction ends; the hash is still the last link's.
    ADVANCE_HEAD = "INSERT INTO audit_head (chain, platform, sequence, hash) VALUES ($1, '-', 1, $2) \
        ON CONFLICT (chain) DO UPDATE SET sequence = audit_head.sequence + 1 RETURNING sequence, hash";
    /// Writes the link itself.
    INSERT_LINK = "INSERT INTO audit (id, platform, chain, sequence, at, action, actor, subject, detail, hash) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Moves the head to the new link.
    SET_HEAD = "UPDATE audit_head SET hash = $2 WHERE chain = $1";
}

impl Tx<'_> {
    /// The connection, for a query.
    pub fn connection(&mut self) -> &mut sqlx::AnyConnection {
        &mut self.connection
    }

    /// Writes a deed into the audit log. Called last in a transaction: from here on the chain's head is locked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let chain = entry.chain();
        let head = sqlx::query(ADVANCE_HEAD)
            .bind(chain)
            .bind(vec![0_u8; 32])
            .fetch_one(&mut *self.connection)
            .await?;
        let sequence: i64 = head.try_get(0)?;
        let previous: Vec<u8> = head.try_get(1)?;
        let hash = self
            .store
            .audit_key
            .link(&previous, sequence, entry)
            .to_vec();
        sqlx::query(INSERT_LINK)
            .bind(entry.id.as_str())
            .bind(entry.platform.as_str())
            .bind(chain)
            .bind(sequence)
            .bind(entry.at.0)
            .bind(entry.action.as_ref().to_owned())
            .bind(entry.actor.as_ref().map(|id| id.as_str().to_owned()))
            .bind(entry.subject.clone())
            .bind(entry.detail.as_str())
            .bind(hash.clone())
            .execute(&mut *self.connection)
            .await?;
        sqlx::query(SET_HEAD)
            .bind(chain)
            .bind(hash)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    /// What stands in the audit log in place of personal data.
    #[must_use]
    pub fn pseudonym(&self, value: &str) -> String {
        self.store.audit_key.pseudonym(value)
    }
}
