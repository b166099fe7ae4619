//! *Issue*: a signing certificate for the token's own key, and where asked an encryption certificate with its pair in an
//! envelope for that key.

use contract::Base64;
use domain::Timestamp;
use issuer::order::{EnvelopedKeyJson, Issue, Issued, Refusal};
use issuer::{Applicant, Authority, PossiblyIssuedRecord, Template};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, KeyFamily, PublicKey, UnixTime};
use serde_json::json;
use store::authorities::{self, MadeForOrder};
use store::key_management::{DeliveryPurpose, EncryptionKey};
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx};

use super::{CaRole, Delivery, Outcome, RoleError, pool};
use crate::authority::AuthorityError;
use crate::authority::issuing::{self, CertificatePurpose, Order, Step, key_sha256, reach};

/// A year, for a certificate's life.
const YEAR: i64 = 365 * 24 * 3600;
/// Another machine's clock may be a little behind.
const CLOCK_SLACK: i64 = 3600;

pub(super) async fn issue(
    role: &CaRole,
    order: &ClaimedOrder,
    body: &Issue,
) -> Result<Outcome, RoleError> {
    let refused = |refusal| Ok(Outcome::Refused(refusal));
    let Some(profile) = role.profile(&order.provider) else {
        return refused(Refusal::Provider);
    };
    let Some(profile) = role.products.profile(profile, &body.product) else {
        return refused(Refusal::Product);
    };
    let profile = profile.for_type(body.certificate_type)?;
    if body.years > profile.max_years() {
        return refused(Refusal::Years);
    }
    let Ok(request) = CertificationRequest::from_der(body.request.as_bytes()) else {
        return refused(Refusal::Request);
    };
    let signing_key = request.public_key();
    let signing_sha256 = key_sha256(signing_key);
    if order.signing_key_sha256.as_deref() != Some(signing_sha256.as_str()) {
        return refused(Refusal::Request);
    }
    if body.encryption && signing_key.family() != KeyFamily::Sm2 {
        return refused(Refusal::Key);
    }
    let (authority, issuing_certificate) = match role.authorities.open(&profile.issuing.id).await {
        Err(AuthorityError::Unknown(_)) => return refused(Refusal::Provider),
        answer => answer?,
    };
    let (_, root) = role.authorities.open(&profile.root.id).await?;
    let applicant = Applicant {
        organisation: body.organisation.clone(),
        uscc: body.uscc.clone(),
        holder: body.holder.clone(),
        key_number: body.key_number.clone(),
    };
    let now = UnixTime::from(role.now());
    let not_after = now.plus(i64::from(body.years) * YEAR);
    let template = profile
        .template(
            &applicant,
            &request,
            now.plus(-CLOCK_SLACK),
            Some(not_after),
        )
        .map_err(AuthorityError::Issuer)?;

    let asked = Asked {
        order,
        key_sha256: &signing_sha256,
        body,
        now: role.now(),
    };
    match role.store.perform(&asked).await? {
        Ok(()) => {}
        Err(NotIssued::Refused(refusal)) => return refused(refusal),
        Err(NotIssued::ClaimLost) => return Err(AuthorityError::ClaimLost.into()),
    }
    let pair = if body.encryption {
        let pair = pool::reserve(role, order).await?;
        reach(&*role.steps, Step::Reserved)?;
        Some(pair)
    } else {
        None
    };

    let work = Work {
        role,
        authority: &authority,
        order,
    };
    let signing = CertificatePurpose::Signing;
    let Some(signing) = work.certificate(signing, &template).await? else {
        return refused(Refusal::Revoked);
    };
    let mut encryption = None;
    let mut delivery = None;
    let mut envelope = None;
    if let Some(pair) = pair {
        let public_key = PublicKey::from_spki_der(&pair.public_key)
            .map_err(|_| RoleError::Impossible("encryption_key.public_key"))?;
        let template = template.encryption(public_key);
        let purpose = CertificatePurpose::Encryption;
        let Some(certificate) = work.certificate(purpose, &template).await? else {
            return refused(Refusal::Revoked);
        };
        let made = enveloped(role, &pair, signing_key)?;
        reach(&*role.steps, Step::Enveloped)?;
        delivery = Some(Delivery {
            encryption_key: pair.id,
            signing_key_sha256: signing_sha256,
            key_number: body.key_number.clone(),
            purpose: DeliveryPurpose::Issue,
            envelope: serde_json::to_string(&made)
                .map_err(|_| RoleError::Impossible("key_delivery.envelope"))?,
        });
        envelope = Some(made);
        encryption = Some(certificate);
    }
    let facts = json!({
        "issuer": authority.id(),
        "signing": signing.serial_hex(),
        "encryption": encryption.as_ref().map(Certificate::serial_hex),
        "encryption_key": delivery.as_ref().map(|delivery| &delivery.encryption_key),
        "replaces": body.replaces,
    });
    let issued = Issued {
        signing: Base64(signing.der().to_vec()),
        encryption: encryption.map(|certificate| Base64(certificate.der().to_vec())),
        envelope,
        chain: vec![
            Base64(issuing_certificate.der().to_vec()),
            Base64(root.der().to_vec()),
        ],
    };
    Ok(Outcome::Done {
        result: serde_json::to_string(&issued)
            .map_err(|_| RoleError::Impossible("issuing_order.result"))?,
        delivery,
        facts,
    })
}

