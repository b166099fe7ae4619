//! `POST /api/v1/sealings/{id}/completion`: the agent's CMS makes the prepared revision whole.
//!
//! Checked in this order: the sealing is open and this account's → the CMS is one detached signature with
//! the signed intent as issued, from this origin → the digest is the prepared one and the signature stands →
//! usage, provider, product, validity, path → revocation, fresh → identity, organisation → the key is bound
//! to this very account, or to none where keys of its provider can't be bound. Only then is the revision written and the rows changed.

use axum::Json;
use axum::extract::{Path, State};
use contract::{Base64, ErrorCode, SealIntentAttribute};
use domain::audit::Entry;
use domain::{Id, Operation, Timestamp, identity, possession};
use pki::Certificate;
use pki::cms::{SignedData, SignerInfo};
use pki::oid;
use pki::path::Usage;
use seal::pdf;
use serde::Deserialize;
use store::documents::sealings::{self, Completion, Sealing, Variant};
use store::documents::{self, Revision};
use store::seals::uses::{self, Wanted};
use store::{Deed, StoreError, Tx};

use crate::http::documents::sealings::create::{name_of, word};
use crate::http::documents::{DetailBody, detail, find, path_id};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::presented::revocation_of;
use crate::{AppState, Problem};

/// What the agent answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    cms: Base64,
}

/// The document with its new seal. Sent again after it went through, the answer is the same.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<DetailBody>, Problem> {
    let account = &session.account;
    let sealing = state.store.sealing(tenant.id(), &path_id(&id)?).await?;
    let sealing = sealing
        .filter(|sealing| sealing.account == account.id)
        .ok_or_else(|| Problem::of(ErrorCode::NotFound))?;
    let document = find(
        &state,
        &tenant,
        &account.organisation.id,
        sealing.document.as_str(),
    )
    .await?;
    if sealing.state == "completed" {
        return Ok(Json(detail(&state, &tenant, &document).await?));
    }
    if sealing.state != "prepared" || sealing.expires_at <= state.now() {
        return Err(ErrorCode::SealingExpired.into());
    }
    let variants = state
        .store
        .sealing_variants(tenant.id(), &sealing.id)
        .await?;
    let signed = examine(&form.cms.0, &sealing, &variants, tenant.origin())?;

    let now = state.now();
    let proven = possession::accept(
        signed.certificate.clone(),
        Usage::DocumentSigning,
        Operation::Seal,
        &tenant.rules.catalogue,
        tenant.platform(),
        now,
    )?;
    revocation_of(&state, &tenant, &proven, Operation::Seal, now).await?;
    let identity = identity::read(proven.provider, &signed.certificate)?;
    identity::belongs_to(
        &identity,
        &account.organisation.uscc,
        &account.organisation.name,
    )?;
    // A key that no account can bind here seals for its own organisation's accounts: the manual's 省统一CA.
    let needs_binding = tenant.platform().capabilities(proven.provider).bind;
    match state
        .store
        .binding_of_key(tenant.id(), &identity.key_number)
        .await?
    {
        Some(binding) if binding.account == account.id => {}
        Some(_) => return Err(ErrorCode::BoundElsewhere.into()),
        None if needs_binding => return Err(ErrorCode::NotBound.into()),
        None => {}
    }

    let tail = pdf::complete(
        &signed.variant.tail,
        u64::try_from(sealing.base_size).unwrap_or_default(),
        &form.cms.0,
    )
    .map_err(|error| mismatch(error.to_string()))?;
    let base = state
        .files
        .map(&sealing.base_object, sealing.base_size)
        .await?;
    let files = state.files.clone();
    let revision = tokio::task::spawn_blocking(move || files.append((*base).as_ref(), &tail))
        .await
        .map_err(|_| Problem::of(ErrorCode::Internal))??;
    let object = format!("documents/{}/{}.pdf", sealing.document, state.new_id());
    let (size, sha256) = (
        i64::try_from(revision.size).unwrap_or(i64::MAX),
        revision.sha256.clone(),
    );
    state.files.put(&object, revision).await?;

    let deed = Complete {
        platform: tenant.id(),
        organisation: &account.organisation.id,
        account: &account.id,
        sealing: &sealing,
        revision: Revision {
            object: &object,
            size,
            sha256: &sha256,
        },
        key_number: &identity.key_number,
        needs_binding,
        certificate: signed.certificate.der(),
        grade: signed.grade,
        entry: state.new_id(),
        now,
    };
    let performed = state.store.perform(&deed).await;
    if !matches!(performed, Ok(Ok(()))) {
        state.files.discard(&object).await;
    }
    performed??;
    let sealed = find(
        &state,
        &tenant,
        &account.organisation.id,
        sealing.document.as_str(),
    )
    .await?;
    Ok(Json(detail(&state, &tenant, &sealed).await?))
}

