//! `POST /api/v1/tickets`: opens a ticket. The report was seen by the asker; it is scrubbed once more here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use doctor::Link;
use doctor::redact::{MAX_REPORT, scrub};
use domain::audit::Entry;
use domain::session::SessionSecret;
use domain::ticket::{Contact, ContactFault, Route};
use domain::{Id, Span, Timestamp};
use serde::{Deserialize, Serialize};
use store::tickets::{self, NewTicket};
use store::{Deed, StoreError, Tx};

use super::askers_words;
use crate::http::extract::{MaybeSession, Peer, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Tickets an hour from one address.
const FROM_ADDRESS: i64 = 20;
const HOUR: Span = Span::hours(1);

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    message: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    qq: String,
    #[serde(default)]
    wechat: String,
    /// The case of the catalogue that was shown.
    case: Option<String>,
    /// The error code that was shown.
    code: Option<ErrorCode>,
    /// The CA that it concerns.
    provider: Option<String>,
    #[serde(default)]
    report: String,
    #[serde(default)]
    agent_version: String,
}

/// The answer: the secret opens the ticket again without a login, and is told once.
#[derive(Debug, Serialize)]
pub struct Opened {
    id: String,
    secret: String,
    route: &'static str,
}

/// 201.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    Peer(address): Peer,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Opened>), Problem> {
    let message = askers_words(&form.message)?;
    let contact = Contact::read(&form.phone, &form.qq, &form.wechat).map_err(bad_contact)?;
    let case = match &form.case {
        Some(name) => Some(doctor::case::by_name(name).ok_or(ErrorCode::Invalid)?),
        None => form.code.and_then(doctor::codes::case_of),
    };
    let provider = match &form.provider {
        Some(id) => Some(
            tenant
                .rules
                .catalogue
                .provider(id)
                .ok_or(ErrorCode::Invalid)?,
        ),
        None => None,
    };
    if form.report.len() > MAX_REPORT || !is_version(&form.agent_version) {
        return Err(ErrorCode::Invalid.into());
    }
    let account = session.as_ref().map(|session| &session.account);
    let secrets: Vec<String> = account
        .iter()
        .flat_map(|account| [account.person.clone(), account.organisation.name.clone()])
        .collect();
    let concerns_ca = case.is_some_and(|case| {
        matches!(
            case.link,
            Link::Driver | Link::Token | Link::Certificate | Link::Ca
        )
    });
    let sold_here = provider.is_some_and(|provider| tenant.platform().capabilities(provider).apply);
    let route = Route::of(concerns_ca, provider.is_some(), sold_here);
    let secret = SessionSecret::new(&*state.random);
    let id = state.new_id();
    let deed = Open {
        ticket: NewTicket {
            id: &id,
            platform: tenant.id(),
            asker: account.map(|account| (&account.organisation.id, &account.id)),
            secret_hash: secret.hash(),
            route: route.as_str(),
            provider: provider.map(|provider| provider.id.as_str()),
            case: case.map(|case| case.name),
            code: form.code.map(ErrorCode::name),
            message: &message,
            phone: &contact.phone,
            qq: &contact.qq,
            wechat: &contact.wechat,
            report: &scrub(&form.report, &secrets),
            agent_version: &form.agent_version,
            origin_hash: "",
            at: state.now(),
        },
        address: &address.to_string(),
        entry: state.new_id(),
        now: state.now(),
    };
    state
        .store
        .perform(&deed)
        .await?
        .map_err(|()| Problem::of(ErrorCode::RateLimited).retry_after(HOUR.whole_seconds()))?;
    let opened = Opened {
        id: id.to_string(),
        secret: secret.cookie_value().to_owned(),
        route: route.as_str(),
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

fn is_version(text: &str) -> bool {
    text.len() <= 32
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

fn bad_contact(fault: ContactFault) -> Problem {
    let (zh, en) = match fault {
        ContactFault::Nothing => (
            "请至少留下电话、QQ、微信中的一项",
            "Leave a telephone, QQ or WeChat number",
        ),
        ContactFault::Phone => ("电话号码不正确", "That is no telephone number"),
        ContactFault::Qq => ("QQ 号为 5 至 11 位数字", "A QQ number has 5 to 11 digits"),
        ContactFault::Wechat => (
            "微信号为 6 至 20 位字母、数字、下划线或减号",
            "A WeChat name has 6 to 20 letters, digits, _ or -",
        ),
    };
    Problem::of(ErrorCode::Invalid).with_detail(zh, en)
}

struct Open<'a> {
    ticket: NewTicket<'a>,
    address: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for Open<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let origin_hash = tx.pseudonym(self.address);
        let platform = self.ticket.platform;
        let since = self.now - HOUR;
        if tickets::lately(tx.connection(), platform, &origin_hash, since).await? >= FROM_ADDRESS {
            return Ok(Err(()));
        }
        let ticket = NewTicket {
            origin_hash: &origin_hash,
            ..self.ticket.clone()
        };
        tickets::insert(tx.connection(), &ticket).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "ticket.opened".into(),
            actor: ticket.asker.map(|(_, account)| account.clone()),
            subject: Some(ticket.id.to_string()),
            detail: serde_json::json!({ "route": ticket.route, "case": ticket.case, "code": ticket.code }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
