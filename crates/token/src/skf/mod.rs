//! The SKF backend: what runs inside the worker process.
//!
//! [`Library`](library::Library) is a loaded library with every symbol optional;
//! [`Device`](device::Device) and its guards keep the order that the standard asks for and undo it in
//! reverse, whatever happens in between; [`operations`] are the calls that Yinxin makes.

mod application;
mod call;
mod container;
mod device;
mod encryption;
mod files;
mod library;
pub(crate) mod names;
mod operations;

pub use library::Library;
