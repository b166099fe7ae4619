//! `POST /api/report`: what a support desk wants to know, as text that the user reads before giving it away.
//!
//! No PIN is known here to leak. Names, key numbers, serial numbers and sites are personal: of a number the
//! last two characters stand, of a name nothing, of a site whether the catalogue lists it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use doctor::Outcome;
use doctor::redact::{masked, scrub};
use serde::Serialize;

use super::{Home, Refused};
use crate::keyring::{KeyRow, Keyring};
use crate::rfc3339;
use crate::serve::Agent;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    text: String,
}

pub async fn report(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
) -> Result<Json<Answer>, Refused> {
    let now = (agent.clock)();
    let keyring = Keyring::of(&agent.tokens.list().await, &agent.catalogue(), now);
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{words}");
    };
    line(format_args!("yinxin-agent {}", env!("CARGO_PKG_VERSION")));
    line(format_args!("at: {}", rfc3339(now)));
    line(format_args!(
        "system: {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    ));
    line(format_args!("port: {}", agent.port));
    line(format_args!(
        "catalogue: {} providers, {} anchors missing",
        agent.catalogue().providers().count(),
        agent.catalogue().missing_anchors().len()
    ));
    line(format_args!("libraries: {}", agent.about.libraries.len()));
    for library in &agent.about.libraries {
        // The folder may hold the user's name; the file's name is the vendor's.
        let name = library.path.file_name().unwrap_or_default();
        line(format_args!("  {}", name.to_string_lossy()));
    }
    line(format_args!("keys: {}", keyring.keys.len()));
    for row in &keyring.keys {
        line(format_args!("  {}", key(row)));
        for certificate in &row.certificates {
            line(format_args!(
                "    {} {} until {} {}",
                if certificate.signing {
                    "signing"
                } else {
                    "encryption"
                },
                certificate
                    .family
                    .map_or_else(|| "?".to_owned(), |family| format!("{family:?}")),
                certificate.not_after,
                certificate.refused.map_or("usable", |code| code.name())
            ));
        }
    }
    line(format_args!("troubles: {}", keyring.troubles.len()));
    for trouble in &keyring.troubles {
        line(format_args!(
            "  {} {}",
            trouble.library,
            trouble.code.name()
        ));
    }
    {
        let settings = agent.settings();
        line(format_args!(
            "settings: pin entry {:?}, native prompt {}, key files {}, sites enabled by hand {}",
            settings.pin_entry(),
            agent.pins.has_window(),
            settings.key_files(),
            settings.enabled().count()
        ));
    }
    let (sites, listed) = {
        let consents = agent.consents();
        let listed = consents
            .grants()
            .keys()
            .filter(|origin| agent.policy.is_listed(origin));
        (consents.grants().len(), listed.count())
    };
    line(format_args!(
        "consents: {sites} sites, {listed} of the catalogue"
    ));
    line(format_args!(
        "journal: {} damaged ends",
        agent.journal().damage().len()
    ));
    let names = keyring.people();
    let desktop = agent.desktop();
    let diagnosis = crate::doctor::diagnose(&desktop, |_| {}).await.redacted();
    let _ = writeln!(text, "doctor: {} ms", diagnosis.millis);
    for finding in &diagnosis.findings {
        let outcome = match finding.outcome {
            Outcome::Good => "good",
            Outcome::Warning => "warning",
            Outcome::Unknown => "unknown",
            Outcome::Failed => "failed",
        };
        let case = finding.case.unwrap_or("-");
        let _ = writeln!(text, "  {} {outcome} {case}", finding.code);
        if finding.outcome != Outcome::Good {
            for seen in &finding.evidence {
                let _ = writeln!(text, "    {}", scrub(seen, &names));
            }
        }
    }
    // The last sieve: whatever a line above should have held back.
    for name in names.iter().filter(|name| name.chars().count() >= 2) {
        text = text.replace(name.as_str(), "***");
    }
    Ok(Json(Answer { text }))
}

fn key(row: &KeyRow) -> String {
    let provider = row.provider.as_ref();
    let tries = |left: Option<u32>| left.map_or_else(|| "?".to_owned(), |left| left.to_string());
    format!(
        "{} number {} device {} tries {}/{} {}",
        provider.map_or("unknown provider", |provider| provider.id.as_str()),
        row.key_number
            .as_deref()
            .map_or_else(|| "none".to_owned(), masked),
        masked(&row.serial),
        tries(row.tries_left),
        tries(row.admin_tries_left),
        row.refused.map_or("usable", |code| code.name())
    )
}
