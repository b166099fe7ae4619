//! The digest by which a seal intent names an OFD.
//!
//! A package has no form of its own: whoever adds a signature writes the directory anew, and the first one
//! changes OFD.xml. So the intent names what is in it: every file's path and digest, without OFD.xml and
//! without the signatures themselves. A verifier computes the same from the sealed file.

use std::collections::BTreeSet;

use pki::{HashAlgorithm, Hasher};

use super::document::{Document, ENTRANCE, OfdError};
use super::signatures::{self, Description};

/// The digest over the contents of an OFD that [`crate::pdf::tail::document_digest`] is for a PDF.
///
/// # Errors
/// [`OfdError`].
pub fn content_digest(
    document: &Document<'_>,
    algorithm: HashAlgorithm,
) -> Result<Vec<u8>, OfdError> {
    let own = signature_files(document)?;
    let mut files: Vec<_> = document
        .package
        .files()
        .filter(|entry| entry.name != ENTRANCE && !own.contains(&entry.name))
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hasher = Hasher::new(algorithm);
    hasher.update(b"yinxin-ofd-content\0");
    for entry in files {
        hasher.update(&(entry.name.len() as u32).to_be_bytes());
        hasher.update(entry.name.as_bytes());
        hasher.update(&entry.size.to_be_bytes());
        hasher.update(&document.package.digest(entry, algorithm)?);
    }
    Ok(hasher.finalize())
}

/// Lists of signatures, and of every listed signature its description, value and seal. A description that
/// cannot be read has no files but itself.
pub(crate) fn signature_files(document: &Document<'_>) -> Result<BTreeSet<String>, OfdError> {
    let mut own = BTreeSet::new();
    for body in &document.bodies {
        own.extend(body.signatures.clone());
        for listed in signatures::list(&document.package, body)? {
            if let Ok(description) = Description::read(&document.package, &listed.path) {
                own.insert(description.signed_value);
                own.extend(description.seal);
            }
            own.insert(listed.path);
        }
    }
    Ok(own)
}
