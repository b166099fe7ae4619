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
    /// Whose it is.
    pub account: Account,
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
    /// Now.
    pub at: Timestamp,
}

crate::statements! {
    /// A new session.
    INSERT = "INSERT INTO session (id, platform, secret_hash, account_id, method, key_number, risk, created_at, last_seen_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    /// A session by its cookie, with account and organisation.
    BY_SECRET = "SELECT s.id, s.method, s.key_number, s.risk, s.created_at, s.last_seen_at, \
        a.id, a.name, a.person, a.phone, a.phone_verified, a.role, o.id, o.name, o.uscc \
        FROM session s JOIN account a ON a.id = s.account_id JOIN organisation o ON o.id = a.organisation_id \
        WHERE s.platform = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL";
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
        .execute(connection)
        .await?;
    Ok(())
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
    except: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END_OF_KEY)
        .bind(platform)
        .bind(account.as_str())
        .bind(key_number)
        .bind(at.0)
        .bind(except.as_str())
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
        let method: String = row.try_get(1)?;
        Ok(Some(Session {
            id: id(row.try_get(0)?, "session.id")?,
            method: match method.as_str() {
                "password" => Method::Password,
                "certificate" => Method::Certificate,
                _ => return Err(StoreError::Impossible("session.method")),
            },
            key_number: row.try_get(2)?,
            risk: row.try_get(3)?,
            created_at: Timestamp(row.try_get(4)?),
            last_seen_at: Timestamp(row.try_get(5)?),
            account: Account {
                id: id(row.try_get(6)?, "account.id")?,
                name: row.try_get(7)?,
                person: row.try_get(8)?,
                phone: row.try_get(9)?,
                phone_verified: row.try_get::<i64, _>(10)? == 1,
                role: row.try_get(11)?,
                organisation: Organisation {
                    id: id(row.try_get(12)?, "organisation.id")?,
                    name: row.try_get(13)?,
                    uscc: row.try_get(14)?,
                },
            },
        }))
    }
}
