//! The command line of `yinxin-agent`.
//!
//! Exit codes: 0 good, 1 the answer is no, 2 usage, 3 could not be determined. With `--json` each command
//! prints one JSON object; errors too. PINs come from standard input only, a line each, never as an argument:
//! arguments are seen by every process on the machine.

mod ask;
mod choose;
mod doctor;
mod journal;
mod key;
mod login;
mod pin;
mod seal;
mod secrets;
mod serve;
mod service;
mod settings;
mod sof;
mod tokens;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalogue::Modules;
use clap::{Args, Parser, Subcommand};
use contract::ErrorCode;
use serde_json::json;
use token::{
    ApplicationRef, LastTry, Library, LibraryKind, PinKind, ServiceOptions, TokenError,
    TokenService,
};

use crate::harden::harden;
use crate::keyring::code_of;
use crate::modules;
use crate::serve::LibraryInUse;

/// 印信客户端: the desktop client for certificate keys.
#[derive(Parser)]
#[command(name = "yinxin-agent", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动客户端服务 · Serve the popup on 127.0.0.1.
    Serve(serve::Options),
    /// 列出已插入的 CA 锁 · List what is plugged in.
    Tokens(tokens::Options),
    /// PIN 码：剩余次数、检查、修改、解锁 · A key's PIN: tries left, check, change, unblock.
    #[command(subcommand)]
    Pin(pin::Deed),
    /// 用 CA 锁登录平台 · Log in to a platform with a key.
    Login(login::Options),
    /// 通过平台签章 PDF · Seal a PDF with a key, by a platform.
    Seal(seal::Options),
    /// 检测并给出处理办法 · Look at everything that a login needs, and say what is wrong and what to do.
    Doctor(doctor::Options),
    /// 随用户会话自动启动 · Have the agent start with the user's session.
    #[command(subcommand)]
    Service(service::Deed),
    /// 制证步骤 · The production steps of a key: application, key pair, request, certificate, PINs.
    #[command(subcommand)]
    Key(key::Step),
    /// 离线验章 · Verify a sealed file, offline.
    Verify(verify::Options),
    /// 本机签署记录 · What was signed here.
    #[command(subcommand)]
    Journal(journal::Deed),
    /// 设置 · The phrase, where PINs are entered, consents and sites that may ask for seals.
    #[command(subcommand)]
    Settings(settings::Deed),
    /// The interface of GM/T 0020 for pages that know no other client; off until it is switched on.
    #[command(subcommand)]
    Sof(sof::Deed),
}

/// Libraries that every command with tokens takes.
#[derive(Args, Clone)]
pub struct Libraries {
    /// A maker's library, absolute path; may be given more than once. It is code that will run. The libraries
    /// that the catalogue knows and this system has are loaded beside it.
    #[arg(long = "library", value_name = "PATH")]
    libraries: Vec<PathBuf>,
    /// A PKCS#11 module, absolute path, that the catalogue does not know as one; may be given more than once.
    #[arg(long = "pkcs11", value_name = "PATH")]
    pkcs11: Vec<PathBuf>,
    /// A key in a file (.p12, .pfx, PEM), absolute path; may be given more than once. It is no hardware, and is
    /// used because it is named here: for services and tests.
    #[arg(long = "key-file", value_name = "PATH")]
    key_files: Vec<PathBuf>,
    /// Read the passphrase of each key file from standard input, a line each, so that the certificates inside
    /// are seen before the first signature. The key itself stays shut: each signature asks again.
    #[arg(long, requires = "key_files")]
    key_file_stdin: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Libraries {
    /// The libraries as the settings page tells them.
    fn in_use(&self, modules: &Modules) -> Vec<LibraryInUse> {
        let libraries = modules::libraries(&self.libraries, modules, Path::is_file);
        let told = |library: token::Library| LibraryInUse {
            name: modules
                .of_library(&library.path)
                .map(|module| module.name.clone()),
            of_catalogue: !self.libraries.contains(&library.path),
            hardware: library.hardware,
            path: library.path,
        };
        libraries.into_iter().map(told).collect()
    }

    /// The service over these libraries and the installed ones of `modules`, or of those that came along.
    fn service(&self, modules: Option<&Modules>) -> Result<TokenService, Failure> {
        let shipped = modules::shipped().map_err(Failure::undetermined)?;
        let modules = modules.unwrap_or(&shipped);
        let libraries = self.loaded(modules);
        Ok(TokenService::new(libraries, ServiceOptions::default())?)
    }

    /// Everything that is asked for tokens: what is named by hand, then what the catalogue finds installed.
    fn loaded(&self, modules: &Modules) -> Vec<Library> {
        let by_hand = |path: &PathBuf, kind| Library {
            kind,
            hardware: kind != LibraryKind::KeyFile,
            ..Library::named(path, modules)
        };
        let mut all: Vec<Library> = self
            .key_files
            .iter()
            .map(|path| by_hand(path, LibraryKind::KeyFile))
            .collect();
        for path in &self.pkcs11 {
            let module = Library::named(path, modules);
            // What the catalogue knows of it (that it is software, for one) holds under this option too.
            all.push(match module.kind {
                LibraryKind::Pkcs11 => module,
                _ => by_hand(path, LibraryKind::Pkcs11),
            });
        }
        for library in modules::libraries(&self.libraries, modules, Path::is_file) {
            if !all.iter().any(|other| other.path == library.path) {
                all.push(library);
            }
        }
        all
    }

    /// Shows what the passphrases of the key files hide, where that was asked for.
    async fn unlock(&self, service: &TokenService) -> Result<(), Failure> {
        if !self.key_file_stdin {
            return Ok(());
        }
        for path in &self.key_files {
            let listing = service.list().await;
            let token = listing.tokens.iter().find(|token| token.library == *path);
            let application = token.and_then(|token| {
                let info = token.applications.first()?;
                Some(ApplicationRef {
                    library: token.library.clone(),
                    device: token.device.clone(),
                    application: info.name.clone(),
                })
            });
            let failed = || {
                let own = listing
                    .failures
                    .iter()
                    .find(|failure| failure.library == *path);
                own.map_or(TokenError::NoToken, |failure| failure.error.clone())
            };
            let application = application.ok_or_else(failed)?;
            let pin = secrets::pin(&format!("passphrase of {}", path.display()))?;
            service
                .check_pin(&application, PinKind::User, &pin, LastTry::Keep)
                .await?;
        }
        Ok(())
    }
}

/// Why a command ended without its answer.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no.
    No(ErrorCode, String),
    /// Not now: the platform could not answer.
    Later(ErrorCode, String),
    /// The answer was printed; this is its exit code.
    Told(u8),
    /// Used wrongly.
    Usage(String),
    /// Could not be determined.
    Undetermined(String),
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Failure {
        Failure::No(code_of(&error), error.to_string())
    }
}

