//! SM2 in a PDF as it is found in the field (GM/T 0112, GM/T 0010): an SES seal signature, a CMS whose content
//! is the digest, either of them under a third name, and the detached CMS that is written here. Each beside
//! what imitates it.

mod support;

use contract::{CheckResult, Layer, Verdict};
use pki::asn1::{tag, write};
use pki::path::TrustStore;
use pki::{HashAlgorithm, KeyFamily, Signer, hash, oid};
use seal::pdf::{self, PrepareError, SubFilter};
use seal::ses::{self, CertificateList, SealPicture, SealSpec, SesVersion, TbsSpec};
use support::certificates::Profile;
use support::files::{self, Xref};
use support::{
    NOW, Seal, TestSigner, assert_invalid, assert_valid, cms_over, picture, spec, trusting, verify,
};

struct Office {
    authority: TestSigner,
    signer: TestSigner,
    maker: TestSigner,
}

fn office() -> Office {
    let authority = TestSigner::authority(KeyFamily::Sm2);
    let under = |name, serial| {
        let profile = Profile {
            name,
            serial,
            ..Profile::default()
        };
        TestSigner::issued(KeyFamily::Sm2, &profile, Some(&authority))
    };
    Office {
        signer: under("signer", 7),
        maker: under("seal maker", 8),
        authority,
    }
}

impl Office {
    fn trust(&self) -> TrustStore {
        trusting(&[&self.authority])
    }

    /// A CMS in the GM names whose content is the digest.
    fn with_content(&self, content: &[u8], attributes: bool) -> Vec<u8> {
        let key = &self.signer.key;
        let certificate = &self.signer.certificate;
        let algorithm = write::sequence(&[&write::oid(&oid::SM3)]);
        let signed = match attributes {
            false => Vec::new(),
            true => {
                let attribute = |oid: &pki::Oid, value: Vec<u8>| {
                    write::sequence(&[&write::oid(oid), &write::set_of(&[value])])
                };
                write::set_of(&[
                    attribute(&oid::CONTENT_TYPE, write::oid(&oid::GM_DATA)),
                    attribute(
                        &oid::MESSAGE_DIGEST,
                        write::octet_string(&hash(HashAlgorithm::Sm3, content)),
                    ),
                ])
            }
        };
        let message = if attributes {
            signed.as_slice()
        } else {
            content
        };
        let signature = key.sign(message).expect("a signature");
        let mut implicit = signed.clone();
        if let Some(first) = implicit.first_mut() {
            *first = tag::context_constructed(0);
        }
        let info = write::sequence(&[
            &write::integer(1),
            &write::sequence(&[
                certificate.issuer().der(),
                &write::unsigned_integer(certificate.serial()),
            ]),
            &algorithm,
            &implicit,
            &write::sequence(&[&write::oid(&oid::SM2_SIGN)]),
            &write::octet_string(&signature),
        ]);
        let data = write::sequence(&[
            &write::integer(1),
            &write::set_of(std::slice::from_ref(&algorithm)),
            &write::sequence(&[
                &write::oid(&oid::GM_DATA),
                &write::explicit(0, &write::octet_string(content)),
            ]),
            &write::element(tag::context_constructed(0), certificate.der()),
            &write::set_of(&[info]),
        ]);
        write::sequence(&[
            &write::oid(&oid::GM_SIGNED_DATA),
            &write::explicit(0, &data),
        ])
    }

    fn seal_signature(&self, digest: &[u8], version: SesVersion) -> Vec<u8> {
        let users = CertificateList::Certificates(vec![self.signer.certificate.der().to_vec()]);
        let info = ses::seal_info(&SealSpec {
            version,
            vendor: "YX",
            id: "1",
            kind: 1,
            name: "演示公章",
            users: &users,
            created_at: NOW.plus(-86_400),
            not_before: NOW.plus(-86_400),
            not_after: NOW.plus(86_400),
            picture: &SealPicture {
                kind: "png".into(),
                data: b"\x89PNG".to_vec(),
                width_mm: 40,
                height_mm: 40,
            },
        })
        .expect("seal information");
        let sm2 = self.maker.key.algorithm();
        let made = self.maker.key.sign(&info).expect("a signature");
        let seal = ses::seal(&info, &self.maker.certificate, sm2, &made).expect("a seal");
        let tbs = ses::tbs_sign(&TbsSpec {
            seal: &seal,
            time: NOW,
            data_hash: digest,
            property: "pdf",
            extensions: &[],
        })
        .expect("a TBS");
        let signature = self.signer.key.sign(&tbs).expect("a signature");
        ses::signature(&tbs, &self.signer.certificate, sm2, &signature, None)
    }
}

