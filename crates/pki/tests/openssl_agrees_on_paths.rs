//! Paths made at random, with policies, mappings, constraints and self-issued authorities: OpenSSL says yes
//! and no where we do.

mod support;

#[path = "../../issuer/tests/support/openssl.rs"]
mod openssl;

use openssl::OpenSsl;
use pki::asn1::{tag, write};
use pki::path::{PathError, PolicyInputs, TrustStore, Usage, validate_under};
use pki::{Certificate, HashAlgorithm, KeyFamily, Oid, SoftwareKey, hash, oid};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::{Build, NOW, key};

const POLICIES: [&str; 4] = ["2.5.29.32.0", "1.2.156.1.1", "1.2.156.1.2", "1.2.156.1.3"];
const HOSTS: [&str; 4] = ["a.cn", "b.a.cn", "c.b.a.cn", "d.cn"];

/// What one certificate says; the leaf ignores what only authorities say.
#[derive(Debug, Clone)]
struct Says {
    self_issued: bool,
    path_len: Option<u64>,
    policies: Vec<&'static str>,
    mappings: Vec<(&'static str, &'static str)>,
    explicit: Option<u8>,
    no_mapping: Option<u8>,
    no_any: Option<u8>,
    permitted: Option<&'static str>,
    excluded: Option<&'static str>,
}

fn says() -> impl Strategy<Value = Says> {
    let skip = || prop::option::weighted(0.2, 0..3u8);
    let host = || prop::option::weighted(0.15, select(&HOSTS[..]));
    let own = &POLICIES[1..];
    let mappings = prop::collection::vec((select(own), select(own)), 0..3);
    let policies = prop_oneof![
        4 => subsequence(&POLICIES[..], 1..=4),
        1 => Just(Vec::new()),
    ];
    (
        prop::bool::weighted(0.2),
        prop::option::weighted(0.3, 0..3u64),
        policies,
        prop_oneof![Just(Vec::new()), mappings],
        (skip(), skip(), skip()),
        (host(), host()),
    )
        .prop_map(
            |(self_issued, path_len, policies, mappings, skips, hosts)| Says {
                self_issued,
                path_len,
                policies,
                mappings,
                explicit: skips.0,
                no_mapping: skips.1,
                no_any: skips.2,
                permitted: hosts.0,
                excluded: hosts.1,
            },
        )
}

fn dotted(policy: &str) -> Vec<u8> {
    write::oid(&Oid::new_unwrap(policy))
}

impl Says {
    fn add_policies(&self, build: &mut Build<'_>) {
        if !self.policies.is_empty() {
            let all: Vec<Vec<u8>> = self
                .policies
                .iter()
                .map(|policy| write::sequence(&[&dotted(policy)]))
                .collect();
            let value = write::element(tag::SEQUENCE, &all.concat());
            build
                .extensions
                .push((oid::CERTIFICATE_POLICIES, false, value));
        }
    }

    fn add_rules(&self, build: &mut Build<'_>) {
        let mut add = |oid, value| build.extensions.push((oid, true, value));
        if !self.mappings.is_empty() {
            let pairs = self.mappings.iter();
            let all: Vec<Vec<u8>> = pairs
                .map(|(from, to)| write::sequence(&[&dotted(from), &dotted(to)]))
                .collect();
            add(
                oid::POLICY_MAPPINGS,
                write::element(tag::SEQUENCE, &all.concat()),
            );
        }
        if self.explicit.is_some() || self.no_mapping.is_some() {
            let field = |number, skip: Option<u8>| {
                skip.map(|skip| write::element(tag::context(number), &[skip]))
                    .unwrap_or_default()
            };
            let value = write::sequence(&[&field(0, self.explicit), &field(1, self.no_mapping)]);
            add(oid::POLICY_CONSTRAINTS, value);
        }
        if let Some(skip) = self.no_any {
            add(oid::INHIBIT_ANY_POLICY, write::integer(skip.into()));
        }
        if self.permitted.is_some() || self.excluded.is_some() {
            let list = |number, host: Option<&str>| {
                let subtree = |host: &str| {
                    let base = write::element(tag::context(2), host.as_bytes());
                    write::element(tag::context_constructed(number), &write::sequence(&[&base]))
                };
                host.map(subtree).unwrap_or_default()
            };
            let value = write::sequence(&[&list(0, self.permitted), &list(1, self.excluded)]);
            add(oid::NAME_CONSTRAINTS, value);
        }
    }
}

/// Key identifiers: of several authorities of one name OpenSSL tries one.
fn identify(build: &mut Build<'_>, signer: &SoftwareKey) {
    let of =
        |key: &SoftwareKey| hash(HashAlgorithm::Sha256, key.public_key().spki_der())[..20].to_vec();
    let own = write::octet_string(&of(build.key));
    let issuer = write::sequence(&[&write::element(tag::context(0), &of(signer))]);
    build
        .extensions
        .push((oid::SUBJECT_KEY_IDENTIFIER, false, own));
    build
        .extensions
        .push((oid::AUTHORITY_KEY_IDENTIFIER, false, issuer));
}

