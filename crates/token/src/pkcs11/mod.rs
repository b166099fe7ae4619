//! The PKCS#11 backend (OASIS PKCS#11 v2.40): what runs inside the worker process for such a module.
//!
//! Calls go through `cryptoki`; the house adds what it leaves open. How the parts map:
//!
//! | here | PKCS#11 |
//! |---|---|
//! | device | a slot with a token, named by the token's serial number where that is unique |
//! | application | the token itself: it has the two PINs, and is named by its label |
//! | container | the objects with one `CKA_ID`: private key, public key, certificate ([`objects`]) |
//! | administrator | the security officer (SO) |
//!
//! A login counts for the whole process, so one request logs in and out again ([`login`]), and nothing but
//! requests runs in this process.

mod always_authenticate;
mod error;
mod login;
mod manage;
mod objects;
mod slots;
mod turns;

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::AttributeType;
use zeroize::Zeroizing;

use crate::wire::{RawPublicKey, Reply, Request, SignInput};
use crate::worker::Driver;
use crate::{PinKind, TokenError};
use error::token_error;
use login::Login;
pub(crate) use objects::raw as raw_public_key;
use objects::{Container, Objects};
use turns::Turns;

/// A module that was loaded and initialised.
pub struct Module {
    context: Pkcs11,
    path: PathBuf,
    turns: Turns,
}

impl Module {
    /// Loads and initialises the module at `path`. This runs its code: only a worker does it.
    ///
    /// # Errors
    /// [`TokenError::LibraryMissing`] with what the loader or the module said.
    pub fn open(path: &Path) -> Result<Module, TokenError> {
        if !path.is_absolute() {
            return Err(TokenError::PathNotAbsolute(path.display().to_string()));
        }
        let missing = |error: cryptoki::error::Error| TokenError::LibraryMissing {
            path: path.display().to_string(),
            reason: error::reason(&error),
        };
        let turns = Turns::at(path);
        // Initialising reads the tokens in.
        let turn = turns.take(&Request::Enumerate)?;
        let context = Pkcs11::new(path).map_err(missing)?;
        let start = |flags| context.initialize(CInitializeArgs::new(flags));
        match start(CInitializeFlags::OS_LOCKING_OK) {
            // One thread calls, so a module without locks serves as well.
            Err(cryptoki::error::Error::Pkcs11(RvError::CantLock, _)) => {
                start(CInitializeFlags::empty()).map_err(missing)?;
            }
            Err(cryptoki::error::Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _))
            | Ok(()) => {}
            Err(error) => return Err(missing(error)),
        }
        drop(turn);
        Ok(Module {
            context,
            path: path.to_owned(),
            turns,
        })
    }
}

