//! The maker's bench (制章): seal objects of the registry's seals, signed by the platform's maker, with the certificates
//! of the bound keys that may use each seal (GB/T 38540-2020 §6, GM/T 0031-2025).
//!
//! An edition is made when one is wanted and the last one no longer says who may use the seal, or nearly ended. Earlier
//! editions stay on record: signatures carry them.

use std::sync::Arc;

use contract::ErrorCode;
use domain::seal::Kind;
use domain::{Id, Span, Timestamp};
use pki::UnixTime;
use render::SealDrawing;
use seal::ses::{self, CertificateList, SealPicture, SealSpec, SesSeal, SesVersion};
use sha2::{Digest as _, Sha256};
use store::seals::Seal;
use store::seals::objects::{self, Object};
use store::{Deed, StoreError, Tx};

use crate::http::extract::Tenant;
use crate::status::seal_maker::{self, Desk};
use crate::{AppState, Problem};

/// Who makes seals here, in the header of every object.
const VENDOR: &str = "YINXIN";
/// An edition serves for this long, at most to the end of the maker's certificate.
const LIFE: Span = Span::hours(24 * 365);
/// It is replaced when less than this is left.
const RENEWED: Span = Span::hours(24 * 30);
/// The picture in an object: about 600 dpi for a seal of 42 mm.
const PICTURE_PIXELS: u32 = 1000;
/// Several servers may make the same edition at once; one of them wins.
const ATTEMPTS: usize = 4;

/// The seal object (DER of SES v4) with which the keys of today seal. Nothing where no bound key may use the seal, or this
/// installation has no maker.
///
/// # Errors
/// `not_found` for a seal that the platform has not, `internal` for what failed.
pub async fn current_object(
    state: &AppState,
    tenant: &Tenant,
    seal_id: &Id,
) -> Result<Option<Vec<u8>>, Problem> {
    current_object_of(state, tenant, seal_id, SesVersion::V4).await
}

/// The same in another version: v4 or v5.
///
/// # Errors
/// See [`current_object`]; `invalid` for v1, which is read and not written any more.
pub async fn current_object_of(
    state: &AppState,
    tenant: &Tenant,
    seal_id: &Id,
    version: SesVersion,
) -> Result<Option<Vec<u8>>, Problem> {
    let seal = state.store.seal_by_id(tenant.id(), seal_id).await?;
    let seal = seal.ok_or(ErrorCode::NotFound)?;
    let certificates = certificates(state, tenant, seal_id).await?;
    if certificates.is_empty() {
        return Ok(None);
    }
    let desk = seal_maker::open(state).await.map_err(internal)?;
    let Some(desk) = desk else {
        tracing::warn!("there is no seal maker here; run `yinxin ca` once");
        return Ok(None);
    };
    let users = fingerprint(&certificates);
    let maker = hex::encode(Sha256::digest(desk.certificate.der()));
    let number = i64::from(version.number());
    for _ in 0..ATTEMPTS {
        let now = state.now();
        let newest = state
            .store
            .newest_seal_object(tenant.id(), seal_id, number)
            .await?;
        if let Some(newest) = &newest
            && newest.users == users
            && newest.maker == maker
            && now < newest.not_after - RENEWED
        {
            return Ok(Some(newest.der.clone()));
        }
        let not_after = (now + LIFE).min(Timestamp::from(desk.certificate.not_after()));
        let job = Job {
            desk: Arc::clone(&desk),
            seal: seal.clone(),
            certificates: certificates.clone(),
            version,
            now: now.into(),
            not_after: not_after.into(),
        };
        let made = tokio::task::spawn_blocking(move || job.make())
            .await
            .map_err(|_| Problem::of(ErrorCode::Internal))??;
        let object = Object {
            edition: newest.map_or(1, |newest| newest.edition + 1),
            der: made.der().to_vec(),
            users: users.clone(),
            maker: maker.clone(),
            made_at: now,
            not_after,
        };
        let deed = Keep {
            platform: tenant.id(),
            seal: seal_id,
            number,
            object: &object,
        };
        let Ok(kept) = state.store.perform(&deed).await?;
        if kept {
            return Ok(Some(object.der));
        }
    }
    Err(Problem::of(ErrorCode::Busy).retry_after(1))
}

/// The certificates (DER) of bound keys whose accounts may use the seal and whose provider seals here.
async fn certificates(
    state: &AppState,
    tenant: &Tenant,
    seal: &Id,
) -> Result<Vec<Vec<u8>>, Problem> {
    let found = state
        .store
        .seal_certificates(tenant.id(), seal, state.now())
        .await?;
    let mut certificates: Vec<Vec<u8>> = Vec::new();
    for (der, provider) in found {
        let provider = tenant.rules.catalogue.provider(&provider);
        let seals = provider.is_some_and(|known| tenant.platform().capabilities(known).seal);
        if seals && !certificates.contains(&der) {
            certificates.push(der);
        }
    }
    Ok(certificates)
}

/// SHA-256 over all of them: each is DER and says its own length.
fn fingerprint(certificates: &[Vec<u8>]) -> String {
    let mut hash = Sha256::new();
    for der in certificates {
        hash.update(der);
    }
    hex::encode(hash.finalize())
}

/// One edition to be made, where blocking is allowed.
struct Job {
    desk: Arc<Desk>,
    seal: Seal,
    certificates: Vec<Vec<u8>>,
    version: SesVersion,
    now: UnixTime,
    not_after: UnixTime,
}

impl Job {
    fn make(self) -> Result<SesSeal, Problem> {
        let drawing = SealDrawing::from_json(&self.seal.picture);
        let data = drawing.and_then(|drawing| drawing.png(PICTURE_PIXELS));
        let data = data.ok_or_else(|| {
            internal(format!(
                "the picture of seal {} is no drawing",
                self.seal.id
            ))
        })?;
        let millimetres = |side: i64| u32::try_from(side).unwrap_or_default();
        let picture = SealPicture {
            kind: "PNG".into(),
            data,
            width_mm: millimetres(self.seal.width_mm),
            height_mm: millimetres(self.seal.height_mm),
        };
        let users = CertificateList::Certificates(self.certificates);
        let spec = SealSpec {
            version: self.version,
            vendor: VENDOR,
            id: self.seal.id.as_str(),
            kind: Kind::of(&self.seal.kind).map_or(1, Kind::ses_type),
            name: &self.seal.name,
            users: &users,
            created_at: self.now,
            not_before: self.now,
            not_after: self.not_after,
            picture: &picture,
        };
        let info = ses::seal_info(&spec).map_err(internal)?;
        let signature = self.desk.sign(&info).map_err(internal)?;
        let maker = &self.desk.certificate;
        let algorithm = maker.public_key().family().default_algorithm();
        ses::seal(&info, maker, algorithm, &signature).map_err(internal)
    }
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a seal object was not made");
    Problem::of(ErrorCode::Internal)
}

struct Keep<'a> {
    platform: &'a str,
    seal: &'a Id,
    number: i64,
    object: &'a Object,
}

impl Deed for Keep<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, seal) = (self.platform, self.seal);
        objects::insert(tx.connection(), platform, seal, self.number, self.object)
            .await
            .map(Ok)
    }
}
