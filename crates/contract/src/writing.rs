//! The conversations that write to a token: production, renewal, unlocking. A request opens one; the agent
//! answers in between (`Interim…`), the page brings what the server made of that ([`PageMessage`]), and the
//! agent's last answer is an [`crate::AgentResponse`]. Message by message in `docs/protocol-writing.md`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::login_token::MAX_TOKEN_BYTES;
use crate::request::RequestError;
use crate::{Base64, ErrorCode, Nonce, SignedStatement};

/// Largest certificate that is written to a token, DER bytes.
pub const MAX_WRITTEN_CERTIFICATE_BYTES: usize = 16 * 1024;
/// Most certificates in a chain.
pub const MAX_CHAIN: usize = 5;
/// Largest certification request, DER bytes; what `pki` reads.
pub const MAX_CERTIFICATION_REQUEST_BYTES: usize = 16 * 1024;
/// Largest message of the page after its request, as JSON text.
pub const MAX_MESSAGE_BYTES: usize = 192 * 1024;
/// Largest interim answer of the agent, as JSON text.
pub const MAX_INTERIM_BYTES: usize = 32 * 1024 + MAX_TOKEN_BYTES;
/// Longest serial number or label of a device, in characters.
pub const MAX_SERIAL_CHARS: usize = 128;
/// Longest id of an order, in characters.
pub const MAX_ORDER_CHARS: usize = 64;
/// How long a conversation may take from its request to its end, in seconds.
pub const SESSION_SECONDS: i64 = 600;

/// Asks for a new key on a blank token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProduceRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `produce`.
    pub purpose: ProducePurpose,
    /// The server's exact intent.
    pub intent: String,
    /// The installation's escrow key, 65 octets (an uncompressed point on P-256): the administrator PIN is
    /// sealed to it ([`crate::escrow`]).
    #[ts(as = "String")]
    pub escrow_key: Base64,
    /// The provider's rule for PINs.
    pub pin: PinRule,
}

/// The one purpose of a [`ProduceRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProducePurpose {
    /// `produce`.
    Produce,
}

/// What a new PIN must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PinRule {
    /// Fewest characters, 6 at least.
    pub min_length: u8,
    /// Most characters, 16 at most.
    pub max_length: u8,
    /// Which characters.
    pub alphabet: PinAlphabet,
}

/// Characters of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PinAlphabet {
    /// 0–9.
    Digits,
    /// 0–9, a–z, A–Z.
    Alphanumeric,
    /// Every visible character of ASCII.
    Printable,
}

/// Asks for a renewal on the holder's own token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `renew`.
    pub purpose: RenewPurpose,
    /// The server's nonce, for the statement that the old key signs.
    #[ts(as = "String")]
    pub nonce: Nonce,
    /// The server's exact intent.
    pub intent: String,
}

/// The one purpose of a [`RenewRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RenewPurpose {
    /// `renew`.
    Renew,
}

/// Asks for the unlocking of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `unlock`.
    pub purpose: UnlockPurpose,
    /// The server's exact intent.
    pub intent: String,
}

/// The one purpose of an [`UnlockRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnlockPurpose {
    /// `unlock`.
    Unlock,
}

/// What the agent says between a request and its last answer. Which of them follows from the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum AgentInterim {
    /// Of a production.
    Produce(ProducePrepared),
    /// Of a renewal.
    Renew(RenewPrepared),
    /// Of an unlocking.
    Unlock(UnlockKey),
}

/// A key was made in a blank token and asks for its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProducePrepared {
    /// Always `prepared`.
    #[serde(rename = "type")]
    pub kind: PreparedType,
    /// PKCS#10 of the signing key, DER; its subject's CN is the key number.
    #[ts(as = "String")]
    pub request: Base64,
    /// The device's serial number.
    pub device_serial: String,
    /// The administrator PIN, sealed to the escrow key. Absent where this production went on after it had been
    /// interrupted: then the PIN was sealed the first time.
    #[ts(as = "Option<String>")]
    pub escrow: Option<Base64>,
    /// The device's label.
    pub label: String,
}

/// A new key was made beside the old one, which proved itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenewPrepared {
    /// Always `prepared`.
    #[serde(rename = "type")]
    pub kind: PreparedType,
    /// The statement with purpose `renew`, signed by the old key.
    pub token: SignedStatement,
    /// PKCS#10 of the new signing key, DER.
    #[ts(as = "String")]
    pub request: Base64,
    /// The device's serial number.
    pub device_serial: String,
}

