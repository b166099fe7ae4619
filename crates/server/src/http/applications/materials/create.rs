//! `POST …/materials?material=ID&name=FILE`: uploads a paper. The body is the file, streamed; its type is what it is.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::Id;
use domain::application::Event;
use serde::Deserialize;
use store::applications::materials::{self, Material};
use store::{Deed, StoreError, Tx};

use crate::applications::files::{self, MAX_FILES};
use crate::applications::view::MaterialBody;
use crate::applications::{Caller, Context, Fault, offers};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    material: String,
    #[serde(default)]
    name: String,
}

/// 201 with the material.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<MaterialBody>), Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    // Before a byte is taken.
    context.allows(&application, &Event::Edit)?;
    let wanted = tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .is_some_and(|provider| {
            let (kind, holder_type) = (application.facts.kind, application.holder_type);
            offers::papers(provider, tenant.id(), kind, holder_type)
                .iter()
                .any(|paper| paper.id == parameters.material)
        });
    if !wanted {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("该业务不需要此材料", "This paper is not wanted here"));
    }
    let paper = files::receive(&state, &headers, &parameters.name, body).await?;
    let material_id = state.new_id();
    let material = Material {
        object: format!("applications/{}/{material_id}", application.id),
        id: material_id,
        material: parameters.material,
        name: paper.name,
        size: i64::try_from(paper.received.size).unwrap_or(i64::MAX),
        media_type: paper.media_type.to_owned(),
        pages: paper.pages,
        sha256: paper.received.sha256.clone(),
        mark: None,
        created_at: state.now(),
    };
    state.files.put(&material.object, paper.received).await?;
    let deed = Keep {
        context,
        application: &application.id,
        material: &material,
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => Ok((StatusCode::CREATED, Json(MaterialBody::of(&material)))),
        Ok(Err(fault)) => {
            state.files.discard(&material.object).await;
            Err(fault.into())
        }
        Err(error) => {
            state.files.discard(&material.object).await;
            Err(error.into())
        }
    }
}

struct Keep<'a> {
    context: Context<'a>,
    application: &'a Id,
    material: &'a Material,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = self.context.allows(&application, &Event::Edit) {
            return Ok(Err(fault));
        }
        let kind = &self.material.material;
        if materials::count(tx.connection(), self.application, kind).await? >= MAX_FILES {
            return Ok(Err(Fault::Other(
                ErrorCode::TooLarge,
                "每种材料最多 10 个文件",
                "Ten files of one paper at most",
            )));
        }
        let platform = self.context.platform;
        materials::insert(tx.connection(), platform, self.application, self.material).await?;
        tx.record(&domain::audit::Entry {
            id: self.context.state.new_id(),
            platform: platform.to_owned(),
            at: self.context.now,
            action: "application.material_uploaded".into(),
            actor: self.context.actor.person().map(|person| person.id().clone()),
            subject: Some(self.application.to_string()),
            detail: serde_json::json!({ "material": kind, "sha256": self.material.sha256, "size": self.material.size })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
