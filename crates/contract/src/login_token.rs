//! The login token: a certificate and its signature over a statement. Byte by byte in `docs/protocol-login.md`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Base64;

/// Largest certificate in a login token, DER bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// Largest signature in a login token, bytes (RSA-8192).
pub const MAX_SIGNATURE_BYTES: usize = 1024;
/// Largest login token as JSON text: both fields in base64 and the frame around them.
pub const MAX_TOKEN_BYTES: usize = 96 * 1024;

/// What a statement is for. A token signed for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Log in with a key that is bound.
    Login,
    /// Bind a key to an account.
    Bind,
    /// Release a binding.
    Unbind,
    /// Ask for a certificate's renewal.
    Renew,
    /// Confirm that a key was received.
    Receive,
}

impl Purpose {
    /// The byte at offset 26.
    pub const fn byte(self) -> u8 {
        match self {
            Purpose::Login => 1,
            Purpose::Bind => 2,
            Purpose::Unbind => 3,
            Purpose::Renew => 4,
            Purpose::Receive => 5,
        }
    }

    /// Reads the byte at offset 26.
    pub const fn from_byte(byte: u8) -> Option<Purpose> {
        match byte {
            1 => Some(Purpose::Login),
            2 => Some(Purpose::Bind),
            3 => Some(Purpose::Unbind),
            4 => Some(Purpose::Renew),
            5 => Some(Purpose::Receive),
            _ => None,
        }
    }
}

/// Why a statement or a login token was refused. Every refusal is final for that token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not 156 bytes.
    #[error("a statement has 156 bytes, not {0}")]
    Length(usize),
    /// Other first bytes than a statement has.
    #[error("does not begin as a statement")]
    Prefix,
    /// A version other than 1.
    #[error("statement version {0} is not known")]
    Version(u8),
    /// A hash byte other than 1 or 2.
    #[error("statement hash {0} is not known")]
    Hash(u8),
    /// A purpose byte that is not assigned.
    #[error("statement purpose {0} is not known")]
    Purpose(u8),
    /// The byte at offset 27 is not zero.
    #[error("the reserved byte is not zero")]
    Reserved,
    /// The key of the certificate signs no statements (P-384, RSA under 2048 bits …).
    #[error("keys of this kind do not sign statements")]
    KeyFamily,
    /// The intent is larger than 4 KiB.
    #[error("the intent is larger than 4 KiB")]
    IntentTooLarge,
    /// The login token is no JSON of the known form, or too large.
    #[error("not a login token: {0}")]
    Token(String),
    /// The certificate in the token cannot be parsed.
    #[error("the certificate in the login token cannot be read: {0}")]
    Certificate(String),
    /// The signature is not one of this certificate's key over this statement.
    #[error("the signature does not fit the statement")]
    Signature,
}

/// The login token: what an agent hands to a page and the page to its server.
///
/// Origin, nonce and intent do not travel in it: the server takes its own, so that a page can't choose them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// Version of the token, 1; compared exactly.
    pub version: u32,
    /// The signer's certificate, DER in base64.
    #[ts(as = "String")]
    pub certificate: Base64,
    /// The signature over the statement: SM2 and ECDSA in strict DER, RSA PKCS#1 v1.5; base64.
    #[ts(as = "String")]
    pub signature: Base64,
}

impl SignedStatement {
    /// Reads a login token from JSON, checking size, schema and version, in that order.
    pub fn from_json(text: &str) -> Result<SignedStatement, StatementError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(StatementError::Token("too large".into()));
        }
        let token: SignedStatement =
            serde_json::from_str(text).map_err(|error| StatementError::Token(error.to_string()))?;
        token.check_shape()?;
        Ok(token)
    }

    /// Size and version alone, for a token that was read as part of a larger JSON body.
    pub fn check_shape(&self) -> Result<(), StatementError> {
        if self.version != 1 {
            return Err(StatementError::Token(format!(
                "version {} is not known",
                self.version
            )));
        }
        if self.certificate.0.len() > MAX_CERTIFICATE_BYTES {
            return Err(StatementError::Token("the certificate is too large".into()));
        }
        if self.signature.0.len() > MAX_SIGNATURE_BYTES {
            return Err(StatementError::Token("the signature is too large".into()));
        }
        Ok(())
    }
}
