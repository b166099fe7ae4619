//! `GET /api/v1/tasks`: what waits for the caller, a supplier or an operator.

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use domain::binding::forced::State as Stage;
use domain::organisation::{Kind, State as RequestState};
use domain::staff::Class;
use store::operators::OperatorSession;
use store::sessions::Session;

use super::{LineBody, Lines, line};
use crate::http::extract::{MaybeOperator, MaybeSession, Tenant};
use crate::{AppState, Problem};

/// The lines, the latest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    MaybeOperator(operator): MaybeOperator,
) -> Result<Json<Lines>, Problem> {
    let items = match (session, operator) {
        (Some(session), _) => of_supplier(&state, &tenant, &session).await?,
        (None, Some(operator)) => of_operator(&state, &tenant, &operator).await?,
        (None, None) => return Err(ErrorCode::NotLoggedIn.into()),
    };
    Ok(Json(Lines::of(items)))
}

async fn of_supplier(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
) -> Result<Vec<LineBody>, Problem> {
    let mut items = Vec::new();
    let caller = &session.account;
    let (platform, organisation, now) = (tenant.id(), &caller.organisation.id, state.now());
    if caller.role == "administrator" {
        for request in state
            .store
            .change_requests_of(platform, organisation)
            .await?
        {
            let (zh, en) = match request.kind {
                Kind::Formal => ("正式供应商申请", "Application as a formal supplier"),
                Kind::Information => ("信息变更", "Change of information"),
                Kind::Regions => ("区划变更", "Change of regions"),
            };
            let (doing, done) = match request.state {
                RequestState::Draft => ("待提交", "to be submitted"),
                RequestState::Returned => ("已退回，待修改", "returned, to be mended"),
                _ => continue,
            };
            let at = request.decided_at.unwrap_or(request.created_at);
            let link = format!("/organisation/requests/{}", request.id);
            items.push(line(
                "organisation_request",
                format!("{zh}{doing}"),
                format!("{en}: {done}"),
                link,
                at,
            ));
        }
    }
    let waiting = state.store.waiting(platform, organisation).await?;
    let under_way = waiting.applications;
    if under_way > 0 {
        items.push(line(
            "applications",
            format!("{under_way} 个 CA 证书申请在办"),
            format!("Applications for certificates under way: {under_way}"),
            "/applications".to_owned(),
            now,
        ));
    }
    let drafts = waiting.documents;
    if drafts > 0 {
        items.push(line(
            "documents",
            format!("{drafts} 份文件待签章或提交"),
            format!("Documents to be sealed or submitted: {drafts}"),
            "/documents".to_owned(),
            now,
        ));
    }
    for forced in state.store.forced_of(platform, &caller.id).await? {
        let at = forced.submitted_at.unwrap_or(forced.created_at);
        let link = format!("/forced-unbindings/{}", forced.id);
        let number = &forced.key_number;
        if forced.owner == caller.id && forced.facts.state == Stage::Waiting {
            let zh = format!("CA 锁 {number} 将被强制解绑，如有异议请在等待期内提出");
            let en =
                format!("Key {number} will be unbound by force; object within the waiting time");
            items.push(line("forced_unbinding", zh, en, link, at));
        } else if forced.account == caller.id && forced.facts.state == Stage::Draft {
            let zh = format!("CA 锁 {number} 的强制解绑申请待提交");
            let en = format!("The forced unbinding of key {number} is to be submitted");
            items.push(line("forced_unbinding", zh, en, link, at));
        }
    }
    Ok(items)
}

async fn of_operator(
    state: &AppState,
    tenant: &Tenant,
    operator: &OperatorSession,
) -> Result<Vec<LineBody>, Problem> {
    let mut items = Vec::new();
    if operator.operator.class != Class::Business {
        return Ok(items);
    }
    let (platform, now) = (tenant.id(), state.now());
    let (_, requests) = state
        .store
        .change_request_queue(platform, RequestState::Submitted.word(), 1, 0)
        .await?;
    if requests > 0 {
        items.push(line(
            "organisation_requests",
            format!("{requests} 个单位申请待审核"),
            format!("{requests} requests of organisations wait for review"),
            "/operator/organisation-requests?state=submitted".to_owned(),
            now,
        ));
    }
    for stage in [Stage::Submitted, Stage::FirstApproved, Stage::Objected] {
        let (_, waiting) = state
            .store
            .forced_queue(platform, stage.word(), 1, 0)
            .await?;
        if waiting == 0 {
            continue;
        }
        let (zh, en) = match stage {
            Stage::Submitted => ("待初审", "wait for the first approval"),
            Stage::FirstApproved => ("待复审", "wait for the second approval"),
            _ => ("有异议", "have an objection"),
        };
        items.push(line(
            "forced_unbindings",
            format!("{waiting} 个强制解绑申请{zh}"),
            format!("{waiting} forced unbindings {en}"),
            format!("/operator/forced-unbindings?state={}", stage.word()),
            now,
        ));
    }
    Ok(items)
}
