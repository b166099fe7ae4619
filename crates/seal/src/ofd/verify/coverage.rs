//! What a signature's references cover, whether it is still what they name, and what they leave open.
//!
//! The standard lets a signer choose what to cover (§18.2.2). A reader cannot see what was left out, so here
//! *valid* needs every file covered but the list of signatures and the signatures' own files: those are
//! what a later seal has to change or add. Because the list stays open, a seal that was removed whole leaves
//! no trace; the report says so.

use std::collections::{BTreeMap, BTreeSet};

use contract::{Check, CheckResult, Layer};
use pki::HashAlgorithm;

use crate::ofd::document::{Document, OfdError};
use crate::ofd::reasons::because;
use crate::ofd::signatures::Description;

const CLAUSE: &str = "GB/T 33190-2016 18.2.2";

/// Digests of all files, each made once for a hash function.
pub(super) struct Digests<'d, 'a> {
    ofd: &'d Document<'a>,
    sm3: BTreeMap<String, Vec<u8>>,
    sha256: Option<BTreeMap<String, Vec<u8>>>,
}

impl<'d, 'a> Digests<'d, 'a> {
    /// Unpacks and hashes every file, so that damaged ones are found whether they are covered or not.
    pub(super) fn new(ofd: &'d Document<'a>) -> Result<Self, OfdError> {
        Ok(Self {
            ofd,
            sm3: all(ofd, HashAlgorithm::Sm3)?,
            sha256: None,
        })
    }

    fn of(&mut self, path: &str, algorithm: HashAlgorithm) -> Result<Option<&[u8]>, OfdError> {
        let digests = match algorithm {
            HashAlgorithm::Sm3 => &self.sm3,
            _ => {
                if self.sha256.is_none() {
                    self.sha256 = Some(all(self.ofd, HashAlgorithm::Sha256)?);
                }
                self.sha256.get_or_insert_default()
            }
        };
        Ok(digests.get(path).map(Vec::as_slice))
    }
}

fn all(
    ofd: &Document<'_>,
    algorithm: HashAlgorithm,
) -> Result<BTreeMap<String, Vec<u8>>, OfdError> {
    ofd.package
        .files()
        .map(|entry| Ok((entry.name.clone(), ofd.package.digest(entry, algorithm)?)))
        .collect()
}

/// One signature and what stands around it.
pub(super) struct Subject<'s> {
    /// Path of its Signature.xml.
    pub path: &'s str,
    pub description: &'s Description,
    /// Path of the list of signatures.
    pub list: &'s str,
    /// Every file that belongs to a listed signature, and the list.
    pub infrastructure: &'s BTreeSet<String>,
}

pub(super) fn checks(
    subject: &Subject<'_>,
    digests: &mut Digests<'_, '_>,
) -> Result<Vec<Check>, OfdError> {
    let description = subject.description;
    let algorithm = match &description.check_method {
        Ok(algorithm) => *algorithm,
        Err(name) => {
            return Ok(vec![
                because(
                    Layer::Integrity,
                    CheckResult::Failed,
                    "digest_method",
                    Some(name),
                )
                .clause(CLAUSE),
                because(
                    Layer::Coverage,
                    CheckResult::Failed,
                    "nothing_covered",
                    None,
                )
                .clause(CLAUSE),
                because(
                    Layer::Changes,
                    CheckResult::Indeterminate,
                    "nothing_covered",
                    None,
                ),
            ]);
        }
    };
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut changed: Vec<&str> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut list_changed = false;
    for reference in &description.references {
        let Some(path) = reference.path.as_deref() else {
            missing.push(&reference.location);
            continue;
        };
        let digest = digests.of(path, algorithm)?;
        if digest.is_some() && digest == reference.check_value.as_deref() {
            covered.insert(path);
        } else if path == subject.list {
            list_changed = true;
        } else {
            changed.push(path);
        }
    }
    let mut checks = vec![references(&changed, &missing, covered.is_empty())];
    checks.extend(coverage(
        subject,
        &covered,
        &changed,
        list_changed,
        digests.ofd,
    ));
    checks.push(changes(subject, list_changed));
    Ok(checks)
}

/// Every digest that the signature names is still the file's.
fn references(changed: &[&str], missing: &[&str], nothing: bool) -> Check {
    let failed = |word, detail: Option<&str>| {
        because(Layer::Integrity, CheckResult::Failed, word, detail).clause(CLAUSE)
    };
    if let Some(path) = changed.first() {
        failed("covered_file_changed", Some(&some_of(path, changed.len())))
    } else if let Some(path) = missing.first() {
        failed("covered_file_missing", Some(&some_of(path, missing.len())))
    } else if nothing {
        failed("nothing_covered", None)
    } else {
        Check::passed(Layer::Integrity).clause(CLAUSE)
    }
}

fn coverage(
    subject: &Subject<'_>,
    covered: &BTreeSet<&str>,
    changed: &[&str],
    list_changed: bool,
    ofd: &Document<'_>,
) -> Vec<Check> {
    let open: Vec<&str> = ofd
        .package
        .files()
        .map(|entry| entry.name.as_str())
        .filter(|name| !covered.contains(name) && !changed.contains(name))
        .filter(|name| !subject.infrastructure.contains(*name))
        .collect();
    let mut checks = vec![match open.first() {
        Some(path) => because(
            Layer::Coverage,
            CheckResult::Failed,
            "files_not_covered",
            Some(&some_of(path, open.len())),
        )
        .clause(CLAUSE),
        None => Check::passed(Layer::Coverage).clause(CLAUSE),
    }];
    if !covered.contains(subject.list) && !list_changed {
        checks.push(because(
            Layer::Coverage,
            CheckResult::NotApplicable,
            "signature_list_open",
            Some(subject.list),
        ));
    }
    checks
}

/// What was added behind this signature: only other signatures, each judged for itself.
fn changes(subject: &Subject<'_>, list_changed: bool) -> Check {
    if list_changed {
        return because(
            Layer::Changes,
            CheckResult::Failed,
            "signature_list_changed",
            Some(subject.list),
        )
        .clause(CLAUSE);
    }
    let own = [
        Some(subject.path),
        Some(subject.description.signed_value.as_str()),
        subject.description.seal.as_deref(),
        Some(subject.list),
    ];
    let named: BTreeSet<&str> = subject
        .description
        .references
        .iter()
        .filter_map(|reference| reference.path.as_deref())
        .collect();
    let others = subject
        .infrastructure
        .iter()
        .any(|file| !own.contains(&Some(file)) && !named.contains(file.as_str()));
    if others {
        Check::passed(Layer::Changes).clause(CLAUSE)
    } else {
        because(
            Layer::Changes,
            CheckResult::NotApplicable,
            "nothing_added",
            None,
        )
    }
}

/// The first of several, and how many there are.
fn some_of(path: &str, count: usize) -> String {
    match count {
        1 => path.to_owned(),
        count => format!("{path} … {count}"),
    }
}
