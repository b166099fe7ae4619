//! What was compiled for Windows, run under Wine: each a step of its own, with what must come out of it.
//!
//! Wine is no Windows: what passes here was tried against Wine's idea of the system's calls, and real Windows stays
//! untested. Everything happens in a Wine prefix of its own below `target/windows`, which is ended at the end.

use super::{Target, copy};
use crate::packages::{Need, ensure};
use crate::workspace::{self, say};
use crate::{Error, Result, command};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Runs Windows programs.
const WINE: Need = Need {
    what: "Wine",
    present: || wine().is_some(),
    packages: &["wine", "wine64"],
};

/// A display that nobody sees: Wine's taskbar wants one.
const DISPLAY: Need = Need {
    what: "a display without a screen (Xvfb)",
    present: || command::on_path("Xvfb"),
    packages: &["xvfb"],
};

/// A step's longest time, in seconds: the first start under Wine takes several.
const CEILING: &str = "120";
/// How long a connection that the agent must not answer is waited for.
const SILENCE: Duration = Duration::from_secs(20);
/// The made-up key, and its PINs.
const DEVICE: &str = "WINE-0001";
const PIN: &str = "20261122";
const WRONG_PIN: &str = "11111111";
const ADMIN_PIN: &str = "rockey-admin";

/// What must come out; an error says what came out instead.
type Step = fn(&Desk) -> Result<()>;

/// Runs every step; without Wine it says so and is good, as what was asked for is the build.
pub fn smoke(folder: &Path, programs: &Path, with_32_bits: bool) -> Result<()> {
    if let Err(missing) = ensure(&[WINE]) {
        println!("not run: Wine is not there, so nothing of this was started ({missing})");
        return Ok(());
    }
    let desk = Desk::furnish(folder, programs, with_32_bits)?;
    let steps: [(&str, Step); 6] = [
        ("the agent tells its version", version),
        (
            "a blank key in the drawer is seen through the worker",
            blank_key,
        ),
        ("a key pair is made and signs its request", request),
        ("a wrong PIN is refused and counted", wrong_pin),
        (
            "a second start finds the first through the loopback port, and a connection of no Windows user is dropped",
            two_starts,
        ),
        (
            "the agent is entered among what starts with the session, and taken out",
            autostart,
        ),
    ];
    let mut failed = 0;
    let mut passed = 0;
    let mut tell = |what: &str, done: Result<()>| match done {
        Ok(()) => {
            passed += 1;
            println!("ok      {what}");
        }
        Err(error) => {
            failed += 1;
            println!("FAILED  {what}: {error}");
        }
    };
    for (what, step) in steps {
        tell(what, step(&desk));
    }
    let of_the_tray: [(&str, Step); 2] = [
        (
            "the tray's icon is taken in, and the last line of its menu ends the agent",
            tray_menu,
        ),
        ("the end of the session ends the agent", log_off),
    ];
    match ensure(&[DISPLAY]) {
        Ok(()) => {
            for (what, step) in of_the_tray {
                tell(what, step(&desk));
            }
        }
        Err(missing) => println!("not run the tray: {missing}"),
    }
    let what = "a 32-bit library is served by the 32-bit worker";
    if !with_32_bits {
        println!("not run {what}: --target left it out");
    } else if desk.runs_32_bits() {
        tell(what, library_of_32_bits(&desk));
    } else {
        println!("not run {what}: this Wine runs no 32-bit programs");
    }
    println!(
        "under {}: {passed} passed, {failed} failed; real Windows: untested",
        desk.wine_version()?
    );
    if failed > 0 {
        return Err(Error::failed("a step under Wine failed"));
    }
    Ok(())
}

/// A Windows of our own: a prefix, the programs with what Wine lacks beside them, a drawer of soft keys.
struct Desk {
    wine: PathBuf,
    prefix: PathBuf,
    programs: PathBuf,
    drawer: PathBuf,
    state: PathBuf,
}

