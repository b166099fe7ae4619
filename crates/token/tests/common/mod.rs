//! A drawer with soft keys, and libraries that misbehave, for the tests of this crate.
#![allow(dead_code)] // each test program uses its part

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use token::{
    ApplicationSpec, DeviceKey, DeviceRef, KeyKind, KeyRef, LastTry, Library, Limits, Pin,
    ServiceOptions, TokenService,
};

/// The soft token's library, built as a vendor's would be found: by path.
pub fn soft_library() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_BIN_EXE_yinxin-token-worker"))
                .parent()
                .unwrap();
            let mut build = Command::new(env!("CARGO"));
            build
                .args(["build", "--quiet", "--package", "skf-soft", "--lib"])
                .current_dir(env!("CARGO_MANIFEST_DIR"));
            if folder.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().unwrap().success(), "skf-soft does not build");
            folder.join("libskf_soft.so")
        })
        .clone()
}

/// A worker that finds `drawer`: the variable goes to the worker only, so that tests don't share it.
pub fn worker_for(drawer: &Path) -> PathBuf {
    let script = drawer.parent().unwrap().join("worker");
    let text = format!(
        "#!/bin/sh\nYINXIN_SOFT_DRAWER='{}' exec '{}'\n",
        drawer.display(),
        env!("CARGO_BIN_EXE_yinxin-token-worker"),
    );
    write_program(&script, &text);
    script
}

/// Writes an executable script. In a child process's shell, because a file that another thread's fork holds
/// open for writing can't be executed ("text file busy").
pub fn write_program(path: &Path, text: &str) {
    let status = Command::new("sh")
        .args([
            "-c",
            "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"",
            "sh",
            text,
        ])
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}

/// A drawer in a folder of its own.
pub struct Drawer {
    folder: tempfile::TempDir,
    pub service: TokenService,
}

pub const APPLICATION: &str = "YINXIN";
pub const CONTAINER: &str = "signing";

pub fn user_pin() -> Pin {
    Pin::new("20261122").unwrap()
}

pub fn admin_pin() -> Pin {
    Pin::new("admin-2026").unwrap()
}

pub fn wrong_pin() -> Pin {
    Pin::new("00000000").unwrap()
}

impl Drawer {
    pub fn new() -> Drawer {
        let folder = tempfile::tempdir().unwrap();
        let drawer = folder.path().join("drawer");
        std::fs::create_dir(&drawer).unwrap();
        let service = service(soft_library(), worker_for(&drawer), Limits::default());
        Drawer { folder, service }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("drawer")
    }

    pub fn add_blank(&self, device: &str) -> DeviceRef {
        std::fs::create_dir(self.path().join(device)).unwrap();
        self.plug(device);
        DeviceRef {
            library: soft_library(),
            device: device.to_owned(),
        }
    }

    pub fn plug(&self, device: &str) {
        std::fs::write(self.path().join(device).join("plugged"), b"").unwrap();
    }

    pub fn unplug(&self, device: &str) {
        std::fs::remove_file(self.path().join(device).join("plugged")).unwrap();
    }

    /// A device with an application and a key pair; no certificate yet.
    pub async fn add_key(&self, device: &str, kind: KeyKind) -> KeyRef {
        let device = self.add_blank(device);
        let spec = ApplicationSpec {
            name: APPLICATION.to_owned(),
            admin_tries: 3,
            user_tries: 6,
        };
        self.service
            .create_application(
                &device,
                &DeviceKey::default(),
                &spec,
                &admin_pin(),
                &user_pin(),
            )
            .await
            .unwrap();
        let key = KeyRef {
            library: device.library,
            device: device.device,
            application: APPLICATION.to_owned(),
            container: CONTAINER.to_owned(),
        };
        self.service
            .generate_key(&key, &user_pin(), kind, LastTry::Keep)
            .await
            .unwrap();
        key
    }
}

/// A library with what the repository's catalogue knows of it.
pub fn known(library: impl Into<PathBuf>) -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/modules");
    Library::named(library, &catalogue::Modules::load(&folder).unwrap())
}

/// A service over one library with a given worker.
pub fn service(library: PathBuf, worker: PathBuf, limits: Limits) -> TokenService {
    let options = ServiceOptions {
        worker: Some(worker),
        limits,
    };
    TokenService::new(vec![known(library)], options).unwrap()
}

/// A certificate for `key`, signed by a CA of the test's own: what a token stores is not validated here.
pub fn certificate_for(key: &pki::PublicKey, name: &str) -> Vec<u8> {
    use pki::asn1::write;
    use pki::{KeyFamily, Name, Signer as _, SoftwareKey, UnixTime, oid};

    let authority = SoftwareKey::generate(KeyFamily::Sm2).unwrap();
    let issuer = Name::from_attributes(&[(oid::COMMON_NAME, "Test CA")]).unwrap();
    let subject = Name::from_attributes(&[(oid::COMMON_NAME, name)]).unwrap();
    let validity = write::sequence(&[
        &UnixTime(1_700_000_000).to_asn1(),
        &UnixTime(2_000_000_000).to_asn1(),
    ]);
    let algorithm = authority.algorithm();
    let body = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::unsigned_integer(&[0x51, 0x52, 0x53, 0x54]),
        &algorithm.identifier(),
        issuer.der(),
        &validity,
        subject.der(),
        key.spki_der(),
    ]);
    let signature = authority.sign(&body).unwrap();
    write::sequence(&[
        &body,
        &algorithm.identifier(),
        &write::bit_string(&signature),
    ])
}

