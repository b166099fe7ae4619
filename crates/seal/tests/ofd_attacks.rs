//! Manipulated OFD files: none is ever valid, each fails for the reason of its class.

mod support;

use contract::Verdict;
use pki::asn1::write;
use pki::{KeyFamily, Signer};
use seal::ofd::Stamp;
use seal::ses::{self, CertificateList, SealPicture, SesVersion};
use support::ofd::{
    Entry, ONE_STAMP, Office, edited, entry, file, files, seal, seal_with, spec, unzip, verify, zip,
};
use support::{NOW, TestSigner, assert_invalid, assert_valid};

const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
const LIST: &str = "Doc_0/Signs/Signatures.xml";
const SIGNATURE: &str = "Doc_0/Signs/Sign_0/Signature.xml";
const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
const SEAL: &str = "Doc_0/Signs/Sign_0/Seal.esl";

struct Scene {
    office: Office,
    sealed: Vec<u8>,
}

fn scene() -> Scene {
    let office = Office::new();
    let sealed = seal(&file(2), &office, SesVersion::V4);
    assert_valid(&verify(&sealed, &office.trust()));
    // Packing it again without another change is no attack: what follows is not caught for that.
    assert_valid(&verify(&zip(&unzip(&sealed)), &office.trust()));
    Scene { office, sealed }
}

impl Scene {
    #[track_caller]
    fn refuses(&self, file: &[u8], words: &[&str]) {
        assert_invalid(&verify(file, &self.office.trust()), words);
    }

    /// The sealed file's entries after a change.
    fn with(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Vec<u8> {
        let mut entries = unzip(&self.sealed);
        change(&mut entries);
        zip(&entries)
    }

    fn edited(&self, name: &str, from: &str, to: &str) -> Vec<u8> {
        edited(&self.sealed, name, |text| text.replace(from, to))
    }
}

fn named<'e>(entries: &'e mut [Entry], name: &str) -> &'e mut Entry {
    entries
        .iter_mut()
        .find(|entry| entry.name == name)
        .expect("an entry")
}

#[test]
fn swapped_pages_and_changed_contents() {
    let scene = scene();
    scene.refuses(
        &scene.edited(PAGE, "第1页", "第7页"),
        &["covered_file_changed"],
    );
    let swapped = scene.with(|entries| {
        let other = named(entries, "Doc_0/Pages/Page_1/Content.xml")
            .data
            .clone();
        let page = named(entries, PAGE);
        let own = std::mem::replace(&mut page.data, other);
        named(entries, "Doc_0/Pages/Page_1/Content.xml").data = own;
    });
    scene.refuses(&swapped, &["covered_file_changed"]);
    scene.refuses(
        &scene.edited("Doc_0/Document.xml", "Page_0", "Page_1"),
        &["covered_file_changed"],
    );
    scene.refuses(
        &scene.edited("Doc_0/Res/note.txt", "a", "b"),
        &["covered_file_changed"],
    );
    scene.refuses(
        &scene.edited("Doc_0/PublicRes.xml", "宋体", "黑体"),
        &["covered_file_changed"],
    );
    let removed = scene.with(|entries| entries.retain(|entry| entry.name != "Doc_0/Res/note.txt"));
    scene.refuses(&removed, &["covered_file_missing"]);
}

#[test]
fn files_and_pages_that_were_added() {
    let scene = scene();
    for name in [
        "Doc_0/Pages/Page_9/Content.xml",
        "Doc_0/Annots/Annotations.xml",
        "Doc_0/Res/font.ttf",
        "x.txt",
    ] {
        let added = scene.with(|entries| entries.push(entry(name, "<x/>")));
        scene.refuses(&added, &["files_not_covered"]);
    }
    let page = scene.with(|entries| {
        let list = named(entries, "Doc_0/Document.xml");
        list.data = String::from_utf8(list.data.clone())
            .unwrap()
            .replace(
                "</ofd:Pages>",
                "<ofd:Page ID=\"9\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>",
            )
            .into_bytes();
        let copy = named(entries, PAGE).data.clone();
        entries.push(entry("Doc_0/Pages/Page_9/Content.xml", copy));
    });
    scene.refuses(&page, &["covered_file_changed", "files_not_covered"]);
}

