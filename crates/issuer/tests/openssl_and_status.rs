//! OpenSSL 4 judges our OCSP responses, time stamps and lists by shard, and we judge its answers.

#[path = "support/openssl.rs"]
mod openssl;
#[path = "support/status.rs"]
mod status;
mod support;

use issuer::RevocationRecord;
use issuer::ocsp::Known;
use issuer::revocation::{ListEffect, ListEvent, ListIssuance, Shard};
use openssl::OpenSsl;
use pki::crl::RevocationReason;
use pki::ocsp::{OcspAnswer, OcspRequest, OcspResponse, Question, WhyNoEvidence, answer};
use pki::tsp::{MessageImprint, TimeStampResponse, TimeStampToken, TstInfo, VerifiedTime};
use pki::{Certificate, HashAlgorithm, KeyFamily, Signer, SoftwareKey, pem_encode};
use status::{Desk, certificate, families, trust};
use support::{DemoCa, NOW};

/// A minute after our clock, which stands still: chains are judged at that time, and the times in a response, which
/// OpenSSL holds against its own clock whatever it is told, may be ten years off.
const AT: [&str; 4] = ["-attime", "1795305660", "-validity_period", "315360000"];

struct Case {
    ca: DemoCa,
    desk: Desk,
    person: Certificate,
}

/// Writes what OpenSSL needs of each family's authority.
fn cases(judge: &OpenSsl) -> Vec<Case> {
    families()
        .into_iter()
        .map(|mut ca| {
            let desk = Desk::of(&mut ca);
            let person = certificate(&ca.person());
            write(judge, &ca, &person);
            Case { ca, desk, person }
        })
        .collect()
}

fn write(judge: &OpenSsl, ca: &DemoCa, person: &Certificate) {
    judge.write("chain.pem", ca.root.to_pem() + &ca.issuing.to_pem());
    judge.write("issuing.pem", ca.issuing.to_pem());
    judge.write("leaf.pem", person.to_pem());
}

fn key_pem(key: &SoftwareKey) -> String {
    key.danger_to_pkcs8_pem().expect("key").to_string()
}

#[test]
fn openssl_accepts_our_answers_and_their_nonces() {
    let Some(judge) = OpenSsl::find() else { return };
    for case in cases(&judge) {
        write(&judge, &case.ca, &case.person);
        judge.accept(&[
            "ocsp",
            "-issuer",
            "issuing.pem",
            "-cert",
            "leaf.pem",
            "-reqout",
            "request.der",
        ]);
        let request = judge.read("request.der");
        assert!(
            OcspRequest::from_der(&request)
                .expect("readable")
                .nonce()
                .is_some(),
            "OpenSSL sends a nonce"
        );
        let revoked = Known::Revoked {
            at: NOW.plus(-60),
            reason: RevocationReason::KeyCompromise,
        };
        for (known, word) in [
            (Known::Good, "leaf.pem: good"),
            (revoked, "leaf.pem: revoked"),
            (Known::Unknown, "leaf.pem: unknown"),
        ] {
            let response = case.desk.answer(&request, |_| known).expect("answered");
            judge.write("response.der", response);
            let mut nonce = vec![
                "ocsp",
                "-reqin",
                "request.der",
                "-respin",
                "response.der",
                "-CAfile",
                "chain.pem",
            ];
            nonce.extend(AT);
            let said = judge.accept(&nonce);
            assert!(said.contains("Response verify OK"), "{said}");
            assert!(!said.contains("nonce"), "{said}");
            let mut status = vec![
                "ocsp",
                "-no_nonce",
                "-issuer",
                "issuing.pem",
                "-cert",
                "leaf.pem",
                "-respin",
                "response.der",
                "-CAfile",
                "chain.pem",
            ];
            status.extend(AT);
            let said = judge.accept(&status);
            assert!(said.contains("Response verify OK"), "{said}");
            assert!(said.contains(word), "{said}");
        }
    }
}

/// An `index.txt` in which the person is valid or revoked.
fn index(person: &Certificate, revoked: bool) -> String {
    let serial = person.serial_hex().to_uppercase();
    if revoked {
        format!("R\t301122000000Z\t261122000000Z,keyCompromise\t{serial}\tunknown\t/CN=person\n")
    } else {
        format!("V\t301122000000Z\t\t{serial}\tunknown\t/CN=person\n")
    }
}

fn openssl_answers(
    judge: &OpenSsl,
    case: &Case,
    signer: &Certificate,
    key: &SoftwareKey,
) -> OcspAnswer {
    judge.write("signer.pem", signer.to_pem());
    judge.write("signer.key", key_pem(key));
    let digest = if case.ca.profile.family() == KeyFamily::Sm2 {
        "sm3"
    } else {
        "sha256"
    };
    judge.accept(&[
        "ocsp",
        "-index",
        "index.txt",
        "-CA",
        "issuing.pem",
        "-rsigner",
        "signer.pem",
        "-rkey",
        "signer.key",
        "-rmd",
        digest,
        "-reqin",
        "request.der",
        "-respout",
        "response.der",
        "-ndays",
        "1",
    ]);
    let response = OcspResponse::from_der(&judge.read("response.der")).expect("readable");
    let basic = response.basic().expect("successful").clone();
    let request = OcspRequest::from_der(&judge.read("request.der")).expect("readable");
    let question = Question {
        subject: &case.person,
        issuer: &case.ca.issuing,
        at: basic.produced_at(),
        nonce: request.nonce(),
        crls: &[],
    };
    answer(&question, &[basic])
}

