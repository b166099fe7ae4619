//! The item itself: a StatusNotifierItem with a menu (`com.canonical.dbusmenu`) on the session's bus, by `ksni`.

use std::sync::Arc;
use std::time::Duration;

use ksni::menu::StandardItem;
use ksni::{Category, Handle, Icon, MenuItem, OfflineReason, Status, ToolTip, TrayMethods as _};
use tokio::sync::mpsc::UnboundedSender;

use super::picture::seal;
use super::{Line, Standing, View, Wish};
use crate::serve::Agent;

/// Side lengths of the icon, in pixels: panels take the one that fits.
const ICON_SIDES: [u16; 3] = [22, 32, 48];

/// How long the bus may take. One that ended leaves calls without an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows the item, and keeps it as the keys are.
pub struct Shower {
    agent: Arc<Agent>,
    wishes: UnboundedSender<Wish>,
    shown: Option<Handle<Item>>,
    /// Whether the log knows that there is no bus.
    told: bool,
}

impl Shower {
    /// Nothing is shown at first.
    pub fn new(agent: Arc<Agent>, wishes: UnboundedSender<Wish>) -> Shower {
        Shower {
            agent,
            wishes,
            shown: None,
            told: false,
        }
    }

    /// Shows what is to be seen.
    pub async fn show(&mut self, view: View) {
        if let Some(handle) = self.shown.take() {
            let update = handle.update(|item| item.view = view.clone());
            let updated = tokio::time::timeout(PATIENCE, update).await;
            // The item's own task does not always notice that its bus ended, and then takes any change as shown.
            if matches!(updated, Ok(Some(()))) && bus_listens() {
                self.shown = Some(handle);
                return;
            }
            // The bus is gone. Should it come back, the item does with the next change.
            self.agent.set_tray(Standing::NoBus);
        }
        let item = Item {
            agent: Arc::clone(&self.agent),
            wishes: self.wishes.clone(),
            view,
        };
        let spawn = item.assume_sni_available(true).spawn();
        let error = match tokio::time::timeout(PATIENCE, spawn).await {
            Ok(Ok(handle)) => {
                self.shown = Some(handle);
                self.agent.tray_is_taken();
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        self.agent.set_tray(Standing::NoBus);
        if !std::mem::replace(&mut self.told, true) {
            tracing::info!(%error, "no tray: there is no session's bus that takes the item");
        }
    }

    /// Takes it away.
    pub async fn hide(&mut self) {
        if let Some(handle) = self.shown.take() {
            // A bus that ended has taken it away already.
            let _ = tokio::time::timeout(PATIENCE, handle.shutdown()).await;
        }
        self.agent.set_tray(Standing::Off);
    }
}

/// Whether somebody listens at the session's bus, where its address names a socket's path (D-Bus Specification, Server
/// Addresses); of other kinds of addresses nothing is known, and the item's word counts.
fn bus_listens() -> bool {
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
    let path = address
        .split(';')
        .next()
        .and_then(|first| first.strip_prefix("unix:path="))
        .and_then(|rest| rest.split(',').next());
    path.is_none_or(|path| std::os::unix::net::UnixStream::connect(path).is_ok())
}

/// What the tray is told when it asks.
struct Item {
    agent: Arc<Agent>,
    wishes: UnboundedSender<Wish>,
    view: View,
}

impl Item {
    fn wish(&self, wish: Wish) {
        // Nobody listens at the very end, and then nothing is left to wish for.
        let _ = self.wishes.send(wish);
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "yinxin-agent".to_owned()
    }

    fn category(&self) -> Category {
        Category::Hardware
    }

    fn title(&self) -> String {
        self.view.name().to_owned()
    }

    fn status(&self) -> Status {
        if self.view.wants_attention() {
            Status::NeedsAttention
        } else {
            Status::Active
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        ICON_SIDES.map(|side| icon(side, false)).into()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        ICON_SIDES.map(|side| icon(side, true)).into()
    }

    fn tool_tip(&self) -> ToolTip {
        let mut lines = vec![self.view.state()];
        lines.extend(self.view.keys());
        ToolTip {
            title: self.view.name().to_owned(),
            description: lines.join("\n"),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.wish(Wish::OpenPage);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let lines = self.view.menu().into_iter();
        lines
            .map(|line| match line {
                Line::Said(text) => said(&text),
                Line::Chosen(label, wish) => chosen(label, wish),
                Line::Separator => MenuItem::Separator,
            })
            .collect()
    }

    fn watcher_online(&self) {
        self.agent.set_tray(Standing::Shown);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        self.agent.set_tray(Standing::NoTray);
        tracing::info!(?reason, "no tray is shown on this session's bus yet");
        true
    }
}

/// A line that does something.
fn chosen(label: &str, wish: Wish) -> MenuItem<Item> {
    StandardItem {
        label: label.to_owned(),
        activate: Box::new(move |item: &mut Item| item.wish(wish)),
        ..StandardItem::default()
    }
    .into()
}

/// A line that says something. A single underscore would mark a letter of a name as its key.
fn said(text: &str) -> MenuItem<Item> {
    StandardItem {
        label: text.replace('_', "__"),
        enabled: false,
        ..StandardItem::default()
    }
    .into()
}

/// The seal as the item's protocol wants it: ARGB in network byte order.
fn icon(side: u16, attention: bool) -> Icon {
    Icon {
        width: side.into(),
        height: side.into(),
        data: seal(side, attention),
    }
}
