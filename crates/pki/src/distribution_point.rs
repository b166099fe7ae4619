//! Distribution points of revocation lists: cRLDistributionPoints of a certificate (RFC 5280 §4.2.1.13) and
//! the name of issuingDistributionPoint in a list (§5.2.5).

use crate::asn1::{Element, Elements, tag};
use crate::{Name, ParseError};

/// Names of one point that are read.
const MAX_NAMES: usize = 64;
const DIRECTORY_NAME: u8 = tag::context_constructed(4);

/// One DistributionPoint of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct DistributionPoint {
    pub name: Option<PointName>,
    /// The reasons that the list there covers.
    pub reasons: Reasons,
    /// Whether another authority signs the list there: it is indirect, which is no evidence here.
    pub other_issuer: bool,
}

impl DistributionPoint {
    pub fn read(point: &Element<'_>, what: &'static str) -> Result<Self, ParseError> {
        let mut fields = point.sequence(what)?;
        let name = fields.optional(tag::context_constructed(0))?;
        let reasons = fields.optional(tag::context(1))?;
        let other_issuer = fields.optional(tag::context_constructed(2))?.is_some();
        fields.finish()?;
        Ok(Self {
            name: name.map(|name| PointName::read(&name, what)).transpose()?,
            reasons: Reasons::read(reasons, what)?,
            other_issuer,
        })
    }

    /// The addresses where the certificate's own issuer keeps the list.
    pub fn urls(&self) -> Vec<String> {
        match &self.name {
            Some(PointName::Full(names)) if !self.other_issuer => {
                names.iter().filter_map(|name| name.url()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// DistributionPointName.
#[derive(Debug, Clone)]
pub(crate) enum PointName {
    /// fullName.
    Full(Vec<FullName>),
    /// nameRelativeToCRLIssuer: the contents of its SET.
    Relative(Vec<u8>),
}

/// One GeneralName of a fullName.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FullName {
    Directory(Name),
    /// Any other form, by its DER.
    Other(Vec<u8>),
}

impl FullName {
    fn url(&self) -> Option<String> {
        let Self::Other(der) = self else {
            return None;
        };
        let element = Element::parse(der, "distribution point").ok()?;
        (element.tag() == tag::context(6) && element.value().is_ascii())
            .then(|| String::from_utf8(element.value().to_vec()).ok())
            .flatten()
    }
}

impl PointName {
    /// Reads `[0] DistributionPointName`.
    pub fn read(name: &Element<'_>, what: &'static str) -> Result<Self, ParseError> {
        const RELATIVE: u8 = tag::context_constructed(1);
        let mut choice = Elements::new(name.value(), what)?;
        let chosen = choice.required()?;
        choice.finish()?;
        if chosen.tag() == RELATIVE {
            return Ok(Self::Relative(chosen.value().to_vec()));
        }
        let mut names = chosen.inside(tag::context_constructed(0), what)?;
        let mut out = Vec::new();
        while let Some(name) = names.next()? {
            if out.len() == MAX_NAMES {
                return Err(ParseError::TooMany {
                    what,
                    limit: MAX_NAMES,
                });
            }
            out.push(if name.tag() == DIRECTORY_NAME {
                FullName::Directory(Name::from_element(&name.explicit(4, what)?)?)
            } else {
                FullName::Other(name.raw().to_vec())
            });
        }
        Ok(Self::Full(out))
    }

    /// Whether the two have a name in common (RFC 5280 §6.3.3 (b)(2)(i)); relative names are completed with
    /// `issuer`, who issued certificate and list alike.
    pub fn meets(&self, other: &Self, issuer: &Name) -> bool {
        let (own, others) = (self.resolved(issuer), other.resolved(issuer));
        own.iter().any(|name| others.contains(name))
    }

    fn resolved(&self, issuer: &Name) -> Vec<FullName> {
        match self {
            Self::Full(names) => names.clone(),
            // An unreadable relative name names nothing.
            Self::Relative(rdn) => issuer
                .with_relative(rdn)
                .map(|name| vec![FullName::Directory(name)])
                .unwrap_or_default(),
        }
    }
}

/// A set of reasons for a revocation (ReasonFlags, RFC 5280 §4.2.1.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub const NONE: Self = Self(0);
    /// Bits 1, keyCompromise, to 8, aACompromise; bit 0 is unused.
    pub const ALL: Self = Self(0x7f80);

    /// Reads `[number] IMPLICIT ReasonFlags OPTIONAL`; its absence means all.
    pub fn read(element: Option<Element<'_>>, what: &'static str) -> Result<Self, ParseError> {
        let Some(element) = element else {
            return Ok(Self::ALL);
        };
        let mut plain = element.raw().to_vec();
        if let Some(identifier) = plain.first_mut() {
            *identifier = tag::BIT_STRING;
        }
        let octets = Element::parse(&plain, what)?.named_bits(2, what)?;
        let octet = |index: usize| u16::from(octets.get(index).copied().unwrap_or_default());
        Ok(Self((octet(0) << 8 | octet(1)) & Self::ALL.0))
    }

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `other` has a reason that is not here.
    pub const fn lacks_some_of(self, other: Self) -> bool {
        other.0 & !self.0 != 0
    }
}
