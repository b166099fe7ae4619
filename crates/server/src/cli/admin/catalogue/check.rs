//! `yinxin admin catalogue check`: everything that is wrong with the catalogue, and what should be looked at.
//!
//! Exit codes: 0 nothing is wrong (warnings may be), 1 something is, 2 usage, 3 a file or folder could not be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalogue::check::{Finding, Severity, check};
use clap::Args;
use serde_json::json;

/// Options of the command.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of provider files, with `channels/` and `modules/` in it.
    #[arg(long, default_value = "catalogue")]
    catalogue: PathBuf,
    /// Folder of platform files.
    #[arg(long, default_value = "platforms")]
    platforms: PathBuf,
    /// Folder of trust anchors; may be given several times.
    #[arg(long)]
    anchors: Vec<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let anchors: Vec<&Path> = arguments.anchors.iter().map(PathBuf::as_path).collect();
    let findings = check(&arguments.catalogue, Some(&arguments.platforms), &anchors);
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (undetermined, errors, warnings) = (
        count(Severity::Undetermined),
        count(Severity::Error),
        count(Severity::Warning),
    );
    if arguments.json {
        println!(
            "{}",
            json!({ "findings": findings, "errors": errors, "warnings": warnings, "undetermined": undetermined })
        );
    } else {
        for finding in &findings {
            println!("{}", line(finding));
        }
        println!("{errors} errors, {warnings} warnings");
    }
    match (undetermined, errors) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(1),
        _ => ExitCode::from(3),
    }
}

/// As compilers write it, so that editors jump there.
fn line(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Undetermined => "unreadable",
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = finding
        .line
        .map_or_else(String::new, |line| format!("{line}:"));
    format!(
        "{}:{place} {word}: {} [{}]",
        finding.path.display(),
        finding.message,
        finding.code
    )
}
