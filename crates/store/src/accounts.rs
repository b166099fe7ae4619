//! Organisations and their accounts.

pub mod departments;
pub mod devices;
pub mod invitations;
pub mod people;
pub mod phone_codes;
pub mod preferences;

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id, operators};

/// An organisation on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: Id,
    /// Its name (单位名称).
    pub name: String,
    /// Its unified social credit code, 18 characters.
    pub uscc: String,
    /// `registered`, or `formal` (正式供应商).
    pub state: String,
    /// `supplier`, `purchaser` or `agency`.
    pub kind: String,
}

/// An account with its organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// The name one logs in with, lower case.
    pub name: String,
    /// The person's name.
    pub person: String,
    /// Mobile number.
    pub phone: String,
    /// Whether the number has been verified.
    pub phone_verified: bool,
    /// `administrator`, `handler`, `seal_keeper`, `finance` or `reader`.
    pub role: String,
    /// `invited`, `active`, `locked` or `left`: only an active one logs in.
    pub state: String,
    /// Whether it logs in with a key: `allowed`, `disabled` or `required`.
    pub ca_login: String,
    /// Whose account it is.
    pub organisation: Organisation,
}

/// A new organisation.
#[derive(Clone, Debug)]
pub struct NewOrganisation<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its code.
    pub uscc: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A new account.
#[derive(Clone, Debug)]
pub struct NewAccount<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Its organisation.
    pub organisation: &'a Id,
    /// The name one logs in with, lower case.
    pub name: &'a str,
    /// The person.
    pub person: &'a str,
    /// Mobile number.
    pub phone: &'a str,
    /// `administrator`, or a post; `employee` is a handler.
    pub role: &'a str,
    /// PHC string.
    pub password_hash: &'a str,
    /// Now.
    pub at: Timestamp,
}

macro_rules! account_columns {
    () => {
        "SELECT a.id, a.name, a.person, a.phone, a.phone_verified, CASE WHEN a.role = 'administrator' THEN a.role ELSE a.post END, \
         o.id, o.name, o.uscc, a.state, a.ca_login, o.state, o.kind, a.password_hash \
         FROM account a JOIN organisation o ON o.id = a.organisation_id"
    };
}

pub(crate) use account_columns;

crate::statements! {
    /// No row comes back when the code is registered on this platform.
    INSERT_ORGANISATION = "INSERT INTO organisation (id, platform, name, uscc, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (platform, uscc) DO NOTHING RETURNING id";
    /// An organisation by its code.
    ORGANISATION_BY_USCC = "SELECT id, name, uscc, state, kind FROM organisation WHERE platform = $1 AND uscc = $2";
    /// No row comes back when the name is taken on this platform.
    INSERT_ACCOUNT = "INSERT INTO account (id, platform, organisation_id, name, person, phone, phone_verified, role, \
        password_hash, version, created_at, post, state) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, 1, $9, $10, $11) \
        ON CONFLICT (platform, name) DO NOTHING RETURNING id";
    /// An account by the name one logs in with.
    BY_NAME = concat!(account_columns!(), " WHERE a.platform = $1 AND a.name = $2");
    /// An account by id.
    BY_ID = concat!(account_columns!(), " WHERE a.platform = $1 AND a.id = $2");
    /// The accounts of an organisation, for the choice of whom to bind a key to.
    OF_ORGANISATION = concat!(account_columns!(), " WHERE a.platform = $1 AND a.organisation_id = $2 ORDER BY a.name LIMIT 500");
    /// Locks the account's row until the transaction ends; always before a key number is touched.
    LOCK = "UPDATE account SET version = version + 1 WHERE platform = $1 AND id = $2 AND state <> 'left' RETURNING organisation_id";
    /// Accounts of a telephone number that can log in.
    OF_PHONE = concat!(account_columns!(), " WHERE a.platform = $1 AND a.phone = $2 AND a.state = 'active' ORDER BY a.name LIMIT 20");
}

pub(crate) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: id(row.try_get(0)?, "account.id")?,
        name: row.try_get(1)?,
        person: row.try_get(2)?,
        phone: row.try_get(3)?,
        phone_verified: row.try_get::<i64, _>(4)? == 1,
        role: row.try_get(5)?,
        organisation: Organisation {
            id: id(row.try_get(6)?, "organisation.id")?,
            name: row.try_get(7)?,
            uscc: row.try_get(8)?,
            state: row.try_get(11)?,
            kind: row.try_get(12)?,
        },
        state: row.try_get(9)?,
        ca_login: row.try_get(10)?,
    })
}

/// Registers an organisation; `false` when its code is registered on this platform already.
///
/// # Errors
/// Those of the database.
pub async fn insert_organisation(
    connection: &mut AnyConnection,
    new: &NewOrganisation<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_ORGANISATION)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.name)
        .bind(new.uscc)
        .bind(new.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// An organisation by its code.
///
/// # Errors
/// Those of the database.
pub async fn organisation_by_uscc(
    connection: &mut AnyConnection,
    platform: &str,
    uscc: &str,
) -> Result<Option<Organisation>, StoreError> {
    let row = sqlx::query(ORGANISATION_BY_USCC)
        .bind(platform)
        .bind(uscc)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Organisation {
            id: id(row.try_get(0)?, "organisation.id")?,
            name: row.try_get(1)?,
            uscc: row.try_get(2)?,
            state: row.try_get(3)?,
            kind: row.try_get(4)?,
        })
    })
    .transpose()
}

/// Adds an account; `false` when its name is taken on this platform.
///
/// # Errors
/// Those of the database.
pub async fn insert_account(
    connection: &mut AnyConnection,
    new: &NewAccount<'_>,
) -> Result<bool, StoreError> {
    // One form of login serves accounts and operators: the name is taken for both.
    if !operators::take_name(connection, new.platform, new.name, "account").await? {
        return Ok(false);
    }
    let (role, post) = match new.role {
        "administrator" => ("administrator", "handler"),
        "employee" => ("employee", "handler"),
        post => ("employee", post),
    };
    // Whoever has no password yet was invited to choose one.
    let state = if new.password_hash.is_empty() {
        "invited"
    } else {
        "active"
    };
    let row = sqlx::query(INSERT_ACCOUNT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.name)
        .bind(new.person)
        .bind(new.phone)
        .bind(role)
        .bind(new.password_hash)
        .bind(new.at.0)
        .bind(post)
        .bind(state)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Locks an account for the rest of the transaction and returns its organisation; nothing when there is no such account.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
) -> Result<Option<Id>, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| id(row.try_get(0)?, "account.organisation_id"))
        .transpose()
}

/// An account by the name one logs in with, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn by_name(
    connection: &mut AnyConnection,
    platform: &str,
    name: &str,
) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query(BY_NAME)
        .bind(platform)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.map(|row| account(&row)).transpose()
}

impl Store {
    /// An account and its kept password hash, by the name one logs in with.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_by_name(
        &self,
        platform: &str,
        name: &str,
    ) -> Result<Option<(Account, String)>, StoreError> {
        let row = sqlx::query(BY_NAME)
            .bind(platform)
            .bind(name)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok((account(&row)?, row.try_get(13)?)))
            .transpose()
    }

    /// An account by id, within its platform.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account(&self, platform: &str, id: &Id) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| account(&row)).transpose()
    }

    /// Accounts of a telephone number that can log in, at most 20.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts_of_phone(
        &self,
        platform: &str,
        phone: &str,
    ) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(OF_PHONE)
            .bind(platform)
            .bind(phone)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(account).collect()
    }

    /// The accounts of an organisation by name, at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(account).collect()
    }
}
