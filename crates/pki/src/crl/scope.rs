//! What a list covers: issuingDistributionPoint.

use crate::asn1::{Element, Elements, tag};
use crate::extensions::distribution_point_urls;
use crate::{Certificate, ParseError};

const WHAT: &str = "issuingDistributionPoint";

/// issuingDistributionPoint (RFC 5280 §5.2.5): what the list does not cover.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    urls: Option<Vec<String>>,
    only_user: bool,
    only_ca: bool,
    only_attribute: bool,
    some_reasons: bool,
    /// The list speaks for other issuers.
    pub indirect: bool,
}

impl Scope {
    pub fn read(value: &[u8]) -> Result<Self, ParseError> {
        let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
        let urls = fields
            .optional(tag::context_constructed(0))?
            .map(|name| distribution_point_urls(&name, WHAT))
            .transpose()?;
        let only_user = flag(&mut fields, 1)?;
        let only_ca = flag(&mut fields, 2)?;
        let some_reasons = fields.optional(tag::context(3))?.is_some();
        let indirect = flag(&mut fields, 4)?;
        let only_attribute = flag(&mut fields, 5)?;
        fields.finish()?;
        Ok(Self {
            urls,
            only_user,
            only_ca,
            only_attribute,
            some_reasons,
            indirect,
        })
    }

    /// Whether the list speaks about this certificate at all.
    pub fn covers(&self, subject: &Certificate) -> bool {
        let ca = subject.basic_constraints().is_some_and(|basic| basic.ca);
        let named = self.urls.as_ref().is_none_or(|urls| {
            // A list for one distribution point says nothing about certificates of another.
            urls.iter().any(|url| subject.crl_urls().contains(url))
        });
        let kind = if ca { !self.only_user } else { !self.only_ca };
        named && kind && !self.some_reasons && !self.only_attribute
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
