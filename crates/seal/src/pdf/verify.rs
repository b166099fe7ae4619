//! The verifier: every signature of a file in layers, each with its result, reason and clause.
//!
//! *Valid* stands only where every layer passed or does not apply. A file that cannot be walked
//! strictly is invalid, whatever its signatures say.

mod ber;
mod evidence;
mod packed;
mod reasons;
mod scan;
mod signer;
mod stamps;
mod standing;

use std::sync::Arc;

use contract::{
    Check, CheckResult, Layer, Place, Report, ReportedDocument, ReportedSignature, Verdict,
};
use pki::UnixTime;
use pki::path::TrustStore;

use super::SubFilter;
use super::diff::{Changes, Denial};
use super::digest::{self, Covered};
use super::document::Document;
use super::form::{self, WidgetPlace};
use super::object::Object;
use super::pages;
use super::revision::WalkError;
use super::second_parser;
use super::signature::{self, FoundSignature};
use super::source::Source;
use super::time::rfc3339;

use evidence::Evidence;
use packed::{Body, Packed};
use reasons::because;
use signer::Question;
pub(crate) use signer::{describe, trust};
use standing::{Context, Proof};

/// Pages × (signatures + later revisions) that are looked at before giving up.
const MAX_PAGE_LOOKS: usize = 4_000_000;

/// What a verification accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Formats that may be valid. A signature in another one is reported, never valid.
    pub sub_filters: Vec<SubFilter>,
    /// A certificate that announces no revocation source is indeterminate, not merely noted.
    pub require_revocation_source: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            sub_filters: SubFilter::ALL.to_vec(),
            require_revocation_source: false,
        }
    }
}

/// What a verification needs to know.
#[derive(Debug, Clone)]
pub struct VerifyOptions<'a> {
    /// Anchors, intermediates, revocation lists.
    pub trust: &'a TrustStore,
    /// The time for which certificates and evidence are judged.
    pub at: UnixTime,
    /// What is accepted.
    pub policy: Policy,
    /// The file's name, for the report.
    pub name: Option<String>,
}

/// Verifies all signatures of a file.
///
/// The file is shared rather than borrowed because the second parser keeps it; a map in an `Arc`
/// costs nothing.
pub fn verify<F: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<F>,
    options: &VerifyOptions<'_>,
) -> Report {
    let bytes: &[u8] = (**file).as_ref();
    let mut document = ReportedDocument {
        name: options.name.clone(),
        size: bytes.len() as u64,
        sha256: None,
        pages: None,
        revisions: None,
    };
    let (checks, signatures) = match Document::open(Source::whole(bytes)) {
        Err(error) => (
            vec![because(
                Layer::Structure,
                CheckResult::Failed,
                reasons::walk(&error),
                Some(&error.to_string()),
            )],
            scan::signatures(bytes),
        ),
        Ok(walked) => {
            document.revisions = Some(walked.revisions().len() as u32);
            let check = structure(file, &walked, &mut document);
            let failed = check.result != CheckResult::Passed;
            match signatures(&walked, options) {
                Ok(signatures) => (vec![check], signatures),
                Err(_) if failed => (vec![check], scan::signatures(bytes)),
                Err(error) => (
                    vec![because(
                        Layer::Structure,
                        CheckResult::Failed,
                        reasons::walk(&error),
                        Some(&error.to_string()),
                    )],
                    scan::signatures(bytes),
                ),
            }
        }
    };
    Report {
        verdict: Report::overall(&checks, &signatures),
        verified_at: Some(rfc3339(options.at)),
        document: Some(document),
        checks,
        signatures,
    }
}

/// Rule 3 and rule 7: strict structure, and two parsers that agree.
fn structure<F: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<F>,
    document: &Document<'_>,
    report: &mut ReportedDocument,
) -> Check {
    if document.is_encrypted() {
        return because(
            Layer::Structure,
            CheckResult::Indeterminate,
            "encrypted",
            None,
        );
    }
    let xfa = form::form(&document.latest()).is_ok_and(|form| form.iter().any(|form| form.xfa));
    if xfa {
        return because(Layer::Structure, CheckResult::Indeterminate, "xfa", None);
    }
    let pages = match pages::pages(&document.latest()) {
        Ok(pages) => pages.len(),
        Err(error) => {
            return because(
                Layer::Structure,
                CheckResult::Failed,
                reasons::walk(&error),
                Some(&error.to_string()),
            );
        }
    };
    report.pages = Some(pages as u32);
    let stray = document
        .revisions()
        .iter()
        .filter(|revision| !revision.hybrid)
        .find_map(|revision| revision.strays.first());
    if let Some(stray) = stray {
        return because(
            Layer::Structure,
            CheckResult::Failed,
            "object_outside_revision",
            Some(&format!("object {stray}")),
        );
    }
    match second_parser::page_count(file) {
        Some(count) if count == pages => Check::passed(Layer::Structure).clause("ISO 32000-2 7.5"),
        other => {
            let detail = format!(
                "{pages} / {}",
                other.map_or("-".into(), |count| count.to_string())
            );
            because(
                Layer::Structure,
                CheckResult::Failed,
                "page_count_disagrees",
                Some(&detail),
            )
        }
    }
}

