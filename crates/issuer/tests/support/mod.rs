//! A driver in memory: it performs effects in order and keeps what was stored.
#![allow(dead_code)] // Each test file uses a part of it.

use std::collections::BTreeMap;

use issuer::revocation::{ListEffect, ListEvent, ListIssuance};
use issuer::{
    Applicant, Authority, Effect, Event, Issuance, IssuerError, Profile, RevocationRecord,
    Template, issuing_template, root_authority, root_template,
};
use pki::crl::Crl;
use pki::pkcs10::{self, CertificationRequest};
use pki::{Certificate, Name, Signer, SoftwareKey, UnixTime, oid};

pub const BASE_URL: &str = "http://ca.yinxin-demo.test/";
/// 2026-11-22T00:00:00Z.
pub const NOW: UnixTime = UnixTime(1_795_305_600);

/// What a store would hold: serial → certificate, absent while only intended.
#[derive(Default)]
pub struct Store {
    pub serials: BTreeMap<(String, String), Option<Vec<u8>>>,
    pub possibly_issued: Vec<issuer::PossiblyIssuedRecord>,
    counter: u8,
}

impl Store {
    pub fn randomness(&mut self) -> [u8; 16] {
        self.counter += 1;
        [self.counter; 16]
    }

    pub fn issue(
        &mut self,
        authority: &Authority,
        template: &Template,
        key: &dyn Signer,
    ) -> Result<Certificate, IssuerError> {
        let randomness = self.randomness();
        self.issue_with(authority, template, key, &randomness)
    }

    pub fn issue_with(
        &mut self,
        authority: &Authority,
        template: &Template,
        key: &dyn Signer,
        randomness: &[u8; 16],
    ) -> Result<Certificate, IssuerError> {
        let (mut issuance, mut effect) = Issuance::begin(authority, template, randomness, NOW)?;
        loop {
            let event = match effect {
                Effect::PersistIntent(record) => {
                    let key = (record.issuer, record.serial);
                    match self.serials.insert(key, None) {
                        None => Event::IntentPersisted,
                        Some(_) => Event::SerialTaken,
                    }
                }
                Effect::Sign { tbs } => {
                    assert!(
                        self.serials.values().any(Option::is_none),
                        "a signature is asked for only after the intent is stored"
                    );
                    match key.sign(&tbs) {
                        Ok(signature) => Event::Signed { signature },
                        Err(_) => Event::SigningFailed { at: NOW },
                    }
                }
                Effect::PersistResult(record) => {
                    let key = (record.issuer, record.serial);
                    self.serials.insert(key, Some(record.certificate));
                    Event::ResultPersisted
                }
                Effect::PersistPossiblyIssued(record) => {
                    self.possibly_issued.push(record);
                    Event::ResultPersisted
                }
                Effect::Deliver { certificate } => {
                    return Ok(Certificate::from_der(&certificate).expect("readable"));
                }
                Effect::Abandon(error) => return Err(error),
            };
            (issuance, effect) = issuance.step(event)?;
        }
    }
}

/// A demo CA with both keys at hand.
pub struct DemoCa {
    pub profile: Profile,
    pub store: Store,
    pub root: Certificate,
    pub root_key: SoftwareKey,
    pub root_authority: Authority,
    pub issuing: Certificate,
    pub issuing_key: SoftwareKey,
    pub authority: Authority,
}

impl DemoCa {
    pub fn new(profile: Profile) -> Self {
        let mut store = Store::default();
        let root_key = SoftwareKey::generate(profile.family()).expect("key");
        let bare = root_authority(&profile, root_key.public_key(), BASE_URL).expect("root");
        let template = root_template(&profile, root_key.public_key(), NOW).expect("template");
        let root = store.issue(&bare, &template, &root_key).expect("root");
        let root_authority =
            Authority::from_certificate(&profile.root.id, &root, BASE_URL).expect("root");
        let issuing_key = SoftwareKey::generate(profile.family()).expect("key");
        let template = issuing_template(&profile, issuing_key.public_key(), NOW).expect("template");
        let issuing = store
            .issue(&root_authority, &template, &root_key)
            .expect("issuing");
        let authority =
            Authority::from_certificate(&profile.issuing.id, &issuing, BASE_URL).expect("issuing");
        Self {
            profile,
            store,
            root,
            root_key,
            root_authority,
            issuing,
            issuing_key,
            authority,
        }
    }

    /// The demo CA of this provider.
    pub fn of(provider: &str) -> Self {
        let profile = issuer::demo_profiles()
            .expect("profiles")
            .into_iter()
            .find(|profile| profile.id == provider)
            .expect("a demo provider");
        Self::new(profile)
    }

    pub fn template(&self, key: &SoftwareKey) -> Result<Template, IssuerError> {
        let request = CertificationRequest::from_der(&request(key)).expect("request");
        self.profile.template(&applicant(), &request, NOW, None)
    }

    /// A new key with its certificate.
    pub fn person(&mut self) -> SoftwareKey {
        let key = SoftwareKey::generate(self.profile.family()).expect("key");
        let template = self.template(&key).expect("template");
        let certificate = self
            .store
            .issue(&self.authority, &template, &self.issuing_key)
            .expect("certificate");
        key.with_certificate(certificate)
    }

    pub fn crl(&self, number: u64, revoked: &[RevocationRecord]) -> Crl {
        crl(&self.authority, &self.issuing_key, number, revoked)
    }
}

pub fn applicant() -> Applicant {
    Applicant {
        organisation: "演示供应商甲有限公司".into(),
        uscc: "91350200MA2XXXXX0A".into(),
        holder: "张三".into(),
        key_number: "20261122001".into(),
    }
}

pub fn request(key: &SoftwareKey) -> Vec<u8> {
    let subject = Name::from_attributes(&[(oid::COMMON_NAME, "whatever the token says")]).unwrap();
    pkcs10::build(&subject, key.public_key(), |info| key.sign(info)).expect("request")
}

/// A list for an hour.
pub fn crl(
    authority: &Authority,
    key: &dyn Signer,
    number: u64,
    revoked: &[RevocationRecord],
) -> Crl {
    let until = NOW.plus(3600);
    let (mut list, mut effect) =
        ListIssuance::begin(authority, number, NOW, until, revoked).expect("list");
    loop {
        let event = match effect {
            ListEffect::PersistNumber(_) => ListEvent::NumberPersisted,
            ListEffect::Sign { tbs } => ListEvent::Signed {
                signature: key.sign(&tbs).expect("signature"),
            },
            ListEffect::PersistList(_) => ListEvent::ListPersisted,
            ListEffect::Publish(record) => return Crl::from_der(&record.crl).expect("readable"),
        };
        (list, effect) = list.step(event).expect("in order");
    }
}
