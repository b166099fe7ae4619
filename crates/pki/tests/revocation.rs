//! Revocation lists: what counts as evidence, and every reason why one does not (RFC 5280 §6.3).

mod support;

use pki::asn1::{tag, write};
use pki::crl::{Crl, RevocationReason, RevocationStatus, WhyUndetermined, status};
use pki::path::{TrustStore, Usage, ValidatedPath, validate};
use pki::{Certificate, KeyFamily, Oid, SoftwareKey, oid};
use support::{Build, BuildCrl, DAY, NOW, full_name, key, key_usage};

const URL: &str = "http://example.test/ca.crl";

struct World {
    ca_key: SoftwareKey,
    ca: Certificate,
    leaf: Certificate,
}

impl World {
    fn new() -> Self {
        let ca_key = key(KeyFamily::Sm2);
        let leaf_key = key(KeyFamily::Sm2);
        Self {
            ca: Build::ca("ca", "ca", &ca_key, None).signed_by(&ca_key),
            leaf: Build::leaf("leaf", "ca", &leaf_key)
                .announcing(URL)
                .signed_by(&ca_key),
            ca_key,
        }
    }

    fn ask(&self, crls: &[Crl]) -> RevocationStatus {
        status(&self.leaf, &self.ca, crls, NOW)
    }

    fn why(&self, build: &BuildCrl) -> WhyUndetermined {
        match self.ask(&[build.signed_by(&self.ca_key)]) {
            RevocationStatus::Undetermined(why) => why,
            other => panic!("counted as evidence: {other:?}"),
        }
    }
}

fn is_good(status: RevocationStatus) -> bool {
    matches!(status, RevocationStatus::Good { .. })
}

fn is_revoked(status: RevocationStatus) -> bool {
    matches!(status, RevocationStatus::Revoked { .. })
}

/// IssuingDistributionPoint from its fields.
fn scope(fields: &[Vec<u8>]) -> BuildCrl {
    let value = write::element(tag::SEQUENCE, &fields.concat());
    BuildCrl::of("ca").extension(oid::ISSUING_DISTRIBUTION_POINT, true, value)
}

fn flag(number: u8) -> Vec<u8> {
    write::element(tag::context(number), &[0xff])
}

#[test]
fn good_revoked_missing_and_not_announced_are_four_answers() {
    let world = World::new();
    let list = BuildCrl::of("ca");
    assert!(is_good(world.ask(&[list.signed_by(&world.ca_key)])));
    let list = list.revoking(world.leaf.serial());
    assert_eq!(
        world.ask(&[list.signed_by(&world.ca_key)]),
        RevocationStatus::Revoked {
            at: NOW.plus(-60),
            reason: RevocationReason::Unspecified
        }
    );
    let missing = RevocationStatus::Undetermined(WhyUndetermined::Missing);
    assert_eq!(world.ask(&[]), missing);
    let quiet_key = key(KeyFamily::Sm2);
    let quiet = Build::leaf("quiet", "ca", &quiet_key).signed_by(&world.ca_key);
    assert_eq!(
        status(&quiet, &world.ca, &[], NOW),
        RevocationStatus::NotAnnounced
    );
    let list = BuildCrl::of("ca").revoking(quiet.serial());
    let lists = [list.signed_by(&world.ca_key)];
    assert!(
        is_revoked(status(&quiet, &world.ca, &lists, NOW)),
        "evidence at hand counts, announced or not"
    );
}

#[test]
fn a_list_of_another_issuer_another_key_or_a_key_without_crl_sign_is_no_evidence() {
    let world = World::new();
    assert_eq!(
        world.why(&BuildCrl::of("another ca")),
        WhyUndetermined::WrongIssuer
    );
    let stranger = key(KeyFamily::Sm2);
    let forged = BuildCrl::of("ca").signed_by(&stranger);
    assert_eq!(
        world.ask(&[forged]),
        RevocationStatus::Undetermined(WhyUndetermined::BadSignature)
    );
    let no_lists = Build::ca("ca", "ca", &world.ca_key, None)
        .extension(oid::KEY_USAGE, true, key_usage(&[5]))
        .signed_by(&world.ca_key);
    let lists = [BuildCrl::of("ca").signed_by(&world.ca_key)];
    assert_eq!(
        status(&world.leaf, &no_lists, &lists, NOW),
        RevocationStatus::Undetermined(WhyUndetermined::WrongIssuer)
    );
}

