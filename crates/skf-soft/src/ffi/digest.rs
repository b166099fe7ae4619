//! Clauses 7.6.34 to 7.6.37: hashes; and closing what has no other end, 7.6.42.

use std::sync::Arc;

use skf_abi::{Byte, EccPublicKeyBlob, Handle, Ulong};

use super::{blobs, guard, hand_over, input, put_handle};
use crate::device::MAX_DATA;
use crate::handles::{self, Object};
use crate::hash::Hash;
use crate::keys::sm2::MAX_ID;

/// `SKF_DigestInit`. A signer without an id, or an id without a signer, is no signer.
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
        let device = handles::device(device)?;
        // SAFETY: the module's contract.
        unsafe {
            let signer = if key.is_null() || id_length == 0 {
                None
            } else {
                Some((blobs::point(key)?, input(id, id_length, MAX_ID)?))
            };
            put_handle(place, || {
                let signer = signer.as_ref().map(|(point, id)| (point, *id));
                let hash = Hash::begin(&device, algorithm, signer)?;
                handles::insert(Object::Hash(Arc::new(hash)))
            })
        }
    })
}

/// `SKF_DigestUpdate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DigestUpdate(
    hash: Handle,
    data: *const Byte,
    length: Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::hash(hash)?.update(unsafe { input(data, length, MAX_DATA) }?))
}

/// `SKF_DigestFinal`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DigestFinal(
    hash: Handle,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::hash(hash)?.finish(&[], |value| unsafe { hand_over(place, size, value) }))
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
    guard(|| {
        let hash = handles::hash(hash)?;
        // SAFETY: the module's contract.
        unsafe {
            let data = input(data, length, MAX_DATA)?;
            hash.finish(data, |value| hand_over(place, size, value))
        }
    })
}

/// `SKF_CloseHandle`: session keys, hashes, MACs and agreements.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CloseHandle(handle: Handle) -> Ulong {
    guard(|| {
        handles::remove(handle, |one| {
            matches!(
                one,
                Object::Key(_) | Object::Hash(_) | Object::Mac(_) | Object::Agreement(_)
            )
        })
        .map(drop)
    })
}
