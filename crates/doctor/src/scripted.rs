//! A machine that is made up: for tests, and for systems that are not at hand. Its probes answer what they were
//! told, or misbehave as a broken machine does.

use std::path::PathBuf;

use contract::Text;
use futures_util::future::{BoxFuture, pending};
use pki::UnixTime;

use crate::machine::*;

/// How a probe misbehaves.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// It never answers.
    Hangs,
    /// It panics.
    Panics,
    /// It fails.
    Fails,
}

/// What a probe does.
#[derive(Clone, Debug)]
pub(crate) enum Script<T> {
    Answers(Answer<T>),
    In(Trouble),
}

impl<T: Clone + Send + Sync> Script<T> {
    pub(crate) fn play(&self) -> BoxFuture<'_, Answer<T>> {
        match self {
            Script::Answers(answer) => {
                let answer = answer.clone();
                Box::pin(async move { answer })
            }
            Script::In(Trouble::Hangs) => Box::pin(pending()),
            Script::In(Trouble::Panics) => Box::pin(async { panic!("a scripted probe") }),
            Script::In(Trouble::Fails) => {
                Box::pin(async { Err(Unseen::Failed("No space left on device".to_owned())) })
            }
        }
    }
}

/// A made-up machine.
#[derive(Clone, Debug)]
pub struct Scripted {
    pub(crate) now: UnixTime,
    pub(crate) scripts: Scripts,
}

/// The instant at which made-up machines stand: 2026-11-22.
pub const NOW: UnixTime = UnixTime(1_795_348_800);

impl Scripted {
    /// Nothing can be seen.
    #[must_use]
    pub fn bare() -> Scripted {
        Scripted {
            now: NOW,
            scripts: Scripts::nothing(),
        }
    }

    /// Every probe is in trouble.
    #[must_use]
    pub fn in_trouble(trouble: Trouble) -> Scripted {
        Scripted {
            now: NOW,
            scripts: Scripts::all(trouble),
        }
    }

    /// Everything is as it should be, on every system at once.
    #[must_use]
    pub fn healthy() -> Scripted {
        Scripted::bare()
            .browser(browser())
            .agent(AgentSeen {
                ports: vec![(
                    17590,
                    PortHolder::Agent {
                        version: Some("0.1.0".into()),
                    },
                )],
                service: Some(ServiceSeen {
                    installed: true,
                    active: Some(true),
                }),
            })
            .programs(vec![ProgramSeen {
                path: PathBuf::from(r"C:\sxca\sxca.exe"),
                state: ProgramState::Present,
            }])
            .folders(FoldersSeen {
                paths: vec!["/home/user/.local/state/yinxin-agent".into()],
                free_bytes: Some(10 << 30),
                ..FoldersSeen::default()
            })
            .display(DisplaySeen {
                desktop: true,
                pin_program: true,
            })
            .session(SessionSeen::default())
            .proxy(ProxySeen {
                proxies: vec!["http_proxy".into()],
                takes_loopback: false,
            })
            .versions(vec![VersionSeen {
                what: "yinxin-agent".into(),
                version: "0.10.0".into(),
                offered: "0.9.2".into(),
            }])
            .site(SiteSeen {
                origin: "https://example.cn".into(),
                refused: None,
            })
            .catalogue(CatalogueSeen {
                folder: "catalogue".into(),
                providers: 9,
                missing_anchors: Vec::new(),
                changed: Some(UnixTime(NOW.0 - 86_400)),
            })
            .tokens(tokens())
            .classes(vec![ClassSeen {
                name: "SXCA.Sign".into(),
                wide: true,
                narrow: true,
            }])
            .clashes(Vec::new())
            .clients(vec![
                client(ClientPart::Driver),
                client(ClientPart::SealService),
            ])
            .platform(PlatformSeen {
                origin: "https://example.cn".into(),
                skew: Ok(Some(1)),
            })
            .account(account())
    }
}

/// A browser that works.
#[must_use]
pub fn browser() -> BrowserSeen {
    BrowserSeen {
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36".into(),
        secure: true,
        framed: false,
        frame_allows: Some(true),
        loopback: Permission::Granted,
        popup: Some(true),
    }
}

/// A vendor's client that works.
#[must_use]
pub fn client(part: ClientPart) -> ClientSeen {
    ClientSeen {
        vendor: Text::new("四川CA", "Sichuan CA"),
        part,
        installed: true,
        running: Some(true),
        port: Some(7256),
    }
}

/// One key, in one library.
#[must_use]
pub fn tokens() -> TokensSeen {
    TokensSeen {
        libraries: vec![library("/opt/sxca/libsxca.so", Ok(1))],
        keys: vec![key("SZ-2026-0001")],
        ..TokensSeen::default()
    }
}

/// A library that lists something or fails.
#[must_use]
pub fn library(path: &str, keys: Result<usize, LibraryFault>) -> LibrarySeen {
    LibrarySeen {
        path: path.into(),
        name: None,
        millis: 40,
        keys,
    }
}

/// A key with a certificate that is valid for two years.
#[must_use]
pub fn key(number: &str) -> KeySeen {
    KeySeen {
        number: number.into(),
        provider: Some("szca".into()),
        issuer: None,
        tries_left: Some(6),
        tries_most: Some(6),
        libraries: vec!["libsxca.so".into()],
        certificates: vec![CertificateSeen {
            signing: true,
            serial: "1f2e".into(),
            not_before: UnixTime(NOW.0 - 86_400),
            not_after: UnixTime(NOW.0 + 730 * 86_400),
            refused: None,
            revocation: RevocationSeen::Good,
        }],
    }
}

/// An account with a bound key and a seal.
#[must_use]
pub fn account() -> AccountSeen {
    AccountSeen {
        key: Some(shown()),
        providers: vec![Text::new("深圳CA", "Shenzhen CA")],
        bound: vec![("SZ-2026-0001".into(), Some(UnixTime(NOW.0 + 730 * 86_400)))],
        seals: Some(1),
        deadlines: vec![("某项目".into(), UnixTime(NOW.0 + 10 * 86_400))],
        unconfirmed: Vec::new(),
    }
}

/// A key that the platform takes for everything.
#[must_use]
pub fn shown() -> ShownKey {
    ShownKey {
        number: Some("SZ-2026-0001".into()),
        provider: Some(Text::new("深圳CA", "Shenzhen CA")),
        expected: None,
        refused: None,
        not_after: UnixTime(NOW.0 + 730 * 86_400),
        supported: true,
        may_log_in: true,
        may_seal: true,
        sealing: vec![Text::new("深圳CA", "Shenzhen CA")],
        revocation: RevocationSeen::Good,
        same_organisation: Some(true),
        binding: Some(BindingSeen::Fine),
    }
}
