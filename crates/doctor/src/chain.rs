//! The chain that a login goes through, and the link that is broken: browser → agent → driver → token → certificate →
//! CA → platform.

use contract::Text;
use serde::Serialize;

use crate::case::Link;
use crate::finding::{Finding, Outcome};

/// A link as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainLink {
    /// Which.
    pub link: Link,
    /// What people call it.
    pub name: Text,
    /// How it stands; absent where nobody looked at it.
    pub outcome: Option<Outcome>,
}

/// The chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Its links in order.
    pub links: Vec<ChainLink>,
    /// The first that is broken. What lies behind it may look broken only because of it.
    pub broken: Option<Link>,
}

impl Chain {
    /// The chain of what was found.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Chain {
        let links: Vec<ChainLink> = Link::ALL
            .into_iter()
            .map(|link| ChainLink {
                link,
                name: link.name().text(),
                outcome: findings
                    .iter()
                    .filter(|finding| finding.link == link)
                    .map(|finding| finding.outcome)
                    .max(),
            })
            .collect();
        let broken = links
            .iter()
            .find(|link| link.outcome == Some(Outcome::Failed))
            .map(|link| link.link);
        Chain { links, broken }
    }
}