#[test]
fn a_store_of_many_authorities_says_missing_where_the_issuer_s_own_list_is_not_there() {
    let world = World::new();
    let other = BuildCrl::of("another ca").signed_by(&key(KeyFamily::Sm2));
    let mut trust = TrustStore {
        crls: vec![other],
        ..TrustStore::default()
    };
    assert_eq!(
        trust.revocation(&world.leaf, &world.ca, NOW),
        RevocationStatus::Undetermined(WhyUndetermined::Missing)
    );
    trust.crls.push(BuildCrl::of("ca").signed_by(&world.ca_key));
    assert!(is_good(trust.revocation(&world.leaf, &world.ca, NOW)));
}

#[test]
fn past_next_update_without_one_and_from_the_future_is_no_evidence() {
    let world = World::new();
    let mut list = BuildCrl::of("ca").revoking(world.leaf.serial());
    list.next_update = Some(NOW.plus(-1));
    assert_eq!(world.why(&list), WhyUndetermined::Expired);
    list.next_update = None;
    assert_eq!(world.why(&list), WhyUndetermined::Expired);
    list.next_update = Some(NOW);
    assert!(is_revoked(world.ask(&[list.signed_by(&world.ca_key)])));
    list.this_update = NOW.plus(1);
    list.next_update = Some(NOW.plus(DAY));
    assert_eq!(world.why(&list), WhyUndetermined::NotYetValid);
}

#[test]
fn indirect_delta_and_unknown_critical_extensions_are_no_evidence() {
    let world = World::new();
    assert_eq!(world.why(&scope(&[flag(4)])), WhyUndetermined::Indirect);
    let delta = BuildCrl::of("ca").extension(oid::DELTA_CRL_INDICATOR, true, write::integer(1));
    assert_eq!(world.why(&delta), WhyUndetermined::CriticalExtension);
    let unknown = Oid::new_unwrap("1.2.3.4");
    let critical = BuildCrl::of("ca").extension(unknown, true, write::null());
    assert_eq!(world.why(&critical), WhyUndetermined::CriticalExtension);
    let harmless = BuildCrl::of("ca").extension(unknown, false, write::null());
    assert!(is_good(world.ask(&[harmless.signed_by(&world.ca_key)])));
    // In an entry too: certificateIssuer is critical and makes the list an indirect one.
    let mut entry = BuildCrl::of("ca");
    let issuer = vec![(oid::CERTIFICATE_ISSUER, true, write::sequence(&[]))];
    entry.revoked.push((vec![1; 8], issuer));
    assert_eq!(world.why(&entry), WhyUndetermined::CriticalExtension);
}

#[test]
fn a_list_counts_only_for_the_certificates_that_it_covers() {
    let world = World::new();
    let elsewhere = scope(&[full_name("http://example.test/other.crl")]);
    assert_eq!(world.why(&elsewhere), WhyUndetermined::OutOfScope);
    let here = scope(&[full_name(URL), flag(1)]);
    assert!(is_good(world.ask(&[here.signed_by(&world.ca_key)])));
    assert_eq!(world.why(&scope(&[flag(2)])), WhyUndetermined::OutOfScope);
    assert_eq!(world.why(&scope(&[flag(5)])), WhyUndetermined::OutOfScope);
    let reasons = write::element(tag::context(3), &[6, 0x40]);
    assert_eq!(world.why(&scope(&[reasons])), WhyUndetermined::OutOfScope);
}

#[test]
fn of_several_lists_the_newest_that_counts_decides_and_the_nearest_reason_is_told() {
    let world = World::new();
    let mut old = BuildCrl::of("ca").revoking(world.leaf.serial());
    old.this_update = NOW.plus(-2 * DAY);
    let new = BuildCrl::of("ca");
    let (old, new) = (old.signed_by(&world.ca_key), new.signed_by(&world.ca_key));
    assert!(is_good(world.ask(&[old.clone(), new.clone()])));
    assert!(is_good(world.ask(&[new, old.clone()])));
    assert!(is_revoked(world.ask(&[old])));

    let foreign = BuildCrl::of("x").signed_by(&world.ca_key);
    let mut expired = BuildCrl::of("ca");
    expired.next_update = Some(NOW.plus(-1));
    let expired = expired.signed_by(&world.ca_key);
    assert_eq!(
        world.ask(&[foreign, expired]),
        RevocationStatus::Undetermined(WhyUndetermined::Expired)
    );
}

