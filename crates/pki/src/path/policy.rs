//! Certificate policies (RFC 5280 §6.1.2–6.1.5) over the policy graph of RFC 9618.
//!
//! The tree of RFC 5280 doubles with every mapping of a hostile chain. The graph has one node for each policy
//! and depth, so that it is never larger than what the certificates themselves say.

use std::collections::{BTreeMap, BTreeSet};

use crate::asn1::{Element, tag};
use crate::{Certificate, Oid, ParseError, oid};

/// What the asker wants of policies: the inputs (c), (e), (f), (g) of RFC 5280 §6.1.1. The default asks
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set; `None`, or anyPolicy among them, accepts every policy.
    pub acceptable: Option<Vec<Oid>>,
    /// initial-explicit-policy: a path without a policy that is acceptable is refused.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit: no policy counts as another authority's.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit: anyPolicy in a certificate says nothing.
    pub inhibit_any: bool,
}

/// Why the policies of a path do not do.
pub(super) enum Refused {
    /// One is required, and none is left.
    NoPolicy,
    /// An extension that cannot be read, or that maps from or to anyPolicy.
    Extension(Oid),
}

/// One policy at one depth.
struct Node {
    /// The policies at the depth above that this one follows from.
    parents: BTreeSet<Oid>,
    /// expected_policy_set: what the next certificate may call it.
    expected: BTreeSet<Oid>,
}

/// The state variables of §6.1.2 that concern policies.
pub(super) struct Policies<'a> {
    inputs: &'a PolicyInputs,
    /// valid_policy_graph by depth, from the anchor's anyPolicy on. Nodes without children are left
    /// standing: the graph is NULL where its last depth is empty, and the end walks upwards from there.
    depths: Vec<BTreeMap<Oid, Node>>,
    /// Certificates after which the rule holds; never is [`u64::MAX`].
    explicit_policy: u64,
    policy_mapping: u64,
    inhibit_any_policy: u64,
}

impl<'a> Policies<'a> {
    pub fn new(inputs: &'a PolicyInputs) -> Self {
        let any = Node {
            parents: BTreeSet::new(),
            expected: BTreeSet::from([oid::ANY_POLICY]),
        };
        let after = |now: bool| if now { 0 } else { u64::MAX };
        Self {
            inputs,
            depths: vec![BTreeMap::from([(oid::ANY_POLICY, any)])],
            explicit_policy: after(inputs.require_explicit),
            policy_mapping: after(inputs.inhibit_mapping),
            inhibit_any_policy: after(inputs.inhibit_any),
        }
    }

    fn last(&self) -> &BTreeMap<Oid, Node> {
        // `new` made one depth and none is ever taken away.
        &self.depths[self.depths.len() - 1]
    }

    /// §6.1.3 (d)–(f): the next certificate below the anchor.
    pub fn certificate(&mut self, certificate: &Certificate, is_leaf: bool) -> Result<(), Refused> {
        let above = self.last();
        // Who above expects a policy under this name.
        let mut expecting: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (policy, node) in above {
            for expected in &node.expected {
                expecting.entry(*expected).or_default().insert(*policy);
            }
        }
        let node = |policy: &Oid, parents: &BTreeSet<Oid>| Node {
            parents: parents.clone(),
            expected: BTreeSet::from([*policy]),
        };
        let any = BTreeSet::from([oid::ANY_POLICY]);
        let mut depth = BTreeMap::new();
        for policy in certificate.policies() {
            if *policy == oid::ANY_POLICY {
                continue;
            }
            if let Some(parents) = expecting.get(policy) {
                depth.insert(*policy, node(policy, parents));
            } else if above.contains_key(&oid::ANY_POLICY) {
                depth.insert(*policy, node(policy, &any));
            }
        }
        let any_counts = self.inhibit_any_policy > 0 || (!is_leaf && certificate.is_self_issued());
        if any_counts && certificate.policies().contains(&oid::ANY_POLICY) {
            for (policy, parents) in &expecting {
                depth
                    .entry(*policy)
                    .or_insert_with(|| node(policy, parents));
            }
        }
        let none = depth.is_empty();
        self.depths.push(depth);
        if none && self.explicit_policy == 0 {
            return Err(Refused::NoPolicy);
        }
        Ok(())
    }

    /// §6.1.4 (a), (b), (h)–(j): what an issuer lays down for the certificates below it.
    pub fn issuer(&mut self, certificate: &Certificate) -> Result<(), Refused> {
        self.map(certificate)?;
        if !certificate.is_self_issued() {
            for counter in [
                &mut self.explicit_policy,
                &mut self.policy_mapping,
                &mut self.inhibit_any_policy,
            ] {
                *counter = count_down(*counter);
            }
        }
        self.constrain(certificate)
    }

