//! Keys, certificates, files and seals for tests.
#![allow(dead_code, missing_docs)] // Each test binary uses its own part.

pub mod certificates;
pub mod files;
pub mod ofd;

use std::path::PathBuf;
use std::sync::Arc;

use contract::{CheckResult, Layer, Report, Verdict};
use pki::cms::{self, OidFamily, SignedAttributesSpec, SignedData};
use pki::path::TrustStore;
use pki::{HashAlgorithm, KeyFamily, Oid, Signer, UnixTime};
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::placement::{Part, Placement, RectMm};
use seal::pdf::{
    self, DEFAULT_CAPACITY, Policy, SealSpec, SignatureSpec, StoreSpec, SubFilter, VerifyOptions,
};

pub use certificates::TestSigner;

/// 2026-11-22T12:00:00Z.
pub const NOW: UnixTime = UnixTime(1_795_348_800);

pub fn picture() -> VectorPicture {
    VectorPicture {
        content: b"0.85 0.1 0.1 RG 3 w 5 5 103.4 103.4 re S 54 54 m 80 54 l 54 80 l h f\n".to_vec(),
        width_mm: 40.0,
        height_mm: 40.0,
    }
}

/// A seal on the first page.
pub const DEFAULT_PLACE: Placement = Placement {
    page: 1,
    rect: RectMm {
        x: 20.0,
        y: 20.0,
        width: 40.0,
        height: 40.0,
    },
    part: Part::WHOLE,
};

pub struct Seal<'a> {
    pub page: u32,
    pub rect: Rect,
    pub field: &'a str,
    pub custom: Vec<(Oid, Vec<u8>)>,
}

impl Default for Seal<'_> {
    fn default() -> Self {
        Self {
            page: 1,
            rect: Rect::new(100.0, 100.0, 213.4, 213.4),
            field: "YinxinSeal1",
            custom: vec![],
        }
    }
}

pub fn spec<'a>(
    seal: &Seal<'a>,
    picture: &'a VectorPicture,
    sub_filter: SubFilter,
) -> SealSpec<'a> {
    SealSpec {
        page: seal.page,
        rect: seal.rect,
        picture,
        field_name: seal.field,
        signer_name: "演示供应商甲有限公司",
        reason: None,
        time: NOW,
        sub_filter,
        contents_capacity: DEFAULT_CAPACITY,
    }
}

/// Makes the CMS over a prepared tail.
pub fn cms_for(
    original: &[u8],
    tail: &[u8],
    signer: &TestSigner,
    custom: Vec<(Oid, Vec<u8>)>,
) -> Vec<u8> {
    let algorithm = signer.key.algorithm();
    let digest = pdf::digest(original, tail, algorithm.hash()).expect("a digest");
    cms_over(&digest, signer, custom)
}

pub fn cms_over(digest: &[u8], signer: &TestSigner, custom: Vec<(Oid, Vec<u8>)>) -> Vec<u8> {
    let algorithm = signer.key.algorithm();
    let family = if algorithm.family() == KeyFamily::Sm2 {
        OidFamily::Gm
    } else {
        OidFamily::Pkcs7
    };
    let spec = SignedAttributesSpec {
        family,
        algorithm,
        content_digest: digest,
        certificate: &signer.certificate,
        signing_time: None,
        custom,
    };
    let attributes = cms::signed_attributes(&spec);
    let signature = signer.key.sign(&attributes).expect("a signature");
    cms::assemble(&spec, &attributes, &signature, &signer.chain)
}

/// Seals a file in all steps.
pub fn seal(original: &[u8], signer: &TestSigner, seal: Seal<'_>) -> Vec<u8> {
    let picture = picture();
    let sub_filter = SubFilter::for_family(signer.key.algorithm().family());
    let prepared =
        pdf::prepare(original, &spec(&seal, &picture, sub_filter)).expect("a prepared revision");
    let cms = cms_for(original, &prepared.tail, signer, seal.custom);
    let tail =
        pdf::complete(&prepared.tail, original.len() as u64, &cms).expect("a completed revision");
    [original, &tail].concat()
}

/// Seals in many places, or for the last time, with the steps between left to `cms`.
pub fn seal_many(
    original: &[u8],
    signer: &TestSigner,
    placements: &[Placement],
    field: &str,
    last: bool,
) -> Vec<u8> {
    let picture = picture();
    let spec = SignatureSpec {
        further: &[],
        placements,
        picture: &picture,
        field_name: field,
        signer_name: "演示供应商甲有限公司",
        reason: None,
        time: NOW,
        sub_filter: SubFilter::for_family(signer.key.algorithm().family()),
        contents_capacity: DEFAULT_CAPACITY,
        last,
    };
    let prepared = pdf::prepare_signature(original, &spec).expect("a prepared revision");
    let cms = cms_for(original, &prepared.tail, signer, vec![]);
    let tail = pdf::complete(&prepared.tail, original.len() as u64, &cms).expect("completed");
    [original, &tail].concat()
}

