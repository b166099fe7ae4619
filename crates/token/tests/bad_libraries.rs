//! Libraries that hang, crash, lie and lack: each costs its own call, and nothing else.

mod common;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use common::{Drawer, WORKER, compiled, over, short, soft_library, user_pin, worker_for};
use token::{
    ApplicationRef, KeyKind, KeyRef, LastTry, Library, Message, PinKind, ServiceOptions,
    TokenError, TokenService,
};

async fn failure(service: &TokenService) -> TokenError {
    let listing = service.list().await;
    assert!(listing.tokens.is_empty(), "{listing:?}");
    listing
        .failures
        .into_iter()
        .next()
        .expect("the library failed")
        .error
}

#[tokio::test]
async fn a_library_that_hangs_is_killed_at_its_limit_and_hides_no_other_library() {
    let folder = tempfile::tempdir().unwrap();
    let drawer = Drawer::new();
    drawer.add_key("key-1", KeyKind::Sm2).await;
    let hanging = compiled(folder.path(), "hangs", 0);
    let options = ServiceOptions {
        worker: Some(worker_for(&drawer.path())),
        limits: short(),
    };
    let libraries = vec![Library::at(&hanging), Library::at(soft_library())];
    let both = TokenService::new(libraries, options).unwrap();
    for _ in 0..2 {
        let listing = both.list().await;
        assert_eq!(listing.tokens.len(), 1);
        assert_eq!(listing.failures.len(), 1);
        assert_eq!(listing.failures[0].library, hanging);
        assert!(matches!(
            listing.failures[0].error,
            TokenError::Timeout { .. }
        ));
    }
}

#[tokio::test]
async fn a_library_that_crashes_is_reported_and_works_again_in_a_new_worker() {
    let folder = tempfile::tempdir().unwrap();
    let service = over(compiled(folder.path(), "crashes", 0));
    assert!(matches!(
        failure(&service).await,
        TokenError::WorkerDied { .. }
    ));
    let listing = service.list().await;
    assert!(listing.failures.is_empty(), "{listing:?}");
}

#[tokio::test]
async fn a_list_of_rubbish_is_an_error_and_what_a_library_prints_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let service = over(compiled(folder.path(), "garbage", 0));
    assert_eq!(
        failure(&service).await,
        TokenError::Garbage("SKF_EnumDev".to_owned())
    );
    // The worker lives on: the same answer, not a death.
    assert_eq!(
        failure(&service).await,
        TokenError::Garbage("SKF_EnumDev".to_owned())
    );
}

#[tokio::test]
async fn a_list_of_four_gigabytes_is_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let service = over(compiled(folder.path(), "huge", 0));
    assert_eq!(
        failure(&service).await,
        TokenError::Garbage("SKF_EnumDev".to_owned())
    );
}

