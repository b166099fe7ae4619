//! A provider (CA 服务商): what its file says, and the simple questions asked of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Antivirus, ApplicationRules, Browsers, Business, Channel, ChannelOn, DistinguishedName, Fee,
    HolderType, Hotline, IdentityMap, Material, Module, Offer, Office, Package, PinRule, Product,
    Promise, ProviderId, Region, Text, Way, WebAddress,
};

/// A CA vendor with its products, drivers and trust anchors: one file of the catalogue. What nobody knows is
/// absent and grants nothing (`docs/decisions/0008-unknown-facts-are-absent.md`).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    pub site: Option<WebAddress>,
    /// 公众号, 在线客服, 操作手册, 资料公示.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// When the provider serves, where it is one answer for all of its numbers and offices.
    pub service_hours: Option<Text>,
    /// How its keys are reached.
    pub channel: Channel,
    /// What its keys may do at all; a platform narrows it further. Absent: nothing.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The platforms that accept the provider, and for what, where the platform's own file does not name it:
    /// so that a new provider is one file. A platform can still refuse it there.
    #[serde(default)]
    pub accepted_on: BTreeMap<ProviderId, Capabilities>,
    /// Telephone numbers, by area and use.
    #[serde(default)]
    pub hotlines: Vec<Hotline>,
    /// 原应用地区: where its keys were used before the unified client, in the manual's words.
    #[serde(default)]
    pub former_areas: Vec<String>,
    /// Areas in which its keys are used or given out.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// Issuer names whose certificates are this provider's.
    #[serde(default)]
    pub issuers: Vec<DistinguishedName>,
    /// Products that are accepted and refused. Empty: any product.
    #[serde(default)]
    pub products: Vec<Product>,
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
    /// Where responders may be asked.
    #[serde(default)]
    pub ocsp: OcspAddresses,
    /// What a PIN must look like. Absent: not said, and [`PinRule::default`] counts.
    pub pin: Option<PinRule>,
    /// Libraries that reach this provider's keys and no other's; see [`crate::module`].
    #[serde(default)]
    pub modules: Vec<Module>,
    /// Programs to install, by platform and system.
    #[serde(default)]
    pub packages: Vec<Package>,
    /// Which browsers work, by platform.
    #[serde(default)]
    pub browsers: Vec<Browsers>,
    /// What antivirus programs do to the vendor's programs.
    pub antivirus: Option<Antivirus>,
    /// Papers to bring.
    #[serde(default)]
    pub materials: Vec<Material>,
    /// Prices. A price that is not known is absent.
    #[serde(default)]
    pub fees: Vec<Fee>,
    /// Where to go and to send things.
    #[serde(default)]
    pub offices: Vec<Office>,
    /// Ways of applying and renewing.
    #[serde(default)]
    pub ways: Vec<Way>,
    /// How long steps take at most.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// How its keys are applied for, by platform. Absent: not through us.
    #[serde(default)]
    pub applications: Vec<ApplicationRules>,
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
    pub fn packages_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a Package> {
        on_platform(&self.packages, platform)
    }

    /// The browser rules on a platform.
    pub fn browsers_on<'a>(&'a self, platform: &'a str) -> impl Iterator<Item = &'a Browsers> {
        on_platform(&self.browsers, platform)
    }

    /// How keys are applied for on a platform; a line of its own weighs more than one for every platform.
    #[must_use]
    pub fn applications_on(&self, platform: &str) -> Option<&ApplicationRules> {
        self.applications
            .iter()
            .filter(|rules| {
                rules
                    .platform
                    .as_ref()
                    .is_none_or(|id| id.as_str() == platform)
            })
            .max_by_key(|rules| rules.platform.is_some())
    }

    /// What a business costs on a platform, in 分; the line that says most counts. `None`: no price is known.
    #[must_use]
    pub fn fee(
        &self,
        platform: &str,
        business: Business,
        holder: HolderType,
        years: u8,
    ) -> Option<u64> {
        self.fees
            .iter()
            .filter(|fee| {
                fee.platform
                    .as_ref()
                    .is_none_or(|id| id.as_str() == platform)
            })
            .filter(|fee| fee.business == business)
            .filter(|fee| fee.years.is_none_or(|of| of == years))
            .filter(|fee| fee.types.is_empty() || fee.types.contains(&holder))
            .max_by_key(|fee| {
                (
                    fee.platform.is_some(),
                    !fee.types.is_empty(),
                    fee.years.is_some(),
                )
            })
            .map(|fee| fee.fen)
    }

    /// The PIN rule, or what every key asks for where the file says nothing.
    #[must_use]
    pub fn pin_rule(&self) -> PinRule {
        self.pin.clone().unwrap_or_default()
    }
}

/// A fact that one platform's manual states.
pub trait Stated {
    /// The platform; `None`: it holds everywhere.
    fn platform(&self) -> Option<&ProviderId>;
}

/// The facts that hold on a platform.
pub fn on_platform<'a, T: Stated>(
    facts: &'a [T],
    platform: &'a str,
) -> impl Iterator<Item = &'a T> {
    facts
        .iter()
        .filter(move |fact| fact.platform().is_none_or(|id| id.as_str() == platform))
}

macro_rules! stated {
    ($($type:ty),+ $(,)?) => {$(
        impl Stated for $type {
            fn platform(&self) -> Option<&ProviderId> {
                self.platform.as_ref()
            }
        }
    )+};
}
stated!(
    Package,
    Browsers,
    Material,
    Fee,
    Office,
    Way,
    Promise,
    Region,
    ApplicationRules
);

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// 申领: new keys can be applied for through the platform.
    #[serde(default)]
    pub apply: bool,
    /// 线上续期: renewed online while the certificate is valid.
    #[serde(default)]
    pub renew_online: bool,
}

/// Addresses from which revocation lists of this provider may be fetched (rule 6: no others).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CrlAddresses {
    /// Prefixes with scheme, host and the beginning of the path.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// Addresses at which this provider's OCSP responders may be asked (rule 6: no others).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OcspAddresses {
    /// Prefixes with scheme, host and the beginning of the path.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// The demonstration CA of a provider: its names are data, so that issuing and recognising agree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DemoAlgorithm {
    /// SM2 with SM3.
    Sm2,
    /// RSA with 2048 bits and SHA-256.
    Rsa2048,
    /// ECDSA on P-256 with SHA-256.
    P256,
}
