//! SignedData: built, read back, and refused wherever its parts do not belong together.

mod support;

use pki::asn1::{Element, tag, write};
use pki::cms::{
    CmsError, OidFamily, SignedAttributesSpec, SignedData, SignerIdentifier, SignerInfo, assemble,
    signed_attributes,
};
use pki::{
    Certificate, HashAlgorithm, KeyFamily, Oid, ParseError, SignatureAlgorithm, Signer,
    SoftwareKey, hash, oid,
};
use support::{Build, NOW, key};

const CONTENT: &[u8] = b"what the seal covers";

struct Person {
    key: SoftwareKey,
    certificate: Certificate,
}

impl Person {
    fn new(family: KeyFamily) -> Self {
        let ca = key(KeyFamily::Sm2);
        let key = key(family);
        let certificate = Build::leaf("person", "ca", &key).signed_by(&ca);
        Self { key, certificate }
    }

    fn digest(&self) -> Vec<u8> {
        hash(self.key.algorithm().hash(), CONTENT)
    }

    fn spec<'a>(&'a self, family: OidFamily, digest: &'a [u8]) -> SignedAttributesSpec<'a> {
        SignedAttributesSpec {
            family,
            algorithm: self.key.algorithm(),
            content_digest: digest,
            certificate: &self.certificate,
            signing_time: None,
            custom: Vec::new(),
        }
    }

    fn sign(&self, family: OidFamily) -> Vec<u8> {
        let digest = self.digest();
        let spec = self.spec(family, &digest);
        let attributes = signed_attributes(&spec);
        let signature = self.key.sign(&attributes).expect("signature");
        assemble(&spec, &attributes, &signature, &[])
    }
}

fn read(der: &[u8]) -> SignedData {
    SignedData::from_der(der).expect("readable")
}

fn only(data: &SignedData) -> &SignerInfo {
    let [signer] = data.signers() else {
        panic!("one signer")
    };
    signer
}

/// A SignerInfo from parts, for what `assemble` would never write.
struct BuildSigner<'a> {
    person: &'a Person,
    digest_algorithm: HashAlgorithm,
    signature_algorithm: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    by_key_identifier: bool,
}

fn attribute(oid: &Oid, value: Vec<u8>) -> Vec<u8> {
    write::sequence(&[&write::oid(oid), &write::set_of(&[value])])
}

impl<'a> BuildSigner<'a> {
    fn new(person: &'a Person) -> Self {
        let digest_algorithm = person.key.algorithm().hash();
        Self {
            person,
            digest_algorithm,
            signature_algorithm: person.key.algorithm().identifier(),
            attributes: vec![
                attribute(&oid::CONTENT_TYPE, write::oid(&oid::DATA)),
                attribute(
                    &oid::MESSAGE_DIGEST,
                    write::octet_string(&hash(digest_algorithm, CONTENT)),
                ),
            ],
            by_key_identifier: false,
        }
    }

    fn der(&self) -> Vec<u8> {
        let certificate = &self.person.certificate;
        let set = write::set_of(&self.attributes);
        let signed = if self.attributes.is_empty() {
            CONTENT.to_vec()
        } else {
            set.clone()
        };
        let signature = self.person.key.sign(&signed).expect("signature");
        let implicit = if self.attributes.is_empty() {
            Vec::new()
        } else {
            [&[0xa0], &set[1..]].concat()
        };
        let (version, sid) = if self.by_key_identifier {
            (3, write::element(tag::context(0), &[5; 20]))
        } else {
            let serial = write::unsigned_integer(certificate.serial());
            (1, write::sequence(&[certificate.issuer().der(), &serial]))
        };
        write::sequence(&[
            &write::integer(version),
            &sid,
            &write::sequence(&[&write::oid(&self.digest_algorithm.oid()), &write::null()]),
            &implicit,
            &self.signature_algorithm,
            &write::octet_string(&signature),
        ])
    }

    fn verdict(&self) -> Result<(), CmsError> {
        let data = read(&wrap(&[self.der()], &self.person.certificate, None));
        let digest = hash(self.digest_algorithm, CONTENT);
        only(&data).verify(&digest, &self.person.certificate)
    }
}

