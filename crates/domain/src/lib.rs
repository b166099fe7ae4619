//! Accounts, bindings, login and their policies, without SQL and without HTTP.
//!
//! Clock, randomness and look-ups come in as parameters, so that every rule can be tried in a test.

pub mod audit;
pub mod challenge;
pub mod entropy;
pub mod password;
pub mod registration;
pub mod session;
pub mod time;
pub mod uscc;

pub use entropy::{Id, Randomness};
pub use time::{Clock, Span, Timestamp};
