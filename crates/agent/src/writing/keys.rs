//! The session of a production or a renewal: a new key pair in a container of its own, its certificates, and
//! the proof that they lie there.
//!
//! Every step asks the token what stands and does what is missing. So a step may be done again after whatever
//! ended it, no second key is made, and nothing of another key is touched.

use contract::{
    AgentInterim, AgentRequest, AgentResponse, Base64, ErrorCode, Intent, KeyFamilyName,
    PreparedType, ProduceIntent, ProducePrepared, ProduceRequest, Purpose, RenewIntent,
    RenewPrepared, RenewRequest, SignedStatement, StatementRequest, WriteCertificates, escrow,
};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, HashAlgorithm, Name, UnixTime};
use token::{
    ApplicationRef, ApplicationSpec, DeviceKey, KeyKind, KeyRef, LastTry, Listing, Pin, PinKind,
    TokenError, TokenInfo, TokenService,
};
use zeroize::Zeroizing;

use super::certificates::Fitting;
use super::devices::{self, DeviceRow, DeviceState};
use super::sealed::{Sealed, SealedPins};
use super::{DeviceIdentity, Step, WriteError, first_pin, random};
use crate::journal::{Entry, KeyEntry};
use crate::keyring::{KeyRow, Place};
use crate::rfc3339;
use crate::signing::{Asked, Packed, Work};

/// Tries of the two PINs of an application that a production makes; the field's own figures.
const USER_TRIES: u32 = 6;
const ADMIN_TRIES: u32 = 6;
/// Longest label of a device, in octets (GM/T 0016, `DEVINFO`).
const MAX_LABEL: usize = 32;

/// A production or a renewal.
pub struct Session {
    /// When it began.
    pub began: UnixTime,
    task: Task,
    device: DeviceIdentity,
    /// Empty until a production made it.
    application: Option<String>,
    container: String,
    kind: KeyKind,
    pin: Option<Pin>,
    /// The token took this PIN once.
    pin_is_right: bool,
    last_try: LastTry,
    next: Step,
    proof: Option<SignedStatement>,
    sealed: Option<Vec<u8>>,
    certificates: Option<WriteCertificates>,
}

enum Task {
    Produce(Box<Produce>),
    Renew(Box<Renew>),
}

struct Produce {
    intent: ProduceIntent,
    intent_json: String,
    escrow: escrow::EscrowPublicKey,
}

struct Renew {
    intent: RenewIntent,
    asked: Asked,
    origin: String,
    row: KeyRow,
    old: Place,
}

/// What the steps work with.
pub struct Bench<'a> {
    /// The tokens.
    pub service: &'a TokenService,
    /// Sealed PINs on the disk.
    pub sealed: SealedPins,
    /// Now.
    pub now: UnixTime,
    /// The site.
    pub origin: &'a str,
    /// Puts a line into the journal, on the disk, before what it tells of leaves.
    pub journal: &'a (dyn Fn(Entry) -> std::io::Result<()> + Sync),
}

/// What a step came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For the page, once its request stands.
    pub interim: Option<AgentInterim>,
    /// For the page, at the end.
    pub response: Option<AgentResponse>,
}

impl Session {
    /// A production on the device that was picked, with the PIN that was made or typed for it.
    ///
    /// # Errors
    /// `not_blank`, `production_mismatch`, `write_unsupported`, `pin_rule`, `pin_length`.
    pub fn produce(
        request: &ProduceRequest,
        intent: &ProduceIntent,
        device: &DeviceRow,
        pin: &str,
        last_try: LastTry,
        now: UnixTime,
    ) -> Result<Session, WriteError> {
        match device.state {
            DeviceState::Blank => {
                let broken = first_pin::rule(&request.pin).check(pin, None);
                if !broken.is_empty() {
                    return Err(WriteError::PinRule(broken));
                }
            }
            DeviceState::Begun | DeviceState::Ours => {}
            DeviceState::OtherProduction => {
                return Err(WriteError::Code(ErrorCode::ProductionMismatch));
            }
            DeviceState::NotBlank => return Err(WriteError::Code(ErrorCode::NotBlank)),
            DeviceState::Unsupported => return Err(WriteError::Code(ErrorCode::WriteUnsupported)),
            DeviceState::Unreadable => return Err(WriteError::Code(ErrorCode::TokenFailed)),
        }
        let escrow = escrow::EscrowPublicKey::from_bytes(request.escrow_key.as_bytes())
            .map_err(|error| WriteError::because(ErrorCode::RequestMalformed, &error))?;
        Ok(Session {
            began: now,
            device: device.identity.clone(),
            application: device.application.clone(),
            container: devices::container_of(&intent.production),
            kind: KeyKind::Sm2,
            pin: Some(typed(pin)?),
            pin_is_right: false,
            last_try,
            next: Step::Pin,
            proof: None,
            sealed: None,
            certificates: None,
            task: Task::Produce(Box::new(Produce {
                intent: intent.clone(),
                intent_json: request.intent.clone(),
                escrow,
            })),
        })
    }

