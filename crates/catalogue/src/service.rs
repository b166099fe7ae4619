//! What a provider does for people: whom to call, where to go, what to bring, what it costs, how long it takes.
//! A line with a `platform` is what that platform's manual says; without one it holds everywhere.

use serde::{Deserialize, Serialize};

use crate::{FormTemplate, HolderType, ProviderId, Text, WebAddress, words};

/// Telephone numbers and the areas for which they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// As people dial them.
    pub numbers: Vec<String>,
    /// The areas that the number is for; empty: not said.
    #[serde(default)]
    pub areas: Vec<String>,
    /// The kinds of business that the number is for; empty: not said.
    #[serde(default)]
    pub uses: Vec<Use>,
    /// When somebody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Text>,
    /// What the number is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// A kind of business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// 工程招投标.
    Construction,
    /// 政府采购.
    Procurement,
    /// 办理: applying for and renewing keys.
    Application,
    /// 技术服务.
    Support,
}

/// 公众号, 在线客服, 操作手册, 资料公示: what a provider offers beside a telephone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Which.
    pub kind: OfferKind,
    /// Its name, such as the 公众号's; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is found; for a 公众号 the page that shows its QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<WebAddress>,
}

/// Which offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// 公众号.
    OfficialAccount,
    /// 在线客服.
    OnlineService,
    /// 操作手册.
    UserManual,
    /// 资料公示.
    Disclosure,
}

/// An administrative area (区划) in which the provider's keys are used or given out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The platform where that is so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// The code of GB/T 2260, where the area has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RegionCode>,
    /// Its name.
    pub name: Text,
    /// Whether certificates can be applied for there through the platform (开通 CA 申领); absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<bool>,
}

words::text_type! {
    /// The six digits of an administrative division (GB/T 2260).
    RegionCode, is_region_code, "no six digits of a division", r"^[1-9][0-9]{5}$"
}

fn is_region_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// Where to go, or to send papers and keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// The address, as it is written on an envelope.
    pub address: String,
    /// To whom papers are sent; absent where people come themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Whom to call there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// When it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Text>,
    /// What it takes: people at the counter, or mail.
    pub takes: Vec<OfficeUse>,
}

/// What an office takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfficeUse {
    /// 现场办理.
    Counter,
    /// 邮寄.
    Mail,
}

/// What is asked of a provider: the kinds of application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Business {
    /// 新办.
    New,
    /// 增加.
    Additional,
    /// 续期.
    Renewal,
    /// 变更.
    Change,
    /// 解锁.
    Unlock,
    /// 补办.
    Replacement,
    /// 吊销.
    Revocation,
    /// 挂起.
    Suspension,
    /// 解除挂起.
    Resumption,
}

/// One way of applying or renewing: 线上, 现场 or 邮寄.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// What is asked for.
    pub business: Business,
    /// How.
    pub how: How,
    /// When this way is open.
    #[serde(default)]
    pub when: When,
    /// Where to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<WebAddress>,
    /// The guide for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<WebAddress>,
    /// Whom to call for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// The steps, in order.
    #[serde(default)]
    pub steps: Vec<Text>,
}

/// How a way goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 线上.
    Online,
    /// 现场.
    Counter,
    /// 邮寄.
    Mail,
}

/// When a way is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Always.
    #[default]
    Any,
    /// While the certificate is valid (有效期内).
    InValidity,
    /// After it has expired (已过有效期).
    Expired,
}

/// A paper that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// Its id, where it is uploaded with an application made here; each file of it names that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ProviderId>,
    /// What it is.
    pub name: Text,
    /// The types of certificate that want it; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<HolderType>,
    /// Which of our own forms it is, filled in here to be printed and stamped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<FormTemplate>,
    /// Whether it must carry the organisation's seal (盖章).
    #[serde(default)]
    pub stamped: bool,
    /// Whether it is filled in on a form of the provider's or platform's.
    #[serde(default)]
    pub form: bool,
    /// Where that form is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<WebAddress>,
}

/// What a business costs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// The platform whose price it is; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// What is asked for.
    pub business: Business,
    /// The years of validity that are paid for; absent where the fee is for the business itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<u8>,
    /// The types of certificate that cost this; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<HolderType>,
    /// The price in 分 (a hundredth of a 元), tax included.
    pub fen: u64,
    /// Whether it is made up for the demonstration; such a price is never shown as a real one.
    #[serde(default)]
    pub demo: bool,
}

/// How long a step takes at most.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// Of what.
    pub step: PromisedStep,
    /// Working days (工作日), 1 and more.
    pub working_days: u8,
}

/// A step with a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PromisedStep {
    /// 审核.
    Review,
    /// 制证.
    Production,
    /// 邮寄.
    Delivery,
}

/// Which browsers work with the vendor's own programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Browsers {
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// The only ones that work; empty: not said.
    #[serde(default)]
    pub only: Vec<String>,
    /// The ones that are advised.
    #[serde(default)]
    pub recommended: Vec<String>,
    /// The ones with known faults.
    #[serde(default)]
    pub trouble: Vec<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// What antivirus programs do to the vendor's programs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Antivirus {
    /// Files removed by mistake, to be restored and trusted.
    pub restores: Vec<String>,
}
