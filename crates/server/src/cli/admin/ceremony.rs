//! `yinxin admin ceremony`: what is done with the roots' keys and with the shares of the recovery key, persons present.

pub mod hold;
pub mod lists;
pub mod recover;
pub mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use domain::Randomness;
use serde_json::Value;
use store::Store;

use crate::authority::key_file::{Cost, KeyFolder};
use crate::authority::module::ModuleVault;
use crate::authority::vault::{FileVault, KeyVault, Vaults};
use crate::authority::{Authorities, passphrase};
use crate::cli::ca::{CREDENTIAL, CaError, Module};
use crate::cli::log;
use crate::cli::serve::{StartError, database_url};
use crate::keys::InstallationKeys;
use crate::system::{SystemClock, SystemRandomness};

/// The roots' passphrase among systemd's credentials.
pub(crate) const ROOT_CREDENTIAL: &str = "yinxin-root-passphrase";

/// The steps of a ceremony.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes roots and the authorities below them, splits a recovery key, and writes a signed transcript.
    Hold(Box<hold::Arguments>),
    /// Checks a transcript with the roots' certificates.
    Verify(verify::Arguments),
    /// Signs the roots' revocation lists anew.
    Lists(lists::Arguments),
    /// Gives a holder's encryption key to their new key, by an approved order and enough shares.
    Recover(recover::Arguments),
}

/// Where the roots' keys and the rows are.
#[derive(Debug, Args)]
pub struct Place {
    /// Data folder.
    #[arg(long)]
    data: PathBuf,
    /// Database URL, as for `serve`.
    #[arg(long, env = "YINXIN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// File with the passphrase of the issuing authorities' keys.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// File with the passphrase of the roots' keys.
    #[arg(long)]
    root_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    module: Module,
    #[command(flatten)]
    root_module: RootModule,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A module with the roots' keys: another token than the one of what runs.
#[derive(Debug, Args)]
pub struct RootModule {
    /// The library of the module (PKCS#11) with the roots' keys, RSA and P-256; they are made in it and never leave it.
    #[arg(long, value_name = "LIBRARY", requires = "root_module_token")]
    root_module: Option<PathBuf>,
    /// The label of the token in it.
    #[arg(long, value_name = "LABEL", requires = "root_module")]
    root_module_token: Option<String>,
    /// File with the token's PIN; else the systemd credential yinxin-root-module-pin, or a prompt.
    #[arg(long, value_name = "FILE", requires = "root_module")]
    root_module_pin_file: Option<PathBuf>,
}

/// The PIN of the roots' token among systemd's credentials.
const ROOT_MODULE_CREDENTIAL: &str = "yinxin-root-module-pin";

impl RootModule {
    fn open(&self) -> Result<Option<Arc<dyn KeyVault>>, CaError> {
        let (Some(library), Some(token)) = (&self.root_module, &self.root_module_token) else {
            return Ok(None);
        };
        let file = self.root_module_pin_file.as_deref();
        let pin = passphrase::find(ROOT_MODULE_CREDENTIAL, file, std::path::Path::new(""))
            .map_err(StartError::io("reading the PIN of the roots' module"))?;
        Ok(Some(Arc::new(ModuleVault::open(library, token, &pin)?)))
    }
}

impl Place {
    /// The roots' keys: in the module where one is named. Files stand behind it only where there are some, or a
    /// passphrase for them was named: else nobody is asked for one.
    fn roots(
        &self,
        files: impl FnOnce() -> Result<Arc<dyn KeyVault>, StartError>,
    ) -> Result<Arc<dyn KeyVault>, CaError> {
        let one_token = self.root_module.root_module_token.is_some()
            && self.root_module.root_module_token.as_deref() == self.module.token();
        if one_token {
            let text = "roots and issuing authorities have a token each; these are one";
            return Err(CaError::Usage(text.to_owned()));
        }
        let Some(module) = self.root_module.open()? else {
            return Ok(files()?);
        };
        let has_files = passphrase::root_folder(&self.data).exists();
        if has_files || self.root_passphrase_file.is_some() {
            return Ok(Arc::new(Vaults(vec![module, files()?])));
        }
        Ok(module)
    }

    async fn open(&self) -> Result<Authorities, CaError> {
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let keys = InstallationKeys::open(&self.data, &SystemRandomness)
            .map_err(StartError::io("opening the installation's keys"))?;
        let url = database_url(self.database.as_deref(), &self.data);
        let store = Arc::new(Store::open(&url, keys.audit).await?);
        let vault = |folder: PathBuf, credential, file: &Option<PathBuf>| {
            let found = passphrase::find(credential, file.as_deref(), &folder)
                .map_err(StartError::io("reading a passphrase"))?;
            let random = Arc::clone(&random);
            let keys = KeyFolder::new(folder, found, Cost::default(), random);
            Ok::<Arc<dyn KeyVault>, StartError>(Arc::new(
                FileVault::new(keys).taking_over(passphrase::issuing_folder(&self.data)),
            ))
        };
        let issuing = passphrase::issuing_folder(&self.data);
        let roots = passphrase::root_folder(&self.data);
        let issuing = vault(issuing, CREDENTIAL, &self.passphrase_file)?;
        let issuing = self.module.before(issuing)?;
        let roots = self.roots(|| vault(roots, ROOT_CREDENTIAL, &self.root_passphrase_file))?;
        let clock = Arc::new(SystemClock);
        Ok(Authorities::new(store, issuing, clock, random).with_roots(roots))
    }
}

pub(crate) fn run(command: &Command) -> ExitCode {
    let json = match command {
        Command::Hold(arguments) => arguments.place.json,
        Command::Verify(arguments) => arguments.json,
        Command::Lists(arguments) => arguments.place.json,
        Command::Recover(arguments) => arguments.json,
    };
    log::start(json);
    crate::cli::ca::harden();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return log::fail(&error),
    };
    let answer: Result<(bool, Value), CaError> = runtime.block_on(async {
        match command {
            Command::Hold(arguments) => hold::perform(arguments).await.map(|value| (true, value)),
            Command::Verify(arguments) => verify::perform(arguments),
            Command::Lists(arguments) => lists::perform(arguments).await.map(|value| (true, value)),
            Command::Recover(arguments) => recover::perform(arguments).await,
        }
    });
    match answer {
        Ok((good, answer)) => {
            if json {
                println!("{answer}");
            } else {
                println!("{answer:#}");
            }
            ExitCode::from(u8::from(!good))
        }
        Err(error) => log::fail(&error),
    }
}
