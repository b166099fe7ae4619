//! Clauses 7.2.4 to 7.2.8 (PINs) and 7.3 (applications).

use std::sync::Arc;

use skf_abi::{BoolResult, Char, Handle, Ulong};

use super::{fill_list, guard, octets, put, put_handle, text};
use crate::application::{self, Application, Making, Tried};
use crate::handles::{self, Object};
use crate::sar::Sar;

/// Writes the tries that remain, where a PIN was tried and there is a place, and passes the outcome on.
unsafe fn tell(tried: Tried, place: *mut Ulong) -> Result<(), Sar> {
    if let (Some(left), false) = (tried.left, place.is_null()) {
        // SAFETY: not null, writable by the module's contract.
        unsafe { put(place, left) }?;
    }
    tried.result
}

/// `SKF_ChangePIN`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ChangePIN(
    application: Handle,
    kind: Ulong,
    old: *const Char,
    new: *const Char,
    left: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        let application = handles::application(application)?;
        tell(
            application.change_pin(kind, octets(old)?, octets(new)?),
            left,
        )
    })
}

/// `SKF_GetPINInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetPINInfo(
    application: Handle,
    kind: Ulong,
    most: *mut Ulong,
    left: *mut Ulong,
    default: *mut BoolResult,
) -> Ulong {
    guard(|| {
        let (most_tries, tries_left, initial) =
            handles::application(application)?.pin_info(kind)?;
        // SAFETY: the module's contract. Four octets of the BOOL are written, whatever its width is there.
        unsafe {
            put(most, most_tries)?;
            put(left, tries_left)?;
            put(default.cast::<u32>(), u32::from(initial))
        }
    })
}

/// `SKF_VerifyPIN`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_VerifyPIN(
    application: Handle,
    kind: Ulong,
    pin: *const Char,
    left: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        tell(
            handles::application(application)?.verify_pin(kind, octets(pin)?),
            left,
        )
    })
}

/// `SKF_UnblockPIN`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_UnblockPIN(
    application: Handle,
    admin: *const Char,
    new_user: *const Char,
    left: *mut Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        let application = handles::application(application)?;
        tell(
            application.unblock_pin(octets(admin)?, octets(new_user)?),
            left,
        )
    })
}

/// `SKF_ClearSecureState`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_ClearSecureState(application: Handle) -> Ulong {
    guard(|| handles::application(application)?.clear())
}

/// `SKF_CreateApplication`. `file_rights`: who may make and delete files.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_CreateApplication(
    device: Handle,
    name: *const Char,
    admin_pin: *const Char,
    admin_tries: Ulong,
    user_pin: *const Char,
    user_tries: Ulong,
    file_rights: Ulong,
    application: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let device = handles::device(device)?;
            let making = Making {
                name: text(name)?,
                admin: (octets(admin_pin)?, admin_tries),
                user: (octets(user_pin)?, user_tries),
                file_rights,
            };
            put_handle(application, || {
                let made = application::create(&device, &making)?;
                handles::insert(Object::Application(Arc::new(made)))
            })
        }
    })
}

/// `SKF_EnumApplication`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EnumApplication(
    device: Handle,
    list: *mut Char,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let names = application::names(&*handles::device(device)?)?;
        // SAFETY: the module's contract.
        unsafe { fill_list(list, size, &names) }
    })
}

/// `SKF_DeleteApplication`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DeleteApplication(device: Handle, name: *const Char) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| application::delete(&*handles::device(device)?, unsafe { text(name) }?))
}

/// `SKF_OpenApplication`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_OpenApplication(
    device: Handle,
    name: *const Char,
    application: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let device = handles::device(device)?;
            let name = text(name)?;
            put_handle(application, || {
                let opened = Application::open(&device, name)?;
                handles::insert(Object::Application(Arc::new(opened)))
            })
        }
    })
}

/// `SKF_CloseApplication`. Its login ends; containers opened from it stay open without one.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CloseApplication(application: Handle) -> Ulong {
    guard(|| {
        let closed = handles::remove(application, |one| matches!(one, Object::Application(_)))?;
        if let Object::Application(application) = closed {
            application.clear()?;
        }
        Ok(())
    })
}
