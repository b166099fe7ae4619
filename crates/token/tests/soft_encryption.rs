//! The encryption pair and the file area, the whole way to the soft token and back.

mod common;

use common::{Drawer, certificate_for, known, soft_library, user_pin, worker_for, wrong_pin};
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::pke::EncryptingKey;
use sm4::Sm4;
use sm4::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use token::{
    EnvelopeAlgorithm, EnvelopedKey, FileRights, KeyKind, KeyRef, LastTry, Library, Limits, Pin,
    Quirks, ServiceOptions, Sm2Ciphertext, TokenError, TokenService,
};

/// The encryption pair of these tests; a key management centre would make one at random.
const SCALAR: [u8; 32] = [0x27; 32];
const SYMMETRIC: [u8; 16] = *b"an envelope's ke";

/// x ‖ y of the pair.
fn point() -> [u8; 64] {
    let secret = sm2::SecretKey::from_slice(&SCALAR).unwrap();
    secret.public_key().to_sec1_bytes()[1..].try_into().unwrap()
}

fn public_key(point: &[u8]) -> pki::PublicKey {
    let (x, y) = point.split_at(32);
    pki::PublicKey::from_sm2_coordinates(x.try_into().unwrap(), y.try_into().unwrap()).unwrap()
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

/// The envelope that a key management centre makes for one signing key.
fn envelope_for(signing: &pki::PublicKey) -> EnvelopedKey {
    let spki = signing.spki_der();
    let cipher = Sm4::new(&SYMMETRIC.into());
    let mut private = SCALAR;
    for block in private.chunks_exact_mut(16) {
        let mut one = sm4::cipher::Block::<Sm4>::try_from(&*block).unwrap();
        cipher.encrypt_block(&mut one);
        block.copy_from_slice(&one);
    }
    let point = point();
    EnvelopedKey {
        algorithm: EnvelopeAlgorithm::Sm4,
        encrypted_private_key: private.to_vec(),
        public_x: point[..32].to_vec(),
        public_y: point[32..].to_vec(),
        symmetric_key: encrypted(&spki[spki.len() - 64..], &SYMMETRIC),
    }
}

async fn with_pair(drawer: &Drawer) -> (KeyRef, Vec<u8>) {
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let signing = drawer.service.public_key(&key).await.unwrap();
    let certificate = certificate_for(&public_key(&point()), "encryption");
    let envelope = envelope_for(&signing);
    drawer
        .service
        .import_encryption_key(&key, &user_pin(), &envelope, &certificate, LastTry::Keep)
        .await
        .unwrap();
    (key, certificate)
}

#[tokio::test]
async fn an_encryption_pair_from_outside_decrypts_in_the_token_and_its_certificate_is_listed() {
    let drawer = Drawer::new();
    let (key, certificate) = with_pair(&drawer).await;
    let listing = drawer.service.list().await;
    let container = &listing.tokens[0].containers[0];
    assert_eq!(
        container.encryption_certificate.as_deref(),
        Some(&certificate[..])
    );

    let secret = b"the key of a sealed bid";
    let plain = drawer
        .service
        .decrypt(
            &key,
            &user_pin(),
            &encrypted(&point(), secret),
            LastTry::Keep,
        )
        .await
        .unwrap();
    assert_eq!(&plain[..], secret);

    let mut damaged = encrypted(&point(), secret);
    damaged.cipher[0] ^= 1;
    let refused = drawer
        .service
        .decrypt(&key, &user_pin(), &damaged, LastTry::Keep)
        .await;
    assert_eq!(refused.unwrap_err(), TokenError::Decryption);
    let refused = drawer
        .service
        .decrypt(
            &key,
            &wrong_pin(),
            &encrypted(&point(), secret),
            LastTry::Keep,
        )
        .await;
    assert_eq!(refused.unwrap_err(), TokenError::PinWrong { left: Some(5) });
}

#[tokio::test]
async fn an_envelope_made_for_another_key_is_refused_and_the_container_stays_without_one() {
    let drawer = Drawer::new();
    let key = drawer.add_key("key-1", KeyKind::Sm2).await;
    let other = pki::SoftwareKey::generate(pki::KeyFamily::Sm2).unwrap();
    let certificate = certificate_for(&public_key(&point()), "encryption");
    let envelope = envelope_for(other.public_key());
    let refused = drawer
        .service
        .import_encryption_key(&key, &user_pin(), &envelope, &certificate, LastTry::Keep)
        .await
        .unwrap_err();
    assert!(matches!(refused, TokenError::Sar { .. }), "{refused:?}");
    let listing = drawer.service.list().await;
    assert_eq!(listing.tokens[0].containers[0].encryption_certificate, None);
}

#[tokio::test]
async fn both_ways_to_call_the_decryption_of_the_soft_token_give_the_same() {
    use catalogue::module::{EccDecrypt, EccDecryptPrototype};
    let drawer = Drawer::new();
    let (key, _) = with_pair(&drawer).await;
    let other = Quirks {
        ecc_decrypt: Some(EccDecrypt {
            symbol: "SKF_PrvKeyDecrypt".to_owned(),
            prototype: EccDecryptPrototype::KeyTypeBlob,
        }),
        ..known(soft_library()).quirks
    };
    let library = Library {
        quirks: other,
        ..known(soft_library())
    };
    let options = ServiceOptions {
        worker: Some(worker_for(&drawer.path())),
        limits: Limits::default(),
    };
    let service = TokenService::new(vec![library], options).unwrap();
    let ciphertext = encrypted(&point(), b"twice the same");
    for service in [&drawer.service, &service] {
        let plain = service
            .decrypt(&key, &user_pin(), &ciphertext, LastTry::Keep)
            .await
            .unwrap();
        assert_eq!(&plain[..], b"twice the same");
    }
}

#[tokio::test]
async fn a_file_is_written_listed_read_replaced_and_deleted() {
    let drawer = Drawer::new();
    let application = drawer.add_key("key-1", KeyKind::Sm2).await.application();
    let service = &drawer.service;
    let pin = user_pin();
    let write = async |content: &[u8], read: FileRights| {
        service
            .write_file(&application, "seal.esl", content, read, &pin, LastTry::Keep)
            .await
    };
    let read = async |pin: Option<&Pin>| {
        service
            .read_file(&application, "seal.esl", pin, LastTry::Keep)
            .await
    };
    assert!(service.files(&application).await.unwrap().is_empty());
    assert!(matches!(read(None).await, Err(TokenError::NoFile(_))));

    // Longer than one part, and no whole number of parts.
    let seal: Vec<u8> = (0..5000_u32).map(|number| number as u8).collect();
    write(&seal, FileRights::Anyone).await.unwrap();
    assert_eq!(read(None).await.unwrap(), seal);
    let files = service.files(&application).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!((&files[0].name[..], files[0].size), ("seal.esl", 5000));
    assert_eq!(
        (files[0].read, files[0].write),
        (FileRights::Anyone, FileRights::User)
    );

    // Another size and other rights; now it wants the PIN.
    write(b"a shorter one", FileRights::User).await.unwrap();
    assert!(read(None).await.is_err());
    assert_eq!(read(Some(&pin)).await.unwrap(), b"a shorter one");
    write(b"as long as it", FileRights::User).await.unwrap();
    assert_eq!(read(Some(&pin)).await.unwrap(), b"as long as it");

    let delete = service.delete_file(&application, "seal.esl", &pin, LastTry::Keep);
    delete.await.unwrap();
    assert!(service.files(&application).await.unwrap().is_empty());
    let again = service.delete_file(&application, "seal.esl", &pin, LastTry::Keep);
    assert!(matches!(again.await, Err(TokenError::NoFile(_))));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_has_no_name_never_reaches_the_token() {
    let drawer = Drawer::new();
    let application = drawer.add_key("key-1", KeyKind::Sm2).await.application();
    let write = async |name: &str, length: usize| {
        let content = vec![1; length];
        drawer
            .service
            .write_file(
                &application,
                name,
                &content,
                FileRights::Anyone,
                &user_pin(),
                LastTry::Keep,
            )
            .await
            .unwrap_err()
    };
    assert!(matches!(
        write("big", (1 << 20) + 1).await,
        TokenError::TooLarge(_)
    ));
    assert!(matches!(write("", 1).await, TokenError::Message(_)));
    assert!(matches!(
        write(&"n".repeat(32), 1).await,
        TokenError::Message(_)
    ));
    // Larger than the token's own room: it says so, and keeps what it had.
    assert_eq!(write("full", 300 << 10).await, TokenError::NoRoom);
    assert!(drawer.service.files(&application).await.unwrap().is_empty());
}
