//! PEM: certificates, and one key as PKCS#8 (RFC 5958), encrypted by PBES2 (RFC 8018) or not.

use pkcs5::der::Decode as _;
use pkcs5::pbes2::Kdf;
use pki::asn1::{Element, write};
use pki::{Certificate, SoftwareKey, pem_decode};
use zeroize::Zeroizing;

use super::contents::{Contents, MAX_CERTIFICATES, PemKey};
use crate::TokenError;

/// Most rounds of PBKDF2: a file must not cost minutes.
const MAX_ITERATIONS: u32 = 1_000_000;
/// Most memory of scrypt, in octets.
const MAX_SCRYPT: u64 = 256 << 20;

/// Reads the blocks. What is not a certificate or a key is passed over.
pub fn read(text: &str) -> Result<Contents, TokenError> {
    let failed = |error: pki::ParseError| TokenError::KeyFile(error.to_string());
    let certificates = Certificate::many_from_pem(text).map_err(failed)?;
    if certificates.len() > MAX_CERTIFICATES {
        return Err(TokenError::KeyFile(
            "it holds too many certificates".to_owned(),
        ));
    }
    let mut keys: Vec<PemKey> = Vec::new();
    for der in pem_decode("PRIVATE KEY", text).map_err(failed)? {
        keys.push(PemKey::Plain(Zeroizing::new(der)));
    }
    for der in pem_decode("ENCRYPTED PRIVATE KEY", text).map_err(failed)? {
        keys.push(PemKey::Encrypted(der));
    }
    let key = keys.pop();
    match key {
        Some(key) if keys.is_empty() => Ok(Contents::Pem { certificates, key }),
        Some(_) => Err(TokenError::Ambiguous("private keys".to_owned())),
        None if text.contains("PRIVATE KEY-----") => Err(TokenError::KeyFile(
            "its key is not PKCS#8; `openssl pkcs8 -topk8` makes it so".to_owned(),
        )),
        None => Err(TokenError::NoKey),
    }
}

/// The key in the clear.
pub fn unlock(key: &PemKey, passphrase: &str) -> Result<SoftwareKey, TokenError> {
    match key {
        PemKey::Plain(der) => SoftwareKey::from_pkcs8_der(der)
            .map_err(|_| TokenError::KeyFile("its key is of an unknown kind".to_owned())),
        PemKey::Encrypted(der) => {
            let plain = decrypt(der, passphrase)?;
            // CBC has no check of its own: one wrong passphrase in 256 "decrypts" into this.
            SoftwareKey::from_pkcs8_der(&plain).map_err(|_| TokenError::PinWrong { left: None })
        }
    }
}

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData OCTET STRING }`
fn decrypt(der: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    const WHAT: &str = "encrypted private key";
    let malformed = |error: pki::ParseError| TokenError::KeyFile(error.to_string());
    let mut fields = Element::parse(der, WHAT)
        .and_then(|outer| outer.sequence(WHAT))
        .map_err(malformed)?;
    let algorithm = fields.required().map_err(malformed)?;
    let octets = fields
        .required()
        .and_then(|field| field.octet_string(WHAT))
        .map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    let algorithm = write::sequence(&[algorithm.value()]);

    let unknown = || {
        TokenError::KeyFile("its encryption is not PBES2 with PBKDF2 or scrypt and AES".to_owned())
    };
    let scheme = pkcs5::EncryptionScheme::from_der(&algorithm).map_err(|_| unknown())?;
    let parameters = scheme.pbes2().ok_or_else(unknown)?;
    let affordable = match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= MAX_ITERATIONS,
        Kdf::Scrypt(scrypt) => {
            let memory = scrypt
                .cost_parameter
                .saturating_mul(u64::from(scrypt.block_size))
                .saturating_mul(128);
            memory <= MAX_SCRYPT && scrypt.parallelization <= 16
        }
        _ => return Err(unknown()),
    };
    if !affordable {
        return Err(TokenError::KeyFile(
            "its passphrase costs more to check than is spent here".to_owned(),
        ));
    }
    match scheme.decrypt(passphrase, octets) {
        Ok(plain) => Ok(Zeroizing::new(plain)),
        Err(pkcs5::Error::DecryptFailed) => Err(TokenError::PinWrong { left: None }),
        Err(_) => Err(unknown()),
    }
}
