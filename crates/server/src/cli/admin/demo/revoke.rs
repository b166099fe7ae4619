//! `yinxin admin demo revoke`: revokes the certificates of a key.

use clap::Args;
use serde_json::{Value, json};

use super::{Demo, DemoError, Place};

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// CA 锁 ID.
    #[arg(long)]
    key_number: String,
}

/// Revokes what is not revoked, publishes the lists, and tells how many there were.
pub(super) async fn perform(demo: &Demo, arguments: &Arguments) -> Result<Value, DemoError> {
    let revoked = demo
        .authorities
        .revoke_key(&arguments.key_number, "keyCompromise")
        .await?;
    Ok(json!({ "key_number": arguments.key_number, "revoked": revoked }))
}