impl Driver for Module {
    fn perform(
        &mut self,
        request: Request,
        secrets: &[Zeroizing<Vec<u8>>],
    ) -> Result<Reply, TokenError> {
        let secret = |index: usize| {
            secrets
                .get(index)
                .map(|secret| &secret[..])
                .ok_or_else(|| TokenError::Garbage("the request".to_owned()))
        };
        let _turn = self.turns.take(&request)?;
        match request {
            Request::Open { .. } => Err(TokenError::Garbage("the request".to_owned())),
            Request::Enumerate => self.enumerate().map(Reply::Tokens),
            Request::WaitForEvent => self.wait_for_event(),
            Request::ReadKey(place) => {
                let session = self.session(&place.device, Some(&place.application))?;
                let container = Objects::of(&session.session)?.container(&place.container)?;
                Ok(Reply::Key {
                    key: container.public_key()?,
                    certificate: container.certificate,
                })
            }
            Request::Sign {
                place,
                input,
                last_try,
            } => {
                let session = self.session(&place.device, Some(&place.application))?;
                let container = Objects::of(&session.session)?.container(&place.container)?;
                let login = Login::as_kind(session, PinKind::User, secret(0)?, last_try)?;
                self.sign(&login, &container, &input, secret(0)?)
            }
            Request::GenerateKey {
                place,
                kind,
                last_try,
            } => {
                let session = self.writing(&place.device, Some(&place.application))?;
                let login = Login::as_kind(session, PinKind::User, secret(0)?, last_try)?;
                manage::generate(&login, &place.container, kind)
            }
            Request::ImportCertificate {
                place,
                certificate,
                last_try,
            } => {
                let session = self.writing(&place.device, Some(&place.application))?;
                let login = Login::as_kind(session, PinKind::User, secret(0)?, last_try)?;
                manage::import_certificate(&login, &place.container, &certificate)
            }
            Request::DeleteContainer { place, last_try } => {
                let session = self.writing(&place.device, Some(&place.application))?;
                let login = Login::as_kind(session, PinKind::User, secret(0)?, last_try)?;
                manage::delete(&login, &place.container)
            }
            Request::CreateApplication {
                device,
                application,
                ..
            } => self.initialise(&device, &application, secret(1)?, secret(2)?),
            Request::CheckPin {
                device,
                application,
                kind,
                last_try,
            } => {
                let session = self.writing(&device, Some(&application))?;
                Login::as_kind(session, kind, secret(0)?, last_try).map(|_login| Reply::Done)
            }
            Request::ChangePin {
                device,
                application,
                kind,
                last_try,
            } => {
                let session = self.writing(&device, Some(&application))?;
                manage::change_pin(session, kind, secret(0)?, secret(1)?, last_try)
            }
            Request::UnblockPin {
                device,
                application,
                last_try,
            } => {
                let session = self.writing(&device, Some(&application))?;
                manage::unblock_pin(session, secret(0)?, secret(1)?, last_try)
            }
            Request::PinTries {
                device,
                application,
                kind,
            } => {
                let session = self.session(&device, Some(&application))?;
                session.tries(kind).map(Reply::Tries)
            }
            // A token's label is written when it is initialised, and never again (C_InitToken).
            Request::SetLabel { .. } => Err(TokenError::NotSupported(
                "label that can be changed".to_owned(),
            )),
            // Devices are slots here, and listing them is what `Enumerate` does.
            Request::ListDevices => Err(TokenError::NotSupported("list of names".to_owned())),
            // Envelopes, their decryption and the file area are GM/T 0016's.
            Request::ImportEncryptionKey { .. } | Request::Decrypt { .. } => {
                Err(TokenError::NotSupported("encryption pair".to_owned()))
            }
            Request::ListFiles { .. }
            | Request::ReadFile { .. }
            | Request::WriteFile { .. }
            | Request::DeleteFile { .. } => Err(TokenError::NotSupported("file area".to_owned())),
        }
    }
}

impl Module {
    /// Blocks in `C_WaitForSlotEvent`, where the module has it and it blocks.
    fn wait_for_event(&self) -> Result<Reply, TokenError> {
        let symbol = || TokenError::SymbolMissing("C_WaitForSlotEvent".to_owned());
        if !self.context.is_fn_supported(Function::WaitForSlotEvent) {
            return Err(symbol());
        }
        // A module that can't wait says so in half a dozen ways; asked for its list instead, it is as good.
        self.context
            .wait_for_slot_event()
            .map(|_slot| Reply::Done)
            .map_err(|_| symbol())
    }

    fn sign(
        &self,
        login: &Login<'_>,
        container: &Container,
        input: &SignInput,
        pin: &[u8],
    ) -> Result<Reply, TokenError> {
        let public = container.public_key()?;
        let (mechanism, octets) = match (input, &public) {
            (SignInput::Rsa { digest_info, .. }, RawPublicKey::Rsa { .. }) => {
                (Mechanism::RsaPkcs, digest_info)
            }
            (SignInput::P256 { digest }, RawPublicKey::P256 { .. }) => (Mechanism::Ecdsa, digest),
            (SignInput::Sm2(_), _) => return Err(TokenError::NotSupported("SM2 key".to_owned())),
            _ => return Err(TokenError::Garbage("the request".to_owned())),
        };
        let session = &login.token.session;
        // Only now are private objects to be seen.
        let key = Objects::private_key(session, container, &public)?;
        let again = objects::flag(session, key, AttributeType::AlwaysAuthenticate)?;
        let signature = if again {
            always_authenticate::sign(&self.path, login, &mechanism, key, octets, pin)?
        } else {
            session
                .sign(&mechanism, key, octets)
                .map_err(|error| token_error(&error))?
        };
        Ok(Reply::Signature(signature))
    }
}