impl Desk {
    fn furnish(folder: &Path, programs: &Path, with_32_bits: bool) -> Result<Desk> {
        let place = folder.join("wine");
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(Error::failed)?;
        }
        let desk = Desk {
            wine: wine().ok_or_else(|| Error::failed("no wine"))?,
            prefix: place.join("prefix"),
            programs: place.join("programs"),
            drawer: place.join("drawer"),
            state: place.join("state"),
        };
        workspace::create_dir(&desk.prefix)?;
        workspace::create_dir(&desk.drawer.join(DEVICE))?;
        workspace::write(&desk.drawer.join(DEVICE).join("plugged"), "")?;
        let mut targets = vec![Target::X86_64];
        targets.extend(with_32_bits.then_some(Target::I686));
        for target in targets {
            for (_, name) in target.wanted().1 {
                copy(&programs.join(name), &desk.programs.join(name))?;
            }
        }
        say("making a Wine prefix");
        let mut boot = desk.command(&["wineboot", "--init"]);
        command::succeed(&mut boot)?;
        poke(&desk.programs)?;
        let lacks = |system: &str| {
            let windows = desk.prefix.join("drive_c/windows");
            windows.join(system).is_dir()
                && !windows.join(system).join("bcryptprimitives.dll").exists()
        };
        // Wine from version 9 on has it. A process finds the one beside its program, of its own word size only.
        if lacks("system32") {
            random_numbers(Target::X86_64, &desk.programs)?;
        }
        if with_32_bits && lacks("syswow64") {
            // The 32-bit worker looks in its system's folder.
            random_numbers(Target::I686, &desk.prefix.join("drive_c/windows/syswow64"))?;
        }
        Ok(desk)
    }

    /// A command of Wine, under the ceiling.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", CEILING])
            .arg(&self.wine)
            .args(words)
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // No offers to fetch .NET and a browser; and the shim above before a builtin that is not there.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;bcryptprimitives=n,b")
            .env("YINXIN_SOFT_DRAWER", windows_path(&self.drawer))
            .env_remove("DISPLAY");
        command
    }

    fn agent(&self, words: &[&str]) -> Command {
        let agent = windows_path(&self.programs.join("yinxin-agent.exe"));
        let mut all = vec![agent.as_str()];
        all.extend(words);
        self.command(&all)
    }

    /// Runs the agent to its end.
    fn run(&self, words: &[&str], input: &str) -> Result<Output> {
        command::capture(&mut self.agent(words), input.as_bytes())
    }

    /// Runs the agent, which must end well and print one JSON object.
    fn json(&self, words: &[&str], input: &str) -> Result<Value> {
        let output = self.run(words, input)?;
        if !output.status.success() {
            return Err(told(words, &output));
        }
        serde_json::from_slice(&output.stdout).map_err(|_| told(words, &output))
    }

    fn library(&self) -> String {
        windows_path(&self.programs.join("skf_soft.dll"))
    }

    /// The tries that the made-up key has left.
    fn tries(&self, library: &str) -> Result<Option<u64>> {
        let listed = self.json(&["tokens", "--json", "--library", library], "")?;
        match listed["tokens"].as_array().map(Vec::as_slice) {
            Some([token]) if token["device"] == DEVICE => Ok(token["tries_left"].as_u64()),
            _ => Err(Error::failed(format!("not the one key: {listed}"))),
        }
    }

    fn runs_32_bits(&self) -> bool {
        let worker = windows_path(&self.programs.join("yinxin-token-worker-32.exe"));
        // Its standard input is at its end, so it ends at once and well.
        command::capture(&mut self.command(&[&worker]), b"").is_ok_and(|out| out.status.success())
    }

    /// Ends all that runs in the prefix.
    fn end(&self) {
        let server = ["/usr/lib/wine/wineserver", "/usr/bin/wineserver"];
        if let Some(server) = server.iter().find(|server| Path::new(server).is_file()) {
            let ended = Command::new(server)
                .arg("--kill")
                .env("WINEPREFIX", &self.prefix)
                .status();
            let _ended = ended;
        }
    }

    fn wine_version(&self) -> Result<String> {
        let said = command::output(Command::new(&self.wine).arg("--version"))?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }
}

/// What still runs in the prefix ends with it: Wine's own server, and an agent that a failed step left behind.
impl Drop for Desk {
    fn drop(&mut self) {
        self.end();
    }
}

fn version(desk: &Desk) -> Result<()> {
    let output = desk.run(&["--version"], "")?;
    let expected = format!("yinxin-agent {}", env!("CARGO_PKG_VERSION"));
    let said = String::from_utf8_lossy(&output.stdout);
    expect(said.trim() == expected, || told(&["--version"], &output))
}

fn blank_key(desk: &Desk) -> Result<()> {
    let tries = desk.tries(&desk.library())?;
    expect(tries.is_none(), || Error::failed("a blank key has no PIN"))
}

