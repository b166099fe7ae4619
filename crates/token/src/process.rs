//! The parent's side of a worker: start, one call at a time, limit, kill.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use zeroize::Zeroizing;

use crate::system::Descendants;
use crate::wire::{self, Reply, Request};
use crate::word_size::worker_for;
use crate::{Library, TokenError};

/// A running worker. Dropping it kills it, with all that its library forked.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// It, and what its library forked.
    descendants: Descendants,
}

impl Worker {
    /// Starts the worker program, or its 32-bit build for a library of 32 bits, and has it load the library.
    pub async fn start(
        program: &std::path::Path,
        library: &Library,
        limit: Duration,
    ) -> Result<Worker, TokenError> {
        let program = worker_for(program, &library.path);
        let missing = |error: std::io::Error| {
            TokenError::WorkerMissing(format!("{}: {error}", program.display()))
        };
        let mut command = Command::new(&program);
        Descendants::apart(&mut command);
        let mut child = command
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
            descendants: Descendants::of(&child),
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
        match tokio::time::timeout(limit, self.exchange_or_end(request, secrets)).await {
            Err(_elapsed) => {
                self.kill().await;
                Err(TokenError::Timeout {
                    operation: operation.to_owned(),
                })
            }
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Broken::Ended)) => {
                self.kill().await;
                Err(TokenError::WorkerDied {
                    operation: operation.to_owned(),
                })
            }
            Ok(Err(Broken::Garbage)) => {
                self.kill().await;
                Err(TokenError::Garbage(operation.to_owned()))
            }
        }
    }

    /// Whether it still runs: a library's own thread can end it between two calls.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it and reaps it before the caller goes on; dropping would kill too, but not wait.
    async fn kill(&mut self) {
        self.descendants.kill();
        let _ = self.child.kill().await;
    }

    /// The exchange, or the end of the worker: a process that its library forked may hold the pipes open, and
    /// then the end is not seen in them.
    async fn exchange_or_end(
        &mut self,
        request: &Request,
        secrets: &[&[u8]],
    ) -> Result<Reply, Broken> {
        let Worker {
            child,
            input,
            output,
            ..
        } = self;
        tokio::select! {
            biased;
            answer = exchange(input, output, request, secrets) => answer,
            _ = child.wait() => Err(Broken::Ended),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.descendants.kill();
    }
}

async fn exchange(
    input: &mut ChildStdin,
    output: &mut ChildStdout,
    request: &Request,
    secrets: &[&[u8]],
) -> Result<Reply, Broken> {
    let head = serde_json::to_vec(request).map_err(|_| Broken::Garbage)?;
    let secrets = wire::pack_secrets(secrets);
    let prefix = wire::frame_prefix(head.len(), secrets.len()).ok_or(Broken::Garbage)?;
    input.write_all(&prefix).await?;
    input.write_all(&head).await?;
    input.write_all(&secrets).await?;
    input.flush().await?;
    drop(secrets);

    let mut prefix = [0; 8];
    output.read_exact(&mut prefix).await?;
    let (head, 0) = wire::frame_lengths(prefix).ok_or(Broken::Garbage)? else {
        return Err(Broken::Garbage);
    };
    // It may hold a plaintext.
    let mut reply = Zeroizing::new(vec![0; head]);
    output.read_exact(&mut reply).await?;
    serde_json::from_slice(&reply).map_err(|_| Broken::Garbage)
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
