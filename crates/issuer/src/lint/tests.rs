//! Each rule, broken: a certificate that the linter lets pass but for one thing.

use pki::asn1::{tag, write};
use pki::{KeyFamily, Name, Oid, PublicKey, SoftwareKey, UnixTime, oid};

use super::lint;
use crate::{Authority, Kind, LintFinding, Template};

const SERIAL: [u8; 16] = [0x41; 16];
const FROM: UnixTime = UnixTime(1_800_000_000);
const TO: UnixTime = UnixTime(1_830_000_000);

fn key(family: KeyFamily) -> PublicKey {
    SoftwareKey::generate(family).unwrap().public_key().clone()
}

fn name(attributes: &[(Oid, &str)]) -> Name {
    Name::from_attributes(attributes).unwrap()
}

fn authority_of(common_name: &str, key: &PublicKey, base_url: &str) -> Authority {
    let subject = name(&[(oid::COUNTRY, "CN"), (oid::COMMON_NAME, common_name)]);
    Authority::bare("test", subject, key.clone(), base_url)
}

/// An authority and a template that break nothing.
struct Sound {
    authority: Authority,
    own_key: PublicKey,
    template: Template,
}

fn sound() -> Sound {
    let own_key = key(KeyFamily::Sm2);
    Sound {
        authority: authority_of("Test CA", &own_key, "http://ca.test/"),
        own_key,
        template: Template {
            kind: Kind::EndEntity,
            subject: name(&[
                (oid::COUNTRY, "CN"),
                (oid::ORGANIZATION, "演示单位"),
                (oid::COMMON_NAME, "林演示"),
            ]),
            public_key: key(KeyFamily::Sm2),
            not_before: FROM,
            not_after: TO,
            policies: vec![Oid::new("2.25.1").unwrap()],
            extended_key_usage: vec![oid::CLIENT_AUTH],
            identity: vec![(
                Oid::new("1.2.156.10260.4.1.4").unwrap(),
                write::element(tag::PRINTABLE_STRING, b"91350200MA0000015A"),
            )],
            key_number: None,
        },
    }
}

fn findings_of(authority: &Authority, template: &Template) -> Vec<LintFinding> {
    lint(authority, template, &template.tbs(authority, &SERIAL))
}

#[test]
fn a_sound_signing_and_encryption_certificate_break_no_rule() {
    let sound = sound();
    assert_eq!(findings_of(&sound.authority, &sound.template), []);
    let encryption = sound.template.encryption(key(KeyFamily::Sm2));
    assert_eq!(findings_of(&sound.authority, &encryption), []);
}

/// What the linter says of a certificate in which this rule alone, or this rule among those that go with it, is broken.
fn broken(finding: LintFinding) -> Vec<LintFinding> {
    let Sound {
        mut authority,
        own_key,
        mut template,
    } = sound();
    let honest = template.tbs(&authority, &SERIAL);
    let tbs = match finding {
        LintFinding::Unreadable => honest[..honest.len() - 1].to_vec(),
        LintFinding::Serial => template.tbs(&authority, &[0x41; 4]),
        LintFinding::Issuer => {
            let other = authority_of("Other CA", &own_key, "http://ca.test/");
            template.tbs(&other, &SERIAL)
        }
        LintFinding::Validity => {
            template.not_after = FROM.plus(-1);
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::OutlivesIssuer => {
            authority = authority.ending(TO.plus(-1));
            honest
        }
        LintFinding::Subject => {
            template.subject = name(&[(oid::COUNTRY, "CN"), (oid::ORGANIZATION, "演示单位")]);
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::StringType => {
            template.subject = with_country_in_utf8();
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::BasicConstraints => {
            let mut ca = template.clone();
            ca.kind = Kind::IssuingCa;
            ca.tbs(&authority, &SERIAL)
        }
        LintFinding::KeyUsage => {
            let mut encryption = template.clone();
            encryption.kind = Kind::Encryption;
            encryption.tbs(&authority, &SERIAL)
        }
        LintFinding::ExtendedKeyUsage => {
            template.extended_key_usage = Vec::new();
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::KeyIdentifier => {
            let renewed = authority_of("Test CA", &key(KeyFamily::Sm2), "http://ca.test/");
            template.tbs(&renewed, &SERIAL)
        }
        LintFinding::Key => {
            template.public_key = own_key;
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::Revocation | LintFinding::IssuerAddress => {
            let elsewhere = authority_of("Test CA", &own_key, "http://elsewhere.test/");
            template.tbs(&elsewhere, &SERIAL)
        }
        LintFinding::Policies => {
            template.policies = Vec::new();
            template.tbs(&authority, &SERIAL)
        }
        LintFinding::Criticality => replaced(&honest, &[0x55, 0x1d, 0x0f], &[0x55, 0x1d, 0x63]),
        LintFinding::Identity => {
            template.identity[0].1 = write::element(tag::PRINTABLE_STRING, b"91350200");
            template.tbs(&authority, &SERIAL)
        }
    };
    lint(&authority, &template, &tbs)
}

#[test]
fn every_rule_is_found_broken_and_names_its_clause() {
    for finding in LintFinding::ALL {
        let findings = broken(finding);
        assert!(findings.contains(&finding), "{finding:?}: {findings:?}");
        assert!(!finding.clause().is_empty());
    }
}

#[test]
fn one_broken_rule_is_told_alone_where_nothing_goes_with_it() {
    for finding in [
        LintFinding::Serial,
        LintFinding::Validity,
        LintFinding::OutlivesIssuer,
        LintFinding::Subject,
        LintFinding::StringType,
        LintFinding::ExtendedKeyUsage,
        LintFinding::KeyIdentifier,
        LintFinding::Key,
        LintFinding::Policies,
        LintFinding::Identity,
    ] {
        assert_eq!(broken(finding), [finding]);
    }
}

#[test]
fn an_encryption_certificate_of_another_family_than_sm2_is_not_signed() {
    let sound = sound();
    let encryption = sound.template.encryption(key(KeyFamily::P256));
    assert_eq!(
        findings_of(&sound.authority, &encryption),
        [LintFinding::Key]
    );
}

/// countryName as UTF8String: readable, and against RFC 5280 appendix A.1.
fn with_country_in_utf8() -> Name {
    let attribute = |oid: &Oid, text: &str| {
        let value = write::element(tag::UTF8_STRING, text.as_bytes());
        let pair = write::sequence(&[&write::oid(oid), &value]);
        write::constructed(tag::SET, &[&pair])
    };
    let der = write::sequence(&[
        &attribute(&oid::COUNTRY, "CN"),
        &attribute(&oid::COMMON_NAME, "林演示"),
    ]);
    Name::from_der(&der).unwrap()
}

fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = octets
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&octets[..at], to, &octets[at + from.len()..]].concat()
}
