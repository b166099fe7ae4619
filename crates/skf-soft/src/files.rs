//! Files of an application: clause 7.4.
//!
//! Their octets lie in the state as they are. The rights hold at the interface, as on a real key; whoever reads the
//! drawer's files reads them, as `docs/soft-token.md` says of the whole.

use skf_abi::codes;

use crate::application::Application;
use crate::sar::Sar;
use crate::state::StoredFile;

/// Most files of an application.
const MAX_FILES: usize = 32;
/// Most octets of an application's files together.
const MAX_TOTAL: usize = 256 << 10;

/// What `SKF_GetFileInfo` tells.
pub struct Attributes {
    pub size: usize,
    pub read_rights: u32,
    pub write_rights: u32,
}

/// `SKF_EnumFiles`.
pub fn names(application: &Application) -> Result<Vec<String>, Sar> {
    application.device.read(|state| {
        let files = &state.application(&application.name)?.files;
        Ok(files.iter().map(|file| file.name.clone()).collect())
    })
}

/// `SKF_CreateFile`: who may is said when the application is made. The octets are zeros.
pub fn create(
    application: &Application,
    name: &str,
    size: u32,
    read_rights: u32,
    write_rights: u32,
) -> Result<(), Sar> {
    if name.is_empty() || name.len() > skf_abi::MAX_FILE_NAME_LEN {
        return Err(Sar::NAME_LENGTH);
    }
    for rights in [read_rights, write_rights] {
        check_rights(rights)?;
    }
    let size = usize::try_from(size).map_err(|_| Sar::DATA_LENGTH)?;
    if size == 0 {
        return Err(Sar::DATA_LENGTH);
    }
    application.device.work(|writer| {
        let made = writer.state.application_mut(&application.name)?;
        application.check_right(made.file_rights)?;
        if made.file(name).is_ok() {
            return Err(Sar(codes::SAR_FILE_ALREADY_EXIST));
        }
        let used: usize = made.files.iter().map(|file| file.octets.len()).sum();
        if made.files.len() == MAX_FILES || size > MAX_TOTAL - used.min(MAX_TOTAL) {
            return Err(Sar(codes::SAR_NO_ROOM));
        }
        made.files.push(StoredFile {
            name: name.to_owned(),
            read_rights,
            write_rights,
            octets: vec![0; size],
        });
        writer.save()
    })
}

/// `SKF_DeleteFile`: who may make files may delete them.
pub fn delete(application: &Application, name: &str) -> Result<(), Sar> {
    application.device.work(|writer| {
        let made = writer.state.application_mut(&application.name)?;
        made.file(name)?;
        application.check_right(made.file_rights)?;
        made.files.retain(|file| file.name != name);
        writer.save()
    })
}

/// `SKF_GetFileInfo`: everybody may.
pub fn attributes(application: &Application, name: &str) -> Result<Attributes, Sar> {
    application.device.read(|state| {
        let file = state.application(&application.name)?.file(name)?;
        Ok(Attributes {
            size: file.octets.len(),
            read_rights: file.read_rights,
            write_rights: file.write_rights,
        })
    })
}

/// `SKF_ReadFile`: what there is from `offset`, `length` octets at most.
pub fn read(
    application: &Application,
    name: &str,
    offset: u32,
    length: u32,
) -> Result<Vec<u8>, Sar> {
    let (offset, length) = (offset as usize, length as usize);
    application.device.read(|state| {
        let file = state.application(&application.name)?.file(name)?;
        application.check_right(file.read_rights)?;
        let rest = file.octets.get(offset..).ok_or(Sar::PARAMETER)?;
        Ok(rest[..length.min(rest.len())].to_vec())
    })
}

/// `SKF_WriteFile`: all of `data`, or nothing; a file doesn't grow.
pub fn write(application: &Application, name: &str, offset: u32, data: &[u8]) -> Result<(), Sar> {
    let offset = offset as usize;
    application.device.work(|writer| {
        let made = writer.state.application_mut(&application.name)?;
        let file = made.file_mut(name)?;
        application.check_right(file.write_rights)?;
        let end = offset.checked_add(data.len()).ok_or(Sar::DATA_LENGTH)?;
        let place = file.octets.get_mut(offset..end).ok_or(Sar::DATA_LENGTH)?;
        place.copy_from_slice(data);
        writer.save()
    })
}

/// Rights are nobody, everybody, or one or both of administrator and user.
pub fn check_rights(rights: u32) -> Result<(), Sar> {
    let known = codes::SECURE_ADM_ACCOUNT | codes::SECURE_USER_ACCOUNT;
    if rights == codes::SECURE_ANYONE_ACCOUNT || rights & !known == 0 {
        Ok(())
    } else {
        Err(Sar::PARAMETER)
    }
}
