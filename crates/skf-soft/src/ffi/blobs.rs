//! Structures in the caller's memory, read and written wherever they are aligned.

use std::mem::size_of;

use skf_abi::{
    EccCipherBlobHead, EccPrivateKeyBlob, EccPublicKeyBlob, EccSignatureBlob, EnvelopedKeyBlobHead,
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::keys::sm2::{Cipher, MAX_PLAIN, Point, Private, RawSignature};
use crate::pairs::Envelope;
use crate::sar::Sar;

/// Reads a structure.
pub unsafe fn read<T: Copy>(blob: *const T) -> Result<T, Sar> {
    if blob.is_null() {
        return Err(Sar::PARAMETER);
    }
    // SAFETY: readable by the caller's contract.
    Ok(unsafe { blob.read_unaligned() })
}

/// The 32 octets that count of a right-aligned field; those before them are zeros.
fn low(field: &[u8; 64]) -> Result<[u8; 32], Sar> {
    let (high, low) = field.split_at(32);
    if high.iter().any(|&octet| octet != 0) {
        return Err(Sar::DATA);
    }
    low.try_into().map_err(|_| Sar::FAIL)
}

fn joined(x: &[u8; 64], y: &[u8; 64]) -> Result<Point, Sar> {
    let mut point = [0; 64];
    point[..32].copy_from_slice(&low(x)?);
    point[32..].copy_from_slice(&low(y)?);
    Ok(point)
}

fn to_point(blob: &EccPublicKeyBlob) -> Result<Point, Sar> {
    if blob.bit_len != 256 {
        return Err(Sar::PARAMETER);
    }
    joined(&{ blob.x }, &{ blob.y })
}

/// A public key of SM2.
pub unsafe fn point(blob: *const EccPublicKeyBlob) -> Result<Point, Sar> {
    // SAFETY: passed on.
    to_point(&unsafe { read(blob) }?)
}

/// A private key of SM2.
pub unsafe fn private(blob: *const EccPrivateKeyBlob) -> Result<Private, Sar> {
    // SAFETY: passed on.
    let mut blob = unsafe { read(blob) }?;
    let bits = blob.bit_len;
    let key = low(&blob.private_key).map(Zeroizing::new);
    blob.private_key.zeroize();
    if bits == 256 {
        key
    } else {
        Err(Sar::PARAMETER)
    }
}

/// r and s of a signature; `None` when one is longer than 32 octets, which is no signature.
pub unsafe fn signature(blob: *const EccSignatureBlob) -> Result<Option<RawSignature>, Sar> {
    // SAFETY: passed on.
    let blob = unsafe { read(blob) }?;
    Ok(low(&{ blob.r }).ok().zip(low(&{ blob.s }).ok()))
}

/// A ciphertext: the head, and the octets behind it. `room`: how many octets the whole has, where that is told.
pub unsafe fn cipher(blob: *const EccCipherBlobHead, room: Option<usize>) -> Result<Cipher, Sar> {
    if room.is_some_and(|room| room < size_of::<EccCipherBlobHead>()) {
        return Err(Sar::DATA_LENGTH);
    }
    // SAFETY: passed on.
    let head = unsafe { read(blob) }?;
    let length = head.cipher_len as usize;
    let rest = room.map_or(MAX_PLAIN, |room| room - size_of::<EccCipherBlobHead>());
    if length > rest.min(MAX_PLAIN) {
        return Err(Sar::DATA_LENGTH);
    }
    // SAFETY: `cipher_len` octets follow the head by the caller's contract.
    let octets = unsafe { std::slice::from_raw_parts(blob.add(1).cast::<u8>(), length) };
    Ok(Cipher {
        point: joined(&{ head.x }, &{ head.y })?,
        hash: head.hash,
        octets: octets.to_vec(),
    })
}

/// Writes a ciphertext; the caller has made room for its octets behind the head.
pub unsafe fn put_cipher(blob: *mut EccCipherBlobHead, cipher: &Cipher) -> Result<(), Sar> {
    if blob.is_null() {
        return Err(Sar::PARAMETER);
    }
    let mut head = EccCipherBlobHead {
        x: [0; 64],
        y: [0; 64],
        hash: cipher.hash,
        cipher_len: u32::try_from(cipher.octets.len()).map_err(|_| Sar::FAIL)?,
    };
    head.x[32..].copy_from_slice(&cipher.point[..32]);
    head.y[32..].copy_from_slice(&cipher.point[32..]);
    // SAFETY: room for the head and for the octets behind it by the caller's contract.
    unsafe {
        blob.write_unaligned(head);
        let place = blob.add(1).cast::<u8>();
        std::ptr::copy_nonoverlapping(cipher.octets.as_ptr(), place, cipher.octets.len());
    }
    Ok(())
}

/// An encryption pair in its envelope.
pub unsafe fn envelope(blob: *const EnvelopedKeyBlobHead) -> Result<Envelope, Sar> {
    // SAFETY: passed on.
    let head = unsafe { read(blob) }?;
    if head.version != 1 || head.bits != 256 {
        return Err(Sar::PARAMETER);
    }
    let offset = size_of::<EnvelopedKeyBlobHead>() - size_of::<EccCipherBlobHead>();
    // SAFETY: the ciphertext is the envelope's last field; its octets follow it by the caller's contract.
    let wrapped_key = unsafe { cipher(blob.byte_add(offset).cast(), None) }?;
    Ok(Envelope {
        algorithm: head.symm_alg_id,
        encrypted_private_key: head.encrypted_private_key,
        public: to_point(&{ head.public_key })?,
        wrapped_key,
    })
}