fn signatures(
    document: &Document<'_>,
    options: &VerifyOptions<'_>,
) -> Result<Vec<ReportedSignature>, WalkError> {
    let found = signature::find(document)?;
    let Some(first) = found.first() else {
        return Ok(Vec::new());
    };
    // Every signature and every later revision looks at every page.
    let looks = found.len() + document.revisions().len() - first.revision;
    if pages::pages(&document.latest())?
        .len()
        .saturating_mul(looks)
        > MAX_PAGE_LOOKS
    {
        return Err(WalkError::TooManyRevisions);
    }
    let changes = Changes::of(document, first.revision);
    let packed: Vec<Option<Packed>> = found
        .iter()
        .map(|signature| {
            signature
                .parts
                .as_ref()
                .ok()
                .map(|parts| Packed::read(signature, parts))
        })
        .collect();
    let digests = hash(document, &found, &packed);
    let mut evidence = Evidence::default();
    evidence.add_store(document)?;
    for (signature, packed) in found.iter().zip(&packed) {
        if let Some(Ok(Body::Cms(cms))) = packed.as_ref().map(|packed| &packed.body) {
            evidence.add_cms(cms, signature.revision);
        }
    }
    let mut context = Context::new(options, evidence);
    let mut stamps = stamps(&found, &packed, &digests, &mut context);
    let mut reported = Vec::new();
    for (index, (signature, packed)) in found.iter().zip(&packed).enumerate() {
        let mut checks = place_checks(signature);
        let places = shown_places(document, signature)?;
        let mut report = blank(signature, &places);
        checks.push(changes_check(document, signature, &changes));
        if let Some(packed) = packed {
            let mut pages: Vec<u32> = places.iter().map(|place| place.page).collect();
            pages.dedup();
            let question = Question {
                digests: &digests[index],
                revision: signature.revision,
                pages: &pages,
                context: &context,
            };
            packed.judge(&question, &mut report, &mut checks);
            if let (Some(token), Some(judged)) = (packed.stamp(), stamps[index].take()) {
                report.signer = stamps::authority(token, &context).map(signer::describe);
                report.claimed_time = Some(rfc3339(token.info().gen_time));
                report.proved_time = judged.time.map(rfc3339);
                checks.extend(judged.checks);
            }
        }
        checks.sort_by_key(|check| check.layer);
        report.verdict = verdict(&checks);
        report.checks = checks;
        reported.push(report);
    }
    Ok(reported)
}

/// Judges the document time stamps, the newest first: each vouches for the ones before it.
fn stamps(
    found: &[FoundSignature],
    packed: &[Option<Packed>],
    digests: &[signer::Digests],
    context: &mut Context<'_>,
) -> Vec<Option<stamps::Judged>> {
    let mut judged: Vec<Option<stamps::Judged>> = Vec::new();
    judged.resize_with(found.len(), || None);
    for index in (0..found.len()).rev() {
        let Some(token) = packed[index].as_ref().and_then(Packed::stamp) else {
            continue;
        };
        let revision = found[index].revision;
        let existed = context.existed(revision);
        let one = stamps::judge(token, digests[index].covered.as_deref(), context, existed);
        if let Some(time) = one.time {
            context.prove(Proof { revision, time });
        }
        judged[index] = Some(one);
    }
    judged
}

/// Valid only where each layer that proves something was looked at.
fn verdict(checks: &[Check]) -> Verdict {
    let needed = [
        Layer::Structure,
        Layer::Integrity,
        Layer::Coverage,
        Layer::Changes,
        Layer::Path,
        Layer::Revocation,
    ];
    let complete = needed
        .iter()
        .all(|layer| checks.iter().any(|check| check.layer == *layer));
    match Verdict::of(checks) {
        Verdict::Valid if !complete => Verdict::Indeterminate,
        verdict => verdict,
    }
}

