//! Small certificates and revocation lists, made for tests only.

use pki::asn1::{tag, write};
use pki::crl::Crl;
use pki::{Certificate, KeyFamily, Name, Signer, SoftwareKey, UnixTime, oid};

use super::NOW;

pub struct TestSigner {
    pub key: SoftwareKey,
    pub certificate: Certificate,
    pub chain: Vec<Certificate>,
}

pub struct Profile<'a> {
    pub name: &'a str,
    pub serial: u64,
    pub ca: bool,
    pub crl_url: Option<&'a str>,
    pub not_before: UnixTime,
    pub not_after: UnixTime,
    pub key_usage: &'a [bool],
    /// A critical extKeyUsage with this one purpose.
    pub purpose: Option<pki::Oid>,
}

const SIGNING: &[bool] = &[true, true];
const CERTIFYING: &[bool] = &[false, false, false, false, false, true, true];

impl Default for Profile<'_> {
    fn default() -> Self {
        Self {
            name: "seal test",
            serial: 7,
            ca: false,
            crl_url: None,
            not_before: NOW.plus(-86_400 * 30),
            not_after: NOW.plus(86_400 * 300),
            key_usage: SIGNING,
            purpose: None,
        }
    }
}

impl TestSigner {
    /// A key with a certificate signed by itself.
    pub fn new(family: KeyFamily) -> Self {
        Self::issued(family, &Profile::default(), None)
    }

    pub fn authority(family: KeyFamily) -> Self {
        Self::issued(
            family,
            &Profile {
                name: "seal test CA",
                serial: 1,
                ca: true,
                key_usage: CERTIFYING,
                ..Profile::default()
            },
            None,
        )
    }

    /// A time-stamping authority under `issuer`.
    pub fn time_stamping(family: KeyFamily, profile: Profile<'_>, issuer: &TestSigner) -> Self {
        let profile = Profile {
            purpose: Some(oid::TIME_STAMPING),
            ..profile
        };
        Self::issued(family, &profile, Some(issuer))
    }

    /// A token over this digest.
    pub fn stamp(
        &self,
        algorithm: pki::HashAlgorithm,
        digest: &[u8],
        gen_time: UnixTime,
    ) -> Vec<u8> {
        use pki::cms::{OidFamily, SignedAttributesSpec};
        use pki::tsp::{self, MessageImprint, TstInfo};
        let info = TstInfo {
            policy: oid::YINXIN_DEMO_TIME_STAMP_POLICY,
            imprint: MessageImprint {
                algorithm,
                digest: digest.to_vec(),
            },
            serial: vec![1],
            gen_time,
            accuracy: None,
            ordering: false,
            nonce: None,
        }
        .der();
        let algorithm = self.key.algorithm();
        let spec = SignedAttributesSpec {
            family: OidFamily::Pkcs7,
            algorithm,
            content_digest: &pki::hash(algorithm.hash(), &info),
            certificate: &self.certificate,
            signing_time: None,
            custom: vec![],
        };
        let attributes = tsp::signed_attributes(&spec);
        let signature = self.key.sign(&attributes).expect("a signature");
        tsp::assemble(&spec, &info, &attributes, &signature, Some(&self.chain))
    }

    /// What this authority answers about one of its certificates.
    pub fn ocsp(
        &self,
        subject: &Certificate,
        status: pki::ocsp::CertStatus,
        this_update: UnixTime,
        next_update: UnixTime,
    ) -> pki::ocsp::OcspResponse {
        use pki::ocsp::{self, CertId, CertIdHash, Single};
        let single = Single {
            id: CertId::of(CertIdHash::Sha1, subject, &self.certificate),
            status,
            this_update,
            next_update: Some(next_update),
            unknown_critical: false,
        };
        let data = ocsp::ResponseData {
            responder: self.certificate.public_key(),
            produced_at: this_update,
            singles: &[single],
            nonce: None,
        }
        .der();
        let signature = self.key.sign(&data).expect("a signature");
        let der = ocsp::assemble(&data, self.key.algorithm(), &signature, None);
        ocsp::OcspResponse::from_der(&der).expect("a response")
    }

    pub fn issued(family: KeyFamily, profile: &Profile<'_>, issuer: Option<&TestSigner>) -> Self {
        let key = SoftwareKey::generate(family).expect("a key");
        let name = Name::from_attributes(&[
            (oid::COUNTRY, "CN"),
            (oid::ORGANIZATION, "DEMO"),
            (oid::COMMON_NAME, profile.name),
        ])
        .expect("a name");
        let signing = issuer.map_or(&key, |issuer| &issuer.key);
        let issuer_name = issuer.map_or(&name, |issuer| issuer.certificate.subject());
        let extension = |oid: &pki::Oid, critical: bool, value: Vec<u8>| {
            let critical = if critical {
                write::boolean(true)
            } else {
                Vec::new()
            };
            write::sequence(&[&write::oid(oid), &critical, &write::octet_string(&value)])
        };
        let mut extensions = vec![extension(
            &oid::KEY_USAGE,
            true,
            write::named_bits(profile.key_usage),
        )];
        if profile.ca {
            extensions.push(extension(
                &oid::BASIC_CONSTRAINTS,
                true,
                write::sequence(&[&write::boolean(true)]),
            ));
        }
        if let Some(purpose) = profile.purpose {
            extensions.push(extension(
                &oid::EXTENDED_KEY_USAGE,
                true,
                write::sequence(&[&write::oid(&purpose)]),
            ));
        }
        if let Some(url) = profile.crl_url {
            let name = write::element(0x86, url.as_bytes());
            let point = write::sequence(&[&write::explicit(0, &write::explicit(0, &name))]);
            extensions.push(extension(
                &oid::CRL_DISTRIBUTION_POINTS,
                false,
                write::sequence(&[&point]),
            ));
        }
        let algorithm = signing.algorithm().identifier();
        let tbs = write::sequence(&[
            &write::explicit(0, &write::integer(2)),
            &write::integer(profile.serial),
            &algorithm,
            issuer_name.der(),
            &write::sequence(&[&profile.not_before.to_asn1(), &profile.not_after.to_asn1()]),
            name.der(),
            key.public_key().spki_der(),
            &write::explicit(3, &write::element(tag::SEQUENCE, &extensions.concat())),
        ]);
        let certificate = Certificate::from_der(&signed(&tbs, signing)).expect("a certificate");
        let chain = issuer
            .map(|issuer| vec![issuer.certificate.clone()])
            .unwrap_or_default();
        Self {
            key,
            certificate,
            chain,
        }
    }

    /// A revocation list of this authority.
    pub fn crl(&self, revoked: &[u64], this_update: UnixTime, next_update: UnixTime) -> Crl {
        let algorithm = self.key.algorithm().identifier();
        let entries: Vec<u8> = revoked
            .iter()
            .flat_map(|serial| write::sequence(&[&write::integer(*serial), &this_update.to_asn1()]))
            .collect();
        let list = if entries.is_empty() {
            Vec::new()
        } else {
            write::element(tag::SEQUENCE, &entries)
        };
        let tbs = write::sequence(&[
            &write::integer(1),
            &algorithm,
            self.certificate.subject().der(),
            &this_update.to_asn1(),
            &next_update.to_asn1(),
            &list,
        ]);
        Crl::from_der(&signed(&tbs, &self.key)).expect("a revocation list")
    }
}

fn signed(tbs: &[u8], key: &SoftwareKey) -> Vec<u8> {
    let signature = key.sign(tbs).expect("a signature");
    write::sequence(&[
        tbs,
        &key.algorithm().identifier(),
        &write::bit_string(&signature),
    ])
}
