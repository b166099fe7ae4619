//! Bindings as policy: what a proved key becomes, who may release one, what a renewal is. The rows are the store's, and the
//! rule that a key number has one account at most is the database's; here is what is decided before it is asked.

pub mod forced;
#[cfg(test)]
mod walk;

use catalogue::{Policies, Unbind, WhoBinds};

use crate::entropy::Id;
use crate::time::{Span, Timestamp};

/// Before its end, how long a certificate is taken for one that is being renewed: the first of the reminders.
pub const RENEWAL_WINDOW: Span = Span::hours(24 * 90);

/// A binding that stands, as far as a decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: Id,
    /// The bound account.
    pub account: Id,
    /// The provider.
    pub provider: String,
    /// The key number.
    pub key_number: String,
    /// Who holds the key, by its certificate.
    pub holder: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// When that certificate began, as far as it can be read.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// A key that proved itself just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The provider.
    pub provider: String,
    /// The key number.
    pub key_number: String,
    /// Who holds it.
    pub holder: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// When the certificate began.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What a proved key becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is bound already, by this very certificate.
    Stands(Id),
    /// A new binding.
    New,
    /// The key kept its number: its binding goes on with the new certificate.
    RenewsCertificate(Id),
    /// The renewed key has another number: the old binding ends, a new one goes on from it.
    Continues(Id),
    /// The key has another holder now: the old binding ends, and a new one begins that goes on from nothing.
    ChangesHolder(Id),
}

/// Why a key is not bound, or does not log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingRefusal {
    /// It is bound to this account already.
    #[error("the key is bound to this account already")]
    AlreadyBound,
    /// It is bound to another account.
    #[error("the key is bound to another account")]
    BoundElsewhere,
    /// The platform allows one key an account.
    #[error("the account has a key already, and one is all that this platform allows")]
    OneCertificate,
    /// Nobody bound it.
    #[error("the key is not bound")]
    NotBound,
    /// Its certificate is another holder's than when it was bound.
    #[error("the key has another holder than when it was bound")]
    HolderChanged,
}

/// What binding a proved key to an account comes to. `same_number` is the binding of its key number, `of_account` are the
/// account's bindings.
///
/// # Errors
/// [`BindingRefusal`].
pub fn bind(
    policies: &Policies,
    account: &Id,
    shown: &Shown,
    same_number: Option<&Standing>,
    of_account: &[Standing],
    now: Timestamp,
) -> Result<Outcome, BindingRefusal> {
    if let Some(standing) = same_number {
        if standing.account != *account || standing.provider != shown.provider {
            return Err(BindingRefusal::BoundElsewhere);
        }
        return match same_key(shown, standing) {
            Outcome::Stands(_) => Err(BindingRefusal::AlreadyBound),
            goes_on => Ok(goes_on),
        };
    }
    if let Some(renewed) = renewed_by(shown, of_account, now) {
        return Ok(Outcome::Continues(renewed.id.clone()));
    }
    if policies.one_certificate_per_account && !of_account.is_empty() {
        return Err(BindingRefusal::OneCertificate);
    }
    Ok(Outcome::New)
}

/// What logging in with a proved key comes to. `candidates` are bindings of the certificate's holder and organisation;
/// `fresh` says that revocation was answered now: a renewal needs that (rule 5).
///
/// # Errors
/// [`BindingRefusal`].
pub fn log_in(
    shown: &Shown,
    same_number: Option<&Standing>,
    candidates: &[Standing],
    fresh: bool,
    now: Timestamp,
) -> Result<Outcome, BindingRefusal> {
    if let Some(standing) = same_number {
        // Two providers may give out the same number: only the bound one's certificates open the account.
        if standing.provider != shown.provider {
            return Err(BindingRefusal::NotBound);
        }
        return match same_key(shown, standing) {
            Outcome::ChangesHolder(_) => Err(BindingRefusal::HolderChanged),
            // It logs in all the same; the chain takes the certificate when its revocation is known.
            Outcome::RenewsCertificate(id) if !fresh => Ok(Outcome::Stands(id)),
            outcome => Ok(outcome),
        };
    }
    renewed_by(shown, candidates, now)
        .filter(|_| fresh)
        .map(|renewed| Outcome::Continues(renewed.id.clone()))
        .ok_or(BindingRefusal::NotBound)
}

/// The same key number: the same certificate, a newer one, or somebody else's.
fn same_key(shown: &Shown, standing: &Standing) -> Outcome {
    let id = standing.id.clone();
    if shown.certificate == standing.certificate {
        Outcome::Stands(id)
    } else if shown.holder != standing.holder {
        Outcome::ChangesHolder(id)
    } else if shown.not_before < standing.not_before {
        // An older certificate of the same key and holder: nothing is taken back.
        Outcome::Stands(id)
    } else {
        Outcome::RenewsCertificate(id)
    }
}