/// The type of [`ProducePrepared`] and [`RenewPrepared`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PreparedType {
    /// `prepared`.
    Prepared,
}

/// The agent waits for an authority that only it can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockKey {
    /// Always `unlock_key`.
    #[serde(rename = "type")]
    pub kind: UnlockKeyType,
    /// An HPKE public key that lives as long as the window, 65 octets.
    #[ts(as = "String")]
    pub public_key: Base64,
    /// The serial number of the plugged device.
    pub device_serial: String,
}

/// The type of [`UnlockKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnlockKeyType {
    /// `unlock_key`.
    UnlockKey,
}

/// What the page says after its request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PageMessage {
    /// The certificates of a production or a renewal.
    Certificates(WriteCertificates),
    /// The authority of an unlocking.
    Authority(UnlockAuthority),
    /// The server did not go on.
    Abort(Abort),
}

/// Certificates for the key that asked, and its encryption key in an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WriteCertificates {
    /// The signing certificate, DER.
    #[ts(as = "String")]
    pub signing: Base64,
    /// The encryption certificate, DER; with it comes its envelope.
    #[ts(as = "Option<String>")]
    pub encryption: Option<Base64>,
    /// The encryption key pair, for this signing key alone.
    pub envelope: Option<EnvelopedKeyJson>,
    /// The issuers, the nearest first, DER.
    #[ts(as = "Vec<String>")]
    pub chain: Vec<Base64>,
}

/// An encryption key pair in its envelope (GM/T 0016 clause 6.4.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnvelopedKeyJson {
    /// The cipher of the private key.
    pub algorithm: EnvelopeCipher,
    /// The private key under the symmetric key, 32 octets.
    #[ts(as = "String")]
    pub encrypted_private_key: Base64,
    /// Affine x of the public key, 32 octets.
    #[ts(as = "String")]
    pub public_x: Base64,
    /// Affine y of the public key, 32 octets.
    #[ts(as = "String")]
    pub public_y: Base64,
    /// The symmetric key, 16 octets, encrypted to the signing key.
    pub symmetric_key: Sm2CiphertextJson,
}

/// The cipher of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeCipher {
    /// SM4 in ECB mode, without padding.
    Sm4Ecb,
}

/// SM2 ciphertext (GB/T 32918.4) in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Sm2CiphertextJson {
    /// Affine x of C1, 32 octets.
    #[ts(as = "String")]
    pub x: Base64,
    /// Affine y of C1, 32 octets.
    #[ts(as = "String")]
    pub y: Base64,
    /// C3, the SM3 digest, 32 octets.
    #[ts(as = "String")]
    pub hash: Base64,
    /// C2, as long as the plaintext.
    #[ts(as = "String")]
    pub cipher: Base64,
}

/// The administrator PIN, sealed to the window's own key ([`UnlockKey`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockAuthority {
    /// The approved order.
    pub order: String,
    /// See [`crate::escrow`].
    #[ts(as = "String")]
    pub sealed: Base64,
}

/// Why the server did not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Abort {
    /// The reason.
    pub code: ErrorCode,
}

impl PinRule {
    pub(crate) fn check(&self) -> Result<(), RequestError> {
        if self.min_length < 6 || self.max_length > 16 || self.min_length > self.max_length {
            return Err(schema("a PIN rule allows 6 to 16 characters"));
        }
        Ok(())
    }
}

impl ProduceRequest {
    pub(crate) fn check(&self) -> Result<(), RequestError> {
        crate::escrow::EscrowPublicKey::from_bytes(self.escrow_key.as_bytes())
            .map_err(|_| schema("the escrow key is no point on P-256"))?;
        self.pin.check()
    }
}

impl ProducePrepared {
    /// Reads the agent's answer: size, schema and the bounds of each field.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_json(text: &str) -> Result<ProducePrepared, RequestError> {
        let prepared: ProducePrepared = read(text, MAX_INTERIM_BYTES)?;
        prepared.check()?;
        Ok(prepared)
    }

    /// The bounds alone, for one that was read as part of a larger body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(&self) -> Result<(), RequestError> {
        check_request(&self.request)?;
        check_plain("device_serial", &self.device_serial)?;
        if !self.label.is_empty() {
            check_plain("label", &self.label)?;
        }
        match &self.escrow {
            Some(blob) if !crate::escrow::is_blob(blob.as_bytes()) => {
                Err(schema("the escrow is no sealed PIN"))
            }
            _ => Ok(()),
        }
    }
}

