//! The agent as a program people live with: what it takes while nobody asks, how fast it is there, and how long
//! a login takes in it beside the raw signature.
//!
//! The programs are the ones that stand beside this one (`yinxin-agent`, `yinxin-token-worker`, the soft token),
//! built in the same profile. Everything is measured from outside, by `/proc` and by the agent's own page.

use std::io::{BufRead as _, BufReader, Error, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use pki::asn1::{tag, write};
use pki::{Certificate, KeyFamily, Name, Signer as _, SoftwareKey, UnixTime, oid};
use serde::Serialize;
use serde_json::{Value, json};

const PIN: &str = "20261122";
/// 2025-01-01 and 2045-01-01: the agent reads the system's clock.
const NOT_BEFORE: UnixTime = UnixTime(1_735_689_600);
const NOT_AFTER: UnixTime = UnixTime(2_366_841_600);
const ORIGIN: &str = "http://127.0.0.1:8080";
/// How long the agent is left alone.
const IDLE: Duration = Duration::from_secs(10);

/// Options of `bench agent`.
#[derive(Args, Clone)]
pub struct Options {
    /// Starts, logins and signatures.
    #[arg(long, default_value_t = 50)]
    count: usize,
    /// The folder with the programs. Default: this program's own.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// The catalogue.
    #[arg(long)]
    catalogue: PathBuf,
}

/// The figures.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Resident after the start, one library loaded, in KiB: the agent alone.
    resident_kib: u64,
    /// Of these, what no file backs (`RssAnon`).
    resident_anonymous_kib: u64,
    /// The worker beside it, in KiB.
    worker_kib: u64,
    /// From the start of the process to its line "ready", seconds: median and the slowest of a hundred.
    ready_median: f64,
    ready_p99: f64,
    /// CPU time over ten idle seconds, in clock ticks (hundredths of a second as a rule): agent and workers.
    idle_ticks: u64,
    /// From a page's request to sign to the agent's answer, seconds.
    login_median: f64,
    login_p99: f64,
    /// One SM2 signature over 156 bytes in this process, seconds.
    raw_sm2_median: f64,
    raw_sm2_p99: f64,
}

