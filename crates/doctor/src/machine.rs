//! What can be looked at, as an interface. Whoever asks implements what it can see; the rest answers
//! [`Unseen::NotHere`], and no check speaks of it.

use std::path::PathBuf;

use contract::{ErrorCode, Text};
use futures_util::future::BoxFuture;
use pki::UnixTime;
use serde::Deserialize;

/// Why something was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// There is no such thing on this system, or whoever asks can't look at it.
    NotHere,
    /// It was looked for and could not be found out.
    Failed(String),
}

/// What was seen.
pub type Answer<T> = Result<T, Unseen>;

macro_rules! probes {
    ($( $(#[$doc:meta])* $name:ident: $seen:ty; )*) => {
        /// The probes. Each is asked once in a diagnosis, side by side with the others. None may block its thread.
        pub trait Machine: Send + Sync {
            /// This machine's clock.
            fn now(&self) -> UnixTime;
            $( $(#[$doc])* fn $name(&self) -> BoxFuture<'_, Answer<$seen>> {
                Box::pin(async { Err(Unseen::NotHere) })
            } )*
        }

        /// What each probe of a made-up machine does.
        #[derive(Clone, Debug)]
        pub(crate) struct Scripts { $( pub(crate) $name: crate::scripted::Script<$seen>, )* }

        impl Scripts {
            /// A machine on which nothing can be seen.
            pub(crate) fn nothing() -> Scripts {
                Scripts { $( $name: crate::scripted::Script::Answers(Err(Unseen::NotHere)), )* }
            }

            /// The same for every probe.
            pub(crate) fn all(how: crate::scripted::Trouble) -> Scripts {
                Scripts { $( $name: crate::scripted::Script::In(how), )* }
            }
        }

        impl Machine for crate::scripted::Scripted {
            fn now(&self) -> UnixTime { self.now }
            $( fn $name(&self) -> BoxFuture<'_, Answer<$seen>> { self.scripts.$name.play() } )*
        }

        impl crate::scripted::Scripted {
            $( /// Sets what this probe sees.
            #[must_use]
            pub fn $name(mut self, seen: $seen) -> Self {
                self.scripts.$name = crate::scripted::Script::Answers(Ok(seen));
                self
            } )*
        }
    };
}

probes! {
    /// The browser that shows the page.
    browser: BrowserSeen;
    /// The agent's ports and its service.
    agent: AgentSeen;
    /// The programs of the agent and of CAs, where they should lie.
    programs: Vec<ProgramSeen>;
    /// The agent's folders.
    folders: FoldersSeen;
    /// Where windows can be opened.
    display: DisplaySeen;
    /// Where the session comes from.
    session: SessionSeen;
    /// Proxies between programs and this computer's own address.
    proxy: ProxySeen;
    /// Versions beside the newest.
    versions: Vec<VersionSeen>;
    /// The platform's site, as the agent's rules see it.
    site: SiteSeen;
    /// The catalogue of CAs.
    catalogue: CatalogueSeen;
    /// Libraries, keys, USB devices and readers.
    tokens: TokensSeen;
    /// COM classes that old pages want (Windows).
    classes: Vec<ClassSeen>;
    /// Files that stand in the way of a setup (Windows).
    clashes: Vec<PathBuf>;
    /// CA vendors' own clients, beside ours.
    clients: Vec<ClientSeen>;
    /// The platform from here.
    platform: PlatformSeen;
    /// The account, and the key that was shown, on the platform.
    account: AccountSeen;
}

/// A browser's permission for access to this computer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Given.
    Granted,
    /// It would ask.
    Prompt,
    /// Denied.
    Denied,
    /// The browser knows no such permission.
    #[default]
    Unknown,
}

/// What a page sees of its browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrowserSeen {
    /// `navigator.userAgent`.
    pub user_agent: String,
    /// `isSecureContext`.
    pub secure: bool,
    /// Whether the page stands in a frame.
    pub framed: bool,
    /// Whether the frame's policy lets it reach this computer; absent where the browser does not tell.
    pub frame_allows: Option<bool>,
    /// The permission for the loopback network.
    #[serde(default)]
    pub loopback: Permission,
    /// Whether a window opened; absent where none was tried.
    pub popup: Option<bool>,
}

/// What answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortHolder {
    /// Nothing.
    Free,
    /// An agent.
    Agent {
        /// Its version, where it told.
        version: Option<String>,
    },
    /// Another program, or an agent of another user.
    Other {
        /// Its name, where it can be seen.
        process: Option<String>,
    },
}

