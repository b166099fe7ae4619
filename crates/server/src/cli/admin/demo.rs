//! `yinxin admin demo`: authorities that say DEMO in every name, accounts, and certificates for soft keys.
//!
//! Every step can be repeated: what is there stays as it is.

pub mod init;
pub mod issue;
pub mod revoke;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use domain::Randomness;
use issuer::Profile;
use serde_json::Value;
use store::Store;

use crate::authority::key_file::{Cost, KeyFileError};
use crate::authority::{Authorities, AuthorityError, passphrase};
use crate::ceremony::{self, CeremonyError, Plan};
use crate::cli::admin::ceremony::hold;
use crate::cli::ca::CaError;
use crate::cli::log;
use crate::cli::serve::StartError;
use crate::keys::InstallationKeys;
use crate::system::{SystemClock, SystemRandomness};

/// The steps of the demonstration.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes authorities, organisations and accounts, as far as they are not there.
    Init(init::Arguments),
    /// Issues a certificate for the key that signed a request.
    Issue(Box<issue::Arguments>),
    /// Revokes the certificates of a key and publishes a list that says so.
    Revoke(revoke::Arguments),
}

/// Where the demonstration's data is.
#[derive(Debug, Args)]
pub struct Place {
    /// Data folder of the server.
    #[arg(long)]
    data: PathBuf,
    /// Database URL, as for `serve`.
    #[arg(long, env = "YINXIN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The installation could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The ceremony.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// Its transcript and shares.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The keys' files.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The built-in profiles.
    #[error(transparent)]
    Profile(#[from] issuer::ProfileError),
    /// The machine.
    #[error(transparent)]
    Issuer(#[from] issuer::IssuerError),
    /// The request.
    #[error("the request can't be read: {0}")]
    Request(#[from] pki::ParseError),
    /// An option's value.
    #[error("{0}")]
    Usage(String),
}

/// The opened installation.
pub(crate) struct Demo {
    pub(crate) data: PathBuf,
    pub(crate) store: Arc<Store>,
    pub(crate) authorities: Authorities,
}

impl Place {
    async fn open(&self) -> Result<Demo, DemoError> {
        std::fs::create_dir_all(&self.data)
            .map_err(StartError::io(format!("making {}", self.data.display())))?;
        let keys = InstallationKeys::open(&self.data, &SystemRandomness)
            .map_err(StartError::io("opening the installation's keys"))?;
        let url = crate::cli::serve::database_url(self.database.as_deref(), &self.data);
        let store = Arc::new(Store::open(&url, keys.audit).await?);
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let (keys, roots) = passphrase::demo_vaults(&self.data, Cost::default(), &random)?;
        let signers = passphrase::signer_vault(&self.data, Cost::default(), &random)?;
        let authorities = Authorities::new(Arc::clone(&store), keys, Arc::new(SystemClock), random)
            .with_roots(roots)
            .with_signers(signers);
        Ok(Demo {
            data: self.data.clone(),
            store,
            authorities,
        })
    }
}

/// The profile of a provider's demonstration authority.
fn profile(provider: &str) -> Result<Profile, DemoError> {
    let profiles = issuer::demo_profiles()?;
    let known: Vec<String> = profiles.iter().map(|profile| profile.id.clone()).collect();
    profiles
        .into_iter()
        .find(|profile| profile.id == provider)
        .ok_or_else(|| {
            DemoError::Usage(format!(
                "there is no demonstration authority for {provider:?}; there is one for {}",
                known.join(", ")
            ))
        })
}

impl Demo {
    /// The authorities of a profile, their anchors in the data folder and their lists, as far as they aren't there: made
    /// in a ceremony as a real installation's are, with the demonstration's passphrases and officers.
    async fn establish(&self, profile: &Profile) -> Result<(), DemoError> {
        let recovery = self.store.recovery_key().await?.is_none();
        let known = self.store.authority(&profile.issuing.id).await?.is_some();
        if recovery || !known {
            let officers = [
                "演示 密钥管理员 DEMO".to_owned(),
                "演示 审计员 DEMO".to_owned(),
            ];
            let plan = Plan {
                profiles: std::slice::from_ref(profile),
                officers: &officers,
                recovery: recovery.then_some(DEMO_SHARES),
            };
            let made = ceremony::perform(&self.authorities, &plan).await?;
            hold::write(&made, &self.data.join("DEMO-ceremony"))?;
        }
        let (root, issuing) = self.authorities.establish(profile).await?;
        init::write_anchor(&self.data, &profile.root.id, &root)?;
        init::write_anchor(&self.data, &profile.issuing.id, &issuing)?;
        self.authorities.list(&profile.root.id).await?;
        self.authorities.list(&profile.issuing.id).await?;
        crate::status::lists::publish_due(&self.authorities, &profile.issuing.id).await?;
        crate::status::seal_maker::certify(&self.authorities, &profile.issuing.id).await?;
        Ok(())
    }
}

/// Three of five holders recover a key. In the demonstration all shares lie in its own folder.
const DEMO_SHARES: (u8, u8) = (3, 5);

pub(crate) fn run(command: &Command) -> ExitCode {
    let place = match command {
        Command::Init(arguments) => &arguments.place,
        Command::Issue(arguments) => &arguments.place,
        Command::Revoke(arguments) => &arguments.place,
    };
    log::start(place.json);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return log::fail(&error),
    };
    let answer: Result<Value, DemoError> = runtime.block_on(async {
        let demo = place.open().await?;
        let answer = match command {
            Command::Init(arguments) => init::perform(&demo, arguments).await,
            Command::Issue(arguments) => issue::perform(&demo, arguments).await,
            Command::Revoke(arguments) => revoke::perform(&demo, arguments).await,
        };
        demo.store.close().await;
        answer
    });
    match answer {
        Ok(answer) if place.json => println!("{answer}"),
        Ok(answer) => println!("{answer:#}"),
        Err(error) => return log::fail(&error),
    }
    ExitCode::SUCCESS
}
