//! Why a key is not accepted: one value for each answer that a user can be given.

use catalogue::{IdentityError, ProductRefusal, Text};
use contract::{ErrorCode, StatementError};
use pki::crl::WhyUndetermined;
use pki::path::PathError;

use crate::possession::Operation;
use crate::time::Timestamp;

/// A check that failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The login token has not the form of one.
    #[error("the login token is malformed: {0}")]
    Token(StatementError),
    /// The signature is not this key's over our statement: another origin, nonce, purpose, intent or certificate.
    #[error("the statement's signature does not verify: {0}")]
    Statement(StatementError),
    /// The certificate is not for this use.
    #[error("the certificate's key usage does not allow this")]
    KeyUsage,
    /// No provider of the catalogue issues under this name.
    #[error("no provider is known for the issuer {issuer}")]
    ProviderUnknown {
        /// RFC 4514.
        issuer: String,
    },
    /// The provider's product is not one that is accepted.
    #[error("the provider's product is not accepted")]
    Product(Box<ProductRefusal>),
    /// The platform does not accept the provider for this.
    #[error("the provider is not accepted for {operation:?}")]
    ProviderMayNot {
        /// For what.
        operation: Operation,
        /// Whose keys.
        provider: Text,
        /// Whose keys are accepted for it here.
        instead: Vec<Text>,
    },
    /// Its time has not begun.
    #[error("the certificate is not valid yet")]
    NotYetValid {
        /// notBefore.
        from: Timestamp,
    },
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired {
        /// notAfter.
        at: Timestamp,
    },
    /// It does not lead to an anchor of its provider.
    #[error("no valid path: {0}")]
    Path(PathError),
    /// It, or a CA above it, is revoked.
    #[error("the certificate is revoked")]
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// Nobody can say whether it is revoked, and this operation needs to know (rule 5).
    #[error("revocation is undetermined: {0:?}")]
    RevocationUndetermined(WhyUndetermined),
    /// The identity map does not read it.
    #[error("the identity cannot be read: {0}")]
    Identity(IdentityError),
    /// The certificate is another organisation's.
    #[error("the certificate's organisation is not the account's")]
    OrganisationMismatch,
}

impl Refusal {
    /// The stable code of the answer.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Token(_) => ErrorCode::TokenMalformed,
            Self::Statement(_) => ErrorCode::StatementInvalid,
            Self::KeyUsage => ErrorCode::KeyUsageRefused,
            Self::ProviderUnknown { .. } => ErrorCode::ProviderUnknown,
            Self::Product(_) => ErrorCode::ProductRefused,
            Self::ProviderMayNot {
                operation: Operation::Login,
                ..
            } => ErrorCode::ProviderMayNotLogIn,
            Self::ProviderMayNot {
                operation: Operation::Bind,
                ..
            } => ErrorCode::ProviderMayNotBind,
            Self::ProviderMayNot {
                operation: Operation::Seal,
                ..
            } => ErrorCode::ProviderMayNotSeal,
            Self::NotYetValid { .. } => ErrorCode::CertificateNotYetValid,
            Self::Expired { .. } => ErrorCode::CertificateExpired,
            Self::Path(_) => ErrorCode::PathInvalid,
            Self::Revoked { .. } => ErrorCode::CertificateRevoked,
            Self::RevocationUndetermined(_) => ErrorCode::RevocationUndetermined,
            Self::Identity(_) => ErrorCode::IdentityUnreadable,
            Self::OrganisationMismatch => ErrorCode::OrganisationMismatch,
        }
    }

    /// What happened, where more is known than the code's own text says.
    #[must_use]
    pub fn detail(&self) -> Option<contract::Text> {
        match self {
            Self::RevocationUndetermined(why) => Some(undetermined(*why)),
            Self::Product(refusal) => Some(product(refusal)),
            Self::ProviderMayNot {
                operation,
                provider,
                instead,
            } => {
                let (zh, en) = match operation {
                    Operation::Login => ("登录", "log in"),
                    Operation::Bind => ("绑定", "be bound"),
                    Operation::Seal => ("签章", "seal"),
                };
                let mut text = contract::Text::new(
                    format!("{}的锁不能用于本平台{zh}", provider.zh),
                    format!("Keys of {} may not {en} here", provider.en),
                );
                if !instead.is_empty() {
                    text.zh += &format!(
                        "；可用于{zh}的有：{}",
                        joined(instead, |name| &name.zh, "、")
                    );
                    text.en += &format!("; these may: {}", joined(instead, |name| &name.en, ", "));
                }
                Some(text)
            }
            _ => None,
        }
    }
}

