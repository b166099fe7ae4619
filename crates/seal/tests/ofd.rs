//! Sealing and verifying OFD: what holds for honest files.

mod support;

use contract::{Grade, Intent, SealIntent, SealIntentAttribute, SealName, Verdict};
use pki::{HashAlgorithm, KeyFamily, hash, oid};
use seal::ofd::document::Document;
use seal::ofd::package::Package;
use seal::ofd::{self, PrepareError, Stamp, content_digest, inspect};
use seal::ses::{CertificateDigest, CertificateList, SesVersion};
use support::ofd::{
    ONE_STAMP, Office, entry, file, files, seal, seal_with, signed_value, spec, verify, verify_at,
    zip,
};
use support::{NOW, TestSigner, assert_invalid, assert_valid};

const VERSIONS: [SesVersion; 2] = [SesVersion::V4, SesVersion::V5];

#[test]
fn a_seal_of_either_version_verifies() {
    let office = Office::new();
    let original = file(2);
    assert_eq!(
        verify(&original, &office.trust()).verdict,
        Verdict::Unsigned
    );
    for version in VERSIONS {
        let sealed = seal(&original, &office, version);
        let report = verify(&sealed, &office.trust());
        assert_valid(&report);
        let signature = &report.signatures[0];
        assert_eq!(signature.format, version.name());
        assert_eq!(
            signature.claimed_time.as_deref(),
            Some("2026-11-22T12:00:00Z")
        );
        let place = signature.place.expect("a place");
        let mm = place.rect.map(|points| (points / 72.0 * 25.4).round());
        assert_eq!((place.page, mm), (1, [50.0, 207.0, 90.0, 247.0]));
        assert!(
            report.signatures[0]
                .checks
                .iter()
                .any(|check| { check.reason.as_deref() == Some("signature_list_open") }),
            "the report says that a removed seal leaves no trace"
        );
    }
}

#[test]
fn files_that_were_there_stay_byte_for_byte() {
    let office = Office::new();
    // Sizes behind the data, folders of their own, packed in another order: as other makers write.
    let mut entries = files(2);
    entries[1].descriptor = true;
    entries.insert(1, entry("Doc_0/", ""));
    entries.reverse();
    let original = zip(&entries);
    let sealed = seal(&original, &office, SesVersion::V4);
    assert_valid(&verify(&sealed, &office.trust()));
    let (before, after) = (
        Package::open(&original).unwrap(),
        Package::open(&sealed).unwrap(),
    );
    for old in before.entries().iter().filter(|old| old.name != "OFD.xml") {
        let new = after
            .entries()
            .iter()
            .find(|new| new.name == old.name)
            .unwrap();
        assert_eq!(original[old.record()], sealed[new.record()], "{}", old.name);
    }
    assert_eq!(after.entries().len(), before.entries().len() + 4);
}

#[test]
fn later_seals_leave_earlier_ones_valid() {
    let (first, second) = (Office::new(), Office::new());
    let once = seal(&file(3), &first, SesVersion::V4);
    let stamps = [
        Stamp {
            page: 2,
            ..ONE_STAMP[0]
        },
        Stamp {
            page: 3,
            ..ONE_STAMP[0]
        },
    ];
    let twice = seal_with(
        &once,
        &spec(&second.seal(SesVersion::V5), &stamps),
        &second.user,
    );
    let mut trust = first.trust();
    trust.anchors.extend(second.trust().anchors);
    let report = verify(&twice, &trust);
    assert_valid(&report);
    assert_eq!(report.signatures.len(), 2);
    let ids: Vec<_> = report
        .signatures
        .iter()
        .map(|one| one.field.clone().unwrap())
        .collect();
    assert_eq!(ids, ["s001", "s003"], "an identifier is never used twice");
    // With the second signer unknown the file is not valid, and the first seal is.
    let report = verify(&twice, &first.trust());
    let verdicts: Vec<_> = report.signatures.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Valid, Verdict::Indeterminate]);
    assert_eq!(report.verdict, Verdict::Indeterminate);
}

