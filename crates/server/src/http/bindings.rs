//! `/api/v1/bindings`: keys bound to the accounts of one's organisation.

use catalogue::Text;
use serde::Serialize;
use store::bindings::Binding;

use crate::http::accounts::AccountName;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;

pub mod create;
pub mod end;
pub mod list;

/// A binding in JSON.
#[derive(Debug, Serialize)]
pub struct BindingBody {
    id: String,
    account: AccountName,
    provider: ProviderBody,
    key_number: String,
    not_after: String,
    bound_by: String,
    bound_at: String,
}

/// A provider's name beside its id; no name when the catalogue has dropped it since.
#[derive(Debug, Serialize)]
pub struct ProviderBody {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<Text>,
}

impl BindingBody {
    fn of(tenant: &Tenant, binding: &Binding) -> Self {
        let known = tenant.rules.catalogue.provider(&binding.provider);
        Self {
            id: binding.id.to_string(),
            account: AccountName {
                id: binding.account.to_string(),
                account: binding.account_name.clone(),
                name: binding.person.clone(),
            },
            provider: ProviderBody {
                id: binding.provider.clone(),
                name: known.map(|provider| provider.name.clone()),
            },
            key_number: binding.key_number.clone(),
            not_after: rfc3339(binding.not_after),
            bound_by: binding.bound_by.clone(),
            bound_at: rfc3339(binding.bound_at),
        }
    }
}
