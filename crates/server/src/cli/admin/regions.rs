//! `yinxin admin regions import`: the tree of 区划 from a registry package's file. Nothing of it is in this repository: the
//! codes of GB/T 2260 come from `@vant/area-data` (npm, MIT), whose `dist/index.js` is read as text and never run; any other
//! file with `350200: "厦门市"` in it does as well. Codes that are there already get their names anew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use domain::{Clock as _, Timestamp};
use serde_json::json;
use store::regions::{self, Region};
use store::{Deed, Store, StoreError, Tx};

use crate::cli::log;
use crate::cli::serve::{StartError, database_url};
use crate::keys::InstallationKeys;
use crate::system::{SystemClock, SystemRandomness};

/// What is done with regions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Reads a file of codes and names into the database.
    Import(Arguments),
}

/// Options of the import.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Data folder of the server.
    #[arg(long)]
    data: PathBuf,
    /// Database URL, as for `serve`.
    #[arg(long, env = "YINXIN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// The file.
    file: PathBuf,
}

/// No such file comes near this.
const FILE_LIMIT: u64 = 8 * 1024 * 1024;

pub(crate) fn run(command: &Command) -> ExitCode {
    let Command::Import(arguments) = command;
    log::start(arguments.json);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return log::fail(&error),
    };
    match runtime.block_on(import(arguments)) {
        Ok(count) if arguments.json => println!("{}", json!({ "regions": count })),
        Ok(count) => println!("{count} 个区划"),
        Err(error) => return log::fail(&error),
    }
    ExitCode::SUCCESS
}

async fn import(arguments: &Arguments) -> Result<usize, StartError> {
    let path = &arguments.file;
    let reading = || StartError::io(format!("reading {}", path.display()));
    let length = std::fs::metadata(path).map_err(reading())?.len();
    if length > FILE_LIMIT {
        return Err(StartError::Usage(format!(
            "{} has more than {FILE_LIMIT} bytes",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(path).map_err(reading())?;
    let found = tree(&read(&text));
    if found.is_empty() {
        return Err(StartError::Usage(format!(
            "{} has no codes with names",
            path.display()
        )));
    }
    std::fs::create_dir_all(&arguments.data).map_err(StartError::io("making the data folder"))?;
    let keys = InstallationKeys::open(&arguments.data, &SystemRandomness)
        .map_err(StartError::io("opening the installation's keys"))?;
    let url = database_url(arguments.database.as_deref(), &arguments.data);
    let store = Arc::new(Store::open(&url, keys.audit).await?);
    let deed = Import {
        regions: &found,
        now: SystemClock.now(),
    };
    let Ok(()) = store.perform(&deed).await?;
    store.close().await;
    Ok(found.len())
}

/// Every six-digit code that is followed by a colon and a string, in whatever notation around them.
#[must_use]
pub fn read(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 6 <= bytes.len() {
        let digits = bytes[at..at + 6].iter().all(u8::is_ascii_digit);
        let alone = (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
            && bytes.get(at + 6).is_none_or(|b| !b.is_ascii_alphanumeric());
        if !(digits && alone) {
            at += 1;
            continue;
        }
        let code = &text[at..at + 6];
        at += 6;
        let rest = text[at..].trim_start_matches(['"', '\'']).trim_start();
        let Some(value) = rest.strip_prefix(':').map(str::trim_start) else {
            continue;
        };
        // Escapes are those of JSON; a string that is none is passed over.
        let mut strings = serde_json::Deserializer::from_str(value).into_iter::<String>();
        if let Some(Ok(name)) = strings.next() {
            let name = name.trim();
            let plain = !name.chars().any(char::is_control);
            if plain && (1..=50).contains(&name.chars().count()) {
                found.insert(code.to_owned(), name.to_owned());
            }
        }
    }
    found
}

/// Codes as a tree, the upper ones first. What lies abroad (9…) is left out; a county without a city is the province's.
#[must_use]
pub fn tree(names: &BTreeMap<String, String>) -> Vec<Region> {
    let known = |code: &String| names.contains_key(code);
    let mut regions: Vec<Region> = names
        .iter()
        .filter(|(code, _)| !code.starts_with('9') && !code.starts_with('0'))
        .filter_map(|(code, name)| {
            let province = format!("{}0000", &code[..2]);
            let city = format!("{}00", &code[..4]);
            let (level, parent) = if *code == province {
                (1, None)
            } else if *code == city || !known(&city) {
                (2, Some(province.clone()))
            } else {
                (3, Some(city))
            };
            // A code without its province is no part of the tree.
            known(&province).then(|| Region {
                code: code.clone(),
                parent,
                level,
                name_zh: name.clone(),
                name_en: None,
                children: false,
            })
        })
        .collect();
    regions.sort_by(|one, two| (one.level, &one.code).cmp(&(two.level, &two.code)));
    regions
}

/// Writes them all, or none.
pub struct Import<'a> {
    /// The upper ones first.
    pub regions: &'a [Region],
    /// Now.
    pub now: Timestamp,
}

impl Deed for Import<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        for region in self.regions {
            regions::keep(tx.connection(), region, self.now).await?;
        }
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_read_from_a_module_and_from_json() {
        let module = "const areaList = { province_list: { 350000: \"\\u798F\\u5EFA\\u7701\" }, city_list: { 350200: \"厦门市\" },\n county_list: { 350203: \"思明区\", 1350203: \"x\" } };";
        let found = read(module);
        assert_eq!(found["350000"], "福建省");
        assert_eq!(found.len(), 3);
        let json = r#"{"350000": "福建省", "350200": "厦门市", "900000": "海外", "351000": 7}"#;
        assert_eq!(read(json).len(), 3);
    }

    #[test]
    fn the_tree_has_its_upper_regions_first_and_nothing_without_its_province() {
        let names = read(
            r#"{"350203":"思明区","350200":"厦门市","350000":"福建省","429004":"仙桃市","420000":"湖北省","330100":"杭州市","900000":"海外"}"#,
        );
        let tree = tree(&names);
        let line = |region: &Region| (region.code.clone(), region.level, region.parent.clone());
        let lines: Vec<_> = tree.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                ("350000".into(), 1, None),
                ("420000".into(), 1, None),
                ("350200".into(), 2, Some("350000".into())),
                ("429004".into(), 2, Some("420000".into())),
                ("350203".into(), 3, Some("350200".into())),
            ]
        );
    }
}
