//! The platform: its reach and clock, and what it knows of the account and of a key that was shown.

use contract::ErrorCode;
use pki::UnixTime;

use super::{MAX_SKEW_SECONDS, OPENING_MARGIN_SECONDS, SOON_SECONDS, both, rfc3339};
use crate::case::{Action, Link};
use crate::finding::{Finding, Outcome};
use crate::machine::*;
use crate::seen::Seen;

fn good(code: &'static str, summary: (&str, &str)) -> Finding {
    Finding::good(code, Link::Platform, summary)
}

pub(super) fn platform(seen: PlatformSeen, _: UnixTime) -> Vec<Finding> {
    let origin = Seen::named("platform", seen.origin);
    vec![match seen.skew {
        Err(why) => Finding::of("platform", Outcome::Failed, "platform_unreachable")
            .with([origin, Seen::said(why)]),
        Ok(None) => Finding::unknown(
            "platform_clock",
            Link::Platform,
            ("平台没有告知时间", "The platform does not tell its time"),
        )
        .with([origin]),
        Ok(Some(seconds)) if seconds.abs() > MAX_SKEW_SECONDS => {
            Finding::of("platform_clock", Outcome::Failed, "clock_skew")
                .saying((
                    "本机时间与平台相差超过五分钟",
                    "This machine's clock is more than five minutes off the platform's",
                ))
                .with([origin, Seen::Skew { seconds }])
        }
        Ok(Some(seconds)) => good(
            "platform_clock",
            (
                "平台可达，时间一致",
                "The platform answers and the clocks agree",
            ),
        )
        .with([origin, Seen::Skew { seconds }]),
    }]
}

pub(super) fn account(seen: AccountSeen, now: UnixTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(key) = &seen.key {
        findings.extend(shown(key, &seen.providers, now));
    }
    findings.extend(deadlines(&seen, now));
    match seen.seals {
        Some(0) if !seen.bound.is_empty() || seen.key.is_some() => {
            findings.push(Finding::of("seals", Outcome::Warning, "no_seal"));
        }
        Some(count) if count > 0 => findings.push(
            good("seals", ("已有可用印章", "There is a seal to use")).with([Seen::Count {
                what: "seals",
                count: count as u64,
            }]),
        ),
        _ => {}
    }
    if !seen.unconfirmed.is_empty() {
        let numbers = seen
            .unconfirmed
            .into_iter()
            .map(|number| Seen::named("application", number));
        findings.push(
            Finding::of("receipt", Outcome::Warning, "unlock_before_receipt")
                .saying((
                    "有 CA 锁已寄出，尚未确认收货",
                    "A key was sent and its receipt is not confirmed",
                ))
                .with(numbers),
        );
    }
    findings
}

fn shown(key: &ShownKey, providers: &[contract::Text], now: UnixTime) -> Vec<Finding> {
    let number = key.number.clone().map(|number| Seen::Key { number });
    let mut findings = vec![certificate(key, now).with(number.clone())];
    if let RevocationSeen::Revoked(reason) = &key.revocation {
        findings.push(
            Finding::of("revocation", Outcome::Failed, "certificate_revoked")
                .with(number.clone())
                .with([Seen::Code {
                    code: reason.clone(),
                }]),
        );
    }
    let names = |list: &[contract::Text]| -> Vec<Seen> {
        list.iter()
            .map(|name| Seen::named("supported", both(name)))
            .collect()
    };
    let provider = key
        .provider
        .as_ref()
        .map(|name| Seen::named("provider", both(name)));
    findings.push(if key.supported {
        good("provider", ("平台支持该 CA", "The platform takes this CA")).with(provider.clone())
    } else {
        Finding::of("provider", Outcome::Failed, "provider_unsupported")
            .with(provider.clone())
            .with(names(providers))
    });
    if let Some(expected) = &key.expected
        && key.provider.as_ref() != Some(expected)
    {
        findings.push(
            Finding::of("chosen_provider", Outcome::Warning, "wrong_provider_chosen")
                .with([Seen::named("chosen", both(expected))])
                .with(provider.clone()),
        );
    }
    if key.supported && !key.may_seal {
        findings.push(
            Finding::of("may_seal", Outcome::Warning, "seals_apart")
                .with(provider)
                .with(names(&key.sealing)),
        );
    }
    if key.same_organisation == Some(false) {
        findings.push(
            Finding::of("organisation", Outcome::Failed, "company_renamed").with(number.clone()),
        );
    }
    if key.supported
        && let Some(seen) = &key.binding
    {
        findings.push(binding(key, seen).with(number));
    }
    findings
}