#[test]
fn reasons_are_read_and_a_serial_is_compared_whole() {
    let world = World::new();
    let code = write::element(tag::ENUMERATED, &[1]);
    let mut list = BuildCrl::of("ca");
    let reason = vec![(oid::REASON_CODE, false, code)];
    list.revoked.push((world.leaf.serial().to_vec(), reason));
    assert!(matches!(
        world.ask(&[list.signed_by(&world.ca_key)]),
        RevocationStatus::Revoked {
            reason: RevocationReason::KeyCompromise,
            ..
        }
    ));
    let (head, last) = world.leaf.serial().split_at(7);
    let prefix = BuildCrl::of("ca").revoking(head).revoking(last);
    assert!(is_good(world.ask(&[prefix.signed_by(&world.ca_key)])));
    let mut odd = BuildCrl::of("ca");
    let unknown = vec![(
        oid::REASON_CODE,
        false,
        write::element(tag::ENUMERATED, &[7]),
    )];
    odd.revoked.push((vec![9; 8], unknown));
    assert!(
        Crl::from_der(&odd.der(&world.ca_key)).is_err(),
        "7 is unused"
    );
    for reason in 0..=10 {
        let Some(reason) = RevocationReason::from_code(reason) else {
            continue;
        };
        assert_eq!(RevocationReason::from_name(reason.name()), Some(reason));
        assert_eq!(RevocationReason::from_code(reason.code()), Some(reason));
    }
}

#[test]
fn a_thousand_entries_are_searched_by_serial() {
    let world = World::new();
    let mut list = BuildCrl::of("ca");
    for number in (0..1000u32).rev() {
        list = list.revoking(&[&[1], number.to_be_bytes().as_slice()].concat());
    }
    assert!(is_good(world.ask(&[list.signed_by(&world.ca_key)])));
    let list = list.revoking(world.leaf.serial());
    let list = list.signed_by(&world.ca_key);
    assert_eq!(list.revoked().len(), 1001);
    assert!(is_revoked(world.ask(&[list])));
}

#[test]
fn lists_by_reason_complete_each_other_and_alone_leave_the_answer_open() {
    let world = World::new();
    // keyCompromise and cACompromise; all the others.
    let part = |bits: &[u8]| scope(&[write::element(tag::context(3), bits)]);
    let (compromise, others) = (part(&[5, 0x60]), part(&[7, 0x1f, 0x80]));
    let sign = |build: &BuildCrl| build.signed_by(&world.ca_key);
    assert!(is_good(world.ask(&[sign(&compromise), sign(&others)])));
    for alone in [&compromise, &others] {
        assert_eq!(world.why(alone), WhyUndetermined::OutOfScope);
    }
    let named = others.revoking(world.leaf.serial());
    assert!(is_revoked(world.ask(&[sign(&named)])));
    assert!(is_revoked(world.ask(&[sign(&compromise), sign(&named)])));
    // A newer complete list leaves nothing for an older part to say.
    let mut older = part(&[5, 0x60]).revoking(world.leaf.serial());
    older.this_update = NOW.plus(-2 * DAY);
    assert!(is_good(
        world.ask(&[sign(&BuildCrl::of("ca")), sign(&older)])
    ));
}

#[test]
fn points_are_matched_by_directory_name_too_whole_or_relative_to_the_issuer() {
    let world = World::new();
    let leaf_key = key(KeyFamily::Sm2);
    let rdn = {
        let value = write::utf8_string("part 7");
        write::sequence(&[&write::oid(&oid::COMMON_NAME), &value])
    };
    let whole = {
        let mut rdns = pki::asn1::Element::parse(world.ca.subject().der(), "name")
            .expect("DER")
            .value()
            .to_vec();
        rdns.extend(write::element(tag::SET, &rdn));
        let name = write::element(tag::SEQUENCE, &rdns);
        let full = write::element(tag::context_constructed(0), &write::explicit(4, &name));
        write::element(tag::context_constructed(0), &full)
    };
    let relative = {
        let name = write::element(tag::context_constructed(1), &rdn);
        write::element(tag::context_constructed(0), &name)
    };
    let leaf = |point: &[u8]| {
        let points = write::sequence(&[&write::sequence(&[point])]);
        Build::leaf("leaf", "ca", &leaf_key)
            .extension(oid::CRL_DISTRIBUTION_POINTS, false, points)
            .signed_by(&world.ca_key)
    };
    for point in [&whole, &relative] {
        for list in [&whole, &relative] {
            let list = scope(std::slice::from_ref(list)).signed_by(&world.ca_key);
            assert!(is_good(status(&leaf(point), &world.ca, &[list], NOW)));
        }
        let elsewhere = scope(&[full_name("http://example.test/8.crl")]).signed_by(&world.ca_key);
        let expected = RevocationStatus::Undetermined(WhyUndetermined::OutOfScope);
        assert_eq!(status(&leaf(point), &world.ca, &[elsewhere], NOW), expected);
    }
}

