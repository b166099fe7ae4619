//! Asking until the PIN is right, the person gives up, or the key is locked; the same for the popup's window
//! and the command line.

use token::{LastTry, Pin, TokenError};

use super::{PinPrompt, PromptError, PromptText, words};

/// Why what needed a PIN was not done.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// No PIN came.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The person was asked whether to spend the last try, and said no. Nothing was sent.
    #[error("the last try was kept")]
    LastTryKept,
    /// The token refused, or failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Does something that needs the PIN, and gives the PIN back that was right.
///
/// Each PIN goes out once. With one try left the person is asked before it goes (rule 14 of the design); a token
/// that says so only when it is used gets no PIN before that question either. With `once` a wrong PIN is the end:
/// nobody is there to be asked again.
///
/// # Errors
/// [`NotDone`].
pub async fn until_right<T, F>(
    prompt: &dyn PinPrompt,
    mut text: PromptText,
    once: bool,
    mut attempt: impl FnMut(Pin, LastTry) -> F,
) -> Result<(T, Pin), NotDone>
where
    F: Future<Output = Result<T, TokenError>>,
{
    let mut typed: Option<Pin> = None;
    let mut spend = LastTry::Keep;
    loop {
        if text.tries_left == Some(1) && spend == LastTry::Keep {
            let question = PromptText {
                description: format!("{}\n\n{}", text.description, words::last_try(text.language)),
                error: None,
                ..text.clone()
            };
            match prompt.confirm(&question).await {
                Ok(()) => spend = LastTry::Spend,
                Err(PromptError::Cancelled) => return Err(NotDone::LastTryKept),
                Err(error) => return Err(error.into()),
            }
        }
        let pin = match typed.take() {
            Some(pin) => pin,
            None => prompt.ask(&text).await?,
        };
        match attempt(pin.clone(), spend).await {
            Ok(done) => return Ok((done, pin)),
            Err(TokenError::LastTry) if spend == LastTry::Keep => {
                text.tries_left = Some(1);
                typed = Some(pin);
            }
            Err(TokenError::PinWrong { left: Some(0) }) => return Err(TokenError::PinLocked.into()),
            // Refused for its form, before anything was compared: no try is gone.
            Err(TokenError::PinInvalid) if !once => {
                text.error = Some(words::length(text.language).to_owned());
                spend = LastTry::Keep;
            }
            Err(TokenError::PinWrong { left }) if !once => {
                text.error = Some(words::wrong(left, text.language));
                text.tries_left = left;
                spend = LastTry::Keep;
            }
            // Nothing was sent: a PIN of this length can't be this token's.
            Err(TokenError::PinInvalid) if !once => {
                text.error = Some(words::length(text.language).to_owned());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