fn wrap(signers: &[Vec<u8>], certificate: &Certificate, content: Option<&[u8]>) -> Vec<u8> {
    let content = content.map(|octets| write::explicit(0, &write::octet_string(octets)));
    let data = write::sequence(&[
        &write::integer(1),
        &write::set_of(&[write::sequence(&[&write::oid(&oid::SHA_256)])]),
        &write::sequence(&[&write::oid(&oid::DATA), &content.unwrap_or_default()]),
        &write::element(tag::context_constructed(0), certificate.der()),
        &write::set_of(signers),
    ]);
    write::sequence(&[&write::oid(&oid::SIGNED_DATA), &write::explicit(0, &data)])
}

#[test]
fn what_is_built_in_either_family_reads_back_and_verifies() {
    for (key_family, family) in [
        (KeyFamily::Sm2, OidFamily::Gm),
        (KeyFamily::Sm2, OidFamily::Pkcs7),
        (KeyFamily::Rsa, OidFamily::Pkcs7),
        (KeyFamily::P256, OidFamily::Pkcs7),
    ] {
        let person = Person::new(key_family);
        let data = read(&person.sign(family));
        assert_eq!(data.family(), family);
        assert_eq!(data.content(), None);
        let signer = only(&data);
        assert_eq!(signer.digest_algorithm(), person.key.algorithm().hash());
        assert_eq!(signer.signature_algorithm(), person.key.algorithm());
        assert_eq!(signer.content_type(), Some(family.data()));
        assert_eq!(signer.message_digest(), Some(person.digest().as_slice()));
        assert_eq!(signer.signing_time(), None);
        assert_eq!(data.certificate_of(signer), Some(&person.certificate));
        assert_eq!(signer.verify(&person.digest(), &person.certificate), Ok(()));
        let named = signer.signing_certificate_v2().expect("present");
        assert!(named.names(&person.certificate));
        assert_eq!(named.hash_algorithm, person.key.algorithm().hash());
    }
}

#[test]
fn time_and_custom_attributes_travel_signed() {
    let person = Person::new(KeyFamily::Sm2);
    let digest = person.digest();
    let mut spec = person.spec(OidFamily::Gm, &digest);
    spec.signing_time = Some(NOW);
    let value = write::sequence(&[&write::utf8_string("https://example.test")]);
    spec.custom = vec![(oid::YINXIN_SEAL_INTENT, value.clone())];
    let attributes = signed_attributes(&spec);
    let signature = person.key.sign(&attributes).expect("signature");
    let data = read(&assemble(&spec, &attributes, &signature, &[]));
    let signer = only(&data);
    assert_eq!(signer.signing_time(), Some(NOW));
    assert_eq!(
        signer.attribute(&oid::YINXIN_SEAL_INTENT),
        Some(value.as_slice())
    );
    assert_eq!(signer.signed_attributes_der(), Some(attributes));
    assert_eq!(signer.verify(&digest, &person.certificate), Ok(()));
}

#[test]
fn another_content_another_certificate_and_another_key_are_each_refused_for_their_reason() {
    let person = Person::new(KeyFamily::Sm2);
    let data = read(&person.sign(OidFamily::Gm));
    let signer = only(&data);
    let other_content = hash(HashAlgorithm::Sm3, b"something else");
    assert_eq!(
        signer.verify(&other_content, &person.certificate),
        Err(CmsError::MessageDigest)
    );
    let stranger = Person::new(KeyFamily::Sm2);
    // Same issuer name and serial, another key: only signing-certificate-v2 tells them apart.
    assert!(signer.identifier().names(&stranger.certificate));
    assert_eq!(
        signer.verify(&person.digest(), &stranger.certificate),
        Err(CmsError::SigningCertificate)
    );
    let ca = key(KeyFamily::Sm2);
    let elsewhere = Build::leaf("person", "another ca", &person.key).signed_by(&ca);
    assert_eq!(
        signer.verify(&person.digest(), &elsewhere),
        Err(CmsError::OtherCertificate)
    );
    let rsa = Person::new(KeyFamily::Rsa);
    assert_eq!(
        signer.verify(&person.digest(), &rsa.certificate),
        Err(CmsError::AlgorithmsDisagree)
    );
    let bare = BuildSigner::new(&person);
    assert_eq!(bare.verdict(), Ok(()), "signing-certificate-v2 is optional");
    let data = read(&wrap(&[bare.der()], &person.certificate, None));
    assert!(matches!(
        only(&data).verify(&person.digest(), &stranger.certificate),
        Err(CmsError::Signature(_))
    ));
}

