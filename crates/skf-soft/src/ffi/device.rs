//! Clause 7.1: device management; device authentication of 7.2, and its challenge of 7.6.2.

use std::sync::Arc;

use skf_abi::{BoolArgument, Byte, Char, DevInfo, Handle, Ulong, codes};

use super::{fill, fill_list, guard, input, put, put_handle, text, truth};
use crate::device::Device;
use crate::drawer;
use crate::handles::{self, Object};
use crate::sar::Sar;

/// `SKF_WaitForDevEvent`: blocks until a device comes or goes. A buffer too short for the name loses no event.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_WaitForDevEvent(
    name: *mut Char,
    size: *mut Ulong,
    event: *mut Ulong,
) -> Ulong {
    guard(|| {
        if name.is_null() || size.is_null() || event.is_null() {
            return Err(Sar::PARAMETER);
        }
        let happened = drawer::wait()?;
        let device = [happened.device.as_bytes(), &[0]].concat();
        // SAFETY: the module's contract.
        unsafe {
            if let Err(error) = fill(name.cast(), size, &device) {
                drawer::put_back(&happened)?;
                return Err(error);
            }
            put(event, happened.kind)
        }
    })
}

/// `SKF_CancelWaitForDevEvent`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CancelWaitForDevEvent() -> Ulong {
    guard(drawer::cancel)
}

/// `SKF_EnumDev`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EnumDev(
    present: BoolArgument,
    list: *mut Char,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let names = drawer::devices(truth(present))?;
        // SAFETY: the module's contract.
        unsafe { fill_list(list, size, &names) }
    })
}

/// `SKF_ConnectDev`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ConnectDev(name: *const Char, device: *mut Handle) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let name = text(name)?;
            put_handle(device, || {
                handles::insert(Object::Device(Arc::new(Device::connect(name)?)))
            })
        }
    })
}

/// `SKF_DisConnectDev`. Its lock goes with it, and every handle that was opened through it.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_DisConnectDev(device: Handle) -> Ulong {
    guard(|| {
        let device = handles::remove_device(device)?;
        while device.unlock().is_ok() {}
        Ok(())
    })
}

/// `SKF_GetDevState`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetDevState(name: *const Char, state: *mut Ulong) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        let name = unsafe { text(name) }?;
        let found = match drawer::device_folder(name).map(|folder| drawer::plug(&folder)) {
            Some(Some(_)) => codes::DEV_PRESENT_STATE,
            Some(None) => codes::DEV_ABSENT_STATE,
            None => codes::DEV_UNKNOWN_STATE,
        };
        // SAFETY: the module's contract.
        unsafe { put(state, found) }
    })
}

/// `SKF_SetLabel`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_SetLabel(device: Handle, label: *const Char) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::device(device)?.set_label(unsafe { text(label) }?))
}

/// `SKF_GetDevInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetDevInfo(device: Handle, info: *mut DevInfo) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe { put(info, handles::device(device)?.info()?) })
}

/// `SKF_LockDev`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_LockDev(device: Handle, milliseconds: Ulong) -> Ulong {
    guard(|| handles::device(device)?.lock(milliseconds))
}

/// `SKF_UnlockDev`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_UnlockDev(device: Handle) -> Ulong {
    guard(|| handles::device(device)?.unlock())
}

/// `SKF_Transmit`: one APDU of at most 261 octets. A null answer asks for the size of an answer that is thrown away.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_Transmit(
    device: Handle,
    command: *const Byte,
    length: Ulong,
    answer: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let made = handles::device(device)?.transmit(input(command, length, 261)?)?;
            fill(answer, size, &made)
        }
    })
}

/// `SKF_GenRandom`. What it gives is also the challenge of `SKF_DevAuth`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenRandom(
    device: Handle,
    place: *mut Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        let device = handles::device(device)?;
        if place.is_null() || length == 0 || length > 1 << 20 {
            return Err(Sar::PARAMETER);
        }
        // SAFETY: `length` octets by the module's contract; octets have no invalid value.
        device.random(unsafe { std::slice::from_raw_parts_mut(place, length as usize) })
    })
}

/// `SKF_ChangeDevAuthKey`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ChangeDevAuthKey(
    device: Handle,
    key: *const Byte,
    length: Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::device(device)?.change_device_key(unsafe { input(key, length, 16) }?))
}

/// `SKF_DevAuth`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DevAuth(
    device: Handle,
    answer: *const Byte,
    length: Ulong,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| handles::device(device)?.authenticate(unsafe { input(answer, length, 64) }?))
}
