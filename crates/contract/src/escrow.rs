//! Administrator PINs under seal: HPKE (RFC 9180) in base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and
//! AES-256-GCM. No server opens one (rule: a server never sees a PIN).
//!
//! A production seals the token's administrator PIN to the installation's escrow key, whose private half only
//! the CA's own process holds. For an approved unlocking that process seals it anew to a key that the agent
//! made for this one window. A blob is `enc ‖ ciphertext`: 65 octets of an uncompressed point, then the PIN and
//! a tag of 16.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use zeroize::Zeroizing;

/// `info` of a blob that waits at the server; its `aad` is the device's serial number in UTF-8.
pub const ESCROW_INFO: &[u8] = b"yinxin admin pin escrow v1";
/// `info` of a blob that is released to an agent; its `aad` is made by [`release_aad`].
pub const RELEASE_INFO: &[u8] = b"yinxin admin pin release v1";

/// Length of a public key and of `enc`: an uncompressed point on P-256.
pub const PUBLIC_KEY_BYTES: usize = 65;
/// Length of a private key: a scalar, big-endian.
pub const PRIVATE_KEY_BYTES: usize = 32;
/// Longest PIN that is sealed, in octets.
pub const MAX_PIN_BYTES: usize = 100;
const TAG_BYTES: usize = 16;

type Private = <DhP256HkdfSha256 as Kem>::PrivateKey;
type Public = <DhP256HkdfSha256 as Kem>::PublicKey;
type Encapped = <DhP256HkdfSha256 as Kem>::EncappedKey;

/// Why something was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EscrowError {
    /// No key of this kind.
    #[error("not a key on P-256")]
    Key,
    /// No PIN: empty, or longer than 100 octets.
    #[error("a sealed PIN has 1 to 100 octets")]
    Pin,
    /// The blob has a length that none has.
    #[error("not a sealed PIN")]
    Blob,
    /// Sealed to another key, for another device or order, or changed.
    #[error("the sealed PIN does not open")]
    Open,
    /// The key agreement failed.
    #[error("the PIN could not be sealed")]
    Seal,
}

/// A key to which PINs are sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct EscrowPublicKey(Public);

/// A key that opens what was sealed to it. The private half is wiped when dropped.
pub struct EscrowKeyPair {
    private: Private,
    public: EscrowPublicKey,
}

impl EscrowPublicKey {
    /// Reads an uncompressed point of 65 octets.
    ///
    /// # Errors
    /// [`EscrowError::Key`].
    pub fn from_bytes(bytes: &[u8]) -> Result<EscrowPublicKey, EscrowError> {
        let key = Public::from_bytes(bytes).map_err(|_| EscrowError::Key)?;
        Ok(EscrowPublicKey(key))
    }

    /// The point in 65 octets.
    pub fn to_bytes(&self) -> [u8; PUBLIC_KEY_BYTES] {
        self.0.to_bytes().into()
    }
}

impl std::fmt::Debug for EscrowPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EscrowPublicKey(…)")
    }
}

impl EscrowKeyPair {
    /// Makes a pair from 32 random octets that `random` fills in (DeriveKeyPair, RFC 9180 clause 7.1.3).
    pub fn generate(mut random: impl FnMut(&mut [u8])) -> EscrowKeyPair {
        let mut seed = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        random(seed.as_mut());
        let (private, public) = DhP256HkdfSha256::derive_keypair(seed.as_ref());
        EscrowKeyPair {
            private,
            public: EscrowPublicKey(public),
        }
    }

    /// Reads the private scalar, 32 octets.
    ///
    /// # Errors
    /// [`EscrowError::Key`].
    pub fn from_bytes(bytes: &[u8]) -> Result<EscrowKeyPair, EscrowError> {
        let private = Private::from_bytes(bytes).map_err(|_| EscrowError::Key)?;
        let public = EscrowPublicKey(DhP256HkdfSha256::sk_to_pk(&private));
        Ok(EscrowKeyPair { private, public })
    }

    /// The private scalar, 32 octets. Whoever reads it opens every PIN.
    pub fn danger_to_bytes(&self) -> Zeroizing<[u8; PRIVATE_KEY_BYTES]> {
        Zeroizing::new(self.private.to_bytes().into())
    }

    /// The public half.
    pub fn public(&self) -> &EscrowPublicKey {
        &self.public
    }
}

impl std::fmt::Debug for EscrowKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EscrowKeyPair(…)")
    }
}

/// Seals a PIN. `random` fills in the 32 octets of which the ephemeral key is made.
///
/// # Errors
/// [`EscrowError::Pin`], [`EscrowError::Seal`].
pub fn seal(
    to: &EscrowPublicKey,
    info: &[u8],
    aad: &[u8],
    pin: &[u8],
    random: impl FnMut(&mut [u8]),
) -> Result<Vec<u8>, EscrowError> {
    if pin.is_empty() || pin.len() > MAX_PIN_BYTES {
        return Err(EscrowError::Pin);
    }
    let mut random = Source(random);
    let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<
        AesGcm256,
        HkdfSha256,
        DhP256HkdfSha256,
    >(&OpModeS::Base, &to.0, info, pin, aad, &mut random)
    .map_err(|_| EscrowError::Seal)?;
    let mut blob = Vec::with_capacity(PUBLIC_KEY_BYTES + ciphertext.len());
    blob.extend_from_slice(&encapped.to_bytes());
    blob.extend_from_slice(&ciphertext);
    Ok(blob)
}

