//! `yinxin admin ceremony hold`: roots, the authorities below them, a recovery key in shares, a signed transcript.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Place;
use crate::authority::key_file;
use crate::ceremony::{self, CeremonyError, Plan};
use crate::cli::ca::CaError;

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// Makes the authorities of this provider; may be given several times.
    #[arg(long = "provider", value_name = "ID", required = true)]
    providers: Vec<String>,
    /// Who takes part, by name and part; at least two.
    #[arg(long = "officer", value_name = "NAME", required = true)]
    officers: Vec<String>,
    /// Shares of a new recovery key that are needed; without it none is made.
    #[arg(long, requires = "shares")]
    threshold: Option<u8>,
    /// Shares of a new recovery key that are made.
    #[arg(long, requires = "threshold")]
    shares: Option<u8>,
    /// Folder of profiles, as for `yinxin ca`.
    #[arg(long, value_name = "DIR", env = "YINXIN_PROFILES")]
    profiles: Option<PathBuf>,
    /// Folder, usually on removable media, for transcript and shares: a file for each holder.
    #[arg(long)]
    out: PathBuf,
}

pub(super) async fn perform(arguments: &Arguments) -> Result<Value, CaError> {
    let known = crate::profiles::load(arguments.profiles.as_deref())?;
    let mut profiles = Vec::new();
    for id in &arguments.providers {
        let profile = known.iter().find(|profile| profile.id == *id);
        let unknown = || CaError::Usage(format!("there is no profile {id:?}"));
        profiles.push(profile.ok_or_else(unknown)?.clone());
    }
    let authorities = arguments.place.open().await?;
    let plan = Plan {
        profiles: &profiles,
        officers: &arguments.officers,
        recovery: arguments.threshold.zip(arguments.shares),
    };
    let made = ceremony::perform(&authorities, &plan).await?;
    let transcript = write(&made, &arguments.out)?;
    Ok(json!({
        "transcript": transcript,
        "authorities": made.authorities.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        "shares": made.shares.len(),
    }))
}

/// Writes transcript, its text, the certificates and the shares into a folder; each share in a file of its own, for its holder alone.
pub(crate) fn write(made: &ceremony::Made, folder: &std::path::Path) -> Result<PathBuf, CaError> {
    let read: ceremony::Transcript = serde_json::from_str(&made.record.transcript)
        .map_err(|_| CaError::Ceremony(CeremonyError::Transcript))?;
    let path = folder.join(format!("ceremony-{}.json", read.id));
    let record = serde_json::to_vec_pretty(&made.record)
        .map_err(|_| CaError::Ceremony(CeremonyError::Transcript))?;
    key_file::create(&path, &record)?;
    let text = folder.join(format!("ceremony-{}.txt", read.id));
    key_file::create(&text, ceremony::as_text(&read).as_bytes())?;
    // Whoever checks the transcript wants the roots' certificates.
    for (id, certificate) in &made.authorities {
        let name = format!("certificate-{id}-{}.pem", read.id);
        key_file::create(&folder.join(name), certificate.to_pem().as_bytes())?;
    }
    for (at, share) in made.shares.iter().enumerate() {
        let name = format!("share-{}-of-{}-{}.txt", at + 1, made.shares.len(), read.id);
        let line = zeroize::Zeroizing::new(format!("{}\n", share.as_str()));
        key_file::create(&folder.join(name), line.as_bytes())?;
    }
    Ok(path)
}
