//! RFC 5280 §6.1 over a complete path whose signatures stand.

use std::collections::BTreeSet;

use super::constraints::{Accumulated, Comparisons};
use super::policy::{Policies, Refused};
use super::{PathError, PolicyInputs};
use crate::{Certificate, Oid, UnixTime, oid};

/// Walks `path`, which is leaf first, from the anchor down; the policies under which it holds.
pub(super) fn check(
    path: &[Certificate],
    at: UnixTime,
    inputs: &PolicyInputs,
    comparisons: &mut Comparisons,
) -> Result<BTreeSet<Oid>, PathError> {
    let mut constraints = Accumulated::default();
    let mut policies = Policies::new(inputs);
    for (index, certificate) in path.iter().enumerate().rev() {
        let (is_leaf, is_anchor) = (index == 0, index + 1 == path.len());
        let refused = |reason| policy_error(certificate, reason);
        own_merits(certificate, at)?;
        // §6.1.3 (b): self-issued intermediates are exempt, the leaf is not.
        if is_leaf || !certificate.is_self_issued() {
            constraints.check(certificate, comparisons)?;
        }
        if is_leaf || !is_anchor {
            policies
                .certificate(certificate, is_leaf)
                .map_err(refused)?;
        }
        if is_leaf {
            continue;
        }
        issuer(certificate, &path[1..index])?;
        constraints.add(certificate)?;
        if is_anchor {
            policies.constrain(certificate).map_err(refused)?;
        } else {
            policies.issuer(certificate).map_err(refused)?;
        }
    }
    let leaf = &path[0];
    policies
        .finish(leaf)
        .map_err(|reason| policy_error(leaf, reason))
}

/// What a certificate has to be whatever stands above it: valid at the time, and understood.
pub(super) fn own_merits(certificate: &Certificate, at: UnixTime) -> Result<(), PathError> {
    let subject = || certificate.subject().rfc4514();
    if at < certificate.not_before() {
        return Err(PathError::NotYetValid { subject: subject() });
    }
    if at > certificate.not_after() {
        return Err(PathError::Expired { subject: subject() });
    }
    critical(certificate)
}

/// An issuer is a CA, may sign certificates, and allows as many intermediates as follow.
pub(super) fn issuer(issuer: &Certificate, below: &[Certificate]) -> Result<(), PathError> {
    let subject = || issuer.subject().rfc4514();
    let may_sign = issuer.key_usage().is_none_or(|usage| usage.key_cert_sign());
    let basic = issuer.basic_constraints().filter(|basic| basic.ca);
    let (Some(basic), true) = (basic, may_sign) else {
        return Err(PathError::NotACa { subject: subject() });
    };
    let following = below.iter().filter(|ca| !ca.is_self_issued()).count();
    let allowed = basic
        .path_len
        .is_none_or(|allowed| u64::from(allowed) >= following as u64);
    if allowed {
        Ok(())
    } else {
        Err(PathError::PathLength { subject: subject() })
    }
}

/// Every critical extension is one that is processed here or by whoever reads the leaf.
fn critical(certificate: &Certificate) -> Result<(), PathError> {
    const UNDERSTOOD: [Oid; 14] = [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::NAME_CONSTRAINTS,
        oid::SUBJECT_ALT_NAME,
        oid::ISSUER_ALT_NAME,
        oid::CERTIFICATE_POLICIES,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::INHIBIT_ANY_POLICY,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::AUTHORITY_INFO_ACCESS,
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::AUTHORITY_KEY_IDENTIFIER,
    ];
    certificate
        .extensions()
        .iter()
        .find(|extension| extension.critical() && !UNDERSTOOD.contains(extension.oid()))
        .map_or(Ok(()), |extension| {
            Err(PathError::CriticalExtension {
                subject: certificate.subject().rfc4514(),
                oid: *extension.oid(),
            })
        })
}

fn policy_error(certificate: &Certificate, reason: Refused) -> PathError {
    let subject = certificate.subject().rfc4514();
    match reason {
        Refused::NoPolicy => PathError::Policy { subject },
        Refused::Extension(oid) => PathError::Extension { subject, oid },
    }
}
