//! The checks: each asks one probe of the machine and turns what was seen into findings, by rules without input or
//! output.

mod agent;
mod browser;
mod driver;
mod platform;
mod tokens;

use contract::Text;
use futures_util::future::BoxFuture;

use crate::case::{Link, Words, w};
use crate::finding::Finding;
use crate::machine::{Answer, Machine, Unseen};
use crate::seen::Seen;

/// A certificate that ends within this time is told of: renewal opens up to ninety days before.
pub const SOON_SECONDS: i64 = 30 * 86_400;
/// A clock that is further off makes signatures invalid elsewhere (case 36).
pub const MAX_SKEW_SECONDS: i64 = 5 * 60;
/// A catalogue that is older has missed new anchors.
pub const OLD_CATALOGUE_SECONDS: i64 = 180 * 86_400;
/// A library that takes longer to list its keys makes people think that nothing happens.
pub const SLOW_MILLIS: u64 = 2000;
/// With less room the agent can't be sure to write its record.
pub const LEAST_ROOM: u64 = 20 * 1024 * 1024;
/// A bid needs some time between the opening and the end of a certificate.
pub const OPENING_MARGIN_SECONDS: i64 = 86_400;

/// A check.
pub struct Check {
    /// Its stable code, as it stands where nothing came of it.
    pub code: &'static str,
    /// Where in the chain.
    pub link: Link,
    /// What it looks at, while it looks.
    pub title: Words,
    /// Asks and judges.
    pub(crate) run: for<'m> fn(&'m dyn Machine) -> BoxFuture<'m, Vec<Finding>>,
}

macro_rules! check {
    ($code:literal, $link:ident, ($zh:literal, $en:literal), $probe:ident, $rule:path) => {
        Check {
            code: $code,
            link: Link::$link,
            title: w($zh, $en),
            run: |machine| {
                Box::pin(async move {
                    judge($code, Link::$link, machine.$probe().await, |seen| {
                        $rule(seen, machine.now())
                    })
                })
            },
        }
    };
}

/// All of them, in the order of the chain.
pub const ALL: &[Check] = &[
    check!(
        "browser",
        Browser,
        ("浏览器", "Browser"),
        browser,
        browser::browser
    ),
    check!(
        "agent_port",
        Agent,
        ("客户端与端口", "Client and ports"),
        agent,
        agent::agent
    ),
    check!(
        "client_files",
        Agent,
        ("程序文件", "Program files"),
        programs,
        agent::programs
    ),
    check!(
        "client_version",
        Agent,
        ("版本", "Versions"),
        versions,
        agent::versions
    ),
    check!(
        "site",
        Agent,
        ("网站许可", "The site's permission"),
        site,
        agent::site
    ),
    check!(
        "folders",
        Agent,
        ("磁盘与目录", "Disk and folders"),
        folders,
        agent::folders
    ),
    check!(
        "pin_window",
        Agent,
        ("PIN 码窗口", "PIN window"),
        display,
        agent::display
    ),
    check!(
        "session",
        Agent,
        ("会话", "Session"),
        session,
        agent::session
    ),
    check!("proxy", Agent, ("代理", "Proxy"), proxy, agent::proxy),
    check!(
        "catalogue",
        Driver,
        ("CA 目录", "Catalogue of CAs"),
        catalogue,
        driver::catalogue
    ),
    check!(
        "com_class",
        Driver,
        ("控件注册", "Registered classes"),
        classes,
        driver::classes
    ),
    check!(
        "setup",
        Driver,
        ("安装冲突", "Setup clashes"),
        clashes,
        driver::clashes
    ),
    check!(
        "vendor_clients",
        Driver,
        ("其他 CA 客户端", "Other CAs’ clients"),
        clients,
        driver::clients
    ),
    check!(
        "library",
        Driver,
        ("驱动、CA 锁与证书", "Drivers, keys, certificates"),
        tokens,
        tokens::tokens
    ),
    check!(
        "platform",
        Platform,
        ("平台与时间", "Platform and clock"),
        platform,
        platform::platform
    ),
    check!(
        "account",
        Platform,
        ("绑定与印章", "Binding and seals"),
        account,
        platform::account
    ),
];

/// Nothing where there is nothing to see; a line where it could not be found out.
fn judge<T>(
    code: &'static str,
    link: Link,
    answer: Answer<T>,
    rule: impl FnOnce(T) -> Vec<Finding>,
) -> Vec<Finding> {
    match answer {
        Ok(seen) => rule(seen),
        Err(Unseen::NotHere) => Vec::new(),
        Err(Unseen::Failed(why)) => vec![
            Finding::unknown(code, link, ("没有查明", "It could not be found out"))
                .with([Seen::said(why)]),
        ],
    }
}

/// An instant as RFC 3339 in UTC.
fn rfc3339(at: pki::UnixTime) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(|_| at.0.to_string(), |time| time.to_string())
}

/// A name in evidence, which is one line for everybody.
fn both(text: &Text) -> String {
    if text.zh == text.en {
        text.zh.clone()
    } else {
        format!("{} / {}", text.zh, text.en)
    }
}