/// Measures, prints, and gives the figures back.
///
/// # Errors
/// A program that is missing or does not do its part.
pub fn run(options: &Options) -> Result<Figures, Error> {
    let desk = Desk::new(options)?;
    let mut ready = Vec::new();
    for _ in 0..options.count {
        let began = Instant::now();
        let running = desk.start()?;
        ready.push(began.elapsed().as_secs_f64());
        drop(running);
    }
    let running = desk.start()?;
    let page = running.page()?;
    page.post("keys", &json!({ "seen": null }))?;
    let before = running.ticks();
    // Left alone: nothing ends this wait but its time.
    let (_nobody, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(IDLE);
    let idle_ticks = running.ticks() - before;
    let (resident_kib, resident_anonymous_kib) = (
        memory(running.child.id(), "VmRSS:"),
        memory(running.child.id(), "RssAnon:"),
    );
    let worker_kib = running
        .workers()
        .iter()
        .map(|pid| memory(*pid, "VmRSS:"))
        .max()
        .unwrap_or(0);

    let mut login = Vec::new();
    for _ in 0..options.count {
        let page = running.page()?;
        page.ask_for_login()?;
        let certificate = page.certificate()?;
        let body = json!({ "certificate": certificate, "pin": PIN, "spend_last_try": false });
        let began = Instant::now();
        let answer = page.post("sign", &body)?;
        login.push(began.elapsed().as_secs_f64());
        if answer["type"] != "statement" {
            return Err(Error::other(format!("no login: {answer}")));
        }
    }
    let key = SoftwareKey::generate(KeyFamily::Sm2).map_err(Error::other)?;
    let statement = [7; 156];
    let mut raw = Vec::new();
    for _ in 0..options.count.max(200) {
        let began = Instant::now();
        key.sign(&statement).map_err(Error::other)?;
        raw.push(began.elapsed().as_secs_f64());
    }
    let figures = Figures {
        resident_kib,
        resident_anonymous_kib,
        worker_kib,
        ready_median: at(&mut ready, 50),
        ready_p99: at(&mut ready, 99),
        idle_ticks,
        login_median: at(&mut login, 50),
        login_p99: at(&mut login, 99),
        raw_sm2_median: at(&mut raw, 50),
        raw_sm2_p99: at(&mut raw, 99),
    };
    print(&figures);
    Ok(figures)
}

/// The value below which so many of a hundred lie.
fn at(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// What the agent is to stay under: MiB resident.
const TARGET_RESIDENT: f64 = 20.0;
/// Milliseconds from the start to the line "ready".
const TARGET_READY: f64 = 100.0;
/// CPU ticks over ten idle seconds: a hundredth of a second may fall on the boundary.
const TARGET_IDLE: u64 = 1;

fn print(figures: &Figures) {
    let mib = |kib: u64| kib as f64 / 1024.0;
    let ms = |seconds: f64| seconds * 1000.0;
    let kept = |kept: bool| if kept { "kept" } else { "MISSED" };
    println!(
        "agent, resident         {:>8.1} MiB ({:.1} of it its own), worker {:.1} MiB; target under {TARGET_RESIDENT} MiB: {}",
        mib(figures.resident_kib),
        mib(figures.resident_anonymous_kib),
        mib(figures.worker_kib),
        kept(mib(figures.resident_kib) < TARGET_RESIDENT)
    );
    println!(
        "start to ready          {:>8.1} ms median, {:.1} p99; target under {TARGET_READY} ms: {}",
        ms(figures.ready_median),
        ms(figures.ready_p99),
        kept(ms(figures.ready_p99) < TARGET_READY)
    );
    println!(
        "CPU in 10 idle seconds  {:>8} ticks; target none: {}",
        figures.idle_ticks,
        kept(figures.idle_ticks <= TARGET_IDLE)
    );
    println!(
        "login in the agent      {:>8.2} ms median, {:.2} p99; {:.1} times the raw signature",
        ms(figures.login_median),
        ms(figures.login_p99),
        figures.login_median / figures.raw_sm2_median
    );
    println!(
        "raw SM2 signature       {:>8.2} ms median, {:.2} p99",
        ms(figures.raw_sm2_median),
        ms(figures.raw_sm2_p99)
    );
}

/// A soft key with a certificate, and a folder for the agent.
struct Desk {
    agent: PathBuf,
    library: PathBuf,
    catalogue: PathBuf,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(options: &Options) -> Result<Desk, Error> {
        let own = std::env::current_exe()?;
        let programs = options
            .programs
            .clone()
            .or_else(|| Some(own.parent()?.to_owned()))
            .unwrap_or_default();
        let desk = Desk {
            agent: programs.join("yinxin-agent"),
            library: programs.join("libskf_soft.so"),
            catalogue: std::path::absolute(&options.catalogue)?,
            folder: tempfile::tempdir()?,
        };
        for program in [&desk.agent, &desk.library] {
            if !program.is_file() {
                return Err(Error::other(format!("{} is not built", program.display())));
            }
        }
        std::fs::create_dir_all(desk.drawer().join("K1"))?;
        std::fs::write(desk.drawer().join("K1/plugged"), "")?;
        desk.key(&["init"], &format!("admin-2026\n{PIN}\n"))?;
        let request = desk.key(&["csr"], &format!("{PIN}\n"))?;
        let certificate = desk.folder.path().join("certificate.pem");
        std::fs::write(
            &certificate,
            certify(request["csr"].as_str().unwrap_or_default())?,
        )?;
        let path = certificate.display().to_string();
        desk.key(
            &["write-certificate", "--certificate", &path],
            &format!("{PIN}\n"),
        )?;
        Ok(desk)
    }

    fn drawer(&self) -> PathBuf {
        self.folder.path().join("drawer")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.agent);
        command
            .args(words)
            .arg("--library")
            .arg(&self.library)
            .arg("--json")
            .env("YINXIN_SOFT_DRAWER", self.drawer())
            .env("YINXIN_PIN_ENTRY", "page")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    fn key(&self, step: &[&str], pins: &str) -> Result<Value, Error> {
        let mut child = self.command(&[&["key"], step].concat()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(pins.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Starts the agent and waits for its line.
    fn start(&self) -> Result<Running, Error> {
        let state = self.folder.path().join("state").display().to_string();
        let mut command = self.command(&[
            "serve",
            "--port",
            "0",
            "--no-open",
            "--state",
            &state,
            "--development-origin",
            ORIGIN,
        ]);
        let mut child = command.arg("--catalogue").arg(&self.catalogue).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let mut running = Running { child, port: 0 };
        let ready: Value = serde_json::from_str(&line)?;
        running.port = ready["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or(0);
        Ok(running)
    }
}

/// A certificate in the name of the demo's 深圳CA for the key of a request, by a key made here: the agent reads
/// names, the server checks paths.
fn certify(csr: &str) -> Result<String, Error> {
    let request = pki::pkcs10::CertificationRequest::from_pem(csr).map_err(Error::other)?;
    let authority = SoftwareKey::generate(KeyFamily::Sm2).map_err(Error::other)?;
    let name =
        |attributes: &[(pki::Oid, &str)]| Name::from_attributes(attributes).map_err(Error::other);
    let issuer = name(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "印信演示"),
        (oid::ORGANIZATIONAL_UNIT, "演示 DEMO"),
        (oid::COMMON_NAME, "深圳CA 演示签发CA DEMO"),
    ])?;
    let subject = name(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "演示供应商"),
        (oid::COMMON_NAME, "林演示"),
    ])?;
    let extension = |oid: &pki::Oid, value: &[u8]| {
        write::sequence(&[&write::oid(oid), &write::octet_string(value)])
    };
    let extensions = [
        extension(&oid::KEY_USAGE, &write::named_bits(&[true, true])),
        extension(
            &pki::Oid::new_unwrap("2.25.1448040822.2"),
            &write::utf8_string("SZ-2026-0001"),
        ),
    ];
    let algorithm = authority.algorithm().identifier();
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::integer(4711),
        &algorithm,
        issuer.der(),
        &write::sequence(&[&NOT_BEFORE.to_asn1(), &NOT_AFTER.to_asn1()]),
        subject.der(),
        request.public_key().spki_der(),
        &write::explicit(3, &write::element(tag::SEQUENCE, &extensions.concat())),
    ]);
    let signature = authority.sign(&tbs).map_err(Error::other)?;
    let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(&signature)]);
    Ok(Certificate::from_der(&der).map_err(Error::other)?.to_pem())
}

