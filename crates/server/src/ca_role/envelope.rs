//! *Reissue envelope*: what a signing key got before, the same bytes. No key is opened for it.

use contract::Base64;
use issuer::order::{EnvelopedKeyJson, Recovered, Refusal, ReissueEnvelope};
use serde_json::json;
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx, key_management};

use super::{CaRole, Outcome, RoleError};
use crate::authority::AuthorityError;

pub(super) async fn reissue(
    role: &CaRole,
    order: &ClaimedOrder,
    body: &ReissueEnvelope,
) -> Result<Outcome, RoleError> {
    let deed = Find {
        order,
        body,
        now: role.now(),
    };
    let found = role
        .store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    let Some((encryption_key, envelope, certificate)) = found else {
        return Ok(Outcome::Refused(Refusal::NotFound));
    };
    let envelope: EnvelopedKeyJson = serde_json::from_str(&envelope)
        .map_err(|_| RoleError::Impossible("key_delivery.envelope"))?;
    let result = Recovered {
        encryption: Base64(certificate),
        envelope,
    };
    Ok(Outcome::done(
        &result,
        json!({ "encryption_key": encryption_key }),
    ))
}

struct ClaimLost;

struct Find<'a> {
    order: &'a ClaimedOrder,
    body: &'a ReissueEnvelope,
    now: domain::Timestamp,
}

impl Deed for Find<'_> {
    type Done = Option<(String, String, Vec<u8>)>;
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Self::Done, ClaimLost>, StoreError> {
        if !orders::hold(tx.connection(), self.order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let sha256 = &self.body.signing_key_sha256;
        let delivered = key_management::delivered_to(tx.connection(), sha256).await?;
        let number = &self.body.key_number;
        let Some(delivery) = delivered
            .into_iter()
            .find(|delivery| delivery.key_number == *number)
        else {
            return Ok(Ok(None));
        };
        let certificate =
            key_management::certificate_of(tx.connection(), &delivery.encryption_key).await?;
        Ok(Ok(certificate.map(|certificate| {
            (delivery.encryption_key, delivery.envelope, certificate)
        })))
    }
}