#[test]
fn a_sealed_edge_is_a_strip_on_every_page() {
    let office = Office::new();
    let stamps: Vec<Stamp> = (0..5)
        .map(|strip| {
            let left = f64::from(strip) * 8.0;
            Stamp {
                page: strip + 1,
                boundary: [202.0 - left, 40.0, 40.0, 40.0],
                clip: Some([left, 0.0, 8.0, 40.0]),
            }
        })
        .collect();
    let sealed = seal_with(
        &file(5),
        &spec(&office.seal(SesVersion::V4), &stamps),
        &office.user,
    );
    assert_valid(&verify(&sealed, &office.trust()));
    let package = Package::open(&sealed).unwrap();
    let xml = String::from_utf8(
        package
            .read("Doc_0/Signs/Sign_0/Signature.xml", 1 << 20)
            .unwrap(),
    )
    .unwrap();
    // The shape of the field's own files.
    assert!(
        xml.contains("Boundary=\"202 40 40 40\" Clip=\"0 0 8 40\""),
        "{xml}"
    );
    assert!(
        xml.contains("PageRef=\"5\" Boundary=\"170 40 40 40\" Clip=\"32 0 8 40\""),
        "{xml}"
    );
}

#[test]
fn a_last_seal_lets_nothing_be_added_and_nothing_be_removed() {
    let office = Office::new();
    let seal_object = office.seal(SesVersion::V5);
    let mut last = spec(&seal_object, &ONE_STAMP);
    last.last = true;
    let sealed = seal_with(&file(1), &last, &office.user);
    let report = verify(&sealed, &office.trust());
    assert_valid(&report);
    assert!(
        !serde_json::to_string(&report)
            .unwrap()
            .contains("signature_list_open")
    );
    let other = Stamp {
        boundary: [120.0, 120.0, 40.0, 40.0],
        ..ONE_STAMP[0]
    };
    assert_eq!(
        ofd::prepare(&sealed, &spec(&seal_object, &[other])),
        Err(PrepareError::NoChangesAllowed)
    );
}

#[test]
fn who_may_use_a_seal_can_be_named_by_digest() {
    let office = Office::new();
    for kind in ["SM3", "1.2.156.10197.1.401", "SHA-256"] {
        let algorithm = if kind == "SHA-256" {
            HashAlgorithm::Sha256
        } else {
            HashAlgorithm::Sm3
        };
        let users = CertificateList::Digests(vec![CertificateDigest {
            kind: kind.into(),
            value: hash(algorithm, office.user.certificate.der()),
        }]);
        let object = office.seal_for(SesVersion::V4, &users, NOW.plus(-86_400), NOW.plus(86_400));
        let sealed = seal_with(&file(1), &spec(&object, &ONE_STAMP), &office.user);
        assert_valid(&verify(&sealed, &office.trust()));
    }
}

#[test]
fn what_the_signer_was_shown_is_signed_and_reported() {
    let office = Office::new();
    let original = file(2);
    let digest = content_digest(&Document::open(&original).unwrap(), HashAlgorithm::Sm3).unwrap();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let intent = |value_hex: &str, pages: Vec<u32>| {
        let intent = Intent::Seal(SealIntent {
            further_seals: Vec::new(),
            places: None,
            last: false,
            v: 1,
            platform: "gongecai".into(),
            platform_name: "公e采".into(),
            organisation: "演示供应商甲有限公司".into(),
            document: "合同.ofd".into(),
            document_digest: contract::DocumentDigest {
                algorithm: contract::intent::DigestName::Sm3,
                value_hex: value_hex.into(),
            },
            pages,
            seal: SealName {
                id: "S1".into(),
                name: "公章".into(),
            },
        });
        let attribute = SealIntentAttribute {
            origin: "https://gongecai.example.cn".into(),
            grade: Grade::Previewed,
            intent: intent.to_json().unwrap(),
        };
        vec![(oid::YINXIN_SEAL_INTENT, attribute.to_der().unwrap())]
    };
    let object = office.seal(SesVersion::V5);
    let prepared = ofd::prepare(&original, &spec(&object, &ONE_STAMP)).unwrap();
    let complete = |extensions: &[(pki::Oid, Vec<u8>)]| {
        let value = signed_value(&prepared, &object, &office.user, extensions);
        let tail = ofd::complete(&prepared.tail, prepared.kept_length(), &value).unwrap();
        verify(&prepared.assemble(&original, &tail), &office.trust())
    };
    let report = complete(&intent(&hex, vec![1]));
    assert_valid(&report);
    assert_eq!(
        report.signatures[0].shown.as_ref().unwrap().document,
        "合同.ofd"
    );
    assert_invalid(
        &complete(&intent(&"0".repeat(64), vec![1])),
        &["shown_another_document"],
    );
    assert_invalid(&complete(&intent(&hex, vec![2])), &["shown_another_page"]);
    assert_invalid(
        &complete(&[(oid::YINXIN_SEAL_INTENT, b"no DER".to_vec())]),
        &["seal_intent_malformed"],
    );
}

