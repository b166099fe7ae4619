//! `yinxin ca`: works for approved orders until Ctrl-C or SIGTERM. It alone opens authorities' and key-management keys.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use domain::{Clock as _, Randomness};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

use crate::authority::Authorities;
use crate::authority::issuing::{Onward, Step, Steps};
use crate::authority::key_file::{Cost, KeyFolder};
use crate::authority::module::ModuleVault;
use crate::authority::passphrase;
use crate::authority::vault::{FileVault, KeyVault, Vaults};
use crate::ca_role::secrets::{Secrets, SecretsError};
use crate::ca_role::{self, CaRole, Products};
use crate::cli::log;
use crate::cli::serve::{StartError, database_url};
use crate::keys::InstallationKeys;
use crate::system::{SystemClock, SystemRandomness};

/// The name of the passphrase among systemd's credentials.
pub(crate) const CREDENTIAL: &str = "yinxin-ca-passphrase";

/// Options of `yinxin ca`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Works through what waits, and ends.
    #[arg(long)]
    once: bool,
    /// Prints one JSON line when ready, and logs as JSON.
    #[arg(long)]
    json: bool,
    /// Stops at this step of the first order and waits to be killed: for tests of crashes.
    #[arg(long, hide = true, value_name = "STEP")]
    wait_at: Option<String>,
}

/// Where the role's keys and rows are.
#[derive(Debug, Args)]
pub struct Place {
    /// Data folder: keys, and by default the database.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Database URL, `sqlite:` or `postgres:`; by default a SQLite file in the data folder.
    #[arg(long, env = "YINXIN_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Folder of provider files: the policies of their products.
    #[arg(long, default_value = "catalogue")]
    pub(crate) catalogue: PathBuf,
    /// File with the passphrase of the keys; else the systemd credential yinxin-ca-passphrase, the demonstration's
    /// own file, or a prompt.
    #[arg(long)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Folder of profiles (TOML, docs/profiles.md) that stand before the demonstration's; a file that is unsafe is
    /// refused with its line.
    #[arg(long, value_name = "DIR", env = "YINXIN_PROFILES")]
    pub(crate) profiles: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) module: Module,
}

/// A module with keys (PKCS#11), beside the files.
#[derive(Debug, Args)]
pub struct Module {
    /// The module's library; RSA and P-256 keys of authorities are looked for and made in it first.
    #[arg(long, value_name = "LIBRARY", requires = "module_token")]
    module: Option<PathBuf>,
    /// The label of the token in it.
    #[arg(long, value_name = "LABEL", requires = "module")]
    module_token: Option<String>,
    /// File with the token's PIN; else the systemd credential yinxin-module-pin, or a prompt.
    #[arg(long, value_name = "FILE", requires = "module")]
    module_pin_file: Option<PathBuf>,
}

/// The PIN of a module's token among systemd's credentials.
const MODULE_CREDENTIAL: &str = "yinxin-module-pin";

impl Module {
    /// The label of the token, where one is named.
    pub(crate) fn token(&self) -> Option<&str> {
        self.module_token.as_deref()
    }

    /// The keys in files, with the module's before them where one is named.
    pub(crate) fn before(&self, files: Arc<dyn KeyVault>) -> Result<Arc<dyn KeyVault>, CaError> {
        let (Some(library), Some(token)) = (&self.module, &self.module_token) else {
            return Ok(files);
        };
        let nowhere = std::path::Path::new("");
        let pin = passphrase::find(MODULE_CREDENTIAL, self.module_pin_file.as_deref(), nowhere)
            .map_err(StartError::io("reading the PIN of the module"))?;
        let module = ModuleVault::open(library, token, &pin)?;
        Ok(Arc::new(Vaults(vec![Arc::new(module), files])))
    }
}