    /// §6.1.4 (i), (j). Of an anchor only these count (RFC 5937 §3.2): it is trusted by decision, and what it
    /// says of its own policies decides nothing.
    pub fn constrain(&mut self, certificate: &Certificate) -> Result<(), Refused> {
        let constraints = policy_constraints(certificate)
            .map_err(|_| Refused::Extension(oid::POLICY_CONSTRAINTS))?;
        let inhibit_any = inhibit_any_policy(certificate)
            .map_err(|_| Refused::Extension(oid::INHIBIT_ANY_POLICY))?;
        for (counter, limit) in [
            (&mut self.explicit_policy, constraints.require_explicit),
            (&mut self.policy_mapping, constraints.inhibit_mapping),
            (&mut self.inhibit_any_policy, inhibit_any),
        ] {
            *counter = limit.map_or(*counter, |limit| (*counter).min(u64::from(limit)));
        }
        Ok(())
    }

    /// §6.1.4 (a), (b).
    fn map(&mut self, certificate: &Certificate) -> Result<(), Refused> {
        let mappings =
            policy_mappings(certificate).map_err(|_| Refused::Extension(oid::POLICY_MAPPINGS))?;
        let from_any = mappings.contains_key(&oid::ANY_POLICY);
        if from_any || mappings.values().any(|to| to.contains(&oid::ANY_POLICY)) {
            return Err(Refused::Extension(oid::POLICY_MAPPINGS));
        }
        let may_map = self.policy_mapping > 0;
        let index = self.depths.len() - 1;
        let depth = &mut self.depths[index];
        let any = depth.contains_key(&oid::ANY_POLICY);
        for (policy, expected) in mappings {
            if !may_map {
                depth.remove(&policy);
            } else if let Some(node) = depth.get_mut(&policy) {
                node.expected = expected;
            } else if any {
                let parents = BTreeSet::from([oid::ANY_POLICY]);
                depth.insert(policy, Node { parents, expected });
            }
        }
        Ok(())
    }

    /// §6.1.5 (a), (b), (g): the policies under which the path holds, in the words of the authorities next to
    /// the anchor.
    pub fn finish(mut self, leaf: &Certificate) -> Result<BTreeSet<Oid>, Refused> {
        self.explicit_policy = count_down(self.explicit_policy);
        let constraints =
            policy_constraints(leaf).map_err(|_| Refused::Extension(oid::POLICY_CONSTRAINTS))?;
        if constraints.require_explicit == Some(0) {
            self.explicit_policy = 0;
        }
        let found = self.constrained_by_authorities();
        let any = |policies: &BTreeSet<Oid>| policies.contains(&oid::ANY_POLICY);
        let policies = match &self.inputs.acceptable {
            None => found,
            Some(wanted) => {
                let wanted: BTreeSet<Oid> = wanted.iter().copied().collect();
                match (any(&wanted), any(&found)) {
                    (true, _) => found,
                    (false, true) => wanted,
                    (false, false) => wanted.intersection(&found).copied().collect(),
                }
            }
        };
        if policies.is_empty() && self.explicit_policy == 0 {
            return Err(Refused::NoPolicy);
        }
        Ok(policies)
    }

    /// authority-constrained-policy-set (RFC 9618 §5.4): the nodes that follow from anyPolicy and lead down to
    /// the leaf, and anyPolicy where it leads there itself.
    fn constrained_by_authorities(&self) -> BTreeSet<Oid> {
        let mut found = BTreeSet::new();
        let mut leading: BTreeSet<Oid> = self.last().keys().copied().collect();
        if leading.contains(&oid::ANY_POLICY) {
            found.insert(oid::ANY_POLICY);
        }
        for depth in self.depths.iter().skip(1).rev() {
            let mut above = BTreeSet::new();
            for (policy, node) in depth.iter().filter(|(policy, _)| leading.contains(*policy)) {
                if *policy != oid::ANY_POLICY && node.parents.contains(&oid::ANY_POLICY) {
                    found.insert(*policy);
                }
                above.extend(node.parents.iter().copied());
            }
            leading = above;
        }
        found
    }
}

/// One certificate on; never stays never.
const fn count_down(counter: u64) -> u64 {
    if counter == u64::MAX {
        counter
    } else {
        counter.saturating_sub(1)
    }
}

#[derive(Default)]
struct PolicyConstraints {
    require_explicit: Option<u32>,
    inhibit_mapping: Option<u32>,
}

/// policyConstraints (RFC 5280 §4.2.1.11): at least one of the two stands.
fn policy_constraints(certificate: &Certificate) -> Result<PolicyConstraints, ParseError> {
    const WHAT: &str = "policyConstraints";
    let Some(value) = certificate.extension_value(&oid::POLICY_CONSTRAINTS) else {
        return Ok(PolicyConstraints::default());
    };
    let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
    let mut skip_certs = |number| {
        let element = fields.optional(tag::context(number))?;
        element
            .map(|element| implicit_integer(&element, WHAT))
            .transpose()
    };
    let (require_explicit, inhibit_mapping) = (skip_certs(0)?, skip_certs(1)?);
    fields.finish()?;
    if require_explicit.is_none() && inhibit_mapping.is_none() {
        return Err(ParseError::Malformed(WHAT));
    }
    Ok(PolicyConstraints {
        require_explicit,
        inhibit_mapping,
    })
}

