//! The whole way with a PKCS#11 module: worker, `cryptoki`, SoftHSM2, and back. SoftHSM2 is Debian's; its
//! path stands in `YINXIN_SOFTHSM`. SoftHSM2 never locks a PIN, so the flags for few tries are not shown here.

mod common;

use common::{SoftHsm, admin_pin, certificate_for, user_pin, wrong_pin};
use contract::{Nonce, Purpose, Statement};
use token::{
    ApplicationRef, KeyKind, LastTry, LibraryKind, Message, Pin, PinEntry, PinKind, TokenError,
};

const LABEL: &str = "印信 test";

fn statement(family: pki::KeyFamily, certificate: &[u8]) -> Message {
    let origin = "https://platform.example";
    let nonce = Nonce([7; 32]);
    let statement =
        Statement::new(family, Purpose::Login, origin, &nonce, b"{}", certificate).unwrap();
    Message::statement(&statement)
}

#[tokio::test]
async fn rsa_and_p256_keys_are_made_certified_listed_and_sign() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    for (kind, name) in [(KeyKind::Rsa2048, "SIGN-RSA"), (KeyKind::P256, "SIGN-P256")] {
        let key = hsm.key(&device, LABEL, name);
        let made = hsm
            .service
            .generate_key(&key, &user_pin(), kind, LastTry::Keep)
            .await
            .unwrap();
        assert_eq!(hsm.service.public_key(&key).await.unwrap(), made);
        let again = hsm
            .service
            .generate_key(&key, &user_pin(), kind, LastTry::Keep)
            .await;
        assert!(matches!(again, Err(TokenError::Exists(_))), "{again:?}");

        let subject = pki::Name::from_attributes(&[(pki::oid::COMMON_NAME, "甲")]).unwrap();
        let request = hsm
            .service
            .certification_request(&key, &user_pin(), &subject, LastTry::Keep)
            .await
            .unwrap();
        let request = pki::pkcs10::CertificationRequest::from_der(&request).unwrap();
        assert_eq!(*request.public_key(), made);

        let certificate = certificate_for(&made, name);
        hsm.service
            .import_certificate(&key, &user_pin(), &certificate, LastTry::Keep)
            .await
            .unwrap();
        // Another process sees what the token itself kept.
        let listing = hsm.another().list().await;
        let token = listing
            .tokens
            .iter()
            .find(|token| token.device == device.device)
            .unwrap();
        assert_eq!((token.kind, token.hardware), (LibraryKind::Pkcs11, false));
        assert_eq!(token.applications[0].pin_entry, PinEntry::Typed);
        assert_eq!(token.tries_left(LABEL), None, "SoftHSM2 tells no number");
        let container = token
            .containers
            .iter()
            .find(|found| found.name == name)
            .unwrap();
        assert_eq!(container.kind, Some(kind));
        assert_eq!(container.signing_certificate.as_ref(), Some(&certificate));

        let message = statement(made.family(), &certificate);
        let signature = hsm
            .service
            .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
            .await
            .unwrap();
        made.verify(
            signature.algorithm,
            message.signed_octets(),
            &signature.value,
        )
        .unwrap();
    }
}

#[tokio::test]
async fn a_wrong_pin_is_told_and_leaves_nobody_logged_in() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let key = hsm.key(&device, LABEL, "one");
    let wrong = hsm
        .service
        .generate_key(&key, &wrong_pin(), KeyKind::P256, LastTry::Keep)
        .await;
    assert_eq!(wrong, Err(TokenError::PinWrong { left: None }));
    hsm.service
        .generate_key(&key, &user_pin(), KeyKind::P256, LastTry::Keep)
        .await
        .unwrap();
    // The login of the call before must not carry this one.
    let application = key.application();
    let check = |pin: Pin| {
        let (service, application) = (hsm.service.clone(), application.clone());
        async move {
            service
                .check_pin(&application, PinKind::User, &pin, LastTry::Keep)
                .await
        }
    };
    assert_eq!(
        check(wrong_pin()).await,
        Err(TokenError::PinWrong { left: None })
    );
    assert_eq!(check(user_pin()).await, Ok(()));
    assert_eq!(
        check(wrong_pin()).await,
        Err(TokenError::PinWrong { left: None })
    );
    assert_eq!(
        check(Pin::new("123").unwrap()).await,
        Err(TokenError::PinInvalid)
    );
}

