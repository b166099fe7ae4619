//! The agent in the tray: a session's bus of the test's own, and a small panel on it that shows what there is.
#![cfg(target_os = "linux")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use support::*;
use token::KeyKind;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use zbus::zvariant::{OwnedValue, Value as Variant};

/// Longer than anything here takes; what never comes fails the test and doesn't hang it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session's bus that nobody else is on. Dropping it ends it.
struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    /// `None`, said aloud, where `YINXIN_DBUS_DAEMON` names no program; an error where tools are required.
    async fn start() -> Option<Bus> {
        let Some(program) = std::env::var_os("YINXIN_DBUS_DAEMON").map(PathBuf::from) else {
            assert!(
                std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
                "YINXIN_DBUS_DAEMON must name dbus-daemon"
            );
            eprintln!("skipped: YINXIN_DBUS_DAEMON does not name dbus-daemon");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let mut daemon = Command::new(program)
            .args(["--session", "--nofork", "--print-address"])
            .arg(format!("--address={address}"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(daemon.stdout.take().unwrap());
        lines.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(&address), "{line}");
        Some(Bus {
            daemon,
            address,
            _folder: folder,
        })
    }
}

/// What the panel of a desktop offers items: their place to register at.
struct Watcher {
    items: mpsc::UnboundedSender<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.items.send(service).unwrap();
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// A panel on the bus.
struct Panel {
    connection: zbus::Connection,
    items: mpsc::UnboundedReceiver<String>,
}

impl Panel {
    async fn on(bus: &Bus) -> Panel {
        let (sender, items) = mpsc::unbounded_channel();
        let connection = zbus::connection::Builder::address(bus.address.as_str())
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher { items: sender })
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .await
            .unwrap();
        Panel { connection, items }
    }

    /// The next item that registers.
    async fn item(&mut self) -> Item {
        let name = soon(self.items.recv()).await.unwrap();
        Item {
            connection: self.connection.clone(),
            name,
        }
    }
}

/// An item, as a panel sees it.
struct Item {
    connection: zbus::Connection,
    name: String,
}

/// A node of `com.canonical.dbusmenu`: id, properties, children.
type Node = (
    i32,
    std::collections::HashMap<String, OwnedValue>,
    Vec<OwnedValue>,
);

impl Item {
    async fn call<B, R>(&self, path: &str, interface: &str, method: &str, body: &B) -> R
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        let (name, connection) = (self.name.as_str(), &self.connection);
        let answer = connection.call_method(Some(name), path, Some(interface), method, body);
        soon(answer).await.unwrap().body().deserialize().unwrap()
    }

    async fn property(&self, name: &str) -> String {
        let value: OwnedValue = self
            .call(
                "/StatusNotifierItem",
                "org.freedesktop.DBus.Properties",
                "Get",
                &("org.kde.StatusNotifierItem", name),
            )
            .await;
        String::try_from(value).unwrap()
    }

    /// The menu's lines with their numbers.
    async fn menu(&self) -> Vec<(i32, String)> {
        let (_, root): (u32, Node) = self
            .call(
                "/MenuBar",
                "com.canonical.dbusmenu",
                "GetLayout",
                &(0_i32, -1_i32, Vec::<String>::new()),
            )
            .await;
        let lines = root.2.into_iter().map(|child| {
            let (id, properties, _) = Node::try_from(child).unwrap();
            let label = properties.get("label");
            let label = label.map(|label| String::try_from(label.clone()).unwrap());
            (id, label.unwrap_or_default())
        });
        lines.collect()
    }

    async fn labels(&self) -> Vec<String> {
        let lines = self.menu().await.into_iter().map(|(_, label)| label);
        lines.filter(|label| !label.is_empty()).collect()
    }

    async fn click(&self, label: &str) {
        let menu = self.menu().await;
        let (id, _) = menu.iter().find(|(_, line)| line == label).unwrap();
        let event = (*id, "clicked", Variant::from(0_i32), 0_u32);
        let (path, interface) = ("/MenuBar", Some("com.canonical.dbusmenu"));
        let name = Some(self.name.as_str());
        let call = self
            .connection
            .call_method(name, path, interface, "Event", &event);
        // Who quits may be gone before it has answered.
        let _ = soon(call).await;
    }

    /// Signals of the item and its menu, from before what causes them.
    async fn signals(&self) -> zbus::MessageStream {
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .sender(self.name.clone())
            .unwrap()
            .build();
        zbus::MessageStream::for_match_rule(rule, &self.connection, None)
            .await
            .unwrap()
    }
}

