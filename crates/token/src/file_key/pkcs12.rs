//! PKCS#12 (RFC 7292): one key, and the certificates beside it.

use p12_keystore::{Pkcs12Archive, error::Error};
use pki::{Certificate, SoftwareKey};

use super::contents::MAX_CERTIFICATES;
use crate::TokenError;

/// Opens the file: checks its MAC, decrypts, and takes the one key. `p12-keystore` limits what the key
/// derivations may cost.
pub fn unlock(
    octets: &[u8],
    passphrase: &str,
) -> Result<(SoftwareKey, Vec<Certificate>), TokenError> {
    let archive = Pkcs12Archive::from_pkcs12(octets, passphrase).map_err(|error| match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            TokenError::PinWrong { left: None }
        }
        other => TokenError::KeyFile(other.to_string()),
    })?;
    let [bag] = archive.keys.as_slice() else {
        return Err(if archive.keys.is_empty() {
            TokenError::NoKey
        } else {
            TokenError::Ambiguous("private keys".to_owned())
        });
    };
    if archive.certs.len() > MAX_CERTIFICATES {
        return Err(TokenError::KeyFile(
            "it holds too many certificates".to_owned(),
        ));
    }
    let key = SoftwareKey::from_pkcs8_der(bag.key.as_der())
        .map_err(|_| TokenError::KeyFile("its key is of an unknown kind".to_owned()))?;
    // A chain may hold an old root that is not read here; the key's own certificate is looked for only.
    let certificates = archive
        .certs
        .iter()
        .filter_map(|bag| Certificate::from_der(bag.cert.as_der()).ok())
        .collect();
    Ok((key, certificates))
}
