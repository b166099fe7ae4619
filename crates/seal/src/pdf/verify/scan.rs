//! What can be said of the signatures in a file that cannot be walked.
//!
//! Such a file is invalid whatever stands here; this only finds the words `/ByteRange` in the raw
//! bytes, so that a reader learns what was done to it, and not only that it is broken.

use contract::{Check, CheckResult, Layer, ReportedSignature, Verdict};

use super::reasons::because;
use crate::pdf::syntax::Parser;

const MAX_FOUND: usize = 16;
const WORD: &[u8] = b"/ByteRange";

pub(super) fn signatures(file: &[u8]) -> Vec<ReportedSignature> {
    let mut found = Vec::new();
    let mut from = 0;
    while found.len() < MAX_FOUND
        && let Some(at) = find(&file[from..], WORD)
    {
        from += at + WORD.len();
        found.push(report(range_check(file, from)));
    }
    found
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// What stands under `/Contents` in the object around `at`, where that says it all.
fn contents_reason(file: &[u8], at: usize) -> Option<&'static str> {
    let start = memchr::memmem::rfind(&file[..at], b" obj")?;
    let end = at + find(&file[at..], b"endobj")?;
    let object = &file[start..end];
    let value = object[find(object, b"/Contents")? + b"/Contents".len()..].trim_ascii_start();
    let string = value
        .strip_prefix(b"<")
        .and_then(|rest| rest.split(|byte| *byte == b'>').next());
    match string {
        None if value.starts_with(b"null") => Some("contents_missing"),
        Some(digits) if digits.iter().all(|digit| *digit == b'0') => Some("contents_empty"),
        _ => None,
    }
}

fn range_check(file: &[u8], at: usize) -> Check {
    let failed = |layer, reason| because(layer, CheckResult::Failed, reason, None);
    if let Some(reason) = contents_reason(file, at) {
        return failed(Layer::Structure, reason);
    }
    let mut parser = Parser::new(&file[at..file.len().min(at + 256)], at as u64);
    parser.skip_whitespace();
    let numbers: Option<Vec<usize>> = parser.object().ok().and_then(|object| {
        object.as_array().map(|numbers| {
            numbers
                .iter()
                .map_while(|number| usize::try_from(number.as_integer()?).ok())
                .collect()
        })
    });
    let Some(numbers) = numbers else {
        return failed(Layer::Structure, "byte_range_missing");
    };
    let &[start, first, second, last] = numbers.as_slice() else {
        return failed(Layer::Structure, "byte_range_malformed");
    };
    let Some(end) = second
        .checked_add(last)
        .filter(|end| start == 0 && first < second && *end <= file.len())
    else {
        return failed(Layer::Coverage, "byte_range_bounds");
    };
    let gap = &file[first..second];
    let whole = gap.len() > 2
        && gap[0] == b'<'
        && gap[gap.len() - 1] == b'>'
        && gap[1..gap.len() - 1].iter().all(u8::is_ascii_hexdigit);
    if !whole {
        return failed(Layer::Coverage, "byte_range_gap");
    }
    if file[end..].iter().any(|byte| !byte.is_ascii_whitespace()) {
        return failed(Layer::Changes, "bytes_after_signature");
    }
    failed(Layer::Structure, "file_broken")
}

fn report(check: Check) -> ReportedSignature {
    ReportedSignature {
        verdict: Verdict::Invalid,
        format: String::new(),
        field: None,
        revision: None,
        place: None,
        signer: None,
        claimed_time: None,
        proved_time: None,
        shown: None,
        checks: vec![check],
    }
}
