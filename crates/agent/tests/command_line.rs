//! The program as a person or a script runs it: what it prints, what it asks, how it ends.
//! Exit codes: 0 good, 1 the answer is no, 2 usage, 3 could not be determined.

#[path = "support/platform.rs"]
mod platform;
mod support;

use std::path::Path;
use std::process::{Output, Stdio};

use contract::ErrorCode;
use platform::{Platform, pdf};
use serde_json::{Value, json};
use support::*;
use token::KeyKind;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin-agent"));
    command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XDG_RUNTIME_DIR")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs to the end with these lines on standard input.
async fn run(mut command: Command, lines: &str) -> Output {
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).await.unwrap();
    drop(input);
    child.wait_with_output().await.unwrap()
}

async fn plain(arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments);
    run(command, "").await
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The one JSON object that was printed.
fn told(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// A soft key, and commands that reach it.
struct Desk {
    soft: SoftKey,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Desk {
        Desk {
            soft: SoftKey::new_today(KeyKind::Sm2).await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn state(&self) -> String {
        self.folder.path().join("state").display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .arg("--library")
            .arg(&self.soft.key.library)
            .arg("--catalogue")
            .arg(root().join("catalogue"))
            .arg("--json")
            .env("YINXIN_SOFT_DRAWER", self.soft.drawer());
        command
    }

    async fn run(&self, arguments: &[&str], lines: &str) -> Output {
        run(self.command(arguments), lines).await
    }

    /// A command that goes to a platform.
    async fn to(&self, platform: &Platform, arguments: &[&str], lines: &str) -> Output {
        let state = self.state();
        let common = [
            "--platform",
            &platform.origin,
            "--development",
            "--state",
            &state,
        ];
        self.run(&[arguments, &common].concat(), lines).await
    }

    /// An agent on a free port, and that port.
    async fn serve(&self) -> (Child, u16) {
        let state = self.state();
        let mut child = self
            .command(&[
                "serve",
                "--port",
                "0",
                "--no-open",
                "--state",
                &state,
                "--development-origin",
                ORIGIN,
            ])
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).await.unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        (child, ready["port"].as_u64().unwrap() as u16)
    }
}

#[tokio::test]
async fn help_is_there_for_every_command_and_wrong_use_ends_with_two() {
    let commands = [
        "serve", "tokens", "pin", "login", "seal", "doctor", "service", "key", "verify", "journal",
        "settings",
    ];
    for command in commands {
        let output = plain(&[command, "--help"]).await;
        assert_eq!(code(&output), 0, "{command}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("Usage:"),
            "{command}"
        );
        assert_eq!(
            code(&plain(&[command, "--no-such-option"]).await),
            2,
            "{command}"
        );
    }
    assert_eq!(code(&plain(&[]).await), 2);
    let output = plain(&["login", "--pin", "20261122", "--platform", "https://a.cn"]).await;
    assert_eq!(code(&output), 2, "a PIN is no argument");
}

#[tokio::test]
async fn tries_are_told_and_a_pin_is_checked_changed_and_unblocked() {
    let desk = Desk::new().await;
    let tries = async || told(&desk.run(&["pin", "tries"], "").await)["tries_left"].as_u64();
    assert_eq!(tries().await, Some(6));
    let output = desk.run(&["pin", "check"], "20261122\n").await;
    assert_eq!((code(&output), &told(&output)["right"]), (0, &json!(true)));

    let output = desk.run(&["pin", "check"], "00000000\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("pin_wrong"))
    );
    assert_eq!(tries().await, Some(5), "one line of input is one try");
    let output = desk.run(&["pin", "check"], "").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (2, &json!("usage"))
    );
    let output = desk.run(&["pin", "check"], "123\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("pin_length"))
    );
    assert_eq!(tries().await, Some(5));

    assert_eq!(
        code(&desk.run(&["pin", "change"], "20261122\n20270101\n").await),
        0
    );
    assert_eq!(code(&desk.run(&["pin", "check"], "20270101\n").await), 0);

    for _ in 0..5 {
        assert_eq!(code(&desk.run(&["pin", "check"], "00000000\n").await), 1);
    }
    let output = desk.run(&["pin", "check"], "20270101\n").await;
    assert_eq!(
        told(&output)["error"],
        "last_try",
        "nobody was asked, so it is kept"
    );
    assert_eq!(tries().await, Some(1));
    desk.run(&["pin", "check", "--spend-last-try"], "00000000\n")
        .await;
    assert_eq!(
        told(&desk.run(&["pin", "check"], "20270101\n").await)["error"],
        "pin_locked"
    );

    assert_eq!(
        code(
            &desk
                .run(&["pin", "unblock"], "admin-2026\n20260601\n")
                .await
        ),
        0
    );
    assert_eq!(code(&desk.run(&["pin", "check"], "20260601\n").await), 0);
    let output = desk.run(&["pin", "tries", "--key", "another"], "").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("no_token"))
    );
}

