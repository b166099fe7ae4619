//! The vendors' ports over TLS: a client that trusts the root that was made here, one that doesn't, and the store of a
//! browser as NSS's own tool reads it.

mod support;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use agent::prompt::{PinPrompt, PromptError, PromptText};
use agent::sof::Sof;
use agent::sof::certificate::Loopback;
use agent::sof::listen::{Listening, Ports, Taken, listen};
use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use support::*;
use token::Pin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Nobody is asked here.
struct Nobody;

impl PinPrompt for Nobody {
    fn ask<'a>(&'a self, _: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>> {
        Box::pin(async { Err(PromptError::Cancelled) })
    }

    fn confirm<'a>(&'a self, _: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>> {
        Box::pin(async { Err(PromptError::Cancelled) })
    }
}

async fn listening(bench: &Bench) -> Listening {
    bench.agent.sof().set_enabled(true).unwrap();
    let sof = Sof {
        agent: Arc::clone(&bench.agent),
        prompt: Arc::new(Nobody),
    };
    let ports = Ports {
        bjca: 0,
        bjca_tls: 0,
        topcertkit: 0,
    };
    listen(&sof, ports).await.unwrap()
}

fn port(taken: &Taken) -> u16 {
    match taken {
        Taken::Serving { port } => *port,
        Taken::SteppedAside { .. } => panic!("{taken:?}"),
    }
}

/// A TLS client that trusts this root and no other.
async fn connect(
    root: &pki::Certificate,
    name: &str,
    port: u16,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(root.der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(name.to_owned()).unwrap(), stream)
        .await
}

/// Asks TopCertKit's format for the version.
async fn version(
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    port: u16,
) -> String {
    let request = format!(
        "POST /SOF_GetVersion HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn without_a_certificate_nothing_speaks_tls_and_the_second_port_is_left_alone() {
    let bench = Bench::new(Arc::new(NoTokens));
    let listening = listening(&bench).await;
    assert_eq!(listening.held.bjca_tls, None);
    let elsewhere = tempfile::tempdir().unwrap();
    let root = Loopback::of(elsewhere.path())
        .make((bench.agent.clock)())
        .unwrap();
    let port = port(&listening.held.topcertkit);
    assert!(connect(&root, "127.0.0.1", port).await.is_err());
}

#[tokio::test]
async fn topcertkits_port_answers_https_to_who_trusts_the_root_and_http_as_before() {
    let bench = Bench::new(Arc::new(NoTokens));
    let loopback = Loopback::of(&bench.state_folder());
    let root = loopback.make((bench.agent.clock)()).unwrap();
    let listening = listening(&bench).await;
    let port = port(&listening.held.topcertkit);
    for name in ["127.0.0.1", "localhost"] {
        let mut secure = connect(&root, name, port).await.unwrap();
        let answer = version(&mut secure, port).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains(env!("CARGO_PKG_VERSION")), "{answer}");
    }
    let mut plain = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(version(&mut plain, port).await.starts_with("HTTP/1.1 200 "));

    // Another computer's root, or another name, and there is no connection.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Loopback::of(elsewhere.path())
        .make((bench.agent.clock)())
        .unwrap();
    assert!(connect(&other, "127.0.0.1", port).await.is_err());
    assert!(connect(&root, "platform.example", port).await.is_err());
}

#[tokio::test]
async fn bjcas_second_port_speaks_wss_and_a_handshake_that_hangs_keeps_nobody_out() {
    let bench = Bench::new(Arc::new(NoTokens));
    let loopback = Loopback::of(&bench.state_folder());
    let root = loopback.make((bench.agent.clock)()).unwrap();
    let listening = listening(&bench).await;
    let port = port(listening.held.bjca_tls.as_ref().unwrap());
    let mut hangs = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    hangs.write_all(&[0x16, 0x03]).await.unwrap();

    let secure = connect(&root, "127.0.0.1", port).await.unwrap();
    let mut request = format!("wss://127.0.0.1:{port}/xtxapp/")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("origin", ORIGIN.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(request, secure)
        .await
        .unwrap();
    let call = json!({ "xtx_func_name": "GetUserList", "call_cmd_id": "i_1", "param": [] });
    socket.send(Message::text(call.to_string())).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap();
    let answer: Value = serde_json::from_str(answer.to_text().unwrap()).unwrap();
    assert_eq!(answer, json!({ "call_cmd_id": "i_1", "retVal": "" }));
}

/// The agent's command, at home in `home`.
fn agent(home: &Path, deed: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yinxin-agent"))
        .args(["sof", "certificate", deed, "--json", "--state"])
        .arg(home.join("state"))
        .env("HOME", home)
        .output()
        .unwrap()
}

fn told(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// NSS's own tool.
fn nss(database: &Path, words: &[&str]) -> Option<Output> {
    let output = Command::new("certutil")
        .args(words)
        .args(["-d", &format!("sql:{}", database.display())])
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            assert!(
                std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
                "certutil (Debian: libnss3-tools) is needed: {error}"
            );
            eprintln!("skipped: no certutil (Debian: libnss3-tools)");
            None
        }
    }
}

