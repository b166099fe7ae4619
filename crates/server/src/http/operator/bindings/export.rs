//! `GET /api/v1/operator/bindings.csv`: the same search as a table (RFC 4180, UTF-8 with a mark).

use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use domain::audit::Entry;
use domain::staff::Class;
use domain::{Id, Timestamp};
use store::bindings::lists::COUNTED;
use store::{Deed, StoreError, Tx};

use super::Parameters;
use crate::files::attachment;
use crate::http::bindings::rules;
use crate::http::extract::{Operator, Tenant};
use crate::http::operator::applications::export::line;
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
    // Who took personal data out is recorded.
    let deed = Exported {
        platform: tenant.id(),
        by: &operator.0.operator.id,
        rows: found.len(),
        entry: state.new_id(),
        now,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    let mut csv = String::from("\u{feff}");
    line(&mut csv, &HEADERS.map(str::to_owned));
    for binding in &found {
        let provider = tenant.rules.catalogue.provider(&binding.provider);
        line(
            &mut csv,
            &[
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
            ],
        );
    }
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, attachment("bindings.csv")),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, csv))
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
            action: "bindings.exported".into(),
            actor: Some(self.by.clone()),
            subject: None,
            detail: serde_json::json!({ "rows": self.rows }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
