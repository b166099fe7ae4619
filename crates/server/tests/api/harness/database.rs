//! A database for each test, on either engine.

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::World;

/// Runs a test on a fresh SQLite file.
pub async fn on_sqlite<F: AsyncFnOnce(World)>(test: F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("test.db").display()
    );
    let world = World::open(&url).await;
    test(world).await;
}

/// Runs a test on a fresh PostgreSQL database; skipped without `YINXIN_TEST_POSTGRES`, unless tools are required.
pub async fn on_postgres<F: AsyncFnOnce(World)>(test: F) {
    let Ok(server) = std::env::var("YINXIN_TEST_POSTGRES") else {
        assert!(
            std::env::var("YINXIN_REQUIRE_TOOLS").is_err(),
            "YINXIN_TEST_POSTGRES is not set and YINXIN_REQUIRE_TOOLS is"
        );
        eprintln!("skipped: YINXIN_TEST_POSTGRES is not set");
        return;
    };
    sqlx::any::install_default_drivers();
    let name = fresh_name();
    let mut admin = sqlx::AnyConnection::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    admin.execute(AssertSqlSafe(create)).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);

    let world = World::open(url.as_str()).await;
    let store = std::sync::Arc::clone(&world.state.store);
    test(world).await;
    store.close().await;
    admin
        .execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .await
        .unwrap();
}

/// Different for each test, also when two runs share a server.
#[expect(
    clippy::disallowed_methods,
    reason = "a name that no earlier run has used"
)]
fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let moment = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    format!(
        "yinxin_test_{}_{moment}_{}",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::SeqCst)
    )
}