/// A CMS that fits the sealing, with a signature that stands.
struct Signed<'v> {
    certificate: Certificate,
    variant: &'v Variant,
    grade: &'static str,
}

fn examine<'v>(
    cms: &[u8],
    sealing: &Sealing,
    variants: &'v [Variant],
    origin: &str,
) -> Result<Signed<'v>, Problem> {
    let data = SignedData::from_der(cms).map_err(|error| mismatch(error.to_string()))?;
    if data.content().is_some() {
        return Err(mismatch("the signature is not detached"));
    }
    let [signer] = data.signers() else {
        return Err(mismatch("not exactly one signer"));
    };
    let certificate = data
        .certificate_of(signer)
        .ok_or_else(|| mismatch("the signer's certificate is missing"))?;
    let family = name_of(certificate.public_key().family())
        .ok_or_else(|| mismatch("no key that seals documents"))?;
    let variant = variants
        .iter()
        .find(|variant| variant.family == word(family))
        .ok_or_else(|| mismatch("no revision was prepared for this family of keys"))?;
    let grade = shown(signer, sealing, origin)?;
    signer
        .verify(&variant.digest, certificate)
        .map_err(|error| mismatch(error.to_string()))?;
    // ETSI EN 319 122-1 §5.2.2: without it another certificate over the same key could be put in.
    if signer.signing_certificate_v2().is_none()
        && variant.sub_filter == pdf::SubFilter::EtsiCadesDetached.name()
    {
        return Err(mismatch("signing-certificate-v2 is missing"));
    }
    Ok(Signed {
        certificate: certificate.clone(),
        variant,
        grade,
    })
}

/// The signed intent is the issued one, letter by letter, and was asked for by our own pages.
fn shown(signer: &SignerInfo, sealing: &Sealing, origin: &str) -> Result<&'static str, Problem> {
    let value = signer
        .attribute(&oid::YINXIN_SEAL_INTENT)
        .ok_or_else(|| mismatch("the signed intent is missing"))?;
    let intent =
        SealIntentAttribute::from_der(value).map_err(|error| mismatch(error.to_string()))?;
    if intent.intent != sealing.intent {
        return Err(mismatch("another intent was signed"));
    }
    if intent.origin != origin {
        return Err(Problem::of(ErrorCode::OriginRefused).with_detail(
            "签章不是由本平台页面发起",
            "The seal was asked for by another site",
        ));
    }
    Ok(intent.grade.name())
}

fn mismatch(reason: impl Into<String>) -> Problem {
    let reason = reason.into();
    tracing::info!(reason, "a CMS was refused");
    Problem::of(ErrorCode::SealMismatch).with_detail(
        "签章结果与文件不符",
        format!("The signature does not fit the document: {reason}"),
    )
}

struct Complete<'a> {
    platform: &'a str,
    organisation: &'a Id,
    account: &'a Id,
    sealing: &'a Sealing,
    revision: Revision<'a>,
    key_number: &'a str,
    needs_binding: bool,
    certificate: &'a [u8],
    grade: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for Complete<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Sealing {
            id,
            document,
            base_object,
            ..
        } = self.sealing;
        documents::lock(tx.connection(), self.platform, self.organisation, document).await?;
        // The key may have been released while the user typed the PIN.
        let bound =
            store::bindings::by_key_number(tx.connection(), self.platform, self.key_number).await?;
        let may = match bound {
            Some(binding) => binding.account == *self.account,
            None => !self.needs_binding,
        };
        if !may {
            return Ok(Err(ErrorCode::NotBound));
        }
        // A seal may have been taken out of force meanwhile, or its approval may have ended.
        for seal in uses::seals_of(tx.connection(), self.platform, id).await? {
            let wanted = Wanted {
                platform: self.platform,
                organisation: self.organisation,
                seal: &seal,
                account: self.account,
                document,
                at: self.now,
            };
            if let Err(barred) = uses::allowed(tx.connection(), &wanted).await? {
                return Ok(Err(crate::http::seals::barred(barred)));
            }
        }
        let completion = Completion {
            key_number: self.key_number,
            certificate: self.certificate,
            grade: self.grade,
            object: self.revision.object,
            at: self.now,
        };
        if !sealings::complete(tx.connection(), self.platform, id, completion).await? {
            return Ok(Err(ErrorCode::SealingExpired));
        }
        let revision = self.revision;
        if !documents::revise(
            tx.connection(),
            self.platform,
            document,
            base_object,
            revision,
            "sealed",
            self.now,
        )
        .await?
        {
            return Ok(Err(ErrorCode::DocumentState));
        }
        let key = tx.pseudonym(self.key_number);
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "sealing.completed".into(),
            actor: Some(self.account.clone()),
            subject: Some(id.to_string()),
            detail: serde_json::json!({
                "document": document, "sha256": revision.sha256, "key": key, "grade": self.grade,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
