//! `GET /api/v1/operator/applications.csv`: the same search as a table for a spreadsheet.

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use domain::Timestamp;
use domain::application::Form;

use super::list::Parameters;
use crate::applications::caller::Desk;
use crate::http::extract::Tenant;
use crate::http::operator::table::Table;
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
    let mut table = Table::begin(
        &state,
        &tenant,
        caller.id(),
        "applications.exported",
        found.len(),
        &HEADERS,
    )
    .await?;
    for application in &found {
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let facts = &application.facts;
        let time = |at: Option<Timestamp>| at.map(rfc3339).unwrap_or_default();
        table.line(&[
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
        ]);
    }
    Ok(table.file("applications.csv"))
}
