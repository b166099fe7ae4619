//! 区划: the tree, and what a platform set for its regions.

use domain::region::Setting;
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// A region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its code by GB/T 2260.
    pub code: String,
    /// The one above it.
    pub parent: Option<String>,
    /// 1 province, 2 city, 3 county.
    pub level: i64,
    /// Its name.
    pub name_zh: String,
    /// Its name in English, where the data has one.
    pub name_en: Option<String>,
    /// Whether there are regions in it.
    pub children: bool,
}

/// What a platform set for a region, with its version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The setting.
    pub setting: Setting,
    /// Goes up with every change; 0 where nothing was set.
    pub version: i64,
}

macro_rules! columns {
    () => {
        "SELECT r.code, r.parent, r.level, r.name_zh, r.name_en, CASE WHEN EXISTS (SELECT 1 FROM region c WHERE c.parent = r.code) THEN 1 ELSE 0 END FROM region r"
    };
}

crate::statements! {
    /// A region, or its name anew.
    KEEP = "INSERT INTO region (code, platform, parent, level, name_zh, name_en, imported_at) VALUES ($1, '-', $2, $3, $4, $5, $6) \
        ON CONFLICT (code) DO UPDATE SET name_zh = $4, name_en = COALESCE($5, region.name_en), imported_at = $6";
    /// Those in a region; '' for the topmost.
    CHILDREN = concat!(columns!(), " WHERE COALESCE(r.parent, '') = $1 ORDER BY r.code LIMIT 1000");
    /// One.
    ONE = concat!(columns!(), " WHERE r.code = $1");
    /// How many there are.
    COUNT = "SELECT COUNT(*) FROM region";
    /// A region's own setting.
    SETTING = "SELECT providers, application, login, drivers, notices, version FROM region_setting WHERE platform = $1 AND region = $2";
    /// Writes one that was not changed since.
    SET = "INSERT INTO region_setting (platform, region, providers, application, login, drivers, notices, version, changed_by, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8 + 1, $9, $10) \
        ON CONFLICT (platform, region) DO UPDATE SET providers = $3, application = $4, login = $5, drivers = $6, notices = $7, version = $8 + 1, \
        changed_by = $9, changed_at = $10 WHERE region_setting.version = $8 RETURNING version";
}

fn read(row: &AnyRow) -> Result<Region, StoreError> {
    Ok(Region {
        code: row.try_get(0)?,
        parent: row.try_get(1)?,
        level: row.try_get(2)?,
        name_zh: row.try_get(3)?,
        name_en: row.try_get(4)?,
        children: row.try_get::<i64, _>(5)? == 1,
    })
}

/// Adds a region or renames it; regions above it come first.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    connection: &mut AnyConnection,
    region: &Region,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(KEEP)
        .bind(region.code.as_str())
        .bind(region.parent.clone())
        .bind(region.level)
        .bind(region.name_zh.as_str())
        .bind(region.name_en.clone())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

fn json<T: serde::de::DeserializeOwned>(text: Option<String>) -> Result<Option<T>, StoreError> {
    text.map(|text| {
        serde_json::from_str(&text).map_err(|_| StoreError::Impossible("region_setting"))
    })
    .transpose()
}

fn text<T: serde::Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    value
        .map(|value| {
            serde_json::to_string(value).map_err(|_| StoreError::Impossible("region_setting"))
        })
        .transpose()
}

/// Writes a region's setting; `false` when somebody changed it since.
///
/// # Errors
/// Those of the database.
pub async fn set(
    connection: &mut AnyConnection,
    platform: &str,
    region: &str,
    own: &Own,
    by: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let setting = &own.setting;
    let row = sqlx::query(SET)
        .bind(platform)
        .bind(region)
        .bind(text(setting.providers.as_ref())?)
        .bind(setting.application.map(i64::from))
        .bind(text(setting.login.as_ref())?)
        .bind(text(setting.drivers.as_ref())?)
        .bind(text(setting.notices.as_ref())?)
        .bind(own.version)
        .bind(by.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// The regions in a region; the topmost without one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn regions(&self, parent: Option<&str>) -> Result<Vec<Region>, StoreError> {
        let rows = sqlx::query(CHILDREN)
            .bind(parent.unwrap_or_default())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// A region.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn region(&self, code: &str) -> Result<Option<Region>, StoreError> {
        let row = sqlx::query(ONE)
            .bind(code)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// How many regions there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn region_count(&self) -> Result<i64, StoreError> {
        let row = sqlx::query(COUNT).fetch_one(self.read()).await?;
        Ok(row.try_get(0)?)
    }

    /// A region's own setting; the whole platform's under ''.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn region_setting(&self, platform: &str, region: &str) -> Result<Own, StoreError> {
        let row = sqlx::query(SETTING)
            .bind(platform)
            .bind(region)
            .fetch_optional(self.read())
            .await?;
        let Some(row) = row else {
            return Ok(Own::default());
        };
        Ok(Own {
            setting: Setting {
                providers: json(row.try_get(0)?)?,
                application: row.try_get::<Option<i64>, _>(1)?.map(|flag| flag == 1),
                login: json(row.try_get(2)?)?,
                drivers: json(row.try_get(3)?)?,
                notices: json(row.try_get(4)?)?,
            },
            version: row.try_get(5)?,
        })
    }
}
