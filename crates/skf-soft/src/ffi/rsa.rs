//! Clauses 7.6.3 to 7.6.10: RSA.

use std::sync::Arc;

use skf_abi::{Byte, Handle, RsaPrivateKeyBlob, RsaPublicKeyBlob, Ulong, codes};

use super::{blobs, fill, guard, input, put, put_handle};
use crate::handles::{self, Object};
use crate::keys::rsa::{self, MODULUS, PublicKey};
use crate::pairs::PublicKeyBlob;
use crate::sar::Sar;
use crate::session::SessionKey;

/// Longest `RSAPrivateKey` of 2048 bits in DER with what fills its last block, in octets: about 1200 are needed.
const MAX_PRIVATE_KEY: usize = 2048;

/// `SKF_GenExtRSAKey`: 2048 bits only.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenExtRSAKey(
    device: Handle,
    bits: Ulong,
    blob: *mut RsaPrivateKeyBlob,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        if bits != 2048 {
            return Err(Sar(codes::SAR_RSAMODULUSLENERR));
        }
        if blob.is_null() {
            return Err(Sar::PARAMETER);
        }
        let made = rsa::generate_external()?;
        // SAFETY: the module's contract; the structure is packed, so it stands anywhere. No copy is left behind.
        unsafe { std::ptr::copy_nonoverlapping(&raw const made.0, blob, 1) };
        Ok(())
    })
}

/// `SKF_GenRSAKeyPair`: 2048 bits only.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenRSAKeyPair(
    container: Handle,
    bits: Ulong,
    blob: *mut RsaPublicKeyBlob,
) -> Ulong {
    guard(|| {
        if bits != 2048 {
            return Err(Sar(codes::SAR_RSAMODULUSLENERR));
        }
        if blob.is_null() {
            return Err(Sar::PARAMETER);
        }
        match handles::container(container)?.generate(rsa::generate)? {
            // SAFETY: the module's contract.
            PublicKeyBlob::Rsa(made) => unsafe { put(blob, made) },
            PublicKeyBlob::Ecc(_) => Err(Sar::FAIL),
        }
    })
}

/// `SKF_ImportRSAKeyPair`: the encryption pair, under a key that is under the signing key.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ImportRSAKeyPair(
    container: Handle,
    algorithm: Ulong,
    wrapped_key: *const Byte,
    wrapped_length: Ulong,
    encrypted: *const Byte,
    encrypted_length: Ulong,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            let wrapped = input(wrapped_key, wrapped_length, MODULUS)?;
            let encrypted = input(encrypted, encrypted_length, MAX_PRIVATE_KEY)?;
            container.import_rsa(algorithm, wrapped, encrypted)
        }
    })
}

/// `SKF_RSASignData` over a DER `DigestInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_RSASignData(
    container: Handle,
    data: *const Byte,
    length: Ulong,
    signature: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            if signature.is_null() {
                return fill(signature, size, &[0; MODULUS]);
            }
            let made = container.sign_rsa(input(data, length, 256)?)?;
            fill(signature, size, &made)
        }
    })
}

/// `SKF_RSAVerify`: PKCS#1 v1.5 over the same input as `SKF_RSASignData`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_RSAVerify(
    device: Handle,
    key: *const RsaPublicKeyBlob,
    data: *const Byte,
    length: Ulong,
    signature: *const Byte,
    signature_length: Ulong,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let key = PublicKey::from_blob(&blobs::read(key)?)?;
            let data = input(data, length, MODULUS)?;
            let signature = input(signature, signature_length, MODULUS)?;
            if key.verify(data, signature)? {
                Ok(())
            } else {
                Err(Sar::FAIL)
            }
        }
    })
}

/// `SKF_RSAExportSessionKey`: makes a session key and wraps it for the receiver, PKCS#1 v1.5.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_RSAExportSessionKey(
    container: Handle,
    algorithm: Ulong,
    receiver: *const RsaPublicKeyBlob,
    wrapped: *mut Byte,
    size: *mut Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            let receiver = PublicKey::from_blob(&blobs::read(receiver)?)?;
            if wrapped.is_null() {
                return fill(wrapped, size, &[0; MODULUS]);
            }
            put_handle(place, || {
                let (key, octets) = SessionKey::random(&container.application.device, algorithm)?;
                fill(wrapped, size, &receiver.encrypt(&octets[..])?)?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}

/// `SKF_ExtRSAPubKeyOperation`: x^e mod n, no padding.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtRSAPubKeyOperation(
    device: Handle,
    key: *const RsaPublicKeyBlob,
    x: *const Byte,
    length: Ulong,
    output: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let key = PublicKey::from_blob(&blobs::read(key)?)?;
            let made = key.operate(input(x, length, MODULUS)?)?;
            fill(output, size, &made)
        }
    })
}

/// `SKF_ExtRSAPriKeyOperation`: x^d mod n, no padding.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtRSAPriKeyOperation(
    device: Handle,
    key: *const RsaPrivateKeyBlob,
    x: *const Byte,
    length: Ulong,
    output: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let key = zeroize::Zeroizing::new(rsa::PrivateBlob(blobs::read(key)?));
            let made = rsa::operate_private(&key.0, input(x, length, MODULUS)?)?;
            fill(output, size, &made)
        }
    })
}
