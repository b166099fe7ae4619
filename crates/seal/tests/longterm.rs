//! Time that is proved, and evidence that the file brings (PAdES B-T, B-LT, B-LTA).

mod support;

use contract::{CheckResult, Layer, Verdict};
use pki::ocsp::CertStatus;
use pki::path::TrustStore;
use pki::{KeyFamily, UnixTime};
use seal::pdf::{self, PrepareError, StoreSpec};
use support::certificates::Profile;
use support::files::{self, Xref};
use support::{
    NOW, Seal, TestSigner, assert_valid, reason, seal, seal_many, seal_stamped, store, time_stamp,
    trusting, verify, verify_at,
};

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
const URL: Option<&str> = Some("http://ca.example.test/a.crl");

/// An authority for twenty years, a signer for a year, a time-stamping authority for five.
struct Office {
    root: TestSigner,
    signer: TestSigner,
    stamps: TestSigner,
}

impl Office {
    fn new(family: KeyFamily) -> Self {
        let root = TestSigner::issued(
            family,
            &Profile {
                name: "long CA",
                serial: 1,
                ca: true,
                not_after: NOW.plus(20 * YEAR),
                key_usage: &[false, false, false, false, false, true, true],
                ..Profile::default()
            },
            None,
        );
        let signer = TestSigner::issued(
            family,
            &Profile {
                serial: 77,
                crl_url: URL,
                ..Profile::default()
            },
            Some(&root),
        );
        let stamps = TestSigner::time_stamping(
            family,
            Profile {
                name: "TSA",
                serial: 78,
                not_after: NOW.plus(5 * YEAR),
                ..Profile::default()
            },
            &root,
        );
        Self {
            root,
            signer,
            stamps,
        }
    }

    fn trust(&self) -> TrustStore {
        trusting(&[&self.root])
    }

    fn list(&self, revoked: &[u64], from: UnixTime) -> pki::crl::Crl {
        self.root.crl(revoked, from, from.plus(7 * DAY))
    }

    fn good(&self, from: UnixTime) -> pki::ocsp::OcspResponse {
        let subject = &self.signer.certificate;
        self.root
            .ocsp(subject, CertStatus::Good, from, from.plus(DAY))
    }
}

const FAMILIES: [KeyFamily; 3] = [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256];

#[test]
fn a_seal_stays_valid_for_years_with_a_time_stamp_and_evidence_from_its_day() {
    for family in FAMILIES {
        for form in [Xref::Table, Xref::ObjectStream] {
            let office = Office::new(family);
            let trust = office.trust();
            let sealed = seal(&files::file(form), &office.signer, Seal::default());
            // Without evidence nothing is known, and later everything has expired.
            assert_eq!(verify(&sealed, &trust).verdict, Verdict::Indeterminate);
            let evidence = store(
                &sealed,
                &StoreSpec {
                    certificates: std::slice::from_ref(&office.root.certificate),
                    responses: &[office.good(NOW)],
                    time: Some(NOW),
                    ..StoreSpec::default()
                },
            );
            assert!(evidence.starts_with(&sealed));
            assert_valid(&verify(&evidence, &trust));
            let then = NOW.plus(2 * YEAR);
            let late = verify_at(&evidence, &trust, then);
            assert_eq!(late.verdict, Verdict::Indeterminate);
            assert_eq!(reason(&late, 0, Layer::Path).1, "certificate_expired");
            let stamped = time_stamp(&evidence, &office.stamps, "Stamp1", NOW.plus(60));
            assert_valid(&verify_at(&stamped, &trust, NOW.plus(120)));
            let report = verify_at(&stamped, &trust, then);
            assert_valid(&report);
            assert_eq!(
                report.signatures[0].proved_time.as_deref(),
                Some("2026-11-22T12:01:00Z")
            );
            assert_eq!(
                reason(&report, 0, Layer::Path),
                (CheckResult::Passed, "path_held_at_proved_time".into())
            );
            assert_eq!(
                reason(&report, 0, Layer::Revocation),
                (CheckResult::Passed, "not_revoked_at_proved_time".into())
            );
            assert_eq!(report.signatures[1].format, "ETSI.RFC3161");
        }
    }
}

