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