#[tokio::test]
async fn a_list_that_is_written_a_little_wrong_is_read_and_one_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (mode, expected) in [
        (0, None),
        (1, Some(vec!["device"])),
        // Octets that aren't UTF-8 come back to the library as they came from it.
        (2, Some(vec!["%D6%D0"])),
        (3, Some(vec!["one", "two"])),
        (4, None),
        (5, None),
        (6, Some(vec!["one", "two", "three", "four"])),
        (7, None),
    ] {
        let service = over(compiled(folder.path(), "lists", mode));
        let listing = service.list().await;
        let names: Vec<&str> = listing
            .tokens
            .iter()
            .map(|token| &token.device[..])
            .collect();
        match expected {
            Some(expected) => assert_eq!(names, expected, "mode {mode}: {listing:?}"),
            None => {
                assert_eq!(listing.failures.len(), 1, "mode {mode}: {listing:?}");
                let error = &listing.failures[0].error;
                // Never enough room is what the library says, not rubbish.
                let as_it_says = matches!(
                    error,
                    TokenError::Sar {
                        code: 0x0A00_0020,
                        ..
                    }
                );
                let rubbish = *error == TokenError::Garbage("SKF_EnumDev".to_owned());
                assert!(
                    if mode == 4 { as_it_says } else { rubbish },
                    "mode {mode}: {error:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_missing_symbol_is_an_error_of_the_call_that_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "bare", 0);
    let service = over(library.clone());
    let listing = service.list().await;
    assert_eq!(listing.tokens[0].manufacturer, "Bare");
    let missing = TokenError::SymbolMissing("SKF_EnumApplication".to_owned());
    assert_eq!(listing.tokens[0].trouble, Some(missing));
    let application = ApplicationRef {
        library,
        device: "bare".to_owned(),
        application: "app".to_owned(),
    };
    let refused = service
        .pin_tries(&application, PinKind::User)
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        TokenError::SymbolMissing("SKF_OpenApplication".to_owned())
    );
}

#[tokio::test]
async fn a_library_that_is_not_there_is_a_missing_driver() {
    let service = over(PathBuf::from("/nowhere/libvendor.so"));
    assert!(matches!(
        failure(&service).await,
        TokenError::LibraryMissing { .. }
    ));
    let relative = vec![Library::at("libvendor.so")];
    let refused = TokenService::new(relative, ServiceOptions::default()).err();
    assert!(matches!(refused, Some(TokenError::PathNotAbsolute(_))));
}

#[tokio::test]
async fn a_pin_goes_out_once_whether_the_library_hangs_or_crashes_on_it() {
    for (mode, hangs) in [(0, true), (1, false)] {
        let folder = tempfile::tempdir().unwrap();
        let library = compiled(folder.path(), "pin", mode);
        let service = over(library.clone());
        let key = KeyRef {
            library,
            device: "pin".to_owned(),
            application: "app".to_owned(),
            container: "c".to_owned(),
        };
        let refused = service
            .check_pin(
                &key.application(),
                PinKind::User,
                &user_pin(),
                LastTry::Keep,
            )
            .await
            .unwrap_err();
        match refused {
            TokenError::Timeout { .. } => assert!(hangs),
            TokenError::WorkerDied { .. } => assert!(!hangs),
            other => panic!("{other:?}"),
        }
        // Reading the tries starts a new worker, and sends no PIN.
        let tries = service
            .pin_tries(&key.application(), PinKind::User)
            .await
            .unwrap();
        assert_eq!(tries.unwrap().left, 6);
        assert_eq!(service.list().await.tokens.len(), 1);
        assert_eq!(std::fs::read(folder.path().join("mark")).unwrap(), b"+");
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_worker_along() {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "pin", 0);
    let service = over(library.clone());
    let application = ApplicationRef {
        library,
        device: "pin".to_owned(),
        application: "app".to_owned(),
    };
    let pin = user_pin();
    let call = service.check_pin(&application, PinKind::User, &pin, LastTry::Keep);
    let given_up = tokio::time::timeout(Duration::from_millis(400), call).await;
    assert!(given_up.is_err());
    // The next call gets its own answer, not the one that the other was waiting for.
    let tries = service
        .pin_tries(&application, PinKind::User)
        .await
        .unwrap();
    assert_eq!(tries.unwrap().most, 6);
}

/// The base point of SM2's curve, which is the key of `traces.c`.
fn base_point() -> pki::PublicKey {
    let coordinate = |hex: &str| -> [u8; 32] {
        let octets: Vec<u8> = (0..64)
            .step_by(2)
            .map(|index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap())
            .collect();
        octets.try_into().unwrap()
    };
    let x = coordinate("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7");
    let y = coordinate("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0");
    pki::PublicKey::from_sm2_coordinates(&x, &y).unwrap()
}

/// A key of `traces.c` in the way that `mode` says, and a login to be signed with it.
fn traced(folder: &std::path::Path, mode: u32) -> (TokenService, KeyRef, Vec<u8>, Message) {
    let library = compiled(folder, "traces", mode);
    let certificate = common::certificate_for(&base_point(), "liar");
    std::fs::write(folder.join("mark.der"), &certificate).unwrap();
    let key = common::shaped(&library, "traces");
    let nonce = contract::Nonce([1; 32]);
    let statement = contract::Statement::new(
        pki::KeyFamily::Sm2,
        contract::Purpose::Login,
        "https://platform.example",
        &nonce,
        b"{}",
        &certificate,
    )
    .unwrap();
    (
        over(library),
        key,
        certificate,
        Message::statement(&statement),
    )
}

#[tokio::test]
async fn a_device_that_hangs_crashes_or_leaves_while_it_signs_is_told_apart_and_no_pin_goes_out_again()
 {
    for mode in [1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let (service, key, certificate, message) = traced(folder.path(), mode);
        let refused = service
            .sign(&key, &user_pin(), &certificate, &message, LastTry::Keep)
            .await
            .unwrap_err();
        match mode {
            1 => assert!(matches!(refused, TokenError::Timeout { .. }), "{refused:?}"),
            2 => assert!(
                matches!(refused, TokenError::WorkerDied { .. }),
                "{refused:?}"
            ),
            _ => assert_eq!(refused, TokenError::Removed),
        }
        let listing = service.list().await;
        assert!(listing.failures.is_empty(), "{listing:?}");
        // The one that was pulled out is gone; the others are there again in a new worker.
        assert_eq!(listing.tokens.len(), usize::from(mode != 3));
        let trace = std::fs::read_to_string(folder.path().join("mark")).unwrap();
        assert_eq!(trace.matches("VerifyPIN").count(), 1, "{trace}");
        if mode == 3 {
            // Even then every step is undone.
            let ending = "ClearSecureState\nCloseApplication\nUnlockDev\nDisConnectDev\n";
            assert!(trace.contains(ending), "{trace}");
        }
    }
}

#[tokio::test]
async fn a_wrong_signature_is_not_handed_on_and_every_step_is_undone_in_reverse_under_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (service, key, certificate, message) = traced(folder.path(), 0);
    let sign = async |pin: &token::Pin| {
        let _ = std::fs::remove_file(folder.path().join("mark"));
        let refused = service
            .sign(&key, pin, &certificate, &message, LastTry::Keep)
            .await
            .unwrap_err();
        let trace = std::fs::read_to_string(folder.path().join("mark")).unwrap();
        // The key and its certificate are read first, without lock and PIN.
        let (_, session) = trace.split_once("DisConnectDev\n").unwrap();
        (
            refused,
            session
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    };

    let (refused, calls) = sign(&user_pin()).await;
    assert_eq!(refused, TokenError::BadSignature);
    assert_eq!(
        calls,
        [
            "ConnectDev",
            "LockDev",
            "OpenApplication",
            "VerifyPIN",
            "OpenContainer",
            "ECCSignData",
            "CloseContainer",
            "ClearSecureState",
            "CloseApplication",
            "UnlockDev",
            "DisConnectDev",
        ]
    );
    let (refused, calls) = sign(&common::wrong_pin()).await;
    assert_eq!(refused, TokenError::PinWrong { left: Some(3) });
    assert_eq!(
        calls,
        [
            "ConnectDev",
            "LockDev",
            "OpenApplication",
            "VerifyPIN",
            "ClearSecureState",
            "CloseApplication",
            "UnlockDev",
            "DisConnectDev",
        ]
    );
}

#[tokio::test]
async fn a_worker_leaves_no_core_and_ends_with_its_parent() {
    use std::io::Read as _;
    let mut worker = Command::new(WORKER)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let process = format!("/proc/{}", worker.id());
    let hardened = || {
        std::fs::read_to_string(format!("{process}/limits")).is_ok_and(|limits| {
            limits.lines().any(|line| {
                line.starts_with("Max core file size")
                    && line.split_whitespace().nth(4) == Some("0")
            })
        })
    };
    let deadline = tokio::time::timeout(Duration::from_secs(10), async {
        while !hardened() {
            tokio::task::yield_now().await;
        }
    });
    deadline.await.expect("the core limit is zero");
    drop(worker.stdin.take());
    let mut rest = Vec::new();
    worker
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut rest)
        .unwrap();
    assert!(rest.is_empty());
    assert!(worker.wait().unwrap().success());
}
