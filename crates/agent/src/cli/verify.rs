//! `yinxin-agent verify FILE`: the verification report, the same as the server's, offline.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use catalogue::Catalogue;
use clap::Args;
use pki::UnixTime;
use pki::path::TrustStore;
use seal::pdf::{Policy, VerifyOptions};

use super::Failure;
use crate::{files, system_clock};

/// Options of `verify`.
#[derive(Args)]
pub struct Options {
    /// The file.
    file: PathBuf,
    /// A folder with anchors and intermediates (*.pem, *.cer) and revocation lists (*.crl).
    #[arg(long, value_name = "DIR", required_unless_present = "catalogue")]
    trust: Option<PathBuf>,
    /// The catalogue, whose anchors count where no trust folder is given.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// A folder with the catalogue's anchors; may be given more than once.
    #[arg(long, value_name = "DIR")]
    anchors: Vec<PathBuf>,
    /// The time for which certificates are judged, RFC 3339. Default: now.
    #[arg(long)]
    at: Option<jiff::Timestamp>,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Verifies; 0 valid, 1 invalid or unsigned, 3 indeterminate.
///
/// # Errors
/// Files that can't be read.
pub fn verify(options: &Options) -> Result<ExitCode, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let trust = trust(options)?;
    let file = File::open(&options.file).map_err(|error| usage(&error))?;
    let map = Arc::new(files::map(&file).map_err(|error| usage(&error))?);
    let at = options
        .at
        .map_or_else(|| system_clock()(), |at| UnixTime(at.as_second()));
    let name = options
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let verify_options = VerifyOptions {
        trust: &trust,
        at,
        policy: Policy::default(),
        name,
    };
    let report = seal::verify(&map, &verify_options);
    if options.json {
        println!(
            "{}",
            serde_json::to_string(&report).map_err(Failure::undetermined)?
        );
    } else {
        println!("{:?}", report.verdict);
        for signature in &report.signatures {
            let signer = signature
                .signer
                .as_ref()
                .map_or("?", |signer| signer.subject.as_str());
            println!("  {:?}  {}  {signer}", signature.verdict, signature.format);
            for check in signature
                .checks
                .iter()
                .filter(|check| check.message.is_some())
            {
                let message = check
                    .message
                    .as_ref()
                    .map_or("", |message| message.zh.as_str());
                println!("    {:?} {:?}: {message}", check.layer, check.result);
            }
        }
    }
    Ok(ExitCode::from(report.verdict.exit_code()))
}

fn trust(options: &Options) -> Result<TrustStore, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    if let Some(folder) = &options.trust {
        return Ok(evidence::load_trust_dir(folder)
            .map_err(|error| usage(&error))?
            .store);
    }
    let folders: Vec<_> = options.anchors.iter().map(PathBuf::as_path).collect();
    let catalogue = options
        .catalogue
        .as_deref()
        .unwrap_or(std::path::Path::new("catalogue"));
    let trust = Catalogue::load_with_anchors(catalogue, &folders)
        .map_err(|error| usage(&error))?
        .trust();
    Ok(TrustStore {
        anchors: trust.anchors,
        intermediates: trust.intermediates,
        ..TrustStore::default()
    })
}
