//! Logged-in browser sessions.

use domain::session::Method;
use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::accounts::{Account, Organisation};
use crate::{Store, StoreError, id};

/// A session with the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// How it came about.
    pub method: Method,
    /// The key that was logged in with.
    pub key_number: Option<String>,
    /// What was accepted by policy at login and should be shown, as a stable word.
    pub risk: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request, to within [`domain::session::TOUCH_EVERY`].
    pub last_seen_at: Timestamp,
    /// The region that was chosen, by its code.
    pub region: Option<String>,
    /// Whose it is.
    pub account: Account,
}

/// From where a session came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's IP address.
    pub address: String,
    /// What the browser calls itself, at most 200 characters.
    pub device: String,
    /// Whether the account was never seen in this browser, though it was in others.
    pub new_device: bool,
    /// Whether it was not seen in this part of the network for 90 days, though elsewhere.
    pub new_place: bool,
}

/// A session in the list of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: Id,
    /// How it came about.
    pub method: Method,
    /// From where.
    pub origin: Origin,
    /// What was accepted by policy.
    pub risk: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request.
    pub last_seen_at: Timestamp,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// SHA-256 of the cookie's value.
    pub secret_hash: [u8; 32],
    /// Whose.
    pub account: &'a Id,
    /// How.
    pub method: Method,
    /// With which key.
    pub key_number: Option<&'a str>,
    /// What was accepted by policy.
    pub risk: Option<&'a str>,
    /// From where and by which browser.
    pub origin: &'a Origin,
    /// Now.
    pub at: Timestamp,
}

crate::statements! {
    /// A new session.
    INSERT = "INSERT INTO session (id, platform, secret_hash, account_id, method, key_number, risk, created_at, last_seen_at, address, device, \
        new_device, new_place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12)";
    /// When the account logged in last.
    LOGGED_IN = "UPDATE account SET last_login_at = $3 WHERE platform = $1 AND id = $2";
    /// A session by its cookie, with account and organisation.
    BY_SECRET = "SELECT s.id, s.method, s.key_number, s.risk, s.created_at, s.last_seen_at, \
        s.region, a.id, a.name, a.person, a.phone, a.phone_verified, CASE WHEN a.role = 'administrator' THEN a.role ELSE a.post END, o.id, o.name, o.uscc, \
        a.state, a.ca_login, o.state, o.kind FROM session s JOIN account a ON a.id = s.account_id JOIN organisation o ON o.id = a.organisation_id \
        WHERE s.platform = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL AND a.state = 'active'";
    /// An account's sessions that were not ended.
    OF_ACCOUNT = "SELECT id, method, address, device, new_device, new_place, risk, created_at, last_seen_at FROM session \
        WHERE platform = $1 AND account_id = $2 AND ended_at IS NULL AND created_at > $3 ORDER BY last_seen_at DESC LIMIT 100";
    /// Ends one of an account's.
    END_OF_ACCOUNT = "UPDATE session SET ended_at = $4 WHERE platform = $1 AND account_id = $2 AND id = $3 AND ended_at IS NULL RETURNING id";
    /// Ends all of an account's but one.
    END_OTHERS = "UPDATE session SET ended_at = $3 WHERE platform = $1 AND account_id = $2 AND ended_at IS NULL AND id <> $4";
    /// The region that is worked in.
    CHOOSE_REGION = "UPDATE session SET region = $3 WHERE platform = $1 AND id = $2";
    /// Notes the last request.
    TOUCH = "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    /// Ends a session.
    END = "UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    /// Ends the sessions that were logged in with a key.
    END_OF_KEY = "UPDATE session SET ended_at = $4 WHERE platform = $1 AND account_id = $2 AND key_number = $3 AND ended_at IS NULL \
        AND id <> $5";
}