impl RenewPrepared {
    /// Reads the agent's answer: size, schema and the bounds of each field.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_json(text: &str) -> Result<RenewPrepared, RequestError> {
        let prepared: RenewPrepared = read(text, MAX_INTERIM_BYTES)?;
        prepared.check()?;
        Ok(prepared)
    }

    /// The bounds alone, for one that was read as part of a larger body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(&self) -> Result<(), RequestError> {
        self.token
            .check_shape()
            .map_err(|error| RequestError::Schema(error.to_string()))?;
        check_request(&self.request)?;
        check_plain("device_serial", &self.device_serial)
    }
}

impl UnlockKey {
    /// Reads the agent's answer: size, schema and the bounds of each field.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_json(text: &str) -> Result<UnlockKey, RequestError> {
        let key: UnlockKey = read(text, MAX_INTERIM_BYTES)?;
        key.check()?;
        Ok(key)
    }

    /// The bounds alone, for one that was read as part of a larger body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(&self) -> Result<(), RequestError> {
        check_plain("device_serial", &self.device_serial)?;
        crate::escrow::EscrowPublicKey::from_bytes(self.public_key.as_bytes())
            .map(|_| ())
            .map_err(|_| schema("the key is no point on P-256"))
    }
}

impl PageMessage {
    /// Reads a message: size, schema and the bounds of each field.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_json(text: &str) -> Result<PageMessage, RequestError> {
        let message: PageMessage = read(text, MAX_MESSAGE_BYTES)?;
        match &message {
            PageMessage::Certificates(certificates) => certificates.check()?,
            PageMessage::Authority(authority) => authority.check()?,
            PageMessage::Abort(_) => {}
        }
        Ok(message)
    }
}

impl WriteCertificates {
    /// The bounds alone, for one that was read as part of a larger body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(&self) -> Result<(), RequestError> {
        if self.encryption.is_some() != self.envelope.is_some() {
            return Err(schema(
                "an encryption certificate and its envelope come together",
            ));
        }
        if self.chain.len() > MAX_CHAIN {
            return Err(RequestError::TooLarge);
        }
        let all = std::iter::once(&self.signing)
            .chain(&self.encryption)
            .chain(&self.chain);
        for certificate in all {
            match certificate.as_bytes().len() {
                0 => return Err(schema("a certificate is empty")),
                length if length > MAX_WRITTEN_CERTIFICATE_BYTES => {
                    return Err(RequestError::TooLarge);
                }
                _ => {}
            }
        }
        match &self.envelope {
            Some(envelope) if !envelope.is_well_formed() => {
                Err(schema("the envelope is malformed"))
            }
            _ => Ok(()),
        }
    }
}

impl EnvelopedKeyJson {
    fn is_well_formed(&self) -> bool {
        let inner = &self.symmetric_key;
        [
            &self.encrypted_private_key,
            &self.public_x,
            &self.public_y,
            &inner.x,
            &inner.y,
            &inner.hash,
        ]
        .iter()
        .all(|part| part.as_bytes().len() == 32)
            && inner.cipher.as_bytes().len() == 16
    }
}

impl UnlockAuthority {
    /// The bounds alone, for one that was read as part of a larger body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(&self) -> Result<(), RequestError> {
        let id = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if self.order.is_empty()
            || self.order.len() > MAX_ORDER_CHARS
            || !self.order.bytes().all(id)
        {
            return Err(schema("the order's id is malformed"));
        }
        if !crate::escrow::is_blob(self.sealed.as_bytes()) {
            return Err(schema("the authority is no sealed PIN"));
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(text: &str, most: usize) -> Result<T, RequestError> {
    if text.len() > most {
        return Err(RequestError::TooLarge);
    }
    serde_json::from_str(text).map_err(|error| RequestError::Schema(error.to_string()))
}

fn check_request(request: &Base64) -> Result<(), RequestError> {
    match request.as_bytes().len() {
        0 => Err(schema("the certification request is empty")),
        length if length > MAX_CERTIFICATION_REQUEST_BYTES => Err(RequestError::TooLarge),
        _ => Ok(()),
    }
}

fn check_plain(field: &str, text: &str) -> Result<(), RequestError> {
    if !crate::intent::is_plain_name(text) || text.chars().count() > MAX_SERIAL_CHARS {
        return Err(RequestError::Schema(format!("{field} is not a plain name")));
    }
    Ok(())
}

fn schema(text: &str) -> RequestError {
    RequestError::Schema(text.to_owned())
}
