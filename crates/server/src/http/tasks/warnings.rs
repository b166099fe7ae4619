//! `GET /api/v1/warnings`: keys that end or have ended, logins from somewhere new that were not read yet, and what is asked
//! against one's keys.

use axum::Json;
use axum::extract::State;

use super::{Lines, line};
use crate::http::bindings::rules;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Days before the end from which it is said.
const SOON: i64 = 90;

/// The lines, the latest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Lines>, Problem> {
    let (platform, caller, now) = (tenant.id(), &session.account, state.now());
    let mut items = Vec::new();
    for binding in state.store.bindings_of(platform, &caller.id).await? {
        let days = binding
            .not_after
            .since(now)
            .whole_seconds()
            .div_euclid(86_400);
        let number = &binding.key_number;
        let (kind, zh, en) = match rules::state(&binding, now) {
            "revoked" => (
                "key_revoked",
                format!("CA 锁 {number} 的证书已吊销"),
                format!("The certificate of key {number} is revoked"),
            ),
            "expired" => (
                "key_expired",
                format!("CA 锁 {number} 的证书已过期"),
                format!("The certificate of key {number} has expired"),
            ),
            "expiring" if days <= SOON => (
                "key_expiring",
                format!("CA 锁 {number} 的证书将在 {} 天后到期", days.max(0)),
                format!(
                    "The certificate of key {number} ends in {} days",
                    days.max(0)
                ),
            ),
            _ => continue,
        };
        items.push(line(
            kind,
            zh,
            en,
            "/bindings".to_owned(),
            binding.not_after,
        ));
    }
    for notice in state.store.notices(platform, &caller.id).await? {
        if notice.read_at.is_some() {
            continue;
        }
        let (kind, zh, en) = match notice.kind.as_str() {
            "login_risk" => (
                "login_risk",
                "账户在新的设备或地点登录，如非本人操作请修改密码",
                "The account was logged in from a new device or place; change the password if it was not you",
            ),
            "forced_unbinding_against" => (
                "forced_unbinding",
                "有人申请强制解绑您的 CA 锁",
                "Somebody asks for a forced unbinding of your key",
            ),
            _ => continue,
        };
        let link = "/notices".to_owned();
        items.push(line(
            kind,
            zh.to_owned(),
            en.to_owned(),
            link,
            notice.created_at,
        ));
    }
    Ok(Json(Lines::of(items)))
}
