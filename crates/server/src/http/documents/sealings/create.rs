//! `POST /api/v1/documents/{id}/sealings`: prepares the revision that a seal will sign.
//!
//! The file is read once: its base is hashed with each algorithm that a bound key needs, and every variant
//! continues from a copy of that state.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::intent::DigestName;
use contract::request::SealPurpose;
use contract::{
    Base64, DocumentDigest, ErrorCode, Intent, KeyFamilyName, SealIntent, SealName, SealRequest,
    SealVariant,
};
use domain::audit::Entry;
use domain::{Id, Span, Timestamp};
use pki::{Certificate, HashAlgorithm, Hasher, KeyFamily};
use seal::VectorPicture;
use seal::pdf::{self, PrepareError, SealSpec, SubFilter, tail};
use serde::{Deserialize, Serialize};
use store::documents::sealings::{self, NewSealing, Variant};
use store::documents::{self, Document, Revision};
use store::seals::uses::{self, Wanted};
use store::{Deed, StoreError, Tx};

use crate::files::Mapped;
use crate::http::documents::{find, path_id};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// A prepared seal waits this long for its signature.
const LIFE: Span = Span::minutes(15);
/// How much of the file is hashed at a time, so that all hashes run over it while it is in the cache.
const PIECE: usize = 256 * 1024;

/// Where the seal was dropped: millimetres from the top left corner of the page as displayed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    seal_id: String,
    page: u32,
    x_mm: f64,
    y_mm: f64,
}

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
    let seal = state
        .store
        .seal(tenant.id(), &organisation.id, &path_id(&form.seal_id)?)
        .await?;
    let seal = seal.ok_or_else(|| Problem::of(ErrorCode::NotFound))?;
    let families = families(&state, &tenant, &session.account.id).await?;
    if families.is_empty() {
        return Err(Problem::of(ErrorCode::NotBound).with_detail(
            "本账户没有可用于签章的已绑定 CA 锁",
            "This account has no bound key that may seal here",
        ));
    }

    let now = state.now();
    let work = Work {
        file: state.files.map(&document.object, document.size).await?,
        picture: crate::http::seals::drawing(&seal)?.picture(),
        page: form.page,
        place: (form.x_mm, form.y_mm),
        signer: organisation.name.clone(),
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
    let prepared = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work.prepare()
    })
    .await
    .map_err(|_| Problem::of(ErrorCode::PdfRefused))??;

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
        pages: vec![form.page],
        seal: SealName {
            id: seal.id.to_string(),
            name: seal.name.clone(),
        },
    });
    let intent = intent.to_json().map_err(|error| {
        tracing::error!(%error, "an intent of our own was refused");
        Problem::of(ErrorCode::Internal)
    })?;
    let deed = Prepare {
        platform: tenant.id(),
        document: &document,
        account: &session.account.id,
        seal: &seal.id,
        sealing: state.new_id(),
        page: form.page,
        um: (micrometres(form.x_mm), micrometres(form.y_mm)),
        intent: &intent,
        variants: prepared
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
        variants: prepared
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

fn micrometres(millimetres: f64) -> i64 {
    // The place was checked against the page: a few metres at most.
    (millimetres * 1000.0).round() as i64
}

/// What is prepared where blocking is allowed.
struct Work {
    file: Arc<Mapped>,
    picture: VectorPicture,
    page: u32,
    place: (f64, f64),
    signer: String,
    families: Vec<KeyFamilyName>,
    now: Timestamp,
}

/// One family's revision.
struct PreparedVariant {
    family: KeyFamilyName,
    sub_filter: SubFilter,
    hash: DigestName,
    digest: Vec<u8>,
    tail: Vec<u8>,
}

impl Work {
    fn prepare(self) -> Result<Vec<PreparedVariant>, Problem> {
        let file: &[u8] = (*self.file).as_ref();
        let pages =
            pdf::page_geometries(file).map_err(|error| refusal(PrepareError::Broken(error)))?;
        let at = usize::try_from(self.page)
            .ok()
            .and_then(|page| page.checked_sub(1));
        let page = at
            .and_then(|at| pages.get(at))
            .ok_or_else(|| refusal(PrepareError::NoSuchPage(self.page)))?;
        let (x_mm, y_mm) = self.place;
        let rect = page.rect_at(x_mm, y_mm, self.picture.width_mm, self.picture.height_mm);
        let field_name = pdf::free_field_name(file).map_err(refusal)?;

        let mut tails = Vec::new();
        for family in self.families {
            let (sub_filter, hash) = match family {
                KeyFamilyName::Sm2 => (SubFilter::AdbePkcs7Detached, DigestName::Sm3),
                KeyFamilyName::Rsa | KeyFamilyName::P256 => {
                    (SubFilter::EtsiCadesDetached, DigestName::Sha256)
                }
            };
            let spec = SealSpec {
                page: self.page,
                rect,
                picture: &self.picture,
                field_name: &field_name,
                signer_name: &self.signer,
                reason: None,
                time: self.now.into(),
                sub_filter,
                contents_capacity: pdf::DEFAULT_CAPACITY,
            };
            tails.push((
                family,
                sub_filter,
                hash,
                pdf::prepare(file, &spec).map_err(refusal)?.tail,
            ));
        }
        let base = hash_base(file, tails.iter().map(|(_, _, hash, _)| *hash));
        tails
            .into_iter()
            .map(|(family, sub_filter, hash, tail)| {
                let digest = continue_over(&base[word_of_hash(hash)], &tail, file.len() as u64)?;
                Ok(PreparedVariant {
                    family,
                    sub_filter,
                    hash,
                    digest,
                    tail,
                })
            })
            .collect()
    }
}

/// One pass over the file for all hashes.
fn hash_base(
    file: &[u8],
    hashes: impl Iterator<Item = DigestName>,
) -> BTreeMap<&'static str, Hasher> {
    let mut base: BTreeMap<&'static str, Hasher> = hashes
        .map(|hash| (word_of_hash(hash), Hasher::new(algorithm(hash))))
        .collect();
    for piece in file.chunks(PIECE) {
        for hasher in base.values_mut() {
            hasher.update(piece);
        }
    }
    base
}

