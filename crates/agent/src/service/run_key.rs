//! An entry of the user's own `Run` key: Windows starts the agent when this user logs in, in their session.
//!
//! It is no service of Windows: a service runs in session 0, without the user's desktop, and in another account,
//! whose loopback connections, state folder and smart cards are not this user's. A scheduled task would do, but is
//! written by COM or XML and often forbidden to users; the key is theirs.
//!
//! Sources: "Run and RunOnce Registry Keys"; `CommandLineToArgvW` for how words are quoted (both of the Windows SDK).

use std::ffi::OsStr;
use std::os::windows::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use windows_registry::CURRENT_USER;

use super::{Done, Plan, ServiceError, Status};

/// The key, under `HKEY_CURRENT_USER`.
const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// The entry's name.
const NAME: &str = "Yinxin";
/// `ERROR_FILE_NOT_FOUND` as a result code: the key or the entry is not there.
const NOT_FOUND: i32 = 0x8007_0002_u32.cast_signed();
/// `CREATE_NO_WINDOW`.
const NO_WINDOW: u32 = 0x0800_0000;
/// Longest command line that Windows starts from this key, in characters.
const LONGEST: usize = 260;

/// The `Run` key of this user.
#[derive(Clone, Copy, Debug)]
pub struct Manager {
    name: &'static str,
}

impl Manager {
    /// This process's user.
    ///
    /// # Errors
    /// None.
    pub fn of_process() -> Result<Manager, ServiceError> {
        Ok(Manager { name: NAME })
    }

    /// Writes the entry, and starts the agent now: with the next login Windows does.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn install(&self, plan: &Plan) -> Result<Done, ServiceError> {
        let line = written(plan)?;
        let mut done = Done::default();
        if self.entry()?.as_deref() != Some(&*line) {
            CURRENT_USER
                .create(KEY)
                .and_then(|key| key.set_string(self.name, &line))
                .map_err(|error| self.io(error.into()))?;
            done.files.push(self.place());
        }
        // The first agent keeps its state folder: a second start finds it and ends.
        Command::new(&plan.program)
            .args(&plan.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not in the console of the installation, which ends what is in it when it is closed.
            .creation_flags(NO_WINDOW)
            .spawn()
            .map_err(|error| ServiceError::Io {
                path: plan.program.clone(),
                error,
            })?;
        done.ran.push(line);
        Ok(done)
    }

    /// Takes the entry away. The agent that runs goes on to the end of the session.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn uninstall(&self) -> Result<Done, ServiceError> {
        let mut done = Done::default();
        if self.entry()?.is_some() {
            CURRENT_USER
                .create(KEY)
                .and_then(|key| key.remove_value(self.name))
                .map_err(|error| self.io(error.into()))?;
            done.files.push(self.place());
        }
        Ok(done)
    }

    /// Whether the entry is there. Windows does not say whether what it started runs.
    pub fn status(&self) -> Status {
        Status {
            installed: matches!(self.entry(), Ok(Some(_))),
            active: None,
            file: self.place(),
        }
    }

    fn entry(&self) -> Result<Option<String>, ServiceError> {
        let read = CURRENT_USER
            .open(KEY)
            .and_then(|key| key.get_string(self.name));
        match read.map_err(std::io::Error::from) {
            Ok(line) => Ok(Some(line)),
            Err(error) if error.raw_os_error() == Some(NOT_FOUND) => Ok(None),
            Err(error) => Err(self.io(error)),
        }
    }

    fn place(&self) -> PathBuf {
        PathBuf::from(format!(r"HKEY_CURRENT_USER\{KEY}\{}", self.name))
    }

    fn io(&self, error: std::io::Error) -> ServiceError {
        ServiceError::Io {
            path: self.place(),
            error,
        }
    }
}

/// The entry's text: a command line.
///
/// # Errors
/// [`ServiceError::Path`] for an argument that is no text, or a line that is too long for the key.
pub fn written(plan: &Plan) -> Result<String, ServiceError> {
    let words: Vec<String> = std::iter::once(plan.program.as_os_str())
        .chain(plan.arguments.iter().map(|argument| &**argument))
        .map(word)
        .collect::<Result<_, _>>()?;
    let line = words.join(" ");
    if line.chars().count() > LONGEST {
        return Err(ServiceError::Path(line));
    }
    Ok(line)
}

/// A word that the start of a program takes apart as it was: backslashes count only before a quotation mark.
fn word(word: &OsStr) -> Result<String, ServiceError> {
    let no = || ServiceError::Path(word.to_string_lossy().into_owned());
    let text = word.to_str().ok_or_else(no)?;
    if text.chars().any(char::is_control) {
        return Err(no());
    }
    if !text.is_empty() && !text.contains([' ', '"']) {
        return Ok(text.to_owned());
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for character in text.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(character);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted.push('"');
    Ok(quoted)
}
