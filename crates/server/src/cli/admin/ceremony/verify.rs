//! `yinxin admin ceremony verify`: whether a transcript is what the roots signed. Exit code 1 when it is not.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use pki::Certificate;
use serde_json::{Value, json};

use crate::ceremony::{self, MAX_TRANSCRIPT, SignedTranscript};
use crate::cli::ca::CaError;
use crate::cli::serve::StartError;

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The transcript.
    transcript: PathBuf,
    /// A root's certificate, PEM; may be given several times.
    #[arg(long = "root", value_name = "FILE", required = true)]
    roots: Vec<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn perform(arguments: &Arguments) -> Result<(bool, Value), CaError> {
    let path = &arguments.transcript;
    let io = |path: &PathBuf| StartError::io(format!("reading {}", path.display()));
    if fs::metadata(path).map_err(io(path))?.len() > MAX_TRANSCRIPT {
        return Err(CaError::Usage("no transcript is so long".to_owned()));
    }
    let text = fs::read(path).map_err(io(path))?;
    let record: SignedTranscript = match serde_json::from_slice(&text) {
        Ok(record) => record,
        Err(error) => {
            return Ok((
                false,
                json!({ "valid": false, "reason": error.to_string() }),
            ));
        }
    };
    let mut certificates = Vec::new();
    for path in &arguments.roots {
        let pem = fs::read_to_string(path).map_err(io(path))?;
        let read = Certificate::many_from_pem(&pem);
        let read = read.map_err(|error| CaError::Usage(format!("{}: {error}", path.display())))?;
        certificates.extend(read);
    }
    Ok(match ceremony::verify(&record, &certificates) {
        Ok(transcript) => (true, json!({ "valid": true, "transcript": transcript })),
        Err(error) => (
            false,
            json!({ "valid": false, "reason": error.to_string() }),
        ),
    })
}
