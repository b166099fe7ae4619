//! Words on a ticket: the asker's and the desk's, in the order in which they came.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// Words on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The operator's name; `None`: the asker.
    pub by: Option<String>,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

crate::statements! {
    /// Words.
    INSERT_REPLY = "INSERT INTO ticket_reply (id, platform, ticket_id, operator_id, text, at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// How many words there are.
    COUNT_REPLIES = "SELECT COUNT(*) FROM ticket_reply WHERE platform = $1 AND ticket_id = $2";
    /// All words, in order.
    REPLIES = "SELECT p.person, r.text, r.at FROM ticket_reply r LEFT JOIN platform_operator p ON p.id = r.operator_id \
        WHERE r.platform = $1 AND r.ticket_id = $2 ORDER BY r.at, r.id";
}

/// How many words a ticket has.
///
/// # Errors
/// Those of the database.
pub async fn reply_count(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
) -> Result<i64, StoreError> {
    super::number(connection, COUNT_REPLIES, platform, ticket.as_str()).await
}

/// Adds words.
///
/// # Errors
/// Those of the database.
pub async fn say(
    connection: &mut AnyConnection,
    reply: &Id,
    platform: &str,
    ticket: &Id,
    operator: Option<&Id>,
    text: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_REPLY)
        .bind(reply.as_str())
        .bind(platform)
        .bind(ticket.as_str())
        .bind(operator.map(|id| id.as_str().to_owned()))
        .bind(text)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The words of a ticket, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_replies(&self, platform: &str, id: &Id) -> Result<Vec<Reply>, StoreError> {
        let rows = sqlx::query(REPLIES)
            .bind(platform)
            .bind(id.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Reply {
                    by: row.try_get(0)?,
                    text: row.try_get(1)?,
                    at: Timestamp(row.try_get(2)?),
                })
            })
            .collect()
    }
}
