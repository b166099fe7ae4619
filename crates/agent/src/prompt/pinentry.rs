//! GnuPG's PIN programs (`pinentry-gnome3`, `-qt`, `-gtk-2`, `-curses`, `-tty`, `-mac` …), over Assuan on pipes.
//!
//! Source: GnuPG's manual of pinentry, "Protocol". The crate `pinentry` waits without a way to take the
//! question back; here a cancelled page closes the window, so the few commands are spoken by hand.
//!
//! The program is found once, when the agent starts, on the search path that the agent was started with:
//! never by a relative path and never by what a page says. It is asked to keep nothing (no `SETKEYINFO`, no
//! external cache).

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::BoxFuture;
use token::Pin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use zeroize::{Zeroize as _, Zeroizing};

use super::assuan::{self, Line, MAX_LINE, code};
use super::{PinPrompt, PromptError, PromptText, words};

/// Programs with a window, the likeliest first.
const WINDOWED: [&str; 10] = [
    "pinentry-gnome3",
    "pinentry-qt",
    "pinentry-qt6",
    "pinentry-qt5",
    "pinentry-gtk-2",
    "pinentry-gtk",
    "pinentry-fltk",
    "pinentry-x11",
    "pinentry-w32",
    "pinentry-basic",
];
/// Programs on a terminal. `pinentry` itself is whichever of all these the system's administrator chose.
const TERMINAL: [&str; 2] = ["pinentry-curses", "pinentry-tty"];

/// How long the program may take to start and to take an order.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a person may take; a platform's challenge lives five minutes.
const PERSON: Duration = Duration::from_secs(240);
/// How often somebody may type what can't be a PIN before the window closes.
const MOST_TEXTS: usize = 5;
/// Most lines of one answer: status lines and comments, then the end.
const MOST_LINES: usize = 100;

/// A PIN program at an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinentry {
    program: PathBuf,
    terminal: Option<PathBuf>,
    person: Duration,
}

/// Where this process could show something, from its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// The search path.
    pub path: Option<std::ffi::OsString>,
    /// Whether there is a display.
    pub display: bool,
    /// A terminal on which to ask.
    pub terminal: Option<PathBuf>,
}

impl Desk {
    /// This process's own. `GPG_TTY` names the terminal, as it does for GnuPG.
    pub fn of_process() -> Desk {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Desk {
            path: env::var_os("PATH"),
            // On Windows a program of the session can always show a window.
            display: cfg!(windows) || set("WAYLAND_DISPLAY").is_some() || set("DISPLAY").is_some(),
            terminal: set("GPG_TTY").map(PathBuf::from),
        }
    }
}

impl Pinentry {
    /// The program at `program`.
    ///
    /// # Errors
    /// [`PromptError::Unavailable`] for a path that is not absolute or no file.
    pub fn at(
        program: impl Into<PathBuf>,
        terminal: Option<PathBuf>,
    ) -> Result<Pinentry, PromptError> {
        let program = program.into();
        if !program.is_absolute() || !program.is_file() {
            let why = format!("{} is no absolute path of a program", program.display());
            return Err(PromptError::Unavailable(why));
        }
        Ok(Pinentry {
            program,
            terminal,
            person: PERSON,
        })
    }

    /// The program that this desk has; `None` where nothing could be shown.
    pub fn find(desk: &Desk) -> Option<Pinentry> {
        let windowed = || WINDOWED.iter().find_map(|name| on_path(desk, name));
        let chosen = || on_path(desk, "pinentry");
        let program = if desk.display {
            windowed().or_else(|| chosen().filter(|program| !is_for_terminals(program)))
        } else {
            None
        };
        let on_terminal = || {
            desk.terminal.as_ref()?;
            TERMINAL
                .iter()
                .find_map(|name| on_path(desk, name))
                .or_else(chosen)
        };
        Some(Pinentry {
            program: program.or_else(on_terminal)?,
            terminal: desk.terminal.clone(),
            person: PERSON,
        })
    }

    /// Another limit on how long a person may take.
    #[must_use]
    pub fn with_limit(mut self, person: Duration) -> Pinentry {
        self.person = person;
        self
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }
}

