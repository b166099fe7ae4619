//! A platform (平台): a tenant with its own name, address, colours and rules about providers.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{Capabilities, Catalogue, CatalogueError, Provider, ProviderId, Text, file};

/// One file in `platforms/`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// The id, which is also the file's name.
    pub id: ProviderId,
    /// The name that people use.
    pub name: Text,
    /// The name on the home page.
    pub full_name: Option<Text>,
    /// The origin, ASCII-serialised; `{port}` stands for the port that the server listens on.
    origin: String,
    /// Where the personal functions stand, as in that platform's manual.
    pub style: Style,
    /// The platform's own service number.
    pub hotline: Option<String>,
    /// Colours of the pages.
    pub colours: Colours,
    /// Which providers are accepted for what.
    pub accepts: Accepts,
    /// Declared policies.
    #[serde(default)]
    pub policies: Policies,
}

impl Platform {
    /// The origin as a browser sends it, for a server that listens on `port`.
    pub fn origin(&self, port: u16) -> String {
        self.origin.replace("{port}", &port.to_string())
    }

    /// What a provider's keys may do here: what they can do at all, narrowed to what this platform accepts.
    pub fn capabilities(&self, provider: &Provider) -> Capabilities {
        let accepted = |list: &[ProviderId]| list.contains(&provider.id);
        Capabilities {
            bind: provider.capabilities.bind && accepted(&self.accepts.bind),
            login: provider.capabilities.login && accepted(&self.accepts.login),
            seal: provider.capabilities.seal && accepted(&self.accepts.seal),
            apply: provider.capabilities.apply && accepted(&self.accepts.apply),
            renew_online: provider.capabilities.renew_online
                && accepted(&self.accepts.renew_online),
        }
    }

    /// Whether the provider is shown on this platform, with or without a capability.
    pub fn lists(&self, provider: &Provider) -> bool {
        self.accepts.every().any(|id| *id == provider.id)
    }
}

/// The lists of accepted providers.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Keys of these may be bound.
    #[serde(default)]
    pub bind: Vec<ProviderId>,
    /// Keys of these log in.
    #[serde(default)]
    pub login: Vec<ProviderId>,
    /// Keys of these seal.
    #[serde(default)]
    pub seal: Vec<ProviderId>,
    /// Keys of these can be applied for here.
    #[serde(default)]
    pub apply: Vec<ProviderId>,
    /// Keys of these are renewed online here.
    #[serde(default)]
    pub renew_online: Vec<ProviderId>,
    /// Shown for download, nothing more.
    #[serde(default)]
    pub listed: Vec<ProviderId>,
}

impl Accepts {
    fn every(&self) -> impl Iterator<Item = &ProviderId> {
        [
            &self.bind,
            &self.login,
            &self.seal,
            &self.apply,
            &self.renew_online,
            &self.listed,
        ]
        .into_iter()
        .flatten()
    }
}

/// Colours as `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// Buttons and links; at least 4.5 : 1 against white.
    pub primary: String,
    /// Hover and header.
    pub primary_dark: String,
    /// Marks; at least 4.5 : 1 against white.
    pub accent: String,
}

/// Where the personal functions stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// 个人中心.
    PersonalCentre,
    /// 系统管理.
    SystemManagement,
}

/// What a platform declares where the design leaves it a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// How old, in hours, the last good revocation answer may be for a login; 0–24. Binding and sealing
    /// always ask for a fresh one.
    pub login_last_good_hours: u32,
}

/// All platforms of an installation, by id.
#[derive(Clone, Debug)]
pub struct Platforms {
    by_id: BTreeMap<ProviderId, Platform>,
}

impl Platforms {
    /// Reads every `*.toml` of a folder and checks it against the catalogue.
    pub fn load(folder: &Path, catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let mut by_id = BTreeMap::new();
        for parsed in file::read_folder::<Platform>(folder)? {
            let platform = &parsed.value;
            parsed.named(&platform.id)?;
            for id in platform.accepts.every() {
                if catalogue.provider(id.as_str()).is_none() {
                    return Err(
                        parsed.refuse(id.as_str(), format!("the catalogue has no provider `{id}`"))
                    );
                }
            }
            if platform.policies.login_last_good_hours > 24 {
                let reason =
                    "a revocation answer for a login may be at most 24 hours old".to_owned();
                return Err(parsed.refuse("login_last_good_hours", reason));
            }
            if !is_origin(&platform.origin) {
                let reason =
                    "an origin is scheme, host and port, in lower case, and nothing behind"
                        .to_owned();
                return Err(parsed.refuse("origin", reason));
            }
            let colours = [
                &platform.colours.primary,
                &platform.colours.primary_dark,
                &platform.colours.accent,
            ];
            if let Some(colour) = colours.into_iter().find(|colour| !is_colour(colour)) {
                return Err(parsed.refuse(
                    colour,
                    format!("`{colour}` is no colour of the form #rrggbb"),
                ));
            }
            by_id.insert(platform.id.clone(), parsed.value);
        }
        if by_id.is_empty() {
            return Err(CatalogueError::Empty {
                path: folder.to_owned(),
            });
        }
        Ok(Self { by_id })
    }

    /// The platform with this id.
    pub fn platform(&self, id: &str) -> Option<&Platform> {
        self.by_id
            .values()
            .find(|platform| platform.id.as_str() == id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Platform> {
        self.by_id.values()
    }
}

/// RFC 6454 §6.2, with `{port}` allowed for the port.
fn is_origin(text: &str) -> bool {
    let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, port) = rest
        .split_once(':')
        .map_or((rest, None), |(host, port)| (host, Some(port)));
    let host_fits = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    host_fits && port.is_none_or(|port| port == "{port}" || port.parse::<u16>().is_ok())
}

fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}
