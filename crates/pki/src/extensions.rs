//! Certificate extensions (RFC 5280 §4.2): the ones that decisions are made from are read once, here.

use crate::asn1::{Element, tag};
use crate::distribution_point::DistributionPoint;
use crate::{Oid, ParseError, oid};

const MAX_EXTENSIONS: usize = 64;
const MAX_LIST: usize = 64;

/// One extension as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    oid: Oid,
    critical: bool,
    value: Vec<u8>,
}

impl Extension {
    /// The extension's type.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// Whether whoever does not understand it has to refuse.
    #[must_use]
    pub const fn critical(&self) -> bool {
        self.critical
    }

    /// The contents of extnValue.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

/// keyUsage (RFC 5280 §4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    const fn has(self, bit: u8) -> bool {
        self.0 & (0x8000 >> bit) != 0
    }

    /// digitalSignature (bit 0).
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.has(0)
    }

    /// nonRepudiation, also called contentCommitment (bit 1).
    #[must_use]
    pub const fn non_repudiation(self) -> bool {
        self.has(1)
    }

    /// keyEncipherment (bit 2).
    #[must_use]
    pub const fn key_encipherment(self) -> bool {
        self.has(2)
    }

    /// dataEncipherment (bit 3).
    #[must_use]
    pub const fn data_encipherment(self) -> bool {
        self.has(3)
    }

    /// keyAgreement (bit 4).
    #[must_use]
    pub const fn key_agreement(self) -> bool {
        self.has(4)
    }

    /// keyCertSign (bit 5).
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.has(5)
    }

    /// cRLSign (bit 6).
    #[must_use]
    pub const fn crl_sign(self) -> bool {
        self.has(6)
    }
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// How many CA certificates that are not self-issued may follow.
    pub path_len: Option<u32>,
}

/// The extensions of one certificate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions {
    pub all: Vec<Extension>,
    pub basic_constraints: Option<BasicConstraints>,
    pub key_usage: Option<KeyUsage>,
    pub extended_key_usage: Option<Vec<Oid>>,
    pub policies: Vec<Oid>,
    pub skid: Option<Vec<u8>>,
    pub akid: Option<Vec<u8>>,
    pub distribution_points: Vec<DistributionPoint>,
    pub crl_urls: Vec<String>,
    pub crl_announced: bool,
    pub ocsp_urls: Vec<String>,
    pub ca_issuer_urls: Vec<String>,
}

impl Extensions {
    /// Reads `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`.
    pub fn read(element: &Element<'_>) -> Result<Self, ParseError> {
        let all = read_list(element)?;
        let mut out = Self::default();
        for extension in &all {
            out.interpret(extension)?;
        }
        out.all = all;
        Ok(out)
    }

    fn interpret(&mut self, extension: &Extension) -> Result<(), ParseError> {
        let value = &extension.value;
        match extension.oid {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::EXTENDED_KEY_USAGE => {
                const WHAT: &str = "extKeyUsage";
                self.extended_key_usage = Some(list(value, WHAT, |e| e.oid())?);
            }
            oid::CERTIFICATE_POLICIES => {
                const WHAT: &str = "certificatePolicies";
                self.policies = list(value, WHAT, |e| e.sequence(WHAT)?.oid())?;
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                const WHAT: &str = "subjectKeyIdentifier";
                self.skid = Some(Element::parse(value, WHAT)?.octet_string(WHAT)?.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                const WHAT: &str = "authorityKeyIdentifier";
                self.akid = Element::parse(value, WHAT)?
                    .sequence(WHAT)?
                    .optional(tag::context(0))?
                    .map(|key_identifier| key_identifier.value().to_vec());
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                const WHAT: &str = "cRLDistributionPoints";
                self.crl_announced = true;
                self.distribution_points =
                    list(value, WHAT, |point| DistributionPoint::read(&point, WHAT))?;
                let urls = self
                    .distribution_points
                    .iter()
                    .flat_map(|point| point.urls());
                self.crl_urls = urls.collect();
            }
            oid::AUTHORITY_INFO_ACCESS => self.authority_info_access(value)?,
            _ => {}
        }
        Ok(())
    }

    fn authority_info_access(&mut self, value: &[u8]) -> Result<(), ParseError> {
        const WHAT: &str = "authorityInfoAccess";
        let accesses = list(value, WHAT, |access| {
            let mut fields = access.sequence(WHAT)?;
            let method = fields.oid()?;
            let location = uri(&fields.required()?);
            fields.finish()?;
            Ok((method, location))
        })?;
        for (method, location) in accesses {
            match (method, location) {
                (oid::AD_OCSP, Some(url)) => self.ocsp_urls.push(url),
                (oid::AD_CA_ISSUERS, Some(url)) => self.ca_issuer_urls.push(url),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads a list of extensions, refusing duplicates (RFC 5280 §4.2).
pub(crate) fn read_list(element: &Element<'_>) -> Result<Vec<Extension>, ParseError> {
    const WHAT: &str = "extensions";
    let mut all: Vec<Extension> = Vec::new();
    let mut sequence = element.sequence(WHAT)?;
    while let Some(extension) = sequence.next()? {
        let mut fields = extension.sequence(WHAT)?;
        let oid = fields.oid()?;
        let critical = match fields.optional(tag::BOOLEAN)? {
            // Real certificates encode the default FALSE too.
            Some(critical) => critical.boolean(WHAT)?,
            None => false,
        };
        let value = fields.required()?.octet_string(WHAT)?.to_vec();
        fields.finish()?;
        if all.iter().any(|other| other.oid == oid) {
            return Err(ParseError::Duplicate("an extension"));
        }
        if all.len() == MAX_EXTENSIONS {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_EXTENSIONS,
            });
        }
        all.push(Extension {
            oid,
            critical,
            value,
        });
    }
    if all.is_empty() {
        return Err(ParseError::Malformed(WHAT));
    }
    Ok(all)
}

fn list<T>(
    value: &[u8],
    what: &'static str,
    read: impl Fn(Element<'_>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    let mut out = Vec::new();
    let mut sequence = Element::parse(value, what)?.sequence(what)?;
    while let Some(element) = sequence.next()? {
        if out.len() == MAX_LIST {
            return Err(ParseError::TooMany {
                what,
                limit: MAX_LIST,
            });
        }
        out.push(read(element)?);
    }
    Ok(out)
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, ParseError> {
    const WHAT: &str = "basicConstraints";
    let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
    let ca = match fields.optional(tag::BOOLEAN)? {
        Some(ca) => ca.boolean(WHAT)?,
        None => false,
    };
    let path_len = fields
        .optional(tag::INTEGER)?
        .map(|length| length.small_integer(WHAT))
        .transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, ParseError> {
    const WHAT: &str = "keyUsage";
    let octets = Element::parse(value, WHAT)?.named_bits(2, WHAT)?;
    let octet = |index: usize| u16::from(octets.get(index).copied().unwrap_or_default());
    Ok(KeyUsage(octet(0) << 8 | octet(1)))
}

/// The uniformResourceIdentifier of a GeneralName, where it is one.
fn uri(name: &Element<'_>) -> Option<String> {
    (name.tag() == tag::context(6) && name.value().is_ascii())
        .then(|| String::from_utf8(name.value().to_vec()).ok())
        .flatten()
}
