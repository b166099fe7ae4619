//! The unified social credit code (统一社会信用代码), GB 32100-2015.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The 31 characters of the code in the order of their values (GB 32100-2015, table 3): no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A code of 18 characters whose check character is right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uscc(String);

/// Why a text is no unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not 18 characters.
    #[error("a unified social credit code has 18 characters")]
    Length,
    /// A character that the standard does not use.
    #[error("character {0} of the code is not one that GB 32100-2015 allows")]
    Character(usize),
    /// The 18th character is not the one that the first 17 give.
    #[error("the check character is wrong")]
    CheckCharacter,
}

impl Uscc {
    /// The 18 characters, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check character for the first 17 characters: weights 3^(i-1) mod 31, ISO 7064 MOD 31-3.
///
/// # Errors
/// The position (from 1) of the first character that is outside the alphabet, or a wrong length.
pub fn check_character(first_17: &str) -> Result<char, UsccError> {
    let bytes = first_17.as_bytes();
    if bytes.len() != 17 {
        return Err(UsccError::Length);
    }
    let mut sum = 0;
    let mut weight = 1;
    for (index, byte) in bytes.iter().enumerate() {
        sum += value(*byte).ok_or(UsccError::Character(index + 1))? * weight;
        weight = weight * 3 % 31;
    }
    Ok(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

fn value(byte: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == byte)
}

impl FromStr for Uscc {
    type Err = UsccError;

    /// Reads a code as people type it: surrounding blanks and lower case are forgiven, nothing else.
    fn from_str(text: &str) -> Result<Self, UsccError> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() != 18 || !code.is_ascii() {
            return Err(UsccError::Length);
        }
        let expected = check_character(&code[..17])?;
        let last = code.as_bytes()[17];
        if value(last).is_none() {
            return Err(UsccError::Character(18));
        }
        if char::from(last) == expected {
            Ok(Self(code))
        } else {
            Err(UsccError::CheckCharacter)
        }
    }
}

impl TryFrom<String> for Uscc {
    type Error = UsccError;
    fn try_from(text: String) -> Result<Self, UsccError> {
        text.parse()
    }
}

impl From<Uscc> for String {
    fn from(code: Uscc) -> Self {
        code.0
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_of_known_bodies_are_accepted() {
        // Public registrations: Tencent (Shenzhen), Alibaba (China), Huawei Technologies.
        for code in [
            "9144030071526726XG",
            "91330100799655058B",
            "914403001922038216",
        ] {
            assert_eq!(
                code.parse::<Uscc>().map(|c| c.to_string()),
                Ok(code.to_owned())
            );
        }
    }

    #[test]
    fn one_changed_digit_is_noticed() {
        assert_eq!(
            "9144030071526727XG".parse::<Uscc>(),
            Err(UsccError::CheckCharacter)
        );
    }

    #[test]
    fn two_swapped_digits_are_noticed() {
        assert_eq!(
            "9144030071562726XG".parse::<Uscc>(),
            Err(UsccError::CheckCharacter)
        );
    }

    #[test]
    fn letters_that_the_standard_leaves_out_are_named_by_position() {
        assert_eq!(
            "91440300I1526726XG".parse::<Uscc>(),
            Err(UsccError::Character(9))
        );
        assert_eq!(
            "9144030071526726XZ".parse::<Uscc>(),
            Err(UsccError::Character(18))
        );
    }

    #[test]
    fn lower_case_and_blanks_are_forgiven() {
        assert_eq!(
            " 9144030071526726xg ".parse::<Uscc>().map(String::from),
            Ok("9144030071526726XG".into())
        );
    }

    #[test]
    fn wrong_lengths_and_other_scripts_are_refused() {
        assert_eq!("".parse::<Uscc>(), Err(UsccError::Length));
        assert_eq!("9144030071526726X".parse::<Uscc>(), Err(UsccError::Length));
        assert_eq!("统一社会信用代码".parse::<Uscc>(), Err(UsccError::Length));
    }
}
