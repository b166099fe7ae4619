//! Authorities' keys in SoftHSM2: made there, used there, found again by another process's handle.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use pki::KeyFamily;
use server::authority::module::ModuleVault;
use server::authority::vault::{KeyVault, VaultError, Vaults};
use zeroize::Zeroizing;

fn softhsm() -> Option<PathBuf> {
    let found = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists());
    if found.is_none() {
        assert!(
            std::env::var("YINXIN_REQUIRE_TOOLS").is_err(),
            "SoftHSM2 is not there"
        );
        eprintln!("skipped: SoftHSM2 is not there");
    }
    found
}

/// One test: SoftHSM reads its configuration from the environment once a process.
#[test]
fn rsa_and_p256_keys_of_authorities_are_made_and_sign_in_softhsm_and_sm2_goes_elsewhere() {
    let Some(library) = softhsm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let text = format!("directories.tokendir = {}\n", tokens.display());
    std::fs::write(&configuration, text).unwrap();
    if std::env::var_os("SOFTHSM2_CONF").is_none() {
        // The environment is this process's own, set before it starts: run once more with it.
        let status = Command::new(std::env::current_exe().unwrap())
            .env("SOFTHSM2_CONF", &configuration)
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "yinxin-ca"])
        .args(["--so-pin", "12345678", "--pin", "87654321"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");

    let pin = Zeroizing::new(b"87654321".to_vec());
    assert!(matches!(
        ModuleVault::open(&library, "another", &pin),
        Err(VaultError::Module(_))
    ));
    let wrong = Zeroizing::new(b"00000000".to_vec());
    assert!(ModuleVault::open(&library, "yinxin-ca", &wrong).is_err());
    let vault = ModuleVault::open(&library, "yinxin-ca", &pin).unwrap();
    assert!(matches!(vault.key("rsa"), Err(VaultError::Absent(_))));
    for family in [KeyFamily::Rsa, KeyFamily::P256] {
        let id = family.name();
        let made = vault.ensure(id, family).unwrap();
        let again = vault.ensure(id, family).unwrap();
        assert_eq!(made.public_key(), again.public_key());
        assert_eq!(made.public_key().family(), family);
        let signature = again.sign(b"to be signed").unwrap();
        let algorithm = family.default_algorithm();
        made.public_key()
            .verify(algorithm, b"to be signed", &signature)
            .unwrap();
    }
    assert!(matches!(
        vault.ensure("sm2", KeyFamily::Sm2),
        Err(VaultError::Unsupported(_))
    ));
    let files = tempfile::tempdir().unwrap();
    let folder = server::authority::key_file::KeyFolder::new(
        files.path().to_owned(),
        Zeroizing::new(b"passphrase".to_vec()),
        server::authority::key_file::Cost {
            memory_kib: 64,
            passes: 1,
        },
        Arc::new(server::system::SystemRandomness),
    );
    let both = Vaults(vec![
        Arc::new(vault),
        Arc::new(server::authority::vault::FileVault::new(folder)),
    ]);
    let sm2 = both.ensure("sm2", KeyFamily::Sm2).unwrap();
    assert_eq!(sm2.public_key().family(), KeyFamily::Sm2);
    assert!(both.key("rsa").is_ok() && both.key("sm2").is_ok());
}
