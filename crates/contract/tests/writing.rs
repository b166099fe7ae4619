//! The messages of the conversations that write to a token: what is written, what is read, and what is refused.

use contract::request::RequestError;
use contract::*;

fn octets(octet: u8, length: usize) -> Base64 {
    Base64(vec![octet; length])
}

/// A point on P-256: the base point, SEC 2 clause 2.4.2.
fn point() -> Base64 {
    let hex = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    Base64(hex::decode(hex).unwrap())
}

fn certificates() -> WriteCertificates {
    WriteCertificates {
        signing: octets(1, 3),
        encryption: Some(octets(2, 3)),
        envelope: Some(EnvelopedKeyJson {
            algorithm: EnvelopeCipher::Sm4Ecb,
            encrypted_private_key: octets(3, 32),
            public_x: octets(4, 32),
            public_y: octets(5, 32),
            symmetric_key: Sm2CiphertextJson {
                x: octets(6, 32),
                y: octets(7, 32),
                hash: octets(8, 32),
                cipher: octets(9, 16),
            },
        }),
        chain: vec![octets(10, 3)],
    }
}

#[test]
fn requests_are_read_by_their_purpose_and_written_as_the_protocol_shows_them() {
    let key = point().to_text();
    let produce = format!(
        r#"{{"version":1,"purpose":"produce","intent":"{{}}","escrow_key":"{key}","pin":{{"min_length":8,"max_length":16,"alphabet":"digits"}}}}"#
    );
    let renew = r#"{"version":1,"purpose":"renew","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","intent":"{}"}"#;
    let unlock = r#"{"version":1,"purpose":"unlock","intent":"{}"}"#;
    for (text, expected) in [(&*produce, "produce"), (renew, "renew"), (unlock, "unlock")] {
        let request = AgentRequest::from_json(text).unwrap();
        let read = match &request {
            AgentRequest::Produce(_) => "produce",
            AgentRequest::Renew(_) => "renew",
            AgentRequest::Unlock(_) => "unlock",
            _ => "another",
        };
        assert_eq!(read, expected);
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        let with_more = text.replacen("{\"version\":1", "{\"more\":1,\"version\":1", 1);
        assert!(matches!(
            AgentRequest::from_json(&with_more),
            Err(RequestError::Schema(_))
        ));
    }
    for (from, to) in [
        ("\"min_length\":8", "\"min_length\":5"),
        ("\"max_length\":16", "\"max_length\":17"),
        ("\"max_length\":16", "\"max_length\":7"),
        ("\"digits\"", "\"emoji\""),
        (&*key, "BAAA"),
    ] {
        assert!(
            AgentRequest::from_json(&produce.replacen(from, to, 1)).is_err(),
            "{to}"
        );
    }
}

