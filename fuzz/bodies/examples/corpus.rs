//! Writes the committed corpus anew, into `fuzz/corpus`: `cargo run -p fuzz-bodies --example corpus`. Keys are made for it
//! and thrown away, so the bytes differ from run to run; what they are does not. Much of it is OpenSSL's (3.0 or later, on
//! the search path): another's encodings reach what our own never would.

#[path = "../../../crates/seal/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use pki::{KeyFamily, Name, Signer as _, oid, pkcs10};
use seal::pdf::{self, SubFilter};
use support::files::{self, Xref};
use support::{NOW, Seal, TestSigner, cms_over, picture, seal, spec};

fn main() {
    let corpus = Corpus(Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus"));
    for (family, word) in [
        (KeyFamily::Sm2, "sm2"),
        (KeyFamily::Rsa, "rsa"),
        (KeyFamily::P256, "p256"),
    ] {
        of_family(&corpus, family, word);
    }
    of_files(&corpus);
    of_ofd(&corpus);
    of_catalogue(&corpus);
    of_openssl(&corpus);
}

struct Corpus(PathBuf);

impl Corpus {
    fn put(&self, target: &str, name: &str, bytes: &[u8]) {
        let folder = self.0.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }

    /// With the octet before it that says which of several things it is.
    fn put_which(&self, target: &str, which: u8, name: &str, bytes: &[u8]) {
        self.put(target, name, &[&[which], bytes].concat());
    }
}

fn of_family(corpus: &Corpus, family: KeyFamily, word: &str) {
    let authority = TestSigner::authority(family);
    let profile = support::certificates::Profile {
        crl_url: Some("http://crl.example/1.crl"),
        ..Default::default()
    };
    let signer = TestSigner::issued(family, &profile, Some(&authority));
    corpus.put(
        "certificate",
        &format!("issued-{word}.der"),
        signer.certificate.der(),
    );
    corpus.put(
        "certificate",
        &format!("authority-{word}.der"),
        authority.certificate.der(),
    );
    let list = authority.crl(&[7, 500], NOW.plus(-3600), NOW.plus(86_400));
    corpus.put("crl", &format!("two-entries-{word}.der"), list.der());
    let subject = Name::from_attributes(&[(oid::COMMON_NAME, "SC0001")]).unwrap();
    let info = pkcs10::info(&subject, signer.key.public_key());
    let signature = signer.key.sign(&info).unwrap();
    let request = pkcs10::assemble(&info, signer.key.algorithm(), &signature);
    corpus.put("request", &format!("own-{word}.der"), &request);
    let digest = pki::hash(signer.key.algorithm().hash(), b"signed");
    corpus.put(
        "cms",
        &format!("detached-{word}.der"),
        &cms_over(&digest, &signer, Vec::new()),
    );
}

fn of_files(corpus: &Corpus) {
    let signer = TestSigner::new(KeyFamily::P256);
    for (form, word) in [
        (Xref::Table, "table"),
        (Xref::Stream, "stream"),
        (Xref::ObjectStream, "object-stream"),
        (Xref::Hybrid, "hybrid"),
    ] {
        let plain = files::file_of(&files::form_objects(), form);
        let sealed = seal(&plain, &signer, Seal::default());
        corpus.put("walk", &format!("plain-{word}.pdf"), &plain);
        corpus.put("walk", &format!("sealed-{word}.pdf"), &sealed);
        corpus.put("append", &format!("plain-{word}.pdf"), &plain);
        corpus.put("keyword", &format!("plain-{word}.pdf"), &plain);
        corpus.put("verify", &format!("sealed-{word}.pdf"), &sealed);
        let (one, picture) = (Seal::default(), picture());
        let filter = SubFilter::for_family(KeyFamily::P256);
        let prepared = pdf::prepare(&plain, &spec(&one, &picture, filter)).unwrap();
        let seam = u16::try_from(plain.len()).unwrap().to_be_bytes();
        let both = [&seam[..], &plain, &prepared.tail].concat();
        corpus.put("inspect", &format!("prepared-{word}"), &both);
    }
}

/// OFD files without and with a seal, and the seals in them.
fn of_ofd(corpus: &Corpus) {
    use seal::ses::SesVersion;
    use support::ofd;

    let office = ofd::Office::new();
    let plain = ofd::file(2);
    corpus.put("ofd", "plain.ofd", &plain);
    for (version, word) in [(SesVersion::V4, "v4"), (SesVersion::V5, "v5")] {
        let sealed = ofd::seal(&plain, &office, version);
        corpus.put("ofd", &format!("sealed-{word}.ofd"), &sealed);
        for entry in ofd::unzip(&sealed) {
            if entry.name.ends_with(".dat") || entry.name.ends_with(".esl") {
                let name = entry.name.rsplit('/').next().unwrap().to_lowercase();
                corpus.put("ses", &format!("{word}-{name}"), &entry.data);
            }
        }
    }
}

/// The repository's own files, under the ids that the target reads.
fn of_catalogue(corpus: &Corpus) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (which, folder, name, id) in [
        (0, "catalogue", "zjhx", "fuzz"),
        (0, "catalogue", "scca", "fuzz"),
        (1, "catalogue/modules", "softhsm2", "module"),
        (2, "platforms", "zcygov", "zcygov"),
        (3, "crates/issuer/profiles", "zjhx", "zjhx"),
    ] {
        let text = std::fs::read_to_string(root.join(folder).join(format!("{name}.toml"))).unwrap();
        let text = text.replacen(&format!("id = \"{name}\""), &format!("id = \"{id}\""), 1);
        corpus.put_which(
            "catalogue",
            which,
            &format!("{which}-{name}"),
            text.as_bytes(),
        );
    }
}

