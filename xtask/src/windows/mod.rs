//! `cargo xtask windows`: agent, token worker and soft token for Windows, compiled here, and what of them runs under
//! Wine. See `docs/windows.md`.
//!
//! Where the toolchain has the target's standard library (`rustup target add …`), it is used; else Debian's
//! `rustc-web` builds the library from `rust-web-src`. The settings of the target are in the environment of the cargo
//! that is started here, so nobody's own cargo configuration has to know of it.

mod smoke;
mod startup;

use crate::packages::{self, Need, ensure};
use crate::workspace::{self, say};
use crate::{Error, Result, command, tools};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `cargo xtask windows`.
#[derive(Args)]
pub struct Options {
    /// Build for one word size only.
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Optimised, as it would be handed out; takes longer.
    #[arg(long)]
    release: bool,
    /// Only build: nothing is run under Wine.
    #[arg(long)]
    no_smoke: bool,
}

/// A word size of Windows.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// 64 bits: agent, worker, soft token.
    #[value(name = "x86_64")]
    X86_64,
    /// 32 bits: the worker that serves makers' 32-bit libraries, and a soft token to try it with.
    #[value(name = "i686")]
    I686,
}

impl Target {
    fn triple(self) -> &'static str {
        match self {
            Target::X86_64 => "x86_64-pc-windows-gnu",
            Target::I686 => "i686-pc-windows-gnu",
        }
    }

    fn c_compiler(self) -> &'static str {
        match self {
            Target::X86_64 => "x86_64-w64-mingw32-gcc",
            Target::I686 => "i686-w64-mingw32-gcc",
        }
    }

    /// The packages of the workspace, and what comes out of them: cargo's name, ours.
    fn wanted(
        self,
    ) -> (
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    ) {
        match self {
            Target::X86_64 => (
                &["agent", "token", "skf-soft"],
                &[
                    ("yinxin-agent.exe", "yinxin-agent.exe"),
                    ("yinxin-token-worker.exe", "yinxin-token-worker.exe"),
                    ("skf_soft.dll", "skf_soft.dll"),
                ],
            ),
            Target::I686 => (
                &["token", "skf-soft"],
                &[
                    ("yinxin-token-worker.exe", "yinxin-token-worker-32.exe"),
                    ("skf_soft.dll", "x86/skf_soft.dll"),
                ],
            ),
        }
    }
}

const MINGW_64: Need = Need {
    what: "a C compiler for 64-bit Windows",
    present: || command::on_path("x86_64-w64-mingw32-gcc"),
    packages: &["gcc-mingw-w64-x86-64-posix"],
};

const MINGW_32: Need = Need {
    what: "a C compiler for 32-bit Windows",
    present: || command::on_path("i686-w64-mingw32-gcc"),
    packages: &["gcc-mingw-w64-i686-posix"],
};

/// aws-lc's assembly for Windows.
const NASM: Need = Need {
    what: "the assembler nasm",
    present: || command::on_path("nasm"),
    packages: &["nasm"],
};

/// The compiler that comes with the sources of its standard library.
const RUST_WITH_SOURCES: Need = Need {
    what: "Debian's rustc-web with the sources of its standard library, new enough for this workspace",
    present: || debian_rust().is_some(),
    packages: &["rustc-web", "cargo-web", "rust-web-src"],
};

/// Where Debian puts the compiler, its cargo and the sources.
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

