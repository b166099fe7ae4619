//! We verify what OpenSSL 4 makes: chains, lists, CMS, signatures, requests, keys.

#[path = "support/openssl.rs"]
mod openssl;

use openssl::OpenSsl;
use pki::cms::{CmsError, SignedData};
use pki::crl::{Crl, RevocationStatus, status};
use pki::path::{TrustStore, Usage, validate};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, KeyFamily, PublicKey, SignatureAlgorithm, Signer, SoftwareKey, hash};

const CONFIG: &str = "
[ca]
default_ca = it
[it]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = DIGEST
policy = any
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = dn
prompt = no
[dn]
O = Judge
CN = Judge
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = clientAuth
crlDistributionPoints = URI:http://example.test/list.crl
authorityKeyIdentifier = keyid
";

struct Made {
    root: Certificate,
    leaf: Certificate,
}

/// OpenSSL makes a root, a leaf and the CA's database.
fn make(judge: &OpenSsl, generate: &[&str], digest: &str) -> Made {
    judge.write("ca.cnf", CONFIG.replace("DIGEST", digest));
    judge.write("index.txt", "");
    judge.write("crlnumber", "1000");
    judge.write("serial", "4D2A000000000001");
    for name in ["root.key", "leaf.key"] {
        let mut arguments = vec!["genpkey"];
        arguments.extend(generate);
        arguments.extend(["-out", name]);
        judge.accept(&arguments);
    }
    let hash = format!("-{digest}");
    judge.accept(&[
        "req",
        "-new",
        "-x509",
        "-key",
        "root.key",
        &hash,
        "-config",
        "ca.cnf",
        "-extensions",
        "root",
        "-subj",
        "/O=Judge/CN=Judge root",
        "-days",
        "30",
        "-out",
        "root.pem",
    ]);
    judge.accept(&[
        "req",
        "-new",
        "-key",
        "leaf.key",
        &hash,
        "-config",
        "ca.cnf",
        "-subj",
        "/O=Judge/CN=Judge leaf",
        "-out",
        "leaf.csr",
    ]);
    judge.accept(&[
        "ca",
        "-batch",
        "-notext",
        "-config",
        "ca.cnf",
        "-cert",
        "root.pem",
        "-keyfile",
        "root.key",
        "-in",
        "leaf.csr",
        "-extensions",
        "leaf",
        "-days",
        "20",
        "-out",
        "leaf.pem",
    ]);
    let read = |name: &str| {
        let pem = String::from_utf8(judge.read(name)).expect("PEM");
        Certificate::from_pem(&pem).expect("readable")
    };
    Made {
        root: read("root.pem"),
        leaf: read("leaf.pem"),
    }
}

const FAMILIES: [(&[&str], &str); 3] = [
    (&["-algorithm", "SM2"], "sm3"),
    (
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "sha256",
    ),
    (
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "sha256",
    ),
];

#[test]
fn we_accept_openssl_s_chains_and_its_lists_before_and_after_a_revocation() {
    let Some(judge) = OpenSsl::find() else { return };
    for (generate, digest) in FAMILIES {
        let Made { root, leaf } = make(&judge, generate, digest);
        let trust = TrustStore {
            anchors: vec![root.clone()],
            ..TrustStore::default()
        };
        let at = leaf.not_before().plus(60);
        validate(&leaf, &[], &trust, at, Usage::Login).expect("valid");

        let list = || {
            judge.accept(&[
                "ca", "-gencrl", "-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key",
                "-crldays", "7", "-out", "list.pem",
            ]);
            let pem = String::from_utf8(judge.read("list.pem")).expect("PEM");
            Crl::from_pem(&pem).expect("readable")
        };
        let before = list();
        let at = before.this_update();
        let good = status(&leaf, &root, &[before], at);
        assert!(matches!(good, RevocationStatus::Good { .. }), "{good:?}");
        judge.accept(&[
            "ca",
            "-config",
            "ca.cnf",
            "-cert",
            "root.pem",
            "-keyfile",
            "root.key",
            "-revoke",
            "leaf.pem",
            "-crl_reason",
            "keyCompromise",
        ]);
        let after = list();
        let at = after.this_update();
        let revoked = status(&leaf, &root, &[after], at);
        assert!(
            matches!(revoked, RevocationStatus::Revoked { .. }),
            "{revoked:?}"
        );
    }
}