#[test]
fn interim_answers_are_written_as_the_protocol_shows_them() {
    let produce = ProducePrepared {
        kind: PreparedType::Prepared,
        request: octets(1, 3),
        device_serial: "YX00000001".into(),
        escrow: Some(octets(2, 97)),
        label: "SZ-2026-0001".into(),
    };
    let text = serde_json::to_string(&AgentInterim::Produce(produce.clone())).unwrap();
    let escrow = octets(2, 97).to_text();
    assert_eq!(
        text,
        format!(
            r#"{{"type":"prepared","request":"AQEB","device_serial":"YX00000001","escrow":"{escrow}","label":"SZ-2026-0001"}}"#
        )
    );
    assert_eq!(ProducePrepared::from_json(&text).unwrap(), produce);
    for bad in [
        text.replace("AQEB", ""),
        text.replace("YX00000001", ""),
        text.replace(&escrow, "AQEB"),
        text.replace("prepared", "written"),
        text.replace("{\"type\"", "{\"pin\":\"20261122\",\"type\""),
    ] {
        assert!(ProducePrepared::from_json(&bad).is_err(), "{bad}");
    }

    let renew = RenewPrepared {
        kind: PreparedType::Prepared,
        token: SignedStatement {
            version: 1,
            certificate: octets(1, 3),
            signature: octets(2, 3),
        },
        request: octets(3, 3),
        device_serial: "YX00000001".into(),
    };
    let text = serde_json::to_string(&AgentInterim::Renew(renew.clone())).unwrap();
    assert_eq!(
        text,
        r#"{"type":"prepared","token":{"version":1,"certificate":"AQEB","signature":"AgIC"},"request":"AwMD","device_serial":"YX00000001"}"#
    );
    assert_eq!(RenewPrepared::from_json(&text).unwrap(), renew);

    let key = UnlockKey {
        kind: UnlockKeyType::UnlockKey,
        public_key: point(),
        device_serial: "YX00000001".into(),
    };
    let text = serde_json::to_string(&AgentInterim::Unlock(key.clone())).unwrap();
    assert!(text.starts_with(r#"{"type":"unlock_key","public_key":"BGsX0fLhLEJH"#));
    assert_eq!(UnlockKey::from_json(&text).unwrap(), key);
    assert!(UnlockKey::from_json(&text.replace("BGsX", "BGsY")).is_err());
}

#[test]
fn what_a_page_says_next_is_one_of_three_messages() {
    let all = PageMessage::Certificates(certificates());
    let text = serde_json::to_string(&all).unwrap();
    assert!(text.starts_with(r#"{"certificates":{"signing":"AQEB","encryption":"AgIC","envelope":{"algorithm":"sm4_ecb","encrypted_private_key":"AwMD"#));
    assert_eq!(PageMessage::from_json(&text).unwrap(), all);
    let text = r#"{"abort":{"code":"not_found"}}"#;
    let abort = PageMessage::Abort(Abort {
        code: ErrorCode::NotFound,
    });
    assert_eq!(PageMessage::from_json(text).unwrap(), abort);
    let text = format!(
        r#"{{"authority":{{"order":"01KB","sealed":"{}"}}}}"#,
        octets(1, 97).to_text()
    );
    assert!(matches!(
        PageMessage::from_json(&text).unwrap(),
        PageMessage::Authority(_)
    ));
    for bad in [
        text.replace("01KB", "01\\u0000KB"),
        text.replace("01KB", &"x".repeat(65)),
        r#"{"authority":{"order":"01KB","sealed":"AQEB"}}"#.to_owned(),
        r#"{"abort":{"code":"not_found"},"authority":{}}"#.to_owned(),
        r#"{"abort":{"code":"no such word"}}"#.to_owned(),
        "{}".to_owned(),
        " ".repeat(writing::MAX_MESSAGE_BYTES + 1),
    ] {
        assert!(PageMessage::from_json(&bad).is_err());
    }
}

#[test]
fn certificates_have_bounds_and_an_encryption_certificate_comes_with_its_envelope() {
    certificates().check().unwrap();
    let signing_only = WriteCertificates {
        encryption: None,
        envelope: None,
        ..certificates()
    };
    signing_only.check().unwrap();
    let without = WriteCertificates {
        envelope: None,
        ..certificates()
    };
    assert!(without.check().is_err());
    let long = WriteCertificates {
        signing: octets(1, writing::MAX_WRITTEN_CERTIFICATE_BYTES + 1),
        ..certificates()
    };
    assert_eq!(long.check(), Err(RequestError::TooLarge));
    let chain = WriteCertificates {
        chain: vec![octets(1, 1); writing::MAX_CHAIN + 1],
        ..certificates()
    };
    assert_eq!(chain.check(), Err(RequestError::TooLarge));
    let mut short = certificates();
    if let Some(envelope) = &mut short.envelope {
        envelope.public_x = octets(4, 31);
    }
    assert!(short.check().is_err());
}

#[test]
fn the_last_answers_are_written_as_the_protocol_shows_them() {
    let written = AgentResponse::Written {
        device_serial: "YX00000001".into(),
        signing_sha256: "00".into(),
        encryption_sha256: None,
        read_back: true,
    };
    assert_eq!(
        serde_json::to_string(&written).unwrap(),
        r#"{"type":"written","device_serial":"YX00000001","signing_sha256":"00","encryption_sha256":null,"read_back":true}"#
    );
    assert_eq!(
        serde_json::to_string(&AgentResponse::Unlocked).unwrap(),
        r#"{"type":"unlocked"}"#
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_message_or_refused(text in ".{0,300}") {
        let _ = PageMessage::from_json(&text);
        let _ = ProducePrepared::from_json(&text);
        let _ = RenewPrepared::from_json(&text);
        let _ = UnlockKey::from_json(&text);
        let _ = AgentRequest::from_json(&text);
    }

    #[test]
    fn a_message_with_any_part_taken_out_is_refused_or_the_same_kind(at in 0_usize..900, length in 1_usize..40) {
        let whole = serde_json::to_string(&PageMessage::Certificates(certificates())).unwrap();
        let (from, to) = (at.min(whole.len()), (at + length).min(whole.len()));
        let cut = format!("{}{}", &whole[..from], &whole[to..]);
        if let Ok(read) = PageMessage::from_json(&cut) {
            proptest::prop_assert!(matches!(read, PageMessage::Certificates(_)));
        }
    }

    #[test]
    fn any_octets_are_a_sealed_pin_or_refused(blob in proptest::collection::vec(0_u8.., 0..240)) {
        let key = escrow::EscrowKeyPair::generate(|seed| seed.fill(1));
        proptest::prop_assert!(escrow::open(&key, escrow::ESCROW_INFO, b"", &blob).is_err());
    }
}
