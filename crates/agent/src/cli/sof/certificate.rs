//! `yinxin-agent sof certificate …`: the root for loopback into the user's stores, and out again. Nothing else of the
//! agent touches a store of trusted roots.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use pki::Certificate;
use serde_json::json;

use super::At;
use crate::cli::Failure;
use crate::rfc3339;
use crate::sof::certificate::Loopback;
use crate::sof::trust::{self, Outcome};
use crate::system_clock;

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell whether there is one, and until when.
    Show(At),
    /// Make one, and have the user's own browsers trust it; again, for a new one.
    Install(At),
    /// Take it out of the browsers' stores and delete it.
    Remove(At),
}

impl Deed {
    /// Where the settings are.
    pub fn at(&self) -> &At {
        match self {
            Deed::Show(at) | Deed::Install(at) | Deed::Remove(at) => at,
        }
    }
}

/// Does it, and tells what became of each store. Exit code 1 where one did not do its part.
pub fn run(deed: &Deed, state: &Path) -> Result<(), Failure> {
    let loopback = Loopback::of(state);
    let as_json = deed.at().json;
    match deed {
        Deed::Show(_) => {
            let root = loopback.installed().map_err(Failure::undetermined)?;
            tell(as_json, root.as_ref(), &loopback, &[]);
            Ok(())
        }
        Deed::Install(_) => {
            let root = loopback
                .make(system_clock()())
                .map_err(Failure::undetermined)?;
            let stores = trust::add(&home()?, &loopback.root(), &root.serial_hex())
                .map_err(Failure::undetermined)?;
            tell(as_json, Some(&root), &loopback, &stores);
            if stores.is_empty() && !as_json {
                println!(
                    "没有找到 certutil（Debian：libnss3-tools）；请在浏览器中手动信任 / no certutil here: have the browser trust by hand\n  {}",
                    loopback.root().display()
                );
            }
            all_done(&stores, !stores.is_empty())
        }
        Deed::Remove(_) => {
            // Without its key the certificate is of no use to anybody, whatever becomes of the stores.
            loopback.forget_key().map_err(Failure::undetermined)?;
            // A root that can't be read is taken out by its name where that will do.
            let serial = loopback.installed().ok().flatten();
            let serial = serial.map(|root| root.serial_hex());
            let stores =
                trust::remove(&home()?, serial.as_deref()).map_err(Failure::undetermined)?;
            if stores.iter().all(|store| store.done.is_ok()) {
                loopback.forget().map_err(Failure::undetermined)?;
            }
            tell(as_json, None, &loopback, &stores);
            all_done(&stores, true)
        }
    }
}

fn all_done(stores: &[Outcome], enough: bool) -> Result<(), Failure> {
    if enough && stores.iter().all(|store| store.done.is_ok()) {
        Ok(())
    } else {
        Err(Failure::Told(1))
    }
}

fn tell(as_json: bool, root: Option<&Certificate>, loopback: &Loopback, stores: &[Outcome]) {
    if as_json {
        let stores: Vec<_> = stores
            .iter()
            .map(|store| json!({ "store": store.store, "error": store.done.as_ref().err() }))
            .collect();
        let root = root.map(|root| {
            json!({
                "file": loopback.root(),
                "sha256": hex::encode(root.sha256_fingerprint()),
                "not_after": rfc3339(root.not_after()),
            })
        });
        println!("{}", json!({ "root": root, "stores": stores }));
        return;
    }
    match root {
        Some(root) => println!(
            "本机证书 / certificate for loopback: until {}, {}",
            rfc3339(root.not_after()),
            loopback.root().display()
        ),
        None => println!("本机证书 / certificate for loopback: none"),
    }
    for store in stores {
        match &store.done {
            Ok(()) => println!("  ✓ {}", store.store),
            Err(error) => println!("  ✗ {}: {error}", store.store),
        }
    }
}

fn home() -> Result<PathBuf, Failure> {
    std::env::home_dir()
        .filter(|home| home.is_absolute())
        .ok_or_else(|| Failure::Undetermined("this user has no home folder".to_owned()))
}
