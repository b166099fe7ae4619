//! `cargo xtask run`: from a fresh clone to a page in the browser.

use crate::children::Children;
use crate::demo::{self, Demo, Wish};
use crate::ledger::{self, Key, Ledger};
use crate::workspace::say;
use crate::{Error, Result, key, packages, pages, programs};
use clap::Args;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PORT: u16 = 8080;
const AGENT_PORT: u16 = 17_590;
const GATEWAY_PORT: u16 = 8090;
/// The address that demo certificates announce for their CRL; no name server knows it, so the demo mirrors it.
const DEMO_CA: &str = "http://ca.yinxin-demo.test/";

/// The providers of whose keys each organisation of the demo gets one; every other provider's demo CA is made
/// when `cargo xtask key` first asks it for one.
const DEMO_PROVIDERS: [&str; 3] = ["szca", "itrus", "scca"];

/// Options of `cargo xtask run`.
#[derive(Args)]
pub struct Options {
    /// The demo's folder; kept, so that the next run goes on where this one ended.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The platforms' port; 0 picks a free one.
    #[arg(long)]
    port: Option<u16>,
    /// The agent's port; 0 picks a free one.
    #[arg(long)]
    agent_port: Option<u16>,
    /// Open no browser.
    #[arg(long)]
    no_open: bool,
    /// Print one JSON line once all is up, instead of tables.
    #[arg(long)]
    json: bool,
    /// Start no agent: the JSON line names its command, to start it by hand, in a debugger or a test.
    #[arg(long)]
    no_agent: bool,
}

/// Builds, fills the data folder where it is empty, starts everything, tells where, and waits.
pub fn run(options: Options) -> Result<()> {
    packages::ensure(&[packages::C_COMPILER, packages::CJK_FONT])?;
    pages::build()?;
    let demo = Demo::at(options.data, programs::build()?)?;
    demo.create()?;
    let mut children = Children::new()?;
    let (accounts, ledger) = fill(&demo)?;
    let port = free_port(options.port, PORT, "--port")?;
    let agent_port = free_port(options.agent_port, AGENT_PORT, "--agent-port")?;
    say("starting the payment gateway, which takes no money");
    // The demo's usual port, or another where that is taken: the platforms are told which.
    let gateway_port = children.start(
        "yinxin-gateway",
        &demo.programs.gateway,
        |c| serve_gateway(c, &demo),
        &demo.logs().join("yinxin-gateway.log"),
    )?;
    say("starting the platforms");
    children.start(
        "yinxin",
        &demo.programs.yinxin,
        |c| {
            serve(c, &demo, port, agent_port);
            c.args(["--gateway", &format!("http://127.0.0.1:{gateway_port}")]);
        },
        &demo.logs().join("yinxin.log"),
    )?;
    say("starting the CA");
    children.start(
        "yinxin-ca",
        &demo.programs.yinxin,
        |c| serve_ca(c, &demo),
        &demo.logs().join("yinxin-ca.log"),
    )?;
    let mut agent = Command::new(&demo.programs.agent);
    serve_agent(&mut agent, &demo, port, agent_port);
    if !options.no_agent {
        say("starting the agent");
        let log = demo.logs().join("yinxin-agent.log");
        children.start(
            "yinxin-agent",
            &demo.programs.agent,
            |c| serve_agent(c, &demo, port, agent_port),
            &log,
        )?;
    }
    let platforms = platforms(&accounts, port);
    let up = json!({
        "platform": platforms[0]["url"],
        "platforms": platforms,
        "agent": format!("http://127.0.0.1:{agent_port}"),
        "gateway": format!("http://127.0.0.1:{gateway_port}"),
        "accounts": with_urls(accounts, &platforms),
        "keys": key::listed(&demo, &ledger)?,
        "data": demo.data,
        "processes": { "yinxin": children.pid("yinxin"), "yinxin-ca": children.pid("yinxin-ca"), "yinxin-agent": children.pid("yinxin-agent") },
        "agent_command": words(&agent),
        "agent_environment": { "YINXIN_SOFT_DRAWER": demo.drawer() },
    });
    if options.json {
        println!("{up}");
    } else {
        print!("{}", for_people(&up));
    }
    if !options.no_open {
        open(up["platform"].as_str().unwrap_or_default());
    }
    let ending = children.wait();
    say("ending");
    children.end();
    ending
}

/// Demo CAs, accounts and keys, as far as they aren't there yet.
fn fill(demo: &Demo) -> Result<(Vec<Value>, Ledger)> {
    let _lock = ledger::lock(&demo.data)?;
    // zjhx is applied for on 政采云: its CA stands ready, though no key of it lies in the drawer yet.
    let init = demo.init(&[DEMO_PROVIDERS.as_slice(), &["zjhx"]].concat())?;
    demo.regions()?;
    let accounts = init["accounts"].as_array().cloned().unwrap_or_default();
    let mut ledger = Ledger::read(&demo.data)?;
    for provider in DEMO_PROVIDERS {
        for account in accounts
            .iter()
            .filter(|account| account["role"] == "administrator")
        {
            let [organisation, uscc, holder] = ["organisation", "uscc", "person"]
                .map(|name| account[name].as_str().unwrap_or_default());
            let made = |key: &Key| key.provider == provider && key.organisation == organisation;
            if !ledger.keys.iter().any(made) {
                say(format!(
                    "making a demo key of {provider} for {organisation}"
                ));
                demo.produce(
                    &mut ledger,
                    provider,
                    organisation,
                    uscc,
                    holder,
                    Wish::default(),
                )?;
            }
        }
    }
    ledger.write(&demo.data)?;
    Ok((accounts, ledger))
}