/// The digest over the ByteRange: everything but `/Contents`, which lies in the tail.
fn continue_over(base: &Hasher, appended: &[u8], base_length: u64) -> Result<Vec<u8>, Problem> {
    let inside = |offset: u64| usize::try_from(offset - base_length).unwrap_or(usize::MAX);
    let layout = tail::locate(appended, base_length).map_err(|error| {
        tracing::error!(%error, "a tail of our own was refused");
        Problem::of(ErrorCode::Internal)
    })?;
    let mut hasher = base.clone();
    hasher.update(&appended[..inside(layout.contents.0)]);
    hasher.update(&appended[inside(layout.contents.1)..]);
    Ok(hasher.finalize())
}

const fn algorithm(hash: DigestName) -> HashAlgorithm {
    match hash {
        DigestName::Sm3 => HashAlgorithm::Sm3,
        DigestName::Sha256 => HashAlgorithm::Sha256,
    }
}

const fn word_of_hash(hash: DigestName) -> &'static str {
    match hash {
        DigestName::Sm3 => "sm3",
        DigestName::Sha256 => "sha256",
    }
}

impl PreparedVariant {
    fn row(&self, original_length: i64) -> Variant {
        Variant {
            family: word(self.family).to_owned(),
            sub_filter: self.sub_filter.name().to_owned(),
            hash: word_of_hash(self.hash).to_owned(),
            digest: self.digest.clone(),
            tail: self.tail.clone(),
            original_length,
        }
    }

    fn offered(self, original_length: i64) -> SealVariant {
        SealVariant {
            family: self.family,
            sub_filter: self.sub_filter.name().to_owned(),
            hash: self.hash,
            digest: Base64(self.digest),
            tail: Base64(self.tail),
            original_length: u64::try_from(original_length).unwrap_or_default(),
        }
    }
}

fn refusal(error: PrepareError) -> Problem {
    let (code, zh) = match &error {
        PrepareError::NoSuchPage(_) => (ErrorCode::PageOutOfRange, "文件没有这一页"),
        PrepareError::OffPage => (ErrorCode::PageOutOfRange, "印章超出页面"),
        PrepareError::CoversSeal(_) => (
            ErrorCode::PageOutOfRange,
            "印章会盖住已有的印章，请移开后再盖",
        ),
        PrepareError::Encrypted => (ErrorCode::PdfRefused, "该 PDF 已加密，无法签章"),
        PrepareError::Xfa => (ErrorCode::PdfRefused, "该 PDF 是 XFA 表单，无法签章"),
        PrepareError::NoChangesAllowed | PrepareError::FieldsLocked => {
            (ErrorCode::PdfRefused, "该 PDF 已有的签名不允许再盖章")
        }
        PrepareError::EarlierSignatureBroken(_) => (
            ErrorCode::PdfRefused,
            "该 PDF 已有的签名在签署后被改动，不能再盖章",
        ),
        PrepareError::TooLarge => (ErrorCode::TooLarge, "文件过大"),
        PrepareError::Broken(_) => (ErrorCode::PdfRefused, "该 PDF 结构异常，无法签章"),
        PrepareError::CertifiedAlready => {
            (ErrorCode::PdfRefused, "该 PDF 已有认证签名，不能再认证")
        }
        PrepareError::OverItself(_) => (ErrorCode::PageOutOfRange, "同一印章的位置相互重叠"),
        PrepareError::FieldName(_)
        | PrepareError::Picture
        | PrepareError::Capacity
        | PrepareError::Format(_)
        | PrepareError::Places
        | PrepareError::Store => {
            tracing::error!(%error, "a seal specification of our own was refused");
            (ErrorCode::Internal, "系统内部错误")
        }
    };
    Problem::of(code).with_detail(zh, error.to_string())
}

struct Prepare<'a> {
    platform: &'a str,
    document: &'a Document,
    account: &'a Id,
    seal: &'a Id,
    sealing: Id,
    page: u32,
    um: (i64, i64),
    intent: &'a str,
    variants: Vec<Variant>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Prepare<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Document {
            id,
            organisation,
            object,
            size,
            sha256,
            ..
        } = self.document;
        let current = documents::lock(tx.connection(), self.platform, organisation, id).await?;
        if current.is_none_or(|current| current.object != *object || current.state == "published") {
            return Ok(Err(ErrorCode::DocumentState));
        }
        let wanted = Wanted {
            platform: self.platform,
            organisation,
            seal: self.seal,
            account: self.account,
            document: id,
            at: self.now,
        };
        if let Err(barred) = uses::allowed(tx.connection(), &wanted).await? {
            return Ok(Err(crate::http::seals::barred(barred)));
        }
        let new = NewSealing {
            id: &self.sealing,
            platform: self.platform,
            document: id,
            account: self.account,
            seal: self.seal,
            page: i64::from(self.page),
            x_um: self.um.0,
            y_um: self.um.1,
            intent: self.intent,
            base: Revision {
                object,
                size: *size,
                sha256,
            },
            variants: &self.variants,
            at: self.now,
            expires_at: self.now + LIFE,
        };
        sealings::insert(tx.connection(), &new).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "sealing.prepared".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.sealing.to_string()),
            detail: serde_json::json!({ "document": id, "seal": self.seal, "page": self.page, "sha256": sha256 }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
