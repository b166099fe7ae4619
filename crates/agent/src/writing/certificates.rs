//! What the server sent for a key, checked before a byte of it is written.

use contract::{EnvelopedKeyJson, ErrorCode, WriteCertificates};
use pki::{Certificate, PublicKey};
use token::{EnvelopeAlgorithm, EnvelopedKey, Sm2Ciphertext};

use super::WriteError;

/// Certificates that are for the key that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitting {
    /// The signing certificate, DER.
    pub signing: Vec<u8>,
    /// The encryption certificate, DER, and its pair.
    pub encryption: Option<(Vec<u8>, EnvelopedKey)>,
}

impl Fitting {
    /// Checks that the certificates are for `key`, that they are of one issuer who stands first in the chain,
    /// and that the encryption certificate is of the pair in the envelope.
    ///
    /// # Errors
    /// `certificate_mismatch`; nothing was written.
    pub fn of(sent: &WriteCertificates, key: &PublicKey) -> Result<Fitting, WriteError> {
        let signing = read(sent.signing.as_bytes())?;
        if signing.public_key().spki_der() != key.spki_der() {
            return Err(mismatch(&"the signing certificate is of another key"));
        }
        issued(sent, &signing)?;
        let encryption = match (&sent.encryption, &sent.envelope) {
            (Some(certificate), Some(envelope)) => {
                let certificate = read(certificate.as_bytes())?;
                issued(sent, &certificate)?;
                if certificate.public_key().spki_der() != pair_of(envelope)?.spki_der() {
                    return Err(mismatch(
                        &"the encryption certificate is not of the pair in the envelope",
                    ));
                }
                Some((certificate.der().to_vec(), enveloped(envelope)))
            }
            (None, None) => None,
            _ => return Err(mismatch(&"an encryption certificate without its envelope")),
        };
        Ok(Fitting {
            signing: signing.der().to_vec(),
            encryption,
        })
    }
}

fn read(der: &[u8]) -> Result<Certificate, WriteError> {
    Certificate::from_der(der).map_err(|error| mismatch(&error))
}

/// Where a chain came, its first is the issuer.
fn issued(sent: &WriteCertificates, certificate: &Certificate) -> Result<(), WriteError> {
    let Some(issuer) = sent.chain.first() else {
        return Ok(());
    };
    let issuer = read(issuer.as_bytes())?;
    certificate
        .verify_signature(issuer.public_key())
        .map_err(|error| mismatch(&error))
}

fn pair_of(envelope: &EnvelopedKeyJson) -> Result<PublicKey, WriteError> {
    let coordinate = |octets: &[u8]| <[u8; 32]>::try_from(octets).map_err(|error| mismatch(&error));
    let (x, y) = (
        coordinate(envelope.public_x.as_bytes())?,
        coordinate(envelope.public_y.as_bytes())?,
    );
    PublicKey::from_sm2_coordinates(&x, &y).map_err(|error| mismatch(&error))
}

fn enveloped(envelope: &EnvelopedKeyJson) -> EnvelopedKey {
    let inner = &envelope.symmetric_key;
    EnvelopedKey {
        algorithm: match envelope.algorithm {
            contract::EnvelopeCipher::Sm4Ecb => EnvelopeAlgorithm::Sm4,
        },
        encrypted_private_key: envelope.encrypted_private_key.0.clone(),
        public_x: envelope.public_x.0.clone(),
        public_y: envelope.public_y.0.clone(),
        symmetric_key: Sm2Ciphertext {
            x: inner.x.0.clone(),
            y: inner.y.0.clone(),
            hash: inner.hash.0.clone(),
            cipher: inner.cipher.0.clone(),
        },
    }
}

fn mismatch(why: &dyn std::fmt::Display) -> WriteError {
    WriteError::because(ErrorCode::CertificateMismatch, why)
}
