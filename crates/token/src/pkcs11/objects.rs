//! The objects of a token: certificates and keys that belong together by `CKA_ID`.
//!
//! Without a PIN only public objects are seen: certificates, mostly public keys, never private ones. So a
//! certificate alone is a container too, with the kind of the certificate's key; whether its private key is
//! there shows when it signs. A key alone is a container without certificate. Where one id has several
//! certificates, each is a container of its own, named by the id and the certificate's digest: nothing is
//! picked for the holder.

use cryptoki::object::{
    Attribute, AttributeInfo, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use pki::{Certificate, HashAlgorithm};

use super::error::token_error;
use crate::skf::names;
use crate::wire::RawPublicKey;
use crate::{ContainerInfo, KeyKind, TokenError};

/// Most objects of one class that are believed.
const MAX_OBJECTS: usize = 256;
/// Longest certificate that is believed, in octets.
const MAX_CERTIFICATE: usize = 64 << 10;
/// Longest other attribute that is believed, in octets.
const MAX_ATTRIBUTE: usize = 1024;

/// The DER of `prime256v1` (RFC 5480 §2.1.1.1), as `CKA_EC_PARAMS` holds it.
pub const P256_PARAMETERS: [u8; 10] = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];

/// What belongs together on a token.
#[derive(Clone, Debug)]
pub struct Container {
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// Its name in references.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// The handle of the certificate's object.
    pub certificate_object: Option<ObjectHandle>,
    key: Option<RawPublicKey>,
}

impl Container {
    /// The public key: the token's own object, else the certificate's.
    pub fn public_key(&self) -> Result<RawPublicKey, TokenError> {
        self.key.clone().ok_or(TokenError::NoKey)
    }
}

/// The containers of a token, as they are seen in a session.
pub struct Objects {
    containers: Vec<Container>,
}

impl Objects {
    /// Reads certificates and public keys.
    pub fn of(session: &Session) -> Result<Objects, TokenError> {
        let mut keys = Vec::new();
        for object in find(session, &[Attribute::Class(ObjectClass::PUBLIC_KEY)])? {
            // A key of another kind (SM2, Ed25519, RSA of 1024 bits) is nobody's container here.
            if let Some(key) = public_key(session, object)? {
                let id = octets(session, object, AttributeType::Id, MAX_ATTRIBUTE)?;
                keys.push((id.unwrap_or_default(), key));
            }
        }
        let mut containers: Vec<Container> = Vec::new();
        let x509 = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
        ];
        for object in find(session, &x509)? {
            let Some(der) = octets(session, object, AttributeType::Value, MAX_CERTIFICATE)? else {
                continue;
            };
            let id = octets(session, object, AttributeType::Id, MAX_ATTRIBUTE)?.unwrap_or_default();
            let certified = Certificate::from_der(&der).ok();
            let of_id = || keys.iter().filter(|(key_id, _)| *key_id == id);
            // Tokens carry their CA's certificates too, for building paths; those are nobody's key.
            let authority = certified
                .as_ref()
                .and_then(Certificate::basic_constraints)
                .is_some_and(|constraints| constraints.ca);
            if authority && of_id().next().is_none() {
                continue;
            }
            // Of two keys with one id, the certificate's own; a foreign key is left to show by itself.
            let certified = certified.and_then(|certificate| raw(certificate.public_key()));
            let key = match &certified {
                Some(certified) => Some(certified.clone()),
                None => of_id().next().map(|(_, key)| key.clone()),
            };
            containers.push(Container {
                name: names::to_text(&id),
                id,
                certificate: Some(der),
                certificate_object: Some(object),
                key,
            });
        }
        for (id, key) in keys {
            let known =
                |container: &Container| container.id == id && container.key.as_ref() == Some(&key);
            if !containers.iter().any(known) {
                containers.push(Container {
                    name: names::to_text(&id),
                    id,
                    certificate: None,
                    certificate_object: None,
                    key: Some(key),
                });
            }
        }
        tell_apart(&mut containers);
        Ok(Objects { containers })
    }

    /// The container that was listed under `name`.
    pub fn container(self, name: &str) -> Result<Container, TokenError> {
        self.containers
            .into_iter()
            .find(|container| container.name == name)
            .ok_or(TokenError::NoContainer)
    }

    /// All containers with one id.
    pub fn with_id(self, id: &[u8]) -> Vec<Container> {
        let mut found = self.containers;
        found.retain(|container| container.id == id);
        found
    }

    /// For a listing. A certificate that is only for encryption is listed as that.
    pub fn describe(self, application: &str) -> Vec<ContainerInfo> {
        self.containers
            .into_iter()
            .map(|container| {
                let kind = container.key.as_ref().map(kind);
                let encrypts = container
                    .certificate
                    .as_deref()
                    .and_then(|der| Certificate::from_der(der).ok())
                    .and_then(|certificate| certificate.key_usage())
                    .is_some_and(|usage| !usage.digital_signature() && !usage.non_repudiation());
                let (signing, encryption) = if encrypts {
                    (None, container.certificate)
                } else {
                    (container.certificate, None)
                };
                ContainerInfo {
                    application: application.to_owned(),
                    name: container.name,
                    kind,
                    signing_certificate: signing,
                    encryption_certificate: encryption,
                }
            })
            .collect()
    }

    /// The private key of a container; wants a login. Several that fit are an error: which one signs would be
    /// chance.
    pub fn private_key(
        session: &Session,
        container: &Container,
        public: &RawPublicKey,
    ) -> Result<ObjectHandle, TokenError> {
        let key_type = match public {
            RawPublicKey::Rsa { .. } => KeyType::RSA,
            _ => KeyType::EC,
        };
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(key_type),
            Attribute::Id(container.id.clone()),
        ];
        let mut found = find(session, &wanted)?;
        if let (RawPublicKey::Rsa { modulus, .. }, true) = (public, found.len() > 1) {
            let mut of_modulus = Vec::new();
            for object in found {
                let own = octets(session, object, AttributeType::Modulus, MAX_ATTRIBUTE)?;
                if own.is_some_and(|own| trimmed(&own) == trimmed(modulus)) {
                    of_modulus.push(object);
                }
            }
            found = of_modulus;
        }
        match found.as_slice() {
            [] => Err(TokenError::NoKey),
            [one] => Ok(*one),
            _ => Err(TokenError::Ambiguous(
                "private keys with one CKA_ID".to_owned(),
            )),
        }
    }
}

