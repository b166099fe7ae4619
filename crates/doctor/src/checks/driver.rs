//! What makers' drivers need around them: the catalogue, COM classes, the way of a setup, and other CAs' clients.

use std::path::PathBuf;

use pki::UnixTime;

use super::{OLD_CATALOGUE_SECONDS, both, rfc3339};
use crate::case::Link;
use crate::finding::{Finding, Outcome};
use crate::machine::*;
use crate::seen::Seen;

fn good(code: &'static str, summary: (&str, &str)) -> Finding {
    Finding::good(code, Link::Driver, summary)
}

pub(super) fn catalogue(seen: CatalogueSeen, now: UnixTime) -> Vec<Finding> {
    let mut evidence = vec![
        Seen::path(&seen.folder),
        Seen::Count {
            what: "providers",
            count: seen.providers as u64,
        },
    ];
    evidence.extend(seen.changed.map(|at| Seen::Time {
        what: "changed",
        at: rfc3339(at),
    }));
    let missing = !seen.missing_anchors.is_empty();
    let missed = seen.missing_anchors.into_iter();
    evidence.extend(missed.map(|name| Seen::named("missing anchor", name)));
    let old = seen
        .changed
        .is_some_and(|at| now.0 - at.0 > OLD_CATALOGUE_SECONDS);
    let stale = || Finding::of("catalogue", Outcome::Warning, "catalogue_stale");
    let finding = if missing {
        stale().saying((
            "目录缺少部分 CA 的信任锚",
            "The catalogue lacks some CAs' anchors",
        ))
    } else if old {
        stale().saying((
            "CA 目录已超过半年未更新",
            "The catalogue of CAs is more than half a year old",
        ))
    } else {
        good(
            "catalogue",
            ("CA 目录可用", "The catalogue of CAs is in order"),
        )
    };
    vec![finding.with(evidence)]
}

pub(super) fn classes(seen: Vec<ClassSeen>, _: UnixTime) -> Vec<Finding> {
    let bad: Vec<Seen> = seen
        .iter()
        .filter(|class| !class.wide || !class.narrow)
        .map(|class| {
            let missing = match (class.wide, class.narrow) {
                (false, false) => "absent",
                (true, _) => "absent for 32 bits",
                (false, true) => "absent for 64 bits",
            };
            Seen::named("class", format!("{} ({missing})", class.name))
        })
        .collect();
    vec![if bad.is_empty() {
        good("com_class", ("控件已注册", "The classes are registered"))
    } else {
        // Only old pages want them.
        Finding::of("com_class", Outcome::Warning, "class_not_registered").with(bad)
    }]
}

pub(super) fn clashes(seen: Vec<PathBuf>, _: UnixTime) -> Vec<Finding> {
    vec![if seen.is_empty() {
        good(
            "setup",
            ("没有同名文件妨碍安装", "Nothing stands in a setup's way"),
        )
    } else {
        let paths = seen.iter().map(|path| Seen::path(path));
        Finding::of("setup", Outcome::Warning, "setup_name_clash").with(paths)
    }]
}

/// Other CAs' clients work beside ours. What matters is a driver whose seal service is not there.
pub(super) fn clients(seen: Vec<ClientSeen>, _: UnixTime) -> Vec<Finding> {
    let line = |client: &ClientSeen| {
        let part = match client.part {
            ClientPart::Driver => "driver",
            ClientPart::SealService => "seal service",
        };
        let state = match (client.installed, client.running) {
            (false, _) => "not installed",
            (true, Some(false)) => "stopped",
            (true, Some(true)) => "running",
            (true, None) => "installed",
        };
        let port = client
            .port
            .map_or_else(String::new, |port| format!(" :{port}"));
        Seen::named(
            "client",
            format!("{} {part}: {state}{port}", both(&client.vendor)),
        )
    };
    let works = |client: &ClientSeen| client.installed && client.running != Some(false);
    let lame: Vec<Seen> = seen
        .iter()
        .filter(|client| client.part == ClientPart::SealService && !works(client))
        .filter(|client| {
            seen.iter().any(|other| {
                other.vendor == client.vendor && other.part == ClientPart::Driver && works(other)
            })
        })
        .map(line)
        .collect();
    vec![if lame.is_empty() {
        let found = seen.iter().any(|client| client.installed);
        let summary = if found {
            (
                "其他 CA 的客户端可以并存",
                "Other CAs' clients are beside ours, and may stay",
            )
        } else {
            ("没有其他 CA 的客户端", "There is no other CA's client")
        };
        good("vendor_clients", summary)
            .with(seen.iter().filter(|client| client.installed).map(line))
    } else {
        Finding::of("vendor_clients", Outcome::Warning, "seal_service_missing").with(lame)
    }]
}
