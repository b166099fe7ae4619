//! The client: whether it runs and can be reached, its files, its folders, where its windows open.

use pki::UnixTime;

use super::LEAST_ROOM;
use crate::case::{Action, Link};
use crate::finding::{Finding, Outcome};
use crate::machine::*;
use crate::seen::Seen;

fn good(code: &'static str, summary: (&str, &str)) -> Finding {
    Finding::good(code, Link::Agent, summary)
}

pub(super) fn agent(seen: AgentSeen, _: UnixTime) -> Vec<Finding> {
    let mut evidence: Vec<Seen> = seen
        .ports
        .iter()
        .map(|(port, holder)| Seen::Port {
            port: *port,
            holder: match holder {
                PortHolder::Free => "free".to_owned(),
                PortHolder::Agent { version } => {
                    format!("agent {}", version.as_deref().unwrap_or("?"))
                }
                PortHolder::Other { process } => process
                    .clone()
                    .unwrap_or_else(|| "another program".to_owned()),
            },
        })
        .collect();
    if let Some(service) = seen.service {
        evidence.push(Seen::said(match (service.installed, service.active) {
            (false, _) => "service: not installed",
            (true, Some(true)) => "service: running",
            (true, Some(false)) => "service: stopped",
            (true, None) => "service: installed",
        }));
    }
    let is = |wanted: fn(&PortHolder) -> bool| seen.ports.iter().any(|(_, holder)| wanted(holder));
    let finding = if is(|holder| matches!(holder, PortHolder::Agent { .. })) {
        good("agent_port", ("客户端正在运行", "The client is running"))
    } else if is(|holder| *holder == PortHolder::Free) {
        let finding = Finding::of("agent_port", Outcome::Failed, "agent_not_running").saying((
            "CA检测失败，未检测到客户端：客户端没有运行",
            "The client is not running",
        ));
        match seen.service {
            Some(ServiceSeen {
                installed: true, ..
            }) => finding,
            _ => finding.without(&[Action::StartService, Action::Reregister]),
        }
    } else {
        Finding::of("agent_port", Outcome::Failed, "port_taken").saying((
            "客户端的端口均被其他程序占用",
            "Other programs hold all the client's ports",
        ))
    };
    vec![finding.with(evidence)]
}

pub(super) fn programs(seen: Vec<ProgramSeen>, _: UnixTime) -> Vec<Finding> {
    let bad: Vec<&ProgramSeen> = seen
        .iter()
        .filter(|program| program.state != ProgramState::Present)
        .collect();
    if bad.is_empty() {
        let count = Seen::Count {
            what: "files",
            count: seen.len() as u64,
        };
        return vec![
            good(
                "client_files",
                ("程序文件齐全", "The program's files are all there"),
            )
            .with([count]),
        ];
    }
    let evidence = bad.into_iter().flat_map(|program| {
        let state = match &program.state {
            ProgramState::Present => "present".to_owned(),
            ProgramState::Missing => "missing".to_owned(),
            ProgramState::Damaged => "damaged".to_owned(),
            ProgramState::Quarantined { by } => format!("removed by {by}"),
        };
        [Seen::path(&program.path), Seen::said(state)]
    });
    vec![Finding::of("client_files", Outcome::Failed, "client_quarantined").with(evidence)]
}

pub(super) fn versions(seen: Vec<VersionSeen>, _: UnixTime) -> Vec<Finding> {
    let evidence = |version: &VersionSeen| Seen::Version {
        what: version.what.clone(),
        version: version.version.clone(),
        offered: version.offered.clone(),
    };
    let old: Vec<Seen> = seen
        .iter()
        .filter(|version| is_older(&version.version, &version.offered))
        .map(evidence)
        .collect();
    if old.is_empty() {
        return vec![
            good("client_version", ("版本够新", "Recent enough")).with(seen.iter().map(evidence)),
        ];
    }
    vec![Finding::of("client_version", Outcome::Warning, "client_outdated").with(old)]
}

/// By numbers, group by group: 0.10.0 is newer than 0.9.2.
fn is_older(version: &str, offered: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    numbers(version) < numbers(offered)
}

