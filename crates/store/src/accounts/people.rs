//! 账户管理: the accounts of an organisation as its administrator sees them, and what is done with them.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::accounts::{Account, account, account_columns};
use crate::{Store, StoreError, id};

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: Account,
    /// Its department: id and name.
    pub department: Option<(Id, String)>,
    /// How many keys are bound to it.
    pub keys: i64,
    /// When it logged in last.
    pub last_login_at: Option<Timestamp>,
    /// Goes up with every change.
    pub version: i64,
}

/// Which accounts.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a login name or of a person's name; empty for all.
    pub text: String,
    /// A department; empty for all.
    pub department: String,
    /// One account alone; empty for all.
    pub only: String,
    /// How many rows.
    pub limit: i64,
    /// After how many.
    pub offset: i64,
}

/// What an administrator changes.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The account.
    pub account: &'a Id,
    /// The version that was seen.
    pub version: i64,
    /// The person.
    pub person: &'a str,
    /// Mobile number.
    pub phone: &'a str,
    /// The post of whoever is no administrator.
    pub post: Option<&'a str>,
    /// `active` or `locked`; an invited one stays as it is.
    pub state: &'a str,
    /// `allowed`, `disabled` or `required`.
    pub ca_login: &'a str,
}

macro_rules! matching {
    () => {
        " WHERE a.platform = $1 AND a.organisation_id = $2 AND ($3 = '' OR REPLACE(a.name, $3, '') <> a.name OR REPLACE(a.person, $3, '') <> a.person) \
         AND ($4 = '' OR a.id IN (SELECT account_id FROM department_member WHERE department_id = $4)) AND ($5 = '' OR a.id = $5)"
    };
}

crate::statements! {
    /// A page of an organisation's accounts by name; whoever left stands last.
    LIST = concat!(account_columns!(), matching!(), " ORDER BY CASE WHEN a.state = 'left' THEN 1 ELSE 0 END, a.name LIMIT $6 OFFSET $7");
    /// How many.
    COUNT = concat!("SELECT COUNT(*) FROM account a", matching!());
    /// What the list shows beside an account.
    BESIDE = "SELECT a.last_login_at, a.version, d.id, d.name, (SELECT COUNT(*) FROM binding b WHERE b.account_id = a.id AND b.ended_at IS NULL) \
        FROM account a LEFT JOIN department_member m ON m.account_id = a.id LEFT JOIN department d ON d.id = m.department_id WHERE a.platform = $1 AND a.id = $2";
    /// Changes an account that was not changed since. A new telephone number is not verified.
    CHANGE = "UPDATE account SET version = version + 1, person = $4, phone_verified = CASE WHEN phone = $5 THEN phone_verified ELSE 0 END, phone = $5, \
        post = COALESCE($6, post), state = CASE WHEN state IN ('active', 'locked') THEN $7 ELSE state END, ca_login = $8 \
        WHERE platform = $1 AND id = $2 AND version = $3 AND state <> 'left' RETURNING id";
    /// 离职.
    LEAVE = "UPDATE account SET state = 'left', left_at = $3, version = version + 1 WHERE platform = $1 AND id = $2 AND state <> 'left' \
        AND role <> 'administrator' RETURNING id";
    /// Who leaves is in no department.
    FORGET_DEPARTMENT = "DELETE FROM department_member WHERE platform = $1 AND account_id = $2";
    /// Makes an administrator.
    PROMOTE = "UPDATE account SET role = 'administrator', version = version + 1 WHERE platform = $1 AND id = $2 AND organisation_id = $3 AND state = 'active' RETURNING id";
    /// Makes an administrator a handler again.
    DEMOTE = "UPDATE account SET role = 'employee', post = 'handler', version = version + 1 WHERE platform = $1 AND id = $2 AND role = 'administrator' RETURNING id";
    /// Sets a password, and lets an invited account in.
    SET_PASSWORD = "UPDATE account SET password_hash = $3, version = version + 1, state = CASE WHEN state = 'invited' THEN 'active' ELSE state END \
        WHERE platform = $1 AND id = $2 AND state <> 'left' RETURNING id";
    /// Sets a telephone number that was verified by a code.
    SET_PHONE = "UPDATE account SET phone = $3, phone_verified = 1, version = version + 1 WHERE platform = $1 AND id = $2 AND state = 'active' RETURNING id";
    /// A code came back from this number.
    VERIFY_PHONE = "UPDATE account SET phone_verified = 1 WHERE platform = $1 AND id = $2 AND phone = $3";
    /// The kept password hash.
    HASH = "SELECT password_hash FROM account WHERE platform = $1 AND id = $2";
    /// How many administrators an organisation has.
    ADMINISTRATORS = "SELECT id FROM account WHERE platform = $1 AND organisation_id = $2 AND role = 'administrator' AND state = 'active' ORDER BY id LIMIT 50";
}