/// Where the signature shows, by page.
fn shown_places(
    document: &Document<'_>,
    signature: &FoundSignature,
) -> Result<Vec<WidgetPlace>, WalkError> {
    let view = document.view(signature.revision);
    let mut places = form::places(&view, &signature.widgets)?;
    places.retain(|place| place.rect.width() > 0.0 && place.rect.height() > 0.0);
    Ok(places)
}

fn blank(signature: &FoundSignature, places: &[WidgetPlace]) -> ReportedSignature {
    let claimed = signature
        .dictionary
        .get("M")
        .and_then(Object::as_string)
        .and_then(|date| super::time::from_pdf_date(&date.bytes));
    ReportedSignature {
        verdict: Verdict::Invalid,
        format: signature.sub_filter().unwrap_or_default(),
        field: Some(signature.field.clone()).filter(|field| !field.is_empty()),
        revision: Some(signature.revision as u32 + 1),
        place: places.first().map(|place| Place {
            page: place.page,
            rect: [place.rect.x0, place.rect.y0, place.rect.x1, place.rect.y1],
        }),
        signer: None,
        claimed_time: claimed.map(rfc3339),
        proved_time: None,
        shown: None,
        checks: Vec::new(),
    }
}

/// Rules 1 and 2: the signature's own place and what its range covers.
fn place_checks(signature: &FoundSignature) -> Vec<Check> {
    let clause = "ISO 32000-2 12.8.1";
    match &signature.parts {
        Ok(_) => vec![
            Check::passed(Layer::Structure).clause(clause),
            Check::passed(Layer::Coverage).clause(clause),
        ],
        Err(error) => {
            let layer = if error.concerns_coverage() {
                Layer::Coverage
            } else {
                Layer::Structure
            };
            vec![because(layer, CheckResult::Failed, error.word(), None)]
        }
    }
}

/// Rules 5 and 6: what later revisions did.
fn changes_check(
    document: &Document<'_>,
    signature: &FoundSignature,
    changes: &Result<Changes, WalkError>,
) -> Check {
    let denials: Result<Vec<Denial>, WalkError> = match changes {
        Ok(changes) => changes.against(document, signature),
        Err(error) => Err(error.clone()),
    };
    match denials {
        Err(error) => because(
            Layer::Changes,
            CheckResult::Failed,
            reasons::walk(&error),
            Some(&error.to_string()),
        ),
        Ok(denials) => match denials.first() {
            Some(denial) => because(
                Layer::Changes,
                CheckResult::Failed,
                denial.word,
                Some(&denial.what),
            ),
            None if signature.revision + 1 == document.revisions().len() => because(
                Layer::Changes,
                CheckResult::NotApplicable,
                "last_revision",
                None,
            ),
            None => Check::passed(Layer::Changes).clause("ISO 32000-2 12.8.2.2"),
        },
    }
}

/// Digests of everything that is asked for, in one pass for each hash function.
fn hash(
    document: &Document<'_>,
    found: &[FoundSignature],
    packed: &[Option<Packed>],
) -> Vec<signer::Digests> {
    let mut wanted: Vec<Covered> = Vec::new();
    let mut owners: Vec<(usize, bool)> = Vec::new();
    for (index, (signature, packed)) in found.iter().zip(packed).enumerate() {
        let (Ok(parts), Some(packed)) = (&signature.parts, packed) else {
            continue;
        };
        if let Some(algorithm) = packed.digest_algorithm() {
            wanted.push(Covered {
                algorithm,
                gap: parts.gap,
                end: parts.end,
            });
            owners.push((index, true));
        }
        if let (Some(algorithm), Some(before)) =
            (packed.shown_algorithm(), signature.revision.checked_sub(1))
        {
            // Line ends between the original and what was appended may belong to either.
            let before = &document.revisions()[before];
            for end in before.eof..=before.end.min(before.eof + 16) {
                wanted.push(Covered {
                    algorithm,
                    gap: (end, end),
                    end,
                });
                owners.push((index, false));
            }
        }
    }
    let mut results = vec![signer::Digests::default(); found.len()];
    for ((index, covered), digest) in owners
        .into_iter()
        .zip(digest::digests(document.source(), &wanted))
    {
        if covered {
            results[index].covered = Some(digest);
        } else {
            results[index].before.push(digest);
        }
    }
    results
}