fn certificate(key: &ShownKey, now: UnixTime) -> Finding {
    let code = "shown_certificate";
    match key.refused {
        _ if now.0 > key.not_after.0 => Finding::of(code, Outcome::Failed, "certificate_expired"),
        Some(ErrorCode::PathInvalid | ErrorCode::ProviderUnknown) => {
            Finding::of(code, Outcome::Failed, "issuer_not_approved")
        }
        Some(refused) => {
            let message = refused.message();
            Finding {
                outcome: Outcome::Failed,
                remedy: Some(refused.remedy()),
                steps: vec![refused.remedy()],
                ..Finding::good(code, Link::Certificate, (&message.zh, &message.en))
            }
        }
        None => Finding::good(
            code,
            Link::Certificate,
            (
                "证书由受信任的 CA 签发且在有效期内",
                "The certificate is of a trusted CA and within its time",
            ),
        ),
    }
    .with([Seen::Time {
        what: "until",
        at: rfc3339(key.not_after),
    }])
}

fn binding(key: &ShownKey, seen: &BindingSeen) -> Finding {
    match seen {
        BindingSeen::Fine => good("binding", ("绑定正常", "The binding is in order")),
        BindingSeen::None if !key.may_log_in => good(
            "binding",
            (
                "该 CA 在本平台无需绑定",
                "Keys of this CA are not bound here",
            ),
        ),
        BindingSeen::None => Finding::of("binding", Outcome::Failed, "not_bound"),
        BindingSeen::Elsewhere(owner) => Finding::of("binding", Outcome::Failed, "bound_elsewhere")
            .with([Seen::named("account", owner.clone())]),
        BindingSeen::Older(number) => {
            Finding::of("binding", Outcome::Failed, "renewed_key_unbound").with([Seen::Key {
                number: number.clone(),
            }])
        }
    }
}

fn deadlines(seen: &AccountSeen, now: UnixTime) -> Option<Finding> {
    let ends: Vec<(&str, UnixTime)> = seen
        .bound
        .iter()
        .filter_map(|(number, end)| Some((number.as_str(), (*end)?)))
        .chain(
            seen.key
                .iter()
                .map(|key| (key.number.as_deref().unwrap_or("?"), key.not_after)),
        )
        .collect();
    let mut evidence = Vec::new();
    for (name, at) in seen.deadlines.iter().filter(|(_, at)| at.0 >= now.0) {
        for (number, end) in &ends {
            if end.0 >= now.0 && end.0 < at.0 + OPENING_MARGIN_SECONDS {
                evidence.extend([
                    Seen::named("deadline", name.clone()),
                    Seen::Time {
                        what: "opening",
                        at: rfc3339(*at),
                    },
                    Seen::Key {
                        number: (*number).to_owned(),
                    },
                    Seen::Time {
                        what: "until",
                        at: rfc3339(*end),
                    },
                ]);
            }
        }
    }
    let of = |evidence: Vec<Seen>| {
        Finding::of("certificate_end", Outcome::Warning, "expires_soon")
            .without(&[Action::Ticket])
            .with(evidence)
    };
    if !evidence.is_empty() {
        return Some(of(evidence));
    }
    let soon = ends
        .iter()
        .find(|(_, end)| end.0 >= now.0 && end.0 - now.0 < SOON_SECONDS)?;
    Some(
        of(vec![
            Seen::Key {
                number: soon.0.to_owned(),
            },
            Seen::Time {
                what: "until",
                at: rfc3339(soon.1),
            },
        ])
        .saying((
            "证书将在 30 天内到期",
            "The certificate ends within 30 days",
        )),
    )
}
