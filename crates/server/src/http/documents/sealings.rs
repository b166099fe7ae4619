//! The seals on one document: placing one, and taking the last one back.

pub mod create;
pub mod form;
pub mod places;
pub mod undo;
