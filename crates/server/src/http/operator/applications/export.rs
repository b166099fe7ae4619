//! `GET /api/v1/operator/applications.csv`: the same search as a table for a spreadsheet (RFC 4180, UTF-8 with a mark, as
//! Chinese spreadsheets want it). A cell never begins like a formula.

use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use domain::application::Form;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx};

use super::list::Parameters;
use crate::applications::caller::Desk;
use crate::files::attachment;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Most rows of one file.
const ROWS: i64 = 10_000;
const HEADERS: [&str; 14] = [
    "受理编号",
    "业务",
    "证书类型",
    "状态",
    "服务商",
    "单位名称",
    "统一社会信用代码",
    "持有人",
    "经办人",
    "费用(元)",
    "已付",
    "CA 编号",
    "申请时间",
    "应完成时间",
];

/// At most 10,000 rows.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Query(parameters): Query<Parameters>,
) -> Result<impl IntoResponse, Problem> {
    let search = parameters.search(ROWS)?;
    let (found, _) = state
        .store
        .search_applications(tenant.id(), &search)
        .await?;
    // Who took personal data out is recorded.
    let deed = Exported {
        platform: tenant.id(),
        by: caller.id(),
        rows: found.len(),
        entry: state.new_id(),
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    let mut csv = String::from("\u{feff}");
    line(&mut csv, &HEADERS.map(str::to_owned));
    for application in &found {
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let facts = &application.facts;
        let time = |at: Option<Timestamp>| at.map(rfc3339).unwrap_or_default();
        line(
            &mut csv,
            &[
                application.number.clone(),
                facts.kind.text().zh,
                application.holder_type.text().zh,
                facts.state.text_for(facts.kind).zh,
                application.provider.clone(),
                form.organisation,
                form.uscc,
                form.holder,
                form.handler,
                format!("{}.{:02}", facts.fee / 100, facts.fee % 100),
                if facts.paid { "是" } else { "否" }.to_owned(),
                application.new_key_number.clone().unwrap_or_default(),
                rfc3339(application.created_at),
                time(application.due_at),
            ],
        );
    }
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, attachment("applications.csv")),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, csv))
}

/// One line of a table; a cell never begins like a formula.
pub fn line(csv: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
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

struct Exported<'a> {
    platform: &'a str,
    by: &'a Id,
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
            action: "applications.exported".into(),
            actor: Some(self.by.clone()),
            subject: None,
            detail: serde_json::json!({ "rows": self.rows }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_is_never_a_formula() {
        let mut csv = String::new();
        line(
            &mut csv,
            &["a\"b".into(), "=HYPERLINK(1)".into(), "甲,乙".into()],
        );
        assert_eq!(csv, "\"a\"\"b\",\"'=HYPERLINK(1)\",\"甲,乙\"\r\n");
    }
}
