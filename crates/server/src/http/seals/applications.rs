//! `/api/v1/seals/applications`: an organisation applies for a seal (申请), and takes it back.

pub mod create;
pub mod list;
pub mod picture;
pub mod withdraw;

use contract::ErrorCode;
use domain::seal::{HOLDER_ROLES, keeps_seals};
use domain::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::seals::Holders;
use store::seals::applications::Application;
use store::sessions::Session;

use crate::http::documents::path_id;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Most accounts that a seal is given to one by one.
const MAX_HOLDERS: usize = 200;

/// Who is to use a seal, as it comes in and as it lies with an application.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldersForm {
    accounts: Vec<String>,
    roles: Vec<String>,
}

impl HoldersForm {
    /// Accounts and roles, each once.
    ///
    /// # Errors
    /// `invalid` for a role that seals nothing, `not_found` for what is no id.
    pub fn read(mut self) -> Result<Holders, Problem> {
        self.accounts.sort_unstable();
        self.accounts.dedup();
        self.roles.sort_unstable();
        self.roles.dedup();
        let known = |role: &String| HOLDER_ROLES.contains(&role.as_str());
        if self.accounts.len() > MAX_HOLDERS || !self.roles.iter().all(known) {
            return Err(Problem::of(ErrorCode::Invalid)
                .with_detail("使用人填写不正确", "Who may use it is not valid"));
        }
        let accounts = self.accounts.iter().map(|id| path_id(id));
        Ok(Holders {
            accounts: accounts.collect::<Result<_, _>>()?,
            roles: self.roles,
        })
    }
}

/// Asks for somebody who keeps the organisation's seals.
///
/// # Errors
/// `forbidden`.
pub fn keeper(session: &Session) -> Result<(), Problem> {
    if keeps_seals(&session.account.role) {
        return Ok(());
    }
    Err(Problem::of(ErrorCode::Forbidden).with_detail(
        "此操作由单位管理员或印章管理员办理",
        "This is for the administrator or the keeper of seals",
    ))
}

/// An application in JSON; `base` is where its picture is.
#[must_use]
pub fn describe(application: &Application, base: &str, next: &[&str], seal: Option<&Id>) -> Value {
    let holders: Value = serde_json::from_str(&application.holders).unwrap_or_default();
    let rules: Option<Value> = application
        .rules
        .as_deref()
        .and_then(|rules| serde_json::from_str(rules).ok());
    let time = |at: Option<Timestamp>| at.map(rfc3339);
    json!({
        "id": application.id, "kind": application.kind, "name": application.name, "person": application.person,
        "organisation": { "name": application.organisation_name, "uscc": application.organisation_uscc },
        "drawing": rules, "scanned": application.scan.is_some(), "width_mm": application.width_mm,
        "height_mm": application.height_mm, "picture": format!("{base}/{}/picture.svg", application.id),
        "holders": holders, "needs_approval": application.needs_approval, "note": application.note,
        "state": application.state.word(), "version": application.version, "submitted_at": rfc3339(application.submitted_at),
        "reviewed_at": time(application.reviewed_at), "review_note": application.review_note,
        "made_at": time(application.made_at), "seal": seal, "next": next,
    })
}

/// One of the organisation's own.
///
/// # Errors
/// `not_found`.
pub async fn find(
    state: &AppState,
    platform: &str,
    organisation: &Id,
    id: &str,
) -> Result<Application, Problem> {
    let found = state
        .store
        .seal_application(platform, &path_id(id)?)
        .await?;
    found
        .filter(|application| application.organisation == *organisation)
        .ok_or_else(|| ErrorCode::NotFound.into())
}
