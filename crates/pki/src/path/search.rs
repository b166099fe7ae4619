//! Path building: depth first from the leaf upwards, through several roots, cross-certificates and loops,
//! within bounds on everything that a bundle can make large.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::check::{check, issuer, own_merits};
use super::constraints::Comparisons;
use super::{PathError, PolicyInputs, TrustStore};
use crate::{Certificate, Name, Oid, UnixTime, VerifyError};

/// Certificates in a path, leaf and anchor included.
const MAX_DEPTH: usize = 8;
/// Issuers tried for one certificate.
const MAX_WIDTH: usize = 16;
/// Signatures verified for one question.
const MAX_SIGNATURES: usize = 48;
/// Certificates put on top of a path for one question; most cost no signature of their own.
const MAX_STEPS: usize = 512;
/// Complete paths held against RFC 5280 §6.1 for one question.
const MAX_PATHS: usize = 32;
/// Names compared with the subtrees of nameConstraints for one question.
const MAX_COMPARISONS: usize = 250_000;

/// What was found: the path, leaf first, and the policies under which it holds.
pub(super) type Found = (Vec<Certificate>, BTreeSet<Oid>);

pub(super) struct Search<'a> {
    at: UnixTime,
    inputs: &'a PolicyInputs,
    pool: Pool<'a>,
    /// By subject and issuer's key, what verification said.
    verified: HashMap<(usize, usize), Result<(), VerifyError>>,
    steps: usize,
    paths: usize,
    comparisons: Comparisons,
    /// The reason of the attempt that came farthest, and how far.
    reason: Option<(u8, PathError)>,
    /// Nothing more is tried: a limit was met, or the leaf itself is to blame.
    ended: Option<PathError>,
}

impl<'a> Search<'a> {
    pub fn new(
        leaf: &'a Certificate,
        extra: &'a [Certificate],
        trust: &'a TrustStore,
        at: UnixTime,
        inputs: &'a PolicyInputs,
    ) -> Self {
        Self {
            at,
            inputs,
            pool: Pool::new(leaf, extra, trust),
            verified: HashMap::new(),
            steps: 0,
            paths: 0,
            comparisons: Comparisons::at_most(MAX_COMPARISONS),
            reason: None,
            ended: None,
        }
    }

    /// The first path that holds.
    ///
    /// # Errors
    /// Why the attempt that came farthest failed; [`PathError::Limit`] where more could have been tried,
    /// since then nobody knows.
    pub fn run(mut self) -> Result<Found, PathError> {
        if let Some(found) = self.extend(&mut vec![Pool::LEAF]) {
            return Ok(found);
        }
        let farthest = self.reason.map(|(_, reason)| reason);
        Err(self
            .ended
            .or(farthest)
            .unwrap_or_else(|| no_anchor(self.pool.certificate(Pool::LEAF))))
    }

    /// Completes `path` to an anchor; `None` leaves it as it was.
    fn extend(&mut self, path: &mut Vec<usize>) -> Option<Found> {
        let last = path[path.len() - 1];
        let certificate = self.pool.certificate(last);
        if self.pool.is_anchor(last) {
            return self.complete(path);
        }
        if path.len() == MAX_DEPTH {
            self.note(2, PathError::Limit);
            return None;
        }
        let mut candidates = self.pool.issuers_of(certificate, self.at);
        if candidates.is_empty() {
            self.note(0, no_anchor(certificate));
        }
        let too_many = candidates.len() > MAX_WIDTH;
        candidates.truncate(MAX_WIDTH);
        for candidate in candidates {
            // A loop through the same name and key proves nothing new (X.509 §10).
            let seen = path
                .iter()
                .any(|other| self.pool.same_authority(*other, candidate));
            if seen {
                self.note(0, no_anchor(certificate));
                continue;
            }
            if self.steps == MAX_STEPS {
                self.end(PathError::Limit);
            }
            if self.ended.is_some() {
                return None;
            }
            self.steps += 1;
            if !self.is_signed_by(last, candidate) || !self.may_issue(candidate, path) {
                continue;
            }
            path.push(candidate);
            if let Some(found) = self.extend(path) {
                return Some(found);
            }
            path.pop();
        }
        if too_many {
            self.end(PathError::Limit);
        }
        None
    }

    /// Holds a complete path against §6.1.
    fn complete(&mut self, path: &[usize]) -> Option<Found> {
        if self.paths == MAX_PATHS {
            self.end(PathError::Limit);
            return None;
        }
        self.paths += 1;
        let certificates: Vec<Certificate> = path
            .iter()
            .map(|index| self.pool.certificate(*index).clone())
            .collect();
        match check(&certificates, self.at, self.inputs, &mut self.comparisons) {
            Ok(policies) => return Some((certificates, policies)),
            Err(PathError::Limit) => self.end(PathError::Limit),
            Err(reason) => {
                // What the leaf lacks by itself no other path gives it.
                if own_merits(&certificates[0], self.at).as_ref() == Err(&reason) {
                    self.end(reason.clone());
                }
                self.note(3, reason);
            }
        }
        None
    }

