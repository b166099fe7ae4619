//! The icon in the taskbar's notification area of Windows, by [`token::system::windows::tray`].

use std::sync::Arc;

use token::system::windows::tray::{self, Event, Face, Picture, Tray};
use tokio::sync::mpsc::UnboundedSender;

use super::picture::seal;
use super::{Line, Standing, View, Wish};
use crate::serve::Agent;

/// The numbers of what can be chosen in the menu.
const OPEN_PAGE: u16 = 1;
const QUIT: u16 = 2;

/// Shows the icon, and keeps it as the keys are.
pub struct Shower {
    agent: Arc<Agent>,
    wishes: UnboundedSender<Wish>,
    shown: Option<Tray>,
    /// Whether the log knows that there is no desktop.
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
        let face = face(&view);
        if let Some(tray) = &self.shown {
            tray.set(face);
            return;
        }
        let (agent, wishes) = (Arc::clone(&self.agent), self.wishes.clone());
        let tell = move |event| {
            let wish = match event {
                Event::Shown(there) => {
                    agent.set_tray(if there {
                        Standing::Shown
                    } else {
                        Standing::NoTray
                    });
                    tracing::info!(there, "the tray's icon");
                    return;
                }
                Event::Activated | Event::Chosen(OPEN_PAGE) => Wish::OpenPage,
                Event::Chosen(QUIT) | Event::SessionEnds => Wish::Quit,
                Event::Chosen(_) => return,
            };
            // Nobody listens at the very end, and then nothing is left to wish for.
            let _ = wishes.send(wish);
        };
        let shown = tokio::task::spawn_blocking(move || Tray::show(face, tell)).await;
        match shown {
            Ok(Ok(tray)) => self.shown = Some(tray),
            Ok(Err(error)) => {
                self.agent.set_tray(Standing::NoBus);
                if !std::mem::replace(&mut self.told, true) {
                    tracing::info!(%error, "no tray: this session has no desktop");
                }
            }
            // The runtime ends.
            Err(_) => {}
        }
    }

    /// Takes it away.
    pub async fn hide(&mut self) {
        if let Some(tray) = self.shown.take() {
            // Dropping waits for the window's thread.
            let _ = tokio::task::spawn_blocking(move || drop(tray)).await;
        }
        self.agent.set_tray(Standing::Off);
    }
}

fn face(view: &View) -> Face {
    let side = tray::side();
    let mut pixels = seal(side, view.wants_attention());
    // From alpha, red, green, blue.
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.reverse();
    }
    let lines = view.menu().into_iter().map(|line| match line {
        Line::Said(text) => tray::Line::Said(text),
        Line::Chosen(label, Wish::OpenPage) => tray::Line::Chosen(label.to_owned(), OPEN_PAGE),
        Line::Chosen(label, Wish::Quit) => tray::Line::Chosen(label.to_owned(), QUIT),
        Line::Separator => tray::Line::Separator,
    });
    let said = [view.name().to_owned(), view.state()];
    let tip: Vec<String> = said.into_iter().chain(view.keys()).collect();
    Face {
        tip: tip.join("\n"),
        picture: Picture { side, pixels },
        menu: lines.collect(),
    }
}