/// Gives containers that share an id names of their own.
fn tell_apart(containers: &mut [Container]) {
    let names: Vec<String> = containers
        .iter()
        .map(|container| container.name.clone())
        .collect();
    for container in containers {
        let same = names.iter().filter(|name| **name == container.name).count();
        let of = match (&container.certificate, &container.key) {
            (Some(der), _) => der.clone(),
            (None, Some(RawPublicKey::Rsa { modulus, .. })) => modulus.clone(),
            (None, Some(RawPublicKey::Sm2 { x, .. } | RawPublicKey::P256 { x, .. })) => x.clone(),
            (None, None) => continue,
        };
        if same > 1 {
            let digest = pki::hash(HashAlgorithm::Sha256, &of);
            let digits: String = digest[..8]
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect();
            container.name = format!("{}~{digits}", container.name);
        }
    }
}

/// Handles of the objects that match; too many are no answer.
pub fn find(session: &Session, wanted: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
    let objects = session
        .iter_objects(wanted)
        .map_err(|error| token_error(&error))?;
    let mut found = Vec::new();
    for object in objects {
        found.push(object.map_err(|error| token_error(&error))?);
        if found.len() > MAX_OBJECTS {
            return Err(TokenError::Garbage("C_FindObjects".to_owned()));
        }
    }
    Ok(found)
}

/// A variable attribute, after its announced length was found sensible. `None` where the object has none.
pub fn octets(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
    most: usize,
) -> Result<Option<Vec<u8>>, TokenError> {
    let info = session
        .get_attribute_info(object, &[attribute])
        .map_err(|error| token_error(&error))?;
    match info.first() {
        Some(AttributeInfo::Available(0)) => return Ok(Some(Vec::new())),
        Some(AttributeInfo::Available(length)) if *length <= most => {}
        Some(AttributeInfo::Available(_)) => {
            return Err(TokenError::Garbage("C_GetAttributeValue".to_owned()));
        }
        _ => return Ok(None),
    }
    let value = session
        .get_attributes(object, &[attribute])
        .map_err(|error| token_error(&error))?
        .pop();
    Ok(value.and_then(|value| match value {
        Attribute::Id(octets)
        | Attribute::Value(octets)
        | Attribute::Modulus(octets)
        | Attribute::PublicExponent(octets)
        | Attribute::EcParams(octets)
        | Attribute::EcPoint(octets) => Some(octets),
        _ => None,
    }))
}

/// A yes-or-no attribute; an object that lacks it has the default, which is no.
pub fn flag(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
) -> Result<bool, TokenError> {
    let value = session
        .get_attributes(object, &[attribute])
        .map_err(|error| token_error(&error))?
        .pop();
    Ok(matches!(value, Some(Attribute::AlwaysAuthenticate(true))))
}

