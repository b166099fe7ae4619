//! What the functions do. Nothing here knows how a vendor's format writes it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{Base64, KeyFamilyName};
use pki::cms::{OidFamily, SignedAttributesSpec, SignedData};
use pki::{Certificate, HashAlgorithm, KeyFamily, Oid};
use token::{LastTry, Message, PinKind, Signature, TokenError};

use super::info::{self, Numbers};
use super::session::{SGD_SHA256_RSA, SGD_SM3_SM2, Session};
use super::{Answer, Function, Sof, SofError};
use crate::journal::{Entry, KeyEntry};
use crate::keyring::{KeyRow, Keyring, Place};
use crate::prompt::{Language, NotDone, PromptError, PromptText, until_right};
use crate::rfc3339;

/// Most parameters of a call, and most characters of one.
pub const MAX_PARAMETERS: usize = 8;
/// Data of one MiB in base64, and a little more.
pub const MAX_PARAMETER: usize = 1_500_000;
/// Most random octets of a call.
const MAX_RANDOM: usize = 1024;

/// Performs a function for a page's session, and remembers what failed.
///
/// # Errors
/// [`SofError`]; it is also what `SOF_GetLastError` answers until the next success.
pub async fn perform(
    sof: &Sof,
    session: &mut Session,
    numbers: Numbers,
    function: Function,
    parameters: &[String],
) -> Result<Answer, SofError> {
    if function == Function::GetLastError {
        let code = session.last_error.map_or(0, SofError::code);
        return Ok(Answer::Number(i64::from(code)));
    }
    let limits = parameters.len() <= MAX_PARAMETERS
        && parameters.iter().all(|text| text.len() <= MAX_PARAMETER);
    let done = if limits {
        served(sof, session, numbers, function, Parameters(parameters)).await
    } else {
        Err(SofError::InputLength)
    };
    session.last_error = done.as_ref().err().copied();
    done
}

async fn served(
    sof: &Sof,
    session: &mut Session,
    numbers: Numbers,
    function: Function,
    given: Parameters<'_>,
) -> Result<Answer, SofError> {
    Ok(match function {
        Function::GetVersion => Answer::Text(env!("CARGO_PKG_VERSION").to_owned()),
        Function::GetUserList => Answer::Text(user_list(&sof.agent.keyring_for_sites().await)),
        Function::ExportUserCert => {
            let key = Key::find(sof, given.text(0)?).await?;
            Answer::Text(STANDARD.encode(&key.place.certificate))
        }
        Function::ExportExchangeUserCert => {
            let key = Key::find(sof, given.text(0)?).await?;
            Answer::Text(exchange_certificate(sof, &key.place).await?)
        }
        Function::Login => {
            let key = Key::find(sof, given.text(0)?).await?;
            log_in(sof, session, &key).await?;
            Answer::Flag(true)
        }
        Function::IsLogin => Answer::Flag(session.serves(given.text(0)?, (sof.agent.clock)())),
        Function::Logout => {
            session.log_out();
            Answer::Flag(true)
        }
        Function::GetPinRetryCount => {
            let key = Key::find(sof, given.text(0)?).await?;
            Answer::Number(key.row.tries_left.map_or(-1, i64::from))
        }
        Function::GetCertInfo => {
            let certificate = certificate(given.text(0)?)?;
            Answer::Text(info::read(&certificate, numbers, given.number(1)?)?)
        }
        Function::GetCertInfoByOid => {
            let certificate = certificate(given.text(0)?)?;
            let oid = Oid::new(given.text(1)?).map_err(|_| SofError::Input)?;
            let value = certificate
                .extension_text(&oid)
                .or_else(|| certificate.subject().attribute(&oid).map(str::to_owned));
            Answer::Text(value.unwrap_or_default())
        }
        Function::GetDeviceInfo => {
            let key = Key::find(sof, given.text(0)?).await?;
            Answer::Text(device_info(&key.row, numbers, given.number(1)?)?)
        }
        Function::SetSignMethod => {
            // The key decides; a page may say what the key does anyway, and nothing weaker.
            let method = given.number(0)?;
            if ![SGD_SM3_SM2, SGD_SHA256_RSA].contains(&method) {
                return Err(SofError::NotSupported);
            }
            session.sign_method = method;
            Answer::Number(0)
        }
        Function::GetSignMethod => Answer::Number(i64::from(session.sign_method)),
        Function::SignData => {
            let key = Key::find(sof, given.text(0)?).await?;
            let message =
                Message::page_data(given.text(1)?.as_bytes()).map_err(|_| SofError::Input)?;
            let signature = sign(sof, session, &key, "sof_sign_data", &message).await?;
            Answer::Text(STANDARD.encode(&signature.value))
        }
        Function::SignMessage => {
            let attached = match given.number(0)? {
                0 => true,
                1 => false,
                _ => return Err(SofError::Input),
            };
            let key = Key::find(sof, given.text(1)?).await?;
            let data = given.text(2)?.as_bytes();
            Answer::Text(sign_message(sof, session, &key, data, attached).await?)
        }
        Function::SignDataByP7 => {
            let key = Key::find(sof, given.text(0)?).await?;
            let data = given.text(1)?.as_bytes();
            Answer::Text(sign_message(sof, session, &key, data, true).await?)
        }
        Function::VerifySignedData => Answer::Flag(verify(
            &certificate(given.text(0)?)?,
            given.text(1)?.as_bytes(),
            &decode(given.text(2)?)?,
        )),
        Function::VerifySignedMessage => {
            let data = given.text(1).unwrap_or_default();
            Answer::Flag(verify_message(&decode(given.text(0)?)?, data.as_bytes()))
        }
        Function::GenRandom => {
            let length = given.number(0)? as usize;
            if length == 0 || length > MAX_RANDOM {
                return Err(SofError::InputLength);
            }
            let mut random = vec![0; length];
            getrandom::fill(&mut random).map_err(|_| SofError::Unknown)?;
            Answer::Text(STANDARD.encode(random))
        }
        Function::GetLastError => return Err(SofError::NotSupported),
    })
}

