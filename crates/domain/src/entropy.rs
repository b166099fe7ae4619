//! Randomness as a parameter, and the identifiers made from it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::time::Timestamp;

/// Where random bytes come from. Production asks the operating system; a test seeds its own.
pub trait Randomness: Send + Sync {
    /// Fills the whole buffer with bytes that nobody can predict.
    fn fill(&self, buffer: &mut [u8]);
}

/// A fixed number of fresh random bytes.
#[must_use]
pub fn random_bytes<const N: usize>(source: &dyn Randomness) -> [u8; N] {
    let mut bytes = [0; N];
    source.fill(&mut bytes);
    bytes
}

/// The identifier of a row: a ULID in its 26 characters of Crockford base 32, sortable by time of making.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// The text is no ULID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of 26 base-32 characters")]
pub struct NotAnId;

impl Id {
    /// A new identifier from the present instant and 80 random bits.
    #[must_use]
    pub fn new(now: Timestamp, source: &dyn Randomness) -> Self {
        let random = u128::from_be_bytes(random_bytes(source));
        Self(Ulid::from_parts(now.milliseconds(), random).to_string())
    }

    /// The 26 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Id {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.len() != 26 {
            return Err(NotAnId);
        }
        // Re-encoding makes one text for one identifier: lower case and look-alikes (o, l) are refused.
        let ulid = Ulid::from_string(text).map_err(|_| NotAnId)?;
        if ulid.to_string() == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnId)
        }
    }
}

impl TryFrom<String> for Id {
    type Error = NotAnId;
    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
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
    fn an_id_reads_back_as_itself_and_sorts_by_time() {
        let early = Id::new(Timestamp::from_seconds(1_000), &Fixed(0xff));
        let late = Id::new(Timestamp::from_seconds(1_001), &Fixed(0));
        assert!(early < late);
        assert_eq!(early.as_str().parse::<Id>(), Ok(early));
    }

    #[test]
    fn a_second_spelling_of_an_id_is_refused() {
        let id = Id::new(Timestamp::from_seconds(1_000), &Fixed(0xab));
        assert_eq!(id.as_str().to_lowercase().parse::<Id>(), Err(NotAnId));
        assert_eq!("".parse::<Id>(), Err(NotAnId));
        assert_eq!("../../../../../etc/passwd1".parse::<Id>(), Err(NotAnId));
    }
}
