//! What libraries do in their own way, each way played by a library that takes no other: widths of numbers,
//! prototypes of the decryption, places in an envelope, device authentication. What is not known is not tried.

mod common;

use catalogue::module::{
    Alignment, DeviceAuthAlgorithm, DeviceAuthPadding, EccDecrypt, EccDecryptPrototype,
};
use common::{
    admin_pin, certificate_for, compiled, compiled_with, over, over_with, shaped, user_pin,
};
use token::{
    ApplicationSpec, DeviceKey, DeviceRef, EnvelopeAlgorithm, EnvelopedKey, LastTry, Quirks,
    Sm2Ciphertext, TokenError,
};

#[tokio::test]
async fn a_bool_of_one_four_or_eight_octets_and_a_ulong_of_eight_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    for bool_type in ["unsigned char", "int", "long"] {
        for number in ["uint32_t", "uint64_t"] {
            let flags = [format!("-DBOOL={bool_type}"), format!("-DULONG={number}")];
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            let library = compiled_with(folder.path(), "bools", 0, &flags);
            let listing = over(library).list().await;
            let token = &listing.tokens[0];
            assert_eq!(token.trouble, None, "{bool_type} {number}");
            let container = &token.containers[0];
            assert_eq!(container.signing_certificate.as_deref(), Some(&b"sign"[..]));
            assert_eq!(
                container.encryption_certificate.as_deref(),
                Some(&b"encr"[..])
            );
            let (user, admin) = (
                token.applications[0].user_pin.unwrap(),
                token.applications[0].admin_pin.unwrap(),
            );
            assert_eq!((user.left, user.most, admin.left), (7, 10, 3));
        }
    }
}

fn ciphertext() -> Sm2Ciphertext {
    Sm2Ciphertext {
        x: vec![1; 32],
        y: vec![2; 32],
        hash: vec![3; 32],
        cipher: b"a key of sixteen"
            .iter()
            .map(|octet| octet ^ 0x5A)
            .collect(),
    }
}

/// The prototype and symbol of each mode of `decrypts.c`.
const DECRYPTORS: [(EccDecryptPrototype, &str); 4] = [
    (EccDecryptPrototype::Blob, "SKF_ECCDecrypt"),
    (EccDecryptPrototype::SignFlagBlob, "SKF_ECCDecrypt"),
    (EccDecryptPrototype::KeyTypeBlob, "SKF_PrvKeyDecrypt"),
    (EccDecryptPrototype::Octets, "SKF_ECCPrvKeyDecrypt"),
];

fn decrypting(prototype: EccDecryptPrototype, symbol: &str) -> Quirks {
    Quirks {
        ecc_decrypt: Some(EccDecrypt {
            symbol: symbol.to_owned(),
            prototype,
        }),
        ..Quirks::default()
    }
}

#[tokio::test]
async fn each_prototype_of_the_decryption_gets_its_own_arguments() {
    let folder = tempfile::tempdir().unwrap();
    for (mode, (prototype, symbol)) in (0..).zip(DECRYPTORS) {
        let library = compiled(folder.path(), "decrypts", mode);
        let key = shaped(&library, "decrypts");
        let service = over_with(library, decrypting(prototype, symbol));
        let plain = service
            .decrypt(&key, &user_pin(), &ciphertext(), LastTry::Keep)
            .await
            .unwrap_or_else(|error| panic!("{prototype:?}: {error}"));
        assert_eq!(&plain[..], b"a key of sixteen", "{prototype:?}");
        // What it does not open is one error, and the worker lives.
        let mut damaged = ciphertext();
        damaged.hash[0] ^= 1;
        let refused = service
            .decrypt(&key, &user_pin(), &damaged, LastTry::Keep)
            .await;
        assert_eq!(
            refused.unwrap_err(),
            TokenError::Decryption,
            "{prototype:?}"
        );
    }
}

