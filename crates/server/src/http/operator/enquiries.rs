//! `/api/v1/operator/enquiries`: suppliers' questions about their keys.

pub mod answer;
pub mod list;
