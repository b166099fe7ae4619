//! `GET /api/v1/platform`: what the pages need to know before anybody logs in.

use axum::Json;
use axum::extract::State;
use catalogue::{Capabilities, ChannelOn, Colours, Hotline, Provider, Style, Text};
use serde::Serialize;

use crate::AppState;
use crate::http::extract::Tenant;

/// The platform that this host is.
#[derive(Debug, Serialize)]
pub struct Body {
    id: String,
    name: Text,
    full_name: Option<Text>,
    hotline: Option<String>,
    colours: Colours,
    style: Style,
    agent_ports: Vec<u16>,
    providers: Vec<ListedProvider>,
    locales: [&'static str; 2],
}

#[derive(Debug, Serialize)]
struct ListedProvider {
    id: String,
    name: Text,
    /// `direct`, or the id of the unified client.
    channel: String,
    channel_name: Option<Text>,
    capabilities: Capabilities,
    hotlines: Vec<Hotline>,
    site: Option<String>,
    note: Option<Text>,
    drivers: Vec<catalogue::Driver>,
}

/// Answers anybody.
pub async fn handler(State(state): State<AppState>, tenant: Tenant) -> Json<Body> {
    let platform = tenant.platform();
    let listed = tenant
        .rules
        .catalogue
        .providers()
        .filter(|provider| platform.lists(provider));
    Json(Body {
        id: tenant.id().to_owned(),
        name: platform.name.clone(),
        full_name: platform.full_name.clone(),
        hotline: platform.hotline.clone(),
        colours: platform.colours.clone(),
        style: platform.style,
        agent_ports: state.agent_ports.clone(),
        providers: listed.map(|provider| describe(&tenant, provider)).collect(),
        locales: ["zh", "en"],
    })
}

fn describe(tenant: &Tenant, provider: &Provider) -> ListedProvider {
    let (channel, channel_name) = match provider.channel_on(tenant.id()) {
        ChannelOn::Direct => ("direct".to_owned(), None),
        ChannelOn::Unified(client) => {
            let name = tenant
                .rules
                .catalogue
                .client(client)
                .map(|client| client.short_name.clone());
            (client.to_string(), name)
        }
    };
    ListedProvider {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        channel,
        channel_name,
        capabilities: tenant.platform().capabilities(provider),
        hotlines: provider.hotlines.clone(),
        site: provider.site.clone(),
        note: provider.note.clone(),
        drivers: provider.drivers_on(tenant.id()).cloned().collect(),
    }
}
