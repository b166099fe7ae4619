//! The verifier of OFD: every signature of a file in layers, each with its result, reason and clause, in
//! the same report as for PDF.

mod coverage;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    Check, CheckResult, Layer, Place, Report, ReportedDocument, ReportedSignature, Verdict,
};
use pki::{Certificate, HashAlgorithm};

use super::content::{content_digest, signature_files};
use super::document::{Document, OfdError, PageGeometry};
use super::package::PackageError;
use super::reasons::{self, because};
use super::signatures::{self, Description, Kind, Listed};
use crate::pdf::{VerifyOptions, rfc3339};
use coverage::Digests;

/// Points to a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// Verifies all signatures of an OFD.
#[must_use]
pub fn verify(file: &[u8], options: &VerifyOptions<'_>) -> Report {
    let mut document = ReportedDocument {
        name: options.name.clone(),
        size: file.len() as u64,
        sha256: None,
        pages: None,
        revisions: None,
    };
    let (checks, signatures) = match Document::open(file) {
        Err(error) => (vec![broken(&error)], Vec::new()),
        Ok(ofd) => {
            document.pages = u32::try_from(ofd.pages().count()).ok();
            match signature_files(&ofd).and_then(|own| Ok((signatures(&ofd, &own, options)?, own)))
            {
                Ok((signatures, own)) => (structure(&ofd, &own), signatures),
                Err(error) => (vec![broken(&error)], Vec::new()),
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

/// The certificates that the file's signatures name as their signers, for whoever fetches evidence. A file
/// that cannot be read has none.
#[must_use]
pub fn signer_certificates(file: &[u8]) -> Vec<Certificate> {
    let Ok(ofd) = Document::open(file) else {
        return Vec::new();
    };
    let mut found: Vec<Certificate> = Vec::new();
    for body in &ofd.bodies {
        for listed in signatures::list(&ofd.package, body).unwrap_or_default() {
            let Ok(description) = Description::read(&ofd.package, &listed.path) else {
                continue;
            };
            for certificate in value::certificates(&ofd.package, &description) {
                if !found.contains(&certificate) {
                    found.push(certificate);
                }
            }
        }
    }
    found
}

fn broken(error: &OfdError) -> Check {
    let result = match error {
        OfdError::Package(PackageError::Encrypted(_)) => CheckResult::Indeterminate,
        _ => CheckResult::Failed,
    };
    because(
        Layer::Structure,
        result,
        reasons::broken(error),
        Some(&error.to_string()),
    )
}

/// What of the file as a whole cannot be judged — several documents, versions — and seals that were taken off
/// the list and left in the package.
fn structure(ofd: &Document<'_>, own: &BTreeSet<String>) -> Vec<Check> {
    let unknown = |word| because(Layer::Structure, CheckResult::Indeterminate, word, None);
    let mut checks = Vec::new();
    if ofd.bodies.len() > 1 {
        checks.push(unknown("several_documents"));
    }
    if ofd.bodies.iter().any(|body| body.versions) {
        checks.push(unknown("document_versions"));
    }
    let unlisted = ofd.package.files().find(|entry| {
        let file = entry.name.rsplit('/').next().unwrap_or_default();
        file.eq_ignore_ascii_case("Signature.xml") && !own.contains(&entry.name)
    });
    if let Some(entry) = unlisted {
        checks.push(because(
            Layer::Structure,
            CheckResult::Failed,
            "signature_not_listed",
            Some(&entry.name),
        ));
    }
    if checks.is_empty() {
        checks.push(Check::passed(Layer::Structure).clause("GB/T 33190-2016 7.2"));
    }
    checks
}

/// One signature, read as far as it can be.
struct Found {
    listed: Listed,
    description: Result<Description, OfdError>,
}

fn signatures(
    ofd: &Document<'_>,
    infrastructure: &BTreeSet<String>,
    options: &VerifyOptions<'_>,
) -> Result<Vec<ReportedSignature>, OfdError> {
    let mut digests = Digests::new(ofd)?;
    let mut reported = Vec::new();
    for body in &ofd.bodies {
        let found: Vec<Found> = signatures::list(&ofd.package, body)?
            .into_iter()
            .map(|listed| Found {
                description: Description::read(&ofd.package, &listed.path),
                listed,
            })
            .collect();
        for (index, one) in found.iter().enumerate() {
            let mut report = blank(&one.listed);
            let mut checks = Vec::new();
            match &one.description {
                Err(error) => checks.push(because(
                    Layer::Structure,
                    CheckResult::Failed,
                    reasons::broken(error),
                    Some(&error.to_string()),
                )),
                Ok(description) => {
                    let places = places(ofd, description);
                    checks.push(stamps(one.listed.kind, description, &places));
                    let subject = coverage::Subject {
                        path: &one.listed.path,
                        description,
                        list: body.signatures.as_deref().unwrap_or_default(),
                        infrastructure,
                    };
                    checks.extend(coverage::checks(&subject, &mut digests)?);
                    checks.extend(later(description, &found[index + 1..]));
                    let intent = value::judge(
                        &ofd.package,
                        &one.listed,
                        description,
                        options,
                        &mut report,
                        &mut checks,
                    );
                    seal_intent(ofd, intent, &places, &mut report, &mut checks)?;
                    report.place = places.first().copied().flatten();
                }
            }
            checks.sort_by_key(|check| check.layer);
            report.verdict = verdict(&checks);
            report.checks = checks;
            reported.push(report);
        }
    }
    Ok(reported)
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

fn blank(listed: &Listed) -> ReportedSignature {
    ReportedSignature {
        verdict: Verdict::Invalid,
        format: "OFD".into(),
        field: Some(listed.id.clone()),
        revision: None,
        place: None,
        signer: None,
        claimed_time: None,
        proved_time: None,
        shown: None,
        checks: Vec::new(),
    }
}

/// Where the stamps show, in PDF points from the lower left corner; `None` for one on no page, or cut away.
fn places(ofd: &Document<'_>, description: &Description) -> Vec<Option<Place>> {
    let mut known: BTreeMap<&str, Option<(u32, PageGeometry)>> = BTreeMap::new();
    let mut geometry = |id: &str| {
        let (index, (_, page)) = ofd
            .pages()
            .enumerate()
            .find(|(_, (_, page))| page.id == id)?;
        *known.entry(&page.id).or_insert_with(|| {
            let number = u32::try_from(index).ok()? + 1;
            Some((number, ofd.geometry(number).ok()?))
        })
    };
    description
        .stamps
        .iter()
        .map(|stamp| {
            let (page, geometry) = geometry(&stamp.page)?;
            let [x, y, width, height] = stamp.visible()?;
            let (left, top) = (x - geometry.x, y - geometry.y);
            let bottom = geometry.height_mm - top - height;
            Some(Place {
                page,
                rect: [left, bottom, left + width, bottom + height].map(|mm| mm * POINTS),
            })
        })
        .collect()
}

/// A seal shows on pages that there are; what is no seal shows none.
fn stamps(kind: Kind, description: &Description, places: &[Option<Place>]) -> Check {
    let failed =
        |word, detail: Option<&str>| because(Layer::Structure, CheckResult::Failed, word, detail);
    let lost = description
        .stamps
        .iter()
        .zip(places)
        .find(|(_, place)| place.is_none());
    if let Some((stamp, _)) = lost {
        return failed("stamp_on_no_page", Some(&stamp.id));
    }
    if kind == Kind::Sign && !description.stamps.is_empty() {
        return failed("stamp_without_seal", None);
    }
    Check::passed(Layer::Structure).clause("GB/T 33190-2016 18.2")
}

/// A later seal over this one would hide it.
fn later(description: &Description, later: &[Found]) -> Option<Check> {
    let overlap = |a: [f64; 4], b: [f64; 4]| {
        a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
    };
    let others = later
        .iter()
        .filter_map(|found| found.description.as_ref().ok());
    let over = others.flat_map(|other| &other.stamps).find(|other| {
        description.stamps.iter().any(|own| {
            own.page == other.page
                && own
                    .visible()
                    .zip(other.visible())
                    .is_some_and(|(own, other)| overlap(own, other))
        })
    })?;
    Some(because(
        Layer::Changes,
        CheckResult::Failed,
        "later_seal_covers_this",
        Some(&over.id),
    ))
}

/// What the signer was shown, against what was sealed.
fn seal_intent(
    ofd: &Document<'_>,
    intent: value::Intent,
    places: &[Option<Place>],
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) -> Result<(), OfdError> {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let Some(intent) = intent else {
        checks.push(check(CheckResult::NotApplicable, "no_seal_intent", None));
        return Ok(());
    };
    let Some(shown) = intent.ok().and_then(|intent| intent.shown().ok()) else {
        checks.push(check(CheckResult::Failed, "seal_intent_malformed", None));
        return Ok(());
    };
    let algorithm: HashAlgorithm = shown.document_digest.algorithm.algorithm();
    let digest: String = content_digest(ofd, algorithm)?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let pages_shown = places
        .iter()
        .flatten()
        .all(|place| shown.pages.contains(&place.page));
    checks.push(if digest != shown.document_digest.value_hex {
        check(
            CheckResult::Failed,
            "shown_another_document",
            Some(&shown.document),
        )
    } else if !pages_shown {
        check(CheckResult::Failed, "shown_another_page", None)
    } else {
        check(CheckResult::Passed, "shown_what_was_sealed", None)
    });
    report.shown = Some(shown);
    Ok(())
}