#[tokio::test]
async fn the_user_changes_the_pin_and_the_security_officer_gives_a_new_one() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let application = ApplicationRef {
        library: device.library.clone(),
        device: device.device.clone(),
        application: LABEL.to_owned(),
    };
    let (second, third) = (Pin::new("33445566").unwrap(), Pin::new("77889900").unwrap());
    let (service, keep) = (&hsm.service, LastTry::Keep);
    let user = PinKind::User;

    let refused = service
        .change_pin(&application, user, &wrong_pin(), &second, keep)
        .await;
    assert_eq!(refused, Err(TokenError::PinWrong { left: None }));
    service
        .change_pin(&application, user, &user_pin(), &second, keep)
        .await
        .unwrap();
    assert!(
        service
            .check_pin(&application, user, &user_pin(), keep)
            .await
            .is_err()
    );
    service
        .check_pin(&application, user, &second, keep)
        .await
        .unwrap();

    let refused = service
        .unblock_pin(&application, &wrong_pin(), &third, keep)
        .await;
    assert_eq!(refused, Err(TokenError::PinWrong { left: None }));
    service
        .unblock_pin(&application, &admin_pin(), &third, keep)
        .await
        .unwrap();
    service
        .check_pin(&application, user, &third, keep)
        .await
        .unwrap();

    let new_admin = Pin::new("admin-2027").unwrap();
    service
        .change_pin(&application, PinKind::Admin, &admin_pin(), &new_admin, keep)
        .await
        .unwrap();
    service
        .check_pin(&application, PinKind::Admin, &new_admin, keep)
        .await
        .unwrap();
}

#[tokio::test]
async fn certificates_and_keys_are_matched_by_id_and_what_lacks_its_other_half_is_said() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let (service, keep) = (&hsm.service, LastTry::Keep);
    // A key without certificate.
    let bare = hsm.key(&device, LABEL, "bare");
    let public = service
        .generate_key(&bare, &user_pin(), KeyKind::P256, keep)
        .await
        .unwrap();
    // Two certificates of other keys under one id, whose private keys are elsewhere; written by another tool.
    let strangers: Vec<Vec<u8>> = ["first", "second"]
        .iter()
        .map(|name| {
            let key = pki::SoftwareKey::generate(pki::KeyFamily::P256).unwrap();
            let der = certificate_for(key.public_key(), name);
            let file = hsm.folder().join(name);
            std::fs::write(&file, &der).unwrap();
            let written = hsm
                .command("pkcs11-tool")
                .arg("--module")
                .arg(&hsm.module)
                .args(["--token-label", LABEL, "--login", "--pin", "20261122"])
                .args(["--write-object"])
                .arg(&file)
                .args(["--type", "cert", "--id", "0aff"])
                .output()
                .expect("pkcs11-tool (Debian: opensc) is needed for this test");
            assert!(written.status.success(), "{written:?}");
            der
        })
        .collect();

    let listing = hsm.another().list().await;
    let token = listing
        .tokens
        .iter()
        .find(|token| token.device == device.device)
        .unwrap();
    let found = |name: &str| {
        token
            .containers
            .iter()
            .find(|info| info.name == name)
            .unwrap()
    };
    assert_eq!(found("bare").signing_certificate, None);
    assert_eq!(found("bare").kind, Some(KeyKind::P256));
    let under_one_id: Vec<_> = token
        .containers
        .iter()
        .filter(|info| info.name.starts_with("\n%FF~"))
        .collect();
    assert_eq!(under_one_id.len(), 2, "{:?}", token.containers);
    for info in under_one_id {
        let der = info.signing_certificate.clone().unwrap();
        assert!(strangers.contains(&der));
        let key = token.key(info);
        let message = statement(pki::KeyFamily::P256, &der);
        let signed = service.sign(&key, &user_pin(), &der, &message, keep).await;
        assert_eq!(
            signed,
            Err(TokenError::NoKey),
            "its private key is not here"
        );
    }
    // A stranger's certificate is not written over the key.
    let foreign = service
        .import_certificate(&bare, &user_pin(), &strangers[0], keep)
        .await;
    assert_eq!(foreign, Err(TokenError::CertificateOfAnotherKey));
    // A renewal replaces the certificate of the same key.
    for name in ["old", "new"] {
        let certificate = certificate_for(&public, name);
        service
            .import_certificate(&bare, &user_pin(), &certificate, keep)
            .await
            .unwrap();
        let listing = service.list().await;
        let same: Vec<_> = listing
            .tokens
            .iter()
            .flat_map(|token| &token.containers)
            .filter(|info| info.name.starts_with("bare"))
            .collect();
        assert_eq!(same.len(), 1);
        assert_eq!(same[0].signing_certificate.as_ref(), Some(&certificate));
    }
    service
        .delete_container(&bare, &user_pin(), keep)
        .await
        .unwrap();
    assert_eq!(
        service.public_key(&bare).await,
        Err(TokenError::NoContainer)
    );
}

