//! The encryption pair of an open container: `SKF_ImportECCKeyPair`, and what makers added to decrypt.
#![allow(unsafe_code)]

use catalogue::module::{Alignment, EccDecrypt, EccDecryptPrototype};
use skf_abi::codes::{SGD_SM1_ECB, SGD_SM4_ECB};
use skf_abi::functions as f;
use skf_abi::{BoolArgument, Byte, EccCipherBlobHead, EnvelopedKeyBlobHead, FALSE, Handle, Ulong};
use zeroize::Zeroizing;

use super::call::{Number, sized};
use super::container::Container;
use crate::enveloped::MAX_CIPHERTEXT;
use crate::{EnvelopeAlgorithm, EnvelopedKey, Sm2Ciphertext, TokenError};

/// `(HCONTAINER, BOOL bSignFlag, ECCCIPHERBLOB *, out, length)`.
type SignFlagBlob = unsafe extern "system" fn(
    Handle,
    BoolArgument,
    *const EccCipherBlobHead,
    *mut Byte,
    *mut Ulong,
) -> Ulong;
/// `(HCONTAINER, BYTE *, ULONG, out, length)`.
type Octets = unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Byte, *mut Ulong) -> Ulong;

/// The encryption key, to a function that asks which one by number.
const ENCRYPTION_KEY: u32 = 1;

/// A maker's function for SM2 decryption, with the prototype that its entry names.
pub enum Decryptor {
    Blob(f::EccDecrypt),
    SignFlagBlob(SignFlagBlob),
    KeyTypeBlob(f::PrvKeyDecrypt),
    Octets(Octets),
}

impl Decryptor {
    /// Finds the function of an entry. `None` where the library hasn't got it.
    pub fn find(library: &libloading::Library, entry: &EccDecrypt) -> Option<Decryptor> {
        let mut name = entry.symbol.clone().into_bytes();
        name.push(0);
        // SAFETY: the type is the one that the catalogue names for this symbol of this library. A wrong entry
        // breaks this process only. The pointer lives no longer than the library that it is stored with.
        unsafe {
            Some(match entry.prototype {
                EccDecryptPrototype::Blob => Decryptor::Blob(*library.get(name.as_slice()).ok()?),
                EccDecryptPrototype::SignFlagBlob => {
                    Decryptor::SignFlagBlob(*library.get(name.as_slice()).ok()?)
                }
                EccDecryptPrototype::KeyTypeBlob => {
                    Decryptor::KeyTypeBlob(*library.get(name.as_slice()).ok()?)
                }
                EccDecryptPrototype::Octets => {
                    Decryptor::Octets(*library.get(name.as_slice()).ok()?)
                }
            })
        }
    }

    /// # Safety
    /// `blob` is a whole `ECCCIPHERBLOB`; `out` is null or has `*length` octets.
    unsafe fn call(
        &self,
        container: Handle,
        blob: &[u8],
        out: *mut Byte,
        length: *mut Ulong,
    ) -> Ulong {
        let head: *const EccCipherBlobHead = blob.as_ptr().cast();
        // SAFETY: the caller's, passed on; `head` points at as many octets as the blob says of itself.
        unsafe {
            match self {
                Decryptor::Blob(decrypt) => decrypt(container, head, out, length),
                Decryptor::SignFlagBlob(decrypt) => decrypt(container, FALSE, head, out, length),
                Decryptor::KeyTypeBlob(decrypt) => {
                    decrypt(container, ENCRYPTION_KEY, head, out, length)
                }
                Decryptor::Octets(decrypt) => {
                    // Fits: a blob is a few kilobytes.
                    decrypt(container, blob.as_ptr(), blob.len() as u32, out, length)
                }
            }
        }
    }
}

impl Container<'_> {
    /// Brings in the encryption pair.
    pub fn import_encryption_pair(&self, envelope: &EnvelopedKey) -> Result<(), TokenError> {
        let symbol = &self.library.import_ecc_key_pair;
        let import = symbol.needed()?;
        let alignment = self
            .library
            .quirks
            .enveloped_key_alignment
            .ok_or_else(|| TokenError::QuirkUnknown(symbol.name.to_owned()))?;
        let blob = envelope_blob(envelope, alignment);
        let head: *const EnvelopedKeyBlobHead = blob.as_ptr().cast();
        // SAFETY: the structure is packed, so that octets suffice for its alignment; the blob holds all of it
        // and the ciphertext behind it.
        symbol.check(unsafe { import(self.handle, head) })
    }

    /// Decrypts with the encryption key.
    pub fn decrypt(&self, ciphertext: &Sm2Ciphertext) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let entry = self.library.quirks.ecc_decrypt.as_ref();
        let entry = entry.ok_or_else(|| TokenError::QuirkUnknown("SM2 decryption".to_owned()))?;
        let missing = || TokenError::SymbolMissing(entry.symbol.clone());
        let decryptor = self.library.decryptor.as_ref().ok_or_else(missing)?;
        let blob = cipher_blob(ciphertext);
        let check = |code| match code {
            0 => Ok(()),
            skf_abi::codes::SAR_NOTSUPPORTYETERR => Err(missing()),
            code => match TokenError::from_code(&entry.symbol, code) {
                // Whatever is wrong with a ciphertext is one error, so that nobody learns from the difference.
                TokenError::Sar { .. } => Err(TokenError::Decryption),
                known => Err(known),
            },
        };
        // C2 is as long as what it hides: no need to ask for the size, which some libraries decrypt for.
        let mut plain = Zeroizing::new(vec![0_u8; MAX_CIPHERTEXT + 64]);
        let mut size = Number::new(MAX_CIPHERTEXT as u32);
        // SAFETY: the blob is whole; the buffer has more than `size` octets.
        check(unsafe { decryptor.call(self.handle, &blob, plain.as_mut_ptr(), size.pointer()) })?;
        if size.value() as usize != ciphertext.cipher.len() {
            return Err(TokenError::Garbage(entry.symbol.clone()));
        }
        plain.truncate(size.value() as usize);
        Ok(plain)
    }

    /// The public encryption key's blob; `None` where there is no encryption pair.
    pub fn encryption_key_blob(&self) -> Result<Option<Vec<u8>>, TokenError> {
        let symbol = &self.library.export_public_key;
        let export = symbol.needed()?;
        let read = sized(symbol.name, 4096, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { export(self.handle, FALSE, buffer, size) })
        });
        match read {
            Ok(blob) if blob.is_empty() => Ok(None),
            Ok(blob) => Ok(Some(blob)),
            Err(error @ (TokenError::Removed | TokenError::Garbage(_))) => Err(error),
            // Codes for "there is none" differ by vendor.
            Err(_) => Ok(None),
        }
    }
}

