//! The session of an unlocking: a key of this window's own, the authority that only it opens, and a new PIN.

use contract::{
    Base64, ErrorCode, UnlockAuthority, UnlockIntent, UnlockKey, UnlockKeyType, escrow,
};
use pki::UnixTime;
use token::{ApplicationRef, LastTry, Pin, TokenError, TokenService};
use zeroize::Zeroizing;

use super::{DeviceIdentity, WriteError, random};
use crate::keyring::{KeyRow, Keyring};
use crate::pin_rule::Rule;

/// An unlocking.
pub struct Session {
    /// When it began.
    pub began: UnixTime,
    device: DeviceIdentity,
    application: String,
    pair: escrow::EscrowKeyPair,
    /// Wiped after its one use.
    admin: Option<Pin>,
    opened: bool,
}

impl Session {
    /// Begins for the device that the intent names, with a key pair of its own.
    ///
    /// # Errors
    /// `device_mismatch`, `pin_not_locked`, `admin_pin_locked`; nothing was sent to the device.
    pub fn begin(
        intent: &UnlockIntent,
        keyring: &Keyring,
        listing: &token::Listing,
        now: UnixTime,
    ) -> Result<Session, WriteError> {
        let row = row_of(intent, keyring)?;
        if row.tries_left.is_some_and(|left| left > 0) {
            return Err(WriteError::Code(ErrorCode::PinNotLocked));
        }
        if row.admin_tries_left == Some(0) {
            return Err(WriteError::Code(ErrorCode::AdminPinLocked));
        }
        let application = row
            .application
            .as_ref()
            .ok_or(WriteError::Code(ErrorCode::NoSigningCertificate))?;
        let token = listing
            .tokens
            .iter()
            .find(|token| token.reference() == row.device)
            .ok_or(WriteError::Code(ErrorCode::TokenRemoved))?;
        let seed = random::<32>()?;
        let pair = escrow::EscrowKeyPair::generate(|out| out.copy_from_slice(seed.as_ref()));
        Ok(Session {
            began: now,
            device: DeviceIdentity::of(token),
            application: application.application.clone(),
            pair,
            admin: None,
            opened: false,
        })
    }

    /// What the page brings to the server.
    pub fn key(&self) -> UnlockKey {
        UnlockKey {
            kind: UnlockKeyType::UnlockKey,
            public_key: Base64(self.pair.public().to_bytes().to_vec()),
            device_serial: self.device.serial().to_owned(),
        }
    }

    /// Opens the authority.
    ///
    /// # Errors
    /// `authority_invalid` where it is for another window, device or order; nothing was sent to the device.
    /// `request_malformed` for a second one.
    pub fn take(&mut self, authority: &UnlockAuthority) -> Result<(), WriteError> {
        if self.opened {
            return Err(WriteError::Code(ErrorCode::RequestMalformed));
        }
        let invalid =
            |error: &dyn std::fmt::Display| WriteError::because(ErrorCode::AuthorityInvalid, error);
        let aad = escrow::release_aad(self.device.serial(), &authority.order);
        let sealed = authority.sealed.as_bytes();
        let pin = escrow::open(&self.pair, escrow::RELEASE_INFO, &aad, sealed)
            .map_err(|error| invalid(&error))?;
        let text = std::str::from_utf8(&pin).map_err(|_| invalid(&"not a PIN"))?;
        self.admin = Some(Pin::new(text).map_err(|error| invalid(&error))?);
        self.opened = true;
        Ok(())
    }

    /// Whether the authority is there and was not used.
    pub fn is_ready(&self) -> bool {
        self.admin.is_some()
    }

    /// Gives the device its new user PIN. The administrator PIN is wiped once the device took or refused it,
    /// and after a time-out.
    ///
    /// # Errors
    /// `pin_rule`, `token_removed`, `last_try` (nothing was sent), and what the token says.
    pub async fn unblock(
        &mut self,
        service: &TokenService,
        rule: &Rule,
        new: &Zeroizing<String>,
        last_try: LastTry,
    ) -> Result<(), WriteError> {
        let broken = rule.check(new, None);
        if !broken.is_empty() {
            return Err(WriteError::PinRule(broken));
        }
        let new = Pin::new(new).map_err(|_| WriteError::Code(ErrorCode::PinLength))?;
        let listing = service.list().await;
        let token = self.device.find(&listing)?;
        let application = ApplicationRef {
            library: token.library.clone(),
            device: token.device.clone(),
            application: self.application.clone(),
        };
        let admin = self
            .admin
            .take()
            .ok_or(WriteError::Code(ErrorCode::AuthorityInvalid))?;
        let unblocked = service
            .unblock_pin(&application, &admin, &new, last_try)
            .await;
        match unblocked {
            Ok(()) => Ok(()),
            // Nothing was sent, nothing was compared, or the new PIN alone was refused.
            Err(
                error @ (TokenError::LastTry
                | TokenError::NoToken
                | TokenError::Removed
                | TokenError::Busy
                | TokenError::PinInvalid),
            ) => {
                self.admin = Some(admin);
                Err(error.into())
            }
            // The device holds another administrator PIN than the one in escrow.
            Err(TokenError::PinWrong { .. }) => Err(WriteError::because(
                ErrorCode::AuthorityInvalid,
                &"the device did not take the administrator PIN",
            )),
            Err(TokenError::PinLocked) => Err(WriteError::Code(ErrorCode::AdminPinLocked)),
            Err(error) => Err(error.into()),
        }
    }

    /// The row of the device, for its rule and its name.
    pub fn row<'a>(&self, intent: &UnlockIntent, keyring: &'a Keyring) -> Option<&'a KeyRow> {
        row_of(intent, keyring).ok()
    }
}

/// The key that the intent names: its serial number, and its number where one device holds several keys.
fn row_of<'a>(intent: &UnlockIntent, keyring: &'a Keyring) -> Result<&'a KeyRow, WriteError> {
    if keyring.keys.is_empty() {
        return Err(WriteError::Code(ErrorCode::NoToken));
    }
    let mut rows = keyring
        .keys
        .iter()
        .filter(|row| row.serial == intent.device_serial)
        .collect::<Vec<_>>();
    if rows.len() > 1 {
        rows.retain(|row| row.key_number.as_deref() == Some(intent.key_number.as_str()));
    }
    match rows.as_slice() {
        [row] => Ok(row),
        _ => Err(WriteError::Code(ErrorCode::DeviceMismatch)),
    }
}