#[tokio::test]
async fn a_login_ends_with_a_session_for_the_address_that_was_typed() {
    let desk = Desk::new().await;
    let platform = Platform::start(None).await;
    let output = desk.to(&platform, &["login"], "20261122\n").await;
    let answer = told(&output);
    assert_eq!(code(&output), 0, "{answer}");
    assert_eq!(
        answer["session"]["logged_in_by"]["key_number"],
        "SZ-2026-0001"
    );
    assert_eq!(
        (platform.sessions_ended(), &answer["kept"]),
        (1, &json!(false))
    );

    let kept = desk.folder.path().join("cookies");
    let path = kept.display().to_string();
    let output = desk
        .to(&platform, &["login", "--session", &path], "20261122\n")
        .await;
    assert_eq!((code(&output), platform.sessions_ended()), (0, 1));
    assert_eq!(
        std::fs::read_to_string(&kept).unwrap(),
        "__Host-yinxin-session=inside\n"
    );
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o077, 0);

    let output = desk.to(&platform, &["login"], "00000000\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("pin_wrong"))
    );

    let journal = plain(&["journal", "list", "--json", "--state", &desk.state()]).await;
    let entries = told(&journal)["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    assert_eq!(entries[0]["origin"], platform.origin);
}

#[tokio::test]
async fn a_platform_that_says_no_or_nothing_or_is_none_has_its_own_exit_code() {
    let desk = Desk::new().await;
    let unbound = Platform::start(Some(ErrorCode::NotBound)).await;
    let output = desk.to(&unbound, &["login"], "20261122\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("not_bound"))
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("证书有效但未绑定"));
    let unsure = Platform::start(Some(ErrorCode::RevocationUndetermined)).await;
    let output = desk.to(&unsure, &["login"], "20261122\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (3, &json!("revocation_undetermined"))
    );

    let output = desk
        .run(&["login", "--platform", &unbound.origin], "20261122\n")
        .await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("origin_refused")),
        "http without --development"
    );
    let output = desk
        .run(&["login", "--platform", "not an address"], "")
        .await;
    assert_eq!(code(&output), 2);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let output = desk
        .run(
            &[
                "login",
                "--platform",
                &silent,
                "--development",
                "--state",
                &desk.state(),
            ],
            "20261122\n",
        )
        .await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (3, &json!("undetermined"))
    );

    desk.soft.plug(false);
    let output = desk.to(&unbound, &["login"], "20261122\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("no_token"))
    );
}

