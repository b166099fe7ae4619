//! nameConstraints (RFC 5280 §4.2.1.10): directory names are processed; for every other form of name a
//! constraint is met only by a certificate that has no name of that form.

use super::PathError;
use crate::asn1::{Element, Elements, tag};
use crate::{Certificate, Name, ParseError, oid};

const WHAT: &str = "nameConstraints";
const MAX_SUBTREES: usize = 64;
/// The form directoryName among GeneralName's tags.
const DIRECTORY_NAME: u8 = tag::context_constructed(4);
/// The form rfc822Name among GeneralName's tags.
const RFC822_NAME: u8 = tag::context(1);

/// The constraints of all issuers so far. Permitted names have to satisfy every issuer's list.
#[derive(Default)]
pub(super) struct Accumulated {
    permitted: Vec<Vec<Name>>,
    excluded: Vec<Name>,
    /// Tags of the other forms that are constrained.
    other_forms: Vec<u8>,
}

impl Accumulated {
    /// Adds what this issuer lays down.
    pub fn add(&mut self, issuer: &Certificate) -> Result<(), PathError> {
        let Some(value) = issuer.extension_value(&oid::NAME_CONSTRAINTS) else {
            return Ok(());
        };
        self.read(value).map_err(|_| outside(issuer))
    }

    fn read(&mut self, value: &[u8]) -> Result<(), ParseError> {
        let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
        if let Some(permitted) = fields.optional(tag::context_constructed(0))? {
            let names = self.subtrees(&permitted)?;
            if !names.is_empty() {
                self.permitted.push(names);
            }
        }
        if let Some(excluded) = fields.optional(tag::context_constructed(1))? {
            let names = self.subtrees(&excluded)?;
            self.excluded.extend(names);
        }
        fields.finish()
    }

    /// The directory names of `GeneralSubtrees`; other forms are noted.
    fn subtrees(&mut self, element: &Element<'_>) -> Result<Vec<Name>, ParseError> {
        let mut names = Vec::new();
        let mut subtrees = Elements::new(element.value(), WHAT)?;
        let mut count = 0;
        while let Some(subtree) = subtrees.next()? {
            count += 1;
            if count > MAX_SUBTREES {
                return Err(ParseError::TooMany {
                    what: WHAT,
                    limit: MAX_SUBTREES,
                });
            }
            let mut fields = subtree.sequence(WHAT)?;
            let base = fields.required()?;
            // minimum is 0 and maximum absent in this profile; DER leaves both out.
            fields.finish()?;
            if base.tag() == DIRECTORY_NAME {
                names.push(Name::from_element(&base.explicit(4, WHAT)?)?);
            } else {
                self.other_forms.push(base.tag());
            }
        }
        Ok(names)
    }

    /// Holds the certificate's names against what was laid down above it.
    pub fn check(&self, certificate: &Certificate) -> Result<(), PathError> {
        if self.permitted.is_empty() && self.excluded.is_empty() && self.other_forms.is_empty() {
            return Ok(());
        }
        let (mut names, mut forms) =
            alternative_names(certificate).map_err(|_| outside(certificate))?;
        if !certificate.subject().is_empty() {
            names.push(certificate.subject().clone());
        }
        if certificate
            .subject()
            .attribute(&oid::EMAIL_ADDRESS)
            .is_some()
        {
            forms.push(RFC822_NAME);
        }
        let allowed = names.iter().all(|name| {
            self.permitted
                .iter()
                .all(|list| list.iter().any(|base| name.is_within(base)))
                && !self.excluded.iter().any(|base| name.is_within(base))
        });
        let undecided = forms.iter().any(|form| self.other_forms.contains(form));
        if allowed && !undecided {
            Ok(())
        } else {
            Err(outside(certificate))
        }
    }
}

/// The directory names of subjectAltName and the tags of its other forms.
fn alternative_names(certificate: &Certificate) -> Result<(Vec<Name>, Vec<u8>), ParseError> {
    const WHAT: &str = "subjectAltName";
    let mut directory = Vec::new();
    let mut forms = Vec::new();
    if let Some(value) = certificate.extension_value(&oid::SUBJECT_ALT_NAME) {
        let mut names = Element::parse(value, WHAT)?.sequence(WHAT)?;
        while let Some(name) = names.next()? {
            if name.tag() == DIRECTORY_NAME {
                directory.push(Name::from_element(&name.explicit(4, WHAT)?)?);
            } else {
                forms.push(name.tag());
            }
        }
    }
    Ok((directory, forms))
}

fn outside(certificate: &Certificate) -> PathError {
    PathError::NameConstraints {
        subject: certificate.subject().rfc4514(),
    }
}
