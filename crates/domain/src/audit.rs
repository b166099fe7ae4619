//! The audit log's arithmetic: 64 hash chains under a key that the database does not hold.
//!
//! Whoever can write to the database can add or change rows, but can't make a chain fit again without the key.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::Id;
use crate::time::Timestamp;

/// How many chains there are: one is a bottleneck, 64 were measured to cost little (field facts §14).
pub const CHAINS: i64 = 64;

/// The key of the chains' HMAC, kept in the installation's key folder.
pub struct AuditKey(Zeroizing<[u8; 32]>);

/// One deed, as the log tells it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The entry's own id; its random part picks the chain.
    pub id: Id,
    /// The platform that it happened on; `-` for what concerns the whole installation.
    pub platform: String,
    /// When.
    pub at: Timestamp,
    /// What was done, a stable word such as `binding.created`.
    pub action: Cow<'static, str>,
    /// The account that did it, if one did.
    pub actor: Option<Id>,
    /// The row that it was done to, if one.
    pub subject: Option<String>,
    /// Further facts as JSON, without personal data in the clear.
    pub detail: String,
}

impl Entry {
    /// The chain that this entry goes to, 0 to 63, from the last six bits of its id's random part.
    #[must_use]
    pub fn chain(&self) -> i64 {
        let tail = self.id.as_str().as_bytes();
        let digit = |byte: u8| {
            i64::try_from(CROCKFORD.iter().position(|c| *c == byte).unwrap_or(0)).unwrap_or(0)
        };
        (digit(tail[24]) * 32 + digit(tail[25])) % CHAINS
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl AuditKey {
    /// A key of 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn mac(&self, context: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        mac.update(context);
        mac
    }

    /// The hash of the next link: HMAC over the previous hash and every field, each with its length before it.
    #[must_use]
    pub fn link(&self, previous: &[u8], sequence: i64, entry: &Entry) -> [u8; 32] {
        let mut mac = self.mac(b"yinxin audit link v1\0");
        let mut field = |bytes: &[u8]| {
            mac.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(bytes);
        };
        field(previous);
        field(&sequence.to_be_bytes());
        field(entry.id.as_str().as_bytes());
        field(entry.platform.as_bytes());
        field(&entry.at.0.to_be_bytes());
        field(entry.action.as_bytes());
        field(entry.actor.as_ref().map_or("", Id::as_str).as_bytes());
        field(entry.subject.as_deref().unwrap_or("").as_bytes());
        field(entry.detail.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// What stands in the log for a name, a number or an address: 16 bytes of keyed hash in hex, the same for the same value.
    #[must_use]
    pub fn pseudonym(&self, value: &str) -> String {
        let mut mac = self.mac(b"yinxin audit person v1\0");
        mac.update(value.as_bytes());
        mac.finalize().into_bytes()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            platform: "gongecai".into(),
            at: Timestamp::from_seconds(5),
            action: "binding.created".into(),
            actor: None,
            subject: Some("x".into()),
            detail: "{}".into(),
        }
    }

    #[test]
    fn a_changed_field_changes_the_link() {
        let key = AuditKey::new([1; 32]);
        let first = entry("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let mut second = first.clone();
        second.detail = "{\"a\":1}".into();
        assert_ne!(
            key.link(&[0; 32], 1, &first),
            key.link(&[0; 32], 1, &second)
        );
        assert_ne!(key.link(&[0; 32], 1, &first), key.link(&[0; 32], 2, &first));
        assert_ne!(
            key.link(&[0; 32], 1, &first),
            AuditKey::new([2; 32]).link(&[0; 32], 1, &first)
        );
    }

    #[test]
    fn text_cannot_wander_from_one_field_into_the_next() {
        let key = AuditKey::new([1; 32]);
        let mut first = entry("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        first.subject = Some("ab".into());
        first.detail = "c".into();
        let mut second = first.clone();
        second.subject = Some("a".into());
        second.detail = "bc".into();
        assert_ne!(
            key.link(&[0; 32], 1, &first),
            key.link(&[0; 32], 1, &second)
        );
    }

    #[test]
    fn every_id_has_a_chain_among_the_64() {
        assert_eq!(
            entry("01ARZ3NDEKTSV4RRFFQ69G5FAV").chain(),
            (10 * 32 + 27) % 64
        );
        assert_eq!(entry("01ARZ3NDEKTSV4RRFFQ69G5FZZ").chain(), 63);
    }
}
