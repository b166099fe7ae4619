//! Bundles made to cost: loops, branches, decoys, names by the thousand. Every question ends, and what could
//! not be tried is *limit*, never a verdict.

mod support;

use pki::asn1::{tag, write};
use pki::path::{PathError, TrustStore, Usage, validate};
use pki::{Certificate, KeyFamily, SoftwareKey, oid};
use proptest::prelude::*;
use support::{Build, NOW, key};

/// A root and a leaf's key; the rest is each test's.
struct World {
    root_key: SoftwareKey,
    leaf_key: SoftwareKey,
    trust: TrustStore,
}

impl World {
    fn new() -> Self {
        let root_key = key(KeyFamily::P256);
        let root = Build::ca("root", "root", &root_key, None).signed_by(&root_key);
        Self {
            root_key,
            leaf_key: key(KeyFamily::P256),
            trust: TrustStore {
                anchors: vec![root],
                ..TrustStore::default()
            },
        }
    }

    fn ask(&self, leaf: &Certificate, extra: &[Certificate]) -> Result<usize, PathError> {
        let path = validate(leaf, extra, &self.trust, NOW, Usage::Any)?;
        Ok(path.certificates().len())
    }
}

fn keys(count: usize) -> Vec<SoftwareKey> {
    (0..count).map(|_| key(KeyFamily::P256)).collect()
}

/// Every authority certifies every other: `authority 0` to `authority n-1`.
fn mesh(keys: &[SoftwareKey]) -> Vec<Certificate> {
    let mut all = Vec::new();
    for (subject, own) in keys.iter().enumerate() {
        for (issuer, signer) in keys
            .iter()
            .enumerate()
            .filter(|(issuer, _)| *issuer != subject)
        {
            let (subject, issuer) = (
                format!("authority {subject}"),
                format!("authority {issuer}"),
            );
            all.push(Build::ca(&subject, &issuer, own, None).signed_by(signer));
        }
    }
    all
}

#[test]
fn a_loop_of_two_ends_without_an_anchor() {
    let world = World::new();
    let keys = keys(2);
    let leaf = Build::leaf("leaf", "authority 0", &world.leaf_key).signed_by(&keys[0]);
    assert!(matches!(
        world.ask(&leaf, &mesh(&keys)),
        Err(PathError::NoAnchor { .. })
    ));
}

#[test]
fn a_mesh_of_cross_certificates_is_crossed_where_it_leads_out_and_ends_where_it_does_not() {
    let world = World::new();
    let keys = keys(5);
    let leaf = Build::leaf("leaf", "authority 0", &world.leaf_key).signed_by(&keys[0]);
    let mut bundle = mesh(&keys);
    // 260 steps through five authorities: each is walked, with 21 signatures in all, and none leads out.
    assert!(matches!(
        world.ask(&leaf, &bundle),
        Err(PathError::NoAnchor { .. })
    ));
    bundle.push(Build::ca("authority 4", "root", &keys[4], None).signed_by(&world.root_key));
    assert!(world.ask(&leaf, &bundle).is_ok());
}

#[test]
fn a_mesh_that_is_larger_than_the_work_for_one_question_is_a_limit() {
    let world = World::new();
    let keys = keys(9);
    let leaf = Build::leaf("leaf", "authority 0", &world.leaf_key).signed_by(&keys[0]);
    assert_eq!(world.ask(&leaf, &mesh(&keys)), Err(PathError::Limit));
}

#[test]
fn a_bundle_made_to_branch_at_every_step_meets_a_limit_instead_of_a_tree() {
    // Every level has ten cross-certificates of the next: 10^5 paths, none of which ends.
    let keys = keys(6);
    let mut bundle = Vec::new();
    for level in 0..5 {
        for copy in 0..10u8 {
            let (subject, issuer) = (format!("level {level}"), format!("level {}", level + 1));
            let mut build = Build::ca(&subject, &issuer, &keys[level], None);
            build.serial = vec![1 + copy; 8];
            bundle.push(build.signed_by(&keys[level + 1]));
        }
    }
    let leaf = Build::leaf("leaf", "level 0", &keys[5]).signed_by(&keys[0]);
    assert_eq!(World::new().ask(&leaf, &bundle), Err(PathError::Limit));
}

#[test]
fn a_path_deeper_than_eight_is_refused_and_one_of_eight_holds() {
    let world = World::new();
    for (authorities, expected) in [(6, true), (7, false)] {
        let mut bundle = Vec::new();
        let mut above = world.root_key.danger_to_pkcs8_pem().expect("pem");
        let mut issuer = "root".to_owned();
        for level in 0..authorities {
            let signer = SoftwareKey::from_pkcs8_pem(&above).expect("key");
            let own = key(KeyFamily::P256);
            let subject = format!("level {level}");
            bundle.push(Build::ca(&subject, &issuer, &own, None).signed_by(&signer));
            above = own.danger_to_pkcs8_pem().expect("pem");
            issuer = subject;
        }
        let signer = SoftwareKey::from_pkcs8_pem(&above).expect("key");
        let leaf = Build::leaf("leaf", &issuer, &world.leaf_key).signed_by(&signer);
        assert_eq!(world.ask(&leaf, &bundle).is_ok(), expected);
    }
}