#[test]
fn we_accept_what_openssls_responder_says_as_our_delegate_and_from_nobody_else() {
    let Some(judge) = OpenSsl::find() else { return };
    for mut case in cases(&judge) {
        write(&judge, &case.ca, &case.person);
        judge.accept(&[
            "ocsp",
            "-issuer",
            "issuing.pem",
            "-cert",
            "leaf.pem",
            "-reqout",
            "request.der",
        ]);
        judge.write("index.txt", index(&case.person, false));
        let delegate = case.desk.responder.certificate().clone();
        let key = &case.desk.responder_key;
        assert!(matches!(
            openssl_answers(&judge, &case, &delegate, key),
            OcspAnswer::Good { .. }
        ));
        judge.write("index.txt", index(&case.person, true));
        assert_eq!(
            openssl_answers(&judge, &case, &delegate, key),
            OcspAnswer::Revoked {
                at: NOW,
                reason: RevocationReason::KeyCompromise
            }
        );
        judge.write("index.txt", "");
        assert_eq!(
            openssl_answers(&judge, &case, &delegate, key),
            OcspAnswer::Unknown
        );
        // The issuer itself may answer; a person of the same issuer may not.
        judge.write("index.txt", index(&case.person, false));
        let issuing = case.ca.issuing.clone();
        assert!(matches!(
            openssl_answers(&judge, &case, &issuing, &case.ca.issuing_key),
            OcspAnswer::Good { .. }
        ));
        let other = case.ca.person();
        assert_eq!(
            openssl_answers(&judge, &case, &certificate(&other), &other),
            OcspAnswer::NoEvidence(WhyNoEvidence::NotDelegated)
        );
    }
}

/// OpenSSL's `ts` goes through PKCS#7, which hashes for SM2 without Z_A (a test says so): its `cms` judges SM2 stamps.
fn has_ts(case: &Case) -> bool {
    case.ca.profile.family() != KeyFamily::Sm2
}

#[test]
fn openssl_verifies_our_time_stamps_and_refuses_them_for_other_bytes() {
    let Some(judge) = OpenSsl::find() else { return };
    judge.write("data", b"stamped");
    judge.write("other", b"not stamped");
    for case in cases(&judge) {
        write(&judge, &case.ca, &case.person);
        for digest in ["-sha256", "-sha384", "-sha512", "-sm3"] {
            judge.accept(&[
                "ts",
                "-query",
                "-data",
                "data",
                digest,
                "-cert",
                "-out",
                "query.tsq",
            ]);
            let query = judge.read("query.tsq");
            let (response, _) = case.desk.stamp(&query, NOW.plus(60)).expect("stamped");
            judge.write("response.tsr", &response);
            if !has_ts(&case) {
                judged_as_cms(&judge, &response);
                continue;
            }
            let said = judge.accept(&[
                "ts",
                "-verify",
                "-queryfile",
                "query.tsq",
                "-in",
                "response.tsr",
                "-CAfile",
                "chain.pem",
                "-attime",
                AT[1],
            ]);
            assert!(said.contains("Verification: OK"), "{said}");
            judge.accept(&[
                "ts",
                "-verify",
                "-data",
                "data",
                "-in",
                "response.tsr",
                "-CAfile",
                "chain.pem",
                "-attime",
                AT[1],
            ]);
            judge.refuse(
                &[
                    "ts",
                    "-verify",
                    "-data",
                    "other",
                    "-in",
                    "response.tsr",
                    "-CAfile",
                    "chain.pem",
                ],
                "Verification: FAILED",
            );
        }
    }
}

/// The request of `query.tsq` is read by OpenSSL all the same, and so is our response.
fn judged_as_cms(judge: &OpenSsl, response: &[u8]) {
    judge.refuse(
        &[
            "ts",
            "-verify",
            "-queryfile",
            "query.tsq",
            "-in",
            "response.tsr",
            "-CAfile",
            "chain.pem",
        ],
        "PKCS7_signatureVerify",
    );
    judge.accept(&[
        "ts",
        "-reply",
        "-in",
        "response.tsr",
        "-token_out",
        "-out",
        "token.der",
    ]);
    judge.accept(&[
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "token.der",
        "-CAfile",
        "chain.pem",
        "-purpose",
        "timestampsign",
        "-attime",
        AT[1],
        "-out",
        "info.der",
    ]);
    let response = TimeStampResponse::from_der(response).expect("readable");
    let token = response.token.expect("granted");
    assert_eq!(
        token.signed_data().content(),
        Some(judge.read("info.der").as_slice())
    );
}

const TSA_CONFIG: &str = "
[tsa]
default_tsa = it
[it]
serial = tsaserial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512, sm3
signer_digest = sha256
accuracy = secs:1, millisecs:500
ess_cert_id_alg = ESS
";