#[test]
fn moved_copied_and_widened_stamps() {
    let scene = scene();
    scene.refuses(
        &scene.edited(SIGNATURE, "50 50 40 40", "90 90 40 40"),
        &["data_hash"],
    );
    scene.refuses(
        &scene.edited(SIGNATURE, "PageRef=\"1\"", "PageRef=\"2\""),
        &["data_hash"],
    );
    scene.refuses(
        &scene.edited(SIGNATURE, "PageRef=\"1\"", "PageRef=\"8\""),
        &["stamp_on_no_page"],
    );
    scene.refuses(
        &scene.edited(
            SIGNATURE,
            "</ofd:References>",
            "</ofd:References><ofd:StampAnnot ID=\"s9\" PageRef=\"2\" Boundary=\"1 1 40 40\"/>",
        ),
        &["data_hash"],
    );
}

#[test]
fn deleted_seals_leave_a_trace_where_anything_of_them_stays() {
    let scene = scene();
    let unlisted = scene.edited(
        LIST,
        "<ofd:Signature ID=\"s001\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_0/Signature.xml\"/>",
        "",
    );
    scene.refuses(&unlisted, &["signature_not_listed"]);
    let without_value = scene.with(|entries| entries.retain(|entry| entry.name != VALUE));
    scene.refuses(&without_value, &["location_leads_nowhere"]);
    let without_description = scene.with(|entries| entries.retain(|entry| entry.name != SIGNATURE));
    scene.refuses(&without_description, &["location_leads_nowhere"]);
    // Everything gone: an unsigned file, and nothing else.
    let gone = scene.with(|entries| {
        entries.retain(|entry| !entry.name.contains("/Sign_0/"));
        let list = named(entries, LIST);
        let text = String::from_utf8(list.data.clone()).unwrap();
        let (start, end) = (
            text.find("<ofd:Signature ").unwrap(),
            text.find("</ofd:Signatures>").unwrap(),
        );
        list.data = format!("{}{}", &text[..start], &text[end..]).into_bytes();
    });
    assert_eq!(
        verify(&gone, &scene.office.trust()).verdict,
        Verdict::Unsigned
    );
}

#[test]
fn of_two_seals_the_first_cannot_be_removed_nor_the_second_half() {
    let office = Office::new();
    let other = Stamp {
        page: 2,
        ..ONE_STAMP[0]
    };
    let once = seal(&file(2), &office, SesVersion::V4);
    let twice = seal_with(
        &once,
        &spec(&office.seal(SesVersion::V4), &[other]),
        &office.user,
    );
    assert_valid(&verify(&twice, &office.trust()));
    let scene = Scene {
        office,
        sealed: twice,
    };
    let first_gone = scene.with(|entries| {
        entries.retain(|entry| !entry.name.contains("/Sign_0/"));
        let list = named(entries, LIST);
        let text = String::from_utf8(list.data.clone()).unwrap();
        let start = text.find("<ofd:Signature ").unwrap();
        let end = start + text[start..].find("/>").unwrap() + 2;
        list.data = format!("{}{}", &text[..start], &text[end..]).into_bytes();
    });
    scene.refuses(&first_gone, &["covered_file_missing"]);
    let second_unlisted = scene.edited(
        LIST,
        "<ofd:Signature ID=\"s003\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_1/Signature.xml\"/>",
        "",
    );
    scene.refuses(&second_unlisted, &["files_not_covered"]);
    scene.refuses(
        &scene.edited(
            LIST,
            "ID=\"s003\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_1/",
            "ID=\"s003\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_0/",
        ),
        &["identifier_twice"],
    );
}

