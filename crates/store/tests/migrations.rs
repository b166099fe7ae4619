//! A database that an earlier version left, with rows in it: every later migration must carry them over.

mod database;

use std::borrow::Cow;

use database::Database;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

static ALL: Migrator = sqlx::migrate!("./migrations");

/// One row at least of each table that a later migration touched, in the shape of [`EARLIER`].
const ROWS: &[&str] = &[
    "INSERT INTO organisation (id, platform, name, uscc, created_at) VALUES ('o1', 'p', 'A', 'c1', 1)",
    "INSERT INTO account (id, platform, organisation_id, name, person, phone, phone_verified, role, password_hash, version, created_at)
        VALUES ('a1', 'p', 'o1', 'zhang', 'Z', '13800000000', 0, 'administrator', 'h', 1, 1),
               ('a2', 'p', 'o1', 'li', 'L', '13800000001', 0, 'employee', 'h', 1, 1)",
    "INSERT INTO session (id, platform, secret_hash, account_id, method, key_number, created_at, last_seen_at)
        VALUES ('s1', 'p', CAST('x' AS BYTEA), 'a1', 'password', NULL, 1, 2),
               ('s2', 'p', CAST('y' AS BYTEA), 'a2', 'certificate', 'k1', 1, 2)",
    "INSERT INTO binding_proof (id, platform, session_id, account_id, key_number, provider_id, holder, organisation, certificate, not_after, created_at, expires_at)
        VALUES ('bp1', 'p', 's1', 'a1', 'k1', 'szca', 'Z', 'A', CAST('c' AS BYTEA), 9, 1, 2)",
    "INSERT INTO binding (id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, not_after, bound_by, bound_at, ended_by, ended_at)
        VALUES ('b1', 'p', 'o1', 'a1', 'k1', 'szca', 'Z', CAST('c' AS BYTEA), 9, 'a1', 1, 'a1', 5),
               ('b2', 'p', 'o1', 'a2', 'k1', 'szca', 'L', CAST('c' AS BYTEA), 9, 'a1', 6, NULL, NULL)",
    "INSERT INTO platform_operator (id, platform, name, person, phone, password_hash, created_at)
        VALUES ('p1', 'p', 'luru', 'W', '13800000002', 'h', 1), ('p2', 'p', 'shenji', 'S', '13800000003', 'h', 1), ('p3', 'p', 'operator', 'Y', '13800000004', 'h', 1)",
    "INSERT INTO operator_session (id, platform, secret_hash, operator_id, created_at, last_seen_at) VALUES ('os1', 'p', CAST('z' AS BYTEA), 'p1', 1, 2)",
    "INSERT INTO operator_duty (platform, operator_id, duty, granted_at) VALUES ('p', 'p1', 'intake', 1), ('p', 'p2', 'audit', 1)",
    "INSERT INTO outbox (id, platform, channel, recipient, kind, text, created_at) VALUES ('m1', 'p', 'sms', '13800000000', 'progress_code', 't', 1)",
];
const EARLIER: i64 = 7;

async fn rows_survive(database: &Database) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    let mut earlier = sqlx::migrate!("./migrations");
    earlier.migrations = Cow::Owned(
        ALL.iter()
            .filter(|migration| migration.version <= EARLIER)
            .cloned()
            .collect(),
    );
    earlier.run(&mut connection).await.unwrap();
    let sqlite = database.url.starts_with("sqlite");
    for row in ROWS {
        // The one cast that the engines spell apart: text to bytes.
        let row = if sqlite {
            row.replace("AS BYTEA", "AS BLOB")
        } else {
            row.replace("CAST('", "CONVERT_TO('")
                .replace("' AS BYTEA)", "', 'UTF8')")
        };
        connection.execute(AssertSqlSafe(row)).await.unwrap();
    }
    connection.close().await.unwrap();

    database.open().await.unwrap().close().await;

    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    for (table, rows) in [
        ("organisation", 1_i64),
        ("account", 2),
        ("session", 2),
        ("binding", 2),
        ("platform_operator", 3),
        ("operator_session", 1),
        ("operator_duty", 2),
        ("outbox", 1),
    ] {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, rows, "{table}");
    }
    // Rule 1 holds on what was carried over.
    let second = "UPDATE binding SET ended_at = NULL WHERE id = 'b1'";
    assert!(connection.execute(second).await.is_err());
    connection.close().await.unwrap();
}

#[tokio::test]
async fn rows_of_an_earlier_version_survive_on_sqlite() {
    rows_survive(&Database::sqlite()).await;
}

#[tokio::test]
async fn rows_of_an_earlier_version_survive_on_postgres() {
    let Some(database) = Database::postgres("earlier", "LC_COLLATE 'C' LC_CTYPE 'C'").await else {
        return;
    };
    rows_survive(&database).await;
    database.end().await;
}
