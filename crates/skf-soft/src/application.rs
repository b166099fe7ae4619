//! Applications and their PINs: clauses 7.2.4 to 7.3.

use std::sync::{Arc, Mutex};

use skf_abi::codes;

use crate::device::Device;
use crate::files;
use crate::sar::Sar;
use crate::state::{self, Writer, step};
use crate::vault::{self, PinSlot, Secret};

/// Most applications on a device.
const MAX_APPLICATIONS: usize = 8;
/// Most tries that a PIN can have.
const MAX_TRIES: u32 = 15;

/// An open application. The login belongs to this handle and ends with it.
pub struct Application {
    pub device: Arc<Device>,
    pub name: String,
    login: Mutex<Login>,
}

/// Who is logged in over a handle; both may be.
#[derive(Default)]
struct Login {
    /// The master key while the user is.
    user: Option<Secret>,
    admin: bool,
}

/// A PIN operation's outcome: the code, and the tries that remain when a PIN was tried.
pub struct Tried {
    pub result: Result<(), Sar>,
    pub left: Option<u32>,
}

impl From<Sar> for Tried {
    fn from(error: Sar) -> Tried {
        Tried {
            result: Err(error),
            left: None,
        }
    }
}

/// What a new application is made of.
pub struct Making<'a> {
    pub name: &'a str,
    pub admin: (&'a [u8], u32),
    pub user: (&'a [u8], u32),
    /// Who may make and delete files: `SECURE_*`.
    pub file_rights: u32,
}

/// Names of the applications.
pub fn names(device: &Device) -> Result<Vec<String>, Sar> {
    device.read(|state| {
        Ok(state
            .applications
            .iter()
            .map(|one| one.name.clone())
            .collect())
    })
}

/// `SKF_CreateApplication`, after device authentication.
pub fn create(device: &Arc<Device>, making: &Making<'_>) -> Result<Application, Sar> {
    device.check_plugged()?;
    device.check_authenticated()?;
    if making.name.is_empty() || making.name.len() > codes::APPLICATION_NAME_MAX {
        return Err(Sar(codes::SAR_APPLICATION_NAME_INVALID));
    }
    for (pin, tries) in [making.admin, making.user] {
        check_pin_length(pin)?;
        if !(1..=MAX_TRIES).contains(&tries) {
            return Err(Sar::PARAMETER);
        }
    }
    files::check_rights(making.file_rights)?;
    let master = vault::new_master()?;
    let made = state::Application {
        name: making.name.to_owned(),
        admin: PinSlot::new(
            making.admin.0,
            making.admin.1,
            &master,
            &admin_purpose(making.name),
        )?,
        user: PinSlot::new(
            making.user.0,
            making.user.1,
            &master,
            &user_purpose(making.name),
        )?,
        containers: Vec::new(),
        file_rights: making.file_rights,
        files: Vec::new(),
    };
    device.work(|writer| {
        if writer.state.application(making.name).is_ok() {
            return Err(Sar(codes::SAR_APPLICATION_EXISTS));
        }
        if writer.state.applications.len() == MAX_APPLICATIONS {
            return Err(Sar(codes::SAR_NO_ROOM));
        }
        writer.state.applications.push(made);
        writer.save()
    })?;
    Application::open(device, making.name)
}

/// `SKF_DeleteApplication`, after device authentication.
pub fn delete(device: &Device, name: &str) -> Result<(), Sar> {
    device.check_plugged()?;
    device.check_authenticated()?;
    device.work(|writer| {
        writer.state.application(name)?;
        writer.state.applications.retain(|one| one.name != name);
        writer.save()
    })
}

impl Application {
    /// `SKF_OpenApplication`.
    pub fn open(device: &Arc<Device>, name: &str) -> Result<Application, Sar> {
        device.read(|state| state.application(name).map(drop))?;
        Ok(Application {
            device: Arc::clone(device),
            name: name.to_owned(),
            login: Mutex::default(),
        })
    }

    /// `SKF_GetPINInfo`: most tries, tries left, whether the PIN is the one given at the making.
    pub fn pin_info(&self, kind: u32) -> Result<(u32, u32, bool), Sar> {
        self.device.read(|state| {
            let application = state.application(&self.name)?;
            let slot = match kind {
                codes::ADMIN_TYPE => &application.admin,
                codes::USER_TYPE => &application.user,
                _ => return Err(Sar(codes::SAR_USER_TYPE_INVALID)),
            };
            Ok((slot.most, slot.left, slot.initial))
        })
    }

    /// `SKF_VerifyPIN`.
    pub fn verify_pin(&self, kind: u32, pin: &[u8]) -> Tried {
        self.try_pin(kind, pin, |_, master| {
            let mut login = self.login.lock().map_err(|_| Sar::FAIL)?;
            if kind == codes::USER_TYPE {
                login.user = Some(master.clone());
            } else {
                login.admin = true;
            }
            Ok(())
        })
    }

    /// `SKF_ChangePIN`.
    pub fn change_pin(&self, kind: u32, old: &[u8], new: &[u8]) -> Tried {
        if let Err(error) = check_pin_length(new) {
            return error.into();
        }
        self.try_pin(kind, old, |application, master| {
            let (slot, purpose) = slot_mut(application, kind)?;
            let most = slot.most;
            *slot = PinSlot::new(new, most, master, &purpose)?;
            slot.initial = false;
            Ok(())
        })
    }

    /// `SKF_UnblockPIN`: the administrator PIN gives the user a new PIN and all tries; the keys stay.
    pub fn unblock_pin(&self, admin: &[u8], new_user: &[u8]) -> Tried {
        if let Err(error) = check_pin_length(new_user) {
            return error.into();
        }
        self.try_pin(codes::ADMIN_TYPE, admin, |application, master| {
            let purpose = user_purpose(&application.name);
            let most = application.user.most;
            application.user = PinSlot::new(new_user, most, master, &purpose)?;
            application.user.initial = false;
            Ok(())
        })
    }

    /// Tries a PIN: lowers the tries **and syncs them to disk before it compares**, so that cutting the power
    /// right after a wrong guess wins nothing; a right PIN then puts them back, in the same write as its effect.
    fn try_pin(
        &self,
        kind: u32,
        pin: &[u8],
        effect: impl FnOnce(&mut state::Application, &Secret) -> Result<(), Sar>,
    ) -> Tried {
        let mut left = None;
        let result = check_pin_length(pin).and_then(|()| {
            self.device
                .work(|writer| self.try_pin_locked(writer, kind, pin, &mut left, effect))
        });
        Tried { result, left }
    }

    fn try_pin_locked(
        &self,
        writer: &mut Writer<'_>,
        kind: u32,
        pin: &[u8],
        left: &mut Option<u32>,
        effect: impl FnOnce(&mut state::Application, &Secret) -> Result<(), Sar>,
    ) -> Result<(), Sar> {
        let (slot, purpose) = slot_mut(writer.state.application_mut(&self.name)?, kind)?;
        *left = Some(slot.left);
        if slot.left == 0 {
            return Err(Sar(codes::SAR_PIN_LOCKED));
        }
        slot.left -= 1;
        let remaining = slot.left;
        writer.save()?;
        step("tries lowered");
        *left = Some(remaining);

        let application = writer.state.application_mut(&self.name)?;
        let (slot, _) = slot_mut(application, kind)?;
        let Some(master) = slot.open(pin, &purpose)? else {
            let code = if remaining == 0 {
                codes::SAR_PIN_LOCKED
            } else {
                codes::SAR_PIN_INCORRECT
            };
            return Err(Sar(code));
        };
        step("compared");
        slot.left = slot.most;
        *left = Some(slot.most);
        effect(application, &master)?;
        writer.save()
    }

    /// `SKF_ClearSecureState`.
    pub fn clear(&self) -> Result<(), Sar> {
        *self.login.lock().map_err(|_| Sar::FAIL)? = Login::default();
        Ok(())
    }

    /// The master key, while the user is logged in over this handle.
    pub fn master(&self) -> Result<Secret, Sar> {
        self.device.check_plugged()?;
        self.login
            .lock()
            .map_err(|_| Sar::FAIL)?
            .user
            .clone()
            .ok_or(Sar::NOT_LOGGED_IN)
    }

    /// Fails unless one of those who have the right (`SECURE_*`) is logged in over this handle.
    pub fn check_right(&self, rights: u32) -> Result<(), Sar> {
        if rights == codes::SECURE_ANYONE_ACCOUNT {
            return Ok(());
        }
        if rights == codes::SECURE_NEVER_ACCOUNT {
            return Err(Sar::FAIL); // no login would help
        }
        let login = self.login.lock().map_err(|_| Sar::FAIL)?;
        let user = rights & codes::SECURE_USER_ACCOUNT != 0 && login.user.is_some();
        let admin = rights & codes::SECURE_ADM_ACCOUNT != 0 && login.admin;
        if user || admin {
            Ok(())
        } else {
            Err(Sar::NOT_LOGGED_IN)
        }
    }
}

fn check_pin_length(pin: &[u8]) -> Result<(), Sar> {
    if (codes::PIN_LEN_MIN..=codes::PIN_LEN_MAX).contains(&pin.len()) {
        Ok(())
    } else {
        Err(Sar(codes::SAR_PIN_LEN_RANGE))
    }
}

fn slot_mut(
    application: &mut state::Application,
    kind: u32,
) -> Result<(&mut PinSlot, String), Sar> {
    match kind {
        codes::ADMIN_TYPE => {
            let purpose = admin_purpose(&application.name);
            Ok((&mut application.admin, purpose))
        }
        codes::USER_TYPE => {
            let purpose = user_purpose(&application.name);
            Ok((&mut application.user, purpose))
        }
        _ => Err(Sar(codes::SAR_USER_TYPE_INVALID)),
    }
}

fn admin_purpose(application: &str) -> String {
    format!("yinxin-soft-token/1 admin PIN\0{application}")
}

fn user_purpose(application: &str) -> String {
    format!("yinxin-soft-token/1 user PIN\0{application}")
}
