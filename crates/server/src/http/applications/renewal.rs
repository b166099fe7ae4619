//! `/api/v1/applications/{id}/renewal`: 线上续期, once two reviews have passed. The old key proves itself.

pub mod challenge;
pub mod prepared;
