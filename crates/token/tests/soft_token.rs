//! The whole way with the soft token: worker, pipes, C interface, and back.

mod common;

use std::time::Duration;

use common::{APPLICATION, Drawer, admin_pin, certificate_for, user_pin, wrong_pin};
use contract::{Nonce, Purpose, Statement};
use token::{KeyKind, KeyRef, LastTry, Message, Pin, PinKind, PinTries, TokenError};

fn statement(family: pki::KeyFamily, certificate: &[u8]) -> Message {
    let origin = "https://platform.example";
    let nonce = Nonce([7; 32]);
    let statement =
        Statement::new(family, Purpose::Login, origin, &nonce, b"{}", certificate).unwrap();
    Message::statement(&statement)
}

/// Makes and writes a certificate for the key.
async fn certified(drawer: &Drawer, key: &KeyRef, name: &str) -> Vec<u8> {
    let public = drawer.service.public_key(key).await.unwrap();
    let certificate = certificate_for(&public, name);
    drawer
        .service
        .import_certificate(key, &user_pin(), &certificate, LastTry::Keep)
        .await
        .unwrap();
    certificate
}

#[tokio::test]
async fn a_key_is_made_certified_listed_and_signs_a_statement_with_sm2_and_with_rsa() {
    let drawer = Drawer::new();
    for (device, kind) in [("sm2-key", KeyKind::Sm2), ("rsa-key", KeyKind::Rsa2048)] {
        let key = drawer.add_key(device, kind).await;
        let certificate = certified(&drawer, &key, device).await;

        let listing = drawer.service.list().await;
        assert!(listing.failures.is_empty(), "{:?}", listing.failures);
        let token = listing
            .tokens
            .iter()
            .find(|token| token.device == device)
            .unwrap();
        assert_eq!(token.serial, device);
        assert_eq!(token.containers[0].kind, Some(kind));
        assert_eq!(
            token.containers[0].signing_certificate.as_ref(),
            Some(&certificate)
        );
        assert_eq!(token.tries_left(APPLICATION), Some(6));
        assert_eq!(token.key(&token.containers[0]), key);

        let public = drawer.service.public_key(&key).await.unwrap();
        let message = statement(public.family(), &certificate);
        let signature = drawer
            .service
            .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
            .await
            .unwrap();
        public
            .verify(
                signature.algorithm,
                message.signed_octets(),
                &signature.value,
            )
            .unwrap();
    }
}

#[tokio::test]
async fn a_certification_request_carries_the_key_of_the_container_and_verifies() {
    let drawer = Drawer::new();
    for (device, kind) in [("sm2-key", KeyKind::Sm2), ("rsa-key", KeyKind::Rsa2048)] {
        let key = drawer.add_key(device, kind).await;
        let subject = pki::Name::from_attributes(&[(pki::oid::COMMON_NAME, "甲")]).unwrap();
        let request = drawer
            .service
            .certification_request(&key, &user_pin(), &subject, LastTry::Keep)
            .await
            .unwrap();
        let request = pki::pkcs10::CertificationRequest::from_der(&request).unwrap();
        request.verify().unwrap();
    }
}

#[tokio::test]
async fn wrong_pins_count_down_the_last_try_is_asked_for_and_unblocking_keeps_the_key() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let certificate = certified(&drawer, &key, "key-1").await;
    let message = statement(pki::KeyFamily::Sm2, &certificate);
    let sign = async |pin: &Pin, last_try| {
        drawer
            .service
            .sign(&key, pin, &certificate, &message, last_try)
            .await
    };
    for left in (1..=5).rev() {
        let refused = sign(&wrong_pin(), LastTry::Keep).await.unwrap_err();
        assert_eq!(refused, TokenError::PinWrong { left: Some(left) });
    }
    // One try is left: neither a wrong nor the right PIN is sent unless somebody says so.
    assert_eq!(
        sign(&user_pin(), LastTry::Keep).await.unwrap_err(),
        TokenError::LastTry
    );
    let application = key.application();
    let tries = drawer
        .service
        .pin_tries(&application, PinKind::User)
        .await
        .unwrap();
    assert_eq!(tries, Some(PinTries { left: 1, most: 6 }));
    assert_eq!(
        sign(&wrong_pin(), LastTry::Spend).await.unwrap_err(),
        TokenError::PinLocked
    );
    assert_eq!(
        sign(&user_pin(), LastTry::Spend).await.unwrap_err(),
        TokenError::PinLocked
    );

    let new = Pin::new("33445566").unwrap();
    let refused = drawer
        .service
        .unblock_pin(&application, &wrong_pin(), &new, LastTry::Keep)
        .await;
    assert_eq!(refused.unwrap_err(), TokenError::PinWrong { left: Some(2) });
    drawer
        .service
        .unblock_pin(&application, &admin_pin(), &new, LastTry::Keep)
        .await
        .unwrap();
    sign(&new, LastTry::Keep).await.unwrap();

    drawer
        .service
        .change_pin(
            &application,
            PinKind::User,
            &new,
            &user_pin(),
            LastTry::Keep,
        )
        .await
        .unwrap();
    assert_eq!(
        sign(&new, LastTry::Keep).await.unwrap_err(),
        TokenError::PinWrong { left: Some(5) }
    );
    drawer
        .service
        .check_pin(&application, PinKind::User, &user_pin(), LastTry::Keep)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_token_that_is_pulled_out_is_not_listed_and_does_not_sign() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let certificate = certified(&drawer, &key, "key-1").await;
    let message = statement(pki::KeyFamily::Sm2, &certificate);
    drawer.unplug("key-1");
    assert!(drawer.service.list().await.tokens.is_empty());
    let refused = drawer
        .service
        .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, TokenError::Removed | TokenError::NoToken),
        "{refused:?}"
    );
    drawer.plug("key-1");
    drawer
        .service
        .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_message_built_for_another_certificate_is_not_signed() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let certificate = certified(&drawer, &key, "first").await;
    let public = drawer.service.public_key(&key).await.unwrap();
    // Another certificate over the same key: the signature would verify under either.
    let other = certificate_for(&public, "second");
    let message = statement(pki::KeyFamily::Sm2, &other);
    for chosen in [&certificate, &other] {
        let refused = drawer
            .service
            .sign(&key, &user_pin(), chosen, &message, LastTry::Keep)
            .await
            .unwrap_err();
        assert_eq!(refused, TokenError::CertificateChanged);
    }
}