#[test]
fn a_later_seal_over_an_earlier_one() {
    let office = Office::new();
    let sealed = seal(&file(1), &office, SesVersion::V4);
    // Prepared for another place, then moved before it is signed: what `prepare` would refuse.
    let object = office.seal(SesVersion::V4);
    let elsewhere = [Stamp {
        boundary: [150.0, 150.0, 40.0, 40.0],
        ..ONE_STAMP[0]
    }];
    let mut prepared = seal::ofd::prepare(&sealed, &spec(&object, &elsewhere)).unwrap();
    let moved = String::from_utf8(prepared.signature_xml.clone())
        .unwrap()
        .replace("150 150 40 40", "60 60 40 40");
    prepared.signature_xml = moved.clone().into_bytes();
    let value = support::ofd::signed_value(&prepared, &object, &office.user, &[]);
    let mut entries = unzip(&prepared.assemble(&sealed, &prepared.tail));
    named(&mut entries, "Doc_0/Signs/Sign_1/Signature.xml").data = moved.into_bytes();
    named(&mut entries, "Doc_0/Signs/Sign_1/SignedValue.dat").data = value;
    assert_invalid(
        &verify(&zip(&entries), &office.trust()),
        &["later_seal_covers_this"],
    );
}

#[test]
fn forged_check_values_and_weaker_digests() {
    let scene = scene();
    // The digest of a changed page put into its place: then Signature.xml is another.
    let changed = scene.edited(PAGE, "第1页", "第7页");
    let mut entries = unzip(&changed);
    let page = named(&mut entries, PAGE).data.clone();
    let digest = pki::hash(pki::HashAlgorithm::Sm3, &page);
    let description = named(&mut entries, SIGNATURE);
    let text = String::from_utf8(description.data.clone()).unwrap();
    let at = text.find(&format!("/{PAGE}\"><ofd:CheckValue>")).unwrap()
        + PAGE.len()
        + "/\"><ofd:CheckValue>".len();
    use base64::Engine as _;
    let value = base64::engine::general_purpose::STANDARD.encode(digest);
    description.data = format!("{}{value}{}", &text[..at], &text[at + value.len()..]).into_bytes();
    scene.refuses(&zip(&entries), &["data_hash"]);
    // A signer of the attacker's own choice of digest: MD5, SHA-1, none.
    for method in [" CheckMethod=\"MD5\"", " CheckMethod=\"SHA1\"", ""] {
        resigned(
            |xml| xml.replace(" CheckMethod=\"1.2.156.10197.1.401\"", method),
            &["digest_method"],
        );
    }
    resigned(
        |xml| xml.replace("1.2.156.10197.1.501", "1.2.840.113549.1.1.11"),
        &["signature_method_disagrees"],
    );
}

/// Signs a Signature.xml that was changed first: what a signer's own tool could do, or have done to it.
#[track_caller]
fn resigned(change: impl Fn(&str) -> String, words: &[&str]) {
    let office = Office::new();
    let object = office.seal(SesVersion::V4);
    let original = file(2);
    let mut prepared = seal::ofd::prepare(&original, &spec(&object, &ONE_STAMP)).unwrap();
    let before = String::from_utf8(prepared.signature_xml.clone()).unwrap();
    let after = change(&before);
    assert_ne!(before, after);
    prepared.signature_xml = after.clone().into_bytes();
    let value = support::ofd::signed_value(&prepared, &object, &office.user, &[]);
    let mut entries = unzip(&prepared.assemble(&original, &prepared.tail));
    named(&mut entries, SIGNATURE).data = after.into_bytes();
    named(&mut entries, VALUE).data = value;
    assert_invalid(&verify(&zip(&entries), &office.trust()), words);
}

