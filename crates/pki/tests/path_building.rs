//! Which of several ways to a root is taken: cross-certificates, several roots, policies, key rollover.

mod support;

use pki::asn1::{tag, write};
use pki::path::{PathError, PolicyInputs, TrustStore, Usage, validate, validate_under};
use pki::{Certificate, KeyFamily, Oid, SoftwareKey, oid};
use support::{Build, NOW, Part, key};

const LOW: &str = "1.2.156.1.1";
const HIGH: &str = "1.2.156.1.2";

/// Two roots, and one authority that both certify, each for its own policy.
struct World {
    root_keys: [SoftwareKey; 2],
    middle_key: SoftwareKey,
    leaf_key: SoftwareKey,
    roots: [Certificate; 2],
}

impl World {
    fn new() -> Self {
        let root_keys = [key(KeyFamily::P256), key(KeyFamily::Sm2)];
        let root = |number: usize| {
            let name = format!("root {number}");
            Build::ca(&name, &name, &root_keys[number], None).signed_by(&root_keys[number])
        };
        Self {
            roots: [root(0), root(1)],
            root_keys,
            middle_key: key(KeyFamily::P256),
            leaf_key: key(KeyFamily::Sm2),
        }
    }

    /// The authority as root `number` certifies it.
    fn middle(&self, number: usize, extensions: &[Part]) -> Certificate {
        let mut build = Build::ca("middle", &format!("root {number}"), &self.middle_key, None);
        build.extensions.extend_from_slice(extensions);
        build.signed_by(&self.root_keys[number])
    }

    fn leaf(&self, extensions: &[Part]) -> Certificate {
        let mut build = Build::leaf("leaf", "middle", &self.leaf_key);
        build.extensions.extend_from_slice(extensions);
        build.signed_by(&self.middle_key)
    }

    fn trust(&self) -> TrustStore {
        TrustStore {
            anchors: self.roots.to_vec(),
            ..TrustStore::default()
        }
    }
}

fn policies(list: &[&str]) -> Part {
    let all: Vec<Vec<u8>> = list
        .iter()
        .map(|policy| write::sequence(&[&write::oid(&Oid::new_unwrap(policy))]))
        .collect();
    let value = write::element(tag::SEQUENCE, &all.concat());
    (oid::CERTIFICATE_POLICIES, false, value)
}

fn mappings(list: &[(&str, &str)]) -> Part {
    let all: Vec<Vec<u8>> = list
        .iter()
        .map(|(from, to)| {
            let oid = |text| write::oid(&Oid::new_unwrap(text));
            write::sequence(&[&oid(from), &oid(to)])
        })
        .collect();
    (
        oid::POLICY_MAPPINGS,
        true,
        write::element(tag::SEQUENCE, &all.concat()),
    )
}

/// policyConstraints from requireExplicitPolicy and inhibitPolicyMapping.
fn policy_constraints(explicit: Option<u8>, mapping: Option<u8>) -> Part {
    let field = |number, skip: Option<u8>| {
        skip.map(|skip| write::element(tag::context(number), &[skip]))
            .unwrap_or_default()
    };
    let value = write::sequence(&[&field(0, explicit), &field(1, mapping)]);
    (oid::POLICY_CONSTRAINTS, true, value)
}

fn wanting(policy: &str) -> PolicyInputs {
    PolicyInputs {
        acceptable: Some(vec![Oid::new_unwrap(policy)]),
        require_explicit: true,
        ..PolicyInputs::default()
    }
}

#[test]
fn of_two_roots_the_one_whose_way_holds_is_found_whatever_stands_first() {
    let world = World::new();
    let leaf = world.leaf(&[]);
    let mut stale = Build::ca("middle", "root 0", &world.middle_key, None);
    stale.not_after = NOW.plus(-1);
    let stale = stale.signed_by(&world.root_keys[0]);
    let narrow = {
        let mut build = Build::ca("middle", "root 0", &world.middle_key, None);
        let elsewhere = write::explicit(4, support::name("elsewhere").der());
        let permitted =
            write::element(tag::context_constructed(0), &write::sequence(&[&elsewhere]));
        let value = write::sequence(&[&permitted]);
        build.extensions.push((oid::NAME_CONSTRAINTS, true, value));
        build.signed_by(&world.root_keys[0])
    };
    for bad in [stale, narrow] {
        let good = world.middle(1, &[]);
        for extra in [[bad.clone(), good.clone()], [good, bad.clone()]] {
            let path = validate(&leaf, &extra, &world.trust(), NOW, Usage::Any).expect("a path");
            assert_eq!(path.anchor(), &world.roots[1]);
        }
        // Alone, the way that does not hold says why.
        let alone = validate(&leaf, &[bad], &world.trust(), NOW, Usage::Any);
        assert!(matches!(
            alone,
            Err(PathError::Expired { .. } | PathError::NameConstraints { .. })
        ));
    }
}

#[test]
fn the_policy_that_is_asked_for_chooses_among_cross_certificates() {
    let world = World::new();
    let leaf = world.leaf(&[policies(&[LOW, HIGH])]);
    let extra = [
        world.middle(0, &[policies(&[LOW])]),
        world.middle(1, &[policies(&[HIGH])]),
    ];
    for (policy, root) in [(LOW, 0), (HIGH, 1)] {
        let found = validate_under(
            &leaf,
            &extra,
            &world.trust(),
            NOW,
            Usage::Any,
            &wanting(policy),
        );
        let found = found.expect("a path");
        assert_eq!(found.anchor(), &world.roots[root]);
        assert!(found.policies().iter().eq([&Oid::new_unwrap(policy)]));
    }
    let other = wanting("1.2.156.1.3");
    let none = validate_under(&leaf, &extra, &world.trust(), NOW, Usage::Any, &other);
    assert!(matches!(none, Err(PathError::Policy { subject }) if subject == "CN=leaf,C=CN"));
}

