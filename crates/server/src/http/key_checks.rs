//! `/api/v1/key-checks`: 我的锁能用吗？ What the platform says of a certificate.
//!
//! The certificate comes alone, without a proof of possession: the answer is what anybody could work out from a public
//! document and the platform's rules. Whether a key is bound is told to the account alone that it is bound to.

pub mod create;

use std::collections::HashMap;

use catalogue::{Hotline, Text};
use contract::{ErrorCode, KeyFamilyName};
use domain::revocation::{self, Finding, Found};
use domain::suitability::{self, Aspect, Examination, Outcome, Suitability};
use domain::{Operation, Refusal, Timestamp};
use pki::Certificate;
use serde::Serialize;
use store::StoreError;
use store::accounts::Account;

use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The answer.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `fits`, `partly`, `refused` or `undetermined`.
    pub verdict: &'static str,
    certificate: CertificateBody,
    provider: Option<ProviderBody>,
    /// As the provider's map reads it, once the path holds.
    pub key_number: Option<String>,
    /// Whose key it is, as far as it can be read.
    pub holder: String,
    organisation: Option<String>,
    checks: Vec<CheckBody>,
    may: Vec<MayBody>,
    /// `own`: bound to the account that asks. Nothing else is ever told.
    bound: Option<&'static str>,
    /// Whom to call, the first first.
    call: Vec<Call>,
    checked_at: String,
}

#[derive(Debug, Serialize)]
struct CertificateBody {
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    family: Option<KeyFamilyName>,
}

#[derive(Debug, Serialize)]
struct ProviderBody {
    id: String,
    name: Text,
    site: Option<String>,
    note: Option<Text>,
    /// Whether the platform sells such keys itself, and so answers for them.
    sold_here: bool,
}

/// One check.
#[derive(Debug, Serialize)]
struct CheckBody {
    aspect: &'static str,
    #[serde(flatten)]
    answer: AnswerBody,
}

/// One operation.
#[derive(Debug, Serialize)]
struct MayBody {
    operation: &'static str,
    #[serde(flatten)]
    answer: AnswerBody,
}

#[derive(Debug, Serialize)]
struct AnswerBody {
    /// `passed`, `failed`, `indeterminate` or `not_applicable`, as in every report.
    result: &'static str,
    code: Option<ErrorCode>,
    reason: Option<contract::Text>,
    remedy: Option<contract::Text>,
}

/// A number to call.
#[derive(Debug, Serialize)]
struct Call {
    /// `provider` or `platform`.
    who: &'static str,
    name: Text,
    hotlines: Vec<Hotline>,
}

impl AnswerBody {
    fn of(outcome: &Outcome) -> Self {
        let (result, refusal) = match outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(refusal) => ("failed", Some(refusal)),
            Outcome::Undetermined(refusal) => ("indeterminate", Some(refusal)),
            Outcome::NotReached => ("not_applicable", None),
        };
        Self {
            result,
            code: refusal.map(Refusal::code),
            reason: refusal
                .map(|refusal| refusal.detail().unwrap_or_else(|| refusal.code().message())),
            remedy: refusal.map(|refusal| refusal.code().remedy()),
        }
    }
}

/// Looks at everything that can be said of a certificate here. Lists are fetched before anything is written.
///
/// # Errors
/// Those of the database.
pub async fn check(
    state: &AppState,
    tenant: &Tenant,
    certificate: &Certificate,
    asks: Option<&Account>,
) -> Result<Report, Problem> {
    let now = state.now();
    let platform = tenant.platform();
    let examined = suitability::examine(certificate, &tenant.rules.catalogue, platform, now);
    let finding = revocation_of(state, &examined, now).await;
    let suitability = examined.conclude(certificate, platform, finding);
    let bound = bound(state, tenant, &suitability, asks).await?;
    Ok(report(state, tenant, certificate, &suitability, bound))
}

