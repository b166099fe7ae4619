//! Clause 7.5: containers and certificates.

use std::sync::Arc;

use skf_abi::{BoolArgument, Byte, Char, Handle, Ulong};

use super::{fill, fill_list, guard, input, put, put_handle, text, truth};
use crate::container;
use crate::handles::{self, Object};

/// `SKF_CreateContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_CreateContainer(
    application: Handle,
    name: *const Char,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let application = handles::application(application)?;
            let name = text(name)?;
            put_handle(place, || {
                let made = container::create(&application, name)?;
                handles::insert(Object::Container(Arc::new(made)))
            })
        }
    })
}

/// `SKF_DeleteContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DeleteContainer(application: Handle, name: *const Char) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| container::delete(&*handles::application(application)?, unsafe { text(name) }?))
}

/// `SKF_OpenContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_OpenContainer(
    application: Handle,
    name: *const Char,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let application = handles::application(application)?;
            let name = text(name)?;
            put_handle(place, || {
                let opened = container::open(&application, name)?;
                handles::insert(Object::Container(Arc::new(opened)))
            })
        }
    })
}

/// `SKF_CloseContainer`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CloseContainer(container: Handle) -> Ulong {
    guard(|| handles::remove(container, |one| matches!(one, Object::Container(_))).map(drop))
}

/// `SKF_EnumContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EnumContainer(
    application: Handle,
    list: *mut Char,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let names = container::names(&*handles::application(application)?)?;
        // SAFETY: the module's contract.
        unsafe { fill_list(list, size, &names) }
    })
}

/// `SKF_GetContainerType`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetContainerType(container: Handle, kind: *mut Ulong) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe { put(kind, handles::container(container)?.kind()?) })
}

/// `SKF_ImportCertificate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ImportCertificate(
    container: Handle,
    signing: BoolArgument,
    der: *const Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        let der = unsafe { input(der, length, 1 << 16) }?;
        handles::container(container)?.import_certificate(truth(signing), der)
    })
}

/// `SKF_ExportCertificate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExportCertificate(
    container: Handle,
    signing: BoolArgument,
    der: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let certificate = handles::container(container)?.certificate(truth(signing))?;
        // SAFETY: the module's contract.
        unsafe { fill(der, size, &certificate) }
    })
}
