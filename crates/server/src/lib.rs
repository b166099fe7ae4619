//! HTTP: endpoints, wiring, the embedded pages; the binary `yinxin`.
//!
//! A reader finds an endpoint by its URL: `POST /api/v1/sessions/password` is `http/sessions/password.rs`.
//! Server processes hold no state of their own: what must last is in the database, the object store, or under a MAC
//! in the caller's hands.

pub mod applications;
pub mod authority;
pub mod ca_role;
pub mod ceremony;
pub mod cli;
pub mod doctor;
pub mod files;
pub mod formats;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod packages;
pub mod payments;
pub mod pictures;
pub mod problem;
pub mod profiles;
pub mod regions;
pub mod revocation;
pub mod rules;
pub mod seals;
pub mod state;
pub mod status;
pub mod system;
pub mod totp;
pub mod verifying;
pub mod workshop;

pub use problem::Problem;
pub use state::AppState;
