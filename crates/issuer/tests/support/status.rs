//! A demo authority that answers: its responder, its time-stamping authority, and drivers in memory.
#![allow(dead_code)] // Each test file uses a part of it.

use issuer::ocsp::{Answering, Known, Refusal, Responder, responder_template};
use issuer::tsa::{
    StampEffect, StampEvent, StampRecord, StampRefusal, Stamping, TimeStampAuthority, tsa_template,
};
use issuer::{Profile, Template};
use pki::path::TrustStore;
use pki::{Certificate, Signer, SoftwareKey, UnixTime, oid};

use super::{DemoCa, NOW};

pub const DAY: i64 = 86_400;

/// A demo authority of each family: SM2, RSA and P-256.
pub fn families() -> [DemoCa; 3] {
    let szca = include_str!("../../profiles/szca.toml");
    let p256 = szca.replace("family = \"sm2\"", "family = \"p256\"");
    assert_ne!(szca, p256);
    let p256 = Profile::from_toml(&p256).expect("profile");
    [DemoCa::of("szca"), DemoCa::of("itrus"), DemoCa::new(p256)].map(|mut ca| {
        ca.authority = ca.authority.clone().with_online_status();
        ca
    })
}

/// What answers for a demo authority.
pub struct Desk {
    pub responder_key: SoftwareKey,
    pub responder: Responder,
    pub tsa_key: SoftwareKey,
    pub tsa: TimeStampAuthority,
}

impl Desk {
    pub fn of(ca: &mut DemoCa) -> Self {
        // As long as may be: OpenSSL signs by its own clock.
        let end = ca.issuing.not_after();
        let responder_key = SoftwareKey::generate(ca.profile.family()).expect("key");
        let template =
            responder_template(&ca.authority, responder_key.public_key(), NOW, end).expect("name");
        let certificate = issue(ca, &template);
        let responder = Responder::delegated(&ca.authority, &certificate).expect("delegate");
        let tsa_key = SoftwareKey::generate(ca.profile.family()).expect("key");
        let template = tsa_template(&ca.authority, tsa_key.public_key(), NOW, end).expect("name");
        let tsa = TimeStampAuthority::new(
            "tsa",
            &issue(ca, &template),
            std::slice::from_ref(&ca.issuing),
            oid::YINXIN_DEMO_TIME_STAMP_POLICY,
        )
        .expect("authority");
        Self {
            responder_key,
            responder,
            tsa_key,
            tsa,
        }
    }

    /// The response to a request, counting for an hour.
    pub fn answer(
        &self,
        request: &[u8],
        known: impl Fn(&str) -> Known,
    ) -> Result<Vec<u8>, Refusal> {
        let inquiry = self.responder.read(request)?;
        let answering = Answering::begin(&self.responder, &inquiry, known, NOW, NOW.plus(3600));
        let signature = self.responder_key.sign(answering.tbs()).expect("signature");
        Ok(answering.finish(&signature).expect("its own signature"))
    }

    /// The response to a request for a time stamp, and what was recorded before it was signed.
    pub fn stamp(
        &self,
        request: &[u8],
        at: UnixTime,
    ) -> Result<(Vec<u8>, StampRecord), StampRefusal> {
        let (mut stamping, mut effect) = Stamping::begin(&self.tsa, request, &[0xc3; 16], at)?;
        let mut recorded = None;
        loop {
            let event = match effect {
                StampEffect::PersistSerial(record) => {
                    recorded = Some(record);
                    StampEvent::SerialPersisted
                }
                StampEffect::Sign { attributes } => {
                    assert!(recorded.is_some(), "recorded before it is signed");
                    StampEvent::Signed {
                        signature: self.tsa_key.sign(&attributes).expect("signature"),
                    }
                }
                StampEffect::Respond { response } => {
                    return Ok((response, recorded.expect("recorded")));
                }
            };
            (stamping, effect) = stamping.step(event).expect("in order");
        }
    }
}

pub fn issue(ca: &mut DemoCa, template: &Template) -> Certificate {
    ca.store
        .issue(&ca.authority, template, &ca.issuing_key)
        .expect("certificate")
}

pub fn trust(ca: &DemoCa) -> TrustStore {
    TrustStore {
        anchors: vec![ca.root.clone()],
        intermediates: vec![ca.issuing.clone()],
        ..TrustStore::default()
    }
}

pub fn certificate(key: &SoftwareKey) -> Certificate {
    key.certificate().expect("certificate").clone()
}
