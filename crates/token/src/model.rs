//! What a caller sees of tokens: references to name things, and descriptions that come back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::TokenError;

/// How a library is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LibraryKind {
    /// A library with the interface of GM/T 0016.
    #[default]
    Skf,
    /// A module with the interface of PKCS#11 (OASIS, v2.40).
    Pkcs11,
    /// A file that holds a key (`.p12`, PEM): never hardware.
    KeyFile,
}

impl LibraryKind {
    /// The name in JSON and in the catalogue: `skf`, `pkcs11`, `key_file`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LibraryKind::Skf => "skf",
            LibraryKind::Pkcs11 => "pkcs11",
            LibraryKind::KeyFile => "key_file",
        }
    }
}

impl From<catalogue::ModuleKind> for LibraryKind {
    fn from(kind: catalogue::ModuleKind) -> LibraryKind {
        match kind {
            catalogue::ModuleKind::Skf => LibraryKind::Skf,
            catalogue::ModuleKind::Pkcs11 => LibraryKind::Pkcs11,
        }
    }
}

/// A device: which library reaches it and its name there.
///
/// Names are the library's own octets as text; octets that aren't UTF-8, and `%`, stand as `%XX`, so that
/// a name from a vendor who writes GBK finds its way back unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceRef {
    /// Path of the library.
    pub library: PathBuf,
    /// Name of the device: in `SKF_EnumDev`; of PKCS#11, the slot's id and the token's serial; of a key file,
    /// its file name.
    pub device: String,
}

/// An application on a device: the unit that has PINs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ApplicationRef {
    /// Path of the library.
    pub library: PathBuf,
    /// Name of the device.
    pub device: String,
    /// Name of the application.
    pub application: String,
}

/// A container in an application: the unit that has keys and certificates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRef {
    /// Path of the library.
    pub library: PathBuf,
    /// Name of the device.
    pub device: String,
    /// Name of the application.
    pub application: String,
    /// Name of the container.
    pub container: String,
}

impl KeyRef {
    /// The application that the container lies in.
    #[must_use]
    pub fn application(&self) -> ApplicationRef {
        ApplicationRef {
            library: self.library.clone(),
            device: self.device.clone(),
            application: self.application.clone(),
        }
    }
}

/// What is plugged in, and which libraries could not say.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Tokens of all libraries that answered.
    pub tokens: Vec<TokenInfo>,
    /// Libraries that did not answer, and why. Tokens of the others are listed all the same.
    pub failures: Vec<LibraryFailure>,
}

/// A library that could not list its devices.
#[derive(Clone, Debug)]
pub struct LibraryFailure {
    /// Path of the library.
    pub library: PathBuf,
    /// Why.
    pub error: TokenError,
}

/// One plugged token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// Path of the library that reaches it.
    pub library: PathBuf,
    /// How that library is spoken to.
    pub kind: LibraryKind,
    /// Whether the key lies in hardware: `false` for a key file, and for a module that is known to keep its
    /// keys in files. Pages mark those 非硬件介质.
    pub hardware: bool,
    /// Name of the device, for references.
    pub device: String,
    /// Label that the holder or the CA gave it.
    pub label: String,
    /// Serial number of the device.
    pub serial: String,
    /// Maker.
    pub manufacturer: String,
    /// Its applications; a blank token has none.
    pub applications: Vec<ApplicationInfo>,
    /// Containers of all its applications.
    pub containers: Vec<ContainerInfo>,
    /// What about this token could not be read. The rest stands.
    pub trouble: Option<TokenError>,
}

impl TokenInfo {
    /// The reference to this device.
    #[must_use]
    pub fn reference(&self) -> DeviceRef {
        DeviceRef {
            library: self.library.clone(),
            device: self.device.clone(),
        }
    }

    /// The reference to one of its containers.
    #[must_use]
    pub fn key(&self, container: &ContainerInfo) -> KeyRef {
        KeyRef {
            library: self.library.clone(),
            device: self.device.clone(),
            application: container.application.clone(),
            container: container.name.clone(),
        }
    }

    /// Tries left for the user PIN of `application`, where the device tells.
    #[must_use]
    pub fn tries_left(&self, application: &str) -> Option<u32> {
        let found = self
            .applications
            .iter()
            .find(|info| info.name == application)?;
        found.user_pin.map(|tries| tries.left)
    }
}

/// An application on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationInfo {
    /// Its name.
    pub name: String,
    /// Tries of the user PIN, where the device tells.
    pub user_pin: Option<PinTries>,
    /// Tries of the administrator PIN, where the device tells.
    pub admin_pin: Option<PinTries>,
    /// How its user PIN gets in.
    #[serde(default)]
    pub pin_entry: PinEntry,
    /// How long a PIN may be here.
    #[serde(default)]
    pub pin_length: PinLength,
}

/// The length of PINs, in octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinLength {
    /// The shortest.
    pub least: usize,
    /// The longest.
    pub most: usize,
}

impl PinLength {
    /// Whatever [`crate::Pin`] takes.
    pub const ANY: PinLength = PinLength {
        least: 1,
        most: crate::pin::LONGEST,
    };
}

impl Default for PinLength {
    /// 6 to 16 (GM/T 0016, and what the CAs' manuals say).
    fn default() -> PinLength {
        PinLength {
            least: skf_abi::codes::PIN_LEN_MIN,
            most: skf_abi::codes::PIN_LEN_MAX,
        }
    }
}

/// How a PIN reaches the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinEntry {
    /// The holder types it here; it travels by the worker's pipe.
    #[default]
    Typed,
    /// The holder types it on the device (a protected authentication path): no PIN is asked for here.
    OnDevice,
    /// There is none: a key file without a passphrase.
    None,
}

/// Tries of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinTries {
    /// Tries that remain; 0 is locked.
    pub left: u32,
    /// Tries after a right PIN.
    pub most: u32,
}

/// A container with what can be read of it without a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInfo {
    /// Application that it lies in.
    pub application: String,
    /// Its name.
    pub name: String,
    /// Kind of its key pair; `None` for an empty container.
    pub kind: Option<KeyKind>,
    /// The signing certificate, DER, as the device gave it.
    #[serde(with = "crate::wire::optional_base64")]
    pub signing_certificate: Option<Vec<u8>>,
    /// The encryption certificate, DER.
    #[serde(with = "crate::wire::optional_base64")]
    pub encryption_certificate: Option<Vec<u8>>,
}

/// Kind of a key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// SM2 on sm2p256v1.
    Sm2,
    /// RSA with 2048 bits. Nothing shorter is made or used.
    Rsa2048,
    /// ECDSA on NIST P-256.
    P256,
}

/// Whose PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinKind {
    /// The holder's.
    User,
    /// The administrator's (SO PIN): unblocks the holder's.
    Admin,
}

/// What to do when one try is left before the PIN locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastTry {
    /// Refuse with [`TokenError::LastTry`] before anything is sent.
    Keep,
    /// The person was asked and wants it.
    Spend,
}

/// A new application.
#[derive(Clone, Debug)]
pub struct ApplicationSpec {
    /// Its name, at most 32 octets.
    pub name: String,
    /// Tries of the administrator PIN, 1 to 15.
    pub admin_tries: u32,
    /// Tries of the user PIN, 1 to 15.
    pub user_tries: u32,
}

/// A verified signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its algorithm.
    pub algorithm: pki::SignatureAlgorithm,
    /// SM2 and P-256: strict DER `SEQUENCE { r, s }`. RSA: the PKCS#1 v1.5 octets.
    pub value: Vec<u8>,
}
