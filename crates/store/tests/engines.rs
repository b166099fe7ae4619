//! What must hold on both engines: the schema, every statement, the limits of each.

mod database;

use database::Database;
use domain::audit::AuditKey;
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _, SqlStr};
use store::{Deed, Store, StoreError, Tx};

async fn prepare_everything(database: &Database) {
    let store = database.open().await.unwrap();
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    let mut seen = 0;
    for (name, sql) in store::statements::all() {
        let prepared = connection.prepare(SqlStr::from_static(sql)).await;
        assert!(prepared.is_ok(), "{name}: {}", prepared.err().unwrap());
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
    store.close().await;
}

#[tokio::test]
async fn every_statement_is_prepared_on_sqlite() {
    prepare_everything(&Database::sqlite()).await;
}

#[tokio::test]
async fn every_statement_is_prepared_on_postgres() {
    let Some(database) = Database::postgres("prepare", "LC_COLLATE 'C' LC_CTYPE 'C'").await else {
        return;
    };
    prepare_everything(&database).await;
    database.end().await;
}

#[tokio::test]
async fn a_database_that_was_opened_before_opens_again_and_knows_its_schema() {
    let database = Database::sqlite();
    database.open().await.unwrap().close().await;
    let store = database.open().await.unwrap();
    assert!(
        store
            .account_by_name("gongecai", "nobody")
            .await
            .unwrap()
            .is_none()
    );
    store.close().await;
}

#[tokio::test]
async fn a_postgres_database_that_sorts_by_another_rule_is_refused() {
    let Some(database) =
        Database::postgres("collation", "LC_COLLATE 'C.utf8' LC_CTYPE 'C.utf8'").await
    else {
        return;
    };
    let refused = database.open().await.err().unwrap();
    assert!(
        matches!(&refused, StoreError::Collation(name) if name == "C.utf8"),
        "{refused}"
    );
    database.end().await;
}

#[tokio::test]
async fn an_unknown_engine_is_refused_without_telling_the_urls_password() {
    let refused = Store::open("mysql://user:secret@host/db", AuditKey::new([1; 32]))
        .await
        .err()
        .unwrap();
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

/// A deed that reads, lets another deed come in between where the engine allows it, and writes what it read plus one.
struct Count;

impl Deed for Count {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let row = sqlx::query("SELECT sequence FROM audit_head WHERE chain = 99")
            .fetch_one(tx.connection())
            .await?;
        let before: i64 = row.try_get(0)?;
        sqlx::query("UPDATE audit_head SET sequence = $1 WHERE chain = 99")
            .bind(before + 1)
            .execute(tx.connection())
            .await?;
        Ok(Ok(()))
    }
}

#[tokio::test]
async fn no_update_is_lost_between_deeds_on_sqlite() {
    let database = Database::sqlite();
    let store = std::sync::Arc::new(database.open().await.unwrap());
    let mut raw = AnyConnection::connect(&database.url).await.unwrap();
    raw.execute(
        "INSERT INTO audit_head (chain, platform, sequence, hash) VALUES (99, '-', 0, x'00')",
    )
    .await
    .unwrap();
    // Two stores on one file are two server processes.
    let other = std::sync::Arc::new(database.open().await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..40 {
        let store = std::sync::Arc::clone(if index % 2 == 0 { &store } else { &other });
        tasks.spawn(async move {
            let Ok(()) = store.perform(&Count).await.unwrap();
        });
    }
    tasks.join_all().await;
    let row = sqlx::query("SELECT sequence FROM audit_head WHERE chain = 99")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 40);
}

/// Writes, then refuses or fails.
struct Undone(bool);

impl Deed for Undone {
    type Done = ();
    type Refused = &'static str;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), &'static str>, StoreError> {
        sqlx::query(
            "INSERT INTO audit_head (chain, platform, sequence, hash) VALUES (98, '-', 0, $1)",
        )
        .bind(vec![0_u8])
        .execute(tx.connection())
        .await?;
        if self.0 {
            Ok(Err("refused"))
        } else {
            Err(StoreError::Impossible("test"))
        }
    }
}

async fn nothing_stays_of_a_deed_that_did_not_succeed(database: &Database) {
    let store = database.open().await.unwrap();
    assert_eq!(store.perform(&Undone(true)).await.unwrap(), Err("refused"));
    assert!(store.perform(&Undone(false)).await.is_err());
    let rows = sqlx::query("SELECT chain FROM audit_head")
        .fetch_all(store.read())
        .await
        .unwrap();
    assert!(rows.is_empty());
    store.close().await;
}

#[tokio::test]
async fn nothing_stays_of_a_refused_or_failed_deed_on_sqlite() {
    nothing_stays_of_a_deed_that_did_not_succeed(&Database::sqlite()).await;
}

#[tokio::test]
async fn nothing_stays_of_a_refused_or_failed_deed_on_postgres() {
    let Some(database) = Database::postgres("undone", "LC_COLLATE 'C' LC_CTYPE 'C'").await else {
        return;
    };
    nothing_stays_of_a_deed_that_did_not_succeed(&database).await;
    database.end().await;
}
