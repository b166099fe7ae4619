//! Each case of the catalogue is provoked, and the healthy machine is silent.

use std::collections::BTreeSet;
use std::time::Duration;

use contract::{ErrorCode, Text};
use doctor::case::{self, Found};
use doctor::machine::*;
use doctor::scripted::*;
use doctor::{Diagnosis, Finding, Limits, Link, Outcome, Timer, codes, diagnose};
use futures_util::future::{BoxFuture, pending};
use pki::UnixTime;

/// Time that never passes.
struct Still;

impl Timer for Still {
    fn after(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Time that is up as soon as somebody waits for it.
struct Up;

impl Timer for Up {
    fn after(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
    fn elapsed(&self) -> Duration {
        Duration::from_millis(4800)
    }
}

async fn look(machine: &Scripted) -> Diagnosis {
    diagnose(machine, &Still, Limits::default(), |_| {}).await
}

type Edit<T> = fn(&mut T);

fn with<T>(mut value: T, edit: Edit<T>) -> T {
    edit(&mut value);
    value
}

fn on_browser(edit: Edit<BrowserSeen>) -> Scripted {
    Scripted::healthy().browser(with(browser(), edit))
}

fn on_tokens(edit: Edit<TokensSeen>) -> Scripted {
    Scripted::healthy().tokens(with(tokens(), edit))
}

fn on_key(edit: Edit<KeySeen>) -> Scripted {
    Scripted::healthy().tokens(TokensSeen {
        keys: vec![with(key("SZ-2026-0001"), edit)],
        ..tokens()
    })
}

fn on_account(edit: Edit<AccountSeen>) -> Scripted {
    Scripted::healthy().account(with(account(), edit))
}

fn on_shown(edit: Edit<ShownKey>) -> Scripted {
    Scripted::healthy().account(AccountSeen {
        key: Some(with(shown(), edit)),
        ..account()
    })
}

fn ports(holders: &[PortHolder]) -> Scripted {
    let numbers = [17590, 27590, 37590];
    Scripted::healthy().agent(AgentSeen {
        ports: numbers.into_iter().zip(holders.iter().cloned()).collect(),
        service: Some(ServiceSeen {
            installed: true,
            active: Some(false),
        }),
    })
}

fn other() -> PortHolder {
    PortHolder::Other {
        process: Some("xtxsync".into()),
    }
}

fn itrus() -> Text {
    Text::new("天威诚信", "iTrusChina")
}

/// For every case that a check finds: machines that have it, each in another way.
fn provoked() -> Vec<(&'static str, Scripted)> {
    let elsewhere = || {
        on_shown(|key| {
            key.supported = false;
            key.provider = Some(itrus());
        })
    };
    vec![
        (
            "driver_missing",
            on_tokens(|seen| *seen = TokensSeen::default()),
        ),
        (
            "class_not_registered",
            Scripted::healthy().classes(vec![ClassSeen {
                name: "SXCA.Sign".into(),
                wide: false,
                narrow: false,
            }]),
        ),
        (
            "class_not_registered",
            // Registered for 64 bits, while the page's browser is one of 32.
            Scripted::healthy().classes(vec![ClassSeen {
                name: "SXCA.Sign".into(),
                wide: true,
                narrow: false,
            }]),
        ),
        (
            "key_not_found",
            on_tokens(|seen| {
                seen.keys.clear();
                seen.libraries[0].keys = Ok(0);
            }),
        ),
        (
            "not_bound",
            on_shown(|key| key.binding = Some(BindingSeen::None)),
        ),
        (
            "bound_elsewhere",
            on_shown(|key| key.binding = Some(BindingSeen::Elsewhere("张*".into()))),
        ),
        (
            "renewed_key_unbound",
            on_shown(|key| key.binding = Some(BindingSeen::Older("SZ-2025-0001".into()))),
        ),
        (
            "client_quarantined",
            Scripted::healthy().programs(vec![ProgramSeen {
                path: r"C:\sxca\sxca.exe".into(),
                state: ProgramState::Quarantined {
                    by: "360安全卫士".into(),
                },
            }]),
        ),
        (
            "client_quarantined",
            Scripted::healthy().programs(vec![ProgramSeen {
                path: "/opt/yinxin/yinxin-token-worker".into(),
                state: ProgramState::Missing,
            }]),
        ),
        (
            "client_quarantined",
            on_tokens(|seen| {
                seen.keys.clear();
                seen.libraries = vec![library("/opt/sxca/libsxca.so", Err(LibraryFault::Missing))];
            }),
        ),
        (
            "drivers_conflict",
            on_tokens(|seen| seen.libraries.push(library("/usr/lib/libsxca.so", Ok(1)))),
        ),
        (
            "driver_hangs",
            on_tokens(|seen| {
                seen.keys.clear();
                seen.libraries = vec![library("/opt/sxca/libsxca.so", Err(LibraryFault::Hangs))];
            }),
        ),
        (
            "seal_service_missing",
            Scripted::healthy().clients(vec![
                client(ClientPart::Driver),
                ClientSeen {
                    installed: false,
                    running: None,
                    ..client(ClientPart::SealService)
                },
            ]),
        ),
        (
            "seal_service_missing",
            Scripted::healthy().clients(vec![
                client(ClientPart::Driver),
                ClientSeen {
                    running: Some(false),
                    ..client(ClientPart::SealService)
                },
            ]),
        ),
        (
            "wrong_provider_chosen",
            on_shown(|key| key.expected = Some(itrus())),
        ),
        (
            "browser_unsupported",
            on_browser(|seen| {
                seen.user_agent =
                    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)".into();
            }),
        ),
        ("insecure_page", on_browser(|seen| seen.secure = false)),
        (
            "loopback_denied",
            on_browser(|seen| seen.loopback = Permission::Denied),
        ),
        (
            "framed_without_permission",
            on_browser(|seen| {
                seen.framed = true;
                seen.frame_allows = Some(false);
            }),
        ),
        (
            "site_not_allowed",
            Scripted::healthy().site(SiteSeen {
                origin: "http://tender.example.cn".into(),
                refused: Some(ErrorCode::OriginRefused),
            }),
        ),
        (
            "usb_unknown",
            on_tokens(|seen| {
                seen.keys.clear();
                seen.usb.push(UsbSeen {
                    id: "055c:db08".into(),
                    name: Some(Text::new("龙脉", "Longmai")),
                    error: None,
                    reached: false,
                });
            }),
        ),
        (
            "usb_unknown",
            // Windows: code 28, no driver is installed.
            on_tokens(|seen| {
                seen.usb.push(UsbSeen {
                    id: "096e:0309".into(),
                    name: None,
                    error: Some(28),
                    reached: true,
                });
            }),
        ),
        (
            "card_backwards",
            on_tokens(|seen| {
                seen.readers.push(ReaderSeen {
                    name: "ACS ACR38U".into(),
                    inserted: true,
                    answered: false,
                });
            }),
        ),
        ("pin_wrong", on_key(|key| key.tries_left = Some(5))),
        ("pin_wrong", on_key(|key| key.tries_left = Some(1))),
        ("pin_locked", on_key(|key| key.tries_left = Some(0))),
        (
            "certificate_expired",
            on_key(|key| key.certificates[0].not_after = UnixTime(NOW.0 - 1)),
        ),
        (
            "certificate_expired",
            on_shown(|key| key.not_after = UnixTime(NOW.0 - 1)),
        ),
        (
            "expires_soon",
            on_key(|key| key.certificates[0].not_after = UnixTime(NOW.0 + 86_400)),
        ),
        (
            // Valid for a year, and the opening is later.
            "expires_soon",
            on_account(|seen| {
                seen.deadlines = vec![("某项目".into(), UnixTime(NOW.0 + 730 * 86_400))];
            }),
        ),
        (
            "unlock_before_receipt",
            on_account(|seen| seen.unconfirmed.push("A2026-17".into())),
        ),
        ("no_seal", on_account(|seen| seen.seals = Some(0))),
        (
            "issuer_not_approved",
            on_key(|key| {
                key.provider = None;
                key.issuer = Some("CN=Nobody".into());
            }),
        ),
        (
            "issuer_not_approved",
            on_shown(|key| key.refused = Some(ErrorCode::PathInvalid)),
        ),
        (
            "client_outdated",
            Scripted::healthy().versions(vec![VersionSeen {
                what: "yinxin-agent".into(),
                version: "0.1.0".into(),
                offered: "0.2.0".into(),
            }]),
        ),
        (
            "bad_path",
            Scripted::healthy().folders(FoldersSeen {
                paths: vec![r"C:\用户\印信".into()],
                ..FoldersSeen::default()
            }),
        ),
        (
            "bad_path",
            Scripted::healthy().folders(FoldersSeen {
                stale: vec!["/var/tmp/yinxin/spool/half".into()],
                ..FoldersSeen::default()
            }),
        ),
        (
            "setup_name_clash",
            Scripted::healthy().clashes(vec![r"C:\Windows\SysWOW64\sxca.dll".into()]),
        ),
        ("seals_apart", on_shown(|key| key.may_seal = false)),
        (
            "clock_skew",
            Scripted::healthy().platform(PlatformSeen {
                origin: "https://example.cn".into(),
                skew: Ok(Some(-301)),
            }),
        ),
        (
            "clock_skew",
            Scripted::healthy().platform(PlatformSeen {
                origin: "https://example.cn".into(),
                skew: Ok(Some(301)),
            }),
        ),
        ("popup_blocked", on_browser(|seen| seen.popup = Some(false))),
        (
            "remote_session",
            Scripted::healthy().session(SessionSeen {
                remote: Some("rdp".into()),
                virtual_machine: None,
            }),
        ),
        (
            "remote_session",
            Scripted::healthy().session(SessionSeen {
                remote: None,
                virtual_machine: Some("VMware, Inc.".into()),
            }),
        ),
        (
            "device_busy",
            on_tokens(|seen| {
                seen.troubles.push(TroubleSeen {
                    library: "libsxca.so".into(),
                    code: ErrorCode::TokenBusy,
                });
                seen.holders.push(HolderSeen {
                    process: "sxca-tool".into(),
                    pid: 4711,
                });
            }),
        ),
        (
            "key_pulled",
            on_tokens(|seen| {
                seen.troubles.push(TroubleSeen {
                    library: "libsxca.so".into(),
                    code: ErrorCode::TokenRemoved,
                });
            }),
        ),
        (
            "several_keys",
            on_tokens(|seen| seen.keys.push(key("SZ-2026-0002"))),
        ),
        (
            "company_renamed",
            on_shown(|key| key.same_organisation = Some(false)),
        ),
        (
            "certificate_revoked",
            on_key(|key| {
                key.certificates[0].revocation = RevocationSeen::Revoked("keyCompromise".into());
            }),
        ),
        (
            "certificate_revoked",
            on_shown(|key| key.revocation = RevocationSeen::Revoked("certificateHold".into())),
        ),
        ("port_taken", ports(&[other(), other(), other()])),
        (
            "port_taken",
            Scripted::healthy().proxy(ProxySeen {
                proxies: vec!["http_proxy".into()],
                takes_loopback: true,
            }),
        ),
        ("provider_unsupported", elsewhere()),
        ("agent_not_running", ports(&[other(), PortHolder::Free])),
        (
            "driver_unloadable",
            on_tokens(|seen| {
                seen.keys.clear();
                let why = LibraryFault::Unloadable("wrong ELF class: ELFCLASS32".into());
                seen.libraries = vec![library("/opt/sxca/libsxca.so", Err(why))];
            }),
        ),
        (
            "catalogue_stale",
            Scripted::healthy().catalogue(CatalogueSeen {
                changed: Some(UnixTime(NOW.0 - 181 * 86_400)),
                ..CatalogueSeen::default()
            }),
        ),
        (
            "catalogue_stale",
            Scripted::healthy().catalogue(CatalogueSeen {
                missing_anchors: vec!["szca-root".into()],
                ..CatalogueSeen::default()
            }),
        ),
        (
            "disk_full",
            Scripted::healthy().folders(FoldersSeen {
                free_bytes: Some(4096),
                ..FoldersSeen::default()
            }),
        ),
        (
            "disk_full",
            Scripted::healthy().folders(FoldersSeen {
                refused: Some("No space left on device".into()),
                ..FoldersSeen::default()
            }),
        ),
        (
            "no_display",
            Scripted::healthy().display(DisplaySeen {
                desktop: false,
                pin_program: true,
            }),
        ),
        (
            "platform_unreachable",
            Scripted::healthy().platform(PlatformSeen {
                origin: "https://example.cn".into(),
                skew: Err("connection refused".into()),
            }),
        ),
        (
            "certificate_missing",
            on_key(|key| key.certificates.clear()),
        ),
    ]
}

#[tokio::test]
async fn every_case_that_a_check_finds_is_provoked_and_speaks_with_remedy_and_evidence() {
    let mut seen = BTreeSet::new();
    for (name, machine) in provoked() {
        let diagnosis = look(&machine).await;
        let found: BTreeSet<_> = diagnosis.cases().collect();
        assert_eq!(found, BTreeSet::from([name]), "{name}");
        let finding = diagnosis
            .findings
            .iter()
            .find(|finding| finding.case == Some(name))
            .unwrap();
        assert!(
            matches!(finding.outcome, Outcome::Warning | Outcome::Failed),
            "{name}"
        );
        assert!(
            !finding.steps.is_empty() && finding.cause.is_some(),
            "{name}"
        );
        let bare = ["driver_missing", "no_seal"];
        assert!(
            !finding.evidence.is_empty() || bare.contains(&name),
            "{name}"
        );
        seen.insert(name);
    }
    let checked: BTreeSet<_> = case::all()
        .filter(|case| matches!(case.found, Found::Checked | Found::Simulated))
        .map(|case| case.name)
        .collect();
    assert_eq!(seen, checked, "each of them, and none beside");
}

#[tokio::test]
async fn a_healthy_machine_is_silent_and_every_line_is_good() {
    let diagnosis = look(&Scripted::healthy()).await;
    assert_eq!(
        diagnosis.outcome,
        Some(Outcome::Good),
        "{:#?}",
        diagnosis.findings
    );
    assert_eq!(diagnosis.cases().count(), 0);
    assert_eq!(diagnosis.chain.broken, None);
    for link in diagnosis.chain.links {
        assert_eq!(link.outcome, Some(Outcome::Good), "{:?}", link.link);
    }
    assert!(diagnosis.findings.len() >= 20);
}

#[test]
fn the_catalogue_holds_the_users_46_cases_and_each_number_and_name_is_its_own() {
    let numbers: Vec<u16> = case::all().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=55).collect::<Vec<_>>());
    let names: BTreeSet<_> = case::all().map(|case| case.name).collect();
    assert_eq!(names.len(), numbers.len());
    for case in case::all() {
        assert!(
            case.name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_')
        );
        let texts = [case.symptom, case.cause];
        for text in texts.iter().chain(case.steps) {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", case.name);
            assert!(
                text.en.is_ascii() || text.en.contains(['3', '日', '防', '被', '恢', '…']),
                "{}",
                text.en
            );
        }
        let asked = case.found == Found::Asked;
        assert!(!asked || case.question.is_some(), "{}", case.name);
    }
}

