//! Keys in files: PEM that this crate's own encoder made, and files that OpenSSL (`YINXIN_OPENSSL4`) made.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{certificate_for, user_pin, wrong_pin};
use contract::{Nonce, Purpose, Statement};
use pki::{Certificate, KeyFamily, SoftwareKey};
use token::{
    KeyRef, LastTry, Library, LibraryKind, Limits, Message, Pin, PinEntry, PinKind, ServiceOptions,
    TokenError, TokenInfo, TokenService,
};

const FAMILIES: [KeyFamily; 3] = [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256];

fn service(file: &Path) -> TokenService {
    let library = Library {
        kind: LibraryKind::KeyFile,
        // Whatever a caller says: a file is no hardware.
        hardware: true,
        ..Library::at(file)
    };
    let options = ServiceOptions {
        worker: Some(PathBuf::from(env!("CARGO_BIN_EXE_yinxin-token-worker"))),
        limits: Limits::default(),
    };
    TokenService::new(vec![library], options).unwrap()
}

async fn the_token(service: &TokenService) -> TokenInfo {
    let mut listing = service.list().await;
    assert!(listing.failures.is_empty(), "{:?}", listing.failures);
    assert_eq!(listing.tokens.len(), 1);
    listing.tokens.remove(0)
}

async fn failure(file: &Path) -> TokenError {
    let listing = service(file).list().await;
    assert!(listing.tokens.is_empty(), "{listing:?}");
    listing.failures.into_iter().next().unwrap().error
}

/// Signs a statement; the service verifies the signature before it gives it back.
async fn sign(
    service: &TokenService,
    key: &KeyRef,
    pin: &Pin,
    certificate: &[u8],
) -> Result<(), TokenError> {
    let family = Certificate::from_der(certificate)
        .unwrap()
        .public_key()
        .family();
    let origin = "https://platform.example";
    let nonce = Nonce([7; 32]);
    let statement =
        Statement::new(family, Purpose::Login, origin, &nonce, b"{}", certificate).unwrap();
    let message = Message::statement(&statement);
    service
        .sign(key, pin, certificate, &message, LastTry::Keep)
        .await
        .map(|_signature| ())
}

/// A key and its certificate, as PEM.
fn pair(family: KeyFamily) -> (String, Certificate) {
    let key = SoftwareKey::generate(family).unwrap();
    let certificate = Certificate::from_der(&certificate_for(key.public_key(), "service")).unwrap();
    (key.danger_to_pkcs8_pem().unwrap().to_string(), certificate)
}

#[tokio::test]
async fn a_pem_file_without_passphrase_signs_and_is_never_hardware() {
    let folder = tempfile::tempdir().unwrap();
    for family in FAMILIES {
        let (key_pem, certificate) = pair(family);
        let file = folder.path().join("service.pem");
        // A foreign certificate beside it changes nothing: the key says which is its own.
        let (_, foreign) = pair(family);
        std::fs::write(
            &file,
            [foreign.to_pem(), key_pem, certificate.to_pem()].concat(),
        )
        .unwrap();
        let before = std::fs::read(&file).unwrap();

        let service = service(&file);
        let token = the_token(&service).await;
        assert_eq!((token.kind, token.hardware), (LibraryKind::KeyFile, false));
        assert_eq!(token.device, "service.pem");
        assert_eq!(token.applications[0].pin_entry, PinEntry::None);
        let found = token.containers[0].signing_certificate.clone().unwrap();
        assert_eq!(found, certificate.der());
        let key = token.key(&token.containers[0]);
        sign(&service, &key, &Pin::none(), &found).await.unwrap();

        // Read only.
        let (old, new) = (user_pin(), wrong_pin());
        let application = key.application();
        let changed = service
            .change_pin(&application, PinKind::User, &old, &new, LastTry::Keep)
            .await;
        assert!(
            matches!(changed, Err(TokenError::NotSupported(_))),
            "{changed:?}"
        );
        let deleted = service.delete_container(&key, &old, LastTry::Keep).await;
        assert!(
            matches!(deleted, Err(TokenError::NotSupported(_))),
            "{deleted:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), before);

        // Taken away, as a token is.
        std::fs::remove_file(&file).unwrap();
        assert!(service.list().await.tokens.is_empty());
    }
}

#[tokio::test]
async fn a_file_that_could_mean_several_things_means_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let (one, certificate) = pair(KeyFamily::P256);
    let (two, _) = pair(KeyFamily::P256);

    std::fs::write(&file, format!("{one}{two}")).unwrap();
    assert!(matches!(failure(&file).await, TokenError::Ambiguous(_)));
    std::fs::write(&file, certificate.to_pem()).unwrap();
    assert_eq!(failure(&file).await, TokenError::NoKey);
    std::fs::write(&file, b"not a key").unwrap();
    assert!(matches!(failure(&file).await, TokenError::KeyFile(_)));
    std::fs::write(&file, vec![0x30; (1 << 20) + 1]).unwrap();
    assert!(matches!(failure(&file).await, TokenError::KeyFile(_)));
    std::fs::write(&file, one.replace("BEGIN PRIVATE", "BEGIN EC PRIVATE")).unwrap();
    assert!(matches!(failure(&file).await, TokenError::KeyFile(_)));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(failure(&file).await, TokenError::NoToken);

    // A key of a kind that signs nothing here shows as trouble of its token.
    let (p384, _) = pair(KeyFamily::P384);
    std::fs::write(&file, p384).unwrap();
    let token = the_token(&service(&file)).await;
    assert!(
        matches!(token.trouble, Some(TokenError::KeyFile(_))),
        "{token:?}"
    );
}

