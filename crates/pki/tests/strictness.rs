//! What a certificate, a list and a request may not be.

mod support;

use pki::asn1::{Element, tag, write};
use pki::crl::Crl;
use pki::pkcs10::{self, CertificationRequest};
use pki::{Certificate, KeyFamily, ParseError, Signer, oid, pem_encode};
use support::{Build, BuildCrl, NOW, key, name, sign};

/// TBSCertificate's fields, one of them replaced, signed again.
fn with_field(index: usize, field: &[u8]) -> Result<Certificate, ParseError> {
    let own = key(KeyFamily::Sm2);
    let der = Build::leaf("leaf", "ca", &own).der(&own);
    let outer = Element::parse(&der, "certificate").expect("DER");
    let tbs = outer.sequence("certificate").unwrap().required().unwrap();
    let mut fields = Vec::new();
    let mut inside = tbs.sequence("tbs").unwrap();
    while let Some(element) = inside.next().unwrap() {
        fields.push(element.raw().to_vec());
    }
    fields[index] = field.to_vec();
    let tbs = write::element(tag::SEQUENCE, &fields.concat());
    Certificate::from_der(&sign(&tbs, &own))
}

#[test]
fn a_serial_is_positive_minimal_and_of_at_most_twenty_octets() {
    let serial = |value: &[u8]| with_field(1, &write::element(tag::INTEGER, value));
    assert!(serial(&[0x7f; 20]).is_ok());
    assert!(serial(&[0x80]).is_err(), "negative");
    assert!(serial(&[0, 1]).is_err(), "not minimal");
    assert!(serial(&[]).is_err(), "empty");
    assert!(serial(&[0x7f; 21]).is_err(), "too long");
    assert_eq!(serial(&[0, 0xff]).expect("readable").serial_hex(), "ff");
}

#[test]
fn versions_times_and_algorithms_are_the_standard_s() {
    let version = |number: u64| with_field(0, &write::explicit(0, &write::integer(number)));
    assert!(version(2).is_ok());
    assert_eq!(version(3).unwrap_err(), ParseError::Version("certificate"));
    assert_eq!(version(1).unwrap_err(), ParseError::Version("certificate"));
    let other = write::sequence(&[&write::oid(&oid::ECDSA_SHA256)]);
    assert!(with_field(2, &other).is_err(), "inner and outer differ");
    let validity = |from: &[u8]| {
        let from = write::element(tag::UTC_TIME, from);
        with_field(4, &write::sequence(&[&from, &NOW.to_asn1()]))
    };
    assert!(validity(b"261122000000Z").is_ok());
    assert!(validity(b"2611220000Z").is_err(), "without seconds");
    assert!(validity(b"261122000000+0800").is_err(), "with an offset");
    assert!(validity(b"261322000000Z").is_err(), "month 13");
}

#[test]
fn an_extension_stands_once_and_its_value_is_read_strictly() {
    let own = key(KeyFamily::Sm2);
    let mut twice = Build::leaf("leaf", "ca", &own);
    twice.extensions.push(twice.extensions[0].clone());
    assert_eq!(
        Certificate::from_der(&twice.der(&own)).unwrap_err(),
        ParseError::Duplicate("an extension")
    );
    for (oid, value) in [
        (oid::BASIC_CONSTRAINTS, vec![0x30, 0x03, 0x01, 0x01, 0x01]),
        (oid::KEY_USAGE, vec![0x03, 0x02, 0x07, 0xff]),
        (oid::CERTIFICATE_POLICIES, vec![0x30, 0x02, 0x06]),
        (oid::CRL_DISTRIBUTION_POINTS, b"http://x".to_vec()),
    ] {
        let build = Build::leaf("leaf", "ca", &own).extension(oid, false, value);
        assert!(Certificate::from_der(&build.der(&own)).is_err(), "{oid}");
    }
    let empty = Build {
        extensions: Vec::new(),
        ..Build::leaf("leaf", "ca", &own)
    };
    assert!(Certificate::from_der(&empty.der(&own)).is_err());
}

#[test]
fn an_explicitly_encoded_default_is_read_and_the_signature_stands_over_the_bytes_as_they_are() {
    let own = key(KeyFamily::Sm2);
    let usage = support::key_usage(&[0]);
    let explicit_false = write::sequence(&[
        &write::oid(&oid::KEY_USAGE),
        &write::boolean(false),
        &write::octet_string(&usage),
    ]);
    let build = Build::leaf("leaf", "ca", &own);
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::integer(7),
        &own.algorithm().identifier(),
        build.issuer.der(),
        &write::sequence(&[&build.not_before.to_asn1(), &build.not_after.to_asn1()]),
        build.subject.der(),
        own.public_key().spki_der(),
        &write::explicit(3, &write::sequence(&[&explicit_false])),
    ]);
    let certificate = Certificate::from_der(&sign(&tbs, &own)).expect("readable");
    assert!(!certificate.extensions()[0].critical());
    assert_eq!(certificate.verify_signature(own.public_key()), Ok(()));
}

