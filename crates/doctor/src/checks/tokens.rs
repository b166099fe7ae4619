//! Libraries, keys, their PINs and certificates.

use std::collections::BTreeMap;

use contract::ErrorCode;
use pki::UnixTime;

use super::{SLOW_MILLIS, SOON_SECONDS, rfc3339};
use crate::case::{Action, Link};
use crate::finding::{Finding, Outcome};
use crate::machine::*;
use crate::redact::file_name;
use crate::seen::Seen;

pub(super) fn tokens(seen: TokensSeen, now: UnixTime) -> Vec<Finding> {
    let mut findings = libraries(&seen);
    findings.extend(present(&seen));
    findings.extend(readers(&seen));
    findings.extend(troubles(&seen));
    for key in &seen.keys {
        findings.extend([provider(key), pin(key), certificate(key, now)]);
        findings.extend(revocation(key));
    }
    findings
}

fn libraries(seen: &TokensSeen) -> Vec<Finding> {
    if seen.libraries.is_empty() {
        return vec![Finding::of("library", Outcome::Failed, "driver_missing")];
    }
    let mut findings: Vec<Finding> = seen.libraries.iter().map(library).collect();
    let mut copies: BTreeMap<String, Vec<&LibrarySeen>> = BTreeMap::new();
    for library in &seen.libraries {
        let name = file_name(&library.path.display().to_string());
        copies.entry(name).or_default().push(library);
    }
    let twice: Vec<Seen> = copies
        .values()
        .filter(|copies| copies.len() > 1)
        .flatten()
        .map(|library| Seen::path(&library.path))
        .collect();
    if !twice.is_empty() {
        findings
            .push(Finding::of("library_copies", Outcome::Warning, "drivers_conflict").with(twice));
    }
    findings
}

fn library(library: &LibrarySeen) -> Finding {
    let mut evidence = vec![
        Seen::path(&library.path),
        Seen::Millis {
            millis: library.millis,
        },
    ];
    let finding = match &library.keys {
        Ok(keys) => {
            evidence.push(Seen::Count {
                what: "keys",
                count: *keys as u64,
            });
            if library.millis > SLOW_MILLIS {
                Finding::of("library", Outcome::Warning, "driver_hangs")
                    .saying(("驱动程序响应缓慢", "A driver is slow to answer"))
            } else {
                Finding::good(
                    "library",
                    Link::Driver,
                    ("驱动程序可用", "The driver works"),
                )
            }
        }
        Err(LibraryFault::Missing) => {
            // Its own words lead to the five steps of the quarantine; the place of the fault is the driver.
            let mut finding = Finding::of("library", Outcome::Failed, "client_quarantined");
            finding.link = Link::Driver;
            evidence.push(Seen::said("missing"));
            finding
        }
        Err(LibraryFault::Hangs) => Finding::of("library", Outcome::Failed, "driver_hangs"),
        Err(LibraryFault::Unloadable(why) | LibraryFault::Other(why)) => {
            evidence.push(Seen::said(why.clone()));
            Finding::of("library", Outcome::Failed, "driver_unloadable")
        }
    };
    finding.with(evidence)
}

