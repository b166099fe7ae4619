//! What travels between this crate and its worker, and how it is framed.
//!
//! A frame is: length of the head (u32, little-endian), length of the secrets (u32), the head (JSON), the
//! secrets. Secrets are PINs and device keys, each with its length before it (u16); they stay out of JSON so
//! that no parser keeps a copy, and every buffer that held one is wiped.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    EnvelopedKey, FileRights, KeyKind, LastTry, LibraryKind, PinKind, PinTries, Quirks,
    Sm2Ciphertext, TokenError, TokenFile, TokenInfo,
};

/// Longest head: a listing of a full token has a few certificates of at most 64 KiB.
pub const MAX_HEAD: usize = 4 << 20;
/// Longest secrets of a frame: three of at most 100 octets.
pub const MAX_SECRETS: usize = 320;

/// What a worker is asked. One request, one reply, in order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Load the library. The first request, once.
    Open {
        library: PathBuf,
        kind: LibraryKind,
        quirks: Quirks,
    },
    /// Describe what is plugged in.
    Enumerate,
    /// Block until a device comes or goes.
    WaitForEvent,
    /// Read a container's public signing key and signing certificate.
    ReadKey(Place),
    /// Sign. Secrets: the user PIN.
    Sign {
        place: Place,
        input: SignInput,
        last_try: LastTry,
    },
    /// Make an application. Secrets: device key, administrator PIN, user PIN.
    CreateApplication {
        device: String,
        application: String,
        admin_tries: u32,
        user_tries: u32,
    },
    /// Make the container, if it is missing, and a key pair in it. Secrets: the user PIN.
    GenerateKey {
        place: Place,
        kind: KeyKind,
        last_try: LastTry,
    },
    /// Write a certificate. Secrets: the user PIN.
    ImportCertificate {
        place: Place,
        #[serde(with = "base64_bytes")]
        certificate: Vec<u8>,
        last_try: LastTry,
    },
    /// Delete a container with all it holds. Secrets: the user PIN.
    DeleteContainer { place: Place, last_try: LastTry },
    /// Verify a PIN and forget it. Secrets: the PIN.
    CheckPin {
        device: String,
        application: String,
        kind: PinKind,
        last_try: LastTry,
    },
    /// Change a PIN. Secrets: old, new.
    ChangePin {
        device: String,
        application: String,
        kind: PinKind,
        last_try: LastTry,
    },
    /// Give the user a new PIN. Secrets: administrator PIN, new user PIN.
    UnblockPin {
        device: String,
        application: String,
        last_try: LastTry,
    },
    /// Read the tries.
    PinTries {
        device: String,
        application: String,
        kind: PinKind,
    },
    /// Name the device.
    SetLabel { device: String, label: String },
    /// The names of the devices that are plugged in, and nothing of what is on them.
    ListDevices,
    /// Bring in an encryption pair and its certificate. Secrets: the user PIN.
    ImportEncryptionKey {
        place: Place,
        envelope: EnvelopedKey,
        #[serde(with = "base64_bytes")]
        certificate: Vec<u8>,
        last_try: LastTry,
    },
    /// Decrypt with the encryption key. Secrets: the user PIN.
    Decrypt {
        place: Place,
        ciphertext: Sm2Ciphertext,
        last_try: LastTry,
    },
    /// List the files of an application.
    ListFiles { device: String, application: String },
    /// Read a file. Secrets: the user PIN, or none.
    ReadFile {
        device: String,
        application: String,
        file: String,
        last_try: LastTry,
    },
    /// Write a file whole. Secrets: the user PIN.
    WriteFile {
        device: String,
        application: String,
        file: String,
        #[serde(with = "base64_bytes")]
        content: Vec<u8>,
        read: FileRights,
        last_try: LastTry,
    },
    /// Delete a file. Secrets: the user PIN.
    DeleteFile {
        device: String,
        application: String,
        file: String,
        last_try: LastTry,
    },
}

/// A container on a device, by names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub device: String,
    pub application: String,
    pub container: String,
}

/// What goes into the token's signing function.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInput {
    /// e = SM3(Z_A ‖ message).
    Sm2(#[serde(with = "base64_bytes")] Vec<u8>),
    /// The digest and the DER DigestInfo around it; the quirk picks one.
    Rsa {
        #[serde(with = "base64_bytes")]
        digest: Vec<u8>,
        #[serde(with = "base64_bytes")]
        digest_info: Vec<u8>,
    },
    /// The SHA-256 digest of the message, 32 octets. The signature comes back as r ‖ s, 64 octets.
    P256 {
        #[serde(with = "base64_bytes")]
        digest: Vec<u8>,
    },
}

