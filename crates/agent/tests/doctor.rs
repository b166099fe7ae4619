//! The doctor on this very machine, with things broken for real: no key, no driver, libraries that are missing, broken,
//! crash or hang, a port taken, an agent killed, a clock that is off, no network, a full disk, no display.

mod support;

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command as Blocking, Output, Stdio};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use contract::ErrorCode;
use serde_json::{Value, json};
use support::*;
use token::KeyKind;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

fn doctor(state: &Path, arguments: &[&str]) -> Blocking {
    let mut command = Blocking::new(env!("CARGO_BIN_EXE_yinxin-agent"));
    command
        .args(["doctor", "--json", "--catalogue"])
        .arg(root().join("catalogue"))
        .arg("--state")
        .arg(state)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", state)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
    command
}

async fn run(command: Blocking) -> (i32, Value) {
    let began = Instant::now();
    let output: Output = Command::from(command).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    // Five seconds for the checks; a machine that is loaded starts a program slowly.
    assert!(
        value["millis"].as_u64().unwrap() < 5_000,
        "{}",
        value["millis"]
    );
    assert!(began.elapsed() < Duration::from_secs(30));
    (output.status.code().unwrap(), value)
}

fn cases(diagnosis: &Value) -> Vec<&str> {
    let findings = diagnosis["findings"].as_array().unwrap();
    let mut cases: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding["case"].as_str())
        .collect();
    // What this machine is by itself: no display, a virtual machine, an old checkout.
    cases.retain(|case| !["no_display", "remote_session", "catalogue_stale"].contains(case));
    cases
}

fn outcome<'v>(diagnosis: &'v Value, code: &str) -> &'v Value {
    let findings = diagnosis["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == code);
    finding.map_or(&Value::Null, |finding| &finding["outcome"])
}

/// A soft key, an agent that is said to run, and a state folder.
struct Desk {
    soft: SoftKey,
    folder: tempfile::TempDir,
    agent: u16,
}

impl Desk {
    async fn new() -> Desk {
        Desk {
            soft: SoftKey::new_today(KeyKind::Sm2).await,
            folder: tempfile::tempdir().unwrap(),
            agent: agent_says_hello().await,
        }
    }

    fn command(&self, libraries: &[&Path], more: &[&str]) -> Blocking {
        let mut command = doctor(self.folder.path(), more);
        for library in libraries {
            command.arg("--library").arg(library);
        }
        if !more.contains(&"--port") {
            command.arg("--port").arg(self.agent.to_string());
        }
        command.env("YINXIN_SOFT_DRAWER", self.soft.drawer());
        command
    }

    fn library(&self) -> &Path {
        &self.soft.key.library
    }

    async fn look(&self, libraries: &[&Path], more: &[&str]) -> (i32, Value) {
        run(self.command(libraries, more)).await
    }
}

/// Something that says hello as an agent does, on a port of its own.
async fn agent_says_hello() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 512];
            let _ = stream.read(&mut request).await;
            let answer =
                "HTTP/1.1 200 OK\r\n\r\n{\"yinxin\":\"agent\",\"version\":\"0.1.0\",\"pid\":1}";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    port
}

/// A platform that answers everything with 404 and this date.
async fn platform(date: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    origin
}

fn compiled(folder: &Path, name: &str, source: &str) -> std::path::PathBuf {
    let (c, so) = (
        folder.join(format!("{name}.c")),
        folder.join(format!("lib{name}.so")),
    );
    std::fs::write(&c, source).unwrap();
    let status = Blocking::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&so)
        .arg(&c)
        .status()
        .unwrap();
    assert!(status.success());
    so
}

