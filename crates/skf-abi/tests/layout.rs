//! The structures have the size and the field offsets that a C compiler gives them.

use std::mem::{offset_of, size_of};
use std::process::Command;

use skf_abi::{
    BlockCipherParam, DevInfo, EccCipherBlobHead, EccPublicKeyBlob, EccSignatureBlob,
    RsaPublicKeyBlob, Version,
};

#[test]
fn every_structure_is_laid_out_as_the_c_compiler_lays_it_out() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("layout");
    let built = Command::new("cc")
        .arg("-o")
        .arg(&program)
        .arg(format!("{here}/layout.c"))
        .status()
        .expect("a C compiler (cc) is needed for this test");
    assert!(built.success());
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();

    let ours = [
        ("version", size_of::<Version>()),
        ("dev_info", size_of::<DevInfo>()),
        ("dev_info.label", offset_of!(DevInfo, label)),
        ("dev_info.serial_number", offset_of!(DevInfo, serial_number)),
        (
            "dev_info.dev_auth_alg_id",
            offset_of!(DevInfo, dev_auth_alg_id),
        ),
        (
            "dev_info.max_buffer_size",
            offset_of!(DevInfo, max_buffer_size),
        ),
        ("rsa_public_key_blob", size_of::<RsaPublicKeyBlob>()),
        (
            "rsa_public_key_blob.public_exponent",
            offset_of!(RsaPublicKeyBlob, public_exponent),
        ),
        ("ecc_public_key_blob", size_of::<EccPublicKeyBlob>()),
        ("ecc_public_key_blob.y", offset_of!(EccPublicKeyBlob, y)),
        ("ecc_signature_blob", size_of::<EccSignatureBlob>()),
        ("ecc_signature_blob.s", offset_of!(EccSignatureBlob, s)),
        (
            "ecc_cipher_blob.cipher_len",
            offset_of!(EccCipherBlobHead, cipher_len),
        ),
        ("ecc_cipher_blob.cipher", size_of::<EccCipherBlobHead>()),
        ("block_cipher_param", size_of::<BlockCipherParam>()),
        (
            "block_cipher_param.feed_bit_len",
            offset_of!(BlockCipherParam, feed_bit_len),
        ),
    ];
    let expected: String = ours
        .iter()
        .map(|(name, bytes)| format!("{name} {bytes}\n"))
        .collect();
    assert_eq!(printed, expected);
}