    /// A renewal of the certificate that was picked. `request` and `intent` are one request's.
    ///
    /// # Errors
    /// `write_unsupported` for a key file.
    #[expect(clippy::too_many_arguments, reason = "each is a fact of its own")]
    pub fn renew(
        request: &RenewRequest,
        intent: &RenewIntent,
        origin: &str,
        token: &TokenInfo,
        row: &KeyRow,
        old: &Place,
        pin: Pin,
        last_try: LastTry,
        now: UnixTime,
    ) -> Result<Session, WriteError> {
        if row.is_file {
            return Err(WriteError::Code(ErrorCode::WriteUnsupported));
        }
        let certificate = Certificate::from_der(&old.certificate)
            .map_err(|error| WriteError::because(ErrorCode::NoCertificate, &error))?;
        let kind = match certificate.public_key().family() {
            pki::KeyFamily::Sm2 => KeyKind::Sm2,
            pki::KeyFamily::Rsa => KeyKind::Rsa2048,
            pki::KeyFamily::P256 => KeyKind::P256,
            pki::KeyFamily::P384 => return Err(WriteError::Code(ErrorCode::WriteUnsupported)),
        };
        Ok(Session {
            began: now,
            device: DeviceIdentity::of(token),
            application: Some(old.key.application.clone()),
            container: devices::container_of(&intent.production),
            kind,
            pin: Some(pin),
            pin_is_right: false,
            last_try,
            next: Step::Pin,
            proof: None,
            sealed: None,
            certificates: None,
            task: Task::Renew(Box::new(Renew {
                intent: intent.clone(),
                asked: statement_of(request, intent),
                origin: origin.to_owned(),
                row: row.clone(),
                old: old.clone(),
            })),
        })
    }

    /// The step that comes next.
    pub fn next(&self) -> Step {
        self.next
    }

    /// Whether the PIN must be entered again before the next step.
    pub fn wants_pin(&self) -> bool {
        self.pin.is_none()
    }

    /// Takes the PIN that was entered again.
    pub fn enter_pin(&mut self, pin: Pin, last_try: LastTry) {
        self.pin = Some(pin);
        self.pin_is_right = false;
        self.last_try = last_try;
    }

    /// Of a renewal: the key, and its application where it is plugged in now.
    pub fn holder_s_key(&self, listing: &Listing) -> Option<(&KeyRow, ApplicationRef)> {
        let Task::Renew(renew) = &self.task else {
            return None;
        };
        let token = self.device.find(listing).ok()?;
        Some((
            &renew.row,
            application_ref(token, self.application.as_deref()?),
        ))
    }

    /// Takes the certificates of the page; the same may come again.
    ///
    /// # Errors
    /// `request_malformed` where none are waited for.
    pub fn take(&mut self, certificates: WriteCertificates) -> Result<(), WriteError> {
        if self.next != Step::Certificates {
            return Err(WriteError::Code(ErrorCode::RequestMalformed));
        }
        self.certificates = Some(certificates);
        self.next = Step::Signing;
        Ok(())
    }