#[tokio::test]
async fn a_healthy_desk_is_silent_and_names_no_person() {
    let desk = Desk::new().await;
    let (_, diagnosis) = desk.look(&[desk.library()], &[]).await;
    assert_eq!(cases(&diagnosis), [""; 0], "{diagnosis:#}");
    for code in [
        "agent_port",
        "client_files",
        "disk",
        "folders",
        "library",
        "key_present",
        "key_provider",
        "pin_tries",
        "certificate",
    ] {
        assert_eq!(outcome(&diagnosis, code), "good", "{code}: {diagnosis:#}");
    }
    assert!(!diagnosis.to_string().contains("林演示"));
    assert!(
        diagnosis["first_millis"].as_u64().unwrap() < 300,
        "{}",
        diagnosis["first_millis"]
    );
    assert_eq!(diagnosis["chain"]["broken"], Value::Null);
    // For others not even the key's number.
    let number = "IT-0007";
    let told = desk
        .look(&[desk.library()], &["--redacted"])
        .await
        .1
        .to_string();
    assert!(!told.contains(number), "{told}");
    assert!(
        !told.contains(&desk.folder.path().display().to_string()),
        "{told}"
    );
}

#[tokio::test]
async fn a_first_run_without_a_key_or_without_a_driver_ends_in_the_right_advice() {
    let desk = Desk::new().await;
    desk.soft.plug(false);
    let (code, diagnosis) = desk.look(&[desk.library()], &[]).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["key_not_found"]),
        "{diagnosis:#}"
    );
    assert_eq!(diagnosis["chain"]["broken"], "token");
    let (code, diagnosis) = desk.look(&[], &[]).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["driver_missing"]),
        "{diagnosis:#}"
    );
    assert_eq!(diagnosis["chain"]["broken"], "driver");
}

#[tokio::test]
async fn libraries_that_are_gone_broken_crash_or_hang_are_told_apart_and_hide_no_other_key() {
    let desk = Desk::new().await;
    let folder = desk.folder.path();
    let text = folder.join("libtext.so");
    std::fs::write(&text, "no library").unwrap();
    let crash = compiled(
        folder,
        "crash",
        "#include <stdlib.h>\n__attribute__((constructor)) static void c(void) { abort(); }\n",
    );
    let hang = compiled(
        folder,
        "hang",
        "#include <unistd.h>\n__attribute__((constructor)) static void c(void) { for (;;) pause(); }\n",
    );
    for (library, case) in [
        (folder.join("libquarantined.so"), "client_quarantined"),
        (text, "driver_unloadable"),
        (crash, "driver_unloadable"),
        (hang, "driver_hangs"),
    ] {
        let (code, diagnosis) = desk.look(&[&library, desk.library()], &[]).await;
        assert_eq!((code, cases(&diagnosis)), (1, vec![case]), "{diagnosis:#}");
        assert_eq!(
            outcome(&diagnosis, "key_present"),
            "good",
            "the other library's key"
        );
        assert_eq!(diagnosis["chain"]["broken"], "driver");
    }
}

#[tokio::test]
async fn one_driver_twice_is_a_conflict() {
    let desk = Desk::new().await;
    let other = desk.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let copy = other.join(desk.library().file_name().unwrap());
    std::fs::copy(desk.library(), &copy).unwrap();
    let (_, diagnosis) = desk.look(&[desk.library(), &copy], &[]).await;
    assert_eq!(cases(&diagnosis), ["drivers_conflict"], "{diagnosis:#}");
}

#[tokio::test]
async fn tries_that_are_gone_and_a_locked_pin_are_told() {
    let desk = Desk::new().await;
    for left in (0..6).rev() {
        let pin = token::Pin::new("00000000").unwrap();
        let application = desk.soft.key.application();
        let _ = desk
            .soft
            .service
            .check_pin(
                &application,
                token::PinKind::User,
                &pin,
                token::LastTry::Spend,
            )
            .await;
        let (_, diagnosis) = desk.look(&[desk.library()], &[]).await;
        let expected = if left == 0 { "pin_locked" } else { "pin_wrong" };
        assert_eq!(cases(&diagnosis), [expected], "{left}: {diagnosis:#}");
    }
}

