//! `yinxin-agent seal FILE --platform URL`: seals a PDF with a plugged key, by a platform's API.
//!
//! The file is the one that the user named here, so the grade is *picked*: its digest must be the intent's, and
//! the prepared revision is inspected over these very bytes before anything is signed. What comes back from the
//! platform is looked at again: it must carry the signature over the digest that was signed.

use std::fs::File;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use contract::{AgentRequest, AgentResponse, ErrorCode, Grade, Intent, SealRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Failure;
use super::login::{Desk, To, read};
use crate::published::{Carries, Published};
use crate::{files, signing};

/// Options of `seal`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub to: To,
    /// The PDF.
    file: PathBuf,
    /// The page, from 1.
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// Millimetres from the page's left edge to the seal's, as the page is displayed.
    #[arg(long, value_name = "MM")]
    x: f64,
    /// Millimetres from the page's top edge to the seal's.
    #[arg(long, value_name = "MM")]
    y: f64,
    /// The seal, by its name or id. Default: the organisation's first.
    #[arg(long, value_name = "SEAL")]
    seal: Option<String>,
    /// Submit the document when it is sealed (提交签章): it is published and changes no more.
    #[arg(long)]
    submit: bool,
    /// Where the sealed file goes. Default: beside the file, with `-sealed` in its name.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Uploaded {
    id: String,
}

#[derive(Deserialize)]
struct Seals {
    items: Vec<SealName>,
}

#[derive(Deserialize)]
struct SealName {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Prepared {
    id: String,
    #[serde(flatten)]
    request: Value,
}

/// Seals, and tells where the sealed file is.
pub async fn seal(options: Options) -> Result<(), Failure> {
    let usage =
        |error: std::io::Error| Failure::Usage(format!("{}: {error}", options.file.display()));
    let file = File::open(&options.file).map_err(usage)?;
    let size = file.metadata().map_err(usage)?.len();
    let output = output(&options)?;
    let mut desk = Desk::open(&options.to).await?;
    desk.log_in().await?;
    let done = put(&options, &mut desk, file, size, &output).await;
    desk.log_out().await;
    let (document, state) = done?;
    if options.to.libraries.json {
        let told = json!({
            "document": document, "state": state, "grade": Grade::Picked.name(),
            "output": output, "platform": desk.remote.origin(),
        });
        println!("{told}");
    } else {
        println!("{}", output.display());
    }
    Ok(())
}

async fn put(
    options: &Options,
    desk: &mut Desk,
    file: File,
    size: u64,
    output: &Path,
) -> Result<(String, String), Failure> {
    let seals: Seals = desk.remote.get("seals").await?;
    let chosen = seals.items.iter().find(|seal| match &options.seal {
        Some(wanted) => seal.name == *wanted || seal.id == *wanted,
        None => true,
    });
    let Some(chosen) = chosen else {
        let names: Vec<_> = seals.items.iter().map(|seal| seal.name.as_str()).collect();
        let why = format!("no such seal; there are: {}", names.join(", "));
        return Err(Failure::No(ErrorCode::NotFound, why));
    };
    let name = options
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let again = tokio::fs::File::from_std(file.try_clone().map_err(Failure::undetermined)?);
    let uploading = Progress::new("uploading", size);
    let uploaded: Uploaded = desk
        .remote
        .upload(
            &format!("documents?name={query}"),
            "application/pdf",
            again,
            move |sent| {
                uploading.at(sent);
            },
        )
        .await?;
    let id = uploaded.id;
    eprintln!("preparing");
    let place =
        json!({ "seal_id": chosen.id, "page": options.page, "x_mm": options.x, "y_mm": options.y });
    let prepared: Prepared = desk
        .remote
        .post(&format!("documents/{id}/sealings"), &place)
        .await?;
    let request: SealRequest = request_of(prepared.request)?;
    let asked = read(&AgentRequest::Seal(request))?;
    let Intent::Seal(intent) = &asked.intent else {
        return Err(Failure::No(
            ErrorCode::RequestMalformed,
            "not a seal".into(),
        ));
    };
    if intent.pages != [options.page] || intent.seal.id != chosen.id {
        let why = "the platform prepared another seal or page than was asked for".to_owned();
        return Err(Failure::No(ErrorCode::RevisionRefused, why));
    }
    let picked = signing::check_picked(&asked, &file)
        .map_err(|why| Failure::No(why.code(), why.to_string()))?;
    let AgentResponse::Seal { cms, .. } = desk.sign(&asked, Some(&picked)).await? else {
        return Err(Failure::Undetermined("no seal was signed".into()));
    };
    eprintln!("completing");
    let body = json!({ "cms": cms });
    let mut document: Value = desk
        .remote
        .post(&format!("sealings/{}/completion", prepared.id), &body)
        .await?;
    if options.submit {
        document = desk
            .remote
            .post(&format!("documents/{id}/submission"), &json!({}))
            .await?;
    }
    let downloading = Progress::new("downloading", size);
    desk.remote
        .download(&format!("documents/{id}/file"), output, |came| {
            downloading.at(came)
        })
        .await?;
    check(desk, output)?;
    let state = document["state"].as_str().unwrap_or_default().to_owned();
    Ok((id, state))
}

/// The agent's part of the answer; `id` and `expires_at` stand beside it.
fn request_of(mut answer: Value) -> Result<SealRequest, Failure> {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("expires_at");
    }
    serde_json::from_value(answer)
        .map_err(|error| Failure::No(ErrorCode::RequestMalformed, error.to_string()))
}

/// The file that came back carries what was signed a moment ago.
fn check(desk: &Desk, output: &Path) -> Result<(), Failure> {
    let map = File::open(output)
        .and_then(|file| files::map(&file))
        .map_err(Failure::undetermined)?;
    let published = Published::read(&map).map_err(Failure::undetermined)?;
    let entry = desk.last_entry()?;
    let carries = entry
        .seal
        .as_ref()
        .map(|seal| published.carries(entry, seal));
    if carries == Some(Carries::Both) {
        return Ok(());
    }
    let why = format!(
        "{} does not carry what was signed; don't use it",
        output.display()
    );
    Err(Failure::No(ErrorCode::SealMismatch, why))
}

fn output(options: &Options) -> Result<PathBuf, Failure> {
    let output = options.output.clone().unwrap_or_else(|| {
        let stem = options
            .file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        options.file.with_file_name(format!("{stem}-sealed.pdf"))
    });
    // Said before anything is uploaded; the download itself takes no other's place either.
    if output.exists() {
        let why = format!(
            "{} is there already: name another by --output",
            output.display()
        );
        return Err(Failure::Usage(why));
    }
    Ok(output)
}

/// A line on standard error that says how far it is; on a terminal only.
struct Progress {
    what: &'static str,
    total: u64,
    shown: Mutex<Option<u64>>,
}

impl Progress {
    fn new(what: &'static str, total: u64) -> Progress {
        eprintln!("{what}");
        Progress {
            what,
            total,
            shown: Mutex::new(None),
        }
    }

    fn at(&self, octets: u64) {
        let percent = (octets * 100 / self.total.max(1)).min(100);
        let mut shown = self
            .shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if std::io::stderr().is_terminal() && *shown != Some(percent) {
            *shown = Some(percent);
            eprint!(
                "\r{} {percent} %{}",
                self.what,
                if percent == 100 { "\n" } else { "" }
            );
        }
    }
}
