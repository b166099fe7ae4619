//! What is left of a PIN after it was used: nothing in the agent's memory, its log, its state or its arguments.
//!
//! The agent runs as its own process, logs everything that it can, and is asked as its page asks. Reading
//! another process's memory needs privilege (the agent is not dumpable): without it the test holds that
//! reading is refused, which is what the agent promises then.
#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::*;
use token::KeyKind;

/// An agent that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One request on a connection of its own; the body of the answer.
fn ask(port: u16, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{head}\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    )
    .unwrap();
    write!(stream, "\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn post(port: u16, page: &str, path: &str, body: &Value) -> String {
    let head = format!(
        "POST /api/{path} HTTP/1.1\r\nOrigin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nX-Yinxin-Page: {page}"
    );
    ask(port, &head, &body.to_string())
}

/// Where a process holds `needle` in memory that it can write: the mappings by name.
fn found_in(process: u32, needle: &[u8]) -> std::io::Result<Vec<String>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let mut memory = File::open(format!("/proc/{process}/mem"))?;
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
            continue;
        };
        let Some((from, to)) = range.split_once('-') else {
            continue;
        };
        if !rights.starts_with("rw") {
            continue;
        }
        let from = u64::from_str_radix(from, 16).unwrap();
        let to = u64::from_str_radix(to, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.seek(SeekFrom::Start(from))?;
        // Guard pages and the like can't be read; there is nothing in them.
        let mut read = 0;
        while let Ok(length) = memory.read(&mut bytes[read..]) {
            if length == 0 {
                break;
            }
            read += length;
        }
        if bytes[..read]
            .windows(needle.len())
            .any(|window| window == needle)
        {
            found.push(line.to_owned());
        }
    }
    Ok(found)
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[tokio::test]
async fn nothing_is_left_of_a_pin_after_it_was_used() {
    // The key is made here; the agent reaches the same drawer by its own worker.
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut child = Command::new(env!("CARGO_BIN_EXE_yinxin-agent"))
        .args(["serve", "--port", "0", "--no-open", "--json", "--state"])
        .arg(&state)
        .arg("--library")
        .arg(&soft.key.library)
        .arg("--catalogue")
        .arg(root().join("catalogue"))
        .env("YINXIN_SOFT_DRAWER", soft.drawer())
        .env("RUST_LOG", "trace")
        .env("YINXIN_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(File::create(folder.path().join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let running = Running(child);
    let process = running.0.id();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();

    let html = ask(port, "GET / HTTP/1.1\r\nSec-Fetch-Dest: document", "");
    let page = &html
        .split("name=\"yinxin-page\" content=\"")
        .nth(1)
        .unwrap()[..43];
    let listed = post(port, page, "care/keys", &json!({ "seen": null }));
    let listed: Value = serde_json::from_str(&listed[listed.find('{').unwrap()..]).unwrap();
    let key = &listed["keys"][0]["id"];
    assert!(key.is_string(), "{listed}");

    // Once wrong, once right: both are PINs of somebody. The last is the one that is in force afterwards.
    let (wrong, fresh) = ("9fZw71qTe", "k3Vx82pRn");
    let flow = [
        (
            "care/check-pin",
            json!({ "key": key, "pin": wrong, "spend_last_try": false }),
            400,
        ),
        (
            "care/change-pin",
            json!({ "key": key, "old": PIN, "new": fresh, "spend_last_try": false }),
            204,
        ),
        (
            "care/check-pin",
            json!({ "key": key, "pin": fresh, "spend_last_try": false }),
            204,
        ),
    ];
    for (path, body, status) in flow {
        let answer = post(port, page, path, &body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
        assert!(answer.to_lowercase().contains("connection: close"));
    }

    let secrets = [wrong.as_bytes(), fresh.as_bytes(), PIN.as_bytes()];
    match found_in(process, b"yinxin-agent") {
        Ok(known) => {
            // What is certainly there is found, so that finding nothing means something.
            assert!(!known.is_empty(), "the search finds nothing at all");
            for secret in secrets {
                // The connection's task ends just after its answer; then nothing may be left.
                let left = (0..40)
                    .map(|_| found_in(process, secret).unwrap())
                    .find(Vec::is_empty);
                let still = found_in(process, secret).unwrap();
                assert!(left.is_some(), "a PIN stands in {still:?}");
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
            eprintln!("the agent's memory can't be read by its own user, as it should be");
        }
    }
    let arguments = std::fs::read(format!("/proc/{process}/cmdline")).unwrap();
    for secret in secrets {
        assert!(
            !holds(folder.path(), secret),
            "a PIN stands in the state or the log"
        );
        assert!(
            !arguments
                .windows(secret.len())
                .any(|window| window == secret)
        );
    }
    let log = std::fs::read_to_string(folder.path().join("stderr")).unwrap();
    assert!(
        !log.is_empty(),
        "the log says something, so that its silence about PINs counts"
    );
}
