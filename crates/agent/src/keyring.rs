//! The plugged keys as the user sees them: one row a key, its certificates inside, what can't be used greyed
//! with its reason.

use std::path::PathBuf;
use std::sync::Arc;

use catalogue::{Catalogue, UnknownProvider};
use contract::{ErrorCode, KeyFamilyName};
use pki::{Certificate, HashAlgorithm, UnixTime};
use serde::Serialize;
use token::{
    ApplicationRef, DeviceRef, KeyRef, LibraryKind, Listing, PinEntry, PinLength, TokenError,
    TokenInfo,
};

use crate::discovery::{self, LibraryName};
use crate::rfc3339;
pub use crate::tokens::Tokens;

/// What is plugged in, for the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Keyring {
    /// The keys.
    pub keys: Vec<KeyRow>,
    /// Libraries that did not answer, and tokens that could not be read.
    pub troubles: Vec<Trouble>,
    /// Where the signing certificates are, by the ids in the rows; never sent to the window.
    #[serde(skip)]
    pub places: Vec<Place>,
}

/// Something that hides keys from the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The library's file name.
    pub library: String,
    /// What it is.
    pub code: ErrorCode,
    /// The same for a support desk.
    pub detail: String,
}

/// One key (CA 锁): all certificates with one key number on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Stable while the key stays plugged in.
    pub id: String,
    /// The provider, where the catalogue recognises the certificate.
    pub provider: Option<ProviderName>,
    /// The holder's name.
    pub holder: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// The key number (CA 编号, CA 锁 ID).
    pub key_number: Option<String>,
    /// The device's label.
    pub label: String,
    /// The device's serial number.
    pub serial: String,
    /// How its PIN gets in, and how long one may be.
    pub pin: PinOfKey,
    /// Whether the key lies in hardware; where not, pages say 非硬件介质.
    pub hardware: bool,
    /// Tries of the user PIN that are left, where the device says; 0 is locked.
    pub tries_left: Option<u32>,
    /// Why nothing on this key can be used now.
    pub refused: Option<ErrorCode>,
    /// Whether it is a file, which sites get nothing from until the user lets them.
    #[serde(skip)]
    pub is_file: bool,
    /// Its certificates, the one to use first.
    pub certificates: Vec<CertificateRow>,
    /// The libraries that reach it, the one that is used first.
    pub libraries: Vec<LibraryName>,
    /// What it would take to add the provider, where the catalogue recognises none.
    pub unknown: Option<UnknownProvider>,
    /// The device, for calls that are about it; never sent to the window.
    #[serde(skip)]
    pub device: DeviceRef,
    /// The application with its PINs, where the device has one; never sent to the window.
    #[serde(skip)]
    pub application: Option<ApplicationRef>,
    /// Tries of the administrator's PIN that are left, where the device says.
    #[serde(skip)]
    pub admin_tries_left: Option<u32>,
}

/// What a page needs to ask for a key's PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PinOfKey {
    /// Typed here, typed on the device, or none at all.
    pub entry: PinEntry,
    /// How long it may be, in octets.
    #[serde(flatten)]
    pub length: PinLength,
}

/// A provider in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderName {
    /// The catalogue's id.
    pub id: String,
    /// Its name.
    pub name: catalogue::Text,
}

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateRow {
    /// Stable while the key stays plugged in; what the window sends back to sign with.
    pub id: String,
    /// The kind of key; `None` for one that neither logs in nor seals.
    pub family: Option<KeyFamilyName>,
    /// Whether it is the signing or the encryption certificate of its container.
    pub signing: bool,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// RFC 3339 UTC.
    pub not_before: String,
    /// RFC 3339 UTC.
    pub not_after: String,
    /// Why it can't be used; absent where it can.
    pub refused: Option<ErrorCode>,
}

/// Where a certificate lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The certificate row's id.
    pub id: String,
    /// Its container.
    pub key: KeyRef,
    /// The certificate.
    pub certificate: Vec<u8>,
    /// The row it belongs to, by index.
    pub row: usize,
}

impl Keyring {
    /// Names of people and organisations on the keys: what a report must not tell.
    pub fn people(&self) -> Vec<String> {
        self.keys
            .iter()
            .flat_map(|row| [&row.holder, &row.organisation])
            .flatten()
            .cloned()
            .collect()
    }

    /// The row of a certificate, its own row, and where it lies.
    pub fn find(&self, id: &str) -> Option<(&KeyRow, &CertificateRow, &Place)> {
        let place = self.places.iter().find(|place| place.id == id)?;
        let row = self.keys.get(place.row)?;
        let certificate = row
            .certificates
            .iter()
            .find(|certificate| certificate.id == id)?;
        Some((row, certificate, place))
    }