/// Whose product, which one, why, and what is taken instead: as much of it as the catalogue knows.
fn product(refusal: &ProductRefusal) -> contract::Text {
    let mut zh = match &refusal.product {
        Some(product) => format!(
            "本平台不支持{}的产品“{}”。",
            refusal.provider.zh, product.zh
        ),
        None => format!("这把锁不是本平台支持的{}产品。", refusal.provider.zh),
    };
    let mut en = match &refusal.product {
        Some(product) => format!(
            "The product “{}” of {} is not accepted here.",
            product.en, refusal.provider.en
        ),
        None => format!(
            "This is none of the products of {} that are accepted here.",
            refusal.provider.en
        ),
    };
    if let Some(reason) = &refusal.reason {
        zh.push_str(&reason.zh);
        en = format!("{en} {}", reason.en);
    } else if !refusal.accepted.is_empty() {
        let accepted = &refusal.accepted;
        zh.push_str(&format!(
            "支持的产品：{}。",
            joined(accepted, |name| &name.zh, "、")
        ));
        en.push_str(&format!(
            " Accepted: {}.",
            joined(accepted, |name| &name.en, ", ")
        ));
    }
    contract::Text::new(zh, en)
}

fn joined(names: &[Text], pick: fn(&Text) -> &str, separator: &str) -> String {
    names.iter().map(pick).collect::<Vec<_>>().join(separator)
}

/// Each cause has its own words: a list that is gone is mended by somebody else than one that was forged.
fn undetermined(why: WhyUndetermined) -> contract::Text {
    let (zh, en) = match why {
        WhyUndetermined::Missing => (
            "无法确定证书是否被吊销：未能取得吊销列表",
            "Whether the certificate is revoked can't be determined: no revocation list could be had",
        ),
        WhyUndetermined::Malformed => (
            "无法确定证书是否被吊销：取得的内容不是吊销列表",
            "Whether the certificate is revoked can't be determined: what was fetched is no revocation list",
        ),
        WhyUndetermined::Expired => (
            "无法确定证书是否被吊销：吊销列表已过期",
            "Whether the certificate is revoked can't be determined: the revocation list has expired",
        ),
        WhyUndetermined::NotYetValid => (
            "无法确定证书是否被吊销：吊销列表尚未生效",
            "Whether the certificate is revoked can't be determined: the revocation list is from the future",
        ),
        WhyUndetermined::BadSignature => (
            "无法确定证书是否被吊销：吊销列表的签名无效",
            "Whether the certificate is revoked can't be determined: the revocation list's signature is not the issuer's",
        ),
        WhyUndetermined::WrongIssuer => (
            "无法确定证书是否被吊销：吊销列表不是由该证书的 CA 签发",
            "Whether the certificate is revoked can't be determined: the revocation list is another issuer's",
        ),
        WhyUndetermined::Indirect
        | WhyUndetermined::CriticalExtension
        | WhyUndetermined::OutOfScope => (
            "无法确定证书是否被吊销：吊销列表不适用于该证书",
            "Whether the certificate is revoked can't be determined: the revocation list does not speak for this certificate",
        ),
    };
    contract::Text::new(zh, en)
}
