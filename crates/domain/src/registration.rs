//! What a company types when it registers: names and a mobile number, with their shapes and limits.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mobile number of mainland China: 11 digits, `1` and `3`–`9` first. The shape alone; nobody has called it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// The name one logs in with: 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter; folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(String);

/// The name of an organisation or a person: 1 to 100 characters, no control characters, blanks trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// A field whose shape is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// No mobile number.
    #[error("a mobile number has 11 digits and begins with 13 to 19")]
    Phone,
    /// No account name.
    #[error("an account name has 3 to 32 of a-z, 0-9, '.', '_', '-' and begins with a letter")]
    AccountName,
    /// No name.
    #[error("a name has 1 to 100 characters and no control characters")]
    DisplayName,
}

impl FromStr for Phone {
    type Err = ShapeError;
    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let digits = text.trim();
        let bytes = digits.as_bytes();
        let shaped = bytes.len() == 11
            && bytes.iter().all(u8::is_ascii_digit)
            && bytes[0] == b'1'
            && (b'3'..=b'9').contains(&bytes[1]);
        if shaped {
            Ok(Self(digits.to_owned()))
        } else {
            Err(ShapeError::Phone)
        }
    }
}

impl FromStr for AccountName {
    type Err = ShapeError;
    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let name = text.trim().to_ascii_lowercase();
        let shaped = (3..=32).contains(&name.len())
            && name.as_bytes()[0].is_ascii_lowercase()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if shaped {
            Ok(Self(name))
        } else {
            Err(ShapeError::AccountName)
        }
    }
}

impl FromStr for DisplayName {
    type Err = ShapeError;
    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let name = text.trim();
        let length = name.chars().take(101).count();
        // Bidirectional overrides could make one name look like another on the agent's consent page.
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        };
        if (1..=100).contains(&length) && !name.contains(hidden) {
            Ok(Self(name.to_owned()))
        } else {
            Err(ShapeError::DisplayName)
        }
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl $name {
            /// The text as it is stored.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = ShapeError;
            fn try_from(text: String) -> Result<Self, ShapeError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    )+};
}
as_text!(Phone, AccountName, DisplayName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_has_eleven_digits_from_13_to_19() {
        assert!("13800138000".parse::<Phone>().is_ok());
        for wrong in [
            "12800138000",
            "1380013800",
            "+8613800138000",
            "138001380００",
            "",
        ] {
            assert_eq!(wrong.parse::<Phone>(), Err(ShapeError::Phone), "{wrong}");
        }
    }

    #[test]
    fn account_names_that_differ_in_case_alone_are_one() {
        assert_eq!("Demo".parse::<AccountName>(), "demo".parse::<AccountName>());
        for wrong in ["ab", "1abc", "a b c", "ＡＢＣ", &"a".repeat(33)] {
            assert_eq!(
                wrong.parse::<AccountName>(),
                Err(ShapeError::AccountName),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_name_that_turns_its_text_around_is_refused() {
        assert!("演示供应商甲有限公司".parse::<DisplayName>().is_ok());
        assert_eq!(
            "abc\u{202e}def".parse::<DisplayName>(),
            Err(ShapeError::DisplayName)
        );
        assert_eq!("   ".parse::<DisplayName>(), Err(ShapeError::DisplayName));
        assert_eq!(
            "长".repeat(101).parse::<DisplayName>(),
            Err(ShapeError::DisplayName)
        );
    }
}
