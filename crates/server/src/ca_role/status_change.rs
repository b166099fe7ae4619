//! *Revoke*, *suspend*, *resume*: what becomes of a key number's certificates, and the list that says so.
//!
//! The order ends after its list is published. A crash in between repeats both: a status that holds already is no error.

use domain::Timestamp;
use issuer::order::{Counted, OrderKind, Refusal, Revocation};
use serde_json::json;
use store::authorities::{self, StatusChange};
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx};

use super::{CaRole, Outcome, RoleError};
use crate::authority::AuthorityError;

pub(super) async fn change(
    role: &CaRole,
    order: &ClaimedOrder,
    body: &Revocation,
) -> Result<Outcome, RoleError> {
    let Some(profile) = role.profile(&order.provider) else {
        return Ok(Outcome::Refused(Refusal::Provider));
    };
    let change = match order.kind {
        OrderKind::Suspend => StatusChange::Suspend,
        OrderKind::Resume => StatusChange::Resume,
        _ => StatusChange::Revoke(body.reason.reason().name()),
    };
    let deed = Change {
        order,
        key_number: &body.key_number,
        change,
        now: role.now(),
    };
    let certificates = role
        .store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    if certificates == 0 {
        return Ok(Outcome::Refused(Refusal::NotFound));
    }
    role.authorities.publish_list(&profile.issuing.id).await?;
    crate::status::lists::publish_due(&role.authorities, &profile.issuing.id).await?;
    let facts = json!({ "key_number": body.key_number, "reason": body.reason, "certificates": certificates });
    Ok(Outcome::done(&Counted { certificates }, facts))
}

struct ClaimLost;

struct Change<'a> {
    order: &'a ClaimedOrder,
    key_number: &'a str,
    change: StatusChange,
    now: Timestamp,
}

impl Deed for Change<'_> {
    type Done = u64;
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<u64, ClaimLost>, StoreError> {
        if !orders::hold(tx.connection(), self.order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let provider = &self.order.provider;
        let number = self.key_number;
        authorities::change_status(tx.connection(), provider, number, self.change, self.now)
            .await?;
        let there =
            authorities::count_status(tx.connection(), provider, number, self.change, self.now)
                .await?;
        Ok(Ok(there))
    }
}
