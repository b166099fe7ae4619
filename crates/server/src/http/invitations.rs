//! `/api/v1/invitations`: whoever was invited chooses a password.
pub mod create;
