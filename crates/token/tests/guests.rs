//! Libraries that misbehave towards their process, not only towards their caller: whatever they leave behind
//! ends with the worker, and no worker outlives the service.
#![cfg(target_os = "linux")]

mod common;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{WORKER, compiled, over, shaped, user_pin};
use token::{LastTry, PinKind, TokenError};

/// The numbers that the library wrote down, one a line.
fn noted(folder: &Path) -> Vec<u32> {
    std::fs::read_to_string(folder.join("mark"))
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect()
}

/// Whether a process is there and not just waiting to be reaped.
fn lives(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        let state = stat.rsplit(')').next().unwrap_or_default();
        !state.trim_start().starts_with(['Z', 'X'])
    })
}

/// Waits until a process is gone; a killed one needs a moment.
async fn gone(process: u32) {
    let waiting = async {
        while lives(process) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("process {process} is left behind"));
}

#[tokio::test]
async fn a_library_that_prints_moves_forks_and_ignores_signals_answers_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let service = over(compiled(folder.path(), "escapes", 0));
    for _ in 0..2 {
        let listing = service.list().await;
        assert_eq!(listing.tokens.len(), 1, "{listing:?}");
    }
    let processes = noted(folder.path());
    assert_eq!(processes.len(), 2, "one worker answered both times");
    assert!(processes.iter().all(|process| lives(*process)));
    drop(service);
    for process in processes {
        gone(process).await;
    }
}

#[tokio::test]
async fn a_worker_that_ends_is_noticed_although_a_fork_of_it_holds_the_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let service = over(compiled(folder.path(), "escapes", 1));
    let listing = service.list().await;
    // Not a time-out: the end was seen as such.
    assert!(
        matches!(listing.failures[0].error, TokenError::WorkerDied { .. }),
        "{listing:?}"
    );
    for process in noted(folder.path()) {
        gone(process).await;
    }
}

#[tokio::test]
async fn a_worker_whose_library_hangs_in_its_destructor_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "escapes", 2);
    let mut worker = Command::new(WORKER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ask = |request: serde_json::Value| {
        let head = serde_json::to_vec(&request).unwrap();
        let input = worker.stdin.as_mut().unwrap();
        let length = u32::try_from(head.len()).unwrap().to_le_bytes();
        input
            .write_all(&[&length[..], &[0; 4], &head].concat())
            .unwrap();
        let output = worker.stdout.as_mut().unwrap();
        let mut prefix = [0; 8];
        output.read_exact(&mut prefix).unwrap();
        let length = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]);
        let mut reply = vec![0; length as usize];
        output.read_exact(&mut reply).unwrap();
        serde_json::from_slice::<serde_json::Value>(&reply).unwrap()
    };
    let open = serde_json::json!({"open": {"library": library, "kind": "skf", "quirks": {}}});
    assert_eq!(ask(open), "done");
    assert_eq!(ask("list_devices".into())["devices"][0], "escapes");
    drop(worker.stdin.take());
    let id = worker.id();
    gone(id).await;
    assert!(worker.wait().unwrap().success());
    // It was no leader of a group here, so that its child is the test's to end.
    for process in noted(folder.path()) {
        if process != id {
            let kill = Command::new("kill")
                .arg("-9")
                .arg(process.to_string())
                .status();
            assert!(kill.unwrap().success());
        }
    }
}

#[tokio::test]
async fn a_worker_that_hangs_in_a_call_is_gone_when_the_service_is() {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "pin", 0);
    let service = over(library.clone());
    let key = shaped(&library, "pin");
    let pin = user_pin();
    let application = key.application();
    let call = service.check_pin(&application, PinKind::User, &pin, LastTry::Keep);
    let mut call = Box::pin(call);
    // Until the library has the PIN in its hands, and hangs.
    let hangs = async {
        loop {
            let noted = std::fs::read_to_string(folder.path().join("mark.pid"));
            if let Some(process) = noted.ok().and_then(|text| text.trim().parse().ok()) {
                break process;
            }
            tokio::task::yield_now().await;
        }
    };
    let worker: u32 = tokio::select! {
        answer = &mut call => panic!("{answer:?}"),
        process = hangs => process,
    };
    assert!(lives(worker));
    drop(call);
    drop(service);
    gone(worker).await;
    assert_eq!(std::fs::read(folder.path().join("mark")).unwrap(), b"+");
}