#[tokio::test]
async fn ports_that_others_hold_and_an_agent_that_was_killed_are_two_cases() {
    let desk = Desk::new().await;
    let others = [
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    ];
    for other in &others {
        let port = other.local_addr().unwrap().port().to_string();
        // It listens and says nothing.
        let (code, diagnosis) = desk.look(&[desk.library()], &["--port", &port]).await;
        assert_eq!(
            (code, cases(&diagnosis)),
            (1, vec!["port_taken"]),
            "{diagnosis:#}"
        );
    }

    let mut agent = Command::new(env!("CARGO_BIN_EXE_yinxin-agent"))
        .args(["serve", "--port", "0", "--no-open", "--json", "--catalogue"])
        .arg(root().join("catalogue"))
        .arg("--state")
        .arg(desk.folder.path().join("serving"))
        .env_remove("XDG_RUNTIME_DIR")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(agent.stdout.take().unwrap())
        .read_line(&mut line)
        .await
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let port = ready["port"].to_string();
    let (_, diagnosis) = desk.look(&[desk.library()], &["--port", &port]).await;
    assert_eq!(cases(&diagnosis), [""; 0], "{diagnosis:#}");
    agent.kill().await.unwrap();
    let (code, diagnosis) = desk.look(&[desk.library()], &["--port", &port]).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["agent_not_running"]),
        "{diagnosis:#}"
    );
}

#[tokio::test]
async fn a_clock_that_is_off_and_a_platform_that_is_not_reached_are_told() {
    let desk = Desk::new().await;
    let now = agent::system_clock()().0;
    let date = |seconds: i64| {
        let at = jiff::Timestamp::from_second(now + seconds).unwrap();
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&at)
            .unwrap()
    };
    for (skew, expected) in [
        (0, vec![]),
        (400, vec!["clock_skew"]),
        (-400, vec!["clock_skew"]),
    ] {
        let origin = platform(date(skew)).await;
        let (_, diagnosis) = desk.look(&[desk.library()], &["--platform", &origin]).await;
        assert_eq!(cases(&diagnosis), expected, "{diagnosis:#}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let (code, diagnosis) = desk.look(&[desk.library()], &["--platform", &origin]).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["platform_unreachable"]),
        "{diagnosis:#}"
    );
    // One that takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", silent.local_addr().unwrap());
    let (_, diagnosis) = desk.look(&[desk.library()], &["--platform", &origin]).await;
    assert_eq!(outcome(&diagnosis, "platform"), "unknown", "{diagnosis:#}");
}

/// The same command in a mount namespace of its own, with a tmpfs of this size at `folder`; then `fill` is run there.
fn in_small_disk(command: &Blocking, folder: &Path, size: &str, fill: &str) -> Blocking {
    let mut inside = Blocking::new("unshare");
    let user: &[&str] = if rustix::process::geteuid().is_root() {
        &[]
    } else {
        &["--map-root-user"]
    };
    inside
        .args(user)
        .args(["--mount", "sh", "-c"])
        .arg(format!(
            "mount -t tmpfs -o size={size} none '{0}' && cd '{0}' && {fill}; exec \"$@\"",
            folder.display()
        ))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null());
    inside.process_group(0);
    inside
}

#[tokio::test]
async fn a_full_disk_is_told_and_neither_crashes_nor_hangs_the_doctor() {
    let desk = Desk::new().await;
    let disk = tempfile::tempdir().unwrap();
    let mut command = doctor(disk.path(), &["--port", &desk.agent.to_string()]);
    command
        .arg("--library")
        .arg(desk.library())
        .env("YINXIN_SOFT_DRAWER", desk.soft.drawer());
    let fill = "dd if=/dev/zero of=fill bs=4096 2>/dev/null";
    let (code, diagnosis) = run(in_small_disk(&command, disk.path(), "256k", fill)).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["disk_full"]),
        "{diagnosis:#}"
    );
    assert!(diagnosis.to_string().contains("No space left on device"));
    // With room, on a disk of the same kind.
    let (_, diagnosis) = run(in_small_disk(&command, disk.path(), "64m", "true")).await;
    assert_eq!(cases(&diagnosis), [""; 0], "{diagnosis:#}");
}

#[tokio::test]
async fn without_network_display_home_or_any_variable_the_doctor_still_answers() {
    let desk = Desk::new().await;
    let mut command = desk.command(
        &[desk.library()],
        &["--platform", "https://no-such-host.invalid"],
    );
    command.env_remove("HOME").env_remove("PATH");
    let (code, diagnosis) = run(command).await;
    assert_eq!(
        (code, cases(&diagnosis)),
        (1, vec!["platform_unreachable"]),
        "{diagnosis:#}"
    );
    assert_eq!(outcome(&diagnosis, "pin_window"), "warning", "no display");
}

