//! Systems without a way to be told that is used here: a look every quarter of a second.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::Woken;
use crate::sar::Sar;

const STEP: Duration = Duration::from_millis(250);

static CANCELLED: Mutex<bool> = Mutex::new(false);
static WAKE: Condvar = Condvar::new();

/// A look-out over the drawer.
pub struct Watch;

impl Watch {
    /// Begins to watch.
    pub fn begin(_drawer: Option<&Path>, _devices: &[PathBuf]) -> Result<Watch, Sar> {
        Ok(Watch)
    }

    /// Blocks for a moment, or until [`cancel`] is called.
    pub fn wait(&self) -> Result<Woken, Sar> {
        let cancelled = CANCELLED.lock().map_err(|_| Sar::FAIL)?;
        let (mut cancelled, _) = WAKE
            .wait_timeout_while(cancelled, STEP, |cancelled| !*cancelled)
            .map_err(|_| Sar::FAIL)?;
        if std::mem::take(&mut *cancelled) {
            Ok(Woken::Cancelled)
        } else {
            Ok(Woken::Look)
        }
    }
}

/// Ends a waiting call, in whichever thread; without one, the next.
pub fn cancel() -> Result<(), Sar> {
    *CANCELLED.lock().map_err(|_| Sar::FAIL)? = true;
    WAKE.notify_one();
    Ok(())
}
