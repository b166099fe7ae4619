//! `yinxin admin ceremony lists`: the roots' revocation lists anew. A root's list counts for half a year.

use clap::Args;
use serde_json::{Value, json};

use super::Place;
use crate::cli::ca::CaError;

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
}

pub(super) async fn perform(arguments: &Arguments) -> Result<Value, CaError> {
    let authorities = arguments.place.open().await?;
    let mut made = Vec::new();
    for root in authorities.store.authorities_of("root").await? {
        let list = authorities.publish_list(&root.id).await?;
        made.push(json!({ "root": root.id, "number": list.number }));
    }
    Ok(json!({ "lists": made }))
}
