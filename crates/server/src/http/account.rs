//! `/api/v1/account`: the caller's own: password, telephone, sessions, preferences, and the way back in.

pub mod confirm;
pub mod new_password;
pub mod password;
pub mod phone;
pub mod preferences;
pub mod recovery;
pub mod sessions;
