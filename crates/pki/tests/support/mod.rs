//! A small authority that can also do wrong: certificates and lists from parts, signed for real.
#![allow(dead_code)] // Each test file uses a part of it.

use pki::asn1::{tag, write};
use pki::crl::Crl;
use pki::{Certificate, KeyFamily, Name, Oid, Signer, SoftwareKey, UnixTime, hash, oid};

/// 2026-11-22T00:00:00Z.
pub const NOW: UnixTime = UnixTime(1_795_305_600);
pub const DAY: i64 = 86_400;

/// An extension: type, critical, value.
pub type Part = (Oid, bool, Vec<u8>);

pub fn name(common_name: &str) -> Name {
    Name::from_attributes(&[(oid::COUNTRY, "CN"), (oid::COMMON_NAME, common_name)]).expect("name")
}

pub fn key(family: KeyFamily) -> SoftwareKey {
    SoftwareKey::generate(family).expect("key")
}

/// A certificate in the making; every field can be put wrong.
pub struct Build<'a> {
    pub subject: Name,
    pub issuer: Name,
    pub key: &'a SoftwareKey,
    pub serial: Vec<u8>,
    pub not_before: UnixTime,
    pub not_after: UnixTime,
    pub extensions: Vec<Part>,
}

impl<'a> Build<'a> {
    pub fn leaf(subject: &str, issuer: &str, key: &'a SoftwareKey) -> Self {
        Self {
            subject: name(subject),
            issuer: name(issuer),
            key,
            serial: hash(pki::HashAlgorithm::Sha256, subject.as_bytes())[..8].to_vec(),
            not_before: NOW.plus(-DAY),
            not_after: NOW.plus(DAY),
            extensions: vec![(oid::KEY_USAGE, true, key_usage(&[0, 1]))],
        }
    }

    pub fn ca(subject: &str, issuer: &str, key: &'a SoftwareKey, path_len: Option<u64>) -> Self {
        let mut out = Self::leaf(subject, issuer, key);
        let length = path_len.map(write::integer).unwrap_or_default();
        let basic = write::sequence(&[&write::boolean(true), &length]);
        out.extensions = vec![
            (oid::BASIC_CONSTRAINTS, true, basic),
            (oid::KEY_USAGE, true, key_usage(&[5, 6])),
        ];
        out
    }

    pub fn extension(mut self, oid: Oid, critical: bool, value: Vec<u8>) -> Self {
        self.extensions.retain(|(other, ..)| *other != oid);
        self.extensions.push((oid, critical, value));
        self
    }

    pub fn announcing(self, url: &str) -> Self {
        let value = write::sequence(&[&write::sequence(&[&full_name(url)])]);
        self.extension(oid::CRL_DISTRIBUTION_POINTS, false, value)
    }

    pub fn der(&self, issuer: &SoftwareKey) -> Vec<u8> {
        let tbs = write::sequence(&[
            &write::explicit(0, &write::integer(2)),
            &write::unsigned_integer(&self.serial),
            &issuer.algorithm().identifier(),
            self.issuer.der(),
            &write::sequence(&[&self.not_before.to_asn1(), &self.not_after.to_asn1()]),
            self.subject.der(),
            self.key.public_key().spki_der(),
            &write::explicit(3, &extensions(&self.extensions)),
        ]);
        sign(&tbs, issuer)
    }

    pub fn signed_by(&self, issuer: &SoftwareKey) -> Certificate {
        Certificate::from_der(&self.der(issuer)).expect("readable")
    }
}

pub fn key_usage(bits: &[usize]) -> Vec<u8> {
    let mut all = [false; 9];
    bits.iter().for_each(|bit| all[*bit] = true);
    write::named_bits(&all)
}

/// `[0] DistributionPointName { [0] fullName { uri } }`.
pub fn full_name(url: &str) -> Vec<u8> {
    let uri = write::element(tag::context(6), url.as_bytes());
    let full = write::element(tag::context_constructed(0), &uri);
    write::element(tag::context_constructed(0), &full)
}

pub fn extensions(list: &[Part]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = list
        .iter()
        .map(|(oid, critical, value)| {
            let critical = if *critical {
                write::boolean(true)
            } else {
                Vec::new()
            };
            write::sequence(&[&write::oid(oid), &critical, &write::octet_string(value)])
        })
        .collect();
    write::element(tag::SEQUENCE, &all.concat())
}

/// `SIGNED { tbs }`.
pub fn sign(tbs: &[u8], key: &SoftwareKey) -> Vec<u8> {
    let signature = key.sign(tbs).expect("signature");
    write::sequence(&[
        tbs,
        &key.algorithm().identifier(),
        &write::bit_string(&signature),
    ])
}

/// A list in the making.
pub struct BuildCrl {
    pub issuer: Name,
    pub this_update: UnixTime,
    pub next_update: Option<UnixTime>,
    /// Serial, and the entry's extensions.
    pub revoked: Vec<(Vec<u8>, Vec<Part>)>,
    pub extensions: Vec<Part>,
}

impl BuildCrl {
    pub fn of(issuer: &str) -> Self {
        Self {
            issuer: name(issuer),
            this_update: NOW.plus(-DAY),
            next_update: Some(NOW.plus(DAY)),
            revoked: Vec::new(),
            extensions: vec![(oid::CRL_NUMBER, false, write::integer(1))],
        }
    }

    pub fn revoking(mut self, serial: &[u8]) -> Self {
        self.revoked.push((serial.to_vec(), Vec::new()));
        self
    }

    pub fn extension(mut self, oid: Oid, critical: bool, value: Vec<u8>) -> Self {
        self.extensions.push((oid, critical, value));
        self
    }

    pub fn der(&self, issuer: &SoftwareKey) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = self
            .revoked
            .iter()
            .map(|(serial, list)| {
                let list = if list.is_empty() {
                    Vec::new()
                } else {
                    extensions(list)
                };
                write::sequence(&[
                    &write::unsigned_integer(serial),
                    &NOW.plus(-60).to_asn1(),
                    &list,
                ])
            })
            .collect();
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            write::element(tag::SEQUENCE, &entries.concat())
        };
        let tbs = write::sequence(&[
            &write::integer(1),
            &issuer.algorithm().identifier(),
            self.issuer.der(),
            &self.this_update.to_asn1(),
            &self.next_update.map(UnixTime::to_asn1).unwrap_or_default(),
            &entries,
            &write::explicit(0, &extensions(&self.extensions)),
        ]);
        sign(&tbs, issuer)
    }

    pub fn signed_by(&self, issuer: &SoftwareKey) -> Crl {
        Crl::from_der(&self.der(issuer)).expect("readable")
    }
}
