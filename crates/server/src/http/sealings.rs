//! Prepared seals, by their own ids.

pub mod complete;