    /// The same for a site, where the user does not let sites use key files.
    #[must_use]
    pub fn without_files(mut self) -> Keyring {
        for row in self.keys.iter_mut().filter(|row| row.is_file) {
            for certificate in &mut row.certificates {
                certificate.refused.get_or_insert(ErrorCode::KeyFileRefused);
            }
            row.refused.get_or_insert(ErrorCode::KeyFileRefused);
        }
        self
    }

    /// Reads a listing with the catalogue, at a time.
    pub fn of(listing: &Listing, catalogue: &Arc<Catalogue>, now: UnixTime) -> Keyring {
        let mut keyring = Keyring::default();
        for failure in &listing.failures {
            keyring
                .troubles
                .push(trouble(&failure.library, &failure.error));
        }
        let modules = catalogue.modules();
        for device in discovery::devices(listing, modules) {
            let token = &device.token;
            if let Some(error) = &token.trouble {
                keyring.troubles.push(trouble(&token.library, error));
            }
            let first_row = keyring.keys.len();
            keyring.add_token(token, catalogue, now);
            for row in &mut keyring.keys[first_row..] {
                let also = device.also.iter().map(PathBuf::as_path);
                row.libraries = std::iter::once(token.library.as_path())
                    .chain(also)
                    .map(|library| LibraryName::of(library, modules))
                    .collect();
            }
        }
        for row in &mut keyring.keys {
            row.certificates
                .sort_by_key(|certificate| (certificate.refused.is_some(), !certificate.signing));
            let usable = row
                .certificates
                .iter()
                .any(|certificate| certificate.refused.is_none());
            if row.tries_left == Some(0) {
                row.refused = Some(ErrorCode::PinLocked);
            } else if !usable {
                let first = row
                    .certificates
                    .iter()
                    .find(|certificate| certificate.signing);
                row.refused = first
                    .and_then(|certificate| certificate.refused)
                    .or(Some(ErrorCode::NoSigningCertificate));
            }
        }
        keyring
    }

    fn add_token(&mut self, token: &TokenInfo, catalogue: &Arc<Catalogue>, now: UnixTime) {
        let first_row = self.keys.len();
        for container in &token.containers {
            let key = token.key(container);
            let certificates = [
                (&container.signing_certificate, true),
                (&container.encryption_certificate, false),
            ];
            for (der, signing) in certificates {
                let Some(der) = der else { continue };
                let Ok(certificate) = Certificate::from_der(der) else {
                    self.troubles
                        .push(trouble(&token.library, &TokenError::NoCertificate));
                    continue;
                };
                let row = self.row_for(
                    token,
                    &container.application,
                    &certificate,
                    catalogue,
                    first_row,
                );
                let id = digest_id(&[
                    key.library.as_os_str().as_encoded_bytes(),
                    key.device.as_bytes(),
                    key.application.as_bytes(),
                    key.container.as_bytes(),
                    der,
                ]);
                self.keys[row]
                    .certificates
                    .push(certificate_row(&id, &certificate, signing, now));
                if signing {
                    self.places.push(Place {
                        id,
                        key: key.clone(),
                        certificate: der.clone(),
                        row,
                    });
                }
            }
        }
        if self.keys.len() == first_row && token.trouble.is_none() {
            // A key without a certificate is shown as what it is, or its owner would look for a loose plug.
            let application = token.applications.first().map(|info| info.name.as_str());
            self.keys.push(empty_row(token, application));
        }
    }

    /// The row of this device with the certificate's key number, made where there is none yet.
    fn row_for(
        &mut self,
        token: &TokenInfo,
        application: &str,
        certificate: &Certificate,
        catalogue: &Arc<Catalogue>,
        first_row: usize,
    ) -> usize {
        let provider = catalogue.recognise(certificate);
        let identity =
            provider.and_then(|provider| catalogue::identity(provider, certificate).ok());
        let key_number = identity
            .as_ref()
            .map(|identity| identity.key_number.clone());
        let provider = provider.map(|provider| ProviderName {
            id: provider.id.as_str().to_owned(),
            name: provider.name.clone(),
        });
        let unknown = provider
            .is_none()
            .then(|| UnknownProvider::of(certificate, &token.library, catalogue.modules()));
        // Keys of two unknown providers have no number each, and are two all the same.
        let issuer = |unknown: &Option<UnknownProvider>| {
            unknown.as_ref().map(|unknown| unknown.issuer.clone())
        };
        let known = self.keys[first_row..].iter().position(|row| {
            row.key_number == key_number
                && row.provider == provider
                && issuer(&row.unknown) == issuer(&unknown)
        });
        if let Some(at) = known {
            return first_row + at;
        }
        let common_name = certificate
            .subject()
            .attribute(&pki::oid::COMMON_NAME)
            .map(str::to_owned);
        let organisation = certificate
            .subject()
            .attribute(&pki::oid::ORGANIZATION)
            .map(str::to_owned);
        let (holder, organisation) = match identity {
            Some(identity) => (
                Some(identity.holder),
                identity.organisation.or(organisation),
            ),
            None => (common_name, organisation),
        };
        let number = key_number.clone().unwrap_or_default();
        self.keys.push(KeyRow {
            id: digest_id(&[
                token.library.as_os_str().as_encoded_bytes(),
                token.device.as_bytes(),
                number.as_bytes(),
                certificate.issuer().der(),
            ]),
            provider,
            holder,
            organisation,
            key_number,
            unknown,
            ..empty_row(token, Some(application))
        });
        self.keys.len() - 1
    }
}

