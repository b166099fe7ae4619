//! `POST /api/v1/seals/handwritten`: 手绘签名, drawn by the person whose it is and used by nobody else. A new one takes
//! the place of the last, which is revoked.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::audit::Entry;
use domain::seal::{Kind, State as Stage};
use render::StrokesError;
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::{self, Seal, Stepped};
use store::{Deed, StoreError, Tx};

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Strokes of a pen: points in millimetres from the top left corner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    width_mm: u32,
    height_mm: u32,
    strokes: Vec<Vec<[f64; 2]>>,
}

/// 201 with the seal, in force at once.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let drawn = render::strokes(&form.strokes, form.width_mm, form.height_mm);
    let drawing = drawn.map_err(|error| {
        let zh = match error {
            StrokesError::Empty => "请先手写签名",
            StrokesError::TooMany => "签名笔画过多，请重写",
            StrokesError::Size => "签名超出书写框，请重写",
        };
        Problem::of(ErrorCode::Invalid).with_detail(zh, error.to_string())
    })?;
    let account = &session.account;
    let seal = Seal {
        id: state.new_id(),
        name: format!("{}（手写签名）", account.person),
        kind: Kind::Handwritten.word().to_owned(),
        width_mm: i64::from(form.width_mm),
        height_mm: i64::from(form.height_mm),
        picture: drawing.to_json(),
        state: Stage::Enabled,
        version: 1,
        needs_approval: false,
        owner: Some(account.id.clone()),
        application: None,
        created_at: state.now(),
    };
    let deed = Draw {
        platform: tenant.id(),
        organisation: &account.organisation.id,
        account: &account.id,
        seal: &seal,
        entry: state.new_id(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    let body = json!({
        "id": seal.id, "name": seal.name, "kind": seal.kind, "state": seal.state.word(), "width_mm": seal.width_mm,
        "height_mm": seal.height_mm, "picture": super::picture_url(&seal.id),
    });
    Ok((StatusCode::CREATED, Json(body)))
}

struct Draw<'a> {
    platform: &'a str,
    organisation: &'a Id,
    account: &'a Id,
    seal: &'a Seal,
    entry: Id,
}

impl Deed for Draw<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let (platform, organisation, now) =
            (self.platform, self.organisation, self.seal.created_at);
        seals::lock_organisation(tx.connection(), platform, organisation).await?;
        let before = seals::own(tx.connection(), platform, self.account).await?;
        let step = |seal, state| Stepped {
            platform,
            seal,
            state,
            operator: false,
            by: self.account,
            note: None,
            at: now,
        };
        for last in &before {
            seals::step(tx.connection(), &step(last, Stage::Revoked)).await?;
        }
        seals::insert(tx.connection(), platform, organisation, self.seal).await?;
        seals::remember(tx.connection(), &step(&self.seal.id, Stage::Enabled)).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "seal.handwritten".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.seal.id.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
