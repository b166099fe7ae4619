//! Fresh databases for tests: a SQLite file, and a database of its own on the PostgreSQL server that the tests have.

#![allow(dead_code, reason = "each test program uses a part")]

use domain::audit::AuditKey;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use store::{Store, StoreError};

/// A fresh database on one engine.
pub struct Database {
    pub url: String,
    dropping: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!(
            "sqlite:{}?mode=rwc",
            folder.path().join("test.db").display()
        );
        Self {
            url,
            dropping: None,
            _folder: folder,
        }
    }

    /// Nothing when no server is at hand and none is required.
    pub async fn postgres(name: &str, options: &str) -> Option<Self> {
        let Ok(server) = std::env::var("YINXIN_TEST_POSTGRES") else {
            assert!(
                std::env::var("YINXIN_REQUIRE_TOOLS").is_err(),
                "YINXIN_TEST_POSTGRES is not set"
            );
            eprintln!("skipped: YINXIN_TEST_POSTGRES is not set");
            return None;
        };
        sqlx::any::install_default_drivers();
        let name = format!("yinxin_store_{name}_{}", std::process::id());
        let mut admin = AnyConnection::connect(&server).await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 {options}");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Some(Self {
            url: url.into(),
            dropping: Some((server, name)),
            _folder: tempfile::tempdir().unwrap(),
        })
    }

    pub async fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.url, AuditKey::new([1; 32])).await
    }

    pub async fn end(self) {
        if let Some((server, name)) = self.dropping {
            let mut admin = AnyConnection::connect(&server).await.unwrap();
            admin
                .execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .await
                .unwrap();
        }
    }
}