/// The one binding that a key with another number goes on from: of the same provider and holder, by a certificate that
/// began earlier and has ended or soon will. Where there are two, nobody can say which, and none is meant.
#[must_use]
pub fn renewed_by<'s>(
    shown: &Shown,
    candidates: &'s [Standing],
    now: Timestamp,
) -> Option<&'s Standing> {
    let mut fitting = candidates.iter().filter(|standing| {
        standing.provider == shown.provider
            && standing.holder == shown.holder
            && standing.key_number != shown.key_number
            && standing.not_before < shown.not_before
            && standing.not_after < shown.not_after
            && standing.not_after <= now + RENEWAL_WINDOW
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Who asks to bind or to release.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Their account.
    pub account: &'a Id,
    /// Whether they are the organisation's administrator.
    pub administrator: bool,
    /// The key that their session was logged in with.
    pub key_number: Option<&'a str>,
}

/// Whether a caller may bind a key to an account of their organisation.
#[must_use]
pub fn may_bind_for(policies: &Policies, caller: Caller<'_>, account: &Id) -> bool {
    let own = caller.account == account;
    match policies.who_binds {
        WhoBinds::OneSelf => own,
        WhoBinds::Administrator => caller.administrator,
        WhoBinds::Both => own || caller.administrator,
    }
}

/// Why a binding is not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefusal {
    /// It is neither the caller's nor their organisation's administrator asks.
    #[error("the binding is another's")]
    NotYours,
    /// The platform wants a session that was logged in with that key.
    #[error("the key is released by whoever logged in with it")]
    NeedsKey,
}

/// Whether a caller of the same organisation may release a binding. A key that can't log in any more, because its
/// certificate ended or was revoked, is released without it.
///
/// # Errors
/// [`ReleaseRefusal`].
pub fn may_release(
    policies: &Policies,
    caller: Caller<'_>,
    account: &Id,
    key_number: &str,
    usable: bool,
) -> Result<(), ReleaseRefusal> {
    if caller.account != account && !caller.administrator {
        return Err(ReleaseRefusal::NotYours);
    }
    let with_it = caller.account == account && caller.key_number == Some(key_number);
    match policies.unbind {
        Unbind::WithThatKey if usable && !with_it => Err(ReleaseRefusal::NeedsKey),
        Unbind::WithThatKey | Unbind::OwnerOrAdministrator => Ok(()),
    }
}

/// What a stranger is told of an owner: the first two characters of a name and its ending, the rest is stars.
#[must_use]
pub fn masked_organisation(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let endings = ["有限责任公司", "股份有限公司", "有限公司", "公司"];
    let ending = endings
        .iter()
        .find(|ending| name.ends_with(**ending))
        .copied()
        .unwrap_or_default();
    let kept = ending.chars().count().min(2);
    let shown = (characters.len() / 3).min(2);
    let head: String = characters[..shown].iter().collect();
    let tail: String = characters[characters.len() - kept..].iter().collect();
    format!("{head}**{tail}")
}

/// A login name: its first and last characters.
#[must_use]
pub fn masked_account(name: &str) -> String {
    let mut characters = name.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) => format!("{first}***{last}"),
        _ => "***".to_owned(),
    }
}