#[test]
fn we_verify_openssls_time_stamps_with_either_signing_certificate_attribute() {
    let Some(judge) = OpenSsl::find() else { return };
    judge.write("data", b"stamped");
    for case in cases(&judge).iter().filter(|case| has_ts(case)) {
        write(&judge, &case.ca, &case.person);
        judge.write("signer.pem", case.desk.tsa.certificate().to_pem());
        judge.write("signer.key", key_pem(&case.desk.tsa_key));
        for (ess, hash) in [("sha256", "-sha512"), ("sha1", "-sm3")] {
            judge.write("tsaserial", "01");
            judge.write("ts.cnf", TSA_CONFIG.replace("ESS", ess));
            judge.accept(&[
                "ts",
                "-query",
                "-data",
                "data",
                hash,
                "-cert",
                "-out",
                "query.tsq",
            ]);
            judge.accept(&[
                "ts",
                "-reply",
                "-queryfile",
                "query.tsq",
                "-signer",
                "signer.pem",
                "-inkey",
                "signer.key",
                "-config",
                "ts.cnf",
                "-out",
                "response.tsr",
            ]);
            let response =
                TimeStampResponse::from_der(&judge.read("response.tsr")).expect("readable");
            let token = response.token.expect("granted");
            let verified = verify(&token, case);
            assert_eq!(
                verified.accuracy.map(|a| (a.seconds, a.millis)),
                Some((1, 500))
            );
        }
    }
}

/// At the stamped time, which is that of OpenSSL's clock.
fn verify(token: &TimeStampToken, case: &Case) -> VerifiedTime {
    let (at, trust) = (token.info().gen_time, trust(&case.ca));
    assert!(token.verify(b"other", &trust, at).is_err());
    token.verify(b"stamped", &trust, at).expect("verified")
}

#[test]
fn we_verify_an_sm2_time_stamp_that_openssl_signed_as_cms() {
    let Some(judge) = OpenSsl::find() else { return };
    for case in cases(&judge).iter().filter(|case| !has_ts(case)) {
        write(&judge, &case.ca, &case.person);
        judge.write("signer.pem", case.desk.tsa.certificate().to_pem());
        judge.write("signer.key", key_pem(&case.desk.tsa_key));
        let info = TstInfo {
            policy: pki::oid::YINXIN_DEMO_TIME_STAMP_POLICY,
            imprint: MessageImprint::of(HashAlgorithm::Sm3, b"stamped"),
            serial: vec![1],
            gen_time: NOW.plus(60),
            accuracy: None,
            ordering: true,
            nonce: None,
        };
        judge.write("info.der", info.der());
        judge.accept(&[
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-cades",
            "-econtent_type",
            "1.2.840.113549.1.9.16.1.4",
            "-md",
            "sm3",
            "-signer",
            "signer.pem",
            "-inkey",
            "signer.key",
            "-in",
            "info.der",
            "-outform",
            "DER",
            "-out",
            "token.der",
        ]);
        let token = TimeStampToken::from_der(&judge.read("token.der")).expect("readable");
        assert_eq!(token.info(), &info);
        verify(&token, case);
    }
}

#[test]
fn openssl_takes_the_list_of_a_shard_for_its_own_certificates_and_no_others() {
    let Some(judge) = OpenSsl::find() else { return };
    for case in cases(&judge) {
        write(&judge, &case.ca, &case.person);
        let shard = Shard::of(case.person.serial());
        let verify = |shard: Shard, revoked: &[RevocationRecord]| {
            judge.write(
                "list.pem",
                pem_encode("X509 CRL", &list(&case.ca, shard, revoked)),
            );
            let at = NOW.plus(60).0.to_string();
            judge.run(&[
                "verify",
                "-crl_check",
                "-CRLfile",
                "list.pem",
                "-CAfile",
                "chain.pem",
                "-attime",
                &at,
                "leaf.pem",
            ])
        };
        assert!(verify(shard, &[]).status.success());
        let record = RevocationRecord {
            serial: case.person.serial_hex(),
            at: NOW.0,
            reason: "keyCompromise".into(),
        };
        let said = verify(shard, &[record]);
        assert!(String::from_utf8_lossy(&said.stderr).contains("certificate revoked"));
        let other = Shard::new((shard.number() + 1) % 16).expect("a shard");
        assert!(!verify(other, &[]).status.success());
    }
}

fn list(ca: &DemoCa, shard: Shard, revoked: &[RevocationRecord]) -> Vec<u8> {
    let until = NOW.plus(3600);
    let (mut list, mut effect) =
        ListIssuance::begin_shard(&ca.authority, shard, 1, NOW, until, revoked).expect("list");
    loop {
        let event = match effect {
            ListEffect::PersistNumber(_) => ListEvent::NumberPersisted,
            ListEffect::Sign { tbs } => ListEvent::Signed {
                signature: ca.issuing_key.sign(&tbs).expect("signature"),
            },
            ListEffect::PersistList(_) => ListEvent::ListPersisted,
            ListEffect::Publish(record) => return record.crl,
        };
        (list, effect) = list.step(event).expect("in order");
    }
}
