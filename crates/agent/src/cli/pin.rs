//! `yinxin-agent pin …`: a key's PIN, for whoever holds the key.
//!
//! Standard input where nobody types: `check` takes the PIN; `change` the old and the new one; `unblock` the
//! administrator's and the new one, a line each.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use token::{ApplicationRef, LastTry, PinKind, TokenError, TokenService};

use super::ask::{Entry, language};
use super::choose::{self, Rules, Which, short};
use super::{Failure, Libraries};
use crate::keyring::KeyRow;
use crate::prompt::PromptText;
use crate::prompt::words::key_name;

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell how many tries are left. No PIN is asked for.
    Tries(At),
    /// See whether the PIN is the right one.
    Check(At),
    /// Change the PIN.
    Change(At),
    /// Give a locked key a new PIN by the administrator's.
    Unblock(At),
}

/// Which key, and how the PIN comes.
#[derive(Args)]
pub struct At {
    #[command(flatten)]
    libraries: Libraries,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    entry: Entry,
}

impl Deed {
    fn at(&self) -> &At {
        match self {
            Deed::Tries(at) | Deed::Check(at) | Deed::Change(at) | Deed::Unblock(at) => at,
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.at().libraries.json
    }
}

/// Does it.
pub async fn run(deed: Deed) -> Result<(), Failure> {
    let at = deed.at();
    let catalogue = Arc::new(at.rules.load()?);
    let service = at.libraries.service(Some(catalogue.modules()))?;
    at.libraries.unlock(&service).await?;
    let keyring = choose::keyring(&service, &catalogue).await?;
    let row = at.which.row(&keyring)?;
    let application = row.application.clone().ok_or(TokenError::NoApplication)?;
    let mut told = json!({ "key": short(row) });
    match &deed {
        Deed::Tries(_) => {
            told["tries_left"] = row.tries_left.into();
            told["admin_tries_left"] = row.admin_tries_left.into();
            if row.tries_left == Some(0) {
                told["locked"] = true.into();
            }
        }
        Deed::Check(_) => {
            let (service, application) = (&service, &application);
            let asker = at.entry.asker()?;
            asker
                .until_right(
                    text(row, "检查 PIN 码", "Check the PIN"),
                    |pin, spend| async move {
                        service
                            .check_pin(application, PinKind::User, &pin, spend)
                            .await
                    },
                )
                .await?;
            told["right"] = true.into();
        }
        Deed::Change(_) => {
            change(at, &service, &application, row).await?;
            told["changed"] = true.into();
        }
        Deed::Unblock(_) => {
            unblock(at, &service, &application, row).await?;
            told["unblocked"] = true.into();
        }
    }
    tell(&deed, &told, row);
    Ok(())
}

/// The old PIN is checked before the new one is asked for: nobody thinks of a new PIN in vain.
async fn change(
    at: &At,
    service: &TokenService,
    application: &ApplicationRef,
    row: &KeyRow,
) -> Result<(), Failure> {
    let asker = at.entry.asker()?;
    let mut asked = text(row, "修改 PIN 码", "Change the PIN");
    asked.prompt = asked.language.pick("当前 PIN 码", "Current PIN").into();
    let (_, old) = asker
        .until_right(asked.clone(), |pin, spend| async move {
            service
                .check_pin(application, PinKind::User, &pin, spend)
                .await
        })
        .await?;
    asked.prompt = asked.language.pick("新 PIN 码", "New PIN").into();
    let new = asker.new_pin(&asked).await?;
    // The old one was right a moment ago, so all its tries are there again.
    service
        .change_pin(application, PinKind::User, &old, &new, LastTry::Keep)
        .await?;
    Ok(())
}

async fn unblock(
    at: &At,
    service: &TokenService,
    application: &ApplicationRef,
    row: &KeyRow,
) -> Result<(), Failure> {
    let asker = at.entry.asker()?;
    let mut asked = text(row, "解锁", "Unlock");
    asked.tries_left = row.admin_tries_left;
    asked.prompt = asked
        .language
        .pick("管理员 PIN 码", "Administrator's PIN")
        .into();
    let (_, admin) = asker
        .until_right(asked.clone(), |pin, spend| async move {
            service
                .check_pin(application, PinKind::Admin, &pin, spend)
                .await
        })
        .await?;
    asked.prompt = asked
        .language
        .pick("新的用户 PIN 码", "New user PIN")
        .into();
    let new = asker.new_pin(&asked).await?;
    service
        .unblock_pin(application, &admin, &new, LastTry::Keep)
        .await?;
    Ok(())
}

fn text(row: &KeyRow, zh: &str, en: &str) -> PromptText {
    let language = language();
    PromptText {
        title: language.pick("印信客户端", "Yinxin client").into(),
        description: format!("{}: {}", language.pick(zh, en), key_name(row, language)),
        prompt: language.pick("PIN 码", "PIN").into(),
        error: None,
        tries_left: row.tries_left,
        language,
    }
}

fn tell(deed: &Deed, told: &serde_json::Value, row: &KeyRow) {
    if deed.json() {
        println!("{told}");
        return;
    }
    let language = language();
    let key = short(row);
    let count =
        |tries: Option<u32>| tries.map_or_else(|| "?".to_owned(), |tries| tries.to_string());
    let (own, admin) = (count(row.tries_left), count(row.admin_tries_left));
    match deed {
        Deed::Tries(_) => match language.pick("zh", "en") {
            "zh" => println!("{key}: PIN 码还可以试 {own} 次，管理员 PIN 码还可以试 {admin} 次"),
            _ => println!("{key}: {own} tries of the PIN left, {admin} of the administrator's"),
        },
        Deed::Check(_) => println!("{key}: {}", language.pick("PIN 码正确", "the PIN is right")),
        Deed::Change(_) => println!(
            "{key}: {}",
            language.pick("PIN 码已修改", "the PIN was changed")
        ),
        Deed::Unblock(_) => println!(
            "{key}: {}",
            language.pick(
                "已解锁，新 PIN 码已生效",
                "unlocked; the new PIN counts from now on"
            )
        ),
    }
}
