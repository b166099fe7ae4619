//! Providers, channels, identity maps and platforms as data, and the rules over them.
//!
//! A provider (CA 服务商) is one strict TOML file in `catalogue/`, a unified client one in
//! `catalogue/channels/`, a maker's library one in `catalogue/modules/`, a platform one in `platforms/`.
//! Changing a line changes what the programs do, without a rebuild; a fact that nobody knows is absent and
//! grants nothing.
//!
//! What a reader wants first: [`Catalogue::load_with_anchors`], [`Catalogue::recognise`],
//! [`identity`], [`Platforms::load`].

mod application;
mod channel;
pub mod check;
mod dn;
mod error;
mod faults;
mod file;
mod identity;
mod live;
mod load;
pub mod module;
mod package;
mod pin;
mod platform;
mod product;
mod provider;
#[cfg(test)]
mod schema;
mod service;
mod unknown;
mod value;
mod words;

pub use application::{
    ApplicationRules, BankAccount, FormTemplate, HolderType, PaymentOrder, RenewalWindow,
};
pub use channel::{Channel, ChannelOn, UnifiedClient};
pub use dn::DistinguishedName;
pub use error::CatalogueError;
pub use identity::{
    Clean, HolderKind, Identity, IdentityError, IdentityMap, Source, Take, identity,
};
pub use live::Live;
pub use load::{Catalogue, Trust};
pub use module::{Module, ModuleKind, Modules, Quirks, RsaSignInput, System, UsbId};
pub use package::{
    Arch, NoSystem, Os, Package, PackageKind, PackageSignature, PackageSystem, Part, Sha256Hex,
    SignatureKind, UpdateDate,
};
pub use pin::{Alphabet, PinFault, PinRule};
pub use platform::{
    Accepts, Colours, Platform, Platforms, Policies, PostName, SecondFactor, Style, Unbind,
    WhoBinds,
};
pub use product::{Product, ProductRefusal};
pub use provider::{
    Capabilities, CrlAddresses, DemoAlgorithm, DemoCa, OcspAddresses, Provider, Stated, on_platform,
};
pub use service::{
    Antivirus, Browsers, Business, Fee, Hotline, How, Material, Offer, OfferKind, Office,
    OfficeUse, Promise, PromisedStep, Region, RegionCode, Use, Way, When,
};
pub use unknown::{Candidate, CandidatePlace, UnknownProvider};
pub use words::{ObjectId, ProviderId, Text, WebAddress};
