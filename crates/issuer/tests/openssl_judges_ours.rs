//! OpenSSL 4 verifies what we make: chains, lists, CMS, statements, requests.

#[path = "support/openssl.rs"]
mod openssl;
mod support;

use issuer::RevocationRecord;
use openssl::OpenSsl;
use pki::cms::{OidFamily, SignedAttributesSpec, SignedData, assemble, signed_attributes};
use pki::{Certificate, KeyFamily, Oid, Signer, SoftwareKey, asn1, hash, oid, pem_encode};
use support::{DemoCa, NOW, request};

const CONTENT: &[u8] = b"%PDF-1.7 what the seal covers";

fn at() -> String {
    NOW.plus(60).0.to_string()
}

/// Writes root.pem, issuing.pem and leaf.pem of a new demo CA.
fn write_chain(judge: &OpenSsl, provider: &str) -> (DemoCa, SoftwareKey) {
    let mut ca = DemoCa::of(provider);
    let person = ca.person();
    judge.write("root.pem", ca.root.to_pem());
    judge.write("issuing.pem", ca.issuing.to_pem());
    judge.write("leaf.pem", certificate(&person).to_pem());
    (ca, person)
}

fn certificate(key: &SoftwareKey) -> &Certificate {
    key.certificate().expect("certificate")
}

fn write_lists(judge: &OpenSsl, ca: &DemoCa, revoked: &[RevocationRecord]) {
    let issuing = ca.crl(1, revoked);
    let root = support::crl(&ca.root_authority, &ca.root_key, 1, &[]);
    judge.write("lists.pem", issuing.to_pem() + &root.to_pem());
}

const VERIFY: &[&str] = &[
    "verify",
    "-x509_strict",
    "-crl_check_all",
    "-CRLfile",
    "lists.pem",
    "-CAfile",
    "root.pem",
    "-untrusted",
    "issuing.pem",
    "-purpose",
    "sslclient",
];

fn verify_arguments(at: &str) -> Vec<&str> {
    let mut arguments = VERIFY.to_vec();
    arguments.extend(["-attime", at, "leaf.pem"]);
    arguments
}

#[test]
fn openssl_accepts_our_chains_and_lists_and_sees_a_revocation() {
    let Some(judge) = OpenSsl::find() else { return };
    for provider in ["szca", "itrus", "scca"] {
        let (ca, person) = write_chain(&judge, provider);
        write_lists(&judge, &ca, &[]);
        judge.accept(&verify_arguments(&at()));
        let revoked = RevocationRecord {
            serial: certificate(&person).serial_hex(),
            at: NOW.0,
            reason: "superseded".into(),
        };
        write_lists(&judge, &ca, &[revoked]);
        judge.refuse(&verify_arguments(&at()), "certificate revoked");
    }
}

fn sign(
    family: OidFamily,
    person: &SoftwareKey,
    ca: &DemoCa,
    custom: Vec<(Oid, Vec<u8>)>,
) -> Vec<u8> {
    let algorithm = person.algorithm();
    let digest = hash(algorithm.hash(), CONTENT);
    let spec = SignedAttributesSpec {
        family,
        algorithm,
        content_digest: &digest,
        certificate: certificate(person),
        signing_time: Some(NOW),
        custom,
    };
    let attributes = signed_attributes(&spec);
    let signature = person.sign(&attributes).expect("signature");
    assemble(
        &spec,
        &attributes,
        &signature,
        std::slice::from_ref(&ca.issuing),
    )
}

fn verify_cms(at: &str) -> Vec<&str> {
    vec![
        "cms", "-verify", "-inform", "DER", "-in", "cms.der", "-binary", "-content", "content",
        "-CAfile", "root.pem", "-purpose", "any", "-attime", at, "-out", "out",
    ]
}

#[test]
fn openssl_accepts_our_cms_with_sm2_and_with_rsa_and_refuses_another_content() {
    let Some(judge) = OpenSsl::find() else { return };
    let intent = vec![(oid::YINXIN_SEAL_INTENT, asn1::write::utf8_string("shown"))];
    for provider in ["szca", "itrus"] {
        let (ca, person) = write_chain(&judge, provider);
        judge.write("content", CONTENT);
        judge.write(
            "cms.der",
            sign(OidFamily::Pkcs7, &person, &ca, intent.clone()),
        );
        judge.accept(&verify_cms(&at()));
        judge.write("content", b"something else");
        judge.refuse(&verify_cms(&at()), "verification failure");
    }
}