/// The key in a public key object; `None` for a kind that is not used here.
fn public_key(session: &Session, object: ObjectHandle) -> Result<Option<RawPublicKey>, TokenError> {
    let of = |attribute| octets(session, object, attribute, MAX_ATTRIBUTE);
    let key_type = session
        .get_attributes(object, &[AttributeType::KeyType])
        .map_err(|error| token_error(&error))?
        .pop();
    let key = match key_type {
        Some(Attribute::KeyType(KeyType::RSA)) => {
            match (
                of(AttributeType::Modulus)?,
                of(AttributeType::PublicExponent)?,
            ) {
                (Some(modulus), Some(exponent)) if modulus.len() >= 256 => {
                    Some(RawPublicKey::Rsa {
                        modulus: trimmed(&modulus).to_vec(),
                        exponent: trimmed(&exponent).to_vec(),
                    })
                }
                _ => None,
            }
        }
        Some(Attribute::KeyType(KeyType::EC)) => {
            let parameters = of(AttributeType::EcParams)?;
            let point = of(AttributeType::EcPoint)?;
            match (parameters, point) {
                (Some(parameters), Some(point)) if parameters == P256_PARAMETERS => p256(&point),
                _ => None,
            }
        }
        _ => None,
    };
    Ok(key)
}

/// `CKA_EC_POINT` is a DER OCTET STRING around the point; some modules give the bare point.
fn p256(point: &[u8]) -> Option<RawPublicKey> {
    let point = match point {
        [0x04, 0x41, point @ ..] if point.len() == 65 => point,
        point => point,
    };
    match point {
        [0x04, coordinates @ ..] if coordinates.len() == 64 => Some(RawPublicKey::P256 {
            x: coordinates[..32].to_vec(),
            y: coordinates[32..].to_vec(),
        }),
        _ => None,
    }
}

/// A certificate's key as blobs carry it; `None` for kinds that do not sign here.
pub fn raw(key: &pki::PublicKey) -> Option<RawPublicKey> {
    match key.family() {
        pki::KeyFamily::Rsa => {
            let bits = key.key_bits();
            let mut fields = pki::asn1::Element::parse(&bits, "RSA key")
                .ok()?
                .sequence("RSA key")
                .ok()?;
            let modulus = fields.required().ok()?.value().to_vec();
            let exponent = fields.required().ok()?.value().to_vec();
            Some(RawPublicKey::Rsa {
                modulus: trimmed(&modulus).to_vec(),
                exponent: trimmed(&exponent).to_vec(),
            })
        }
        pki::KeyFamily::P256 => p256(&key.key_bits()),
        pki::KeyFamily::Sm2 => match key.key_bits().as_slice() {
            [0x04, coordinates @ ..] if coordinates.len() == 64 => Some(RawPublicKey::Sm2 {
                x: coordinates[..32].to_vec(),
                y: coordinates[32..].to_vec(),
            }),
            _ => None,
        },
        pki::KeyFamily::P384 => None,
    }
}

fn kind(key: &RawPublicKey) -> KeyKind {
    match key {
        RawPublicKey::Sm2 { .. } => KeyKind::Sm2,
        RawPublicKey::Rsa { .. } => KeyKind::Rsa2048,
        RawPublicKey::P256 { .. } => KeyKind::P256,
    }
}

/// Without the zeros in front.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_with_and_without_its_octet_string_and_nothing_else_is() {
        let bare = [&[0x04_u8][..], &[7; 64]].concat();
        let wrapped = [&[0x04_u8, 0x41][..], &bare].concat();
        assert!(p256(&bare).is_some());
        assert_eq!(p256(&bare), p256(&wrapped));
        assert_eq!(p256(&bare[..64]), None);
        assert_eq!(p256(&[]), None);
    }

    #[test]
    fn containers_that_share_an_id_are_told_apart_and_the_others_keep_their_name() {
        let with = |id: &[u8], certificate: &[u8]| Container {
            id: id.to_vec(),
            name: names::to_text(id),
            certificate: Some(certificate.to_vec()),
            certificate_object: None,
            key: None,
        };
        let mut containers = [with(b"one", b"a"), with(b"two", b"b"), with(b"two", b"c")];
        tell_apart(&mut containers);
        assert_eq!(containers[0].name, "one");
        assert_ne!(containers[1].name, containers[2].name);
        assert!(containers[1].name.starts_with("two~"));
    }
}
