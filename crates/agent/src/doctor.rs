//! What is wrong with this desktop's keys, and what to do: facts in, findings out.
//!
//! The engine knows nothing of libraries, ports or clocks: whoever asks gathers [`Facts`] and shows [`Finding`]s.
//! Each check has a stable code and says something in every case, so that a support desk sees what was looked
//! at and not only what was bad.

use std::path::PathBuf;

use catalogue::Text;
use pki::UnixTime;
use serde::Serialize;

use crate::keyring::{KeyRow, Keyring};

/// A certificate that ends within this time is told of: renewal opens up to ninety days before.
const SOON_SECONDS: i64 = 30 * 86_400;
/// A clock that is further off makes signatures invalid elsewhere (failure catalogue, 36).
const MAX_SKEW_SECONDS: i64 = 5 * 60;
/// A catalogue that is older has missed new anchors.
const OLD_CATALOGUE_SECONDS: i64 = 180 * 86_400;
/// A library that takes longer to list its keys makes people think that nothing happens.
const SLOW_MILLIS: u64 = 2000;

/// What was found out before the checks.
#[derive(Clone, Debug)]
pub struct Facts {
    /// This machine's clock.
    pub now: UnixTime,
    /// The agent's ports, in the order in which pages try them.
    pub ports: Vec<(u16, Port)>,
    /// The catalogue.
    pub catalogue: CatalogueFact,
    /// Libraries that were asked for their keys.
    pub libraries: Vec<LibraryFact>,
    /// The keys.
    pub keyring: Keyring,
    /// The platform, where one was named.
    pub platform: Option<PlatformFact>,
}

/// What answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// Nothing.
    Free,
    /// An agent.
    Agent {
        /// Its version.
        version: String,
    },
    /// Another program, or an agent of another user.
    Other,
}

/// The catalogue.
#[derive(Clone, Debug, Default)]
pub struct CatalogueFact {
    /// Its folder.
    pub folder: PathBuf,
    /// Providers in it.
    pub providers: usize,
    /// Anchors that it names and that were not found.
    pub missing_anchors: Vec<String>,
    /// When its newest file was changed.
    pub changed: Option<UnixTime>,
}

/// A library.
#[derive(Clone, Debug)]
pub struct LibraryFact {
    /// Its path.
    pub path: PathBuf,
    /// How long it took to list its keys.
    pub millis: u64,
    /// How many keys it listed, or why not.
    pub keys: Result<usize, String>,
}

/// A platform.
#[derive(Clone, Debug)]
pub struct PlatformFact {
    /// Its origin.
    pub origin: String,
    /// Its clock, or why it could not be reached.
    pub clock: Result<Option<UnixTime>, String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Good,
    /// It works, but not for long or not well.
    Warning,
    /// It could not be found out.
    Unknown,
    /// It does not work.
    Failed,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The check's stable code.
    pub code: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What that means.
    pub summary: Text,
    /// What was seen: paths, numbers, times. No names of people.
    pub evidence: Vec<String>,
    /// What to do; absent where nothing is to be done.
    pub remedy: Option<Text>,
}

/// Runs every check.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![ports(&facts.ports), catalogue(&facts.catalogue, facts.now)];
    findings.extend(libraries(&facts.libraries));
    findings.push(keys(&facts.keyring));
    for row in &facts.keyring.keys {
        findings.extend([provider(row), pin(row), certificates(row, facts.now)]);
    }
    findings.extend(
        facts
            .platform
            .iter()
            .map(|platform| clock(platform, facts.now)),
    );
    findings
}

fn finding(
    code: &'static str,
    outcome: Outcome,
    (zh, en): (&str, &str),
    evidence: Vec<String>,
    remedy: Option<(&str, &str)>,
) -> Finding {
    let text = |(zh, en): (&str, &str)| Text {
        zh: zh.into(),
        en: en.into(),
    };
    Finding {
        code,
        outcome,
        summary: text((zh, en)),
        evidence,
        remedy: remedy.map(text),
    }
}

