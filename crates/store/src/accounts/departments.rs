//! 部门: a tree of at most five levels. Depth is a column that must be the parent's and one, so no loop can be written.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<Id>,
    /// 1 at the top.
    pub depth: i64,
    /// Goes up with every change.
    pub version: i64,
    /// How many people are in it.
    pub people: i64,
    /// How many departments are in it.
    pub parts: i64,
}

/// A new department.
#[derive(Clone, Debug)]
pub struct NewDepartment<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// Its name.
    pub name: &'a str,
    /// What it is a part of, with its depth.
    pub parent: Option<(&'a Id, i64)>,
    /// Now.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "SELECT d.id, d.name, d.parent_id, d.depth, d.version, (SELECT COUNT(*) FROM department_member m WHERE m.department_id = d.id), \
         (SELECT COUNT(*) FROM department c WHERE c.parent_id = d.id) FROM department d WHERE d.platform = $1 AND d.organisation_id = $2"
    };
}

crate::statements! {
    /// An organisation's departments, by depth and name.
    LIST = concat!(columns!(), " ORDER BY d.depth, d.name, d.id LIMIT 1000");
    /// One.
    ONE = concat!(columns!(), " AND d.id = $3");
    /// A new one; no row comes back when its neighbours have one of that name.
    INSERT = "INSERT INTO department (id, platform, organisation_id, name, parent_id, parent_depth, depth, version, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT DO NOTHING RETURNING id";
    /// A neighbour of the same name.
    NAMESAKE = "SELECT id FROM department WHERE organisation_id = $1 AND COALESCE(parent_id, '') = $2 AND name = $3";
    /// Changes one that was not changed since.
    CHANGE = "UPDATE department SET name = $4, parent_id = $5, parent_depth = $6, depth = $7, version = version + 1 \
        WHERE platform = $1 AND id = $2 AND version = $3 RETURNING id";
    /// Removes one.
    DELETE = "DELETE FROM department WHERE platform = $1 AND organisation_id = $2 AND id = $3 \
        AND NOT EXISTS (SELECT 1 FROM department_member m WHERE m.department_id = $3) AND NOT EXISTS (SELECT 1 FROM department c WHERE c.parent_id = $3) RETURNING id";
    /// Puts an account into a department.
    JOIN = "INSERT INTO department_member (account_id, platform, organisation_id, department_id) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id) DO UPDATE SET department_id = excluded.department_id";
    /// Takes it out.
    PART = "DELETE FROM department_member WHERE platform = $1 AND account_id = $2";
}

fn read(row: &sqlx::any::AnyRow) -> Result<Department, StoreError> {
    Ok(Department {
        id: id(row.try_get(0)?, "department.id")?,
        name: row.try_get(1)?,
        parent: row
            .try_get::<Option<String>, _>(2)?
            .map(|text| id(text, "department.parent_id"))
            .transpose()?,
        depth: row.try_get(3)?,
        version: row.try_get(4)?,
        people: row.try_get(5)?,
        parts: row.try_get(6)?,
    })
}

/// Adds one; `false` when its neighbours have one of that name.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewDepartment<'_>,
) -> Result<bool, StoreError> {
    let depth = new.parent.map_or(0, |(_, depth)| depth);
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.name)
        .bind(new.parent.map(|(id, _)| id.as_str().to_owned()))
        .bind(depth)
        .bind(depth + 1)
        .bind(new.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Whether neighbours have one of that name, other than itself.
///
/// # Errors
/// Those of the database.
pub async fn has_namesake(
    connection: &mut AnyConnection,
    organisation: &Id,
    parent: Option<&Id>,
    name: &str,
    itself: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(NAMESAKE)
        .bind(organisation.as_str())
        .bind(parent.map_or("", Id::as_str))
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(match row {
        Some(row) => row.try_get::<String, _>(0)? != itself.as_str(),
        None => false,
    })
}

/// Renames or moves one; `false` when somebody changed it since.
///
/// # Errors
/// Those of the database.
pub async fn change(
    connection: &mut AnyConnection,
    platform: &str,
    department: &Id,
    version: i64,
    name: &str,
    parent: Option<(&Id, i64)>,
) -> Result<bool, StoreError> {
    let depth = parent.map_or(0, |(_, depth)| depth);
    let row = sqlx::query(CHANGE)
        .bind(platform)
        .bind(department.as_str())
        .bind(version)
        .bind(name)
        .bind(parent.map(|(id, _)| id.as_str().to_owned()))
        .bind(depth)
        .bind(depth + 1)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Removes one; `false` while people or departments are in it.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    department: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(DELETE)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(department.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Puts an account into a department of its organisation, or into none.
///
/// # Errors
/// Those of the database.
pub async fn place(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    account: &Id,
    department: Option<&Id>,
) -> Result<(), StoreError> {
    let Some(department) = department else {
        sqlx::query(PART)
            .bind(platform)
            .bind(account.as_str())
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(JOIN)
        .bind(account.as_str())
        .bind(platform)
        .bind(organisation.as_str())
        .bind(department.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// An organisation's departments, the upper ones first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn departments(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Department>, StoreError> {
        let rows = sqlx::query(LIST)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// A department of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn department(
        &self,
        platform: &str,
        organisation: &Id,
        department: &Id,
    ) -> Result<Option<Department>, StoreError> {
        let row = sqlx::query(ONE)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(department.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }
}
