//! `POST /api/v1/applications`: begins a draft.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::application::{Actor, Facts, Form, Kind, Person, State as Stands, Type, Way};
use domain::calendar::day_in_china;
use domain::entropy::random_bytes;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::applications::{self, Application, NewStep};
use store::{Deed, StoreError, Tx};

use crate::applications::offers::{self, business, holder};
use crate::applications::view::{self, Detail};
use crate::applications::{Caller, key};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the first page of the wizard sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    provider: String,
    kind: Kind,
    #[serde(rename = "type")]
    holder_type: Type,
    #[serde(default)]
    key_number: Option<String>,
}

/// 201 with the draft, its form filled with what is known of the organisation.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<Detail>), Problem> {
    let session = caller.supplier()?;
    let account = &session.account;
    let form = Form {
        organisation: account.organisation.name.clone(),
        uscc: account.organisation.uscc.clone(),
        handler: account.person.clone(),
        handler_phone: account.phone.clone(),
        holder: match request.holder_type {
            Type::Organisation | Type::Business => account.organisation.name.clone(),
            Type::Handler => account.person.clone(),
            Type::LegalRepresentative => String::new(),
        },
        recipient: account.person.clone(),
        recipient_phone: account.phone.clone(),
        ..Form::default()
    };
    let new = New {
        provider: &request.provider,
        kind: request.kind,
        holder_type: request.holder_type,
        key_number: request.key_number.as_deref(),
        way: Way::Online,
        organisation: Some(&account.organisation.id),
        account: Some(&account.id),
        form,
    };
    let application = begin(&state, &tenant, &caller, new).await?;
    let body = view::detail(&state, &tenant, &caller, &application).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// What a draft begins with.
pub struct New<'a> {
    /// The provider's id.
    pub provider: &'a str,
    /// What is asked for.
    pub kind: Kind,
    /// The certificate's type.
    pub holder_type: Type,
    /// The key that it is about.
    pub key_number: Option<&'a str>,
    /// How it comes.
    pub way: Way,
    /// Whose.
    pub organisation: Option<&'a Id>,
    /// Who is told.
    pub account: Option<&'a Id>,
    /// The form.
    pub form: Form,
}

/// Checks what is asked for against the provider's offer and the key, and writes the draft.
///
/// # Errors
/// `invalid` for what the provider does not offer; those of [`key`].
pub async fn begin(
    state: &AppState,
    tenant: &Tenant,
    caller: &Caller,
    new: New<'_>,
) -> Result<Application, Problem> {
    let refused = |zh: &str, en: &str| Problem::of(ErrorCode::Invalid).with_detail(zh, en);
    let provider = tenant
        .rules
        .catalogue
        .provider(new.provider)
        .filter(|provider| tenant.platform().capabilities(provider).apply)
        .ok_or_else(|| {
            refused(
                "该 CA 服务商不能在本平台办理",
                "This CA can't be applied for here",
            )
        })?;
    let rules = provider.applications_on(tenant.id()).ok_or_else(|| {
        refused(
            "该 CA 服务商不能在本平台办理",
            "This CA can't be applied for here",
        )
    })?;
    if !rules.kinds.contains(&business(new.kind)) || !rules.types.contains(&holder(new.holder_type))
    {
        return Err(refused(
            "该 CA 服务商不办理此业务或证书类型",
            "This CA does not offer this kind or type",
        ));
    }
    let key_number = match (new.kind.names_a_key(), new.key_number) {
        (true, None) => return Err(refused("请选择要办理的 CA 锁", "Say which key it is about")),
        (true, Some(number)) => {
            let known = key::find(
                state,
                tenant,
                new.organisation,
                provider.id.as_str(),
                number,
            )
            .await?;
            key::check_kind(state, tenant, new.kind, number, &known).await?;
            Some(number.to_owned())
        }
        (false, _) => None,
    };
    let now = state.now();
    let mut form = new.form;
    if form.years == 0 && new.kind.issues() {
        form.years = rules.years.first().copied().unwrap_or(1);
    }
    let fee = offers::fee(provider, tenant.id(), new.kind, new.holder_type, form.years);
    let entered_by = match caller.actor() {
        Actor::Operator { id, .. } => Person::Operator(id),
        _ => Person::Account(caller.id().clone()),
    };
    let mut application = Application {
        id: state.new_id(),
        number: number(state, now),
        provider: provider.id.to_string(),
        holder_type: new.holder_type,
        organisation: new.organisation.cloned(),
        account: new.account.cloned(),
        key_number,
        new_key_number: None,
        form: serde_json::to_string(&form).map_err(|_| Problem::of(ErrorCode::Internal))?,
        version: 1,
        facts: Facts {
            kind: new.kind,
            way: new.way,
            state: Stands::Draft,
            fee,
            paid: false,
            originals_received: false,
            entered_by,
            reviewed_by: None,
            second_reviewed_by: None,
            produced_by: None,
        },
        returned: None,
        rejection: None,
        originals_courier: None,
        originals_number: None,
        originals_sent_at: None,
        shipment_courier: None,
        shipment_number: None,
        pick_up: false,
        shipped_at: None,
        invoice_requested_at: None,
        due_at: None,
        submitted_at: None,
        entered_state_at: now,
        created_at: now,
    };
    let actor = caller.actor();
    loop {
        let deed = Begin {
            platform: tenant.id(),
            application: &application,
            actor: &actor,
            ids: [state.new_id(), state.new_id()],
            now,
        };
        match state.store.perform(&deed).await? {
            Ok(()) => return Ok(application),
            // One in a hundred million; the next number is another.
            Err(()) => application.number = number(state, now),
        }
    }
}

/// 受理编号: the day in China and eight random digits, so that nobody can count or guess.
fn number(state: &AppState, now: Timestamp) -> String {
    let random = u64::from_be_bytes(random_bytes(&*state.random)) % 100_000_000;
    let day = day_in_china(now).strftime("%Y%m%d").to_string();
    format!("SL{day}{random:08}")
}

struct Begin<'a> {
    platform: &'a str,
    application: &'a Application,
    actor: &'a Actor,
    ids: [Id; 2],
    now: Timestamp,
}

impl Deed for Begin<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let [step, entry] = &self.ids;
        if !applications::insert(tx.connection(), self.platform, self.application).await? {
            return Ok(Err(()));
        }
        let new = NewStep {
            id: step,
            platform: self.platform,
            application: &self.application.id,
            event: "begun",
            state: Stands::Draft,
            actor: self.actor,
            note: None,
            at: self.now,
        };
        applications::explain(tx.connection(), &new).await?;
        tx.record(&domain::audit::Entry {
            id: entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "application.begun".into(),
            actor: self.actor.person().map(|person| person.id().clone()),
            subject: Some(self.application.id.to_string()),
            detail: serde_json::json!({ "kind": self.application.facts.kind, "provider": self.application.provider })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
