//! OpenSSL 4 or newer as a judge: older ones do not know SM2 certificates' default identifier.
#![allow(dead_code)] // Each test file uses a part of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The judge in a folder of its own that is removed with it.
pub struct OpenSsl {
    program: String,
    pub folder: tempfile::TempDir,
}

impl OpenSsl {
    /// The judge of `YINXIN_OPENSSL4`. Without it the test is skipped and says so, unless
    /// `YINXIN_REQUIRE_TOOLS=1` forbids that.
    pub fn find() -> Option<Self> {
        let Ok(program) = std::env::var("YINXIN_OPENSSL4") else {
            assert!(
                std::env::var("YINXIN_REQUIRE_TOOLS").as_deref() != Ok("1"),
                "YINXIN_OPENSSL4 is not set, and no tool may be missing"
            );
            eprintln!("skipped: YINXIN_OPENSSL4 is not set");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { program, folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).expect("written");
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("read")
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("OpenSSL runs")
    }

    /// Runs and expects success.
    pub fn accept(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "openssl {arguments:?}: {text}");
        text
    }

    /// Runs and expects a refusal that says `reason`.
    pub fn refuse(&self, arguments: &[&str], reason: &str) {
        let output = self.run(arguments);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.status.success(), "openssl {arguments:?} accepted");
        assert!(text.contains(reason), "openssl {arguments:?}: {text}");
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
