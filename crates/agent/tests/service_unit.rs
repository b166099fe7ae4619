//! The unit of systemd's user manager, judged by systemd itself.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use agent::service::Plan;
use agent::service::systemd::unit;

/// What `systemd-analyze verify` says of a unit; nothing where it finds no fault.
fn judged(program: &Path, folder: &Path, text: &str) -> (bool, String) {
    let file = folder.join("yinxin-agent.service");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(program)
        .args(["verify", "--user", "--recursive-errors=yes"])
        .arg(&file)
        // It wants a user's folder, and no manager in it.
        .env("XDG_RUNTIME_DIR", folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn systemd_finds_no_fault_in_the_unit_whatever_its_words_are() {
    let Some(analyze) = std::env::var_os("YINXIN_SYSTEMD_ANALYZE").map(PathBuf::from) else {
        assert!(
            std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "YINXIN_SYSTEMD_ANALYZE must name systemd-analyze"
        );
        eprintln!("skipped: YINXIN_SYSTEMD_ANALYZE does not name systemd-analyze");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("印 信 50%");
    std::fs::create_dir(&place).unwrap();
    let program = place.join("yinxin-agent");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_yinxin-agent"), &program).unwrap();
    let plan = Plan {
        program,
        arguments: ["serve", "--state", r#"/home/林/$HOME "x" \"#]
            .map(Into::into)
            .into(),
    };
    let text = unit(&plan).unwrap();
    assert_eq!(
        judged(&analyze, folder.path(), &text),
        (true, String::new())
    );
    // It looks: a program that isn't there, and a word that it does not know.
    let missing = text.replace("yinxin-agent\" serve", "yinxin-other\" serve");
    assert!(!judged(&analyze, folder.path(), &missing).0);
    let unknown = text.replace("NoNewPrivileges", "NoNewPrivilege");
    let (_, said) = judged(&analyze, folder.path(), &unknown);
    assert!(said.contains("NoNewPrivilege"), "{said}");
}