/// Writes a session.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewSession<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.secret_hash.to_vec())
        .bind(new.account.as_str())
        .bind(new.method.as_str())
        .bind(new.key_number.map(str::to_owned))
        .bind(new.risk.map(str::to_owned))
        .bind(new.at.0)
        .bind(new.origin.address.as_str())
        .bind(new.origin.device.as_str())
        .bind(i64::from(new.origin.new_device))
        .bind(i64::from(new.origin.new_place))
        .execute(&mut *connection)
        .await?;
    sqlx::query(LOGGED_IN)
        .bind(new.platform)
        .bind(new.account.as_str())
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends one session of an account; `false` when it has none of that id.
///
/// # Errors
/// Those of the database.
pub async fn end_of_account(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    session: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(END_OF_ACCOUNT)
        .bind(platform)
        .bind(account.as_str())
        .bind(session.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Ends all sessions of an account but one, or all of them.
///
/// # Errors
/// Those of the database.
pub async fn end_all(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    except: Option<&Id>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END_OTHERS)
        .bind(platform)
        .bind(account.as_str())
        .bind(at.0)
        .bind(except.map_or("", Id::as_str))
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes the region that is worked in.
///
/// # Errors
/// Those of the database; a region that there is none of.
pub async fn choose_region(
    connection: &mut AnyConnection,
    platform: &str,
    session: &Id,
    region: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(CHOOSE_REGION)
        .bind(platform)
        .bind(session.as_str())
        .bind(region.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

fn method(word: &str) -> Result<Method, StoreError> {
    Method::of(word).ok_or(StoreError::Impossible("session.method"))
}

/// Ends a session; its cookie opens nothing from now on.
///
/// # Errors
/// Those of the database.
pub async fn end(
    connection: &mut AnyConnection,
    session: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END)
        .bind(session.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends an account's other sessions that were logged in with a key, once the key is released.
///
/// # Errors
/// Those of the database.
pub async fn end_of_key(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    key_number: &str,
    except: Option<&Id>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END_OF_KEY)
        .bind(platform)
        .bind(account.as_str())
        .bind(key_number)
        .bind(at.0)
        .bind(except.map_or("", Id::as_str))
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes a request in the session.
///
/// # Errors
/// Those of the database.
pub async fn touch(
    connection: &mut AnyConnection,
    session: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(TOUCH)
        .bind(session.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The session of a cookie on a platform, if it has not been ended. Its age is for the caller to judge.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session(
        &self,
        platform: &str,
        secret_hash: &[u8; 32],
    ) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(BY_SECRET)
            .bind(platform)
            .bind(secret_hash.to_vec())
            .fetch_optional(self.read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Session {
            id: id(row.try_get(0)?, "session.id")?,
            method: method(&row.try_get::<String, _>(1)?)?,
            key_number: row.try_get(2)?,
            risk: row.try_get(3)?,
            created_at: Timestamp(row.try_get(4)?),
            last_seen_at: Timestamp(row.try_get(5)?),
            region: row.try_get(6)?,
            account: Account {
                id: id(row.try_get(7)?, "account.id")?,
                name: row.try_get(8)?,
                person: row.try_get(9)?,
                phone: row.try_get(10)?,
                phone_verified: row.try_get::<i64, _>(11)? == 1,
                role: row.try_get(12)?,
                state: row.try_get(16)?,
                ca_login: row.try_get(17)?,
                organisation: Organisation {
                    id: id(row.try_get(13)?, "organisation.id")?,
                    name: row.try_get(14)?,
                    uscc: row.try_get(15)?,
                    state: row.try_get(18)?,
                    kind: row.try_get(19)?,
                },
            },
        }))
    }

    /// An account's sessions that were not ended and began after an instant, the latest used first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sessions_of(
        &self,
        platform: &str,
        account: &Id,
        after: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(OF_ACCOUNT)
            .bind(platform)
            .bind(account.as_str())
            .bind(after.0)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Listed {
                    id: id(row.try_get(0)?, "session.id")?,
                    method: method(&row.try_get::<String, _>(1)?)?,
                    origin: Origin {
                        address: row.try_get(2)?,
                        device: row.try_get(3)?,
                        new_device: row.try_get::<i64, _>(4)? == 1,
                        new_place: row.try_get::<i64, _>(5)? == 1,
                    },
                    risk: row.try_get(6)?,
                    created_at: Timestamp(row.try_get(7)?),
                    last_seen_at: Timestamp(row.try_get(8)?),
                })
            })
            .collect()
    }
}
