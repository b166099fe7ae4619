//! One key, however many libraries reach it.
//!
//! A computer with two makers' drivers lists a key twice, and a person would choose between two rows that are
//! one thing. The same key is told by its certificates, which hold its public keys, and by the device's serial
//! number; of the libraries that reach it the one is used whose ways are known.

use std::path::{Path, PathBuf};

use catalogue::{Modules, Quirks, Text};
use serde::Serialize;
use token::{LibraryKind, Listing, TokenInfo};

/// PKCS#11 keeps 16 characters of a serial number (`CK_TOKEN_INFO`), GM/T 0016 keeps 32: a number cut there is
/// the same number.
const CUT_SERIAL: usize = 16;

/// A device, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// As the library says that is used.
    pub token: TokenInfo,
    /// The other libraries that reach it.
    pub also: Vec<PathBuf>,
}

/// A library in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryName {
    /// Its file name.
    pub file: String,
    /// The name of its module, where the catalogue knows it.
    pub name: Option<Text>,
}

impl LibraryName {
    /// Names a library.
    pub fn of(library: &Path, modules: &Modules) -> LibraryName {
        let file = library.file_name().unwrap_or_default().to_string_lossy();
        LibraryName {
            file: file.into_owned(),
            name: modules
                .of_library(library)
                .map(|module| module.name.clone()),
        }
    }
}

/// The devices of a listing, each once, in the listing's order.
pub fn devices(listing: &Listing, modules: &Modules) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for token in &listing.tokens {
        let known = devices
            .iter_mut()
            .find(|device| is_same(&device.token, token));
        match known {
            None => devices.push(Device {
                token: token.clone(),
                also: Vec::new(),
            }),
            Some(device) if worth(token, modules) > worth(&device.token, modules) => {
                let other = std::mem::replace(&mut device.token, token.clone());
                device.also.push(other.library);
            }
            Some(device) => device.also.push(token.library.clone()),
        }
    }
    devices
}

/// Whether two libraries speak of one device. One library lists each of its devices once; a key file is a copy
/// of a key and never the device.
fn is_same(one: &TokenInfo, other: &TokenInfo) -> bool {
    if one.library == other.library
        || one.kind == LibraryKind::KeyFile
        || other.kind == LibraryKind::KeyFile
    {
        return false;
    }
    let (serial, others) = (plain(&one.serial), plain(&other.serial));
    let alike = match (serial.is_empty(), others.is_empty()) {
        (false, false) => is_same_serial(&serial, &others),
        // One library doesn't say: the certificates alone decide.
        _ => true,
    };
    let certificates = |token: &TokenInfo| -> Vec<Vec<u8>> {
        let each = token.containers.iter().flat_map(|container| {
            [
                container.signing_certificate.clone(),
                container.encryption_certificate.clone(),
            ]
        });
        each.flatten().collect()
    };
    let (own, theirs) = (certificates(one), certificates(other));
    if own.is_empty() && theirs.is_empty() {
        // Blank: only a serial number that is there, and the same maker and label, make them one.
        return !serial.is_empty()
            && serial == others
            && one.label == other.label
            && one.manufacturer == other.manufacturer;
    }
    alike && own.iter().any(|certificate| theirs.contains(certificate))
}

/// A serial number as it can be compared: libraries fill it up with blanks and write hex in either case.
fn plain(serial: &str) -> String {
    serial
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\0')
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn is_same_serial(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short == long || (short.len() == CUT_SERIAL && long.starts_with(short))
}

/// How much a library is to be preferred: one that could read the token, whose ways are known, and that has the
/// interface that can do SM2.
fn worth(token: &TokenInfo, modules: &Modules) -> (bool, bool, bool) {
    let known = modules
        .of_library(&token.library)
        .is_some_and(|module| module.quirks != Quirks::default() || token.kind != LibraryKind::Skf);
    (
        token.trouble.is_none(),
        known,
        token.kind == LibraryKind::Skf,
    )
}
