//! OpenSSL 4 as the judge of what the library computes: SM4's modes and MAC, SM2 encryption and signatures, RSA.
//!
//! What this library encrypts and decrypts again could be wrong both ways; another's program tells.
#![allow(unsafe_code)]

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::ptr::{null, null_mut};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use der::{Decode as _, Encode as _};
use skf_abi::codes::*;
use skf_abi::{
    BlockCipherParam, EccCipherBlobHead, EccPrivateKeyBlob, EccPublicKeyBlob, EccSignatureBlob,
    Handle, RsaPublicKeyBlob,
};
use skf_soft::ffi::*;
use sm2::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use sm2::pke::{Cipher, Mode};

use common::{c, connected, with_application};

/// OpenSSL 4's program, or `None` where the test is skipped.
fn openssl() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("YINXIN_OPENSSL4") {
        return Some(program.into());
    }
    assert!(
        std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
        "YINXIN_OPENSSL4 names no program"
    );
    eprintln!("skipped: YINXIN_OPENSSL4 names no program");
    None
}

fn run(program: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

const KEY: [u8; 16] = *b"a key for tests!";
const IV: [u8; 16] = *b"vector of 16 oct";

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn parameters(vector: bool, padding: u32) -> BlockCipherParam {
    let mut iv = [0; 32];
    iv[..16].copy_from_slice(&IV);
    BlockCipherParam {
        iv,
        iv_len: if vector { 16 } else { 0 },
        padding_type: padding,
        feed_bit_len: 0,
    }
}

#[test]
fn sm4_gives_what_openssl_gives_in_every_mode_and_for_every_length() {
    let Some(openssl) = openssl() else { return };
    let device = connected("sm4");
    let data: Vec<u8> = (0..70).map(|octet| octet * 3).collect();
    for (name, algorithm, padding) in [
        ("ecb", SGD_SM4_ECB, PKCS5_PADDING),
        ("cbc", SGD_SM4_CBC, PKCS5_PADDING),
        ("cfb", SGD_SM4_CFB, NO_PADDING),
        ("ofb", SGD_SM4_OFB, NO_PADDING),
    ] {
        for length in [1, 15, 16, 17, 33, 64, 70] {
            let data = &data[..length];
            let (key, vector) = (hex(&KEY), hex(&IV));
            let mode = format!("-sm4-{name}");
            let mut arguments = vec!["enc", &mode, "-K", &key];
            if name != "ecb" {
                arguments.extend(["-iv", &vector]);
            }
            let expected = run(&openssl, &arguments, data);

            let (mut key, mut found, mut at) = (null_mut(), vec![0; 128], 0);
            let parameters = parameters(name != "ecb", padding);
            // SAFETY: every buffer has the length that is said of it.
            unsafe {
                let set = SKF_SetSymmKey(device, KEY.as_ptr(), algorithm, &raw mut key);
                assert_eq!(set, SAR_OK);
                assert_eq!(SKF_EncryptInit(key, parameters), SAR_OK);
                for part in data.chunks(7) {
                    let mut size = (found.len() - at) as u32;
                    let place = found[at..].as_mut_ptr();
                    let length = part.len() as u32;
                    let code = SKF_EncryptUpdate(key, part.as_ptr(), length, place, &raw mut size);
                    assert_eq!(code, SAR_OK);
                    at += size as usize;
                }
                let mut size = (found.len() - at) as u32;
                let code = SKF_EncryptFinal(key, found[at..].as_mut_ptr(), &raw mut size);
                assert_eq!(code, SAR_OK);
                at += size as usize;
                assert_eq!(found[..at], expected, "{name}, {length} octets");

                assert_eq!(SKF_DecryptInit(key, parameters), SAR_OK);
                let mut size = found.len() as u32;
                let (from, length) = (expected.as_ptr(), expected.len() as u32);
                let code = SKF_Decrypt(key, from, length, found.as_mut_ptr(), &raw mut size);
                assert_eq!((code, &found[..size as usize]), (SAR_OK, data));
                assert_eq!(SKF_CloseHandle(key), SAR_OK);
            }
        }
    }
}

#[test]
fn a_mac_is_the_last_block_that_openssl_gives_in_cbc() {
    let Some(openssl) = openssl() else { return };
    let device = connected("mac");
    let data = [0x5A; 48];
    let (key, vector) = (hex(&KEY), hex(&IV));
    let arguments = ["enc", "-sm4-cbc", "-nopad", "-K", &key, "-iv", &vector];
    let expected = run(&openssl, &arguments, &data);
    let (mut key, mut mac, mut value, mut size) = (null_mut(), null_mut(), [0; 16], 16);
    let parameters = parameters(true, NO_PADDING);
    // SAFETY: every buffer has the length that is said of it.
    unsafe {
        let set = SKF_SetSymmKey(device, KEY.as_ptr(), SGD_SM4_MAC, &raw mut key);
        assert_eq!(set, SAR_OK);
        assert_eq!(
            SKF_MacInit(key, &raw const parameters, &raw mut mac),
            SAR_OK
        );
        let code = SKF_Mac(mac, data.as_ptr(), 48, value.as_mut_ptr(), &raw mut size);
        assert_eq!((code, &value[..]), (SAR_OK, &expected[32..]));
    }
}

/// A pair in blobs, and as files for OpenSSL.
struct Pair {
    private: EccPrivateKeyBlob,
    public: EccPublicKeyBlob,
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Pair {
        let scalar = [0x3C; 32];
        let key = sm2::SecretKey::from_slice(&scalar).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
        std::fs::write(folder.path().join("private.pem"), pem.as_bytes()).unwrap();
        let pem = key.public_key().to_public_key_pem(LineEnding::LF).unwrap();
        std::fs::write(folder.path().join("public.pem"), pem).unwrap();
        let point = key.public_key().to_sec1_bytes();
        let mut pair = Pair {
            private: EccPrivateKeyBlob {
                bit_len: 256,
                private_key: [0; 64],
            },
            public: EccPublicKeyBlob {
                bit_len: 256,
                x: [0; 64],
                y: [0; 64],
            },
            folder,
        };
        pair.private.private_key[32..].copy_from_slice(&scalar);
        pair.public.x[32..].copy_from_slice(&point[1..33]);
        pair.public.y[32..].copy_from_slice(&point[33..]);
        pair
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

const HEAD: usize = size_of::<EccCipherBlobHead>();

#[test]
fn openssl_opens_what_is_encrypted_here_and_its_ciphertext_opens_here() {
    let Some(openssl) = openssl() else { return };
    let device = connected("sm2-encryption");
    let pair = Pair::new();
    let plain = b"a session key, say";
    let mut blob = [0_u8; HEAD + 64];
    // SAFETY: every buffer has the length that is said of it; the blob has room behind its head.
    let code = unsafe {
        let place = blob.as_mut_ptr().cast();
        SKF_ExtECCEncrypt(device, &raw const pair.public, plain.as_ptr(), 18, place)
    };
    assert_eq!(code, SAR_OK);
    let parts = [
        &[4],
        &blob[32..64],
        &blob[96..128],
        &blob[128..160],
        &blob[HEAD..HEAD + 18],
    ];
    let joined = parts.concat();
    let cipher: Cipher<'_> = Cipher::from_slice(&joined, Mode::C1C3C2).unwrap();
    let private = pair.file("private.pem");
    let arguments = ["pkeyutl", "-decrypt", "-inkey", &private];
    assert_eq!(run(&openssl, &arguments, &cipher.to_der().unwrap()), plain);

    let public = pair.file("public.pem");
    let arguments = ["pkeyutl", "-encrypt", "-pubin", "-inkey", &public];
    let der = run(&openssl, &arguments, plain);
    let cipher: Cipher<'_> = Cipher::from_der(&der).unwrap();
    let joined = cipher.to_vec(Mode::C1C3C2, false).unwrap();
    blob.fill(0);
    blob[32..64].copy_from_slice(&joined[1..33]);
    blob[96..128].copy_from_slice(&joined[33..65]);
    blob[128..160].copy_from_slice(&joined[65..97]);
    blob[160..164].copy_from_slice(&18_u32.to_ne_bytes());
    blob[HEAD..HEAD + 18].copy_from_slice(&joined[97..]);
    let (mut found, mut size) = ([0; 18], 18);
    // SAFETY: as above.
    let code = unsafe {
        let (key, from) = (&raw const pair.private, blob.as_ptr().cast());
        SKF_ExtECCDecrypt(device, key, from, found.as_mut_ptr(), &raw mut size)
    };
    assert_eq!((code, &found), (SAR_OK, plain));
}

#[test]
fn openssl_verifies_a_signature_over_the_digest_with_z() {
    let Some(openssl) = openssl() else { return };
    let device = connected("sm2-signature");
    let pair = Pair::new();
    let (message, id) = (b"what is signed", b"1234567812345678");
    let (mut hash, mut e, mut size) = (null_mut(), [0; 32], 32);
    let mut signature = EccSignatureBlob {
        r: [0; 64],
        s: [0; 64],
    };
    // SAFETY: every buffer has the length that is said of it.
    unsafe {
        let (signer, id) = (&raw const pair.public, id.as_ptr());
        let begun = SKF_DigestInit(device, SGD_SM3, signer, id, 16, &raw mut hash);
        assert_eq!(begun, SAR_OK);
        let done = SKF_Digest(hash, message.as_ptr(), 14, e.as_mut_ptr(), &raw mut size);
        assert_eq!(done, SAR_OK);
        let key = &raw const pair.private;
        let signed = SKF_ExtECCSign(device, key, e.as_ptr(), 32, &raw mut signature);
        assert_eq!(signed, SAR_OK);
        // Without key and id the digest is another.
        let begun = SKF_DigestInit(device, SGD_SM3, null(), null(), 0, &raw mut hash);
        assert_eq!(begun, SAR_OK);
        let mut plain = [0; 32];
        let done = SKF_Digest(
            hash,
            message.as_ptr(),
            14,
            plain.as_mut_ptr(),
            &raw mut size,
        );
        assert_eq!(done, SAR_OK);
        assert_ne!(plain, e);
    }
    let der = sm2::dsa::Signature::from_scalars(
        <[u8; 32]>::try_from(&signature.r[32..]).unwrap(),
        <[u8; 32]>::try_from(&signature.s[32..]).unwrap(),
    )
    .unwrap()
    .to_der();
    std::fs::write(pair.file("signature"), der.as_bytes()).unwrap();
    std::fs::write(pair.file("message"), message).unwrap();
    let [key, file, signature] = ["public.pem", "message", "signature"].map(|name| pair.file(name));
    let arguments = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        &key,
        "-rawin",
        "-in",
        &file,
        "-sigfile",
        &signature,
        "-digest",
        "sm3",
        "-pkeyopt",
        "distid:1234567812345678",
    ];
    run(&openssl, &arguments, b"");
}

/// A public key of the container as OpenSSL reads it: `SubjectPublicKeyInfo`.
fn rsa_public(container: Handle, signing: isize, file: &str) {
    let mut blob = [0_u8; size_of::<RsaPublicKeyBlob>()];
    let mut size = blob.len() as u32;
    // SAFETY: a buffer of the length that is said.
    let code = unsafe { SKF_ExportPublicKey(container, signing, blob.as_mut_ptr(), &raw mut size) };
    assert_eq!(code, SAR_OK);
    let components = RsaPublicKeyComponents {
        n: &blob[8..264],
        e: &blob[265..268],
    };
    let der: PublicKeyX509Der<'_> = components.as_der().unwrap();
    std::fs::write(file, der.as_ref()).unwrap();
}

#[test]
fn an_rsa_pair_that_openssl_makes_and_envelops_is_imported_and_unwraps_what_openssl_wraps() {
    let Some(openssl) = openssl() else { return };
    let device = connected("rsa");
    let application = with_application(device, 8);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (mut left, mut container, mut size) = (0, null_mut(), 256);
    let mut made = [0_u8; size_of::<RsaPublicKeyBlob>()];
    let mut signature = [0; 256];
    // DigestInfo of SHA-256 (RFC 8017, 9.2).
    let mut info = vec![
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    info.extend([0x42; 32]);
    // SAFETY: C strings and buffers of the lengths that are said.
    unsafe {
        let (pin, name) = (c("20261122"), c("rsa"));
        let code = SKF_VerifyPIN(application, USER_TYPE, pin.as_ptr(), &raw mut left);
        assert_eq!(code, SAR_OK);
        let code = SKF_CreateContainer(application, name.as_ptr(), &raw mut container);
        assert_eq!(code, SAR_OK);
        let code = SKF_GenRSAKeyPair(container, 2048, made.as_mut_ptr().cast());
        assert_eq!(code, SAR_OK);
        let place = signature.as_mut_ptr();
        let code = SKF_RSASignData(container, info.as_ptr(), 51, place, &raw mut size);
        assert_eq!(code, SAR_OK);
    }
    let signing_key = file("signing.der");
    rsa_public(container, 1, &signing_key);
    std::fs::write(file("signature"), signature).unwrap();
    let by_signing_key = ["-pubin", "-keyform", "DER", "-inkey", &signing_key];
    let signature_file = file("signature");
    let verify = ["-sigfile", &signature_file, "-pkeyopt", "digest:sha256"];
    let arguments = [&["pkeyutl", "-verify"][..], &by_signing_key, &verify].concat();
    run(&openssl, &arguments, &[0x42; 32]);

    // Key management: a pair in PKCS#1, under SM4, whose key is under the signing key.
    let pair = file("pair.pem");
    run(&openssl, &["genrsa", "-out", &pair, "2048"], b"");
    let arguments = ["rsa", "-in", &pair, "-traditional", "-outform", "DER"];
    let private = run(&openssl, &arguments, b"");
    let key = hex(&KEY);
    let encrypted = run(&openssl, &["enc", "-sm4-ecb", "-K", &key], &private);
    let arguments = [&["pkeyutl", "-encrypt"][..], &by_signing_key].concat();
    let wrapped = run(&openssl, &arguments, &KEY);
    // SAFETY: as above.
    let code = unsafe {
        let (from, length) = (encrypted.as_ptr(), encrypted.len() as u32);
        SKF_ImportRSAKeyPair(container, SGD_SM4_ECB, wrapped.as_ptr(), 256, from, length)
    };
    assert_eq!(code, SAR_OK);

    let encryption_key = file("encryption.der");
    rsa_public(container, 0, &encryption_key);
    let arguments = ["rsa", "-in", &pair, "-pubout", "-outform", "DER"];
    let expected = run(&openssl, &arguments, b"");
    assert_eq!(std::fs::read(&encryption_key).unwrap(), expected);

    // A session key from outside; OpenSSL knows it, so it knows what it encrypts.
    let arguments = [
        "pkeyutl",
        "-encrypt",
        "-pubin",
        "-keyform",
        "DER",
        "-inkey",
        &encryption_key,
    ];
    let wrapped = run(&openssl, &arguments, &KEY);
    let expected = run(
        &openssl,
        &["enc", "-sm4-ecb", "-nopad", "-K", &key],
        &[9; 16],
    );
    let (mut session, mut block, mut size) = (null_mut(), [0; 16], 16);
    // SAFETY: as above.
    unsafe {
        let (from, place) = (wrapped.as_ptr(), &raw mut session);
        let code = SKF_ImportSessionKey(container, SGD_SM4_ECB, from, 256, place);
        assert_eq!(code, SAR_OK);
        let code = SKF_EncryptInit(session, parameters(false, NO_PADDING));
        assert_eq!(code, SAR_OK);
        let (data, place) = ([9; 16], block.as_mut_ptr());
        let code = SKF_Encrypt(session, data.as_ptr(), 16, place, &raw mut size);
        assert_eq!((code, &block[..]), (SAR_OK, &expected[..]));
        // The signing key unwraps no session key.
        let mut none = null_mut();
        let arguments = [&["pkeyutl", "-encrypt"][..], &by_signing_key].concat();
        let wrapped = run(&openssl, &arguments, &KEY);
        let from = wrapped.as_ptr();
        let code = SKF_ImportSessionKey(container, SGD_SM4_ECB, from, 256, &raw mut none);
        assert_ne!(code, SAR_OK);
    }
}