/// An authority under a root that signs certificates with one key and lists with another.
struct TwoKeys {
    root_key: SoftwareKey,
    list_key: SoftwareKey,
    trust: TrustStore,
    path: ValidatedPath,
}

impl TwoKeys {
    fn new() -> Self {
        let keys = [KeyFamily::P256; 4].map(key);
        let [root_key, ca_key, list_key, leaf_key] = keys;
        let root = Build::ca("root", "root", &root_key, None).signed_by(&root_key);
        let ca = Build::ca("ca", "root", &ca_key, None)
            .extension(oid::KEY_USAGE, true, key_usage(&[5]))
            .signed_by(&root_key);
        let leaf = Build::leaf("leaf", "ca", &leaf_key)
            .announcing(URL)
            .signed_by(&ca_key);
        let trust = TrustStore {
            anchors: vec![root],
            intermediates: vec![ca],
            ..TrustStore::default()
        };
        let path = validate(&leaf, &[], &trust, NOW, Usage::Any).expect("a path");
        Self {
            root_key,
            list_key,
            trust,
            path,
        }
    }

    /// A certificate of the list key, in the name of the authority.
    fn signer(&self, usage: &[usize]) -> Build<'_> {
        let mut build = Build::leaf("ca", "root", &self.list_key);
        build.serial = vec![0x5a; 8];
        build.extension(oid::KEY_USAGE, true, key_usage(usage))
    }

    fn ask(&self, signers: &[Certificate], lists: &[Crl]) -> RevocationStatus {
        let mut trust = self.trust.clone();
        trust.crls = lists.to_vec();
        trust.revocation_along(&self.path, 0, signers, NOW)
    }
}

#[test]
fn a_list_by_another_key_of_the_authority_counts_where_that_key_may_sign_lists_and_stands() {
    let world = TwoKeys::new();
    let empty = BuildCrl::of("ca").signed_by(&world.list_key);
    let naming = BuildCrl::of("ca")
        .revoking(world.path.leaf().serial())
        .signed_by(&world.list_key);
    let lists = std::slice::from_ref(&empty);
    let undetermined = |status| matches!(status, RevocationStatus::Undetermined(_));
    assert!(
        undetermined(world.ask(&[], lists)),
        "nobody vouches for the key"
    );

    let signer = world.signer(&[6]).signed_by(&world.root_key);
    assert!(is_good(world.ask(std::slice::from_ref(&signer), lists)));
    assert!(is_revoked(
        world.ask(std::slice::from_ref(&signer), &[naming])
    ));

    let no_lists = world.signer(&[5]).signed_by(&world.root_key);
    let stranger = key(KeyFamily::P256);
    let unrooted = world.signer(&[6]).signed_by(&stranger);
    let mut stale = world.signer(&[6]);
    stale.not_after = NOW.plus(-1);
    let stale = stale.signed_by(&world.root_key);
    for refused in [no_lists, unrooted, stale] {
        assert!(undetermined(world.ask(&[refused], lists)));
    }
    let revoked = BuildCrl::of("root")
        .revoking(signer.serial())
        .signed_by(&world.root_key);
    assert!(undetermined(
        world.ask(&[signer], &[empty.clone(), revoked])
    ));
}

#[test]
fn a_signer_of_lists_does_not_vouch_for_itself() {
    let world = TwoKeys::new();
    let announcing = world
        .signer(&[6])
        .announcing(URL)
        .signed_by(&world.root_key);
    let lists = [BuildCrl::of("ca").signed_by(&world.list_key)];
    // The signer announces a list of the root's, and there is none.
    let status = world.ask(std::slice::from_ref(&announcing), &lists);
    assert!(matches!(status, RevocationStatus::Undetermined(_)));
    let roots = BuildCrl::of("root").signed_by(&world.root_key);
    assert!(is_good(
        world.ask(&[announcing], &[lists[0].clone(), roots])
    ));
}
