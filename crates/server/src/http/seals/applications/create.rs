//! `POST /api/v1/seals/applications`: applies for a seal, drawn from rules or scanned.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::audit::Entry;
use domain::registration::DisplayName;
use domain::seal::{ApplicationState, Kind};
use render::SealRules;
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::applications::{self, Application};
use store::{Deed, StoreError, Tx};

use super::{HoldersForm, describe, keeper};
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::seals::{drawings, scans};
use crate::{AppState, Problem};

/// What is applied for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    kind: Kind,
    name: String,
    drawing: Option<SealRules>,
    scan: Option<String>,
    #[serde(default)]
    holders: HoldersForm,
    #[serde(default)]
    needs_approval: bool,
    #[serde(default)]
    note: String,
}

/// 201 with the application, which waits for review.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    keeper(&session)?;
    let wrong = |zh: &str, en: &str| Problem::of(ErrorCode::Invalid).with_detail(zh, en);
    if form.kind == Kind::Handwritten {
        return Err(wrong(
            "手绘签名由本人直接绘制",
            "A signature is drawn by its own person",
        ));
    }
    let name: DisplayName = form
        .name
        .parse()
        .map_err(|_| wrong("请填写印章名称", "Enter the seal's name"))?;
    let note = form.note.trim().to_owned();
    if note.chars().count() > 500 {
        return Err(wrong(
            "说明至多 500 字",
            "A note has 500 characters at most",
        ));
    }
    let holders = form.holders.read()?;
    let account = &session.account;
    let organisation = &account.organisation.id;
    let (rules, scan, picture, width_mm, height_mm) = match (form.drawing, form.scan) {
        (Some(rules), None) => {
            let text = serde_json::to_string(&rules).map_err(|_| ErrorCode::Internal)?;
            let drawing = drawings::draw(&state, rules).await?;
            let (width, height) = (
                scans::side(drawing.width_mm),
                scans::side(drawing.height_mm),
            );
            (Some(text), None, drawing.to_json(), width, height)
        }
        (None, Some(scan)) => {
            let found = state
                .store
                .seal_scan(tenant.id(), organisation, &path_id(&scan)?)
                .await?;
            let scan = found.ok_or(ErrorCode::NotFound)?;
            (
                None,
                Some(scan.id),
                scan.picture,
                scan.width_mm,
                scan.height_mm,
            )
        }
        _ => {
            return Err(wrong(
                "请绘制印模或上传扫描件",
                "Draw the seal or upload a scan",
            ));
        }
    };
    let application = Application {
        id: state.new_id(),
        organisation: organisation.clone(),
        organisation_name: account.organisation.name.clone(),
        organisation_uscc: account.organisation.uscc.clone(),
        account: account.id.clone(),
        person: account.person.clone(),
        kind: form.kind.word().to_owned(),
        name: name.as_str().to_owned(),
        rules,
        scan,
        picture,
        width_mm,
        height_mm,
        holders: json!({ "accounts": holders.accounts, "roles": holders.roles }).to_string(),
        needs_approval: form.needs_approval,
        note,
        state: ApplicationState::Submitted,
        version: 1,
        submitted_at: state.now(),
        reviewed_by: None,
        reviewed_at: None,
        review_note: None,
        made_at: None,
    };
    let deed = Apply {
        platform: tenant.id(),
        application: &application,
        entry: state.new_id(),
    };
    state.store.perform(&deed).await??;
    let body = describe(
        &application,
        "/api/v1/seals/applications",
        &["withdraw"],
        None,
    );
    Ok((StatusCode::CREATED, Json(body)))
}

struct Apply<'a> {
    platform: &'a str,
    application: &'a Application,
    entry: Id,
}

impl Deed for Apply<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let application = self.application;
        if !applications::insert(tx.connection(), self.platform, application).await? {
            return Ok(Err(ErrorCode::RequestOpen));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: application.submitted_at,
            action: "seal_application.submitted".into(),
            actor: Some(application.account.clone()),
            subject: Some(application.id.to_string()),
            detail: json!({ "kind": application.kind, "scan": application.scan }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
