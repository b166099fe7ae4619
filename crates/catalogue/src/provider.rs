//! A provider (CA 服务商): what its file says, and the simple questions asked of it.

use serde::{Deserialize, Serialize};

use crate::{DistinguishedName, IdentityMap, Module, ObjectId, ProviderId, Text};

/// A CA vendor with its products, drivers and trust anchors: one file of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The id, which is also the file's name.
    pub id: ProviderId,
    /// The name as the manuals and pages say it.
    pub name: Text,
    /// The company behind it, as registered.
    pub company: Option<String>,
    /// What a customer should know before choosing it.
    pub note: Option<Text>,
    /// Where the vendor tells more.
    pub site: Option<String>,
    /// How its keys are reached.
    pub channel: Channel,
    /// What its keys may do at all; a platform narrows it further. Absent: nothing.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Telephone numbers, by the areas that they serve.
    #[serde(default)]
    pub hotlines: Vec<Hotline>,
    /// Issuer names whose certificates are this provider's.
    #[serde(default)]
    pub issuers: Vec<DistinguishedName>,
    /// Product policies (certificatePolicies) of which a certificate must carry one. Empty: any product.
    #[serde(default)]
    pub policies: Vec<ObjectId>,
    /// Names of the trust anchors, each `<name>.pem` in an anchor folder.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// Names of intermediate certificates, found in the same way.
    #[serde(default)]
    pub intermediates: Vec<String>,
    /// Where the certificate says who its holder is. Absent: nobody is identified by this provider.
    pub identity: Option<IdentityMap>,
    /// Where revocation lists may be fetched.
    #[serde(default)]
    pub crl: CrlAddresses,
    /// Programs to install, by platform.
    #[serde(default)]
    pub drivers: Vec<Driver>,
    /// Libraries that reach this provider's keys and no other's; see [`crate::module`].
    #[serde(default)]
    pub modules: Vec<Module>,
    /// Which browsers work, by platform.
    #[serde(default)]
    pub browsers: Vec<Browsers>,
    /// What antivirus programs do to the vendor's programs.
    pub antivirus: Option<Antivirus>,
    /// The demonstration CA that stands in for this provider. Absent: there is none.
    pub demo: Option<DemoCa>,
}

impl Provider {
    /// How the keys are reached on a platform: a unified client may serve some platforms only.
    pub fn channel_on(&self, platform: &str) -> ChannelOn<'_> {
        match &self.channel {
            Channel::Unified { client, platforms }
                if platforms.is_empty() || platforms.iter().any(|id| id.as_str() == platform) =>
            {
                ChannelOn::Unified(client)
            }
            _ => ChannelOn::Direct,
        }
    }

    /// The programs to install on a platform.
    pub fn drivers_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a Driver> {
        self.drivers.iter().filter(move |driver| {
            driver
                .platform
                .as_ref()
                .is_none_or(|id| id.as_str() == platform)
        })
    }

    /// The browser rules on a platform.
    pub fn browsers_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a Browsers> {
        self.browsers.iter().filter(move |rule| {
            rule.platform
                .as_ref()
                .is_none_or(|id| id.as_str() == platform)
        })
    }
}

/// How a provider's keys are reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// The channel as it is on one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOn<'a> {
    /// By the provider's own driver.
    Direct,
    /// By this unified client.
    Unified(&'a ProviderId),
}

/// A unified client: one file in `catalogue/channels/`.
#[derive(Clone, Debug, Deserialize)]
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
    pub page: Option<String>,
    /// The order of installation.
    pub order: Vec<Part>,
    /// What to know before installing.
    pub note: Option<Text>,
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Bound to an account.
    #[serde(default)]
    pub bind: bool,
    /// Used for login.
    #[serde(default)]
    pub login: bool,
    /// Used to seal documents.
    #[serde(default)]
    pub seal: bool,
}

/// Telephone numbers and the areas for which they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// As people dial them.
    pub numbers: Vec<String>,
    /// 原应用地区: the areas or systems served; empty: not said.
    #[serde(default)]
    pub areas: Vec<String>,
    /// What the number is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Addresses from which revocation lists of this provider may be fetched (rule 6: no others).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrlAddresses {
    /// Prefixes with scheme, host and the beginning of the path.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// A program to install, with what the manual warns of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// What it is.
    pub kind: DriverKind,
    /// Its name on the download page.
    pub name: Text,
    /// The download page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// 最近更新日期, as the page gives it: year, month and, where shown, day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// What is in the package; every part must be installed.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Antivirus programs must be closed during installation.
    #[serde(default)]
    pub antivirus_off: bool,
    /// The key must not be plugged in during installation.
    #[serde(default)]
    pub key_unplugged: bool,
    /// What was installed before need not be removed.
    #[serde(default)]
    pub keep_installed: bool,
}

/// What a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// Several parts in one package.
    Bundle,
    /// The certificate driver alone.
    Driver,
    /// The seal client or service alone.
    SealClient,
}

/// A part of what must be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A client program (the unified one, or the vendor's).
    Client,
    /// The certificate driver (证书驱动).
    Driver,
    /// The seal client or service (签章客户端, 签章服务).
    SealClient,
}

/// Which browsers work with the vendor's own programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Browsers {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// The only ones that work; empty: not said.
    #[serde(default)]
    pub only: Vec<String>,
    /// The ones with known faults.
    #[serde(default)]
    pub trouble: Vec<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// What antivirus programs do to the vendor's programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Antivirus {
    /// Files removed by mistake, to be restored and trusted.
    pub restores: Vec<String>,
}

/// The demonstration CA of a provider: its names are data, so that issuing and recognising agree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoCa {
    /// The algorithm of its keys and of the keys that it certifies.
    pub algorithm: DemoAlgorithm,
    /// The root's name.
    pub root: DistinguishedName,
    /// The issuing CA's name; it also stands in the provider's `issuers`.
    pub issuing: DistinguishedName,
}

/// The algorithms of demonstration CAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoAlgorithm {
    /// SM2 with SM3.
    Sm2,
    /// RSA with 2048 bits and SHA-256.
    Rsa2048,
}
