//! The certification authority as a machine without I/O: `(state, event) → (state, effects)`.
//!
//! Nothing here reads a file, a clock or a source of randomness, and nothing opens a key: time and random
//! bytes come in with events, records and bytes to be signed go out as effects, and whoever drives the
//! machine performs them **in the order in which they come** and answers with the next event.
//!
//! The order is what keeps rule 9: a serial is recorded before anything is signed with it, so that no
//! crash leaves a certificate that nobody knows of.
//!
//! ```text
//! begin ──PersistIntent──▶ IntentPersisted ──Sign──▶ Signed ──PersistResult──▶ ResultPersisted ──▶ done
//!              │                                │ crash, or the signer failed
//!              ▼ SerialTaken: begin again       ▼
//!        with fresh randomness             recover ──PersistPossiblyIssued──▶ revoked, on the next list
//! ```
//!
//! A driver is a loop:
//!
//! ```
//! # use issuer::{Authority, Effect, Event, Issuance, IssuerError, Template};
//! # use pki::{Signer, UnixTime};
//! # fn drive(authority: &Authority, template: &Template, key: &dyn Signer, random: &[u8; 16], at: UnixTime)
//! # -> Result<Vec<u8>, IssuerError> {
//! let (mut issuance, mut effect) = Issuance::begin(authority, template, random, at)?;
//! loop {
//!     let event = match &effect {
//!         // INSERT; a violation of (issuer, serial) would be Event::SerialTaken.
//!         Effect::PersistIntent(record) => { let _ = record; Event::IntentPersisted }
//!         Effect::Sign { tbs } => match key.sign(tbs) {
//!             Ok(signature) => Event::Signed { signature },
//!             Err(_) => Event::SigningFailed { at },
//!         },
//!         // UPDATE … SET certificate = … WHERE issuer = … AND serial = …
//!         Effect::PersistResult(record) => { let _ = record; Event::ResultPersisted }
//!         Effect::PersistPossiblyIssued(record) => { let _ = record; Event::ResultPersisted }
//!         Effect::Deliver { certificate } => return Ok(certificate.clone()),
//!         Effect::Abandon(error) => return Err(error.clone()),
//!     };
//!     (issuance, effect) = issuance.step(event)?;
//! }
//! # }
//! ```
//!
//! Lists of revoked certificates go the same way: see [`revocation`]; answers for one certificate, [`ocsp`]; time
//! stamps, [`tsa`].

mod authority;
mod ceremony;
mod error;
mod issuance;
pub mod key_management;
mod lint;
pub mod ocsp;
pub mod order;
mod profile;
mod record;
pub mod revocation;
pub mod seal_maker;
mod template;
pub mod tsa;

pub use authority::Authority;
pub use ceremony::{issuing_template, root_authority, root_template};
pub use error::{IssuerError, LintFinding};
pub use issuance::{Effect, Event, Issuance, recover};
pub use profile::{
    Applicant, CaNames, Profile, ProfileError, ProfileFault, checked_profile, demo_profiles,
};
pub use record::{IntentRecord, IssuedRecord, PossiblyIssuedRecord, RevocationRecord};
pub use template::{Kind, Template};
