//! The parent's side of a worker: start, one call at a time, limit, kill.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::wire::{self, Reply, Request};
use crate::{Library, TokenError};

/// A running worker. Dropping it kills it.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Worker {
    /// Starts the worker program and has it load the library.
    pub async fn start(
        program: &std::path::Path,
        library: &Library,
        limit: Duration,
    ) -> Result<Worker, TokenError> {
        let missing = |error: std::io::Error| {
            TokenError::WorkerMissing(format!("{}: {error}", program.display()))
        };
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A vendor's library may log what it is given: nothing of it is kept.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(missing)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(TokenError::WorkerMissing("no pipes".to_owned()));
        };
        let mut worker = Worker {
            child,
            input,
            output,
        };
        let open = Request::Open {
            library: library.path.clone(),
            kind: library.kind,
            quirks: library.quirks.clone(),
        };
        match worker
            .call("loading the library", &open, &[], limit)
            .await?
        {
            Reply::Done => Ok(worker),
            Reply::Failed(error) => Err(error),
            _ => Err(TokenError::Garbage("loading the library".to_owned())),
        }
    }

    /// Sends one request and waits for its reply, at most `limit`.
    ///
    /// After an error of this function (not a [`Reply::Failed`]) the pipes may hold half a frame: drop the
    /// worker. The same holds when the future is dropped before it is ready.
    pub async fn call(
        &mut self,
        operation: &str,
        request: &Request,
        secrets: &[&[u8]],
        limit: Duration,
    ) -> Result<Reply, TokenError> {
        match tokio::time::timeout(limit, self.exchange(request, secrets)).await {
            Err(_elapsed) => {
                // Dropping would kill too; killing here reaps the process before the caller goes on.
                let _ = self.child.kill().await;
                Err(TokenError::Timeout {
                    operation: operation.to_owned(),
                })
            }
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Broken::Ended)) => {
                let _ = self.child.kill().await;
                Err(TokenError::WorkerDied {
                    operation: operation.to_owned(),
                })
            }
            Ok(Err(Broken::Garbage)) => {
                let _ = self.child.kill().await;
                Err(TokenError::Garbage(operation.to_owned()))
            }
        }
    }

    async fn exchange(&mut self, request: &Request, secrets: &[&[u8]]) -> Result<Reply, Broken> {
        let head = serde_json::to_vec(request).map_err(|_| Broken::Garbage)?;
        let secrets = wire::pack_secrets(secrets);
        let prefix = wire::frame_prefix(head.len(), secrets.len()).ok_or(Broken::Garbage)?;
        self.input.write_all(&prefix).await?;
        self.input.write_all(&head).await?;
        self.input.write_all(&secrets).await?;
        self.input.flush().await?;
        drop(secrets);

        let mut prefix = [0; 8];
        self.output.read_exact(&mut prefix).await?;
        let (head, 0) = wire::frame_lengths(prefix).ok_or(Broken::Garbage)? else {
            return Err(Broken::Garbage);
        };
        let mut reply = vec![0; head];
        self.output.read_exact(&mut reply).await?;
        serde_json::from_slice(&reply).map_err(|_| Broken::Garbage)
    }
}

enum Broken {
    Ended,
    Garbage,
}

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Broken {
        Broken::Ended
    }
}
