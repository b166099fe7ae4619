//! The service that the rest of Yinxin uses: libraries, their workers, and the calls.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalogue::{Module, Modules};
use pki::{KeyFamily, PublicKey, SignatureAlgorithm};
use tokio::sync::Mutex;

use crate::pin::fits_skf;
use crate::process::Worker;
use crate::wire::{Place, RawPublicKey, Reply, Request, SignInput};
use crate::{
    KeyRef, LastTry, LibraryFailure, LibraryKind, Limits, Listing, Message, Pin, Quirks, Signature,
    TokenError, Watcher,
};

/// A vendor's library, or a file that holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Absolute path. It is code that will run: it comes from configuration, never from a page.
    pub path: PathBuf,
    /// How it is spoken to.
    pub kind: LibraryKind,
    /// What it does in its own way.
    pub quirks: Quirks,
    /// Whether its keys lie in hardware, as far as is known. A key file's never do.
    pub hardware: bool,
}

impl Library {
    /// An SKF library of which nothing is known.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Library {
        Library {
            path: path.into(),
            kind: LibraryKind::Skf,
            quirks: Quirks::default(),
            hardware: true,
        }
    }

    /// The library of a catalogue's module, where it lies on this system.
    #[must_use]
    pub fn of_module(module: &Module, path: impl Into<PathBuf>) -> Library {
        Library {
            path: path.into(),
            kind: module.kind.into(),
            quirks: module.quirks.clone(),
            hardware: module.hardware,
        }
    }

    /// A library named by hand: what the catalogue knows of one with that path or file name holds for it.
    #[must_use]
    pub fn named(path: impl Into<PathBuf>, modules: &Modules) -> Library {
        let path = path.into();
        match modules.of_library(&path) {
            Some(module) => Library::of_module(module, path),
            None => Library::at(path),
        }
    }
}

/// How the service runs its workers.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
    /// The worker program. Default: the variable `YINXIN_TOKEN_WORKER`, else `yinxin-token-worker` beside
    /// this program.
    pub worker: Option<PathBuf>,
    /// Limits by kind of call.
    pub limits: Limits,
}

/// Tokens of any number of libraries. Cheap to clone; clones share the workers.
#[derive(Clone)]
pub struct TokenService(Arc<Inner>);

struct Inner {
    program: PathBuf,
    limits: Limits,
    libraries: Vec<Slot>,
}

struct Slot {
    library: Library,
    /// One call at a time: SKF libraries are rarely fit for more.
    worker: Mutex<Option<Worker>>,
}

impl TokenService {
    /// A service over `libraries`. Nothing is started yet: a worker starts with the first call.
    ///
    /// # Errors
    /// [`TokenError::PathNotAbsolute`].
    pub fn new(
        libraries: Vec<Library>,
        options: ServiceOptions,
    ) -> Result<TokenService, TokenError> {
        for library in &libraries {
            if !library.path.is_absolute() {
                return Err(TokenError::PathNotAbsolute(
                    library.path.display().to_string(),
                ));
            }
        }
        let program = match options.worker {
            Some(program) => program,
            None => worker_program()?,
        };
        let libraries = libraries
            .into_iter()
            .map(|library| Slot {
                library,
                worker: Mutex::new(None),
            })
            .collect();
        Ok(TokenService(Arc::new(Inner {
            program,
            limits: options.limits,
            libraries,
        })))
    }

    /// The same libraries, each in a service and a worker of its own: whoever wants to know how long one takes, or
    /// which one hangs, asks them one by one.
    #[must_use]
    pub fn apart(&self, limits: Limits) -> Vec<(PathBuf, TokenService)> {
        let one = |slot: &Slot| {
            let inner = Inner {
                program: self.0.program.clone(),
                limits,
                libraries: vec![Slot {
                    library: slot.library.clone(),
                    worker: Mutex::new(None),
                }],
            };
            (slot.library.path.clone(), TokenService(Arc::new(inner)))
        };
        self.0.libraries.iter().map(one).collect()
    }

    /// Ends every worker that is not in the middle of a call, and says how many there were: the next call starts a
    /// fresh one. One that hangs in a call ends with that call's limit.
    pub fn restart(&self) -> usize {
        let idle = self.0.libraries.iter();
        idle.filter_map(|slot| slot.worker.try_lock().ok()?.take())
            .count()
    }

