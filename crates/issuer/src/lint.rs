//! What is wrong with a certificate, found before it is signed (and before its serial is used).

use pki::asn1::{tag, write};
use pki::{Certificate, KeyFamily, Name, Oid, oid};

use crate::{Authority, Kind, LintFinding, Template};

/// RFC 5280 appendix A.1: the upper bound of commonName, organizationName, organizationalUnitName and
/// serialNumber, in characters.
const UPPER_BOUND: usize = 64;
/// GM/T 0015: organisation code, also used for the unified social credit code.
const ORGANISATION_CODE: &str = "1.2.156.10260.4.1.4";
/// Extensions that must be critical here, and the only ones that may be.
const CRITICAL: [Oid; 2] = [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE];
/// Attributes that stand once in a name.
const ONCE: [Oid; 3] = [oid::COUNTRY, oid::COMMON_NAME, oid::NAME_SERIAL_NUMBER];

/// Reads the TBSCertificate back, as anyone will, and holds it against the template and the rules.
pub(crate) fn lint(authority: &Authority, template: &Template, tbs: &[u8]) -> Vec<LintFinding> {
    // The signature does not exist yet; any octets stand in its place, since nothing here looks at it.
    let unsigned = write::sequence(&[
        tbs,
        &authority.algorithm().identifier(),
        &write::bit_string(&[0]),
    ]);
    let Ok(certificate) = Certificate::from_der(&unsigned) else {
        return vec![LintFinding::Unreadable];
    };
    let rules: [(bool, LintFinding); 16] = [
        (
            (8..=20).contains(&certificate.serial().len()),
            LintFinding::Serial,
        ),
        (
            certificate.issuer().der() == authority.subject().der(),
            LintFinding::Issuer,
        ),
        (
            certificate.not_before() < certificate.not_after(),
            LintFinding::Validity,
        ),
        (
            authority
                .not_after()
                .is_none_or(|end| certificate.not_after() <= end),
            LintFinding::OutlivesIssuer,
        ),
        (
            subject_is_sound(certificate.subject()),
            LintFinding::Subject,
        ),
        (
            string_types_fit(certificate.subject()),
            LintFinding::StringType,
        ),
        (
            basic_constraints_fit(template.kind, &certificate),
            LintFinding::BasicConstraints,
        ),
        (
            key_usage_fits(template.kind, &certificate),
            LintFinding::KeyUsage,
        ),
        (
            extended_usage_fits(template.kind, &certificate),
            LintFinding::ExtendedKeyUsage,
        ),
        (
            certificate.skid().is_some_and(|skid| !skid.is_empty())
                && certificate.akid() == Some(authority.key_identifier()),
            LintFinding::KeyIdentifier,
        ),
        (
            key_fits(authority, template.kind, &certificate),
            LintFinding::Key,
        ),
        (
            template.kind == Kind::Root
                || (certificate.crl_urls() == [authority.crl_url_of(certificate.serial())]
                    && certificate
                        .crl_urls()
                        .iter()
                        .all(|url| url.starts_with("http://"))),
            LintFinding::Revocation,
        ),
        (
            template.kind == Kind::Root
                || certificate.ca_issuer_urls() == [authority.certificate_url()],
            LintFinding::IssuerAddress,
        ),
        (
            !matches!(template.kind, Kind::EndEntity | Kind::Encryption)
                || !certificate.policies().is_empty(),
            LintFinding::Policies,
        ),
        (
            criticality_fits(template.kind, &certificate),
            LintFinding::Criticality,
        ),
        (identity_fits(template, &certificate), LintFinding::Identity),
    ];
    rules
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, finding)| finding)
        .collect()
}

pub(crate) fn subject_is_sound(subject: &Name) -> bool {
    let once = ONCE
        .iter()
        .all(|oid| subject.attribute_values(oid).count() <= 1);
    let names_somebody = subject.attribute(&oid::COMMON_NAME).is_some();
    once && names_somebody
        && subject.attributes().all(|attribute| {
            attribute.text().is_some_and(|text| {
                !text.trim().is_empty()
                    && text.chars().count() <= UPPER_BOUND
                    && !text.chars().any(char::is_control)
            })
        })
}

/// Country in PrintableString, two capital letters (ISO 3166); the rest in UTF8String, or PrintableString where their
/// text fits in it.
pub(crate) fn string_types_fit(subject: &Name) -> bool {
    subject.attributes().all(|attribute| {
        let string = attribute.der().first().copied();
        if *attribute.oid() == oid::COUNTRY {
            let letters = attribute.text().is_some_and(|text| {
                text.len() == 2 && text.bytes().all(|c| c.is_ascii_uppercase())
            });
            return string == Some(tag::PRINTABLE_STRING) && letters;
        }
        matches!(string, Some(tag::UTF8_STRING | tag::PRINTABLE_STRING))
    })
}

