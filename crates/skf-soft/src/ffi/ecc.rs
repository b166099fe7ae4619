//! Clauses 7.6.11 to 7.6.19 and 7.6.23: SM2; and what makers add to decrypt in the container.

use std::sync::Arc;

use skf_abi::{
    BoolArgument, Byte, EccCipherBlobHead, EccPrivateKeyBlob, EccPublicKeyBlob, EccSignatureBlob,
    EnvelopedKeyBlobHead, Handle, Ulong, codes,
};

use super::{blobs, fill, guard, input, put, put_handle, truth};
use crate::handles::{self, Object};
use crate::keys::sm2;
use crate::pairs::{self, PublicKeyBlob, Usage};
use crate::sar::Sar;
use crate::session::SessionKey;

/// `SKF_GenECCKeyPair`: the signing pair, SM2.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenECCKeyPair(
    container: Handle,
    algorithm: Ulong,
    blob: *mut EccPublicKeyBlob,
) -> Ulong {
    guard(|| {
        if algorithm != codes::SGD_SM2_1 {
            return Err(Sar(codes::SAR_NOTSUPPORTYETERR));
        }
        if blob.is_null() {
            return Err(Sar::PARAMETER);
        }
        match handles::container(container)?.generate(sm2::generate)? {
            // SAFETY: the module's contract.
            PublicKeyBlob::Ecc(made) => unsafe { put(blob, made) },
            PublicKeyBlob::Rsa(_) => Err(Sar::FAIL),
        }
    })
}

/// `SKF_ImportECCKeyPair`: the encryption pair, in its envelope.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ImportECCKeyPair(
    container: Handle,
    envelope: *const EnvelopedKeyBlobHead,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        container.import_sm2(&unsafe { blobs::envelope(envelope) }?)
    })
}

/// `SKF_ECCSignData` over the e of SM2.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ECCSignData(
    container: Handle,
    digest: *const Byte,
    length: Ulong,
    signature: *mut EccSignatureBlob,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        if signature.is_null() {
            return Err(Sar::PARAMETER);
        }
        let made = handles::container(container)?.sign_sm2(input(digest, length, 256)?)?;
        put(signature, made)
    })
}

/// `SKF_ECCVerify`: a signature over e.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ECCVerify(
    device: Handle,
    key: *const EccPublicKeyBlob,
    digest: *const Byte,
    length: Ulong,
    signature: *const EccSignatureBlob,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        let (key, signature, e) = unsafe {
            let key = blobs::point(key)?;
            let signature = blobs::signature(signature)?;
            (key, signature, input(digest, length, 256)?)
        };
        if e.len() != 32 {
            return Err(Sar::DATA_LENGTH);
        }
        match signature {
            Some((r, s)) if sm2::verify(&key, e, &r, &s)? => Ok(()),
            _ => Err(Sar::FAIL),
        }
    })
}

/// `SKF_ECCExportSessionKey`: makes a session key and wraps it for the receiver.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ECCExportSessionKey(
    container: Handle,
    algorithm: Ulong,
    receiver: *const EccPublicKeyBlob,
    wrapped: *mut EccCipherBlobHead,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            let receiver = blobs::point(receiver)?;
            put_handle(place, || {
                let (key, octets) = SessionKey::random(&container.application.device, algorithm)?;
                blobs::put_cipher(wrapped, &sm2::encrypt(&receiver, &octets[..])?)?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}

/// `SKF_ExtECCEncrypt`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtECCEncrypt(
    device: Handle,
    key: *const EccPublicKeyBlob,
    plain: *const Byte,
    length: Ulong,
    cipher: *mut EccCipherBlobHead,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let plain = input(plain, length, sm2::MAX_PLAIN)?;
            blobs::put_cipher(cipher, &sm2::encrypt(&blobs::point(key)?, plain)?)
        }
    })
}

/// `SKF_ExtECCDecrypt`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtECCDecrypt(
    device: Handle,
    key: *const EccPrivateKeyBlob,
    cipher: *const EccCipherBlobHead,
    plain: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let key = blobs::private(key)?;
            let made = sm2::decrypt(&key[..], &blobs::cipher(cipher, None)?)?;
            fill(plain, size, &made)
        }
    })
}

/// `SKF_ExtECCSign` over the e of SM2.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtECCSign(
    device: Handle,
    key: *const EccPrivateKeyBlob,
    digest: *const Byte,
    length: Ulong,
    signature: *mut EccSignatureBlob,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        // SAFETY: the module's contract.
        unsafe {
            let key = blobs::private(key)?;
            let e = input(digest, length, 256)?;
            if e.len() != 32 {
                return Err(Sar::DATA_LENGTH);
            }
            put(signature, pairs::signature_blob(sm2::sign(&key[..], e)?))
        }
    })
}

/// `SKF_ExtECCVerify`: as [`SKF_ECCVerify`].
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExtECCVerify(
    device: Handle,
    key: *const EccPublicKeyBlob,
    digest: *const Byte,
    length: Ulong,
    signature: *const EccSignatureBlob,
) -> Ulong {
    // SAFETY: passed on.
    unsafe { SKF_ECCVerify(device, key, digest, length, signature) }
}

/// `SKF_ExportPublicKey`: `ECCPUBLICKEYBLOB` (132 octets) or `RSAPUBLICKEYBLOB` (268).
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExportPublicKey(
    container: Handle,
    signing: BoolArgument,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let usage = if truth(signing) {
            Usage::Sign
        } else {
            Usage::Encrypt
        };
        let octets = match handles::container(container)?.public_key(usage)? {
            PublicKeyBlob::Ecc(blob) => {
                [&{ blob.bit_len }.to_ne_bytes()[..], &blob.x, &blob.y].concat()
            }
            PublicKeyBlob::Rsa(blob) => [
                &{ blob.alg_id }.to_ne_bytes()[..],
                &{ blob.bit_len }.to_ne_bytes(),
                &blob.modulus,
                &blob.public_exponent,
            ]
            .concat(),
        };
        // SAFETY: the module's contract.
        unsafe { fill(place, size, &octets) }
    })
}

/// `SKF_ECCDecrypt`, a maker's addition: decrypts with the encryption key.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ECCDecrypt(
    container: Handle,
    cipher: *const EccCipherBlobHead,
    plain: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            let made = container.decrypt_sm2(&blobs::cipher(cipher, None)?)?;
            fill(plain, size, &made)
        }
    })
}

/// `SKF_PrvKeyDecrypt`, another maker's: the caller names the key, 1 for encryption. 2 is the signing key, which
/// signs and nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_PrvKeyDecrypt(
    container: Handle,
    which_key: Ulong,
    cipher: *const EccCipherBlobHead,
    plain: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    match which_key {
        // SAFETY: passed on.
        1 => unsafe { SKF_ECCDecrypt(container, cipher, plain, size) },
        2 => guard(|| handles::container(container).and(Err(Sar(codes::SAR_KEYUSAGEERR)))),
        _ => guard(|| handles::container(container).and(Err(Sar::PARAMETER))),
    }
}