/// Builds, says where it all is, and tries it.
pub fn windows(options: Options) -> Result<()> {
    let targets = match options.target {
        Some(target) => vec![target],
        None => vec![Target::X86_64, Target::I686],
    };
    let folder = workspace::target().join("windows");
    let handed_out = folder.join(if options.release {
        "yinxin"
    } else {
        "yinxin-debug"
    });
    let mut built = Vec::new();
    let mut outcome = Ok(());
    for target in targets {
        // The 64-bit programs are whole without the 32-bit worker: they are tried all the same.
        match build(target, &folder, &handed_out, options.release) {
            Ok(()) => built.push(target),
            Err(error) if built.is_empty() => return Err(error),
            Err(error) => outcome = Err(error),
        }
    }
    println!("{}", handed_out.display());
    for (_, ours) in built.iter().flat_map(|target| target.wanted().1) {
        println!("  {ours}");
    }
    if outcome.is_err() {
        println!("NOT BUILT: the 32-bit worker");
    }
    if options.no_smoke {
        println!("not run: --no-smoke");
    } else if built.contains(&Target::X86_64) {
        smoke::smoke(&folder, &handed_out, built.contains(&Target::I686))?;
    } else {
        println!("not run: the agent is among the 64-bit programs");
    }
    outcome
}

/// Builds one target in `folder`, and puts what came out together with the rest.
fn build(target: Target, folder: &Path, handed_out: &Path, release: bool) -> Result<()> {
    ensure(match target {
        Target::X86_64 => &[packages::C_COMPILER, MINGW_64, NASM],
        Target::I686 => &[packages::C_COMPILER, MINGW_32, NASM],
    })?;
    let triple = target.triple();
    let mut cargo = if has_library(triple) {
        Command::new(tools::cargo())
    } else {
        ensure(&[RUST_WITH_SOURCES])?;
        let mut cargo = Command::new(CARGO);
        cargo
            .env("RUSTC", RUSTC)
            .env("RUSTDOC", "/usr/bin/rustdoc")
            // Building the standard library is an unstable option of the stable compiler.
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
    };
    cargo.args(["build", "--locked", "--target", triple]);
    if !has_library(triple) {
        cargo.args(["-Z", "build-std=std,panic_unwind"]);
    }
    if release {
        cargo.arg("--release");
    }
    for package in target.wanted().0 {
        cargo.args(["-p", package]);
    }
    let linker = if target == Target::I686 && !has_library(triple) {
        startup::linker(target, folder)?
    } else {
        target.c_compiler().into()
    };
    let variable = triple.to_ascii_uppercase().replace('-', "_");
    cargo
        .env(format!("CARGO_TARGET_{variable}_LINKER"), linker)
        .env("CARGO_TARGET_DIR", folder)
        .current_dir(workspace::root());
    say(format!(
        "building for {triple} (many minutes the first time)"
    ));
    command::succeed(&mut cargo)?;
    let profile = if release { "release" } else { "debug" };
    let made = folder.join(triple).join(profile);
    for (theirs, ours) in target.wanted().1 {
        copy(&made.join(theirs), &handed_out.join(ours))?;
    }
    Ok(())
}

/// Whether the compiler of this cargo has the target's standard library.
fn has_library(triple: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(sysroot) = command::output(Command::new(rustc).args(["--print", "sysroot"])) else {
        return false;
    };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
    sysroot
        .join("lib/rustlib")
        .join(triple)
        .join("lib")
        .is_dir()
}

/// Debian's compiler, where it is new enough and has the sources of its library.
fn debian_rust() -> Option<()> {
    let said = command::output(Command::new(RUSTC).arg("--version")).ok()?;
    let version = version_of(&String::from_utf8_lossy(&said))?;
    let enough = version_of(concat!("rustc ", env!("CARGO_PKG_RUST_VERSION")))?;
    (version >= enough && Path::new(CARGO).is_file() && Path::new(SOURCES).is_file()).then_some(())
}

/// `rustc 1.96.0 (…)` as numbers.
fn version_of(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        workspace::create_dir(folder)?;
    }
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|e| Error::failed(format!("{}: {e}", from.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version_of("rustc 1.96.0 (ac68faa20)"), Some((1, 96)));
        assert!(version_of("rustc 1.100.0") > version_of("rustc 1.96"));
        assert_eq!(version_of("no compiler"), None);
    }
}