/// The row of a token, or of one application on it, before a certificate says more.
fn empty_row(token: &TokenInfo, application: Option<&str>) -> KeyRow {
    let info = token
        .applications
        .iter()
        .find(|info| Some(info.name.as_str()) == application);
    KeyRow {
        id: digest_id(&[
            token.library.as_os_str().as_encoded_bytes(),
            token.device.as_bytes(),
        ]),
        provider: None,
        holder: None,
        organisation: None,
        key_number: None,
        label: token.label.clone(),
        serial: token.serial.clone(),
        pin: info
            .map(|info| PinOfKey {
                entry: info.pin_entry,
                length: info.pin_length,
            })
            .unwrap_or_default(),
        hardware: token.hardware,
        is_file: token.kind == LibraryKind::KeyFile,
        tries_left: info.and_then(|info| info.user_pin.map(|tries| tries.left)),
        refused: None,
        certificates: Vec::new(),
        libraries: Vec::new(),
        unknown: None,
        device: token.reference(),
        application: application.map(|name| ApplicationRef {
            library: token.library.clone(),
            device: token.device.clone(),
            application: name.to_owned(),
        }),
        admin_tries_left: info.and_then(|info| info.admin_pin.map(|tries| tries.left)),
    }
}

fn certificate_row(
    id: &str,
    certificate: &Certificate,
    signing: bool,
    now: UnixTime,
) -> CertificateRow {
    let family = KeyFamilyName::of(certificate.public_key().family());
    let may_sign = certificate
        .key_usage()
        .is_none_or(pki::KeyUsage::digital_signature);
    let refused = if !signing || !may_sign || family.is_none() {
        Some(ErrorCode::KeyUsageRefused)
    } else if now < certificate.not_before() {
        Some(ErrorCode::CertificateNotYetValid)
    } else if now > certificate.not_after() {
        Some(ErrorCode::CertificateExpired)
    } else {
        None
    };
    CertificateRow {
        id: id.to_owned(),
        family,
        signing,
        subject: certificate.subject().rfc4514(),
        issuer: certificate.issuer().rfc4514(),
        serial: certificate.serial_hex(),
        not_before: rfc3339(certificate.not_before()),
        not_after: rfc3339(certificate.not_after()),
        refused,
    }
}

fn trouble(library: &std::path::Path, error: &TokenError) -> Trouble {
    let name = library
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Trouble {
        library: name,
        code: code_of(error),
        detail: error.to_string(),
    }
}

/// An id from what names a thing: each part with its length, so that no two lists collide.
pub(crate) fn digest_id(parts: &[&[u8]]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    hex::encode(&pki::hash(HashAlgorithm::Sha256, &bytes)[..16])
}

/// The provider's intermediates, so that a verifier elsewhere can build the path.
pub fn chain(catalogue: &Catalogue, certificate: &[u8]) -> Vec<Certificate> {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let provider = catalogue.recognise(&certificate);
    provider
        .map(|provider| catalogue.trust_of(provider).intermediates)
        .unwrap_or_default()
}

/// The code that pages know for what a token did not do.
pub fn code_of(error: &TokenError) -> ErrorCode {
    match error {
        TokenError::PinWrong { .. } => ErrorCode::PinWrong,
        TokenError::PinLocked => ErrorCode::PinLocked,
        TokenError::LastTry => ErrorCode::LastTry,
        TokenError::PinInvalid => ErrorCode::PinLength,
        TokenError::LibraryMissing { .. }
        | TokenError::PathNotAbsolute(_)
        | TokenError::WorkerMissing(_) => ErrorCode::DriverMissing,
        TokenError::NoToken => ErrorCode::NoToken,
        TokenError::Removed => ErrorCode::TokenRemoved,
        TokenError::Busy => ErrorCode::TokenBusy,
        TokenError::Timeout { .. } | TokenError::WorkerDied { .. } => ErrorCode::TokenTimeout,
        TokenError::NoCertificate
        | TokenError::CertificateChanged
        | TokenError::CertificateOfAnotherKey => ErrorCode::NoCertificate,
        TokenError::NoApplication | TokenError::NoContainer | TokenError::NoKey => {
            ErrorCode::NoSigningCertificate
        }
        _ => ErrorCode::TokenFailed,
    }
}
