//! `/api/v1/bindings`: keys bound to the accounts of one's organisation.

use catalogue::Text;
use domain::Timestamp;
use pki::Certificate;
use serde::Serialize;
use store::bindings::Binding;
use store::bindings::chain::Link;

use crate::http::accounts::AccountName;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;

pub mod create;
pub mod end;
pub mod history;
pub mod list;
pub mod rules;
pub mod settle;
pub mod show;

/// A binding in JSON.
#[derive(Debug, Serialize)]
pub struct BindingBody {
    id: String,
    account: AccountName,
    provider: ProviderBody,
    key_number: String,
    holder: String,
    organisation: String,
    not_after: String,
    /// `good`, `expiring`, `expired`, `revoked` or `undetermined`.
    state: &'static str,
    bound_by: String,
    bound_at: String,
    /// Its certificates, the present one first; where a list is asked for, all that it goes on from.
    chain: Vec<LinkBody>,
}

/// A certificate of a binding.
#[derive(Debug, Serialize)]
pub struct LinkBody {
    key_number: String,
    certificate_sha256: String,
    serial: String,
    not_before: String,
    not_after: String,
    since: String,
    how: String,
}

/// A provider's name beside its id; no name when the catalogue has dropped it since.
#[derive(Debug, Serialize)]
pub struct ProviderBody {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<Text>,
}

impl ProviderBody {
    /// A provider by its id.
    #[must_use]
    pub fn of(tenant: &Tenant, id: &str) -> Self {
        let known = tenant.rules.catalogue.provider(id);
        Self {
            id: id.to_owned(),
            name: known.map(|provider| provider.name.clone()),
        }
    }
}

impl BindingBody {
    /// A binding with its chain.
    #[must_use]
    pub fn of(tenant: &Tenant, binding: &Binding, chain: &[Link], now: Timestamp) -> Self {
        Self {
            id: binding.id.to_string(),
            account: AccountName {
                id: binding.account.to_string(),
                account: binding.account_name.clone(),
                name: binding.person.clone(),
            },
            provider: ProviderBody::of(tenant, &binding.provider),
            key_number: binding.key_number.clone(),
            holder: binding.holder.clone(),
            organisation: binding.organisation_name.clone(),
            not_after: rfc3339(binding.not_after),
            state: rules::state(binding, now),
            bound_by: binding.bound_by.clone(),
            bound_at: rfc3339(binding.bound_at),
            chain: chain.iter().filter_map(LinkBody::of).collect(),
        }
    }
}

impl LinkBody {
    /// Nothing for bytes that are no certificate any more.
    fn of(link: &Link) -> Option<Self> {
        let certificate = Certificate::from_der(&link.certificate).ok()?;
        Some(Self {
            key_number: link.key_number.clone(),
            certificate_sha256: hex::encode(certificate.sha256_fingerprint()),
            serial: certificate.serial_hex(),
            not_before: rfc3339(certificate.not_before().into()),
            not_after: rfc3339(certificate.not_after().into()),
            since: rfc3339(link.since),
            how: link.how.clone(),
        })
    }
}
