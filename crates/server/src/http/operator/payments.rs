//! `/api/v1/operator/payments`: 财务 — what was reported, what came, what goes back.

pub mod confirm;
pub mod list;
pub mod refund;
pub mod refuse;
pub mod voucher;
