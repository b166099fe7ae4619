//! `yinxin-agent login --platform URL`: logs in to a platform with a key, without a browser.
//!
//! What a page does is done here: challenge → who asks and what for → PIN → statement → journal → login token.
//! The session is ended again unless `--session FILE` keeps its cookies for another program.

use std::path::PathBuf;
use std::sync::Arc;

use catalogue::Catalogue;
use clap::Args;
use contract::{
    AgentRequest, AgentResponse, Base64, ErrorCode, Intent, KeyFamilyName, Nonce, Purpose,
    SignedStatement, StatementRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};
use token::{Pin, PinEntry, TokenService};

use super::ask::{Asker, Entry, language};
use super::choose::{self, Rules, Which};
use super::{Failure, Libraries};
use crate::journal::{Entry as Signed, Journal};
use crate::keyring::{KeyRow, Keyring, Place};
use crate::origin::{OriginPolicy, Site};
use crate::prompt::{PromptText, words};
use crate::remote::{Remote, RemoteError};
use crate::signing::{Asked, Packed, Picked, Work};
use crate::state::{State, command_folder, default_folder};
use crate::{files, system_clock};

/// What reaches a platform with a key.
#[derive(Args)]
pub struct To {
    #[command(flatten)]
    pub libraries: Libraries,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    entry: Entry,
    /// The platform's address, such as https://www.example.cn
    #[arg(long, value_name = "URL")]
    platform: String,
    /// Take an address that is http or on loopback. For development only.
    #[arg(long)]
    development: bool,
    /// The state folder, for the journal.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Options of `login`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub to: To,
    /// Keep the session, and write its cookies to this new file, as a Cookie header has them.
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Platform {
    name: catalogue::Text,
}

#[derive(Deserialize)]
struct Challenge {
    challenge: String,
    nonce: Nonce,
    intent: String,
}

/// Logs in, tells the session, and ends it unless it is to be kept.
pub async fn login(options: Options) -> Result<(), Failure> {
    let mut desk = Desk::open(&options.to).await?;
    let session = desk.log_in().await?;
    let kept = match &options.session {
        Some(file) => {
            write_private(file, &desk.remote.cookie_line())?;
            true
        }
        None => {
            desk.log_out().await;
            false
        }
    };
    if options.to.libraries.json {
        let origin = desk.remote.origin();
        println!(
            "{}",
            json!({ "platform": origin, "session": session, "kept": kept })
        );
    } else {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (person, organisation) = (
            text(&session["account"]["person"]),
            text(&session["organisation"]["name"]),
        );
        let (done, by) = match language().pick("zh", "en") {
            "zh" => ("登录成功", "CA 编号"),
            _ => ("Logged in", "key number"),
        };
        let number = text(&session["logged_in_by"]["key_number"]);
        println!("{done}: {organisation} {person} ({by} {number})");
    }
    Ok(())
}

/// A platform, a key, and what is between them.
pub struct Desk {
    /// The platform.
    pub remote: Remote,
    /// As it is shown.
    pub site: Site,
    /// The key.
    pub row: KeyRow,
    place: Place,
    asker: Asker,
    service: TokenService,
    catalogue: Arc<Catalogue>,
    journal: Journal,
    _state: State,
    last: Option<Signed>,
    pin: Option<Pin>,
}

impl Desk {
    /// Finds the key, then the platform.
    pub async fn open(to: &To) -> Result<Desk, Failure> {
        let mut remote = Remote::at(&to.platform)?;
        let site = admit(&remote, to.development)?;
        let catalogue = Arc::new(to.rules.load()?);
        let service = to.libraries.service(Some(catalogue.modules()))?;
        let asker = to.entry.asker()?;
        to.libraries.unlock(&service).await?;
        let keyring: Keyring = choose::keyring(&service, &catalogue).await?;
        let families = [KeyFamilyName::Sm2, KeyFamilyName::Rsa, KeyFamilyName::P256];
        let (row, place) = to.which.certificate(&keyring, &families)?;
        // The agent that runs holds the folder itself; commands keep theirs inside.
        let folder = command_folder(&to.state.clone().unwrap_or_else(default_folder));
        let state = State::open(&folder).map_err(Failure::undetermined)?;
        let journal = Journal::open(state.folder()).map_err(Failure::undetermined)?;
        let named: Platform = remote.get("platform").await?;
        let site = Site {
            platform: Some(named.name),
            ..site
        };
        // Nothing to type: a file without a passphrase, or a device with keys of its own. Whether to go on is asked.
        let pin = match row.pin.entry {
            PinEntry::Typed => None,
            PinEntry::OnDevice | PinEntry::None => Some(Pin::none()),
        };
        Ok(Desk {
            row: row.clone(),
            place: place.clone(),
            remote,
            site,
            asker,
            service,
            catalogue,
            journal,
            _state: state,
            last: None,
            pin,
        })
    }

