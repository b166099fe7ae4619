//! What the demo authorities issue, and the order in which they do it.

mod support;

use issuer::revocation::{ListEvent, ListIssuance, due_at};
use issuer::{
    Effect, Event, Issuance, IssuerError, LintFinding, RevocationRecord, demo_profiles, recover,
};
use pki::crl::{RevocationReason, RevocationStatus, WhyUndetermined, status};
use pki::path::{PathError, TrustStore, Usage, validate};
use pki::pkcs10::CertificationRequest;
use pki::{KeyFamily, Oid, SignError, SignatureAlgorithm, Signer, SoftwareKey, UnixTime, oid};
use support::{DemoCa, NOW, applicant, request};

/// A key that never answers.
struct SilentKey;

impl Signer for SilentKey {
    fn certificate(&self) -> Option<&pki::Certificate> {
        None
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Sm2WithSm3
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Err(SignError::Failed)
    }
}

fn trust(ca: &DemoCa) -> TrustStore {
    TrustStore {
        anchors: vec![ca.root.clone()],
        intermediates: vec![ca.issuing.clone()],
        ..TrustStore::default()
    }
}

#[test]
fn every_demo_authority_issues_a_chain_that_validates_for_login_and_for_documents() {
    for profile in demo_profiles().expect("profiles") {
        let mut ca = DemoCa::new(profile);
        let person = ca.person();
        let leaf = person.certificate().expect("certificate");
        for usage in [Usage::Login, Usage::DocumentSigning, Usage::Any] {
            let path = validate(leaf, &[], &trust(&ca), NOW, usage).expect("valid");
            assert_eq!(path.certificates().len(), 3);
            assert_eq!(path.issuer(), Some(&ca.issuing));
            assert_eq!(path.anchor(), &ca.root);
        }
        assert_eq!(
            leaf.crl_urls(),
            [format!(
                "http://ca.yinxin-demo.test/{}-demo-issuing.crl",
                ca.profile.id
            )]
        );
        assert_eq!(leaf.ca_issuer_urls().len(), 1);
        assert!(leaf.issuer().rfc4514().contains("DEMO"));
        assert!(ca.root.issuer().rfc4514().contains("演示"));
    }
}

#[test]
fn identity_stands_where_each_provider_s_map_looks_for_it() {
    let expected_uscc = applicant().uscc;
    let mut szca = DemoCa::of("szca");
    let key = szca.person();
    let leaf = key.certificate().expect("certificate");
    assert_eq!(
        leaf.extension_text(&oid::YINXIN_KEY_NUMBER).as_deref(),
        Some("20261122001")
    );
    let uscc = leaf.extension_text(&oid::GM_ORGANISATION_CODE);
    assert_eq!(uscc.as_deref(), Some(expected_uscc.as_str()));
    assert_eq!(
        leaf.subject().attribute(&oid::ORGANIZATION),
        Some("演示供应商甲有限公司")
    );
    assert_eq!(leaf.subject().attribute(&oid::COMMON_NAME), Some("张三"));

    let mut itrus = DemoCa::of("itrus");
    let key = itrus.person();
    let leaf = key.certificate().expect("certificate");
    assert_eq!(key.public_key().family(), KeyFamily::Rsa);
    assert_eq!(
        leaf.subject().attribute(&oid::ORGANIZATIONAL_UNIT),
        Some("DEMO@20261122001")
    );
    let uscc = leaf.extension_text(&oid::RSA_ORGANISATION_CODE);
    assert_eq!(uscc.as_deref(), Some(expected_uscc.as_str()));

    let mut scca = DemoCa::of("scca");
    let key = scca.person();
    let leaf = key.certificate().expect("certificate");
    assert_eq!(
        leaf.subject().attribute(&oid::NAME_SERIAL_NUMBER),
        Some("20261122001")
    );
}

#[test]
fn a_serial_is_stored_before_it_is_signed_and_the_result_before_it_is_delivered() {
    let ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let template = ca.template(&key).expect("template");
    let (issuance, effect) =
        Issuance::begin(&ca.authority, &template, &[9; 16], NOW).expect("begins");
    let Effect::PersistIntent(record) = effect else {
        panic!("the intent is stored first: {effect:?}");
    };
    assert_eq!(record.serial.len(), 32);
    assert_eq!(record.key_number.as_deref(), Some("20261122001"));

    let early = issuance.clone().step(Event::Signed {
        signature: Vec::new(),
    });
    assert!(matches!(early, Err(IssuerError::OutOfOrder("Signed"))));

    let (issuance, effect) = issuance.step(Event::IntentPersisted).expect("in order");
    let Effect::Sign { tbs } = effect else {
        panic!("then it is signed: {effect:?}");
    };
    assert_eq!(tbs, record.tbs);
    let signature = ca.issuing_key.sign(&tbs).expect("signature");
    let (issuance, effect) = issuance
        .step(Event::Signed { signature })
        .expect("in order");
    assert!(matches!(effect, Effect::PersistResult(_)), "{effect:?}");
    let (_, effect) = issuance.step(Event::ResultPersisted).expect("in order");
    assert!(matches!(effect, Effect::Deliver { .. }), "{effect:?}");
}

