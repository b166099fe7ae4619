//! The PIN rule of a provider, checked before a PIN is sent to a key: a refusal by the key itself would say
//! less, and some keys count it as a wrong try.

use serde::{Deserialize, Serialize};

/// What a user PIN must look like.
///
/// How many tries a key really allows is read from the key; `tries` is only what the provider says of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PinRule {
    /// Characters at least; GM/T 0016 asks for 6.
    #[serde(default = "shortest")]
    pub min_length: u8,
    /// Characters at most.
    #[serde(default = "longest")]
    pub max_length: u8,
    /// Which characters.
    #[serde(default)]
    pub alphabet: Alphabet,
    /// Wrong tries until the key locks, as the provider says; absent: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u8>,
    /// Whether the PIN that a key comes with must be changed before it is used.
    #[serde(default)]
    pub change_default: bool,
    /// Whether the rule is the demonstration's and not the real vendor's.
    #[serde(default)]
    pub demo: bool,
}

/// Characters of a PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// 0–9.
    Digits,
    /// 0–9, a–z, A–Z.
    Alphanumeric,
    /// Every visible character of ASCII.
    #[default]
    Printable,
}

/// Why a PIN does not fit a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFault {
    /// Too few characters.
    #[error("a PIN has at least {0} characters")]
    TooShort(u8),
    /// Too many characters.
    #[error("a PIN has at most {0} characters")]
    TooLong(u8),
    /// A character that the provider's keys do not take.
    #[error("a PIN of this provider has no such character")]
    Character(Alphabet),
}

impl Default for PinRule {
    /// What GM/T 0016 asks of every key, for providers whose file says nothing.
    fn default() -> Self {
        Self {
            min_length: shortest(),
            max_length: longest(),
            alphabet: Alphabet::Printable,
            tries: None,
            change_default: false,
            demo: false,
        }
    }
}

impl PinRule {
    /// Whether a PIN fits. It is neither kept nor shown in the error.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self, pin: &str) -> Result<(), PinFault> {
        let length = pin.chars().count();
        if length < usize::from(self.min_length) {
            return Err(PinFault::TooShort(self.min_length));
        }
        if length > usize::from(self.max_length) {
            return Err(PinFault::TooLong(self.max_length));
        }
        let fits = |b: u8| match self.alphabet {
            Alphabet::Digits => b.is_ascii_digit(),
            Alphabet::Alphanumeric => b.is_ascii_alphanumeric(),
            Alphabet::Printable => b.is_ascii_graphic(),
        };
        if pin.bytes().all(fits) {
            Ok(())
        } else {
            Err(PinFault::Character(self.alphabet))
        }
    }

    /// Lengths that no PIN can meet.
    pub(crate) fn impossible(&self) -> bool {
        self.min_length == 0 || self.min_length > self.max_length || self.tries == Some(0)
    }
}

const fn shortest() -> u8 {
    6
}

const fn longest() -> u8 {
    16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_checked_for_length_and_characters() {
        let digits = PinRule {
            min_length: 6,
            max_length: 8,
            alphabet: Alphabet::Digits,
            ..PinRule::default()
        };
        assert_eq!(digits.check("12345"), Err(PinFault::TooShort(6)));
        assert_eq!(digits.check("123456789"), Err(PinFault::TooLong(8)));
        assert_eq!(
            digits.check("12345a"),
            Err(PinFault::Character(Alphabet::Digits))
        );
        assert_eq!(digits.check("20261122"), Ok(()));
        assert!(PinRule::default().check("密码密码密码").is_err());
        assert!(PinRule::default().check("pass word").is_err());
        assert_eq!(PinRule::default().check("Pa$$w0rd"), Ok(()));
    }
}