#[test]
fn a_chain_of_time_stamps_outlives_each_of_its_authorities() {
    let office = Office::new(KeyFamily::P256);
    let young = TestSigner::time_stamping(
        KeyFamily::P256,
        Profile {
            name: "TSA 2",
            serial: 79,
            not_before: NOW.plus(4 * YEAR),
            not_after: NOW.plus(9 * YEAR),
            ..Profile::default()
        },
        &office.root,
    );
    let trust = office.trust();
    let sealed = seal(&files::file(Xref::Table), &office.signer, Seal::default());
    let evidence = store(
        &sealed,
        &StoreSpec {
            crls: &[office.list(&[], NOW)],
            ..StoreSpec::default()
        },
    );
    let first = time_stamp(&evidence, &office.stamps, "Stamp1", NOW.plus(60));
    let late = NOW.plus(8 * YEAR);
    assert_eq!(
        verify_at(&first, &trust, late).verdict,
        Verdict::Indeterminate
    );
    let second = time_stamp(&first, &young, "Stamp2", NOW.plus(9 * YEAR / 2));
    assert_valid(&verify_at(&second, &trust, late));
}

#[test]
fn a_revocation_after_the_proved_time_does_not_touch_the_seal_and_one_before_does() {
    let office = Office::new(KeyFamily::P256);
    let stamped = |time: UnixTime| {
        seal_stamped(&files::file(Xref::Table), &office.signer, |value| {
            let algorithm = pki::HashAlgorithm::Sha256;
            office
                .stamps
                .stamp(algorithm, &pki::hash(algorithm, value), time)
        })
    };
    let (at, revoked) = (NOW.plus(10 * DAY), NOW.plus(5 * DAY));
    let trust = TrustStore {
        crls: vec![office.list(&[77], revoked)],
        ..office.trust()
    };
    let report = verify_at(&stamped(NOW), &trust, at);
    assert_valid(&report);
    assert_eq!(
        reason(&report, 0, Layer::Revocation),
        (CheckResult::Passed, "revoked_after_proved_time".into())
    );
    assert_eq!(
        reason(&report, 0, Layer::Time),
        (CheckResult::Passed, "time_proved".into())
    );
    for late in [
        stamped(NOW.plus(6 * DAY)),
        seal(&files::file(Xref::Table), &office.signer, Seal::default()),
    ] {
        let report = verify_at(&late, &trust, at);
        assert_eq!(report.verdict, Verdict::Indeterminate);
        assert_eq!(
            reason(&report, 0, Layer::Revocation).1,
            "revoked_without_trusted_time"
        );
    }
}

#[test]
fn what_a_later_list_reveals_of_the_past_counts() {
    // Good on the day, and a list a month later says that it was revoked before.
    let office = Office::new(KeyFamily::P256);
    let sealed = seal(&files::file(Xref::Table), &office.signer, Seal::default());
    let with = |crls: &[pki::crl::Crl]| {
        let file = store(
            &sealed,
            &StoreSpec {
                crls,
                ..StoreSpec::default()
            },
        );
        let file = time_stamp(&file, &office.stamps, "Stamp1", NOW.plus(60));
        verify_at(&file, &office.trust(), NOW.plus(2 * YEAR))
    };
    let good = office.list(&[], NOW.plus(-DAY));
    assert_valid(&with(std::slice::from_ref(&good)));
    let later = office.list(&[77], NOW.plus(-2 * DAY));
    let backdated = office.root.crl(&[77], NOW, NOW.plus(7 * DAY));
    let report = with(&[good.clone(), backdated]);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        with(&[good, later]).verdict,
        Verdict::Valid,
        "of two current lists the newest decides"
    );
}

#[test]
fn an_answer_from_the_operators_store_counts_as_one_from_the_file() {
    let office = Office::new(KeyFamily::P256);
    let sealed = seal(&files::file(Xref::Table), &office.signer, Seal::default());
    let with = |status| {
        let subject = &office.signer.certificate;
        let answer = office.root.ocsp(subject, status, NOW, NOW.plus(DAY));
        let trust = TrustStore {
            responses: answer.basic().cloned().into_iter().collect(),
            ..office.trust()
        };
        verify(&sealed, &trust)
    };
    assert_valid(&with(CertStatus::Good));
    assert_eq!(with(CertStatus::Unknown).verdict, Verdict::Indeterminate);
}

