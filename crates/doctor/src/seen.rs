//! Evidence: what a check saw, typed, so that a report can leave out what is nobody's business.

use std::path::Path;

use serde::Serialize;

use crate::redact;

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Seen {
    /// A file or folder.
    Path {
        /// Its path.
        path: String,
    },
    /// A port of this computer.
    Port {
        /// Its number.
        port: u16,
        /// Who is there.
        holder: String,
    },
    /// A number of things.
    Count {
        /// Which.
        what: &'static str,
        /// How many.
        count: u64,
    },
    /// A version.
    Version {
        /// Of what.
        what: String,
        /// The version.
        version: String,
        /// Beside it: the newest, or the least that is needed.
        offered: String,
    },
    /// How long something took.
    Millis {
        /// Milliseconds.
        millis: u64,
    },
    /// A clock beside another.
    Skew {
        /// Seconds that this one is ahead.
        seconds: i64,
    },
    /// An instant.
    Time {
        /// Of what.
        what: &'static str,
        /// RFC 3339 UTC.
        at: String,
    },
    /// A key by its number.
    Key {
        /// The number.
        number: String,
    },
    /// A certificate by its serial number.
    Certificate {
        /// Hex.
        serial: String,
    },
    /// A program that runs.
    Process {
        /// Its name.
        name: String,
        /// Its number.
        pid: u32,
    },
    /// Who issued something, which CA, which vendor.
    Named {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A code of the contract, or of the system.
    Code {
        /// The code.
        code: String,
    },
    /// What a system said.
    Said {
        /// Its words.
        text: String,
    },
}

impl Seen {
    /// A path.
    #[must_use]
    pub fn path(path: &Path) -> Seen {
        Seen::Path {
            path: path.display().to_string(),
        }
    }

    /// What a system said.
    pub fn said(text: impl Into<String>) -> Seen {
        Seen::Said { text: text.into() }
    }

    /// A name.
    pub fn named(what: &'static str, name: impl Into<String>) -> Seen {
        Seen::Named {
            what,
            name: name.into(),
        }
    }

    /// As one line for a person.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Seen::Path { path } => path.clone(),
            Seen::Port { port, holder } => format!("{port}: {holder}"),
            Seen::Count { what, count } => format!("{what}: {count}"),
            Seen::Version {
                what,
                version,
                offered,
            } => format!("{what}: {version} (offered: {offered})"),
            Seen::Millis { millis } => format!("{millis} ms"),
            Seen::Skew { seconds } => format!("clock: {seconds:+} s"),
            Seen::Time { what, at } => format!("{what}: {at}"),
            Seen::Key { number } => format!("key: {number}"),
            Seen::Certificate { serial } => format!("certificate: {serial}"),
            Seen::Process { name, pid } => format!("program: {name} ({pid})"),
            Seen::Named { what, name } => format!("{what}: {name}"),
            Seen::Code { code } => format!("code: {code}"),
            Seen::Said { text } => text.clone(),
        }
    }

    /// The same for whoever is not the user: numbers of keys but for their last two characters, of a path the file's
    /// name, free text without what looks personal.
    #[must_use]
    pub fn redacted(&self) -> Seen {
        match self {
            Seen::Path { path } => Seen::Path {
                path: redact::file_name(path),
            },
            Seen::Key { number } => Seen::Key {
                number: redact::masked(number),
            },
            Seen::Certificate { serial } => Seen::Certificate {
                serial: redact::masked(serial),
            },
            Seen::Said { text } => Seen::Said {
                text: redact::scrub(text, &[]),
            },
            Seen::Named { what, name } => Seen::Named {
                what,
                name: redact::scrub(name, &[]),
            },
            other => other.clone(),
        }
    }
}
