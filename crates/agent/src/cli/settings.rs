//! `yinxin-agent settings …`: the agent's own settings. The agent must not be running on the same state folder.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, secrets};
use crate::consent::Consents;
use crate::origin::OriginPolicy;
use crate::prompt::PinEntry;
use crate::settings::Settings;
use crate::state::{State, default_folder};
use crate::tray;

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell the phrase, the consents and the sites that may ask for seals.
    Show(At),
    /// Set the phrase that every window shows; it is read from standard input.
    Phrase(At),
    /// Say where the PIN is entered: in a window of the desktop, or on the agent's page.
    PinEntry {
        #[command(flatten)]
        at: At,
        /// Where.
        #[arg(value_enum)]
        entry: PinEntry,
    },
    /// Use the desktop's tray where there is one, or never.
    Tray {
        #[command(flatten)]
        at: At,
        /// Whether.
        #[arg(value_enum)]
        wanted: tray::Wanted,
    },
    /// Let a site ask for seals.
    AllowSeal {
        #[command(flatten)]
        at: At,
        /// The site's origin, such as https://www.example.cn
        origin: String,
    },
    /// Take everything back from a site.
    Revoke {
        #[command(flatten)]
        at: At,
        /// The site's origin.
        origin: String,
    },
}

/// Where the settings are.
#[derive(Args)]
pub struct At {
    /// The state folder.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Deed {
    fn at(&self) -> &At {
        match self {
            Deed::Show(at)
            | Deed::Phrase(at)
            | Deed::PinEntry { at, .. }
            | Deed::Tray { at, .. }
            | Deed::AllowSeal { at, .. }
            | Deed::Revoke { at, .. } => at,
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.at().json
    }
}

/// Does it, and tells the settings as they are then.
pub fn run(deed: Deed) -> Result<(), Failure> {
    let folder = deed.at().state.clone().unwrap_or_else(default_folder);
    let state = State::open(&folder).map_err(Failure::undetermined)?;
    let mut settings = Settings::open(state.folder()).map_err(Failure::undetermined)?;
    let mut consents = Consents::open(state.folder()).map_err(Failure::undetermined)?;
    match &deed {
        Deed::Show(_) => {}
        Deed::Phrase(_) => {
            let phrase =
                secrets::line("phrase").map_err(|error| Failure::Usage(error.to_string()))?;
            settings
                .set_phrase(&phrase)
                .map_err(|error| Failure::Usage(error.to_string()))?;
        }
        Deed::PinEntry { entry, .. } => {
            settings
                .set_pin_entry(*entry)
                .map_err(Failure::undetermined)?;
        }
        Deed::Tray { wanted, .. } => {
            settings.set_tray(*wanted).map_err(Failure::undetermined)?;
        }
        Deed::AllowSeal { origin, .. } => {
            OriginPolicy::default()
                .admit(origin)
                .map_err(|error| Failure::Usage(error.to_string()))?;
            settings
                .set_may_seal(origin, true)
                .map_err(Failure::undetermined)?;
        }
        Deed::Revoke { origin, .. } => {
            settings
                .set_may_seal(origin, false)
                .map_err(Failure::undetermined)?;
            consents.revoke(origin).map_err(Failure::undetermined)?;
        }
    }
    let seal_origins: Vec<_> = settings.seal_origins().collect();
    let told = json!({ "phrase": settings.phrase(), "pin_entry": settings.pin_entry(), "tray": settings.tray(), "seal_origins": seal_origins, "consents": consents.given() });
    if deed.json() {
        println!("{told}");
    } else {
        println!("{told:#}");
    }
    Ok(())
}
