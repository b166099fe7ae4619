//! `GET /api/v1/operator/bindings.csv`: the same search as a table for a spreadsheet.

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use domain::staff::Class;
use store::bindings::lists::COUNTED;

use super::Parameters;
use crate::http::bindings::rules;
use crate::http::extract::{Operator, Tenant};
use crate::http::operator::table::Table;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

const HEADERS: [&str; 12] = [
    "单位名称",
    "统一社会信用代码",
    "账户",
    "姓名",
    "CA服务商",
    "CA锁ID",
    "持有人",
    "状态",
    "到期时间",
    "绑定人",
    "绑定时间",
    "证书生效自",
];

/// At most 10,000 rows.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Query(parameters): Query<Parameters>,
) -> Result<impl IntoResponse, Problem> {
    operator.require_to_read(Class::Business)?;
    let now = state.now();
    let search = parameters.search(now, COUNTED)?;
    let (found, _) = state.store.search_bindings(tenant.id(), &search).await?;
    let mut table = Table::begin(
        &state,
        &tenant,
        &operator.0.operator.id,
        "bindings.exported",
        found.len(),
        &HEADERS,
    )
    .await?;
    for binding in &found {
        let provider = tenant.rules.catalogue.provider(&binding.provider);
        table.line(&[
            binding.organisation_name.clone(),
            binding.organisation_uscc.clone(),
            binding.account_name.clone(),
            binding.person.clone(),
            provider.map_or_else(|| binding.provider.clone(), |known| known.name.zh.clone()),
            binding.key_number.clone(),
            binding.holder.clone(),
            word(rules::state(binding, now)).to_owned(),
            rfc3339(binding.not_after),
            binding.bound_by.clone(),
            rfc3339(binding.bound_at),
            rfc3339(binding.certificate_since),
        ]);
    }
    Ok(table.file("bindings.csv"))
}

/// What the list says of a state.
fn word(state: &str) -> &'static str {
    match state {
        "good" => "正常",
        "expiring" => "即将到期",
        "expired" => "已过期",
        "revoked" => "已吊销",
        _ => "未确定",
    }
}
