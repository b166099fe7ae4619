//! What the worker does for each request, in terms of the guards of [`super::device`].

use skf_abi::codes::{CONTAINER_ECC, CONTAINER_EMPTY, CONTAINER_RSA};
use zeroize::Zeroizing;

use super::application::Application;
use super::container::{Container, Usage};
use super::device::{self, Device};
use super::library::Library;
use super::names;

use crate::wire::{Place, RawPublicKey, Reply, Request, SignInput};
use crate::worker::Driver;
use crate::{
    ApplicationInfo, ContainerInfo, EnvelopedKey, KeyKind, LastTry, LibraryKind, PinEntry, PinKind,
    PinLength, RsaSignInput, TokenError, TokenInfo,
};

impl Driver for Library {
    fn perform(
        &mut self,
        request: Request,
        secrets: &[Zeroizing<Vec<u8>>],
    ) -> Result<Reply, TokenError> {
        perform(self, request, secrets)
    }
}

fn perform(
    library: &Library,
    request: Request,
    secrets: &[Zeroizing<Vec<u8>>],
) -> Result<Reply, TokenError> {
    let secret = |index: usize| {
        secrets
            .get(index)
            .map(|secret| &secret[..])
            .ok_or_else(|| TokenError::Garbage("the request".to_owned()))
    };
    match request {
        Request::Open { .. } => Err(TokenError::Garbage("the request".to_owned())),
        Request::Enumerate => enumerate(library).map(Reply::Tokens),
        Request::WaitForEvent => device::wait_for_event(library).map(|()| Reply::Done),
        Request::ReadKey(place) => {
            let device = Device::connect(library, &place.device)?;
            let application = device.open_application(&place.application)?;
            let container = application.open_container(&place.container)?;
            let key = public_key(&container)?;
            Ok(Reply::Key {
                key,
                certificate: container.certificate(Usage::Sign)?,
            })
        }
        Request::Sign {
            place,
            input,
            last_try,
        } => with_user(library, &place, secret(0)?, last_try, |application| {
            sign(&application.open_container(&place.container)?, &input)
        }),
        Request::CreateApplication {
            device,
            application,
            admin_tries,
            user_tries,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            if device.applications()?.contains(&application) {
                return Err(TokenError::Exists("this application".to_owned()));
            }
            device.authenticate(secret(0)?)?;
            device.create_application(
                &application,
                (secret(1)?, admin_tries),
                (secret(2)?, user_tries),
            )?;
            Ok(Reply::Done)
        }
        Request::GenerateKey {
            place,
            kind,
            last_try,
        } => with_user(library, &place, secret(0)?, last_try, |application| {
            generate(application, &place.container, kind)
        }),
        Request::ImportCertificate {
            place,
            certificate,
            last_try,
        } => with_user(library, &place, secret(0)?, last_try, |application| {
            let container = application.open_container(&place.container)?;
            container.import_certificate(Usage::Sign, &certificate)?;
            Ok(Reply::Done)
        }),
        Request::DeleteContainer { place, last_try } => {
            with_user(library, &place, secret(0)?, last_try, |application| {
                application.delete_container(&place.container)?;
                Ok(Reply::Done)
            })
        }
        Request::CheckPin {
            device,
            application,
            kind,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let mut application = device.open_application(&application)?;
            application.log_in(kind, secret(0)?, last_try)?;
            Ok(Reply::Done)
        }
        Request::ChangePin {
            device,
            application,
            kind,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let application = device.open_application(&application)?;
            application.guard_tries(kind, last_try)?;
            application.change_pin(kind, secret(0)?, secret(1)?)?;
            Ok(Reply::Done)
        }
        Request::UnblockPin {
            device,
            application,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let application = device.open_application(&application)?;
            application.guard_tries(PinKind::Admin, last_try)?;
            application.unblock_pin(secret(0)?, secret(1)?)?;
            Ok(Reply::Done)
        }
        Request::PinTries {
            device,
            application,
            kind,
        } => {
            let device = Device::connect(library, &device)?;
            let application = device.open_application(&application)?;
            application.tries(kind).map(Reply::Tries)
        }
        Request::SetLabel { device, label } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            device.set_label(&label).map(|()| Reply::Done)
        }
        Request::ListDevices => device::devices(library).map(Reply::Devices),
        Request::ImportEncryptionKey {
            place,
            envelope,
            certificate,
            last_try,
        } => with_user(library, &place, secret(0)?, last_try, |application| {
            let container = application.open_container(&place.container)?;
            import_encryption_key(&container, &envelope, &certificate)
        }),
        Request::Decrypt {
            place,
            ciphertext,
            last_try,
        } => with_user(library, &place, secret(0)?, last_try, |application| {
            let container = application.open_container(&place.container)?;
            let plain = container.decrypt(&ciphertext)?;
            Ok(Reply::Plaintext(plain.to_vec()))
        }),
        Request::ListFiles {
            device,
            application,
        } => {
            let device = Device::connect(library, &device)?;
            let application = device.open_application(&application)?;
            application.files().map(Reply::Files)
        }
        Request::ReadFile {
            device,
            application,
            file,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let mut application = device.open_application(&application)?;
            if !secrets.is_empty() {
                application.log_in(PinKind::User, secret(0)?, last_try)?;
            }
            let file = application.file(&file)?;
            application.read_file(&file).map(Reply::Content)
        }
        Request::WriteFile {
            device,
            application,
            file,
            content,
            read,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let mut application = device.open_application(&application)?;
            application.log_in(PinKind::User, secret(0)?, last_try)?;
            application
                .write_file(&file, &content, read)
                .map(|()| Reply::Done)
        }
        Request::DeleteFile {
            device,
            application,
            file,
            last_try,
        } => {
            let device = Device::connect(library, &device)?;
            let _lock = device.lock()?;
            let mut application = device.open_application(&application)?;
            application.log_in(PinKind::User, secret(0)?, last_try)?;
            application.delete_file(&file).map(|()| Reply::Done)
        }
    }
}

