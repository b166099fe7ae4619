//! The database and the object store: one set of queries for SQLite and PostgreSQL.
//!
//! What a reader looks for: [`Store::open`], [`Deed`] (a transaction, whole), and a module for each kind of row.
//! No branch on the engine stands outside [`database`] and the begin of a transaction.

pub mod accounts;
pub mod applications;
pub mod audit;
pub mod authorities;
pub mod bindings;
mod database;
pub mod deadlines;
pub mod documents;
pub mod enquiries;
mod error;
pub mod jobs;
pub mod key_management;
pub mod nonces;
pub mod notices;
pub mod objects;
pub mod operators;
pub mod orders;
pub mod organisations;
pub mod packages;
pub mod passwords;
pub mod regions;
pub mod revocation;
pub mod seals;
pub mod sessions;
pub mod statements;
pub mod status;
pub mod tickets;
mod transaction;

use domain::audit::AuditKey;
use sqlx::AnyPool;

pub use error::StoreError;
pub use sqlx::AnyConnection as Connection;
pub use transaction::{Deed, Tx};

/// An open database.
pub struct Store {
    pools: database::Pools,
    audit_key: AuditKey,
}

impl Store {
    /// Opens `sqlite:` or `postgres:`, after bringing the schema up to date.
    ///
    /// # Errors
    /// An unknown engine, a PostgreSQL database whose collation is not C, a database that can't be reached.
    pub async fn open(url: &str, audit_key: AuditKey) -> Result<Self, StoreError> {
        Ok(Self {
            pools: database::open(url).await?,
            audit_key,
        })
    }

    /// The pool for reading outside a transaction.
    #[must_use]
    pub fn read(&self) -> &AnyPool {
        &self.pools.read
    }

    /// Asks the database for nothing, to learn whether it answers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.read()).await?;
        Ok(())
    }

    /// Waits for open transactions and closes the pools.
    pub async fn close(&self) {
        self.pools.write.close().await;
        self.pools.read.close().await;
    }

    /// The key that the audit log's chains are checked with.
    pub(crate) const fn audit_key(&self) -> &AuditKey {
        &self.audit_key
    }
}

/// Reads a column that holds an [`domain::Id`].
pub(crate) fn id(text: String, column: &'static str) -> Result<domain::Id, StoreError> {
    text.parse().map_err(|_| StoreError::Impossible(column))
}