#[test]
fn a_signature_that_covers_a_part_only() {
    // One reference taken out before signing.
    resigned(
        |xml| {
            let start = xml
                .find(&format!("<ofd:Reference FileRef=\"/{PAGE}\""))
                .unwrap();
            let end =
                start + xml[start..].find("</ofd:Reference>").unwrap() + "</ofd:Reference>".len();
            format!("{}{}", &xml[..start], &xml[end..])
        },
        &["files_not_covered"],
    );
    resigned(
        |xml| {
            let (start, end) = (
                xml.find("<ofd:Reference ").unwrap(),
                xml.find("</ofd:References>").unwrap(),
            );
            format!("{}{}", &xml[..start], &xml[end..])
        },
        &["nothing_covered"],
    );
    resigned(
        |xml| {
            xml.replace(
                "FileRef=\"/Doc_0/Res/note.txt\"",
                "FileRef=\"/../note.txt\"",
            )
        },
        &["covered_file_missing"],
    );
}

#[test]
fn the_seal_of_another_swapped_in() {
    let scene = scene();
    let stranger = Office::new();
    // Into the seal's file: another picture would show.
    let other = stranger.seal(SesVersion::V4).der().to_vec();
    let swapped = scene.with(|entries| named(entries, SEAL).data = other);
    scene.refuses(&swapped, &["seal_file_differs", "covered_file_changed"]);
    // Into the signature: the user signs with a seal that was made for somebody else.
    let sealed = seal_with(
        &file(1),
        &spec(&stranger.seal(SesVersion::V4), &ONE_STAMP),
        &scene.office.user,
    );
    let mut trust = scene.office.trust();
    trust.anchors.extend(stranger.trust().anchors);
    assert_invalid(&verify(&sealed, &trust), &["certificate_not_in_seal"]);
    // A seal that names its users by a digest of another certificate.
    let users = CertificateList::Digests(vec![ses::CertificateDigest {
        kind: "SM3".into(),
        value: vec![7; 32],
    }]);
    let object = scene
        .office
        .seal_for(SesVersion::V4, &users, NOW.plus(-60), NOW.plus(60));
    let sealed = seal_with(&file(1), &spec(&object, &ONE_STAMP), &scene.office.user);
    scene.refuses(&sealed, &["certificate_not_in_seal"]);
}

#[test]
fn seals_that_nobody_made() {
    let office = Office::new();
    let users = CertificateList::Certificates(vec![office.user.certificate.der().to_vec()]);
    let info = |version, name: &str| {
        ses::seal_info(&ses::SealSpec {
            version,
            vendor: "YINXIN",
            id: "DEMO0001",
            kind: 1,
            name,
            users: &users,
            created_at: NOW.plus(-60),
            not_before: NOW.plus(-60),
            not_after: NOW.plus(3600),
            picture: &SealPicture {
                kind: "PNG".into(),
                data: vec![1],
                width_mm: 40,
                height_mm: 40,
            },
        })
        .unwrap()
    };
    let algorithm = office.maker.key.algorithm();
    // The maker's certificate beside a signature of the user's, and one over another name.
    for (signed, key) in [
        (info(SesVersion::V4, "演示公章"), &office.user.key),
        (info(SesVersion::V4, "另一公章"), &office.maker.key),
    ] {
        let signature = key.sign(&signed).unwrap();
        let object = ses::seal(
            &info(SesVersion::V4, "演示公章"),
            &office.maker.certificate,
            algorithm,
            &signature,
        )
        .unwrap();
        let sealed = seal_with(&file(1), &spec(&object, &ONE_STAMP), &office.user);
        assert_invalid(
            &verify(&sealed, &office.trust()),
            &["maker_signature_wrong"],
        );
    }
    // A seal that ended before it was used, one whose end is before its beginning, one from the future.
    let ended = office.seal_for(SesVersion::V5, &users, NOW.plus(-7200), NOW.plus(-3600));
    let sealed = seal_with(&file(1), &spec(&ended, &ONE_STAMP), &office.user);
    assert_eq!(
        verify(&sealed, &office.trust()).verdict,
        Verdict::Indeterminate
    );
    let future = office.seal_for(SesVersion::V5, &users, NOW.plus(86_400), NOW.plus(90_000));
    let sealed = seal_with(&file(1), &spec(&future, &ONE_STAMP), &office.user);
    assert_invalid(&verify(&sealed, &office.trust()), &["seal_from_the_future"]);
    // A v5 seal with something that is no time stamp.
    let stamped = ses::with_time_stamp(&office.seal(SesVersion::V5), &[0x30, 0]).unwrap();
    let sealed = seal_with(&file(1), &spec(&stamped, &ONE_STAMP), &office.user);
    assert_invalid(&verify(&sealed, &office.trust()), &["time_stamp_malformed"]);
    assert!(ses::with_time_stamp(&office.seal(SesVersion::V4), &[0x30, 0]).is_err());
}

