//! What a store's lists say along a path (RFC 5280 §6.3.3), where an authority may sign its lists with
//! another key than its certificates.

use super::{TrustStore, Usage, ValidatedPath, validate};
use crate::crl::{self, Crl, RevocationStatus};
use crate::{Certificate, UnixTime};

/// Signatures of lists tried with other keys for one question.
const MAX_SIGNATURES: usize = 32;
/// How often a signer's own path may hang on a list by yet another key.
const MAX_NESTING: usize = 2;

impl TrustStore {
    /// What the lists of the store say about `subject`. Lists of other issuers, which a store of several
    /// CAs holds by nature, are passed over: without one of `issuer` the answer is *missing*.
    #[must_use]
    pub fn revocation(
        &self,
        subject: &Certificate,
        issuer: &Certificate,
        at: UnixTime,
    ) -> RevocationStatus {
        let own = self.lists_of(issuer);
        crl::judge(subject, own, at, |crl| crl.authentic(issuer))
    }

    /// What the lists of the store say about the certificate of `path` that stands `index` steps above the
    /// leaf. A list that another key of the same authority signed counts where a certificate in the store,
    /// in the path or in `extra` gives that key the authority's name and cRLSign, leads to the same anchor
    /// as the path, and is not itself revoked (RFC 5280 §6.3.3 (f)). The anchor, for which there is no
    /// issuer to ask, and what stands above it are [`RevocationStatus::NotAnnounced`].
    #[must_use]
    pub fn revocation_along(
        &self,
        path: &ValidatedPath,
        index: usize,
        extra: &[Certificate],
        at: UnixTime,
    ) -> RevocationStatus {
        let helpers = [path.certificates(), &self.intermediates, extra].concat();
        let mut signers = Signers {
            lists: &self.crls,
            only_anchor: Self {
                anchors: vec![path.anchor().clone()],
                intermediates: helpers,
                ..Self::default()
            },
            at,
            left: MAX_SIGNATURES,
        };
        signers.status(path, index, &mut Vec::new())
    }

    fn lists_of<'a>(&'a self, issuer: &'a Certificate) -> impl Iterator<Item = &'a Crl> {
        let own = |crl: &&Crl| crl.issuer() == issuer.subject();
        self.crls.iter().filter(own)
    }
}

struct Signers<'a> {
    lists: &'a [Crl],
    /// The path's anchor and no other; all that is at hand may help.
    only_anchor: TrustStore,
    at: UnixTime,
    left: usize,
}

impl Signers<'_> {
    /// `asked` holds the signers whose own standing is the question above this one: none of them vouches for
    /// itself.
    fn status(
        &mut self,
        path: &ValidatedPath,
        index: usize,
        asked: &mut Vec<Certificate>,
    ) -> RevocationStatus {
        let Some([subject, issuer]) = path.certificates().get(index..index + 2) else {
            return RevocationStatus::NotAnnounced;
        };
        let own = self
            .lists
            .iter()
            .filter(|crl| crl.issuer() == issuer.subject());
        crl::judge(subject, own, self.at, |crl| {
            let verdict = crl.authentic(issuer);
            match verdict {
                Err(_) if self.has_other_signer(crl, issuer, asked) => Ok(()),
                verdict => verdict,
            }
        })
    }

    /// Whether a certificate at hand, other than the issuer's own, makes its key the signer of this list.
    fn has_other_signer(
        &mut self,
        crl: &Crl,
        issuer: &Certificate,
        asked: &mut Vec<Certificate>,
    ) -> bool {
        if asked.len() == MAX_NESTING {
            return false;
        }
        let named = |candidate: &&Certificate| {
            // Whoever is no issuer of the subject has to be named a signer of lists in so many words.
            candidate.subject() == crl.issuer()
                && candidate.public_key() != issuer.public_key()
                && candidate.key_usage().is_some_and(|usage| usage.crl_sign())
        };
        let at_hand = self
            .only_anchor
            .anchors
            .iter()
            .chain(&self.only_anchor.intermediates);
        let candidates: Vec<Certificate> = at_hand.filter(named).cloned().collect();
        for candidate in candidates {
            if asked.contains(&candidate) {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                return false;
            };
            self.left = left;
            if crl.authentic(&candidate).is_ok() && self.stands(&candidate, asked) {
                return true;
            }
        }
        false
    }

    /// Whether a signer of lists has a path to the anchor on which nothing is revoked or unknown.
    fn stands(&mut self, signer: &Certificate, asked: &mut Vec<Certificate>) -> bool {
        let Ok(path) = validate(signer, &[], &self.only_anchor, self.at, Usage::Any) else {
            return false;
        };
        asked.push(signer.clone());
        let stands = (0..path.certificates().len() - 1).all(|index| {
            matches!(
                self.status(&path, index, asked),
                RevocationStatus::Good { .. } | RevocationStatus::NotAnnounced
            )
        });
        asked.pop();
        stands
    }
}
