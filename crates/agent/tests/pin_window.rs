//! The PIN asked outside the browser: the Assuan that is spoken, and the sign flow behind it.
//!
//! The programs that ask are scripts that speak real Assuan and write down what they heard; one test drives
//! Debian's `pinentry-curses` on a terminal of its own.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use agent::prompt::pinentry::Pinentry;
use agent::prompt::{PinPrompt as _, PromptError, PromptText};
use axum::http::StatusCode;
use serde_json::{Value, json};
use support::*;
use token::KeyKind;

/// A PIN program that answers from a list of replies, one for each GETPIN or CONFIRM.
struct Scripted {
    folder: tempfile::TempDir,
}

impl Scripted {
    /// `replies` are shell words: a text to answer `D`, or `cancel`, `no`, `timeout`, `hang`, `garbage`, `die`.
    fn new(replies: &[&str]) -> Scripted {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().display();
        std::fs::write(folder.path().join("replies"), replies.join("\n") + "\n").unwrap();
        // The replies outlive one run of the program: the agent starts it again for each question.
        let script = format!(
            r#"#!/bin/sh
echo "OK Pleased to meet you"
while IFS= read -r line; do
  printf '%s\n' "$line" >> '{here}/heard'
  case "$line" in
    GETPIN|CONFIRM)
      reply=$(head -n 1 '{here}/replies'); tail -n +2 '{here}/replies' > '{here}/rest'; mv '{here}/rest' '{here}/replies'
      case "$reply" in
        cancel) echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
        no) echo "ERR 83886194 Not confirmed <Pinentry>" ;;
        timeout) echo "ERR 83886142 Timeout <Pinentry>" ;;
        tty) echo "ERR 83918950 Inappropriate ioctl for device <Pinentry>" ;;
        hang) echo $$ > '{here}/pid'; read -r never ;;
        garbage) head -c 4000 /dev/zero | tr '\0' x; echo ;;
        die) exit 1 ;;
        yes) echo OK ;;
        *) echo "S PASSWORD_SEEN"; echo "D $reply"; echo OK ;;
      esac ;;
    OPTION*|SETTIMEOUT*) echo "ERR 83886360 Unknown option <Pinentry>" ;;
    *) echo OK ;;
  esac
done
"#
        );
        write_program(&folder.path().join("pinentry"), &script);
        Scripted { folder }
    }

    fn pinentry(&self) -> Pinentry {
        Pinentry::at(self.folder.path().join("pinentry"), None).unwrap()
    }

    fn heard(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("heard")).unwrap()
    }
}

/// Written by another process: a file that this one held open for writing can't be run while a thread forks.
fn write_program(path: &Path, text: &str) {
    let status = Command::new("sh")
        .args([
            "-c",
            "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"",
            "sh",
            text,
        ])
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}

fn text() -> PromptText {
    PromptText {
        title: "印信客户端 · 青山白鹭 07".into(),
        description: "网站: https://a.cn\n用途: 100% 登录".into(),
        prompt: "PIN 码".into(),
        ..PromptText::default()
    }
}

#[tokio::test]
async fn what_is_asked_is_escaped_and_what_is_typed_comes_back() {
    let scripted = Scripted::new(&["2026%251122"]);
    let pin = scripted.pinentry().ask(&text()).await.unwrap();
    assert_eq!(format!("{pin:?}"), "Pin(…)");
    let heard = scripted.heard();
    for line in [
        "SETTITLE 印信客户端 · 青山白鹭 07",
        "SETDESC 网站: https://a.cn%0A用途: 100%25 登录",
        "SETPROMPT PIN 码",
        "GETPIN",
    ] {
        assert!(heard.lines().any(|heard| heard == line), "{line}\n{heard}");
    }
    assert!(!heard.contains("SETKEYINFO") && !heard.contains("external-password-cache"));
}

#[tokio::test]
async fn what_can_not_be_a_pin_is_asked_again_and_nothing_of_it_is_sent_to_a_token() {
    let scripted = Scripted::new(&["", "20261122"]);
    scripted.pinentry().ask(&text()).await.unwrap();
    assert!(scripted.heard().contains("SETERROR PIN 码长度不符合要求"));
}