#[test]
fn every_code_of_the_contract_has_its_case_or_says_it_all_itself() {
    let listed: BTreeSet<_> = codes::CODES.iter().map(|(code, _)| code.name()).collect();
    let all: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(listed, all, "crates/doctor/src/codes.rs names every code");
    assert_eq!(codes::CODES.len(), all.len(), "and each once");
    let named = codes::CODES.iter().filter_map(|(_, case)| *case);
    for name in named.chain(codes::PAGE_CODES.iter().filter_map(|(_, case)| *case)) {
        assert!(case::by_name(name).is_some(), "{name}");
    }
}

#[test]
fn cases_that_only_an_action_can_meet_are_named_by_a_code() {
    let named: BTreeSet<_> = codes::CODES.iter().filter_map(|(_, case)| *case).collect();
    for case in case::all().filter(|case| case.found == Found::Named) {
        assert!(named.contains(case.name), "{}", case.name);
    }
}

#[tokio::test]
async fn what_no_program_sees_is_asked_and_what_is_not_here_yet_is_never_found() {
    let diagnosis = look(&Scripted::healthy()).await;
    let asked: BTreeSet<_> = diagnosis
        .questions
        .iter()
        .map(|question| question.case)
        .collect();
    for case in case::all() {
        match case.found {
            Found::Asked => assert!(asked.contains(case.name), "{}", case.name),
            Found::NotYet => {
                assert!(provoked().iter().all(|(name, _)| *name != case.name));
                assert!(!asked.contains(case.name));
            }
            _ => {}
        }
    }
    let not_yet: Vec<u16> = case::all()
        .filter(|case| case.found == Found::NotYet)
        .map(|case| case.number)
        .collect();
    assert_eq!(
        not_yet,
        [25, 26, 42],
        "bid envelopes and phone certificates"
    );
}