    /// The worker program, whether it is there or not.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.0.program
    }

    /// Lists what is plugged in. Libraries are asked side by side; one that fails hides no other's tokens.
    pub async fn list(&self) -> Listing {
        let mut listing = Listing::default();
        let mut asked = tokio::task::JoinSet::new();
        for index in 0..self.0.libraries.len() {
            let service = self.clone();
            asked.spawn(async move {
                let slot = &service.0.libraries[index];
                let limit = service.0.limits.enumerate;
                (
                    index,
                    service
                        .ask_slot(slot, "listing", Request::Enumerate, &[], limit)
                        .await,
                )
            });
        }
        let mut answers = asked.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        for (index, answer) in answers {
            let known = &self.0.libraries[index].library;
            let library = known.path.clone();
            match answer {
                Ok(Reply::Tokens(mut tokens)) => {
                    for token in &mut tokens {
                        token.kind = known.kind;
                        token.hardware &= known.hardware && known.kind != LibraryKind::KeyFile;
                    }
                    listing.tokens.extend(tokens);
                }
                Ok(_) => listing.failures.push(LibraryFailure {
                    library,
                    error: TokenError::Garbage("listing".to_owned()),
                }),
                Err(error) => listing.failures.push(LibraryFailure { library, error }),
            }
        }
        listing
    }

    /// Tells of insertions and removals.
    #[must_use]
    pub fn watch(&self) -> Watcher {
        let libraries: Vec<_> = self
            .0
            .libraries
            .iter()
            .map(|slot| slot.library.clone())
            .collect();
        Watcher::start(self.0.program.clone(), &libraries, self.0.limits)
    }

    /// Signs `message` with the key at `key`, whose signing certificate must be `certificate` (DER) to the
    /// octet, and verifies the signature under it before it is returned.
    ///
    /// # Errors
    /// [`TokenError`]; for the PIN: `PinWrong`, `PinLocked`, `LastTry` (nothing was sent), `PinInvalid`.
    /// After `Timeout` and `WorkerDied` the PIN may or may not have been used: list, show the tries, ask again.
    pub async fn sign(
        &self,
        key: &KeyRef,
        pin: &Pin,
        certificate: &[u8],
        message: &Message,
        last_try: LastTry,
    ) -> Result<Signature, TokenError> {
        let (public_key, found) = self.read_key(key).await?;
        match found {
            None => return Err(TokenError::NoCertificate),
            Some(found) if found != certificate => return Err(TokenError::CertificateChanged),
            Some(_) => {}
        }
        let certified = pki::Certificate::from_der(certificate)
            .map_err(|error| TokenError::Message(error.to_string()))?;
        if certified.public_key().spki_der() != public_key.spki_der() {
            return Err(TokenError::CertificateOfAnotherKey);
        }
        message.check_signer(certificate)?;
        message.check_algorithm(algorithm_of(&public_key)?)?;
        self.sign_octets(key, pin, &public_key, message.signed_octets(), last_try)
            .await
    }

    /// A certification request (RFC 2986) for `subject` and the key at `key`, DER, signed by that key.
    ///
    /// # Errors
    /// As [`TokenService::sign`].
    pub async fn certification_request(
        &self,
        key: &KeyRef,
        pin: &Pin,
        subject: &pki::Name,
        last_try: LastTry,
    ) -> Result<Vec<u8>, TokenError> {
        let (public_key, _) = self.read_key(key).await?;
        let info = pki::pkcs10::info(subject, &public_key);
        let signature = self
            .sign_octets(key, pin, &public_key, &info, last_try)
            .await?;
        Ok(pki::pkcs10::assemble(
            &info,
            signature.algorithm,
            &signature.value,
        ))
    }

    /// The limits that the service was made with.
    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Has the token sign, and verifies what it returned under `public_key`.
    async fn sign_octets(
        &self,
        key: &KeyRef,
        pin: &Pin,
        public_key: &PublicKey,
        octets: &[u8],
        last_try: LastTry,
    ) -> Result<Signature, TokenError> {
        let algorithm = algorithm_of(public_key)?;
        let digest = || pki::hash(algorithm.hash(), octets);
        let input = match (algorithm, public_key.sm2_message_digest(octets)) {
            (_, Some(e)) => SignInput::Sm2(e.to_vec()),
            (SignatureAlgorithm::EcdsaP256Sha256, None) => SignInput::P256 { digest: digest() },
            (_, None) => {
                let digest = digest();
                let digest_info = pki::digest_info(algorithm.hash(), &digest);
                SignInput::Rsa {
                    digest,
                    digest_info,
                }
            }
        };
        let request = Request::Sign {
            place: place(key),
            input,
            last_try,
        };
        let limit = self.0.limits.sign;
        let reply = self
            .ask(&key.library, "signing", request, &[pin.octets()], limit)
            .await?;
        let Reply::Signature(raw) = reply else {
            return Err(TokenError::Garbage("signing".to_owned()));
        };
        let value = match algorithm {
            SignatureAlgorithm::Sm2WithSm3 | SignatureAlgorithm::EcdsaP256Sha256 => {
                pki::ec_signature_from_raw(&raw).map_err(|_| TokenError::BadSignature)?
            }
            _ => raw,
        };
        public_key
            .verify(algorithm, octets, &value)
            .map_err(|_| TokenError::BadSignature)?;
        Ok(Signature { algorithm, value })
    }

    pub(crate) async fn read_key(
        &self,
        key: &KeyRef,
    ) -> Result<(PublicKey, Option<Vec<u8>>), TokenError> {
        let request = Request::ReadKey(place(key));
        let limit = self.0.limits.enumerate;
        match self
            .ask(&key.library, "reading the key", request, &[], limit)
            .await?
        {
            Reply::Key { key, certificate } => Ok((parse_key(&key)?, certificate)),
            _ => Err(TokenError::Garbage("reading the key".to_owned())),
        }
    }

    pub(crate) async fn done(
        &self,
        library: &Path,
        operation: &str,
        request: Request,
        secrets: &[&[u8]],
        limit: Duration,
    ) -> Result<(), TokenError> {
        match self
            .ask(library, operation, request, secrets, limit)
            .await?
        {
            Reply::Done => Ok(()),
            _ => Err(TokenError::Garbage(operation.to_owned())),
        }
    }

    pub(crate) async fn ask(
        &self,
        library: &Path,
        operation: &str,
        request: Request,
        secrets: &[&[u8]],
        limit: Duration,
    ) -> Result<Reply, TokenError> {
        let slot = self
            .0
            .libraries
            .iter()
            .find(|slot| slot.library.path == library)
            .ok_or(TokenError::NoToken)?;
        self.ask_slot(slot, operation, request, secrets, limit)
            .await
    }

    /// One call to a library's worker, which is started when there is none. A request goes out once, whatever
    /// happens to it: with a PIN in it, a second time could be the one that locks.
    async fn ask_slot(
        &self,
        slot: &Slot,
        operation: &str,
        request: Request,
        secrets: &[&[u8]],
        limit: Duration,
    ) -> Result<Reply, TokenError> {
        // Before anything is sent: some devices count a PIN of a wrong length as a wrong PIN.
        let skf = slot.library.kind == LibraryKind::Skf;
        if skf && !secrets.iter().all(|secret| fits_skf(secret)) {
            return Err(TokenError::PinInvalid);
        }
        // Another call may be waiting for a person to press a button on the device.
        let mut place = tokio::time::timeout(limit, slot.worker.lock())
            .await
            .map_err(|_elapsed| TokenError::Busy)?;
        // Taken out while it works: when this future is dropped half-way, the worker dies with it, and no
        // later call reads an answer that was meant for this one.
        // Nothing was sent to one that ended meanwhile: a new one costs nobody a try.
        let idle = place
            .take()
            .and_then(|mut worker| worker.is_alive().then_some(worker));
        let mut worker = match idle {
            Some(worker) => worker,
            None => {
                let (program, library) = (&self.0.program, &slot.library);
                let limit = self.0.limits.enumerate;
                Worker::start(program, library, limit).await?
            }
        };
        let reply = worker.call(operation, &request, secrets, limit).await?;
        *place = Some(worker);
        match reply {
            Reply::Failed(error) => Err(error),
            reply => Ok(reply),
        }
    }
}