pub(super) fn site(seen: SiteSeen, _: UnixTime) -> Vec<Finding> {
    let origin = Seen::named("site", seen.origin);
    vec![match seen.refused {
        None => good("site", ("该网站可以使用 CA 锁", "The site may use the key")).with([origin]),
        Some(code) => Finding::of("site", Outcome::Failed, "site_not_allowed").with([
            origin,
            Seen::Code {
                code: code.name().to_owned(),
            },
        ]),
    }]
}

pub(super) fn folders(seen: FoldersSeen, _: UnixTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let room = seen.free_bytes.map(|bytes| Seen::Count {
        what: "free MB",
        count: bytes / (1024 * 1024),
    });
    let full = seen.refused.is_some() || seen.free_bytes.is_some_and(|bytes| bytes < LEAST_ROOM);
    findings.push(if full {
        Finding::of("disk", Outcome::Failed, "disk_full")
            .with(seen.paths.first().map(|path| Seen::path(path)))
            .with(room)
            .with(seen.refused.map(Seen::said))
    } else {
        good(
            "disk",
            (
                "磁盘空间充足，可以写入",
                "There is room, and files can be written",
            ),
        )
        .with(room)
    });
    let odd: Vec<Seen> = seen
        .paths
        .iter()
        .filter(|path| !path.display().to_string().is_ascii())
        .map(|path| Seen::path(path))
        .collect();
    let stale: Vec<Seen> = seen.stale.iter().map(|path| Seen::path(path)).collect();
    findings.push(if odd.is_empty() && stale.is_empty() {
        good("folders", ("目录正常", "The folders are in order"))
    } else {
        let nothing_to_clear: &[Action] = if stale.is_empty() {
            &[Action::ClearStale]
        } else {
            &[]
        };
        Finding::of("folders", Outcome::Warning, "bad_path")
            .without(nothing_to_clear)
            .with(odd)
            .with(stale)
    });
    findings
}

pub(super) fn display(seen: DisplaySeen, _: UnixTime) -> Vec<Finding> {
    vec![if seen.desktop && seen.pin_program {
        good(
            "pin_window",
            (
                "PIN 码在独立窗口中输入",
                "The PIN is entered in a window of its own",
            ),
        )
    } else {
        Finding::of("pin_window", Outcome::Warning, "no_display")
            .saying((
                "PIN 码将在客户端网页中输入",
                "The PIN will be entered on the client's page",
            ))
            .with([Seen::said(format!(
                "desktop: {}, pinentry: {}",
                seen.desktop, seen.pin_program
            ))])
    }]
}

pub(super) fn session(seen: SessionSeen, _: UnixTime) -> Vec<Finding> {
    let evidence: Vec<Seen> = seen
        .remote
        .map(|kind| Seen::named("session", kind))
        .into_iter()
        .chain(
            seen.virtual_machine
                .map(|maker| Seen::named("virtual machine", maker)),
        )
        .collect();
    vec![if evidence.is_empty() {
        good("session", ("在本机操作", "The session is on this computer"))
    } else {
        Finding::of("session", Outcome::Warning, "remote_session")
            .saying((
                "正在远程桌面或虚拟机中操作，可能看不到 CA 锁",
                "This is a remote session or a virtual machine, which may see no key",
            ))
            .with(evidence)
    }]
}

pub(super) fn proxy(seen: ProxySeen, _: UnixTime) -> Vec<Finding> {
    let evidence = seen
        .proxies
        .into_iter()
        .map(|proxy| Seen::named("proxy", proxy));
    vec![if seen.takes_loopback {
        Finding::of("proxy", Outcome::Warning, "port_taken")
            .without(&[Action::NextPort])
            .saying((
                "代理设置没有把本机地址除外",
                "The proxy stands before this computer's own address",
            ))
            .with(evidence)
    } else {
        good(
            "proxy",
            (
                "访问本机不经过代理",
                "This computer's own address goes by no proxy",
            ),
        )
        .with(evidence)
    }]
}

#[cfg(test)]
mod tests {
    use super::is_older;

    #[test]
    fn versions_are_compared_by_numbers() {
        assert!(is_older("0.9.2", "0.10.0"));
        assert!(!is_older("0.10.0", "0.9.2"));
        assert!(!is_older("1.0", "1.0"));
        assert!(is_older("1.0", "1.0.1"));
    }
}