/// Changes an account; `false` when somebody changed it since.
///
/// # Errors
/// Those of the database.
pub async fn change(
    connection: &mut AnyConnection,
    change: &Change<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(CHANGE)
        .bind(change.platform)
        .bind(change.account.as_str())
        .bind(change.version)
        .bind(change.person)
        .bind(change.phone)
        .bind(change.post.map(str::to_owned))
        .bind(change.state)
        .bind(change.ca_login)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// 离职: the account is closed; `false` for an administrator, or when it is closed already.
///
/// # Errors
/// Those of the database.
pub async fn leave(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(LEAVE)
        .bind(platform)
        .bind(account.as_str())
        .bind(at.0)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query(FORGET_DEPARTMENT)
        .bind(platform)
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(row.is_some())
}

/// 移交管理员: one becomes the administrator and the other a handler; `false` when either is not what it should be.
///
/// # Errors
/// Those of the database.
pub async fn hand_over(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    from: &Id,
    to: &Id,
) -> Result<bool, StoreError> {
    let promoted = sqlx::query(PROMOTE)
        .bind(platform)
        .bind(to.as_str())
        .bind(organisation.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let demoted = sqlx::query(DEMOTE)
        .bind(platform)
        .bind(from.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(promoted.is_some() && demoted.is_some())
}

/// Sets a password; an invited account is active from then on. `false` when it was closed.
///
/// # Errors
/// Those of the database.
pub async fn set_password(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    hash: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(SET_PASSWORD)
        .bind(platform)
        .bind(account.as_str())
        .bind(hash)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Sets a telephone number that was verified.
///
/// # Errors
/// Those of the database.
pub async fn set_phone(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    phone: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(SET_PHONE)
        .bind(platform)
        .bind(account.as_str())
        .bind(phone)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Notes that a code came back from an account's telephone.
///
/// # Errors
/// Those of the database.
pub async fn phone_verified(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    phone: &str,
) -> Result<(), StoreError> {
    sqlx::query(VERIFY_PHONE)
        .bind(platform)
        .bind(account.as_str())
        .bind(phone)
        .execute(connection)
        .await?;
    Ok(())
}

/// An organisation's active administrators, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn administrators(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<Vec<Id>, StoreError> {
    let rows = sqlx::query(ADMINISTRATORS)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| id(row.try_get(0)?, "account.id"))
        .collect()
}

impl Store {
    /// A page of an organisation's accounts, and how many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn people(
        &self,
        platform: &str,
        organisation: &Id,
        filter: &Filter,
    ) -> Result<(Vec<Person>, i64), StoreError> {
        let rows = sqlx::query(LIST)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(filter.text.as_str())
            .bind(filter.department.as_str())
            .bind(filter.only.as_str())
            .bind(filter.limit)
            .bind(filter.offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(filter.text.as_str())
            .bind(filter.department.as_str())
            .bind(filter.only.as_str())
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        let mut people = Vec::with_capacity(rows.len());
        for row in &rows {
            people.push(self.beside(platform, account(row)?).await?);
        }
        Ok((people, total))
    }

    /// One account with what the list shows beside it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn person(&self, platform: &str, account: &Id) -> Result<Option<Person>, StoreError> {
        match self.account(platform, account).await? {
            Some(account) => Ok(Some(self.beside(platform, account).await?)),
            None => Ok(None),
        }
    }

    async fn beside(&self, platform: &str, account: Account) -> Result<Person, StoreError> {
        let row = sqlx::query(BESIDE)
            .bind(platform)
            .bind(account.id.as_str())
            .fetch_one(self.read())
            .await?;
        let department = row
            .try_get::<Option<String>, _>(2)?
            .map(|text| Ok::<_, StoreError>((id(text, "department.id")?, row.try_get(3)?)))
            .transpose()?;
        Ok(Person {
            last_login_at: row.try_get::<Option<i64>, _>(0)?.map(Timestamp),
            version: row.try_get(1)?,
            department,
            keys: row.try_get(4)?,
            account,
        })
    }

    /// The kept password hash of an account; empty while it is invited.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn password_hash(
        &self,
        platform: &str,
        account: &Id,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(HASH)
            .bind(platform)
            .bind(account.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }
}
