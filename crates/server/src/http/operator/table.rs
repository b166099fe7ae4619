//! A list that an operator takes out as a table (RFC 4180, UTF-8 with a mark, as Chinese spreadsheets want it). Who took
//! personal data out is recorded before it goes.

use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx};

use crate::files::attachment;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A table that is being written.
pub struct Table(String);

impl Table {
    /// Records that `by` takes `rows` rows out, and begins with the columns' names. `action` is the log's word.
    ///
    /// # Errors
    /// Those of the database: then nothing goes out.
    pub async fn begin(
        state: &AppState,
        tenant: &Tenant,
        by: &Id,
        action: &'static str,
        rows: usize,
        columns: &[&str],
    ) -> Result<Self, Problem> {
        let deed = Exported {
            platform: tenant.id(),
            by,
            action,
            rows,
            entry: state.new_id(),
            now: state.now(),
        };
        let Ok(()) = state.store.perform(&deed).await?;
        let mut table = Self(String::from("\u{feff}"));
        table.line(columns);
        Ok(table)
    }

    /// One line; a cell never begins like a formula.
    pub fn line<Cell: AsRef<str>>(&mut self, cells: &[Cell]) {
        let csv = &mut self.0;
        for (at, cell) in cells.iter().enumerate() {
            let cell = cell.as_ref();
            if at > 0 {
                csv.push(',');
            }
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            csv.push('"');
            if formula {
                csv.push('\'');
            }
            csv.push_str(&cell.replace('"', "\"\""));
            csv.push('"');
        }
        csv.push_str("\r\n");
    }

    /// The answer: a file of this name, kept by nobody on the way.
    #[must_use]
    pub fn file(self, name: &str) -> ([(HeaderName, String); 3], String) {
        let headers = [
            (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (CONTENT_DISPOSITION, attachment(name)),
            (CACHE_CONTROL, "private, no-store".to_owned()),
        ];
        (headers, self.0)
    }
}

struct Exported<'a> {
    platform: &'a str,
    by: &'a Id,
    action: &'static str,
    rows: usize,
    entry: Id,
    now: Timestamp,
}

impl Deed for Exported<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: self.action.into(),
            actor: Some(self.by.clone()),
            subject: None,
            detail: serde_json::json!({ "rows": self.rows }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
