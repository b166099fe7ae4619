//! Opening the database: engine by URL, migrations first, then a pool for writing and one for reading.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};

use crate::error::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Which database it is. Outside this crate nobody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    fn of(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            // Only the scheme is repeated: a URL can hold a password.
            other => Err(StoreError::UnknownEngine(
                other.unwrap_or_default().to_owned(),
            )),
        }
    }

    /// How a mutating transaction begins. SQLite must take the write lock before it reads, or two of them
    /// would each hold a snapshot that the other makes stale.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }
}

/// The pools of one database.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) engine: Engine,
    pub(crate) write: AnyPool,
    pub(crate) read: AnyPool,
}

/// Brings the schema up to date and opens the pools.
pub(crate) async fn open(url: &str) -> Result<Pools, StoreError> {
    sqlx::any::install_default_drivers();
    let engine = Engine::of(url)?;
    let options = AnyConnectOptions::from_str(url)?;

    let mut connection = AnyConnection::connect_with(&options).await?;
    if engine == Engine::Postgres {
        refuse_other_collations(&mut connection).await?;
    } else {
        // WAL is a property of the file: set once, here, before anybody shares it.
        connection.execute("PRAGMA journal_mode = WAL").await?;
    }
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;

    let (write, read) = match engine {
        Engine::Sqlite => (
            pool(&options, 1, engine).await?,
            pool(&options, 8, engine).await?,
        ),
        Engine::Postgres => {
            let shared = pool(&options, 16, engine).await?;
            (shared.clone(), shared)
        }
    };
    Ok(Pools {
        engine,
        write,
        read,
    })
}

async fn pool(
    options: &AnyConnectOptions,
    connections: u32,
    engine: Engine,
) -> Result<AnyPool, StoreError> {
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match engine {
                    // FULL: what was acknowledged survives a power cut (rule 11).
                    Engine::Sqlite => {
                        connection.execute("PRAGMA synchronous = FULL").await?;
                        connection.execute("PRAGMA foreign_keys = ON").await?;
                        connection.execute("PRAGMA busy_timeout = 10000").await?;
                    }
                    Engine::Postgres => {
                        connection.execute("SET statement_timeout = '30s'").await?;
                        connection
                            .execute("SET idle_in_transaction_session_timeout = '30s'")
                            .await?;
                    }
                }
                Ok(())
            })
        })
        .connect_with(options.clone())
        .await?;
    Ok(pool)
}

async fn refuse_other_collations(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let collation: String = sqlx::query_scalar(
        "SELECT CAST(datcollate AS TEXT) FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(connection)
    .await?;
    if collation == "C" || collation == "POSIX" {
        Ok(())
    } else {
        Err(StoreError::Collation(collation))
    }
}
