//! Signatures: what is accepted and what is refused, key by key.

mod support;

use pki::{
    HashAlgorithm, KeyFamily, ParseError, PublicKey, SignatureAlgorithm, Signer, SoftwareKey,
    VerifyError, asn1::write, ec_signature_from_raw, ec_signature_to_raw, hash, oid,
};
use support::key;

fn hex32(text: &str) -> [u8; 32] {
    hex::decode(text)
        .expect("hex")
        .try_into()
        .expect("32 bytes")
}

/// The example of GB/T 32918.5-2017 annex A.2: key, message, e and signature.
#[test]
fn the_standard_s_own_sm2_example_verifies() {
    let key = PublicKey::from_sm2_coordinates(
        &hex32("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"),
        &hex32("ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"),
    )
    .expect("on the curve");
    assert_eq!(
        key.sm2_message_digest(b"message digest"),
        Some(hex32(
            "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
        ))
    );
    let raw = hex::decode(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    )
    .expect("hex");
    let signature = ec_signature_from_raw(&raw).expect("in range");
    let verify = |message: &[u8], signature: &[u8]| {
        key.verify(SignatureAlgorithm::Sm2WithSm3, message, signature)
    };
    assert_eq!(verify(b"message digest", &signature), Ok(()));
    assert_eq!(
        verify(b"message digesu", &signature),
        Err(VerifyError::BadSignature)
    );
    assert_eq!(
        verify(b"message digest", &raw),
        Err(VerifyError::MalformedSignature),
        "r ‖ s is not what certificates and CMS carry"
    );
    assert_eq!(ec_signature_to_raw(&signature, 32), Ok(raw));
}

#[test]
fn a_signature_over_sm3_of_the_message_without_z_a_is_refused() {
    use sm2::dsa::SigningKey;
    use sm2::dsa::signature::hazmat::PrehashSigner;

    let pair = key(KeyFamily::Sm2);
    let pem = pair.danger_to_pkcs8_pem().expect("pem");
    let secret: sm2::SecretKey = sm2::pkcs8::DecodePrivateKey::from_pkcs8_pem(&pem).expect("key");
    let signer = SigningKey::new("1234567812345678", &secret).expect("key");
    let bare: sm2::dsa::Signature = signer
        .sign_prehash(&hash(HashAlgorithm::Sm3, b"message"))
        .expect("signature");
    let bare = ec_signature_from_raw(&bare.to_bytes()).expect("in range");
    let verdict = pair
        .public_key()
        .verify(SignatureAlgorithm::Sm2WithSm3, b"message", &bare);
    assert_eq!(verdict, Err(VerifyError::BadSignature));
}

#[test]
fn every_family_signs_what_its_public_key_verifies_and_nothing_else() {
    let families = [
        KeyFamily::Sm2,
        KeyFamily::Rsa,
        KeyFamily::P256,
        KeyFamily::P384,
    ];
    let keys: Vec<SoftwareKey> = families.into_iter().map(key).collect();
    for pair in &keys {
        let signature = pair.sign(b"message").expect("signature");
        let public = pair.public_key();
        assert_eq!(
            public.verify(pair.algorithm(), b"message", &signature),
            Ok(())
        );
        assert!(
            public
                .verify(pair.algorithm(), b"massage", &signature)
                .is_err()
        );
        assert!(public.verify(pair.algorithm(), b"message", &[]).is_err());
        let other = key(public.family());
        assert!(
            other
                .public_key()
                .verify(pair.algorithm(), b"message", &signature)
                .is_err()
        );
        for stranger in keys.iter().filter(|k| k.algorithm() != pair.algorithm()) {
            assert!(matches!(
                stranger
                    .public_key()
                    .verify(pair.algorithm(), b"message", &signature),
                Err(VerifyError::AlgorithmMismatch { .. })
            ));
        }
        let pem = pair.danger_to_pkcs8_pem().expect("pem");
        let back = SoftwareKey::from_pkcs8_pem(&pem).expect("reads back");
        assert_eq!(back.public_key(), public);
        let spki = PublicKey::from_spki_der(public.spki_der()).expect("reads back");
        assert_eq!(&spki, public);
    }
}

