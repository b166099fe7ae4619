//! One agent for one state folder: a second start finds the first and says where it is.
//!
//! The lock of the state folder ([`crate::state`]) decides who is first. The first writes its port beside the
//! lock, in a folder that only its owner reads, so nobody else can name a port; the second asks that port for
//! a hello, since a process can hold a lock and hang.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::files;
use crate::state::{State, StateError};

/// How long a start waits for the other agent to answer: it may be starting itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is asked meanwhile.
const AGAIN: Duration = Duration::from_millis(100);
/// Longest answer to a hello.
const MAX_HELLO: u64 = 4096;

/// The agent that holds a state folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Its process.
    pub pid: u32,
}

/// What an agent says to whoever asks on this machine; nothing in it is a secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// `agent`.
    pub yinxin: String,
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
}

impl Hello {
    /// This process's own.
    pub fn own() -> Hello {
        Hello {
            yinxin: "agent".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            pid: std::process::id(),
        }
    }
}

/// What a start found.
#[derive(Debug)]
pub enum Start {
    /// Nobody: the folder is ours.
    First(State),
    /// An agent that answers.
    Second(Instance),
}

/// Takes the state folder, or finds the agent that holds it.
///
/// # Errors
/// [`StateError`]; `Held` where somebody holds the folder and does not answer.
pub async fn start(folder: &Path) -> Result<Start, StateError> {
    let search = async {
        let mut again = tokio::time::interval(AGAIN);
        loop {
            again.tick().await;
            match State::open(folder) {
                Ok(state) => return Ok(Start::First(state)),
                Err(StateError::Held(_)) => {}
                Err(error) => return Err(error),
            }
            if let Some(instance) = read(folder)
                && hello(instance.port)
                    .await
                    .is_ok_and(|hello| hello.pid == instance.pid)
            {
                return Ok(Start::Second(instance));
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .unwrap_or_else(|_| Err(StateError::Held(folder.to_owned())))
}

/// The agent that last wrote its port in this folder; it may be gone.
pub fn read(folder: &Path) -> Option<Instance> {
    serde_json::from_slice(&std::fs::read(path_in(folder)).ok()?).ok()
}

/// Writes this process's port beside the lock that it holds.
///
/// # Errors
/// What the system says.
pub fn announce(state: &State, port: u16) -> io::Result<Instance> {
    let instance = Instance {
        port,
        pid: std::process::id(),
    };
    files::replace(&path_in(state.folder()), &serde_json::to_vec(&instance)?)?;
    Ok(instance)
}

/// Asks whatever listens on a port of 127.0.0.1 whether it is an agent.
///
/// # Errors
/// What the system says, or `InvalidData` for any other answer.
pub async fn hello(port: u16) -> io::Result<Hello> {
    let other = || io::Error::new(io::ErrorKind::InvalidData, "not an agent");
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request =
            format!("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(MAX_HELLO).read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(other)?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(other());
        }
        let hello: Hello = serde_json::from_str(body).map_err(|_| other())?;
        if hello.yinxin == "agent" {
            Ok(hello)
        } else {
            Err(other())
        }
    };
    tokio::time::timeout(Duration::from_secs(2), ask)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("instance.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_nobody_holds_is_ours_whatever_port_an_agent_of_the_past_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let Start::First(state) = start(folder.path()).await.unwrap() else {
            panic!("second");
        };
        announce(&state, 9).unwrap();
        drop(state);
        assert!(matches!(
            start(folder.path()).await.unwrap(),
            Start::First(_)
        ));
    }

    #[tokio::test]
    async fn what_speaks_otherwise_is_no_agent() {
        for answer in [
            "HTTP/1.1 200 OK\r\n\r\n{\"yinxin\":\"other\",\"version\":\"1\",\"pid\":1}",
            "HTTP/1.1 403 Forbidden\r\n\r\n{\"yinxin\":\"agent\",\"version\":\"1\",\"pid\":1}",
            "SSH-2.0-x\r\n",
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let serve = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 512];
                let _ = stream.read(&mut request).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            };
            let (hello, ()) = tokio::join!(hello(port), serve);
            assert!(hello.is_err(), "{answer}");
        }
    }
}
