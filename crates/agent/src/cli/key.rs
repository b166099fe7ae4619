//! `yinxin-agent key …`: an operator's steps on a key. PINs come from standard input, a line each.
//!
//! | step | lines on standard input |
//! |---|---|
//! | `init` | administrator PIN, user PIN |
//! | `csr`, `write-certificate` | user PIN |
//! | `change-pin` | old user PIN, new user PIN |
//! | `unblock` | administrator PIN, new user PIN |
//! | `lock` | none: wrong PINs are entered until the key is locked, for tests of the way back |

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use pki::{Certificate, KeyFamily, Name};
use serde_json::{Value, json};
use token::{
    ApplicationRef, ApplicationSpec, DeviceKey, DeviceRef, KeyKind, KeyRef, LastTry, Pin, PinKind,
    TokenError, TokenInfo, TokenService,
};

use super::secrets::pin;
use super::{Failure, Libraries};

/// Tries of a new application's administrator PIN and user PIN.
const ADMIN_TRIES: u32 = 10;
const USER_TRIES: u32 = 6;
/// What `lock` enters; no PIN that `init` takes is wrong more surely than a random one.
const MOST_WRONG_PINS: u32 = 20;

/// The steps.
#[derive(Subcommand)]
pub enum Step {
    /// Make the application with its PINs on a blank key.
    Init {
        #[command(flatten)]
        at: At,
        /// The label, at most 32 bytes.
        #[arg(long)]
        label: Option<String>,
    },
    /// Make a key pair in the token where there is none, and a certification request for it.
    Csr {
        #[command(flatten)]
        at: At,
        /// The kind of key pair.
        #[arg(long, value_enum, default_value_t = Algorithm::Sm2)]
        algorithm: Algorithm,
        /// Common name in the request; a CA takes the name from its own records. Default: the device's name.
        #[arg(long)]
        common_name: Option<String>,
    },
    /// Write a certificate beside its key pair.
    WriteCertificate {
        #[command(flatten)]
        at: At,
        /// The certificate, PEM.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
    },
    /// Change the user PIN.
    ChangePin {
        #[command(flatten)]
        at: At,
    },
    /// Give a locked key a new user PIN by the administrator's.
    Unblock {
        #[command(flatten)]
        at: At,
    },
    /// Enter wrong PINs until the key is locked.
    Lock {
        #[command(flatten)]
        at: At,
    },
}

/// Kinds of key pairs.
#[derive(Clone, Copy, ValueEnum)]
pub enum Algorithm {
    /// SM2.
    Sm2,
    /// RSA with 2048 bits.
    Rsa,
    /// ECDSA on P-256; for PKCS#11 tokens.
    P256,
}

/// Which key.
#[derive(Args)]
pub struct At {
    #[command(flatten)]
    libraries: Libraries,
    /// The device's name; may be left out when one is plugged in.
    #[arg(long)]
    device: Option<String>,
    /// The application's name.
    #[arg(long, default_value = "YINXIN")]
    application: String,
    /// Go on although one try is left before the PIN locks.
    #[arg(long)]
    spend_last_try: bool,
}