    /// Does the next step.
    ///
    /// # Errors
    /// [`WriteError`]; the session stays where it was and the step may be done again. After a time-out, and
    /// where the PIN was wrong, the PIN is wiped: [`Session::wants_pin`].
    pub async fn advance(&mut self, bench: &Bench<'_>) -> Result<Outcome, WriteError> {
        let step = self.next;
        match self.perform(step, bench).await {
            Ok(outcome) => {
                self.next = match step {
                    Step::Pin if matches!(self.task, Task::Renew(_)) => Step::Proof,
                    Step::Pin | Step::Proof => Step::Key,
                    Step::Key => Step::Request,
                    Step::Request => Step::Certificates,
                    Step::Certificates | Step::Signing => Step::Encryption,
                    Step::Encryption => Step::ReadBack,
                    Step::ReadBack | Step::Done => Step::Done,
                };
                if self.next == Step::Done {
                    self.pin = None;
                }
                Ok(outcome)
            }
            Err(error) => {
                if self.pin_is_spent(&error) {
                    self.pin = None;
                    self.pin_is_right = false;
                    self.last_try = LastTry::Keep;
                }
                Err(error)
            }
        }
    }

    /// Whether the PIN must not go to the token again by itself.
    fn pin_is_spent(&self, error: &WriteError) -> bool {
        let WriteError::Token(error) = error else {
            return false;
        };
        match error {
            TokenError::Timeout { .. }
            | TokenError::WorkerDied { .. }
            | TokenError::PinWrong { .. }
            | TokenError::PinLocked
            | TokenError::PinInvalid
            | TokenError::LastTry => true,
            // Pulled out while the token compared it: nobody knows what it did.
            _ => !self.pin_is_right,
        }
    }

    async fn perform(&mut self, step: Step, bench: &Bench<'_>) -> Result<Outcome, WriteError> {
        if matches!(step, Step::Certificates | Step::Done) {
            return Err(WriteError::Code(ErrorCode::RequestMalformed));
        }
        let listing = bench.service.list().await;
        let token = self.device.find(&listing)?.clone();
        if let Task::Produce(_) = self.task {
            self.refuse_others(&token)?;
        }
        match step {
            Step::Pin => self.pin(&token, bench).await.map(|()| Outcome::default()),
            Step::Proof => self.prove(&token, bench).await.map(|()| Outcome::default()),
            Step::Key => self.key(&token, bench).await.map(|()| Outcome::default()),
            Step::Request => self.request(&token, bench).await,
            Step::Signing => self.signing(&token, bench).await,
            Step::Encryption => self.encryption(&token, bench).await,
            Step::ReadBack => self.read_back(&token, bench),
            Step::Certificates | Step::Done => Err(WriteError::Code(ErrorCode::RequestMalformed)),
        }
    }

    /// The device was exchanged, or somebody wrote to it: a production goes on with its own key alone.
    fn refuse_others(&mut self, token: &TokenInfo) -> Result<(), WriteError> {
        let (state, application) = devices::judge(token, &self.container);
        match state {
            DeviceState::Blank => Ok(()),
            DeviceState::Begun | DeviceState::Ours => {
                self.application = application;
                Ok(())
            }
            DeviceState::OtherProduction => Err(WriteError::Code(ErrorCode::ProductionMismatch)),
            DeviceState::Unsupported => Err(WriteError::Code(ErrorCode::WriteUnsupported)),
            DeviceState::NotBlank | DeviceState::Unreadable => {
                Err(WriteError::Code(ErrorCode::NotBlank))
            }
        }
    }

    /// Makes the application with its two PINs; where it stands, sees whether the PIN is its.
    async fn pin(&mut self, token: &TokenInfo, bench: &Bench<'_>) -> Result<(), WriteError> {
        let pin = self.pin.clone().ok_or_else(pin_missing)?;
        match (&self.application, &self.task) {
            (None, Task::Produce(produce)) => {
                let sealed = make_application(token, produce, &pin, bench).await?;
                self.sealed = Some(sealed);
                self.application = Some(devices::APPLICATION.to_owned());
            }
            (None, Task::Renew(_)) => {
                return Err(WriteError::Code(ErrorCode::NoSigningCertificate));
            }
            (Some(application), task) => {
                let application = application_ref(token, application);
                bench
                    .service
                    .check_pin(&application, PinKind::User, &pin, self.last_try)
                    .await?;
                if let Task::Produce(produce) = task {
                    let kept = bench.sealed.find(&produce.intent.production, &token.serial);
                    self.sealed = kept.map(|sealed| sealed.blob.0);
                }
            }
        }
        self.pin_is_right = true;
        self.last_try = LastTry::Keep;
        Ok(())
    }