#[test]
fn the_agent_sees_what_a_prepared_file_does_before_it_signs() {
    let office = Office::new();
    let original = file(2);
    let object = office.seal(SesVersion::V4);
    let prepared = ofd::prepare(&original, &spec(&object, &ONE_STAMP)).unwrap();
    let honest = prepared.assemble(&original, &prepared.tail);
    let seen = inspect(&original, &honest).unwrap();
    assert_eq!(seen.signature_xml, prepared.signature_xml);
    assert_eq!(seen.signature_path, prepared.signature_path);
    assert_eq!(seen.seal, object);
    assert_eq!((seen.stamps.len(), seen.stamps[0].0), (1, 1));

    let sealed = seal(&original, &office, SesVersion::V4);
    assert_eq!(inspect(&original, &sealed), Err(PrepareError::NotEmpty));
    let change = |name: &str, from: &str, to: &str| {
        support::ofd::edited(&honest, name, |text| text.replace(from, to))
    };
    let added = {
        let mut entries = support::ofd::unzip(&honest);
        entries.push(entry("Doc_0/Extra.xml", "x"));
        zip(&entries)
    };
    for (what, prepared) in [
        (
            "a page",
            change("Doc_0/Pages/Page_1/Content.xml", "第2页", "第9页"),
        ),
        ("OFD.xml", change("OFD.xml", "0123", "4567")),
        (
            "the document",
            change(
                "Doc_0/Document.xml",
                "<ofd:MaxUnitID>100",
                "<ofd:MaxUnitID>101",
            ),
        ),
        (
            "the method",
            change(
                "Doc_0/Signs/Sign_0/Signature.xml",
                "1.2.156.10197.1.401",
                "MD5",
            ),
        ),
        ("a file more", added),
    ] {
        assert!(
            matches!(inspect(&original, &prepared), Err(PrepareError::Denied(_))),
            "{what}"
        );
    }
}