#[test]
fn the_seven_cases_of_the_first_manual_stand_in_its_words() {
    let of = |name: &str| case::by_name(name).unwrap();
    for (name, symptom, first) in [
        (
            "class_not_registered",
            "没有注册类",
            "先重装 CA 驱动步骤二的程序。",
        ),
        (
            "bound_elsewhere",
            "CA 绑定时，显示已被多人绑定",
            "若需要绑定新的账号，需要先使用 CA 登录旧账号中，将账号与 CA 进行解绑。",
        ),
        (
            "driver_hangs",
            "签章过程中点击驱动程序的第一步打开证书无反应",
            "点击「重启驱动进程」，再试一次。",
        ),
        (
            "drivers_conflict",
            "驱动之间冲突报错",
            "请先重装驱动（步骤二）。",
        ),
        (
            "key_not_found",
            "无法获取证书",
            "请先确认 CA 是否已经插入电脑，CA 证书管理工具（客户端「CA 锁」页）上是否有显示 CA 的信息。",
        ),
        (
            "not_bound",
            "证书有效但未绑定",
            "用账号密码登录平台，进入「CA 绑定」。",
        ),
        (
            "client_quarantined",
            "点击证书登录页面无反应",
            "第一步：打开 360 安全卫士。",
        ),
    ] {
        assert_eq!(of(name).symptom.zh, symptom);
        assert_eq!(of(name).steps[0].zh, first);
    }
    let quarantined = of("client_quarantined").steps;
    assert_eq!(quarantined.len(), 5);
    for (step, words) in quarantined.iter().zip([
        "360 安全卫士",
        "防护中心",
        "日志记录",
        "被删除的文件",
        "恢复后信任此文件",
    ]) {
        assert!(step.zh.contains(words), "{}", step.zh);
    }
    assert!(
        of("driver_hangs").steps[1]
            .zh
            .contains("请先重装驱动（步骤二）")
    );
}

