//! The doctor's probes on the platform: the visitor's browser as its page saw it, the two clocks, and what the database
//! knows of the account and of a key that was shown.
//!
//! A certificate comes without a proof of possession here. So nothing is told of a binding before a login, and after
//! one only of keys of the account's own organisation, with the other person's name masked.

use std::time::{Duration, Instant};

use catalogue::Provider;
use contract::{ErrorCode, Text};
use doctor::machine::{
    AccountSeen, BindingSeen, BrowserSeen, PlatformSeen, RevocationSeen, ShownKey,
};
use doctor::{Answer, Diagnosis, Limits, Machine, Timer, Unseen};
use domain::Timestamp;
use domain::suitability::{self, Aspect, Outcome, Suitability};
use futures_util::future::BoxFuture;
use pki::{Certificate, UnixTime};
use store::accounts::Account;
use store::bindings::{Binding, Filter};

use crate::http::extract::Tenant;
use crate::http::key_checks::revocation_of;
use crate::{AppState, Problem};

/// A visitor who asks what is wrong.
pub struct Visit<'a> {
    /// The wiring.
    pub state: &'a AppState,
    /// The platform.
    pub tenant: &'a Tenant,
    /// Who is logged in.
    pub account: Option<&'a Account>,
    /// The browser.
    pub browser: BrowserSeen,
    /// The page's clock, in seconds since 1970.
    pub page_clock: Option<i64>,
    /// The certificate that the agent showed.
    pub certificate: Option<Certificate>,
    /// The CA that was chosen by hand.
    pub expected: Option<String>,
}

/// Tokio's time, from now on.
struct FromNow(Instant);

impl Timer for FromNow {
    fn after(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
        })
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Visit<'_> {
    /// Looks.
    pub async fn diagnose(&self) -> Diagnosis {
        doctor::diagnose(self, &FromNow(Instant::now()), Limits::default(), |_| {}).await
    }
}

impl Machine for Visit<'_> {
    fn now(&self) -> UnixTime {
        self.state.now().into()
    }

    fn browser(&self) -> BoxFuture<'_, Answer<BrowserSeen>> {
        Box::pin(async { Ok(self.browser.clone()) })
    }

    fn platform(&self) -> BoxFuture<'_, Answer<PlatformSeen>> {
        Box::pin(async {
            let Some(theirs) = self.page_clock else {
                return Err(Unseen::NotHere);
            };
            Ok(PlatformSeen {
                origin: self.tenant.origin().to_owned(),
                skew: Ok(Some(theirs.saturating_sub(self.now().0))),
            })
        })
    }

    fn account(&self) -> BoxFuture<'_, Answer<AccountSeen>> {
        Box::pin(async {
            self.gather()
                .await
                .map_err(|problem| Unseen::Failed(problem.code().name().to_owned()))
        })
    }
}

