//! Clause 7.6, what needs no container: random octets, hashes, SM4 blocks, verifying, closing.

use std::sync::{Arc, Mutex};

use sha2::Digest as _;
use skf_abi::{BlockCipherParam, Byte, EccPublicKeyBlob, EccSignatureBlob, Handle, Ulong, codes};
use zeroize::Zeroizing;

use super::{fill, guard, input, put_handle};
use crate::device::encrypt_block;
use crate::handles::{self, Hash, Object};
use crate::keys;
use crate::sar::Sar;

/// Longest input of one call, in octets.
const MAX_DATA: usize = 64 << 20;

/// `SKF_GenRandom`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenRandom(
    device: Handle,
    place: *mut Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        let device = handles::device(device)?;
        if place.is_null() || length == 0 || length > 1 << 20 {
            return Err(Sar::PARAMETER);
        }
        // SAFETY: `length` octets by the module's contract; octets have no invalid value.
        device.random(unsafe { std::slice::from_raw_parts_mut(place, length as usize) })
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
        if key.is_null() || signature.is_null() {
            return Err(Sar::PARAMETER);
        }
        // SAFETY: readable by the module's contract, wherever they are aligned.
        let (key, signature) = unsafe { (key.read_unaligned(), signature.read_unaligned()) };
        // SAFETY: the module's contract.
        let e = unsafe { input(digest, length, 256) }?;
        if e.len() != 32 {
            return Err(Sar::DATA_LENGTH);
        }
        let public = point(&key);
        let right = keys::verify_sm2(&public, e, &low(&signature.r), &low(&signature.s))?;
        if right { Ok(()) } else { Err(Sar::FAIL) }
    })
}

/// The 32 octets that count of a right-aligned field.
fn low(field: &[u8; 64]) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(&field[32..]);
    octets
}

fn point(key: &EccPublicKeyBlob) -> [u8; 64] {
    let mut point = [0; 64];
    point[..32].copy_from_slice(&low(&{ key.x }));
    point[32..].copy_from_slice(&low(&{ key.y }));
    point
}

/// `SKF_SetSymmKey`: SM4 in ECB, which is what device authentication needs.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_SetSymmKey(
    device: Handle,
    key: *const Byte,
    algorithm: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        if algorithm != codes::SGD_SM4_ECB {
            return Err(Sar(codes::SAR_NOTSUPPORTYETERR));
        }
        // SAFETY: an SM4 key has 16 octets; the module's contract.
        unsafe {
            let key = Zeroizing::new(input(key, 16, 16)?.to_vec());
            put_handle(place, || handles::insert(Object::Key(Arc::new(key))))
        }
    })
}

/// `SKF_EncryptInit`: ECB without padding.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_EncryptInit(key: Handle, parameters: BlockCipherParam) -> Ulong {
    guard(|| {
        handles::key(key)?;
        if parameters.padding_type == 0 {
            Ok(())
        } else {
            Err(Sar(codes::SAR_NOTSUPPORTYETERR))
        }
    })
}

/// `SKF_Encrypt`: whole blocks.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Encrypt(
    key: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let key = handles::key(key)?;
        // SAFETY: the module's contract.
        let data = unsafe { input(data, length, 1 << 20) }?;
        let (blocks, []) = data.as_chunks::<16>() else {
            return Err(Sar::DATA_LENGTH);
        };
        let mut encrypted = Vec::with_capacity(data.len());
        for block in blocks {
            encrypted.extend_from_slice(&encrypt_block(&key, *block)?);
        }
        // SAFETY: the module's contract.
        unsafe { fill(place, size, &encrypted) }
    })
}

impl Hash {
    fn update(&mut self, data: &[u8]) {
        match self {
            Hash::Sm3(hash) => hash.update(data),
            Hash::Sha256(hash) => hash.update(data),
        }
    }

    fn value(&self) -> Vec<u8> {
        match self {
            Hash::Sm3(hash) => hash.clone().finalize().to_vec(),
            Hash::Sha256(hash) => hash.clone().finalize().to_vec(),
        }
    }

    fn reset(&mut self) {
        match self {
            Hash::Sm3(hash) => hash.reset(),
            Hash::Sha256(hash) => hash.reset(),
        }
    }
}

/// `SKF_DigestInit`: SM3 or SHA-256; with a signer's key and id, SM3 begins with Z_A (GB/T 32918.2, 5.5).
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DigestInit(
    device: Handle,
    algorithm: Ulong,
    key: *const EccPublicKeyBlob,
    id: *const Byte,
    id_length: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        handles::device(device)?.check_plugged()?;
        let mut hash = match algorithm {
            codes::SGD_SM3 => Hash::Sm3(sm3::Sm3::new()),
            codes::SGD_SHA256 => Hash::Sha256(sha2::Sha256::new()),
            _ => return Err(Sar(codes::SAR_NOTSUPPORTYETERR)),
        };
        if let (Hash::Sm3(hash), false, true) = (&mut hash, key.is_null(), id_length > 0) {
            // SAFETY: readable by the module's contract.
            let (key, id) = unsafe { (key.read_unaligned(), input(id, id_length, 8191)?) };
            hash.update(z_a(&point(&key), id)?);
        }
        // SAFETY: the module's contract.
        unsafe {
            put_handle(place, || {
                handles::insert(Object::Hash(Arc::new(Mutex::new(hash))))
            })
        }
    })
}

/// Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ x_G ‖ y_G ‖ x_A ‖ y_A), by the curve of GB/T 32918.5.
fn z_a(point: &[u8; 64], id: &[u8]) -> Result<Vec<u8>, Sar> {
    const CURVE: [&str; 4] = [
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC",
        "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7",
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    ];
    let bits = u16::try_from(id.len() * 8).map_err(|_| Sar::DATA_LENGTH)?;
    let mut hash = sm3::Sm3::new();
    hash.update(bits.to_be_bytes());
    hash.update(id);
    for parameter in CURVE {
        for index in (0..64).step_by(2) {
            let octet =
                u8::from_str_radix(&parameter[index..index + 2], 16).map_err(|_| Sar::FAIL)?;
            hash.update([octet]);
        }
    }
    hash.update(point);
    Ok(hash.finalize().to_vec())
}

/// `SKF_DigestUpdate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DigestUpdate(
    hash: Handle,
    data: *const Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        let hash = handles::hash(hash)?;
        // SAFETY: the module's contract.
        let data = unsafe { input(data, length, MAX_DATA) }?;
        hash.lock().map_err(|_| Sar::FAIL)?.update(data);
        Ok(())
    })
}

/// `SKF_DigestFinal`. Asking for the size changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DigestFinal(
    hash: Handle,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let hash = handles::hash(hash)?;
        let mut hash = hash.lock().map_err(|_| Sar::FAIL)?;
        // SAFETY: the module's contract.
        unsafe { fill(place, size, &hash.value()) }?;
        if !place.is_null() {
            hash.reset();
        }
        Ok(())
    })
}

/// `SKF_Digest`: all in one call.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Digest(
    hash: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        let hash = handles::hash(hash)?;
        if place.is_null() {
            return fill(place, size, &[0; 32]);
        }
        let data = input(data, length, MAX_DATA)?;
        let mut hash = hash.lock().map_err(|_| Sar::FAIL)?;
        hash.update(data);
        fill(place, size, &hash.value())?;
        hash.reset();
        Ok(())
    })
}

/// `SKF_CloseHandle`: session keys and hashes.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CloseHandle(handle: Handle) -> Ulong {
    guard(|| {
        handles::remove(handle, |one| {
            matches!(one, Object::Key(_) | Object::Hash(_))
        })
        .map(drop)
    })
}