/// A telephone number: three digits and four.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    match (phone.get(..3), phone.get(phone.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if phone.len() == 11 => format!("{head}****{tail}"),
        _ => "****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Randomness;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const YEAR: Span = Span::hours(24 * 365);

    struct Fixed(u8);
    impl Randomness for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn id(n: u8) -> Id {
        Id::new(NOW, &Fixed(n))
    }

    fn shown(number: &str, holder: &str, certificate: u8, began: Timestamp) -> Shown {
        Shown {
            provider: "szca".into(),
            key_number: number.into(),
            holder: holder.into(),
            certificate: vec![certificate],
            not_before: began,
            not_after: began + YEAR,
        }
    }

    fn standing(n: u8, account: u8, of: &Shown) -> Standing {
        Standing {
            id: id(n),
            account: id(account),
            provider: of.provider.clone(),
            key_number: of.key_number.clone(),
            holder: of.holder.clone(),
            certificate: of.certificate.clone(),
            not_before: of.not_before,
            not_after: of.not_after,
        }
    }

    #[test]
    fn a_renewed_key_goes_on_from_the_one_that_ends_and_an_additional_key_is_new() {
        let old = shown("1", "甲", 1, NOW - YEAR);
        let stands = [standing(1, 100, &old)];
        let renewed = shown("2", "甲", 2, NOW);
        let bound =
            |shown: &Shown, now| bind(&Policies::default(), &id(100), shown, None, &stands, now);
        assert_eq!(bound(&renewed, NOW), Ok(Outcome::Continues(id(1))));
        // Half a year before its end, nobody renews: it is a second key.
        let early = NOW - Span::hours(24 * 182);
        let second = shown("2", "甲", 2, early);
        assert_eq!(bound(&second, early), Ok(Outcome::New));
        // Another holder's key never continues anything.
        assert_eq!(bound(&shown("2", "乙", 2, NOW), NOW), Ok(Outcome::New));
    }

    #[test]
    fn between_two_that_could_be_renewed_none_is_chosen() {
        let old = shown("1", "甲", 1, NOW - YEAR);
        let other = shown("3", "甲", 3, NOW - YEAR);
        let both = [standing(1, 100, &old), standing(2, 100, &other)];
        let renewed = shown("2", "甲", 2, NOW);
        assert_eq!(renewed_by(&renewed, &both, NOW), None);
        assert_eq!(
            log_in(&renewed, None, &both, true, NOW),
            Err(BindingRefusal::NotBound)
        );
    }

    #[test]
    fn a_login_rebinds_on_a_fresh_answer_only_and_never_for_another_holder() {
        let old = shown("1", "甲", 1, NOW - YEAR);
        let stands = standing(1, 100, &old);
        let renewed = shown("2", "甲", 2, NOW);
        let candidates = std::slice::from_ref(&stands);
        assert_eq!(
            log_in(&renewed, None, candidates, true, NOW),
            Ok(Outcome::Continues(id(1)))
        );
        assert_eq!(
            log_in(&renewed, None, candidates, false, NOW),
            Err(BindingRefusal::NotBound)
        );
        let same_number = shown("1", "乙", 9, NOW);
        assert_eq!(
            log_in(&same_number, Some(&stands), &[], true, NOW),
            Err(BindingRefusal::HolderChanged)
        );
        let kept = shown("1", "甲", 9, NOW);
        assert_eq!(
            log_in(&kept, Some(&stands), &[], true, NOW),
            Ok(Outcome::RenewsCertificate(id(1)))
        );
        assert_eq!(
            log_in(&kept, Some(&stands), &[], false, NOW),
            Ok(Outcome::Stands(id(1)))
        );
    }

    #[test]
    fn a_number_of_another_provider_opens_nothing() {
        let old = shown("1", "甲", 1, NOW);
        let mut foreign = old.clone();
        foreign.provider = "cfca".into();
        let stands = standing(1, 100, &old);
        assert_eq!(
            log_in(&foreign, Some(&stands), &[], true, NOW),
            Err(BindingRefusal::NotBound)
        );
        assert_eq!(
            bind(
                &Policies::default(),
                &id(100),
                &foreign,
                Some(&stands),
                &[],
                NOW
            ),
            Err(BindingRefusal::BoundElsewhere)
        );
    }

    #[test]
    fn one_certificate_an_account_where_the_platform_wants_that() {
        let policies = Policies {
            one_certificate_per_account: true,
            ..Policies::default()
        };
        let first = shown("1", "甲", 1, NOW);
        let stands = [standing(1, 100, &first)];
        let second = shown("2", "甲", 2, NOW);
        assert_eq!(
            bind(&policies, &id(100), &second, None, &stands, NOW),
            Err(BindingRefusal::OneCertificate)
        );
        assert_eq!(
            bind(&policies, &id(100), &second, None, &[], NOW),
            Ok(Outcome::New)
        );
    }

    #[test]
    fn both_manuals_ways_to_release_and_what_each_refuses() {
        let (owner, admin) = (id(1), id(2));
        let with = |unbind| Policies {
            unbind,
            ..Policies::default()
        };
        let caller = |account, administrator, key_number| Caller {
            account,
            administrator,
            key_number,
        };
        let first = with(Unbind::WithThatKey);
        let ask = |policies, caller, usable| may_release(policies, caller, &owner, "K", usable);
        assert_eq!(ask(&first, caller(&owner, false, Some("K")), true), Ok(()));
        assert_eq!(
            ask(&first, caller(&owner, false, Some("J")), true),
            Err(ReleaseRefusal::NeedsKey)
        );
        assert_eq!(
            ask(&first, caller(&admin, true, None), true),
            Err(ReleaseRefusal::NeedsKey)
        );
        assert_eq!(ask(&first, caller(&owner, false, None), false), Ok(()));
        let second = with(Unbind::OwnerOrAdministrator);
        assert_eq!(ask(&second, caller(&owner, false, None), true), Ok(()));
        assert_eq!(ask(&second, caller(&admin, true, None), true), Ok(()));
        assert_eq!(
            ask(&second, caller(&admin, false, Some("K")), true),
            Err(ReleaseRefusal::NotYours)
        );
    }

    #[test]
    fn an_owner_is_masked() {
        assert_eq!(masked_organisation("厦门某某科技有限公司"), "厦门**公司");
        assert_eq!(masked_organisation("甲"), "**");
        assert_eq!(masked_account("zhang3"), "z***3");
        assert_eq!(masked_account("z"), "***");
        assert_eq!(masked_phone("13800138000"), "138****8000");
    }
}
