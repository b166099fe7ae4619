//! `/api/v1/binding-proofs`
pub mod create;