#[test]
fn an_intent_without_a_result_is_possibly_issued_and_stands_on_the_next_list() {
    let mut ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let template = ca.template(&key).expect("template");
    let failed = ca.store.issue(&ca.authority, &template, &SilentKey);
    assert_eq!(failed.unwrap_err(), IssuerError::Signing);
    let mark = ca.store.possibly_issued[0].clone();
    let list = ca.crl(1, &[RevocationRecord::from(&mark)]);
    assert_eq!(hex(&list.revoked()[0].serial), mark.serial);

    // After a crash the record is all there is.
    let (_, effect) = Issuance::begin(&ca.authority, &template, &[77; 16], NOW).expect("begins");
    let Effect::PersistIntent(record) = effect else {
        panic!("the intent is stored first");
    };
    let text = toml_round_trip(&record);
    let recovered = recover(&text, NOW.plus(5));
    assert_eq!(recovered.serial, record.serial);
    assert_eq!(recovered.at, NOW.0 + 5);
}

#[test]
fn a_signature_of_another_key_is_never_delivered() {
    let mut ca = DemoCa::of("szca");
    let other = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let template = ca.template(&key).expect("template");
    let failed = ca.store.issue(&ca.authority, &template, &other);
    assert_eq!(failed.unwrap_err(), IssuerError::Signing);
    assert_eq!(ca.store.possibly_issued.len(), 1);
}

#[test]
fn a_serial_that_is_taken_is_not_signed_again() {
    let mut ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let template = ca.template(&key).expect("template");
    ca.store
        .issue_with(&ca.authority, &template, &ca.issuing_key, &[42; 16])
        .expect("first");
    let second = ca
        .store
        .issue_with(&ca.authority, &template, &ca.issuing_key, &[42; 16]);
    assert_eq!(second.unwrap_err(), IssuerError::SerialTaken);
}

#[test]
fn lint_refuses_before_a_serial_is_used() {
    let ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let good = ca.template(&key).expect("template");
    let lint = |change: &dyn Fn(&mut issuer::Template)| {
        let mut template = good.clone();
        change(&mut template);
        match Issuance::begin(&ca.authority, &template, &[1; 16], NOW) {
            Err(IssuerError::Lint(findings)) => findings,
            other => panic!("expected findings, got {other:?}"),
        }
    };
    let long = lint(&|t| t.not_after = NOW.plus(86_400 * 365 * 20));
    assert_eq!(long, [LintFinding::OutlivesIssuer]);
    let backwards = lint(&|t| t.not_after = t.not_before);
    assert_eq!(backwards, [LintFinding::Validity]);
    let own_key = lint(&|t| t.public_key = ca.issuing_key.public_key().clone());
    assert_eq!(own_key, [LintFinding::Key]);
    let nothing = lint(&|t| t.policies.clear());
    assert_eq!(nothing, [LintFinding::Policies]);
    let name = "长".repeat(65);
    let subject = pki::Name::from_attributes(&[(oid::ORGANIZATION, name.as_str())]).unwrap();
    let too_long = lint(&|t| t.subject = subject.clone());
    assert_eq!(too_long, [LintFinding::Subject]);
}

#[test]
fn a_request_that_its_key_did_not_sign_gets_no_certificate() {
    let ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let mut der = request(&key);
    let last = der.len() - 1;
    der[last] ^= 1;
    let request = CertificationRequest::from_der(&der).expect("still readable");
    let refused = ca.profile.template(&applicant(), &request, NOW, None);
    assert!(matches!(refused, Err(IssuerError::ProofOfPossession(_))));

    let rsa = SoftwareKey::generate(KeyFamily::Rsa).expect("key");
    let refused = ca.template(&rsa);
    assert!(matches!(refused, Err(IssuerError::KeyFamily("rsa"))));
}

