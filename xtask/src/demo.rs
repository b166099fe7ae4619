//! The demo's folder and the steps in which a demo key is produced. They are an operator's steps, through the programs'
//! own commands: application and PINs, key pair in the token, PKCS#10 out, certificate issued, certificate in.

use crate::ledger::{Key, Ledger};
use crate::programs::Programs;
use crate::{Error, Result, command, workspace};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The user PIN of every new demo key.
pub const PIN: &str = "20261122";
/// The administrator PIN of every demo key.
pub const ADMIN_PIN: &str = "rockey-admin";

/// What a key is to be like where it is not the usual one.
#[derive(Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Another product of the provider's.
    pub product: Option<&'a str>,
    /// The last second of its certificate, UNIX.
    pub not_after: Option<i64>,
}

/// The demo's folder: `--data`, else `data/` in the checkout.
pub struct Demo {
    /// The folder itself.
    pub data: PathBuf,
    /// Our programs.
    pub programs: Programs,
}

impl Demo {
    /// The demo in a folder.
    pub fn at(data: Option<PathBuf>, programs: Programs) -> Result<Self> {
        let data = data.unwrap_or_else(|| workspace::root().join("data"));
        Ok(Demo {
            data: std::path::absolute(data).map_err(Error::failed)?,
            programs,
        })
    }

    /// The server's folder: database, objects, CA keys.
    pub fn server_data(&self) -> PathBuf {
        self.data.join("yinxin")
    }

    /// The trust anchors of the demo CAs.
    pub fn anchors(&self) -> PathBuf {
        self.server_data().join("anchors")
    }

    /// The agent's folder: settings and journal.
    pub fn agent_state(&self) -> PathBuf {
        self.data.join("agent")
    }

    /// The drawer: one folder a key; it is plugged in while it holds the file `plugged`.
    pub fn drawer(&self) -> PathBuf {
        self.data.join("drawer")
    }

    /// What the programs say while they run.
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// Makes the folders.
    pub fn create(&self) -> Result<()> {
        for dir in [
            self.server_data(),
            self.agent_state(),
            self.drawer(),
            self.logs(),
        ] {
            workspace::create_dir(&dir)?;
        }
        Ok(())
    }

    /// The demo CAs of these providers, organisations and accounts, as far as they aren't there yet; answers what
    /// the command answers. The other providers' CAs are made when the first key is asked of them.
    pub fn init(&self, providers: &[&str]) -> Result<Value> {
        let named: Vec<_> = providers.iter().map(|id| ("--provider", *id)).collect();
        self.admin(&["init"], &named)
    }

    /// 区划 from the package that the pages' build has brought; a build without the pages has none, and says so.
    pub fn regions(&self) -> Result<()> {
        let file = workspace::root().join("web/node_modules/@vant/area-data/dist/index.js");
        if !file.is_file() {
            workspace::say(
                "the pages' packages are not here: the demo has no 区划 (yinxin admin regions import)",
            );
            return Ok(());
        }
        let mut import = Command::new(&self.programs.yinxin);
        import
            .args(["admin", "regions", "import", "--json", "--data"])
            .arg(self.server_data())
            .arg(file);
        command::output(&mut import)?;
        Ok(())
    }

    /// Produces a key for an organisation and enters it in the ledger.
    pub fn produce(
        &self,
        ledger: &mut Ledger,
        provider: &str,
        organisation: &str,
        uscc: &str,
        holder: &str,
        how: Wish<'_>,
    ) -> Result<Key> {
        let algorithm = algorithm(provider)?;
        let number = ledger.next_number(provider);
        let key = Key {
            algorithm,
            product: how.product.map(str::to_owned),
            number,
            provider: provider.into(),
            organisation: organisation.into(),
            uscc: uscc.into(),
            holder: holder.into(),
            pin: PIN.into(),
            admin_pin: ADMIN_PIN.into(),
            expired: false,
            revoked: false,
        };
        // The number is taken, whatever happens next.
        ledger.write(&self.data)?;
        workspace::create_dir(&self.drawer().join(&key.number))?;
        self.set_plugged(&key.number, true)?;
        self.agent_key(
            &key.number,
            "init",
            &["--label", &key.number],
            &format!("{}\n{}\n", key.admin_pin, key.pin),
        )?;
        self.certify(&key, how.not_after)?;
        ledger.keys.push(key.clone());
        ledger.write(&self.data)?;
        Ok(key)
    }

    /// Has a certificate issued for the key pair in the token, ending at `not_after` (UNIX seconds) where given, and writes it in.
    pub fn certify(&self, key: &Key, not_after: Option<i64>) -> Result<()> {
        let csr = self.data.join(format!("{}.csr", key.number));
        let request = self.agent_key(
            &key.number,
            "csr",
            &["--algorithm", &key.algorithm],
            &format!("{}\n", key.pin),
        )?;
        workspace::write(&csr, text(&request, "csr")?)?;
        let csr_path = csr.display().to_string();
        let not_after = not_after.map(|at| at.to_string());
        let mut with = vec![
            ("--provider", key.provider.as_str()),
            ("--org", &key.organisation),
            ("--uscc", &key.uscc),
            ("--holder", &key.holder),
            ("--key-number", &key.number),
            ("--csr", &csr_path),
        ];
        if let Some(product) = &key.product {
            with.push(("--product", product));
        }
        if let Some(at) = &not_after {
            with.push(("--not-after", at));
        }
        let issued = self.admin(&["issue"], &with)?;
        let certificate = self.data.join(format!("{}.pem", key.number));
        workspace::write(&certificate, text(&issued, "certificate")?)?;
        self.agent_key(
            &key.number,
            "write-certificate",
            &["--certificate", &certificate.display().to_string()],
            &format!("{}\n", key.pin),
        )?;
        for done in [csr, certificate] {
            std::fs::remove_file(done).map_err(Error::failed)?;
        }
        Ok(())
    }

