//! The certificate and the key of a responder or a time-stamping authority, made when there is none that lasts.

use std::sync::Arc;

use domain::{Span, Timestamp};
use issuer::{Authority, IssuerError, Template};
use pki::{Certificate, PublicKey, UnixTime};
use store::status::{self, NewSigner, Role};
use store::{Deed, StoreError, Tx};

use crate::authority::vault::AuthorityKey;
use crate::authority::{Authorities, AuthorityError};

/// Another machine's clock may be a little behind.
const BEGINS_BEFORE: Span = Span::hours(1);

/// A signer whose certificate is due for renewal is looked for again after this.
const LOOK_AGAIN: Span = Span::minutes(1);

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
    pub key: Arc<dyn AuthorityKey>,
    /// When it is to be opened anew.
    pub until: Timestamp,
}

/// Makes the template of a signer's certificate for a key and a span.
pub(super) type MakeTemplate =
    fn(&Authority, &PublicKey, UnixTime, UnixTime) -> Result<Template, IssuerError>;

/// Opens the signer of an issuing authority.
///
/// # Errors
/// [`AuthorityError::Unknown`] for a root too: its key is no server's. [`AuthorityError::Vault`] where there is no
/// certificate yet and the authority's key is not here.
pub(super) async fn open(
    authorities: &Authorities,
    id: &str,
    role: Role,
    life: &Life,
    template: MakeTemplate,
) -> Result<Opened, AuthorityError> {
    let (authority, issuer) = authorities.open(id).await?;
    if issuer.is_self_issued() {
        return Err(AuthorityError::Unknown(id.to_owned()));
    }
    let name = format!("{id}-{}", role.word());
    let key = authorities
        .signer_key(name, authority.public_key().family())
        .await?;
    let now = authorities.clock.now();
    let renewal = |certificate: &Certificate| {
        let end = Timestamp::from(certificate.not_after());
        // One that ends with its issuer cannot be bettered.
        if certificate.not_after() == issuer.not_after() {
            end
        } else {
            end - Span::hours(24 * life.renewed_at)
        }
    };
    let stored = authorities
        .store
        .newest_signer(id, role)
        .await?
        .and_then(|der| Certificate::from_der(&der).ok())
        .filter(|certificate| {
            certificate.public_key() == key.public_key()
                && now < Timestamp::from(certificate.not_after())
        });
    let certificate = match stored {
        // Where the authority's key is not, the certificate serves to its end; `yinxin ca` renews it before.
        Some(certificate) if now < renewal(&certificate) || !authorities.can_sign(id) => {
            certificate
        }
        _ => {
            let end = UnixTime::from(now + Span::hours(24 * life.days)).min(issuer.not_after());
            let begin = UnixTime::from(now - BEGINS_BEFORE);
            let template = template(&authority, key.public_key(), begin, end)?;
            let certificate = authorities.issue(&authority, &template).await?;
            let deed = Keep {
                issuer: id,
                role,
                certificate: &certificate,
            };
            let Ok(()) = authorities.store.perform(&deed).await?;
            certificate
        }
    };
    Ok(Opened {
        until: renewal(&certificate).max(now + LOOK_AGAIN),
        key,
        authority,
        issuer,
        certificate,
    })
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
