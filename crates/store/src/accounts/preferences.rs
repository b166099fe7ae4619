//! What an account prefers: mail, and large text.

use domain::Id;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// The preferences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Where mail goes.
    pub mail: Option<String>,
    /// Kinds of notices that come by mail, a JSON array.
    pub mail_kinds: String,
    /// Large text on the pages.
    pub large_text: bool,
}

crate::statements! {
    /// An account's.
    OF = "SELECT mail, mail_kinds, large_text FROM account_preference WHERE platform = $1 AND account_id = $2";
    /// Writes them.
    SET = "INSERT INTO account_preference (account_id, platform, mail, mail_kinds, large_text) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (account_id) DO UPDATE SET mail = $3, mail_kinds = $4, large_text = $5";
}

/// An account's preferences, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn of(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
) -> Result<Preferences, StoreError> {
    let row = sqlx::query(OF)
        .bind(platform)
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(Preferences {
            mail_kinds: "[]".to_owned(),
            ..Preferences::default()
        });
    };
    Ok(Preferences {
        mail: row.try_get(0)?,
        mail_kinds: row.try_get(1)?,
        large_text: row.try_get::<i64, _>(2)? == 1,
    })
}

/// Writes them.
///
/// # Errors
/// Those of the database.
pub async fn set(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    preferences: &Preferences,
) -> Result<(), StoreError> {
    sqlx::query(SET)
        .bind(account.as_str())
        .bind(platform)
        .bind(preferences.mail.clone())
        .bind(preferences.mail_kinds.as_str())
        .bind(i64::from(preferences.large_text))
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// An account's preferences.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn preferences(
        &self,
        platform: &str,
        account: &Id,
    ) -> Result<Preferences, StoreError> {
        let mut connection = self.read().acquire().await?;
        of(&mut connection, platform, account).await
    }
}