#[test]
fn we_accept_openssl_s_cms_detached_and_not_and_refuse_another_content() {
    let Some(judge) = OpenSsl::find() else { return };
    for (generate, digest) in FAMILIES {
        let Made { leaf, .. } = make(&judge, generate, digest);
        judge.write("content", b"what is signed");
        for detached in [true, false] {
            let mut arguments = vec![
                "cms", "-sign", "-binary", "-md", digest, "-signer", "leaf.pem", "-inkey",
                "leaf.key", "-in", "content", "-outform", "DER", "-out", "cms.der",
            ];
            if !detached {
                arguments.push("-nodetach");
            }
            judge.accept(&arguments);
            let data = SignedData::from_der(&judge.read("cms.der")).expect("readable");
            assert_eq!(data.content().is_none(), detached);
            let [signer] = data.signers() else {
                panic!("one signer");
            };
            assert_eq!(data.certificate_of(signer), Some(&leaf));
            let over = |content: &[u8]| {
                let digest = hash(signer.digest_algorithm(), content);
                signer.verify(&digest, &leaf)
            };
            assert_eq!(over(b"what is signed"), Ok(()));
            assert_eq!(over(b"something else"), Err(CmsError::MessageDigest));
            assert!(signer.signing_time().is_some());
        }
    }
}

#[test]
fn we_verify_openssl_s_sm2_signatures_with_the_default_identifier_only() {
    let Some(judge) = OpenSsl::find() else { return };
    judge.accept(&["genpkey", "-algorithm", "SM2", "-out", "key.pem"]);
    judge.accept(&[
        "pkey",
        "-in",
        "key.pem",
        "-pubout",
        "-outform",
        "DER",
        "-out",
        "public.der",
    ]);
    let key = PublicKey::from_spki_der(&judge.read("public.der")).expect("readable");
    judge.write("message", b"a statement");
    let sign = |identifier| {
        judge.accept(&[
            "pkeyutl",
            "-sign",
            "-inkey",
            "key.pem",
            "-rawin",
            "-digest",
            "sm3",
            "-in",
            "message",
            "-out",
            "signature",
            "-pkeyopt",
            identifier,
        ]);
        key.verify(
            SignatureAlgorithm::Sm2WithSm3,
            b"a statement",
            &judge.read("signature"),
        )
    };
    assert_eq!(sign("distid:1234567812345678"), Ok(()));
    assert!(sign("distid:someone else").is_err());
}

#[test]
fn we_read_openssl_s_keys_and_requests_and_sign_with_them() {
    let Some(judge) = OpenSsl::find() else { return };
    for ((generate, digest), family) in
        FAMILIES
            .into_iter()
            .zip([KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256])
    {
        make(&judge, generate, digest);
        let pem = String::from_utf8(judge.read("leaf.key")).expect("PEM");
        let key = SoftwareKey::from_pkcs8_pem(&pem).expect("readable");
        assert_eq!(key.public_key().family(), family);
        let signature = key.sign(b"message").expect("signature");
        let verified = key
            .public_key()
            .verify(key.algorithm(), b"message", &signature);
        assert_eq!(verified, Ok(()));

        let pem = String::from_utf8(judge.read("leaf.csr")).expect("PEM");
        let request = CertificationRequest::from_pem(&pem).expect("readable");
        assert_eq!(request.verify(), Ok(()));
        assert_eq!(request.public_key(), key.public_key());
    }
}
