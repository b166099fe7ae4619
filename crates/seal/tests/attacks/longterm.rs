//! Attacks on time and evidence: forged stores, stamps of strangers, stamps over other bytes; each beside the
//! file that it imitates.

use contract::{CheckResult, Layer, Verdict};
use pki::ocsp::CertStatus;
use pki::path::TrustStore;
use pki::{HashAlgorithm, KeyFamily, hash};
use seal::pdf::StoreSpec;
use seal::pdf::placement::{Part, Placement, RectMm};

use super::revision;
use super::support::certificates::Profile;
use super::support::files::{self, Xref, appended, body_of};
use super::support::{
    NOW, Seal, TestSigner, assert_invalid, assert_valid, reason, seal, seal_many, seal_stamped,
    store, time_stamp, time_stamp_with, trusting, verify, verify_at,
};

const DAY: i64 = 86_400;

struct Office {
    root: TestSigner,
    signer: TestSigner,
    stamps: TestSigner,
    stranger: TestSigner,
}

fn office() -> Office {
    let root = TestSigner::authority(KeyFamily::P256);
    let profile = Profile {
        serial: 77,
        crl_url: Some("http://ca.example.test/a.crl"),
        not_after: NOW.plus(20 * DAY),
        ..Profile::default()
    };
    let signer = TestSigner::issued(KeyFamily::P256, &profile, Some(&root));
    let stamps = |root: &TestSigner| {
        let profile = Profile {
            name: "TSA",
            serial: 78,
            ..Profile::default()
        };
        TestSigner::time_stamping(KeyFamily::P256, profile, root)
    };
    let other = TestSigner::issued(
        KeyFamily::P256,
        &Profile {
            name: "a stranger",
            serial: 1,
            ca: true,
            key_usage: &[false, false, false, false, false, true, true],
            ..Profile::default()
        },
        None,
    );
    Office {
        stamps: stamps(&root),
        stranger: stamps(&other),
        root,
        signer,
    }
}

impl Office {
    fn trust(&self) -> TrustStore {
        trusting(&[&self.root])
    }

    fn sealed(&self) -> Vec<u8> {
        seal(&files::file(Xref::Table), &self.signer, Seal::default())
    }

    fn with_list(&self, file: &[u8], by: &TestSigner, revoked: &[u64]) -> Vec<u8> {
        store(
            file,
            &StoreSpec {
                crls: &[by.crl(revoked, NOW, NOW.plus(7 * DAY))],
                ..StoreSpec::default()
            },
        )
    }
}

#[test]
fn a_forged_list_in_the_store_is_no_evidence() {
    let office = office();
    let forger = TestSigner::authority(KeyFamily::P256);
    assert_valid(&verify(
        &office.with_list(&office.sealed(), &office.root, &[]),
        &office.trust(),
    ));
    let report = verify(
        &office.with_list(&office.sealed(), &forger, &[]),
        &office.trust(),
    );
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        reason(&report, 0, Layer::Revocation).1,
        "revocation_list_signature"
    );
}

#[test]
fn a_forged_answer_in_the_store_is_no_evidence() {
    let office = office();
    let subject = &office.signer.certificate;
    let forger = TestSigner::authority(KeyFamily::P256);
    let with = |by: &TestSigner| {
        store(
            &office.sealed(),
            &StoreSpec {
                responses: &[by.ocsp(subject, CertStatus::Good, NOW, NOW.plus(DAY))],
                ..StoreSpec::default()
            },
        )
    };
    assert_valid(&verify(&with(&office.root), &office.trust()));
    assert_eq!(
        verify(&with(&forger), &office.trust()).verdict,
        Verdict::Indeterminate
    );
}

#[test]
fn a_stores_good_answer_does_not_outweigh_a_revocation() {
    let office = office();
    let good = office.with_list(&office.sealed(), &office.root, &[]);
    let later = NOW.plus(3600);
    let trust = TrustStore {
        crls: vec![office.root.crl(&[77], later, NOW.plus(7 * DAY))],
        ..office.trust()
    };
    let report = verify_at(&good, &trust, later.plus(60));
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(
        reason(&report, 0, Layer::Revocation).1,
        "revoked_without_trusted_time"
    );
}

