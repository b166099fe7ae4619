//! What heavy work needs: the font, and a bounded number of places.

use std::path::Path;
use std::sync::Arc;

use render::SealFont;
use tokio::sync::Semaphore;

use crate::pictures::Pictures;

/// The font and the places.
#[derive(Clone)]
pub struct Workshop {
    /// The CJK font for seals and for pages that name one; without it no seal is drawn.
    pub font: Option<SealFont>,
    /// Files that are open for drawing, and pages that were drawn.
    pub drawn: Arc<Pictures>,
    /// Pages drawn at once.
    pub pictures: Arc<Semaphore>,
    /// Files hashed, sealed or verified at once.
    pub verifications: Arc<Semaphore>,
    /// Files that strangers upload at once, 512 MB of spool each.
    pub anonymous_uploads: Arc<Semaphore>,
}

impl Workshop {
    /// Looks for the font: the named file, or the system's. A server without one serves everything else.
    #[must_use]
    pub fn new(seal_font: Option<&Path>) -> Self {
        let font = SealFont::find(seal_font)
            .inspect_err(|error| tracing::warn!(%error, "no seal can be drawn"))
            .ok();
        Self {
            font,
            drawn: Arc::default(),
            pictures: Arc::new(Semaphore::new(2)),
            verifications: Arc::new(Semaphore::new(4)),
            anonymous_uploads: Arc::new(Semaphore::new(8)),
        }
    }
}
