//! `/ca`: what certificates announce. Public and read-only, on every host.

pub mod show;