    fn is_signed_by(&mut self, subject: usize, issuer: usize) -> bool {
        let question = (subject, self.pool.key_of(issuer));
        if !self.verified.contains_key(&question) && self.verified.len() == MAX_SIGNATURES {
            self.end(PathError::Limit);
            return false;
        }
        let certificate = self.pool.certificate(subject);
        let key = self.pool.certificate(issuer).public_key();
        let verdict = self
            .verified
            .entry(question)
            .or_insert_with(|| certificate.verify_signature(key))
            .clone();
        let Err(reason) = verdict else {
            return true;
        };
        let subject = certificate.subject().rfc4514();
        self.note(1, PathError::Signature { subject, reason });
        false
    }

    /// Whoever may not issue is left out at once, unless the path ends there and says why by itself.
    fn may_issue(&mut self, candidate: usize, path: &[usize]) -> bool {
        if self.pool.is_anchor(candidate) {
            return true;
        }
        let below: Vec<Certificate> = path[1..]
            .iter()
            .map(|index| self.pool.certificate(*index).clone())
            .collect();
        match issuer(self.pool.certificate(candidate), &below) {
            Ok(()) => true,
            Err(reason) => {
                self.note(2, reason);
                false
            }
        }
    }

    fn note(&mut self, progress: u8, reason: PathError) {
        if self
            .reason
            .as_ref()
            .is_none_or(|(known, _)| progress > *known)
        {
            self.reason = Some((progress, reason));
        }
    }

    fn end(&mut self, reason: PathError) {
        self.ended.get_or_insert(reason);
    }
}

/// All certificates at hand, each once, by the name that they certify.
struct Pool<'a> {
    entries: Vec<Entry<'a>>,
    by_subject: HashMap<&'a Name, Vec<usize>>,
}

struct Entry<'a> {
    certificate: &'a Certificate,
    anchor: bool,
    /// The first entry with this key.
    key: usize,
}

impl<'a> Pool<'a> {
    const LEAF: usize = 0;

    /// The store comes before what a message brought, so that no bundle crowds out what an operator laid
    /// down.
    fn new(leaf: &'a Certificate, extra: &'a [Certificate], trust: &'a TrustStore) -> Self {
        let mut pool = Self {
            entries: Vec::new(),
            by_subject: HashMap::new(),
        };
        let (mut known, mut keys) = (HashSet::new(), HashMap::new());
        let mut add = |certificate: &'a Certificate, anchor: bool| {
            if !known.insert(certificate) {
                return;
            }
            let index = pool.entries.len();
            let key = *keys
                .entry(certificate.public_key().spki_der())
                .or_insert(index);
            pool.entries.push(Entry {
                certificate,
                anchor,
                key,
            });
            pool.by_subject
                .entry(certificate.subject())
                .or_default()
                .push(index);
        };
        add(leaf, trust.anchors.contains(leaf));
        trust.anchors.iter().for_each(|anchor| add(anchor, true));
        let helpers = trust.intermediates.iter().chain(extra);
        helpers.for_each(|helper| add(helper, false));
        pool
    }

    fn certificate(&self, index: usize) -> &'a Certificate {
        self.entries[index].certificate
    }

    fn is_anchor(&self, index: usize) -> bool {
        self.entries[index].anchor
    }

    fn key_of(&self, index: usize) -> usize {
        self.entries[index].key
    }

    fn same_authority(&self, one: usize, other: usize) -> bool {
        let (a, b) = (self.certificate(one), self.certificate(other));
        a.subject() == b.subject()
            && (self.key_of(one) == self.key_of(other) || a.public_key() == b.public_key())
    }

    /// What has the issuer's name and no contradicting key identifier; the likeliest first: anchors, then
    /// those whose key identifier is the one that is named, then those that are valid at the time.
    fn issuers_of(&self, subject: &Certificate, at: UnixTime) -> Vec<usize> {
        let named = self.by_subject.get(subject.issuer());
        let mut found: Vec<(u8, usize)> = named
            .into_iter()
            .flatten()
            .filter_map(|index| {
                let candidate = self.certificate(*index);
                let identified = match (subject.akid(), candidate.skid()) {
                    (Some(akid), Some(skid)) if akid != skid => return None,
                    (Some(_), Some(_)) => 0,
                    _ => 2,
                };
                let anchor = if self.is_anchor(*index) { 0 } else { 4 };
                let valid = u8::from(!candidate.is_valid_at(at));
                Some((anchor + identified + valid, *index))
            })
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, index)| index).collect()
    }
}

fn no_anchor(subject: &Certificate) -> PathError {
    PathError::NoAnchor {
        issuer: subject.issuer().rfc4514(),
    }
}
