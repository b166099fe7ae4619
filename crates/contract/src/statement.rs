//! The statement: 156 bytes that a token's signing key signs to log in, bind, unbind, renew or receive.
//! Byte by byte in `docs/protocol-login.md`.
//!
//! It begins like no X.509, CMS, SES or TLS input and is no bare digest, so one key can serve login
//! and seals: a signature made for one is never a signature for the other.

use crate::{MAX_INTENT_BYTES, Nonce, Purpose, SignedStatement, StatementError};
use pki::{Certificate, HashAlgorithm, KeyFamily, SignatureAlgorithm, hash};

/// First 24 bytes of every statement: 23 ASCII letters and hyphens, and a zero byte.
pub const PREFIX: &[u8; 24] = b"yinxin-signed-statement\0";
/// Version of the layout; compared exactly.
pub const VERSION: u8 = 1;
/// Length of a statement in bytes.
pub const LENGTH: usize = 156;
/// The statement, taken apart. Built from the values themselves by [`Statement::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    hash: StatementHash,
    purpose: Purpose,
    origin: [u8; 32],
    nonce: [u8; 32],
    intent: [u8; 32],
    certificate: [u8; 32],
}

/// The two hashes of a statement; both give 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StatementHash {
    Sm3,
    Sha256,
}

impl StatementHash {
    fn byte(self) -> u8 {
        match self {
            StatementHash::Sm3 => 1,
            StatementHash::Sha256 => 2,
        }
    }

    fn algorithm(self) -> HashAlgorithm {
        match self {
            StatementHash::Sm3 => HashAlgorithm::Sm3,
            StatementHash::Sha256 => HashAlgorithm::Sha256,
        }
    }

    fn digest(self, bytes: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(&hash(self.algorithm(), bytes));
        out
    }
}

/// The algorithm with which a key of this family signs a statement; `None` for families that don't.
pub fn signature_algorithm(family: KeyFamily) -> Option<SignatureAlgorithm> {
    match family {
        KeyFamily::Sm2 => Some(SignatureAlgorithm::Sm2WithSm3),
        KeyFamily::Rsa => Some(SignatureAlgorithm::RsaPkcs1Sha256),
        KeyFamily::P256 => Some(SignatureAlgorithm::EcdsaP256Sha256),
        KeyFamily::P384 => None,
    }
}

impl Statement {
    /// Builds the statement for a certificate.
    ///
    /// `origin` is the ASCII serialisation that the browser gave (`https://example.cn`, no slash at
    /// the end), `intent` the server's exact bytes, `certificate_der` the signer's certificate.
    /// The hash follows the key: SM3 for SM2, SHA-256 for RSA and P-256.
    pub fn new(
        family: KeyFamily,
        purpose: Purpose,
        origin: &str,
        nonce: &Nonce,
        intent: &[u8],
        certificate_der: &[u8],
    ) -> Result<Statement, StatementError> {
        let hash = match family {
            KeyFamily::Sm2 => StatementHash::Sm3,
            KeyFamily::Rsa | KeyFamily::P256 => StatementHash::Sha256,
            KeyFamily::P384 => return Err(StatementError::KeyFamily),
        };
        if intent.len() > MAX_INTENT_BYTES {
            return Err(StatementError::IntentTooLarge);
        }
        Ok(Statement {
            hash,
            purpose,
            origin: hash.digest(origin.as_bytes()),
            nonce: hash.digest(&nonce.0),
            intent: hash.digest(intent),
            certificate: hash.digest(certificate_der),
        })
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The hash of its four digests.
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash.algorithm()
    }

    /// The bytes that are signed.
    pub fn encode(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..24].copy_from_slice(PREFIX);
        bytes[24] = VERSION;
        bytes[25] = self.hash.byte();
        bytes[26] = self.purpose.byte();
        bytes[28..60].copy_from_slice(&self.origin);
        bytes[60..92].copy_from_slice(&self.nonce);
        bytes[92..124].copy_from_slice(&self.intent);
        bytes[124..156].copy_from_slice(&self.certificate);
        bytes
    }

    /// Reads a statement. Versions and every fixed byte are compared exactly.
    pub fn decode(bytes: &[u8]) -> Result<Statement, StatementError> {
        let bytes: &[u8; LENGTH] = bytes
            .try_into()
            .map_err(|_| StatementError::Length(bytes.len()))?;
        if &bytes[..24] != PREFIX {
            return Err(StatementError::Prefix);
        }
        if bytes[24] != VERSION {
            return Err(StatementError::Version(bytes[24]));
        }
        let hash = match bytes[25] {
            1 => StatementHash::Sm3,
            2 => StatementHash::Sha256,
            other => return Err(StatementError::Hash(other)),
        };
        let purpose = Purpose::from_byte(bytes[26]).ok_or(StatementError::Purpose(bytes[26]))?;
        if bytes[27] != 0 {
            return Err(StatementError::Reserved);
        }
        let field = |at: usize| {
            let mut out = [0; 32];
            out.copy_from_slice(&bytes[at..at + 32]);
            out
        };
        Ok(Statement {
            hash,
            purpose,
            origin: field(28),
            nonce: field(60),
            intent: field(92),
            certificate: field(124),
        })
    }
}

impl SignedStatement {
    /// The server's first two checks: shape, then the signature over the statement that the server
    /// rebuilds from its own origin, its own nonce and its own intent.
    ///
    /// What it returns is a certificate whose key signed just now; whose it is, and whether it may,
    /// are the checks that follow (key usage, product, validity, path, revocation, identity, binding).
    pub fn verify(
        &self,
        purpose: Purpose,
        origin: &str,
        nonce: &Nonce,
        intent: &[u8],
    ) -> Result<Certificate, StatementError> {
        self.check_shape()?;
        let certificate = Certificate::from_der(&self.certificate.0)
            .map_err(|error| StatementError::Certificate(error.to_string()))?;
        let key = certificate.public_key();
        let algorithm = signature_algorithm(key.family()).ok_or(StatementError::KeyFamily)?;
        let statement = Statement::new(
            key.family(),
            purpose,
            origin,
            nonce,
            intent,
            &self.certificate.0,
        )?;
        key.verify(algorithm, &statement.encode(), &self.signature.0)
            .map_err(|_| StatementError::Signature)?;
        Ok(certificate)
    }
}
