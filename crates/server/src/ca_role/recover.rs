//! *Recover*: a holder's encryption pair of before, to the same holder's new signing key. The escrow copy opens only with
//! the recovery key, so this is a session in which enough shares are together, and not the role's everyday work.

use contract::Base64;
use contract::escrow::EscrowKeyPair;
use domain::{Id, Timestamp};
use issuer::key_management::EncryptionPair;
use issuer::order::{Order, Recover, Recovered, Refusal};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, KeyFamily, Oid, oid};
use serde_json::json;
use store::key_management::{self, DeliveryPurpose, EncryptionKey};
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx, authorities};

use super::{CaRole, Delivery, Outcome, RoleError, approvals, end};
use crate::authority::AuthorityError;
use crate::authority::issuing::key_sha256;

/// GM/T 0015: organisation code, also used for the unified social credit code.
const ORGANISATION_CODE: &str = "1.2.156.10260.4.1.4";

/// The joined recovery key of a session.
pub struct RecoverySession {
    /// Which recovery key it is.
    pub id: String,
    /// The key.
    pub key: EscrowKeyPair,
}

/// Brings an approved order to recover to its end; `false` where there is no such order to be worked for.
///
/// # Errors
/// See [`RoleError`].
pub async fn perform(
    role: &CaRole,
    session: &RecoverySession,
    order: &Id,
) -> Result<bool, RoleError> {
    let claim = role.new_id();
    let Some(order) = role.store.claim_recovery(order, &claim, role.now()).await? else {
        return Ok(false);
    };
    let outcome = match outcome(role, session, &order).await {
        Ok(outcome) => outcome,
        Err(error) => {
            role.store.release_order(&order).await?;
            return Err(error);
        }
    };
    end(role, &order, &outcome).await?;
    Ok(true)
}

async fn outcome(
    role: &CaRole,
    session: &RecoverySession,
    order: &ClaimedOrder,
) -> Result<Outcome, RoleError> {
    let refused = |refusal| Ok(Outcome::Refused(refusal));
    let Ok(Order::Recover(body)) = Order::parse(order.kind, &order.body) else {
        return refused(Refusal::Malformed);
    };
    if !approvals::stand(role, order).await? {
        return refused(Refusal::Approval);
    }
    let Ok(request) = CertificationRequest::from_der(body.request.as_bytes()) else {
        return refused(Refusal::Request);
    };
    let signing_key = request.public_key();
    let signing_sha256 = key_sha256(signing_key);
    let approved = order.signing_key_sha256.as_deref() == Some(signing_sha256.as_str());
    if !approved || request.verify().is_err() {
        return refused(Refusal::Request);
    }
    if signing_key.family() != KeyFamily::Sm2 {
        return refused(Refusal::Key);
    }
    let deed = Find {
        order,
        body: &body,
        new_key: &signing_sha256,
        now: role.now(),
    };
    let found = role
        .store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    let Some(found) = found else {
        return refused(Refusal::NotFound);
    };
    let read = |der: &[u8]| Certificate::from_der(der).map_err(AuthorityError::Certificate);
    let old = read(&found.certificate)?;
    let mut same_holder = false;
    for der in &found.new_certificates {
        same_holder |= is_same_holder(&old, &read(der)?);
    }
    if !same_holder {
        return refused(Refusal::Holder);
    }
    if found.pair.recovery_key != session.id {
        return refused(Refusal::Escrow);
    }
    let copy = &found.pair.escrow_copy;
    let Ok(pair) = EncryptionPair::from_escrow(&found.pair.id, &session.key, copy) else {
        return refused(Refusal::Escrow);
    };
    let mut random = |out: &mut [u8]| role.random.fill(out);
    let envelope = pair.envelope(signing_key, &mut random)?;
    let impossible = |_| RoleError::Impossible("key_delivery.envelope");
    let delivery = Delivery {
        encryption_key: found.pair.id.clone(),
        signing_key_sha256: signing_sha256,
        key_number: body.key_number.clone(),
        purpose: DeliveryPurpose::Recovery,
        envelope: serde_json::to_string(&envelope).map_err(impossible)?,
    };
    let result = Recovered {
        encryption: Base64(found.certificate),
        envelope,
    };
    Ok(Outcome::Done {
        result: serde_json::to_string(&result).map_err(impossible)?,
        delivery: Some(delivery),
        facts: json!({ "encryption_key": found.pair.id, "recovery_key": session.id }),
    })
}

/// Whether two certificates name the same holder: person, organisation, and the organisation's code.
fn is_same_holder(old: &Certificate, new: &Certificate) -> bool {
    let code = |certificate: &Certificate| {
        let oid = Oid::new(ORGANISATION_CODE).ok()?;
        certificate.extension_text(&oid)
    };
    [oid::COMMON_NAME, oid::ORGANIZATION]
        .iter()
        .all(|oid| old.subject().attribute(oid) == new.subject().attribute(oid))
        && code(old) == code(new)
}

struct Found {
    pair: EncryptionKey,
    certificate: Vec<u8>,
    new_certificates: Vec<Vec<u8>>,
}

struct ClaimLost;

struct Find<'a> {
    order: &'a ClaimedOrder,
    body: &'a Recover,
    new_key: &'a str,
    now: Timestamp,
}

impl Deed for Find<'_> {
    type Done = Option<Found>;
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Self::Done, ClaimLost>, StoreError> {
        if !orders::hold(tx.connection(), self.order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let body = self.body;
        let delivered =
            key_management::delivered_to(tx.connection(), &body.signing_key_sha256).await?;
        let Some(delivery) = delivered
            .into_iter()
            .find(|delivery| delivery.key_number == body.key_number)
        else {
            return Ok(Ok(None));
        };
        let id = &delivery.encryption_key;
        let pair = key_management::key(tx.connection(), id).await?;
        let certificate = key_management::certificate_of(tx.connection(), id).await?;
        let living = authorities::of_public_key(tx.connection(), self.new_key).await?;
        Ok(Ok(pair.zip(certificate).map(|(pair, certificate)| Found {
            pair,
            certificate,
            new_certificates: living.into_iter().map(|(der, _)| der).collect(),
        })))
    }
}