/// A root, the authorities from it downwards, and a leaf for a host.
fn chain(
    authorities: &[Says],
    leaf: &Says,
    host: &str,
) -> (Certificate, Vec<Certificate>, Certificate) {
    let root_key = key(KeyFamily::P256);
    let root = Build::ca("root", "root", &root_key, None).signed_by(&root_key);
    let mut made = Vec::new();
    let (mut issuer, mut signer): (String, SoftwareKey) = ("root".into(), root_key);
    for (index, says) in authorities.iter().enumerate() {
        let own = key(KeyFamily::P256);
        // The root's own name would make of it another root.
        let subject = if says.self_issued && index > 0 {
            issuer.clone()
        } else {
            format!("authority {index}")
        };
        let mut build = Build::ca(&subject, &issuer, &own, says.path_len);
        identify(&mut build, &signer);
        build.serial = vec![1, index as u8];
        says.add_policies(&mut build);
        says.add_rules(&mut build);
        made.push(build.signed_by(&signer));
        (issuer, signer) = (subject, own);
    }
    let own = key(KeyFamily::P256);
    let mut build = Build::leaf("leaf", &issuer, &own);
    identify(&mut build, &signer);
    leaf.add_policies(&mut build);
    let name = write::element(tag::context(2), host.as_bytes());
    build = build.extension(oid::SUBJECT_ALT_NAME, false, write::sequence(&[&name]));
    (root, made, build.signed_by(&signer))
}

#[test]
fn openssl_says_yes_and_no_where_we_do() {
    let Some(judge) = OpenSsl::find() else {
        return;
    };
    let inputs = (
        prop::option::of(subsequence(&POLICIES[1..], 1..3)),
        any::<bool>(),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
    );
    let strategy = (
        prop::collection::vec(says(), 1..5),
        says(),
        select(&HOSTS[..]),
        inputs,
    );
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    // The same chains in every run: the verdicts of two programs are compared, not luck.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let reasons = std::cell::RefCell::new(std::collections::BTreeMap::<&str, usize>::new());
    let outcome = runner.run(&strategy, |(mut authorities, leaf, host, mut inputs)| {
        // OpenSSL 4.0 lets an authority map from its anyPolicy where anyPolicy is inhibited and counts for
        // nothing (RFC 5280 §6.1.3 (d)(2), §6.1.4 (b)(1)); the two are not put together here.
        let maps_from_any =
            |says: &Says| !says.mappings.is_empty() && says.policies.contains(&POLICIES[0]);
        if authorities.iter().any(maps_from_any) {
            authorities.iter_mut().for_each(|says| says.no_any = None);
            inputs.3 = false;
        }
        let (root, authorities, leaf) = chain(&authorities, &leaf, host);
        let (acceptable, explicit, no_mapping, no_any) = inputs;
        let trust = TrustStore {
            anchors: vec![root.clone()],
            ..TrustStore::default()
        };
        let wanted = PolicyInputs {
            acceptable: acceptable
                .as_ref()
                .map(|list| list.iter().map(|p| Oid::new_unwrap(p)).collect()),
            require_explicit: explicit,
            inhibit_mapping: no_mapping,
            inhibit_any: no_any,
        };
        let ours = validate_under(&leaf, &authorities, &trust, NOW, Usage::Any, &wanted);

        judge.write("root.pem", root.to_pem());
        let bundle: String = authorities.iter().map(Certificate::to_pem).collect();
        judge.write("authorities.pem", bundle);
        judge.write("leaf.pem", leaf.to_pem());
        let at = NOW.0.to_string();
        let mut arguments = vec![
            "verify",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "authorities.pem",
        ];
        arguments.extend(["-attime", &at, "-policy_check"]);
        // Without a policy OpenSSL accepts none, where RFC 5280 has it accept any.
        let any = vec![POLICIES[0]];
        for policy in acceptable.as_ref().unwrap_or(&any) {
            arguments.extend(["-policy", policy]);
        }
        for (flag, set) in [
            ("-explicit_policy", explicit),
            ("-inhibit_map", no_mapping),
            ("-inhibit_any", no_any),
        ] {
            arguments.extend(set.then_some(flag));
        }
        arguments.push("leaf.pem");
        let output = judge.run(&arguments);
        let reason = match &ours {
            Ok(_) => "valid",
            Err(PathError::Policy { .. }) => "policy",
            Err(PathError::PathLength { .. }) => "path length",
            Err(PathError::NameConstraints { .. }) => "name constraints",
            Err(_) => "other",
        };
        *reasons.borrow_mut().entry(reason).or_default() += 1;
        prop_assert_eq!(
            ours.is_ok(),
            output.status.success(),
            "ours: {:?}; OpenSSL: {}",
            ours.err(),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    });
    outcome.expect("agreement");
    let reasons = reasons.into_inner();
    println!("{reasons:?}");
    for reason in ["valid", "policy", "path length", "name constraints"] {
        assert!(
            reasons.get(reason).is_some_and(|count| *count >= 20),
            "{reasons:?}"
        );
    }
}
