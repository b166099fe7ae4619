use super::*;

const GOOD: &str = include_str!("../../../profiles/scca.toml");

/// The fault of the good profile with one text in place of another.
#[track_caller]
fn fault(from: &str, to: &str) -> ProfileFault {
    assert!(GOOD.contains(from), "{from}");
    match checked_profile(&GOOD.replacen(from, to, 1)) {
        Ok(_) => panic!("{to:?} is taken"),
        Err(fault) => fault,
    }
}

#[test]
fn every_built_in_profile_is_safe() {
    for text in [
        include_str!("../../../profiles/szca.toml"),
        include_str!("../../../profiles/itrus.toml"),
        include_str!("../../../profiles/scca.toml"),
        include_str!("../../../profiles/cfca.toml"),
        include_str!("../../../profiles/fjca.toml"),
        include_str!("../../../profiles/fjgp.toml"),
        include_str!("../../../profiles/qhca.toml"),
        include_str!("../../../profiles/shouzhong.toml"),
        include_str!("../../../profiles/zjhx.toml"),
    ] {
        if let Err(fault) = checked_profile(text) {
            panic!("{fault}: {text}");
        }
    }
}

#[test]
fn an_unsafe_profile_is_refused_at_the_line_of_its_fault() {
    for (from, to, line, why) in [
        ("family = \"sm2\"", "family = \"sm9\"", 4, "none of"),
        ("id = \"scca\"", "id = \"../scca\"", 3, "a-z"),
        ("id = \"scca\"", "id = \"scca-1\"", 3, "shard"),
        (
            "id = \"scca-demo-issuing\"",
            "id = \"scca-demo-root\"",
            24,
            "one id",
        ),
        ("days = 365\n", "days = 0\n", 6, "days"),
        (
            "days = 365\n",
            "days = 365\nmax_years = 99\n",
            7,
            "max_years",
        ),
        ("days = 3640", "days = 3651", 26, "outlive"),
        ("days = 365\n", "days = 3645\n", 6, "outlive"),
        ("[\"2.25.1448040822.3.3\"]", "[]", 5, "policy"),
        ("2.25.1448040822.3.3", "2.5.29.32.0", 5, "anyPolicy"),
        ("2.25.1448040822.3.3", "9.9.9", 5, "object identifier"),
        ("{holder}", "谁都可以", 7, "every certificate"),
        ("{holder}", "{password}", 11, "{password}"),
        (
            "{organisation}",
            "{organisation}{organisation}{organisation}{organisation}{organisation}{organisation}{organisation}",
            7,
            "upper bounds",
        ),
        ("value = \"CN\"", "value = \"China\"", 7, "country"),
        (
            "四川CA 演示根CA DEMO",
            "{organisation}",
            9,
            "fields of an applicant",
        ),
        (
            "四川CA 演示签发CA DEMO",
            "四川CA 演示根CA DEMO",
            24,
            "one name",
        ),
        (
            "1.2.156.10260.4.1.4",
            "2.5.29.19",
            35,
            "standard's extension",
        ),
        (
            "1.2.156.10260.4.1.4",
            "1.3.6.1.5.5.7.48.1.5",
            35,
            "standard's extension",
        ),
        (
            "value = \"{uscc}\"",
            "value = \"91350200MA2XXXXX0A\"",
            36,
            "organisation code",
        ),
        (
            "value = \"{uscc}\"",
            "value = \"{holder}\"",
            11,
            "printable",
        ),
        ("\"printable\"", "\"bmp\"", 37, "neither"),
        (
            "family = \"sm2\"",
            "family = \"sm2\"\nkey_usage = \"ca\"",
            5,
            "key_usage",
        ),
    ] {
        let found = fault(from, to);
        assert!(found.reason.contains(why), "{to}: {found}");
        assert_eq!(found.line, line, "{to}: {found}");
    }
}

#[test]
fn an_identity_extension_stands_once() {
    let block = GOOD.find("[[extensions]]").unwrap();
    let twice = format!("{GOOD}\n{}", &GOOD[block..]);
    let fault = checked_profile(&twice).err().unwrap();
    assert!(fault.reason.contains("twice"), "{fault}");
}

#[test]
fn somebody_must_be_told_from_another_of_the_same_name() {
    let block = GOOD.find("[[extensions]]").unwrap();
    let nameless = GOOD[..block].replace("{key_number}", "1");
    let fault = checked_profile(&nameless).err().unwrap();
    assert!(fault.reason.contains("two holders"), "{fault}");
}
