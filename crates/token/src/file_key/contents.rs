//! What a key file holds, before and after its passphrase.

use pki::{Certificate, SoftwareKey};
use zeroize::Zeroizing;

use super::{pem, pkcs12};
use crate::TokenError;

/// Most certificates that a file may hold.
pub const MAX_CERTIFICATES: usize = 64;

/// A file of a form that is known.
pub enum Contents {
    /// PEM: its certificates, and its key in one of two ways.
    Pem {
        certificates: Vec<Certificate>,
        key: PemKey,
    },
    /// PKCS#12, and whether it opens with the empty passphrase.
    Pkcs12 { octets: Zeroizing<Vec<u8>> },
}

/// The one key of a PEM file.
pub enum PemKey {
    /// PKCS#8 PrivateKeyInfo, DER.
    Plain(Zeroizing<Vec<u8>>),
    /// PKCS#8 EncryptedPrivateKeyInfo, DER.
    Encrypted(Vec<u8>),
}

/// A key with its certificate, where the file has one.
pub struct Opened {
    /// The key.
    pub key: SoftwareKey,
    /// The certificate of this very key.
    pub certificate: Option<Certificate>,
}

impl Contents {
    /// Reads a file: PEM by its first line that begins a block, else DER.
    pub fn of(octets: &[u8]) -> Result<Contents, TokenError> {
        match std::str::from_utf8(octets) {
            Ok(text) if text.contains("-----BEGIN ") => pem::read(text),
            _ if octets.first() == Some(&0x30) => Ok(Contents::Pkcs12 {
                octets: Zeroizing::new(octets.to_vec()),
            }),
            _ => Err(TokenError::KeyFile(
                "it is neither PKCS#12 nor PEM".to_owned(),
            )),
        }
    }

    /// Whether the private key is encrypted. A PKCS#12 file always counts as encrypted, also under an empty
    /// passphrase: to try one would cost what a person's patience is.
    pub fn needs_passphrase(&self) -> bool {
        !matches!(
            self,
            Contents::Pem {
                key: PemKey::Plain(_),
                ..
            }
        )
    }

    /// The certificate that can only be the key's, without opening the key: the one that is no authority's.
    pub fn certificate_in_sight(&self) -> Result<Option<Certificate>, TokenError> {
        let Contents::Pem { certificates, .. } = self else {
            return Ok(None);
        };
        let mut holders = certificates.iter().filter(|certificate| {
            certificate
                .basic_constraints()
                .is_none_or(|constraints| !constraints.ca)
        });
        match (holders.next(), holders.next()) {
            (found, None) => Ok(found.cloned()),
            _ => Err(several()),
        }
    }

    /// Opens the key. A wrong passphrase is [`TokenError::PinWrong`].
    pub fn unlock(&self, passphrase: &str) -> Result<Opened, TokenError> {
        let (key, certificates) = match self {
            Contents::Pem { certificates, key } => {
                (pem::unlock(key, passphrase)?, certificates.clone())
            }
            Contents::Pkcs12 { octets } => pkcs12::unlock(octets, passphrase)?,
        };
        if super::kind(key.public_key()).is_none() || key.public_key().bits() < 256 {
            return Err(TokenError::KeyFile(
                "its key is of a kind that signs nothing here".to_owned(),
            ));
        }
        let mut own = certificates
            .into_iter()
            .filter(|certificate| certificate.public_key() == key.public_key());
        match (own.next(), own.next()) {
            (certificate, None) => Ok(Opened { key, certificate }),
            _ => Err(several()),
        }
    }
}

fn several() -> TokenError {
    TokenError::Ambiguous("certificates that could be the key's".to_owned())
}
