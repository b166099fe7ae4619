//! The programs that `run` starts and keeps: each tells when it is ready, each is ended in order.

use crate::{Error, Result, command};
use rustix::process::Signal;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a program may take until it says that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take to end after it was asked to.
const ENDED_WITHIN: Duration = Duration::from_secs(10);
/// How many of its last lines are shown when it ends unasked.
const LAST_LINES: usize = 20;

/// What happens while the programs are at work.
pub enum Event {
    /// A program said that it listens on this port.
    Ready(&'static str, u16),
    /// A program ended.
    Ended(&'static str, ExitStatus),
    /// Ctrl-C or SIGTERM.
    Asked,
}

/// The programs that were started and have not ended yet.
pub struct Children {
    running: Vec<Child>,
    events: Receiver<Event>,
    happened: Sender<Event>,
}

struct Child {
    name: &'static str,
    pid: u32,
    last_lines: Arc<Mutex<VecDeque<String>>>,
}

impl Children {
    /// None yet; from here on Ctrl-C and SIGTERM are events.
    pub fn new() -> Result<Self> {
        let (happened, events) = mpsc::channel();
        let mut signals = signal_hook::iterator::Signals::new([
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
        ])
        .map_err(Error::failed)?;
        let asked = happened.clone();
        std::thread::spawn(move || {
            for _ in signals.forever() {
                let _over = asked.send(Event::Asked);
            }
        });
        Ok(Children {
            running: Vec::new(),
            events,
            happened,
        })
    }

    /// Starts a program that prints `{"ready":true,"port":N}` once it listens, and waits for that line; a program that
    /// listens nowhere leaves the port out, and 0 stands for it.
    /// Everything it says goes to the log file.
    pub fn start(
        &mut self,
        name: &'static str,
        program: &Path,
        setup: impl FnOnce(&mut Command),
        log: &Path,
    ) -> Result<u16> {
        let mut command = command::ended_with_us(program, "TERM");
        setup(&mut command);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| Error::failed(format!("{}: {e}", program.display())))?;
        let log = Arc::new(Mutex::new(
            File::create(log).map_err(|e| Error::failed(format!("{}: {e}", log.display())))?,
        ));
        let last_lines = Arc::new(Mutex::new(VecDeque::new()));
        let mut readers = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let keep = Keep {
                log: log.clone(),
                last_lines: last_lines.clone(),
            };
            readers.push(std::thread::spawn(move || {
                each_line(stderr, |line| keep.line(line))
            }));
        }
        if let Some(stdout) = child.stdout.take() {
            let keep = Keep {
                log,
                last_lines: last_lines.clone(),
            };
            let happened = self.happened.clone();
            readers.push(std::thread::spawn(move || {
                each_line(stdout, |line| {
                    if let Some(port) = ready_port(&line) {
                        let _over = happened.send(Event::Ready(name, port));
                    }
                    keep.line(line);
                });
            }));
        }
        self.running.push(Child {
            name,
            pid: child.id(),
            last_lines,
        });
        let happened = self.happened.clone();
        std::thread::spawn(move || {
            if let Ok(status) = child.wait() {
                for reader in readers {
                    let _panicked = reader.join();
                }
                let _over = happened.send(Event::Ended(name, status));
            }
        });
        self.wait_ready(name)
    }

    fn wait_ready(&mut self, name: &'static str) -> Result<u16> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            match self
                .events
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(Event::Ready(who, port)) if who == name => return Ok(port),
                Ok(Event::Ready(..)) => {}
                Ok(Event::Ended(who, status)) => return Err(self.ended_unasked(who, status)),
                Ok(Event::Asked) => return Err(Error::Interrupted),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    let last = self.last_lines(name);
                    return Err(Error::failed(format!(
                        "{name} was not ready within {} s\n{last}",
                        READY_WITHIN.as_secs()
                    )));
                }
            }
        }
    }

    /// Waits until we are asked to end, which is good, or a program ends unasked, which is an error with its last words.
    pub fn wait(&mut self) -> Result<()> {
        loop {
            match self.events.recv() {
                Ok(Event::Asked) | Err(mpsc::RecvError) => return Ok(()),
                Ok(Event::Ended(name, status)) => return Err(self.ended_unasked(name, status)),
                Ok(Event::Ready(..)) => {}
            }
        }
    }

    /// The process id of a running program.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.running
            .iter()
            .find(|child| child.name == name)
            .map(|child| child.pid)
    }

    /// Asks all programs to end, the last started first, and kills what doesn't.
    pub fn end(&mut self) {
        for child in self.running.iter().rev() {
            command::signal(child.pid, Signal::TERM);
        }
        let until = Instant::now() + ENDED_WITHIN;
        while !self.running.is_empty() {
            match self
                .events
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(Event::Ended(name, _)) => self.running.retain(|child| child.name != name),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        for child in self.running.drain(..) {
            command::signal(child.pid, Signal::KILL);
        }
    }

    fn ended_unasked(&mut self, name: &'static str, status: ExitStatus) -> Error {
        let last = self.last_lines(name);
        self.running.retain(|child| child.name != name);
        Error::failed(format!("{name} ended with {status}\n{last}"))
    }

    fn last_lines(&self, name: &str) -> String {
        let child = self.running.iter().find(|child| child.name == name);
        let lines = child.map(|c| {
            c.last_lines
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .clone()
        });
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where a program's lines go.
struct Keep {
    log: Arc<Mutex<File>>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
}

impl Keep {
    fn line(&self, line: String) {
        let mut log = self
            .log
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // A full disk must not end the demo; the last lines are still in memory.
        let _disk_full = writeln!(log, "{line}");
        let mut last = self
            .last_lines
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
}

fn each_line(from: impl std::io::Read, mut seen: impl FnMut(String)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        seen(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
}

fn ready_port(line: &str) -> Option<u16> {
    let said: serde_json::Value = serde_json::from_str(line).ok()?;
    if !said.get("ready")?.as_bool()? {
        return None;
    }
    match said.get("port") {
        Some(port) => port.as_u64()?.try_into().ok(),
        None => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ready_line_tells_the_port() {
        assert_eq!(ready_port(r#"{"ready":true,"port":8080}"#), Some(8080));
        assert_eq!(ready_port(r#"{"ready":true}"#), Some(0));
        assert_eq!(ready_port(r#"{"ready":false,"port":8080}"#), None);
        assert_eq!(ready_port(r#"{"port":8080}"#), None);
        assert_eq!(ready_port("listening on 8080"), None);
    }
}