#[test]
fn trailing_bytes_size_and_pem_are_watched() {
    let own = key(KeyFamily::Sm2);
    let der = Build::leaf("leaf", "ca", &own).der(&own);
    let trailing = [der.as_slice(), &[0x05, 0x00]].concat();
    assert_eq!(
        Certificate::from_der(&trailing).unwrap_err(),
        ParseError::TrailingBytes("certificate")
    );
    assert!(matches!(
        Certificate::from_der(&vec![0x30; 64 * 1024 + 1]),
        Err(ParseError::TooLarge { .. })
    ));
    let pem = pem_encode("CERTIFICATE", &der);
    let two = format!("subject: leaf\n{pem}text between\n{pem}");
    assert_eq!(Certificate::many_from_pem(&two).expect("two").len(), 2);
    assert!(Certificate::from_pem(&two).is_err(), "exactly one");
    assert!(Certificate::from_pem("").is_err());
    assert!(Certificate::from_pem(&pem.replace("-----END", "-----STOP")).is_err());
    assert!(Certificate::from_pem(&pem.replace("M", "*")).is_err());
    assert_eq!(
        Certificate::many_from_pem("nothing").expect("none").len(),
        0
    );
    let crlf = Certificate::from_pem(&pem.replace('\n', "\r\n")).expect("CRLF");
    assert_eq!(crlf.to_pem(), pem);
}

#[test]
fn a_list_is_version_two_and_its_entries_are_read_strictly() {
    let own = key(KeyFamily::Sm2);
    let good = BuildCrl::of("ca").der(&own);
    assert!(Crl::from_der(&good).is_ok());
    assert!(Crl::from_der(&[good.as_slice(), &[0]].concat()).is_err());
    let mut negative = BuildCrl::of("ca");
    negative.revoked.push((vec![1], Vec::new()));
    let mut der = negative.der(&own);
    let at = der
        .windows(3)
        .position(|window| window == [0x02, 0x01, 0x01])
        .expect("version");
    der[at + 2] = 0;
    assert_eq!(
        Crl::from_der(&der).unwrap_err(),
        ParseError::Version("revocation list")
    );
}

#[test]
fn a_request_proves_possession_and_carries_no_wish_into_a_certificate() {
    let own = key(KeyFamily::P256);
    let der = pkcs10::build(&name("me"), own.public_key(), |info| own.sign(info)).expect("built");
    let request = CertificationRequest::from_der(&der).expect("readable");
    assert_eq!(request.verify(), Ok(()));
    assert_eq!(request.subject(), &name("me"));
    let again = CertificationRequest::from_pem(&request.to_pem()).expect("readable");
    assert_eq!(again.der(), der);

    let other = key(KeyFamily::P256);
    let der = pkcs10::build(&name("me"), own.public_key(), |info| other.sign(info)).expect("built");
    let stolen = CertificationRequest::from_der(&der).expect("readable");
    assert!(stolen.verify().is_err());
}

#[test]
fn extension_text_reads_der_strings_and_the_bare_text_that_some_authorities_write() {
    let own = key(KeyFamily::Sm2);
    let text = |value: Vec<u8>| {
        Build::leaf("leaf", "ca", &own)
            .extension(oid::GM_ORGANISATION_CODE, false, value)
            .signed_by(&own)
            .extension_text(&oid::GM_ORGANISATION_CODE)
    };
    let code = "91350200MA2XXXXX0A";
    let printable = write::element(tag::PRINTABLE_STRING, code.as_bytes());
    assert_eq!(text(printable).as_deref(), Some(code));
    assert_eq!(text(write::utf8_string(code)).as_deref(), Some(code));
    assert_eq!(text(code.as_bytes().to_vec()).as_deref(), Some(code));
    assert_eq!(text(write::null()), None);
}

#[test]
fn times_cross_2050_in_the_form_that_the_profile_demands() {
    use pki::UnixTime;
    let last_utc = UnixTime(2_524_607_999);
    assert_eq!(last_utc.to_asn1(), b"\x17\x0d491231235959Z");
    assert_eq!(last_utc.plus(1).to_asn1(), b"\x18\x0f20500101000000Z");
    assert_eq!(UnixTime(i64::MAX).to_asn1(), b"\x18\x0f99991231235959Z");
    assert_eq!(UnixTime(-5).to_asn1(), b"\x17\x0d700101000000Z");
    for time in [UnixTime(0), last_utc, last_utc.plus(1), NOW] {
        let der = time.to_asn1();
        let element = Element::parse(&der, "time").expect("DER");
        assert_eq!(UnixTime::from_asn1(&element), Ok(time));
        let general = time.to_generalized_time();
        let element = Element::parse(&general, "time").expect("DER");
        assert_eq!(UnixTime::from_asn1(&element), Ok(time));
    }
}
