//! Golden vectors of the statement, made by Python's `hashlib` and not by this code:
//! `prefix ‖ version ‖ hash ‖ purpose ‖ 0 ‖ H(origin) ‖ H(nonce) ‖ H(intent) ‖ H(certificate)`.
//! An agent or server in another language can check itself against them.

use contract::{Base64, Nonce, Purpose, SignedStatement, Statement, StatementError};
use pki::KeyFamily;

const ORIGIN: &str = "https://www.example.cn";
const INTENT: &str = r#"{"purpose":"login","v":1,"platform":"gongecai","platform_name":"公e采"}"#;
/// Stands for a certificate: the statement hashes its bytes and does not look inside.
const CERTIFICATE: &[u8] = b"certificate";

const SM3_LOGIN: &str = concat!(
    "79696e78696e2d7369676e65642d73746174656d656e740001010100a2ab40681e8a478c7acecb4640d8212f192c3d243cfe4bea",
    "09fb7598af4cab38fa34635f1d3ac2729ac5987eb59e01928457f325b4b51ca85a177813c5c5ddf769e5b2cccc6ffe6103834bb5",
    "1d1614c0def27bbf1f72a1ce19f5f7580baf8fc5228fd4ef4a7b0997fa1a2c2e1ca3634b022ecef548437c277c7bbccf18f0d443"
);
const SHA256_BIND: &str = concat!(
    "79696e78696e2d7369676e65642d73746174656d656e740001020200248b67f0b480450fb9a7ad9dec477c2d9f638b4b2a0cac08",
    "c6644a5c9b7a4d84630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd09e60e083458357d8b5eaeac",
    "bb2a4d36fd1e0e020856854997699963ecb9b65d03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72"
);

fn nonce() -> Nonce {
    let mut bytes = [0; 32];
    for (at, byte) in (0u8..).zip(bytes.iter_mut()) {
        *byte = at;
    }
    Nonce(bytes)
}

fn statement(family: KeyFamily, purpose: Purpose) -> Statement {
    Statement::new(
        family,
        purpose,
        ORIGIN,
        &nonce(),
        INTENT.as_bytes(),
        CERTIFICATE,
    )
    .unwrap()
}

#[test]
fn an_sm2_key_signs_this_login_statement() {
    assert_eq!(
        hex::encode(statement(KeyFamily::Sm2, Purpose::Login).encode()),
        SM3_LOGIN
    );
}

#[test]
fn an_rsa_or_p256_key_signs_this_bind_statement() {
    for family in [KeyFamily::Rsa, KeyFamily::P256] {
        assert_eq!(
            hex::encode(statement(family, Purpose::Bind).encode()),
            SHA256_BIND
        );
    }
}

#[test]
fn a_statement_reads_back_as_it_was_written() {
    for (family, purpose) in [
        (KeyFamily::Sm2, Purpose::Login),
        (KeyFamily::Rsa, Purpose::Receive),
    ] {
        let statement = statement(family, purpose);
        assert_eq!(Statement::decode(&statement.encode()), Ok(statement));
    }
}

#[test]
fn every_fixed_byte_is_compared_exactly() {
    let good = statement(KeyFamily::Sm2, Purpose::Login).encode();
    let with = |at: usize, value: u8| {
        let mut bytes = good;
        bytes[at] = value;
        Statement::decode(&bytes)
    };
    for at in 0..24 {
        assert_eq!(with(at, b'?'), Err(StatementError::Prefix));
    }
    assert_eq!(with(24, 2), Err(StatementError::Version(2)));
    assert_eq!(with(25, 0), Err(StatementError::Hash(0)));
    assert_eq!(with(25, 3), Err(StatementError::Hash(3)));
    assert_eq!(with(26, 0), Err(StatementError::Purpose(0)));
    assert_eq!(with(26, 6), Err(StatementError::Purpose(6)));
    assert_eq!(with(27, 1), Err(StatementError::Reserved));
    assert_eq!(
        Statement::decode(&good[..155]),
        Err(StatementError::Length(155))
    );
    assert_eq!(
        Statement::decode(&[&good[..], &[0]].concat()),
        Err(StatementError::Length(157))
    );
}

#[test]
fn a_change_of_origin_nonce_intent_purpose_or_certificate_changes_the_statement() {
    let base = statement(KeyFamily::Sm2, Purpose::Login).encode();
    let new = |purpose, origin: &str, nonce: Nonce, intent: &str, certificate: &[u8]| {
        Statement::new(
            KeyFamily::Sm2,
            purpose,
            origin,
            &nonce,
            intent.as_bytes(),
            certificate,
        )
        .unwrap()
        .encode()
    };
    let login = Purpose::Login;
    assert_eq!(new(login, ORIGIN, nonce(), INTENT, CERTIFICATE), base);
    assert_ne!(
        new(Purpose::Bind, ORIGIN, nonce(), INTENT, CERTIFICATE),
        base
    );
    assert_ne!(
        new(
            login,
            "https://www.example.com",
            nonce(),
            INTENT,
            CERTIFICATE
        ),
        base
    );
    assert_ne!(
        new(login, ORIGIN, Nonce([0; 32]), INTENT, CERTIFICATE),
        base
    );
    assert_ne!(new(login, ORIGIN, nonce(), "{}", CERTIFICATE), base);
    assert_ne!(new(login, ORIGIN, nonce(), INTENT, b"another"), base);
}

#[test]
fn a_p384_key_and_an_intent_over_four_kibibytes_are_refused() {
    let new = |family, intent: &[u8]| {
        Statement::new(
            family,
            Purpose::Login,
            ORIGIN,
            &nonce(),
            intent,
            CERTIFICATE,
        )
    };
    assert_eq!(new(KeyFamily::P384, b"{}"), Err(StatementError::KeyFamily));
    assert_eq!(
        new(KeyFamily::Sm2, &[b' '; 4097]),
        Err(StatementError::IntentTooLarge)
    );
}

#[test]
fn a_login_token_of_another_version_or_with_unknown_fields_is_refused() {
    let refused = |text: &str| {
        matches!(
            SignedStatement::from_json(text),
            Err(StatementError::Token(_))
        )
    };
    assert!(
        SignedStatement::from_json(r#"{"version":1,"certificate":"AQ==","signature":"AQ=="}"#)
            .is_ok()
    );
    assert!(refused(
        r#"{"version":10,"certificate":"AQ==","signature":"AQ=="}"#
    ));
    assert!(refused(
        r#"{"version":1,"certificate":"AQ==","signature":"AQ==","origin":"https://a.cn"}"#
    ));
    assert!(refused(&" ".repeat(100_000)));
    let large = SignedStatement {
        version: 1,
        certificate: Base64(vec![0; 65 * 1024]),
        signature: Base64(vec![0]),
    };
    assert!(large.check_shape().is_err());
}

#[test]
fn a_token_whose_certificate_cannot_be_read_is_refused() {
    let token = SignedStatement {
        version: 1,
        certificate: Base64(CERTIFICATE.to_vec()),
        signature: Base64(vec![0]),
    };
    let result = token.verify(Purpose::Login, ORIGIN, &nonce(), INTENT.as_bytes());
    assert!(matches!(result, Err(StatementError::Certificate(_))));
}
