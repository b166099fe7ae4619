//! Guards: each step that must be undone is a value that undoes it when dropped.
//!
//! connect → lock → open application → verify PIN → open container, and back in reverse. A login that
//! outlived its lock would be inherited by every other process that opens the application.
#![allow(unsafe_code)]

use std::ptr::null_mut;

use skf_abi::codes::{
    ADMIN_TYPE, CONTAINER_ECC, CONTAINER_EMPTY, CONTAINER_RSA, SAR_BUFFER_TOO_SMALL, USER_TYPE,
};
use skf_abi::{BoolResult, Byte, Char, DevInfo, FALSE, Handle, TRUE};
use zeroize::Zeroizing;

use super::library::Library;
use super::names;
use crate::{LastTry, PinKind, PinTries, TokenError};

/// How long to wait for another program to let go of the device, in milliseconds.
const LOCK_WAIT: u32 = 10_000;
/// Longest certificate that is read, in octets.
const MAX_CERTIFICATE: usize = 64 << 10;

/// A number that a library writes: eight octets of room, for those whose `ULONG` is a 64-bit `long`.
#[derive(Default)]
struct Number(BoolResult);

impl Number {
    fn new(value: u32) -> Number {
        Number(BoolResult {
            low: value,
            high: 0,
        })
    }

    fn pointer(&mut self) -> *mut u32 {
        (&raw mut self.0).cast()
    }

    fn value(&self) -> u32 {
        self.0.low
    }
}

/// Calls a function that fills a buffer: once for the size, once for the data.
fn sized(
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

/// Names of the devices that are plugged in.
pub fn devices(library: &Library) -> Result<Vec<String>, TokenError> {
    let symbol = &library.enum_dev;
    let enum_dev = symbol.needed()?;
    let list = sized(symbol.name, names::MAX_LIST, |buffer, size| {
        // SAFETY: `buffer` is null or has at least `*size` octets.
        symbol.check(unsafe { enum_dev(TRUE, buffer.cast::<Char>(), size) })
    })?;
    names::split_list(&list, symbol.name)
}

/// Blocks until a device comes or goes.
pub fn wait_for_event(library: &Library) -> Result<(), TokenError> {
    let symbol = &library.wait_for_dev_event;
    let wait = symbol.needed()?;
    let mut name = [0_u8; 1024];
    let (mut size, mut event) = (Number::new(1000), Number::default());
    // SAFETY: the buffer has more than `size` octets; the numbers have eight.
    symbol.check(unsafe { wait(name.as_mut_ptr().cast(), size.pointer(), event.pointer()) })
}

/// A connected device.
pub struct Device<'l> {
    library: &'l Library,
    handle: Handle,
}

impl<'l> Device<'l> {
    /// Connects to the device named so by [`devices`].
    pub fn connect(library: &'l Library, name: &str) -> Result<Device<'l>, TokenError> {
        let symbol = &library.connect_dev;
        let connect = symbol.needed()?;
        let name = names::to_c_string(name)?;
        let mut handle = null_mut();
        // SAFETY: the name is NUL-ended, the handle's place is ours.
        match symbol.check(unsafe { connect(name.as_ptr(), &raw mut handle) }) {
            Ok(()) => Ok(Device { library, handle }),
            // What a library says about a device that isn't there differs; look instead.
            Err(error) => match devices(library) {
                Ok(present)
                    if !present.iter().any(|other| {
                        names::to_c_string(other).is_ok_and(|other| other == name)
                    }) =>
                {
                    Err(TokenError::NoToken)
                }
                _ => Err(error),
            },
        }
    }

    /// What the device says of itself.
    pub fn info(&self) -> Result<DevInfo, TokenError> {
        let symbol = &self.library.get_dev_info;
        let get = symbol.needed()?;
        // Room behind the structure, for a library whose `ULONG` is wider: then the fields after the serial
        // number are wrong, which are not read, and no memory of ours is hurt.
        #[repr(C)]
        struct Roomy(DevInfo, [u8; 256]);
        // SAFETY: all fields are integers and arrays of octets, for which zero is a value.
        let mut info: Roomy = unsafe { std::mem::zeroed() };
        // SAFETY: the place is ours and larger than the structure.
        symbol.check(unsafe { get(self.handle, &raw mut info.0) })?;
        Ok(info.0)
    }

    /// Locks the device for this process. A library without locks is used without.
    pub fn lock(&self) -> Result<Lock<'_>, TokenError> {
        let symbol = &self.library.lock_dev;
        let (false, Some(lock)) = (self.library.quirks.no_device_lock, symbol.wanted()) else {
            return Ok(Lock { device: None });
        };
        // SAFETY: the handle is connected.
        match symbol.check(unsafe { lock(self.handle, LOCK_WAIT) }) {
            Ok(()) => Ok(Lock { device: Some(self) }),
            Err(TokenError::SymbolMissing(_)) => Ok(Lock { device: None }),
            Err(TokenError::Sar {
                code: skf_abi::codes::SAR_TIMEOUTERR,
                ..
            }) => Err(TokenError::Busy),
            Err(error) => Err(error),
        }
    }