#[test]
fn a_mapping_answers_in_the_words_of_the_authority_next_to_the_anchor_unless_it_is_inhibited() {
    let world = World::new();
    let leaf = world.leaf(&[policies(&[LOW])]);
    let bridge = [world.middle(0, &[policies(&[HIGH]), mappings(&[(HIGH, LOW)])])];
    let ask = |inputs: &PolicyInputs| {
        validate_under(&leaf, &bridge, &world.trust(), NOW, Usage::Any, inputs)
    };
    let found = ask(&wanting(HIGH)).expect("a path");
    assert!(found.policies().iter().eq([&Oid::new_unwrap(HIGH)]));
    assert!(matches!(ask(&wanting(LOW)), Err(PathError::Policy { .. })));
    let inhibited = PolicyInputs {
        inhibit_mapping: true,
        ..wanting(HIGH)
    };
    assert!(matches!(ask(&inhibited), Err(PathError::Policy { .. })));
    // Nobody asks: the mapping is no reason to refuse.
    assert!(ask(&PolicyInputs::default()).is_ok());
}

#[test]
fn an_issuer_that_requires_a_policy_is_heard_though_the_asker_asks_for_none() {
    let world = World::new();
    let ask = |leaf: &Certificate, skip: u8| {
        let constraints = policy_constraints(Some(skip), None);
        let middle = [world.middle(0, &[policies(&[LOW]), constraints])];
        validate(leaf, &middle, &world.trust(), NOW, Usage::Any).map(|_| ())
    };
    let silent = world.leaf(&[]);
    assert!(matches!(ask(&silent, 0), Err(PathError::Policy { .. })));
    assert!(ask(&silent, 5).is_ok(), "the rule begins further down");
    assert!(ask(&world.leaf(&[policies(&[LOW])]), 0).is_ok());
    assert!(ask(&world.leaf(&[policies(&[HIGH])]), 0).is_err());
}

#[test]
fn what_a_root_lays_down_on_policies_holds_and_what_it_names_does_not_limit() {
    let world = World::new();
    let root = |extensions: &[Part]| {
        let mut build = Build::ca("root 0", "root 0", &world.root_keys[0], None);
        build.extensions.extend_from_slice(extensions);
        build.signed_by(&world.root_keys[0])
    };
    let ask = |anchor: Certificate, leaf: &Certificate| {
        let trust = TrustStore {
            anchors: vec![anchor],
            ..TrustStore::default()
        };
        let middle = [world.middle(0, &[policies(&[LOW])])];
        validate_under(
            leaf,
            &middle,
            &trust,
            NOW,
            Usage::Any,
            &PolicyInputs::default(),
        )
        .is_ok()
    };
    let (named, silent) = (world.leaf(&[policies(&[LOW])]), world.leaf(&[]));
    assert!(ask(root(&[policies(&[HIGH])]), &named));
    assert!(ask(root(&[policy_constraints(Some(0), None)]), &named));
    assert!(!ask(root(&[policy_constraints(Some(0), None)]), &silent));
}

#[test]
fn extensions_on_policies_that_cannot_be_used_refuse_critical_or_not() {
    let world = World::new();
    let leaf = world.leaf(&[]);
    let any = "2.5.29.32.0";
    let unusable = [
        mappings(&[(any, LOW)]),
        mappings(&[(LOW, any)]),
        policy_constraints(None, None),
        (oid::POLICY_CONSTRAINTS, false, write::null()),
        (oid::INHIBIT_ANY_POLICY, false, write::boolean(true)),
        (
            oid::POLICY_MAPPINGS,
            false,
            write::sequence(&[&write::null()]),
        ),
    ];
    for part in unusable {
        let expected = part.0;
        let middle = [world.middle(0, &[part])];
        let verdict = validate(&leaf, &middle, &world.trust(), NOW, Usage::Any);
        assert!(
            matches!(&verdict, Err(PathError::Extension { oid, .. }) if *oid == expected),
            "{verdict:?}"
        );
    }
}

#[test]
fn a_renewed_authority_is_reached_through_old_with_new_and_new_with_old() {
    let world = World::new();
    let (old, new) = (key(KeyFamily::P256), key(KeyFamily::Sm2));
    let leaf = Build::leaf("leaf", "middle", &world.leaf_key).signed_by(&old);
    let rolled = [
        Build::ca("middle", "root 0", &new, Some(0)).signed_by(&world.root_keys[0]),
        Build::ca("middle", "middle", &old, Some(0)).signed_by(&new),
    ];
    let path = validate(&leaf, &rolled, &world.trust(), NOW, Usage::Any).expect("old with new");
    // Two authorities below one of pathLen 0: the self-issued one is not counted.
    assert_eq!(path.certificates().len(), 4);
    let leaf = Build::leaf("leaf", "middle", &world.leaf_key).signed_by(&new);
    let rolled = [
        Build::ca("middle", "root 0", &old, Some(0)).signed_by(&world.root_keys[0]),
        Build::ca("middle", "middle", &new, Some(0)).signed_by(&old),
    ];
    assert!(validate(&leaf, &rolled, &world.trust(), NOW, Usage::Any).is_ok());
}
