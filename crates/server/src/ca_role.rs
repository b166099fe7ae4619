//! `yinxin ca`: the only one that opens authorities' and key-management keys. It claims approved orders from rows, checks
//! the approvals again, works, and writes the result.
//!
//! A crash at any step repeats safely. What an order has made is found again by the order's id: a recorded certificate is
//! used again, a serial that was taken and has no result is marked possibly issued and revoked, a pair of the pool stays
//! with its order, and the envelope, the erasing of the pool copy and the order's end are one transaction.

pub mod approvals;
mod envelope;
mod issue;
pub mod pool;
pub mod recover;
pub mod secrets;
mod status_change;
mod unlock;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::audit::Entry;
use domain::{Clock, Id, Randomness, Timestamp};
use issuer::order::{Order, Refusal};
use issuer::{IssuerError, Profile};
use pki::Oid;
use serde::Serialize;
use store::key_management::NewDelivery;
use store::orders::{self, ClaimedOrder};
use store::{Deed, Store, StoreError, Tx, key_management};

use crate::authority::issuing::{Step, Steps, reach};
use crate::authority::{Authorities, AuthorityError};
use secrets::Secrets;

/// How often the table is looked at: an order is inserted by another process.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks between two at what is renewed by time alone.
const STAND_BY_EVERY: u32 = 30;
/// Orders that are worked through before lists and the pool are looked at.
const BATCH: usize = 64;

/// The role with its keys.
pub struct CaRole {
    /// The database.
    pub store: Arc<Store>,
    /// The issuing authorities, with their keys.
    pub authorities: Authorities,
    /// The profiles, one for each provider.
    pub profiles: Vec<Profile>,
    /// What the catalogue says of the providers' products.
    pub products: Products,
    /// The key management centre's keys.
    pub secrets: Secrets,
    /// Told of each step of an order.
    pub steps: Arc<dyn Steps>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The generator.
    pub random: Arc<dyn Randomness>,
}

/// The certificate policies of the providers' products, as the catalogue lists them.
#[derive(Clone, Debug, Default)]
pub struct Products(BTreeMap<String, BTreeMap<String, Vec<Oid>>>);

/// The product of a provider of whom the catalogue lists none.
const USUAL_PRODUCT: &str = "platform";

impl Products {
    /// Those of a catalogue.
    #[must_use]
    pub fn of(catalogue: &catalogue::Catalogue) -> Self {
        let products = |provider: &catalogue::Provider| {
            let each = provider.products.iter().map(|product| {
                let policies = product.policies.iter();
                let oids = policies.filter_map(|policy| Oid::new(&policy.to_string()).ok());
                (product.id.to_string(), oids.collect())
            });
            (provider.id.to_string(), each.collect())
        };
        Self(catalogue.providers().map(products).collect())
    }

    /// The profile for a product; nothing where the provider has no such product.
    fn profile(&self, profile: &Profile, product: &str) -> Option<Profile> {
        match self.0.get(&profile.id).filter(|listed| !listed.is_empty()) {
            Some(listed) => {
                let policies = listed.get(product)?;
                Some(if policies.is_empty() {
                    profile.clone()
                } else {
                    profile.clone().with_policies(policies.clone())
                })
            }
            None => (product == USUAL_PRODUCT).then(|| profile.clone()),
        }
    }
}