/// OpenSSL's: a CA, its list, an OCSP question and answer, a time stamp with its question and answer, CMS.
fn of_openssl(corpus: &Corpus) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let run = |line: &str| {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(at)
            .output()
            .expect("openssl on the search path");
        assert!(output.status.success(), "openssl {line}: {output:?}");
    };
    let read = |name: &str| std::fs::read(at.join(name)).unwrap();
    let write = |name: &str, text: &str| std::fs::write(at.join(name), text).unwrap();
    write(
        "ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\ncrlnumber=crlnumber\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\n\
         default_md=sha256\ndefault_days=30\ndefault_crl_days=7\npolicy=p\nx509_extensions=leaf\nunique_subject=no\n[p]\ncommonName=supplied\n\
         [leaf]\nkeyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n\
         crlDistributionPoints=URI:http://crl.example/1.crl\nauthorityInfoAccess=OCSP;URI:http://ocsp.example\ncertificatePolicies=1.2.3.4\n\
         [tsa]\ndefault_tsa=t\n[t]\nserial=tsaserial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n",
    );
    for (name, text) in [
        ("index.txt", ""),
        ("serial", "1000"),
        ("crlnumber", "10"),
        ("tsaserial", "01"),
        ("data", "signed"),
    ] {
        write(name, text);
    }
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=DEMO -days 30");
    run(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout leaf.key -out leaf.csr -outform DER -subj /CN=SC0001",
    );
    corpus.put("request", "openssl-p256.der", &read("leaf.csr"));
    run("req -in leaf.csr -inform DER -out leaf.csr.pem");
    run("ca -batch -config ca.cnf -in leaf.csr.pem -out leaf.pem -notext");
    run("x509 -in leaf.pem -outform DER -out leaf.der");
    corpus.put("certificate", "openssl-p256.der", &read("leaf.der"));
    run("ca -config ca.cnf -gencrl -out empty.pem");
    run("crl -in empty.pem -outform DER -out empty.der");
    corpus.put("crl", "openssl-empty.der", &read("empty.der"));
    run("ca -config ca.cnf -revoke leaf.pem -crl_reason keyCompromise");
    run("ca -config ca.cnf -gencrl -out one.pem");
    run("crl -in one.pem -outform DER -out one.der");
    corpus.put("crl", "openssl-reason.der", &read("one.der"));

    run("ocsp -issuer ca.pem -cert leaf.pem -reqout ocsp.req");
    run(
        "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin ocsp.req -respout ocsp.res -ndays 1",
    );
    corpus.put_which("ocsp", 0, "openssl-request", &read("ocsp.req"));
    corpus.put_which("ocsp", 1, "openssl-response", &read("ocsp.res"));
    // OCSPResponse ::= { status, [0] { type, OCTET STRING } }.
    let response = read("ocsp.res");
    let inside = response
        .windows(2)
        .position(|pair| pair == [0x04, 0x82])
        .unwrap();
    corpus.put_which("ocsp", 2, "openssl-basic", &response[inside + 4..]);

    run("ts -query -data data -sha256 -cert -out ts.req");
    run("ts -reply -config ca.cnf -queryfile ts.req -signer leaf.pem -inkey leaf.key -out ts.res");
    run(
        "ts -reply -config ca.cnf -queryfile ts.req -signer leaf.pem -inkey leaf.key -token_out -out ts.token",
    );
    corpus.put_which("tsp", 0, "openssl-request", &read("ts.req"));
    corpus.put_which("tsp", 1, "openssl-response", &read("ts.res"));
    corpus.put_which("tsp", 2, "openssl-token", &read("ts.token"));
    corpus.put("cms", "openssl-time-stamp.der", &read("ts.token"));
    for (name, options) in [
        ("attached", "-nodetach"),
        ("detached", ""),
        ("key-identifier", "-nodetach -keyid"),
    ] {
        run(&format!(
            "cms -sign -binary -in data -signer leaf.pem -inkey leaf.key -certfile ca.pem -outform DER -out cms.der {options}"
        ));
        corpus.put("cms", &format!("openssl-{name}.der"), &read("cms.der"));
    }
}