#[test]
fn an_applicant_s_text_is_never_read_as_a_pattern() {
    let ca = DemoCa::of("szca");
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let request = CertificationRequest::from_der(&request(&key)).expect("request");
    let mut tricky = applicant();
    tricky.holder = "{uscc} {".into();
    let template = ca.profile.template(&tricky, &request, NOW, None).unwrap();
    assert_eq!(
        template.subject.attribute(&oid::COMMON_NAME),
        Some("{uscc} {")
    );
    tricky.uscc = "9135-0200\u{0}".into();
    let refused = ca.profile.template(&tricky, &request, NOW, None);
    assert!(matches!(refused, Err(IssuerError::Applicant(_))));
}

#[test]
fn a_list_says_good_then_revoked_and_missing_expired_forged_and_foreign_lists_say_so() {
    let mut ca = DemoCa::of("szca");
    let person = ca.person();
    let leaf = person.certificate().expect("certificate");
    let ask = |crls: &[pki::crl::Crl], at: UnixTime| status(leaf, &ca.issuing, crls, at);
    let why = RevocationStatus::Undetermined;

    let empty = ca.crl(1, &[]);
    assert!(matches!(
        ask(std::slice::from_ref(&empty), NOW),
        RevocationStatus::Good { .. }
    ));
    let revoked = ca.crl(
        2,
        &[RevocationRecord {
            serial: leaf.serial_hex(),
            at: NOW.0,
            reason: "keyCompromise".into(),
        }],
    );
    assert_eq!(revoked.number(), Some([2].as_slice()));
    assert_eq!(
        ask(&[revoked], NOW),
        RevocationStatus::Revoked {
            at: NOW,
            reason: RevocationReason::KeyCompromise
        }
    );
    assert_eq!(ask(&[], NOW), why(WhyUndetermined::Missing));
    let empty = std::slice::from_ref(&empty);
    assert_eq!(ask(empty, NOW.plus(3601)), why(WhyUndetermined::Expired));
    assert_eq!(ask(empty, NOW.plus(-1)), why(WhyUndetermined::NotYetValid));
    let stranger = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let (list, _) = ListIssuance::begin(&ca.authority, 3, NOW, NOW.plus(60), &[]).expect("list");
    let (list, _) = list.step(ListEvent::NumberPersisted).expect("in order");
    assert!(
        list.step(ListEvent::Signed {
            signature: stranger.sign(b"other").expect("signature")
        })
        .is_err(),
        "the machine does not publish another key's signature"
    );
    let mut forged = empty[0].der().to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let forged = pki::crl::Crl::from_der(&forged).expect("readable");
    assert_eq!(ask(&[forged], NOW), why(WhyUndetermined::BadSignature));
    let roots = support::crl(&ca.root_authority, &ca.root_key, 1, &[]);
    assert_eq!(ask(&[roots], NOW), why(WhyUndetermined::WrongIssuer));
    assert_eq!(due_at(NOW, NOW.plus(100)), NOW.plus(50));
}

#[test]
fn an_expired_certificate_and_one_from_another_authority_are_refused_with_their_reasons() {
    let mut ca = DemoCa::of("szca");
    let person = ca.person();
    let leaf = person.certificate().expect("certificate");
    let later = NOW.plus(86_400 * 366);
    let expired = validate(leaf, &[], &trust(&ca), later, Usage::Login);
    assert!(matches!(expired, Err(PathError::Expired { .. })));
    let early = validate(leaf, &[], &trust(&ca), NOW.plus(-1), Usage::Login);
    assert!(matches!(early, Err(PathError::NotYetValid { .. })));
    // The same names, other keys: nothing but the signature tells them apart.
    let twin = DemoCa::of("szca");
    let foreign = validate(leaf, &[], &trust(&twin), NOW, Usage::Login);
    assert!(matches!(foreign, Err(PathError::NoAnchor { .. })));
}

#[test]
fn the_demo_policies_lie_in_the_project_s_own_arc() {
    let mut ca = DemoCa::of("scca");
    let person = ca.person();
    let leaf = person.certificate().expect("certificate");
    assert_eq!(leaf.policies(), [Oid::new_unwrap("2.25.1448040822.3.3")]);
    let usages = leaf.extended_key_usage().expect("extKeyUsage");
    assert_eq!(usages, [oid::CLIENT_AUTH]);
    let usage = leaf.key_usage().expect("keyUsage");
    assert!(usage.digital_signature() && usage.non_repudiation() && !usage.key_cert_sign());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn toml_round_trip(record: &issuer::IntentRecord) -> issuer::IntentRecord {
    let text = toml::to_string(record).expect("serialises");
    let back: issuer::IntentRecord = toml::from_str(&text).expect("reads back");
    assert_eq!(&back, record);
    back
}
