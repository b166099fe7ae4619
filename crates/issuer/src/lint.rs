//! What is wrong with a certificate, found before it is signed (and before its serial is used).

use pki::asn1::write;
use pki::{Certificate, KeyFamily, Name, oid};

use crate::{Authority, Kind, LintFinding, Template};

/// RFC 5280 appendix A.1: the upper bound of commonName, organizationName, organizationalUnitName and
/// serialNumber, in characters.
const UPPER_BOUND: usize = 64;

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
    let mut findings = Vec::new();
    let mut require = |holds: bool, finding: LintFinding| {
        if !holds {
            findings.push(finding);
        }
    };
    require(
        (8..=20).contains(&certificate.serial().len()),
        LintFinding::Serial,
    );
    require(
        certificate.issuer().der() == authority.subject().der(),
        LintFinding::Issuer,
    );
    require(
        certificate.not_before() < certificate.not_after(),
        LintFinding::Validity,
    );
    require(
        authority
            .not_after()
            .is_none_or(|end| certificate.not_after() <= end),
        LintFinding::OutlivesIssuer,
    );
    require(
        subject_is_sound(certificate.subject()),
        LintFinding::Subject,
    );

    let ca = template.kind.is_ca();
    require(
        certificate.basic_constraints().is_some_and(|b| b.ca) == ca,
        LintFinding::BasicConstraints,
    );
    require(
        certificate.key_usage().is_some_and(|usage| {
            usage.key_cert_sign() == ca
                && usage.crl_sign() == ca
                && usage.digital_signature() != ca
                && usage.non_repudiation()
                    == matches!(template.kind, Kind::EndEntity | Kind::TimeStamping)
        }),
        LintFinding::KeyUsage,
    );
    require(
        certificate.skid().is_some_and(|skid| !skid.is_empty())
            && certificate.akid() == Some(authority.key_identifier()),
        LintFinding::KeyIdentifier,
    );
    let own_key = certificate.public_key() == authority.public_key();
    let strong = certificate.public_key().family() != KeyFamily::Rsa
        || (2048..=8192).contains(&certificate.public_key().bits());
    require(
        strong && own_key == (template.kind == Kind::Root),
        LintFinding::Key,
    );
    require(
        template.kind == Kind::Root
            || (certificate.crl_urls() == [authority.crl_url_of(certificate.serial())]
                && certificate
                    .crl_urls()
                    .iter()
                    .all(|url| url.starts_with("http://"))),
        LintFinding::Revocation,
    );
    require(
        purpose_is_sound(template.kind, &certificate),
        LintFinding::Policies,
    );
    findings
}

/// What the certificate is for: a policy and clientAuth for a person; one purpose alone for who serves the authority,
/// critical where RFC 3161 §2.3 says so.
fn purpose_is_sound(kind: Kind, certificate: &Certificate) -> bool {
    let usages = certificate.extended_key_usage().unwrap_or_default();
    match kind {
        Kind::Root | Kind::IssuingCa => true,
        Kind::EndEntity => !certificate.policies().is_empty() && usages.contains(&oid::CLIENT_AUTH),
        Kind::OcspResponder => {
            usages == [oid::OCSP_SIGNING]
                && certificate.extension_value(&oid::OCSP_NOCHECK).is_some()
        }
        Kind::TimeStamping => {
            usages == [oid::TIME_STAMPING]
                && certificate.extensions().iter().any(|extension| {
                    *extension.oid() == oid::EXTENDED_KEY_USAGE && extension.critical()
                })
        }
    }
}

fn subject_is_sound(subject: &Name) -> bool {
    !subject.is_empty()
        && subject.attributes().all(|attribute| {
            attribute.text().is_some_and(|text| {
                !text.trim().is_empty()
                    && text.chars().count() <= UPPER_BOUND
                    && !text.chars().any(char::is_control)
            })
        })
}
