//! `yinxin-agent doctor`: looks at everything that a login needs, and says what is wrong and what to do.
//!
//! 0 when nothing failed, 1 when something did, 3 when something could not be found out.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use pki::UnixTime;
use serde_json::json;
use token::{ServiceOptions, TokenService};

use super::ask::language;
use super::choose::Rules;
use super::{Failure, Libraries};
use crate::doctor::{CatalogueFact, Facts, LibraryFact, Outcome, PlatformFact, Port, examine};
use crate::keyring::Keyring;
use crate::remote::Remote;
use crate::{instance, system_clock};

/// Options of `doctor`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub libraries: Libraries,
    #[command(flatten)]
    rules: Rules,
    /// A platform to reach, whose clock is compared.
    #[arg(long, value_name = "URL")]
    platform: Option<String>,
    /// A port of the agent; may be given more than once. Default: 17590, 27590, 37590.
    #[arg(long)]
    port: Vec<u16>,
}

/// Looks, and tells.
pub async fn doctor(options: Options) -> Result<(), Failure> {
    let findings = examine(&gather(&options).await?);
    let worst = findings.iter().map(|finding| finding.outcome).max();
    if options.libraries.json {
        println!("{}", json!({ "outcome": worst, "findings": findings }));
    } else {
        let language = language();
        for finding in &findings {
            let mark = match finding.outcome {
                Outcome::Good => "✓",
                Outcome::Warning => "!",
                Outcome::Unknown => "?",
                Outcome::Failed => "✗",
            };
            let text = |text: &catalogue::Text| language.pick(&text.zh, &text.en).to_owned();
            println!("{mark} {}  [{}]", text(&finding.summary), finding.code);
            for seen in &finding.evidence {
                println!("    {seen}");
            }
            if let Some(remedy) = &finding.remedy {
                println!("    → {}", text(remedy));
            }
        }
    }
    match worst {
        Some(Outcome::Failed) => Err(Failure::Told(1)),
        Some(Outcome::Unknown) => Err(Failure::Told(3)),
        _ => Ok(()),
    }
}

async fn gather(options: &Options) -> Result<Facts, Failure> {
    let numbers = if options.port.is_empty() {
        contract::AGENT_PORTS.to_vec()
    } else {
        options.port.clone()
    };
    let mut ports = Vec::new();
    for number in numbers {
        ports.push((number, port(number).await));
    }
    let folder = options.rules.folder()?;
    let catalogue = Arc::new(options.rules.load()?);
    // Each library by itself, so that its time is its own and one that hangs is named.
    let (mut libraries, mut listing) = (Vec::new(), token::Listing::default());
    for library in options.libraries.loaded(catalogue.modules()) {
        let path = library.path.clone();
        let service = TokenService::new(vec![library], ServiceOptions::default())?;
        let began = Instant::now();
        let listed = service.list().await;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let keys = match listed.failures.first() {
            Some(failure) => Err(failure.error.to_string()),
            None => Ok(listed.tokens.len()),
        };
        libraries.push(LibraryFact { path, millis, keys });
        listing.tokens.extend(listed.tokens);
        listing.failures.extend(listed.failures);
    }
    let now = system_clock()();
    let platform = match &options.platform {
        Some(address) => {
            let remote = Remote::at(address)?;
            let clock = remote.clock().await.map_err(|error| error.to_string());
            Some(PlatformFact {
                origin: remote.origin().to_owned(),
                clock,
            })
        }
        None => None,
    };
    Ok(Facts {
        now,
        ports,
        catalogue: CatalogueFact {
            changed: newest(&folder, 0),
            folder,
            providers: catalogue.providers().count(),
            missing_anchors: catalogue.missing_anchors().to_vec(),
        },
        libraries,
        keyring: Keyring::of(&listing, &catalogue, now),
        platform,
    })
}

async fn port(number: u16) -> Port {
    match instance::hello(number).await {
        Ok(hello) => Port::Agent {
            version: hello.version,
        },
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Port::Free,
        Err(_) => Port::Other,
    }
}

/// When the newest file of the catalogue was changed.
fn newest(folder: &Path, depth: usize) -> Option<UnixTime> {
    if depth > 3 {
        return None;
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let changed = entries.filter_map(|entry| {
        let about = entry.metadata().ok()?;
        if about.is_dir() {
            return newest(&entry.path(), depth + 1);
        }
        let since = about
            .modified()
            .ok()?
            .duration_since(std::time::UNIX_EPOCH)
            .ok()?;
        Some(UnixTime(i64::try_from(since.as_secs()).ok()?))
    });
    changed.max()
}
