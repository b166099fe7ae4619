//! The SKF backend: what runs inside the worker process.
//!
//! [`Library`](library::Library) is a loaded library with every symbol optional;
//! [`Device`](session::Device) and its guards keep the order that the standard asks for and undo it in
//! reverse, whatever happens in between; [`operations`] are the calls that Yinxin makes.

mod library;
mod names;
mod operations;
mod session;

pub use library::Library;
pub(crate) use operations::perform;