/// inhibitAnyPolicy (RFC 5280 §4.2.1.14).
fn inhibit_any_policy(certificate: &Certificate) -> Result<Option<u32>, ParseError> {
    const WHAT: &str = "inhibitAnyPolicy";
    certificate
        .extension_value(&oid::INHIBIT_ANY_POLICY)
        .map(|value| Element::parse(value, WHAT)?.small_integer(WHAT))
        .transpose()
}

/// policyMappings (RFC 5280 §4.2.1.5), by issuerDomainPolicy.
fn policy_mappings(certificate: &Certificate) -> Result<BTreeMap<Oid, BTreeSet<Oid>>, ParseError> {
    const WHAT: &str = "policyMappings";
    const MAX: usize = 128;
    let mut out: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
    let Some(value) = certificate.extension_value(&oid::POLICY_MAPPINGS) else {
        return Ok(out);
    };
    let mut mappings = Element::parse(value, WHAT)?.sequence(WHAT)?;
    let mut count = 0;
    while let Some(mapping) = mappings.next()? {
        count += 1;
        if count > MAX {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX,
            });
        }
        let mut fields = mapping.sequence(WHAT)?;
        let (issuer_domain, subject_domain) = (fields.oid()?, fields.oid()?);
        fields.finish()?;
        out.entry(issuer_domain).or_default().insert(subject_domain);
    }
    Ok(out)
}

/// SkipCerts under an IMPLICIT tag.
fn implicit_integer(element: &Element<'_>, what: &'static str) -> Result<u32, ParseError> {
    let mut plain = element.raw().to_vec();
    if let Some(identifier) = plain.first_mut() {
        *identifier = tag::INTEGER;
    }
    Element::parse(&plain, what)?.small_integer(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;
    use crate::{KeyFamily, Name, SignatureAlgorithm, SoftwareKey, UnixTime};

    fn policy(number: usize) -> Oid {
        Oid::new_unwrap(&format!("1.2.3.{number}"))
    }

    /// A certificate whose signature nobody looks at here.
    fn certificate(extensions: &[(Oid, Vec<u8>)]) -> Certificate {
        let key = SoftwareKey::generate(KeyFamily::P256).expect("key");
        let name = |text| Name::from_attributes(&[(oid::COMMON_NAME, text)]).expect("name");
        let algorithm = SignatureAlgorithm::EcdsaP256Sha256.identifier();
        let all: Vec<Vec<u8>> = extensions
            .iter()
            .map(|(oid, value)| write::sequence(&[&write::oid(oid), &write::octet_string(value)]))
            .collect();
        let tbs = write::sequence(&[
            &write::explicit(0, &write::integer(2)),
            &write::integer(1),
            &algorithm,
            name("issuer").der(),
            &write::sequence(&[&UnixTime(0).to_asn1(), &UnixTime(1).to_asn1()]),
            name("subject").der(),
            key.public_key().spki_der(),
            &write::explicit(3, &write::element(tag::SEQUENCE, &all.concat())),
        ]);
        let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(&[0])]);
        Certificate::from_der(&der).expect("readable")
    }

    #[test]
    fn mappings_of_all_policies_to_all_make_a_graph_and_not_a_tree() {
        // Eleven policies, each mapped to all eleven, six authorities deep: a tree has 11^7 leaves.
        let policies: Vec<Oid> = (0..11).map(policy).collect();
        let listed: Vec<Vec<u8>> = policies
            .iter()
            .map(|p| write::sequence(&[&write::oid(p)]))
            .collect();
        let pairs = policies
            .iter()
            .flat_map(|from| policies.iter().map(move |to| (from, to)));
        let mapped: Vec<Vec<u8>> = pairs
            .map(|(from, to)| write::sequence(&[&write::oid(from), &write::oid(to)]))
            .collect();
        let authority = certificate(&[
            (
                oid::CERTIFICATE_POLICIES,
                write::element(tag::SEQUENCE, &listed.concat()),
            ),
            (
                oid::POLICY_MAPPINGS,
                write::element(tag::SEQUENCE, &mapped.concat()),
            ),
        ]);
        let inputs = PolicyInputs {
            require_explicit: true,
            ..PolicyInputs::default()
        };
        let mut state = Policies::new(&inputs);
        for _ in 0..6 {
            assert!(state.certificate(&authority, false).is_ok());
            assert!(state.issuer(&authority).is_ok());
        }
        assert!(state.certificate(&authority, true).is_ok());
        let size: usize = state
            .depths
            .iter()
            .flat_map(BTreeMap::values)
            .map(|node| node.parents.len() + node.expected.len())
            .sum();
        assert!(size <= 7 * 2 * 11 * 11, "{size}");
        let found = state.finish(&authority).ok().expect("a policy");
        assert_eq!(found, policies.into_iter().collect());
    }
}
