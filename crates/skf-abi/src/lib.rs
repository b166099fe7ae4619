//! The binary interface of GM/T 0016-2012, *Smart token cryptography application interface* (SKF):
//! what a program and a token's library agree on, and nothing that does something.
//!
//! * [`types`]: the packed structures and scalar types (clause 6.4 and 6.5),
//! * [`codes`]: return codes, algorithm identifiers of GM/T 0006, states and kinds (clauses 6.6, annex A),
//! * [`functions`]: one function pointer type for each function of clause 7 that Yinxin calls or offers.
//!
//! `#pragma pack(1)` holds for every structure. The sizes are checked against a C header of ours,
//! compiled by the system's C compiler, in `tests/layout.rs`.

pub mod codes;
pub mod functions;
pub mod types;

pub use types::*;
