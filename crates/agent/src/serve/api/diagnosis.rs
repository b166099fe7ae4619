//! `POST /api/diagnosis/look`: what is wrong on this computer, redacted, for the user to read in the window.
//! `POST /api/diagnosis`: the same to the site that asked, after the click, with a certificate where one was picked.
//!
//! Nothing is signed and no PIN is asked. What goes is what stood in the window: the report is kept between the two.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::diagnosis::MAX_FINDINGS;
use contract::{
    AgentRequest, AgentResponse, Base64, Diagnosed, DiagnosisReport, ErrorCode, ReportedFinding,
};
use doctor::Diagnosis;
use doctor::machine::SiteSeen;
use doctor::redact::scrub;
use serde::Deserialize;
use serde_json::Value;

use super::{Refused, Window};
use crate::keyring::Keyring;
use crate::serve::Agent;
use crate::serve::loads::Stage;

pub async fn look(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
) -> Result<Json<DiagnosisReport>, Refused> {
    let mut stage = load.stage.lock().await;
    let origin = asking(&stage)?;
    let mut desktop = agent.desktop();
    // Whoever asks here was let in; what another site was refused is not this one's business.
    desktop.site = Some(SiteSeen {
        origin,
        refused: None,
    });
    let diagnosis = crate::doctor::diagnose(&desktop, |_| {}).await;
    let keyring = Keyring::of(
        &agent.tokens.list().await,
        &agent.catalogue(),
        (agent.clock)(),
    );
    let report = report_of(&diagnosis, &keyring.people());
    stage.report = Some(report.clone());
    Ok(Json(report))
}

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the certificate's row; absent: none is shown.
    certificate: Option<String>,
}

pub async fn answer(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Json(body): Json<Body>,
) -> Result<Json<AgentResponse>, Refused> {
    let mut stage = load.stage.lock().await;
    let origin = asking(&stage)?;
    let bound = stage.bound.as_ref();
    let capability = bound.map(|bound| bound.capability);
    if !capability.is_some_and(|capability| agent.consents().has(&origin, capability)) {
        return Err(Refused::of(ErrorCode::ConsentRequired));
    }
    // Nothing goes that did not stand in the window.
    let Some(report) = stage.report.clone() else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let certificate = match &body.certificate {
        None => None,
        Some(id) => {
            let keyring = Keyring::of(
                &agent.tokens.list().await,
                &agent.catalogue(),
                (agent.clock)(),
            );
            let (_, _, place) = keyring
                .find(id)
                .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
            Some(Base64(place.certificate.clone()))
        }
    };
    stage.answered = true;
    Ok(Json(AgentResponse::Diagnosis(Diagnosed {
        report,
        certificate,
    })))
}

/// The origin that asked for a diagnosis in this window, which has not answered yet.
fn asking(stage: &Stage) -> Result<String, Refused> {
    stage
        .bound
        .as_ref()
        .filter(|bound| !stage.answered && matches!(bound.asked.request, AgentRequest::Diagnose(_)))
        .map(|bound| bound.site.origin.clone())
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))
}

fn report_of(diagnosis: &Diagnosis, people: &[String]) -> DiagnosisReport {
    let findings = diagnosis.redacted().findings.into_iter().take(MAX_FINDINGS);
    DiagnosisReport {
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        millis: diagnosis.millis,
        findings: findings
            .map(|finding| ReportedFinding {
                code: finding.code.to_owned(),
                outcome: word(&finding.outcome),
                link: word(&finding.link),
                summary: finding.summary,
                evidence: finding
                    .evidence
                    .iter()
                    .map(|line| scrub(line, people))
                    .collect(),
                case: finding.case.map(str::to_owned),
                actions: finding
                    .actions
                    .iter()
                    .map(|action| action.name().to_owned())
                    .collect(),
            })
            .collect(),
    }
}

/// The name of a variant in JSON.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