/// An agent at work; dropping it ends it.
struct Running {
    child: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Its workers' processes.
    fn workers(&self) -> Vec<u32> {
        let own = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
        children
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    }

    /// CPU time of the agent and its workers, in clock ticks.
    fn ticks(&self) -> u64 {
        self.workers()
            .into_iter()
            .chain([self.child.id()])
            .map(ticks)
            .sum()
    }

    fn page(&self) -> Result<Page, Error> {
        let html = ask(
            self.port,
            &format!(
                "GET /popup HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
                self.port
            ),
        )?;
        let token = html
            .split("name=\"yinxin-page\" content=\"")
            .nth(1)
            .and_then(|rest| rest.get(..43));
        let token = token
            .ok_or_else(|| Error::other("the page has no token"))?
            .to_owned();
        Ok(Page {
            port: self.port,
            token,
        })
    }
}

/// A load of the agent's page.
struct Page {
    port: u16,
    token: String,
}

impl Page {
    fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let (port, token, body) = (self.port, &self.token, body.to_string());
        let answer = ask(
            port,
            &format!(
                "POST /api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n\
             X-Yinxin-Page: {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ),
        )?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok(serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn ask_for_login(&self) -> Result<(), Error> {
        let intent =
            json!({ "purpose": "login", "v": 1, "platform": "gongecai", "platform_name": "公e采" });
        let nonce = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
        let request = json!({ "version": 1, "purpose": "login", "nonce": nonce, "intent": intent.to_string() });
        self.post(
            "request",
            &json!({ "origin": ORIGIN, "request": request.to_string() }),
        )?;
        self.post("consent", &json!({})).map(drop)
    }

    fn certificate(&self) -> Result<String, Error> {
        let keys = self.post("keys", &json!({ "seen": null }))?;
        let id = keys["keys"][0]["certificates"][0]["id"]
            .as_str()
            .map(str::to_owned);
        id.ok_or_else(|| Error::other(format!("no key: {keys}")))
    }
}

/// One request on a connection of its own; header and body of the answer.
fn ask(port: u16, request: &str) -> Result<String, Error> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A line of `/proc/PID/status` in KiB (proc(5)).
fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// utime and stime of `/proc/PID/stat`: the 12th and 13th field behind the name.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))
        .unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum()
}