/// A value of 32 octets in a field of 64, at the end of it.
fn wide(octets: &[u8]) -> [u8; 64] {
    let mut field = [0; 64];
    field[64 - octets.len()..].copy_from_slice(octets);
    field
}

/// `ECCCIPHERBLOB`, clause 6.4.9: x, y, hash, length, ciphertext. The lengths were checked.
fn cipher_blob(ciphertext: &Sm2Ciphertext) -> Vec<u8> {
    let length = ciphertext.cipher.len() as u32;
    [
        &wide(&ciphertext.x)[..],
        &wide(&ciphertext.y),
        &ciphertext.hash,
        &length.to_ne_bytes(),
        &ciphertext.cipher,
    ]
    .concat()
}

/// `ENVELOPEDKEYBLOB`, clause 6.4.10: version, algorithm, bits, private key, public key, ciphertext.
fn envelope_blob(envelope: &EnvelopedKey, alignment: Alignment) -> Vec<u8> {
    let algorithm = match envelope.algorithm {
        EnvelopeAlgorithm::Sm4 => SGD_SM4_ECB,
        EnvelopeAlgorithm::Sm1 => SGD_SM1_ECB,
    };
    let mut private = [0; 64];
    match alignment {
        Alignment::Left => private[..32].copy_from_slice(&envelope.encrypted_private_key),
        Alignment::Right => private[32..].copy_from_slice(&envelope.encrypted_private_key),
    }
    [
        &1_u32.to_ne_bytes()[..],
        &algorithm.to_ne_bytes(),
        &256_u32.to_ne_bytes(),
        &private,
        &256_u32.to_ne_bytes(),
        &wide(&envelope.public_x),
        &wide(&envelope.public_y),
        &cipher_blob(&envelope.symmetric_key),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use super::*;

    fn envelope() -> EnvelopedKey {
        EnvelopedKey {
            algorithm: EnvelopeAlgorithm::Sm4,
            encrypted_private_key: vec![0xD0; 32],
            public_x: vec![0x11; 32],
            public_y: vec![0x22; 32],
            symmetric_key: Sm2Ciphertext {
                x: vec![0x33; 32],
                y: vec![0x44; 32],
                hash: vec![0x55; 32],
                cipher: vec![0x66; 16],
            },
        }
    }

    #[test]
    fn an_envelope_is_laid_out_as_the_structure_is() {
        type Head = EnvelopedKeyBlobHead;
        let blob = envelope_blob(&envelope(), Alignment::Right);
        assert_eq!(blob.len(), size_of::<Head>() + 16);
        let at = |offset: usize, length: usize| &blob[offset..offset + length];
        let algorithm = at(offset_of!(Head, symm_alg_id), 4);
        assert_eq!(algorithm, SGD_SM4_ECB.to_ne_bytes());
        let public = offset_of!(Head, public_key);
        assert_eq!(at(public, 4), 256_u32.to_ne_bytes());
        assert_eq!(at(public + 4 + 32, 32), [0x11; 32]);
        assert_eq!(at(public + 4 + 64, 32), [0; 32]);
        let cipher = offset_of!(Head, cipher);
        let length = cipher + offset_of!(EccCipherBlobHead, cipher_len);
        assert_eq!(at(length, 4), 16_u32.to_ne_bytes());
        assert_eq!(at(length + 4, 16), [0x66; 16]);
        assert_eq!(at(length - 32, 32), [0x55; 32]);
    }

    #[test]
    fn the_private_key_stands_where_the_quirk_says() {
        let field = offset_of!(EnvelopedKeyBlobHead, encrypted_private_key);
        for (alignment, before, behind) in [(Alignment::Left, 0xD0, 0), (Alignment::Right, 0, 0xD0)]
        {
            let blob = envelope_blob(&envelope(), alignment);
            assert_eq!(blob[field..field + 32], [before; 32]);
            assert_eq!(blob[field + 32..field + 64], [behind; 32]);
        }
    }
}
