//! How the functions of a library are called: numbers with room, buffers in two steps, secrets as C strings.

use std::ptr::null_mut;

use skf_abi::codes::SAR_BUFFER_TOO_SMALL;
use skf_abi::{BoolResult, Byte};
use zeroize::Zeroizing;

use crate::TokenError;

/// A number that a library writes: eight octets of room, for those whose `ULONG` is a 64-bit `long`.
#[derive(Default)]
pub struct Number(BoolResult);

impl Number {
    pub fn new(value: u32) -> Number {
        Number(BoolResult {
            low: value,
            high: 0,
        })
    }

    pub fn pointer(&mut self) -> *mut u32 {
        (&raw mut self.0).cast()
    }

    pub fn value(&self) -> u32 {
        self.0.low
    }
}

/// Calls a function that fills a buffer: once for the size, once for the data.
pub fn sized(
    function: &str,
    most: usize,
    mut call: impl FnMut(*mut Byte, *mut u32) -> Result<(), TokenError>,
) -> Result<Vec<u8>, TokenError> {
    let garbage = || TokenError::Garbage(function.to_owned());
    let mut size = Number::default();
    call(null_mut(), size.pointer())?;
    let asked = size.value() as usize;
    if asked > most {
        return Err(garbage());
    }
    // Some libraries count without the last NUL and write it all the same: room beside what was asked.
    let mut buffer = vec![0_u8; asked + 64];
    let mut size = Number::new(u32::try_from(asked).map_err(|_| garbage())?);
    match call(buffer.as_mut_ptr(), size.pointer()) {
        Err(TokenError::Sar {
            code: SAR_BUFFER_TOO_SMALL,
            ..
        }) => {
            // It grew between the two calls (a device came): ask for the room there is.
            buffer = vec![0; most];
            size = Number::new(u32::try_from(most).map_err(|_| garbage())?);
            call(buffer.as_mut_ptr(), size.pointer())?;
        }
        other => other?,
    }
    let filled = size.value() as usize;
    if filled > buffer.len() {
        return Err(garbage());
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// A secret as a C string, wiped when dropped. `Pin` holds no NUL.
pub fn c_secret(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(octets.len() + 1));
    secret.extend_from_slice(octets);
    secret.push(0);
    secret
}
