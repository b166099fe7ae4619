//! What a platform and its CA do in a conversation that writes to a token: certificates for a request, an
//! encryption pair in its envelope, administrator PINs in escrow.
#![allow(dead_code, missing_docs)] // Each test program uses its own part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::escrow::{self, EscrowKeyPair, EscrowPublicKey};
use pki::asn1::{tag, write};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, KeyFamily, Name, PublicKey, Signer as _, SoftwareKey, UnixTime, oid};
use serde_json::{Value, json};
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::pke::EncryptingKey;
use sm4::Sm4;
use sm4::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use token::Sm2Ciphertext;

use super::support::NOW;

const SYMMETRIC: [u8; 16] = *b"an envelope's ke";

/// The demo's 深圳CA, by keys made here.
pub struct Authority {
    pub key: SoftwareKey,
    pub certificate: Certificate,
    pub escrow: EscrowKeyPair,
}

/// An encryption pair; a key management centre would make it at random.
pub struct Pair(pub [u8; 32]);

impl Authority {
    pub fn new() -> Authority {
        let key = SoftwareKey::generate(KeyFamily::Sm2).unwrap();
        let certificate = issue(
            &key,
            &issuer(),
            key.public_key(),
            &[true, false, false, false, false, true],
        );
        Authority {
            key,
            certificate,
            escrow: EscrowKeyPair::generate(|seed| seed.fill(0x5a)),
        }
    }

    pub fn escrow_key(&self) -> String {
        STANDARD.encode(self.escrow.public().to_bytes())
    }

    /// Certificates for what an agent prepared: its signature is verified first, as the CA does.
    pub fn certify(&self, prepared: &Value, pair: &Pair) -> Value {
        let der = STANDARD
            .decode(prepared["request"].as_str().unwrap())
            .unwrap();
        let request = CertificationRequest::from_der(&der).unwrap();
        request.verify().unwrap();
        let subject = holder();
        let signing = issue_as(
            &self.key,
            &issuer(),
            &subject,
            request.public_key(),
            &[true, true],
        );
        let encryption = issue_as(
            &self.key,
            &issuer(),
            &subject,
            &pair.public_key(),
            &[false, false, true, true, true],
        );
        let envelope = pair.envelope_for(request.public_key());
        json!({ "certificates": {
            "signing": STANDARD.encode(signing.der()),
            "encryption": STANDARD.encode(encryption.der()),
            "envelope": envelope,
            "chain": [STANDARD.encode(self.certificate.der())],
        } })
    }

    /// Opens an administrator PIN in escrow and releases it to one window for one order.
    pub fn release(&self, blob: &str, window: &Value, order: &str) -> Value {
        let serial = window["device_serial"].as_str().unwrap();
        let blob = STANDARD.decode(blob).unwrap();
        let pin =
            escrow::open(&self.escrow, escrow::ESCROW_INFO, serial.as_bytes(), &blob).unwrap();
        let key = STANDARD
            .decode(window["public_key"].as_str().unwrap())
            .unwrap();
        let key = EscrowPublicKey::from_bytes(&key).unwrap();
        let aad = escrow::release_aad(serial, order);
        let sealed =
            escrow::seal(&key, escrow::RELEASE_INFO, &aad, &pin, |out| out.fill(3)).unwrap();
        json!({ "authority": { "order": order, "sealed": STANDARD.encode(sealed) } })
    }
}

impl Pair {
    fn point(&self) -> [u8; 64] {
        let secret = sm2::SecretKey::from_slice(&self.0).unwrap();
        secret.public_key().to_sec1_bytes()[1..].try_into().unwrap()
    }

    pub fn public_key(&self) -> PublicKey {
        let point = self.point();
        let (x, y) = point.split_at(32);
        PublicKey::from_sm2_coordinates(x.try_into().unwrap(), y.try_into().unwrap()).unwrap()
    }