fn basic_constraints_fit(kind: Kind, certificate: &Certificate) -> bool {
    let constraints = certificate.basic_constraints();
    match kind {
        Kind::Root => constraints.is_some_and(|basic| basic.ca),
        Kind::IssuingCa => constraints.is_some_and(|basic| basic.ca && basic.path_len == Some(0)),
        Kind::EndEntity
        | Kind::Encryption
        | Kind::OcspResponder
        | Kind::TimeStamping
        | Kind::SealMaker => constraints.is_none_or(|basic| !basic.ca),
    }
}

fn key_usage_fits(kind: Kind, certificate: &Certificate) -> bool {
    let Some(usage) = certificate.key_usage() else {
        return false;
    };
    let signs = usage.digital_signature() && usage.non_repudiation();
    let any_signature = usage.digital_signature() || usage.non_repudiation();
    let encrypts = usage.key_encipherment() && usage.data_encipherment();
    let any_encryption =
        usage.key_encipherment() || usage.data_encipherment() || usage.key_agreement();
    let issues = usage.key_cert_sign() && usage.crl_sign();
    let any_issue = usage.key_cert_sign() || usage.crl_sign();
    match kind {
        Kind::Root | Kind::IssuingCa => issues && !any_signature && !any_encryption,
        Kind::EndEntity | Kind::TimeStamping | Kind::SealMaker => {
            signs && !any_encryption && !any_issue
        }
        Kind::OcspResponder => {
            usage.digital_signature() && !usage.non_repudiation() && !any_encryption && !any_issue
        }
        Kind::Encryption => encrypts && !any_signature && !any_issue,
    }
}

fn extended_usage_fits(kind: Kind, certificate: &Certificate) -> bool {
    let usages = certificate.extended_key_usage();
    match kind {
        Kind::EndEntity => usages.is_some_and(|usages| usages == [oid::CLIENT_AUTH]),
        // One purpose alone for who serves the authority; nobody asks whether a delegate is revoked (RFC 6960 §4.2.2.2.1).
        Kind::OcspResponder => {
            usages.is_some_and(|usages| usages == [oid::OCSP_SIGNING])
                && certificate.extension_value(&oid::OCSP_NOCHECK).is_some()
        }
        Kind::TimeStamping => usages.is_some_and(|usages| usages == [oid::TIME_STAMPING]),
        // Whoever only decrypts or makes seals authenticates nobody; an authority's certificate limits nothing.
        Kind::Encryption | Kind::SealMaker | Kind::Root | Kind::IssuingCa => usages.is_none(),
    }
}

fn key_fits(authority: &Authority, kind: Kind, certificate: &Certificate) -> bool {
    let key = certificate.public_key();
    let strong = key.family() != KeyFamily::Rsa || (2048..=8192).contains(&key.bits());
    let own = key == authority.public_key();
    let pair = kind != Kind::Encryption || key.family() == KeyFamily::Sm2;
    strong && pair && own == (kind == Kind::Root)
}

/// A time-stamping authority's usage is critical too (RFC 3161 §2.3).
fn criticality_fits(kind: Kind, certificate: &Certificate) -> bool {
    let stamps = kind == Kind::TimeStamping;
    certificate.extensions().iter().all(|extension| {
        let of_stamper = stamps && *extension.oid() == oid::EXTENDED_KEY_USAGE;
        extension.critical() == (of_stamper || CRITICAL.contains(extension.oid()))
    })
}

/// Each identity extension of the template stands there as a string with something in it.
fn identity_fits(template: &Template, certificate: &Certificate) -> bool {
    let mut extensions = template.identity.iter();
    extensions.all(|(oid, _)| {
        // A responder's nocheck is no identity: it is NULL.
        if *oid == oid::OCSP_NOCHECK {
            return true;
        }
        let Some(value) = certificate.extension_value(oid) else {
            return false;
        };
        let string = matches!(
            value.first(),
            Some(&(tag::UTF8_STRING | tag::PRINTABLE_STRING))
        );
        let text = certificate.extension_text(oid).unwrap_or_default();
        // Some providers write `0`, `N` or `SF` before the code, or dashes in it.
        let digits = text.chars().filter(char::is_ascii_alphanumeric).count();
        let code = oid.to_string() != ORGANISATION_CODE || matches!(digits, 18..=20);
        string && code && !text.trim().is_empty()
    })
}

#[cfg(test)]
mod tests;