/// The one algorithm with which a key of this kind signs here.
fn algorithm_of(key: &PublicKey) -> Result<SignatureAlgorithm, TokenError> {
    match key.family() {
        KeyFamily::Sm2 => Ok(SignatureAlgorithm::Sm2WithSm3),
        KeyFamily::Rsa => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
        KeyFamily::P256 => Ok(SignatureAlgorithm::EcdsaP256Sha256),
        other => Err(TokenError::WrongAlgorithm(format!("{other:?}"))),
    }
}

/// `YINXIN_TOKEN_WORKER`, else the program beside this one.
fn worker_program() -> Result<PathBuf, TokenError> {
    if let Some(program) = std::env::var_os("YINXIN_TOKEN_WORKER") {
        let program = PathBuf::from(program);
        if !program.is_absolute() {
            return Err(TokenError::PathNotAbsolute(program.display().to_string()));
        }
        return Ok(program);
    }
    let name = format!("yinxin-token-worker{}", std::env::consts::EXE_SUFFIX);
    let own =
        std::env::current_exe().map_err(|error| TokenError::WorkerMissing(error.to_string()))?;
    own.parent()
        .map(|folder| folder.join(name))
        .ok_or_else(|| TokenError::WorkerMissing("this program has no folder".to_owned()))
}

pub(crate) fn place(key: &KeyRef) -> Place {
    Place {
        device: key.device.clone(),
        application: key.application.clone(),
        container: key.container.clone(),
    }
}

pub(crate) fn parse_key(key: &RawPublicKey) -> Result<PublicKey, TokenError> {
    let garbage = || TokenError::Garbage("reading the key".to_owned());
    match key {
        RawPublicKey::Sm2 { x, y } => {
            let x = x.as_slice().try_into().map_err(|_| garbage())?;
            let y = y.as_slice().try_into().map_err(|_| garbage())?;
            PublicKey::from_sm2_coordinates(x, y).map_err(|_| garbage())
        }
        RawPublicKey::Rsa { modulus, exponent } => {
            PublicKey::from_rsa_components(modulus, exponent).map_err(|_| garbage())
        }
        RawPublicKey::P256 { x, y } => {
            let x = x.as_slice().try_into().map_err(|_| garbage())?;
            let y = y.as_slice().try_into().map_err(|_| garbage())?;
            PublicKey::from_p256_coordinates(x, y).map_err(|_| garbage())
        }
    }
}