/// Why the role did not start.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The installation.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The key management centre's keys.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The providers' files.
    #[error(transparent)]
    Catalogue(#[from] catalogue::CatalogueError),
    /// The profiles.
    #[error(transparent)]
    Profiles(#[from] crate::profiles::ProfilesError),
    /// Another passphrase.
    #[error(transparent)]
    Rekey(#[from] crate::authority::rekey::RekeyError),
    /// A place of keys.
    #[error(transparent)]
    Vault(#[from] crate::authority::vault::VaultError),
    /// A key file.
    #[error(transparent)]
    KeyFile(#[from] crate::authority::key_file::KeyFileError),
    /// The authorities.
    #[error(transparent)]
    Authority(#[from] crate::authority::AuthorityError),
    /// A ceremony.
    #[error(transparent)]
    Ceremony(#[from] crate::ceremony::CeremonyError),
    /// The role.
    #[error(transparent)]
    Role(#[from] ca_role::RoleError),
    /// An option's value.
    #[error("{0}")]
    Usage(String),
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    log::start(arguments.json);
    harden();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return log::fail(&error),
    };
    match runtime.block_on(serve(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => log::fail(&error),
    }
}

/// No core dump and no other process of the user may read the keys. What the system does not offer is passed over.
pub(crate) fn harden() {
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "the process stays dumpable");
    }
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core files are not switched off");
    }
}

impl Place {
    /// Opens the role with its keys.
    pub(crate) async fn open(&self, steps: Arc<dyn Steps>) -> Result<CaRole, CaError> {
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let folder = passphrase::issuing_folder(&self.data);
        let file = self.passphrase_file.as_deref();
        let passphrase = passphrase::find(CREDENTIAL, file, &folder)
            .map_err(StartError::io("reading the passphrase of the keys"))?;
        let keys = InstallationKeys::open(&self.data, &SystemRandomness)
            .map_err(StartError::io("opening the installation's keys"))?;
        let url = database_url(self.database.as_deref(), &self.data);
        let store = Arc::new(Store::open(&url, keys.audit).await?);
        let open = || {
            let random = Arc::clone(&random);
            KeyFolder::new(folder.clone(), passphrase.clone(), Cost::default(), random)
        };
        let now = SystemClock.now();
        let secrets = Secrets::open(&open(), &store, &SystemRandomness, now).await?;
        let catalogue = catalogue::Catalogue::load(&self.catalogue)?;
        Ok(CaRole {
            authorities: Authorities::new(
                Arc::clone(&store),
                self.module.before(Arc::new(FileVault::new(open())))?,
                Arc::new(SystemClock),
                Arc::clone(&random),
            )
            .with_signers(passphrase::signer_vault(
                &self.data,
                Cost::default(),
                &random,
            )?),
            profiles: crate::profiles::load(self.profiles.as_deref())?,
            products: Products::of(&catalogue),
            secrets,
            steps,
            clock: Arc::new(SystemClock),
            random,
            store,
        })
    }
}

async fn serve(arguments: &Arguments) -> Result<(), CaError> {
    let steps: Arc<dyn Steps> = match &arguments.wait_at {
        None => Arc::new(Onward),
        Some(name) => Arc::new(WaitAt(step(name)?)),
    };
    let role = arguments.place.open(steps).await?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(StartError::io("waiting for signals"))?;
    let mut terminate =
        signal(SignalKind::terminate()).map_err(StartError::io("waiting for signals"))?;
    if arguments.json {
        println!("{}", serde_json::json!({ "ready": true }));
    }
    if arguments.once {
        let done = ca_role::run_due(&role).await?;
        ca_role::round(&role).await;
        ca_role::stand_by(&role).await;
        if arguments.json {
            println!("{}", serde_json::json!({ "orders": done }));
        } else {
            println!("{done}");
        }
    } else {
        tokio::select! {
            () = ca_role::work(&role) => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
    role.store.close().await;
    Ok(())
}

fn step(name: &str) -> Result<Step, CaError> {
    Step::ALL
        .into_iter()
        .find(|step| step.name() == name)
        .ok_or_else(|| CaError::Usage(format!("there is no step {name:?}")))
}

/// Says that the step is reached and waits for its end, which comes from outside.
struct WaitAt(Step);

impl Steps for WaitAt {
    fn reached(&self, step: Step) -> bool {
        if step != self.0 {
            return true;
        }
        println!("{}", serde_json::json!({ "waiting": step.name() }));
        loop {
            std::thread::park();
        }
    }
}