impl Step {
    fn at(&self) -> &At {
        match self {
            Step::Init { at, .. }
            | Step::Csr { at, .. }
            | Step::WriteCertificate { at, .. }
            | Step::ChangePin { at }
            | Step::Unblock { at }
            | Step::Lock { at } => at,
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.at().libraries.json
    }
}

/// Does one step.
pub async fn run(step: Step) -> Result<(), Failure> {
    let service = step.at().libraries.service(None)?;
    let token = step.at().token(&service).await?;
    let application = ApplicationRef {
        library: token.library.clone(),
        device: token.device.clone(),
        application: step.at().application.clone(),
    };
    let last_try = if step.at().spend_last_try {
        LastTry::Spend
    } else {
        LastTry::Keep
    };
    let answer = match &step {
        Step::Init { label, .. } => {
            init(&service, &token.reference(), &application, label.as_deref()).await?
        }
        Step::Csr {
            algorithm,
            common_name,
            ..
        } => {
            csr(
                &service,
                &token,
                &application,
                *algorithm,
                common_name.as_deref(),
                last_try,
            )
            .await?
        }
        Step::WriteCertificate { certificate, .. } => {
            write_certificate(&service, &token, &application, certificate, last_try).await?
        }
        Step::ChangePin { .. } => {
            let (old, new) = (pin("user PIN")?, pin("new user PIN")?);
            service
                .change_pin(&application, PinKind::User, &old, &new, last_try)
                .await?;
            json!({ "changed": true })
        }
        Step::Unblock { .. } => {
            let (admin, new) = (pin("administrator PIN")?, pin("new user PIN")?);
            service
                .unblock_pin(&application, &admin, &new, last_try)
                .await?;
            json!({ "unblocked": true })
        }
        Step::Lock { .. } => lock(&service, &application).await?,
    };
    if step.json() {
        println!("{answer}");
    } else if let Some(text) = answer.get("csr").and_then(Value::as_str) {
        print!("{text}");
    } else {
        println!("{}: done", token.device);
    }
    Ok(())
}

impl At {
    async fn token(&self, service: &TokenService) -> Result<TokenInfo, Failure> {
        let listing = service.list().await;
        let failed = listing
            .failures
            .into_iter()
            .next()
            .map(|failure| failure.error);
        let mut tokens: Vec<_> = listing
            .tokens
            .into_iter()
            .filter(|token| {
                self.device
                    .as_ref()
                    .is_none_or(|device| *device == token.device)
            })
            .collect();
        if tokens.len() > 1 {
            return Err(Failure::Usage(
                "several keys are plugged in: say which by --device".into(),
            ));
        }
        tokens
            .pop()
            .ok_or_else(|| Failure::from(failed.unwrap_or(TokenError::NoToken)))
    }
}

async fn init(
    service: &TokenService,
    device: &DeviceRef,
    application: &ApplicationRef,
    label: Option<&str>,
) -> Result<Value, Failure> {
    let (admin, user) = (pin("administrator PIN")?, pin("user PIN")?);
    let spec = ApplicationSpec {
        name: application.application.clone(),
        admin_tries: ADMIN_TRIES,
        user_tries: USER_TRIES,
    };
    service
        .create_application(device, &DeviceKey::default(), &spec, &admin, &user)
        .await?;
    if let Some(label) = label {
        service.set_label(device, label).await?;
    }
    Ok(json!({ "device": device.device, "application": spec.name }))
}

async fn csr(
    service: &TokenService,
    token: &TokenInfo,
    application: &ApplicationRef,
    algorithm: Algorithm,
    common_name: Option<&str>,
    last_try: LastTry,
) -> Result<Value, Failure> {
    let (container, kind) = match algorithm {
        Algorithm::Sm2 => ("SIGN-SM2", KeyKind::Sm2),
        Algorithm::Rsa => ("SIGN-RSA", KeyKind::Rsa2048),
        Algorithm::P256 => ("SIGN-P256", KeyKind::P256),
    };
    let subject = [(pki::oid::COMMON_NAME, common_name.unwrap_or(&token.device))];
    let subject =
        Name::from_attributes(&subject).map_err(|error| Failure::Usage(error.to_string()))?;
    let pin = pin("user PIN")?;
    let key = container_of(application, container);
    match service.public_key(&key).await {
        Ok(_) => {}
        Err(TokenError::NoContainer | TokenError::NoKey) => {
            service.generate_key(&key, &pin, kind, last_try).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let der = service
        .certification_request(&key, &pin, &subject, last_try)
        .await?;
    let request =
        pki::pkcs10::CertificationRequest::from_der(&der).map_err(Failure::undetermined)?;
    Ok(json!({ "csr": request.to_pem(), "container": container }))
}

async fn write_certificate(
    service: &TokenService,
    token: &TokenInfo,
    application: &ApplicationRef,
    file: &std::path::Path,
    last_try: LastTry,
) -> Result<Value, Failure> {
    let usage =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| usage(&error))?;
    let certificates = Certificate::many_from_pem(&text).map_err(|error| usage(&error))?;
    let certificate = certificates
        .first()
        .ok_or_else(|| usage(&"no certificate"))?;
    let pin = pin("user PIN")?;
    let container = container_with(service, token, application, certificate).await?;
    let key = container_of(application, &container);
    service
        .import_certificate(&key, &pin, certificate.der(), last_try)
        .await?;
    Ok(json!({ "container": container, "subject": certificate.subject().rfc4514() }))
}

/// The container whose key the certificate is for.
async fn container_with(
    service: &TokenService,
    token: &TokenInfo,
    application: &ApplicationRef,
    certificate: &Certificate,
) -> Result<String, Failure> {
    let kind = match certificate.public_key().family() {
        KeyFamily::Sm2 => KeyKind::Sm2,
        KeyFamily::Rsa => KeyKind::Rsa2048,
        KeyFamily::P256 => KeyKind::P256,
        other => return Err(TokenError::WrongAlgorithm(other.name().to_owned()).into()),
    };
    for container in &token.containers {
        if container.application != application.application || container.kind != Some(kind) {
            continue;
        }
        let key = service
            .public_key(&container_of(application, &container.name))
            .await?;
        if key.spki_der() == certificate.public_key().spki_der() {
            return Ok(container.name.clone());
        }
    }
    Err(TokenError::CertificateOfAnotherKey.into())
}

fn container_of(application: &ApplicationRef, container: &str) -> KeyRef {
    KeyRef {
        library: application.library.clone(),
        device: application.device.clone(),
        application: application.application.clone(),
        container: container.to_owned(),
    }
}

async fn lock(service: &TokenService, application: &ApplicationRef) -> Result<Value, Failure> {
    for number in 0..MOST_WRONG_PINS {
        let wrong = Pin::new(&format!("wrong-{number:06}")).map_err(Failure::undetermined)?;
        match service
            .check_pin(application, PinKind::User, &wrong, LastTry::Spend)
            .await
        {
            Err(TokenError::PinWrong { left }) if left != Some(0) => {}
            Err(TokenError::PinLocked | TokenError::PinWrong { .. }) => {
                return Ok(json!({ "locked": true }));
            }
            Err(error) => return Err(error.into()),
            Ok(()) => {
                return Err(Failure::Undetermined(
                    "a wrong PIN was taken for the right one".into(),
                ));
            }
        }
    }
    Err(Failure::Undetermined("the key did not lock".into()))
}
