//! The agent in the desktop's tray: how many keys are plugged in, whether anything stands in the way, its page,
//! and its end.
//!
//! | system | what |
//! |---|---|
//! | Linux | a StatusNotifierItem on the session's bus, [`item`] |
//! | Windows | an icon in the taskbar's notification area, [`area`] |
//! | others | none |
//!
//! A desktop without a tray, or no desktop at all, is no reason not to serve: it is said once in the log and on the
//! settings page.

#[cfg(windows)]
pub mod area;
#[cfg(target_os = "linux")]
pub mod item;
pub mod picture;

use std::sync::Arc;

use contract::ErrorCode;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use crate::keyring::Keyring;
use crate::prompt::Language;
use crate::prompt::words::key_name;
use crate::serve::Agent;

/// Most keys that the menu names.
const MAX_NAMED: usize = 8;

/// What the user wants of the tray.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Where there is one.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The settings don't want it, or nobody asked yet.
    #[default]
    Off,
    /// It is shown.
    Shown,
    /// There is a session's bus (on Windows a desktop), and nothing on it that shows a tray. Once it comes, the item is
    /// there.
    NoTray,
    /// There is no session's bus, or it ended; on Windows, no desktop.
    NoBus,
    /// This system's tray is not served.
    Unsupported,
}

/// What somebody chose in the tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The agent's own page, in the browser.
    OpenPage,
    /// The end of the agent.
    Quit,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// It says something.
    Said(String),
    /// It does something.
    Chosen(&'static str, Wish),
    /// It parts the others.
    Separator,
}

/// How the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing stands in the way.
    #[default]
    Good,
    /// A library or a token did not answer.
    DriverFailed(String),
    /// A key's PIN is locked.
    PinLocked(String),
}

/// What the tray shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The language of its words.
    pub language: Language,
    /// The keys that are plugged in, by name.
    pub keys: Vec<String>,
    /// How the agent is.
    pub health: Health,
}

impl View {
    /// What is plugged in, as the tray shows it.
    pub fn of(keyring: &Keyring, language: Language) -> View {
        let name = |key| key_name(key, language);
        let locked = keyring
            .keys
            .iter()
            .find(|key| key.refused == Some(ErrorCode::PinLocked));
        let failed = keyring.troubles.first();
        View {
            language,
            keys: keyring.keys.iter().map(name).collect(),
            health: match (failed, locked) {
                (Some(trouble), _) => Health::DriverFailed(trouble.library.clone()),
                (None, Some(key)) => Health::PinLocked(name(key)),
                (None, None) => Health::Good,
            },
        }
    }

    /// The state in a line.
    pub fn state(&self) -> String {
        let pick = |zh, en| self.language.pick(zh, en);
        match &self.health {
            Health::Good => pick("状态：正常", "State: good").to_owned(),
            Health::DriverFailed(library) => {
                format!("{}{library}", pick("驱动出错：", "A driver failed: "))
            }
            Health::PinLocked(key) => format!("{}{key}", pick("PIN 码已锁死：", "PIN locked: ")),
        }
    }

    /// The agent's name.
    pub fn name(&self) -> &'static str {
        self.language.pick("印信客户端", "Yinxin client")
    }

    /// Whether somebody ought to look.
    pub fn wants_attention(&self) -> bool {
        self.health != Health::Good
    }

    /// The menu, from the top.
    pub fn menu(&self) -> Vec<Line> {
        let pick = |zh, en| self.language.pick(zh, en);
        let mut menu = vec![
            Line::Chosen(pick("打开印信页面", "Open Yinxin's page"), Wish::OpenPage),
            Line::Separator,
            Line::Said(self.state()),
        ];
        menu.extend(self.keys().into_iter().map(Line::Said));
        menu.push(Line::Separator);
        menu.push(Line::Chosen(pick("退出", "Quit"), Wish::Quit));
        menu
    }

    /// How many keys there are, and their names, a line each.
    pub fn keys(&self) -> Vec<String> {
        let zh = self.language == Language::Zh;
        let count = match (self.keys.len(), zh) {
            (0, true) => "没有插入 CA 锁".to_owned(),
            (0, false) => "No key is plugged in".to_owned(),
            (count, true) => format!("已插入 {count} 把 CA 锁"),
            (1, false) => "1 key is plugged in".to_owned(),
            (count, false) => format!("{count} keys are plugged in"),
        };
        let named = self.keys.iter().take(MAX_NAMED).cloned();
        let left = self.keys.len().saturating_sub(MAX_NAMED);
        let more = (left > 0).then(|| match zh {
            true => format!("另有 {left} 把"),
            false => format!("{left} more"),
        });
        [count].into_iter().chain(named).chain(more).collect()
    }
}

/// Shows the tray while the settings want it, follows the keys, and tells what somebody chose. Never fails; ends
/// with the agent.
pub async fn run(agent: Arc<Agent>, wishes: UnboundedSender<Wish>) {
    let mut changes = agent.changes.subscribe();
    let mut tray = Shower::new(Arc::clone(&agent), wishes);
    loop {
        let (wanted, language) = {
            let settings = agent.settings();
            (settings.tray(), settings.language().unwrap_or_default())
        };
        match wanted {
            Wanted::Auto => {
                let keyring = agent.keyring_for_owner().await;
                tray.show(View::of(&keyring, language)).await;
            }
            Wanted::Off => tray.hide().await,
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(windows)]
use area::Shower;
#[cfg(target_os = "linux")]
use item::Shower;

/// No tray on this system.
#[cfg(not(any(target_os = "linux", windows)))]
struct Shower(Arc<Agent>);

#[cfg(not(any(target_os = "linux", windows)))]
impl Shower {
    fn new(agent: Arc<Agent>, _: UnboundedSender<Wish>) -> Shower {
        Shower(agent)
    }

    async fn show(&mut self, _: View) {
        self.0.set_tray(Standing::Unsupported);
    }

    async fn hide(&mut self) {
        self.0.set_tray(Standing::Off);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_counts_every_key_and_names_no_more_than_fit_on_a_screen() {
        let mut view = View::default();
        assert_eq!(view.keys(), ["没有插入 CA 锁"]);
        view.keys = (1..=11).map(|number| format!("K{number}")).collect();
        let lines = view.keys();
        assert_eq!(lines.len(), 1 + MAX_NAMED + 1);
        assert_eq!(lines.first().unwrap(), "已插入 11 把 CA 锁");
        assert_eq!(lines.last().unwrap(), "另有 3 把");
        view.language = Language::En;
        view.keys.truncate(1);
        assert_eq!(view.keys(), ["1 key is plugged in", "K1"]);
    }

    #[test]
    fn the_menu_begins_with_the_page_and_ends_with_quit() {
        let menu = View::default().menu();
        assert_eq!(
            menu.first(),
            Some(&Line::Chosen("打开印信页面", Wish::OpenPage))
        );
        assert_eq!(menu.last(), Some(&Line::Chosen("退出", Wish::Quit)));
        assert!(menu.contains(&Line::Said("没有插入 CA 锁".to_owned())));
    }

    #[test]
    fn a_driver_that_failed_is_told_before_a_locked_pin() {
        let locked = crate::keyring::Trouble {
            library: "libx.so".into(),
            code: ErrorCode::TokenTimeout,
            detail: String::new(),
        };
        let keyring = Keyring {
            troubles: vec![locked],
            ..Keyring::default()
        };
        let view = View::of(&keyring, Language::En);
        assert_eq!(view.state(), "A driver failed: libx.so");
        assert_eq!(View::default().state(), "状态：正常");
    }
}
