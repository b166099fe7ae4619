//! Intents: what the user is asked to agree to. The server writes one as JSON in a closed schema, its
//! exact bytes travel as a string, the agent renders them by its own templates and hashes those bytes.
//!
//! There is no free text: names are single lines with a bound, everything else is an identifier. A page
//! that controls a field can't write sentences into the agent's window.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::diagnosis::DiagnoseIntent;
use crate::write_intent::{ProduceIntent, RenewIntent, UnlockIntent};
use crate::{MAX_INTENT_BYTES, Purpose};

/// Longest name (organisation, person, document …) in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// Most pages that one seal intent lists.
pub const MAX_PAGES: usize = 400;
/// Most seals that one signature puts on.
pub const MAX_SEALS: usize = 8;

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    /// Larger than 4 KiB.
    #[error("the intent is larger than 4 KiB")]
    TooLarge,
    /// Not JSON of one of the closed schemas.
    #[error("not an intent: {0}")]
    Schema(String),
    /// A version other than 1.
    #[error("intent version {0} is not known")]
    Version(u32),
    /// A name is empty, too long, or holds control or bidirectional formatting characters.
    #[error("the field {0} is not a plain name")]
    Name(&'static str),
    /// The digest of the document is no lower-case hex of the right length.
    #[error("the document's digest is malformed")]
    Digest,
    /// Pages are missing, zero, not ascending, or too many.
    #[error("the list of pages is malformed")]
    Pages,
    /// One seal named twice, too many seals, or no places.
    #[error("the list of seals is malformed")]
    Seals,
    /// The production's id is no id.
    #[error("the production's id is malformed")]
    Production,
    /// A renewal for no years, or for too many.
    #[error("a certificate is not renewed for {0} years")]
    Years(u32),
}

/// Any intent, by its purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Intent {
    /// Log in.
    Login(LoginIntent),
    /// Bind a key to an account.
    Bind(BindIntent),
    /// Release a binding.
    Unbind(UnbindIntent),
    /// Seal a document.
    Seal(SealIntent),
    /// Show a key's certificate, to learn whether it works on the platform. Nothing is signed.
    Check(CheckIntent),
    /// Show what is wrong on this computer. Nothing is signed.
    Diagnose(DiagnoseIntent),
    /// Make a key on a blank token.
    Produce(ProduceIntent),
    /// Write new certificates beside the old ones.
    Renew(RenewIntent),
    /// Give a locked token a new PIN.
    Unlock(UnlockIntent),
}

/// Log in to a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LoginIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name in the language of its users.
    pub platform_name: String,
}

/// Show a key's certificate to a platform, which answers whether the key works there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CheckIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
}

/// Bind a key to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BindIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The organisation's name.
    pub organisation: String,
    /// The account's login name.
    pub account: String,
    /// The person's name.
    pub person: String,
}

/// Release a key from an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnbindIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The organisation's name.
    pub organisation: String,
    /// The account's login name.
    pub account: String,
    /// The person's name.
    pub person: String,
    /// The number of the key that is released.
    pub key_number: String,
}

/// Put a seal on a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The organisation whose seal it is.
    pub organisation: String,
    /// The document's name.
    pub document: String,
    /// Digest of the document before this seal.
    pub document_digest: DocumentDigest,
    /// Pages that the seal is put on, from 1, ascending.
    pub pages: Vec<u32>,
    /// The seal.
    pub seal: SealName,
    /// Further seals that the same signature puts on; absent where there is one seal only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SealName>>", optional)]
    pub further_seals: Vec<SealName>,
    /// How often the seals stand on the pages in all; absent where each stands once on one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub places: Option<u32>,
    /// The last seal: nothing may be put on the document after it. Absent where it is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub last: bool,
}

/// Digest of a document's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DocumentDigest {
    /// `sm3` or `sha256`.
    pub algorithm: DigestName,
    /// Lower-case hex, 64 characters.
    pub value_hex: String,
}

/// Names of digests in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum DigestName {
    /// SM3 (GB/T 32905).
    Sm3,
    /// SHA-256 (FIPS 180-4).
    Sha256,
}

impl DigestName {
    /// The algorithm.
    pub fn algorithm(self) -> pki::HashAlgorithm {
        match self {
            DigestName::Sm3 => pki::HashAlgorithm::Sm3,
            DigestName::Sha256 => pki::HashAlgorithm::Sha256,
        }
    }
}

/// A seal in an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealName {
    /// The platform's id of the seal.
    pub id: String,
    /// Its name, such as 演示公司公章.
    pub name: String,
}