fn ports(ports: &[(u16, Port)]) -> Finding {
    let word = |port: &Port| match port {
        Port::Free => "free".to_owned(),
        Port::Agent { version } => format!("agent {version}"),
        Port::Other => "another program".to_owned(),
    };
    let evidence = ports
        .iter()
        .map(|(number, port)| format!("{number}: {}", word(port)))
        .collect();
    let answers = ports
        .iter()
        .any(|(_, port)| matches!(port, Port::Agent { .. }));
    let free = ports.iter().any(|(_, port)| *port == Port::Free);
    if answers {
        return finding(
            "agent_port",
            Outcome::Good,
            ("客户端正在运行", "The client is running"),
            evidence,
            None,
        );
    }
    if free {
        let remedy = (
            "请启动印信客户端：yinxin-agent serve",
            "Start the client: yinxin-agent serve",
        );
        return finding(
            "agent_port",
            Outcome::Failed,
            ("客户端没有运行", "The client is not running"),
            evidence,
            Some(remedy),
        );
    }
    let remedy = (
        "请关闭占用端口的程序，或注销另一位用户后重试。",
        "Close the programs that hold the ports, or log the other user out, and try again.",
    );
    finding(
        "agent_port",
        Outcome::Failed,
        (
            "客户端的端口均被其他程序占用",
            "Other programs hold all the client's ports",
        ),
        evidence,
        Some(remedy),
    )
}

fn catalogue(fact: &CatalogueFact, now: UnixTime) -> Finding {
    let mut evidence = vec![
        fact.folder.display().to_string(),
        format!("providers: {}", fact.providers),
    ];
    if let Some(changed) = fact.changed {
        evidence.push(format!("changed: {}", crate::rfc3339(changed)));
    }
    if !fact.missing_anchors.is_empty() {
        evidence.extend(
            fact.missing_anchors
                .iter()
                .map(|name| format!("missing anchor: {name}")),
        );
        let remedy = (
            "请补齐信任锚文件，或以 --anchors 指明所在目录。",
            "Supply the anchor files, or name their folder by --anchors.",
        );
        return finding(
            "catalogue",
            Outcome::Warning,
            (
                "目录缺少部分 CA 的信任锚",
                "The catalogue lacks some CAs' anchors",
            ),
            evidence,
            Some(remedy),
        );
    }
    if fact
        .changed
        .is_some_and(|changed| now.0 - changed.0 > OLD_CATALOGUE_SECONDS)
    {
        let remedy = ("请更新客户端。", "Update the client.");
        return finding(
            "catalogue",
            Outcome::Warning,
            (
                "CA 目录已超过半年未更新",
                "The catalogue of CAs is more than half a year old",
            ),
            evidence,
            Some(remedy),
        );
    }
    finding(
        "catalogue",
        Outcome::Good,
        ("CA 目录可用", "The catalogue of CAs is in order"),
        evidence,
        None,
    )
}

fn libraries(facts: &[LibraryFact]) -> Vec<Finding> {
    if facts.is_empty() {
        let remedy = (
            "请安装 CA 服务商的驱动程序，或以 --library 指明其路径。",
            "Install the CA's driver, or name its library by --library.",
        );
        return vec![finding(
            "library",
            Outcome::Failed,
            ("CA检测失败，未检测到驱动", "No driver for keys was found"),
            Vec::new(),
            Some(remedy),
        )];
    }
    facts.iter().map(library).collect()
}

fn library(fact: &LibraryFact) -> Finding {
    let mut evidence = vec![
        fact.path.display().to_string(),
        format!("{} ms", fact.millis),
    ];
    match &fact.keys {
        Err(error) => {
            evidence.push(error.clone());
            let remedy = (
                "请重新安装该驱动程序，并确认其与系统位数一致。",
                "Install this driver again, in the word size of the system.",
            );
            finding(
                "library",
                Outcome::Failed,
                (
                    "驱动程序没有响应或无法加载",
                    "A driver does not answer or can't be loaded",
                ),
                evidence,
                Some(remedy),
            )
        }
        Ok(keys) => {
            evidence.push(format!("keys: {keys}"));
            if fact.millis > SLOW_MILLIS {
                let remedy = (
                    "请换一个 USB 口，或更新驱动程序。",
                    "Try another USB port, or update the driver.",
                );
                return finding(
                    "library",
                    Outcome::Warning,
                    ("驱动程序响应缓慢", "A driver is slow to answer"),
                    evidence,
                    Some(remedy),
                );
            }
            finding(
                "library",
                Outcome::Good,
                ("驱动程序可用", "The driver works"),
                evidence,
                None,
            )
        }
    }
}

fn keys(keyring: &Keyring) -> Finding {
    let evidence = vec![format!("keys: {}", keyring.keys.len())];
    if keyring.keys.is_empty() {
        let remedy = (
            "请插入 CA 锁；若已插入，请换一个 USB 口重插。",
            "Plug the key in. If it is, take it out and try another USB port.",
        );
        return finding(
            "key_present",
            Outcome::Failed,
            ("未检测到 CA 锁", "No key is plugged in"),
            evidence,
            Some(remedy),
        );
    }
    finding(
        "key_present",
        Outcome::Good,
        ("已检测到 CA 锁", "A key is plugged in"),
        evidence,
        None,
    )
}