/// Seals under another format's name, which the writer would not write.
fn packed(name: &str, pack: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let original = files::file(Xref::Table);
    let picture = picture();
    let seal = Seal::default();
    let spec = spec(&seal, &picture, SubFilter::AdbePkcs7Detached);
    let tail = pdf::prepare(&original, &spec).expect("prepared").tail;
    let own = "/SubFilter /adbe.pkcs7.detached";
    let other = format!(
        "{:<width$}",
        format!("/SubFilter /{name}"),
        width = own.len()
    );
    let tail = files::replaced(&tail, own.as_bytes(), other.as_bytes());
    let digest = pdf::digest(&original, &tail, HashAlgorithm::Sm3).expect("a digest");
    let tail = pdf::complete(&tail, original.len() as u64, &pack(&digest)).expect("completed");
    [original, tail].concat()
}

#[test]
fn a_cms_whose_content_is_the_digest_is_read_under_its_two_names() {
    let office = office();
    for name in ["GM.sm2cms.detached", "GM.SM2"] {
        for attributes in [false, true] {
            let file = packed(name, |digest| office.with_content(digest, attributes));
            let report = verify(&file, &office.trust());
            assert_valid(&report);
            assert_eq!(report.signatures[0].format, name);
            let other = packed(name, |digest| {
                office.with_content(&hash(HashAlgorithm::Sm3, digest), attributes)
            });
            assert_invalid(&verify(&other, &office.trust()), &["message_digest"]);
            // More than the digest: what else could it be taken for?
            let longer = packed(name, |digest| {
                office.with_content(&[digest, b"x"].concat(), attributes)
            });
            assert_invalid(&verify(&longer, &office.trust()), &["message_digest"]);
        }
        let detached = packed(name, |digest| cms_over(digest, &office.signer, vec![]));
        assert_valid(&verify(&detached, &office.trust()));
    }
    // Under a name that promises a detached CMS, one with content is refused.
    let file = packed("adbe.pkcs7.detached", |digest| {
        office.with_content(digest, true)
    });
    assert_invalid(&verify(&file, &office.trust()), &["cms_not_detached"]);
}

#[test]
fn a_seal_signature_is_read_and_judged_with_its_seal() {
    let office = office();
    for version in [SesVersion::V4, SesVersion::V5] {
        for name in ["GM.sm2seal", "GM.SM2"] {
            let file = packed(name, |digest| office.seal_signature(digest, version));
            let report = verify(&file, &office.trust());
            assert_valid(&report);
            assert_eq!(report.signatures[0].format, name);
            assert_eq!(report.signatures[0].signer.as_ref().unwrap().name, "signer");
            let other = packed(name, |digest| {
                office.seal_signature(&hash(HashAlgorithm::Sm3, digest), version)
            });
            assert_invalid(&verify(&other, &office.trust()), &["data_hash"]);
        }
    }
    let cms = packed("GM.sm2seal", |digest| {
        cms_over(digest, &office.signer, vec![])
    });
    assert_invalid(&verify(&cms, &office.trust()), &["ses_malformed"]);
}

#[test]
fn a_seal_signature_is_written_as_the_platform_wishes() {
    let office = office();
    let original = files::file(Xref::ObjectStream);
    let picture = picture();
    let seal = Seal::default();
    let spec = spec(&seal, &picture, SubFilter::GmSm2Seal);
    let prepared = pdf::prepare(&original, &spec).unwrap();
    let inspected = pdf::tail::inspect(&original, &prepared.tail).unwrap();
    assert_eq!(inspected.sub_filter, SubFilter::GmSm2Seal);
    let digest = pdf::digest(&original, &prepared.tail, HashAlgorithm::Sm3).unwrap();
    let packed = office.seal_signature(&digest, SesVersion::V5);
    let tail = pdf::complete(&prepared.tail, original.len() as u64, &packed).unwrap();
    let file = [original, tail].concat();
    assert!(String::from_utf8_lossy(&file).contains("/Filter /Gomain.GMPkiLite"));
    assert_valid(&verify(&file, &office.trust()));
    // A seal of a maker that nobody knows is not valid, whoever signed with it.
    let other = TestSigner::new(KeyFamily::Sm2);
    let office = Office {
        maker: other,
        ..office
    };
    let packed = office.seal_signature(&digest, SesVersion::V5);
    let start = file.len() - prepared.tail.len();
    let tail = pdf::complete(&prepared.tail, start as u64, &packed).unwrap();
    let report = verify(&[&file[..start], &tail].concat(), &office.trust());
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert!(
        report.signatures[0].checks.iter().any(|check| {
            check.layer == Layer::Seal && check.result == CheckResult::Indeterminate
        })
    );
}

#[test]
fn formats_that_are_only_read_are_not_written() {
    let original = files::file(Xref::Table);
    let picture = picture();
    let seal = Seal::default();
    for format in [
        SubFilter::GmSm2,
        SubFilter::GmSm2CmsDetached,
        SubFilter::EtsiRfc3161,
    ] {
        assert_eq!(
            pdf::prepare(&original, &spec(&seal, &picture, format)),
            Err(PrepareError::Format(format.name()))
        );
    }
}