impl Intent {
    /// Reads the server's exact bytes, and checks every field.
    pub fn from_json(text: &str) -> Result<Intent, IntentError> {
        if text.len() > MAX_INTENT_BYTES {
            return Err(IntentError::TooLarge);
        }
        let schema = |error: serde_json::Error| IntentError::Schema(error.to_string());
        let intent: Intent = serde_json::from_str(text).map_err(schema)?;
        intent.check()?;
        Ok(intent)
    }

    /// The bytes that a server signs up to and sends: compact JSON, keys in the order of the structs.
    ///
    /// Errors as [`Intent::from_json`] would, so that a server can't send what an agent refuses.
    pub fn to_json(&self) -> Result<String, IntentError> {
        self.check()?;
        let text =
            serde_json::to_string(self).map_err(|error| IntentError::Schema(error.to_string()))?;
        if text.len() > MAX_INTENT_BYTES {
            return Err(IntentError::TooLarge);
        }
        Ok(text)
    }

    /// The purpose of the statement that this intent belongs to; `None` for a seal, a check, a diagnosis, a
    /// production and an unlocking, which are no statements.
    pub fn statement_purpose(&self) -> Option<Purpose> {
        match self {
            Intent::Login(_) => Some(Purpose::Login),
            Intent::Bind(_) => Some(Purpose::Bind),
            Intent::Unbind(_) => Some(Purpose::Unbind),
            Intent::Renew(_) => Some(Purpose::Renew),
            Intent::Seal(_)
            | Intent::Check(_)
            | Intent::Diagnose(_)
            | Intent::Produce(_)
            | Intent::Unlock(_) => None,
        }
    }

    /// The platform's id.
    pub fn platform(&self) -> &str {
        match self {
            Intent::Login(intent) => &intent.platform,
            Intent::Bind(intent) => &intent.platform,
            Intent::Unbind(intent) => &intent.platform,
            Intent::Seal(intent) => &intent.platform,
            Intent::Check(intent) => &intent.platform,
            Intent::Diagnose(intent) => &intent.platform,
            Intent::Produce(intent) => &intent.platform,
            Intent::Renew(intent) => &intent.platform,
            Intent::Unlock(intent) => &intent.platform,
        }
    }

    fn check(&self) -> Result<(), IntentError> {
        let (v, names): (u32, Vec<(&'static str, &str)>) = match self {
            Intent::Login(i) => (
                i.v,
                vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                ],
            ),
            Intent::Check(i) => (
                i.v,
                vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                ],
            ),
            Intent::Diagnose(i) => (
                i.v,
                vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                ],
            ),
            Intent::Bind(i) => (
                i.v,
                vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                    ("organisation", &i.organisation),
                    ("account", &i.account),
                    ("person", &i.person),
                ],
            ),
            Intent::Unbind(i) => (
                i.v,
                vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                    ("organisation", &i.organisation),
                    ("account", &i.account),
                    ("person", &i.person),
                    ("key_number", &i.key_number),
                ],
            ),
            Intent::Produce(i) => (i.v, i.names()?),
            Intent::Renew(i) => (i.v, i.names()?),
            Intent::Unlock(i) => (i.v, i.names()),
            Intent::Seal(i) => {
                i.check_document()?;
                i.check_seals()?;
                let mut names: Vec<(&'static str, &str)> = vec![
                    ("platform", &i.platform),
                    ("platform_name", &i.platform_name),
                    ("organisation", &i.organisation),
                    ("document", &i.document),
                ];
                for seal in i.seals() {
                    names.extend([("seal.id", seal.id.as_str()), ("seal.name", &seal.name)]);
                }
                (i.v, names)
            }
        };
        if v != 1 {
            return Err(IntentError::Version(v));
        }
        match names.into_iter().find(|(_, name)| !is_plain_name(name)) {
            Some((field, _)) => Err(IntentError::Name(field)),
            None => Ok(()),
        }
    }
}

impl SealIntent {
    /// All seals, the first one first.
    pub fn seals(&self) -> impl Iterator<Item = &SealName> {
        std::iter::once(&self.seal).chain(&self.further_seals)
    }

    fn check_seals(&self) -> Result<(), IntentError> {
        let ids: std::collections::BTreeSet<&str> =
            self.seals().map(|seal| seal.id.as_str()).collect();
        let count = self.further_seals.len() + 1;
        if count > MAX_SEALS || ids.len() != count {
            return Err(IntentError::Seals);
        }
        // Each page and each seal has one place at least.
        let least = count.max(self.pages.len());
        if self.places.is_some_and(|places| (places as usize) < least) {
            return Err(IntentError::Seals);
        }
        Ok(())
    }