#[test]
fn content_type_and_message_digest_have_to_be_there_once_and_right() {
    let person = Person::new(KeyFamily::Sm2);
    let mut build = BuildSigner::new(&person);
    build.attributes.remove(0);
    assert_eq!(build.verdict(), Err(CmsError::ContentType));
    build.attributes[0] = attribute(&oid::CONTENT_TYPE, write::oid(&oid::GM_DATA));
    assert_eq!(build.verdict(), Err(CmsError::ContentType));
    build.attributes[0] = attribute(&oid::CONTENT_TYPE, write::oid(&oid::DATA));
    assert_eq!(build.verdict(), Err(CmsError::MessageDigest));

    let digest = write::octet_string(&person.digest());
    let twice = attribute(&oid::MESSAGE_DIGEST, digest.clone());
    build.attributes.extend([twice.clone(), twice]);
    let der = wrap(&[build.der()], &person.certificate, None);
    assert!(matches!(
        SignedData::from_der(&der),
        Err(ParseError::Duplicate(_))
    ));
    let two_values = write::sequence(&[
        &write::oid(&oid::MESSAGE_DIGEST),
        &write::set_of(&[digest.clone(), write::octet_string(&[0; 32])]),
    ]);
    build.attributes = vec![two_values];
    let der = wrap(&[build.der()], &person.certificate, None);
    assert!(SignedData::from_der(&der).is_err());
}

#[test]
fn the_algorithms_of_signer_info_and_attributes_agree_or_the_signature_is_refused() {
    let person = Person::new(KeyFamily::P256);
    let mut build = BuildSigner::new(&person);
    build.digest_algorithm = HashAlgorithm::Sha512;
    let digest = write::octet_string(&hash(HashAlgorithm::Sha512, CONTENT));
    build.attributes[1] = attribute(&oid::MESSAGE_DIGEST, digest);
    assert_eq!(build.verdict(), Err(CmsError::AlgorithmsDisagree));

    let protection = |digest: HashAlgorithm, signature: &Oid| {
        let digest = write::sequence(&[&write::oid(&digest.oid())]);
        let signature = write::element(tag::context_constructed(1), &write::oid(signature));
        attribute(
            &oid::ALGORITHM_PROTECTION,
            write::sequence(&[&digest, &signature]),
        )
    };
    let mut build = BuildSigner::new(&person);
    build
        .attributes
        .push(protection(HashAlgorithm::Sha256, &oid::ECDSA_SHA256));
    assert_eq!(build.verdict(), Ok(()));
    build.attributes[2] = protection(HashAlgorithm::Sha256, &oid::ECDSA_SHA384);
    assert_eq!(build.verdict(), Err(CmsError::AlgorithmsDisagree));
    build.attributes[2] = protection(HashAlgorithm::Sm3, &oid::ECDSA_SHA256);
    assert_eq!(build.verdict(), Err(CmsError::AlgorithmsDisagree));
}

#[test]
fn rsa_may_name_the_key_alone_with_the_hash_beside_it() {
    let person = Person::new(KeyFamily::Rsa);
    let mut build = BuildSigner::new(&person);
    build.signature_algorithm =
        write::sequence(&[&write::oid(&oid::RSA_ENCRYPTION), &write::null()]);
    assert_eq!(build.verdict(), Ok(()));
    let data = read(&wrap(&[build.der()], &person.certificate, None));
    assert_eq!(
        only(&data).signature_algorithm(),
        SignatureAlgorithm::RsaPkcs1Sha256
    );
    build.signature_algorithm = write::sequence(&[&write::oid(&Oid::new_unwrap("1.2.3"))]);
    let der = wrap(&[build.der()], &person.certificate, None);
    assert!(matches!(
        SignedData::from_der(&der),
        Err(ParseError::UnsupportedAlgorithm { .. })
    ));
}

