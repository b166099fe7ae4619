//! What a provider offers on a platform: its file, as pages read it.

use catalogue::{
    ApplicationRules, BankAccount, Business, FormTemplate, HolderType, OfficeUse, PromisedStep,
    Provider, RenewalWindow, on_platform,
};
use domain::application::{Kind, PaymentOrder, Policy, Type};
use serde::Serialize;

use crate::http::extract::Tenant;

/// One provider's offer.
#[derive(Debug, Serialize)]
pub struct Offer {
    provider: String,
    provider_name: catalogue::Text,
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<contract::Text>,
    kinds: Vec<Kind>,
    types: Vec<Named<Type>>,
    years: Vec<YearFee>,
    /// Fees by kind, type and years, where they differ from the first kind's.
    fees: Vec<KindFee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentOrder>,
    ways: Vec<&'static str>,
    materials: Vec<Paper>,
    promises: Promises,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<Recipient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<Recipient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<BankAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal_window: Option<RenewalWindow>,
    hotlines: Vec<String>,
    originals: bool,
    demo: bool,
}

#[derive(Debug, Serialize)]
struct Named<T> {
    id: T,
    name: contract::Text,
}

#[derive(Debug, Serialize)]
struct YearFee {
    years: u8,
    fee: u64,
}

#[derive(Debug, Serialize)]
struct KindFee {
    kind: Kind,
    #[serde(rename = "type")]
    holder_type: Type,
    years: u8,
    fee: u64,
}

/// A paper that is uploaded.
#[derive(Debug, Serialize)]
pub struct Paper {
    /// Its id.
    pub id: String,
    name: catalogue::Text,
    stamped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<FormTemplate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    types: Vec<HolderType>,
}

impl Paper {
    /// Its name in both languages.
    #[must_use]
    pub fn names(&self) -> (String, String) {
        (self.name.zh.clone(), self.name.en.clone())
    }
}

#[derive(Debug, Serialize)]
struct Promises {
    review_days: Option<u8>,
    production_days: Option<u8>,
}

#[derive(Debug, Serialize)]
struct Recipient {
    name: String,
    address: String,
    telephone: String,
}

/// The catalogue's word for a kind.
#[must_use]
pub const fn business(kind: Kind) -> Business {
    match kind {
        Kind::New => Business::New,
        Kind::Additional => Business::Additional,
        Kind::Renewal => Business::Renewal,
        Kind::Change => Business::Change,
        Kind::Unlock => Business::Unlock,
        Kind::Replacement => Business::Replacement,
        Kind::Revocation => Business::Revocation,
        Kind::Suspension => Business::Suspension,
        Kind::Resumption => Business::Resumption,
    }
}

/// The catalogue's word for a type.
#[must_use]
pub const fn holder(holder_type: Type) -> HolderType {
    match holder_type {
        Type::Organisation => HolderType::Organisation,
        Type::Business => HolderType::Business,
        Type::LegalRepresentative => HolderType::LegalRepresentative,
        Type::Handler => HolderType::Handler,
    }
}

fn promised(provider: &Provider, platform: &str, step: PromisedStep) -> Option<u8> {
    on_platform(&provider.promises, platform)
        .find(|promise| promise.step == step)
        .map(|promise| promise.working_days)
}

/// What the machine must know of a provider on a platform; nothing where nobody applies there.
#[must_use]
pub fn policy(provider: &Provider, platform: &str) -> Option<Policy> {
    let rules = provider.applications_on(platform)?;
    Some(Policy {
        payment: match rules.payment {
            catalogue::PaymentOrder::BeforeReview => PaymentOrder::BeforeReview,
            catalogue::PaymentOrder::AfterReview => PaymentOrder::AfterReview,
        },
        review_days: promised(provider, platform, PromisedStep::Review),
        production_days: promised(provider, platform, PromisedStep::Production),
        originals: rules.originals,
    })
}

/// The kinds that can be applied for.
#[must_use]
pub fn kinds(rules: &ApplicationRules) -> Vec<Kind> {
    Kind::ALL
        .iter()
        .copied()
        .filter(|kind| rules.kinds.contains(&business(*kind)))
        .collect()
}

/// What an application costs, in 分; a price that nobody knows is none.
#[must_use]
pub fn fee(provider: &Provider, platform: &str, kind: Kind, holder_type: Type, years: u8) -> i64 {
    provider
        .fee(platform, business(kind), holder(holder_type), years)
        .and_then(|fee| i64::try_from(fee).ok())
        .unwrap_or(0)
}

/// The papers that an application of this kind and type wants. A key that exists is known: its business needs the
/// form alone.
#[must_use]
pub fn papers(provider: &Provider, platform: &str, kind: Kind, holder_type: Type) -> Vec<Paper> {
    if matches!(
        kind,
        Kind::Renewal | Kind::Unlock | Kind::Suspension | Kind::Resumption
    ) {
        return Vec::new();
    }
    all_papers(provider, platform)
        .into_iter()
        .filter(|paper| paper.types.is_empty() || paper.types.contains(&holder(holder_type)))
        .filter(|paper| kind != Kind::Revocation || paper.form == Some(FormTemplate::Application))
        .collect()
}