#[test]
fn editions_mixed_and_values_of_another_kind() {
    let scene = scene();
    let office = &scene.office;
    let value = |version: u64, object: &ses::SesSeal| {
        let description = unzip(&scene.sealed)
            .into_iter()
            .find(|entry| entry.name == SIGNATURE)
            .unwrap();
        let tbs = write::sequence(&[
            &write::integer(version),
            object.der(),
            &NOW.to_generalized_time(),
            &write::bit_string(&pki::hash(pki::HashAlgorithm::Sm3, &description.data)),
            &write::element(pki::asn1::tag::IA5_STRING, b"/x"),
        ]);
        let signature = office.user.key.sign(&tbs).unwrap();
        ses::signature(
            &tbs,
            &office.user.certificate,
            office.user.key.algorithm(),
            &signature,
            None,
        )
    };
    let own = |version| {
        let entries = unzip(&scene.sealed);
        let seal = entries.iter().find(|entry| entry.name == SEAL).unwrap();
        (version, ses::SesSeal::from_der(&seal.data).unwrap())
    };
    let replace = |data: Vec<u8>| scene.with(|entries| named(entries, VALUE).data = data);
    let (_, seal_object) = own(4);
    scene.refuses(&replace(value(5, &seal_object)), &["seal_versions_mixed"]);
    scene.refuses(
        &replace(value(1, &seal_object)),
        &["signed_value_malformed"],
    );
    scene.refuses(
        &replace(value(9, &seal_object)),
        &["signed_value_malformed"],
    );
    // A bare signature over the same Signature.xml: the stamp would show with no seal behind it.
    let description = unzip(&scene.sealed)
        .into_iter()
        .find(|entry| entry.name == SIGNATURE)
        .unwrap();
    let bare = office.user.key.sign(&description.data).unwrap();
    scene.refuses(&replace(bare.clone()), &["stamp_without_seal"]);
    let renamed = scene.with(|entries| {
        named(entries, VALUE).data = bare;
        let list = named(entries, LIST);
        list.data = String::from_utf8(list.data.clone())
            .unwrap()
            .replace("Type=\"Seal\"", "Type=\"Sign\"")
            .into_bytes();
    });
    scene.refuses(&renamed, &["stamp_without_seal"]);
    for junk in [vec![], vec![0x30, 0], vec![0; 40], b"<xml/>".to_vec()] {
        scene.refuses(&replace(junk), &["signed_value_malformed"]);
    }
    // Another signer's certificate beside the signature, and bytes behind it.
    let original = unzip(&scene.sealed)
        .into_iter()
        .find(|entry| entry.name == VALUE)
        .unwrap()
        .data;
    let mut longer = original.clone();
    longer.push(0);
    scene.refuses(&replace(longer), &["signed_value_malformed"]);
    let mut flipped = original;
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    scene.refuses(
        &replace(flipped),
        &["seal_signature_wrong", "signed_value_malformed"],
    );
}

