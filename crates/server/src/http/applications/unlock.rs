//! `/api/v1/applications/{id}/unlock`: 解锁, once two reviews have passed. The administrator PIN goes from escrow to the
//! agent's window, sealed; neither server nor page can open it.

pub mod challenge;
pub mod done;
pub mod prepared;
pub mod show;
