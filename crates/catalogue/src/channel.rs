//! How a provider's keys are reached: by its own driver, or through a unified client (省统一CA) that serves
//! several providers.

use serde::{Deserialize, Serialize};

use crate::{Offer, Package, Part, ProviderId, Text, WebAddress};

/// How a provider's keys are reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Channel {
    /// By the provider's own driver.
    Direct {
        /// Unified clients that reach the same keys on other platforms.
        #[serde(default)]
        also_through: Vec<ProviderId>,
    },
    /// By a client program that serves several providers.
    Unified {
        /// The client, a file in `channels/`.
        client: ProviderId,
        /// The platforms where that is so; empty: everywhere.
        #[serde(default)]
        platforms: Vec<ProviderId>,
    },
}

impl Channel {
    /// The unified clients that recognise the provider's keys, whatever the platform.
    #[must_use]
    pub fn clients(&self) -> &[ProviderId] {
        match self {
            Self::Direct { also_through } => also_through,
            Self::Unified { client, .. } => std::slice::from_ref(client),
        }
    }
}

/// The channel as it is on one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOn<'a> {
    /// By the provider's own driver.
    Direct,
    /// By this unified client.
    Unified(&'a ProviderId),
}

/// A unified client: one file in `catalogue/channels/`. Whose keys it recognises stands in the providers'
/// files ([`Catalogue::recognised_by`](crate::Catalogue::recognised_by)), so that adding one touches one file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnifiedClient {
    /// The id, which is also the file's name.
    pub id: ProviderId,
    /// Its full name.
    pub name: Text,
    /// What people call it.
    pub short_name: Text,
    /// The version that the manual shows.
    pub version: Option<String>,
    /// Where it is downloaded.
    pub page: Option<WebAddress>,
    /// 操作手册 and what else is offered beside it.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// The order of installation.
    pub order: Vec<Part>,
    /// What to know before installing.
    pub note: Option<Text>,
    /// Its packages, by system.
    #[serde(default)]
    pub packages: Vec<Package>,
}