    /// The old key signs that it asks.
    async fn prove(&mut self, token: &TokenInfo, bench: &Bench<'_>) -> Result<(), WriteError> {
        let Task::Renew(renew) = &self.task else {
            return Err(WriteError::Code(ErrorCode::Internal));
        };
        let pin = self.pin.as_ref().ok_or_else(pin_missing)?;
        let malformed =
            |error: &dyn std::fmt::Display| WriteError::because(ErrorCode::RequestMalformed, error);
        let certificate = &renew.old.certificate;
        let work = Work::build(&renew.asked, &renew.origin, certificate, None, bench.now)
            .map_err(|error| malformed(&error))?;
        let key = KeyRef {
            device: token.device.clone(),
            ..renew.old.key.clone()
        };
        let signature = bench
            .service
            .sign(&key, pin, certificate, &work.message, self.last_try)
            .await?;
        (bench.journal)(work.entry(&signature, &renew.row, bench.now)).map_err(internal)?;
        match work.pack(&signature, &[]) {
            Packed::Statement(statement) => self.proof = Some(statement),
            Packed::Seal(..) => return Err(WriteError::Code(ErrorCode::Internal)),
        }
        Ok(())
    }

    /// The key pair, made where there is none.
    async fn key(&mut self, token: &TokenInfo, bench: &Bench<'_>) -> Result<(), WriteError> {
        let pin = self.pin.as_ref().ok_or_else(pin_missing)?;
        let place = self.place(token)?;
        match bench.service.public_key(&place).await {
            Ok(key) if kind_of(&key) == Some(self.kind) => {}
            Ok(_) => return Err(WriteError::Code(ErrorCode::NotBlank)),
            Err(TokenError::NoContainer | TokenError::NoKey) => {
                bench
                    .service
                    .generate_key(&place, pin, self.kind, self.last_try)
                    .await?;
            }
            Err(error) => return Err(error.into()),
        }
        // What stands on the device for people; not worth a failure.
        if let Task::Produce(produce) = &self.task {
            let label = &produce.intent.key_number;
            if label.len() <= MAX_LABEL && token.label != *label {
                let _ = bench.service.set_label(&token.reference(), label).await;
            }
        }
        Ok(())
    }

    /// The certification request, signed by the new key.
    async fn request(
        &mut self,
        token: &TokenInfo,
        bench: &Bench<'_>,
    ) -> Result<Outcome, WriteError> {
        let pin = self.pin.as_ref().ok_or_else(pin_missing)?;
        let place = self.place(token)?;
        let subject = Name::from_attributes(&[(pki::oid::COMMON_NAME, self.key_number())])
            .map_err(|error| WriteError::because(ErrorCode::RequestMalformed, &error))?;
        let request = bench
            .service
            .certification_request(&place, pin, &subject, self.last_try)
            .await?;
        (bench.journal)(self.entry_of_request(&request, bench)?).map_err(internal)?;
        let interim = match &self.task {
            Task::Produce(_) => AgentInterim::Produce(ProducePrepared {
                kind: PreparedType::Prepared,
                request: Base64(request),
                device_serial: token.serial.clone(),
                escrow: self.sealed.clone().map(Base64),
                label: token.label.clone(),
            }),
            Task::Renew(_) => AgentInterim::Renew(RenewPrepared {
                kind: PreparedType::Prepared,
                token: self
                    .proof
                    .clone()
                    .ok_or(WriteError::Code(ErrorCode::Internal))?,
                request: Base64(request),
                device_serial: token.serial.clone(),
            }),
        };
        Ok(Outcome {
            interim: Some(interim),
            response: None,
        })
    }