#[tokio::test]
async fn a_file_is_sealed_checked_and_found_again_in_the_journal() {
    let desk = Desk::new().await;
    let platform = Platform::start(None).await;
    let file = desk.folder.path().join("投标函.pdf");
    std::fs::write(&file, pdf()).unwrap();
    let path = file.display().to_string();
    let seal = ["seal", &path, "--x", "20", "--y", "30", "--submit"];
    let output = desk.to(&platform, &seal, "20261122\n").await;
    let answer = told(&output);
    assert_eq!(
        code(&output),
        0,
        "{answer}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        (answer["grade"].as_str(), answer["state"].as_str()),
        (Some("picked"), Some("published"))
    );
    assert!(platform.submitted() && platform.sessions_ended() == 1);
    let sealed = desk.folder.path().join("投标函-sealed.pdf");
    assert_eq!(answer["output"], sealed.display().to_string());
    assert_eq!(
        std::fs::read(&file).unwrap(),
        pdf(),
        "the original is as it was"
    );

    let sealed_path = sealed.display().to_string();
    let check = plain(&[
        "journal",
        "check",
        &sealed_path,
        "--json",
        "--state",
        &desk.state(),
    ])
    .await;
    assert_eq!((code(&check), &told(&check)["carried"]), (0, &json!(true)));
    let check = plain(&[
        "journal",
        "check",
        &path,
        "--json",
        "--state",
        &desk.state(),
    ])
    .await;
    assert_eq!(code(&check), 1, "the original carries nothing");

    let output = desk.to(&platform, &seal, "20261122\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (2, &json!("usage")),
        "nothing is written over"
    );
    std::fs::remove_file(&sealed).unwrap();
    let another = [&seal[..], &["--seal", "财务章"]].concat();
    let output = desk.to(&platform, &another, "20261122\n").await;
    assert_eq!(
        (code(&output), &told(&output)["error"]),
        (1, &json!("not_found"))
    );
    assert!(!sealed.exists());

    let catalogue = root().join("catalogue").display().to_string();
    let verify =
        async |path: &str| plain(&["verify", path, "--catalogue", &catalogue, "--json"]).await;
    let output = verify(&path).await;
    assert_eq!(
        (code(&output), &told(&output)["verdict"]),
        (1, &json!("unsigned"))
    );
    assert_eq!(code(&verify("/no/such/file.pdf").await), 2);
}

#[tokio::test]
async fn settings_are_told_and_set_and_nonsense_is_usage() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").display().to_string();
    let settings = async |arguments: &[&str], lines: &str| {
        let mut command = program();
        command
            .arg("settings")
            .args(arguments)
            .args(["--json", "--state", &state]);
        run(command, lines).await
    };
    let first = told(&settings(&["show"], "").await);
    assert!(!first["phrase"].as_str().unwrap().is_empty());
    assert_eq!(first["pin_entry"], "auto");
    let output = settings(&["phrase"], "山高水长\n").await;
    assert_eq!(
        (code(&output), &told(&output)["phrase"]),
        (0, &json!("山高水长"))
    );
    assert_eq!(code(&settings(&["phrase"], "\n").await), 2);
    assert_eq!(
        told(&settings(&["pin-entry", "page"], "").await)["pin_entry"],
        "page"
    );
    assert_eq!(code(&settings(&["pin-entry", "sometimes"], "").await), 2);
    let site = "https://www.example.cn";
    assert_eq!(code(&settings(&["allow-seal", site], "").await), 0);
    assert!(
        told(&settings(&["show"], "").await)
            .to_string()
            .contains(site)
    );
    assert_eq!(
        code(&settings(&["allow-seal", "http://www.example.cn"], "").await),
        2
    );
    assert_eq!(code(&settings(&["revoke", site], "").await), 0);
    assert!(
        !told(&settings(&["show"], "").await)
            .to_string()
            .contains(site)
    );
    let listed = plain(&["journal", "list", "--json", "--state", &state]).await;
    assert_eq!((code(&listed), &told(&listed)["entries"]), (0, &json!([])));
}

