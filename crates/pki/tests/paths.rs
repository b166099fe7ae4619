//! Path validation: what holds, and each thing that breaks a path.

mod support;

use pki::asn1::{tag, write};
use pki::path::{PathError, TrustStore, Usage, validate};
use pki::{Certificate, KeyFamily, Name, Oid, SoftwareKey, oid};
use support::{Build, DAY, NOW, key, key_usage, name};

/// root → middle → leaf, each with a key of its own.
struct Chain {
    root_key: SoftwareKey,
    middle_key: SoftwareKey,
    leaf_key: SoftwareKey,
    root: Certificate,
    middle: Certificate,
    leaf: Certificate,
}

impl Chain {
    fn new() -> Self {
        let (root_key, middle_key, leaf_key) = (
            key(KeyFamily::Sm2),
            key(KeyFamily::P256),
            key(KeyFamily::Sm2),
        );
        Self {
            root: Build::ca("root", "root", &root_key, None).signed_by(&root_key),
            middle: Build::ca("middle", "root", &middle_key, Some(0)).signed_by(&root_key),
            leaf: Build::leaf("leaf", "middle", &leaf_key).signed_by(&middle_key),
            root_key,
            middle_key,
            leaf_key,
        }
    }

    fn trust(&self) -> TrustStore {
        TrustStore {
            anchors: vec![self.root.clone()],
            ..TrustStore::default()
        }
    }

    fn ask(&self, leaf: &Certificate, extra: &[Certificate]) -> Result<usize, PathError> {
        let usage = Usage::DocumentSigning;
        validate(leaf, extra, &self.trust(), NOW, usage).map(|path| path.certificates().len())
    }
}

fn subject(error: Result<usize, PathError>) -> String {
    match error.expect_err("refused") {
        PathError::NotACa { subject }
        | PathError::PathLength { subject }
        | PathError::NotYetValid { subject }
        | PathError::Expired { subject }
        | PathError::NameConstraints { subject }
        | PathError::Policy { subject }
        | PathError::Extension { subject, .. }
        | PathError::CriticalExtension { subject, .. } => subject,
        other => panic!("another reason: {other:?}"),
    }
}

#[test]
fn a_chain_of_different_families_holds_with_its_intermediate_from_either_place() {
    let chain = Chain::new();
    let middle = std::slice::from_ref(&chain.middle);
    assert_eq!(chain.ask(&chain.leaf, middle), Ok(3));
    let mut trust = chain.trust();
    trust.intermediates.push(chain.middle.clone());
    assert!(validate(&chain.leaf, &[], &trust, NOW, Usage::Any).is_ok());
    assert!(matches!(
        chain.ask(&chain.leaf, &[]),
        Err(PathError::NoAnchor { issuer }) if issuer == "CN=middle,C=CN"
    ));
}

#[test]
fn an_intermediate_may_be_an_anchor_and_so_may_a_leaf_but_neither_outlives_its_validity() {
    let chain = Chain::new();
    let anchored = |anchor: &Certificate, at| {
        let trust = TrustStore {
            anchors: vec![anchor.clone()],
            ..TrustStore::default()
        };
        let middle = std::slice::from_ref(&chain.middle);
        validate(&chain.leaf, middle, &trust, at, Usage::Any).map(|p| p.certificates().len())
    };
    assert_eq!(anchored(&chain.middle, NOW), Ok(2));
    assert_eq!(anchored(&chain.leaf, NOW), Ok(1));
    let late = NOW.plus(2 * DAY);
    assert!(matches!(
        anchored(&chain.leaf, late),
        Err(PathError::Expired { .. })
    ));
}

#[test]
fn a_key_that_did_not_sign_breaks_the_path_even_with_all_names_right() {
    let chain = Chain::new();
    let stranger = key(KeyFamily::P256);
    let forged = Build::leaf("leaf", "middle", &chain.leaf_key).signed_by(&stranger);
    assert!(matches!(
        chain.ask(&forged, std::slice::from_ref(&chain.middle)),
        Err(PathError::Signature { .. })
    ));
    // A second certificate of the same name with the right key is found beside the wrong one.
    let decoy = Build::ca("middle", "root", &stranger, Some(0)).signed_by(&chain.root_key);
    assert_eq!(
        chain.ask(&chain.leaf, &[decoy, chain.middle.clone()]),
        Ok(3)
    );
}

