//! New PINs: the first user PIN by a provider's rule, and the administrator PIN, which nobody types.

use catalogue::Alphabet;
use contract::{ErrorCode, PinAlphabet, PinRule};
use zeroize::Zeroizing;

use super::{WriteError, random};
use crate::pin_rule::Rule;

/// Characters that nobody takes for another on paper: no 0 O, 1 I l.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const ADMIN: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Length of a first PIN, where the rule allows it.
const FIRST_LENGTH: usize = 8;
/// The longest that a token takes (GM/T 0016).
const ADMIN_LENGTH: usize = 16;

/// The agent's form of a rule that came with a request.
pub fn rule(asked: &PinRule) -> Rule {
    Rule {
        min: usize::from(asked.min_length),
        max: usize::from(asked.max_length),
        alphabet: match asked.alphabet {
            PinAlphabet::Digits => Alphabet::Digits,
            PinAlphabet::Alphanumeric => Alphabet::Alphanumeric,
            PinAlphabet::Printable => Alphabet::Printable,
        },
        of_provider: true,
    }
}

/// A first user PIN that keeps the rule.
///
/// # Errors
/// `internal`, where the system has no randomness.
pub fn first(rule: &Rule) -> Result<Zeroizing<String>, WriteError> {
    let letters = match rule.alphabet {
        Alphabet::Digits => DIGITS,
        Alphabet::Alphanumeric | Alphabet::Printable => LETTERS,
    };
    let length = FIRST_LENGTH.clamp(rule.min, rule.max);
    // One in thousands is a run or a factory PIN; a source that gives sixteen is broken.
    for _ in 0..16 {
        let pin = drawn(letters, length)?;
        if rule.check(&pin, None).is_empty() {
            return Ok(pin);
        }
    }
    Err(WriteError::Code(ErrorCode::Internal))
}

/// An administrator PIN: 95 bits.
///
/// # Errors
/// `internal`, where the system has no randomness.
pub fn administrator() -> Result<Zeroizing<String>, WriteError> {
    drawn(ADMIN, ADMIN_LENGTH)
}

/// Letters at random, each as likely as every other.
fn drawn(letters: &[u8], length: usize) -> Result<Zeroizing<String>, WriteError> {
    let fair = 256 - 256 % letters.len();
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let octets = random::<32>()?;
        let fitting = octets.iter().filter(|octet| usize::from(**octet) < fair);
        for octet in fitting.take(length - text.len()) {
            text.push(char::from(letters[usize::from(*octet) % letters.len()]));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_pin_keeps_the_provider_s_rule() {
        for (min_length, max_length, alphabet, length) in [
            (6, 16, PinAlphabet::Digits, 8),
            (6, 6, PinAlphabet::Digits, 6),
            (10, 12, PinAlphabet::Alphanumeric, 10),
            (8, 16, PinAlphabet::Printable, 8),
        ] {
            let rule = rule(&PinRule {
                min_length,
                max_length,
                alphabet,
            });
            for _ in 0..50 {
                let pin = first(&rule).unwrap();
                assert_eq!(pin.len(), length);
                assert!(rule.check(&pin, None).is_empty());
            }
        }
    }

    #[test]
    fn two_administrator_pins_are_not_the_same() {
        let (one, other) = (administrator().unwrap(), administrator().unwrap());
        assert_eq!(one.len(), ADMIN_LENGTH);
        assert_ne!(*one, *other);
    }
}