    /// Names the device.
    pub fn set_label(&self, label: &str) -> Result<(), TokenError> {
        let symbol = &self.library.set_label;
        let set = symbol.needed()?;
        let label = names::to_c_string(label)?;
        // SAFETY: the label is NUL-ended.
        symbol.check(unsafe { set(self.handle, label.as_ptr()) })
    }

    /// Names of the applications.
    pub fn applications(&self) -> Result<Vec<String>, TokenError> {
        let symbol = &self.library.enum_application;
        let enumerate = symbol.needed()?;
        let list = sized(symbol.name, names::MAX_LIST, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { enumerate(self.handle, buffer.cast(), size) })
        })?;
        names::split_list(&list, symbol.name)
    }

    /// Opens an application.
    pub fn open_application(&self, name: &str) -> Result<Application<'_>, TokenError> {
        let symbol = &self.library.open_application;
        let open = symbol.needed()?;
        let name = names::to_c_string(name)?;
        let mut handle = null_mut();
        // SAFETY: the name is NUL-ended, the handle's place is ours.
        symbol.check(unsafe { open(self.handle, name.as_ptr(), &raw mut handle) })?;
        Ok(Application {
            library: self.library,
            handle,
            logged_in: false,
        })
    }

    /// Proves the device key (clause 7.2.3): eight random octets, padded with zeros to a block, encrypted by
    /// the device's own algorithm, which the device itself runs, so that SM1 and SSF33 work too.
    pub fn authenticate(&self, key: &[u8]) -> Result<(), TokenError> {
        let library = self.library;
        let algorithm = self.info()?.dev_auth_alg_id;
        let mut block = [0_u8; 16];
        let random = library.gen_random.needed()?;
        // SAFETY: eight octets of the block are ours to fill.
        let code = unsafe { random(self.handle, block.as_mut_ptr(), 8) };
        library.gen_random.check(code)?;

        let set_key = library.set_symm_key.needed()?;
        let mut session = null_mut();
        let key = Zeroizing::new(key.to_vec());
        // SAFETY: the key has the 16 octets that the algorithms of clause 7.2.3 take.
        let code = unsafe { set_key(self.handle, key.as_ptr(), algorithm, &raw mut session) };
        library.set_symm_key.check(code)?;
        let answer = self.encrypt_block(session, &block);
        if let Some(close) = library.close_handle.wanted() {
            // SAFETY: the session key was made above and is closed once.
            unsafe { close(session) };
        }
        let answer = answer?;
        let authenticate = library.dev_auth.needed()?;
        // SAFETY: the answer has 16 octets.
        match unsafe { authenticate(self.handle, answer.as_ptr(), 16) } {
            0 => Ok(()),
            skf_abi::codes::SAR_DEVICE_REMOVED => Err(TokenError::Removed),
            _ => Err(TokenError::DeviceKeyRefused),
        }
    }

    fn encrypt_block(&self, session: Handle, block: &[u8; 16]) -> Result<[u8; 16], TokenError> {
        let library = self.library;
        let init = library.encrypt_init.needed()?;
        let parameters = skf_abi::BlockCipherParam {
            iv: [0; 32],
            iv_len: 0,
            padding_type: 0,
            feed_bit_len: 0,
        };
        // SAFETY: the session key is open; parameters go by value.
        let code = unsafe { init(session, parameters) };
        library.encrypt_init.check(code)?;
        let encrypt = library.encrypt.needed()?;
        let mut answer = [0_u8; 64];
        let mut size = Number::new(64);
        // SAFETY: input of 16 octets, room for 64.
        library.encrypt.check(unsafe {
            encrypt(
                session,
                block.as_ptr(),
                16,
                answer.as_mut_ptr(),
                size.pointer(),
            )
        })?;
        if size.value() != 16 {
            return Err(TokenError::Garbage(library.encrypt.name.to_owned()));
        }
        let mut out = [0; 16];
        out.copy_from_slice(&answer[..16]);
        Ok(out)
    }

    /// Makes an application (clause 7.3.2). The device must have been authenticated.
    pub fn create_application(
        &self,
        name: &str,
        admin: (&[u8], u32),
        user: (&[u8], u32),
    ) -> Result<(), TokenError> {
        let symbol = &self.library.create_application;
        let create = symbol.needed()?;
        let name = names::to_c_string(name)?;
        let (admin_pin, user_pin) = (c_secret(admin.0), c_secret(user.0));
        let mut handle = null_mut();
        // SAFETY: name and PINs are NUL-ended, the handle's place is ours.
        symbol.check(unsafe {
            create(
                self.handle,
                name.as_ptr(),
                admin_pin.as_ptr().cast(),
                admin.1,
                user_pin.as_ptr().cast(),
                user.1,
                skf_abi::codes::SECURE_USER_ACCOUNT,
                &raw mut handle,
            )
        })?;
        // Closed by the guard's drop; nothing is done in it yet.
        drop(Application {
            library: self.library,
            handle,
            logged_in: false,
        });
        Ok(())
    }
}