#[test]
fn without_signed_attributes_only_the_function_that_says_so_verifies() {
    let person = Person::new(KeyFamily::Sm2);
    let mut build = BuildSigner::new(&person);
    build.attributes.clear();
    let data = read(&wrap(&[build.der()], &person.certificate, Some(CONTENT)));
    assert_eq!(data.content(), Some(CONTENT));
    let signer = only(&data);
    assert_eq!(
        signer.verify(&person.digest(), &person.certificate),
        Err(CmsError::NoSignedAttributes)
    );
    let bare = |signer: &SignerInfo, content| {
        signer.danger_verify_without_attributes(content, &person.certificate)
    };
    assert_eq!(bare(signer, CONTENT), Ok(()));
    assert!(bare(signer, b"another").is_err());

    // The classic confusion: the attributes of a signature offered as the content of another.
    let data = read(&person.sign(OidFamily::Pkcs7));
    let attributes = only(&data).signed_attributes_der().expect("present");
    assert_eq!(
        bare(only(&data), &attributes),
        Err(CmsError::UnexpectedSignedAttributes)
    );
}

#[test]
fn every_signer_is_shown_and_a_key_identifier_names_by_extension() {
    let person = Person::new(KeyFamily::Sm2);
    let mut build = BuildSigner::new(&person);
    let first = build.der();
    build.by_key_identifier = true;
    let data = read(&wrap(&[first, build.der()], &person.certificate, None));
    assert_eq!(data.signers().len(), 2);
    let by_identifier = data
        .signers()
        .iter()
        .find(|s| matches!(s.identifier(), SignerIdentifier::SubjectKeyIdentifier(_)))
        .expect("present");
    assert_eq!(data.certificate_of(by_identifier), None);
    assert_eq!(
        read(&wrap(&[], &person.certificate, None)).signers().len(),
        0
    );

    let ca = key(KeyFamily::Sm2);
    let with_identifier = Build::leaf("person", "ca", &person.key)
        .extension(
            oid::SUBJECT_KEY_IDENTIFIER,
            false,
            write::octet_string(&[5; 20]),
        )
        .signed_by(&ca);
    assert_eq!(
        by_identifier.verify(&person.digest(), &with_identifier),
        Ok(())
    );
}

#[test]
fn ber_trailing_bytes_and_too_much_of_anything_are_refused() {
    let person = Person::new(KeyFamily::Sm2);
    let good = person.sign(OidFamily::Gm);
    let trailing = [good.as_slice(), &[0]].concat();
    assert!(matches!(
        SignedData::from_der(&trailing),
        Err(ParseError::TrailingBytes(_))
    ));
    let (element, rest) = Element::parse_prefix(&trailing, "padded").expect("an element");
    assert_eq!((element.raw(), rest), (good.as_slice(), [0].as_slice()));

    // The outermost SEQUENCE with an indefinite length, as BER allows.
    let contents = Element::parse(&good, "CMS").expect("DER").value().to_vec();
    let indefinite = [&[0x30, 0x80], contents.as_slice(), &[0, 0]].concat();
    assert!(SignedData::from_der(&indefinite).is_err());
    let long_form = [&[0x30, 0x84, 0, 0], &good[2..]].concat();
    assert!(SignedData::from_der(&long_form).is_err());

    assert!(matches!(
        SignedData::from_der(&vec![0x30; 3 * 1024 * 1024]),
        Err(ParseError::TooLarge { .. })
    ));
    let signer = BuildSigner::new(&person).der();
    let crowd = vec![signer; 17];
    assert!(matches!(
        SignedData::from_der(&wrap(&crowd, &person.certificate, None)),
        Err(ParseError::TooMany { .. })
    ));
    let crowd: Vec<u8> = std::iter::repeat_n(person.certificate.der(), 65)
        .flatten()
        .copied()
        .collect();
    let data = write::sequence(&[
        &write::integer(1),
        &write::set_of(&[]),
        &write::sequence(&[&write::oid(&oid::DATA)]),
        &write::element(tag::context_constructed(0), &crowd),
        &write::set_of(&[]),
    ]);
    let der = write::sequence(&[&write::oid(&oid::SIGNED_DATA), &write::explicit(0, &data)]);
    assert!(matches!(
        SignedData::from_der(&der),
        Err(ParseError::TooMany { .. })
    ));
}
