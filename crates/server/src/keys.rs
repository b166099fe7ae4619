//! The installation's symmetric keys: files of 32 bytes in `DATA/keys`, made on first use, readable by the owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use domain::Randomness;
use domain::audit::AuditKey;
use domain::challenge::ChallengeKey;

use crate::payments::GatewayKey;

/// The keys of one installation.
pub struct InstallationKeys {
    /// For the MAC of challenges.
    pub challenge: ChallengeKey,
    /// For the audit log's chains; outside the database, or who can write there could mend the chains too.
    pub audit: AuditKey,
}

impl InstallationKeys {
    /// Reads the keys of a data folder, making those that are missing.
    ///
    /// # Errors
    /// A folder that can't be written, a key file of the wrong length.
    pub fn open(data: &Path, random: &dyn Randomness) -> io::Result<Self> {
        let folder = data.join("keys");
        fs::create_dir_all(&folder)?;
        Ok(Self {
            challenge: ChallengeKey::new(key_file(&folder, "challenge.key", random)?),
            audit: AuditKey::new(key_file(&folder, "audit.key", random)?),
        })
    }
}

/// The key that the platform shares with its payment gateway, made on first use.
///
/// # Errors
/// Those of the file system; a key file of the wrong length.
pub fn gateway_key(data: &Path, random: &dyn Randomness) -> io::Result<GatewayKey> {
    let folder = data.join("keys");
    fs::create_dir_all(&folder)?;
    Ok(GatewayKey::new(key_file(&folder, "gateway.key", random)?))
}

fn key_file(folder: &Path, name: &str, random: &dyn Randomness) -> io::Result<[u8; 32]> {
    let path = folder.join(name);
    if !path.exists() {
        // A whole file appears under its name or none: two processes that start together end up with one key.
        let mut fresh = tempfile::Builder::new().make_in(folder, |path| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })?;
        fresh.write_all(&domain::entropy::random_bytes::<32>(random))?;
        fresh.as_file().sync_all()?;
        match fresh.persist_noclobber(&path) {
            Ok(_) => fs::File::open(folder)?.sync_all()?,
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
    let bytes = fs::read(&path)?;
    bytes.try_into().map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is no key of 32 bytes", path.display()),
        )
    })
}
