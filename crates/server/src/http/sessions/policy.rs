//! Whether an account may log in this way: its state, what its administrator and the platform say about keys, its regions.

use contract::ErrorCode;
use domain::Timestamp;
use domain::session::Method;
use store::accounts::Account;

use crate::http::extract::Tenant;
use crate::{AppState, Problem, regions};

/// Refuses what is not open to an account whose password, code or key was right.
///
/// # Errors
/// `account_locked`, `ca_login_disabled`, `ca_login_required`, `login_way_closed`.
pub async fn check(
    state: &AppState,
    tenant: &Tenant,
    account: &Account,
    method: Method,
    now: Timestamp,
) -> Result<(), Problem> {
    if account.state != "active" {
        return Err(ErrorCode::AccountLocked.into());
    }
    regions::check_way(state, tenant, &account.organisation.id, method.as_str()).await?;
    if method == Method::Certificate {
        return if account.ca_login == "disabled" {
            Err(ErrorCode::CaLoginDisabled.into())
        } else {
            Ok(())
        };
    }
    let of_role = tenant.platform().policies.ca_login_required_roles.iter();
    let by_role = of_role
        .filter_map(|role| serde_json::to_value(role).ok())
        .any(|role| role == account.role.as_str());
    if account.ca_login != "required" && !(by_role && account.ca_login != "disabled") {
        return Ok(());
    }
    // Before the first binding, and once no bound key can log in any more, there is no other way.
    let bound = state.store.bindings_of(tenant.id(), &account.id).await?;
    let usable = bound
        .iter()
        .any(|binding| binding.not_after >= now && binding.standing != "revoked");
    if usable {
        Err(ErrorCode::CaLoginRequired.into())
    } else {
        Ok(())
    }
}