/// Opens a blob. What comes out is wiped when dropped.
///
/// # Errors
/// [`EscrowError::Blob`], [`EscrowError::Open`].
pub fn open(
    with: &EscrowKeyPair,
    info: &[u8],
    aad: &[u8],
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EscrowError> {
    if !is_blob(blob) {
        return Err(EscrowError::Blob);
    }
    let (encapped, ciphertext) = blob.split_at(PUBLIC_KEY_BYTES);
    let encapped = Encapped::from_bytes(encapped).map_err(|_| EscrowError::Blob)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &with.private,
        &encapped,
        info,
        ciphertext,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| EscrowError::Open)
}

/// `aad` of a released blob: the device's serial number, a zero octet, the order's id. Both are known to the
/// window before it opens anything, so that an authority for one key or order is none for another.
pub fn release_aad(device_serial: &str, order: &str) -> Vec<u8> {
    [device_serial.as_bytes(), &[0], order.as_bytes()].concat()
}

/// Whether a blob has a length that one can have.
pub fn is_blob(blob: &[u8]) -> bool {
    let least = PUBLIC_KEY_BYTES + TAG_BYTES + 1;
    (least..least + MAX_PIN_BYTES).contains(&blob.len())
}

/// The caller's randomness, as `hpke` asks for it.
struct Source<F>(F);

impl<F: FnMut(&mut [u8])> TryRng for Source<F> {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = [0; 4];
        (self.0)(&mut octets);
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        (self.0)(&mut octets);
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        (self.0)(out);
        Ok(())
    }
}

impl<F: FnMut(&mut [u8])> TryCryptoRng for Source<F> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(octet: u8) -> EscrowKeyPair {
        EscrowKeyPair::generate(|seed| seed.fill(octet))
    }

    fn sealed(to: &EscrowKeyPair, info: &[u8], aad: &[u8]) -> Vec<u8> {
        seal(to.public(), info, aad, b"Adm1nP1n20261126", |out| {
            out.fill(9)
        })
        .unwrap()
    }

    #[test]
    fn a_sealed_pin_opens_with_its_key_its_purpose_and_its_device_only() {
        let (own, other) = (pair(1), pair(2));
        let blob = sealed(&own, ESCROW_INFO, b"YX00000001");
        assert_eq!(blob.len(), 65 + 16 + 16);
        let opened = open(&own, ESCROW_INFO, b"YX00000001", &blob).unwrap();
        assert_eq!(&opened[..], b"Adm1nP1n20261126");
        for (key, info, aad) in [
            (&other, ESCROW_INFO, &b"YX00000001"[..]),
            (&own, RELEASE_INFO, b"YX00000001"),
            (&own, ESCROW_INFO, b"YX00000002"),
        ] {
            assert_eq!(open(key, info, aad, &blob), Err(EscrowError::Open));
        }
    }

    /// Sealed by the HPKE of Python's `cryptography` 48 (OpenSSL underneath), with an empty `aad`.
    #[test]
    fn what_another_implementation_sealed_opens_here() {
        let own = EscrowKeyPair::from_bytes(&[0x27; 32]).unwrap();
        let blob = hex::decode(
            "04d78d64d30cfac8450c7969745741dd873a115c760516fd7985df584199ad803828ba75c965801a64e64ecfc8a54dbc\
             426d049d2ed4bb82e2c79e551100334dd29da7c170358499b6c2198c3b942772bc494cbe47e5c8ba9d1aaedc4d60f115d8",
        )
        .unwrap();
        let opened = open(&own, ESCROW_INFO, b"", &blob).unwrap();
        assert_eq!(&opened[..], b"Adm1nP1n20261126");
    }

    #[test]
    fn a_released_pin_is_for_one_device_and_one_order() {
        let own = pair(1);
        let blob = sealed(&own, RELEASE_INFO, &release_aad("YX00000001", "O1"));
        assert!(open(&own, RELEASE_INFO, &release_aad("YX00000001", "O1"), &blob).is_ok());
        for (device, order) in [
            ("YX00000001", "O2"),
            ("YX00000002", "O1"),
            ("YX0000000", "1O1"),
        ] {
            let aad = release_aad(device, order);
            assert_eq!(
                open(&own, RELEASE_INFO, &aad, &blob),
                Err(EscrowError::Open)
            );
        }
    }

    #[test]
    fn a_blob_with_any_bit_changed_or_cut_does_not_open() {
        let own = pair(1);
        let blob = sealed(&own, ESCROW_INFO, b"d");
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(open(&own, ESCROW_INFO, b"d", &changed).is_err(), "{at}");
            assert!(open(&own, ESCROW_INFO, b"d", &blob[..at]).is_err(), "{at}");
        }
        assert_eq!(
            open(&own, ESCROW_INFO, b"d", &[4; 400]),
            Err(EscrowError::Blob)
        );
    }

    #[test]
    fn keys_read_back_as_they_were_written_and_points_off_the_curve_are_none() {
        let own = pair(3);
        let again = EscrowKeyPair::from_bytes(own.danger_to_bytes().as_ref()).unwrap();
        assert_eq!(again.public(), own.public());
        let public = EscrowPublicKey::from_bytes(&own.public().to_bytes()).unwrap();
        assert_eq!(&public, own.public());
        let mut off = own.public().to_bytes();
        off[64] ^= 1;
        assert_eq!(EscrowPublicKey::from_bytes(&off), Err(EscrowError::Key));
        assert!(EscrowPublicKey::from_bytes(&[4; 64]).is_err());
        assert!(EscrowKeyPair::from_bytes(&[0; 32]).is_err());
        assert_eq!(format!("{own:?}"), "EscrowKeyPair(…)");
    }

    #[test]
    fn an_empty_or_too_long_pin_is_not_sealed() {
        let own = pair(1);
        for pin in [&b""[..], &[b'7'; 101]] {
            let refused = seal(own.public(), ESCROW_INFO, b"d", pin, |out| out.fill(9));
            assert_eq!(refused, Err(EscrowError::Pin));
        }
    }
}