    /// A challenge, its statement, and the session that the platform makes of it.
    pub async fn log_in(&mut self) -> Result<Value, Failure> {
        let given: Challenge = self.remote.post("logins", &json!({})).await?;
        let request = AgentRequest::Statement(StatementRequest {
            version: 1,
            purpose: Purpose::Login,
            nonce: given.nonce,
            intent: given.intent,
        });
        let asked = read(&request)?;
        let AgentResponse::Statement { token } = self.sign(&asked, None).await? else {
            return Err(Failure::Undetermined("no statement was signed".into()));
        };
        let token: SignedStatement = token;
        let body = json!({ "challenge": given.challenge, "token": token });
        Ok(self.remote.post("sessions/certificate", &body).await?)
    }

    /// Ends the session; a platform that does not hear it ends it by time.
    pub async fn log_out(&mut self) {
        if let Err(error) = self.remote.delete("session").await {
            eprintln!("yinxin-agent: the session was not ended: {error}");
        }
    }

    /// Shows what is asked, has it signed, and writes it down before it goes anywhere.
    ///
    /// The PIN is asked for once; what follows with the same key asks for a yes where somebody can give it.
    pub async fn sign(
        &mut self,
        asked: &Asked,
        picked: Option<&Picked>,
    ) -> Result<AgentResponse, Failure> {
        let now = system_clock()();
        let refused = |why: crate::signing::Refusal| Failure::No(why.code(), why.to_string());
        let place = &self.place;
        let origin = &self.site.origin;
        let work = Work::build(asked, origin, &place.certificate, picked, now).map_err(refused)?;
        let text = self.text(&asked.intent);
        let (service, message) = (&self.service, &work.message);
        let sign = |pin: Pin, spend| async move {
            service
                .sign(&place.key, &pin, &place.certificate, message, spend)
                .await
        };
        let signature = match self.pin.take() {
            Some(pin) => {
                self.asker.agree(&text).await?;
                let signature = sign(pin.clone(), token::LastTry::Keep).await?;
                self.pin = Some(pin);
                signature
            }
            None => {
                let (signature, pin) = self.asker.until_right(text, sign).await?;
                self.pin = Some(pin);
                signature
            }
        };
        let entry = work.entry(&signature, &self.row, now);
        self.journal
            .append(entry.clone())
            .map_err(Failure::undetermined)?;
        self.last = Some(entry);
        let chain = crate::keyring::chain(&self.catalogue, &place.certificate);
        Ok(match work.pack(&signature, &chain) {
            Packed::Statement(token) => AgentResponse::Statement { token },
            Packed::Seal(cms, grade) => AgentResponse::Seal {
                cms: Base64(cms),
                grade,
            },
        })
    }

    /// What was signed last.
    pub fn last_entry(&self) -> Result<&Signed, Failure> {
        self.last
            .as_ref()
            .ok_or_else(|| Failure::Undetermined("nothing was signed".into()))
    }

    fn text(&self, intent: &Intent) -> PromptText {
        let mut text = words::for_site(&self.site, intent, &self.row, "", language());
        text.title = text.language.pick("印信客户端", "Yinxin client").to_owned();
        text
    }
}

/// The request as a page would send it: read by the same rules.
pub fn read(request: &AgentRequest) -> Result<Asked, Failure> {
    let text = serde_json::to_string(request).map_err(Failure::undetermined)?;
    Asked::read(&text).map_err(|why| Failure::No(why.code(), why.to_string()))
}

fn admit(remote: &Remote, development: bool) -> Result<Site, Failure> {
    let own = if development {
        vec![remote.origin().to_owned()]
    } else {
        Vec::new()
    };
    let policy = OriginPolicy::new(own, Vec::new()).map_err(Failure::undetermined)?;
    policy.admit(remote.origin()).map_err(|why| {
        Failure::No(
            ErrorCode::OriginRefused,
            format!(
                "{}: {why}; --development takes it all the same",
                remote.origin()
            ),
        )
    })
}

fn write_private(path: &std::path::Path, line: &str) -> Result<(), Failure> {
    let usage = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    if path.exists() {
        return Err(usage(std::io::ErrorKind::AlreadyExists.into()));
    }
    // A temporary file is its owner's alone, and stays so where it is moved to.
    files::replace(
        &std::path::absolute(path).map_err(usage)?,
        format!("{line}\n").as_bytes(),
    )
    .map_err(usage)
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Failure {
        match error {
            RemoteError::Address(_) => Failure::Usage(error.to_string()),
            RemoteError::Problem(problem) if problem.status >= 500 => {
                Failure::Later(problem.code, problem.detail.en)
            }
            RemoteError::Problem(problem) => Failure::No(problem.code, problem.detail.en),
            error => Failure::Undetermined(error.to_string()),
        }
    }
}
