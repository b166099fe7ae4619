//! A key in a file, for services and tests: never hardware, and marked so everywhere.
//!
//! `.p12`/`.pfx` (PKCS#12, RFC 7292) and PEM (certificates and one PKCS#8 key, RFC 7468, encrypted by PBES2 or
//! not); RSA, P-256 and SM2. The passphrase is the PIN. The file is read for each request and never written;
//! the private key is in memory only while it signs.
//!
//! Nothing is picked by chance: the certificate is the one of the key, by its public key. Where a passphrase
//! hides the key, one certificate that is no authority's must be in sight; where it hides the certificate too
//! (most `.p12` files), nothing is listed but the file until a PIN was checked once.

mod contents;
mod pem;
mod pkcs12;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use pki::{Certificate, HashAlgorithm, KeyFamily, PublicKey, SoftwareKey};
use zeroize::Zeroizing;

use crate::pkcs11::raw_public_key;
use crate::wire::{Place, RawPublicKey, Reply, Request, SignInput};
use crate::worker::Driver;
use crate::{
    ApplicationInfo, ContainerInfo, KeyKind, LibraryKind, PinEntry, PinLength, TokenError,
    TokenInfo,
};
use contents::{Contents, Opened};

/// Longest file that is read, in octets.
const MAX_FILE: u64 = 1 << 20;
/// The one application and the one container of a file.
const APPLICATION: &str = "file";
const CONTAINER: &str = "key";

/// A key file.
pub struct KeyFile {
    path: PathBuf,
    /// What a right passphrase showed of the public part, with the SHA-256 of the file that it was for.
    shown: Option<([u8; 32], Option<Certificate>, PublicKey)>,
}

impl KeyFile {
    /// Takes the file at `path`; it must be there and be of a form that is known.
    ///
    /// # Errors
    /// [`TokenError::KeyFile`], [`TokenError::PathNotAbsolute`].
    pub fn open(path: &Path) -> Result<KeyFile, TokenError> {
        if !path.is_absolute() {
            return Err(TokenError::PathNotAbsolute(path.display().to_string()));
        }
        let file = KeyFile {
            path: path.to_owned(),
            shown: None,
        };
        file.read()?;
        Ok(file)
    }

    fn read(&self) -> Result<(Contents, [u8; 32]), TokenError> {
        let failed = |error: std::io::Error| TokenError::KeyFile(error.to_string());
        let file = std::fs::File::open(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TokenError::NoToken,
            _ => failed(error),
        })?;
        // Wiped: an unencrypted PEM is the private key.
        let mut octets = Zeroizing::new(Vec::with_capacity(64 << 10));
        file.take(MAX_FILE + 1)
            .read_to_end(&mut octets)
            .map_err(failed)?;
        if octets.len() as u64 > MAX_FILE {
            return Err(TokenError::KeyFile("it is longer than 1 MiB".to_owned()));
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(&pki::hash(HashAlgorithm::Sha256, &octets));
        Ok((Contents::of(&octets)?, digest))
    }

    /// The key, with what belongs to it.
    fn unlock(&mut self, passphrase: &[u8]) -> Result<Opened, TokenError> {
        let (contents, digest) = self.read()?;
        let passphrase = std::str::from_utf8(passphrase).map_err(|_| TokenError::PinInvalid)?;
        let opened = contents.unlock(passphrase)?;
        let public = opened.key.public_key().clone();
        self.shown = Some((digest, opened.certificate.clone(), public));
        Ok(opened)
    }

    /// The public part, as far as it shows without a passphrase, or was shown by one.
    fn public(&mut self) -> Result<Public, TokenError> {
        let (contents, digest) = self.read()?;
        if !contents.needs_passphrase() {
            self.unlock(&[])?;
        }
        let passphrase = contents.needs_passphrase();
        let (certificate, key) = match &self.shown {
            Some((of, certificate, key)) if *of == digest => {
                (certificate.clone(), Some(key.clone()))
            }
            _ => {
                let certificate = contents.certificate_in_sight()?;
                let key = certificate
                    .as_ref()
                    .map(|certificate| certificate.public_key().clone());
                (certificate, key)
            }
        };
        Ok(Public {
            certificate,
            key,
            passphrase,
            digest,
        })
    }

    fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    fn check_place(&self, place: &Place) -> Result<(), TokenError> {
        if place.device != self.name() {
            return Err(TokenError::NoToken);
        }
        if place.application != APPLICATION {
            return Err(TokenError::NoApplication);
        }
        if place.container != CONTAINER {
            return Err(TokenError::NoContainer);
        }
        Ok(())
    }

