//! NIST's PKITS (Public Key Interoperability Test Suite, 2011) against path building, validation and lists.
//!
//! `pkits/tests.txt` has a line for each test of the suite's document: number, end entity, inputs, NIST's
//! verdict, and in our words the reason of a refusal or why the test does not apply. The certificates and
//! lists come from the PyPI package `cryptography_vectors`, by `YINXIN_PKITS`. Every test has the suite's
//! whole pool to build its path from, and needs good evidence for every certificate but the anchor.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pki::crl::{Crl, RevocationStatus};
use pki::path::{PathError, PolicyInputs, TrustStore, Usage, validate_under};
use pki::{Certificate, Oid, ParseError, UnixTime};

const TESTS: &str = include_str!("pkits/tests.txt");
/// 2020-01-01T00:00:00Z, between the suite's dates.
const AT: UnixTime = UnixTime(1_577_836_800);

/// Why a test of the suite does not apply here; `docs/interop-pki.md` lists them.
const NOT_APPLICABLE: [&str; 4] = ["dsa", "serial", "indirect", "delta"];

/// What strict reading keeps out of the pool: DSA, negative serials, and two damaged signatures of NIST's own
/// making, whose BIT STRING claims an unused bit.
const UNREADABLE: [&str; 11] = [
    "BadSignedCACert",
    "DSACACert",
    "DSAParametersInheritedCACert",
    "InvalidDSASignatureTest6EE",
    "InvalidNegativeSerialNumberTest15EE",
    "ValidDSAParameterInheritanceTest5EE",
    "ValidDSASignaturesTest4EE",
    "BadCRLSignatureCACRL",
    "DSACACRL",
    "DSAParametersInheritedCACRL",
    "NegativeSerialNumberCACRL",
];

#[test]
fn pkits_gives_nists_verdicts_for_our_reasons() {
    let Some(suite) = Suite::find() else {
        return;
    };
    let mut failed = Vec::new();
    let (mut passed, mut not_applicable) = (0, BTreeMap::<&str, usize>::new());
    for line in TESTS.lines() {
        let test = Test::read(line);
        let answer = suite.answer(&test);
        if let Some(reason) = test.not_applicable {
            *not_applicable.entry(reason).or_default() += 1;
            // Not applicable is no excuse to accept what NIST refuses; only a delta list, which is no input
            // here, knows of a revocation that a complete list does not.
            if reason != "delta" && !test.valid && answer == "valid" {
                failed.push(format!("{line}\n    accepted"));
            }
        } else if answer == test.expected {
            passed += 1;
        } else {
            failed.push(format!("{line}\n    answered {answer}"));
        }
    }
    let skipped: usize = not_applicable.values().sum();
    let total = TESTS.lines().count();
    // Straight to standard error: the figure is printed whether the test fails or not.
    let line = writeln!(
        std::io::stderr(),
        "PKITS: {passed} pass, {} fail, {skipped} not applicable of {total} {not_applicable:?}",
        failed.len()
    );
    line.expect("standard error");
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

struct Test<'a> {
    end_entity: String,
    inputs: PolicyInputs,
    /// NIST's verdict.
    valid: bool,
    /// Ours: `valid`, or the reason of the refusal.
    expected: &'a str,
    not_applicable: Option<&'a str>,
}

impl<'a> Test<'a> {
    fn read(line: &'a str) -> Self {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_number, end_entity, inputs, verdict, reason] = fields[..] else {
            panic!("five fields: {line}");
        };
        let not_applicable = reason.strip_prefix("n/a:");
        assert!(
            not_applicable.is_none_or(|reason| NOT_APPLICABLE.contains(&reason)),
            "{line}"
        );
        let valid = match verdict {
            "valid" => true,
            "refused" => false,
            _ => panic!("a verdict: {line}"),
        };
        assert!(
            not_applicable.is_some() || valid == (reason == "valid"),
            "{line}"
        );
        Self {
            end_entity: format!("{end_entity}EE"),
            inputs: inputs_of(inputs),
            valid,
            expected: reason,
            not_applicable,
        }
    }
}