#[test]
fn the_second_manual_s_cases_stand_in_its_words() {
    let driver = case::by_name("driver_missing").unwrap();
    assert_eq!(driver.symptom.zh, "CA检测失败，未检测到驱动");
    assert!(driver.steps[0].zh.contains("证书驱动+签章服务"));
    assert!(driver.steps[0].zh.contains("原有的不用卸载"));
    let browser = case::by_name("browser_unsupported").unwrap();
    assert!(browser.cause.zh.contains("推荐使用 chrome 浏览器"));
    let seal = case::by_name("seal_service_missing").unwrap();
    assert!(seal.symptom.zh.contains("未检测到密钥盘"));
    assert!(seal.steps.iter().any(|step| step.zh.contains("QQ")));
}

#[tokio::test]
async fn the_first_run_without_a_key_ends_in_the_right_advice() {
    let machine = Scripted::bare()
        .agent(AgentSeen {
            ports: vec![(17590, PortHolder::Agent { version: None })],
            service: None,
        })
        .catalogue(CatalogueSeen {
            providers: 9,
            ..CatalogueSeen::default()
        })
        .tokens(TokensSeen {
            libraries: vec![library("/opt/sxca/libsxca.so", Ok(0))],
            ..TokensSeen::default()
        });
    let diagnosis = look(&machine).await;
    assert_eq!(diagnosis.cases().collect::<Vec<_>>(), ["key_not_found"]);
    assert_eq!(diagnosis.chain.broken, Some(Link::Token));
    let advice = &diagnosis
        .findings
        .iter()
        .find(|f| f.case.is_some())
        .unwrap()
        .steps[0];
    assert!(advice.zh.contains("是否已经插入电脑"));
}