/// A worker's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Done,
    Tokens(Vec<TokenInfo>),
    Key {
        key: RawPublicKey,
        #[serde(with = "optional_base64")]
        certificate: Option<Vec<u8>>,
    },
    Signature(#[serde(with = "base64_bytes")] Vec<u8>),
    Tries(Option<PinTries>),
    Devices(Vec<String>),
    Plaintext(#[serde(with = "base64_bytes")] Vec<u8>),
    Files(Vec<TokenFile>),
    Content(#[serde(with = "base64_bytes")] Vec<u8>),
    Failed(TokenError),
}

/// A public key as blobs carry it, big-endian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawPublicKey {
    Sm2 {
        #[serde(with = "base64_bytes")]
        x: Vec<u8>,
        #[serde(with = "base64_bytes")]
        y: Vec<u8>,
    },
    Rsa {
        #[serde(with = "base64_bytes")]
        modulus: Vec<u8>,
        #[serde(with = "base64_bytes")]
        exponent: Vec<u8>,
    },
    P256 {
        #[serde(with = "base64_bytes")]
        x: Vec<u8>,
        #[serde(with = "base64_bytes")]
        y: Vec<u8>,
    },
}

/// Packs secrets; the buffer is wiped when dropped and never grows (growing would leave a copy behind).
pub fn pack_secrets(secrets: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let room = secrets.iter().map(|secret| secret.len() + 2).sum();
    let mut packed = Zeroizing::new(Vec::with_capacity(room));
    for secret in secrets {
        // Pins and keys have at most 100 octets by construction.
        packed.extend_from_slice(
            &u16::try_from(secret.len())
                .unwrap_or(u16::MAX)
                .to_le_bytes(),
        );
        packed.extend_from_slice(secret);
    }
    packed
}

/// Unpacks secrets.
pub fn unpack_secrets(mut packed: &[u8]) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    let mut secrets = Vec::new();
    while let Some((length, rest)) = packed.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length));
        secrets.push(Zeroizing::new(rest.get(..length)?.to_vec()));
        packed = &rest[length..];
    }
    packed.is_empty().then_some(secrets)
}

/// Lengths of a frame's two parts, checked.
pub fn frame_lengths(prefix: [u8; 8]) -> Option<(usize, usize)> {
    let head = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]) as usize;
    let secrets = u32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]) as usize;
    (head <= MAX_HEAD && secrets <= MAX_SECRETS).then_some((head, secrets))
}

/// The eight octets before a frame; `None` when a part is too long.
pub fn frame_prefix(head: usize, secrets: usize) -> Option<[u8; 8]> {
    if head > MAX_HEAD || secrets > MAX_SECRETS {
        return None;
    }
    let mut prefix = [0; 8];
    prefix[..4].copy_from_slice(&u32::try_from(head).ok()?.to_le_bytes());
    prefix[4..].copy_from_slice(&u32::try_from(secrets).ok()?.to_le_bytes());
    Some(prefix)
}

/// Octets as base64 text in JSON.
pub mod base64_bytes {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(deserializer)?)
            .map_err(D::Error::custom)
    }
}

/// Octets that may be missing, as base64 text or null.
pub mod optional_base64 {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes
            .as_ref()
            .map(|bytes| STANDARD.encode(bytes))
            .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_out_as_they_went_in() {
        let packed = pack_secrets(&[b"123456", b"", b"rockey-admin"]);
        let unpacked = unpack_secrets(&packed).unwrap();
        assert_eq!(unpacked.len(), 3);
        assert_eq!(&unpacked[2][..], b"rockey-admin");
    }

    #[test]
    fn a_cut_secret_is_no_secret() {
        assert!(unpack_secrets(&[5, 0, b'1']).is_none());
        assert!(unpack_secrets(&[5]).is_none());
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused() {
        assert_eq!(frame_lengths([0xFF; 8]), None);
        assert_eq!(frame_lengths([1, 0, 0, 0, 2, 0, 0, 0]), Some((1, 2)));
    }

    proptest::proptest! {
        #[test]
        fn any_octets_are_secrets_or_refused(packed in proptest::collection::vec(0_u8.., 0..300)) {
            if let Some(secrets) = unpack_secrets(&packed) {
                let parts: Vec<&[u8]> = secrets.iter().map(|secret| &secret[..]).collect();
                proptest::prop_assert_eq!(&pack_secrets(&parts)[..], &packed[..]);
            }
        }

        #[test]
        fn any_head_is_a_request_or_refused(head in proptest::collection::vec(0_u8.., 0..300)) {
            let _ = serde_json::from_slice::<Request>(&head);
            let _ = serde_json::from_slice::<Reply>(&head);
        }
    }
}