/// A key by its number; its serial where it has none. Never its holder's name.
fn name(row: &KeyRow) -> String {
    format!("key: {}", row.key_number.as_deref().unwrap_or(&row.serial))
}

fn provider(row: &KeyRow) -> Finding {
    let mut evidence = vec![name(row)];
    if let Some(provider) = &row.provider {
        evidence.push(format!("provider: {}", provider.id));
        return finding(
            "key_provider",
            Outcome::Good,
            ("已识别 CA 服务商", "The key's CA is known"),
            evidence,
            None,
        );
    }
    evidence.extend(
        row.certificates
            .first()
            .map(|certificate| format!("issuer: {}", certificate.issuer)),
    );
    let remedy = (
        "请确认平台支持该 CA；如支持，请更新客户端。",
        "Ask whether the platform supports this CA; if it does, update the client.",
    );
    finding(
        "key_provider",
        Outcome::Warning,
        ("无法识别证书的 CA 服务商", "The key's CA is not known"),
        evidence,
        Some(remedy),
    )
}

fn pin(row: &KeyRow) -> Finding {
    let mut evidence = vec![name(row)];
    let Some(left) = row.tries_left else {
        let summary = (
            "锁没有告知剩余次数",
            "The key does not tell how many tries are left",
        );
        return finding("pin_tries", Outcome::Unknown, summary, evidence, None);
    };
    evidence.push(format!("tries left: {left}"));
    match left {
        0 => {
            let remedy = (
                "请由单位管理员或 CA 服务商解锁：yinxin-agent pin unblock",
                "Have the administrator or the CA unlock it: yinxin-agent pin unblock",
            );
            finding(
                "pin_tries",
                Outcome::Failed,
                ("PIN 码已锁死", "The PIN is locked"),
                evidence,
                Some(remedy),
            )
        }
        1 => {
            let remedy = (
                "再输错一次即锁死：请先与单位管理员核对 PIN 码。",
                "One more wrong PIN locks the key: ask the administrator for the PIN first.",
            );
            finding(
                "pin_tries",
                Outcome::Warning,
                (
                    "PIN 码只剩最后一次机会",
                    "One try is left before the PIN locks",
                ),
                evidence,
                Some(remedy),
            )
        }
        _ => finding(
            "pin_tries",
            Outcome::Good,
            ("PIN 码未锁", "The PIN is not locked"),
            evidence,
            None,
        ),
    }
}

fn certificates(row: &KeyRow, now: UnixTime) -> Finding {
    let mut evidence = vec![name(row)];
    let signing: Vec<_> = row
        .certificates
        .iter()
        .filter(|certificate| certificate.signing)
        .collect();
    evidence.extend(signing.iter().map(|certificate| {
        format!(
            "{}: {} – {}",
            certificate.serial, certificate.not_before, certificate.not_after
        )
    }));
    if signing.is_empty() {
        let remedy = (
            "请联系 CA 服务商写入证书。",
            "Ask the CA to write the certificate.",
        );
        return finding(
            "certificate",
            Outcome::Failed,
            (
                "CA 锁中没有签名证书",
                "The key holds no signing certificate",
            ),
            evidence,
            Some(remedy),
        );
    }
    let Some(good) = signing
        .iter()
        .find(|certificate| certificate.refused.is_none())
    else {
        let code = signing[0].refused;
        let (summary, remedy) = code.map_or_else(
            || {
                (
                    Text {
                        zh: String::new(),
                        en: String::new(),
                    },
                    None,
                )
            },
            |code| (text_of(&code.message()), Some(text_of(&code.remedy()))),
        );
        return Finding {
            code: "certificate",
            outcome: Outcome::Failed,
            summary,
            evidence,
            remedy,
        };
    };
    let ends = good
        .not_after
        .parse::<jiff::Timestamp>()
        .map(|at| at.as_second() - now.0);
    if ends.is_ok_and(|seconds| seconds < SOON_SECONDS) {
        let remedy = (
            "请尽快向 CA 服务商办理续期；开标前到期的须先续期。",
            "Have it renewed by the CA soon, before the next opening of bids.",
        );
        return finding(
            "certificate",
            Outcome::Warning,
            (
                "证书将在 30 天内到期",
                "The certificate ends within 30 days",
            ),
            evidence,
            Some(remedy),
        );
    }
    finding(
        "certificate",
        Outcome::Good,
        ("证书在有效期内", "The certificate is within its time"),
        evidence,
        None,
    )
}

fn text_of(text: &contract::Text) -> Text {
    Text {
        zh: text.zh.clone(),
        en: text.en.clone(),
    }
}

