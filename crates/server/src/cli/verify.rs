//! `yinxin verify PATH…`: the verification report of a file on the terminal, or as JSON; of several files or of folders
//! a line for each (with `--json` one object a line: `{path, report}` or `{path, error}`) and a summary at the end.
//!
//! Exit codes: 0 valid, 1 invalid or unsigned, 2 usage (a file or folder cannot be read), 3 indeterminate. Of several
//! files the worst counts, in the order 1, 2, 3, 0.

mod many;
mod text;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use catalogue::{Catalogue, CatalogueError};
use clap::{Args, ValueEnum};
use contract::Report;
use domain::Clock as _;
use evidence::{Fetcher, Mirror, NoCache};
use pki::path::TrustStore;
use pki::{HashAlgorithm, Hasher, UnixTime};

use crate::files::Mapped;
use crate::system::SystemClock;
use crate::verifying;

/// Options of `yinxin verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The files to verify, and folders whose PDF and OFD files are.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of anchors and intermediates (*.pem, *.cer), revocation lists (*.crl) and OCSP responses (*.ocsp).
    /// Without it the anchors of the catalogue count.
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// The time for which certificates and evidence are judged, such as 2026-11-22T18:00:00Z; now by default.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<UnixTime>,
    /// Fetches revocation lists from the addresses that the catalogue allows.
    #[arg(long)]
    online: bool,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
    /// Folder of provider files.
    #[arg(
        long,
        env = "YINXIN_CATALOGUE",
        default_value = "catalogue",
        value_name = "DIR"
    )]
    catalogue: PathBuf,
    /// Folder of the catalogue's anchors; may be given several times.
    #[arg(
        long,
        env = "YINXIN_ANCHORS",
        value_delimiter = ':',
        default_value = "anchors",
        value_name = "DIR"
    )]
    anchors: Vec<PathBuf>,
    /// Fetches evidence under one address from another: FROM=TO.
    #[arg(long = "evidence-mirror", value_name = "FROM=TO")]
    evidence_mirrors: Vec<Mirror>,
    /// Language of the report; by default that of the locale.
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// A language of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Trust(#[from] evidence::TrustDirError),
    #[error(
        "{0}\nname the catalogue with --catalogue DIR (or YINXIN_CATALOGUE), or the anchors with --trust DIR"
    )]
    Catalogue(CatalogueError),
    #[error(transparent)]
    Network(#[from] evidence::SetUpError),
    #[error("{0}")]
    Runtime(std::io::Error),
    #[error("the answer cannot be written: {0}")]
    Output(std::io::Error),
}

/// Verifies and prints.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let language = arguments
        .lang
        .unwrap_or_else(|| of_locale(|name| std::env::var_os(name)));
    let done = match arguments.paths.as_slice() {
        [path] if !path.is_dir() => one(arguments, path, language),
        _ => many::run(arguments, language),
    };
    done.unwrap_or_else(|error| {
        eprintln!("yinxin verify: {error}");
        ExitCode::from(2)
    })
}

fn one(arguments: &Arguments, path: &Path, language: Language) -> Result<ExitCode, VerifyError> {
    let report = Judge::new(arguments)?.report(path)?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|error| VerifyError::Output(error.into()))?;
        println!("{json}");
    } else {
        print!("{}", text::of(&report, language));
    }
    Ok(ExitCode::from(report.verdict.exit_code()))
}

/// What every file is judged by: read once.
struct Judge<'a> {
    arguments: &'a Arguments,
    at: UnixTime,
    catalogue: Option<Catalogue>,
    trust: TrustStore,
}