#[test]
fn an_end_entity_may_not_issue_nor_may_a_ca_without_key_cert_sign() {
    let chain = Chain::new();
    let person = Build::leaf("person", "middle", &chain.leaf_key).signed_by(&chain.middle_key);
    let below_key = key(KeyFamily::Sm2);
    let below = Build::leaf("below", "person", &below_key).signed_by(&chain.leaf_key);
    let middle = Build::ca("middle", "root", &chain.middle_key, None).signed_by(&chain.root_key);
    let verdict = chain.ask(&below, &[person, middle]);
    assert_eq!(subject(verdict), "CN=person,C=CN");

    let only_lists = Build::ca("middle", "root", &chain.middle_key, None)
        .extension(oid::KEY_USAGE, true, key_usage(&[6]))
        .signed_by(&chain.root_key);
    let verdict = chain.ask(&chain.leaf, &[only_lists]);
    assert_eq!(subject(verdict), "CN=middle,C=CN");
    let v1_like = Build {
        extensions: vec![(oid::KEY_USAGE, true, key_usage(&[5, 6]))],
        ..Build::ca("middle", "root", &chain.middle_key, None)
    };
    let verdict = chain.ask(&chain.leaf, &[v1_like.signed_by(&chain.root_key)]);
    assert_eq!(subject(verdict), "CN=middle,C=CN");
}

#[test]
fn path_length_counts_the_authorities_that_follow() {
    let chain = Chain::new();
    let lower_key = key(KeyFamily::Sm2);
    let lower = Build::ca("lower", "middle", &lower_key, None).signed_by(&chain.middle_key);
    let leaf = Build::leaf("leaf", "lower", &chain.leaf_key).signed_by(&lower_key);
    let verdict = chain.ask(&leaf, &[lower.clone(), chain.middle.clone()]);
    assert_eq!(subject(verdict), "CN=middle,C=CN");
    let wider = Build::ca("middle", "root", &chain.middle_key, Some(1)).signed_by(&chain.root_key);
    assert_eq!(chain.ask(&leaf, &[lower, wider]), Ok(4));
}

#[test]
fn validity_is_asked_of_every_certificate_and_both_ends_are_included() {
    let chain = Chain::new();
    let stale = Build {
        not_after: NOW.plus(-1),
        ..Build::ca("middle", "root", &chain.middle_key, None)
    };
    let verdict = chain.ask(&chain.leaf, &[stale.signed_by(&chain.root_key)]);
    assert_eq!(subject(verdict), "CN=middle,C=CN");
    let future = Build {
        not_before: NOW.plus(1),
        ..Build::leaf("leaf", "middle", &chain.leaf_key)
    };
    let middle = std::slice::from_ref(&chain.middle);
    let verdict = chain.ask(&future.signed_by(&chain.middle_key), middle);
    assert_eq!(subject(verdict), "CN=leaf,C=CN");
    let instant = Build {
        not_before: NOW,
        not_after: NOW,
        ..Build::leaf("leaf", "middle", &chain.leaf_key)
    };
    assert_eq!(
        chain.ask(&instant.signed_by(&chain.middle_key), middle),
        Ok(3)
    );
}

#[test]
fn a_critical_extension_that_is_not_understood_refuses_and_the_same_one_not_critical_does_not() {
    let chain = Chain::new();
    let unknown = Oid::new_unwrap("1.2.3.4");
    let middle = std::slice::from_ref(&chain.middle);
    for (critical, expected) in [(true, false), (false, true)] {
        let leaf = Build::leaf("leaf", "middle", &chain.leaf_key)
            .extension(unknown, critical, write::null())
            .signed_by(&chain.middle_key);
        assert_eq!(chain.ask(&leaf, middle).is_ok(), expected);
    }
    // One that is understood and says nothing that can be used refuses as well.
    let constrained = Build::ca("middle", "root", &chain.middle_key, None)
        .extension(oid::POLICY_CONSTRAINTS, true, write::sequence(&[]))
        .signed_by(&chain.root_key);
    let verdict = chain.ask(&chain.leaf, &[constrained]);
    assert_eq!(subject(verdict), "CN=middle,C=CN");
}