struct Parameters<'a>(&'a [String]);

impl Parameters<'_> {
    fn text(&self, at: usize) -> Result<&str, SofError> {
        self.0
            .get(at)
            .map(String::as_str)
            .ok_or(SofError::InputLength)
    }

    /// Decimal, or hexadecimal with `0x` as the standard's constants are written.
    fn number(&self, at: usize) -> Result<u32, SofError> {
        let text = self.text(at)?.trim();
        let parsed = match text.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => text.parse(),
        };
        parsed.map_err(|_| SofError::Input)
    }
}

/// A plugged key, found by the id of its signing certificate.
struct Key {
    row: KeyRow,
    place: Place,
}

impl Key {
    async fn find(sof: &Sof, id: &str) -> Result<Key, SofError> {
        let keyring = sof.agent.keyring_for_sites().await;
        let (row, certificate, place) = keyring.find(id).ok_or(SofError::NoCertificate)?;
        if certificate.refused.is_some() {
            return Err(SofError::NoCertificate);
        }
        Ok(Key {
            row: row.clone(),
            place: place.clone(),
        })
    }
}

/// `name||certID&&&` for each certificate that signs.
fn user_list(keyring: &Keyring) -> String {
    let mut list = String::new();
    for row in &keyring.keys {
        // The separators of the list are no part of a name, whatever a certificate says.
        let holder = row.holder.as_deref().unwrap_or(&row.label);
        let name = holder.replace(['|', '&'], " ");
        for certificate in &row.certificates {
            if certificate.signing && certificate.refused.is_none() {
                list.push_str(&format!("{name}||{}&&&", certificate.id));
            }
        }
    }
    list
}

async fn exchange_certificate(sof: &Sof, place: &Place) -> Result<String, SofError> {
    let listing = sof.agent.tokens.list().await;
    let container = listing
        .tokens
        .iter()
        .flat_map(|token| token.containers.iter().map(move |c| (token.key(c), c)))
        .find(|(key, _)| *key == place.key);
    container
        .and_then(|(_, container)| container.encryption_certificate.as_ref())
        .map(|der| STANDARD.encode(der))
        .ok_or(SofError::NoCertificate)
}

fn device_info(row: &KeyRow, numbers: Numbers, item: u32) -> Result<String, SofError> {
    match (numbers, item) {
        // GM/T 0006-2012 §6.4: SGD_DEVICE_NAME, SGD_DEVICE_SERIAL_NUMBER.
        (Numbers::Standard, 0x0203) => Ok(row.label.clone()),
        (Numbers::Standard, 0x0208) | (Numbers::Bjca, 1) => Ok(row.serial.clone()),
        _ => Err(SofError::NotSupported),
    }
}

/// Asks for the PIN and has the token take it. It is kept for [`super::session`]'s time and count.
async fn log_in(sof: &Sof, session: &mut Session, key: &Key) -> Result<(), SofError> {
    session.log_out();
    let text = prompt(&session.origin, &key.row);
    let application = key.place.key.application();
    let (tokens, application) = (&*sof.agent.tokens, &application);
    let checked = until_right(&*sof.prompt, text, false, |pin, spend| async move {
        tokens
            .check_pin(application, PinKind::User, &pin, spend)
            .await
    });
    match checked.await {
        Ok(((), pin)) => {
            session.log_in(&key.place.id, pin, (sof.agent.clock)());
            Ok(())
        }
        Err(NotDone::Prompt(PromptError::TimedOut)) => Err(SofError::TimedOut),
        Err(NotDone::Prompt(PromptError::Cancelled) | NotDone::LastTryKept) => {
            Err(SofError::NotLoggedIn)
        }
        Err(NotDone::Token(TokenError::PinLocked)) => Err(SofError::NotLoggedIn),
        Err(error) => {
            tracing::warn!(%error, "a page's login failed");
            Err(SofError::Unknown)
        }
    }
}

