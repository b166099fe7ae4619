//! Which sites may ask, and how a site is shown.
//!
//! The origin is what the browser put into `event.origin`, never what a page says of itself. Refused are
//! `null`, http, IP addresses and loopback names, unless the agent was started with exactly that origin
//! as a development origin: anybody on the network can be an http origin, and anything on this machine a
//! loopback one.

use contract::ErrorCode;
use serde::Serialize;
use url::{Host, Url};

/// Origins that the agent was told of when it was started.
#[derive(Clone, Debug, Default)]
pub struct OriginPolicy {
    development: Vec<String>,
    platforms: Vec<(String, catalogue::Text)>,
}

/// A site that may ask, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// The origin, ASCII-serialised.
    pub origin: String,
    /// The host, in ASCII: an internationalised name stands in punycode, so that no letter passes for another.
    pub host: String,
    /// The part of the host that somebody registered, by the public suffix list.
    pub registrable: String,
    /// Whether a label is punycode; then the page says that the name holds foreign letters.
    pub punycode: bool,
    /// Whether it is a development origin.
    pub development: bool,
    /// The platform's name, where the platform files list this origin.
    pub platform: Option<catalogue::Text>,
}

/// An origin that was no origin, or may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginRefused {
    /// `null`: a file, a sandboxed frame, a data URL.
    #[error("the page has no origin of its own")]
    Null,
    /// Not the ASCII serialisation of an origin.
    #[error("not an origin")]
    Malformed,
    /// Not https.
    #[error("the page did not come over https")]
    NotHttps,
    /// An IP address.
    #[error("the site is an IP address")]
    Address,
    /// A name of this machine or of no public domain.
    #[error("the site's name is not a public one")]
    Local,
}

impl OriginRefused {
    /// The code for pages.
    pub fn code(self) -> ErrorCode {
        ErrorCode::OriginRefused
    }
}

impl OriginPolicy {
    /// A policy with development origins (exact ASCII serialisations) and the platforms' own origins.
    ///
    /// # Errors
    /// [`OriginRefused::Malformed`] for a development origin that is none.
    pub fn new(
        development: Vec<String>,
        platforms: Vec<(String, catalogue::Text)>,
    ) -> Result<OriginPolicy, OriginRefused> {
        for origin in &development {
            let url = Url::parse(origin).map_err(|_| OriginRefused::Malformed)?;
            if !matches!(url.scheme(), "http" | "https")
                || url.origin().ascii_serialization() != *origin
            {
                return Err(OriginRefused::Malformed);
            }
        }
        Ok(OriginPolicy {
            development,
            platforms,
        })
    }

    /// The development origins.
    pub fn development(&self) -> &[String] {
        &self.development
    }

    /// The origins that the platform files list, with the platforms' names.
    pub fn platforms(&self) -> &[(String, catalogue::Text)] {
        &self.platforms
    }

    /// Whether the platform files or the command line name this origin: then a seal may be asked for.
    pub fn is_listed(&self, origin: &str) -> bool {
        self.development.iter().any(|listed| listed == origin)
            || self.platforms.iter().any(|(listed, _)| listed == origin)
    }

    /// Admits an origin and says how to show it.
    ///
    /// # Errors
    /// [`OriginRefused`].
    pub fn admit(&self, origin: &str) -> Result<Site, OriginRefused> {
        if origin == "null" {
            return Err(OriginRefused::Null);
        }
        let url = Url::parse(origin).map_err(|_| OriginRefused::Malformed)?;
        if origin.len() > contract::seal_intent::MAX_ORIGIN_BYTES
            || url.origin().ascii_serialization() != origin
        {
            return Err(OriginRefused::Malformed);
        }
        let development = self.development.iter().any(|listed| listed == origin);
        if !development {
            if url.scheme() != "https" {
                return Err(OriginRefused::NotHttps);
            }
            match url.host() {
                Some(Host::Domain(domain)) if is_public(domain) => {}
                Some(Host::Domain(_)) => return Err(OriginRefused::Local),
                _ => return Err(OriginRefused::Address),
            }
        }
        let host = url.host_str().ok_or(OriginRefused::Malformed)?.to_owned();
        let registrable = match url.host() {
            Some(Host::Domain(domain)) => psl::domain_str(domain).unwrap_or(domain).to_owned(),
            _ => host.clone(),
        };
        let platform = self
            .platforms
            .iter()
            .find(|(listed, _)| listed == origin)
            .map(|(_, name)| name.clone());
        Ok(Site {
            origin: origin.to_owned(),
            punycode: host.split('.').any(|label| label.starts_with("xn--")),
            host,
            registrable,
            development,
            platform,
        })
    }
}

/// Whether a name can be somebody's on the public network: it has a dot, and its last label is none of
/// those that RFC 6761, RFC 6762 and ICANN keep for local use.
fn is_public(domain: &str) -> bool {
    const LOCAL: [&str; 6] = ["localhost", "local", "internal", "home", "lan", "invalid"];
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && !domain.ends_with('.') && !LOCAL.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> OriginPolicy {
        let name = catalogue::Text {
            zh: "政采云".into(),
            en: "Zhengcaiyun".into(),
        };
        let platforms = vec![("https://www.zcygov.cn".to_owned(), name)];
        OriginPolicy::new(vec!["http://127.0.0.1:8080".into()], platforms).unwrap()
    }

    #[test]
    fn null_http_addresses_and_local_names_are_refused() {
        let policy = policy();
        for (origin, why) in [
            ("null", OriginRefused::Null),
            ("http://example.cn", OriginRefused::NotHttps),
            ("https://192.0.2.7", OriginRefused::Address),
            ("https://[2001:db8::1]", OriginRefused::Address),
            ("https://127.0.0.1:8443", OriginRefused::Address),
            ("https://localhost", OriginRefused::Local),
            ("https://evil.localhost", OriginRefused::Local),
            ("https://intranet", OriginRefused::Local),
            ("https://printer.local", OriginRefused::Local),
            ("https://example.cn.", OriginRefused::Local),
            ("http://127.0.0.1:8081", OriginRefused::NotHttps),
            ("http://localhost:8080", OriginRefused::NotHttps),
        ] {
            assert_eq!(policy.admit(origin), Err(why), "{origin}");
        }
    }

    #[test]
    fn only_the_ascii_serialisation_of_an_origin_is_one() {
        for text in [
            "",
            "example.cn",
            "https://example.cn/",
            "https://example.cn/a",
            "HTTPS://example.cn",
            "https://例子.cn",
            "https://example.cn:443",
            "https://user@example.cn",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(policy().admit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_development_origin_is_admitted_and_said_to_be_one() {
        let site = policy().admit("http://127.0.0.1:8080").unwrap();
        assert!(site.development);
        assert_eq!(site.host, "127.0.0.1");
    }

    #[test]
    fn the_registrable_domain_is_shown_and_punycode_is_said() {
        let site = policy()
            .admit("https://login.zcygov.cn.evil.com.cn")
            .unwrap();
        assert_eq!(site.registrable, "evil.com.cn");
        assert!(!site.punycode && site.platform.is_none());
        let site = policy().admit("https://xn--fiqs8s.xn--55qx5d.cn").unwrap();
        assert!(site.punycode);
        let site = policy().admit("https://www.zcygov.cn").unwrap();
        assert_eq!(site.platform.unwrap().zh, "政采云");
        assert!(
            policy().is_listed("https://www.zcygov.cn") && !policy().is_listed("https://zcygov.cn")
        );
    }
}
