//! Clauses 7.6.24 to 7.6.33 and 7.6.38 to 7.6.41: session keys, what they encrypt, their MACs.

use std::sync::Arc;

use skf_abi::{BlockCipherParam, Byte, Handle, Ulong, codes};
use zeroize::Zeroizing;

use super::{blobs, guard, hand_over, input, put_handle};
use crate::cipher::{Direction, Stream};
use crate::device::MAX_DATA;
use crate::handles::{self, Object};
use crate::keys::rsa::MODULUS;
use crate::keys::sm2::MAX_PLAIN;
use crate::sar::Sar;
use crate::session::{SessionKey, check_algorithm};

/// `SKF_ImportSessionKey`: unwraps with the encryption key. For SM2 the input is an `ECCCIPHERBLOB`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ImportSessionKey(
    container: Handle,
    algorithm: Ulong,
    wrapped: *const Byte,
    length: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        check_algorithm(algorithm)?;
        // SAFETY: the module's contract.
        unsafe {
            let wrapped = input(wrapped, length, MAX_PLAIN)?;
            put_handle(place, || {
                let octets = match container.kind()? {
                    codes::CONTAINER_RSA if wrapped.len() == MODULUS => {
                        container.decrypt_rsa(wrapped)?
                    }
                    codes::CONTAINER_RSA => return Err(Sar::DATA_LENGTH),
                    codes::CONTAINER_ECC => {
                        let cipher = blobs::cipher(wrapped.as_ptr().cast(), Some(wrapped.len()))?;
                        container.decrypt_sm2(&cipher)?
                    }
                    _ => return Err(Sar::NO_KEY),
                };
                let key = SessionKey::new(&container.application.device, algorithm, &octets)?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}

/// `SKF_SetSymmKey`: a key of 16 octets in the clear.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_SetSymmKey(
    device: Handle,
    key: *const Byte,
    algorithm: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let device = handles::device(device)?;
        check_algorithm(algorithm)?;
        // SAFETY: a key of SM4 has 16 octets; the module's contract.
        unsafe {
            let octets = input(key, 16, 16)?;
            put_handle(place, || {
                let key = SessionKey::new(&device, algorithm, octets)?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}

/// `SKF_EncryptInit`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_EncryptInit(key: Handle, parameters: BlockCipherParam) -> Ulong {
    guard(|| handles::key(key)?.begin(Direction::Encrypt, &parameters))
}

/// `SKF_DecryptInit`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_DecryptInit(key: Handle, parameters: BlockCipherParam) -> Ulong {
    guard(|| handles::key(key)?.begin(Direction::Decrypt, &parameters))
}

/// A part, or with `ends` all that remains.
unsafe fn step(
    key: Handle,
    direction: Direction,
    data: (*const Byte, Ulong),
    ends: bool,
    (place, size): (*mut Byte, *mut Ulong),
) -> Ulong {
    guard(|| {
        let key = handles::key(key)?;
        // SAFETY: the module's contract.
        let data = unsafe { input(data.0, data.1, MAX_DATA) }?;
        let work = |stream: &mut Stream| {
            let mut made = stream.update(data);
            if ends {
                made = Zeroizing::new([&made[..], &stream.finish()?].concat());
            }
            Ok(made)
        };
        // SAFETY: the module's contract.
        key.step(direction, ends, work, |made| unsafe {
            hand_over(place, size, made)
        })
    })
}

/// `SKF_Encrypt`: all in one call; `SKF_EncryptInit` comes before each.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Encrypt(
    key: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: passed on.
    unsafe { step(key, Direction::Encrypt, (data, length), true, (place, size)) }
}

/// `SKF_EncryptUpdate`: takes a part, gives the blocks that are whole.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EncryptUpdate(
    key: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: passed on.
    unsafe {
        step(
            key,
            Direction::Encrypt,
            (data, length),
            false,
            (place, size),
        )
    }
}

/// `SKF_EncryptFinal`: the padded block; nothing without padding.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EncryptFinal(
    key: Handle,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    let nothing = (std::ptr::null(), 0);
    // SAFETY: passed on.
    unsafe { step(key, Direction::Encrypt, nothing, true, (place, size)) }
}

/// `SKF_Decrypt`: all in one call; `SKF_DecryptInit` comes before each.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Decrypt(
    key: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: passed on.
    unsafe { step(key, Direction::Decrypt, (data, length), true, (place, size)) }
}

/// `SKF_DecryptUpdate`: takes a part, gives the blocks that are whole; with padding the last one waits.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DecryptUpdate(
    key: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: passed on.
    unsafe {
        step(
            key,
            Direction::Decrypt,
            (data, length),
            false,
            (place, size),
        )
    }
}

/// `SKF_DecryptFinal`: the last block without its padding.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DecryptFinal(
    key: Handle,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    let nothing = (std::ptr::null(), 0);
    // SAFETY: passed on.
    unsafe { step(key, Direction::Decrypt, nothing, true, (place, size)) }
}

/// `SKF_MacInit`: the parameters' vector, 16 octets or none, and padding.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_MacInit(
    key: Handle,
    parameters: *const BlockCipherParam,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let key = handles::key(key)?;
        // SAFETY: the module's contract.
        unsafe {
            let parameters = blobs::read(parameters)?;
            put_handle(place, || {
                handles::insert(Object::Mac(Arc::new(key.mac(&parameters)?)))
            })
        }
    })
}

/// `SKF_Mac`: all in one call.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Mac(
    mac: Handle,
    data: *const Byte,
    length: Ulong,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let mac = handles::mac(mac)?;
        // SAFETY: the module's contract.
        unsafe {
            let data = input(data, length, MAX_DATA)?;
            mac.finish(data, |value| hand_over(place, size, value))
        }
    })
}

/// `SKF_MacUpdate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_MacUpdate(
    mac: Handle,
    data: *const Byte,
    length: Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::mac(mac)?.update(unsafe { input(data, length, MAX_DATA) }?))
}

/// `SKF_MacFinal`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_MacFinal(
    mac: Handle,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::mac(mac)?.finish(&[], |value| unsafe { hand_over(place, size, value) }))
}