fn request(desk: &Desk) -> Result<()> {
    let library = desk.library();
    let pins = format!("{ADMIN_PIN}\n{PIN}\n");
    desk.json(&["key", "init", "--json", "--library", &library], &pins)?;
    // The agent checks the signature under the key that the token names before it hands the request on.
    let made = desk.json(&["key", "csr", "--json", "--library", &library], PIN)?;
    let request = made["csr"].as_str().unwrap_or_default();
    expect(
        request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"),
        || Error::failed(format!("no request: {made}")),
    )
}

fn wrong_pin(desk: &Desk) -> Result<()> {
    let library = desk.library();
    let before = desk.tries(&library)?;
    let words = ["key", "csr", "--json", "--library", &library];
    let output = desk.run(&words, WRONG_PIN)?;
    expect(output.status.code() == Some(1), || told(&words, &output))?;
    let after = desk.tries(&library)?;
    expect(
        before.is_some() && after == before.map(|tries| tries - 1),
        || Error::failed(format!("tries: {before:?}, then {after:?}")),
    )
}

fn two_starts(desk: &Desk) -> Result<()> {
    let words = serving(desk, &desk.state);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (_first, port) = start(&mut desk.agent(&words))?;

    let second = desk.json(&words, "")?;
    expect(
        second["already_running"] == true && second["port"] == port,
        || Error::failed(format!("the second start said {second}")),
    )?;
    expect(!answers(port)?, || {
        Error::failed("a process that Wine's table does not show got an answer")
    })
}

/// The words that start a service with a state folder.
fn serving(desk: &Desk, state: &Path) -> Vec<String> {
    let catalogue = windows_path(&workspace::root().join("catalogue"));
    let mut words = ["serve", "--json", "--no-open", "--port", "0"]
        .map(str::to_owned)
        .to_vec();
    for (option, value) in [
        ("--catalogue", catalogue),
        ("--state", windows_path(state)),
        ("--library", desk.library()),
    ] {
        words.extend([option.to_owned(), value]);
    }
    words
}

/// Starts a service and waits until it says its port.
fn start(agent: &mut Command) -> Result<(Running, u16)> {
    let mut first = Running(
        agent
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::failed)?,
    );
    let output = first
        .0
        .stdout
        .take()
        .ok_or_else(|| Error::failed("no output"))?;
    let mut line = String::new();
    // Ends with the process at the latest, and that at its ceiling.
    BufReader::new(output)
        .read_line(&mut line)
        .map_err(Error::failed)?;
    let ready: Value = serde_json::from_str(&line)
        .map_err(|_| Error::failed(format!("the start said {line:?}")))?;
    let port = ready["port"]
        .as_u64()
        .and_then(|port| u16::try_from(port).ok());
    let port = port.ok_or_else(|| Error::failed(format!("no port: {ready}")))?;
    Ok((first, port))
}

/// A display of our own, ended when dropped.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Result<Display> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "800x600x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::failed)?;
        let said = server.stdout.take();
        let mut display = Display {
            server,
            name: String::new(),
        };
        let said = said.ok_or_else(|| Error::failed("no output"))?;
        // It says its number once it takes connections.
        let mut number = String::new();
        BufReader::new(said)
            .read_line(&mut number)
            .map_err(Error::failed)?;
        display.name = format!(":{}", number.trim());
        expect(display.name.len() > 1, || {
            Error::failed("Xvfb did not start")
        })?;
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        command::signal(self.server.id(), rustix::process::Signal::TERM);
        let _ended = self.server.wait();
    }
}

fn tray_menu(desk: &Desk) -> Result<()> {
    ends_by_its_window(desk, "last-line")
}

fn log_off(desk: &Desk) -> Result<()> {
    ends_by_its_window(desk, "log-off")
}