fn prompt(origin: &str, row: &KeyRow) -> PromptText {
    let language = Language::default();
    let pick = |zh, en| language.pick(zh, en);
    let holder = row.holder.as_deref().unwrap_or(&row.label);
    let number = row.key_number.as_deref().unwrap_or(&row.serial);
    PromptText {
        title: pick("印信客户端", "Yinxin client").to_owned(),
        description: format!(
            "{}: {origin}\n{}\n{}: {holder} ({number})",
            pick("网站", "Site"),
            pick(
                "经兼容接口登录；五分钟内最多签名二十次",
                "Log in through the compatible interface; at most twenty signatures in five minutes"
            ),
            pick("CA 锁", "Key"),
        ),
        prompt: pick("PIN 码", "PIN").to_owned(),
        error: None,
        tries_left: row.tries_left,
        language,
    }
}

/// Signs with the session's PIN, which is asked for where no login serves; the journal has it before the page.
async fn sign(
    sof: &Sof,
    session: &mut Session,
    key: &Key,
    purpose: &str,
    message: &Message,
) -> Result<Signature, SofError> {
    let agent = &sof.agent;
    if !session.serves(&key.place.id, (agent.clock)()) {
        log_in(sof, session, key).await?;
    }
    let origin = session.origin.clone();
    let now = (agent.clock)();
    let pin = session
        .pin_for(&key.place.id, now)
        .ok_or(SofError::NotLoggedIn)?;
    let place = &key.place;
    let signed = agent
        .tokens
        .sign(&place.key, pin, &place.certificate, message, LastTry::Keep)
        .await;
    let signature = match signed {
        Ok(signature) => signature,
        Err(error) => {
            session.log_out();
            tracing::warn!(%error, "a page's data were not signed");
            return Err(SofError::Unknown);
        }
    };
    let certificate = Certificate::from_der(&place.certificate).map_err(|_| SofError::Unknown)?;
    let octets = message.signed_octets();
    let entry = Entry {
        at: rfc3339(now),
        origin,
        purpose: purpose.to_owned(),
        intent: serde_json::json!({ "v": 1, "purpose": purpose, "octets": octets.len() })
            .to_string(),
        certificate_sha256: Some(hex::encode(certificate.sha256_fingerprint())),
        family: KeyFamilyName::of(certificate.public_key().family())
            .ok_or(SofError::NotSupported)?,
        signed_sha256: hex::encode(pki::hash(HashAlgorithm::Sha256, octets)),
        signature: Base64(signature.value.clone()),
        seal: None,
        key: Some(KeyEntry::of(&key.row)),
    };
    agent
        .journal()
        .append(entry)
        .map_err(|_| SofError::Unknown)?;
    Ok(signature)
}

async fn sign_message(
    sof: &Sof,
    session: &mut Session,
    key: &Key,
    data: &[u8],
    attached: bool,
) -> Result<String, SofError> {
    // A CMS over a document would be a seal that nobody consented to.
    token::check_page_data(data).map_err(|_| SofError::Input)?;
    let certificate =
        Certificate::from_der(&key.place.certificate).map_err(|_| SofError::Unknown)?;
    let family = certificate.public_key().family();
    let algorithm = family.default_algorithm();
    let digest = pki::hash(algorithm.hash(), data);
    let spec = SignedAttributesSpec {
        family: if family == KeyFamily::Sm2 {
            OidFamily::Gm
        } else {
            OidFamily::Pkcs7
        },
        algorithm,
        content_digest: &digest,
        certificate: &certificate,
        signing_time: Some((sof.agent.clock)()),
        custom: Vec::new(),
    };
    let message = Message::signed_attributes(&spec);
    let signature = sign(sof, session, key, "sof_sign_message", &message).await?;
    let octets = message.signed_octets();
    let cms = if attached {
        pki::cms::assemble_attached(&spec, data, octets, &signature.value, &[])
    } else {
        pki::cms::assemble(&spec, octets, &signature.value, &[])
    };
    Ok(STANDARD.encode(cms))
}

/// The signature alone: whether the certificate is to be trusted is another question.
fn verify(certificate: &Certificate, data: &[u8], signature: &[u8]) -> bool {
    let key = certificate.public_key();
    let algorithm = key.family().default_algorithm();
    let verified = |signature: &[u8]| key.verify(algorithm, data, signature).is_ok();
    // Some clients hand out r ‖ s, others DER.
    verified(signature) || pki::ec_signature_from_raw(signature).is_ok_and(|der| verified(&der))
}

fn verify_message(message: &[u8], data: &[u8]) -> bool {
    let Ok(signed) = SignedData::from_der(message) else {
        return false;
    };
    let content = signed.content().unwrap_or(data);
    let same = data.is_empty() || signed.content().is_none_or(|inside| inside == data);
    same && !signed.signers().is_empty()
        && signed.signers().iter().all(|signer| {
            let Some(certificate) = signed.certificate_of(signer) else {
                return false;
            };
            let hash = certificate.public_key().family().default_algorithm().hash();
            signer
                .verify(&pki::hash(hash, content), certificate)
                .is_ok()
        })
}

fn certificate(text: &str) -> Result<Certificate, SofError> {
    Certificate::from_der(&decode(text)?).map_err(|_| SofError::Input)
}

fn decode(text: &str) -> Result<Vec<u8>, SofError> {
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).map_err(|_| SofError::Input)
}