    /// Writes the signing certificate, after all that came was checked.
    async fn signing(
        &mut self,
        token: &TokenInfo,
        bench: &Bench<'_>,
    ) -> Result<Outcome, WriteError> {
        let pin = self.pin.as_ref().ok_or_else(pin_missing)?;
        let place = self.place(token)?;
        let fitting = self.fitting(&place, bench).await?;
        bench
            .service
            .import_certificate(&place, pin, &fitting.signing, self.last_try)
            .await?;
        Ok(Outcome::default())
    }

    /// Writes the encryption pair and its certificate, where there is one.
    async fn encryption(
        &mut self,
        token: &TokenInfo,
        bench: &Bench<'_>,
    ) -> Result<Outcome, WriteError> {
        let pin = self.pin.as_ref().ok_or_else(pin_missing)?;
        let place = self.place(token)?;
        if let Some((certificate, envelope)) = self.fitting(&place, bench).await?.encryption {
            bench
                .service
                .import_encryption_key(&place, pin, &envelope, &certificate, self.last_try)
                .await?;
        }
        Ok(Outcome::default())
    }

    /// Compares what the token says now with what was written.
    fn read_back(&mut self, token: &TokenInfo, bench: &Bench<'_>) -> Result<Outcome, WriteError> {
        let place = self.place(token)?;
        let sent = self
            .certificates
            .as_ref()
            .ok_or(WriteError::Code(ErrorCode::Internal))?;
        let found = token
            .containers
            .iter()
            .find(|found| found.application == place.application && found.name == place.container);
        let encryption = sent.encryption.as_ref().map(Base64::as_bytes);
        let same = found.is_some_and(|found| {
            found.signing_certificate.as_deref() == Some(sent.signing.as_bytes())
                && found.encryption_certificate.as_deref() == encryption
        });
        if !same {
            return Err(WriteError::Code(ErrorCode::ReadBackFailed));
        }
        let sha256 = |der: &[u8]| hex::encode(pki::hash(HashAlgorithm::Sha256, der));
        let signing_sha256 = sha256(sent.signing.as_bytes());
        (bench.journal)(self.entry_of_writing(&signing_sha256, bench)).map_err(internal)?;
        if let Task::Produce(produce) = &self.task {
            bench.sealed.forget(&produce.intent.production);
        }
        Ok(Outcome {
            interim: None,
            response: Some(AgentResponse::Written {
                device_serial: token.serial.clone(),
                signing_sha256,
                encryption_sha256: encryption.map(sha256),
                read_back: true,
            }),
        })
    }

    async fn fitting(&self, place: &KeyRef, bench: &Bench<'_>) -> Result<Fitting, WriteError> {
        let sent = self
            .certificates
            .as_ref()
            .ok_or(WriteError::Code(ErrorCode::RequestMalformed))?;
        let key = bench.service.public_key(place).await?;
        Fitting::of(sent, &key)
    }

    fn place(&self, token: &TokenInfo) -> Result<KeyRef, WriteError> {
        let application = self
            .application
            .clone()
            .ok_or(WriteError::Token(TokenError::NoApplication))?;
        Ok(KeyRef {
            library: token.library.clone(),
            device: token.device.clone(),
            application,
            container: self.container.clone(),
        })
    }

    fn key_number(&self) -> &str {
        match &self.task {
            Task::Produce(produce) => &produce.intent.key_number,
            Task::Renew(renew) => &renew.intent.key_number,
        }
    }

    fn entry_of_request(&self, request: &[u8], bench: &Bench<'_>) -> Result<Entry, WriteError> {
        let parsed = CertificationRequest::from_der(request).map_err(internal)?;
        Ok(Entry {
            family: KeyFamilyName::of(parsed.public_key().family()).unwrap_or(KeyFamilyName::Sm2),
            signed_sha256: hex::encode(pki::hash(HashAlgorithm::Sha256, parsed.info_der())),
            signature: Base64(parsed.signature().to_vec()),
            ..self.entry("pkcs10", bench)
        })
    }

    fn entry_of_writing(&self, signing_sha256: &str, bench: &Bench<'_>) -> Entry {
        Entry {
            certificate_sha256: Some(signing_sha256.to_owned()),
            ..self.entry("written", bench)
        }
    }

