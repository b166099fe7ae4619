//! Sealing and verifying: what holds for honest files.

mod support;

use contract::Verdict;
use pki::KeyFamily;
use seal::pdf::pages::Rect;
use seal::pdf::{self, tail};
use support::files::{self, Xref};
use support::{NOW, Seal, TestSigner, assert_valid, picture, seal, spec, trusting, verify};

const FORMS: [Xref; 4] = [Xref::Table, Xref::Stream, Xref::ObjectStream, Xref::Hybrid];

#[test]
fn a_seal_verifies_in_every_form_of_cross_reference() {
    let signer = TestSigner::new(KeyFamily::P256);
    for form in FORMS {
        let original = files::file(form);
        assert_eq!(
            verify(&original, &trusting(&[])).verdict,
            Verdict::Unsigned,
            "{form:?}"
        );
        let sealed = seal(&original, &signer, Seal::default());
        assert!(
            sealed.starts_with(&original),
            "the original bytes stay untouched"
        );
        let report = verify(&sealed, &trusting(&[&signer]));
        assert_valid(&report);
        let place = report.signatures[0].place.expect("a place");
        assert_eq!((place.page, place.rect), (1, [100.0, 100.0, 213.4, 213.4]));
    }
}

#[test]
fn every_key_family_seals_and_stays_valid_under_later_seals() {
    let signers = [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256].map(TestSigner::new);
    for form in FORMS {
        for objects in [files::objects(), files::form_objects()] {
            let mut file = files::file_of(&objects, form);
            for (index, signer) in signers.iter().enumerate() {
                let x = 40.0 + 150.0 * index as f64;
                let field = format!("Seal{index}");
                file = seal(
                    &file,
                    signer,
                    Seal {
                        page: 1 + index as u32 % 2,
                        rect: Rect::new(x, 200.0, x + 113.0, 313.0),
                        field: &field,
                        ..Seal::default()
                    },
                );
            }
            let report = verify(&file, &trusting(&signers.each_ref()));
            assert_valid(&report);
            assert_eq!(report.signatures.len(), 3);
            assert_eq!(report.document.as_ref().unwrap().revisions, Some(4));
            let formats: Vec<_> = report
                .signatures
                .iter()
                .map(|signature| signature.format.as_str())
                .collect();
            assert_eq!(
                formats,
                [
                    "adbe.pkcs7.detached",
                    "ETSI.CAdES.detached",
                    "ETSI.CAdES.detached"
                ]
            );
        }
    }
}

#[test]
fn the_agent_reads_from_the_tail_what_the_server_prepared() {
    let original = files::file(Xref::Table);
    let picture = picture();
    let seal = Seal {
        page: 2,
        ..Seal::default()
    };
    let prepared = pdf::prepare(
        &original,
        &spec(&seal, &picture, pdf::SubFilter::AdbePkcs7Detached),
    )
    .unwrap();
    let inspected = tail::inspect(&original, &prepared.tail).unwrap();
    assert_eq!(
        (inspected.page, inspected.field.as_str()),
        (2, "YinxinSeal1")
    );
    assert_eq!(inspected.byte_range, prepared.byte_range);
    assert_eq!(
        inspected.signer_name.as_deref(),
        Some("演示供应商甲有限公司")
    );
    let whole = [&original[..], &prepared.tail].concat();
    let [_, first, second, last] = prepared.byte_range.map(|value| value as usize);
    let covered = [&whole[..first], &whole[second..second + last]].concat();
    assert_eq!(
        pdf::digest(&original, &prepared.tail, pki::HashAlgorithm::Sm3).unwrap(),
        pki::hash(pki::HashAlgorithm::Sm3, &covered)
    );
    assert_eq!(whole.len(), second + last);
    let _ = NOW;
}