#[test]
fn evidence_may_not_be_taken_away_or_replaced() {
    let office = office();
    let honest = office.with_list(&office.sealed(), &office.root, &[77]);
    assert_eq!(
        reason(&verify(&honest, &office.trust()), 0, Layer::Revocation).1,
        "revoked_without_trusted_time"
    );
    let place = body_of(&honest, 1)
        .split("/DSS ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|number| number.parse::<u32>().ok())
        .expect("the store's object");
    let emptied = appended(&honest, &revision(&[(place, "<</Type/DSS>>")]), Xref::Table);
    assert_invalid(
        &verify(&emptied, &office.trust()),
        &["security_store_changed"],
    );
    let catalog = body_of(&honest, 1).replace(&format!("/DSS {place} 0 R"), "");
    let removed = appended(&honest, &revision(&[(1, &catalog)]), Xref::Table);
    assert_invalid(
        &verify(&removed, &office.trust()),
        &["security_store_changed"],
    );
}

#[test]
fn a_back_dated_stamp_of_a_stranger_proves_nothing() {
    let office = office();
    let late = NOW.plus(60 * DAY);
    let sealed = office.with_list(&office.sealed(), &office.root, &[]);
    assert_valid(&verify_at(
        &time_stamp(&sealed, &office.stamps, "Stamp", NOW),
        &office.trust(),
        late,
    ));
    let forged = time_stamp(&sealed, &office.stranger, "Stamp", NOW);
    let report = verify_at(&forged, &office.trust(), late);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(report.signatures[0].proved_time, None);
    assert_eq!(reason(&report, 0, Layer::Path).1, "certificate_expired");
    assert_eq!(reason(&report, 1, Layer::Path).1, "no_trusted_path");
}

#[test]
fn a_stamp_over_other_bytes_is_invalid() {
    let office = office();
    let sealed = office.with_list(&office.sealed(), &office.root, &[]);
    let over = |change: fn(Vec<u8>) -> Vec<u8>| {
        verify(
            &time_stamp_with(&sealed, &office.stamps, "Stamp", NOW, change),
            &office.trust(),
        )
    };
    assert_valid(&over(|digest| digest));
    let other = over(|digest| hash(HashAlgorithm::Sha256, &digest));
    assert_invalid(&other, &["time_stamp_of_other_bytes"]);
    assert_eq!(other.signatures[0].proved_time, None);
}

#[test]
fn a_signature_stamp_over_another_signature_is_invalid() {
    let office = office();
    let stamped = |by: &TestSigner, other: bool| {
        let file = seal_stamped(&files::file(Xref::Table), &office.signer, |value| {
            let value = if other {
                &b"another signature"[..]
            } else {
                value
            };
            by.stamp(
                HashAlgorithm::Sha256,
                &hash(HashAlgorithm::Sha256, value),
                NOW,
            )
        });
        verify(&office.with_list(&file, &office.root, &[]), &office.trust())
    };
    assert_valid(&stamped(&office.stamps, false));
    assert_invalid(
        &stamped(&office.stamps, true),
        &["time_stamp_of_other_bytes"],
    );
    let stranger = stamped(&office.stranger, false);
    assert_eq!(stranger.verdict, Verdict::Indeterminate);
    assert_eq!(
        reason(&stranger, 0, Layer::Time),
        (CheckResult::Indeterminate, "time_stamp_untrusted".into())
    );
}

#[test]
fn a_stamp_by_a_signers_certificate_is_invalid() {
    let office = office();
    let sealed = office.with_list(&office.sealed(), &office.root, &[]);
    let by_signer = time_stamp(&sealed, &office.signer, "Stamp", NOW);
    assert_invalid(
        &verify(&by_signer, &office.trust()),
        &["not_a_time_stamping_authority"],
    );
}

#[test]
fn a_seal_dressed_as_a_time_stamp_breaks_what_the_last_seal_forbids() {
    let office = office();
    let place = Placement {
        page: 1,
        rect: RectMm {
            x: 20.0,
            y: 20.0,
            width: 40.0,
            height: 40.0,
        },
        part: Part::WHOLE,
    };
    let original = files::file(Xref::Table);
    let last = seal_many(&original, &office.signer, &[place], "Last", true);
    let last = office.with_list(&last, &office.root, &[]);
    assert_valid(&verify(
        &time_stamp(&last, &office.stamps, "Stamp", NOW),
        &office.trust(),
    ));
    // A stamp that shows something: the rectangle has an area.
    let tail = seal::pdf::prepare_time_stamp(&last, "Stamp", 4096)
        .unwrap()
        .tail;
    let shows = files::replaced(&tail, b"[0 0 0 0]", b"[0 0 9 9]");
    let covered = seal::pdf::digest(&last, &shows, HashAlgorithm::Sha256).unwrap();
    let token = office.stamps.stamp(HashAlgorithm::Sha256, &covered, NOW);
    let tail = seal::pdf::complete(&shows, last.len() as u64, &token).unwrap();
    assert_invalid(
        &verify(&[last, tail].concat(), &office.trust()),
        &["certified_against_changes", "field_locked"],
    );
}

#[test]
fn a_seal_behind_a_certification_against_all_changes_is_invalid() {
    let signer = TestSigner::new(KeyFamily::P256);
    let original = files::file(Xref::Table);
    let place = |x| Placement {
        page: 1,
        rect: RectMm {
            x,
            y: 20.0,
            width: 40.0,
            height: 40.0,
        },
        part: Part::WHOLE,
    };
    let trust = trusting(&[&signer]);
    let open = seal_many(&original, &signer, &[place(20.0)], "One", false);
    let twin = seal_many(&open, &signer, &[place(90.0)], "Two", false);
    assert_valid(&verify(&twin, &trust));
    let shut = seal_many(&original, &signer, &[place(20.0)], "One", true);
    assert_valid(&verify(&shut, &trust));
    // What the writer refuses is forced: the second revision is made anew, objects and table, by hand.
    let catalog = body_of(&shut, 1);
    let annotated = body_of(&shut, 3);
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/P 3 0 R/Rect[300 300 400 400]>>";
    let forced = appended(
        &shut,
        &revision(&[
            (
                1,
                &catalog.replace("/Fields [33 0 R]", "/Fields [33 0 R 60 0 R]"),
            ),
            (
                3,
                &annotated.replace("/Annots [33 0 R]", "/Annots [33 0 R 60 0 R]"),
            ),
            (60, field),
        ]),
        Xref::Table,
    );
    assert_invalid(
        &verify(&forced, &trust),
        &["certified_against_changes", "field_locked"],
    );
}
