//! The second opinion: `hayro-syntax`, which the pages are rendered with, must see as many pages
//! as the strict walker. Where two parsers disagree, what was signed is not what is shown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The number of pages that `hayro-syntax` finds; `None` where it cannot read the file.
pub(crate) fn page_count<F: AsRef<[u8]> + Send + Sync + 'static>(file: &Arc<F>) -> Option<usize> {
    // A foreign parser on hostile bytes: a panic there is a disagreement, not our end.
    let counted = catch_unwind(AssertUnwindSafe(|| {
        let pdf = hayro_syntax::Pdf::new(Arc::clone(file)).ok()?;
        Some(pdf.pages().len())
    }));
    counted.ok().flatten()
}