    fn entry(&self, purpose: &str, bench: &Bench<'_>) -> Entry {
        let (intent, key) = match &self.task {
            Task::Produce(produce) => (
                produce.intent_json.clone(),
                KeyEntry {
                    provider: Some(produce.intent.provider.clone()),
                    number: Some(produce.intent.key_number.clone()),
                    holder: Some(produce.intent.holder.clone()),
                },
            ),
            Task::Renew(renew) => (
                renew.asked.request.intent().to_owned(),
                KeyEntry::of(&renew.row),
            ),
        };
        let family = match self.kind {
            KeyKind::Sm2 => KeyFamilyName::Sm2,
            KeyKind::Rsa2048 => KeyFamilyName::Rsa,
            KeyKind::P256 => KeyFamilyName::P256,
        };
        Entry {
            at: rfc3339(bench.now),
            origin: bench.origin.to_owned(),
            purpose: purpose.to_owned(),
            intent,
            certificate_sha256: None,
            family,
            signed_sha256: String::new(),
            signature: Base64(Vec::new()),
            seal: None,
            key: Some(key),
        }
    }
}

/// The statement that the old key signs, as a login's is asked for.
fn statement_of(request: &RenewRequest, intent: &RenewIntent) -> Asked {
    Asked {
        request: AgentRequest::Statement(StatementRequest {
            version: 1,
            purpose: Purpose::Renew,
            nonce: request.nonce,
            intent: request.intent.clone(),
        }),
        intent: Intent::Renew(intent.clone()),
    }
}

/// Makes the application with the user PIN and a random administrator PIN, which is sealed on the disk before
/// the token gets it.
async fn make_application(
    token: &TokenInfo,
    produce: &Produce,
    user: &Pin,
    bench: &Bench<'_>,
) -> Result<Vec<u8>, WriteError> {
    let admin = first_pin::administrator()?;
    let blob = seal(&produce.escrow, &token.serial, &admin)?;
    let sealed = Sealed {
        device_serial: token.serial.clone(),
        blob: Base64(blob.clone()),
    };
    bench
        .sealed
        .keep(&produce.intent.production, &sealed)
        .map_err(internal)?;
    let spec = ApplicationSpec {
        name: devices::APPLICATION.to_owned(),
        admin_tries: ADMIN_TRIES,
        user_tries: USER_TRIES,
    };
    bench
        .service
        .create_application(
            &token.reference(),
            &DeviceKey::default(),
            &spec,
            &typed(&admin)?,
            user,
        )
        .await?;
    Ok(blob)
}

fn seal(
    to: &escrow::EscrowPublicKey,
    device_serial: &str,
    pin: &Zeroizing<String>,
) -> Result<Vec<u8>, WriteError> {
    let seed = random::<32>()?;
    let aad = device_serial.as_bytes();
    let random = |out: &mut [u8]| {
        for (octet, drawn) in out.iter_mut().zip(seed.iter()) {
            *octet = *drawn;
        }
    };
    escrow::seal(to, escrow::ESCROW_INFO, aad, pin.as_bytes(), random).map_err(internal)
}

fn application_ref(token: &TokenInfo, application: &str) -> ApplicationRef {
    ApplicationRef {
        library: token.library.clone(),
        device: token.device.clone(),
        application: application.to_owned(),
    }
}

fn kind_of(key: &pki::PublicKey) -> Option<KeyKind> {
    match key.family() {
        pki::KeyFamily::Sm2 => Some(KeyKind::Sm2),
        pki::KeyFamily::Rsa => Some(KeyKind::Rsa2048),
        pki::KeyFamily::P256 => Some(KeyKind::P256),
        pki::KeyFamily::P384 => None,
    }
}

fn typed(pin: &str) -> Result<Pin, WriteError> {
    Pin::new(pin).map_err(|_| WriteError::Code(ErrorCode::PinLength))
}

fn pin_missing() -> WriteError {
    WriteError::Code(ErrorCode::PinLength)
}

fn internal(error: impl std::fmt::Display) -> WriteError {
    WriteError::because(ErrorCode::Internal, &error)
}