#[test]
fn the_root_is_in_the_users_browsers_after_install_and_gone_whole_after_remove() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let chromium = home.join(".pki/nssdb");
    let firefox = home.join(".mozilla/firefox/abc.default");
    std::fs::create_dir_all(&firefox).unwrap();
    let Some(made) = nss(&firefox, &["-N", "--empty-password"]) else {
        return;
    };
    assert!(made.status.success(), "{made:?}");
    assert_eq!(told(&agent(home, "show"))["root"], Value::Null);

    // Twice: the second takes the place of the first.
    told(&agent(home, "install"));
    let installed = told(&agent(home, "install"));
    assert_eq!(
        installed["stores"].as_array().unwrap().len(),
        2,
        "{installed}"
    );
    assert_eq!(told(&agent(home, "show"))["root"], installed["root"]);
    let root = std::fs::read_to_string(installed["root"]["file"].as_str().unwrap()).unwrap();
    let root = pki::Certificate::from_pem(&root).unwrap();
    for database in [&chromium, &firefox] {
        let listed = nss(database, &["-L", "-n", "yinxin-agent loopback root", "-a"]).unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let [only] = pki::Certificate::many_from_pem(&listed)
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(only.der(), root.der());
        // NSS itself: the certificate is good for a server under what the store trusts.
        let leaf = home.join("state/loopback/certificate.pem");
        let added = nss(
            database,
            &[
                "-A",
                "-n",
                "leaf",
                "-t",
                ",,",
                "-a",
                "-i",
                leaf.to_str().unwrap(),
            ],
        )
        .unwrap();
        assert!(added.status.success(), "{added:?}");
        let good = nss(database, &["-V", "-n", "leaf", "-u", "V"]).unwrap();
        assert!(good.status.success(), "{good:?}");
        nss(database, &["-D", "-n", "leaf"]).unwrap();
    }

    let removed = told(&agent(home, "remove"));
    assert_eq!(removed["root"], Value::Null);
    for database in [&chromium, &firefox] {
        let listed = nss(database, &["-L"]).unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(!listed.contains("yinxin"), "{listed}");
    }
    assert!(!home.join("state/loopback").exists());
    told(&agent(home, "remove"));
}

/// What Chromium, at home in `home`, says when it opens an address.
fn chromium(home: &Path, url: &str) -> Option<String> {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!(
            "--user-data-dir={}",
            home.join("profile").display()
        ))
        .arg(url)
        .env("HOME", home)
        .output();
    match output {
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => {
            assert!(
                std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
                "chromium is needed: {error}"
            );
            eprintln!("skipped: no chromium");
            None
        }
    }
}

#[tokio::test]
async fn chromium_opens_the_port_once_the_root_is_in_its_store_and_never_before() {
    let bench = Bench::new(Arc::new(NoTokens));
    let loopback = Loopback::of(&bench.state_folder());
    // Chromium has the system's clock.
    let now = agent::system_clock()();
    let root = loopback.make(now).unwrap();
    let tls = loopback.server(now).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://127.0.0.1:{}/",
        listener.local_addr().unwrap().port()
    );
    let router = axum::Router::new();
    let door = agent::sof::door::Door::open(listener, tls).unwrap();
    let serving = tokio::spawn(async move { axum::serve(door, router).await });
    let open = async |trusting: bool| {
        let (url, file, serial) = (url.clone(), loopback.root(), root.serial_hex());
        tokio::task::spawn_blocking(move || {
            let home = tempfile::tempdir().unwrap();
            if trusting {
                let stores = agent::sof::trust::add(home.path(), &file, &serial).unwrap();
                assert!(stores.iter().all(|store| store.done.is_ok()), "{stores:?}");
                assert_eq!(
                    stores.len(),
                    1,
                    "certutil (Debian: libnss3-tools) is needed"
                );
            }
            chromium(home.path(), &url)
        })
        .await
        .unwrap()
    };
    let Some(before) = open(false).await else {
        return;
    };
    assert!(before.contains("ERR_CERT_AUTHORITY_INVALID"), "{before}");
    // There is no such page: that is said over TLS, to a browser that took the certificate.
    let after = open(true).await.unwrap();
    assert!(after.contains("ERR_HTTP_RESPONSE_CODE_FAILURE"), "{after}");
    serving.abort();
}