#[test]
fn usage_follows_key_usage_and_extended_key_usage() {
    let chain = Chain::new();
    let ask = |bits: &[usize], extended: Option<Oid>, usage| {
        let mut build = Build::leaf("leaf", "middle", &chain.leaf_key).extension(
            oid::KEY_USAGE,
            true,
            key_usage(bits),
        );
        if let Some(purpose) = extended {
            let value = write::sequence(&[&write::oid(&purpose)]);
            build = build.extension(oid::EXTENDED_KEY_USAGE, false, value);
        }
        let leaf = build.signed_by(&chain.middle_key);
        let middle = std::slice::from_ref(&chain.middle);
        validate(&leaf, middle, &chain.trust(), NOW, usage).is_ok()
    };
    let (signature, content, encryption) = (0, 1, 2);
    assert!(ask(&[signature], None, Usage::Login));
    let silent = Build {
        extensions: vec![(oid::CERTIFICATE_POLICIES, false, write::sequence(&[]))],
        ..Build::leaf("leaf", "middle", &chain.leaf_key)
    };
    let silent = silent.signed_by(&chain.middle_key);
    let middle = std::slice::from_ref(&chain.middle);
    for (usage, expected) in [(Usage::Login, false), (Usage::DocumentSigning, true)] {
        let verdict = validate(&silent, middle, &chain.trust(), NOW, usage);
        assert_eq!(verdict.is_ok(), expected, "without keyUsage");
    }
    assert!(!ask(&[content], None, Usage::Login));
    assert!(ask(&[content], None, Usage::DocumentSigning));
    assert!(!ask(&[encryption], None, Usage::DocumentSigning));
    assert!(ask(&[encryption], None, Usage::Any));
    assert!(ask(&[signature], Some(oid::CLIENT_AUTH), Usage::Login));
    assert!(!ask(
        &[signature],
        Some(oid::EMAIL_PROTECTION),
        Usage::Login
    ));
    assert!(ask(
        &[signature],
        Some(oid::EMAIL_PROTECTION),
        Usage::DocumentSigning
    ));
    assert!(!ask(
        &[signature],
        Some(oid::OCSP_SIGNING),
        Usage::DocumentSigning
    ));
    assert!(!ask(
        &[signature],
        Some(oid::TIME_STAMPING),
        Usage::DocumentSigning
    ));
}

/// NameConstraints with one permitted and one excluded list of GeneralNames.
fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |number: u8, names: &[Vec<u8>]| {
        if names.is_empty() {
            return Vec::new();
        }
        let subtrees: Vec<Vec<u8>> = names.iter().map(|n| write::sequence(&[n])).collect();
        write::element(tag::context_constructed(number), &subtrees.concat())
    };
    write::sequence(&[&list(0, permitted), &list(1, excluded)])
}

fn directory(attributes: &[(Oid, &str)]) -> Vec<u8> {
    write::explicit(4, Name::from_attributes(attributes).expect("name").der())
}

