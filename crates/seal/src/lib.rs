//! Seals on documents: place, append, verify, difference, report.
