//! What `-Z build-std` leaves out for 32 bits: two objects that the linker puts first and last, by which a program's
//! frames are found when it unwinds (`library/rtstartup` of the compiler's sources). A toolchain with the target's
//! library brings them.
//!
//! The compiler names them to the linker without a folder, so a script before the linker says where they lie.

use super::{RUSTC, Target};
use crate::{Error, Result, command, workspace};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The two, in the folder of the compiler's sources.
const OBJECTS: [&str; 2] = ["rsbegin", "rsend"];
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/rtstartup";

/// Builds them and the script below `folder`; the script's path.
pub fn linker(target: Target, folder: &Path) -> Result<PathBuf> {
    let place = folder.join("startup").join(target.triple());
    workspace::create_dir(&place)?;
    let mut cases = String::new();
    for name in OBJECTS {
        let object = place.join(format!("{name}.o"));
        command::output(
            Command::new(RUSTC)
                .args(["--target", target.triple(), "--emit=obj"])
                .args(["--crate-type=lib", "-O", "-o"])
                .arg(&object)
                .arg(format!("{SOURCES}/{name}.rs"))
                // They stand below the library: no core, which is an unstable feature.
                .env("RUSTC_BOOTSTRAP", "1"),
        )?;
        cases += &format!("    {name}.o) set -- \"$@\" '{}' ;;\n", object.display());
    }
    // Each argument goes to the end, changed or not, once round.
    let script = format!(
        "#!/bin/sh\nfor argument in \"$@\"; do\n  shift\n  case \"$argument\" in\n{cases}    *) set -- \"$@\" \"$argument\" ;;\n  esac\ndone\nexec {} \"$@\"\n",
        target.c_compiler()
    );
    let path = place.join("linker");
    workspace::write(&path, &script)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
        .map_err(Error::failed)?;
    Ok(path)
}
