//! `/api/v1/binding-challenges`
pub mod create;
