//! `GET /api/v1/platform`: what the pages need to know before anybody logs in.

use axum::Json;
use axum::extract::State;
use catalogue::{Capabilities, ChannelOn, Colours, Hotline, Provider, Style, Text, WebAddress};
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

/// How the provider's keys are reached on this platform.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Channel {
    Direct,
    Unified { client: Box<Client> },
}

#[derive(Debug, Serialize)]
struct Client {
    id: String,
    name: Text,
    short_name: Text,
    version: Option<String>,
    page: Option<WebAddress>,
    order: Vec<catalogue::Part>,
    note: Option<Text>,
}

#[derive(Debug, Serialize)]
struct ListedProvider {
    id: String,
    name: Text,
    company: Option<String>,
    channel: Channel,
    capabilities: Capabilities,
    hotlines: Vec<Hotline>,
    site: Option<WebAddress>,
    note: Option<Text>,
    drivers: Vec<catalogue::Package>,
    /// Whether a demonstration CA stands in for it, so that a demo key can be made.
    demo: bool,
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
    let client = match provider.channel_on(tenant.id()) {
        ChannelOn::Direct => None,
        ChannelOn::Unified(id) => tenant.rules.catalogue.client(id),
    };
    let channel = client.map_or(Channel::Direct, |client| Channel::Unified {
        client: Box::new(Client {
            id: client.id.to_string(),
            name: client.name.clone(),
            short_name: client.short_name.clone(),
            version: client.version.clone(),
            page: client.page.clone(),
            order: client.order.clone(),
            note: client.note.clone(),
        }),
    });
    ListedProvider {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        company: provider.company.clone(),
        channel,
        capabilities: tenant.platform().capabilities(provider),
        hotlines: provider.hotlines.clone(),
        site: provider.site.clone(),
        note: provider.note.clone(),
        drivers: provider.packages_on(tenant.id()).cloned().collect(),
        demo: provider.demo.is_some(),
    }
}
