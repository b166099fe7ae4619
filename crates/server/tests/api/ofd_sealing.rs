//! An OFD from the file to the verified seal: prepared as a server does, checked and signed as the agent does.

use std::io::Write as _;

use agent::published::Published;
use agent::signing::{Asked, Packed, Picked, Refusal, Work, check_picked};
use contract::intent::DigestName;
use contract::request::SealPurpose;
use contract::{
    AgentRequest, Base64, DocumentDigest, ErrorCode, Grade, Intent, KeyFamilyName, OfdVariant,
    SealIntent, SealName, SealRequest, SealVariant,
};
use pki::{HashAlgorithm, Signer as _};
use seal::ofd::{self, Prepared, SealSpec, Stamp};
use seal::ses::{self, CertificateList, SealPicture, SesSeal, SesVersion};
use serde_json::json;

use crate::harness::ofd::ofd as file_of;
use crate::harness::{JIA, Key, World};

const HERE: &str = "http://127.0.0.1:8080";
/// Half of the seal on each of two pages (骑缝), cut by Clip, and the whole on the first.
const STAMPS: [Stamp; 3] = [
    Stamp {
        page: 1,
        boundary: [50.0, 100.0, 40.0, 40.0],
        clip: None,
    },
    Stamp {
        page: 1,
        boundary: [190.0, 180.0, 40.0, 40.0],
        clip: Some([0.0, 0.0, 20.0, 40.0]),
    },
    Stamp {
        page: 2,
        boundary: [170.0, 180.0, 40.0, 40.0],
        clip: Some([20.0, 0.0, 20.0, 40.0]),
    },
];

/// A seal of these hands, in its edition.
fn seal_object(world: &World, maker: &Key, user: &Key, version: SesVersion) -> SesSeal {
    let now: pki::UnixTime = world.now().into();
    let users = CertificateList::Certificates(vec![user.certificate.der().to_vec()]);
    let info = ses::seal_info(&ses::SealSpec {
        version,
        vendor: "YINXIN",
        id: "DEMO0001",
        kind: 1,
        name: "演示公章",
        users: &users,
        created_at: now,
        not_before: now,
        not_after: now.plus(86_400 * 100),
        picture: &SealPicture {
            kind: "PNG".into(),
            data: b"\x89PNG\r\n\x1a\n".to_vec(),
            width_mm: 40,
            height_mm: 40,
        },
    })
    .unwrap();
    let signature = maker.key.sign(&info).unwrap();
    ses::seal(&info, &maker.certificate, maker.key.algorithm(), &signature).unwrap()
}

/// What a server sends.
fn request(original: &[u8], prepared: &Prepared, seal: &SesSeal) -> SealRequest {
    let document = ofd::document::Document::open(original).unwrap();
    let digest = ofd::content_digest(&document, HashAlgorithm::Sha256).unwrap();
    let intent = Intent::Seal(
        serde_json::from_value::<SealIntent>(json!({
            "v": 1,
            "platform": "gongecai",
            "platform_name": "公e采",
            "organisation": JIA.name,
            "document": "offer.ofd",
            "document_digest": DocumentDigest {
                algorithm: DigestName::Sha256,
                value_hex: hex::encode(digest),
            },
            "pages": [1, 2],
            "places": 3,
            "seal": SealName { id: "S1".into(), name: "公章".into() },
        }))
        .unwrap(),
    );
    SealRequest {
        version: 1,
        purpose: SealPurpose::Seal,
        intent: intent.to_json().unwrap(),
        variants: vec![SealVariant {
            family: KeyFamilyName::Sm2,
            sub_filter: "OFD".into(),
            hash: DigestName::Sm3,
            digest: Base64(pki::hash(HashAlgorithm::Sm3, &prepared.signature_xml)),
            tail: Base64(prepared.tail.clone()),
            original_length: original.len() as u64,
            ofd: Some(OfdVariant {
                signature_xml: Base64(prepared.signature_xml.clone()),
                signature_path: prepared.signature_path.clone(),
                seal: Base64(seal.der().to_vec()),
                kept: prepared
                    .kept
                    .iter()
                    .map(|range| [range.start, range.end])
                    .collect(),
            }),
        }],
    }
}

fn asked(request: SealRequest) -> Result<Asked, Refusal> {
    let text = serde_json::to_string(&AgentRequest::Seal(request)).unwrap();
    Asked::read(&text)
}

fn picked(asked: &Asked, bytes: &[u8]) -> Result<Picked, Refusal> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    check_picked(asked, &file)
}

/// What the agent answers with: DER of an SES_Signature.
fn signed(world: &World, asked: &Asked, user: &Key, picked: Option<&Picked>) -> (Vec<u8>, Grade) {
    let now = world.now().into();
    let work = Work::build(asked, HERE, user.certificate.der(), picked, now).unwrap();
    let signature = token::Signature {
        algorithm: user.key.algorithm(),
        value: user.key.sign(work.message.signed_octets()).unwrap(),
    };
    match work.pack(&signature, &[]) {
        Packed::Seal(value, grade) => (value, grade),
        Packed::Statement(_) => panic!("a statement for a seal"),
    }
}