#[test]
fn two_entries_of_one_name_and_of_names_that_are_one() {
    let scene = scene();
    for name in [
        PAGE,
        "Doc_0/pages/page_0/CONTENT.XML",
        "doc_0/Pages/Page_0/Content.xml",
    ] {
        for front in [true, false] {
            let twice = scene.with(|entries| {
                let at = if front { 0 } else { entries.len() };
                entries.insert(at, entry(name, "<forged/>"));
            });
            scene.refuses(&twice, &["entry_twice"]);
        }
    }
    let below = scene.with(|entries| entries.push(entry(&format!("{PAGE}/x"), "y")));
    scene.refuses(&below, &["entry_twice"]);
}

#[test]
fn paths_that_lead_elsewhere() {
    let scene = scene();
    for name in [
        "Doc_0/./Pages/Page_0/Content.xml",
        "Doc_0/x/../Pages/Page_0/Content.xml",
        "../evil.txt",
        "/Doc_0/Pages/Page_0/Content.xml",
        "Doc_0\\Pages\\Page_0\\Content.xml",
        "Doc_0//Pages/x",
        "C:evil",
        "a\u{0}b",
        "",
    ] {
        let added = scene.with(|entries| entries.push(entry(name, "x")));
        scene.refuses(&added, &["entry_name"]);
    }
    let unflagged = scene.with(|entries| {
        entries.push(Entry {
            flags: 0,
            ..entry("Doc_0/附件.txt", "x")
        });
    });
    scene.refuses(&unflagged, &["entry_name"]);
    scene.refuses(
        &scene.edited("OFD.xml", "Doc_0/Document.xml", "../Doc_0/Document.xml"),
        &["location_leads_nowhere"],
    );
    scene.refuses(
        &scene.edited(
            LIST,
            "/Doc_0/Signs/Sign_0/Signature.xml",
            "/../Signature.xml",
        ),
        &["location_leads_nowhere"],
    );
}

#[test]
fn packages_that_two_readers_read_differently() {
    let scene = scene();
    let lie = |change: fn(&mut Entry)| scene.with(|entries| change(named(entries, PAGE)));
    scene.refuses(
        &lie(|entry| entry.local_name = Some("Doc_0/Pages/Page_7/Content.xml".into())),
        &["entry_header_disagrees"],
    );
    scene.refuses(
        &lie(|entry| entry.claimed_size = Some(3)),
        &["entry_header_disagrees"],
    );
    scene.refuses(
        &lie(|entry| entry.claimed_crc = Some(3)),
        &["entry_damaged"],
    );
    scene.refuses(
        &lie(|entry| entry.behind = b"hidden".to_vec()),
        &["bytes_of_no_entry"],
    );
    scene.refuses(
        &lie(|entry| entry.flags |= 1 << 13),
        &["package_unsupported"],
    );
    scene.refuses(&lie(|entry| entry.method = 12), &["package_unsupported"]);
    // Another name in an extra field, as Info-ZIP writes it.
    scene.refuses(
        &lie(|entry| entry.extra = vec![0x75, 0x70, 1, 0, 1]),
        &["package_unsupported"],
    );
    // A second package in front, behind, and in a comment.
    let other = zip(&files(1));
    scene.refuses(
        &[other.as_slice(), &scene.sealed].concat(),
        &["package_directory", "bytes_of_no_entry"],
    );
    let behind = [scene.sealed.as_slice(), &other].concat();
    scene.refuses(&behind, &["package_directory"]);
    let mut comment = scene.sealed.clone();
    let end = comment.len();
    comment[end - 2..].copy_from_slice(&4u16.to_le_bytes());
    comment.extend(b"note");
    scene.refuses(&comment, &["not_ofd"]);
    let mut count = scene.sealed.clone();
    count[end - 14] -= 1;
    count[end - 12] -= 1;
    scene.refuses(&count, &["package_directory"]);
    scene.refuses(&scene.sealed[..scene.sealed.len() - 1], &["not_ofd"]);
    let encrypted = lie(|entry| entry.flags |= 1);
    assert_eq!(
        verify(&encrypted, &scene.office.trust()).verdict,
        Verdict::Indeterminate
    );
}

