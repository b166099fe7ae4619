//! The functions of GM/T 0020 (GB/T 43694-2024 §7.2) for pages that know no other client.
//!
//! Off until the user switches it on; then for origins only that the platform files list or the user enabled
//! for it. A page's PIN is thrown away unread: the agent asks for it itself. What a page may have signed is
//! limited where it can't be passed by, in [`token::Message::page_data`]; the rest of the agent signs nothing
//! that a page chose.
//!
//! - [`function`]: which functions there are, by which names, and what each takes.
//! - [`perform`]: what they do.
//! - [`session`]: a login, for how long and how many signatures.
//! - [`info`]: what `SOF_GetCertInfo` answers, by vendor.
//! - [`admission`]: which page may call at all.
//! - [`bjca`], [`topcertkit`]: the formats of two vendors' clients, on their ports.
//! - [`listen`]: taking those ports, and stepping aside where the vendor's own client holds them.
//! - [`certificate`], [`trust`], [`door`]: the same over `https` and `wss`, where the user asked for it.

pub mod admission;
pub mod bjca;
pub mod certificate;
pub mod door;
pub mod function;
pub mod info;
pub mod listen;
pub mod perform;
pub mod session;
pub mod settings;
pub mod topcertkit;
pub mod trust;

use std::sync::Arc;

use crate::prompt::PinPrompt;
use crate::serve::Agent;

pub use function::Function;

/// The module: the agent's keys and journal, and what asks for the PIN.
#[derive(Clone)]
pub struct Sof {
    /// The agent.
    pub agent: Arc<Agent>,
    /// Asks for the PIN, outside the browser.
    pub prompt: Arc<dyn PinPrompt>,
}

impl Sof {
    /// The module of an agent: none while it is off, or where no window can ask for a PIN.
    pub fn of(agent: &Arc<Agent>) -> Option<Sof> {
        if !agent.sof().enabled() {
            return None;
        }
        let sof = Sof::at_hand(agent);
        if sof.is_none() {
            tracing::warn!(
                "the interface of GM/T 0020 is on, and no window can ask for a PIN: it stays off"
            );
        }
        sof
    }

    /// The module whether it is on or not, where a window can ask for a PIN: [`admission`] refuses while it is off.
    pub fn at_hand(agent: &Arc<Agent>) -> Option<Sof> {
        Some(Sof {
            agent: Arc::clone(agent),
            prompt: agent.prompt()?,
        })
    }
}

/// What a function answers, before a vendor's format writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A string.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(i64),
}

/// Why a function failed: codes of GM/T 0020 appendix A; the last one is GDCA's, the standard has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SofError {
    /// The agent, the token or its library failed.
    #[error("the key did not do what was asked")]
    Unknown,
    /// The function, algorithm or item is not served.
    #[error("not served")]
    NotSupported,
    /// Nobody answered in time.
    #[error("nobody answered in time")]
    TimedOut,
    /// A parameter is missing, too long or too many.
    #[error("a parameter is missing or too long")]
    InputLength,
    /// A parameter is not what the function takes, or data that a page may not have signed.
    #[error("the data are not what this function takes")]
    Input,
    /// No such certificate is plugged in.
    #[error("no such certificate is plugged in")]
    NoCertificate,
    /// The person said no, the PIN was wrong, or it is locked.
    #[error("the PIN was not given")]
    NotLoggedIn,
}

impl SofError {
    /// The code, as `SOF_GetLastError` gives it.
    pub const fn code(self) -> u32 {
        match self {
            SofError::Unknown => 0x0B00_0001,
            SofError::NotSupported => 0x0B00_0002,
            SofError::TimedOut => 0x0B00_0101,
            SofError::InputLength => 0x0B00_0200,
            SofError::Input => 0x0B00_0201,
            SofError::NoCertificate => 0x0B00_0310,
            SofError::NotLoggedIn => 0x0B00_0438,
        }
    }
}
