//! `GET /api/v1/seals/registry`: all seals of the organisation, whatever their state, with who may use them.

use axum::Json;
use axum::extract::State;
use domain::seal::{Event, keeps_seals};
use serde_json::{Value, json};

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// In the order of their making.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Value>, Problem> {
    let account = &session.account;
    let keeps = keeps_seals(&account.role);
    let mut items = Vec::new();
    for seal in super::of(&state, &tenant, &account.organisation).await? {
        if !super::shown_to(&seal, account) {
            continue;
        }
        let own = seal.owner.as_ref() == Some(&account.id);
        let holders = state.store.seal_holders(tenant.id(), &seal.id).await?;
        let editions = state.store.seal_editions(tenant.id(), &seal.id).await?;
        let history = state.store.seal_history(tenant.id(), &seal.id).await?;
        let next: Vec<&str> = Event::ALL
            .iter()
            .filter(|event| (keeps || own) && seal.state.step(**event).is_some())
            .map(|event| event.word())
            .collect();
        items.push(json!({
            "id": seal.id, "name": seal.name, "kind": seal.kind, "width_mm": seal.width_mm, "height_mm": seal.height_mm,
            "state": seal.state.word(), "version": seal.version, "needs_approval": seal.needs_approval,
            "picture": super::picture_url(&seal.id), "created_at": rfc3339(seal.created_at), "own": own, "next": next,
            "holders": { "accounts": holders.accounts, "roles": holders.roles },
            "editions": editions.iter().map(|one| json!({
                "version": one.ses_version, "edition": one.edition, "made_at": rfc3339(one.made_at), "not_after": rfc3339(one.not_after),
            })).collect::<Vec<_>>(),
            "history": history.iter().map(|step| json!({
                "at": rfc3339(step.at), "state": step.state, "by_role": step.by_role, "note": step.note,
            })).collect::<Vec<_>>(),
        }));
    }
    Ok(Json(
        json!({ "total": items.len(), "items": items, "keeps": keeps }),
    ))
}
