//! 申领: how keys of a provider are applied for on a platform — kinds, types, years, when to pay, what to bring.
//! Fees, promises, offices and ways are facts of their own ([`crate::service`]); here is what joins them.

use serde::{Deserialize, Serialize};

use crate::{Business, ProviderId};

/// What one platform offers of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApplicationRules {
    /// The platform that it is for; absent: every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// The product that is issued: it gives the certificate's policy.
    pub product: ProviderId,
    /// The kinds of application.
    pub kinds: Vec<Business>,
    /// The types of certificate.
    pub types: Vec<HolderType>,
    /// The years of validity that can be chosen.
    pub years: Vec<u8>,
    /// When the fee is paid.
    pub payment: PaymentOrder,
    /// Whether the stamped originals must arrive before the key is made.
    pub originals: bool,
    /// Whether an encryption certificate comes with the signing one (双证书).
    pub encryption: bool,
    /// When a renewal can be done online; absent: at no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<RenewalWindow>,
    /// Where a corporate transfer (对公转账) goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankAccount>,
    /// Whether something of it is made up for the demonstration, because no manual tells it.
    #[serde(default)]
    pub demo: bool,
}

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HolderType {
    /// 机构证书.
    Organisation,
    /// 机构业务证书.
    Business,
    /// 法人证书.
    LegalRepresentative,
    /// 经办人证书.
    Handler,
}

/// Before or after the first review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentOrder {
    /// 先付款后审核.
    BeforeReview,
    /// 先审核后付款.
    AfterReview,
}

/// From so many days before the certificate ends to so many days before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenewalWindow {
    /// It opens this many days before the end.
    pub opens_days: u16,
    /// It closes this many days before the end; 0: at the end itself.
    pub closes_days: u16,
}

/// An account at a bank.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// 户名.
    pub account_name: String,
    /// 账号.
    pub account_number: String,
    /// 开户行.
    pub bank: String,
}

/// The forms that the platform fills in for printing and stamping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FormTemplate {
    /// 电子签章申请表.
    Application,
    /// 授权委托书.
    Authorisation,
}
