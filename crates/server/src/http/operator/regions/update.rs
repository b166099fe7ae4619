//! `PUT /api/v1/operator/regions/{code}`: sets what a region has of its own; null: as above.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::region::{Setting, WAYS};
use domain::staff::Class;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::regions::{self, Own};
use store::{Deed, StoreError, Tx};

use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::regions::show::{Body, WHOLE, describe};
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    #[serde(default)]
    providers: Option<Vec<String>>,
    #[serde(default)]
    application: Option<bool>,
    #[serde(default)]
    login: Option<Vec<String>>,
    #[serde(default)]
    drivers: Option<Vec<String>>,
    #[serde(default)]
    notices: Option<Vec<contract::Text>>,
    version: i64,
}

/// Notices of a region, and characters of one.
const NOTICES: usize = 10;
const NOTICE: usize = 500;

/// 200 with what counts now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(code): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Body>, Problem> {
    operator.require(Class::System)?;
    let region = if code == WHOLE { "" } else { code.as_str() };
    if !region.is_empty() && state.store.region(region).await?.is_none() {
        return Err(ErrorCode::RegionUnknown.into());
    }
    let known = |id: &String| tenant.rules.catalogue.provider(id).is_some();
    let lists = [&form.providers, &form.drivers];
    let providers = lists.into_iter().flatten().flatten().all(known);
    let ways = form
        .login
        .iter()
        .flatten()
        .all(|way| WAYS.contains(&way.as_str()));
    let open = form.login.as_ref().is_none_or(|ways| !ways.is_empty());
    let notices = form.notices.iter().flatten();
    let told = notices.clone().count() <= NOTICES
        && notices.into_iter().all(|text| {
            [&text.zh, &text.en]
                .into_iter()
                .all(|one| (1..=NOTICE).contains(&one.chars().count()))
        });
    if !(providers && ways && open && told) {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "服务商、登录方式或通知填写不正确；登录方式至少保留一种",
            "A provider, a way to log in or a notice is not valid; one way to log in stays at least",
        ));
    }
    let deed = Set {
        platform: tenant.id(),
        region,
        own: Own {
            setting: Setting {
                providers: form.providers,
                application: form.application,
                login: form.login,
                drivers: form.drivers,
                notices: form.notices,
            },
            version: form.version,
        },
        by: &operator.0.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    describe(&state, &tenant, &code).await.map(Json)
}

struct Set<'a> {
    platform: &'a str,
    region: &'a str,
    own: Own,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Set<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let set = regions::set(
            tx.connection(),
            self.platform,
            self.region,
            &self.own,
            self.by,
            self.now,
        )
        .await?;
        if !set {
            return Ok(Err(ErrorCode::ChangedElsewhere));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "region.set".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.region.to_owned()),
            detail: serde_json::json!(self.own.setting).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