#[tokio::test]
async fn a_decryption_that_nobody_described_is_not_called() {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "decrypts", 0);
    let key = shaped(&library, "decrypts");
    let decrypt = async |quirks: Quirks| {
        over_with(library.clone(), quirks)
            .decrypt(&key, &user_pin(), &ciphertext(), LastTry::Keep)
            .await
            .unwrap_err()
    };
    let unknown = decrypt(Quirks::default()).await;
    assert_eq!(
        unknown,
        TokenError::QuirkUnknown("SM2 decryption".to_owned())
    );
    let missing = decrypt(decrypting(EccDecryptPrototype::Blob, "SKF_Other")).await;
    assert_eq!(missing, TokenError::SymbolMissing("SKF_Other".to_owned()));
    let mut long = ciphertext();
    long.cipher = vec![0; 5000];
    let refused = over(library.clone())
        .decrypt(&key, &user_pin(), &long, LastTry::Keep)
        .await;
    assert!(
        matches!(refused, Err(TokenError::Message(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_enveloped_key_stands_where_the_library_expects_it_and_is_written_once() {
    let pair = pki::SoftwareKey::generate(pki::KeyFamily::Sm2).unwrap();
    let (x, y) = coordinates(pair.public_key());
    let certificate = certificate_for(pair.public_key(), "encryption");
    let envelope = EnvelopedKey {
        algorithm: EnvelopeAlgorithm::Sm4,
        encrypted_private_key: vec![0xD0; 32],
        public_x: x,
        public_y: y,
        symmetric_key: ciphertext(),
    };
    for (alignment, field) in [
        (Alignment::Left, [[0xD0; 32], [0; 32]]),
        (Alignment::Right, [[0; 32], [0xD0; 32]]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let library = compiled(folder.path(), "decrypts", 0);
        let key = shaped(&library, "decrypts");
        let aligned = Quirks {
            enveloped_key_alignment: Some(alignment),
            ..Quirks::default()
        };
        let service = over_with(library.clone(), aligned);
        let import = async |envelope: &EnvelopedKey, certificate: &[u8]| {
            service
                .import_encryption_key(&key, &user_pin(), envelope, certificate, LastTry::Keep)
                .await
        };
        import(&envelope, &certificate).await.unwrap();
        let written = folder.path().join("mark.key");
        assert_eq!(std::fs::read(&written).unwrap(), field.concat());
        let noted = std::fs::read_to_string(folder.path().join("mark")).unwrap();
        assert_eq!(noted, "certificate for encryption\n");

        // The same again ends what may have been begun; the key itself is not written a second time.
        std::fs::remove_file(&written).unwrap();
        import(&envelope, &certificate).await.unwrap();
        assert!(!written.exists());

        // Another pair does not take the first one's place.
        let other = pki::SoftwareKey::generate(pki::KeyFamily::Sm2).unwrap();
        let (public_x, public_y) = coordinates(other.public_key());
        let second = EnvelopedKey {
            public_x,
            public_y,
            ..envelope.clone()
        };
        let its = certificate_for(other.public_key(), "second");
        let refused = import(&second, &its).await.unwrap_err();
        assert!(matches!(refused, TokenError::Exists(_)), "{refused:?}");
        // A certificate of another key is refused before anything goes to the token.
        let refused = import(&envelope, &its).await.unwrap_err();
        assert_eq!(refused, TokenError::CertificateOfAnotherKey);

        let unknown = over(library)
            .import_encryption_key(&key, &user_pin(), &envelope, &certificate, LastTry::Keep)
            .await
            .unwrap_err();
        assert_eq!(
            unknown,
            TokenError::QuirkUnknown("SKF_ImportECCKeyPair".to_owned())
        );
    }
}

/// x and y of a key: its SubjectPublicKeyInfo ends in 04 ‖ x ‖ y.
fn coordinates(key: &pki::PublicKey) -> (Vec<u8>, Vec<u8>) {
    let spki = key.spki_der();
    let point = &spki[spki.len() - 64..];
    (point[..32].to_vec(), point[32..].to_vec())
}

/// Makes an application on a device that reports `algorithm`; the steps that it took.
async fn authenticated(algorithm: u32, quirks: Quirks) -> (Result<(), TokenError>, String) {
    let folder = tempfile::tempdir().unwrap();
    let library = compiled(folder.path(), "auth", algorithm);
    let device = DeviceRef {
        library: library.clone(),
        device: "auth".to_owned(),
    };
    let spec = ApplicationSpec {
        name: "new".to_owned(),
        admin_tries: 3,
        user_tries: 6,
    };
    let done = over_with(library, quirks)
        .create_application(
            &device,
            &DeviceKey::default(),
            &spec,
            &admin_pin(),
            &user_pin(),
        )
        .await;
    let steps = std::fs::read_to_string(folder.path().join("mark")).unwrap_or_default();
    (done, steps)
}

const SM4: u32 = 0x401;
const SSF33: u32 = 0x201;

#[tokio::test]
async fn a_device_is_authenticated_with_the_algorithm_that_it_reports_over_eight_octets_and_zeros()
{
    let (done, steps) = authenticated(SM4, Quirks::default()).await;
    done.unwrap();
    assert_eq!(
        steps,
        "random 8\nalgorithm 401\nanswer 16 ends 00\napplication\n"
    );
}

#[tokio::test]
async fn a_device_that_reports_ssf33_is_not_tried_until_an_entry_says_what_it_means() {
    let (done, steps) = authenticated(SSF33, Quirks::default()).await;
    assert_eq!(
        done.unwrap_err(),
        TokenError::DeviceAuthUnknown { algorithm: SSF33 }
    );
    assert_eq!(steps, "", "nothing was asked of the device");
    for (meant, number) in [
        (DeviceAuthAlgorithm::Ssf33, "201"),
        (DeviceAuthAlgorithm::Sm1, "101"),
        (DeviceAuthAlgorithm::Sm4, "401"),
    ] {
        let quirks = Quirks {
            device_auth: Some(meant),
            ..Quirks::default()
        };
        let (done, steps) = authenticated(SSF33, quirks).await;
        done.unwrap();
        assert!(steps.contains(&format!("algorithm {number}\n")), "{steps}");
    }
}

#[tokio::test]
async fn a_device_that_wants_sixteen_random_octets_gets_them() {
    let quirks = Quirks {
        device_auth_padding: Some(DeviceAuthPadding::Random),
        ..Quirks::default()
    };
    let (done, steps) = authenticated(SM4, quirks).await;
    done.unwrap();
    assert!(steps.starts_with("random 16\n"), "{steps}");
    assert!(steps.contains("answer 16 ends 11\n"), "{steps}");
}
