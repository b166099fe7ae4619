//! A unit of systemd's user manager: `$XDG_CONFIG_HOME/systemd/user/yinxin-agent.service`.
//!
//! Sources: systemd.unit(5), systemd.service(5) "Command lines", systemd.exec(5).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Done, Plan, ServiceError, Status};

/// The unit's name.
pub const UNIT: &str = "yinxin-agent.service";

/// Where this user's units lie, and who manages them.
#[derive(Clone, Debug)]
pub struct Manager {
    folder: PathBuf,
    /// `systemctl`, where a user manager is there to hear it.
    systemctl: Option<PathBuf>,
}

impl Manager {
    /// By this process's environment.
    ///
    /// # Errors
    /// [`ServiceError::NoHome`].
    pub fn of_process() -> Result<Manager, ServiceError> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let config = set("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".config")))
            .filter(|path| path.is_absolute())
            .ok_or(ServiceError::NoHome)?;
        // sd_booted(3) tells of the system; this socket is the user's own manager.
        let listens =
            set("XDG_RUNTIME_DIR").is_some_and(|run| run.join("systemd/private").exists());
        let systemctl = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("systemctl"))
            .find(|program| program.is_file());
        Ok(Manager {
            folder: config.join("systemd/user"),
            systemctl: systemctl.filter(|_| listens),
        })
    }

    /// The unit's file.
    pub fn file(&self) -> PathBuf {
        self.folder.join(UNIT)
    }

    /// Writes the unit, and has it started now and with each session.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn install(&self, plan: &Plan) -> Result<Done, ServiceError> {
        let text = unit(plan)?;
        let file = self.file();
        let mut done = Done::default();
        if std::fs::read(&file).ok().as_deref() != Some(text.as_bytes()) {
            let io = |error| ServiceError::Io {
                path: file.clone(),
                error,
            };
            std::fs::create_dir_all(&self.folder).map_err(io)?;
            crate::files::replace(&file, text.as_bytes()).map_err(io)?;
            done.files.push(file);
        }
        self.tell(&mut done, &["daemon-reload"])?;
        self.tell(&mut done, &["enable", "--now", UNIT])?;
        Ok(done)
    }

    /// Starts what was installed.
    ///
    /// # Errors
    /// [`ServiceError`]; `Refused` where nothing was installed.
    pub fn start(&self) -> Result<Done, ServiceError> {
        let mut done = Done::default();
        if !self.file().is_file() {
            return Err(ServiceError::Refused {
                command: format!("systemctl --user start {UNIT}"),
                said: "the service is not installed".to_owned(),
            });
        }
        self.tell(&mut done, &["daemon-reload"])?;
        self.tell(&mut done, &["restart", UNIT])?;
        Ok(done)
    }

    /// Stops it and takes away what [`Manager::install`] made.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn uninstall(&self) -> Result<Done, ServiceError> {
        let mut done = Done::default();
        let file = self.file();
        // Where it was enabled without a manager, the link is all there is.
        let link = self.folder.join("default.target.wants").join(UNIT);
        if !file.exists() && !link.is_symlink() {
            return Ok(done);
        }
        if self.systemctl.is_some() {
            self.tell(&mut done, &["disable", "--now", UNIT])?;
        }
        for path in [file, link] {
            match std::fs::remove_file(&path) {
                Ok(()) => done.files.push(path),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(ServiceError::Io { path, error }),
            }
        }
        self.tell(&mut done, &["daemon-reload"])?;
        Ok(done)
    }

    /// Whether it is installed, and whether it runs.
    pub fn status(&self) -> Status {
        let file = self.file();
        let active = self.systemctl.as_ref().and_then(|systemctl| {
            let asked = Command::new(systemctl)
                .args(["--user", "is-active", "--quiet", UNIT])
                .status();
            asked.ok().map(|status| status.success())
        });
        Status {
            installed: file.is_file(),
            active,
            file,
        }
    }

    /// Runs a command of `systemctl --user`, or leaves it to the user where no manager hears it.
    fn tell(&self, done: &mut Done, words: &[&str]) -> Result<(), ServiceError> {
        let command = format!("systemctl --user {}", words.join(" "));
        let Some(systemctl) = &self.systemctl else {
            done.to_run.push(command);
            return Ok(());
        };
        let refused = |said: String| ServiceError::Refused {
            command: command.clone(),
            said,
        };
        let output = Command::new(systemctl)
            .arg("--user")
            .args(words)
            .output()
            .map_err(|error| refused(error.to_string()))?;
        if !output.status.success() {
            return Err(refused(
                String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            ));
        }
        done.ran.push(command);
        Ok(())
    }
}