fn clock(platform: &PlatformFact, now: UnixTime) -> Finding {
    let mut evidence = vec![platform.origin.clone()];
    match &platform.clock {
        Err(error) => {
            evidence.push(error.clone());
            let remedy = (
                "请检查网络与网址，或稍后重试。",
                "Check the network and the address, or try again later.",
            );
            finding(
                "platform",
                Outcome::Failed,
                ("无法连接平台", "The platform can't be reached"),
                evidence,
                Some(remedy),
            )
        }
        Ok(None) => finding(
            "platform_clock",
            Outcome::Unknown,
            ("平台没有告知时间", "The platform does not tell its time"),
            evidence,
            None,
        ),
        Ok(Some(theirs)) => {
            let skew = now.0 - theirs.0;
            evidence.push(format!("clock: {skew:+} s"));
            if skew.abs() > MAX_SKEW_SECONDS {
                let remedy = (
                    "请同步本机时间；时间以平台为准。",
                    "Set this machine's clock; the platform's counts.",
                );
                return finding(
                    "platform_clock",
                    Outcome::Failed,
                    (
                        "本机时间与平台相差超过五分钟",
                        "This machine's clock is more than five minutes off the platform's",
                    ),
                    evidence,
                    Some(remedy),
                );
            }
            finding(
                "platform_clock",
                Outcome::Good,
                (
                    "平台可达，时间一致",
                    "The platform answers and the clocks agree",
                ),
                evidence,
                None,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_795_348_800);

    fn outcome(facts: &Facts, code: &str) -> Outcome {
        let findings = examine(facts);
        findings
            .iter()
            .find(|finding| finding.code == code)
            .unwrap()
            .outcome
    }

    fn facts() -> Facts {
        Facts {
            now: NOW,
            ports: Vec::new(),
            catalogue: CatalogueFact::default(),
            libraries: Vec::new(),
            keyring: Keyring::default(),
            platform: None,
        }
    }

    #[test]
    fn an_agent_on_any_port_is_running_and_no_free_port_is_another_case_than_none_running() {
        let agent = Port::Agent {
            version: "1".into(),
        };
        for (ports, expected, words) in [
            (
                vec![(1, Port::Other), (2, agent)],
                Outcome::Good,
                "is running",
            ),
            (
                vec![(1, Port::Other), (2, Port::Free)],
                Outcome::Failed,
                "not running",
            ),
            (
                vec![(1, Port::Other), (2, Port::Other)],
                Outcome::Failed,
                "hold all",
            ),
        ] {
            let found = &examine(&Facts { ports, ..facts() })[0];
            assert_eq!(found.outcome, expected);
            assert!(found.summary.en.contains(words), "{}", found.summary.en);
        }
    }

    #[test]
    fn a_clock_is_judged_by_the_platform_in_both_directions() {
        let with = |clock| Facts {
            platform: Some(PlatformFact {
                origin: "https://a.cn".into(),
                clock,
            }),
            ..facts()
        };
        for (seconds, expected) in [
            (0, Outcome::Good),
            (299, Outcome::Good),
            (301, Outcome::Failed),
            (-301, Outcome::Failed),
        ] {
            let facts = with(Ok(Some(UnixTime(NOW.0 + seconds))));
            assert_eq!(outcome(&facts, "platform_clock"), expected, "{seconds}");
        }
        assert_eq!(
            outcome(&with(Err("refused".into())), "platform"),
            Outcome::Failed
        );
        assert_eq!(outcome(&with(Ok(None)), "platform_clock"), Outcome::Unknown);
    }

    #[test]
    fn everything_that_is_not_good_says_what_to_do() {
        let library = |millis, keys| LibraryFact {
            path: "/lib/a.so".into(),
            millis,
            keys,
        };
        let facts = Facts {
            libraries: vec![
                library(1, Err("it crashed".into())),
                library(3000, Ok(1)),
                library(1, Ok(1)),
            ],
            catalogue: CatalogueFact {
                changed: Some(UnixTime(0)),
                ..CatalogueFact::default()
            },
            ..facts()
        };
        let findings = examine(&facts);
        for bad in findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::Warning | Outcome::Failed))
        {
            let remedy = bad.remedy.as_ref().unwrap();
            assert!(!remedy.zh.is_empty() && !remedy.en.is_empty() && !bad.summary.zh.is_empty());
        }
        let outcomes: Vec<_> = findings
            .iter()
            .filter(|finding| finding.code == "library")
            .map(|finding| finding.outcome)
            .collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Warning, Outcome::Good]);
    }
}
