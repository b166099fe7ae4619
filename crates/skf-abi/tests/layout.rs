//! The structures have the size and the field offsets that a C compiler gives those of `include/skf.h`.

use std::mem::{offset_of, size_of};
use std::process::Command;

use skf_abi::{
    BlockCipherParam, DevInfo, EccCipherBlobHead, EccPrivateKeyBlob, EccPublicKeyBlob,
    EccSignatureBlob, EnvelopedKeyBlobHead, FileAttribute, RsaPrivateKeyBlob, RsaPublicKeyBlob,
    Version,
};

#[test]
fn every_structure_is_laid_out_as_the_c_compiler_lays_it_out() {
    let here = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("layout");
    let built = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(format!("-I{here}/include"))
        .arg(format!("{here}/tests/layout.c"))
        .status()
        .expect("a C compiler (cc) is needed for this test");
    assert!(built.success());
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();

    let mut expected = String::new();
    let mut line = |name: &str, octets: usize| expected.push_str(&format!("{name} {octets}\n"));
    line("VERSION", size_of::<Version>());
    line("DEVINFO", size_of::<DevInfo>());
    line("DEVINFO.Label", offset_of!(DevInfo, label));
    line("DEVINFO.SerialNumber", offset_of!(DevInfo, serial_number));
    line("DEVINFO.DevAuthAlgId", offset_of!(DevInfo, dev_auth_alg_id));
    line(
        "DEVINFO.MaxBufferSize",
        offset_of!(DevInfo, max_buffer_size),
    );
    line("RSAPUBLICKEYBLOB", size_of::<RsaPublicKeyBlob>());
    line(
        "RSAPUBLICKEYBLOB.PublicExponent",
        offset_of!(RsaPublicKeyBlob, public_exponent),
    );
    line("RSAPRIVATEKEYBLOB", size_of::<RsaPrivateKeyBlob>());
    line(
        "RSAPRIVATEKEYBLOB.PrivateExponent",
        offset_of!(RsaPrivateKeyBlob, private_exponent),
    );
    line(
        "RSAPRIVATEKEYBLOB.Prime2",
        offset_of!(RsaPrivateKeyBlob, prime2),
    );
    line(
        "RSAPRIVATEKEYBLOB.Coefficient",
        offset_of!(RsaPrivateKeyBlob, coefficient),
    );
    line("ECCPUBLICKEYBLOB", size_of::<EccPublicKeyBlob>());
    line(
        "ECCPUBLICKEYBLOB.YCoordinate",
        offset_of!(EccPublicKeyBlob, y),
    );
    line("ECCPRIVATEKEYBLOB", size_of::<EccPrivateKeyBlob>());
    line(
        "ECCPRIVATEKEYBLOB.PrivateKey",
        offset_of!(EccPrivateKeyBlob, private_key),
    );
    line("ECCSIGNATUREBLOB", size_of::<EccSignatureBlob>());
    line("ECCSIGNATUREBLOB.s", offset_of!(EccSignatureBlob, s));
    line("ECCCIPHERBLOB.HASH", offset_of!(EccCipherBlobHead, hash));
    line(
        "ECCCIPHERBLOB.CipherLen",
        offset_of!(EccCipherBlobHead, cipher_len),
    );
    line("ECCCIPHERBLOB.Cipher", size_of::<EccCipherBlobHead>());
    line(
        "ENVELOPEDKEYBLOB.cbEncryptedPriKey",
        offset_of!(EnvelopedKeyBlobHead, encrypted_private_key),
    );
    line(
        "ENVELOPEDKEYBLOB.PubKey",
        offset_of!(EnvelopedKeyBlobHead, public_key),
    );
    line(
        "ENVELOPEDKEYBLOB.ECCCipherBlob",
        offset_of!(EnvelopedKeyBlobHead, cipher),
    );
    line(
        "ENVELOPEDKEYBLOB.ECCCipherBlob.Cipher",
        size_of::<EnvelopedKeyBlobHead>(),
    );
    line("BLOCKCIPHERPARAM", size_of::<BlockCipherParam>());
    line(
        "BLOCKCIPHERPARAM.FeedBitLen",
        offset_of!(BlockCipherParam, feed_bit_len),
    );
    line("FILEATTRIBUTE", size_of::<FileAttribute>());
    line(
        "FILEATTRIBUTE.FileSize",
        offset_of!(FileAttribute, file_size),
    );
    line(
        "FILEATTRIBUTE.WriteRights",
        offset_of!(FileAttribute, write_rights),
    );
    assert_eq!(printed, expected);
}

#[test]
fn the_header_has_the_value_of_every_code_and_identifier() {
    let here = env!("CARGO_MANIFEST_DIR");
    let read = |file: &str| std::fs::read_to_string(format!("{here}/{file}")).unwrap();
    let header = read("include/skf.h");
    let mut count = 0;
    for line in read("src/codes.rs").lines() {
        let Some((name, value)) = line
            .strip_prefix("pub const ")
            .and_then(|rest| rest.strip_suffix(';'))
            .and_then(|rest| rest.split_once(": u32 = "))
        else {
            continue;
        };
        // Windows has an INFINITE of its own.
        let name = if name == "INFINITE" {
            "SKF_INFINITE"
        } else {
            name
        };
        let define = format!("#define {name} {}u\n", value.replace('_', ""));
        assert!(header.contains(&define), "{define}");
        count += 1;
    }
    assert!(count > 80, "{count}");
}
