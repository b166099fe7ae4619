//! What can go wrong between us and the database.

/// An error of the store. None of them is the user's doing: the edge answers 500 or 503.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The migrations did not go through.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Neither `sqlite:` nor `postgres:`.
    #[error("a database URL begins with sqlite: or postgres:, not {0:?}")]
    UnknownEngine(String),
    /// Text would sort and compare by another rule than on SQLite.
    #[error(
        "the PostgreSQL database has collation {0:?}; make it with LC_COLLATE 'C' (createdb --lc-collate=C --template=template0)"
    )]
    Collation(String),
    /// A row holds what no code of ours writes.
    #[error("the database holds an impossible value in {0}")]
    Impossible(&'static str),
    /// The object store refused or could not be reached.
    #[error("object store: {0}")]
    Objects(#[from] object_store::Error),
    /// The object store's URL is not one that is supported.
    #[error("an object store URL begins with file:, not {0:?}")]
    UnknownObjects(String),
    /// The file system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl StoreError {
    /// Whether the whole transaction may succeed when it is simply done again: serialisation failure and deadlock on
    /// PostgreSQL (40001, 40P01), a busy database or a stale snapshot on SQLite (5 `SQLITE_BUSY`, 517 `SQLITE_BUSY_SNAPSHOT`).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        matches!(
            error.code().as_deref(),
            Some("40001" | "40P01" | "5" | "517")
        )
    }
}