/// The agent's ports and its service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentSeen {
    /// The ports, in the order in which pages try them.
    pub ports: Vec<(u16, PortHolder)>,
    /// Whether the service is installed and runs; absent where nobody could say.
    pub service: Option<ServiceSeen>,
}

/// The agent's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceSeen {
    /// Whether it is installed.
    pub installed: bool,
    /// Whether it runs, where somebody could say.
    pub active: Option<bool>,
}

/// How a program's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramState {
    /// As it should be.
    Present,
    /// It is gone.
    Missing,
    /// It is there and empty, or not what was installed.
    Damaged,
    /// A security program's log says that it took it.
    Quarantined {
        /// Which program.
        by: String,
    },
}

/// A program that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSeen {
    /// Where.
    pub path: PathBuf,
    /// How it is.
    pub state: ProgramState,
}

/// The agent's folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldersSeen {
    /// Where the agent and its files lie.
    pub paths: Vec<PathBuf>,
    /// Files that an interrupted run left behind.
    pub stale: Vec<PathBuf>,
    /// Room for this user's files, in bytes.
    pub free_bytes: Option<u64>,
    /// What the system said when a file was written; absent where it was well.
    pub refused: Option<String>,
}

/// Where windows can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplaySeen {
    /// A desktop is there.
    pub desktop: bool,
    /// A program that asks for PINs is there.
    pub pin_program: bool,
}

/// Where the session comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSeen {
    /// The kind of remote session: `rdp`, `ssh`, `vnc`.
    pub remote: Option<String>,
    /// The maker of the virtual machine.
    pub virtual_machine: Option<String>,
}

/// Proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxySeen {
    /// What is set, without passwords.
    pub proxies: Vec<String>,
    /// Whether this computer's own address goes by them.
    pub takes_loopback: bool,
}

/// A version beside the oldest that is good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSeen {
    /// What: the client, a driver's file.
    pub what: String,
    /// Its version.
    pub version: String,
    /// What is offered, or what is needed.
    pub offered: String,
}

/// A site, as the agent's rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSeen {
    /// Its origin.
    pub origin: String,
    /// Why it may not use a key; absent where it may.
    pub refused: Option<ErrorCode>,
}

/// The catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueSeen {
    /// Its folder.
    pub folder: PathBuf,
    /// Providers in it.
    pub providers: usize,
    /// Anchors that it names and that were not found.
    pub missing_anchors: Vec<String>,
    /// When its newest file was changed.
    pub changed: Option<UnixTime>,
}

/// Why a library listed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryFault {
    /// Its file is not there.
    Missing,
    /// It can't be loaded, or its worker died.
    Unloadable(String),
    /// It did not answer in time.
    Hangs,
    /// Something else.
    Other(String),
}

/// A library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibrarySeen {
    /// Its path.
    pub path: PathBuf,
    /// What people call it.
    pub name: Option<Text>,
    /// How long it took to list its keys.
    pub millis: u64,
    /// How many keys it listed, or why not.
    pub keys: Result<usize, LibraryFault>,
}

/// What is known of a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationSeen {
    /// A current answer says good, or none is announced.
    Good,
    /// Revoked, with the reason's word.
    Revoked(String),
    /// Nothing current is known here.
    Unknown,
}

/// A certificate on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSeen {
    /// Whether it is the one that signs.
    pub signing: bool,
    /// Its serial number, hex.
    pub serial: String,
    /// From when.
    pub not_before: UnixTime,
    /// To when.
    pub not_after: UnixTime,
    /// Why it can't be used, for another reason than its dates.
    pub refused: Option<ErrorCode>,
    /// Its revocation.
    pub revocation: RevocationSeen,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySeen {
    /// Its number, or its device's serial number. Never its holder's name.
    pub number: String,
    /// The provider's id, where the catalogue knows it.
    pub provider: Option<String>,
    /// The issuer's name, where it does not.
    pub issuer: Option<String>,
    /// Tries of the PIN that are left.
    pub tries_left: Option<u32>,
    /// Tries after a right PIN.
    pub tries_most: Option<u32>,
    /// File names of the libraries that reach it, the one in use first.
    pub libraries: Vec<String>,
    /// Its certificates.
    pub certificates: Vec<CertificateSeen>,
}