fn present(seen: &TokensSeen) -> Vec<Finding> {
    let count = Seen::Count {
        what: "keys",
        count: seen.keys.len() as u64,
    };
    // Without a driver that answers nobody can say what is plugged in.
    let blind = !seen.libraries.iter().any(|library| library.keys.is_ok());
    let unreached = |usb: &&UsbSeen| !usb.reached || usb.error.is_some();
    let unknown: Vec<Seen> = seen.usb.iter().filter(unreached).map(usb).collect();
    if !unknown.is_empty() {
        let outcome = if seen.keys.is_empty() {
            Outcome::Failed
        } else {
            Outcome::Warning
        };
        return vec![Finding::of("key_present", outcome, "usb_unknown").with(unknown)];
    }
    if seen.keys.is_empty() && blind {
        return vec![
            Finding::unknown(
                "key_present",
                Link::Token,
                (
                    "驱动没有应答，无法得知插了什么",
                    "No driver answers: it is not known what is plugged in",
                ),
            )
            .with([count]),
        ];
    }
    if seen.keys.is_empty() {
        return vec![
            Finding::of("key_present", Outcome::Failed, "key_not_found")
                .saying((
                    "无法获取证书：未检测到 CA 锁",
                    "No certificate could be read: no key is plugged in",
                ))
                .with([count]),
        ];
    }
    let mut found = vec![
        Finding::good(
            "key_present",
            Link::Token,
            ("已检测到 CA 锁", "A key is plugged in"),
        )
        .with([count])
        .with(seen.keys.iter().map(|key| {
            // Which library answers for which key.
            Seen::named("reached by", key.libraries.join(", "))
        })),
    ];
    let usable = seen.keys.iter().filter(|key| usable(key)).count();
    if usable > 1 {
        let numbers = seen.keys.iter().map(|key| Seen::Key {
            number: key.number.clone(),
        });
        found.push(Finding::of("key_count", Outcome::Warning, "several_keys").with(numbers));
    }
    found
}

fn usable(key: &KeySeen) -> bool {
    key.tries_left != Some(0)
        && key
            .certificates
            .iter()
            .any(|certificate| certificate.signing && certificate.refused.is_none())
}

fn usb(usb: &UsbSeen) -> Seen {
    let name = usb
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!(" {}", super::both(name)));
    let error = usb
        .error
        .map_or_else(String::new, |error| format!(" (error {error})"));
    Seen::named("usb", format!("{}{name}{error}", usb.id))
}

fn readers(seen: &TokensSeen) -> Option<Finding> {
    let silent: Vec<Seen> = seen
        .readers
        .iter()
        .filter(|reader| reader.inserted && !reader.answered)
        .map(|reader| Seen::named("reader", reader.name.clone()))
        .collect();
    if silent.is_empty() {
        return None;
    }
    Some(Finding::of("reader", Outcome::Failed, "card_backwards").with(silent))
}

fn troubles(seen: &TokensSeen) -> Vec<Finding> {
    let of = |code: ErrorCode| {
        seen.troubles
            .iter()
            .find(|trouble| trouble.code == code)
            .map(|trouble| Seen::named("library", trouble.library.clone()))
    };
    let mut findings = Vec::new();
    if let Some(library) = of(ErrorCode::TokenBusy) {
        let holders = seen.holders.iter().map(|holder| Seen::Process {
            name: holder.process.clone(),
            pid: holder.pid,
        });
        findings.push(
            Finding::of("key_busy", Outcome::Failed, "device_busy")
                .with([library])
                .with(holders),
        );
    }
    if let Some(library) = of(ErrorCode::TokenRemoved) {
        findings.push(Finding::of("key_removed", Outcome::Failed, "key_pulled").with([library]));
    }
    findings
}

fn named(key: &KeySeen) -> Seen {
    Seen::Key {
        number: key.number.clone(),
    }
}

fn provider(key: &KeySeen) -> Finding {
    match &key.provider {
        Some(provider) => Finding::good(
            "key_provider",
            Link::Ca,
            ("已识别 CA 服务商", "The key's CA is known"),
        )
        .with([named(key), Seen::named("provider", provider.clone())]),
        // A key without any certificate is another case.
        None if key.certificates.is_empty() => Finding::unknown(
            "key_provider",
            Link::Ca,
            (
                "没有证书，无从识别 CA 服务商",
                "No certificate to know the CA by",
            ),
        )
        .with([named(key)]),
        None => Finding::of("key_provider", Outcome::Warning, "issuer_not_approved")
            .saying(("无法识别证书的 CA 服务商", "The key's CA is not known"))
            .with([named(key)])
            .with(
                key.issuer
                    .clone()
                    .map(|issuer| Seen::named("issuer", issuer)),
            ),
    }
}

