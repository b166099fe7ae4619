//! What a library does in its own way, as data.
//!
//! A quirk that is not known is not guessed: the call that needs it is refused, because a wrong guess can
//! lock a PIN, crash the library, or sign something else than was shown.

use serde::{Deserialize, Serialize};

/// Peculiarities of one library. The default knows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// What `SKF_RSASignData` takes. Absent: RSA keys of this library don't sign.
    pub rsa_sign_input: Option<RsaSignInput>,
    /// `SKF_LockDev` is there but breaks later calls: it isn't used.
    pub no_device_lock: bool,
    /// `SKF_WaitForDevEvent` is there but does not wait, or never returns: devices are listed instead.
    pub no_device_events: bool,
    /// How many octets of a `BOOL *` result count. Absent: four, and room for eight.
    pub bool_width: Option<BoolWidth>,
    /// How SM2 ciphertext is decrypted with the container's encryption key: GM/T 0016-2012 has no function for
    /// it, so each maker added one. Absent: not done in this library.
    pub ecc_decrypt: Option<EccDecrypt>,
    /// Where in the 64 octets of `cbEncryptedPriKey` the 32 of an SM2 key stand. Absent: no encryption key
    /// is imported with this library.
    pub enveloped_key_alignment: Option<Alignment>,
    /// The algorithm of the device authentication, where the one that the device reports in `DEVINFO` is not
    /// to be trusted. Absent: the reported one, if it is SM1 or SM4.
    pub device_auth: Option<DeviceAuthAlgorithm>,
    /// What fills the block of the device authentication. Absent: zeros, as the standard has it.
    pub device_auth_padding: Option<DeviceAuthPadding>,
}

/// The two inputs of `SKF_RSASignData` in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RsaSignInput {
    /// The DER `DigestInfo` of PKCS#1; the device pads it.
    DigestInfo,
    /// The bare digest; the device makes the `DigestInfo` of the hash that fits its length.
    Digest,
}

/// Octets of a `BOOL`: headers in the field say `unsigned char`, `int` and, on 64-bit Linux, `long`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub enum BoolWidth {
    /// `unsigned char`.
    One,
    /// `int`.
    Four,
    /// `long` where that has 64 bits.
    Eight,
}

impl TryFrom<u8> for BoolWidth {
    type Error = String;

    fn try_from(octets: u8) -> Result<Self, String> {
        match octets {
            1 => Ok(BoolWidth::One),
            4 => Ok(BoolWidth::Four),
            8 => Ok(BoolWidth::Eight),
            other => Err(format!("a BOOL has 1, 4 or 8 octets, not {other}")),
        }
    }
}

impl From<BoolWidth> for u8 {
    fn from(width: BoolWidth) -> u8 {
        match width {
            BoolWidth::One => 1,
            BoolWidth::Four => 4,
            BoolWidth::Eight => 8,
        }
    }
}

/// A maker's function for SM2 decryption.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EccDecrypt {
    /// The name that the library exports.
    pub symbol: String,
    /// What it takes.
    pub prototype: EccDecryptPrototype,
}

/// The prototypes that makers' headers give such functions. `out, length` is a buffer and its size in and
/// out; a null buffer asks for the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EccDecryptPrototype {
    /// `(HCONTAINER, ECCCIPHERBLOB *, out, length)`: always the encryption key.
    Blob,
    /// `(HCONTAINER, BOOL bSignFlag, ECCCIPHERBLOB *, out, length)`: FALSE is the encryption key.
    SignFlagBlob,
    /// `(HCONTAINER, ULONG ulType, ECCCIPHERBLOB *, out, length)`: 1 is the encryption key, 2 the signing key.
    KeyTypeBlob,
    /// `(HCONTAINER, BYTE *, ULONG, out, length)`: the blob's octets and how many there are.
    Octets,
}

/// Where a short value stands in a long field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// In the first octets, zeros behind it.
    Left,
    /// In the last octets, zeros before it.
    Right,
}

/// An algorithm of the device authentication, always in ECB mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceAuthAlgorithm {
    /// `SGD_SM1_ECB`.
    Sm1,
    /// `SGD_SSF33_ECB`.
    Ssf33,
    /// `SGD_SM4_ECB`.
    Sm4,
}

/// What fills the sixteen octets of the device authentication's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceAuthPadding {
    /// Eight octets from the device and eight zeros.
    Zeros,
    /// Sixteen octets from the device.
    Random,
}

impl Quirks {
    /// Whether a quirk is set that means nothing for PKCS#11.
    pub(super) fn only_skf(&self) -> bool {
        *self != Quirks::default()
    }

    /// What is wrong with it: the text to look for in the file, and the reason.
    pub(super) fn fault(&self) -> Option<(String, String)> {
        let symbol = &self.ecc_decrypt.as_ref()?.symbol;
        let form = symbol
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        // Any other function would be called with what it does not expect.
        (!form || !symbol.starts_with("SKF") || symbol.len() > 64).then(|| {
            let reason = format!("`{symbol}` is no name of a function that begins with SKF");
            (symbol.clone(), reason)
        })
    }
}