impl Failure {
    fn undetermined(error: impl std::fmt::Display) -> Failure {
        Failure::Undetermined(error.to_string())
    }

    fn report(&self, as_json: bool) -> ExitCode {
        let (exit, code, message) = match self {
            Failure::Told(exit) => return ExitCode::from(*exit),
            Failure::No(code, message) => (1, code.name(), message.clone()),
            Failure::Later(code, message) => (3, code.name(), message.clone()),
            Failure::Usage(message) => (2, "usage", message.clone()),
            Failure::Undetermined(message) => (3, "undetermined", message.clone()),
        };
        if as_json {
            println!("{}", json!({ "error": code, "message": message }));
        }
        eprintln!("yinxin-agent: {message}");
        if let Failure::No(code, _) | Failure::Later(code, _) = self {
            let (message, remedy) = (code.message(), code.remedy());
            eprintln!("{}。{}", message.zh, remedy.zh);
            eprintln!("{}. {}", message.en, remedy.en);
        }
        ExitCode::from(exit)
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // The service writes a log file too, once it holds its folder.
    if !matches!(cli.command, Command::Serve(_)) {
        crate::log::to_stderr();
    }
    harden();
    // One thread: what takes long happens in the workers' processes and on the pool for blocking work.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::undetermined(error).report(false),
    };
    let (done, as_json) = match cli.command {
        Command::Serve(options) => {
            let as_json = options.libraries.json;
            (runtime.block_on(serve::serve(options)), as_json)
        }
        Command::Tokens(options) => {
            let as_json = options.libraries.json;
            (runtime.block_on(tokens::tokens(options)), as_json)
        }
        Command::Pin(deed) => {
            let as_json = deed.json();
            (runtime.block_on(pin::run(deed)), as_json)
        }
        Command::Login(options) => {
            let as_json = options.to.libraries.json;
            (runtime.block_on(login::login(options)), as_json)
        }
        Command::Seal(options) => {
            let as_json = options.to.libraries.json;
            (runtime.block_on(seal::seal(options)), as_json)
        }
        Command::Doctor(options) => {
            let as_json = options.libraries.json;
            (runtime.block_on(doctor::doctor(options)), as_json)
        }
        Command::Service(deed) => (service::run(&deed), deed.json()),
        Command::Key(step) => {
            let as_json = step.json();
            (runtime.block_on(key::run(step)), as_json)
        }
        Command::Verify(options) => {
            let as_json = options.json;
            match verify::verify(&options) {
                Ok(code) => return code,
                Err(failure) => (Err(failure), as_json),
            }
        }
        Command::Journal(deed) => {
            let as_json = deed.json();
            (journal::run(deed), as_json)
        }
        Command::Settings(deed) => {
            let as_json = deed.json();
            (settings::run(deed), as_json)
        }
        Command::Sof(deed) => {
            let as_json = deed.json();
            (sof::run(deed), as_json)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(as_json),
    }
}
