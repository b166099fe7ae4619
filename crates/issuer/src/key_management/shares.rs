//! A recovery key split M of N: Shamir's scheme over GF(256), each share a line of text that a person can keep.
//!
//! ```text
//! yinxin-share-1:<recovery key id>:<threshold>:<share, hex>:<check, hex>
//! ```
//! The check is the first four octets of SHA-256 over what stands before it: it finds a slip of the pen, no more.

use blahaj::{Share, Sharks};
use contract::escrow::{EscrowKeyPair, PRIVATE_KEY_BYTES};
use pki::{HashAlgorithm, hash};
use zeroize::Zeroizing;

use super::{Random, Source};

const PREFIX: &str = "yinxin-share-1";
/// The most shares that are made.
const MAX_SHARES: u8 = 16;
/// The longest line that is read.
const MAX_LINE: usize = 512;

/// Why shares are not made or not joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not 2 ≤ M ≤ N ≤ 16.
    #[error("a key is split into at most 16 shares, of which at least 2 are needed")]
    Numbers,
    /// A line is no share, or was copied wrongly.
    #[error("share {0} can't be read; it was copied wrongly")]
    Unreadable(usize),
    /// Shares of different keys or splits.
    #[error("the shares are not of one key")]
    Mixed,
    /// Fewer different shares than are needed.
    #[error("{have} of the {need} shares that are needed")]
    TooFew {
        /// Different shares that are there.
        have: usize,
        /// Shares that are needed.
        need: usize,
    },
    /// What came out is no key.
    #[error("the shares do not make a key")]
    NoKey,
}

/// Splits a key: `shares` lines, of which any `threshold` make it whole again.
///
/// # Errors
/// [`ShareError::Numbers`].
pub fn split(
    key: &EscrowKeyPair,
    id: &str,
    threshold: u8,
    shares: u8,
    random: Random<'_>,
) -> Result<Vec<Zeroizing<String>>, ShareError> {
    if threshold < 2 || threshold > shares || shares > MAX_SHARES || id.contains(':') {
        return Err(ShareError::Numbers);
    }
    let secret = key.danger_to_bytes();
    let mut source = Source(random);
    let dealer = Sharks(threshold).dealer_rng(secret.as_ref(), &mut source);
    Ok(dealer
        .take(usize::from(shares))
        .map(|share| {
            let octets = Zeroizing::new(Vec::from(&share));
            let text = Zeroizing::new(hex::encode(octets.as_slice()));
            let body = Zeroizing::new(format!("{PREFIX}:{id}:{threshold}:{}", text.as_str()));
            Zeroizing::new(format!("{}:{}", body.as_str(), check(&body)))
        })
        .collect())
}

/// Joins shares. Lines beyond what is needed must fit too.
///
/// # Errors
/// [`ShareError`].
pub fn join(lines: &[Zeroizing<String>]) -> Result<(String, EscrowKeyPair), ShareError> {
    let mut first: Option<(String, u8)> = None;
    let mut shares: Vec<(u8, Share)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let (id, threshold, octets) = read(line).ok_or(ShareError::Unreadable(at + 1))?;
        match &first {
            None => first = Some((id, threshold)),
            Some(known) if *known != (id, threshold) => return Err(ShareError::Mixed),
            Some(_) => {}
        }
        let share =
            Share::try_from(octets.as_slice()).map_err(|_| ShareError::Unreadable(at + 1))?;
        if !shares.iter().any(|(x, _)| *x == octets[0]) {
            shares.push((octets[0], share));
        }
    }
    let Some((id, threshold)) = first else {
        return Err(ShareError::TooFew { have: 0, need: 2 });
    };
    if shares.len() < usize::from(threshold) {
        return Err(ShareError::TooFew {
            have: shares.len(),
            need: usize::from(threshold),
        });
    }
    let secret = Sharks(threshold)
        .recover(shares.iter().map(|(_, share)| share))
        .map(Zeroizing::new)
        .map_err(|_| ShareError::NoKey)?;
    let key = EscrowKeyPair::from_bytes(&secret).map_err(|_| ShareError::NoKey)?;
    Ok((id, key))
}

fn read(line: &str) -> Option<(String, u8, Zeroizing<Vec<u8>>)> {
    let line = line.trim();
    if line.len() > MAX_LINE {
        return None;
    }
    let (body, given) = line.rsplit_once(':')?;
    if given != check(body) {
        return None;
    }
    let mut fields = body.split(':');
    if fields.next()? != PREFIX {
        return None;
    }
    let (id, threshold, share) = (fields.next()?, fields.next()?, fields.next()?);
    let octets = Zeroizing::new(hex::decode(share).ok()?);
    let sound = fields.next().is_none() && octets.len() == PRIVATE_KEY_BYTES + 1 && octets[0] != 0;
    let threshold = threshold.parse().ok().filter(|m| *m >= 2)?;
    sound.then(|| (id.to_owned(), threshold, octets))
}

fn check(body: &str) -> String {
    hex::encode(&hash(HashAlgorithm::Sha256, body.as_bytes())[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (EscrowKeyPair, Vec<Zeroizing<String>>) {
        let key = EscrowKeyPair::generate(|out| out.fill(7));
        let mut next = 0_u8;
        let shares = split(&key, "R1", 3, 5, &mut |out: &mut [u8]| {
            for octet in out {
                next = next.wrapping_mul(5).wrapping_add(17);
                *octet = next;
            }
        })
        .unwrap();
        (key, shares)
    }

    #[test]
    fn any_three_of_five_shares_make_the_key_and_two_do_not() {
        let (key, shares) = made();
        for pick in [[0, 1, 2], [2, 3, 4], [4, 0, 2]] {
            let lines: Vec<_> = pick.iter().map(|at| shares[*at].clone()).collect();
            let (id, joined) = join(&lines).unwrap();
            assert_eq!(id, "R1");
            assert_eq!(joined.public(), key.public());
        }
        let two = [shares[0].clone(), shares[1].clone(), shares[0].clone()];
        assert_eq!(
            join(&two).unwrap_err(),
            ShareError::TooFew { have: 2, need: 3 }
        );
    }

    #[test]
    fn a_share_that_was_copied_wrongly_is_found() {
        let (_, mut shares) = made();
        let wrong = shares[1].replacen(['a', '1', '2'], "f", 1);
        shares[1] = Zeroizing::new(wrong);
        assert_eq!(join(&shares).unwrap_err(), ShareError::Unreadable(2));
    }

    #[test]
    fn shares_of_two_keys_are_not_mixed() {
        let (_, shares) = made();
        let other = EscrowKeyPair::generate(|out| out.fill(8));
        let foreign = split(&other, "R2", 3, 5, &mut |out: &mut [u8]| out.fill(1)).unwrap();
        let lines = [shares[0].clone(), shares[1].clone(), foreign[2].clone()];
        assert_eq!(join(&lines).unwrap_err(), ShareError::Mixed);
    }
}
