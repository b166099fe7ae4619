//! Which permission a change asks for, by its address. The session's extractor asks here before any handler runs, so that
//! no handler can forget it; an address that is not named here is open to administrators alone.

use axum::http::Method;
use contract::ErrorCode;
use domain::permission::{Permission, Role};

use crate::Problem;

/// The permission for a change at an address below `/api/v1`; nothing where none is named.
#[must_use]
pub fn needed(path: &str) -> Option<Permission> {
    // The desk's addresses of applications serve suppliers too.
    let path = path.strip_prefix("/operator").unwrap_or(path);
    let mut parts = path.split('/').skip(1);
    let (first, third) = (parts.next()?, parts.nth(1));
    let money = |part: &str| part.starts_with("payment") || part.starts_with("invoice");
    Some(match (first, third) {
        ("documents", Some("sealings" | "submission")) | ("sealings", _) => Permission::Seal,
        // Who keeps the seals is asked where the deed is known.
        ("seals", _) => Permission::Seal,
        ("documents", _) => Permission::Upload,
        ("applications", Some(part)) if money(part) => Permission::Pay,
        ("applications", _) => Permission::Apply,
        (
            "bindings" | "binding-challenges" | "binding-proofs" | "forced-unbindings"
            | "key-enquiries",
            _,
        ) => Permission::Bind,
        ("accounts" | "departments", _) => Permission::ManagePeople,
        ("organisation", _) => Permission::ManageOrganisation,
        // One's own, the ways in, and help, which nobody is too small for.
        (
            "verifications" | "session" | "sessions" | "account" | "notices" | "logins"
            | "deadlines" | "tickets" | "doctor" | "key-checks" | "phone-codes" | "invitations"
            | "organisations" | "progress" | "progress-codes",
            _,
        ) => Permission::Own,
        _ => return None,
    })
}

/// Refuses what a role may not.
///
/// # Errors
/// `forbidden`, with the role's and the permission's names.
pub fn ask(role: &str, method: &Method, path: &str) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    // A role that this server does not know may do what the smallest may.
    let role = Role::of(role).unwrap_or(Role::Reader);
    let permission = needed(path);
    let may = permission.map_or(role == Role::Administrator, |permission| {
        role.may(permission)
    });
    if may {
        return Ok(());
    }
    let (who, what) = (
        role.text(),
        permission.unwrap_or(Permission::ManageOrganisation).text(),
    );
    Err(Problem::of(ErrorCode::Forbidden).with_detail(
        format!(
            "您的角色是“{}”，不能{}，请联系本单位管理员",
            who.zh, what.zh
        ),
        format!(
            "Your role ({}) may not {}; ask your organisation's administrator",
            who.en, what.en
        ),
    ))
}
