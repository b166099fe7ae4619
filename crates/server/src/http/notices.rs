//! `/api/v1/notices`: 消息, what one's account is told.

pub mod list;
pub mod read;
