//! One-time passwords of staff (RFC 6238: SHA-1, six digits, thirty seconds, one step of skew on either side). The secret is
//! sealed under a key of the installation, so that a copy of the database gives no codes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use contract::ErrorCode;
use domain::Id;
use domain::Timestamp;
use domain::challenge::ChallengeKey;
use domain::entropy::{Randomness, random_bytes};
use totp_rs::{Builder, Secret, Totp};
use url::Url;
use zeroize::Zeroizing;

use crate::Problem;

/// 160 bits, as RFC 4226 §4 wants them.
const SECRET_BYTES: usize = 20;

/// A fresh secret.
#[must_use]
pub fn fresh(random: &dyn Randomness) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(random_bytes::<SECRET_BYTES>(random).to_vec())
}

/// As people type it into an app: base 32.
#[must_use]
pub fn text(secret: &[u8]) -> String {
    Secret::from(secret).to_base32()
}

/// As an app reads it from a picture.
///
/// # Errors
/// `internal`, which no name gives rise to.
pub fn uri(secret: &[u8], platform: &str, name: &str) -> Result<String, Problem> {
    let mut uri = Url::parse("otpauth://totp/").map_err(|_| ErrorCode::Internal)?;
    uri.path_segments_mut()
        .map_err(|()| ErrorCode::Internal)?
        .pop_if_empty()
        .push(&format!("{platform}:{name}"));
    uri.query_pairs_mut()
        .append_pair("secret", &text(secret))
        .append_pair("issuer", platform);
    Ok(uri.into())
}

fn generator(secret: &[u8]) -> Result<Totp, Problem> {
    Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|_| ErrorCode::Internal.into())
}

/// The step that a code belongs to, when it is right now.
///
/// # Errors
/// `internal` for a secret that is none.
pub fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, Problem> {
    let seconds = u64::try_from(now.seconds()).unwrap_or_default();
    let found = generator(secret)?.check(code, seconds);
    Ok(found.and_then(|step| i64::try_from(step).ok()))
}

fn key(installation: &ChallengeKey) -> Result<LessSafeKey, Problem> {
    let bytes = installation.subkey("operator totp");
    let key = UnboundKey::new(&AES_256_GCM, &*bytes).map_err(|_| ErrorCode::Internal)?;
    Ok(LessSafeKey::new(key))
}

/// Seals a secret for the database; it opens for the same operator only.
///
/// # Errors
/// `internal`.
pub fn seal(
    installation: &ChallengeKey,
    operator: &Id,
    secret: &[u8],
    random: &dyn Randomness,
) -> Result<Vec<u8>, Problem> {
    let nonce: [u8; NONCE_LEN] = random_bytes(random);
    let mut sealed = secret.to_vec();
    key(installation)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(operator.as_str()),
            &mut sealed,
        )
        .map_err(|_| ErrorCode::Internal)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens a secret.
///
/// # Errors
/// `internal` for bytes that were changed, are another operator's, or were sealed by another installation.
pub fn open(
    installation: &ChallengeKey,
    operator: &Id,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let (nonce, rest) = sealed
        .split_at_checked(NONCE_LEN)
        .ok_or(ErrorCode::Internal)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| ErrorCode::Internal)?;
    let mut bytes = Zeroizing::new(rest.to_vec());
    let length = key(installation)?
        .open_in_place(nonce, Aad::from(operator.as_str()), &mut bytes)
        .map_err(|_| ErrorCode::Internal)?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Randomness for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238_appendix_b() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let found = step_of(secret, code, Timestamp::from_seconds(seconds)).unwrap();
            assert_eq!(found, Some(seconds / 30), "{seconds}");
        }
        assert_eq!(
            step_of(secret, "287082", Timestamp::from_seconds(59 + 90)).unwrap(),
            None
        );
    }

    #[test]
    fn a_sealed_secret_opens_for_its_operator_alone() {
        let installation = ChallengeKey::new([7; 32]);
        let at = Timestamp::from_seconds(1);
        let (one, two) = (Id::new(at, &Fixed(1)), Id::new(at, &Fixed(2)));
        let sealed = seal(&installation, &one, b"12345678901234567890", &Fixed(3)).unwrap();
        assert_eq!(
            &**open(&installation, &one, &sealed).unwrap(),
            b"12345678901234567890"
        );
        assert!(open(&installation, &two, &sealed).is_err());
        assert!(open(&ChallengeKey::new([8; 32]), &one, &sealed).is_err());
        assert!(open(&installation, &one, &sealed[..5]).is_err());
    }

    #[test]
    fn the_address_for_apps_says_platform_and_name() {
        let uri = uri(b"12345678901234567890", "公e采", "luru").unwrap();
        assert!(uri.starts_with("otpauth://totp/%E5%85%ACe%E9%87%87:luru?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="), "{uri}");
    }
}