    /// A secret that was encrypted to this pair.
    pub fn encrypt(&self, plain: &[u8]) -> Sm2Ciphertext {
        encrypted(&self.point(), plain)
    }

    fn envelope_for(&self, signing: &PublicKey) -> Value {
        let cipher = Sm4::new(&SYMMETRIC.into());
        let mut private = self.0;
        for block in private.chunks_exact_mut(16) {
            let mut one = sm4::cipher::Block::<Sm4>::try_from(&*block).unwrap();
            cipher.encrypt_block(&mut one);
            block.copy_from_slice(&one);
        }
        let point = self.point();
        let spki = signing.spki_der();
        let symmetric = encrypted(&spki[spki.len() - 64..], &SYMMETRIC);
        json!({
            "algorithm": "sm4_ecb",
            "encrypted_private_key": STANDARD.encode(private),
            "public_x": STANDARD.encode(&point[..32]),
            "public_y": STANDARD.encode(&point[32..]),
            "symmetric_key": {
                "x": STANDARD.encode(symmetric.x),
                "y": STANDARD.encode(symmetric.y),
                "hash": STANDARD.encode(symmetric.hash),
                "cipher": STANDARD.encode(symmetric.cipher),
            },
        })
    }
}

/// SM2 encryption to a public key: 04 ‖ x ‖ y ‖ C3 ‖ C2 in its parts.
fn encrypted(point: &[u8], plain: &[u8]) -> Sm2Ciphertext {
    let public = sm2::PublicKey::from_sec1_bytes(&[&[4], point].concat()).unwrap();
    let octets = EncryptingKey::new(public)
        .encrypt(&mut SysRng, plain)
        .unwrap();
    Sm2Ciphertext {
        x: octets[1..33].to_vec(),
        y: octets[33..65].to_vec(),
        hash: octets[65..97].to_vec(),
        cipher: octets[97..].to_vec(),
    }
}

fn issuer() -> Name {
    Name::from_attributes(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "印信演示"),
        (oid::ORGANIZATIONAL_UNIT, "演示 DEMO"),
        (oid::COMMON_NAME, "深圳CA 演示签发CA DEMO"),
    ])
    .unwrap()
}

fn holder() -> Name {
    Name::from_attributes(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "演示供应商甲有限公司"),
        (oid::ORGANIZATIONAL_UNIT, "x@IT-0007"),
        (oid::COMMON_NAME, "林演示"),
    ])
    .unwrap()
}

fn issue(key: &SoftwareKey, name: &Name, public: &PublicKey, usage: &[bool]) -> Certificate {
    issue_as(key, name, name, public, usage)
}

fn issue_as(
    key: &SoftwareKey,
    issuer: &Name,
    subject: &Name,
    public: &PublicKey,
    usage: &[bool],
) -> Certificate {
    let extension = |oid: &pki::Oid, value: &[u8]| {
        write::sequence(&[&write::oid(oid), &write::octet_string(value)])
    };
    let extensions = [
        extension(&oid::KEY_USAGE, &write::named_bits(usage)),
        extension(
            &pki::Oid::new_unwrap("2.25.1448040822.2"),
            &write::utf8_string("SZ-2026-0001"),
        ),
    ];
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::unsigned_integer(&public.spki_der()[public.spki_der().len() - 12..]),
        &key.algorithm().identifier(),
        issuer.der(),
        &write::sequence(&[
            &UnixTime(NOW - 86_400).to_asn1(),
            &UnixTime(NOW + 365 * 86_400).to_asn1(),
        ]),
        subject.der(),
        public.spki_der(),
        &write::explicit(3, &write::element(tag::SEQUENCE, &extensions.concat())),
    ]);
    let signature = key.sign(&tbs).unwrap();
    let der = write::sequence(&[
        &tbs,
        &key.algorithm().identifier(),
        &write::bit_string(&signature),
    ]);
    Certificate::from_der(&der).unwrap()
}