#[tokio::test]
async fn probes_that_hang_fail_or_panic_cost_their_own_line_and_end_in_time() {
    for (trouble, timer) in [
        (Trouble::Hangs, &Up as &dyn Timer),
        (Trouble::Panics, &Still),
        (Trouble::Fails, &Still),
    ] {
        let machine = Scripted::in_trouble(trouble);
        let diagnosis = diagnose(&machine, timer, Limits::default(), |_| {}).await;
        assert_eq!(diagnosis.findings.len(), doctor::checks::ALL.len());
        assert_eq!(diagnosis.outcome, Some(Outcome::Unknown), "{trouble:?}");
        assert_eq!(diagnosis.cases().count(), 0);
        assert!(
            diagnosis
                .findings
                .iter()
                .all(|finding| !finding.evidence.is_empty())
        );
    }
}

#[tokio::test]
async fn an_answer_is_told_before_a_check_that_hangs_has_ended() {
    // One probe hangs for good; the others are told all the same, without waiting for it.
    let machine = Scripted::in_trouble(Trouble::Hangs)
        .browser(browser())
        .platform(PlatformSeen {
            origin: "https://example.cn".into(),
            skew: Ok(Some(0)),
        });
    let told = std::sync::Mutex::new(Vec::new());
    let diagnosing = diagnose(&machine, &Still, Limits::default(), |finding: &Finding| {
        told.lock().unwrap().push(finding.code);
    });
    assert!(futures_util::poll!(std::pin::pin!(diagnosing)).is_pending());
    let told = told.into_inner().unwrap();
    assert!(
        told.contains(&"browser") && told.contains(&"platform_clock"),
        "{told:?}"
    );
}

