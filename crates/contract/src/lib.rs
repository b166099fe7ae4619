//! What agent, server and page exchange, and nothing about how it is carried.
//!
//! - [`statement`] and [`login_token`]: the 156 bytes that a key signs to log in, bind or unbind, and what carries the signature.
//! - [`intent`]: what the user is asked to agree to, in closed schemas; its exact bytes are hashed.
//! - [`request`]: what a page asks of the agent, and what the agent answers.
//! - [`diagnosis`]: what is wrong on a computer, as a site may see it.
//! - [`write_intent`], [`writing`]: the conversations that write to a token: production, renewal, unlocking.
//! - [`escrow`]: administrator PINs under seal.
//! - [`seal_intent`]: the CMS signed attribute that keeps what a signer was shown.
//! - [`report`]: the verification report, the same on the command line, in the API and on the page.
//! - [`code`] and [`problem`]: stable error codes with Chinese and English text and the next step.
//! - [`typescript`]: the same types for the pages, generated and committed under `web/src/contract`.

pub mod code;
pub mod diagnosis;
pub mod encoding;
pub mod escrow;
pub mod intent;
pub mod login_token;
pub mod problem;
pub mod report;
pub mod request;
pub mod seal_intent;
pub mod statement;
pub mod typescript;
pub mod write_intent;
pub mod writing;

pub use code::{ErrorCode, Text};
pub use diagnosis::{
    DiagnoseIntent, DiagnosePurpose, DiagnoseRequest, Diagnosed, DiagnosisReport, ReportedFinding,
};
pub use encoding::{Base64, Nonce};
pub use intent::{
    BindIntent, CheckIntent, DocumentDigest, Intent, IntentError, LoginIntent, SealIntent,
    SealName, UnbindIntent,
};
pub use login_token::{Purpose, SignedStatement, StatementError};
pub use problem::Problem;
pub use report::{
    Check, CheckResult, Layer, Place, Report, ReportedDocument, ReportedProvider,
    ReportedSignature, Shown, Signer, Verdict,
};
pub use request::{
    AgentRequest, AgentResponse, CheckRequest, Grade, KeyFamilyName, OfdVariant, SealRequest,
    SealVariant, StatementRequest,
};
pub use seal_intent::{SEAL_INTENT_OID, SealIntentAttribute};
pub use statement::Statement;
pub use write_intent::{CertificateType, ProduceIntent, RenewIntent, UnlockIntent};
pub use writing::{
    Abort, AgentInterim, EnvelopeCipher, EnvelopedKeyJson, PageMessage, PinAlphabet, PinRule,
    PreparedType, ProducePrepared, ProducePurpose, ProduceRequest, RenewPrepared, RenewPurpose,
    RenewRequest, Sm2CiphertextJson, UnlockAuthority, UnlockKey, UnlockKeyType, UnlockPurpose,
    UnlockRequest, WriteCertificates,
};

/// The agent's ports: it takes the first that is free, and pages try them in this order where a platform names no others.
pub const AGENT_PORTS: [u16; 3] = [17590, 27590, 37590];

/// Longest intent, in bytes of JSON (`docs/protocol-login.md`).
pub const MAX_INTENT_BYTES: usize = 4096;
