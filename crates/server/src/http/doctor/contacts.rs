//! `GET /api/v1/doctor/contacts`: whom to call: the platform, and each CA with its numbers and hours. Answers anybody.

use axum::Json;
use catalogue::{Hotline, Text};
use serde::Serialize;

use crate::http::extract::Tenant;

/// Somebody to call.
#[derive(Debug, Serialize)]
pub struct Contact {
    /// The provider's id; absent: the platform.
    provider: Option<String>,
    name: Text,
    /// Whether the platform sells these keys itself, and so answers for them.
    sold_here: bool,
    hotlines: Vec<Hotline>,
    hours: Option<Text>,
    site: Option<String>,
}

/// The platform first, then its CAs.
pub async fn handler(tenant: Tenant) -> Json<Vec<Contact>> {
    let platform = tenant.platform();
    let own = Contact {
        provider: None,
        name: platform.name.clone(),
        sold_here: true,
        hotlines: platform
            .hotline
            .iter()
            .map(|number| Hotline {
                numbers: vec![number.clone()],
                areas: Vec::new(),
                uses: Vec::new(),
                hours: None,
                note: None,
            })
            .collect(),
        hours: None,
        site: None,
    };
    let providers = tenant
        .rules
        .catalogue
        .providers()
        .filter(|provider| platform.lists(provider))
        .map(|provider| Contact {
            provider: Some(provider.id.to_string()),
            name: provider.name.clone(),
            sold_here: platform.capabilities(provider).apply,
            hotlines: provider.hotlines.clone(),
            hours: provider.service_hours.clone(),
            site: provider.site.as_ref().map(ToString::to_string),
        });
    Json(std::iter::once(own).chain(providers).collect())
}
