//! The certificate and the key of a responder or a time-stamping authority, made when there is none that lasts.

use domain::{Span, Timestamp};
use issuer::{Authority, IssuerError, Template};
use pki::{Certificate, PublicKey, Signer as _, SoftwareKey, UnixTime};
use store::status::{self, NewSigner, Role};
use store::{Deed, StoreError, Tx};

use crate::AppState;
use crate::authority::AuthorityError;

/// Another machine's clock may be a little behind.
const BEGINS_BEFORE: Span = Span::hours(1);

/// How long a signer's certificate lives.
pub(super) struct Life {
    pub days: i64,
    /// It is renewed when less than this is left.
    pub renewed_at: i64,
}

/// What answers for an authority.
pub(super) struct Opened {
    pub authority: Authority,
    /// The authority's own certificate.
    pub issuer: Certificate,
    pub certificate: Certificate,
    pub key: SoftwareKey,
    /// When it is to be opened anew.
    pub until: Timestamp,
}

/// Makes the template of a signer's certificate for a key and a span.
pub(super) type MakeTemplate =
    fn(&Authority, &PublicKey, UnixTime, UnixTime) -> Result<Template, IssuerError>;

/// Opens the signer of an issuing authority.
///
/// # Errors
/// [`AuthorityError::Unknown`] for a root too: its key is no server's.
pub(super) async fn open(
    state: &AppState,
    id: &str,
    role: Role,
    life: &Life,
    template: MakeTemplate,
) -> Result<Opened, AuthorityError> {
    let (authority, issuer) = state.authorities.open(id).await?;
    if issuer.is_self_issued() {
        return Err(AuthorityError::Unknown(id.to_owned()));
    }
    let key = key(state, &authority, role).await?;
    let now = state.now();
    let renewal = |certificate: &Certificate| {
        let end = Timestamp::from(certificate.not_after());
        // One that ends with its issuer cannot be bettered.
        if certificate.not_after() == issuer.not_after() {
            end
        } else {
            end - Span::hours(24 * life.renewed_at)
        }
    };
    let stored = state
        .store
        .newest_signer(id, role)
        .await?
        .and_then(|der| Certificate::from_der(&der).ok())
        .filter(|certificate| {
            certificate.public_key() == key.public_key() && now < renewal(certificate)
        });
    let certificate = match stored {
        Some(certificate) => certificate,
        None => {
            let end = UnixTime::from(now + Span::hours(24 * life.days)).min(issuer.not_after());
            let begin = UnixTime::from(now - BEGINS_BEFORE);
            let template = template(&authority, key.public_key(), begin, end)?;
            let certificate = state.authorities.issue(&authority, &template).await?;
            let deed = Keep {
                issuer: id,
                role,
                certificate: &certificate,
            };
            let Ok(()) = state.store.perform(&deed).await?;
            certificate
        }
    };
    Ok(Opened {
        until: renewal(&certificate),
        key: key.with_certificate(certificate.clone()),
        authority,
        issuer,
        certificate,
    })
}

/// The signer's key: the one place where it is opened.
async fn key(
    state: &AppState,
    authority: &Authority,
    role: Role,
) -> Result<SoftwareKey, AuthorityError> {
    let name = format!("{}-{}", authority.id(), role.word());
    let family = authority.public_key().family();
    let state = state.clone();
    // An RSA key takes its time to be made.
    tokio::task::spawn_blocking(move || state.authorities.key(&name, family))
        .await
        .map_err(|_| AuthorityError::Key(pki::SignError::Failed))?
}

/// Signs with an opened key. A signature takes a millisecond or two: no task of its own.
pub(super) fn sign(key: &SoftwareKey, message: &[u8]) -> Result<Vec<u8>, AuthorityError> {
    Ok(key.sign(message)?)
}

struct Keep<'a> {
    issuer: &'a str,
    role: Role,
    certificate: &'a Certificate,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let signer = NewSigner {
            issuer: self.issuer,
            role: self.role,
            serial: &self.certificate.serial_hex(),
            certificate: self.certificate.der(),
            not_before: self.certificate.not_before().into(),
            not_after: self.certificate.not_after().into(),
        };
        status::insert_signer(tx.connection(), &signer).await?;
        Ok(Ok(()))
    }
}