fn enveloped(
    role: &CaRole,
    pair: &EncryptionKey,
    signing_key: &PublicKey,
) -> Result<EnvelopedKeyJson, RoleError> {
    // The pool copy is there until the delivery, and the delivery is the order's end.
    let copy = pair
        .pool_copy
        .as_deref()
        .ok_or(RoleError::Impossible("encryption_key.pool_copy"))?;
    let opened = role.secrets.pool.unwrap(&pair.id, copy)?;
    let mut random = |out: &mut [u8]| role.random.fill(out);
    Ok(opened.envelope(signing_key, &mut random)?)
}

/// The certificates of one order.
struct Work<'a> {
    role: &'a CaRole,
    authority: &'a Authority,
    order: &'a ClaimedOrder,
}

impl Work<'_> {
    /// The certificate that the order made before, or a new one; nothing where the one of before is revoked.
    async fn certificate(
        &self,
        purpose: CertificatePurpose,
        template: &Template,
    ) -> Result<Option<Certificate>, RoleError> {
        let role = self.role;
        let order = Order {
            order: self.order,
            purpose,
        };
        let before = Before {
            order,
            now: role.now(),
        };
        let made = role
            .store
            .perform(&before)
            .await?
            .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
        if let Some((der, revoked)) = made {
            let certificate = Certificate::from_der(&der).map_err(AuthorityError::Certificate)?;
            return Ok((!revoked).then_some(certificate));
        }
        let steps = &*role.steps;
        let issued = issuing::issue(
            &role.authorities,
            self.authority,
            template,
            Some(order),
            steps,
        )
        .await?;
        Ok(Some(issued))
    }
}

enum NotIssued {
    Refused(Refusal),
    ClaimLost,
}

/// What the rows say against it: a signing key of another order, an unknown certificate to be replaced.
struct Asked<'a> {
    order: &'a ClaimedOrder,
    key_sha256: &'a str,
    body: &'a Issue,
    now: Timestamp,
}

impl Deed for Asked<'_> {
    type Done = ();
    type Refused = NotIssued;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), NotIssued>, StoreError> {
        if !orders::hold(tx.connection(), self.order, self.now).await? {
            return Ok(Err(NotIssued::ClaimLost));
        }
        let living = authorities::of_public_key(tx.connection(), self.key_sha256).await?;
        let own = self.order.id.as_str();
        if living
            .iter()
            .any(|(_, order)| order.as_deref() != Some(own))
        {
            return Ok(Err(NotIssued::Refused(Refusal::KeyTaken)));
        }
        if let Some(replaced) = &self.body.replaces {
            let known =
                authorities::certificate(tx.connection(), &replaced.issuer, &replaced.serial)
                    .await?;
            if known.is_none() {
                return Ok(Err(NotIssued::Refused(Refusal::NotFound)));
            }
        }
        Ok(Ok(()))
    }
}

struct ClaimLost;

/// What the order has made before. A serial without a result is given up: marked possibly issued and revoked, under the
/// order's claim, so that whoever took it can't record a result any more (rule 9).
struct Before<'a> {
    order: Order<'a>,
    now: Timestamp,
}

impl Deed for Before<'_> {
    type Done = Option<(Vec<u8>, bool)>;
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Self::Done, ClaimLost>, StoreError> {
        if !orders::hold(tx.connection(), self.order.order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let made = authorities::made_for_order(tx.connection(), self.order.row()).await?;
        Ok(Ok(match made {
            None => None,
            Some(MadeForOrder::Issued {
                certificate,
                revoked,
            }) => Some((certificate, revoked)),
            Some(MadeForOrder::Intended { issuer, serial }) => {
                let record = PossiblyIssuedRecord {
                    issuer,
                    serial,
                    at: self.now.seconds(),
                };
                authorities::set_possibly_issued(tx.connection(), &record).await?;
                None
            }
        }))
    }
}
