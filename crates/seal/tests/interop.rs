//! Foreign judges: pdfsig and pyHanko verify our seals, OpenSSL our SM2 CMS; what pyHanko signed
//! stays valid, for it and for us, under a seal of ours, and ours under one of pyHanko's.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pki::asn1::write;
use pki::cms::{OidFamily, SignedData};
use pki::path::TrustStore;
use pki::{KeyFamily, oid};
use seal::pdf::StoreSpec;
use seal::pdf::pages::Rect;
use seal::pdf::placement::{self, Edge, EdgeSeal};
use support::certificates::Profile;
use support::files::{self, Xref};
use support::{NOW, Seal, TestSigner, assert_valid, seal, tool, trusting, verify};

/// A folder of this test's own, emptied first.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the tool starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn python(python: &Path, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/pyhanko_judge.py");
    let output = run(Command::new(python).arg(script).args(arguments));
    String::from_utf8(output.stdout).expect("text")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The families that foreign judges of PDF know: both are sealed as ETSI.CAdES.detached.
const FAMILIES: [KeyFamily; 2] = [KeyFamily::Rsa, KeyFamily::P256];

/// A signer under an authority, for judges that want one; now, by the clock they use.
fn issued(family: KeyFamily) -> (TestSigner, TestSigner) {
    let authority = TestSigner::authority(family);
    let signer = TestSigner::issued(family, &Profile::default(), Some(&authority));
    (authority, signer)
}

fn trust(authority: &TestSigner) -> TrustStore {
    trusting(&[authority])
}

#[test]
fn pyhanko_verifies_our_seals_in_every_form() {
    let Some(interpreter) = tool("YINXIN_PYTHON") else {
        return;
    };
    let folder = folder("pyhanko");
    for family in FAMILIES {
        let (authority, signer) = issued(family);
        std::fs::write(folder.join("root.pem"), authority.certificate.to_pem()).unwrap();
        for form in [Xref::Table, Xref::Stream, Xref::ObjectStream] {
            let mut file = seal(
                &files::file_of(&files::form_objects(), form),
                &signer,
                Seal::default(),
            );
            file = seal(
                &file,
                &signer,
                Seal {
                    page: 2,
                    field: "Second",
                    ..Seal::default()
                },
            );
            let at = folder.join(format!("{family:?}-{form:?}.pdf"));
            std::fs::write(&at, &file).unwrap();
            let said = python(
                &interpreter,
                &["verify", path(&at), path(&folder.join("root.pem"))],
            );
            assert_eq!(
                said.lines().collect::<Vec<_>>(),
                ["YinxinSeal1 True", "Second True"],
                "{family:?} {form:?}"
            );
        }
    }
}

#[test]
fn pdfsig_verifies_our_seals() {
    let Some(pdfsig) = tool("YINXIN_PDFSIG") else {
        return;
    };
    let folder = folder("pdfsig");
    for family in FAMILIES {
        let (_, signer) = issued(family);
        for form in [Xref::Table, Xref::ObjectStream, Xref::Hybrid] {
            let file = seal(&files::file(form), &signer, Seal::default());
            let at = folder.join(format!("{family:?}-{form:?}.pdf"));
            std::fs::write(&at, &file).unwrap();
            let judge = |at: &Path| {
                let output = run(Command::new(&pdfsig).arg("-nocert").arg(at));
                String::from_utf8_lossy(&output.stdout).into_owned()
            };
            let said = judge(&at);
            for line in [
                "Signature is Valid.",
                "Total document signed",
                "Signature Type: ETSI.CAdES.detached",
            ] {
                assert!(said.contains(line), "{family:?} {form:?}: {said}");
            }
            // A judge that says yes to everything is none.
            let mut other = file;
            let at_letter = other.windows(5).position(|text| text == b" 595 ").unwrap();
            other[at_letter + 1] = b'6';
            std::fs::write(&at, &other).unwrap();
            assert!(!judge(&at).contains("Signature is Valid."));
        }
    }
}

