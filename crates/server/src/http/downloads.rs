//! `/api/v1/downloads`: 客户端与驱动下载. What the catalogue lists and what the operator uploaded, as one list.

pub mod file;
pub mod list;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use catalogue::{ChannelOn, Package as Listed, PackageSystem as System, Provider, Text};
use serde::Serialize;
use store::packages::Package;
use tower_http::timeout::TimeoutLayer;

use crate::AppState;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;

/// The list; the files themselves have no time limit of their own, since a slow line is no fault.
pub fn routes() -> Router<AppState> {
    let lists = Router::new().route("/downloads", get(list::handler)).layer(
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, super::JSON_TIME),
    );
    lists.route("/downloads/{id}/file", get(file::handler))
}

/// A package as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    id: String,
    /// `uploaded`: the file is here. `catalogue`: what is known of a file that is elsewhere.
    source: &'static str,
    owner: Owner,
    kind: String,
    name: Text,
    version: Option<String>,
    /// 最近更新日期.
    updated: Option<String>,
    /// Empty: not said.
    systems: Vec<String>,
    parts: Vec<String>,
    antivirus_off: bool,
    key_unplugged: bool,
    keep_installed: bool,
    notes: Vec<Text>,
    /// The maker's own page.
    page: Option<String>,
    file: Option<FileBody>,
    signature: SignatureBody,
    regions: Vec<Text>,
    /// The providers whose keys it is for; empty: every one.
    providers: Vec<String>,
}

/// Whose a package is.
#[derive(Clone, Debug, Serialize)]
pub struct Owner {
    kind: &'static str,
    id: String,
    name: Text,
}

#[derive(Clone, Debug, Serialize)]
struct FileBody {
    name: Option<String>,
    size: Option<i64>,
    sha256: Option<String>,
    href: String,
}

/// What is known of a package's signature; never more than was checked.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum SignatureBody {
    /// None was given.
    None,
    /// Verified here, when it was given.
    Verified {
        signer: String,
        anchor: String,
        at: String,
    },
    /// The catalogue says that there is one; it was not checked here.
    Announced { signer: String },
}

/// Every package that the platform offers, uploaded ones in the place of listed ones of the same kind and system.
///
/// # Errors
/// Those of the database.
pub async fn items(state: &AppState, tenant: &Tenant) -> Result<Vec<Item>, store::StoreError> {
    let uploaded = state.store.published_packages(tenant.id()).await?;
    let mut items: Vec<Item> = uploaded
        .iter()
        .filter_map(|package| of_upload(tenant, package))
        .collect();
    let uploads = items.len();
    let mut clients = Vec::new();
    for provider in providers(tenant) {
        if let ChannelOn::Unified(id) = provider.channel_on(tenant.id())
            && !clients.contains(id)
            && let Some(client) = tenant.rules.catalogue.client(id)
        {
            clients.push(id.clone());
            let owner = Owner {
                kind: "client",
                id: id.to_string(),
                name: client.name.clone(),
            };
            for package in &client.packages {
                items.push(of_listed(tenant, owner.clone(), package));
            }
            if client.packages.is_empty() && client.page.is_some() {
                items.push(of_client_page(tenant, owner, client));
            }
        }
        let owner = Owner {
            kind: "provider",
            id: provider.id.to_string(),
            name: provider.name.clone(),
        };
        for package in provider.packages_on(tenant.id()) {
            items.push(of_listed(tenant, owner.clone(), package));
        }
    }
    let (here, elsewhere) = items.split_at(uploads);
    let mut merged = here.to_vec();
    for item in elsewhere {
        match merged[..uploads]
            .iter_mut()
            .find(|own| own.stands_for(item))
        {
            // The maker's own page stays in sight beside the file that is here.
            Some(own) => own.page = own.page.take().or_else(|| item.page.clone()),
            None => merged.push(item.clone()),
        }
    }
    Ok(merged)
}

/// The providers that the platform lists.
pub fn providers(tenant: &Tenant) -> impl Iterator<Item = &Provider> {
    tenant
        .rules
        .catalogue
        .providers()
        .filter(|provider| tenant.platform().lists(provider))
}

/// The providers that are reached through a unified client here.
fn served_by(tenant: &Tenant, client: &str) -> Vec<String> {
    providers(tenant)
        .filter(|provider| {
            matches!(provider.channel_on(tenant.id()), ChannelOn::Unified(id) if id.as_str() == client)
        })
        .map(|provider| provider.id.to_string())
        .collect()
}

fn regions_of(tenant: &Tenant, ids: &[String]) -> Vec<Text> {
    let mut names: Vec<Text> = Vec::new();
    for provider in providers(tenant).filter(|provider| ids.contains(&provider.id.to_string())) {
        for region in catalogue::on_platform(&provider.regions, tenant.id()) {
            if !names.contains(&region.name) {
                names.push(region.name.clone());
            }
        }
    }
    names
}

fn word(value: impl Serialize) -> String {
    let value = serde_json::json!(value);
    value.as_str().unwrap_or_default().to_owned()
}

