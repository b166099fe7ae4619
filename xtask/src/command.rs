//! Running other programs: each under a ceiling, each ended with everything that it started,
//! none left behind when xtask itself is ended.

use crate::{Error, Result};
use rustix::process::{Pid, Signal};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The process groups that are at work now, so that an interrupt can end them all.
#[derive(Clone, Default)]
pub struct Groups(Arc<Mutex<BTreeSet<i32>>>);

impl Groups {
    /// Ends xtask with code 130 on Ctrl-C or SIGTERM, and every group with it.
    pub fn end_on_signal(&self) -> Result<()> {
        let mut signals = signal_hook::iterator::Signals::new([
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
        ])
        .map_err(Error::failed)?;
        let groups = self.clone();
        std::thread::spawn(move || {
            if signals.forever().next().is_some() {
                groups.end_all();
                eprintln!("interrupted");
                std::process::exit(130);
            }
        });
        Ok(())
    }

    /// Adds the group that `pid` leads.
    pub fn add(&self, pid: u32) {
        self.lock().insert(pid.cast_signed());
    }

    /// Forgets the group that `pid` leads.
    pub fn remove(&self, pid: u32) {
        self.lock().remove(&pid.cast_signed());
    }

    fn end_all(&self) {
        for pid in self.lock().iter() {
            signal_group(*pid, Signal::TERM);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<i32>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Sends a signal to a process; one that has gone already is no error.
pub fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        let _gone = rustix::process::kill_process(pid, signal);
    }
}

fn signal_group(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _gone = rustix::process::kill_process_group(pid, signal);
    }
}

/// How a command under a ceiling came to its end.
pub enum Ending {
    /// It ended by itself.
    Ended(ExitStatus),
    /// It was killed at its ceiling.
    TimedOut,
}

/// Runs a command in a process group of its own, its output where the command sends it, and kills the group at the ceiling.
pub fn run_within(command: &mut Command, ceiling: Duration, groups: &Groups) -> Result<Ending> {
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|e| Error::failed(format!("{}: {e}", describe(command))))?;
    let pid = child.id();
    groups.add(pid);
    let (ended, end) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let _receiver_gone = ended.send(child.wait());
    });
    let ending = match end.recv_timeout(ceiling) {
        Ok(status) => Ending::Ended(status.map_err(Error::failed)?),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            signal_group(pid.cast_signed(), Signal::KILL);
            Ending::TimedOut
        }
    };
    let _panicked = waiter.join();
    // What a command leaves running in its group (a test's server, a browser) has no one to wait for it any more.
    signal_group(pid.cast_signed(), Signal::KILL);
    groups.remove(pid);
    Ok(ending)
}

/// Runs a command whose answer is ours: both its outputs pass through.
pub fn pass_through(command: &mut Command) -> Result<()> {
    finish(command.stdin(Stdio::null()))
}

/// Runs a command for its effect: all it says goes to stderr, because stdout belongs to the answer of xtask itself.
pub fn succeed(command: &mut Command) -> Result<()> {
    finish(command.stdin(Stdio::null()).stdout(std::io::stderr()))
}

fn finish(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|e| Error::failed(format!("{}: {e}", describe(command))))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::failed(format!(
            "{} ended with {status}",
            describe(command)
        )))
    }
}

/// Runs a command quietly and returns its standard output; what it said on stderr is part of the error.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    output_with_input(command, b"")
}

/// As [`output`], with bytes on its standard input. PINs travel this way: an argument would stand in the process list.
pub fn output_with_input(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let Output {
        status,
        stdout,
        stderr,
    } = capture(command, input)?;
    if status.success() {
        return Ok(stdout);
    }
    let said = String::from_utf8_lossy(if stderr.is_empty() { &stdout } else { &stderr })
        .trim()
        .to_owned();
    Err(Error::failed(format!(
        "{} ended with {status}: {said}",
        describe(command)
    )))
}

/// Runs a command quietly to its end, however it ends.
pub fn capture(command: &mut Command, input: &[u8]) -> Result<Output> {
    let failed =
        |e: std::io::Error, command: &Command| Error::failed(format!("{}: {e}", describe(command)));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| failed(e, command))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that doesn't read its input may have closed it; its status tells what counts.
        let _closed = stdin.write_all(input);
    }
    child.wait_with_output().map_err(|e| failed(e, command))
}

/// Whether a program of this name is on the PATH.
pub fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

/// The first program of this name on the PATH.
pub fn find_on_path(program: impl AsRef<Path>) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program.as_ref()))
        .find(|file| file.is_file())
}

/// Puts a folder in front of the PATH that a command gets.
pub fn path_with(first: &Path) -> Result<std::ffi::OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(first.to_owned()).chain(std::env::split_paths(&rest)))
        .map_err(Error::failed)
}

/// A command whose process gets `name` when xtask ends in whatever way, where the system can do that.
/// `setpriv` is part of util-linux, which every Debian has; without it Ctrl-C and SIGTERM still end what was started.
pub fn ended_with_us(program: impl AsRef<OsStr>, name: &str) -> Command {
    if on_path("setpriv") {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", name, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// A command as one would type it, without its environment.
pub fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_killed_at_its_ceiling_with_everything_it_started() {
        let ending = run_within(
            Command::new("sh").args(["-c", "cat /dev/zero > /dev/null & wait"]),
            Duration::from_millis(200),
            &Groups::default(),
        );
        assert!(matches!(ending, Ok(Ending::TimedOut)));
    }

    #[test]
    fn a_failing_command_s_own_words_are_in_the_error() {
        let error =
            output(Command::new("sh").args(["-c", "echo no such key >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("no such key"), "{error}");
    }

    #[test]
    fn input_reaches_the_command_and_its_output_comes_back() {
        assert_eq!(
            output_with_input(&mut Command::new("cat"), b"20261122\n").unwrap(),
            b"20261122\n"
        );
    }
}