#[test]
fn openssl_accepts_our_gm_cms_once_its_outer_type_has_a_name_that_it_knows() {
    let Some(judge) = OpenSsl::find() else { return };
    let (ca, person) = write_chain(&judge, "szca");
    let gm = sign(OidFamily::Gm, &person, &ca, Vec::new());
    let parsed = SignedData::from_der(&gm).expect("reads back");
    assert_eq!(parsed.family(), OidFamily::Gm);
    assert_eq!(parsed.content_type(), oid::GM_DATA);
    assert_eq!(parsed.signers()[0].signature_algorithm_oid(), oid::SM2_SIGN);
    // The type of the ContentInfo is not signed; everything that is signed stays as it is.
    let renamed = asn1::write::sequence(&[
        &asn1::write::oid(&oid::SIGNED_DATA),
        &asn1::write::explicit(0, parsed.signed_data_der()),
    ]);
    judge.write("content", CONTENT);
    judge.write("cms.der", renamed);
    judge.accept(&verify_cms(&at()));
}

/// The same CMS with another name for SM2 in its SignerInfo, which is not signed.
fn rename_signature_algorithm(cms: &[u8], name: &Oid) -> Vec<u8> {
    fn descend(element: &asn1::Element<'_>, depth: usize, name: &Oid) -> Vec<u8> {
        let mut inside = element.inside(element.tag(), "CMS").expect("constructed");
        let mut children = Vec::new();
        while let Some(child) = inside.next().expect("DER") {
            children.push(child.raw().to_vec());
        }
        // ContentInfo, [0], SignedData, signerInfos, SignerInfo: always the last child.
        let index = children.len() - if depth == 4 { 2 } else { 1 };
        children[index] = if depth == 4 {
            asn1::write::sequence(&[&asn1::write::oid(name)])
        } else {
            let child = asn1::Element::parse(&children[index], "CMS").expect("DER");
            descend(&child, depth + 1, name)
        };
        asn1::write::element(element.tag(), &children.concat())
    }
    descend(&asn1::Element::parse(cms, "CMS").expect("DER"), 0, name)
}

/// GM/T 0010 names SM2 1.2.156.10197.1.301.1 in SignerInfo, OpenSSL 1.2.156.10197.1.501, and some vendors
/// write the curve's name: we read all three, and so does the judge.
#[test]
fn sm2_has_three_names_in_a_signer_info_and_we_and_openssl_read_all_of_them() {
    let Some(judge) = OpenSsl::find() else { return };
    let (ca, person) = write_chain(&judge, "szca");
    let ours = sign(OidFamily::Pkcs7, &person, &ca, Vec::new());
    judge.write("content", CONTENT);
    for name in [oid::SM2_SM3, oid::SM2_SIGN, oid::CURVE_SM2] {
        let renamed = rename_signature_algorithm(&ours, &name);
        let parsed = SignedData::from_der(&renamed).expect("reads back");
        let signer = &parsed.signers()[0];
        assert_eq!(signer.signature_algorithm_oid(), name);
        let digest = hash(signer.digest_algorithm(), CONTENT);
        assert_eq!(signer.verify(&digest, certificate(&person)), Ok(()));
        judge.write("cms.der", &renamed);
        judge.accept(&verify_cms(&at()));
    }
}

#[test]
fn openssl_verifies_a_statement_signed_by_an_sm2_key_with_z_a_and_not_without() {
    let Some(judge) = OpenSsl::find() else { return };
    let key = SoftwareKey::generate(KeyFamily::Sm2).expect("key");
    let mut statement = b"yinxin-signed-statement\0".to_vec();
    statement.resize(156, 7);
    judge.write("statement", &statement);
    judge.write("signature", key.sign(&statement).expect("signature"));
    judge.write(
        "public.pem",
        pem_encode("PUBLIC KEY", key.public_key().spki_der()),
    );
    let verify = |identifier| {
        [
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "public.pem",
            "-rawin",
            "-digest",
            "sm3",
            "-in",
            "statement",
            "-sigfile",
            "signature",
            "-pkeyopt",
            identifier,
        ]
    };
    judge.accept(&verify("distid:1234567812345678"));
    judge.refuse(&verify("distid:8765432187654321"), "Verification Failure");
    judge.write("statement", b"another message");
    judge.refuse(&verify("distid:1234567812345678"), "Verification Failure");
}

#[test]
fn openssl_accepts_our_requests_and_reads_our_keys() {
    let Some(judge) = OpenSsl::find() else { return };
    for family in [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256] {
        let key = SoftwareKey::generate(family).expect("key");
        judge.write("request.der", request(&key));
        judge.accept(&[
            "req",
            "-verify",
            "-noout",
            "-inform",
            "DER",
            "-in",
            "request.der",
        ]);
        judge.write(
            "key.pem",
            key.danger_to_pkcs8_pem().expect("pem").as_bytes(),
        );
        judge.accept(&["pkey", "-in", "key.pem", "-check", "-noout"]);
    }
}
