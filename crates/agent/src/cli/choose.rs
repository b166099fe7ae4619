//! Which key a command means: the one that is plugged in, or the one that was named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::Catalogue;
use clap::Args;
use contract::{ErrorCode, KeyFamilyName};
use token::{Listing, TokenError, TokenService};

use super::{Failure, Libraries};
use crate::keyring::{KeyRow, Keyring, Place};
use crate::system_clock;

/// Where the catalogue is.
#[derive(Args, Clone)]
pub struct Rules {
    /// The catalogue of providers. Default: the one that was installed with this program.
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// A folder with the catalogue's anchors; may be given more than once.
    #[arg(long, value_name = "DIR")]
    pub anchors: Vec<PathBuf>,
}

/// Which key.
#[derive(Args, Clone)]
pub struct Which {
    /// The key, by its number, label, serial or holder; may be left out when one is plugged in.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

impl Rules {
    /// Reads the catalogue.
    ///
    /// # Errors
    /// Usage, where there is none or it can't be read.
    pub fn load(&self) -> Result<Catalogue, Failure> {
        let folder = self.folder()?;
        let anchors: Vec<_> = self.anchors.iter().map(PathBuf::as_path).collect();
        Catalogue::load_with_anchors(&folder, &anchors)
            .map_err(|error| Failure::Usage(error.to_string()))
    }

    /// The catalogue's folder.
    ///
    /// # Errors
    /// Usage, where none was named and none is installed.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        self.catalogue.clone().or_else(installed).ok_or_else(|| {
            Failure::Usage(
                "no catalogue is installed beside this program: name it by --catalogue DIR".into(),
            )
        })
    }
}

/// The catalogue that lies beside the program, or where packages put it. Never the working directory: what
/// stands there is anybody's.
fn installed() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.canonicalize().ok()?;
    let folder = program.parent()?;
    [
        folder.join("catalogue"),
        folder.join("../share/yinxin/catalogue"),
    ]
    .into_iter()
    .find(|folder| folder.is_dir())
}

/// What is plugged in, read with the catalogue.
///
/// # Errors
/// Where nothing is, what a library said stands for it.
pub async fn keyring(
    service: &TokenService,
    catalogue: &Arc<Catalogue>,
) -> Result<Keyring, Failure> {
    let listing = service.list().await;
    let keyring = Keyring::of(&listing, catalogue, system_clock()());
    if keyring.keys.is_empty() {
        return Err(nothing(listing));
    }
    Ok(keyring)
}

fn nothing(listing: Listing) -> Failure {
    let failed = listing.failures.into_iter().next();
    failed
        .map_or(TokenError::NoToken, |failure| failure.error)
        .into()
}

impl Which {
    /// The one key that is meant.
    ///
    /// # Errors
    /// None, or several.
    pub fn row<'k>(&self, keyring: &'k Keyring) -> Result<&'k KeyRow, Failure> {
        let mut fitting = keyring.keys.iter().filter(|row| self.fits(row));
        match (fitting.next(), fitting.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(TokenError::NoToken.into()),
            (Some(_), Some(_)) => {
                let names: Vec<_> = keyring.keys.iter().map(short).collect();
                let names = names.join(", ");
                Err(Failure::Usage(format!(
                    "several keys are plugged in: say which by --key ({names})"
                )))
            }
        }
    }

    /// The one certificate that is meant and can be used by somebody who takes keys of these families.
    ///
    /// # Errors
    /// None, or several; where the one that is meant can't be used, why.
    pub fn certificate<'k>(
        &self,
        keyring: &'k Keyring,
        families: &[KeyFamilyName],
    ) -> Result<(&'k KeyRow, &'k Place), Failure> {
        let usable = |row: &KeyRow| {
            row.certificates
                .iter()
                .find(|certificate| {
                    certificate.refused.is_none()
                        && certificate
                            .family
                            .is_some_and(|family| families.contains(&family))
                })
                .map(|certificate| certificate.id.clone())
        };
        let row = match self.row(keyring) {
            Ok(row) => row,
            // Among several the one that can be used is meant.
            Err(failure) => {
                let mut rows = keyring
                    .keys
                    .iter()
                    .filter(|row| self.fits(row) && usable(row).is_some());
                match (rows.next(), rows.next()) {
                    (Some(row), None) => row,
                    _ => return Err(failure),
                }
            }
        };
        let Some(id) = usable(row) else {
            let code = row.refused.unwrap_or(ErrorCode::KeyUsageRefused);
            return Err(Failure::No(
                code,
                format!("{} cannot be used for this", short(row)),
            ));
        };
        let place = keyring.places.iter().find(|place| place.id == id);
        place
            .map(|place| (row, place))
            .ok_or_else(|| TokenError::NoCertificate.into())
    }

    fn fits(&self, row: &KeyRow) -> bool {
        let Some(wanted) = &self.key else { return true };
        [
            Some(&row.label),
            Some(&row.serial),
            row.key_number.as_ref(),
            row.holder.as_ref(),
            Some(&row.device.device),
        ]
        .into_iter()
        .flatten()
        .any(|name| name == wanted)
    }
}

/// A key in a word.
pub fn short(row: &KeyRow) -> String {
    row.key_number
        .clone()
        .unwrap_or_else(|| row.device.device.clone())
}

impl Libraries {
    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.json
    }

    /// The libraries that were named.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.libraries.iter().map(PathBuf::as_path)
    }
}