fn serve_gateway(command: &mut Command, demo: &Demo) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, GATEWAY_PORT)).is_ok();
    let port = if free { GATEWAY_PORT } else { 0 };
    command.arg("--data").arg(demo.server_data());
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--json"]);
}

fn serve(command: &mut Command, demo: &Demo, port: u16, agent_port: u16) {
    command.arg("serve").arg("--data").arg(demo.server_data());
    command.args([
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--agent-port",
        &agent_port.to_string(),
    ]);
    command
        .arg("--catalogue")
        .arg(demo::catalogue())
        .arg("--anchors")
        .arg(demo.anchors());
    command.arg("--platforms").arg(demo::platforms());
    command.args([
        "--evidence-mirror",
        &format!("{DEMO_CA}=http://127.0.0.1:{port}/ca/"),
    ]);
    if let Some(font) = packages::cjk_font() {
        command.arg("--seal-font").arg(font);
    }
    command.arg("--json");
}

/// The only process that opens the demo CAs' keys, by the demo's own passphrase.
fn serve_ca(command: &mut Command, demo: &Demo) {
    command.arg("ca").arg("--data").arg(demo.server_data());
    command.arg("--catalogue").arg(demo::catalogue());
    command.arg("--json");
}

fn serve_agent(command: &mut Command, demo: &Demo, port: u16, agent_port: u16) {
    command
        .args(["serve", "--port", &agent_port.to_string(), "--state"])
        .arg(demo.agent_state());
    command.arg("--library").arg(&demo.programs.skf_soft);
    command
        .arg("--catalogue")
        .arg(demo::catalogue())
        .arg("--anchors")
        .arg(demo.anchors());
    for host in ["127.0.0.1", "localhost"] {
        command.args(["--development-origin", &format!("http://{host}:{port}")]);
    }
    command
        .args(["--no-open", "--json"])
        .env("YINXIN_SOFT_DRAWER", demo.drawer());
}

fn words(command: &Command) -> Vec<String> {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|w| w.to_string_lossy().into_owned())
        .collect()
}

/// Takes the port that was asked for; by default the usual one, or a free one where that is taken.
fn free_port(asked: Option<u16>, usual: u16, option: &str) -> Result<u16> {
    let bind = |port| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .and_then(|l| l.local_addr())
            .map(|a| a.port())
    };
    match asked {
        Some(port) => bind(port)
            .map_err(|e| Error::Usage(format!("Port {port} is not free ({e}). Try {option} 0"))),
        None => bind(usual).or_else(|_| {
            let port = bind(0).map_err(Error::failed)?;
            say(format!("port {usual} is taken, so {port}"));
            Ok(port)
        }),
    }
}

/// The platforms that have accounts, in the order of their files, each with its address.
fn platforms(accounts: &[Value], port: u16) -> Vec<Value> {
    let hosts = [
        ("gongecai", "公e采", "127.0.0.1"),
        ("zcygov", "政采云", "localhost"),
    ];
    let has_accounts =
        |id: &str| accounts.is_empty() || accounts.iter().any(|account| account["platform"] == id);
    let listed = hosts.iter().filter(|(id, ..)| has_accounts(id));
    listed.map(|(id, name, host)| json!({ "id": id, "name": name, "url": format!("http://{host}:{port}") })).collect()
}

fn with_urls(accounts: Vec<Value>, platforms: &[Value]) -> Vec<Value> {
    let url = |id: &Value| {
        platforms
            .iter()
            .find(|p| p["id"] == *id)
            .map(|p| p["url"].clone())
    };
    accounts
        .into_iter()
        .map(|mut account| {
            account["url"] = url(&account["platform"]).unwrap_or_default();
            account
        })
        .collect()
}

fn for_people(up: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| up[name].as_array().cloned().unwrap_or_default();
    let mut out = String::from("\nYinxin 印信\n\n");
    for platform in list("platforms") {
        out += &format!(
            "  {:<8} {}\n",
            text(&platform["name"]),
            text(&platform["url"])
        );
    }
    out += &format!("  {:<8} {}\n\n", "agent", text(&up["agent"]));
    out += &format!(
        "  {:<10} {:<10} {:<12} {:<14} 单位\n",
        "account", "platform", "password", "role"
    );
    for account in list("accounts") {
        let [name, platform, password, role, organisation] =
            ["name", "platform", "password", "role", "organisation"].map(|c| text(&account[c]));
        out += &format!("  {name:<10} {platform:<10} {password:<12} {role:<14} {organisation}\n");
    }
    out.push('\n');
    out += &key::table(&list("keys"));
    out += "\nA key for your own organisation: cargo xtask key --org NAME --uscc CODE --provider szca\nCtrl-C ends.\n";
    out
}

/// Opens the address in the desktop's browser, where there is a desktop; the address is printed anyway.
fn open(url: &str) {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if desktop {
        let quiet = Command::new("xdg-open")
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if quiet.is_err() {
            say(format!("no browser could be opened; the address is {url}"));
        }
    }
}