#[tokio::test]
async fn a_key_that_wants_its_pin_for_every_signature_gets_it() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    for (kind, id) in [("EC:prime256v1", "31"), ("rsa:2048", "32")] {
        let made = hsm
            .command("pkcs11-tool")
            .arg("--module")
            .arg(&hsm.module)
            .args(["--token-label", LABEL, "--login", "--pin", "20261122"])
            .args([
                "--keypairgen",
                "--key-type",
                kind,
                "--id",
                id,
                "--always-auth",
            ])
            .args(["--usage-sign"])
            .output()
            .expect("pkcs11-tool (Debian: opensc) is needed for this test");
        assert!(made.status.success(), "{made:?}");
    }
    let service = hsm.another();
    for id in ["1", "2"] {
        let key = hsm.key(&device, LABEL, id);
        let public = service.public_key(&key).await.unwrap();
        let certificate = certificate_for(&public, "always");
        service
            .import_certificate(&key, &user_pin(), &certificate, LastTry::Keep)
            .await
            .unwrap();
        let message = statement(public.family(), &certificate);
        service
            .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
            .await
            .unwrap();
        let wrong = service
            .sign(&key, &wrong_pin(), &certificate, &message, LastTry::Keep)
            .await;
        assert_eq!(wrong, Err(TokenError::PinWrong { left: None }));
    }
}

#[tokio::test]
async fn what_pkcs11_has_not_is_an_error_and_what_is_in_use_is_not_wiped() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let service = &hsm.service;
    let label = service.set_label(&device, "another").await;
    assert!(
        matches!(label, Err(TokenError::NotSupported(_))),
        "{label:?}"
    );
    let key = hsm.key(&device, LABEL, "sm2");
    let sm2 = service
        .generate_key(&key, &user_pin(), KeyKind::Sm2, LastTry::Keep)
        .await;
    assert!(matches!(sm2, Err(TokenError::NotSupported(_))), "{sm2:?}");
    let spec = token::ApplicationSpec {
        name: "again".to_owned(),
        admin_tries: 3,
        user_tries: 6,
    };
    let again = service
        .create_application(
            &device,
            &token::DeviceKey::default(),
            &spec,
            &admin_pin(),
            &user_pin(),
        )
        .await;
    assert!(matches!(again, Err(TokenError::Exists(_))), "{again:?}");
    let mut other = hsm.key(&device, "another label", "sm2");
    assert_eq!(
        service.public_key(&other).await,
        Err(TokenError::NoApplication)
    );
    other.device = "nobody".to_owned();
    assert_eq!(service.public_key(&other).await, Err(TokenError::NoToken));
}

#[tokio::test]
async fn a_certificate_that_another_program_writes_is_noticed_without_events() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let mut watcher = hsm.service.watch();
    // The first look takes the state of things; SoftHSM2 has no C_WaitForSlotEvent that blocks.
    let changed = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        let key = hsm.key(&device, LABEL, "new");
        let writer = hsm.another();
        let watch = watcher.changed();
        tokio::pin!(watch);
        for number in 0.. {
            let key = token::KeyRef {
                container: format!("new-{number}"),
                ..key.clone()
            };
            writer
                .generate_key(&key, &user_pin(), KeyKind::P256, LastTry::Keep)
                .await
                .unwrap();
            // Each new key is one more chance for a watcher that had not looked yet.
            let pause = std::time::Duration::from_millis(1500);
            if tokio::time::timeout(pause, &mut watch).await.is_ok() {
                return;
            }
        }
    });
    changed.await.expect("the poll notices");
}

#[tokio::test]
async fn keys_that_are_made_while_other_processes_read_all_stay_with_their_makers() {
    let Some(hsm) = SoftHsm::new() else { return };
    let device = hsm.add_token(LABEL).await;
    let made = async {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..2 {
            let service = hsm.another();
            let key = hsm.key(&device, LABEL, "");
            writers.spawn(async move {
                for number in 0..8 {
                    let key = token::KeyRef {
                        container: format!("{writer}-{number}"),
                        ..key.clone()
                    };
                    let made = service
                        .generate_key(&key, &user_pin(), KeyKind::P256, LastTry::Keep)
                        .await
                        .unwrap();
                    assert_eq!(service.public_key(&key).await.unwrap(), made);
                }
            });
        }
        writers.join_all().await
    };
    // Nothing but looks, without a pause, in a third process.
    let reader = hsm.another();
    let looks = async {
        loop {
            let listing = reader.list().await;
            assert!(listing.failures.is_empty(), "{:?}", listing.failures);
        }
    };
    tokio::select! {
        _ = made => {}
        () = looks => {}
    }
    let listing = hsm.another().list().await;
    let token = listing.tokens.iter().find(|token| token.label == LABEL);
    assert_eq!(token.unwrap().containers.len(), 16);
}
