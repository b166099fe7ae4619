//! The browser: which it is, and what it lets a page do.

use pki::UnixTime;

use crate::case::Link;
use crate::finding::{Finding, Outcome};
use crate::machine::{BrowserSeen, Permission};
use crate::seen::Seen;

/// The least version that runs these pages (es2020, `docs/compatibility.md`).
const LEAST: [(&str, u32); 4] = [
    ("Edg/", 80),
    ("Chrome/", 80),
    ("Firefox/", 78),
    ("Version/", 14),
];

pub(super) fn browser(seen: BrowserSeen, _: UnixTime) -> Vec<Finding> {
    let agent = Seen::named("browser", short(&seen.user_agent));
    let mut findings = vec![if is_supported(&seen.user_agent) {
        good("browser", ("浏览器可用", "The browser works here")).with([agent])
    } else {
        Finding::of("browser", Outcome::Failed, "browser_unsupported").with([agent])
    }];
    findings.push(if seen.secure {
        good("secure_page", ("安全页面", "The page is secure"))
    } else {
        Finding::of("secure_page", Outcome::Failed, "insecure_page")
            .with([Seen::said("isSecureContext: false")])
    });
    if seen.framed {
        let allows = seen.frame_allows == Some(true);
        findings.push(if allows {
            good(
                "frame",
                (
                    "所在框架允许访问本机",
                    "The frame lets it reach this computer",
                ),
            )
        } else {
            Finding::of("frame", Outcome::Failed, "framed_without_permission")
                .with([Seen::said("window.top !== window")])
        });
    }
    match seen.loopback {
        Permission::Denied => findings.push(
            // Our popup goes through all the same; only old pages fail.
            Finding::of("loopback", Outcome::Warning, "loopback_denied")
                .with([Seen::said("loopback-network: denied")]),
        ),
        Permission::Granted | Permission::Prompt => {
            findings.push(good(
                "loopback",
                ("未禁止访问本机", "Access to this computer is not denied"),
            ));
        }
        Permission::Unknown => {}
    }
    match seen.popup {
        Some(true) => findings.push(good("popup", ("弹出窗口正常", "Windows open"))),
        Some(false) => findings.push(
            Finding::of("popup", Outcome::Failed, "popup_blocked")
                .with([Seen::said("window.open: null")]),
        ),
        None => {}
    }
    findings
}

fn good(code: &'static str, summary: (&str, &str)) -> Finding {
    Finding::good(code, Link::Browser, summary)
}

/// Whether a browser is recent enough. Edge and 360 call themselves Chrome as well.
fn is_supported(user_agent: &str) -> bool {
    if user_agent.contains("MSIE ") || user_agent.contains("Trident/") {
        return false;
    }
    LEAST
        .iter()
        .find_map(|(mark, least)| Some(version_after(user_agent, mark)? >= *least))
        .unwrap_or(false)
}

fn version_after(user_agent: &str, mark: &str) -> Option<u32> {
    let at = user_agent.find(mark)? + mark.len();
    let digits: String = user_agent[at..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// The last product of the line: what a support desk wants to know.
fn short(user_agent: &str) -> String {
    let mut text: String = user_agent.chars().take(300).collect();
    if let Some(rest) = text.strip_prefix("Mozilla/5.0 ") {
        text = rest.to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::is_supported;

    #[test]
    fn the_browsers_of_the_matrix_are_told_apart() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/";
        for (user_agent, supported) in [
            ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)".to_owned(), false),
            ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko".to_owned(), false),
            (format!("{chrome}69.0.3497.100 Safari/537.36"), false),
            (format!("{chrome}86.0.4240.198 Safari/537.36"), true),
            (format!("{chrome}156.0.0.0 Safari/537.36 Edg/156.0.0.0"), true),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(), true),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15".to_owned(), true),
            ("curl/8".to_owned(), false),
        ] {
            assert_eq!(is_supported(&user_agent), supported, "{user_agent}");
        }
    }
}
