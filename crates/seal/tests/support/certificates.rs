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
    pub not_after: UnixTime,
    pub key_usage: &'a [bool],
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
            not_after: NOW.plus(86_400 * 300),
            key_usage: SIGNING,
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
            &write::sequence(&[
                &NOW.plus(-86_400 * 30).to_asn1(),
                &profile.not_after.to_asn1(),
            ]),
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