impl<'a> Judge<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self, VerifyError> {
        let catalogue = catalogue(arguments)?;
        let trust = match &arguments.trust {
            Some(folder) => evidence::load_trust_dir(folder)?.store,
            None => catalogue
                .as_ref()
                .map(verifying::catalogue_trust)
                .unwrap_or_default(),
        };
        Ok(Self {
            arguments,
            at: arguments.at.unwrap_or_else(|| SystemClock.now().into()),
            catalogue,
            trust,
        })
    }

    /// The report on a file. Lists that are fetched for one file serve the next ones, too.
    fn report(&mut self, path: &Path) -> Result<Report, VerifyError> {
        let file = Mapped::open(path).map_err(|source| VerifyError::File {
            path: path.to_owned(),
            source,
        })?;
        if self.arguments.online
            && let Some(catalogue) = &self.catalogue
        {
            let mirrors = &self.arguments.evidence_mirrors;
            fetch(&mut self.trust, &file, catalogue, self.at, mirrors)?;
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let catalogue = self.catalogue.as_ref();
        let mut report = verifying::verify(&file, &self.trust, self.at, name, catalogue);
        if let Some(document) = &mut report.document {
            document.sha256 = Some(sha256((*file).as_ref()));
        }
        Ok(report)
    }
}

/// With `--trust` the catalogue only adds names and addresses, so it may be missing.
fn catalogue(arguments: &Arguments) -> Result<Option<Catalogue>, VerifyError> {
    let anchors: Vec<&Path> = arguments.anchors.iter().map(PathBuf::as_path).collect();
    match Catalogue::load_with_anchors(&arguments.catalogue, &anchors) {
        Ok(catalogue) => Ok(Some(catalogue)),
        Err(CatalogueError::Read { .. } | CatalogueError::Empty { .. })
            if arguments.trust.is_some() =>
        {
            Ok(None)
        }
        Err(error) => Err(VerifyError::Catalogue(error)),
    }
}

fn fetch(
    trust: &mut TrustStore,
    file: &Arc<Mapped>,
    catalogue: &Catalogue,
    at: UnixTime,
    mirrors: &[Mirror],
) -> Result<(), VerifyError> {
    let fetcher = Fetcher::new(mirrors.to_vec(), Arc::new(NoCache))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(VerifyError::Runtime)?;
    let signers = verifying::signers((**file).as_ref());
    let fetcher = &fetcher;
    runtime.block_on(verifying::gather(
        trust,
        &signers,
        catalogue,
        at,
        |certificate, issuer, provider| async move {
            let gathered = fetcher.crls(&provider, &certificate, &issuer, at, 0).await;
            for (address, error) in &gathered.failures {
                eprintln!("yinxin verify: {address}: {error}");
            }
            gathered.crls
        },
    ));
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    for piece in bytes.chunks(4 * 1024 * 1024) {
        hasher.update(piece);
    }
    hex::encode(hasher.finalize())
}

fn parse_time(text: &str) -> Result<UnixTime, String> {
    let time: jiff::Timestamp = text
        .parse()
        .map_err(|_| "write the time as 2026-11-22T18:00:00Z or with an offset".to_owned())?;
    Ok(UnixTime(time.as_second()))
}

/// POSIX's order: `LC_ALL`, `LC_MESSAGES`, `LANG`. English unless one of them says Chinese.
fn of_locale(variable: impl Fn(&str) -> Option<OsString>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|v| !v.is_empty()));
    match set.is_some_and(|locale| locale.to_string_lossy().starts_with("zh")) {
        true => Language::Zh,
        false => Language::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_locale() {
        let with = |set: &'static [(&str, &str)]| {
            of_locale(move |name| {
                set.iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(with(&[("LANG", "zh_CN.UTF-8")]), Language::Zh);
        assert_eq!(
            with(&[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")]),
            Language::En
        );
        assert_eq!(with(&[("LC_ALL", ""), ("LANG", "zh_CN")]), Language::Zh);
        assert_eq!(with(&[]), Language::En);
    }

    #[test]
    fn a_time_needs_its_offset() {
        assert_eq!(parse_time("1970-01-01T00:01:00Z"), Ok(UnixTime(60)));
        assert_eq!(parse_time("1970-01-01T08:01:00+08:00"), Ok(UnixTime(60)));
        assert!(parse_time("1970-01-01").is_err());
    }
}
