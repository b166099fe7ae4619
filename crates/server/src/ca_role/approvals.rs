//! The approvals, asked again at the authority: whoever wrote the order is not believed.

use domain::Timestamp;
use store::orders::{self, ClaimedOrder, Person};
use store::{Deed, StoreError, Tx};

use super::{CaRole, RoleError};
use crate::authority::AuthorityError;

/// Whether three different persons approved it who are all in office now: whoever entered it, an account or an operator;
/// a reviewer and an approver, both operators of that platform (rule 10).
///
/// # Errors
/// Those of the database; [`AuthorityError::ClaimLost`].
pub async fn stand(role: &CaRole, order: &ClaimedOrder) -> Result<bool, RoleError> {
    let deed = Ask {
        order,
        now: role.now(),
    };
    let persons = role
        .store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    let different = order.entered_by != order.reviewed_by
        && order.entered_by != order.approved_by
        && order.reviewed_by != order.approved_by;
    let [entered, reviewed, approved] = persons;
    Ok(different
        && entered.is_some()
        && reviewed == Some(Person::Operator)
        && approved == Some(Person::Operator))
}

struct ClaimLost;

struct Ask<'a> {
    order: &'a ClaimedOrder,
    now: Timestamp,
}

impl Deed for Ask<'_> {
    type Done = [Option<Person>; 3];
    type Refused = ClaimLost;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        let order = self.order;
        if !orders::hold(tx.connection(), order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        let mut persons = [None; 3];
        let ids = [&order.entered_by, &order.reviewed_by, &order.approved_by];
        for (person, id) in persons.iter_mut().zip(ids) {
            *person = orders::person(tx.connection(), &order.platform, id).await?;
        }
        Ok(Ok(persons))
    }
}
