//! Slots with tokens: what is plugged in, and finding one again by the name that it was listed under.

use std::collections::HashMap;

use cryptoki::context::Pkcs11;
use cryptoki::session::Session;
use cryptoki::slot::Slot;

use super::Module;
use super::error::token_error;
use super::objects::Objects;
use crate::{
    ApplicationInfo, LibraryKind, PinEntry, PinKind, PinLength, PinTries, TokenError, TokenInfo,
};

/// Most slots that are believed.
const MAX_SLOTS: usize = 64;

/// An open session on a token.
pub struct TokenSession<'a> {
    context: &'a Pkcs11,
    slot: Slot,
    pub session: Session,
}

impl TokenSession<'_> {
    /// What the token says of itself now.
    pub fn info(&self) -> Result<cryptoki::slot::TokenInfo, TokenError> {
        self.context
            .get_token_info(self.slot)
            .map_err(|error| token_error(&error))
    }

    /// The tries of a PIN, where the token's flags name a number.
    pub fn tries(&self, kind: PinKind) -> Result<Option<PinTries>, TokenError> {
        Ok(tries(&self.info()?, kind))
    }
}

impl Module {
    pub(super) fn enumerate(&self) -> Result<Vec<TokenInfo>, TokenError> {
        let mut tokens = Vec::new();
        for (name, slot, info) in self.present()? {
            let mut token = TokenInfo {
                library: self.path.clone(),
                kind: LibraryKind::Pkcs11,
                hardware: true,
                device: name,
                label: info.label().to_owned(),
                serial: info.serial_number().to_owned(),
                manufacturer: info.manufacturer_id().to_owned(),
                applications: Vec::new(),
                containers: Vec::new(),
                trouble: None,
            };
            // One that was never initialised has no PINs and no objects: a blank.
            if info.token_initialized() {
                token.applications.push(application(&info));
                match self.describe(slot, info.label()) {
                    Ok(containers) => token.containers = containers,
                    Err(TokenError::Removed | TokenError::NoToken) => continue,
                    Err(trouble) => token.trouble = Some(trouble),
                }
            }
            tokens.push(token);
        }
        Ok(tokens)
    }

    fn describe(
        &self,
        slot: Slot,
        application: &str,
    ) -> Result<Vec<crate::ContainerInfo>, TokenError> {
        let session = self
            .context
            .open_ro_session(slot)
            .map_err(|error| token_error(&error))?;
        Ok(Objects::of(&session)?.describe(application))
    }

    /// Every token that is there: its name, its slot, what it says of itself.
    fn present(&self) -> Result<Vec<(String, Slot, cryptoki::slot::TokenInfo)>, TokenError> {
        let slots = self
            .context
            .get_slots_with_token()
            .map_err(|error| token_error(&error))?;
        if slots.len() > MAX_SLOTS {
            return Err(TokenError::Garbage("C_GetSlotList".to_owned()));
        }
        let mut found = Vec::new();
        for slot in slots {
            // A reader whose token is pulled or dumb must not hide the others.
            if let Ok(info) = self.context.get_token_info(slot) {
                found.push((slot, info));
            }
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (_, info) in &found {
            *seen.entry(info.serial_number().to_owned()).or_default() += 1;
        }
        Ok(found
            .into_iter()
            .map(|(slot, info)| {
                let serial = info.serial_number();
                let name = if serial.is_empty() || seen.get(serial) != Some(&1) {
                    format!("slot-{}", slot.id())
                } else {
                    serial.to_owned()
                };
                (name, slot, info)
            })
            .collect())
    }

    /// The slot of a listed token.
    pub(super) fn slot(
        &self,
        device: &str,
    ) -> Result<(Slot, cryptoki::slot::TokenInfo), TokenError> {
        self.present()?
            .into_iter()
            .find(|(name, ..)| name == device)
            .map(|(_, slot, info)| (slot, info))
            .ok_or(TokenError::NoToken)
    }

    /// A session that reads.
    pub(super) fn session(
        &self,
        device: &str,
        application: Option<&str>,
    ) -> Result<TokenSession<'_>, TokenError> {
        self.open_session(device, application, false)
    }

