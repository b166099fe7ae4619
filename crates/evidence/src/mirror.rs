//! Evidence mirrors: an announced prefix is fetched from elsewhere, for closed networks and demonstrations.
//! A mirror can withhold a list, never forge one.

use std::str::FromStr;

use url::Url;

/// One mirror, written `FROM=TO`, both prefixes with scheme, host and path that ends in `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    from: Url,
    to: Url,
}

/// Why a mirror is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mirror: write FROM=TO, both http(s) addresses that end in /")]
pub struct MirrorError {
    text: String,
}

impl Mirror {
    /// A mirror between two prefixes.
    pub fn new(from: &str, to: &str) -> Result<Self, MirrorError> {
        let refused = || MirrorError {
            text: format!("{from}={to}"),
        };
        let prefix = |text: &str| {
            let url = Url::parse(text).ok()?;
            let plain = matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none();
            (plain && url.path().ends_with('/')).then_some(url)
        };
        Ok(Self {
            from: prefix(from).ok_or_else(refused)?,
            to: prefix(to).ok_or_else(refused)?,
        })
    }

    /// The mirrored address, where this mirror stands for it.
    pub(crate) fn apply(&self, announced: &Url) -> Option<Url> {
        let rest = announced.as_str().strip_prefix(self.from.as_str())?;
        // A path that climbs out was folded when the address was parsed.
        Url::parse(&format!("{}{rest}", self.to))
            .ok()
            .filter(|url| self.covers(url))
    }

    /// Whether an address lies under the mirror's own prefix: where its redirects may lead.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        url.as_str().starts_with(self.to.as_str())
    }
}

impl FromStr for Mirror {
    type Err = MirrorError;

    fn from_str(text: &str) -> Result<Self, MirrorError> {
        // Neither prefix has a query, so the first `=` divides.
        let (from, to) = text.split_once('=').ok_or_else(|| MirrorError {
            text: text.to_owned(),
        })?;
        Self::new(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_replaces_its_prefix_and_nothing_else() {
        let mirror: Mirror = "http://ca.yinxin-demo.test/=http://127.0.0.1:8080/ca/"
            .parse()
            .unwrap();
        let applied = |text: &str| mirror.apply(&Url::parse(text).unwrap()).map(String::from);
        assert_eq!(
            applied("http://ca.yinxin-demo.test/a.crl").as_deref(),
            Some("http://127.0.0.1:8080/ca/a.crl")
        );
        assert_eq!(applied("http://ca.yinxin-demo.test.evil/a.crl"), None);
        assert_eq!(applied("http://other/a.crl"), None);
    }

    #[test]
    fn what_is_no_mirror_is_refused() {
        for text in [
            "",
            "x",
            "http://a/",
            "http://a=http://b/x",
            "file:///x/=http://b/",
            "http://u@a/=http://b/",
        ] {
            assert!(text.parse::<Mirror>().is_err(), "{text}");
        }
    }
}