/// What the lists say of a path; nothing where there is none.
pub async fn revocation_of(
    state: &AppState,
    examined: &Examination<'_>,
    now: Timestamp,
) -> Option<Finding> {
    let (Some(path), Some(provider)) = (&examined.path, examined.provider) else {
        return None;
    };
    let mut found: HashMap<[u8; 32], Found> = HashMap::new();
    for pair in path.certificates().windows(2) {
        let lists = state
            .revocation
            .find(&pair[0], &pair[1], provider, now)
            .await;
        found.insert(pair[0].sha256_fingerprint(), lists);
    }
    let lists_of = |certificate: &Certificate| {
        found
            .get(&certificate.sha256_fingerprint())
            .cloned()
            .unwrap_or_default()
    };
    Some(revocation::judge(path, lists_of, now))
}

/// `own`, and nothing for every other answer: whether somebody else has bound it is nobody's business.
async fn bound(
    state: &AppState,
    tenant: &Tenant,
    suitability: &Suitability<'_>,
    asks: Option<&Account>,
) -> Result<Option<&'static str>, Problem> {
    let (Some(account), Some(identity), Some(provider)) =
        (asks, &suitability.identity, suitability.provider)
    else {
        return Ok(None);
    };
    let mut connection = state
        .store
        .read()
        .acquire()
        .await
        .map_err(StoreError::from)?;
    let binding =
        store::bindings::by_key_number(&mut connection, tenant.id(), &identity.key_number).await?;
    Ok(binding
        .filter(|binding| binding.account == account.id && binding.provider == provider.id.as_str())
        .map(|_| "own"))
}

fn report(
    state: &AppState,
    tenant: &Tenant,
    certificate: &Certificate,
    suitability: &Suitability<'_>,
    bound: Option<&'static str>,
) -> Report {
    let platform = tenant.platform();
    let attribute = |oid| certificate.subject().attribute(oid).map(str::to_owned);
    let identity = suitability.identity.as_ref();
    let provider = suitability.provider.map(|provider| ProviderBody {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        site: provider.site.as_ref().map(ToString::to_string),
        note: provider.note.clone(),
        sold_here: platform.capabilities(provider).apply,
    });
    Report {
        verdict: suitability.verdict().name(),
        certificate: CertificateBody {
            subject: certificate.subject().rfc4514(),
            issuer: certificate.issuer().rfc4514(),
            serial: certificate.serial_hex(),
            not_before: rfc3339(certificate.not_before().into()),
            not_after: rfc3339(certificate.not_after().into()),
            family: KeyFamilyName::of(certificate.public_key().family()),
        },
        provider,
        key_number: identity.map(|identity| identity.key_number.clone()),
        holder: identity
            .map(|identity| identity.holder.clone())
            .or_else(|| attribute(&pki::oid::COMMON_NAME))
            .unwrap_or_default(),
        organisation: identity
            .and_then(|identity| identity.organisation.clone())
            .or_else(|| attribute(&pki::oid::ORGANIZATION)),
        checks: suitability
            .outcomes
            .iter()
            .map(|(aspect, outcome)| CheckBody {
                aspect: aspect.name(),
                answer: AnswerBody::of(outcome),
            })
            .collect(),
        may: suitability
            .may
            .iter()
            .map(|(operation, outcome)| MayBody {
                operation: match operation {
                    Operation::Bind => "bind",
                    Operation::Login => "login",
                    Operation::Seal => "seal",
                },
                answer: AnswerBody::of(outcome),
            })
            .collect(),
        bound,
        call: call(tenant, suitability),
        checked_at: rfc3339(state.now()),
    }
}

/// What a CA has done only the CA can mend; what the platform does not take only the platform can explain.
fn call(tenant: &Tenant, suitability: &Suitability<'_>) -> Vec<Call> {
    let platform = tenant.platform();
    let provider = suitability.provider.map(|provider| Call {
        who: "provider",
        name: provider.name.clone(),
        hotlines: provider.hotlines.clone(),
    });
    let own = platform.hotline.as_ref().map(|number| Call {
        who: "platform",
        name: platform.name.clone(),
        hotlines: vec![Hotline {
            numbers: vec![number.clone()],
            areas: Vec::new(),
            uses: Vec::new(),
            hours: None,
            note: None,
        }],
    });
    let of_the_certificate = suitability.outcomes.iter().any(|(aspect, outcome)| {
        *aspect != Aspect::Provider && matches!(outcome, Outcome::Failed(_))
    });
    let both = if of_the_certificate {
        [provider, own]
    } else {
        [own, provider]
    };
    both.into_iter().flatten().collect()
}
