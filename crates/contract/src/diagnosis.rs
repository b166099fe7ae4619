//! What the agent found out about its computer, as a site may see it: after the user read it in the agent's window and
//! let it go. Redacted by the agent; numbers of keys but for their last characters, no name of a person, no path.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Base64, Text};

/// Most findings of a report.
pub const MAX_FINDINGS: usize = 200;

/// Asks for a diagnosis of the computer. Nothing is signed, no PIN is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DiagnoseRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `diagnose`.
    pub purpose: DiagnosePurpose,
    /// The exact intent.
    pub intent: String,
}

/// The one purpose of a [`DiagnoseRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosePurpose {
    /// `diagnose`.
    Diagnose,
}

/// Show a platform what is wrong on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DiagnoseIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DiagnosisReport {
    /// The agent's version.
    pub agent_version: String,
    /// The operating system, such as `linux x86_64`.
    pub system: String,
    /// How long all checks took, in milliseconds.
    #[ts(type = "number")]
    pub millis: u64,
    /// What each check says, in the order of the chain.
    pub findings: Vec<ReportedFinding>,
}

/// What one check says. The words of its case stand in the catalogue of the crate `doctor`, which the page has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReportedFinding {
    /// The check's stable code.
    pub code: String,
    /// `good`, `warning`, `unknown` or `failed`.
    pub outcome: String,
    /// Where in the chain.
    pub link: String,
    /// What it means.
    pub summary: Text,
    /// What was seen, a line each, redacted.
    pub evidence: Vec<String>,
    /// The case of the catalogue, by name.
    pub case: Option<String>,
    /// What a program can do about it here.
    pub actions: Vec<String>,
}

/// The answer: the report, and the certificate that the user chose to show with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Diagnosed {
    /// What was found.
    pub report: DiagnosisReport,
    /// DER in base64; `null` where the user showed none.
    #[ts(type = "string | null")]
    pub certificate: Option<Base64>,
}
