//! Path, revocation, time, and what the signer was shown: each answer its own.

mod support;

use contract::intent::{DigestName, DocumentDigest, Intent, SealIntent, SealName};
use contract::{CheckResult, Grade, Layer, Report, SealIntentAttribute, Verdict};
use pki::path::TrustStore;
use pki::{HashAlgorithm, KeyFamily, hash, oid};
use seal::pdf::{self, Policy, SubFilter, VerifyOptions};
use std::sync::Arc;
use support::certificates::Profile;
use support::files::{self, Xref};
use support::{
    NOW, Seal, TestSigner, assert_invalid, assert_valid, seal, trusting, verify, verify_at,
};

const DAY: i64 = 86_400;

fn reason(report: &Report, layer: Layer) -> (CheckResult, String) {
    let check = report.signatures[0]
        .checks
        .iter()
        .find(|check| check.layer == layer)
        .expect("the layer");
    (check.result, check.reason.clone().unwrap_or_default())
}

struct Office {
    authority: TestSigner,
    file: Vec<u8>,
}

fn office(url: Option<&str>) -> Office {
    let authority = TestSigner::authority(KeyFamily::P256);
    let profile = Profile {
        crl_url: url,
        serial: 77,
        ..Profile::default()
    };
    let signer = TestSigner::issued(KeyFamily::P256, &profile, Some(&authority));
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    Office { authority, file }
}

#[test]
fn revocation_gives_a_different_answer_for_each_state_of_the_evidence() {
    let office = office(Some("http://ca.example.test/a.crl"));
    let other = TestSigner::authority(KeyFamily::P256);
    let (today, tomorrow) = (NOW.plus(-DAY), NOW.plus(DAY));
    let judge = |crls: Vec<pki::crl::Crl>| {
        let trust = TrustStore {
            anchors: vec![office.authority.certificate.clone()],
            crls,
            ..TrustStore::default()
        };
        verify(&office.file, &trust)
    };
    assert_valid(&judge(vec![office.authority.crl(&[5], today, tomorrow)]));
    for (crls, word) in [
        (vec![], "revocation_list_missing"),
        (
            vec![office.authority.crl(&[77], today, tomorrow)],
            "revoked_without_trusted_time",
        ),
        (
            vec![office.authority.crl(&[], NOW.plus(-3 * DAY), today)],
            "revocation_list_expired",
        ),
        (
            vec![other.crl(&[], today, tomorrow)],
            "revocation_list_signature",
        ),
    ] {
        let report = judge(crls);
        assert_eq!(report.verdict, Verdict::Indeterminate, "{word}");
        assert_eq!(
            reason(&report, Layer::Revocation),
            (CheckResult::Indeterminate, word.into())
        );
    }
}

#[test]
fn a_certificate_that_announces_nothing_is_noted_and_blocks_under_a_strict_policy() {
    let office = office(None);
    let trust = trusting(&[&office.authority]);
    let report = verify(&office.file, &trust);
    assert_valid(&report);
    assert_eq!(
        reason(&report, Layer::Revocation),
        (
            CheckResult::NotApplicable,
            "revocation_none_announced".into()
        )
    );
    let strict = Policy {
        require_revocation_source: true,
        ..Policy::default()
    };
    let options = VerifyOptions {
        trust: &trust,
        at: NOW,
        policy: strict,
        name: None,
    };
    assert_eq!(
        pdf::verify(&Arc::new(office.file.clone()), &options).verdict,
        Verdict::Indeterminate
    );
}

#[test]
fn an_unknown_or_expired_signer_is_indeterminate_and_never_valid() {
    let office = office(None);
    let report = verify(&office.file, &TrustStore::default());
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        reason(&report, Layer::Path),
        (CheckResult::Indeterminate, "no_trusted_path".into())
    );
    for (at, word) in [
        (NOW.plus(4000 * DAY), "certificate_expired"),
        (NOW.plus(-4000 * DAY), "certificate_not_yet_valid"),
    ] {
        let report = verify_at(&office.file, &trusting(&[&office.authority]), at);
        assert_eq!(report.verdict, Verdict::Indeterminate);
        assert_eq!(
            reason(&report, Layer::Path),
            (CheckResult::Indeterminate, word.into())
        );
    }
}

#[test]
fn a_certificate_that_may_not_sign_documents_is_refused() {
    let encrypting = Profile {
        key_usage: &[false, false, true],
        ..Profile::default()
    };
    let authority = TestSigner::authority(KeyFamily::P256);
    let signer = TestSigner::issued(KeyFamily::P256, &encrypting, Some(&authority));
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    assert_invalid(
        &verify(&file, &trusting(&[&authority])),
        &["certificate_usage"],
    );
}

#[test]
fn formats_outside_the_accepted_list_are_reported_and_never_valid() {
    let signer = TestSigner::new(KeyFamily::Sm2);
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    let trust = trusting(&[&signer]);
    let policy = Policy {
        sub_filters: vec![SubFilter::EtsiCadesDetached],
        ..Policy::default()
    };
    let report = pdf::verify(
        &Arc::new(file),
        &VerifyOptions {
            trust: &trust,
            at: NOW,
            policy,
            name: None,
        },
    );
    assert_eq!(report.verdict, Verdict::Indeterminate);
}

fn shown(document: &[u8], pages: Vec<u32>) -> Vec<u8> {
    let intent = Intent::Seal(SealIntent {
        further_seals: Vec::new(),
        places: None,
        last: false,
        v: 1,
        platform: "gongecai".into(),
        platform_name: "公e采".into(),
        organisation: "演示供应商甲有限公司".into(),
        document: "合同.pdf".into(),
        document_digest: DocumentDigest {
            algorithm: DigestName::Sha256,
            value_hex: hash(HashAlgorithm::Sha256, document)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        },
        pages,
        seal: SealName {
            id: "01".into(),
            name: "公章".into(),
        },
    });
    let intent = serde_json::to_string(&intent).unwrap();
    SealIntentAttribute {
        origin: "https://example.test".into(),
        grade: Grade::Picked,
        intent,
    }
    .to_der()
    .unwrap()
}

#[test]
fn the_report_says_what_the_signer_was_shown_and_whether_it_is_what_was_sealed() {
    let signer = TestSigner::new(KeyFamily::P256);
    let trust = trusting(&[&signer]);
    let original = files::file(Xref::Table);
    for ended in [original.clone(), original[..original.len() - 1].to_vec()] {
        let sealed = |value: Vec<u8>| {
            seal(
                &ended,
                &signer,
                Seal {
                    custom: vec![(oid::YINXIN_SEAL_INTENT, value)],
                    ..Seal::default()
                },
            )
        };
        let report = verify(&sealed(shown(&ended, vec![1])), &trust);
        assert_valid(&report);
        let said = report.signatures[0].shown.as_ref().expect("what was shown");
        assert_eq!(
            (said.document.as_str(), said.grade, said.pages.as_slice()),
            ("合同.pdf", Grade::Picked, &[1][..])
        );
        assert_invalid(
            &verify(&sealed(shown(b"another", vec![1])), &trust),
            &["shown_another_document"],
        );
        assert_invalid(
            &verify(&sealed(shown(&ended, vec![2])), &trust),
            &["shown_another_page"],
        );
        assert_invalid(
            &verify(&sealed(vec![0x04, 0x00]), &trust),
            &["seal_intent_malformed"],
        );
    }
}