#[tokio::test]
async fn a_second_start_finds_the_first_and_is_good() {
    let desk = Desk::new().await;
    let (first, port) = desk.serve().await;
    let state = desk.state();
    let output = desk
        .run(
            &["serve", "--port", "0", "--no-open", "--state", &state],
            "",
        )
        .await;
    let answer = told(&output);
    assert_eq!(code(&output), 0, "{answer}");
    assert_eq!(
        (&answer["already_running"], &answer["port"]),
        (&json!(true), &json!(port))
    );
    assert_eq!(answer["pid"].as_u64(), first.id().map(u64::from));

    let doctor = async |port: u16| desk.run(&["doctor", "--port", &port.to_string()], "").await;
    let output = doctor(port).await;
    let found = told(&output);
    let of = |code: &str| {
        let findings = found["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap()["outcome"]
            .clone()
    };
    for code in [
        "agent_port",
        "library",
        "key_present",
        "key_provider",
        "pin_tries",
        "certificate",
    ] {
        assert_eq!(of(code), "good", "{code}: {found}");
    }
    assert!(
        !found.to_string().contains("林演示"),
        "a diagnosis names no person"
    );

    let pid = rustix::process::Pid::from_raw(first.id().unwrap() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(first.wait_with_output().await.unwrap().status.success());
    let output = doctor(port).await;
    assert_eq!(
        (code(&output), &told(&output)["outcome"]),
        (1, &json!("failed"))
    );
}

#[tokio::test]
async fn a_key_that_needs_no_pin_logs_in_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let key = pki::SoftwareKey::generate(pki::KeyFamily::Sm2).unwrap();
    let certificate = demo_certificate(key.public_key(), agent::system_clock()().0);
    let file = folder.path().join("service.pem");
    let pem = key.danger_to_pkcs8_pem().unwrap().to_string() + &certificate.to_pem();
    std::fs::write(&file, pem).unwrap();
    let platform = Platform::start(None).await;
    let mut command = program();
    command
        .args(["login", "--development", "--json", "--platform"])
        .arg(&platform.origin)
        .arg("--key-file")
        .arg(&file)
        .arg("--state")
        .arg(folder.path().join("state"))
        .arg("--catalogue")
        .arg(root().join("catalogue"));
    // Nothing on standard input: whoever asked would find its end.
    let output = run(command, "").await;
    assert_eq!(code(&output), 0, "{}", told(&output));
}

#[tokio::test]
async fn the_log_of_a_login_holds_no_pin_and_names_nobody() {
    let desk = Desk::new().await;
    let (first, port) = desk.serve().await;
    let origin = format!("http://127.0.0.1:{port}");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let html = client
        .get(format!("{origin}/popup"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let page = html
        .split("name=\"yinxin-page\" content=\"")
        .nth(1)
        .unwrap()[..43]
        .to_owned();
    let post = async |path: &str, body: Value| {
        let request = client
            .post(format!("{origin}/api/{path}"))
            .header("origin", &origin)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .header("x-yinxin-page", &page)
            .body(body.to_string());
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap_or_default()
    };
    post("request", body_of(ORIGIN, &login_request())).await;
    post("consent", json!({})).await;
    let keys = post("keys", json!({ "seen": null })).await;
    let certificate = keys["keys"][0]["certificates"][0]["id"].clone();
    let sign =
        |pin: &str| json!({ "certificate": certificate, "pin": pin, "spend_last_try": false });
    assert_eq!(post("sign", sign("86420975")).await["code"], "pin_wrong");
    assert_eq!(post("sign", sign(PIN)).await["type"], "statement");
    let pid = rustix::process::Pid::from_raw(first.id().unwrap() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = first.wait_with_output().await.unwrap();
    let file = Path::new(&desk.state()).join("logs/agent.log");
    let log = std::fs::read_to_string(file).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("ready") && log.contains("ended"), "{log}");
    for secret in [
        PIN,
        "86420975",
        "林演示",
        "演示供应商甲有限公司",
        "SZ-2026-0001",
    ] {
        assert!(!log.contains(secret), "{secret} stands in the log:\n{log}");
    }
}

#[tokio::test]
async fn the_service_is_printed_installed_once_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let service = async |arguments: &[&str]| {
        let mut command = program();
        command
            .arg("service")
            .args(arguments)
            .env("XDG_CONFIG_HOME", folder.path());
        run(command, "").await
    };
    let catalogue = root().join("catalogue").display().to_string();
    let output = service(&["install", "--print", "--catalogue", &catalogue]).await;
    let unit = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(unit.contains(" serve --no-open --catalogue "), "{unit}");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "printing writes nothing"
    );
    let install = async || told(&service(&["install", "--json", "--catalogue", &catalogue]).await);
    let first = install().await;
    let file = folder.path().join("systemd/user/yinxin-agent.service");
    assert_eq!(first["files"], json!([file]));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), unit);
    assert_eq!(first["to_run"][0], "systemctl --user daemon-reload");
    assert_eq!(install().await["files"], json!([]));
    assert_eq!(
        code(&service(&["status", "--json"]).await),
        3,
        "nobody can say whether it runs"
    );
    assert_eq!(
        told(&service(&["uninstall", "--json"]).await)["files"],
        json!([file])
    );
    assert!(!file.exists());
    assert_eq!(code(&service(&["status", "--json"]).await), 1);
    assert_eq!(code(&service(&["uninstall"]).await), 0);
}
