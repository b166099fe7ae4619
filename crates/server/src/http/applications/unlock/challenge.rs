//! `POST …/unlock/challenge`: the 授权码 that was told by telephone opens the way to the agent.

use axum::Json;
use axum::extract::{Path, State};
use contract::{ErrorCode, Intent, UnlockIntent, UnlockPurpose, UnlockRequest};
use domain::Id;
use domain::application::{Event, Form, Kind};
use serde::Deserialize;
use serde_json::{Value, json};
use store::applications::{Application, codes};
use store::{Deed, StoreError, Tx};

use crate::applications::making::Begin;
use crate::applications::{Caller, Context, Fault};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::http::progress::hash;
use crate::{AppState, Problem};

/// Wrong tries until a new code is wanted.
const TRIES: i64 = 5;

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    code: String,
}

/// The agent's request.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Value>, Problem> {
    caller.supplier()?;
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    if application.facts.kind != Kind::Unlock {
        return Err(ErrorCode::ApplicationState.into());
    }
    context.allows(&application, &Event::Begin)?;
    let number = application.key_number.clone().ok_or(ErrorCode::Internal)?;
    let made = state
        .store
        .production_of_key(&number)
        .await?
        .ok_or_else(|| {
            Problem::of(ErrorCode::ApplicationState).with_detail(
                "这把锁没有托管的管理员 PIN，不能线上解锁，请到受理点现场办理",
                "No administrator PIN of this key is in escrow: go to the counter",
            )
        })?;
    let check = Try {
        application: &application.id,
        context,
    };
    // The try is counted before it is compared, and stays counted whatever comes of it.
    let kept = state.store.perform(&check).await??;
    if kept.as_deref() != Some(&hash(application.number.as_str(), request.code.trim())[..]) {
        return Err(Problem::of(ErrorCode::CodeWrong).with_detail(
            "授权码错误或已失效，请核对；连错 5 次须重新索取",
            "The code is wrong or has lapsed; after five wrong ones ask for another",
        ));
    }
    let serial = made.device_serial.unwrap_or_default();
    let deed = Begin {
        context,
        application: &application.id,
        kind: "unlock",
        // Each window has a key of its own, so each begins anew.
        restart: true,
        intent: &|application, _, number| intent(&tenant, application, number, &serial),
        challenge: &|_| None,
        by: caller.id(),
    };
    let (_, production) = state.store.perform(&deed).await??;
    let request = UnlockRequest {
        version: 1,
        purpose: UnlockPurpose::Unlock,
        intent: production.intent,
    };
    Ok(Json(json!({ "request": request })))
}

fn intent(
    tenant: &Tenant,
    application: &Application,
    number: &str,
    serial: &str,
) -> Option<String> {
    let form: Form = serde_json::from_str(&application.form).ok()?;
    let holder = if form.holder.is_empty() {
        form.organisation.clone()
    } else {
        form.holder
    };
    Intent::Unlock(UnlockIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
        organisation: form.organisation,
        holder,
        key_number: number.to_owned(),
        application: application.number.clone(),
        device_serial: serial.to_owned(),
    })
    .to_json()
    .ok()
}

struct Try<'a> {
    application: &'a Id,
    context: Context<'a>,
}

impl Deed for Try<'_> {
    type Done = Option<Vec<u8>>;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Option<Vec<u8>>, Fault>, StoreError> {
        let now = self.context.now;
        let kept = codes::try_unlock(tx.connection(), self.application, TRIES, now).await?;
        Ok(Ok(kept))
    }
}