    fn check_document(&self) -> Result<(), IntentError> {
        let hex = &self.document_digest.value_hex;
        if hex.len() != 64 || !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(IntentError::Digest);
        }
        let ascending = self.pages.windows(2).all(|pair| pair[0] < pair[1]);
        if self.pages.is_empty() || self.pages.len() > MAX_PAGES || self.pages[0] == 0 || !ascending
        {
            return Err(IntentError::Pages);
        }
        Ok(())
    }
}

/// One line that shows as it is: no control characters, none that reorder or hide text.
pub(crate) fn is_plain_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= MAX_NAME_CHARS
        && !name.chars().any(|c| {
            c.is_control()
                || matches!(c,
                    '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                    | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Intent {
        Intent::Login(LoginIntent {
            v: 1,
            platform: "gongecai".into(),
            platform_name: "公e采".into(),
        })
    }

    fn seal() -> SealIntent {
        SealIntent {
            v: 1,
            platform: "zcygov".into(),
            platform_name: "政采云".into(),
            organisation: "演示供应商甲有限公司".into(),
            document: "投标文件.pdf".into(),
            document_digest: DocumentDigest {
                algorithm: DigestName::Sm3,
                value_hex: "0".repeat(64),
            },
            pages: vec![1, 3],
            seal: SealName {
                id: "S1".into(),
                name: "公章".into(),
            },
            further_seals: Vec::new(),
            places: None,
            last: false,
        }
    }

    #[test]
    fn what_one_seal_does_not_need_does_not_stand_in_its_intent() {
        let text = Intent::Seal(seal()).to_json().unwrap();
        for field in ["further_seals", "places", "last"] {
            assert!(!text.contains(&format!("\"{field}\"")), "{text}");
        }
    }

    #[test]
    fn seals_are_named_once_and_have_a_place_each() {
        let other = SealName {
            id: "S2".into(),
            name: "合同专用章".into(),
        };
        let good = SealIntent {
            further_seals: vec![other],
            places: Some(4),
            last: true,
            ..seal()
        };
        let read = |intent: &SealIntent| Intent::Seal(intent.clone()).to_json();
        assert!(read(&good).is_ok());
        let twice = SealIntent {
            further_seals: vec![seal().seal],
            ..good.clone()
        };
        assert_eq!(read(&twice), Err(IntentError::Seals));
        let few = SealIntent {
            places: Some(1),
            ..good
        };
        assert_eq!(read(&few), Err(IntentError::Seals));
    }

    #[test]
    fn an_intent_reads_back_as_it_was_written() {
        for intent in [login(), Intent::Seal(seal())] {
            assert_eq!(
                Intent::from_json(&intent.to_json().unwrap()).unwrap(),
                intent
            );
        }
        assert_eq!(
            login().to_json().unwrap(),
            r#"{"purpose":"login","v":1,"platform":"gongecai","platform_name":"公e采"}"#
        );
    }

    #[test]
    fn a_field_that_the_schema_does_not_know_is_refused() {
        let text =
            r#"{"v":1,"purpose":"login","platform":"p","platform_name":"P","note":"please hurry"}"#;
        assert!(matches!(
            Intent::from_json(text),
            Err(IntentError::Schema(_))
        ));
        let text = r#"{"v":1,"purpose":"transfer","platform":"p","platform_name":"P"}"#;
        assert!(matches!(
            Intent::from_json(text),
            Err(IntentError::Schema(_))
        ));
        let text = r#"{"v":1,"v":1,"purpose":"login","platform":"p","platform_name":"P"}"#;
        assert!(Intent::from_json(text).is_err(), "a key twice");
    }

    #[test]
    fn a_name_that_hides_or_reorders_text_is_refused() {
        for bad in [
            "",
            "  ",
            "a\nb",
            "a\u{202E}b",
            "a\u{200B}b",
            &"x".repeat(201),
        ] {
            let intent = Intent::Login(LoginIntent {
                v: 1,
                platform: "p".into(),
                platform_name: bad.into(),
            });
            assert_eq!(
                intent.to_json(),
                Err(IntentError::Name("platform_name")),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn versions_are_compared_exactly() {
        let text = r#"{"v":2,"purpose":"login","platform":"p","platform_name":"P"}"#;
        assert_eq!(Intent::from_json(text), Err(IntentError::Version(2)));
    }

    #[test]
    fn pages_of_a_seal_are_ascending_and_from_one() {
        for pages in [vec![], vec![0], vec![2, 1], vec![1, 1], (1..=401).collect()] {
            let intent = Intent::Seal(SealIntent { pages, ..seal() });
            assert_eq!(intent.to_json(), Err(IntentError::Pages));
        }
    }

    #[test]
    fn an_intent_over_four_kibibytes_is_refused() {
        let text = format!("{}{}", login().to_json().unwrap(), " ".repeat(4096));
        assert_eq!(Intent::from_json(&text), Err(IntentError::TooLarge));
    }
}