/// A SoftHSM2 of its own: the module, and a worker that finds this test's tokens only.
pub struct SoftHsm {
    folder: tempfile::TempDir,
    pub module: PathBuf,
    pub service: TokenService,
}

impl SoftHsm {
    /// `None`, said aloud, where `YINXIN_SOFTHSM` does not name the module; an error where tools are required.
    pub fn new() -> Option<SoftHsm> {
        let Some(module) = std::env::var_os("YINXIN_SOFTHSM").map(PathBuf::from) else {
            assert!(
                std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
                "YINXIN_SOFTHSM must name SoftHSM2's module"
            );
            eprintln!("skipped: YINXIN_SOFTHSM does not name SoftHSM2's module");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let settings = folder.path().join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(&settings, text).unwrap();
        let worker = folder.path().join("worker");
        write_program(
            &worker,
            &format!(
                "#!/bin/sh\nSOFTHSM2_CONF='{}' XDG_RUNTIME_DIR='{}' exec '{}'\n",
                settings.display(),
                // The lock of turns is these tokens' own too.
                folder.path().display(),
                env!("CARGO_BIN_EXE_yinxin-token-worker"),
            ),
        );
        let service = pkcs11_service(&module, worker);
        Some(SoftHsm {
            folder,
            module,
            service,
        })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A service with processes of its own over the same tokens.
    pub fn another(&self) -> TokenService {
        pkcs11_service(&self.module, self.folder.path().join("worker"))
    }

    /// Another tool over the same tokens.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", self.folder.path().join("softhsm2.conf"));
        command
    }

    /// Initialises the blank token that SoftHSM always offers; returns its reference.
    pub async fn add_token(&self, label: &str) -> DeviceRef {
        let listing = self.service.list().await;
        assert!(listing.failures.is_empty(), "{:?}", listing.failures);
        let blank = listing
            .tokens
            .iter()
            .find(|token| token.applications.is_empty())
            .expect("a blank token");
        let spec = ApplicationSpec {
            name: label.to_owned(),
            admin_tries: 3,
            user_tries: 6,
        };
        self.service
            .create_application(
                &blank.reference(),
                &DeviceKey::default(),
                &spec,
                &admin_pin(),
                &user_pin(),
            )
            .await
            .unwrap();
        let listing = self.service.list().await;
        let token = listing.tokens.iter().find(|token| token.label == label);
        token.expect("the new token").reference()
    }

    /// A reference to a container of a token.
    pub fn key(&self, device: &DeviceRef, label: &str, container: &str) -> KeyRef {
        KeyRef {
            library: device.library.clone(),
            device: device.device.clone(),
            application: label.to_owned(),
            container: container.to_owned(),
        }
    }
}

fn pkcs11_service(module: &Path, worker: PathBuf) -> TokenService {
    let library = Library {
        kind: token::LibraryKind::Pkcs11,
        hardware: false,
        ..Library::at(module)
    };
    let options = ServiceOptions {
        worker: Some(worker),
        limits: Limits::default(),
    };
    TokenService::new(vec![library], options).unwrap()
}

pub const WORKER: &str = env!("CARGO_BIN_EXE_yinxin-token-worker");

/// Compiles one of the libraries beside these tests into `folder`, as its `MODE` says.
pub fn compiled(folder: &Path, name: &str, mode: u32) -> PathBuf {
    compiled_with(folder, name, mode, &[])
}

/// The same with more flags for the compiler.
pub fn compiled_with(folder: &Path, name: &str, mode: u32, flags: &[&str]) -> PathBuf {
    let source = format!("{}/tests/libraries/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let library = folder.join(format!("lib{name}.so"));
    let mark = format!("-DMARK=\"{}\"", folder.join("mark").display());
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Wextra", "-pthread", &mark])
        .args([&format!("-DMODE={mode}"), "-o"])
        .arg(&library)
        .arg(source)
        .args(flags)
        .status()
        .expect("a C compiler (cc) is needed for this test");
    assert!(status.success());
    library
}

/// Limits that a test can wait for.
pub fn short() -> Limits {
    let moment = std::time::Duration::from_secs(5);
    Limits {
        enumerate: moment,
        sign: moment,
        generate: moment,
        manage: moment,
    }
}

/// A service over one library of which nothing is known, with short limits.
pub fn over(library: PathBuf) -> TokenService {
    over_with(library, token::Quirks::default())
}

/// The same with quirks.
pub fn over_with(library: PathBuf, quirks: token::Quirks) -> TokenService {
    let library = Library {
        quirks,
        ..Library::at(library)
    };
    let options = ServiceOptions {
        worker: Some(PathBuf::from(WORKER)),
        limits: short(),
    };
    TokenService::new(vec![library], options).unwrap()
}

/// The container of `shape.h` on the device `name`.
pub fn shaped(library: &Path, name: &str) -> KeyRef {
    KeyRef {
        library: library.to_owned(),
        device: name.to_owned(),
        application: "app".to_owned(),
        container: "c".to_owned(),
    }
}
