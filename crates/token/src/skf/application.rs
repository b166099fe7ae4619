//! An open application: its PINs, its containers, and the login that ends with it.
#![allow(unsafe_code)]

use std::ptr::null_mut;

use skf_abi::codes::{ADMIN_TYPE, USER_TYPE};
use skf_abi::{BoolResult, Handle};

use super::call::{Number, c_secret, sized};
use super::container::Container;
use super::library::Library;
use super::names;
use crate::{LastTry, PinKind, PinTries, TokenError};

fn kind_number(kind: PinKind) -> u32 {
    match kind {
        PinKind::User => USER_TYPE,
        PinKind::Admin => ADMIN_TYPE,
    }
}

/// An open application.
pub struct Application<'d> {
    pub(super) library: &'d Library,
    pub(super) handle: Handle,
    logged_in: bool,
}

impl<'d> Application<'d> {
    /// Takes over a handle, to be closed when dropped.
    pub(super) fn opened(library: &'d Library, handle: Handle) -> Application<'d> {
        Application {
            library,
            handle,
            logged_in: false,
        }
    }

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