/// Brings in the pair, unless the very same is there, and writes its certificate.
fn import_encryption_key(
    container: &Container<'_>,
    envelope: &EnvelopedKey,
    certificate: &[u8],
) -> Result<Reply, TokenError> {
    let kind = container.kind()?;
    if kind == CONTAINER_EMPTY {
        return Err(TokenError::NoKey);
    }
    if kind != CONTAINER_ECC {
        return Err(TokenError::WrongAlgorithm("not SM2".to_owned()));
    }
    let wanted = RawPublicKey::Sm2 {
        x: envelope.public_x.clone(),
        y: envelope.public_y.clone(),
    };
    let there = || {
        let blob = container.encryption_key_blob()?;
        blob.map(|blob| sm2_public_key(&blob)).transpose()
    };
    match there()? {
        Some(key) if key == wanted => {}
        Some(_) => {
            return Err(TokenError::Exists(
                "an encryption key in this container".to_owned(),
            ));
        }
        None => {
            container.import_encryption_pair(envelope)?;
            if there()? != Some(wanted) {
                return Err(TokenError::Garbage("SKF_ImportECCKeyPair".to_owned()));
            }
        }
    }
    container.import_certificate(Usage::Encrypt, certificate)?;
    Ok(Reply::Done)
}

/// lock → open → log in → `work` → clear → close → unlock.
fn with_user(
    library: &Library,
    place: &Place,
    pin: &[u8],
    last_try: LastTry,
    work: impl FnOnce(&Application<'_>) -> Result<Reply, TokenError>,
) -> Result<Reply, TokenError> {
    let device = Device::connect(library, &place.device)?;
    let _lock = device.lock()?;
    let mut application = device.open_application(&place.application)?;
    application.log_in(PinKind::User, pin, last_try)?;
    work(&application)
}

fn enumerate(library: &Library) -> Result<Vec<TokenInfo>, TokenError> {
    let mut tokens = Vec::new();
    for name in device::devices(library)? {
        let mut token = TokenInfo {
            library: library.path.clone(),
            kind: LibraryKind::Skf,
            hardware: true,
            device: name,
            label: String::new(),
            serial: String::new(),
            manufacturer: String::new(),
            applications: Vec::new(),
            containers: Vec::new(),
            trouble: None,
        };
        match describe(library, &mut token) {
            Ok(()) => tokens.push(token),
            // Pulled out while it was read: it isn't there.
            Err(TokenError::Removed | TokenError::NoToken) => {}
            Err(trouble) => tokens.push(TokenInfo {
                trouble: Some(trouble),
                ..token
            }),
        }
    }
    Ok(tokens)
}

fn describe(library: &Library, token: &mut TokenInfo) -> Result<(), TokenError> {
    let device = Device::connect(library, &token.device)?;
    let info = device.info()?;
    token.label = names::field(&info.label);
    token.serial = names::field(&info.serial_number);
    token.manufacturer = names::field(&info.manufacturer);
    for name in device.applications()? {
        let application = device.open_application(&name)?;
        token.applications.push(ApplicationInfo {
            name: name.clone(),
            user_pin: application.tries(PinKind::User)?,
            admin_pin: application.tries(PinKind::Admin)?,
            pin_entry: PinEntry::Typed,
            pin_length: PinLength::default(),
        });
        for container_name in application.containers()? {
            let container = application.open_container(&container_name)?;
            let kind = match container.kind()? {
                CONTAINER_ECC => Some(KeyKind::Sm2),
                CONTAINER_RSA => Some(KeyKind::Rsa2048),
                _ => None,
            };
            token.containers.push(ContainerInfo {
                application: name.clone(),
                name: container_name,
                kind,
                signing_certificate: container.certificate(Usage::Sign)?,
                encryption_certificate: container.certificate(Usage::Encrypt)?,
            });
        }
    }
    Ok(())
}

fn sign(container: &Container<'_>, input: &SignInput) -> Result<Reply, TokenError> {
    let signature = match input {
        SignInput::Sm2(e) if e.len() == 32 => container.sm2_sign(e)?,
        SignInput::Sm2(_) => return Err(TokenError::Garbage("the request".to_owned())),
        SignInput::Rsa {
            digest,
            digest_info,
        } => match container.library.quirks.rsa_sign_input {
            Some(RsaSignInput::DigestInfo) => container.rsa_sign(digest_info)?,
            Some(RsaSignInput::Digest) => container.rsa_sign(digest)?,
            None => return Err(TokenError::QuirkUnknown("SKF_RSASignData".to_owned())),
        },
        // GM/T 0016 knows no curve but SM2's.
        SignInput::P256 { .. } => return Err(TokenError::NotSupported("P-256 key".to_owned())),
    };
    Ok(Reply::Signature(signature))
}

fn generate(application: &Application<'_>, name: &str, kind: KeyKind) -> Result<Reply, TokenError> {
    // Refused before a container is made for it: GM/T 0016 knows no curve but SM2's.
    if kind == KeyKind::P256 {
        return Err(TokenError::NotSupported("P-256 key".to_owned()));
    }
    let container = match application.open_container(name) {
        Ok(container) => container,
        Err(TokenError::NoContainer) => application.create_container(name)?,
        Err(error) => return Err(error),
    };
    // A pair is never overwritten: its certificate, and what was bound with it, would be lost.
    if container.kind()? != CONTAINER_EMPTY {
        return Err(TokenError::Exists("a key in this container".to_owned()));
    }
    match kind {
        KeyKind::Sm2 => container.generate_sm2()?,
        KeyKind::Rsa2048 => container.generate_rsa()?,
        KeyKind::P256 => return Err(TokenError::NotSupported("P-256 key".to_owned())),
    }
    Ok(Reply::Key {
        key: public_key(&container)?,
        certificate: None,
    })
}

/// Reads the blob by the container's kind: `BitLen, X64, Y64` or `AlgID, BitLen, Modulus256, Exponent4`.
fn public_key(container: &Container<'_>) -> Result<RawPublicKey, TokenError> {
    let garbage = || TokenError::Garbage("SKF_ExportPublicKey".to_owned());
    let kind = container.kind()?;
    if kind == CONTAINER_EMPTY {
        return Err(TokenError::NoKey);
    }
    let blob = container.public_key_blob(Usage::Sign)?;
    if kind == CONTAINER_ECC {
        return sm2_public_key(&blob);
    }
    // 268 octets by the standard; some libraries give two more at the end.
    if kind != CONTAINER_RSA || !(268..=272).contains(&blob.len()) {
        return Err(garbage());
    }
    let bits = u32::from_ne_bytes([blob[4], blob[5], blob[6], blob[7]]) as usize;
    if !bits.is_multiple_of(8) || bits > 2048 {
        return Err(garbage());
    }
    let (modulus, exponent) = blob[8..268].split_at(256);
    Ok(RawPublicKey::Rsa {
        modulus: modulus[256 - bits / 8..].to_vec(),
        exponent: exponent.to_vec(),
    })
}

/// `ECCPUBLICKEYBLOB`: `BitLen, X64, Y64`, right-aligned.
fn sm2_public_key(blob: &[u8]) -> Result<RawPublicKey, TokenError> {
    let garbage = || TokenError::Garbage("SKF_ExportPublicKey".to_owned());
    let blob: &[u8; 132] = blob.try_into().map_err(|_| garbage())?;
    let (x, y) = blob[4..].split_at(64);
    if blob[..4] != 256_u32.to_ne_bytes() || x[..32].iter().chain(&y[..32]).any(|&o| o != 0) {
        return Err(garbage());
    }
    Ok(RawPublicKey::Sm2 {
        x: x[32..].to_vec(),
        y: y[32..].to_vec(),
    })
}
