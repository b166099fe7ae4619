//! Files on their way: uploads into the spool, objects in and out of the store, and maps of what lies in the
//! spool. Everything in the spool can be lost at any time; what counts is in the object store and the database.

use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use contract::ErrorCode;
use futures_util::StreamExt as _;
use memmap2::Mmap;
use object_store::path::Path as ObjectPath;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use pki::{HashAlgorithm, Hasher};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt as _;

use crate::Problem;

/// Largest file, in bytes.
pub const MAX_FILE: u64 = contract::request::MAX_ORIGINAL_BYTES;
/// An upload may pause this long between two pieces.
const PAUSE: Duration = Duration::from_secs(30);
/// The spool keeps copies of objects up to this many bytes together, the least recently used go first.
const SPOOL_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// How much is hashed or sent at a time.
const PIECE: usize = 4 * 1024 * 1024;

/// The spool folder and the object store behind it.
#[derive(Clone)]
pub struct Files {
    spool: PathBuf,
    objects: Arc<dyn ObjectStore>,
}

/// A file that was received whole.
#[derive(Debug)]
pub struct Received {
    /// Where it lies; dropped, it is gone.
    pub path: TempPath,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// The bytes of a file in the spool, without a copy in memory.
#[derive(Debug)]
pub enum Mapped {
    /// A map.
    Map(Mmap),
    /// A file of no length, which cannot be mapped.
    Empty,
}

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The spool.
    #[error("spool: {0}")]
    Spool(#[from] std::io::Error),
    /// The object store.
    #[error("object store: {0}")]
    Objects(#[from] object_store::Error),
    /// An object has not the length that the database says.
    #[error("object {object} has {found} bytes instead of {expected}")]
    Length {
        /// Its path.
        object: String,
        /// What the database says.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// A path that no code of ours writes.
    #[error("`{0}` is no object path")]
    Path(String),
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        tracing::error!(%error, "a file could not be had");
        Self::of(ErrorCode::Internal)
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Map(map) => map,
            Self::Empty => &[],
        }
    }
}

impl Mapped {
    /// Maps a file that nobody changes while it is mapped: one of the spool, which is written under another
    /// name, moved into place whole and only ever unlinked; or one that the user names on the command line.
    ///
    /// # Errors
    /// Those of the file system.
    #[allow(unsafe_code)]
    pub fn open(path: &Path) -> std::io::Result<Arc<Self>> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Arc::new(Self::Empty));
        }
        // SAFETY: the map is read-only and the file is not changed or truncated under it (see above). Should
        // somebody else truncate a file that the user named, the process ends by SIGBUS; no memory is misread.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Arc::new(Self::Map(map)))
    }
}