#[test]
fn evidence_is_stored_once_and_named_for_each_signature() {
    let office = Office::new(KeyFamily::P256);
    let sealed = seal(&files::file(Xref::Stream), &office.signer, Seal::default());
    let (list, answer) = (office.list(&[], NOW), office.good(NOW));
    let lists = [list];
    let spec = StoreSpec {
        certificates: std::slice::from_ref(&office.root.certificate),
        crls: &lists,
        ..StoreSpec::default()
    };
    let once = store(&sealed, &spec);
    assert_eq!(pdf::append_store(&once, &spec), Ok(None));
    let more = StoreSpec {
        responses: &[answer],
        ..spec.clone()
    };
    let twice = store(&once, &more);
    assert_valid(&verify(&twice, &office.trust()));
    let streams = |file: &[u8]| {
        let der = office.root.certificate.der();
        file.windows(der.len())
            .filter(|bytes| *bytes == der)
            .count()
    };
    // Once in the store; the CMS has it in hexadecimal.
    assert_eq!(streams(&twice), 1);
    assert!(files::body_of(&twice, 1).contains("/DSS"));
    // Another seal and its evidence: the first entry stays.
    let third = seal(
        &twice,
        &office.signer,
        Seal {
            page: 2,
            field: "Second",
            ..Seal::default()
        },
    );
    let fourth = store(
        &third,
        &StoreSpec {
            responses: &[office.good(NOW.plus(60))],
            ..StoreSpec::default()
        },
    );
    assert_valid(&verify_at(&fourth, &office.trust(), NOW.plus(120)));
}

#[test]
fn behind_the_last_seal_come_evidence_and_time_stamps_and_nothing_else() {
    let office = Office::new(KeyFamily::P256);
    let trust = office.trust();
    let place = |page, x| seal::pdf::placement::Placement {
        page,
        rect: seal::pdf::placement::RectMm {
            x,
            y: 100.0,
            width: 40.0,
            height: 40.0,
        },
        part: seal::pdf::placement::Part::WHOLE,
    };
    let original = files::file(Xref::Table);
    let alone = seal_many(&original, &office.signer, &[place(1, 20.0)], "Last", true);
    let first = seal_many(&original, &office.signer, &[place(1, 20.0)], "First", false);
    let behind = seal_many(&first, &office.signer, &[place(1, 90.0)], "Last", true);
    for last in [alone, behind] {
        let evidence = store(
            &last,
            &StoreSpec {
                responses: &[office.good(NOW)],
                ..StoreSpec::default()
            },
        );
        assert_valid(&verify(&evidence, &trust));
        let stamped = time_stamp(&evidence, &office.stamps, "Stamp", NOW);
        assert_valid(&verify(&stamped, &trust));
        let picture = support::picture();
        let refused = pdf::prepare(
            &stamped,
            &support::spec(
                &Seal {
                    page: 2,
                    field: "More",
                    ..Seal::default()
                },
                &picture,
                pdf::SubFilter::EtsiCadesDetached,
            ),
        );
        assert_eq!(refused, Err(PrepareError::NoChangesAllowed));
    }
}

#[test]
fn a_time_that_contradicts_itself_is_never_valid() {
    let office = Office::new(KeyFamily::P256);
    let evidence = |file: &[u8]| {
        store(
            file,
            &StoreSpec {
                responses: &[office.good(NOW)],
                ..StoreSpec::default()
            },
        )
    };
    let sealed = evidence(&seal(
        &files::file(Xref::Table),
        &office.signer,
        Seal::default(),
    ));
    let trust = office.trust();
    // Before the signer's certificate was valid; in the future; outside the authority's validity.
    for (time, word) in [
        (NOW.plus(-29 * DAY - 23 * 3600), None),
        (NOW.plus(DAY), Some("time_stamp_in_the_future")),
        (NOW.plus(-40 * DAY), Some("time_stamp_outside_validity")),
    ] {
        let report = verify(&time_stamp(&sealed, &office.stamps, "Stamp", time), &trust);
        match word {
            None => assert_valid(&report),
            Some(word) => {
                assert_eq!(report.verdict, Verdict::Invalid);
                assert_eq!(reason(&report, 1, Layer::Time).1, word);
            }
        }
    }
}
