//! 消息: what an account is told on its pages. The words are the pages'; here are kind and facts.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::accounts::preferences;
use crate::applications::codes::{self, Message};
use crate::{Store, StoreError, id};

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: Id,
    /// What it says, a stable word such as `deadline_near`.
    pub kind: String,
    /// What it is about: a row's id.
    pub subject: String,
    /// Its facts as JSON.
    pub facts: String,
    /// When it came.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// A new notice.
#[derive(Clone, Debug)]
pub struct NewNotice<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Whom it tells.
    pub account: &'a Id,
    /// What it says.
    pub kind: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// Its facts as JSON.
    pub facts: &'a str,
    /// Now.
    pub at: Timestamp,
}

crate::statements! {
    /// Tells once: no row comes back when it was told before.
    TELL = "INSERT INTO notice (id, platform, account_id, kind, subject, facts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (platform, account_id, kind, subject) DO NOTHING RETURNING id";
    /// An account's, newest first.
    OF_ACCOUNT = "SELECT id, kind, subject, facts, created_at, read_at FROM notice WHERE platform = $1 AND account_id = $2 \
        ORDER BY created_at DESC, id DESC LIMIT 200";
    /// How many are unread.
    UNREAD = "SELECT COUNT(*) FROM notice WHERE platform = $1 AND account_id = $2 AND read_at IS NULL";
    /// Marks what came up to an instant as read.
    READ = "UPDATE notice SET read_at = $3 WHERE platform = $1 AND account_id = $2 AND read_at IS NULL AND created_at <= $3";
}

/// Tells an account something, once for a kind and subject; `false` when it was told before.
///
/// # Errors
/// Those of the database.
pub async fn tell(connection: &mut AnyConnection, new: &NewNotice<'_>) -> Result<bool, StoreError> {
    let row = sqlx::query(TELL)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.account.as_str())
        .bind(new.kind)
        .bind(new.subject)
        .bind(new.facts)
        .bind(new.at.0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_some() {
        post(connection, new).await?;
    }
    Ok(row.is_some())
}

/// By mail too, where the account wants that for this kind. The notice's own id is the letter's, so it goes out once.
async fn post(connection: &mut AnyConnection, new: &NewNotice<'_>) -> Result<(), StoreError> {
    let preferences = preferences::of(connection, new.platform, new.account).await?;
    let kinds: Vec<String> = serde_json::from_str(&preferences.mail_kinds).unwrap_or_default();
    let Some(mail) = preferences
        .mail
        .filter(|_| kinds.iter().any(|kind| kind == new.kind))
    else {
        return Ok(());
    };
    let facts = serde_json::from_str(new.facts).unwrap_or_default();
    let Some((subject, text)) = domain::notice::letter(new.kind, &facts) else {
        return Ok(());
    };
    let message = Message {
        id: new.id.clone(),
        channel: "mail".into(),
        recipient: mail,
        kind: subject,
        text,
        created_at: new.at,
    };
    codes::post(connection, new.platform, &message).await
}

impl Store {
    /// An account's notices, newest first, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn notices(&self, platform: &str, account: &Id) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(OF_ACCOUNT)
            .bind(platform)
            .bind(account.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Notice {
                    id: id(row.try_get(0)?, "notice.id")?,
                    kind: row.try_get(1)?,
                    subject: row.try_get(2)?,
                    facts: row.try_get(3)?,
                    created_at: Timestamp(row.try_get(4)?),
                    read_at: row.try_get::<Option<i64>, _>(5)?.map(Timestamp),
                })
            })
            .collect()
    }

    /// How many of an account's notices are unread.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unread_notices(&self, platform: &str, account: &Id) -> Result<i64, StoreError> {
        let row = sqlx::query(UNREAD)
            .bind(platform)
            .bind(account.as_str())
            .fetch_one(self.read())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Marks an account's notices up to now as read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read_notices(
        &self,
        platform: &str,
        account: &Id,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(READ)
            .bind(platform)
            .bind(account.as_str())
            .bind(at.0)
            .execute(&self.pools.write)
            .await?;
        Ok(())
    }
}
