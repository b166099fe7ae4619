//! Devices, and the guards around them: each step that must be undone is a value that undoes it when dropped.
//!
//! connect → lock → open application → verify PIN → open container, and back in reverse. A login that
//! outlived its lock would be inherited by every other process that opens the application.
#![allow(unsafe_code)]

use std::ptr::null_mut;

use catalogue::module::{DeviceAuthAlgorithm, DeviceAuthPadding};
use skf_abi::codes::{SGD_SM1_ECB, SGD_SM4_ECB, SGD_SSF33_ECB};
use skf_abi::{Char, DevInfo, Handle, TRUE};
use zeroize::Zeroizing;

use super::application::Application;
use super::call::{Number, c_secret, sized};
use super::library::Library;
use super::names;
use crate::TokenError;

/// How long to wait for another program to let go of the device, in milliseconds.
const LOCK_WAIT: u32 = 10_000;

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
    if library.quirks.no_device_events {
        return Err(TokenError::SymbolMissing(symbol.name.to_owned()));
    }
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
        Ok(Application::opened(self.library, handle))
    }

    /// The algorithm of the device authentication: what the quirk says, else what the device reports, if that
    /// can be believed. One device in the field reports SSF33 whatever it takes, and counts wrong answers.
    fn authentication_algorithm(&self) -> Result<u32, TokenError> {
        match self.library.quirks.device_auth {
            Some(DeviceAuthAlgorithm::Sm1) => return Ok(SGD_SM1_ECB),
            Some(DeviceAuthAlgorithm::Ssf33) => return Ok(SGD_SSF33_ECB),
            Some(DeviceAuthAlgorithm::Sm4) => return Ok(SGD_SM4_ECB),
            None => {}
        }
        match self.info()?.dev_auth_alg_id {
            known @ (SGD_SM1_ECB | SGD_SM4_ECB) => Ok(known),
            algorithm => Err(TokenError::DeviceAuthUnknown { algorithm }),
        }
    }

    /// Proves the device key (clause 7.2.3): random octets of the device, padded to a block, encrypted by
    /// the device's own algorithm, which the device itself runs, so that SM1 works too.
    pub fn authenticate(&self, key: &[u8]) -> Result<(), TokenError> {
        let library = self.library;
        let algorithm = self.authentication_algorithm()?;
        let mut block = [0_u8; 16];
        let wanted = match library.quirks.device_auth_padding {
            None | Some(DeviceAuthPadding::Zeros) => 8,
            Some(DeviceAuthPadding::Random) => 16,
        };
        let random = library.gen_random.needed()?;
        // SAFETY: that many octets of the block are ours to fill.
        let code = unsafe { random(self.handle, block.as_mut_ptr(), wanted) };
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
        drop(Application::opened(self.library, handle));
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