#[test]
fn name_constraints_hold_for_names_of_each_form_and_refuse_forms_that_are_not_processed() {
    let chain = Chain::new();
    let ask = |value: Vec<u8>, leaf: &Certificate| {
        let middle = Build::ca("middle", "root", &chain.middle_key, None)
            .extension(oid::NAME_CONSTRAINTS, true, value)
            .signed_by(&chain.root_key);
        chain.ask(leaf, &[middle])
    };
    let country = directory(&[(oid::COUNTRY, "CN")]);
    let other = directory(&[(oid::COUNTRY, "XX")]);
    let person = directory(&[(oid::COUNTRY, "CN"), (oid::COMMON_NAME, "LEAF")]);
    let leaf = &chain.leaf;
    assert_eq!(
        ask(constraints(std::slice::from_ref(&country), &[]), leaf),
        Ok(3)
    );
    assert_eq!(
        subject(ask(constraints(std::slice::from_ref(&other), &[]), leaf)),
        "CN=leaf,C=CN"
    );
    assert_eq!(
        ask(constraints(&[other.clone(), country], &[]), leaf),
        Ok(3)
    );
    assert_eq!(ask(constraints(&[], &[other]), leaf), Ok(3));
    assert_eq!(
        subject(ask(constraints(&[], &[person]), leaf)),
        "CN=leaf,C=CN"
    );
    assert!(ask(vec![0x30, 0x80], leaf).is_err(), "unreadable");

    let with_name = |form: u8, value: &[u8]| {
        let name = write::element(form, value);
        Build::leaf("leaf", "middle", &chain.leaf_key)
            .extension(oid::SUBJECT_ALT_NAME, false, write::sequence(&[&name]))
            .signed_by(&chain.middle_key)
    };
    // Forms of other names do not concern a certificate that has none.
    let hosts = constraints(&[write::element(tag::context(2), b"example.test")], &[]);
    assert_eq!(ask(hosts.clone(), leaf), Ok(3));
    let (dns, mail, ip) = (tag::context(2), tag::context(1), tag::context(7));
    assert_eq!(
        ask(hosts.clone(), &with_name(dns, b"a.example.test")),
        Ok(3)
    );
    assert_eq!(ask(hosts.clone(), &with_name(mail, b"a@b.test")), Ok(3));
    for outside in [&b"a.other.test"[..], b"example.test.", b"\xff"] {
        let leaf = with_name(dns, outside);
        assert_eq!(subject(ask(hosts.clone(), &leaf)), "CN=leaf,C=CN");
    }
    let net = write::element(ip, &[192, 0, 2, 0, 255, 255, 255, 0]);
    let outside_net = constraints(&[], &[net]);
    assert!(ask(outside_net.clone(), &with_name(ip, &[192, 0, 2, 9])).is_err());
    assert_eq!(ask(outside_net, &with_name(ip, &[192, 0, 3, 9])), Ok(3));

    // registeredID is not processed: fine for whoever has none, refused for whoever has one.
    let registered = tag::context(8);
    let only_one = constraints(&[write::element(registered, &[0x2a, 3])], &[]);
    assert_eq!(ask(only_one.clone(), leaf), Ok(3));
    let with_one = with_name(registered, &[0x2a, 3]);
    assert_eq!(subject(ask(only_one, &with_one)), "CN=leaf,C=CN");
}

#[test]
fn a_mailbox_in_the_subject_is_constrained_as_one_beside_it_is() {
    let chain = Chain::new();
    let hosts = constraints(&[], &[write::element(tag::context(1), b"example.test")]);
    let middle = Build::ca("middle", "root", &chain.middle_key, None)
        .extension(oid::NAME_CONSTRAINTS, true, hosts)
        .signed_by(&chain.root_key);
    for (mailbox, expected) in [
        ("a@example.test", false),
        ("a@other.test", true),
        ("a", false),
    ] {
        let attributes = [(oid::COMMON_NAME, "leaf"), (oid::EMAIL_ADDRESS, mailbox)];
        let mut leaf = Build::leaf("leaf", "middle", &chain.leaf_key);
        leaf.subject = Name::from_attributes(&attributes).expect("name");
        let leaf = leaf.signed_by(&chain.middle_key);
        let verdict = chain.ask(&leaf, std::slice::from_ref(&middle));
        assert_eq!(verdict.is_ok(), expected, "{mailbox}");
    }
}

#[test]
fn key_identifiers_that_contradict_each_other_do_not_chain() {
    let chain = Chain::new();
    let middle = Build::ca("middle", "root", &chain.middle_key, None)
        .extension(
            oid::SUBJECT_KEY_IDENTIFIER,
            false,
            write::octet_string(&[1; 20]),
        )
        .signed_by(&chain.root_key);
    let leaf = |identifier: u8| {
        let key = write::element(tag::context(0), &[identifier; 20]);
        Build::leaf("leaf", "middle", &chain.leaf_key)
            .extension(
                oid::AUTHORITY_KEY_IDENTIFIER,
                false,
                write::sequence(&[&key]),
            )
            .signed_by(&chain.middle_key)
    };
    assert_eq!(chain.ask(&leaf(1), std::slice::from_ref(&middle)), Ok(3));
    assert!(matches!(
        chain.ask(&leaf(2), &[middle]),
        Err(PathError::NoAnchor { .. })
    ));
    assert_eq!(name("leaf"), *leaf(1).subject());
}
