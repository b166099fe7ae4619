//! What a list covers: issuingDistributionPoint.

use crate::asn1::{Element, Elements, tag};
use crate::distribution_point::{FullName, PointName, Reasons};
use crate::{Certificate, ParseError};

const WHAT: &str = "issuingDistributionPoint";

/// issuingDistributionPoint (RFC 5280 §5.2.5): what the list does not cover.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    name: Option<PointName>,
    only_user: bool,
    only_ca: bool,
    only_attribute: bool,
    reasons: Reasons,
    /// The list speaks for other issuers.
    pub indirect: bool,
}

impl Default for Scope {
    /// A list without the extension covers all that its issuer issued.
    fn default() -> Self {
        Self {
            name: None,
            only_user: false,
            only_ca: false,
            only_attribute: false,
            reasons: Reasons::ALL,
            indirect: false,
        }
    }
}

impl Scope {
    pub fn read(value: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
        let name = fields
            .optional(tag::context_constructed(0))?
            .map(|name| PointName::read(&name, WHAT))
            .transpose()?;
        let only_user = flag(&mut fields, 1)?;
        let only_ca = flag(&mut fields, 2)?;
        let reasons = Reasons::read(fields.optional(tag::context(3))?, WHAT)?;
        let indirect = flag(&mut fields, 4)?;
        let only_attribute = flag(&mut fields, 5)?;
        fields.finish()?;
        Ok(Self {
            name,
            only_user,
            only_ca,
            only_attribute,
            reasons,
            indirect,
        })
    }

    /// For which reasons the list would name this certificate, were it revoked (RFC 5280 §6.3.3 (b), (d)).
    pub fn covers(&self, subject: &Certificate) -> Reasons {
        let ca = subject.basic_constraints().is_some_and(|basic| basic.ca);
        let kind = if ca { !self.only_user } else { !self.only_ca };
        if !kind || self.only_attribute {
            return Reasons::NONE;
        }
        let Some(name) = &self.name else {
            return self.reasons;
        };
        // A list for one distribution point says nothing about certificates of another. Beside the points
        // that a certificate names, its issuer's own name is one for all reasons.
        let issuer = subject.issuer();
        let own = PointName::Full(vec![FullName::Directory(issuer.clone())]);
        if name.meets(&own, issuer) {
            return self.reasons;
        }
        subject
            .distribution_points()
            .iter()
            .filter(|point| !point.other_issuer)
            .filter(|point| {
                let names = point.name.as_ref();
                names.is_some_and(|names| name.meets(names, issuer))
            })
            .fold(Reasons::NONE, |all, point| {
                all.or(point.reasons.and(self.reasons))
            })
    }
}

/// `[number] IMPLICIT BOOLEAN DEFAULT FALSE`.
fn flag(fields: &mut Elements<'_>, number: u8) -> Result<bool, ParseError> {
    match fields.optional(tag::context(number))?.map(|e| e.value()) {
        None | Some([0x00]) => Ok(false),
        Some([0xff]) => Ok(true),
        Some(_) => Err(ParseError::Malformed(WHAT)),
    }
}
