//! What a decided binding writes: the rows, the lines of their history, and the word to the account.

use domain::binding::Outcome;
use domain::{Id, Timestamp};
use serde_json::json;
use store::bindings::{self, Binding, By, EndReason, NewBinding, Proof, chain};
use store::notices::{self, NewNotice};
use store::{StoreError, Tx};

use crate::http::time::rfc3339;

/// What is written, and by whom.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The platform.
    pub platform: &'a str,
    /// What was decided.
    pub outcome: &'a Outcome,
    /// What was proved.
    pub proof: &'a Proof,
    /// The organisation of the account.
    pub organisation: &'a Id,
    /// Who does it.
    pub by: &'a Id,
    /// The id of a new row.
    pub binding: &'a Id,
    /// The id of a notice.
    pub notice: &'a Id,
    /// Now.
    pub now: Timestamp,
}

impl Settling<'_> {
    /// Writes it and returns the binding that stands; nothing where somebody was faster.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self, tx: &mut Tx<'_>) -> Result<Option<Binding>, StoreError> {
        let (platform, number, now) = (self.platform, self.proof.key_number.as_str(), self.now);
        let by = By::Account(self.by);
        let (written, kind) = match self.outcome {
            Outcome::Stands(_) => (true, None),
            Outcome::New => (self.begin(tx, None).await?, Some("binding_created")),
            Outcome::RenewsCertificate(id) => {
                let (der, end) = (&self.proof.certificate, self.proof.not_after);
                let taken =
                    chain::take_certificate(tx.connection(), platform, id, der, end, by, now)
                        .await?;
                (taken, Some("binding_renewed"))
            }
            Outcome::Continues(id) => {
                let ended =
                    bindings::end_for(tx.connection(), platform, id, EndReason::Renewed, by, now)
                        .await?;
                (
                    ended && self.begin(tx, Some(id)).await?,
                    Some("binding_renewed"),
                )
            }
            Outcome::ChangesHolder(id) => {
                let reason = EndReason::HolderChanged;
                let ended =
                    bindings::end_for(tx.connection(), platform, id, reason, by, now).await?;
                (
                    ended && self.begin(tx, None).await?,
                    Some("binding_created"),
                )
            }
        };
        if !written {
            return Ok(None);
        }
        let stands = bindings::by_key_number(tx.connection(), platform, number).await?;
        if let (Some(kind), Some(binding)) = (kind, &stands) {
            let subject = format!("{}:{}", binding.id, binding.certificate_since.0);
            let facts = json!({
                "key_number": number, "provider": binding.provider, "holder": binding.holder,
                "not_after": rfc3339(binding.not_after), "by": binding.bound_by, "at": rfc3339(now),
            });
            tell(
                tx,
                platform,
                self.notice,
                binding,
                kind,
                &subject,
                &facts,
                now,
            )
            .await?;
        }
        Ok(stands)
    }

    async fn begin(&self, tx: &mut Tx<'_>, previous: Option<&Id>) -> Result<bool, StoreError> {
        let new = NewBinding {
            id: self.binding,
            platform: self.platform,
            organisation: self.organisation,
            proof: self.proof,
            previous,
            bound_by: self.by,
            at: self.now,
        };
        bindings::insert(tx.connection(), &new).await
    }
}

/// A word to the account of a binding.
///
/// # Errors
/// Those of the database.
#[expect(clippy::too_many_arguments, reason = "a notice has that many parts")]
pub async fn tell(
    tx: &mut Tx<'_>,
    platform: &str,
    id: &Id,
    binding: &Binding,
    kind: &str,
    subject: &str,
    facts: &serde_json::Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let notice = NewNotice {
        id,
        platform,
        account: &binding.account,
        kind,
        subject,
        facts: &facts.to_string(),
        at: now,
    };
    notices::tell(tx.connection(), &notice).await?;
    Ok(())
}
