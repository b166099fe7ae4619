//! Production and key care: key pairs, certificates, PINs.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, CertificateType, KeyType, ObjectClass, ObjectHandle};
use pki::Certificate;
use pki::asn1::write;

use super::error::token_error;
use super::login::{self, Login};
use super::objects::{self, Objects, P256_PARAMETERS};
use super::slots::TokenSession;
use crate::skf::names;
use crate::wire::Reply;
use crate::{KeyKind, LastTry, PinKind, TokenError};

/// Makes a pair that never leaves the token. The container's name becomes its `CKA_ID` and label.
pub fn generate(login: &Login<'_>, name: &str, kind: KeyKind) -> Result<Reply, TokenError> {
    let session = &login.token.session;
    let id = names::to_c_string(name)?.into_bytes();
    if id.is_empty() {
        return Err(TokenError::Message("a key needs an id".to_owned()));
    }
    // Logged in, so a private key without a public one is seen as well. Nothing is overwritten.
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        let same = [Attribute::Class(class), Attribute::Id(id.clone())];
        if !objects::find(session, &same)?.is_empty() {
            return Err(TokenError::Exists("a key in this container".to_owned()));
        }
    }
    let (mechanism, key_type, shape) = match kind {
        KeyKind::Rsa2048 => (
            Mechanism::RsaPkcsKeyPairGen,
            KeyType::RSA,
            vec![
                Attribute::ModulusBits(2048.into()),
                Attribute::PublicExponent(vec![1, 0, 1]),
            ],
        ),
        KeyKind::P256 => (
            Mechanism::EccKeyPairGen,
            KeyType::EC,
            vec![Attribute::EcParams(P256_PARAMETERS.to_vec())],
        ),
        // PKCS#11 v2.40 has no mechanism for it; makers' own numbers for one differ.
        KeyKind::Sm2 => return Err(TokenError::NotSupported("SM2 key".to_owned())),
    };
    let label = Attribute::Label(id.clone());
    let mut public = vec![
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::KeyType(key_type),
        Attribute::Verify(true),
        Attribute::Id(id.clone()),
        label.clone(),
    ];
    public.extend(shape);
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Id(id.clone()),
        label,
    ];
    session
        .generate_key_pair(&mechanism, &public, &private)
        .map_err(|error| token_error(&error))?;
    let container = Objects::of(session)?
        .with_id(&id)
        .into_iter()
        .find(|container| container.certificate.is_none())
        .ok_or(TokenError::NoKey)?;
    Ok(Reply::Key {
        key: container.public_key()?,
        certificate: None,
    })
}

/// Writes the certificate of a container's key. The new one is there before an older one of the same key goes.
pub fn import_certificate(login: &Login<'_>, name: &str, der: &[u8]) -> Result<Reply, TokenError> {
    let session = &login.token.session;
    let container = Objects::of(session)?.container(name)?;
    let certificate =
        Certificate::from_der(der).map_err(|error| TokenError::Message(error.to_string()))?;
    if objects::raw(certificate.public_key()) != container.public_key().ok() {
        return Err(TokenError::CertificateOfAnotherKey);
    }
    let own_key = container.public_key()?;
    let older: Vec<ObjectHandle> = Objects::of(session)?
        .with_id(&container.id)
        .into_iter()
        .filter(|other| other.public_key().ok().as_ref() == Some(&own_key))
        .filter_map(|other| other.certificate_object)
        .collect();
    session
        .create_object(&[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Id(container.id.clone()),
            Attribute::Label(container.id.clone()),
            Attribute::Subject(certificate.subject().der().to_vec()),
            Attribute::Issuer(certificate.issuer().der().to_vec()),
            Attribute::SerialNumber(write::unsigned_integer(certificate.serial())),
            Attribute::Value(der.to_vec()),
        ])
        .map_err(|error| token_error(&error))?;
    for object in older {
        session
            .destroy_object(object)
            .map_err(|error| token_error(&error))?;
    }
    Ok(Reply::Done)
}

/// Deletes a container: its certificate, and its key pair unless another certificate of this id needs it.
pub fn delete(login: &Login<'_>, name: &str) -> Result<Reply, TokenError> {
    let session = &login.token.session;
    let container = Objects::of(session)?.container(name)?;
    let alone = Objects::of(session)?.with_id(&container.id).len() == 1;
    let mut doomed: Vec<ObjectHandle> = container.certificate_object.into_iter().collect();
    if alone {
        // An id that is empty would match whatever has none.
        if container.id.is_empty() {
            return Err(TokenError::Ambiguous("objects without CKA_ID".to_owned()));
        }
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            let own = [Attribute::Class(class), Attribute::Id(container.id.clone())];
            doomed.extend(objects::find(session, &own)?);
        }
    } else if doomed.is_empty() {
        return Err(TokenError::Ambiguous(
            "containers with one CKA_ID".to_owned(),
        ));
    }
    for object in doomed {
        session
            .destroy_object(object)
            .map_err(|error| token_error(&error))?;
    }
    Ok(Reply::Done)
}

/// Changes a PIN. The user's is changed without a login, so that the old one is sent once.
pub fn change_pin(
    token: TokenSession<'_>,
    kind: PinKind,
    old: &[u8],
    new: &[u8],
    last_try: LastTry,
) -> Result<Reply, TokenError> {
    login::guard(&token, kind, last_try)?;
    let (Some(old_pin), Some(new_pin)) = (
        login::pin_to_send(&token, kind, old)?,
        login::pin_to_send(&token, kind, new)?,
    ) else {
        return Err(TokenError::NotSupported(
            "change of a PIN that is typed on the device".to_owned(),
        ));
    };
    match kind {
        PinKind::User => token
            .session
            .set_pin(&old_pin, &new_pin)
            .map_err(|error| login::refused(&token, kind, &error))?,
        PinKind::Admin => {
            let login = Login::as_kind(token, kind, old, last_try)?;
            login
                .token
                .session
                .set_pin(&old_pin, &new_pin)
                .map_err(|error| login::refused(&login.token, kind, &error))?;
        }
    }
    Ok(Reply::Done)
}

/// The security officer gives the user a new PIN (C_InitPIN); keys and certificates stay.
pub fn unblock_pin(
    token: TokenSession<'_>,
    so_pin: &[u8],
    new: &[u8],
    last_try: LastTry,
) -> Result<Reply, TokenError> {
    let new_pin = login::pin_to_send(&token, PinKind::Admin, new)?.ok_or_else(|| {
        TokenError::NotSupported("unblocking with a PIN that is typed on the device".to_owned())
    })?;
    let login = Login::as_kind(token, PinKind::Admin, so_pin, last_try)?;
    login
        .token
        .session
        .init_pin(&new_pin)
        .map_err(|error| token_error(&error))?;
    Ok(Reply::Done)
}