/// Something that hides keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleSeen {
    /// The library's file name.
    pub library: String,
    /// What it is.
    pub code: ErrorCode,
}

/// A USB device that is known for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbSeen {
    /// `096e:0309`.
    pub id: String,
    /// What it is known as.
    pub name: Option<Text>,
    /// The system's error code for it (Windows), or `None`.
    pub error: Option<u32>,
    /// Whether a library reaches it.
    pub reached: bool,
}

/// A reader of cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderSeen {
    /// Its name.
    pub name: String,
    /// Whether something lies in it.
    pub inserted: bool,
    /// Whether the card answered (ATR).
    pub answered: bool,
}

/// A program that holds a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderSeen {
    /// Its name.
    pub process: String,
    /// Its number.
    pub pid: u32,
}

/// Libraries and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokensSeen {
    /// Libraries that were asked.
    pub libraries: Vec<LibrarySeen>,
    /// The keys.
    pub keys: Vec<KeySeen>,
    /// What hides keys.
    pub troubles: Vec<TroubleSeen>,
    /// USB devices that are known for keys, or that the system can't use.
    pub usb: Vec<UsbSeen>,
    /// Readers of cards.
    pub readers: Vec<ReaderSeen>,
    /// Who holds the devices.
    pub holders: Vec<HolderSeen>,
}

/// A COM class that an old page wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassSeen {
    /// Its name.
    pub name: String,
    /// Registered for programs of 64 bits.
    pub wide: bool,
    /// Registered for programs of 32 bits.
    pub narrow: bool,
}

/// A part of a vendor's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientPart {
    /// What reads the key: 证书驱动.
    Driver,
    /// What puts seals: 签章服务.
    SealService,
}

/// A vendor's client beside ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSeen {
    /// Whose.
    pub vendor: Text,
    /// Which part.
    pub part: ClientPart,
    /// Whether it is there.
    pub installed: bool,
    /// Whether it answers, where that can be seen.
    pub running: Option<bool>,
    /// Where it listens.
    pub port: Option<u16>,
}

/// The platform from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformSeen {
    /// Its origin.
    pub origin: String,
    /// Its clock in whole seconds beside ours (ours less theirs), or why it was not reached.
    pub skew: Result<Option<i64>, String>,
}

/// Where a key is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingSeen {
    /// To the account that asks.
    Fine,
    /// To none.
    None,
    /// To another account, its name masked.
    Elsewhere(String),
    /// An older number of the same holder is bound to this account.
    Older(String),
}

/// A key that was shown, on the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// Its number.
    pub number: Option<String>,
    /// Its provider's name, where it is known.
    pub provider: Option<Text>,
    /// The CA that was chosen by hand.
    pub expected: Option<Text>,
    /// Whether the certificate's path and dates hold, and why not.
    pub refused: Option<ErrorCode>,
    /// Its end.
    pub not_after: UnixTime,
    /// Whether the platform takes this CA at all.
    pub supported: bool,
    /// Whether it may log in.
    pub may_log_in: bool,
    /// Whether it may seal.
    pub may_seal: bool,
    /// CAs that may seal, for advice.
    pub sealing: Vec<Text>,
    /// Its revocation.
    pub revocation: RevocationSeen,
    /// Whether its organisation is the account's; absent where nobody is logged in.
    pub same_organisation: Option<bool>,
    /// Where it is bound; absent where it is nobody's business, before a login.
    pub binding: Option<BindingSeen>,
}

/// What the platform knows of who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSeen {
    /// The key that was shown.
    pub key: Option<ShownKey>,
    /// Names of the CAs that this platform takes.
    pub providers: Vec<Text>,
    /// Bound keys of the organisation: number and end, where it is known.
    pub bound: Vec<(String, Option<UnixTime>)>,
    /// Seals of the organisation; absent where nobody is logged in.
    pub seals: Option<usize>,
    /// Deadlines that it set: name and instant.
    pub deadlines: Vec<(String, UnixTime)>,
    /// Numbers of applications whose key was sent and not confirmed.
    pub unconfirmed: Vec<String>,
}