async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("this did not come")
}

/// An agent as a process, with its page.
struct Running {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Running {
    async fn start(address: &str, furnish: impl FnOnce(&mut Command, &Path)) -> Running {
        let folder = tempfile::tempdir().unwrap();
        // What the tray opens is written down here.
        let browser = folder.path().join("xdg-open");
        let script = format!(
            "#!/bin/sh\necho \"$1\" > '{}'\n",
            folder.path().join("opened").display()
        );
        let written = Command::new("sh")
            .args([
                "-c",
                "mkfifo \"$3\" && printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"",
                "sh",
            ])
            .arg(script)
            .arg(&browser)
            .arg(folder.path().join("opened"))
            .status()
            .await
            .unwrap();
        assert!(written.success());
        let path = std::env::join_paths([folder.path(), Path::new("/usr/bin"), Path::new("/bin")]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin-agent"));
        command
            .args(["serve", "--port", "0", "--no-open", "--json", "--state"])
            .arg(folder.path().join("state"))
            .arg("--catalogue")
            .arg(root().join("catalogue"))
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env("RUST_LOG", "agent=info")
            .env("PATH", path.unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        furnish(&mut command, folder.path());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        soon(lines.read_line(&mut line)).await.unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let port = ready["port"].as_u64().unwrap() as u16;
        Running {
            child,
            port,
            folder,
        }
    }

    async fn ask(&self, request: String) -> String {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        answer
    }

    /// Asks as the agent's own page does.
    async fn post(&self, path: &str, body: Value) -> Value {
        let (port, body) = (self.port, body.to_string());
        let home = format!(
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Dest: document\r\nConnection: close\r\n\r\n"
        );
        let page = self.ask(home).await;
        let token = &page
            .split("name=\"yinxin-page\" content=\"")
            .nth(1)
            .unwrap()[..43];
        let request = format!(
            "POST /api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
             Sec-Fetch-Site: same-origin\r\nX-Yinxin-Page: {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = self.ask(request).await;
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    async fn tray_standing(&self) -> String {
        let settings = self.post("settings", json!({})).await;
        settings["tray_standing"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn the_tray_names_the_keys_follows_them_opens_the_page_and_quits() {
    use futures_util::StreamExt as _;
    let Some(bus) = Bus::start().await else {
        return;
    };
    let mut panel = Panel::on(&bus).await;
    let soft = SoftKey::new_today(KeyKind::Sm2).await;
    let mut agent = Running::start(&bus.address, |command, _| {
        command.arg("--library").arg(&soft.key.library);
        command.env("YINXIN_SOFT_DRAWER", soft.drawer());
    })
    .await;
    let item = panel.item().await;
    assert_eq!(item.property("Id").await, "yinxin-agent");
    assert_eq!(item.property("Status").await, "Active");
    let key = "深圳CA 林演示 (SZ-2026-0001)";
    let plugged = [
        "打开印信页面",
        "状态：正常",
        "已插入 1 把 CA 锁",
        key,
        "退出",
    ];
    assert_eq!(item.labels().await, plugged);
    assert_eq!(agent.tray_standing().await, "shown");

    let mut signals = item.signals().await;
    soft.plug(false);
    let unplugged = ["打开印信页面", "状态：正常", "没有插入 CA 锁", "退出"];
    while item.labels().await != unplugged {
        soon(signals.next()).await.unwrap().unwrap();
    }

    item.click("打开印信页面").await;
    let opened = agent.folder.path().join("opened");
    let opened = soon(tokio::fs::read_to_string(opened)).await.unwrap();
    assert_eq!(opened, format!("http://127.0.0.1:{}/\n", agent.port));

    item.click("退出").await;
    assert!(soon(agent.child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn a_driver_that_fails_asks_for_attention_and_the_language_is_the_settings() {
    use futures_util::StreamExt as _;
    let Some(bus) = Bus::start().await else {
        return;
    };
    let mut panel = Panel::on(&bus).await;
    let agent = Running::start(&bus.address, |command, folder| {
        let library = folder.join("libbroken_skf.so");
        std::fs::write(&library, "no library").unwrap();
        command.arg("--library").arg(library);
    })
    .await;
    let item = panel.item().await;
    assert_eq!(item.property("Status").await, "NeedsAttention");
    let mut signals = item.signals().await;
    agent
        .post("settings/change", json!({ "language": "en" }))
        .await;
    let english = [
        "Open Yinxin's page",
        // Doubled, as menus take one for the mark of a key.
        "A driver failed: libbroken__skf.so",
        "No key is plugged in",
        "Quit",
    ];
    while item.labels().await != english {
        soon(signals.next()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_tray_goes_when_it_is_switched_off_and_comes_back_when_it_is_switched_on() {
    use futures_util::StreamExt as _;
    let Some(bus) = Bus::start().await else {
        return;
    };
    let mut panel = Panel::on(&bus).await;
    let agent = Running::start(&bus.address, |_, _| {}).await;
    let item = panel.item().await;
    let bus_itself = zbus::fdo::DBusProxy::new(&panel.connection).await.unwrap();
    let mut owners = bus_itself.receive_name_owner_changed().await.unwrap();
    agent
        .post("settings/change", json!({ "tray": "off" }))
        .await;
    loop {
        let change = soon(owners.next()).await.unwrap();
        let change = change.args().unwrap();
        if change.name.as_str() == item.name && change.new_owner.is_none() {
            break;
        }
    }
    agent
        .post("settings/change", json!({ "tray": "auto" }))
        .await;
    assert_eq!(panel.item().await.property("Id").await, "yinxin-agent");
}

#[tokio::test]
async fn a_tray_that_comes_later_gets_the_item() {
    let Some(bus) = Bus::start().await else {
        return;
    };
    let mut agent = Running::start(&bus.address, |_, _| {}).await;
    said(&mut agent, "no tray is shown on this session's bus yet").await;
    assert_eq!(agent.tray_standing().await, "no_tray");
    let mut panel = Panel::on(&bus).await;
    assert_eq!(panel.item().await.property("Id").await, "yinxin-agent");
    assert_eq!(agent.tray_standing().await, "shown");
}

/// Waits for a line in the agent's log.
async fn said(agent: &mut Running, what: &str) {
    let mut lines = BufReader::new(agent.child.stderr.as_mut().unwrap()).lines();
    loop {
        let line = soon(lines.next_line()).await.unwrap();
        if line.expect("the agent ended").contains(what) {
            return;
        }
    }
}

#[tokio::test]
async fn without_a_bus_the_agent_serves_and_says_so_once() {
    let mut agent = Running::start("unix:path=/nonexistent/bus", |_, _| {}).await;
    said(&mut agent, "no tray: there is no session's bus").await;
    assert_eq!(agent.tray_standing().await, "no_bus");
    // Looked for again with each change, and not told again.
    agent
        .post("settings/change", json!({ "language": "en" }))
        .await;
    let log = agent.folder.path().join("state/logs/agent.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("no tray").count(), 1, "{log}");
}

#[tokio::test]
async fn a_bus_that_ends_takes_the_tray_along_and_nothing_else() {
    let Some(mut bus) = Bus::start().await else {
        return;
    };
    let mut panel = Panel::on(&bus).await;
    let mut agent = Running::start(&bus.address, |_, _| {}).await;
    panel.item().await;
    bus.daemon.kill().await.unwrap();
    // A change that comes before the agent's own socket has told of the end is taken as shown; one after it is not.
    soon(async {
        for language in ["en", "zh"].into_iter().cycle() {
            agent
                .post("settings/change", json!({ "language": language }))
                .await;
            if agent.tray_standing().await == "no_bus" {
                break;
            }
        }
    })
    .await;
    said(&mut agent, "no tray: there is no session's bus").await;
    assert_eq!(agent.tray_standing().await, "no_bus");
    agent
        .post("settings/change", json!({ "tray": "off" }))
        .await;
}