impl Drop for Device<'_> {
    fn drop(&mut self) {
        if let Some(disconnect) = self.library.disconnect_dev.wanted() {
            // SAFETY: connected once, disconnected once. A failure changes nothing for us.
            unsafe { disconnect(self.handle) };
        }
    }
}

/// The device's lock.
pub struct Lock<'d> {
    device: Option<&'d Device<'d>>,
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if let Some(device) = self.device
            && let Some(unlock) = device.library.unlock_dev.wanted()
        {
            // SAFETY: locked once, unlocked once.
            unsafe { unlock(device.handle) };
        }
    }
}

/// A secret as a C string, wiped when dropped. `Pin` holds no NUL.
fn c_secret(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(octets.len() + 1));
    secret.extend_from_slice(octets);
    secret.push(0);
    secret
}

fn kind_number(kind: PinKind) -> u32 {
    match kind {
        PinKind::User => USER_TYPE,
        PinKind::Admin => ADMIN_TYPE,
    }
}

/// An open application.
pub struct Application<'d> {
    library: &'d Library,
    handle: Handle,
    logged_in: bool,
}

impl<'d> Application<'d> {
    /// Tries of a PIN; `None` where the library can't say.
    pub fn tries(&self, kind: PinKind) -> Result<Option<PinTries>, TokenError> {
        let symbol = &self.library.get_pin_info;
        let Some(get) = symbol.wanted() else {
            return Ok(None);
        };
        let (mut most, mut left) = (Number::default(), Number::default());
        let mut default = BoolResult::default();
        // SAFETY: three places of eight octets.
        let code = unsafe {
            get(
                self.handle,
                kind_number(kind),
                most.pointer(),
                left.pointer(),
                &raw mut default,
            )
        };
        match symbol.check(code) {
            Ok(()) => Ok(Some(PinTries {
                left: left.value(),
                most: most.value(),
            })),
            Err(TokenError::SymbolMissing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Refuses before anything is sent when the PIN is locked or one try is left and nobody said to spend it.
    pub fn guard_tries(&self, kind: PinKind, last_try: LastTry) -> Result<(), TokenError> {
        match self.tries(kind)? {
            Some(PinTries { left: 0, .. }) => Err(TokenError::PinLocked),
            Some(PinTries { left: 1, .. }) if last_try == LastTry::Keep => Err(TokenError::LastTry),
            _ => Ok(()),
        }
    }

    /// Turns a wrong PIN's error into one with the tries that remain.
    fn with_tries(error: TokenError, left: u32) -> TokenError {
        match error {
            TokenError::PinWrong { .. } if left == 0 => TokenError::PinLocked,
            TokenError::PinWrong { .. } => TokenError::PinWrong { left: Some(left) },
            other => other,
        }
    }

    /// Logs in, until this value is dropped.
    pub fn log_in(
        &mut self,
        kind: PinKind,
        pin: &[u8],
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        self.guard_tries(kind, last_try)?;
        let symbol = &self.library.verify_pin;
        let verify = symbol.needed()?;
        let pin = c_secret(pin);
        let mut left = Number::default();
        self.logged_in = true; // even a failed call may leave a state to clear
        // SAFETY: the PIN is NUL-ended, the number has eight octets.
        let code = unsafe {
            verify(
                self.handle,
                kind_number(kind),
                pin.as_ptr().cast(),
                left.pointer(),
            )
        };
        symbol
            .check(code)
            .map_err(|error| Self::with_tries(error, left.value()))
    }

    /// Changes a PIN; needs no login.
    pub fn change_pin(&self, kind: PinKind, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let symbol = &self.library.change_pin;
        let change = symbol.needed()?;
        let (old, new) = (c_secret(old), c_secret(new));
        let mut left = Number::default();
        // SAFETY: both PINs are NUL-ended, the number has eight octets.
        let code = unsafe {
            change(
                self.handle,
                kind_number(kind),
                old.as_ptr().cast(),
                new.as_ptr().cast(),
                left.pointer(),
            )
        };
        symbol
            .check(code)
            .map_err(|error| Self::with_tries(error, left.value()))
    }

    /// Gives the user a new PIN by the administrator's.
    pub fn unblock_pin(&self, admin: &[u8], new_user: &[u8]) -> Result<(), TokenError> {
        let symbol = &self.library.unblock_pin;
        let unblock = symbol.needed()?;
        let (admin, new_user) = (c_secret(admin), c_secret(new_user));
        let mut left = Number::default();
        // SAFETY: both PINs are NUL-ended, the number has eight octets.
        let code = unsafe {
            unblock(
                self.handle,
                admin.as_ptr().cast(),
                new_user.as_ptr().cast(),
                left.pointer(),
            )
        };
        symbol
            .check(code)
            .map_err(|error| Self::with_tries(error, left.value()))
    }

    /// Names of the containers.
    pub fn containers(&self) -> Result<Vec<String>, TokenError> {
        let symbol = &self.library.enum_container;
        let enumerate = symbol.needed()?;
        let list = sized(symbol.name, names::MAX_LIST, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { enumerate(self.handle, buffer.cast(), size) })
        })?;
        names::split_list(&list, symbol.name)
    }

    /// Opens a container.
    pub fn open_container(&self, name: &str) -> Result<Container<'d>, TokenError> {
        let symbol = &self.library.open_container;
        let open = symbol.needed()?;
        let c_name = names::to_c_string(name)?;
        let mut handle = null_mut();
        // SAFETY: the name is NUL-ended, the handle's place is ours.
        match symbol.check(unsafe { open(self.handle, c_name.as_ptr(), &raw mut handle) }) {
            Ok(()) => Ok(Container {
                library: self.library,
                handle,
            }),
            // The code for a missing container differs by vendor; look instead.
            Err(error @ (TokenError::Removed | TokenError::SymbolMissing(_))) => Err(error),
            Err(error) => match self.containers() {
                Ok(present) if !present.iter().any(|other| other == name) => {
                    Err(TokenError::NoContainer)
                }
                _ => Err(error),
            },
        }
    }

