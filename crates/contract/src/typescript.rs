//! The same types for the pages: one TypeScript module, generated here and committed as
//! `web/src/contract/index.ts`. A test generates it again and fails on any difference.

use std::fmt::Write as _;

use ts_rs::{Config, TS};

use crate::intent::DigestName;
use crate::request::{CheckPurpose, SealPurpose};
use crate::*;

/// The whole module.
pub fn module() -> String {
    let config = Config::default().with_large_int("number");
    let mut out = String::from(
        "// Generated from the crate `contract`; its test says how to regenerate. Do not edit.\n\
         /* eslint-disable */\n\n",
    );
    let mut declare = |declaration: String| {
        let _ = writeln!(out, "export {declaration}\n");
    };
    declare(Text::decl(&config));
    declare(ErrorCode::decl(&config));
    declare(Problem::decl(&config));
    declare(Purpose::decl(&config));
    declare(SignedStatement::decl(&config));
    declare(LoginIntent::decl(&config));
    declare(CheckIntent::decl(&config));
    declare(DiagnoseIntent::decl(&config));
    declare(BindIntent::decl(&config));
    declare(UnbindIntent::decl(&config));
    declare(DigestName::decl(&config));
    declare(DocumentDigest::decl(&config));
    declare(SealName::decl(&config));
    declare(SealIntent::decl(&config));
    declare(CertificateType::decl(&config));
    declare(ProduceIntent::decl(&config));
    declare(RenewIntent::decl(&config));
    declare(UnlockIntent::decl(&config));
    declare(Intent::decl(&config));
    declare(KeyFamilyName::decl(&config));
    declare(Grade::decl(&config));
    declare(StatementRequest::decl(&config));
    declare(SealPurpose::decl(&config));
    declare(OfdVariant::decl(&config));
    declare(SealVariant::decl(&config));
    declare(SealRequest::decl(&config));
    declare(CheckPurpose::decl(&config));
    declare(CheckRequest::decl(&config));
    declare(DiagnosePurpose::decl(&config));
    declare(DiagnoseRequest::decl(&config));
    declare(ReportedFinding::decl(&config));
    declare(DiagnosisReport::decl(&config));
    declare(Diagnosed::decl(&config));
    declare(PinAlphabet::decl(&config));
    declare(PinRule::decl(&config));
    declare(ProducePurpose::decl(&config));
    declare(ProduceRequest::decl(&config));
    declare(RenewPurpose::decl(&config));
    declare(RenewRequest::decl(&config));
    declare(UnlockPurpose::decl(&config));
    declare(UnlockRequest::decl(&config));
    declare(AgentRequest::decl(&config));
    declare(PreparedType::decl(&config));
    declare(ProducePrepared::decl(&config));
    declare(RenewPrepared::decl(&config));
    declare(UnlockKeyType::decl(&config));
    declare(UnlockKey::decl(&config));
    declare(AgentInterim::decl(&config));
    declare(EnvelopeCipher::decl(&config));
    declare(Sm2CiphertextJson::decl(&config));
    declare(EnvelopedKeyJson::decl(&config));
    declare(WriteCertificates::decl(&config));
    declare(UnlockAuthority::decl(&config));
    declare(Abort::decl(&config));
    declare(PageMessage::decl(&config));
    declare(AgentResponse::decl(&config));
    declare(Verdict::decl(&config));
    declare(Layer::decl(&config));
    declare(CheckResult::decl(&config));
    declare(Check::decl(&config));
    declare(ReportedProvider::decl(&config));
    declare(Signer::decl(&config));
    declare(Shown::decl(&config));
    declare(Place::decl(&config));
    declare(ReportedSignature::decl(&config));
    declare(ReportedDocument::decl(&config));
    declare(Report::decl(&config));
    out.push_str(&error_texts());
    // ts-rs leaves spaces at the ends of lines.
    out.lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// Messages and next steps by code, for pages that show an error which no server sent.
fn error_texts() -> String {
    let mut out = String::from(
        "/** What happened and what to do next, by code. */\nexport const ERROR_TEXTS: Record<ErrorCode, { message: Text; remedy: Text }> = {\n",
    );
    for &code in ErrorCode::ALL {
        let text = |text: Text| serde_json::to_string(&text).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {}: {{ message: {}, remedy: {} }},",
            code.name(),
            text(code.message()),
            text(code.remedy())
        );
    }
    out.push_str("};\n");
    out
}
