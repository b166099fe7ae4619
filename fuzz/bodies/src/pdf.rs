//! Files to seal and to judge.

use std::sync::Arc;

use pki::path::TrustStore;
use pki::{HashAlgorithm, UnixTime};
use seal::VectorPicture;
use seal::pdf::document::Document;
use seal::pdf::placement::{Part, Placement, RectMm};
use seal::pdf::source::Source;
use seal::pdf::{
    self, Policy, SignatureSpec, SubFilter, VerifyOptions, diff::Changes, form, keyword, pages,
    signature, tail,
};

/// The strict walker and everything that is read through it.
pub fn walk(file: &[u8]) -> bool {
    let Ok(document) = Document::open(Source::whole(file)) else {
        return false;
    };
    for index in 0..document.revisions().len() {
        let view = document.view(index);
        let _ = pages::geometries(&view);
        let _ = form::form(&view);
        let _ = form::certification(&view);
        for number in view.numbers() {
            let _ = view.numbered(number);
        }
    }
    let _ = signature::find(&document);
    let _ = Changes::of(&document, 0);
    true
}

/// The verifier: with nothing trusted, no bytes are ever valid.
pub fn verify(file: &[u8]) -> bool {
    let trust = TrustStore::default();
    let options = VerifyOptions {
        trust: &trust,
        at: UnixTime(1_795_348_800),
        policy: Policy::default(),
        name: None,
    };
    let report = pdf::verify(&Arc::new(file.to_vec()), &options);
    assert_ne!(
        report.verdict.exit_code(),
        0,
        "valid without a trusted anchor"
    );
    !report.signatures.is_empty()
}

/// The agent's look at a prepared revision: the first two octets say where the original ends.
pub fn inspect(input: &[u8]) -> bool {
    let [high, low, bytes @ ..] = input else {
        return false;
    };
    let seam = usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len());
    let (original, appended) = bytes.split_at(seam);
    let inspected = tail::inspect(original, appended);
    let _ = pdf::digest(original, appended, HashAlgorithm::Sha256);
    let _ = pdf::complete(appended, original.len() as u64, &[0x30, 0x00]);
    inspected.is_ok()
}

/// The writer: a document time stamp, and a seal on every page. What is appended walks strictly.
pub fn append(file: &[u8]) -> bool {
    let name = "Fuzzed";
    if let Ok(prepared) = pdf::prepare_time_stamp(file, name, 1024) {
        assert!(Document::open(Source::appended(file, &prepared.tail)).is_ok());
    }
    let picture = VectorPicture {
        content: b"0 0 9 9 re f".to_vec(),
        width_mm: 5.0,
        height_mm: 5.0,
    };
    let rect = RectMm {
        x: 1.0,
        y: 1.0,
        width: 5.0,
        height: 5.0,
    };
    let pages = pdf::page_geometries(file).map_or(0, |pages| pages.len().min(8));
    let placements: Vec<Placement> = (1..=pages as u32)
        .map(|page| Placement {
            page,
            rect,
            part: Part::WHOLE,
        })
        .collect();
    let spec = SignatureSpec {
        further: &[],
        placements: &placements,
        picture: &picture,
        field_name: name,
        signer_name: "x",
        reason: None,
        time: UnixTime(1_795_348_800),
        sub_filter: SubFilter::EtsiCadesDetached,
        contents_capacity: 1024,
        last: false,
    };
    let Ok(prepared) = pdf::prepare_signature(file, &spec) else {
        return false;
    };
    assert!(Document::open(Source::appended(file, &prepared.tail)).is_ok());
    let _ = tail::inspect(file, &prepared.tail);
    true
}

/// The search for keywords: any bytes give an answer.
pub fn keyword(file: &[u8]) -> bool {
    keyword::search(&Arc::new(file.to_vec()), "seal", None).is_ok()
}
