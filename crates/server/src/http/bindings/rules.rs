//! What rows and presented keys are to the rules of [`domain::binding`], and their refusals as problems.

use catalogue::Identity;
use contract::ErrorCode;
use domain::binding::{
    self, BindingRefusal, Caller, ReleaseRefusal, Shown, Standing, masked_account,
    masked_organisation,
};
use domain::{Id, Timestamp, identity};
use pki::Certificate;
use serde_json::json;
use store::bindings::{Binding, Proof};
use store::sessions::Session;
use store::{StoreError, Tx, organisations};

use crate::Problem;
use crate::http::presented::Presented;

/// A row as the rules see it. A certificate that can't be read any more began with the binding.
#[must_use]
pub fn standing(binding: &Binding) -> Standing {
    let began = Certificate::from_der(&binding.certificate)
        .map_or(binding.certificate_since, |read| read.not_before().into());
    Standing {
        id: binding.id.clone(),
        account: binding.account.clone(),
        provider: binding.provider.clone(),
        key_number: binding.key_number.clone(),
        holder: binding.holder.clone(),
        certificate: binding.certificate.clone(),
        not_before: began,
        not_after: binding.not_after,
    }
}

/// A proof as the rules see it.
#[must_use]
pub fn shown(proof: &Proof) -> Shown {
    Shown {
        provider: proof.provider.clone(),
        key_number: proof.key_number.clone(),
        holder: proof.holder.clone(),
        certificate: proof.certificate.clone(),
        not_before: proof.not_before,
        not_after: proof.not_after,
    }
}

/// What a presented key proves, for an account; ids are those of whoever writes it down.
#[must_use]
pub fn proof(
    key: &Presented,
    ids: [Id; 2],
    account: &Id,
    organisation: &str,
    at: [Timestamp; 2],
) -> Proof {
    let [id, session] = ids;
    let [created_at, expires_at] = at;
    let named = key.identity.organisation.clone();
    Proof {
        id,
        session,
        account: account.clone(),
        key_number: key.identity.key_number.clone(),
        provider: key.provider.id.to_string(),
        holder: key.identity.holder.clone(),
        organisation: named.unwrap_or_else(|| organisation.to_owned()),
        certificate: key.certificate.der().to_vec(),
        not_before: key.certificate.not_before().into(),
        not_after: key.certificate.not_after().into(),
        created_at,
        expires_at,
    }
}

/// Who asks.
#[must_use]
pub fn caller(session: &Session) -> Caller<'_> {
    Caller {
        account: &session.account.id,
        administrator: session.account.role == "administrator",
        key_number: session.key_number.as_deref(),
    }
}

/// Whether a key can still log in, by what is known of its certificate.
#[must_use]
pub fn usable(binding: &Binding, now: Timestamp) -> bool {
    binding.not_after >= now && binding.standing != "revoked"
}

/// A refusal as a problem; `elsewhere` is the binding that stands in the way.
#[must_use]
pub fn refused(refusal: BindingRefusal, elsewhere: Option<&Binding>) -> Problem {
    match (refusal, elsewhere) {
        (BindingRefusal::BoundElsewhere, Some(binding)) => bound_elsewhere(binding),
        (BindingRefusal::BoundElsewhere, None) => ErrorCode::BoundElsewhere.into(),
        (BindingRefusal::AlreadyBound, _) => ErrorCode::AlreadyBound.into(),
        (BindingRefusal::OneCertificate, _) => ErrorCode::OneCertificate.into(),
        (BindingRefusal::NotBound, _) => ErrorCode::NotBound.into(),
        (BindingRefusal::HolderChanged, _) => ErrorCode::HolderChanged.into(),
    }
}

/// 已被多人绑定: the owner masked, and the two ways out.
#[must_use]
pub fn bound_elsewhere(binding: &Binding) -> Problem {
    let owner = json!({
        "organisation": masked_organisation(&binding.organisation_name),
        "account": masked_account(&binding.account_name),
    });
    Problem::of(ErrorCode::BoundElsewhere)
        .with_member("owner", owner)
        .with_member("ways", json!(["log_in_and_unbind", "forced"]))
        // The caller has just proved the key: its number is no secret to them, and begins a forced unbinding.
        .with_member("key_number", json!(binding.key_number))
}

/// A refused release as a problem.
#[must_use]
pub fn not_released(refusal: ReleaseRefusal) -> Problem {
    match refusal {
        ReleaseRefusal::NotYours => ErrorCode::Forbidden.into(),
        ReleaseRefusal::NeedsKey => ErrorCode::UnbindNeedsKey.into(),
    }
}

/// The organisation in the certificate is the account's, by its code or its name, or by a name that it had and whose
/// renaming was reviewed within a year.
///
/// # Errors
/// Those of the database.
pub async fn belongs(
    tx: &mut Tx<'_>,
    platform: &str,
    identity: &Identity,
    organisation: &Id,
    uscc: &str,
    name: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if identity::belongs_to(identity, uscc, name).is_ok() {
        return Ok(true);
    }
    let old = organisations::old_names(tx.connection(), platform, organisation, now).await?;
    Ok(old
        .iter()
        .any(|old| identity::belongs_to(identity, uscc, old).is_ok()))
}

/// What the list says of a binding's key: `good`, `expiring` (within 90 days), `expired`, `revoked` or `undetermined`.
#[must_use]
pub fn state(binding: &Binding, now: Timestamp) -> &'static str {
    if binding.standing == "revoked" {
        "revoked"
    } else if binding.not_after < now {
        "expired"
    } else if binding.standing == "undetermined" {
        "undetermined"
    } else if binding.not_after <= now + binding::RENEWAL_WINDOW {
        "expiring"
    } else {
        "good"
    }
}
