//! nameConstraints along a path (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c), §6.1.4 (g)).
//!
//! Directory names, host names, mailboxes, addresses and IP addresses are worked out. A constraint on any
//! other form, or on a name that cannot be read, is met by no name of that form.

use super::PathError;
use super::names::{Base, Subject};
use crate::asn1::{Element, Elements, tag};
use crate::{Certificate, ParseError, oid};

const WHAT: &str = "nameConstraints";
/// Subtrees in one list.
const MAX_SUBTREES: usize = 256;
/// Names in one certificate.
const MAX_NAMES: usize = 1024;

/// How many comparisons of a name with a subtree are left for the whole question: names times subtrees is
/// the one product here that a bundle can make large.
pub(super) struct Comparisons(usize);

impl Comparisons {
    pub const fn at_most(limit: usize) -> Self {
        Self(limit)
    }

    fn spend(&mut self, count: usize) -> Result<(), PathError> {
        self.0 = self.0.checked_sub(count).ok_or(PathError::Limit)?;
        Ok(())
    }
}

/// The constraints of all issuers so far.
#[derive(Default)]
pub(super) struct Accumulated {
    /// One list an issuer: names have to satisfy every issuer's.
    permitted: Vec<Vec<Base>>,
    excluded: Vec<Base>,
}

impl Accumulated {
    /// Adds what this issuer lays down.
    pub fn add(&mut self, issuer: &Certificate) -> Result<(), PathError> {
        let Some(value) = issuer.extension_value(&oid::NAME_CONSTRAINTS) else {
            return Ok(());
        };
        self.read(value).map_err(|_| PathError::Extension {
            subject: issuer.subject().rfc4514(),
            oid: oid::NAME_CONSTRAINTS,
        })
    }

    fn read(&mut self, value: &[u8]) -> Result<(), ParseError> {
        let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
        if let Some(permitted) = fields.optional(tag::context_constructed(0))? {
            self.permitted.push(subtrees(&permitted)?);
        }
        if let Some(excluded) = fields.optional(tag::context_constructed(1))? {
            self.excluded.extend(subtrees(&excluded)?);
        }
        fields.finish()
    }

    /// Holds the certificate's names against what was laid down above it.
    pub fn check(
        &self,
        certificate: &Certificate,
        comparisons: &mut Comparisons,
    ) -> Result<(), PathError> {
        let subtrees = self.permitted.iter().map(Vec::len).sum::<usize>() + self.excluded.len();
        if subtrees == 0 {
            return Ok(());
        }
        let outside = || PathError::NameConstraints {
            subject: certificate.subject().rfc4514(),
        };
        let names = names(certificate).map_err(|error| match error {
            ParseError::TooMany { .. } => PathError::Limit,
            _ => outside(),
        })?;
        comparisons.spend(names.len() * subtrees)?;
        if names.iter().all(|name| self.allow(name)) {
            Ok(())
        } else {
            Err(outside())
        }
    }

    fn allow(&self, name: &Subject) -> bool {
        let concerns = |base: &&Base| base.form() == name.form();
        let excluded = self.excluded.iter().filter(concerns);
        let permitted = |list: &Vec<Base>| {
            let mut own = list.iter().filter(concerns).peekable();
            own.peek().is_none() || own.any(|base| base.holds(name))
        };
        if let Subject::Opaque(_) = name {
            // Any constraint on its form refuses what cannot be placed.
            return excluded.count() == 0
                && self
                    .permitted
                    .iter()
                    .all(|list| !list.iter().any(|base| concerns(&base)));
        }
        !excluded.into_iter().any(|base| base.touches(name)) && self.permitted.iter().all(permitted)
    }
}

/// `GeneralSubtrees`.
fn subtrees(element: &Element<'_>) -> Result<Vec<Base>, ParseError> {
    let mut out = Vec::new();
    let mut subtrees = Elements::new(element.value(), WHAT)?;
    while let Some(subtree) = subtrees.next()? {
        if out.len() == MAX_SUBTREES {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_SUBTREES,
            });
        }
        let mut fields = subtree.sequence(WHAT)?;
        let base = fields.required()?;
        // minimum is 0 and maximum absent in this profile; DER leaves both out.
        fields.finish()?;
        out.push(Base::read(&base)?);
    }
    Ok(out)
}

/// What the certificate certifies: the subject, its mailboxes, and subjectAltName.
fn names(certificate: &Certificate) -> Result<Vec<Subject>, ParseError> {
    const WHAT: &str = "subjectAltName";
    let mut names = Vec::new();
    let subject = certificate.subject();
    if !subject.is_empty() {
        names.push(Subject::Directory(subject.clone()));
    }
    // RFC 5280 asks this of certificates without subjectAltName; nothing is lost by asking it of all.
    let mailboxes = subject
        .attributes()
        .filter(|a| *a.oid() == oid::EMAIL_ADDRESS);
    names.extend(mailboxes.map(|mailbox| {
        let read = mailbox
            .text()
            .filter(|text| text.is_ascii())
            .and_then(Subject::mailbox);
        read.unwrap_or(Subject::Opaque(super::names::Form::Mail))
    }));
    if let Some(value) = certificate.extension_value(&oid::SUBJECT_ALT_NAME) {
        let mut alternative = Element::parse(value, WHAT)?.sequence(WHAT)?;
        while let Some(name) = alternative.next()? {
            if names.len() == MAX_NAMES {
                return Err(ParseError::TooMany {
                    what: WHAT,
                    limit: MAX_NAMES,
                });
            }
            names.push(Subject::read(&name)?);
        }
    }
    Ok(names)
}
