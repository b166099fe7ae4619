//! Libraries and keys, as the engine wants to see them: no holder's name among them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use contract::ErrorCode;
use doctor::machine::{
    CertificateSeen, KeySeen, LibraryFault, LibrarySeen, RevocationSeen, TokensSeen, TroubleSeen,
};
use pki::{Certificate, UnixTime};
use token::{Listing, TokenError};

use super::{Desktop, Source};
use crate::keyring::{KeyRow, Keyring};
use crate::standing::{Revocation, Standing};

/// Asks every library, and reads what they say.
pub(super) async fn seen(desktop: &Desktop) -> TokensSeen {
    let (libraries, listing) = match &desktop.tokens {
        Source::Apart(services) => {
            let asked = services.iter().map(|(path, service)| async move {
                let began = Instant::now();
                let listing = service.list().await;
                (path, began.elapsed(), listing)
            });
            let mut whole = Listing::default();
            let mut libraries = Vec::new();
            for (path, took, listing) in futures_util::future::join_all(asked).await {
                let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                libraries.push(library(desktop, path, millis, &listing));
                whole.tokens.extend(listing.tokens);
                whole.failures.extend(listing.failures);
            }
            (libraries, whole)
        }
        Source::Whole(tokens) => {
            let listing = tokens.list().await;
            let mut paths: Vec<&PathBuf> = listing
                .tokens
                .iter()
                .map(|token| &token.library)
                .chain(listing.failures.iter().map(|failure| &failure.library))
                .collect();
            paths.sort();
            paths.dedup();
            let libraries = paths
                .into_iter()
                .map(|path| library(desktop, path, 0, &listing))
                .collect();
            (libraries, listing)
        }
    };
    let now = (desktop.clock)();
    let keyring = Keyring::of(&listing, &desktop.catalogue, now);
    TokensSeen {
        libraries,
        troubles: keyring
            .troubles
            .iter()
            .map(|trouble| TroubleSeen {
                library: trouble.library.clone(),
                code: trouble.code,
            })
            .collect(),
        keys: (0..keyring.keys.len())
            .map(|row| key(desktop, &keyring, row, &listing, now))
            .collect(),
        ..TokensSeen::default()
    }
}

fn library(desktop: &Desktop, path: &Path, millis: u64, listing: &Listing) -> LibrarySeen {
    let failure = listing
        .failures
        .iter()
        .find(|failure| failure.library == path);
    LibrarySeen {
        path: path.to_owned(),
        name: desktop
            .catalogue
            .modules()
            .of_library(path)
            .map(|module| contract::Text::new(&module.name.zh, &module.name.en)),
        millis,
        keys: match failure {
            None => Ok(listing
                .tokens
                .iter()
                .filter(|token| token.library == path)
                .count()),
            Some(failure) => Err(fault(path, &failure.error)),
        },
    }
}

fn fault(path: &Path, error: &TokenError) -> LibraryFault {
    match error {
        TokenError::LibraryMissing { .. } if !path.is_file() => LibraryFault::Missing,
        TokenError::Timeout { .. } => LibraryFault::Hangs,
        TokenError::LibraryMissing { reason, .. } => LibraryFault::Unloadable(reason.clone()),
        TokenError::WorkerMissing(_) | TokenError::WorkerDied { .. } => {
            LibraryFault::Unloadable(error.to_string())
        }
        _ => LibraryFault::Other(error.to_string()),
    }
}

fn key(
    desktop: &Desktop,
    keyring: &Keyring,
    at: usize,
    listing: &Listing,
    now: UnixTime,
) -> KeySeen {
    let row = &keyring.keys[at];
    let standing = |id: &str| {
        let (_, _, place) = keyring.find(id)?;
        let certificate = Certificate::from_der(&place.certificate).ok()?;
        Some(Standing::of(&certificate, &desktop.catalogue, &desktop.evidence, now).revocation)
    };
    KeySeen {
        number: row.key_number.clone().unwrap_or_else(|| row.serial.clone()),
        provider: row.provider.as_ref().map(|provider| provider.id.clone()),
        issuer: row
            .certificates
            .first()
            .map(|certificate| certificate.issuer.clone()),
        tries_left: row.tries_left,
        tries_most: tries_most(row, listing),
        libraries: row
            .libraries
            .iter()
            .map(|library| library.file.clone())
            .collect(),
        certificates: row
            .certificates
            .iter()
            .map(|certificate| CertificateSeen {
                signing: certificate.signing,
                serial: certificate.serial.clone(),
                not_before: instant(&certificate.not_before),
                not_after: instant(&certificate.not_after),
                refused: certificate.refused.filter(|code| {
                    // Dates are judged by the engine itself.
                    !matches!(
                        code,
                        ErrorCode::CertificateExpired | ErrorCode::CertificateNotYetValid
                    )
                }),
                revocation: match standing(&certificate.id) {
                    Some(Revocation::Revoked { reason, .. }) => RevocationSeen::Revoked(reason),
                    Some(Revocation::Good { .. } | Revocation::NotAnnounced) => {
                        RevocationSeen::Good
                    }
                    Some(Revocation::Unknown) | None => RevocationSeen::Unknown,
                },
            })
            .collect(),
    }
}

fn tries_most(row: &KeyRow, listing: &Listing) -> Option<u32> {
    let application = row.application.as_ref()?;
    let token = listing
        .tokens
        .iter()
        .find(|token| token.library == application.library && token.device == application.device)?;
    let info = token
        .applications
        .iter()
        .find(|info| info.name == application.application)?;
    info.user_pin.map(|tries| tries.most)
}

/// A row's date is RFC 3339, written by this program.
fn instant(text: &str) -> UnixTime {
    UnixTime(
        text.parse::<jiff::Timestamp>()
            .map_or(0, |at| at.as_second()),
    )
}