/// `explicit`, `no-mapping`, `no-any`, and the numbers of NIST's test policies that are acceptable.
fn inputs_of(text: &str) -> PolicyInputs {
    let mut inputs = PolicyInputs::default();
    for word in text.split(',') {
        match word {
            "-" => {}
            "explicit" => inputs.require_explicit = true,
            "no-mapping" => inputs.inhibit_mapping = true,
            "no-any" => inputs.inhibit_any = true,
            number => {
                let policy = Oid::new_unwrap(&format!("2.16.840.1.101.3.2.1.48.{number}"));
                inputs.acceptable.get_or_insert_default().push(policy);
            }
        }
    }
    inputs
}

struct Suite {
    dir: PathBuf,
    trust: TrustStore,
}

impl Suite {
    /// `None` where the suite is not at hand; `YINXIN_REQUIRE_TOOLS=1` forbids that.
    fn find() -> Option<Self> {
        let Some(dir) = std::env::var_os("YINXIN_PKITS").map(PathBuf::from) else {
            assert!(
                std::env::var("YINXIN_REQUIRE_TOOLS").as_deref() != Ok("1"),
                "YINXIN_PKITS is not set and YINXIN_REQUIRE_TOOLS is"
            );
            eprintln!("skipped: YINXIN_PKITS is not set");
            return None;
        };
        let mut unreadable = Vec::new();
        let intermediates = read(
            &dir.join("certs"),
            405,
            Certificate::from_der,
            &mut unreadable,
        );
        let crls = read(&dir.join("crls"), 173, Crl::from_der, &mut unreadable);
        assert_eq!(unreadable, UNREADABLE, "what is not in the pool");
        let trust = TrustStore {
            anchors: vec![certificate(&dir, "TrustAnchorRootCertificate").expect("the anchor")],
            intermediates,
            crls,
            ..TrustStore::default()
        };
        Some(Self { dir, trust })
    }

    /// `valid`, or why not.
    fn answer(&self, test: &Test<'_>) -> &'static str {
        let Some(leaf) = certificate(&self.dir, &test.end_entity) else {
            return "unreadable";
        };
        let path = match validate_under(&leaf, &[], &self.trust, AT, Usage::Any, &test.inputs) {
            Ok(path) => path,
            Err(error) => return reason(&error),
        };
        let certificates = path.certificates().len();
        for index in 0..certificates - 1 {
            match self.trust.revocation_along(&path, index, &[], AT) {
                RevocationStatus::Good { .. } => {}
                RevocationStatus::Revoked { .. } => return "revoked",
                RevocationStatus::NotAnnounced | RevocationStatus::Undetermined(_) => {
                    return "no-evidence";
                }
            }
        }
        "valid"
    }
}

/// The readable files of one folder, which has so many; the others' names go to `unreadable`.
fn read<T>(
    folder: &Path,
    count: usize,
    from_der: impl Fn(&[u8]) -> Result<T, ParseError>,
    unreadable: &mut Vec<String>,
) -> Vec<T> {
    let files = std::fs::read_dir(folder).expect("the suite's folder");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert_eq!(paths.len(), count, "the whole suite");
    let mut out = Vec::new();
    for path in paths {
        match from_der(&std::fs::read(&path).expect("a file")) {
            Ok(one) => out.push(one),
            Err(_) => unreadable.extend(path.file_stem().map(|name| name.display().to_string())),
        }
    }
    out
}

fn certificate(dir: &Path, name: &str) -> Option<Certificate> {
    let file = dir.join("certs").join(format!("{name}.crt"));
    Certificate::from_der(&std::fs::read(file).expect("a certificate of the suite")).ok()
}

fn reason(error: &PathError) -> &'static str {
    match error {
        PathError::NoAnchor { .. } => "no-anchor",
        PathError::Signature { .. } => "signature",
        PathError::NotACa { .. } => "not-a-ca",
        PathError::PathLength { .. } => "path-length",
        PathError::NotYetValid { .. } => "not-yet-valid",
        PathError::Expired { .. } => "expired",
        PathError::Usage => "usage",
        PathError::CriticalExtension { .. } => "critical-extension",
        PathError::Extension { .. } => "extension",
        PathError::Policy { .. } => "policy",
        PathError::NameConstraints { .. } => "name-constraints",
        _ => "limit",
    }
}
