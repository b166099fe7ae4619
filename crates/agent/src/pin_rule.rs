//! What a new PIN must look like, checked before anything is sent to the key.
//!
//! Length and alphabet are the provider's, from the catalogue. Two rules hold for every provider: a PIN that
//! keys leave the factory with is known to everybody, and the old PIN is no new one. The page shows each rule
//! while the PIN is typed and decides by the same vectors (`tests/data/pin_rules.json`); what counts is this.

use catalogue::{Alphabet, Provider};
use serde::Serialize;

/// PINs that keys are delivered with, by the vendors' manuals and by habit.
const FACTORY: [&str; 12] = [
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "654321",
    "87654321",
    "123123",
    "112233",
    "12341234",
    "11223344",
    "1234abcd",
];

/// Most octets that the interface of tokens takes (GM/T 0016).
const MAX_OCTETS: usize = 16;

/// The rule for the PINs of one provider, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Which characters.
    pub alphabet: Alphabet,
    /// Whether it is the provider's own; `false`: what every key takes.
    pub of_provider: bool,
}

/// A rule that a new PIN breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// Too short or too long.
    Length,
    /// A character that the provider's keys do not take.
    Alphabet,
    /// A factory PIN, one character over and over, or a run such as 345678.
    Default,
    /// The old PIN.
    SameAsOld,
}

impl Rule {
    /// The rule of a provider; without one, or where its file says nothing, what every key takes.
    pub fn of(provider: Option<&Provider>) -> Rule {
        let known = provider.and_then(|provider| provider.pin.clone());
        let of_provider = known.is_some();
        let rule = known.unwrap_or_default();
        Rule {
            min: usize::from(rule.min_length),
            max: usize::from(rule.max_length).min(MAX_OCTETS),
            alphabet: rule.alphabet,
            of_provider,
        }
    }

    /// The rules that a new PIN breaks; none is good. The PIN is neither kept nor part of the answer.
    pub fn check(&self, new: &str, old: Option<&str>) -> Vec<Broken> {
        let mut broken = Vec::new();
        let characters = new.chars().count();
        if characters < self.min || characters > self.max || new.len() > MAX_OCTETS {
            broken.push(Broken::Length);
        }
        let fits = |octet: u8| match self.alphabet {
            Alphabet::Digits => octet.is_ascii_digit(),
            Alphabet::Alphanumeric => octet.is_ascii_alphanumeric(),
            Alphabet::Printable => octet.is_ascii_graphic(),
        };
        if new.is_empty() || !new.bytes().all(fits) {
            broken.push(Broken::Alphabet);
        }
        if is_default(new) {
            broken.push(Broken::Default);
        }
        if old == Some(new) {
            broken.push(Broken::SameAsOld);
        }
        broken
    }
}

/// Whether everybody would try it first.
fn is_default(pin: &str) -> bool {
    let octets = pin.as_bytes();
    let steps_of = |step: i16| {
        octets
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    FACTORY.iter().any(|known| known.eq_ignore_ascii_case(pin))
        || (octets.len() > 1 && [-1, 0, 1].into_iter().any(steps_of))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        min: usize,
        max: usize,
        alphabet: Alphabet,
        new: String,
        old: String,
        broken: Vec<Broken>,
    }

    #[test]
    fn agent_and_page_judge_a_new_pin_by_the_same_vectors() {
        let vectors: Vec<Vector> =
            serde_json::from_str(include_str!("../tests/data/pin_rules.json")).unwrap();
        assert!(vectors.len() > 12);
        for vector in vectors {
            let rule = Rule {
                min: vector.min,
                max: vector.max,
                alphabet: vector.alphabet,
                of_provider: true,
            };
            assert_eq!(
                rule.check(&vector.new, Some(&vector.old)),
                vector.broken,
                "{}",
                vector.new
            );
        }
    }

    #[test]
    fn a_provider_that_nobody_knows_has_the_rule_of_every_key() {
        let rule = Rule::of(None);
        assert_eq!((rule.min, rule.max, rule.of_provider), (6, 16, false));
        assert!(rule.check("Pa$$w0rd", None).is_empty());
    }
}
