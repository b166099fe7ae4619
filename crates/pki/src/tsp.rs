//! The Time-Stamp Protocol (RFC 3161, RFC 5816): requests, tokens, and what a token proves.
//!
//! | module | what |
//! |---|---|
//! | [`TimeStampRequest`] | what a client asks (§2.4.1) |
//! | [`TstInfo`] | what an authority signs (§2.4.2) |
//! | [`TimeStampToken`] | a TSTInfo in its SignedData, as it came; [`TimeStampToken::verify`] says what it proves |
//! | [`TimeStampResponse`] | a token, or why there is none |
//!
//! Both families of object identifiers are read; GM/T 0033 has the same TSTInfo.

mod info;
mod request;
mod response;
mod token;

pub use info::{Accuracy, MessageImprint, TstInfo};
pub use request::TimeStampRequest;
pub use response::{FailureInfo, PkiStatus, TimeStampResponse, granted, rejected};
pub use token::{TimeStampError, TimeStampToken, VerifiedTime, assemble, signed_attributes};
