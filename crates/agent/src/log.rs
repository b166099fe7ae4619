//! The agent's log: a file in the state folder that turns over by size, and standard error.
//!
//! Nothing in it names a person or a PIN: origins, purposes, codes and library paths only.
//! `tracing-appender` turns over by the clock, so a bad day could fill a disk; the crates that turn over by size
//! bring `chrono` with them. What is needed is the seventy lines below.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::files;

/// Bytes of one file.
pub const MAX_BYTES: u64 = 1024 * 1024;
/// How many files are kept, the one being written included.
pub const MAX_FILES: usize = 5;

/// Starts logging to standard error alone: warnings, or what `RUST_LOG` says.
pub fn to_stderr() {
    tracing_subscriber::registry().with(stderr_layer()).init();
}

/// Starts logging to standard error and to `agent.log` in a folder.
///
/// # Errors
/// What the system says of the folder or the file.
pub fn to_folder(folder: &Path) -> io::Result<()> {
    files::private_folder(folder)?;
    let file = Rotating::open(folder.join("agent.log"), MAX_BYTES, MAX_FILES)?;
    let filter = EnvFilter::try_from_env("YINXIN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let to_file = fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .with_filter(filter);
    tracing_subscriber::registry()
        .with(stderr_layer())
        .with(to_file)
        .init();
    Ok(())
}

fn stderr_layer<S>() -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let layer = fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // systemd's journal writes the time of each line itself.
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        layer.without_time().with_filter(filter).boxed()
    } else {
        layer.with_filter(filter).boxed()
    }
}

/// A file that moves aside when it is full: `agent.log`, `agent.log.1` … the oldest goes.
#[derive(Debug)]
pub struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
    max_bytes: u64,
    max_files: usize,
}

impl Rotating {
    /// Opens the file to append to.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: PathBuf, max_bytes: u64, max_files: usize) -> io::Result<Rotating> {
        let file = files::append_to(&path)?;
        let length = file.metadata()?.len();
        Ok(Rotating {
            path,
            file,
            length,
            max_bytes,
            max_files,
        })
    }

    fn turn_over(&mut self) -> io::Result<()> {
        let numbered = |number: usize| match number {
            0 => self.path.clone(),
            number => {
                let mut name = self.path.clone().into_os_string();
                name.push(format!(".{number}"));
                PathBuf::from(name)
            }
        };
        for number in (0..self.max_files.saturating_sub(1)).rev() {
            match std::fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.file = files::append_to(&self.path)?;
        self.length = self.file.metadata()?.len();
        Ok(())
    }
}

/// A line comes as one write, so that no line is torn in two files.
impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.length > 0 && self.length + line.len() as u64 > self.max_bytes {
            self.turn_over()?;
        }
        let written = self.file.write(line)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_never_takes_more_than_its_files_and_keeps_the_newest_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.log");
        for half in [0..50, 50..100] {
            // As after a restart in the middle: what is there is gone on with.
            let mut log = Rotating::open(path.clone(), 100, 3).unwrap();
            for number in half {
                log.write_all(format!("line {number:03}\n").as_bytes())
                    .unwrap();
            }
        }
        let mut kept = String::new();
        for name in ["agent.log.2", "agent.log.1", "agent.log"] {
            let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(text.len() <= 100, "{name}");
            kept += &text;
        }
        let lines: Vec<_> = kept.lines().collect();
        assert_eq!(lines.last(), Some(&"line 099"));
        let first = 100 - lines.len();
        for (number, line) in (first..100).zip(lines) {
            assert_eq!(line, format!("line {number:03}"));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
