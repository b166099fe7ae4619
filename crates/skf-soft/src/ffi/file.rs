//! Clause 7.4: files.

use skf_abi::{Byte, Char, FileAttribute, Handle, MAX_FILE_NAME_LEN, Ulong};

use super::{fill, fill_list, guard, input, put, text};
use crate::device::MAX_DATA;
use crate::files;
use crate::handles;
use crate::sar::Sar;

/// `SKF_CreateFile`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_CreateFile(
    application: Handle,
    name: *const Char,
    size: Ulong,
    read_rights: Ulong,
    write_rights: Ulong,
) -> Ulong {
    guard(|| {
        let application = handles::application(application)?;
        // SAFETY: the module's contract.
        let name = unsafe { text(name) }?;
        files::create(&application, name, size, read_rights, write_rights)
    })
}

/// `SKF_DeleteFile`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DeleteFile(application: Handle, name: *const Char) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| files::delete(&*handles::application(application)?, unsafe { text(name) }?))
}

/// `SKF_EnumFiles`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EnumFiles(
    application: Handle,
    list: *mut Char,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let names = files::names(&*handles::application(application)?)?;
        // SAFETY: the module's contract.
        unsafe { fill_list(list, size, &names) }
    })
}

/// `SKF_GetFileInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetFileInfo(
    application: Handle,
    name: *const Char,
    attributes: *mut FileAttribute,
) -> Ulong {
    guard(|| {
        let application = handles::application(application)?;
        // SAFETY: the module's contract.
        let name = unsafe { text(name) }?;
        let found = files::attributes(&application, name)?;
        let mut blob = FileAttribute {
            file_name: [0; MAX_FILE_NAME_LEN],
            file_size: u32::try_from(found.size).map_err(|_| Sar::FAIL)?,
            read_rights: found.read_rights,
            write_rights: found.write_rights,
        };
        // No file has a longer name.
        blob.file_name[..name.len()].copy_from_slice(name.as_bytes());
        // SAFETY: the module's contract.
        unsafe { put(attributes, blob) }
    })
}

/// `SKF_ReadFile`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ReadFile(
    application: Handle,
    name: *const Char,
    offset: Ulong,
    length: Ulong,
    data: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let application = handles::application(application)?;
        // SAFETY: the module's contract.
        unsafe {
            let found = files::read(&application, text(name)?, offset, length)?;
            fill(data, size, &found)
        }
    })
}

/// `SKF_WriteFile`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_WriteFile(
    application: Handle,
    name: *const Char,
    offset: Ulong,
    data: *const Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        let application = handles::application(application)?;
        // SAFETY: the module's contract.
        unsafe {
            let data = input(data, length, MAX_DATA)?;
            files::write(&application, text(name)?, offset, data)
        }
    })
}