/// The unit's text.
///
/// # Errors
/// [`ServiceError::Path`] for an argument that is no text of one line.
pub fn unit(plan: &Plan) -> Result<String, ServiceError> {
    let mut line = word(plan.program.as_os_str())?;
    for argument in &plan.arguments {
        line.push(' ');
        line += &word(argument)?;
    }
    Ok(format!(
        "\
# Written by `yinxin-agent service install`; `yinxin-agent service uninstall` takes it away.
[Unit]
Description=Yinxin client for certificate keys (印信客户端)

[Service]
Type=exec
ExecStart={line}
Restart=on-failure
RestartSec=2
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
# AF_NETLINK: vendors' libraries hear of plugged keys from udev.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
# Not set, as they would shut keys out: PrivateDevices (USB), ProtectSystem and PrivateTmp (in a user manager they
# bring a user namespace, in which pcscd and udev no longer know the user), MemoryDenyWriteExecute (text
# relocations of old libraries), SystemCallArchitectures (workers for 32-bit libraries).

[Install]
WantedBy=default.target
"
    ))
}

/// A word of a command line: quoted, with systemd's specifiers and variables taken as they stand.
fn word(word: &OsStr) -> Result<String, ServiceError> {
    let no = || ServiceError::Path(word.to_string_lossy().into_owned());
    let text = word.to_str().ok_or_else(no)?;
    if text.chars().any(char::is_control) {
        return Err(no());
    }
    let plain = |character: char| {
        !character.is_ascii()
            || character.is_ascii_alphanumeric()
            || "/._-:=+,@".contains(character)
    };
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '%' | '$' => quoted.extend([character, character]),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    Ok(quoted)
}

impl Manager {
    /// With a folder of units and a `systemctl`, for tests.
    #[must_use]
    pub fn with(folder: &Path, systemctl: Option<PathBuf>) -> Manager {
        Manager {
            folder: folder.to_owned(),
            systemctl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(argument: &str) -> Plan {
        Plan {
            program: "/opt/yin xin/yinxin-agent".into(),
            arguments: vec!["serve".into(), argument.into()],
        }
    }

    #[test]
    fn words_stand_in_the_unit_as_they_were_given() {
        let text = unit(&plan(r#"--state=/home/林/50% $HOME "x" \"#)).unwrap();
        let expected = r#"ExecStart="/opt/yin xin/yinxin-agent" serve "--state=/home/林/50%% $$HOME \"x\" \\""#;
        assert!(text.lines().any(|line| line == expected), "{text}");
        assert!(unit(&plan("a\nExecStartPre=/bin/false")).is_err());
    }

    #[test]
    fn installing_twice_changes_nothing_and_uninstalling_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let units = folder.path().join("systemd/user");
        let manager = Manager::with(&units, None);
        let first = manager.install(&plan("--no-open")).unwrap();
        assert_eq!(first.files, [manager.file()]);
        assert_eq!(first.to_run.len(), 2, "nobody was there to be told");
        assert!(
            manager
                .install(&plan("--no-open"))
                .unwrap()
                .files
                .is_empty()
        );
        assert!(manager.status().installed);
        assert_eq!(
            manager.install(&plan("--json")).unwrap().files,
            [manager.file()]
        );
        manager.uninstall().unwrap();
        assert_eq!(std::fs::read_dir(&units).unwrap().count(), 0);
        assert!(!manager.status().installed);
        assert_eq!(manager.uninstall().unwrap(), Done::default());
    }

    #[test]
    fn a_manager_that_refuses_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let manager = Manager::with(folder.path(), Some("/bin/false".into()));
        let refused = manager.install(&plan("--no-open"));
        assert!(matches!(refused, Err(ServiceError::Refused { .. })));
    }
}
