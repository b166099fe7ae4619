//! `yinxin admin ceremony recover`: enough holders bring their shares, and an approved order to recover comes to its end.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use issuer::key_management::shares;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::authority::issuing::Onward;
use crate::ca_role::recover::{self, RecoverySession};
use crate::ceremony::CeremonyError;
use crate::cli::ca::{self, CaError};
use crate::cli::serve::StartError;

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    place: ca::Place,
    /// The approved order.
    #[arg(long)]
    order: String,
    /// A file with one holder's share; as many as are needed.
    #[arg(long = "share", value_name = "FILE", required = true)]
    shares: Vec<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) async fn perform(arguments: &Arguments) -> Result<(bool, Value), CaError> {
    let order = arguments
        .order
        .parse()
        .map_err(|_| CaError::Usage("that is no id of an order".to_owned()))?;
    let mut lines = Vec::new();
    for path in &arguments.shares {
        let text = fs::read_to_string(path)
            .map_err(StartError::io(format!("reading {}", path.display())))?;
        lines.push(Zeroizing::new(text));
    }
    let (id, key) = shares::join(&lines).map_err(CeremonyError::Share)?;
    let role = arguments.place.open(Arc::new(Onward)).await?;
    let session = RecoverySession { id, key };
    let done = recover::perform(&role, &session, &order).await?;
    role.store.close().await;
    Ok((done, json!({ "order": order, "done": done })))
}
