//! The encryption pair of a container: brought in from the key management centre, and used to decrypt.
//!
//! The signing pair is made in the device and signs; the encryption pair comes from outside in an envelope
//! that only the signing key opens (GM/T 0034), and decrypts. Neither does the other's work.

use zeroize::Zeroizing;

use crate::service::{TokenService, place};
use crate::wire::{Reply, Request};
use crate::{EnvelopedKey, KeyRef, LastTry, Pin, Sm2Ciphertext, TokenError};

impl TokenService {
    /// Writes the encryption pair and its certificate (DER) into the container of the signing key for which
    /// the envelope was made, after checking that the certificate is of that pair.
    ///
    /// The same pair may be brought in again: after a crash between pair and certificate a second call ends
    /// what the first began. Another pair is never put over one that is there: what was encrypted to it
    /// would be lost.
    ///
    /// # Errors
    /// [`TokenError::CertificateOfAnotherKey`], [`TokenError::Exists`], [`TokenError::NoKey`] (the container
    /// has no signing key), [`TokenError::QuirkUnknown`] (it isn't known how this library takes an envelope),
    /// those of a PIN, and the general ones.
    pub async fn import_encryption_key(
        &self,
        key: &KeyRef,
        pin: &Pin,
        envelope: &EnvelopedKey,
        certificate: &[u8],
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let malformed = || TokenError::Message("the envelope is malformed".to_owned());
        if !envelope.is_well_formed() {
            return Err(malformed());
        }
        let coordinate = |octets: &[u8]| octets.try_into().map_err(|_| malformed());
        let public_key = pki::PublicKey::from_sm2_coordinates(
            &coordinate(&envelope.public_x)?,
            &coordinate(&envelope.public_y)?,
        )
        .map_err(|_| malformed())?;
        let certified = pki::Certificate::from_der(certificate)
            .map_err(|error| TokenError::Message(error.to_string()))?;
        if certified.public_key().spki_der() != public_key.spki_der() {
            return Err(TokenError::CertificateOfAnotherKey);
        }
        let request = Request::ImportEncryptionKey {
            place: place(key),
            envelope: envelope.clone(),
            certificate: certificate.to_vec(),
            last_try,
        };
        let (secrets, limit) = ([pin.octets()], self.limits().manage);
        let operation = "writing the encryption key";
        self.done(&key.library, operation, request, &secrets, limit)
            .await
    }

    /// Decrypts with the container's encryption key. The plaintext is wiped when dropped.
    ///
    /// # Errors
    /// [`TokenError::QuirkUnknown`] (GM/T 0016-2012 has no such function, and what this maker added is not
    /// known), [`TokenError::Decryption`], those of a PIN, and the general ones.
    pub async fn decrypt(
        &self,
        key: &KeyRef,
        pin: &Pin,
        ciphertext: &Sm2Ciphertext,
        last_try: LastTry,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        if !ciphertext.is_well_formed() {
            return Err(TokenError::Message(
                "the ciphertext is malformed".to_owned(),
            ));
        }
        let request = Request::Decrypt {
            place: place(key),
            ciphertext: ciphertext.clone(),
            last_try,
        };
        let (secrets, limit) = ([pin.octets()], self.limits().sign);
        match self
            .ask(&key.library, "decrypting", request, &secrets, limit)
            .await?
        {
            // C2 is as long as what it hides.
            Reply::Plaintext(plain) if plain.len() == ciphertext.cipher.len() => {
                Ok(Zeroizing::new(plain))
            }
            _ => Err(TokenError::Garbage("decrypting".to_owned())),
        }
    }
}
