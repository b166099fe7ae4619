//! An open container: its keys and certificates.
#![allow(unsafe_code)]

use skf_abi::codes::{CONTAINER_ECC, CONTAINER_EMPTY, CONTAINER_RSA};
use skf_abi::{FALSE, Handle, TRUE};

use super::call::{Number, sized};
use super::library::Library;
use crate::TokenError;

/// Longest certificate that is read, in octets.
const MAX_CERTIFICATE: usize = 64 << 10;

/// Which pair of a container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// The signing pair.
    Sign,
    /// The encryption pair.
    Encrypt,
}

impl Usage {
    fn flag(self) -> skf_abi::BoolArgument {
        if self == Usage::Sign { TRUE } else { FALSE }
    }
}

/// An open container.
pub struct Container<'d> {
    pub(super) library: &'d Library,
    pub(super) handle: Handle,
}

impl Container<'_> {
    /// The kind number: `CONTAINER_EMPTY`, `_RSA` or `_ECC`.
    pub fn kind(&self) -> Result<u32, TokenError> {
        let symbol = &self.library.get_container_type;
        let get = symbol.needed()?;
        let mut kind = Number::default();
        // SAFETY: the number has eight octets.
        symbol.check(unsafe { get(self.handle, kind.pointer()) })?;
        match kind.value() {
            known @ (CONTAINER_EMPTY | CONTAINER_RSA | CONTAINER_ECC) => Ok(known),
            _ => Err(TokenError::Garbage(symbol.name.to_owned())),
        }
    }

    /// A certificate, DER; `None` where there is none.
    pub fn certificate(&self, usage: Usage) -> Result<Option<Vec<u8>>, TokenError> {
        let symbol = &self.library.export_certificate;
        let export = symbol.needed()?;
        let read = sized(symbol.name, MAX_CERTIFICATE, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { export(self.handle, usage.flag(), buffer, size) })
        });
        match read {
            Ok(der) if der.is_empty() => Ok(None),
            Ok(der) => Ok(Some(der)),
            Err(error @ (TokenError::Removed | TokenError::Garbage(_))) => Err(error),
            // Codes for "there is none" differ by vendor.
            Err(_) => Ok(None),
        }
    }

    /// Writes a certificate.
    pub fn import_certificate(&self, usage: Usage, der: &[u8]) -> Result<(), TokenError> {
        let symbol = &self.library.import_certificate;
        let import = symbol.needed()?;
        let length = u32::try_from(der.len())
            .map_err(|_| TokenError::Message("the certificate is too long".to_owned()))?;
        // SAFETY: `der` has `length` octets.
        symbol.check(unsafe { import(self.handle, usage.flag(), der.as_ptr(), length) })
    }

    /// The public key's blob.
    pub fn public_key_blob(&self, usage: Usage) -> Result<Vec<u8>, TokenError> {
        let symbol = &self.library.export_public_key;
        let export = symbol.needed()?;
        sized(symbol.name, 4096, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { export(self.handle, usage.flag(), buffer, size) })
        })
    }

    /// An RSA signature over what the quirk of the library names.
    pub fn rsa_sign(&self, input: &[u8]) -> Result<Vec<u8>, TokenError> {
        let symbol = &self.library.rsa_sign_data;
        let sign = symbol.needed()?;
        let mut signature = vec![0_u8; 1024];
        let mut size = Number::new(1024);
        let length = u32::try_from(input.len())
            .map_err(|_| TokenError::Message("the digest is too long".to_owned()))?;
        // SAFETY: input of `length` octets, room for 1024.
        symbol.check(unsafe {
            sign(
                self.handle,
                input.as_ptr(),
                length,
                signature.as_mut_ptr(),
                size.pointer(),
            )
        })?;
        let filled = size.value() as usize;
        if filled == 0 || filled > signature.len() {
            return Err(TokenError::Garbage(symbol.name.to_owned()));
        }
        signature.truncate(filled);
        Ok(signature)
    }

    /// An SM2 signature over e: r ‖ s, 64 octets.
    pub fn sm2_sign(&self, e: &[u8]) -> Result<Vec<u8>, TokenError> {
        let symbol = &self.library.ecc_sign_data;
        let sign = symbol.needed()?;
        let mut blob = skf_abi::EccSignatureBlob {
            r: [0; 64],
            s: [0; 64],
        };
        // SAFETY: e has 32 octets (the caller's type says so), the blob's place is ours.
        symbol.check(unsafe { sign(self.handle, e.as_ptr(), 32, &raw mut blob) })?;
        // Right-aligned by the standard; a value in the left half is another curve or a broken library.
        if blob.r[..32]
            .iter()
            .chain(&blob.s[..32])
            .any(|&octet| octet != 0)
        {
            return Err(TokenError::Garbage(symbol.name.to_owned()));
        }
        Ok([&blob.r[32..], &blob.s[32..]].concat())
    }

    /// Makes an SM2 pair.
    pub fn generate_sm2(&self) -> Result<(), TokenError> {
        let symbol = &self.library.gen_ecc_key_pair;
        let generate = symbol.needed()?;
        let mut blob = skf_abi::EccPublicKeyBlob {
            bit_len: 0,
            x: [0; 64],
            y: [0; 64],
        };
        // SAFETY: the blob's place is ours.
        symbol.check(unsafe { generate(self.handle, skf_abi::codes::SGD_SM2_1, &raw mut blob) })
    }

    /// Makes an RSA pair of 2048 bits.
    pub fn generate_rsa(&self) -> Result<(), TokenError> {
        let symbol = &self.library.gen_rsa_key_pair;
        let generate = symbol.needed()?;
        // SAFETY: integers and arrays of octets; zero is a value.
        let mut blob: skf_abi::RsaPublicKeyBlob = unsafe { std::mem::zeroed() };
        // SAFETY: the blob's place is ours.
        symbol.check(unsafe { generate(self.handle, 2048, &raw mut blob) })
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if let Some(close) = self.library.close_container.wanted() {
            // SAFETY: opened once, closed once.
            unsafe { close(self.handle) };
        }
    }
}
