//! The exported C interface. Each function checks its pointers, calls one safe function and turns the
//! outcome into a return code; a panic ends in `SAR_UNKNOWNERR` and never crosses into C.
#![allow(unsafe_code)]
#![allow(clippy::missing_safety_doc)] // the one contract of all of them stands here:

//! # Safety
//! As in GM/T 0016-2012, clause 7: a name or PIN is NUL-ended or null, a buffer has the size that its
//! length argument says or is null, an output place is writable or null. Null is refused where it makes no sense.

mod agreement;
mod application;
mod blobs;
mod container;
mod device;
mod digest;
mod ecc;
mod file;
mod prototypes;
mod rsa;
mod session;

pub use agreement::*;
pub use application::*;
pub use container::*;
pub use device::*;
pub use digest::*;
pub use ecc::*;
pub use file::*;
pub use rsa::*;
pub use session::*;

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use skf_abi::codes::{SAR_BUFFER_TOO_SMALL, SAR_OK, SAR_UNKNOWNERR};
use skf_abi::{BoolArgument, Byte, Char, Handle};

use crate::sar::Sar;
use crate::session::Handed;

/// Longest C string that is read, in octets.
const MAX_TEXT: usize = 256;

/// Runs the body; panics stop here.
fn guard(body: impl FnOnce() -> Result<(), Sar>) -> u32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => SAR_OK,
        Ok(Err(Sar(code))) => code,
        Err(_panic) => SAR_UNKNOWNERR,
    }
}

/// A C string's octets.
unsafe fn octets<'a>(text: *const Char) -> Result<&'a [u8], Sar> {
    if text.is_null() {
        return Err(Sar::PARAMETER);
    }
    // SAFETY: NUL-ended by the caller's contract.
    let octets = unsafe { CStr::from_ptr(text) }.to_bytes();
    if octets.len() > MAX_TEXT {
        Err(Sar::NAME_LENGTH)
    } else {
        Ok(octets)
    }
}

/// A C string as UTF-8: names on this device are.
unsafe fn text<'a>(text: *const Char) -> Result<&'a str, Sar> {
    // SAFETY: passed on.
    let octets = unsafe { octets(text) }?;
    std::str::from_utf8(octets).map_err(|_| Sar::PARAMETER)
}

/// An input buffer.
unsafe fn input<'a>(data: *const Byte, length: u32, most: usize) -> Result<&'a [u8], Sar> {
    let length = usize::try_from(length).map_err(|_| Sar::DATA_LENGTH)?;
    if length > most {
        return Err(Sar::DATA_LENGTH);
    }
    if data.is_null() {
        return if length == 0 {
            Ok(&[])
        } else {
            Err(Sar::PARAMETER)
        };
    }
    // SAFETY: `length` octets by the caller's contract, and no more than `most`.
    Ok(unsafe { std::slice::from_raw_parts(data, length) })
}

/// Writes one value, wherever it is aligned.
unsafe fn put<T>(place: *mut T, value: T) -> Result<(), Sar> {
    if place.is_null() {
        return Err(Sar::PARAMETER);
    }
    // SAFETY: writable by the caller's contract.
    unsafe { place.write_unaligned(value) };
    Ok(())
}

/// Fills a sized buffer: a null buffer asks for the size, a short one is told it.
unsafe fn hand_over(buffer: *mut Byte, size: *mut u32, data: &[u8]) -> Result<Handed, Sar> {
    if size.is_null() {
        return Err(Sar::PARAMETER);
    }
    let needed = u32::try_from(data.len()).map_err(|_| Sar::FAIL)?;
    // SAFETY: the size's place is readable and writable by the caller's contract.
    let room = unsafe { size.read_unaligned() };
    // SAFETY: as above.
    unsafe { size.write_unaligned(needed) };
    if buffer.is_null() {
        return Ok(Handed::Size);
    }
    if room < needed {
        return Err(Sar(SAR_BUFFER_TOO_SMALL));
    }
    // SAFETY: the buffer has `room` octets by the caller's contract, and `needed` is no more.
    unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), buffer, data.len()) };
    Ok(Handed::Data)
}

/// The same, where asking for the size and getting the data are alike.
unsafe fn fill(buffer: *mut Byte, size: *mut u32, data: &[u8]) -> Result<(), Sar> {
    // SAFETY: passed on.
    unsafe { hand_over(buffer, size, data) }.map(drop)
}

/// The low 32 bits of a BOOL argument: the rest of the register may be undefined.
fn truth(argument: BoolArgument) -> bool {
    // On 32-bit systems that is all there is.
    argument as u32 != 0
}

/// Fills a buffer with a list of names: each NUL-ended, one more NUL at the end.
unsafe fn fill_list(buffer: *mut Char, size: *mut u32, names: &[String]) -> Result<(), Sar> {
    let mut list = Vec::new();
    for name in names {
        list.extend_from_slice(name.as_bytes());
        list.push(0);
    }
    list.push(0);
    if names.is_empty() {
        list.push(0);
    }
    // SAFETY: passed on.
    unsafe { fill(buffer.cast(), size, &list) }
}

/// Writes a handle after it is certain that there is a place for it.
unsafe fn put_handle(
    place: *mut Handle,
    make: impl FnOnce() -> Result<Handle, Sar>,
) -> Result<(), Sar> {
    if place.is_null() {
        return Err(Sar::PARAMETER);
    }
    let handle = make()?;
    // SAFETY: writable by the caller's contract.
    unsafe { put(place, handle) }
}
