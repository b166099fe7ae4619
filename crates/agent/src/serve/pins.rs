//! PINs that a window of the desktop asks for, and whether one does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::ErrorCode;
use token::{ApplicationRef, Message, Pin, PinKind, Signature};

use super::Agent;
use super::api::Refused;
use super::api::sign::refused;
use crate::keyring::Place;
use crate::prompt::{NotDone, PinEntry, PinPrompt, PromptError, PromptText, until_right};

/// What asks for PINs.
pub struct Pins {
    prompt: Option<Arc<dyn PinPrompt>>,
    /// Said on the command line; stands above the settings.
    told: Option<PinEntry>,
    /// A window could not be opened since the start: a display that is gone, a program that was removed.
    failed: AtomicBool,
    /// One window at a time: two could not be told apart.
    one: tokio::sync::Mutex<()>,
}

impl Pins {
    /// With what opens windows, and what the command line said.
    pub fn new(prompt: Option<Arc<dyn PinPrompt>>, told: Option<PinEntry>) -> Pins {
        Pins {
            prompt,
            told,
            failed: AtomicBool::new(false),
            one: tokio::sync::Mutex::new(()),
        }
    }

    /// Whether a window can be opened, as far as is known.
    pub fn has_window(&self) -> bool {
        self.prompt.is_some() && !self.failed.load(Ordering::Relaxed)
    }

    /// What opens windows, where there is something.
    pub fn prompt(&self) -> Option<Arc<dyn PinPrompt>> {
        self.prompt.clone()
    }

    /// Whether a PIN that the agent's page sends is taken.
    pub fn may_come_from_page(&self, set: PinEntry) -> bool {
        self.told.unwrap_or(set) != PinEntry::Native
    }

    /// Which way it is: `Native` or `Page`.
    fn entry(&self, set: PinEntry) -> PinEntry {
        match self.told.unwrap_or(set) {
            PinEntry::Auto if self.has_window() => PinEntry::Native,
            PinEntry::Auto => PinEntry::Page,
            other => other,
        }
    }

    fn refused(&self, error: PromptError) -> Refused {
        match error {
            PromptError::Cancelled | PromptError::TimedOut => Refused::of(ErrorCode::Cancelled),
            PromptError::Unavailable(_) | PromptError::Protocol(_) => {
                self.failed.store(true, Ordering::Relaxed);
                Refused::because(ErrorCode::PinWindowFailed, &error)
            }
        }
    }
}

impl Agent {
    /// `Native` where a window of the desktop asks for PINs, `Page` where the agent's page does.
    pub fn pin_entry(&self) -> PinEntry {
        self.pins.entry(self.settings().pin_entry())
    }

    /// Asks for the PIN until it is right, the person gives up or the key is locked, and signs.
    ///
    /// # Errors
    /// The refusal for the page; `cancelled` where the person closed the window.
    pub(super) async fn sign_with_window(
        &self,
        text: PromptText,
        place: &Place,
        message: &Message,
    ) -> Result<Signature, Refused> {
        let pins = &self.pins;
        let Some(prompt) = &pins.prompt else {
            return Err(Refused::of(ErrorCode::PinWindowFailed));
        };
        let _one = pins.one.lock().await;
        let (tokens, message) = (&*self.tokens, &message);
        let signed = until_right(&**prompt, text, false, |pin, spend| async move {
            tokens
                .sign(&place.key, &pin, &place.certificate, message, spend)
                .await
        });
        let (signature, _) = signed.await.map_err(|error| self.not_done(error))?;
        Ok(signature)
    }

    /// Asks for the PIN until the application takes it, the person gives up or it is locked.
    ///
    /// # Errors
    /// As [`Agent::sign_with_window`].
    pub(super) async fn pin_with_window(
        &self,
        text: PromptText,
        application: &ApplicationRef,
    ) -> Result<Pin, Refused> {
        let pins = &self.pins;
        let Some(prompt) = &pins.prompt else {
            return Err(Refused::of(ErrorCode::PinWindowFailed));
        };
        let _one = pins.one.lock().await;
        let tokens = &*self.tokens;
        let checked = until_right(&**prompt, text, false, |pin, spend| async move {
            tokens
                .check_pin(application, PinKind::User, &pin, spend)
                .await
        });
        let ((), pin) = checked.await.map_err(|error| self.not_done(error))?;
        Ok(pin)
    }

    fn not_done(&self, error: NotDone) -> Refused {
        match error {
            NotDone::Prompt(error) => self.pins.refused(error),
            NotDone::LastTryKept => Refused::of(ErrorCode::Cancelled).with_tries(Some(1)),
            NotDone::Token(error) => {
                self.heard(&error);
                refused(error)
            }
        }
    }

    /// Whether a PIN that the agent's page sends is taken.
    pub(super) fn takes_pins_from_page(&self) -> bool {
        self.pins.may_come_from_page(self.settings().pin_entry())
    }
}
