//! What the fuzz targets do with their bytes.
//!
//! Each body takes any bytes, must never panic, and says whether it could read them: so that a corpus which nothing reads
//! any more is found out. What must hold for bytes that could be read is asserted. libFuzzer drives them by
//! `fuzz/fuzz_targets`; the tests of this crate run them over their corpus and over mutations of it.
//!
//! | module | what comes from outside |
//! |---|---|
//! | [`pdf`] | files to seal and to judge |
//! | [`der`] | certificates, requests, lists, answers, time stamps, signatures |
//! | [`ofd`] | OFD packages, seal objects and seal signatures |
//! | [`text`] | orders to the authority, messages between page and agent, catalogue files |

pub mod der;
pub mod mutate;
pub mod ofd;
pub mod pdf;
pub mod text;

/// A fuzz target.
pub struct Target {
    /// Its name: of the program in `fuzz/fuzz_targets`, and of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// Reads the bytes; `true` where they were what it reads.
    pub body: fn(&[u8]) -> bool,
}

/// Every target.
pub const TARGETS: [Target; 16] = [
    target("walk", pdf::walk),
    target("verify", pdf::verify),
    target("inspect", pdf::inspect),
    target("append", pdf::append),
    target("keyword", pdf::keyword),
    target("certificate", der::certificate),
    target("request", der::request),
    target("crl", der::crl),
    target("ocsp", der::ocsp),
    target("tsp", der::tsp),
    target("cms", der::cms),
    target("ofd", ofd::ofd),
    target("ses", ofd::ses),
    target("order", text::order),
    target("writing", text::writing),
    target("catalogue", text::catalogue),
];

const fn target(name: &'static str, body: fn(&[u8]) -> bool) -> Target {
    Target { name, body }
}