/// Why the role stops before an order's end. The order is claimed again once its lease has ended.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The key management centre.
    #[error(transparent)]
    KeyManagement(#[from] issuer::key_management::KeyManagementError),
    /// No ceremony has made a recovery key, so no encryption pair may be made.
    #[error("there is no recovery key; a ceremony makes one (yinxin admin ceremony)")]
    NoRecoveryKey,
    /// A profile can't be read.
    #[error(transparent)]
    Profile(#[from] issuer::ProfileError),
    /// A row holds what no code of ours writes.
    #[error("{0} holds what can't be read")]
    Impossible(&'static str),
}

impl RoleError {
    /// Another process works for the order now: nothing is wrong.
    const fn is_lost_claim(&self) -> bool {
        matches!(self, Self::Authority(AuthorityError::ClaimLost))
    }
}

/// How an order ends.
pub(crate) enum Outcome {
    /// Done: the result's JSON, what is delivered with it, and facts for the audit log.
    Done {
        result: String,
        delivery: Option<Delivery>,
        facts: serde_json::Value,
    },
    /// Refused.
    Refused(Refusal),
}

/// An envelope that is stored with the order's end.
pub(crate) struct Delivery {
    pub(crate) encryption_key: String,
    pub(crate) signing_key_sha256: String,
    pub(crate) key_number: String,
    pub(crate) purpose: key_management::DeliveryPurpose,
    pub(crate) envelope: String,
}

impl Outcome {
    pub(crate) fn done(result: &impl Serialize, facts: serde_json::Value) -> Self {
        Self::Done {
            // A struct of strings and numbers is always written.
            result: serde_json::to_string(result).unwrap_or_default(),
            delivery: None,
            facts,
        }
    }
}

/// Works until the process ends.
pub async fn work(role: &CaRole) {
    for count in (0..STAND_BY_EVERY).cycle() {
        round(role).await;
        if count == 0 {
            stand_by(role).await;
        }
        // Waiting for nothing, for as long as the pause lasts.
        let _ = tokio::time::timeout(LOOK_EVERY, std::future::pending::<()>()).await;
    }
}

/// What is renewed by time alone: lists by shard, and the certificates of responders and time-stamping authorities.
/// What fails is logged and tried again.
pub async fn stand_by(role: &CaRole) {
    if let Err(error) = crate::status::stand_by(&role.authorities).await {
        tracing::warn!(%error, "a list of a shard or a responder's certificate was put off");
    }
}

/// One look at everything: orders, the pool, the lists. What fails is logged and tried again in the next round.
pub async fn round(role: &CaRole) -> usize {
    let mut done = 0;
    loop {
        match run_due(role).await {
            Ok(0) => break,
            Ok(some) => done += some,
            Err(error) if error.is_lost_claim() => {}
            Err(error) => {
                tracing::warn!(%error, "an order was put off until its lease has ended");
                break;
            }
        }
    }
    if let Err(error) = pool::fill(role).await {
        tracing::warn!(%error, "the pool of encryption pairs could not be filled");
    }
    if let Err(error) = role.authorities.publish_due_lists().await {
        tracing::warn!(%error, "a revocation list was put off");
    }
    done
}

/// Works through the orders that wait; says how many came to their end.
///
/// # Errors
/// [`RoleError`] of the first order that failed; it is claimed again once its lease has ended.
pub async fn run_due(role: &CaRole) -> Result<usize, RoleError> {
    let mut done = 0;
    while done < BATCH {
        let claim = role.new_id();
        let Some(order) = role.store.claim_order(&claim, role.now()).await? else {
            break;
        };
        process(role, &order).await?;
        done += 1;
    }
    Ok(done)
}

/// Brings a claimed order to its end.
///
/// # Errors
/// See [`RoleError`].
pub(crate) async fn process(role: &CaRole, order: &ClaimedOrder) -> Result<(), RoleError> {
    reach(&*role.steps, Step::Claimed)?;
    let outcome = match outcome(role, order).await {
        Err(RoleError::Authority(AuthorityError::Issuer(error))) => {
            Outcome::Refused(refusal_of(&error).ok_or(AuthorityError::Issuer(error))?)
        }
        answer => answer?,
    };
    end(role, order, &outcome).await
}

/// Stores the end of a claimed order with all that it leaves behind.
pub(crate) async fn end(
    role: &CaRole,
    order: &ClaimedOrder,
    outcome: &Outcome,
) -> Result<(), RoleError> {
    let deed = End {
        order,
        outcome,
        delivery: role.new_id(),
        entry: role.new_id(),
        now: role.now(),
    };
    role.store
        .perform(&deed)
        .await?
        .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
    reach(&*role.steps, Step::Finished)?;
    match outcome {
        Outcome::Done { .. } => tracing::info!(order = %order.id, kind = order.kind.name(), "done"),
        Outcome::Refused(refusal) => {
            tracing::warn!(order = %order.id, kind = order.kind.name(), refusal = refusal.code(), "refused");
        }
    }
    Ok(())
}

async fn outcome(role: &CaRole, order: &ClaimedOrder) -> Result<Outcome, RoleError> {
    let body = match Order::parse(order.kind, &order.body) {
        Ok(body) => body,
        Err(error) => {
            tracing::warn!(order = %order.id, %error, "the order can't be read");
            return Ok(Outcome::Refused(Refusal::Malformed));
        }
    };
    if !approvals::stand(role, order).await? {
        return Ok(Outcome::Refused(Refusal::Approval));
    }
    match &body {
        Order::Issue(body) => issue::issue(role, order, body).await,
        Order::ReissueEnvelope(body) => envelope::reissue(role, order, body).await,
        Order::Revoke(body) | Order::Suspend(body) | Order::Resume(body) => {
            status_change::change(role, order, body).await
        }
        Order::Unlock(body) => unlock::unlock(role, order, body),
        // The statement that claims leaves these to a session with shares.
        Order::Recover(_) => Err(RoleError::Impossible("issuing_order.kind")),
    }
}

/// The machine's errors that are the applicant's affair; the others are ours, and the order is tried again.
fn refusal_of(error: &IssuerError) -> Option<Refusal> {
    match error {
        IssuerError::ProofOfPossession(_) => Some(Refusal::Request),
        IssuerError::KeyFamily(_) => Some(Refusal::Key),
        IssuerError::Applicant(_) => Some(Refusal::Field),
        IssuerError::Lint(findings) => {
            for finding in findings {
                tracing::warn!(?finding, clause = finding.clause(), "not signed");
            }
            Some(match findings.as_slice() {
                [issuer::LintFinding::OutlivesIssuer] => Refusal::Years,
                [issuer::LintFinding::Key] => Refusal::Key,
                [issuer::LintFinding::Subject | issuer::LintFinding::Identity] => Refusal::Field,
                _ => Refusal::Lint,
            })
        }
        _ => None,
    }
}

impl CaRole {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn new_id(&self) -> Id {
        Id::new(self.now(), &*self.random)
    }

    /// The profile of a provider.
    pub(crate) fn profile(&self, provider: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == provider)
    }
}

struct ClaimLost;

/// The end of an order, with all that it leaves behind.
struct End<'a> {
    order: &'a ClaimedOrder,
    outcome: &'a Outcome,
    delivery: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for End<'_> {
    type Done = ();
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ClaimLost>, StoreError> {
        let order = self.order;
        let (held, action, facts) = match self.outcome {
            Outcome::Done {
                result,
                delivery,
                facts,
            } => {
                let held = orders::finish(tx.connection(), order, result, self.now).await?;
                if held && let Some(delivery) = delivery {
                    let new = NewDelivery {
                        id: self.delivery.as_str(),
                        platform: &order.platform,
                        encryption_key: &delivery.encryption_key,
                        signing_key_sha256: &delivery.signing_key_sha256,
                        order: order.id.as_str(),
                        key_number: &delivery.key_number,
                        purpose: delivery.purpose,
                        envelope: &delivery.envelope,
                        at: self.now,
                    };
                    if !key_management::deliver(tx.connection(), &new).await? {
                        return Err(StoreError::Impossible("encryption_key.delivered_at"));
                    }
                }
                (held, "order.done", facts.clone())
            }
            Outcome::Refused(refusal) => (
                orders::refuse(tx.connection(), order, refusal.code(), self.now).await?,
                "order.refused",
                serde_json::json!({ "refusal": refusal.code() }),
            ),
        };
        if !held {
            return Ok(Err(ClaimLost));
        }
        let detail = serde_json::json!({
            "kind": order.kind.name(),
            "application": order.application,
            "provider": order.provider,
            "reviewed_by": order.reviewed_by,
            "attempts": order.attempts,
            "facts": facts,
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: order.platform.clone(),
            at: self.now,
            action: action.into(),
            actor: order.approved_by.parse().ok(),
            subject: Some(order.id.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