#[tokio::test]
async fn each_way_in_which_no_pin_comes_has_its_own_error() {
    let ask = async |reply: &str| {
        Scripted::new(&[reply])
            .pinentry()
            .ask(&text())
            .await
            .unwrap_err()
    };
    assert_eq!(ask("cancel").await, PromptError::Cancelled);
    assert_eq!(ask("timeout").await, PromptError::TimedOut);
    assert!(matches!(ask("tty").await, PromptError::Unavailable(_)));
    assert!(matches!(ask("die").await, PromptError::Unavailable(_)));
    assert!(matches!(ask("garbage").await, PromptError::Protocol(_)));
    let no = Scripted::new(&["no"]);
    assert_eq!(
        no.pinentry().confirm(&text()).await.unwrap_err(),
        PromptError::Cancelled
    );
    Scripted::new(&["yes"])
        .pinentry()
        .confirm(&text())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_question_that_is_taken_back_closes_its_window() {
    let scripted = Scripted::new(&["hang"]);
    let (pinentry, text) = (scripted.pinentry(), text());
    let mut asking = pinentry.ask(&text);
    let pid_file = scripted.folder.path().join("pid");
    let pid = loop {
        tokio::select! {
            answer = &mut asking => panic!("answered: {answer:?}"),
            () = tokio::task::yield_now() => {}
        }
        if let Ok(pid) = std::fs::read_to_string(&pid_file)
            && pid.ends_with('\n')
        {
            break pid.trim().to_owned();
        }
    };
    drop(asking);
    // Killed now, reaped a moment later: gone, or a zombie that shows no window.
    let gone = async {
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone)
        .await
        .unwrap();
}

/// A soft key and an agent whose window answers from the list.
async fn asked(replies: &[&str]) -> (SoftKey, Bench, Scripted, String, String) {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let scripted = Scripted::new(replies);
    let bench = Bench::with_prompt(
        Arc::new(soft.service.clone()),
        Some(Arc::new(scripted.pinentry())),
    );
    let page = bench.asking(&login_request()).await;
    bench.post(&page, "consent", json!({})).await;
    let (_, keys) = bench.post(&page, "keys", json!({ "seen": null })).await;
    let certificate = keys["keys"][0]["certificates"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (soft, bench, scripted, page, certificate)
}

async fn sign(bench: &Bench, page: &str, certificate: &str) -> (StatusCode, Value) {
    bench
        .post(
            page,
            "sign",
            json!({ "certificate": certificate, "language": "zh" }),
        )
        .await
}

#[tokio::test]
async fn a_login_is_signed_with_a_pin_from_the_window_which_names_site_purpose_key_and_phrase() {
    let (_soft, bench, scripted, page, certificate) = asked(&["123", "00000000", PIN]).await;
    let (_, state) = bench.post(&page, "state", json!({})).await;
    assert_eq!(state["pin_entry"], "native");
    let (status, answer) = sign(&bench, &page, &certificate).await;
    assert_eq!(
        (status, answer["type"].as_str()),
        (StatusCode::OK, Some("statement")),
        "{answer}"
    );
    let heard = scripted.heard();
    let phrase = state["phrase"].as_str().unwrap();
    assert!(
        heard.contains(&format!("SETTITLE 印信客户端 · {phrase}\n")),
        "{heard}"
    );
    let description = "SETDESC 网站: http://127.0.0.1:8080%0A用途: 证书登录%0ACA 锁: 深圳CA 林演示 (SZ-2026-0001)";
    assert!(heard.contains(description), "{heard}");
    assert!(heard.contains("SETERROR PIN 码长度不符合要求\n"), "{heard}");
    assert!(
        heard.contains("SETERROR PIN 码错误，还可以试 5 次\n"),
        "{heard}"
    );
}

#[tokio::test]
async fn the_last_try_is_asked_for_before_it_is_spent_and_no_is_taken() {
    let wrong = "00000000";
    let (soft, bench, scripted, page, certificate) =
        asked(&[wrong, wrong, wrong, wrong, wrong, "no"]).await;
    let (_, answer) = sign(&bench, &page, &certificate).await;
    assert_eq!(
        (answer["code"].as_str(), answer["tries_left"].as_u64()),
        (Some("cancelled"), Some(1))
    );
    let heard = scripted.heard();
    assert!(
        heard.trim_end().ends_with("CONFIRM") && heard.contains("只剩最后一次机会"),
        "{heard}"
    );
    let left = soft.service.list().await.tokens[0].tries_left("YINXIN");
    assert_eq!(left, Some(1), "nothing was sent");

    // A new window of the same key asks first, too; yes spends the try, and the right PIN frees the others.
    std::fs::write(
        scripted.folder.path().join("replies"),
        format!("yes\n{PIN}\n"),
    )
    .unwrap();
    let (status, answer) = sign(&bench, &page, &certificate).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn where_no_window_opens_the_page_takes_the_pin() {
    let (_soft, bench, _scripted, page, certificate) = asked(&["die"]).await;
    let (_, answer) = sign(&bench, &page, &certificate).await;
    assert_eq!(answer["code"], "pin_window_failed");
    let (_, state) = bench.post(&page, "state", json!({})).await;
    assert_eq!(state["pin_entry"], "page");
    let body = json!({ "certificate": certificate, "pin": PIN, "spend_last_try": false });
    let (status, answer) = bench.post(&page, "sign", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn debians_pinentry_on_a_terminal_gives_the_pin_that_is_typed() {
    let Some(program) = tool("YINXIN_PINENTRY") else {
        return;
    };
    let Some(python) = tool("YINXIN_PYTHON") else {
        return;
    };
    // A terminal and a typist: waits until something is shown, types, and holds the terminal open.
    const TYPIST: &str = "
import os, pty, sys
master, slave = pty.openpty()
print(os.ttyname(slave), flush=True)
shown = b''
while 'PIN'.encode() not in shown:
    shown += os.read(master, 4096)
os.write(master, b'20261122\\r')
while sys.stdin.readline():
    pass
";
    let mut typist = tokio::process::Command::new(python)
        .args(["-c", TYPIST])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut terminal = String::new();
    let mut lines = tokio::io::BufReader::new(typist.stdout.take().unwrap());
    tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut terminal)
        .await
        .unwrap();
    let pinentry = Pinentry::at(program, Some(PathBuf::from(terminal.trim()))).unwrap();
    pinentry.ask(&text()).await.unwrap();
}

/// A program that the environment names; skipped without it, unless tools are required.
fn tool(name: &str) -> Option<PathBuf> {
    match std::env::var_os(name) {
        Some(path) => Some(path.into()),
        None => {
            eprintln!("skipped: {name} is not set");
            assert!(
                std::env::var("YINXIN_REQUIRE_TOOLS").as_deref() != Ok("1"),
                "{name} is required"
            );
            None
        }
    }
}
