//! The operator's list over all organisations. A text is looked up by indexes, so that it takes as long among ten thousand
//! bindings as among ten million: a key number, a login name or a code whole, an organisation by how its name begins.

use domain::Timestamp;
use sqlx::Row as _;

use super::{Binding, binding_columns, read_binding};
use crate::{Store, StoreError};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A key number, a login name, a code, or how an organisation's name begins; empty for all.
    pub text: String,
    /// A provider; empty for all.
    pub provider: String,
    /// A standing, as the row keeps it; empty for all.
    pub standing: String,
    /// How an organisation's name begins; empty for all.
    pub organisation: String,
    /// Certificates that end after this.
    pub ends_after: Option<Timestamp>,
    /// Certificates that end at this or before.
    pub ends_until: Option<Timestamp>,
    /// How many rows.
    pub limit: i64,
    /// After how many.
    pub offset: i64,
}

/// Rows are counted up to here; beyond it a list says "more than".
pub const COUNTED: i64 = 10_000;

macro_rules! found_by_text {
    () => {
        " WHERE b.ended_at IS NULL AND b.id IN (\
         SELECT id FROM binding WHERE platform = $1 AND key_number = $2 AND ended_at IS NULL \
         UNION SELECT x.id FROM account a JOIN binding x ON x.account_id = a.id WHERE a.platform = $1 AND a.name = $2 AND x.ended_at IS NULL \
         UNION SELECT x.id FROM organisation o JOIN binding x ON x.organisation_id = o.id WHERE o.platform = $1 AND o.uscc = $2 AND x.ended_at IS NULL \
         UNION SELECT x.id FROM organisation o JOIN binding x ON x.organisation_id = o.id WHERE o.platform = $1 AND o.name >= $2 AND o.name < $3 \
         AND x.ended_at IS NULL)"
    };
}
macro_rules! found_by_organisation {
    () => {
        " WHERE b.ended_at IS NULL AND b.organisation_id IN (SELECT o.id FROM organisation o WHERE o.platform = $1 AND o.name >= $2 AND o.name < $3)"
    };
}
macro_rules! all_of_them {
    // $2 and $3 stay unused here but for their type.
    () => {
        " WHERE b.platform = $1 AND b.ended_at IS NULL AND $2 = $2 AND $3 = $3"
    };
}
macro_rules! narrowed {
    () => {
        " AND ($4 = '' OR b.provider_id = $4) AND ($5 = '' OR b.standing = $5) AND b.not_after > $6 AND b.not_after <= $7"
    };
}
macro_rules! page {
    () => {
        " ORDER BY b.bound_at DESC, b.id DESC LIMIT $8 OFFSET $9"
    };
}

crate::statements! {
    /// By a text.
    BY_TEXT = concat!(binding_columns!(), found_by_text!(), narrowed!(), page!());
    /// How many, up to a limit.
    COUNT_BY_TEXT = concat!("SELECT COUNT(*) FROM (SELECT b.id FROM binding b", found_by_text!(), narrowed!(), " LIMIT $8) AS found");
    /// By how an organisation's name begins.
    BY_ORGANISATION = concat!(binding_columns!(), found_by_organisation!(), narrowed!(), page!());
    /// How many, up to a limit.
    COUNT_BY_ORGANISATION = concat!("SELECT COUNT(*) FROM (SELECT b.id FROM binding b", found_by_organisation!(), narrowed!(), " LIMIT $8) AS found");
    /// All of a platform, newest first.
    ALL = concat!(binding_columns!(), all_of_them!(), narrowed!(), page!());
    /// How many, up to a limit.
    COUNT_ALL = concat!("SELECT COUNT(*) FROM (SELECT b.id FROM binding b", all_of_them!(), narrowed!(), " LIMIT $8) AS found");
}

/// The first text after all that begin with this one, in the order of bytes.
fn after_prefix(prefix: &str) -> String {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            characters.push(next);
            break;
        }
    }
    characters.into_iter().collect()
}

impl Store {
    /// A page of a platform's standing bindings, newest first, and how many there are, up to [`COUNTED`] and one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search_bindings(
        &self,
        platform: &str,
        search: &Search,
    ) -> Result<(Vec<Binding>, i64), StoreError> {
        let (list, count, text) = if !search.text.is_empty() {
            (BY_TEXT, COUNT_BY_TEXT, search.text.as_str())
        } else if !search.organisation.is_empty() {
            (
                BY_ORGANISATION,
                COUNT_BY_ORGANISATION,
                search.organisation.as_str(),
            )
        } else {
            (ALL, COUNT_ALL, "")
        };
        let after = after_prefix(text);
        let from = search.ends_after.map_or(i64::MIN, |at| at.0);
        let until = search.ends_until.map_or(i64::MAX, |at| at.0);
        let rows = sqlx::query(list)
            .bind(platform)
            .bind(text)
            .bind(after.as_str())
            .bind(search.provider.as_str())
            .bind(search.standing.as_str())
            .bind(from)
            .bind(until)
            .bind(search.limit)
            .bind(search.offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(count)
            .bind(platform)
            .bind(text)
            .bind(after.as_str())
            .bind(search.provider.as_str())
            .bind(search.standing.as_str())
            .bind(from)
            .bind(until)
            .bind(COUNTED + 1)
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        let bindings = rows.iter().map(read_binding).collect::<Result<_, _>>()?;
        Ok((bindings, total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_prefix_lies_before_the_text_after_it() {
        for (prefix, within) in [
            ("厦门", "厦门某某有限公司"),
            ("a", "azzz"),
            ("\u{d7ff}", "\u{d7ff}x"),
        ] {
            let after = after_prefix(prefix);
            assert!(prefix <= within && within < after.as_str(), "{after}");
        }
        assert_eq!(after_prefix(""), "");
    }
}
