//! What the machine itself must have: checked first, installed through apt where we may, else listed.

use crate::workspace::say;
use crate::{Error, Result, command};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something of the machine that a step can't do without.
pub struct Need {
    /// What it is, for people.
    pub what: &'static str,
    /// Whether it is there.
    pub present: fn() -> bool,
    /// The Debian packages that bring it.
    pub packages: &'static [&'static str],
}

/// A linker and the C compiler that aws-lc and SQLite are built with.
pub const C_COMPILER: Need = Need {
    what: "a C compiler and make",
    present: || command::on_path("cc") && command::on_path("make"),
    packages: &["build-essential"],
};

/// A font for the round seals and for the pages.
pub const CJK_FONT: Need = Need {
    what: "a Chinese font",
    present: || cjk_font().is_some(),
    packages: &["fonts-noto-cjk"],
};

/// Python 3 that can make virtual environments.
pub const PYTHON: Need = Need {
    what: "Python 3 with venv and pip",
    present: || quiet(Command::new("python3").args(["-c", "import venv, ensurepip"])),
    packages: &["python3", "python3-venv"],
};

/// What OpenSSL's own build needs.
pub const PERL: Need = Need {
    what: "Perl with its core modules",
    present: || quiet(Command::new("perl").args(["-MIPC::Cmd", "-MPod::Usage", "-e", "1"])),
    packages: &["perl"],
};

/// The browser of the end-to-end tests.
pub const CHROMIUM: Need = Need {
    what: "Chromium",
    present: || command::on_path("chromium"),
    packages: &["chromium"],
};

/// A PKCS#11 token in software.
pub const SOFTHSM: Need = Need {
    what: "SoftHSM 2 and pkcs11-tool",
    present: || softhsm_library().is_some() && command::on_path("pkcs11-tool"),
    packages: &["softhsm2", "opensc"],
};

/// NSS's own tool for stores of trusted roots, as Chromium and Firefox have them.
pub const NSS_TOOLS: Need = Need {
    what: "NSS's certutil",
    present: || command::on_path("certutil"),
    packages: &["libnss3-tools"],
};

/// `pdfsig`, the PDF judge that uses NSS.
pub const PDFSIG: Need = Need {
    what: "pdfsig",
    present: || command::on_path("pdfsig"),
    packages: &["poppler-utils"],
};

/// GnuPG's PIN program on a terminal.
pub const PINENTRY: Need = Need {
    what: "pinentry-curses",
    present: || pinentry().is_some(),
    packages: &["pinentry-curses"],
};

/// A session's bus for the tray.
pub const DBUS: Need = Need {
    what: "dbus-daemon",
    present: || command::on_path("dbus-daemon"),
    packages: &["dbus-daemon"],
};

/// systemd's judge of units; no manager need run.
pub const SYSTEMD: Need = Need {
    what: "systemd-analyze",
    present: || command::on_path("systemd-analyze"),
    packages: &["systemd"],
};

/// The second database.
pub const POSTGRES: Need = Need {
    what: "PostgreSQL",
    present: || postgres_bin().is_some(),
    packages: &["postgresql"],
};

/// The commit history, for the check that generated files are as committed.
pub const GIT: Need = Need {
    what: "git",
    present: || command::on_path("git"),
    packages: &["git"],
};

/// Sees that everything in the list is there, installing it where root or a `sudo` without password allows.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    let Some(privilege) = privilege() else {
        return Err(Error::Missing(missing.iter().map(|n| hint(n)).collect()));
    };
    say(format!("installing {}", packages.join(" ")));
    let apt = |args: &[&str]| {
        let mut command = Command::new(privilege[0]);
        command
            .args(&privilege[1..])
            .args([
                "env",
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "-qq",
                "-y",
            ])
            .args(args);
        command::succeed(&mut command)
    };
    // An index that can't be refreshed may still know the package; only the installation decides.
    let _stale = apt(&["update"]);
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(&packages);
    let installed = apt(&install);
    let still: Vec<String> = missing
        .iter()
        .filter(|need| !(need.present)())
        .map(|n| hint(n))
        .collect();
    match (still.is_empty(), installed) {
        (true, _) => Ok(()),
        (false, Ok(()) | Err(_)) => Err(Error::Missing(still)),
    }
}

fn hint(need: &Need) -> String {
    format!(
        "{} (Debian, Ubuntu: apt-get install {})",
        need.what,
        need.packages.join(" ")
    )
}

/// How to become root: as we are, by a `sudo` that asks nothing, or not at all.
fn privilege() -> Option<&'static [&'static str]> {
    if !command::on_path("apt-get") {
        return None;
    }
    if is_root() {
        return Some(&["env"]);
    }
    quiet(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

/// Whether xtask runs as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn quiet(command: &mut Command) -> bool {
    command::capture(command, b"").is_ok_and(|out| out.status.success())
}

/// A font with Chinese glyphs, the ones of Debian's packages first.
pub fn cjk_font() -> Option<PathBuf> {
    const NAMES: [&str; 6] = [
        "opentype/noto/NotoSerifCJK-Bold.ttc",
        "opentype/noto/NotoSerifCJK-Regular.ttc",
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "noto-cjk/NotoSerifCJK-Regular.ttc",
        "truetype/wqy/wqy-zenhei.ttc",
        "truetype/arphic/uming.ttc",
    ];
    NAMES
        .iter()
        .map(|name| Path::new("/usr/share/fonts").join(name))
        .find(|font| font.is_file())
}

/// GnuPG's PIN program on a terminal.
pub fn pinentry() -> Option<PathBuf> {
    command::find_on_path("pinentry-curses")
}

/// SoftHSM's PKCS#11 library.
pub fn softhsm_library() -> Option<PathBuf> {
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|library| library.is_file())
}

/// The folder of PostgreSQL's server programs: the newest under Debian's place, else the one that `initdb` is found in.
pub fn postgres_bin() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .max();
    newest.map(|(_, bin)| bin).or_else(|| {
        let bin = command::find_on_path("initdb")?.parent()?.to_owned();
        bin.join("postgres").is_file().then_some(bin)
    })
}