    /// A session that writes, or logs in as security officer (who may not while a reading one is open).
    pub(super) fn writing(
        &self,
        device: &str,
        application: Option<&str>,
    ) -> Result<TokenSession<'_>, TokenError> {
        self.open_session(device, application, true)
    }

    fn open_session(
        &self,
        device: &str,
        application: Option<&str>,
        write: bool,
    ) -> Result<TokenSession<'_>, TokenError> {
        let (slot, info) = self.slot(device)?;
        if application.is_some_and(|name| !info.token_initialized() || name != info.label()) {
            return Err(TokenError::NoApplication);
        }
        let session = if write {
            self.context.open_rw_session(slot)
        } else {
            self.context.open_ro_session(slot)
        };
        Ok(TokenSession {
            context: &self.context,
            slot,
            session: session.map_err(|error| token_error(&error))?,
        })
    }

    /// Initialises a blank token: label, SO PIN, user PIN. One that is in use is never wiped.
    pub(super) fn initialise(
        &self,
        device: &str,
        label: &str,
        so_pin: &[u8],
        user_pin: &[u8],
    ) -> Result<crate::wire::Reply, TokenError> {
        let failed = |error: cryptoki::error::Error| token_error(&error);
        // A CK_TOKEN_INFO has 32 octets for it, and a longer one would be cut, perhaps inside a character.
        if label.is_empty() || label.len() > 32 {
            return Err(TokenError::Message("a label has 1 to 32 octets".to_owned()));
        }
        let (slot, info) = self.slot(device)?;
        if info.token_initialized() {
            return Err(TokenError::Exists("PINs and a label".to_owned()));
        }
        let so_pin = super::login::auth_pin(so_pin)?;
        self.context
            .init_token(slot, &so_pin, label)
            .map_err(failed)?;
        let session = self.context.open_rw_session(slot).map_err(failed)?;
        session
            .login(cryptoki::session::UserType::So, Some(&so_pin))
            .map_err(failed)?;
        let done = session
            .init_pin(&super::login::auth_pin(user_pin)?)
            .map_err(failed);
        let _ = session.logout();
        done.map(|()| crate::wire::Reply::Done)
    }
}

fn application(info: &cryptoki::slot::TokenInfo) -> ApplicationInfo {
    ApplicationInfo {
        name: info.label().to_owned(),
        user_pin: tries(info, PinKind::User),
        admin_pin: tries(info, PinKind::Admin),
        pin_entry: if info.protected_authentication_path() {
            PinEntry::OnDevice
        } else if info.login_required() {
            PinEntry::Typed
        } else {
            PinEntry::None
        },
        pin_length: pin_length(info),
    }
}

/// What the token says, as far as it makes sense; modules that do not know say zero.
fn pin_length(info: &cryptoki::slot::TokenInfo) -> PinLength {
    let (least, most) = (info.min_pin_length(), info.max_pin_length());
    let PinLength { most: longest, .. } = PinLength::ANY;
    PinLength {
        least: least.clamp(1, longest),
        most: if most == 0 {
            longest
        } else {
            most.clamp(1, longest)
        },
    }
}

/// PKCS#11 tells no number, only "locked" and "one left" (v2.40 §4.4, CK_TOKEN_INFO flags). "Some were
/// wrong" (`COUNT_LOW`) is no number either. What isn't told stays unknown.
fn tries(info: &cryptoki::slot::TokenInfo, kind: PinKind) -> Option<PinTries> {
    let (locked, last) = match kind {
        PinKind::User => (info.user_pin_locked(), info.user_pin_final_try()),
        PinKind::Admin => (info.so_pin_locked(), info.so_pin_final_try()),
    };
    let left = match (locked, last) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => return None,
    };
    Some(PinTries { left, most: 0 })
}