#[test]
fn descriptions_that_two_readers_read_differently() {
    let scene = scene();
    let list = |from: &str, to: &str| scene.edited(LIST, from, to);
    scene.refuses(
        &list(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>",
        ),
        &["xml_malformed"],
    );
    scene.refuses(
        &list("ID=\"s001\"", "ID=\"s001\" x:ID=\"s002\""),
        &["xml_malformed"],
    );
    scene.refuses(&list("Type=\"Seal\"", "Type=\"Other\""), &["xml_malformed"]);
    scene.refuses(
        &list("http://www.ofdspec.org/2016", "urn:other"),
        &["xml_malformed"],
    );
    scene.refuses(
        &list("</ofd:Signatures>", "</ofd:Signatures><ofd:Signatures/>"),
        &["xml_malformed"],
    );
    // Twice what may stand once: which one counts?
    resigned(
        |xml| {
            xml.replace(
                "<ofd:SignatureMethod>",
                "<ofd:SignatureMethod>1.2.3</ofd:SignatureMethod><ofd:SignatureMethod>",
            )
        },
        &["xml_malformed"],
    );
    resigned(
        |xml| {
            xml.replace(
                "</ofd:SignedInfo>",
                "<ofd:References CheckMethod=\"SM3\"/></ofd:SignedInfo>",
            )
        },
        &["xml_malformed"],
    );
    // Two documents in one file.
    let double = scene.edited(
        "OFD.xml",
        "</ofd:OFD>",
        "<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    );
    scene.refuses(&double, &["covered_file_changed"]);
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let scene = scene();
    let claims = scene.with(|entries| {
        let page = named(entries, PAGE);
        page.method = 8;
        page.claimed_size = Some(200 << 20);
    });
    scene.refuses(&claims, &["package_limit"]);
    let deep = scene.edited(
        LIST,
        "<ofd:MaxSignId>",
        &format!("{}{}<ofd:MaxSignId>", "<a>".repeat(100), "</a>".repeat(100)),
    );
    scene.refuses(&deep, &["xml_malformed"]);
}

#[test]
fn no_single_changed_byte_of_a_sealed_file_is_valid() {
    let scene = scene();
    let trust = scene.office.trust();
    let step = (scene.sealed.len() / 300).max(1);
    for at in (0..scene.sealed.len()).step_by(step) {
        for flip in [1u8, 0x80] {
            let mut file = scene.sealed.clone();
            file[at] ^= flip;
            let report = verify(&file, &trust);
            // Dates, versions and attributes of entries mean nothing; whatever shows is still what was signed.
            if report.verdict == Verdict::Valid {
                let same = unzip(&file)
                    .iter()
                    .zip(unzip(&scene.sealed))
                    .all(|(a, b)| a.name == b.name && a.data == b.data);
                let list_only = unzip(&file)
                    .iter()
                    .zip(unzip(&scene.sealed))
                    .all(|(a, b)| a.data == b.data || b.name == LIST);
                assert!(same || list_only, "byte {at} changed contents");
            }
        }
    }
}

#[test]
fn an_rsa_key_does_not_pass_for_an_sm2_seal() {
    let office = Office::new();
    let rsa = TestSigner::new(KeyFamily::Rsa);
    let users = CertificateList::Certificates(vec![rsa.certificate.der().to_vec()]);
    let object = office.seal_for(SesVersion::V4, &users, NOW.plus(-60), NOW.plus(60));
    let prepared = seal::ofd::prepare(&file(1), &spec(&object, &ONE_STAMP)).unwrap();
    let value = support::ofd::signed_value(&prepared, &object, &rsa, &[]);
    let tail = seal::ofd::complete(&prepared.tail, prepared.kept_length(), &value).unwrap();
    let mut trust = office.trust();
    trust.anchors.push(rsa.certificate.clone());
    assert_invalid(
        &verify(&prepared.assemble(&file(1), &tail), &trust),
        &["signature_method_disagrees"],
    );
}
