//! A platform (平台): a tenant with its own name, address, colours and rules about providers.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{Capabilities, Catalogue, CatalogueError, Provider, ProviderId, Text, faults, file};

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

    /// The origin as the file writes it.
    pub(crate) fn origin_pattern(&self) -> &str {
        &self.origin
    }

    /// What a provider's keys may do here: what they can do at all, narrowed to what this platform's file or
    /// the provider's own ([`Provider::accepted_on`]) accepts. What the platform refuses is refused.
    pub fn capabilities(&self, provider: &Provider) -> Capabilities {
        if self.accepts.refused.contains(&provider.id) {
            return Capabilities::default();
        }
        let can = provider.capabilities;
        let own = provider
            .accepted_on
            .get(&self.id)
            .copied()
            .unwrap_or_default();
        let accepted = |list: &[ProviderId], own: bool| own || list.contains(&provider.id);
        let accepts = &self.accepts;
        Capabilities {
            bind: can.bind && accepted(&accepts.bind, own.bind),
            login: can.login && accepted(&accepts.login, own.login),
            seal: can.seal && accepted(&accepts.seal, own.seal),
            apply: can.apply && accepted(&accepts.apply, own.apply),
            renew_online: can.renew_online && accepted(&accepts.renew_online, own.renew_online),
        }
    }

    /// Whether the provider is shown on this platform, with or without a capability.
    pub fn lists(&self, provider: &Provider) -> bool {
        let named = self.accepts.every().any(|id| *id == provider.id);
        (named || provider.accepted_on.contains_key(&self.id))
            && !self.accepts.refused.contains(&provider.id)
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
    /// Neither accepted nor shown, whatever a provider's own file says: the platform has the last word.
    #[serde(default)]
    pub refused: Vec<ProviderId>,
}

impl Accepts {
    pub(crate) fn every(&self) -> impl Iterator<Item = &ProviderId> {
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
    /// Whether an account may have one key only; by default it may have many.
    #[serde(default)]
    pub one_certificate_per_account: bool,
    /// Who binds keys for whom.
    #[serde(default)]
    pub who_binds: WhoBinds,
    /// How a binding is released.
    #[serde(default)]
    pub unbind: Unbind,
    /// Working days that the old owner has for an objection before a forced unbinding takes effect.
    #[serde(default = "three")]
    pub forced_unbinding_days: u32,
    /// Roles that log in with a key only, once one is bound to them.
    #[serde(default)]
    pub ca_login_required_roles: Vec<PostName>,
    /// Whether staff need a second factor.
    #[serde(default)]
    pub staff_second_factor: SecondFactor,
}

const fn three() -> u32 {
    3
}

/// Who binds keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhoBinds {
    /// Everybody their own, and nobody for another.
    #[serde(rename = "self")]
    OneSelf,
    /// The administrator for everybody.
    Administrator,
    /// Everybody their own, and the administrator for others too.
    #[default]
    Both,
}

/// How a binding is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unbind {
    /// In a session that was logged in with that very key (公e采's manual).
    WithThatKey,
    /// By the owner or the administrator, after a question (政采云's manual).
    #[default]
    OwnerOrAdministrator,
}

/// Whether staff log in with a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Whoever set one up uses it.
    #[default]
    Optional,
    /// Without one they can do nothing but set it up.
    Required,
}

/// What an account is in its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PostName {
    /// 单位管理员.
    Administrator,
    /// 经办人.
    Handler,
    /// 印章保管人.
    SealKeeper,
    /// 财务.
    Finance,
    /// 只读.
    Reader,
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
            let known = |id: &ProviderId| catalogue.provider(id.as_str()).is_some();
            if let Some(fault) = faults::of_platform(&parsed, known).into_iter().next() {
                return Err(fault);
            }
            by_id.insert(parsed.value.id.clone(), parsed.value);
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
