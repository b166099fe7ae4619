//! A person shows again who they are, within a session: by the password, with tries that are counted.

use contract::ErrorCode;
use domain::Timestamp;
use domain::password::{self, Password, Throttle};
use store::accounts::Account;
use store::passwords::{self, Counter};
use store::{Deed, StoreError, Tx};

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Whether two hashes are the same, in the same time wherever they differ.
#[must_use]
pub fn same(kept: &[u8], given: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(kept, given).is_ok()
}

/// Compares the caller's own password.
///
/// # Errors
/// `password_wrong`, `rate_limited`.
pub async fn password(
    state: &AppState,
    tenant: &Tenant,
    account: &Account,
    typed: String,
) -> Result<(), Problem> {
    if typed.len() > password::MAX_BYTES {
        return Err(ErrorCode::PasswordWrong.into());
    }
    // A count of its own: whoever guesses here has a session already.
    let counter = Counter {
        platform: tenant.id(),
        account: &account.name,
        address: "confirm",
    };
    if let Some(count) = state.store.password_failures(counter).await? {
        let open = count.open_at(Throttle::FREE);
        let wait = open.since(state.now()).whole_seconds();
        if wait > 0 {
            return Err(Problem::of(ErrorCode::RateLimited).retry_after(wait));
        }
    }
    let kept = state.store.password_hash(tenant.id(), &account.id).await?;
    let kept = kept.ok_or(ErrorCode::PasswordWrong)?;
    let matches =
        tokio::task::spawn_blocking(move || password::matches(&Password::new(typed), &kept))
            .await
            .map_err(|_| Problem::of(ErrorCode::Internal))?;
    let deed = Count {
        counter,
        failed: !matches,
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    if matches {
        Ok(())
    } else {
        Err(ErrorCode::PasswordWrong.into())
    }
}

struct Count<'a> {
    counter: Counter<'a>,
    failed: bool,
    now: Timestamp,
}

impl Deed for Count<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if self.failed {
            let before = passwords::count(tx.connection(), self.counter).await?;
            let after = Throttle::after_failure(before, self.now);
            passwords::set(tx.connection(), self.counter, after).await?;
        } else {
            passwords::clear(tx.connection(), self.counter).await?;
        }
        Ok(Ok(()))
    }
}