/// OpenSSL with SM2, or `None`, said aloud.
fn openssl() -> Option<PathBuf> {
    let found = std::env::var_os("YINXIN_OPENSSL4").map(PathBuf::from);
    if found.is_none() {
        assert!(
            std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "YINXIN_OPENSSL4 must name an OpenSSL"
        );
        eprintln!("skipped: YINXIN_OPENSSL4 does not name an OpenSSL");
    }
    found
}

fn run(openssl: &Path, folder: &Path, arguments: &[&str]) {
    let done = Command::new(openssl)
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {done:?}");
}

#[tokio::test]
async fn a_p12_file_of_openssl_shows_its_certificate_after_its_passphrase_and_signs() {
    let Some(openssl) = openssl() else { return };
    for family in FAMILIES {
        let folder = tempfile::tempdir().unwrap();
        let (key_pem, certificate) = pair(family);
        std::fs::write(folder.path().join("key.pem"), key_pem).unwrap();
        std::fs::write(folder.path().join("cert.pem"), certificate.to_pem()).unwrap();
        let export =
            "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:20261122 -out one.p12";
        run(
            &openssl,
            folder.path(),
            &export.split(' ').collect::<Vec<_>>(),
        );

        let service = service(&folder.path().join("one.p12"));
        let token = the_token(&service).await;
        assert!(!token.hardware);
        assert_eq!(token.applications[0].pin_entry, PinEntry::Typed);
        assert_eq!(
            token.containers[0].signing_certificate, None,
            "it is encrypted"
        );
        let key = token.key(&token.containers[0]);
        let application = key.application();
        let check = async |pin: &Pin| {
            service
                .check_pin(&application, PinKind::User, pin, LastTry::Keep)
                .await
        };
        assert_eq!(
            check(&wrong_pin()).await,
            Err(TokenError::PinWrong { left: None })
        );
        check(&user_pin()).await.unwrap();
        let token = the_token(&service).await;
        let found = token.containers[0].signing_certificate.clone().unwrap();
        assert_eq!(found, certificate.der());
        sign(&service, &key, &user_pin(), &found).await.unwrap();
        // What was shown opens nothing: each signature wants the passphrase.
        let wrong = sign(&service, &key, &wrong_pin(), &found).await;
        assert_eq!(wrong, Err(TokenError::PinWrong { left: None }));
        let none = sign(&service, &key, &Pin::none(), &found).await;
        assert_eq!(none, Err(TokenError::PinWrong { left: None }));
    }
}

#[tokio::test]
async fn an_encrypted_pem_of_openssl_signs_and_one_that_costs_too_much_is_refused() {
    let Some(openssl) = openssl() else { return };
    for family in FAMILIES {
        for (derivation, affordable) in [
            ("-v2 aes-256-cbc -iter 10000", true),
            ("-scrypt", true),
            ("-v2 aes-128-cbc -v2prf hmacWithSHA512", true),
            ("-v2 aes-256-cbc -iter 1000001", false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (key_pem, certificate) = pair(family);
            std::fs::write(folder.path().join("key.pem"), key_pem).unwrap();
            let convert =
                format!("pkcs8 -topk8 {derivation} -in key.pem -passout pass:20261122 -out p8.pem");
            run(
                &openssl,
                folder.path(),
                &convert.split(' ').collect::<Vec<_>>(),
            );
            let encrypted = std::fs::read_to_string(folder.path().join("p8.pem")).unwrap();
            let file = folder.path().join("service.pem");
            std::fs::write(&file, [encrypted, certificate.to_pem()].concat()).unwrap();

            let service = service(&file);
            let token = the_token(&service).await;
            let found = token.containers[0].signing_certificate.clone().unwrap();
            let key = token.key(&token.containers[0]);
            let signed = sign(&service, &key, &user_pin(), &found).await;
            if affordable {
                signed.unwrap();
                let wrong = sign(&service, &key, &wrong_pin(), &found).await;
                assert_eq!(wrong, Err(TokenError::PinWrong { left: None }));
            } else {
                assert!(matches!(signed, Err(TokenError::KeyFile(_))), "{signed:?}");
            }
        }
    }
}