fn all_papers(provider: &Provider, platform: &str) -> Vec<Paper> {
    on_platform(&provider.materials, platform)
        .filter_map(|material| {
            Some(Paper {
                id: material.id.as_ref()?.to_string(),
                name: material.name.clone(),
                stamped: material.stamped,
                form: material.template,
                types: material.types.clone(),
            })
        })
        .collect()
}

fn office(provider: &Provider, platform: &str, takes: OfficeUse) -> Option<Recipient> {
    on_platform(&provider.offices, platform)
        .find(|office| office.takes.contains(&takes))
        .map(|office| Recipient {
            name: office.recipient.clone().unwrap_or_default(),
            address: office.address.clone(),
            telephone: office.telephone.clone().unwrap_or_default(),
        })
}

/// Every provider's offer on a platform: those that can be applied for, and those that are listed with the reason why
/// they can't.
#[must_use]
pub fn all(tenant: &Tenant) -> Vec<Offer> {
    let platform = tenant.platform();
    let listed = tenant
        .rules
        .catalogue
        .providers()
        .filter(|provider| platform.lists(provider));
    listed.map(|provider| of(tenant, provider)).collect()
}

fn of(tenant: &Tenant, provider: &Provider) -> Offer {
    let platform = tenant.id();
    let accepted = tenant.platform().capabilities(provider).apply;
    let rules = provider.applications_on(platform).filter(|_| accepted);
    let reason = rules.is_none().then(|| {
        contract::Text::new(
            format!("请联系{}的办理机构办理", provider.name.zh),
            format!("Apply at the institutions of {}", provider.name.en),
        )
    });
    let mut offer = Offer {
        provider: provider.id.to_string(),
        provider_name: provider.name.clone(),
        accepted: rules.is_some(),
        reason,
        kinds: rules.map(kinds).unwrap_or_default(),
        types: Vec::new(),
        years: Vec::new(),
        fees: Vec::new(),
        payment: policy(provider, platform).map(|policy| policy.payment),
        ways: Vec::new(),
        materials: all_papers(provider, platform),
        promises: Promises {
            review_days: promised(provider, platform, PromisedStep::Review),
            production_days: promised(provider, platform, PromisedStep::Production),
        },
        recipient: office(provider, platform, OfficeUse::Mail),
        counter: office(provider, platform, OfficeUse::Counter),
        bank: rules.and_then(|rules| rules.bank.clone()),
        renewal_window: rules.and_then(|rules| rules.renewal),
        hotlines: provider
            .hotlines
            .iter()
            .flat_map(|hotline| hotline.numbers.iter().cloned())
            .collect(),
        originals: rules.is_some_and(|rules| rules.originals),
        demo: rules.is_some_and(|rules| rules.demo),
    };
    let Some(rules) = rules else { return offer };
    offer.ways.push("online");
    if offer.counter.is_some() {
        offer.ways.push("counter");
    }
    if offer.recipient.is_some() {
        offer.ways.push("mail");
    }
    let types: Vec<Type> = Type::ALL
        .iter()
        .copied()
        .filter(|one| rules.types.contains(&holder(*one)))
        .collect();
    offer.types = types
        .iter()
        .map(|one| Named {
            id: *one,
            name: one.text(),
        })
        .collect();
    let cost = |kind, holder_type, years| {
        u64::try_from(fee(provider, platform, kind, holder_type, years)).unwrap_or(0)
    };
    let first = types.first().copied().unwrap_or(Type::Organisation);
    for years in &rules.years {
        offer.years.push(YearFee {
            years: *years,
            fee: cost(Kind::New, first, *years),
        });
        for kind in &offer.kinds {
            for holder_type in &types {
                offer.fees.push(KindFee {
                    kind: *kind,
                    holder_type: *holder_type,
                    years: *years,
                    fee: cost(*kind, *holder_type, *years),
                });
            }
        }
    }
    offer
}

/// Where an expired certificate is renewed, in words: the offline way with address and hotline, as the manual has it.
#[must_use]
pub fn offline(provider: &Provider, platform: &str) -> contract::Text {
    let (mut zh, mut en) = (
        "请寄送或到受理点线下办理".to_owned(),
        "Send it in, or go to the counter".to_owned(),
    );
    if let Some(office) = office(provider, platform, OfficeUse::Mail)
        .or_else(|| office(provider, platform, OfficeUse::Counter))
    {
        zh += &format!("：{} {}", office.address, office.name);
        en += &format!(": {} {}", office.address, office.name);
    }
    let number = provider
        .hotlines
        .first()
        .and_then(|hotline| hotline.numbers.first());
    if let Some(number) = number {
        zh += &format!("，热线 {number}");
        en += &format!(", hotline {number}");
    }
    contract::Text::new(zh, en)
}