#[test]
fn places_and_seals_that_cannot_be_are_refused() {
    let office = Office::new();
    let object = office.seal(SesVersion::V4);
    let original = file(1);
    let refused = |stamps: &[Stamp]| ofd::prepare(&original, &spec(&object, stamps)).unwrap_err();
    let at = |page, boundary, clip| Stamp {
        page,
        boundary,
        clip,
    };
    assert_eq!(refused(&[]), PrepareError::Stamps);
    assert_eq!(
        refused(&[at(2, ONE_STAMP[0].boundary, None)]),
        PrepareError::NoSuchPage(2)
    );
    assert_eq!(
        refused(&[at(0, ONE_STAMP[0].boundary, None)]),
        PrepareError::NoSuchPage(0)
    );
    assert_eq!(
        refused(&[at(1, [180.0, 50.0, 40.0, 40.0], None)]),
        PrepareError::OffPage(1)
    );
    assert_eq!(
        refused(&[at(1, [f64::NAN, 50.0, 40.0, 40.0], None)]),
        PrepareError::OffPage(1)
    );
    assert_eq!(
        refused(&[at(1, ONE_STAMP[0].boundary, Some([50.0, 0.0, 8.0, 40.0]))]),
        PrepareError::OffPage(1)
    );
    assert_eq!(
        refused(&[at(1, [50.0, 50.0, 80.0, 80.0], None)]),
        PrepareError::Size
    );
    let sealed = seal(&original, &office, SesVersion::V4);
    let over = [at(1, [60.0, 60.0, 40.0, 40.0], None)];
    assert_eq!(
        ofd::prepare(&sealed, &spec(&object, &over)),
        Err(PrepareError::CoversSeal(1))
    );
    let broken = support::ofd::edited(&sealed, "Doc_0/Pages/Page_0/Content.xml", |text| {
        text.replace("第1页", "第2页")
    });
    assert_eq!(
        ofd::prepare(&broken, &spec(&object, &over)),
        Err(PrepareError::EarlierSignatureBroken(
            "covered_file_changed".into()
        ))
    );
    assert!(matches!(
        ofd::prepare(b"%PDF-1.7", &spec(&object, &ONE_STAMP)),
        Err(PrepareError::Broken(_))
    ));
}

#[test]
fn an_expired_maker_or_seal_is_said_and_a_seal_that_ended_is_not_valid() {
    let office = Office::new();
    let sealed = seal_with(
        &file(1),
        &spec(&office.seal_of(SesVersion::V4, NOW.plus(3600)), &ONE_STAMP),
        &office.user,
    );
    assert_valid(&verify(&sealed, &office.trust()));
    let later = verify_at(&sealed, &office.trust(), NOW.plus(86_400));
    assert_eq!(later.verdict, Verdict::Indeterminate);
    assert!(
        serde_json::to_string(&later)
            .unwrap()
            .contains("seal_expired_without_proved_time")
    );
}

#[test]
fn page_sizes_come_from_the_page_or_the_document() {
    let mut entries = files(2);
    let page = entries
        .iter_mut()
        .find(|entry| entry.name.ends_with("Page_1/Content.xml"))
        .unwrap();
    let text = String::from_utf8(page.data.clone()).unwrap();
    page.data = text
        .replace(
            "<ofd:Content>",
            "<ofd:Area><ofd:PhysicalBox>10 20 297 210</ofd:PhysicalBox></ofd:Area><ofd:Content>",
        )
        .into_bytes();
    let bytes = zip(&entries);
    let document = Document::open(&bytes).unwrap();
    let sizes: Vec<_> = (1..=2).map(|n| document.geometry(n).unwrap()).collect();
    assert_eq!((sizes[0].width_mm, sizes[0].height_mm), (210.0, 297.0));
    assert_eq!(
        (sizes[1].x, sizes[1].y, sizes[1].width_mm),
        (10.0, 20.0, 297.0)
    );
    assert!(document.geometry(3).is_err());
    // A place is told from the page's corner, whatever its coordinates begin with.
    let office = Office::new();
    let stamp = [Stamp {
        page: 2,
        ..ONE_STAMP[0]
    }];
    let sealed = seal_with(
        &bytes,
        &spec(&office.seal(SesVersion::V4), &stamp),
        &office.user,
    );
    let report = verify(&sealed, &office.trust());
    assert_valid(&report);
    let mm = report.signatures[0]
        .place
        .unwrap()
        .rect
        .map(|points| (points / 72.0 * 25.4).round());
    assert_eq!(mm, [50.0, 120.0, 90.0, 160.0]);
}

#[test]
fn a_signer_whose_certificate_leads_nowhere_is_indeterminate() {
    let office = Office::new();
    let sealed = seal(&file(1), &office, SesVersion::V5);
    let nobody = support::trusting(&[&TestSigner::new(KeyFamily::Sm2)]);
    let report = verify(&sealed, &nobody);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(support::failures(&report), []);
    // The user's certificate trusted and the maker's not: the seal could be anybody's.
    let report = verify(&sealed, &support::trusting(&[&office.user]));
    assert_eq!(report.verdict, Verdict::Indeterminate);
}