/// Starts a service, waits for its icon, does something to it, and waits for the end that this must have.
fn ends_by_its_window(desk: &Desk, deed: &str) -> Result<()> {
    let state = desk.state.with_extension(deed);
    let words = serving(desk, &state);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let display = Display::start()?;
    // What runs without a display has Wine's desktop already, which has no taskbar.
    desk.end();
    let (mut running, _) = start(desk.agent(&words).env("DISPLAY", &display.name))?;
    let log = state.join("logs/agent.log");
    let told = |what: &str| {
        std::fs::read_to_string(&log).is_ok_and(|log| log.lines().any(|line| line.contains(what)))
    };
    let since = Instant::now();
    while !told("the tray's icon") && since.elapsed() < SILENCE {
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    expect(told("the tray's icon there=true"), || {
        Error::failed(format!("no icon: {}", said()))
    })?;
    let poke = windows_path(&desk.programs.join("poke.exe"));
    command::output(desk.command(&[&poke, deed]).env("DISPLAY", &display.name))?;
    // At the ceiling `timeout` ends it, with a code of its own.
    let ended = running.0.wait().map_err(Error::failed)?;
    expect(ended.success() && told("ended"), || {
        Error::failed(format!("it ended with {ended}: {}", said()))
    })
}

/// Whether the agent answers this process, which is none of its user's on its own system.
fn answers(port: u16) -> Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(Error::failed)?;
    stream
        .set_read_timeout(Some(SILENCE))
        .map_err(Error::failed)?;
    let request = format!("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    // It may be closed already.
    let _closed = stream.write_all(request.as_bytes());
    Ok(stream.read(&mut [0; 16]).is_ok_and(|count| count > 0))
}

fn autostart(desk: &Desk) -> Result<()> {
    let status = |expected: i32| {
        let words = ["service", "status", "--json"];
        let output = desk.run(&words, "")?;
        expect(output.status.code() == Some(expected), || {
            told(&words, &output)
        })
    };
    let (catalogue, state) = (r"C:\yin xin\catalogue", windows_path(&desk.state));
    // Not installed.
    status(1)?;
    let words = [
        "service",
        "install",
        "--json",
        "--catalogue",
        catalogue,
        "--state",
        &state,
    ];
    desk.json(&words, "")?;
    // Installed; whether it runs nobody says.
    status(3)?;
    let entry = [
        "reg",
        "query",
        r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run",
        "/v",
        "Yinxin",
    ];
    let said = command::output(&mut desk.command(&entry))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    expect(
        said.contains(r#"yinxin-agent.exe serve --no-open --catalogue "C:\yin xin\catalogue""#),
        || Error::failed(format!("the entry says {said}")),
    )?;
    desk.json(&["service", "uninstall", "--json"], "")?;
    status(1)
}

fn library_of_32_bits(desk: &Desk) -> Result<()> {
    let library = windows_path(&desk.programs.join("x86/skf_soft.dll"));
    // The same drawer: what the 64-bit library made is there.
    let tries = desk.tries(&library)?;
    expect(tries.is_some(), || {
        Error::failed("the key's application is not seen")
    })?;
    let made = desk.json(&["key", "csr", "--json", "--library", &library], PIN)?;
    expect(made["csr"].is_string(), || {
        Error::failed(format!("no request: {made}"))
    })
}

/// A process that is ended when the step is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // `timeout` hands the signal on; Wine ends the Windows process with it.
        command::signal(self.0.id(), rustix::process::Signal::TERM);
        let _ended = self.0.wait();
    }
}

/// Builds the stand-in for `bcryptprimitives.dll`.
fn random_numbers(target: Target, folder: &Path) -> Result<()> {
    command::output(
        Command::new(target.c_compiler())
            .args(["-shared", "-O2", "-static-libgcc", "-Wl,--kill-at", "-o"])
            .arg(folder.join("bcryptprimitives.dll"))
            .arg(workspace::root().join("xtask/src/windows/bcryptprimitives.c"))
            .arg("-ladvapi32"),
    )
    .map(drop)
}

/// Builds the person at the tray.
fn poke(folder: &Path) -> Result<()> {
    command::output(
        Command::new(Target::X86_64.c_compiler())
            .args(["-O2", "-static-libgcc", "-o"])
            .arg(folder.join("poke.exe"))
            .arg(workspace::root().join("xtask/src/windows/poke.c"))
            .arg("-luser32"),
    )
    .map(drop)
}

/// Wine's loader: Debian's own place first, as its wrapper writes a line of its own where 32 bits are missing.
fn wine() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/lib/wine/wine64");
    debian
        .is_file()
        .then_some(debian)
        .or_else(|| command::find_on_path("wine64"))
        .or_else(|| command::find_on_path("wine"))
}

/// A path of this system as Wine shows it.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn expect(holds: bool, otherwise: impl FnOnce() -> Error) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn told(words: &[&str], output: &Output) -> Error {
    Error::failed(format!(
        "{} ended with {}: {}{}",
        words.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