#[test]
fn decoys_in_a_message_do_not_crowd_out_the_store_and_alone_they_are_a_limit() {
    let mut world = World::new();
    let (own, stranger) = (key(KeyFamily::P256), key(KeyFamily::P256));
    let decoys: Vec<Certificate> = (0..40u8)
        .map(|number| {
            let mut decoy = Build::ca("middle", "root", &stranger, None);
            decoy.serial = vec![1 + number; 8];
            decoy.signed_by(&stranger)
        })
        .collect();
    let middle = Build::ca("middle", "root", &own, None).signed_by(&world.root_key);
    let leaf = Build::leaf("leaf", "middle", &world.leaf_key).signed_by(&own);
    assert_eq!(world.ask(&leaf, &decoys), Err(PathError::Limit));
    world.trust.intermediates.push(middle);
    assert_eq!(world.ask(&leaf, &decoys), Ok(3));
}

/// A leaf of so many names under an authority with so many excluded subtrees.
fn names_under_constraints(names: usize, subtrees: usize) -> Result<usize, PathError> {
    let world = World::new();
    let own = key(KeyFamily::P256);
    let host =
        |number: usize| write::element(tag::context(2), format!("h{number}.test").as_bytes());
    let excluded: Vec<Vec<u8>> = (0..subtrees)
        .map(|number| write::sequence(&[&host(number + 1_000_000)]))
        .collect();
    let constraints = write::element(tag::context_constructed(1), &excluded.concat());
    let middle = Build::ca("middle", "root", &own, None)
        .extension(
            oid::NAME_CONSTRAINTS,
            true,
            write::sequence(&[&constraints]),
        )
        .signed_by(&world.root_key);
    let alternative: Vec<Vec<u8>> = (0..names).map(host).collect();
    let alternative = write::element(tag::SEQUENCE, &alternative.concat());
    let leaf = Build::leaf("leaf", "middle", &world.leaf_key)
        .extension(oid::SUBJECT_ALT_NAME, false, alternative)
        .signed_by(&own);
    world.ask(&leaf, &[middle])
}

#[test]
fn names_times_constraints_are_bounded_as_is_each_of_them() {
    assert_eq!(names_under_constraints(500, 200), Ok(3));
    assert_eq!(names_under_constraints(1000, 256), Err(PathError::Limit));
    assert_eq!(names_under_constraints(1100, 1), Err(PathError::Limit));
    assert!(matches!(
        names_under_constraints(1, 257),
        Err(PathError::Extension { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever certifies whatever: the question ends, and a path that is found is one that stands.
    #[test]
    fn any_graph_of_authorities_ends_and_never_lies(
        edges in prop::collection::vec((0..5usize, 0..5usize, any::<bool>()), 0..24),
        rooted in prop::option::of(0..5usize),
    ) {
        let world = World::new();
        let keys = keys(5);
        let mut bundle = Vec::new();
        for (subject, issuer, honest) in &edges {
            let names = (format!("authority {subject}"), format!("authority {issuer}"));
            let signer = if *honest { &keys[*issuer] } else { &world.leaf_key };
            bundle.push(Build::ca(&names.0, &names.1, &keys[*subject], None).signed_by(signer));
        }
        if let Some(rooted) = rooted {
            let name = format!("authority {rooted}");
            let rooted = Build::ca(&name, "root", &keys[rooted], None);
            bundle.push(rooted.signed_by(&world.root_key));
        }
        let leaf = Build::leaf("leaf", "authority 0", &world.leaf_key).signed_by(&keys[0]);
        let reachable = rooted.is_some_and(|rooted| leads(&edges, 0, rooted));
        match validate(&leaf, &bundle, &world.trust, NOW, Usage::Any) {
            Ok(path) => {
                prop_assert!(reachable);
                for pair in path.certificates().windows(2) {
                    prop_assert_eq!(pair[0].issuer(), pair[1].subject());
                    prop_assert!(pair[0].verify_signature(pair[1].public_key()).is_ok());
                }
            }
            Err(PathError::Limit) => {}
            Err(_) => prop_assert!(!reachable),
        }
    }
}

/// Whether honest certificates lead from one authority up to the other.
fn leads(edges: &[(usize, usize, bool)], from: usize, to: usize) -> bool {
    let mut reached = vec![from];
    loop {
        let more = edges.iter().find(|(subject, issuer, honest)| {
            *honest && reached.contains(subject) && !reached.contains(issuer)
        });
        match more {
            Some((_, issuer, _)) => reached.push(*issuer),
            None => return reached.contains(&to),
        }
    }
}
