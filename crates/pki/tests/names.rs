//! Distinguished names: RFC 4514 text and RFC 5280 comparison.

use pki::asn1::{tag, write};
use pki::{Name, Oid, oid};
use proptest::prelude::*;

fn raw(attributes: &[(Oid, u8, &[u8])]) -> Name {
    let rdns: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(oid, tag, value)| {
            let attribute = write::sequence(&[&write::oid(oid), &write::element(*tag, value)]);
            write::set_of(&[attribute])
        })
        .collect();
    Name::from_der(&write::element(tag::SEQUENCE, &rdns.concat())).expect("readable")
}

#[test]
fn text_is_most_specific_first_with_rfc_4514_s_escapes() {
    let name = Name::from_attributes(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "甲, 乙 + \"丙\" <丁>"),
        (oid::COMMON_NAME, " #张三; "),
    ])
    .expect("name");
    assert_eq!(
        name.rfc4514(),
        "CN=\\ #张三\\;\\ ,O=甲\\, 乙 \\+ \\\"丙\\\" \\<丁\\>,C=CN"
    );
    let hash = Name::from_attributes(&[(oid::COMMON_NAME, "#1\\2\0")]).expect("name");
    assert_eq!(hash.rfc4514(), "CN=\\#1\\\\2\\00");
}

#[test]
fn types_outside_rfc_4514_s_table_are_written_as_hex_and_still_read_as_text() {
    let name = Name::from_attributes(&[(oid::NAME_SERIAL_NUMBER, "A1")]).expect("name");
    assert_eq!(name.rfc4514(), "2.5.4.5=#13024131");
    assert_eq!(name.attribute(&oid::NAME_SERIAL_NUMBER), Some("A1"));
}

#[test]
fn several_attributes_of_one_rdn_are_joined_by_plus_and_compare_in_any_order() {
    let attribute =
        |oid: &Oid, text: &str| write::sequence(&[&write::oid(oid), &write::utf8_string(text)]);
    let parts = [
        attribute(&oid::COMMON_NAME, "a"),
        attribute(&oid::ORGANIZATION, "b"),
    ];
    let set = |first: usize, second: usize| {
        let contents = [parts[first].clone(), parts[second].clone()].concat();
        Name::from_der(&write::sequence(&[&write::element(tag::SET, &contents)])).expect("name")
    };
    assert_eq!(set(0, 1).rfc4514(), "CN=a+O=b");
    assert_eq!(set(0, 1), set(1, 0));
    let apart = Name::from_attributes(&[(oid::COMMON_NAME, "a"), (oid::ORGANIZATION, "b")]);
    assert_ne!(set(0, 1), apart.expect("name"));
}

#[test]
fn names_compare_without_case_spaces_or_string_type_but_never_by_prefix() {
    let utf8 = raw(&[(oid::ORGANIZATION, tag::UTF8_STRING, b"Some  CA ")]);
    let printable = raw(&[(oid::ORGANIZATION, tag::PRINTABLE_STRING, b"some ca")]);
    let bmp = raw(&[(oid::ORGANIZATION, tag::BMP_STRING, b"\0S\0o\0m\0e\0 \0C\0A")]);
    assert_eq!(utf8, printable);
    assert_eq!(utf8, bmp);
    assert_ne!(
        utf8,
        raw(&[(oid::ORGANIZATION, tag::UTF8_STRING, b"Some CAs")])
    );
    assert_ne!(
        utf8,
        raw(&[(oid::COMMON_NAME, tag::UTF8_STRING, b"Some CA")])
    );
    for (text, same) in [
        ("ÄRGER  straße", "ärger STRASSE"),
        ("ＡＢＣ公司（深圳）", "abc公司(深圳)"),
    ] {
        let name = |text: &str| raw(&[(oid::ORGANIZATION, tag::UTF8_STRING, text.as_bytes())]);
        assert_eq!(name(text), name(same));
    }
    let spaced = raw(&[(
        oid::ORGANIZATION,
        tag::UTF8_STRING,
        "甲\u{3000}乙\u{200b}".as_bytes(),
    )]);
    assert_eq!(
        spaced,
        raw(&[(oid::ORGANIZATION, tag::UTF8_STRING, "甲 乙".as_bytes())])
    );
    assert_ne!(
        spaced,
        raw(&[(oid::ORGANIZATION, tag::UTF8_STRING, "甲乙".as_bytes())])
    );
    // A value that is no text equals only the same bytes.
    let odd = raw(&[(oid::ORGANIZATION, tag::OCTET_STRING, b"some ca")]);
    assert_ne!(odd, printable);
    assert_eq!(odd.attribute(&oid::ORGANIZATION), None);
    assert_eq!(odd.rfc4514(), "O=#0407736f6d65206361");
}

#[test]
fn a_name_lies_within_another_by_whole_rdns() {
    let base = Name::from_attributes(&[(oid::COUNTRY, "CN"), (oid::ORGANIZATION, "甲")]).unwrap();
    let below = Name::from_attributes(&[
        (oid::COUNTRY, "cn"),
        (oid::ORGANIZATION, "甲"),
        (oid::COMMON_NAME, "乙"),
    ])
    .unwrap();
    let beside =
        Name::from_attributes(&[(oid::COUNTRY, "CN"), (oid::ORGANIZATION, "甲甲")]).unwrap();
    assert!(below.is_within(&base) && base.is_within(&base));
    assert!(!beside.is_within(&base) && !base.is_within(&below));
}

#[test]
fn teletex_is_utf_8_where_it_can_be_and_else_iso_8859_1() {
    let utf8 = raw(&[(oid::ORGANIZATION, tag::TELETEX_STRING, "甲".as_bytes())]);
    assert_eq!(utf8.attribute(&oid::ORGANIZATION), Some("甲"));
    let latin = raw(&[(oid::ORGANIZATION, tag::TELETEX_STRING, b"Z\xfcrich")]);
    assert_eq!(latin.attribute(&oid::ORGANIZATION), Some("Zürich"));
}

proptest! {
    #[test]
    fn what_is_built_reads_back_and_equals_itself(values in prop::collection::vec("\\PC{1,20}", 1..6)) {
        let attributes: Vec<(Oid, &str)> = values.iter().map(|v| (oid::COMMON_NAME, v.as_str())).collect();
        let name = Name::from_attributes(&attributes).expect("name");
        let again = Name::from_der(name.der()).expect("reads back");
        prop_assert_eq!(&again, &name);
        let texts: Vec<&str> = again.attribute_values(&oid::COMMON_NAME).collect();
        prop_assert_eq!(texts, values.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert!(name.is_within(&name));
    }

    #[test]
    fn an_unescaped_comma_or_plus_never_comes_from_a_value(value in "[,+;\"\\\\ #a]{1,12}") {
        let name = Name::from_attributes(&[(oid::ORGANIZATION, &value), (oid::COMMON_NAME, "x")]).expect("name");
        let text = name.rfc4514();
        let mut separators = 0;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => { characters.next(); }
                ',' | '+' => separators += 1,
                _ => {}
            }
        }
        prop_assert_eq!(separators, 1);
    }
}
