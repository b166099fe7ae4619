//! What the application workflow asks of an authority: an order's body and result, in a closed JSON schema.
//!
//! Whoever approves writes these types; whoever issues parses them, within limits, and trusts nothing else. The
//! bodies name what was approved; how a certificate says it is the profile's affair.
//!
//! - `body`: what is asked, field by field, and the limits of each.
//! - `result`: what comes of it.
//! - `refusal`: why nothing does.

mod body;
mod refusal;
mod result;

use serde::de::DeserializeOwned;

pub use body::{
    CertificateType, Issue, Reason, Recover, ReissueEnvelope, Replaced, Revocation, Unlock,
};
pub use refusal::Refusal;
pub use result::{
    Counted, EnvelopeCipher, EnvelopedKeyJson, Issued, Recovered, Sm2CiphertextJson, Unlocked,
};

/// The longest body or result that is read, in octets.
pub const MAX_BODY: usize = 64 * 1024;
/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderKind {
    /// Certificates for a signing key, and where asked an encryption pair for it.
    Issue,
    /// The envelope that a signing key got before, the same bytes.
    ReissueEnvelope,
    /// The end of every certificate of a key number.
    Revoke,
    /// A pause: certificateHold.
    Suspend,
    /// The end of a pause.
    Resume,
    /// An administrator's PIN out of escrow, to one popup.
    Unlock,
    /// A holder's encryption pair of before, to the same holder's new signing key.
    Recover,
}

impl OrderKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Issue, "issue"),
        (Self::ReissueEnvelope, "reissue_envelope"),
        (Self::Revoke, "revoke"),
        (Self::Suspend, "suspend"),
        (Self::Resume, "resume"),
        (Self::Unlock, "unlock"),
        (Self::Recover, "recover"),
    ];

    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, word)| *word == name)
            .map(|(kind, _)| *kind)
    }
}

/// An order that was read and is within all limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Certificates for a signing key.
    Issue(Issue),
    /// The envelope once more.
    ReissueEnvelope(ReissueEnvelope),
    /// An end.
    Revoke(Revocation),
    /// A pause.
    Suspend(Revocation),
    /// The end of a pause.
    Resume(Revocation),
    /// An administrator's PIN.
    Unlock(Unlock),
    /// An encryption pair of before.
    Recover(Recover),
}

/// Why a body is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Longer than [`MAX_BODY`].
    #[error("the order is longer than {MAX_BODY} octets")]
    TooLong,
    /// No JSON of the closed schema.
    #[error("the order can't be read: {0}")]
    Schema(String),
    /// A field outside its limits.
    #[error("the order's field {0} is outside its limits")]
    Field(&'static str),
}

impl Order {
    /// Reads the body of an order of this kind.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(kind: OrderKind, body: &str) -> Result<Self, OrderError> {
        let order = match kind {
            OrderKind::Issue => Self::Issue(read(body)?),
            OrderKind::ReissueEnvelope => Self::ReissueEnvelope(read(body)?),
            OrderKind::Revoke => Self::Revoke(read(body)?),
            OrderKind::Suspend => Self::Suspend(read(body)?),
            OrderKind::Resume => Self::Resume(read(body)?),
            OrderKind::Unlock => Self::Unlock(read(body)?),
            OrderKind::Recover => Self::Recover(read(body)?),
        };
        body::check(&order)?;
        Ok(order)
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, OrderError> {
    if body.len() > MAX_BODY {
        return Err(OrderError::TooLong);
    }
    serde_json::from_str(body).map_err(|error| OrderError::Schema(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue() -> serde_json::Value {
        serde_json::json!({
            "type": "organisation", "product": "platform", "organisation": "四川测试有限公司",
            "uscc": "91510100MA00000000", "holder": "四川测试有限公司", "key_number": "SC0001", "years": 1,
            "request": "MIIB", "encryption": true, "replaces": null
        })
    }

    fn parse(kind: OrderKind, body: &serde_json::Value) -> Result<Order, OrderError> {
        Order::parse(kind, &body.to_string())
    }

    #[test]
    fn an_order_to_issue_is_read_and_written_again_as_it_was() {
        let Order::Issue(read) = parse(OrderKind::Issue, &issue()).unwrap() else {
            panic!("another kind");
        };
        assert_eq!(read.certificate_type, CertificateType::Organisation);
        assert_eq!(serde_json::to_value(&read).unwrap(), issue());
    }

    #[test]
    fn a_field_that_nobody_knows_or_that_is_outside_its_limits_is_no_order() {
        let mut unknown = issue();
        unknown["extra"] = 1.into();
        assert!(matches!(
            parse(OrderKind::Issue, &unknown),
            Err(OrderError::Schema(_))
        ));
        for (field, value) in [
            ("years", serde_json::json!(0)),
            ("years", serde_json::json!(11)),
            ("organisation", serde_json::json!("  ")),
            ("organisation", serde_json::json!("长".repeat(65))),
            ("holder", serde_json::json!("a\u{7}b")),
            ("key_number", serde_json::json!("SC 1")),
            ("uscc", serde_json::json!("9151")),
            ("request", serde_json::json!("")),
            (
                "replaces",
                serde_json::json!({"issuer": "x", "serial": "ZZ"}),
            ),
        ] {
            let mut body = issue();
            body[field] = value;
            assert_eq!(
                parse(OrderKind::Issue, &body),
                Err(OrderError::Field(field)),
                "{body}"
            );
        }
        let long = format!("{}{}", " ".repeat(MAX_BODY), issue());
        assert_eq!(
            Order::parse(OrderKind::Issue, &long),
            Err(OrderError::TooLong)
        );
    }

    #[test]
    fn a_pause_is_never_an_end_and_an_end_never_a_pause() {
        let hold = serde_json::json!({"key_number": "SC0001", "reason": "certificate_hold"});
        let lost = serde_json::json!({"key_number": "SC0001", "reason": "key_compromise"});
        assert!(parse(OrderKind::Suspend, &hold).is_ok());
        assert!(parse(OrderKind::Revoke, &lost).is_ok());
        assert!(parse(OrderKind::Suspend, &lost).is_err());
        assert!(parse(OrderKind::Revoke, &hold).is_err());
    }

    #[test]
    fn every_kind_and_every_refusal_is_found_again_by_its_word() {
        for (kind, name) in OrderKind::ALL {
            assert_eq!(OrderKind::from_name(name), Some(kind));
            assert_eq!(kind.name(), name);
        }
        assert_eq!(
            Refusal::from_code(Refusal::KeyTaken.code()),
            Some(Refusal::KeyTaken)
        );
        assert_eq!(Refusal::from_code("nothing"), None);
    }
}
