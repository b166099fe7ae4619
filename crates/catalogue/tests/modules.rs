//! Modules: the shipped ones load and say what they may say; every line of a file counts.

use std::{fs, path::Path};

use catalogue::module::{
    Alignment, BoolWidth, DeviceAuthAlgorithm, EccDecryptPrototype, ModuleKind,
};
use catalogue::{Catalogue, CatalogueError, Modules, Quirks, RsaSignInput, System, UsbId};

fn repository(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

fn shipped() -> Modules {
    Modules::load(&repository("catalogue/modules")).expect("the shipped modules load")
}

const SAMPLE: &str = r#"
id = "sample"
name = { zh = "样例", en = "Sample" }
kind = "skf"
files = ["libsample.so"]
usb = ["096e:0309"]

[paths]
linux-x86_64 = ["/opt/sample/lib/libsample_skf.so", "/usr/lib/libsample_skf.so"]
windows-x86 = ['C:\Windows\SysWOW64\Sample.dll']

[quirks]
rsa_sign_input = "digest"
bool_width = 8
ecc_decrypt = { symbol = "SKF_PrvKeyDecrypt", prototype = "key_type_blob" }
enveloped_key_alignment = "left"
device_auth = "ssf33"
device_auth_padding = "random"
"#;

fn parsed(text: &str) -> Result<Modules, CatalogueError> {
    Modules::parse([("sample.toml", text)])
}

#[test]
fn every_quirk_of_a_file_is_read() {
    let modules = parsed(SAMPLE).unwrap();
    let module = modules.module("sample").unwrap();
    assert!(module.hardware && !module.tested);
    assert_eq!(module.kind, ModuleKind::Skf);
    assert_eq!(
        module.usb,
        [UsbId {
            vendor: 0x096e,
            product: 0x0309
        }]
    );
    let quirks = &module.quirks;
    assert_eq!(quirks.rsa_sign_input, Some(RsaSignInput::Digest));
    assert_eq!(quirks.bool_width, Some(BoolWidth::Eight));
    let decrypt = quirks.ecc_decrypt.as_ref().unwrap();
    assert_eq!(decrypt.symbol, "SKF_PrvKeyDecrypt");
    assert_eq!(decrypt.prototype, EccDecryptPrototype::KeyTypeBlob);
    assert_eq!(quirks.enveloped_key_alignment, Some(Alignment::Left));
    assert_eq!(quirks.device_auth, Some(DeviceAuthAlgorithm::Ssf33));
}

#[test]
fn what_a_file_does_not_say_is_not_known() {
    let text =
        "id = \"sample\"\nname = { zh = \"a\", en = \"a\" }\nkind = \"skf\"\nfiles = [\"a.so\"]\n";
    let modules = parsed(text).unwrap();
    assert_eq!(modules.module("sample").unwrap().quirks, Quirks::default());
    assert_eq!(Quirks::default().rsa_sign_input, None);
}

#[test]
fn a_library_named_by_hand_is_known_by_its_file_name_only() {
    let modules = parsed(SAMPLE).unwrap();
    let id = |path: &str| {
        modules
            .of_library(Path::new(path))
            .map(|module| module.id.as_str())
    };
    assert_eq!(id("/home/me/libsample.so"), Some("sample"));
    assert_eq!(id("/elsewhere/libsample_skf.so"), Some("sample"));
    assert_eq!(id("/x/SAMPLE.DLL"), Some("sample"));
    assert_eq!(id("/x/LIBSAMPLE.SO"), None);
    assert_eq!(id("/x/libsample.so.bak"), None);
    assert_eq!(
        modules.quirks_of(Path::new("/x/libother.so")),
        Quirks::default()
    );
}

#[test]
fn a_module_is_installed_where_its_first_existing_file_of_this_system_is() {
    let modules = parsed(SAMPLE).unwrap();
    let there = |path: &Path| path == Path::new("/usr/lib/libsample_skf.so");
    let found = modules.installed(System::LinuxX86_64, there);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, Path::new("/usr/lib/libsample_skf.so"));
    assert!(modules.installed(System::LinuxAarch64, |_| true).is_empty());
    assert!(modules.installed(System::LinuxX86_64, |_| false).is_empty());
}