#[test]
fn ec_signatures_are_strict_der_in_both_curves() {
    for family in [KeyFamily::Sm2, KeyFamily::P256] {
        let pair = key(family);
        let verify = |signature: &[u8]| {
            pair.public_key()
                .verify(pair.algorithm(), b"message", signature)
        };
        let good = pair.sign(b"message").expect("signature");
        let raw = ec_signature_to_raw(&good, 32).expect("strict");
        let (r, s) = raw.split_at(32);
        let integer = |value: &[u8]| write::element(0x02, value);
        let padded = [&[0, 0], r].concat();
        let cases = [
            [good.as_slice(), &[0]].concat(),
            write::sequence(&[&integer(&padded), &write::unsigned_integer(s)]),
            write::sequence(&[&write::unsigned_integer(r)]),
            write::sequence(&[
                &write::unsigned_integer(r),
                &write::unsigned_integer(s),
                &write::null(),
            ]),
            write::sequence(&[&write::integer(0), &write::unsigned_integer(s)]),
            // A length in two octets where one does.
            [&[0x30, 0x81, good[1]], &good[2..]].concat(),
        ];
        for case in cases {
            assert_eq!(verify(&case), Err(VerifyError::MalformedSignature));
        }
        let order_too_large = [[0xff; 32].as_slice(), s].concat();
        let out_of_range = ec_signature_from_raw(&order_too_large).expect("encodes");
        assert!(verify(&out_of_range).is_err());
    }
}

#[test]
fn rsa_keys_below_2048_bits_and_even_ones_are_not_accepted() {
    let mut modulus = [0xc3u8; 128];
    let small = PublicKey::from_rsa_components(&modulus, &[1, 0, 1]).expect("readable");
    assert_eq!(
        small.verify(SignatureAlgorithm::RsaPkcs1Sha256, b"message", &[0; 128]),
        Err(VerifyError::KeySize { bits: 1024 })
    );
    modulus[127] = 2;
    assert!(PublicKey::from_rsa_components(&modulus, &[1, 0, 1]).is_err());
    assert!(PublicKey::from_rsa_components(&[0xc3; 256], &[1]).is_err());
    assert!(PublicKey::from_rsa_components(&[0xc3; 256], &[2]).is_err());
}

#[test]
fn points_off_the_sm2_curve_compressed_points_and_other_curves_are_refused() {
    assert!(PublicKey::from_sm2_coordinates(&[1; 32], &[2; 32]).is_err());
    assert!(PublicKey::from_sm2_coordinates(&[0; 32], &[0; 32]).is_err());
    let spki = |curve: &str, point: &[u8]| {
        let curve = pki::Oid::new_unwrap(curve);
        let algorithm = write::sequence(&[&write::oid(&oid::EC_PUBLIC_KEY), &write::oid(&curve)]);
        PublicKey::from_spki_der(&write::sequence(&[&algorithm, &write::bit_string(point)]))
    };
    let compressed = [[2].as_slice(), &[7; 32]].concat();
    assert!(matches!(
        spki("1.2.156.10197.1.301", &compressed),
        Err(ParseError::Malformed(_))
    ));
    let secp256k1 = spki("1.3.132.0.10", &[4; 65]);
    assert!(matches!(
        secp256k1,
        Err(ParseError::UnsupportedAlgorithm { .. })
    ));
}

#[test]
fn hashes_fork_and_agree_with_their_published_examples() {
    let abc = hex::encode(hash(HashAlgorithm::Sm3, b"abc"));
    // GB/T 32905-2016 annex A.1.
    assert_eq!(
        abc,
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    );
    for algorithm in [
        HashAlgorithm::Sm3,
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ] {
        let mut stream = pki::Hasher::new(algorithm);
        stream.update(b"ab");
        let mut fork = stream.clone();
        stream.update(b"c");
        fork.update(b"d");
        assert_eq!(stream.finalize(), hash(algorithm, b"abc"));
        assert_eq!(fork.finalize(), hash(algorithm, b"abd"));
        assert_eq!(hash(algorithm, b"").len(), algorithm.output_len());
        assert_eq!(HashAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
    }
}