#[tokio::test]
async fn a_certificate_of_another_key_is_not_written_and_a_key_is_not_overwritten() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let stranger = pki::SoftwareKey::generate(pki::KeyFamily::Sm2).unwrap();
    let certificate = certificate_for(stranger.public_key(), "stranger");
    let refused = drawer
        .service
        .import_certificate(&key, &user_pin(), &certificate, LastTry::Keep)
        .await
        .unwrap_err();
    assert_eq!(refused, TokenError::CertificateOfAnotherKey);
    let refused = drawer
        .service
        .generate_key(&key, &user_pin(), KeyKind::Sm2, LastTry::Keep)
        .await
        .unwrap_err();
    assert!(matches!(refused, TokenError::Exists(_)), "{refused:?}");
}

#[tokio::test]
async fn a_wrong_device_key_makes_no_application() {
    let drawer = Drawer::new();
    let device = drawer.add_blank("blank");
    let spec = token::ApplicationSpec {
        name: "A".to_owned(),
        admin_tries: 3,
        user_tries: 6,
    };
    let key = token::DeviceKey::new(*b"8765432187654321");
    let refused = drawer
        .service
        .create_application(&device, &key, &spec, &admin_pin(), &user_pin())
        .await
        .unwrap_err();
    assert_eq!(refused, TokenError::DeviceKeyRefused);
    let listing = drawer.service.list().await;
    assert!(listing.tokens[0].applications.is_empty());
}

#[tokio::test]
async fn the_watcher_tells_of_a_key_that_comes_and_of_one_that_goes() {
    let drawer = Drawer::new();
    drawer.add_blank("key-1");
    let mut watcher = drawer.service.watch();
    let begun = tokio::time::timeout(Duration::from_secs(20), watcher.changed());
    begun.await.expect("it tells that it has looked");
    // What happens between its first look and its wait is told by nobody: so go on plugging and unplugging
    // until it is told.
    let mut plugged = true;
    let mut toggle = || {
        if plugged {
            drawer.unplug("key-1")
        } else {
            drawer.plug("key-1")
        }
        plugged = !plugged;
    };
    let moment = Duration::from_millis(500);
    let told = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            toggle();
            if tokio::time::timeout(moment, watcher.changed())
                .await
                .is_ok()
            {
                return;
            }
        }
    });
    told.await.unwrap();
    toggle();
    tokio::time::timeout(Duration::from_secs(5), watcher.changed())
        .await
        .unwrap();
}

#[tokio::test]
async fn two_services_over_one_drawer_take_turns() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let certificate = certified(&drawer, &key, "key-1").await;
    let message = statement(pki::KeyFamily::Sm2, &certificate);
    let other = common::service(
        common::soft_library(),
        common::worker_for(&drawer.path()),
        token::Limits::default(),
    );
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let service = if number % 2 == 0 {
            drawer.service.clone()
        } else {
            other.clone()
        };
        let (key, certificate, message) = (key.clone(), certificate.clone(), message.clone());
        tasks.spawn(async move {
            service
                .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
                .await
        });
    }
    for signed in tasks.join_all().await {
        signed.unwrap();
    }
}

#[tokio::test]
async fn a_pin_of_another_length_than_the_standard_s_is_not_sent_and_costs_no_try() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let application = key.application();
    for pin in ["12345", "12345678901234567"] {
        let pin = Pin::new(pin).unwrap();
        let checked = drawer
            .service
            .check_pin(&application, PinKind::User, &pin, LastTry::Keep)
            .await;
        assert_eq!(checked, Err(TokenError::PinInvalid));
    }
    let tries = drawer.service.pin_tries(&application, PinKind::User).await;
    assert_eq!(tries, Ok(Some(PinTries { left: 6, most: 6 })));
}
