//! `/api/v1/operator/payments`: 财务 — what was reported, what came, what goes back.

pub mod confirm;
pub mod list;
pub mod refund;
pub mod refuse;
pub mod voucher;

use domain::Id;
use store::applications::Application;
use store::applications::payments::{self, Payment};
use store::{StoreError, Tx};

use crate::applications::{Context, Fault};

/// A payment, with its application locked: what each deed of finance begins with.
async fn lock(
    context: &Context<'_>,
    tx: &mut Tx<'_>,
    id: &Id,
) -> Result<Result<(Payment, Application), Fault>, StoreError> {
    let Some(payment) = payments::by_id(tx.connection(), context.platform, id).await? else {
        return Ok(Err(Fault::NotFound));
    };
    let application = context.lock(tx, &payment.application).await?;
    Ok(application.map(|application| (payment, application)))
}
