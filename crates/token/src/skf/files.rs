//! The file area of an open application (clause 7.4).
#![allow(unsafe_code)]

use skf_abi::codes::{
    SAR_FILE_NOT_EXIST, SECURE_ADM_ACCOUNT, SECURE_ANYONE_ACCOUNT, SECURE_NEVER_ACCOUNT,
    SECURE_USER_ACCOUNT,
};

use super::application::Application;
use super::call::{Number, sized};
use super::names;
use crate::files::MAX_FILE;
use crate::{FileRights, TokenError, TokenFile};

/// How much is read and written at once: what fits in one command of the slowest card.
const PART: u32 = 1024;

fn rights(number: u32) -> FileRights {
    // Bits: a file for user and administrator is open to the user.
    match number & 0xFF {
        SECURE_ANYONE_ACCOUNT => FileRights::Anyone,
        SECURE_NEVER_ACCOUNT => FileRights::Nobody,
        other if other & SECURE_USER_ACCOUNT != 0 => FileRights::User,
        other if other & SECURE_ADM_ACCOUNT != 0 => FileRights::Admin,
        _ => FileRights::Nobody,
    }
}

fn number(rights: FileRights) -> u32 {
    match rights {
        FileRights::Nobody => SECURE_NEVER_ACCOUNT,
        FileRights::Admin => SECURE_ADM_ACCOUNT,
        FileRights::User => SECURE_USER_ACCOUNT,
        FileRights::Anyone => SECURE_ANYONE_ACCOUNT,
    }
}

impl Application<'_> {
    /// The files with their attributes.
    pub fn files(&self) -> Result<Vec<TokenFile>, TokenError> {
        let symbol = &self.library.enum_files;
        let enumerate = symbol.needed()?;
        let list = sized(symbol.name, names::MAX_LIST, |buffer, size| {
            // SAFETY: `buffer` is null or has at least `*size` octets.
            symbol.check(unsafe { enumerate(self.handle, buffer.cast(), size) })
        })?;
        names::split_list(&list, symbol.name)?
            .iter()
            .map(|name| self.file(name))
            .collect()
    }

    /// One file's attributes.
    pub fn file(&self, name: &str) -> Result<TokenFile, TokenError> {
        let symbol = &self.library.get_file_info;
        let get = symbol.needed()?;
        let c_name = names::to_c_string(name)?;
        // Room behind the structure, for a library whose `ULONG` is wider.
        #[repr(C)]
        struct Roomy(skf_abi::FileAttribute, [u8; 64]);
        // SAFETY: integers and arrays of octets, for which zero is a value.
        let mut found: Roomy = unsafe { std::mem::zeroed() };
        // SAFETY: the name is NUL-ended; the place is ours and larger than the structure.
        let code = unsafe { get(self.handle, c_name.as_ptr(), &raw mut found.0) };
        if code == SAR_FILE_NOT_EXIST {
            return Err(TokenError::NoFile(name.to_owned()));
        }
        symbol.check(code)?;
        Ok(TokenFile {
            name: name.to_owned(),
            size: found.0.file_size,
            read: rights(found.0.read_rights),
            write: rights(found.0.write_rights),
        })
    }

    /// A whole file, part by part.
    pub fn read_file(&self, file: &TokenFile) -> Result<Vec<u8>, TokenError> {
        let symbol = &self.library.read_file;
        let read = symbol.needed()?;
        if file.size as usize > MAX_FILE {
            return Err(TokenError::TooLarge(file.name.clone()));
        }
        let c_name = names::to_c_string(&file.name)?;
        let mut content = Vec::with_capacity(file.size as usize);
        while content.len() < file.size as usize {
            // Fits: it is below `MAX_FILE`.
            let offset = content.len() as u32;
            let wanted = PART.min(file.size - offset);
            let mut part = [0_u8; PART as usize + 64];
            let mut size = Number::new(wanted);
            // SAFETY: the name is NUL-ended, the buffer has more than `wanted` octets.
            symbol.check(unsafe {
                read(
                    self.handle,
                    c_name.as_ptr(),
                    offset,
                    wanted,
                    part.as_mut_ptr(),
                    size.pointer(),
                )
            })?;
            // A library that says it read nothing would be asked for ever.
            if size.value() == 0 || size.value() > wanted {
                return Err(TokenError::Garbage(symbol.name.to_owned()));
            }
            content.extend_from_slice(&part[..size.value() as usize]);
        }
        Ok(content)
    }

    /// Writes a whole file in place of what has that name, and reads it back.
    pub fn write_file(
        &self,
        name: &str,
        content: &[u8],
        read: FileRights,
    ) -> Result<(), TokenError> {
        let size =
            u32::try_from(content.len()).map_err(|_| TokenError::TooLarge(name.to_owned()))?;
        let c_name = names::to_c_string(name)?;
        let fits = match self.file(name) {
            Ok(there) if there.size == size && there.read == read => true,
            Ok(_) => {
                self.delete_file(name)?;
                false
            }
            Err(TokenError::NoFile(_)) => false,
            // The code for a missing file differs by vendor; the list doesn't.
            Err(error) => match self.files() {
                Ok(files) if !files.iter().any(|file| file.name == name) => false,
                _ => return Err(error),
            },
        };
        if !fits {
            let symbol = &self.library.create_file;
            let create = symbol.needed()?;
            // SAFETY: the name is NUL-ended.
            symbol.check(unsafe {
                create(
                    self.handle,
                    c_name.as_ptr(),
                    size,
                    number(read),
                    SECURE_USER_ACCOUNT,
                )
            })?;
        }
        let symbol = &self.library.write_file;
        let write = symbol.needed()?;
        for (index, part) in content.chunks(PART as usize).enumerate() {
            // Both fit: the content is below `MAX_FILE`.
            let (offset, length) = (index as u32 * PART, part.len() as u32);
            // SAFETY: the name is NUL-ended, the part has `length` octets.
            symbol.check(unsafe {
                write(self.handle, c_name.as_ptr(), offset, part.as_ptr(), length)
            })?;
        }
        if self.read_file(&self.file(name)?)? == content {
            Ok(())
        } else {
            Err(TokenError::Garbage(symbol.name.to_owned()))
        }
    }

    /// Deletes a file.
    pub fn delete_file(&self, name: &str) -> Result<(), TokenError> {
        let symbol = &self.library.delete_file;
        let delete = symbol.needed()?;
        let c_name = names::to_c_string(name)?;
        // SAFETY: the name is NUL-ended.
        match unsafe { delete(self.handle, c_name.as_ptr()) } {
            SAR_FILE_NOT_EXIST => Err(TokenError::NoFile(name.to_owned())),
            code => symbol.check(code),
        }
    }
}