async fn an_ofd_is_sealed_in_both_editions_and_verified_by_anyone(world: World) {
    let user = world.key("szca", &JIA, "SZ-0001").await;
    let maker = world.key("szca", &JIA, "SZ-0002").await;
    let browser = world.gongecai();
    for version in [SesVersion::V4, SesVersion::V5] {
        let original = file_of(2);
        let seal = seal_object(&world, &maker, &user, version);
        let spec = SealSpec {
            seal: &seal,
            stamps: &STAMPS,
            time: world.now().into(),
            last: false,
        };
        let prepared = ofd::prepare(&original, &spec).unwrap();
        let asked = asked(request(&original, &prepared, &seal)).unwrap();
        let own = picked(&asked, &original).unwrap();
        assert_eq!(own.places.len(), 3, "each strip has a place of its own");
        let (value, grade) = signed(&world, &asked, &user, Some(&own));
        assert_eq!(grade, Grade::Picked);
        let tail = ofd::complete(&prepared.tail, prepared.kept_length(), &value).unwrap();
        let sealed = prepared.assemble(&original, &tail);

        let report = browser.verify(sealed.clone()).await.expect(200);
        assert_eq!(report["verdict"], "valid", "{report:#}");
        let signature = &report["signatures"][0];
        assert_eq!(signature["shown"]["grade"], "picked");
        assert_eq!(signature["shown"]["origin"], HERE);
        assert_eq!(signature["signer"]["key_number"], user.number.as_str());

        // The agent finds the signature in the published file; with another page in it nothing is valid.
        let published = Published::read(&sealed).unwrap();
        assert_eq!(published.signatures(), 1);
        let at = sealed
            .windows(4)
            .position(|bytes| bytes == b"L 10")
            .unwrap();
        let mut changed = sealed;
        changed[at + 2] = b'9';
        let report = browser.verify(changed).await.expect(200);
        assert_eq!(report["verdict"], "invalid", "{report:#}");
    }
}

async fn what_the_picked_ofd_does_not_hold_is_not_signed(world: World) {
    let user = world.key("szca", &JIA, "SZ-0001").await;
    let maker = world.key("szca", &JIA, "SZ-0002").await;
    let (original, other) = (file_of(2), file_of(3));
    let seal = seal_object(&world, &maker, &user, SesVersion::V4);
    let spec = SealSpec {
        seal: &seal,
        stamps: &STAMPS,
        time: world.now().into(),
        last: false,
    };
    let prepared = ofd::prepare(&original, &spec).unwrap();
    let good = request(&original, &prepared, &seal);

    // Another file than the intent's.
    let foreign = asked(good.clone()).unwrap();
    assert_eq!(picked(&foreign, &other), Err(Refusal::FileMismatch));

    // A Signature.xml prepared for another file, whose References are not this file's.
    let elsewhere = ofd::prepare(&other, &spec).unwrap();
    let mut swapped = request(&original, &elsewhere, &seal);
    swapped.variants[0].original_length = original.len() as u64;
    if let Some(part) = &mut swapped.variants[0].ofd {
        part.kept = prepared
            .kept
            .iter()
            .map(|range| [range.start, range.end])
            .collect();
    }
    let refused = picked(&asked(swapped).unwrap(), &original).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RevisionRefused, "{refused}");

    // A Signature.xml that is not the one in the prepared end: shown one thing, signed another.
    let mut two = good.clone();
    let xml = String::from_utf8(prepared.signature_xml.clone()).unwrap();
    let xml = xml
        .replace("ProviderName=\"Yinxin\"", "ProviderName=\"Other\"")
        .into_bytes();
    two.variants[0].digest = Base64(pki::hash(HashAlgorithm::Sm3, &xml));
    if let Some(part) = &mut two.variants[0].ofd {
        part.signature_xml = Base64(xml);
    }
    let refused = picked(&asked(two).unwrap(), &original).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RevisionRefused, "{refused}");

    // Fewer places than the file has: the window would have told of two.
    let mut fewer = good.clone();
    fewer.intent = fewer.intent.replace("\"places\":3", "\"places\":2");
    assert_ne!(fewer.intent, good.intent);
    let refused = picked(&asked(fewer).unwrap(), &original).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RevisionRefused, "{refused}");

    // A digest that is not that of the Signature.xml beside it is refused for every grade.
    let mut wrong = good.clone();
    wrong.variants[0].digest = Base64(vec![7; 32]);
    let built = Work::build(
        &asked(wrong).unwrap(),
        HERE,
        user.certificate.der(),
        None,
        world.now().into(),
    );
    assert_eq!(
        built.err().map(|refused| refused.code()),
        Some(ErrorCode::RevisionRefused)
    );

    // Ranges that no package has are refused before anything is looked at.
    let mut ranges = good;
    if let Some(part) = &mut ranges.variants[0].ofd {
        part.kept = vec![[10, 5]];
    }
    assert!(asked(ranges).is_err());
}

crate::on_both_databases! {
    an_ofd_is_sealed_in_both_editions_and_verified_by_anyone,
    what_the_picked_ofd_does_not_hold_is_not_signed,
}
