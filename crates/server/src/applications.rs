//! 申领 between HTTP and the database: who calls, what a provider offers, the transaction of a step, and what pages read.
//!
//! The machine that decides is [`domain::application`]; here its facts are loaded under a lock, its effects carried
//! out, and its history written, in one transaction.

pub mod caller;
pub mod files;
pub mod forms;
pub mod key;
pub mod making;
pub mod offers;
pub mod orders;
pub mod reminders;
pub mod step;
mod telling;
pub mod view;

pub use caller::Caller;
pub use step::{Context, Fault, Step};
