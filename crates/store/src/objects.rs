//! Files, in a folder or elsewhere, chosen by URL.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

use crate::error::StoreError;

/// Opens the object store: `file:///folder` today; the folder is made when it is missing.
///
/// # Errors
/// An unknown scheme, or a folder that can't be made.
pub fn open(url: &str) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let unknown =
        || StoreError::UnknownObjects(url.split(':').next().unwrap_or_default().to_owned());
    let parsed = Url::parse(url).map_err(|_| unknown())?;
    if parsed.scheme() != "file" {
        return Err(unknown());
    }
    let folder = parsed.to_file_path().map_err(|()| unknown())?;
    std::fs::create_dir_all(&folder)?;
    // fsync before an upload counts as done: an acknowledged document survives a power cut (rule 11).
    Ok(Arc::new(
        LocalFileSystem::new_with_prefix(folder)?
            .with_automatic_cleanup(true)
            .with_fsync(true),
    ))
}