impl Files {
    /// The spool is made where it is missing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(spool: PathBuf, objects: Arc<dyn ObjectStore>) -> std::io::Result<Self> {
        std::fs::create_dir_all(spool.join("objects"))?;
        Ok(Self { spool, objects })
    }

    /// Streams a request's body into the spool and hashes it on the way.
    ///
    /// # Errors
    /// `too_large` as soon as the limit is passed; `request_malformed` where the body breaks off or pauses.
    pub async fn receive(&self, body: Body) -> Result<Received, Problem> {
        self.receive_up_to(body, MAX_FILE).await
    }

    /// [`Files::receive`] with a lower limit, in bytes.
    ///
    /// # Errors
    /// The same.
    pub async fn receive_up_to(&self, body: Body, limit: u64) -> Result<Received, Problem> {
        let (file, path) = NamedTempFile::new_in(&self.spool)
            .map_err(FileError::from)?
            .into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let mut size = 0_u64;
        let mut pieces = body.into_data_stream();
        loop {
            let piece = match tokio::time::timeout(PAUSE, pieces.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => {
                    return Err(Problem::of(ErrorCode::RequestMalformed)
                        .with_detail("上传中断，请重试", "The upload broke off; try again"));
                }
            };
            size += piece.len() as u64;
            if size > limit {
                let megabytes = limit / (1024 * 1024);
                return Err(Problem::of(ErrorCode::TooLarge).with_detail(
                    format!("文件超过 {megabytes} MB"),
                    format!("The file is larger than {megabytes} MB"),
                ));
            }
            hasher.update(&piece);
            file.write_all(&piece).await.map_err(FileError::from)?;
        }
        file.flush().await.map_err(FileError::from)?;
        Ok(Received {
            path,
            size,
            sha256: hex::encode(hasher.finalize()),
        })
    }

    /// A revision built from a mapped base and the bytes appended to it, in the spool.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&self, base: &[u8], tail: &[u8]) -> Result<Received, FileError> {
        let mut file = NamedTempFile::new_in(&self.spool)?;
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        for piece in base.chunks(PIECE).chain([tail]) {
            hasher.update(piece);
            file.write_all(piece)?;
        }
        file.flush()?;
        let size = (base.len() + tail.len()) as u64;
        Ok(Received {
            path: file.into_temp_path(),
            size,
            sha256: hex::encode(hasher.finalize()),
        })
    }

    /// Puts a received file into the object store, then keeps it in the spool as that object's copy.
    ///
    /// # Errors
    /// Those of the store; nothing is kept then.
    pub async fn put(&self, object: &str, received: Received) -> Result<(), FileError> {
        let path = object_path(object)?;
        let mapped = Mapped::open(&received.path)?;
        let mut upload =
            WriteMultipart::new_with_chunk_size(self.objects.put_multipart(&path).await?, PIECE);
        for piece in (*mapped).as_ref().chunks(PIECE) {
            upload.wait_for_capacity(2).await?;
            upload.write(piece);
        }
        upload.finish().await?;
        self.make_room(received.size)?;
        if let Err(error) = received.path.persist(self.copy_of(object)) {
            // Only a copy was lost.
            tracing::warn!(%error, "the spool could not keep an object's copy");
        }
        Ok(())
    }

    /// Maps an object, by its copy in the spool, which is fetched where it is missing.
    ///
    /// # Errors
    /// An object that is missing or has another length than the database says.
    pub async fn map(&self, object: &str, size: i64) -> Result<Arc<Mapped>, FileError> {
        let expected = u64::try_from(size).unwrap_or_default();
        let copy = self.copy_of(object);
        if let Ok(mapped) = Mapped::open(&copy)
            && (*mapped).as_ref().len() as u64 == expected
        {
            touch(&copy);
            return Ok(mapped);
        }
        self.make_room(expected)?;
        let (file, temporary) = NamedTempFile::new_in(&self.spool)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut pieces = self.objects.get(&object_path(object)?).await?.into_stream();
        let mut found = 0_u64;
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            found += piece.len() as u64;
            if found > expected {
                break;
            }
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        if found != expected {
            return Err(FileError::Length {
                object: object.to_owned(),
                expected,
                found,
            });
        }
        temporary.persist(&copy).map_err(|error| error.error)?;
        Ok(Mapped::open(&copy)?)
    }

    /// The object as a stream, for a download.
    ///
    /// # Errors
    /// An object that is missing.
    pub async fn stream(&self, object: &str) -> Result<Body, FileError> {
        let found = self.objects.get(&object_path(object)?).await?;
        Ok(Body::from_stream(found.into_stream()))
    }

    /// A part of the object as a stream, for a download that is resumed.
    ///
    /// # Errors
    /// An object that is missing or shorter.
    pub async fn stream_range(&self, object: &str, range: Range<u64>) -> Result<Body, FileError> {
        let options = GetOptions::new().with_range(Some(range));
        let found = self
            .objects
            .get_opts(&object_path(object)?, options)
            .await?;
        Ok(Body::from_stream(found.into_stream()))
    }

    /// Deletes an object that no row names any more. A failure leaves a file too many and is logged.
    pub async fn discard(&self, object: &str) {
        let _ = std::fs::remove_file(self.copy_of(object));
        let Ok(path) = object_path(object) else {
            return;
        };
        if let Err(error) = self.objects.delete(&path).await {
            tracing::warn!(%error, object, "an unused object could not be deleted");
        }
    }

    /// Object paths are of our own making: ULIDs and slashes.
    fn copy_of(&self, object: &str) -> PathBuf {
        self.spool.join("objects").join(object.replace('/', "-"))
    }

    /// Removes the least recently used copies until `wanted` more bytes fit. Maps of them stay good.
    fn make_room(&self, wanted: u64) -> std::io::Result<()> {
        let mut copies: Vec<(SystemTime, u64, PathBuf)> =
            std::fs::read_dir(self.spool.join("objects"))?
                .filter_map(Result::ok)
                .filter_map(|entry| {
                    let metadata = entry.metadata().ok()?;
                    Some((metadata.modified().ok()?, metadata.len(), entry.path()))
                })
                .collect();
        let mut total: u64 = copies.iter().map(|(_, size, _)| size).sum();
        copies.sort();
        for (_, size, path) in copies {
            if total.saturating_add(wanted) <= SPOOL_BYTES {
                break;
            }
            let _ = std::fs::remove_file(path);
            total -= size;
        }
        Ok(())
    }
}

