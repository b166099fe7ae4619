//! What goes wrong on a desk with keys, as data, and the engine that looks for it.
//!
//! - [`case`]: what a failure is; [`cases`]: the catalogue of them, numbered and named for good.
//! - [`machine`]: what can be looked at, as an interface: whoever asks injects the probes. [`scripted`]: a machine
//!   that is made up, for tests and for systems that are not at hand.
//! - [`checks`]: from what was seen to [`finding`]s, without any input or output.
//! - [`engine`]: runs the checks side by side, each with a time limit; [`chain`]: browser → agent → driver → token →
//!   certificate → CA → platform, with the link that is broken.
//! - [`codes`]: which case belongs to an error code of the contract.
//! - [`redact`]: what a report may not tell.
//! - [`table`], [`typescript`]: the catalogue as a table for people and as data for pages.
//!
//! It knows nothing of who asks: the page of a platform, the agent's page, a command line.

pub mod case;
pub mod cases;
pub mod chain;
pub mod checks;
pub mod codes;
pub mod engine;
pub mod finding;
pub mod machine;
pub mod redact;
pub mod scripted;
pub mod seen;
pub mod table;
pub mod typescript;

pub use case::{Action, Case, Found, Link, System, Words};
pub use chain::{Chain, ChainLink};
pub use engine::{Diagnosis, Limits, Timer, diagnose};
pub use finding::{Finding, Outcome};
pub use machine::{Answer, Machine, Unseen};
pub use seen::Seen;