    fn enumerate(&mut self) -> Result<Vec<TokenInfo>, TokenError> {
        let mut token = TokenInfo {
            library: self.path.clone(),
            kind: LibraryKind::KeyFile,
            hardware: false,
            device: self.name(),
            label: self.name(),
            serial: String::new(),
            manufacturer: String::new(),
            applications: Vec::new(),
            containers: Vec::new(),
            trouble: None,
        };
        match self.public() {
            // Taken away: as a token that was pulled out.
            Err(TokenError::NoToken) => return Ok(Vec::new()),
            Err(trouble) => token.trouble = Some(trouble),
            Ok(public) => {
                token.serial = public.digest[..8]
                    .iter()
                    .map(|octet| format!("{octet:02x}"))
                    .collect();
                token.applications.push(ApplicationInfo {
                    name: APPLICATION.to_owned(),
                    user_pin: None,
                    admin_pin: None,
                    pin_entry: if public.passphrase {
                        PinEntry::Typed
                    } else {
                        PinEntry::None
                    },
                    pin_length: PinLength::ANY,
                });
                token.containers.push(ContainerInfo {
                    application: APPLICATION.to_owned(),
                    name: CONTAINER.to_owned(),
                    kind: public.key.as_ref().and_then(kind),
                    signing_certificate: public.certificate.map(|found| found.der().to_vec()),
                    encryption_certificate: None,
                });
            }
        }
        Ok(vec![token])
    }

    fn sign(&mut self, input: &SignInput, passphrase: &[u8]) -> Result<Reply, TokenError> {
        let opened = self.unlock(passphrase)?;
        let family = opened.key.public_key().family();
        let digest = match (input, family) {
            (SignInput::Sm2(e), KeyFamily::Sm2) => e,
            (SignInput::Rsa { digest, .. }, KeyFamily::Rsa) => digest,
            (SignInput::P256 { digest }, KeyFamily::P256) => digest,
            _ => return Err(TokenError::WrongAlgorithm(family.name().to_owned())),
        };
        let signature = signed(&opened.key, digest)?;
        let signature = match family {
            KeyFamily::Rsa => signature,
            _ => pki::ec_signature_to_raw(&signature, 32).map_err(|_| TokenError::BadSignature)?,
        };
        Ok(Reply::Signature(signature))
    }
}

struct Public {
    certificate: Option<Certificate>,
    key: Option<PublicKey>,
    passphrase: bool,
    digest: [u8; 32],
}

fn signed(key: &SoftwareKey, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
    key.danger_sign_digest(digest)
        .map_err(|error| TokenError::KeyFile(error.to_string()))
}

impl Driver for KeyFile {
    fn perform(
        &mut self,
        request: Request,
        secrets: &[Zeroizing<Vec<u8>>],
    ) -> Result<Reply, TokenError> {
        let garbage = || TokenError::Garbage("the request".to_owned());
        let secret = || {
            secrets
                .first()
                .map(|secret| &secret[..])
                .ok_or_else(garbage)
        };
        let never = |what: &str| Err(TokenError::NotSupported(what.to_owned()));
        match request {
            Request::Open { .. } => Err(garbage()),
            Request::Enumerate => self.enumerate().map(Reply::Tokens),
            Request::WaitForEvent => never("event"),
            Request::ReadKey(place) => {
                self.check_place(&place)?;
                let public = self.public()?;
                Ok(Reply::Key {
                    key: public.key.as_ref().and_then(raw).ok_or(TokenError::NoKey)?,
                    certificate: public.certificate.map(|found| found.der().to_vec()),
                })
            }
            Request::Sign { place, input, .. } => {
                self.check_place(&place)?;
                self.sign(&input, secret()?)
            }
            Request::CheckPin { device, kind, .. } => {
                if device != self.name() {
                    return Err(TokenError::NoToken);
                }
                if kind == crate::PinKind::Admin {
                    return never("administrator");
                }
                self.unlock(secret()?).map(|_opened| Reply::Done)
            }
            Request::PinTries { .. } => Ok(Reply::Tries(None)),
            Request::CreateApplication { .. } => never("application that can be made"),
            Request::GenerateKey { .. } => never("key that can be made"),
            Request::ImportCertificate { .. } => never("certificate that can be written"),
            Request::DeleteContainer { .. } => never("container that can be deleted"),
            Request::ChangePin { .. } => never("PIN that can be changed"),
            Request::UnblockPin { .. } => never("PIN that can be unblocked"),
            Request::SetLabel { .. } => never("label that can be changed"),
            Request::ListDevices => never("list of names"),
            Request::ImportEncryptionKey { .. } | Request::Decrypt { .. } => {
                never("encryption pair")
            }
            Request::ListFiles { .. }
            | Request::ReadFile { .. }
            | Request::WriteFile { .. }
            | Request::DeleteFile { .. } => never("file area"),
        }
    }
}

fn kind(key: &PublicKey) -> Option<KeyKind> {
    match key.family() {
        KeyFamily::Sm2 => Some(KeyKind::Sm2),
        KeyFamily::Rsa => Some(KeyKind::Rsa2048),
        KeyFamily::P256 => Some(KeyKind::P256),
        KeyFamily::P384 => None,
    }
}

fn raw(key: &PublicKey) -> Option<RawPublicKey> {
    raw_public_key(key)
}