#[tokio::test]
async fn the_chain_marks_the_first_broken_link() {
    let machine = Scripted::healthy()
        .tokens(TokensSeen::default())
        .platform(PlatformSeen {
            origin: "https://example.cn".into(),
            skew: Err("refused".into()),
        });
    let chain = look(&machine).await.chain;
    assert_eq!(chain.broken, Some(Link::Driver));
    let of = |link| {
        chain
            .links
            .iter()
            .find(|other| other.link == link)
            .unwrap()
            .outcome
    };
    assert_eq!(of(Link::Browser), Some(Outcome::Good));
    assert_eq!(of(Link::Platform), Some(Outcome::Failed));
    assert_eq!(of(Link::Token), Some(Outcome::Unknown), "nobody can say");
}

#[tokio::test]
async fn what_the_program_can_t_do_is_not_offered() {
    let actions = |diagnosis: Diagnosis| {
        diagnosis
            .findings
            .into_iter()
            .find(|f| f.case.is_some())
            .unwrap()
            .actions
    };
    let stopped = look(&ports(&[PortHolder::Free])).await;
    assert!(actions(stopped).contains(&doctor::Action::StartService));
    let without = Scripted::healthy().agent(AgentSeen {
        ports: vec![(17590, PortHolder::Free)],
        service: None,
    });
    assert!(!actions(look(&without).await).contains(&doctor::Action::StartService));
}
