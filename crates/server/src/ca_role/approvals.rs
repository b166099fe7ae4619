//! The approvals, asked again at the authority: whoever wrote the order is not believed.

use domain::Timestamp;
use domain::application::{Actor, Duty};
use store::orders::{self, ClaimedOrder, Person};
use store::{Deed, StoreError, Tx};

use super::{CaRole, RoleError};
use crate::authority::AuthorityError;

/// Whether three different persons approved it who are all in office now (rule 10): whoever entered it, an account or an
/// operator of 录入; a reviewer of 审核 and an approver of 复核, both operators of that platform. A duty counts that was
/// theirs when the order was approved and is theirs still.
///
/// # Errors
/// Those of the database; [`AuthorityError::ClaimLost`].
pub async fn stand(role: &CaRole, order: &ClaimedOrder) -> Result<bool, RoleError> {
    let deed = Ask {
        order,
        now: role.now(),
    };
    let [entered, reviewed, approved] = role
        .store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    let different = order.entered_by != order.reviewed_by
        && order.entered_by != order.approved_by
        && order.reviewed_by != order.approved_by;
    let has = |actor: &Option<Actor>, duty| actor.as_ref().is_some_and(|actor| actor.has(duty));
    let may_enter = matches!(entered, Some(Actor::Supplier(_))) || has(&entered, Duty::Intake);
    Ok(
        different
            && may_enter
            && has(&reviewed, Duty::Review)
            && has(&approved, Duty::SecondReview),
    )
}

struct ClaimLost;

struct Ask<'a> {
    order: &'a ClaimedOrder,
    now: Timestamp,
}

impl Deed for Ask<'_> {
    /// Who entered, reviewed, approved it, as far as they are anybody.
    type Done = [Option<Actor>; 3];
    type Refused = ClaimLost;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        let order = self.order;
        if !orders::hold(tx.connection(), order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let mut actors = [None, None, None];
        let ids = [&order.entered_by, &order.reviewed_by, &order.approved_by];
        for (actor, id) in actors.iter_mut().zip(ids) {
            let connection = tx.connection();
            let Some(person) = orders::person(connection, &order.platform, id).await? else {
                continue;
            };
            // Of our own making, so it has the form of an id.
            let named = id
                .parse()
                .map_err(|_| StoreError::Impossible("issuing_order.approved_by"))?;
            *actor = Some(match person {
                Person::Account => Actor::Supplier(named),
                Person::Operator => Actor::Operator {
                    duties: orders::duties(tx.connection(), &order.id, id).await?,
                    id: named,
                },
            });
        }
        Ok(Ok(actors))
    }
}