impl Visit<'_> {
    async fn gather(&self) -> Result<AccountSeen, Problem> {
        let (store, platform) = (&self.state.store, self.tenant.id());
        let mut seen = AccountSeen {
            providers: self.names(|provider| self.tenant.platform().lists(provider)),
            ..AccountSeen::default()
        };
        let mut bound: Vec<Binding> = Vec::new();
        if let Some(account) = self.account {
            let organisation = &account.organisation.id;
            let filter = Filter {
                platform,
                organisation,
                only: None,
                account: "",
                person: "",
                limit: 100,
                offset: 0,
            };
            bound = store.bindings(&filter).await?.0;
            seen.bound = bound
                .iter()
                .map(|binding| {
                    (
                        binding.key_number.clone(),
                        Some(UnixTime::from(binding.not_after)),
                    )
                })
                .collect();
            // Seals are drawn when they are first asked for: none yet is no fault.
            let seals = store.seals(platform, organisation).await?.len();
            seen.seals = Some(seals).filter(|seals| *seals > 0);
            seen.deadlines = store
                .deadlines(platform, organisation)
                .await?
                .into_iter()
                .map(|deadline| (deadline.name, UnixTime::from(deadline.at)))
                .collect();
            seen.unconfirmed = store
                .applications_of(platform, organisation)
                .await?
                .into_iter()
                .filter(|application| {
                    application.facts.state == domain::application::State::Shipped
                })
                .map(|application| application.number)
                .collect();
        }
        if let Some(certificate) = &self.certificate {
            seen.key = Some(self.shown(certificate, &bound).await?);
        }
        Ok(seen)
    }

    fn names(&self, keep: impl Fn(&Provider) -> bool) -> Vec<Text> {
        self.tenant
            .rules
            .catalogue
            .providers()
            .filter(|provider| keep(provider))
            .map(|provider| text(&provider.name))
            .collect()
    }

    async fn shown(&self, certificate: &Certificate, own: &[Binding]) -> Result<ShownKey, Problem> {
        let (rules, platform) = (&self.tenant.rules, self.tenant.platform());
        let now = self.state.now();
        let examined = suitability::examine(certificate, &rules.catalogue, platform, now);
        let finding = revocation_of(self.state, &examined, now).await;
        let suitability = examined.conclude(certificate, platform, finding);
        let capabilities = suitability
            .provider
            .map(|provider| platform.capabilities(provider))
            .unwrap_or_default();
        let expected = self.expected.as_deref();
        let same_organisation = self.account.and_then(|account| {
            let identity = suitability.identity.as_ref()?;
            let code = identity.uscc.as_deref()?;
            Some(code == account.organisation.uscc)
        });
        Ok(ShownKey {
            number: suitability
                .identity
                .as_ref()
                .map(|identity| identity.key_number.clone()),
            provider: suitability.provider.map(|provider| text(&provider.name)),
            expected: expected
                .and_then(|id| rules.catalogue.provider(id))
                .map(|provider| text(&provider.name)),
            refused: refused(&suitability, now, certificate),
            not_after: certificate.not_after(),
            supported: suitability
                .provider
                .is_some_and(|provider| platform.lists(provider)),
            may_log_in: capabilities.login,
            may_seal: capabilities.seal,
            sealing: self.names(|provider| platform.capabilities(provider).seal),
            revocation: revocation(&suitability),
            binding: self.binding(&suitability, own, same_organisation).await?,
            same_organisation,
        })
    }

    async fn binding(
        &self,
        suitability: &Suitability<'_>,
        own: &[Binding],
        same_organisation: Option<bool>,
    ) -> Result<Option<BindingSeen>, Problem> {
        let (Some(account), Some(identity), Some(provider), Some(true)) = (
            self.account,
            &suitability.identity,
            suitability.provider,
            same_organisation,
        ) else {
            return Ok(None);
        };
        let holder = self
            .state
            .store
            .binding_of_key(self.tenant.id(), &identity.key_number)
            .await?;
        let older = own.iter().find(|binding| {
            binding.provider == provider.id.as_str() && binding.account == account.id
        });
        Ok(Some(match (holder, older) {
            (Some(binding), _) if binding.account == account.id => BindingSeen::Fine,
            (Some(binding), _) => BindingSeen::Elsewhere(masked(&binding.person)),
            // A key of the same CA stands there, and another number was shown: renewed elsewhere, most likely.
            (None, Some(older)) => BindingSeen::Older(older.key_number.clone()),
            (None, None) => BindingSeen::None,
        }))
    }
}

/// 张三 → 张*.
fn masked(person: &str) -> String {
    let mut characters = person.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    first + &"*".repeat(characters.count().max(1))
}

fn text(text: &catalogue::Text) -> Text {
    Text::new(&text.zh, &text.en)
}

/// Why the certificate itself is refused, for another reason than the platform's list, its end or a revocation.
fn refused(
    suitability: &Suitability<'_>,
    now: Timestamp,
    certificate: &Certificate,
) -> Option<ErrorCode> {
    let others = [Aspect::Provider, Aspect::Revocation];
    suitability
        .outcomes
        .iter()
        .filter(|(aspect, _)| !others.contains(aspect) || suitability.provider.is_none())
        .filter(|(aspect, _)| {
            *aspect != Aspect::Validity || UnixTime::from(now) < certificate.not_before()
        })
        .find_map(|(_, outcome)| match outcome {
            Outcome::Failed(refusal) => Some(refusal.code()),
            _ => None,
        })
}

fn revocation(suitability: &Suitability<'_>) -> RevocationSeen {
    suitability
        .outcomes
        .iter()
        .find(|(aspect, _)| *aspect == Aspect::Revocation)
        .map_or(RevocationSeen::Unknown, |(_, outcome)| match outcome {
            Outcome::Passed => RevocationSeen::Good,
            Outcome::Failed(refusal) => RevocationSeen::Revoked(refusal.code().name().to_owned()),
            _ => RevocationSeen::Unknown,
        })
}
