//! `cargo xtask key`: what a person does to a key with their hands, and what a CA does to its certificate.

use crate::demo::{self, Demo, Wish};
use crate::ledger::{self, Key, Ledger};
use crate::workspace::say;
use crate::{Error, Result, packages, pages, programs};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Options of `cargo xtask key`.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("deed").required(true))]
pub struct Options {
    /// The demo's folder.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Make a key for this organisation (单位名称).
    #[arg(long, group = "deed", requires = "uscc", requires = "provider")]
    org: Option<String>,
    /// Its 统一社会信用代码.
    #[arg(long)]
    uscc: Option<String>,
    /// The provider's id in the catalogue, such as szca, itrus, cfca or zjhx.
    #[arg(long)]
    provider: Option<String>,
    /// Another product of the provider's than the usual one, such as `elsewhere` of szca, which 公e采 refuses.
    #[arg(long, requires = "provider")]
    product: Option<String>,
    /// How soon its certificate ends, such as 20d or 90s: one that can be renewed, or is about to expire.
    #[arg(long, requires = "provider", value_name = "SPAN", value_parser = span)]
    ends_in: Option<i64>,
    /// Who holds the key.
    #[arg(long, default_value = "经办人")]
    holder: String,
    /// Lay a blank key into the drawer and plug it in: what 制证 writes on. `--plug` and `--unplug` take its name, too.
    #[arg(long, group = "deed")]
    blank: bool,
    /// List the keys.
    #[arg(long, group = "deed")]
    list: bool,
    /// Plug a key in.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    plug: Option<String>,
    /// Pull a key out.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    unplug: Option<String>,
    /// Give a key a certificate that has expired already.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    expire: Option<String>,
    /// Have a key's certificate revoked by its CA.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    revoke: Option<String>,
    /// Enter wrong PINs until the key is locked; what was laid in blank is named as `--blank` named it.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    lock: Option<String>,
    /// Unblock a locked key with its administrator PIN; its user PIN is the demo's again.
    #[arg(long, group = "deed", value_name = "NUMBER")]
    unblock: Option<String>,
    /// Print one JSON line instead of a table.
    #[arg(long)]
    json: bool,
}

/// Does the one deed that was asked for.
pub fn key(options: Options) -> Result<()> {
    let built = programs::built();
    let programs = if built.agent.is_file() && built.yinxin.is_file() && built.skf_soft.is_file() {
        built
    } else {
        packages::ensure(&[packages::C_COMPILER])?;
        pages::build()?;
        programs::build()?
    };
    let demo = Demo::at(options.data, programs)?;
    if !demo::exists(&demo.data) {
        let folder = demo.data.display();
        return Err(Error::Usage(format!(
            "There is no demo in {folder} yet. Start one: cargo xtask run"
        )));
    }
    let _lock = ledger::lock(&demo.data)?;
    if options.blank {
        let name = demo.plug_blank()?;
        if options.json {
            println!("{}", json!({ "blank": name }));
        } else {
            println!("{name} is plugged in and blank");
        }
        return Ok(());
    }
    let mut ledger = Ledger::read(&demo.data)?;
    let number = if let (Some(org), Some(uscc), Some(provider)) =
        (&options.org, &options.uscc, &options.provider)
    {
        say(format!("making a key of {provider} for {org}"));
        Some(
            demo.produce(
                &mut ledger,
                provider,
                org,
                uscc,
                &options.holder,
                Wish {
                    product: options.product.as_deref(),
                    not_after: options.ends_in.map(|seconds| now() + seconds),
                },
            )?
            .number,
        )
    } else if let Some(number) = options.plug {
        if !demo.is_blank(&number) {
            ledger.key_mut(&number)?;
        }
        demo.set_plugged(&number, true)?;
        Some(number)
    } else if let Some(number) = options.unplug {
        if !demo.is_blank(&number) {
            ledger.key_mut(&number)?;
        }
        demo.set_plugged(&number, false)?;
        Some(number)
    } else if let Some(number) = options.expire {
        let key = ledger.key_mut(&number)?;
        demo.certify(key, Some(now() - DAY))?;
        key.expired = true;
        Some(number)
    } else if let Some(number) = options.revoke {
        let key = ledger.key_mut(&number)?;
        demo.revoke(&number)?;
        key.revoked = true;
        Some(number)
    } else if let Some(number) = options.lock {
        if !demo.is_blank(&number) {
            ledger.key_mut(&number)?;
        }
        demo.agent_key(&number, "lock", &[], "")?;
        Some(number)
    } else if let Some(number) = options.unblock {
        let key = ledger.key_mut(&number)?;
        demo.agent_key(
            &number,
            "unblock",
            &[],
            &format!("{}\n{}\n", key.admin_pin, demo::PIN),
        )?;
        key.pin = demo::PIN.into();
        Some(number)
    } else {
        None
    };
    ledger.write(&demo.data)?;
    let shown: Vec<Value> = listed(&demo, &ledger)?
        .into_iter()
        .filter(|key| number.as_ref().is_none_or(|n| key["number"] == n.as_str()))
        .collect();
    if options.json {
        println!("{}", json!({ "keys": shown }));
    } else {
        print!("{}", table(&shown));
    }
    Ok(())
}

/// The keys as `run` and `key --list` tell them.
pub fn listed(demo: &Demo, ledger: &Ledger) -> Result<Vec<Value>> {
    let tokens = demo.tokens()?;
    let line = |key: &Key| {
        json!({
            "number": key.number,
            "provider": key.provider,
            "algorithm": key.algorithm,
            "organisation": key.organisation,
            "uscc": key.uscc,
            "holder": key.holder,
            "pin": key.pin,
            "state": demo::state(demo, key, &tokens),
        })
    };
    Ok(ledger.keys.iter().map(line).collect())
}

/// The keys for people.
pub fn table(keys: &[Value]) -> String {
    let columns = [
        "number",
        "provider",
        "algorithm",
        "pin",
        "state",
        "organisation",
    ];
    let mut out = format!(
        "  {:<18} {:<9} {:<9} {:<10} {:<10} {}\n",
        "CA 锁 ID", "provider", "algorithm", "PIN", "state", "单位"
    );
    for key in keys {
        let [number, provider, algorithm, pin, state, organisation] =
            columns.map(|c| key[c].as_str().unwrap_or_default());
        out += &format!(
            "  {number:<20} {provider:<9} {algorithm:<9} {pin:<10} {state:<10} {organisation}\n"
        );
    }
    out
}

const DAY: i64 = 86_400;

/// `20d`, `3h`, `5m` or `90s`, in seconds.
fn span(text: &str) -> std::result::Result<i64, String> {
    let unit = text.char_indices().last().map_or("", |(at, _)| &text[at..]);
    let seconds = match unit {
        "d" => DAY,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return Err("a number and d, h, m or s".into()),
    };
    let count: u16 = text[..text.len() - 1]
        .parse()
        .map_err(|_| "a number up to 65535 and d, h, m or s".to_owned())?;
    Ok(i64::from(count) * seconds)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the system's clock enters"
)]
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        assert_eq!(span("20d"), Ok(20 * DAY));
        assert_eq!(span("90s"), Ok(90));
        for wrong in ["", "d", "20", "20y", "-1d", "二d", "1天"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
