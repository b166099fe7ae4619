//! Whatever signs: a token, a key in software, a module elsewhere.

use crate::{Certificate, SignError, SignatureAlgorithm};

/// Something that holds a private key and signs whole messages with it.
pub trait Signer {
    /// The certificate of the key, where it has one yet.
    fn certificate(&self) -> Option<&Certificate>;

    /// The algorithm of the signatures.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs `message` (not a digest). EC signatures, SM2 among them, come as strict DER.
    ///
    /// # Errors
    /// [`SignError`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}
