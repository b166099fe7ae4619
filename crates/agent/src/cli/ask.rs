//! The PIN on the command line: from standard input, a line; on a terminal asked for, without echo; or in a
//! window of the desktop.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use contract::ErrorCode;
use futures_util::future::BoxFuture;
use token::{LastTry, Pin, TokenError};

use super::{Failure, secrets};
use crate::prompt::pinentry::{Desk, Pinentry};
use crate::prompt::{Language, NotDone, PinPrompt, PromptError, PromptText, until_right};

/// Where the PIN comes from.
#[derive(Args, Clone)]
pub struct Entry {
    /// Where the PIN comes from.
    #[arg(long, value_enum, default_value_t = From::Stdin)]
    pin_from: From,
    /// The program that asks for PINs in a window, absolute path. Default: a pinentry of the search path.
    #[arg(long, value_name = "PATH")]
    pinentry: Option<PathBuf>,
    /// Go on although one try is left before the PIN locks.
    #[arg(long)]
    spend_last_try: bool,
}

/// Where a PIN comes from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Standard input, one line; on a terminal it is asked for without echo.
    Stdin,
    /// A window of the desktop.
    Window,
}

/// Somebody or something to ask.
pub struct Asker {
    prompt: Box<dyn PinPrompt>,
    once: bool,
}

impl Entry {
    /// What asks.
    ///
    /// # Errors
    /// Where a window was wanted and there is none.
    pub fn asker(&self) -> Result<Asker, Failure> {
        if self.pin_from == From::Stdin {
            let terminal = io::stdin().is_terminal();
            let spend = self.spend_last_try;
            return Ok(Asker {
                prompt: Box::new(Stdin { terminal, spend }),
                once: !terminal,
            });
        }
        let desk = Desk::of_process();
        let pinentry = match &self.pinentry {
            Some(program) => Pinentry::at(program, desk.terminal).ok(),
            None => Pinentry::find(&desk),
        };
        let pinentry = pinentry.ok_or_else(|| {
            let why = "there is no display, or no pinentry program".to_owned();
            Failure::No(ErrorCode::PinWindowFailed, why)
        })?;
        Ok(Asker {
            prompt: Box::new(pinentry),
            once: false,
        })
    }
}

impl Asker {
    /// Does something that needs the PIN, and gives the PIN back that was right.
    ///
    /// # Errors
    /// What the token or the person said.
    pub async fn until_right<T, F>(
        &self,
        text: PromptText,
        attempt: impl FnMut(Pin, LastTry) -> F,
    ) -> Result<(T, Pin), Failure>
    where
        F: Future<Output = Result<T, TokenError>>,
    {
        until_right(&*self.prompt, text, self.once, attempt)
            .await
            .map_err(failure)
    }

    /// Asks for a PIN that is used elsewhere.
    ///
    /// # Errors
    /// Where none came.
    pub async fn pin(&self, text: &PromptText) -> Result<Pin, Failure> {
        self.prompt
            .ask(text)
            .await
            .map_err(|error| failure(error.into()))
    }

    /// Asks for a new PIN, twice where a person types.
    ///
    /// # Errors
    /// Where none came, or two that differ.
    pub async fn new_pin(&self, text: &PromptText) -> Result<Pin, Failure> {
        let first = self.pin(text).await?;
        if self.once {
            return Ok(first);
        }
        let again = PromptText {
            prompt: text
                .language
                .pick("再次输入新 PIN 码", "New PIN again")
                .into(),
            ..text.clone()
        };
        if self.pin(&again).await? == first {
            return Ok(first);
        }
        Err(Failure::No(
            ErrorCode::Cancelled,
            "the two new PINs differ; nothing was changed".into(),
        ))
    }

    /// Asks whether to go on. Where nobody can be asked the command line itself is the answer.
    ///
    /// # Errors
    /// `cancelled`.
    pub async fn agree(&self, text: &PromptText) -> Result<(), Failure> {
        if self.once {
            return Ok(());
        }
        self.prompt
            .confirm(text)
            .await
            .map_err(|error| failure(error.into()))
    }
}

fn failure(error: NotDone) -> Failure {
    match error {
        NotDone::Prompt(PromptError::Cancelled | PromptError::TimedOut) => {
            Failure::No(ErrorCode::Cancelled, "no PIN was entered".into())
        }
        NotDone::Prompt(error @ PromptError::Protocol(_)) => Failure::Usage(error.to_string()),
        NotDone::Prompt(error) => Failure::No(ErrorCode::PinWindowFailed, error.to_string()),
        NotDone::LastTryKept => TokenError::LastTry.into(),
        NotDone::Token(error) => error.into(),
    }
}

/// The language of this process, Chinese unless the environment says English.
pub fn language() -> Language {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_MESSAGES"))
        .or_else(|| set("LANG"));
    match locale {
        Some(locale) if locale.starts_with("en") => Language::En,
        _ => Language::Zh,
    }
}

/// Standard input.
struct Stdin {
    terminal: bool,
    spend: bool,
}

impl PinPrompt for Stdin {
    fn ask<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>> {
        Box::pin(async move {
            if self.terminal {
                eprintln!("{}", text.description);
            }
            if let Some(error) = &text.error {
                eprintln!("{error}");
            }
            let line = secrets::line(&text.prompt).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    PromptError::Protocol(format!("{}: standard input ended", text.prompt))
                }
                _ => PromptError::Protocol(format!("{}: {error}", text.prompt)),
            })?;
            Pin::new(&line)
                .map_err(|error| PromptError::Protocol(format!("{}: {error}", text.prompt)))
        })
    }

    fn confirm<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>> {
        Box::pin(async move {
            if self.spend {
                return Ok(());
            }
            if !self.terminal {
                return Err(PromptError::Cancelled);
            }
            eprint!("{} [y/N] ", text.description);
            let mut answer = String::new();
            let read = io::stderr()
                .flush()
                .and_then(|()| io::stdin().lock().read_line(&mut answer));
            match (read, answer.trim()) {
                (Ok(_), "y" | "Y" | "yes" | "是") => Ok(()),
                _ => Err(PromptError::Cancelled),
            }
        })
    }
}
