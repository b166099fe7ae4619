//! The catalogue of failures. 1 to 46 are the users' own catalogue; those above were found while this system was
//! built. Where a manual has words for a case they are kept: its symptom to the letter, its remedy first.

mod agent;
mod browser;
mod certificate;
mod driver;
mod platform;
mod token;

use crate::Case;

/// All of it, by the link of the chain.
pub(crate) const TABLES: &[&[Case]] = &[
    browser::CASES,
    agent::CASES,
    driver::CASES,
    token::CASES,
    certificate::CASES,
    platform::CASES,
];
