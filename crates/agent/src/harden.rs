//! What keeps secrets inside this process: no core dump holds it, no other process of the user reads it.
//!
//! Freed memory is wiped by the program's allocator (`main.rs`), buffers of libraries included; this is for
//! memory that is in use. What the system does not offer is passed over: a client that runs without it is of
//! more use than none.

pub use crate::system::harden;