/// Seals, and has the signature value stamped before it goes into the file.
pub fn seal_stamped(
    original: &[u8],
    signer: &TestSigner,
    token: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let picture = picture();
    let sub_filter = SubFilter::for_family(signer.key.algorithm().family());
    let seal = Seal::default();
    let prepared = pdf::prepare(original, &spec(&seal, &picture, sub_filter)).expect("prepared");
    let cms = cms_for(original, &prepared.tail, signer, vec![]);
    let value = SignedData::from_der(&cms).expect("a SignedData").signers()[0]
        .signature()
        .to_vec();
    let cms = cms::with_time_stamp(&cms, &token(&value)).expect("a stamped SignedData");
    let tail = pdf::complete(&prepared.tail, original.len() as u64, &cms).expect("completed");
    [original, &tail].concat()
}

/// Appends a document time stamp; `digest` may change what is stamped.
pub fn time_stamp_with(
    original: &[u8],
    authority: &TestSigner,
    field: &str,
    gen_time: UnixTime,
    digest: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Vec<u8> {
    let algorithm = HashAlgorithm::Sha256;
    let prepared = pdf::prepare_time_stamp(original, field, DEFAULT_CAPACITY).expect("prepared");
    let covered = pdf::digest(original, &prepared.tail, algorithm).expect("a digest");
    let token = authority.stamp(algorithm, &digest(covered), gen_time);
    let tail = pdf::complete(&prepared.tail, original.len() as u64, &token).expect("completed");
    [original, &tail].concat()
}

pub fn time_stamp(
    original: &[u8],
    authority: &TestSigner,
    field: &str,
    gen_time: UnixTime,
) -> Vec<u8> {
    time_stamp_with(original, authority, field, gen_time, |digest| digest)
}

/// Appends evidence.
pub fn store(original: &[u8], spec: &StoreSpec<'_>) -> Vec<u8> {
    let tail = pdf::append_store(original, spec).expect("a store");
    [original, &tail.expect("something new")].concat()
}

/// Result and reason of the first check of a layer.
pub fn reason(report: &Report, signature: usize, layer: Layer) -> (CheckResult, String) {
    let mut checks = report.signatures[signature].checks.iter();
    let check = checks
        .find(|check| check.layer == layer)
        .expect("the layer");
    (check.result, check.reason.clone().unwrap_or_default())
}

pub fn trusting(signers: &[&TestSigner]) -> TrustStore {
    TrustStore {
        anchors: signers
            .iter()
            .map(|signer| signer.certificate.clone())
            .collect(),
        ..TrustStore::default()
    }
}

pub fn verify(file: &[u8], trust: &TrustStore) -> Report {
    verify_at(file, trust, NOW)
}

pub fn verify_at(file: &[u8], trust: &TrustStore, at: UnixTime) -> Report {
    pdf::verify(
        &Arc::new(file.to_vec()),
        &VerifyOptions {
            trust,
            at,
            policy: Policy::default(),
            name: None,
        },
    )
}

/// Words of all failed checks, of the file first.
pub fn failures(report: &Report) -> Vec<(Layer, String)> {
    let checks = report.checks.iter().chain(
        report
            .signatures
            .iter()
            .flat_map(|signature| &signature.checks),
    );
    let failed = checks.filter(|check| check.result == CheckResult::Failed);
    failed
        .map(|check| (check.layer, check.reason.clone().unwrap_or_default()))
        .collect()
}

#[track_caller]
pub fn assert_valid(report: &Report) {
    assert_eq!(
        report.verdict,
        Verdict::Valid,
        "{}",
        serde_json::to_string_pretty(report).unwrap()
    );
}

#[track_caller]
pub fn assert_invalid(report: &Report, words: &[&str]) {
    let failed = failures(report);
    assert_eq!(
        report.verdict,
        Verdict::Invalid,
        "{}",
        serde_json::to_string_pretty(report).unwrap()
    );
    assert!(
        words.is_empty()
            || failed
                .iter()
                .any(|(_, word)| words.contains(&word.as_str())),
        "wanted {words:?}, got {failed:?}"
    );
}

/// A foreign tool by its environment variable; `None` says so, unless tools are required.
pub fn tool(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(path.into()),
        None if std::env::var("YINXIN_REQUIRE_TOOLS").as_deref() == Ok("1") => {
            panic!("{variable} is not set")
        }
        None => {
            eprintln!("skipped: {variable} is not set");
            None
        }
    }
}

/// Files from elsewhere, which alone may be skipped.
pub fn corpora() -> Option<PathBuf> {
    let path = std::env::var_os("YINXIN_CORPORA").map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: YINXIN_CORPORA is not set");
    }
    path
}
