//! `yinxin-agent sof …`: the interface for pages that know no other client. The agent must not be running on
//! the same state folder; it reads what is said here at its next start.

mod certificate;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Failure;
use crate::origin::OriginPolicy;
use crate::sof::settings::SofSettings;
use crate::state::{State, default_folder};

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell whether it is on, and for whom.
    Show(At),
    /// Switch it on.
    On(At),
    /// Switch it off.
    Off(At),
    /// Let a site call it. Sites of the platform files may as soon as it is on.
    Allow {
        #[command(flatten)]
        at: At,
        /// The site's origin, such as https://www.example.cn
        origin: String,
    },
    /// Take it back from a site.
    Revoke {
        #[command(flatten)]
        at: At,
        /// The site's origin.
        origin: String,
    },
    /// A certificate for this computer's loopback address, for pages that know https and wss alone.
    #[command(subcommand)]
    Certificate(certificate::Deed),
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
            Deed::Show(at) | Deed::On(at) | Deed::Off(at) => at,
            Deed::Allow { at, .. } | Deed::Revoke { at, .. } => at,
            Deed::Certificate(deed) => deed.at(),
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.at().json
    }
}

/// Does it, and tells how it is then.
pub fn run(deed: Deed) -> Result<(), Failure> {
    let folder = deed.at().state.clone().unwrap_or_else(default_folder);
    let state = State::open(&folder).map_err(Failure::undetermined)?;
    if let Deed::Certificate(deed) = &deed {
        return certificate::run(deed, state.folder());
    }
    let mut settings = SofSettings::open(state.folder()).map_err(Failure::undetermined)?;
    let done = match &deed {
        Deed::Show(_) | Deed::Certificate(_) => Ok(()),
        Deed::On(_) => settings.set_enabled(true),
        Deed::Off(_) => settings.set_enabled(false),
        Deed::Allow { origin, .. } => {
            OriginPolicy::default()
                .admit(origin)
                .map_err(|error| Failure::Usage(error.to_string()))?;
            settings.set_may(origin, true)
        }
        Deed::Revoke { origin, .. } => settings.set_may(origin, false),
    };
    done.map_err(Failure::undetermined)?;
    let origins: Vec<_> = settings.origins().collect();
    if deed.json() {
        println!(
            "{}",
            json!({ "enabled": settings.enabled(), "origins": origins })
        );
    } else {
        println!(
            "兼容接口 / compatible interface: {}",
            if settings.enabled() { "on" } else { "off" }
        );
        for origin in origins {
            println!("  {origin}");
        }
    }
    Ok(())
}