    /// Revokes the key's certificates at its CA; a new CRL says so.
    pub fn revoke(&self, number: &str) -> Result<()> {
        self.admin(&["revoke"], &[("--key-number", number)])
            .map(drop)
    }

    /// Plugs a key in or pulls it out.
    pub fn set_plugged(&self, number: &str, plugged: bool) -> Result<()> {
        let mark = self.drawer().join(number).join("plugged");
        if plugged {
            return std::fs::write(&mark, "")
                .map_err(|e| Error::failed(format!("{}: {e}", mark.display())));
        }
        match std::fs::remove_file(&mark) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::failed(format!("{}: {e}", mark.display())))
            }
            _ => Ok(()),
        }
    }

    /// Makes a blank device and plugs it in: an empty folder of the drawer is one. Says its name.
    pub fn plug_blank(&self) -> Result<String> {
        let name = (1_u32..)
            .map(|count| format!("blank-{count}"))
            .find(|name| !self.drawer().join(name).exists())
            .ok_or_else(|| Error::failed("the drawer is full"))?;
        workspace::create_dir(&self.drawer().join(&name))?;
        self.set_plugged(&name, true)?;
        Ok(name)
    }

    /// Whether this names a device that was laid into the drawer blank, whatever was written on it since.
    pub fn is_blank(&self, name: &str) -> bool {
        let count = name.strip_prefix("blank-");
        count.is_some_and(|count| count.parse::<u32>().is_ok()) && self.drawer().join(name).is_dir()
    }

    /// Whether a key is plugged in.
    pub fn plugged(&self, number: &str) -> bool {
        self.drawer().join(number).join("plugged").is_file()
    }

    /// One production step on a key. PINs go in by standard input, never as an argument.
    pub fn agent_key(
        &self,
        device: &str,
        step: &str,
        arguments: &[&str],
        pins: &str,
    ) -> Result<Value> {
        let mut agent = self.agent();
        agent
            .args(["key", step, "--library"])
            .arg(&self.programs.skf_soft)
            .args(["--device", device]);
        agent.args(arguments).arg("--json");
        json(&command::output_with_input(&mut agent, pins.as_bytes())?)
    }

    /// What the agent sees of the drawer now.
    pub fn tokens(&self) -> Result<Value> {
        let mut agent = self.agent();
        agent
            .args(["tokens", "--library"])
            .arg(&self.programs.skf_soft)
            .arg("--json");
        json(&command::output(&mut agent)?)
    }

    fn agent(&self) -> Command {
        let mut agent = Command::new(&self.programs.agent);
        agent.env("YINXIN_SOFT_DRAWER", self.drawer());
        agent
    }

    fn admin(&self, step: &[&str], with: &[(&str, &str)]) -> Result<Value> {
        let mut yinxin = Command::new(&self.programs.yinxin);
        yinxin
            .args(["admin", "demo"])
            .args(step)
            .arg("--data")
            .arg(self.server_data());
        for (name, value) in with {
            yinxin.args([name, value]);
        }
        json(&command::output(yinxin.arg("--json"))?)
    }
}

fn json(printed: &[u8]) -> Result<Value> {
    serde_json::from_slice(printed).map_err(|e| {
        Error::failed(format!(
            "no JSON ({e}): {}",
            String::from_utf8_lossy(printed).trim()
        ))
    })
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Error::failed(format!("no \"{name}\" in {value}")))
}

/// The algorithm of a provider's demo CA, as `yinxin-agent key csr` names it; read from the provider's own file.
fn algorithm(provider: &str) -> Result<String> {
    let folder = catalogue();
    let of = |file: &Path| {
        let text = std::fs::read_to_string(file).ok()?;
        let table: toml::Table = text.parse().ok()?;
        Some(table.get("demo")?.get("algorithm")?.as_str()?.to_owned())
    };
    let plain = provider
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let found = plain
        .then(|| of(&folder.join(format!("{provider}.toml"))))
        .flatten();
    if let Some(algorithm) = found {
        return Ok(if algorithm == "rsa2048" {
            "rsa".into()
        } else {
            algorithm
        });
    }
    let files = std::fs::read_dir(&folder).map_err(Error::failed)?;
    let mut known: Vec<String> = files
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| of(path).is_some())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    known.sort();
    Err(Error::Usage(format!(
        "There is no demo CA for {provider}. There is one for: {}",
        known.join(", ")
    )))
}

/// The state of a key in one word, the gravest first.
pub fn state(demo: &Demo, key: &Key, tokens: &Value) -> &'static str {
    if key.revoked {
        "revoked"
    } else if key.expired {
        "expired"
    } else if !demo.plugged(&key.number) {
        "unplugged"
    } else if tries_left(tokens, &key.number) == Some(0) {
        "locked"
    } else {
        "plugged"
    }
}

fn tries_left(tokens: &Value, device: &str) -> Option<u64> {
    let list = tokens
        .as_array()
        .or_else(|| tokens.get("tokens")?.as_array())?;
    list.iter()
        .find(|token| token.get("device").and_then(Value::as_str) == Some(device))?
        .get("tries_left")?
        .as_u64()
}

/// The folder of the catalogue.
pub fn catalogue() -> PathBuf {
    workspace::root().join("catalogue")
}

/// The folder of the platforms.
pub fn platforms() -> PathBuf {
    workspace::root().join("platforms")
}

/// Whether a demo was made in this folder.
pub fn exists(data: &Path) -> bool {
    data.join("demo-keys.json").is_file()
}