impl PinPrompt for Pinentry {
    fn ask<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>> {
        Box::pin(async move {
            let mut session = Session::start(self, text).await?;
            let mut error = text.error.clone();
            for _ in 0..MOST_TEXTS {
                if let Some(error) = &error {
                    session.set("SETERROR", error).await?;
                }
                let typed = session.person("GETPIN", self.person).await?;
                // No data at all is an empty field.
                let typed = std::str::from_utf8(&typed)
                    .map_err(|_| PromptError::Protocol("a PIN that is no text".into()))?;
                match Pin::new(typed) {
                    Ok(pin) => return Ok(pin),
                    Err(_) => error = Some(words::length(text.language).to_owned()),
                }
            }
            Err(PromptError::Cancelled)
        })
    }

    fn confirm<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>> {
        Box::pin(async move {
            let mut session = Session::start(self, text).await?;
            if let Some(error) = &text.error {
                session.set("SETERROR", error).await?;
            }
            session.person("CONFIRM", self.person).await.map(drop)
        })
    }
}

/// A running program. Dropping it closes its window.
struct Session {
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    buffer: Zeroizing<Vec<u8>>,
}

impl Session {
    /// Starts the program and tells it what to show.
    async fn start(pinentry: &Pinentry, text: &PromptText) -> Result<Session, PromptError> {
        let unavailable = |error: std::io::Error| {
            PromptError::Unavailable(format!("{}: {error}", pinentry.program.display()))
        };
        let mut child = Command::new(&pinentry.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(unavailable)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PromptError::Unavailable("no pipes".into()));
        };
        let buffer = Zeroizing::new(Vec::with_capacity(MAX_LINE + 1));
        let mut session = Session {
            _child: child,
            input,
            output,
            buffer,
        };
        session.within(ANSWER, Session::greeting).await?;
        // A wish that a program does not know is no reason to go without it.
        if let Some(terminal) = &pinentry.terminal {
            session
                .wish("OPTION ttyname=", &terminal.to_string_lossy())
                .await?;
            let kind = env::var("TERM").unwrap_or_else(|_| "xterm".into());
            session.wish("OPTION ttytype=", &kind).await?;
        }
        session.wish("OPTION lc-ctype=", "C.UTF-8").await?;
        session
            .wish("SETTIMEOUT ", &pinentry.person.as_secs().to_string())
            .await?;
        session.wish("SETTITLE ", &text.title).await?;
        session
            .wish("SETOK ", text.language.pick("确定", "OK"))
            .await?;
        session
            .wish("SETCANCEL ", text.language.pick("取消", "Cancel"))
            .await?;
        session.set("SETDESC", &text.description).await?;
        session.set("SETPROMPT", &text.prompt).await?;
        Ok(session)
    }

    async fn greeting(&mut self) -> Result<(), PromptError> {
        match self.answer().await? {
            Answer::Ok(_) => Ok(()),
            Answer::Err(value) => Err(PromptError::Unavailable(format!("error {value}"))),
        }
    }

    async fn set(&mut self, command: &str, value: &str) -> Result<(), PromptError> {
        match self.order(&format!("{command} "), value).await? {
            Answer::Ok(_) => Ok(()),
            Answer::Err(value) => Err(PromptError::Protocol(format!("{command}: error {value}"))),
        }
    }

    async fn wish(&mut self, command: &str, value: &str) -> Result<(), PromptError> {
        self.order(command, value).await.map(drop)
    }

    async fn order(&mut self, command: &str, value: &str) -> Result<Answer, PromptError> {
        let mut line = command.to_owned();
        assuan::push_escaped(&mut line, value);
        tokio::time::timeout(ANSWER, self.exchange(&line))
            .await
            .map_err(|_| PromptError::Unavailable("it does not answer".into()))?
    }

    /// A command that waits for the person.
    async fn person(
        &mut self,
        command: &str,
        limit: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, PromptError> {
        // The program keeps the limit itself; where it does not, it is closed a little later.
        let answer = tokio::time::timeout(limit + ANSWER, self.exchange(command))
            .await
            .map_err(|_| PromptError::TimedOut)??;
        match answer {
            Answer::Ok(data) => Ok(data),
            Answer::Err(value) => Err(match code::of(value) {
                code::CANCELED | code::FULLY_CANCELED | code::NOT_CONFIRMED => {
                    PromptError::Cancelled
                }
                code::TIMEOUT => PromptError::TimedOut,
                other => PromptError::Unavailable(format!("{command}: error {other}")),
            }),
        }
    }

    async fn within<'s, F>(
        &'s mut self,
        limit: Duration,
        step: impl FnOnce(&'s mut Session) -> F,
    ) -> Result<(), PromptError>
    where
        F: Future<Output = Result<(), PromptError>> + 's,
    {
        tokio::time::timeout(limit, step(self))
            .await
            .map_err(|_| PromptError::Unavailable("it does not answer".into()))?
    }

    async fn exchange(&mut self, command: &str) -> Result<Answer, PromptError> {
        let ended = |_| PromptError::Unavailable("it ended".into());
        self.input
            .write_all(command.as_bytes())
            .await
            .map_err(ended)?;
        self.input.write_all(b"\n").await.map_err(ended)?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer, PromptError> {
        let mut data = Zeroizing::new(Vec::with_capacity(MAX_LINE));
        for _ in 0..MOST_LINES {
            match self.line().await? {
                Line::Ok => return Ok(Answer::Ok(data)),
                Line::Err(value) => return Ok(Answer::Err(value)),
                Line::Data(part) if data.len() + part.len() <= MAX_LINE => {
                    data.extend_from_slice(&part);
                }
                Line::Data(_) => return Err(PromptError::Protocol("too much data".into())),
                Line::Note => {}
                Line::Inquire => {
                    let ended = |_| PromptError::Unavailable("it ended".into());
                    self.input.write_all(b"CAN\n").await.map_err(ended)?;
                }
            }
        }
        Err(PromptError::Protocol("too many lines".into()))
    }

    /// Reads to the next line feed; the buffer, which may have held the PIN, is wiped behind.
    async fn line(&mut self) -> Result<Line, PromptError> {
        self.buffer.zeroize();
        let ended = |_| PromptError::Unavailable("it ended".into());
        loop {
            // An octet at a time: nothing of a line that may be the PIN stays in a buffer of somebody else.
            let octet = Zeroizing::new(self.output.read_u8().await.map_err(ended)?);
            match *octet {
                b'\n' => break,
                _ if self.buffer.len() == MAX_LINE => {
                    return Err(PromptError::Protocol("a line without an end".into()));
                }
                octet => self.buffer.push(octet),
            }
        }
        let line = assuan::read(&self.buffer).map_err(|why| PromptError::Protocol(why.into()));
        self.buffer.zeroize();
        line
    }
}

enum Answer {
    Ok(Zeroizing<Vec<u8>>),
    Err(u32),
}

/// The program of this name in the first absolute folder of the search path that has it.
fn on_path(desk: &Desk, name: &str) -> Option<PathBuf> {
    env::split_paths(desk.path.as_ref()?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file())
}

/// Whether what stands behind a link needs a terminal.
fn is_for_terminals(program: &Path) -> bool {
    let real = program
        .canonicalize()
        .unwrap_or_else(|_| program.to_owned());
    TERMINAL
        .iter()
        .any(|name| real.file_stem() == Some(OsStr::new(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(folder: &Path, display: bool, terminal: bool) -> Desk {
        let path = env::join_paths([Path::new("relative"), folder]).unwrap();
        Desk {
            path: Some(path),
            display,
            terminal: terminal.then(|| PathBuf::from("/dev/pts/0")),
        }
    }

    #[test]
    fn a_window_is_taken_where_there_is_a_display_and_a_terminal_only_where_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["pinentry-qt", "pinentry-curses"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = |display, terminal| {
            let found = Pinentry::find(&desk(folder.path(), display, terminal))?;
            Some(found.program().file_name()?.to_str()?.to_owned())
        };
        assert_eq!(found(true, true).as_deref(), Some("pinentry-qt"));
        assert_eq!(found(false, true).as_deref(), Some("pinentry-curses"));
        assert_eq!(found(false, false), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_terminal_program_does_not_pass_for_a_window() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pinentry-curses"), "").unwrap();
        std::os::unix::fs::symlink("pinentry-curses", folder.path().join("pinentry")).unwrap();
        assert_eq!(Pinentry::find(&desk(folder.path(), true, false)), None);
    }

    #[test]
    fn a_relative_program_is_refused() {
        assert!(Pinentry::at("pinentry", None).is_err());
    }
}