fn object_path(object: &str) -> Result<ObjectPath, FileError> {
    ObjectPath::parse(object).map_err(|_| FileError::Path(object.to_owned()))
}

/// Marks a copy as used now. That is a hint for [`Files::make_room`] only, so a failure does not matter.
fn touch(path: &Path) {
    if let Ok(file) = File::options().append(true).open(path) {
        let _ = rustix::fs::futimens(
            &file,
            &rustix::fs::Timestamps {
                last_access: rustix::fs::Timespec {
                    tv_sec: 0,
                    tv_nsec: rustix::fs::UTIME_OMIT,
                },
                last_modification: rustix::fs::Timespec {
                    tv_sec: 0,
                    tv_nsec: rustix::fs::UTIME_NOW,
                },
            },
        );
    }
}

/// The name of an uploaded file as it is kept: the last part of a path, on one line, without what reorders or
/// hides text, at most 120 characters, ending in what the file is: `pdf` or `ofd`.
#[must_use]
pub fn file_name(given: &str, ending: &str) -> String {
    let plain = plain_part(given);
    let stem = plain.as_str();
    let stem = match stem.char_indices().rev().nth(3) {
        Some((at, '.'))
            if [".pdf", ".ofd"]
                .iter()
                .any(|known| stem[at..].eq_ignore_ascii_case(known)) =>
        {
            stem[..at].trim_end()
        }
        _ => stem,
    };
    let stem: String = stem.chars().take(116).collect();
    format!(
        "{}.{ending}",
        if stem.is_empty() {
            "document"
        } else {
            stem.as_str()
        }
    )
}

/// The last part of a path, on one line, without what reorders or hides text and without leading dots.
#[must_use]
pub fn plain_part(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*' | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}'
                    | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                    | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
        })
        .collect();
    plain.trim().trim_start_matches('.').to_owned()
}

/// `Content-Disposition: attachment` with an ASCII name for old clients and the real one for all others
/// (RFC 6266 §4.3, RFC 8187).
#[must_use]
pub fn attachment(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_plain_part_of_a_path() {
        for (given, kept) in [
            ("投标文件.pdf", "投标文件.pdf"),
            ("C:\\投标\\报价.PDF", "报价.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("", "document.pdf"),
            (".pdf", "pdf.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
            ("evil\u{202E}fdp.exe", "evilfdp.exe.pdf"),
        ] {
            assert_eq!(file_name(given, "pdf"), kept, "{given:?}");
        }
        assert_eq!(file_name(&"长".repeat(500), "pdf").chars().count(), 120);
        // The ending is what the content is, whatever the uploader called it.
        assert_eq!(file_name("报价.pdf", "ofd"), "报价.ofd");
        assert_eq!(file_name("报价.OFD", "ofd"), "报价.ofd");
    }

    #[test]
    fn a_download_carries_its_name_in_both_forms() {
        assert_eq!(
            attachment("报价 1.pdf"),
            "attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%201.pdf"
        );
    }
}
