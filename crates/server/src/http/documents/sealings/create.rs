//! `POST /api/v1/documents/{id}/sealings`: prepares the revision that a seal will sign.
//!
//! The form says which seals go where ([`super::form`]), [`super::places`] finds the places, [`pdf`] makes the
//! revisions, [`deed`] writes the rows.

mod deed;
mod pdf;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::intent::DigestName;
use contract::request::SealPurpose;
use contract::{
    DocumentDigest, ErrorCode, Intent, KeyFamilyName, SealIntent, SealName, SealRequest,
};
use domain::{Id, Span};
use pki::{Certificate, KeyFamily};
use serde::Serialize;
use store::documents::Document;
use store::documents::sealings::Place;

pub(in crate::http::documents::sealings) use self::pdf::refusal;
use super::form::Form;
use super::places::{self, Chosen};
use crate::formats::Format;
use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// A prepared seal waits this long for its signature.
const LIFE: Span = Span::minutes(15);

/// The request for the agent, and the id to complete it under.
#[derive(Serialize)]
pub struct Body {
    id: String,
    expires_at: String,
    #[serde(flatten)]
    request: SealRequest,
}

/// 201 with one variant for each family of keys that the account has bound and may seal with.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Body>), Problem> {
    let organisation = &session.account.organisation;
    let document = find(&state, &tenant, &organisation.id, &id).await?;
    if document.state == "published" {
        return Err(ErrorCode::DocumentState.into());
    }
    pdf_only(&document)?;
    let wish = form.read()?;
    let Chosen {
        seals,
        pictures,
        items,
    } = places::choose(&state, &tenant, &organisation.id, &wish).await?;
    let families = families(&state, &tenant, &session.account.id).await?;
    if families.is_empty() {
        return Err(Problem::of(ErrorCode::NotBound).with_detail(
            "本账户没有可用于签章的已绑定 CA 锁",
            "This account has no bound key that may seal here",
        ));
    }

    let now = state.now();
    let work = pdf::Work {
        file: state.files.map(&document.object, document.size).await?,
        pictures,
        items,
        signer: organisation.name.clone(),
        reason: wish.note.clone(),
        last: wish.certify,
        families,
        now,
    };
    let busy = || Problem::of(ErrorCode::Busy).retry_after(5);
    let permit = state
        .workshop
        .verifications
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| busy())?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work.prepare()
    })
    .await
    .map_err(|_| Problem::of(ErrorCode::PdfRefused))??;

    let ids: Vec<Id> = seals.iter().map(|seal| seal.id.clone()).collect();
    let mut pages: Vec<u32> = done
        .places
        .iter()
        .map(|place| place.placement.page)
        .collect();
    pages.sort_unstable();
    pages.dedup();
    if pages.len() > contract::intent::MAX_PAGES {
        let most = contract::intent::MAX_PAGES;
        return Err(Problem::of(ErrorCode::TooLarge).with_detail(
            format!("一次签章最多涉及 {most} 页，请分次签章"),
            format!("One seal goes on {most} pages at most; seal the others apart"),
        ));
    }
    let count = u32::try_from(done.places.len()).unwrap_or(u32::MAX);
    let mut names = seals.iter().map(|seal| SealName {
        id: seal.id.to_string(),
        name: seal.name.clone(),
    });
    let first = names
        .next()
        .ok_or_else(|| Problem::of(ErrorCode::Internal))?;
    let further_seals: Vec<SealName> = names.collect();
    let plain = pages.len() == 1 && count == 1;
    let intent = Intent::Seal(SealIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
        organisation: organisation.name.clone(),
        document: document.name.clone(),
        document_digest: DocumentDigest {
            algorithm: DigestName::Sha256,
            value_hex: document.sha256.clone(),
        },
        pages,
        seal: first,
        further_seals,
        places: (!plain).then_some(count),
        last: wish.certify,
    });
    let intent = intent.to_json().map_err(|error| {
        tracing::error!(%error, "an intent of our own was refused");
        Problem::of(ErrorCode::Internal)
    })?;
    let rows: Vec<Place> = done.places.iter().map(|place| place.row(&ids)).collect();
    let deed = deed::Prepare {
        platform: tenant.id(),
        document: &document,
        account: &session.account.id,
        seals: &ids,
        sealing: state.new_id(),
        places: &rows,
        last: wish.certify,
        note: wish.note.as_deref(),
        intent: &intent,
        variants: done
            .variants
            .iter()
            .map(|variant| variant.row(document.size))
            .collect(),
        entry: state.new_id(),
        now,
    };
    state.store.perform(&deed).await??;
    let request = SealRequest {
        version: 1,
        purpose: SealPurpose::Seal,
        intent: intent.clone(),
        variants: done
            .variants
            .into_iter()
            .map(|variant| variant.offered(document.size))
            .collect(),
    };
    let body = Body {
        id: deed.sealing.to_string(),
        expires_at: crate::http::time::rfc3339(now + LIFE),
        request,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// What an OFD is signed with needs a seal object and Signature.xml in the request; the work on PDFs has neither.
pub(in crate::http::documents) fn pdf_only(document: &Document) -> Result<(), Problem> {
    if Format::named(&document.format) == Format::Ofd {
        return Err(Problem::of(ErrorCode::PdfRefused).with_detail(
            "OFD 文件暂不能在平台上签章，可上传后验证和预览",
            "OFD files can be verified and looked at here, and not be sealed yet",
        ));
    }
    Ok(())
}

/// The families of the account's bound keys whose provider may seal here; and both that providers of this
/// country use, where keys seal here that can't be bound: which one is plugged in shows only at the agent.
async fn families(
    state: &AppState,
    tenant: &Tenant,
    account: &Id,
) -> Result<Vec<KeyFamilyName>, Problem> {
    let mut found = Vec::new();
    for binding in state.store.bindings_of(tenant.id(), account).await? {
        let provider = tenant.rules.catalogue.provider(&binding.provider);
        if !provider.is_some_and(|provider| tenant.platform().capabilities(provider).seal) {
            continue;
        }
        let family = Certificate::from_der(&binding.certificate)
            .ok()
            .and_then(|c| name_of(c.public_key().family()));
        if let Some(family) = family.filter(|family| !found.contains(family)) {
            found.push(family);
        }
    }
    let unbound = tenant.rules.catalogue.providers().any(|provider| {
        let can = tenant.platform().capabilities(provider);
        can.seal && !can.bind
    });
    if unbound {
        for family in [KeyFamilyName::Sm2, KeyFamilyName::Rsa] {
            if !found.contains(&family) {
                found.push(family);
            }
        }
    }
    Ok(found)
}

/// The families that documents are sealed with.
pub(crate) fn name_of(family: KeyFamily) -> Option<KeyFamilyName> {
    match family {
        KeyFamily::Sm2 => Some(KeyFamilyName::Sm2),
        KeyFamily::Rsa => Some(KeyFamilyName::Rsa),
        KeyFamily::P256 => Some(KeyFamilyName::P256),
        _ => None,
    }
}

/// The word in the database, as in JSON.
pub(crate) const fn word(family: KeyFamilyName) -> &'static str {
    match family {
        KeyFamilyName::Sm2 => "sm2",
        KeyFamilyName::Rsa => "rsa",
        KeyFamilyName::P256 => "p256",
    }
}
