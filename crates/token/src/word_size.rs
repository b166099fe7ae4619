//! Which build of the worker a library needs: one process can't load a library of another word size, and many
//! makers ship 32-bit libraries only.
//!
//! Sources: System V ABI, "ELF Header" (`EI_CLASS`); "PE Format" of the Windows SDK (`Machine`).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// What stands after the worker's name in its 32-bit build.
const SUFFIX: &str = "-32";

/// The worker program for `library`: `program`, or its 32-bit build beside it where the library has 32 bits and
/// this process has not.
pub(crate) fn worker_for(program: &Path, library: &Path) -> PathBuf {
    if cfg!(target_pointer_width = "32") || !has_32_bits(library).unwrap_or(false) {
        return program.to_owned();
    }
    let mut name = program.file_stem().unwrap_or_default().to_owned();
    name.push(SUFFIX);
    if let Some(extension) = program.extension() {
        name.push(".");
        name.push(extension);
    }
    program.with_file_name(name)
}

/// Whether a library has 32 bits; `None` for what is no library of Linux or Windows, or can't be read.
fn has_32_bits(library: &Path) -> Option<bool> {
    let mut file = File::open(library).ok()?;
    let mut head = [0; 64];
    file.read_exact(&mut head).ok()?;
    if head.starts_with(b"\x7fELF") {
        return match head[4] {
            1 => Some(true),
            2 => Some(false),
            _ => None,
        };
    }
    if !head.starts_with(b"MZ") {
        return None;
    }
    let header = u32::from_le_bytes([head[60], head[61], head[62], head[63]]);
    file.seek(SeekFrom::Start(header.into())).ok()?;
    let mut machine = [0; 6];
    file.read_exact(&mut machine).ok()?;
    match machine {
        // IMAGE_FILE_MACHINE_I386
        [b'P', b'E', 0, 0, 0x4C, 0x01] => Some(true),
        [b'P', b'E', 0, 0, ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library");
        std::fs::write(&path, bytes).unwrap();
        has_32_bits(&path)
    }

    fn elf(class: u8) -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..5].copy_from_slice(&[0x7F, b'E', b'L', b'F', class]);
        file
    }

    fn pe(machine: u16) -> Vec<u8> {
        let mut file = vec![0; 128];
        file[..2].copy_from_slice(b"MZ");
        file[60] = 80;
        file.extend([0; 6]);
        file[80..84].copy_from_slice(b"PE\0\0");
        file[84..86].copy_from_slice(&machine.to_le_bytes());
        file
    }

    #[test]
    fn a_library_s_own_header_says_its_word_size() {
        assert_eq!((of(&elf(1)), of(&elf(2))), (Some(true), Some(false)));
        assert_eq!(
            (of(&pe(0x014C)), of(&pe(0x8664))),
            (Some(true), Some(false))
        );
        assert_eq!((of(&elf(3)), of(b"MZ"), of(b"")), (None, None, None));
        let mut astray = pe(0x014C);
        astray[60..64].copy_from_slice(&[0xFF; 4]);
        assert_eq!(of(&astray), None);
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_32_bit_library_is_served_by_the_32_bit_worker_beside_ours() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("old.dll");
        std::fs::write(&library, pe(0x014C)).unwrap();
        let worker = |program: &str| worker_for(Path::new(program), &library);
        assert_eq!(worker("/x/worker.exe"), Path::new("/x/worker-32.exe"));
        assert_eq!(worker("/x/worker"), Path::new("/x/worker-32"));
        std::fs::write(&library, pe(0x8664)).unwrap();
        assert_eq!(
            worker_for(Path::new("/x/worker"), &library),
            Path::new("/x/worker")
        );
    }
}
