//! `yinxin-agent tokens`: what is plugged in.

use std::path::PathBuf;
use std::sync::Arc;

use catalogue::Catalogue;
use clap::Args;
use serde_json::{Value, json};
use token::TokenInfo;

use super::{Failure, Libraries};
use crate::keyring::{Keyring, code_of};
use crate::system_clock;

/// Options of `tokens`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub libraries: Libraries,
    /// The catalogue: with it, providers and key numbers are told.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
}

/// Lists tokens; 3 when a library could not say and nothing else was found.
pub async fn tokens(options: Options) -> Result<(), Failure> {
    let catalogue = options
        .catalogue
        .as_deref()
        .map(Catalogue::load)
        .transpose()
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let modules = catalogue.as_ref().map(Catalogue::modules);
    let service = options.libraries.service(modules)?;
    options.libraries.unlock(&service).await?;
    let listing = service.list().await;
    if let (true, Some(failure)) = (listing.tokens.is_empty(), listing.failures.first()) {
        return Err(Failure::Undetermined(failure.error.to_string()));
    }
    let keys = catalogue
        .map(|catalogue| Keyring::of(&listing, &Arc::new(catalogue), system_clock()()).keys);
    if options.libraries.json {
        let failures: Vec<_> = listing
            .failures
            .iter()
            .map(|failure| json!({ "library": failure.library, "error": code_of(&failure.error).name(), "message": failure.error.to_string() }))
            .collect();
        let tokens: Vec<_> = listing.tokens.iter().map(token).collect();
        println!(
            "{}",
            json!({ "tokens": tokens, "keys": keys, "failures": failures })
        );
        return Ok(());
    }
    if listing.tokens.is_empty() {
        println!("未检测到 CA 锁 / no key is plugged in");
    }
    for info in &listing.tokens {
        let tries = tries_left(info).map_or_else(|| "?".to_owned(), |left| left.to_string());
        let not_hardware = if info.hardware {
            ""
        } else {
            "  非硬件介质 / not hardware"
        };
        println!(
            "{}  {}  {}  PIN tries left: {tries}{not_hardware}",
            info.device, info.label, info.manufacturer
        );
        for container in &info.containers {
            let kind = container
                .kind
                .map_or_else(|| "empty".to_owned(), |kind| format!("{kind:?}"));
            let certificate = container
                .signing_certificate
                .as_deref()
                .map(pki::Certificate::from_der);
            let subject = match certificate {
                None => "no certificate".to_owned(),
                Some(Err(error)) => error.to_string(),
                Some(Ok(certificate)) => certificate.subject().rfc4514(),
            };
            println!(
                "  {}/{}  {kind}  {subject}",
                container.application, container.name
            );
        }
    }
    for unknown in keys.iter().flatten().filter_map(|row| row.unknown.as_ref()) {
        println!(
            "未收录的 CA / no provider of the catalogue: {}",
            unknown.issuer
        );
        println!("  --json 给出待补全的 CA 文件 / --json gives a provider file to complete");
    }
    for failure in &listing.failures {
        eprintln!("{}: {}", failure.library.display(), failure.error);
    }
    Ok(())
}

fn token(info: &TokenInfo) -> Value {
    let containers: Vec<_> = info
        .containers
        .iter()
        .map(|container| {
            let certificate =
                container.signing_certificate.as_deref().and_then(|der| pki::Certificate::from_der(der).ok());
            json!({
                "application": container.application,
                "name": container.name,
                "kind": container.kind,
                "subject": certificate.as_ref().map(|certificate| certificate.subject().rfc4514()),
                "not_after": certificate.as_ref().map(|certificate| crate::rfc3339(certificate.not_after())),
                "fingerprint_sha256": certificate.as_ref().map(|certificate| hex::encode(certificate.sha256_fingerprint())),
            })
        })
        .collect();
    json!({
        "library": info.library,
        "kind": info.kind,
        "hardware": info.hardware,
        "device": info.device,
        "label": info.label,
        "serial": info.serial,
        "manufacturer": info.manufacturer,
        "tries_left": tries_left(info),
        "containers": containers,
        "trouble": info.trouble.as_ref().map(ToString::to_string),
    })
}

/// The fewest tries of the token's applications: the one that locks first is the one to know of.
fn tries_left(info: &TokenInfo) -> Option<u32> {
    info.applications
        .iter()
        .filter_map(|application| application.user_pin.map(|tries| tries.left))
        .min()
}
