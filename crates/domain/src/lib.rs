//! Accounts, bindings, login and their policies, without SQL and without HTTP.
//!
//! Clock, randomness and look-ups come in as parameters, so that every rule can be tried in a test.

pub mod application;
pub mod audit;
pub mod binding;
pub mod calendar;
pub mod challenge;
pub mod entropy;
pub mod identity;
pub mod notice;
pub mod organisation;
pub mod password;
pub mod permission;
pub mod possession;
pub mod refusal;
pub mod region;
pub mod registration;
pub mod revocation;
pub mod seal;
pub mod session;
pub mod staff;
pub mod suitability;
pub mod ticket;
pub mod time;
pub mod uscc;

pub use entropy::{Id, Randomness};
pub use possession::Operation;
pub use refusal::Refusal;
pub use time::{Clock, Span, Timestamp};