fn pin(key: &KeySeen) -> Finding {
    let code = "pin_tries";
    let Some(left) = key.tries_left else {
        return Finding::good(
            code,
            Link::Token,
            (
                "锁没有告知剩余次数",
                "The key does not tell how many tries are left",
            ),
        )
        .with([named(key)]);
    };
    let evidence = [
        named(key),
        Seen::Count {
            what: "tries left",
            count: u64::from(left),
        },
    ];
    let finding = match (left, key.tries_most) {
        (0, _) => Finding::of(code, Outcome::Failed, "pin_locked"),
        (1, most) if most != Some(1) => Finding::of(code, Outcome::Warning, "pin_wrong").saying((
            "PIN 码只剩最后一次机会",
            "One try is left before the PIN locks",
        )),
        (left, Some(most)) if left < most => Finding::of(code, Outcome::Warning, "pin_wrong")
            .without(&[Action::Unlock])
            .saying(("此前输错过 PIN 码", "A wrong PIN was entered before")),
        _ => Finding::good(code, Link::Token, ("PIN 码未锁", "The PIN is not locked")),
    };
    finding.with(evidence)
}

fn certificate(key: &KeySeen, now: UnixTime) -> Finding {
    let code = "certificate";
    let signing: Vec<&CertificateSeen> = key
        .certificates
        .iter()
        .filter(|certificate| certificate.signing)
        .collect();
    let mut evidence = vec![named(key)];
    for certificate in &signing {
        evidence.push(Seen::Certificate {
            serial: certificate.serial.clone(),
        });
        evidence.push(Seen::Time {
            what: "from",
            at: rfc3339(certificate.not_before),
        });
        evidence.push(Seen::Time {
            what: "until",
            at: rfc3339(certificate.not_after),
        });
    }
    let good = signing.iter().find(|certificate| {
        certificate.refused.is_none()
            && certificate.not_before.0 <= now.0
            && now.0 <= certificate.not_after.0
    });
    let finding = match (good, signing.first()) {
        (_, None) => Finding::of(code, Outcome::Failed, "certificate_missing"),
        (Some(certificate), _) if certificate.not_after.0 - now.0 < SOON_SECONDS => {
            Finding::of(code, Outcome::Warning, "expires_soon").saying((
                "证书将在 30 天内到期",
                "The certificate ends within 30 days",
            ))
        }
        (Some(_), _) => Finding::good(
            code,
            Link::Certificate,
            ("证书在有效期内", "The certificate is within its time"),
        ),
        (None, Some(first)) if now.0 > first.not_after.0 => {
            Finding::of(code, Outcome::Failed, "certificate_expired")
        }
        (None, Some(first)) => {
            let refused = if now.0 < first.not_before.0 {
                ErrorCode::CertificateNotYetValid
            } else {
                first.refused.unwrap_or(ErrorCode::KeyUsageRefused)
            };
            refused_as(code, refused)
        }
    };
    finding.with(evidence)
}

/// What has a code of the contract and no case of its own speaks in the code's words.
fn refused_as(code: &'static str, refused: ErrorCode) -> Finding {
    match crate::codes::case_of(refused) {
        Some(case) => Finding::of_case(code, Outcome::Failed, case),
        None => {
            let message = refused.message();
            Finding {
                outcome: Outcome::Failed,
                remedy: Some(refused.remedy()),
                steps: vec![refused.remedy()],
                ..Finding::good(code, Link::Certificate, (&message.zh, &message.en))
            }
        }
    }
}

fn revocation(key: &KeySeen) -> Option<Finding> {
    let signing = key
        .certificates
        .iter()
        .find(|certificate| certificate.signing)?;
    match &signing.revocation {
        RevocationSeen::Revoked(reason) => Some(
            Finding::of("revocation", Outcome::Failed, "certificate_revoked").with([
                named(key),
                Seen::Code {
                    code: reason.clone(),
                },
            ]),
        ),
        RevocationSeen::Good => Some(
            Finding::good(
                "revocation",
                Link::Ca,
                ("证书未被吊销", "The certificate is not revoked"),
            )
            .with([named(key)]),
        ),
        // The platform asks afresh whenever it matters; that nothing lies on this computer is no fault.
        RevocationSeen::Unknown => None,
    }
}
