//! Lists of applications: a supplier's own, the desks' queues, search and export.

use domain::{Id, Timestamp};
use sqlx::Row as _;

use super::{Application, application, columns};
use crate::{Store, StoreError};

/// What a desk looks for. Empty texts mean: whatever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A duty's queue.
    pub queue: String,
    /// A state.
    pub state: String,
    /// Part of the number or of the form, in any case of ASCII letters.
    pub text: String,
    /// Begun at or after this.
    pub from: Option<Timestamp>,
    /// Begun before this.
    pub to: Option<Timestamp>,
    /// How many to pass over.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
}

/// How many wait for a duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The duty's word.
    pub queue: String,
    /// How many.
    pub count: i64,
    /// Of those, past their promise.
    pub overdue: i64,
}

/// Which duty an application waits for; empty: none.
macro_rules! queue_of {
    () => {
        "CASE WHEN state = 'submitted' THEN 'review' WHEN state = 'second_review' THEN 'second_review' \
         WHEN state = 'production' AND kind IN ('new', 'additional', 'change', 'replacement') THEN 'production' \
         WHEN state IN ('produced', 'shipping') THEN 'dispatch' WHEN state = 'payment_review' THEN 'finance' \
         WHEN state = 'awaiting_originals' THEN 'intake' ELSE '' END"
    };
}

/// A supplier's drafts are nobody else's, a counter's are the desk's.
macro_rules! searched {
    () => {
        concat!(
            " FROM application WHERE platform = $1 AND (state <> 'draft' OR way = 'counter') AND ($2 = '' OR ",
            queue_of!(),
            " = $2) AND ($3 = '' OR state = $3) AND ($4 = '' OR LOWER(number) LIKE $4 ESCAPE '!' OR LOWER(form) LIKE $4 ESCAPE '!' \
             OR LOWER(COALESCE(key_number, '')) LIKE $4 ESCAPE '!' OR LOWER(COALESCE(new_key_number, '')) LIKE $4 ESCAPE '!') \
             AND created_at >= $5 AND created_at < $6"
        )
    };
}

crate::statements! {
    /// An organisation's, newest first.
    OF_ORGANISATION = concat!("SELECT ", columns!(), " FROM application WHERE platform = $1 AND organisation_id = $2 ORDER BY created_at DESC, id DESC LIMIT 200");
    /// A search's page: what is promised soonest comes first, then the oldest.
    SEARCH = concat!("SELECT ", columns!(), searched!(), " ORDER BY CASE WHEN due_at IS NULL THEN 1 ELSE 0 END, due_at, created_at DESC, id DESC LIMIT $7 OFFSET $8");
    /// How many a search finds.
    COUNT = concat!("SELECT COUNT(*)", searched!());
    /// How many wait for each duty.
    QUEUES = concat!("SELECT queue, COUNT(*), COUNT(CASE WHEN due_at < $2 THEN 1 END) FROM (SELECT ", queue_of!(),
        " AS queue, due_at FROM application WHERE platform = $1) AS waiting WHERE queue <> '' GROUP BY queue ORDER BY queue");
}

/// A text as LIKE finds it anywhere; its own wildcards count as themselves.
fn anywhere(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

impl Store {
    /// An organisation's applications, newest first, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn applications_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Application>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(application).collect()
    }

    /// A page of a search, and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search_applications(
        &self,
        platform: &str,
        search: &Search,
    ) -> Result<(Vec<Application>, i64), StoreError> {
        let (text, from, to) = (
            anywhere(&search.text),
            search.from.map_or(0, |at| at.0),
            search.to.map_or(i64::MAX, |at| at.0),
        );
        let rows = sqlx::query(SEARCH)
            .bind(platform)
            .bind(search.queue.as_str())
            .bind(search.state.as_str())
            .bind(text.as_str())
            .bind(from)
            .bind(to)
            .bind(search.limit)
            .bind(search.offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(platform)
            .bind(search.queue.as_str())
            .bind(search.state.as_str())
            .bind(text.as_str())
            .bind(from)
            .bind(to)
            .fetch_one(self.read())
            .await?;
        let found: Result<Vec<_>, _> = rows.iter().map(application).collect();
        Ok((found?, total.try_get(0)?))
    }

    /// How many wait for each duty, by the duty's word; a duty for which none waits is left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn application_queues(
        &self,
        platform: &str,
        now: Timestamp,
    ) -> Result<Vec<Queue>, StoreError> {
        let rows = sqlx::query(QUEUES)
            .bind(platform)
            .bind(now.0)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Queue {
                    queue: row.try_get(0)?,
                    count: row.try_get(1)?,
                    overdue: row.try_get(2)?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_count_as_themselves() {
        assert_eq!(anywhere("100%_A!"), "%100!%!_a!!%");
        assert_eq!(anywhere(""), "");
    }
}
