//! `POST /api/v1/applications/{id}/submit`: 提交申请. Form and papers are checked here, field by field.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use domain::application::{Event, FieldFault, Form, FormRules};
use store::applications::{self, Application, materials};
use store::{Deed, StoreError, Tx};

use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context, Fault, key, offers};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The application, waiting for money or for its review.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    context.allows(&application, &Event::Submit)?;
    if let Some(number) = &application.key_number {
        // A draft may be older than the window, or than a suspension.
        let organisation = application.organisation.as_ref();
        let known = key::find(&state, &tenant, organisation, &application.provider, number).await?;
        key::check_kind(&state, &tenant, application.facts.kind, number, &known).await?;
    }
    let provider = tenant.rules.catalogue.provider(&application.provider);
    let papers = provider.map_or_else(Vec::new, |provider| {
        offers::papers(
            provider,
            tenant.id(),
            application.facts.kind,
            application.holder_type,
        )
    });
    let years = provider
        .and_then(|provider| provider.applications_on(tenant.id()))
        .map(|rules| rules.years.clone())
        .unwrap_or_default();
    let session = caller.supplier().ok();
    let deed = Submit {
        context,
        application: &application.id,
        registered: session.map(|session| {
            let organisation = &session.account.organisation;
            (organisation.name.as_str(), organisation.uscc.as_str())
        }),
        papers: papers.iter().map(|paper| paper.id.as_str()).collect(),
        years: &years,
    };
    let submitted = state.store.perform(&deed).await?.map_err(|why| match why {
        Incomplete::Fault(fault) => Problem::from(fault),
        Incomplete::Fields(faults) => fields(&faults),
        Incomplete::Papers(missing) => {
            let (zh, en): (Vec<_>, Vec<_>) = papers
                .iter()
                .filter(|paper| missing.contains(&paper.id))
                .map(|paper| paper.names())
                .unzip();
            Problem::of(ErrorCode::Invalid).with_detail(
                format!("请上传：{}", zh.join("、")),
                format!("Upload: {}", en.join(", ")),
            )
        }
    })?;
    view::detail(&state, &tenant, &caller, &submitted)
        .await
        .map(Json)
}

/// All faults in one sentence; the page marks the fields by the names in front.
fn fields(faults: &[FieldFault]) -> Problem {
    let zh: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}：{}", fault.field, fault.note.zh))
        .collect();
    let en: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.note.en))
        .collect();
    Problem::of(ErrorCode::Invalid).with_detail(zh.join("；"), en.join("; "))
}

enum Incomplete {
    Fault(Fault),
    Fields(Vec<FieldFault>),
    Papers(Vec<String>),
}

struct Submit<'a> {
    context: Context<'a>,
    application: &'a Id,
    registered: Option<(&'a str, &'a str)>,
    papers: Vec<&'a str>,
    years: &'a [u8],
}

impl Deed for Submit<'_> {
    type Done = Application;
    type Refused = Incomplete;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Application, Incomplete>, StoreError> {
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(Incomplete::Fault(fault))),
        };
        let form: Form = serde_json::from_str(&application.form)
            .map_err(|_| StoreError::Impossible("application.form"))?;
        let faults = form.faults(&FormRules {
            kind: application.facts.kind,
            holder_type: application.holder_type,
            organisation: self.registered.map(|(name, _)| name),
            uscc: self.registered.map(|(_, uscc)| uscc),
            years: self.years,
        });
        if !faults.is_empty() {
            return Ok(Err(Incomplete::Fields(faults)));
        }
        let platform = self.context.platform;
        let there = materials::of_application(tx.connection(), platform, self.application).await?;
        let missing: Vec<String> = self
            .papers
            .iter()
            .filter(|paper| !there.iter().any(|material| material.material == **paper))
            .map(|paper| (*paper).to_owned())
            .collect();
        if !missing.is_empty() {
            return Ok(Err(Incomplete::Papers(missing)));
        }
        if let Some(number) = application.key_number.clone()
            && applications::open_on_key(tx.connection(), platform, &number, &application.id)
                .await?
        {
            return Ok(Err(Incomplete::Fault(Fault::Other(
                ErrorCode::KeyBusy,
                "这把锁已有在办的申请",
                "Another application on this key is under way",
            ))));
        }
        let stepped = self
            .context
            .advance(tx, &mut application, &Event::Submit, None)
            .await?;
        Ok(stepped.map(|_| application).map_err(Incomplete::Fault))
    }
}