#[tokio::test]
async fn what_a_crash_left_is_named_and_cleared_and_young_files_stay() {
    let desk = Desk::new().await;
    let spool = desk.folder.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    for (name, hours) in [("old", 25), ("young", 1)] {
        std::fs::write(spool.join(name), b"x").unwrap();
        let at = agent::system_clock()().0 - hours * 3600;
        let at = std::time::UNIX_EPOCH + Duration::from_secs(at as u64);
        let file = std::fs::File::options()
            .write(true)
            .open(spool.join(name))
            .unwrap();
        file.set_modified(at).unwrap();
    }
    let (_, diagnosis) = desk.look(&[desk.library()], &[]).await;
    assert_eq!(cases(&diagnosis), ["bad_path"], "{diagnosis:#}");
    let (_, diagnosis) = desk
        .look(&[desk.library()], &["--mend", "clear-stale"])
        .await;
    assert_eq!(cases(&diagnosis), [""; 0], "{diagnosis:#}");
    assert!(spool.join("young").exists() && !spool.join("old").exists());
}

/// The lines of the page's diagnosis: findings, then the whole.
async fn examined(bench: &Bench, page: &str) -> (Vec<Value>, Value) {
    let (status, _, body) = bench.send(Bench::own(page, "doctor", "{}")).await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<Value> = String::from_utf8(body)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, findings) = lines.split_last().unwrap();
    (
        findings
            .iter()
            .map(|line| line["finding"].clone())
            .collect(),
        last["diagnosis"].clone(),
    )
}

#[tokio::test]
async fn the_own_page_hears_each_check_as_a_line_and_the_popup_hears_nothing() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let (findings, diagnosis) = examined(&bench, &home).await;
    assert_eq!(
        findings.len(),
        diagnosis["findings"].as_array().unwrap().len()
    );
    assert_eq!(outcome(&diagnosis, "library"), "good", "{diagnosis:#}");
    assert_eq!(outcome(&diagnosis, "agent_port"), "good");
    soft.plug(false);
    let (_, diagnosis) = examined(&bench, &home).await;
    assert!(
        cases(&diagnosis).contains(&"key_not_found"),
        "{diagnosis:#}"
    );
    let popup = bench.open().await;
    for path in ["doctor", "doctor/deed"] {
        let body = json!({ "action": "restart_worker" });
        assert_eq!(
            bench.refusal(&popup, path, body).await,
            ErrorCode::OriginRefused.name()
        );
    }
}

#[tokio::test]
async fn a_worker_is_restarted_by_a_click_and_what_is_a_page_s_is_refused() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    soft.service.list().await;
    let (status, done) = bench
        .post(&home, "doctor/deed", json!({ "action": "restart_worker" }))
        .await;
    assert_eq!((status, &done["count"]), (StatusCode::OK, &json!(1)));
    assert_eq!(
        soft.service.list().await.tokens.len(),
        1,
        "a fresh one answers"
    );
    for action in ["renew", "bind", "format_disk"] {
        let (status, _) = bench
            .post(&home, "doctor/deed", json!({ "action": action }))
            .await;
        assert!(status.is_client_error(), "{action}");
    }
}

#[tokio::test]
async fn a_site_that_was_refused_is_named_until_it_may_ask() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    assert_eq!(
        outcome(&examined(&bench, &home).await.1, "site"),
        &Value::Null,
        "nobody was refused"
    );
    let popup = bench.open().await;
    let body = body_of("http://tender.example.com.cn", &login_request());
    assert_eq!(
        bench.refusal(&popup, "request", body).await,
        "origin_refused"
    );
    let (_, diagnosis) = examined(&bench, &home).await;
    assert_eq!(cases(&diagnosis), ["site_not_allowed"], "{diagnosis:#}");
}

#[tokio::test]
async fn the_report_for_a_support_desk_carries_the_diagnosis_and_no_holder_or_number() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let home = bench.open_home().await;
    let (_, answer) = bench.post(&home, "report", json!({})).await;
    let text = answer["text"].as_str().unwrap();
    assert!(
        text.contains("doctor:") && text.contains("library good"),
        "{text}"
    );
    for secret in ["林演示", "演示供应商甲有限公司", "IT-0007", PIN] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