    /// Makes a container.
    pub fn create_container(&self, name: &str) -> Result<Container<'d>, TokenError> {
        let symbol = &self.library.create_container;
        let create = symbol.needed()?;
        let name = names::to_c_string(name)?;
        let mut handle = null_mut();
        // SAFETY: the name is NUL-ended, the handle's place is ours.
        symbol.check(unsafe { create(self.handle, name.as_ptr(), &raw mut handle) })?;
        Ok(Container {
            library: self.library,
            handle,
        })
    }

    /// Deletes a container.
    pub fn delete_container(&self, name: &str) -> Result<(), TokenError> {
        let symbol = &self.library.delete_container;
        let delete = symbol.needed()?;
        let name = names::to_c_string(name)?;
        // SAFETY: the name is NUL-ended.
        symbol.check(unsafe { delete(self.handle, name.as_ptr()) })
    }
}

impl Drop for Application<'_> {
    fn drop(&mut self) {
        if self.logged_in
            && let Some(clear) = self.library.clear_secure_state.wanted()
        {
            // SAFETY: the application is open.
            unsafe { clear(self.handle) };
        }
        if let Some(close) = self.library.close_application.wanted() {
            // SAFETY: opened once, closed once.
            unsafe { close(self.handle) };
        }
    }
}

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