fn of_listed(tenant: &Tenant, owner: Owner, package: &Listed) -> Item {
    let ids = if owner.kind == "client" {
        served_by(tenant, &owner.id)
    } else {
        vec![owner.id.clone()]
    };
    let file = package.file.as_ref().map(|address| FileBody {
        name: None,
        size: package.size.and_then(|size| i64::try_from(size).ok()),
        sha256: package.sha256.as_ref().map(ToString::to_string),
        href: address.to_string(),
    });
    Item {
        id: package.id.to_string(),
        source: "catalogue",
        kind: word(package.kind),
        name: package.name.clone(),
        version: package.version.clone(),
        updated: package.updated.as_ref().map(ToString::to_string),
        systems: package.systems.iter().map(ToString::to_string).collect(),
        parts: package.parts.iter().map(word).collect(),
        antivirus_off: package.antivirus_off,
        key_unplugged: package.key_unplugged,
        keep_installed: package.keep_installed,
        notes: package.notes.clone(),
        page: package.page.as_ref().map(ToString::to_string),
        file,
        signature: package
            .signature
            .as_ref()
            .map_or(SignatureBody::None, |signature| SignatureBody::Announced {
                signer: signature.signer.clone(),
            }),
        regions: regions_of(tenant, &ids),
        providers: ids,
        owner,
    }
}

/// A unified client of which only the page is known.
fn of_client_page(tenant: &Tenant, owner: Owner, client: &catalogue::UnifiedClient) -> Item {
    let ids = served_by(tenant, &owner.id);
    Item {
        id: owner.id.clone(),
        source: "catalogue",
        kind: "client".into(),
        name: client.name.clone(),
        version: client.version.clone(),
        updated: None,
        systems: Vec::new(),
        parts: vec!["client".into()],
        antivirus_off: false,
        key_unplugged: false,
        keep_installed: false,
        notes: client.note.iter().cloned().collect(),
        page: client.page.as_ref().map(ToString::to_string),
        file: None,
        signature: SignatureBody::None,
        regions: regions_of(tenant, &ids),
        providers: ids,
        owner,
    }
}

/// Nothing where the catalogue has dropped the owner since.
fn of_upload(tenant: &Tenant, package: &Package) -> Option<Item> {
    let (kind, name, ids) = match package.owner_kind.as_str() {
        "provider" => {
            let provider =
                providers(tenant).find(|provider| provider.id.as_str() == package.owner_id)?;
            (
                "provider",
                provider.name.clone(),
                vec![package.owner_id.clone()],
            )
        }
        "client" => {
            let ids = served_by(tenant, &package.owner_id);
            let first = ids.first()?;
            let provider = tenant.rules.catalogue.provider(first)?;
            let ChannelOn::Unified(id) = provider.channel_on(tenant.id()) else {
                return None;
            };
            (
                "client",
                tenant.rules.catalogue.client(id)?.name.clone(),
                ids,
            )
        }
        _ => (
            "agent",
            Text {
                zh: "印信客户端".into(),
                en: "Yinxin client".into(),
            },
            Vec::new(),
        ),
    };
    Some(Item {
        id: package.id.to_string(),
        source: "uploaded",
        owner: Owner {
            kind,
            id: package.owner_id.clone(),
            name,
        },
        kind: package.kind.clone(),
        name: Text {
            zh: package.name_zh.clone(),
            en: package.name_en.clone(),
        },
        version: Some(package.version.clone()),
        updated: Some(package.released.clone()),
        systems: vec![package.system.clone()],
        parts: serde_json::from_str(&package.parts).unwrap_or_default(),
        antivirus_off: package.antivirus_off,
        key_unplugged: package.key_unplugged,
        keep_installed: package.keep_installed,
        notes: Vec::new(),
        page: None,
        file: Some(FileBody {
            name: Some(package.file_name.clone()),
            size: Some(package.size),
            sha256: Some(package.sha256.clone()),
            href: format!("/api/v1/downloads/{}/file", package.id),
        }),
        signature: match &package.signature {
            Some(signature) => SignatureBody::Verified {
                signer: signature.signer.clone(),
                anchor: signature.anchor.clone(),
                at: rfc3339(signature.at),
            },
            None => SignatureBody::None,
        },
        regions: regions_of(tenant, &ids),
        providers: ids,
    })
}

impl Item {
    /// Whether this upload is what a listed package is: the same owner and kind, on a system that it names or on none.
    fn stands_for(&self, listed: &Item) -> bool {
        self.owner.kind == listed.owner.kind
            && self.owner.id == listed.owner.id
            && self.kind == listed.kind
            && (listed.systems.is_empty()
                || listed
                    .systems
                    .iter()
                    .all(|system| covers(&self.systems, system)))
    }

    fn runs_on(&self, asked: System) -> bool {
        self.systems.is_empty() || covers(&self.systems, &asked.to_string())
    }
}

fn covers(systems: &[String], asked: &str) -> bool {
    let Ok(asked) = asked.parse::<System>() else {
        return false;
    };
    systems
        .iter()
        .filter_map(|system| system.parse::<System>().ok())
        .any(|own| own.covers(asked))
}