#[test]
fn an_error_names_the_file_the_line_and_the_reason() {
    for (from, to, line, says) in [
        ("kind = \"skf\"", "kind = \"sfk\"", 4, "sfk"),
        (
            "kind = \"skf\"",
            "kind = \"skf\"\nhardwear = false",
            5,
            "hardwear",
        ),
        ("id = \"sample\"", "id = \"other\"", 2, "name of the file"),
        ("\"096e:0309\"", "\"096E:0309\"", 6, "USB id"),
        ("\"096e:0309\"", "\"096e:309\"", 6, "USB id"),
        ("linux-x86_64", "linux-amd64", 9, "linux-amd64"),
        (
            "\"/usr/lib/libsample_skf.so\"",
            "\"usr/lib/libsample.so\"",
            5,
            "absolute",
        ),
        (
            "\"/usr/lib/libsample_skf.so\"",
            "\"/usr/../libx.so\"",
            9,
            "absolute",
        ),
        (
            "\"/usr/lib/libsample_skf.so\"",
            "\"/$HOME/liby.so\"",
            9,
            "absolute",
        ),
        (
            "'C:\\Windows\\SysWOW64\\Sample.dll'",
            "'\\\\share\\evil.dll'",
            10,
            "absolute",
        ),
        (
            "'C:\\Windows\\SysWOW64\\Sample.dll'",
            "'%SystemRoot%\\env.dll'",
            10,
            "absolute",
        ),
        (
            "[\"libsample.so\"]",
            "[\"../libsample2.so\"]",
            5,
            "plain file name",
        ),
        ("\"digest\"", "\"hash\"", 13, "hash"),
        ("bool_width = 8", "bool_width = 2", 14, "1, 4 or 8"),
        ("\"SKF_PrvKeyDecrypt\"", "\"system\"", 15, "begins with SKF"),
        ("key_type_blob", "guess", 15, "guess"),
        ("kind = \"skf\"", "kind = \"pkcs11\"", 12, "SKF libraries"),
    ] {
        assert!(SAMPLE.contains(from), "{from}");
        match parsed(&SAMPLE.replacen(from, to, 1)) {
            Err(CatalogueError::Refused {
                path,
                line: at,
                reason,
            }) => {
                assert_eq!(path, Path::new("sample.toml"));
                assert!(reason.contains(says), "{to}: {reason}");
                assert_eq!(at, line, "{to}: {reason}");
            }
            other => panic!("{to}: {other:?}"),
        }
    }
}

#[test]
fn a_module_that_names_no_library_is_refused() {
    let text = "id = \"sample\"\nname = { zh = \"a\", en = \"a\" }\nkind = \"skf\"\n";
    let error = parsed(text).unwrap_err().to_string();
    assert!(error.contains("which library"), "{error}");
}

#[test]
fn one_file_name_with_two_sets_of_quirks_is_refused() {
    let other = SAMPLE
        .replace("\"sample\"", "\"other\"")
        .replace("\"digest\"", "\"digest_info\"");
    let files = [("sample.toml", SAMPLE), ("other.toml", &other)];
    let error = Modules::parse(files).unwrap_err().to_string();
    assert!(error.contains("with other quirks"), "{error}");
    // The same library under two names is no contradiction.
    let same = SAMPLE.replace("\"sample\"", "\"other\"");
    assert!(Modules::parse([("sample.toml", SAMPLE), ("other.toml", &same)]).is_ok());
}

#[test]
fn a_provider_file_brings_its_own_module() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("modules")).unwrap();
    fs::write(folder.path().join("modules/sample.toml"), SAMPLE).unwrap();
    let provider = "id = \"newca\"\nname = { zh = \"新\", en = \"New\" }\n[channel]\nkind = \"direct\"\n\
        [[modules]]\nid = \"newca-key\"\nname = { zh = \"锁\", en = \"Key\" }\nkind = \"skf\"\n\
        paths = { linux-x86_64 = [\"/opt/newca/libnewca.so\"] }\nquirks = { no_device_lock = true }\n";
    let path = folder.path().join("newca.toml");
    fs::write(&path, provider).unwrap();
    let catalogue = Catalogue::load(folder.path()).unwrap();
    let library = Path::new("/opt/newca/libnewca.so");
    assert!(catalogue.modules().quirks_of(library).no_device_lock);
    assert_eq!(catalogue.modules().iter().count(), 2);

    fs::write(&path, provider.replace("\"newca-key\"", "\"sample\"")).unwrap();
    match Catalogue::load(folder.path()) {
        Err(CatalogueError::Refused {
            path: at,
            line,
            reason,
        }) => {
            assert_eq!((at, line), (path, 6), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shipped_modules_claim_no_more_than_is_known() {
    let modules = shipped();
    let soft = modules.module("skf-soft").unwrap();
    assert!(!soft.hardware && soft.paths.is_empty());
    assert_eq!(soft.quirks.rsa_sign_input, Some(RsaSignInput::DigestInfo));
    for module in modules.iter().filter(|module| module.hardware) {
        assert!(!module.tested, "no real key was ever tried: {}", module.id);
    }
    // The fact on which the refusal of its device authentication rests.
    let feitian = modules.module("feitian-epass3000gm").unwrap();
    assert_eq!(feitian.quirks.device_auth, None);
    assert_eq!(feitian.usb, [UsbId::parse("096e:0309").unwrap()]);
}