#[test]
fn openssl_verifies_the_sm2_cms() {
    let Some(openssl) = tool("YINXIN_OPENSSL4") else {
        return;
    };
    let folder = folder("openssl");
    let authority = TestSigner::authority(KeyFamily::Sm2);
    let signer = TestSigner::issued(KeyFamily::Sm2, &Profile::default(), Some(&authority));
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    assert_valid(&verify(&file, &trust(&authority)));
    let start = file
        .windows(11)
        .position(|window| window == b"/Contents <")
        .unwrap()
        + 10;
    let end = start + file[start..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    let digits = std::str::from_utf8(&file[start + 1..end - 1]).unwrap();
    let bytes: Vec<u8> = (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    let length = 4 + usize::from(bytes[2]) * 256 + usize::from(bytes[3]);
    // OpenSSL knows signedData by the PKCS#7 name only (not GM/T 0010's): the outermost name, which
    // nothing signs, is exchanged; the SignedData with its GM names inside stays as it is.
    let parsed = SignedData::from_der(&bytes[..length]).expect("a SignedData");
    assert_eq!(parsed.family(), OidFamily::Gm);
    let renamed = write::sequence(&[
        &write::oid(&oid::SIGNED_DATA),
        &write::explicit(0, parsed.signed_data_der()),
    ]);
    std::fs::write(folder.join("cms.der"), renamed).unwrap();
    std::fs::write(
        folder.join("content"),
        [&file[..start], &file[end..]].concat(),
    )
    .unwrap();
    std::fs::write(folder.join("root.pem"), authority.certificate.to_pem()).unwrap();
    let verify = |content: &str| {
        let mut command = Command::new(&openssl);
        command.current_dir(&folder).args([
            "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms.der", "-content", content,
        ]);
        command.args([
            "-CAfile",
            "root.pem",
            "-purpose",
            "any",
            "-no_check_time",
            "-out",
            "out",
        ]);
        command.output().expect("openssl starts")
    };
    let good = verify("content");
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    std::fs::write(
        folder.join("other"),
        [&file[..start - 1], b"x", &file[end..]].concat(),
    )
    .unwrap();
    assert!(
        !verify("other").status.success(),
        "OpenSSL must refuse other content"
    );
}

#[test]
fn seals_of_pyhanko_and_ours_stay_valid_under_each_other() {
    let Some(interpreter) = tool("YINXIN_PYTHON") else {
        return;
    };
    for family in FAMILIES {
        stay_valid_under_each_other(&interpreter, family);
    }
}

fn stay_valid_under_each_other(interpreter: &Path, family: KeyFamily) {
    let folder = folder(&format!("both-{family:?}"));
    let (authority, signer) = issued(family);
    let (other_authority, other) = issued(family);
    let root = folder.join("roots.pem");
    std::fs::write(
        &root,
        authority.certificate.to_pem() + &other_authority.certificate.to_pem(),
    )
    .unwrap();
    std::fs::write(
        folder.join("key.pem"),
        other.key.danger_to_pkcs8_pem().unwrap().as_bytes(),
    )
    .unwrap();
    std::fs::write(folder.join("certificate.pem"), other.certificate.to_pem()).unwrap();
    let trusted = trusting(&[&authority, &other_authority]);
    let sign = |from: &Path, to: &Path, field: &str, format: &str, x: &str| {
        python(
            interpreter,
            &[
                "sign",
                path(from),
                path(to),
                path(&folder.join("key.pem")),
                path(&folder.join("certificate.pem")),
                field,
                format,
                x,
            ],
        );
        std::fs::read(to).unwrap()
    };
    for form in [Xref::Table, Xref::ObjectStream] {
        for format in ["cades", "adobe"] {
            let plain = folder.join("plain.pdf");
            std::fs::write(&plain, files::file(form)).unwrap();
            let foreign = sign(&plain, &folder.join("foreign.pdf"), "Foreign", format, "10");
            assert_valid(&verify(&foreign, &trusted));
            let ours = seal(&foreign, &signer, Seal::default());
            assert_valid(&verify(&ours, &trusted));
            std::fs::write(folder.join("ours.pdf"), &ours).unwrap();
            let said = python(
                interpreter,
                &["verify", path(&folder.join("ours.pdf")), path(&root)],
            );
            assert_eq!(
                said.lines().collect::<Vec<_>>(),
                ["Foreign True", "YinxinSeal1 True"]
            );
            let third = sign(
                &folder.join("ours.pdf"),
                &folder.join("third.pdf"),
                "Third",
                format,
                "80",
            );
            assert_valid(&verify(&third, &trusted));
            let fourth = seal(
                &third,
                &signer,
                Seal {
                    field: "Fourth",
                    rect: Rect::new(300.0, 300.0, 413.0, 413.0),
                    ..Seal::default()
                },
            );
            assert_valid(&verify(&fourth, &trusted));
            std::fs::write(folder.join("fourth.pdf"), &fourth).unwrap();
            let said = python(
                interpreter,
                &["verify", path(&folder.join("fourth.pdf")), path(&root)],
            );
            assert_eq!(
                said.lines().filter(|line| line.ends_with(" True")).count(),
                4,
                "{said}"
            );
        }
    }
}

#[test]
fn pyhanko_judges_our_long_term_file_as_we_do() {
    let Some(interpreter) = tool("YINXIN_PYTHON") else {
        return;
    };
    let folder = folder("longterm");
    let authority = TestSigner::authority(KeyFamily::Rsa);
    let signer = TestSigner::issued(
        KeyFamily::Rsa,
        &Profile {
            serial: 77,
            crl_url: Some("http://ca.example.test/a.crl"),
            ..Profile::default()
        },
        Some(&authority),
    );
    let stamps = TestSigner::time_stamping(
        KeyFamily::Rsa,
        Profile {
            name: "TSA",
            serial: 78,
            ..Profile::default()
        },
        &authority,
    );
    let root = folder.join("root.pem");
    std::fs::write(&root, authority.certificate.to_pem()).unwrap();
    let sealed = support::seal_stamped(&files::file(Xref::Table), &signer, |value| {
        let algorithm = pki::HashAlgorithm::Sha256;
        stamps.stamp(algorithm, &pki::hash(algorithm, value), NOW.plus(30))
    });
    let list = authority.crl(&[], NOW.plus(40), NOW.plus(7 * 86_400));
    let evidence = support::store(
        &sealed,
        &StoreSpec {
            certificates: &[authority.certificate.clone(), stamps.certificate.clone()],
            crls: &[list],
            ..StoreSpec::default()
        },
    );
    let whole = support::time_stamp(&evidence, &stamps, "Stamp", NOW.plus(60));
    let at = folder.join("whole.pdf");
    let judge = |file: &[u8]| {
        std::fs::write(&at, file).unwrap();
        python(
            &interpreter,
            &["ltv", path(&at), path(&root), "2026-11-25T12:00:00Z"],
        )
    };
    let late = NOW.plus(3 * 86_400);
    assert_valid(&support::verify_at(&whole, &trust(&authority), late));
    assert_eq!(judge(&whole).trim(), "AdESPassed.OK");
    // A judge that says yes to everything is none: without evidence it does not.
    let bare = support::time_stamp(&sealed, &stamps, "Stamp", NOW.plus(60));
    assert_ne!(judge(&bare).trim(), "AdESPassed.OK");
}

#[test]
fn pyhanko_and_pdfsig_verify_a_seal_in_many_places() {
    let (Some(interpreter), Some(pdfsig)) = (tool("YINXIN_PYTHON"), tool("YINXIN_PDFSIG")) else {
        return;
    };
    let folder = folder("places");
    let (authority, signer) = issued(KeyFamily::Rsa);
    let root = folder.join("root.pem");
    std::fs::write(&root, authority.certificate.to_pem()).unwrap();
    let original = files::file(Xref::Table);
    let geometries = seal::pdf::page_geometries(&original).unwrap();
    let strips = placement::over_edge(
        &geometries,
        &EdgeSeal {
            pages: vec![1, 2],
            edge: Edge::Right,
            width_mm: 40.0,
            height_mm: 40.0,
            along: 0.5,
            pages_a_seal: 10,
        },
    )
    .unwrap();
    for last in [false, true] {
        let file = support::seal_many(&original, &signer, &strips, "Edge", last);
        let at = folder.join(format!("{last}.pdf"));
        std::fs::write(&at, &file).unwrap();
        let said = python(&interpreter, &["verify", path(&at), path(&root)]);
        assert_eq!(said.trim(), "Edge True");
        let output = run(Command::new(&pdfsig).arg("-nocert").arg(&at));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("Signature is Valid."), "{said}");
        assert!(!said.contains("not signed"), "{said}");
    }
}
