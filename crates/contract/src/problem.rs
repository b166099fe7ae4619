//! RFC 9457 problem details with a stable code, Chinese and English text, and the next step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ErrorCode, Text};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The body of every error answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// `urn:yinxin:problem:` and the code; an identifier, not an address.
    #[serde(rename = "type")]
    pub kind: String,
    /// The message in English, short.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ErrorCode,
    /// What happened.
    pub detail: Text,
    /// What to do next.
    pub remedy: Text,
    /// Further members that a code has (RFC 9457, 3.2), such as the masked owner of a key.
    #[serde(flatten, default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(skip)]
    pub more: BTreeMap<String, serde_json::Value>,
}

impl Problem {
    /// The problem of a code with its own texts and its usual status.
    pub fn of(code: ErrorCode) -> Problem {
        let detail = code.message();
        Problem {
            kind: format!("urn:yinxin:problem:{}", code.name()),
            title: detail.en.clone(),
            status: code.status(),
            code,
            detail,
            remedy: code.remedy(),
            more: BTreeMap::new(),
        }
    }

    /// Says more exactly what happened (a name, a number, a limit).
    #[must_use]
    pub fn with_detail(mut self, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        self.detail = Text {
            zh: zh.into(),
            en: en.into(),
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_that_pages_read() {
        let value = serde_json::to_value(Problem::of(ErrorCode::NotBound)).unwrap();
        assert_eq!(value["type"], "urn:yinxin:problem:not_bound");
        assert_eq!(value["code"], "not_bound");
        assert_eq!(value["status"], 403);
        assert_eq!(value["detail"]["zh"], "证书有效但未绑定");
        assert!(value["remedy"]["en"].is_string());
    }
}
