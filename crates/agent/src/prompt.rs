//! The PIN, asked outside the browser.
//!
//! Where a display exists a window of the desktop asks: another user who took the agent's port first could
//! show a false page, but no such window in this user's session (`docs/protocol-login.md`, "The popup").
//! What asks is a [`PinPrompt`]; [`pinentry`] is the one for desktops with GnuPG's programs.
//! Which way a PIN comes is the user's setting, [`PinEntry`].

pub mod ask;
pub mod assuan;
pub mod pinentry;
pub mod words;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use token::Pin;

pub use ask::{NotDone, until_right};
pub use words::Language;

/// Where the PIN is entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum PinEntry {
    /// In a window of the desktop where one can be opened, else on the agent's page.
    #[default]
    Auto,
    /// In a window of the desktop only.
    Native,
    /// On the agent's own page.
    Page,
}

/// What a prompt says. All of it is the agent's own words and facts that it checked, never a page's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptText {
    /// The window's title.
    pub title: String,
    /// Who asks, what for, with which key; a line each.
    pub description: String,
    /// What stands beside the field.
    pub prompt: String,
    /// What went wrong before.
    pub error: Option<String>,
    /// Tries that are left, where the token tells.
    pub tries_left: Option<u32>,
    /// The language of the prompt's own words.
    pub language: Language,
}

/// Why no PIN came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The person said no, or closed the window.
    #[error("cancelled")]
    Cancelled,
    /// Nobody answered in time.
    #[error("nobody entered a PIN in time")]
    TimedOut,
    /// No window can be opened.
    #[error("no PIN window can be opened: {0}")]
    Unavailable(String),
    /// The program that asks speaks otherwise than it should.
    #[error("the PIN program gave no sensible answer: {0}")]
    Protocol(String),
}

/// Something that can ask a person for a PIN. A call that is dropped closes its window.
pub trait PinPrompt: Send + Sync {
    /// Asks for a PIN, again where what was typed is none.
    fn ask<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>>;

    /// Asks whether to go on; `Ok` is yes.
    fn confirm<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>>;
}
