//! A demo of the soak's own: `cargo xtask run` on an empty folder and free ports.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::Error;

/// A running demo with one account and one key of its organisation.
pub struct Demo {
    child: Child,
    drawer: PathBuf,
    _folder: TempDir,
    /// Origin of the platform that the soak logs in to.
    pub platform: String,
    /// Origin of the agent.
    pub agent: String,
    /// The agent's process id.
    pub agent_process: u32,
    /// The account's name.
    pub account: String,
    /// Its password.
    pub password: String,
    /// The key's number, which is also its folder in the drawer.
    pub key: String,
    /// Its user PIN.
    pub pin: String,
}

impl Demo {
    /// Starts it and waits for its JSON line.
    pub fn start(xtask: &Path, folder: TempDir) -> Result<Demo, Error> {
        let mut child = Command::new(xtask)
            .args([
                "run",
                "--port",
                "0",
                "--agent-port",
                "0",
                "--no-open",
                "--json",
            ])
            .arg("--data")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let up: Value = serde_json::from_str(&line)?;

        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or("not the JSON line of a demo")
        };
        let account = find(&up["accounts"], |account| {
            account["role"] == "administrator" && account["platform"] == "gongecai"
        })?;
        let key = find(&up["keys"], |key| {
            key["provider"] == "szca" && key["organisation"] == account["organisation"]
        })?;
        Ok(Demo {
            drawer: PathBuf::from(text(&up["agent_environment"]["YINXIN_SOFT_DRAWER"])?),
            platform: text(&account["url"])?.trim_end_matches('/').to_owned(),
            agent: text(&up["agent"])?,
            agent_process: up["processes"]["yinxin-agent"]
                .as_u64()
                .and_then(|id| u32::try_from(id).ok())
                .ok_or("the demo has no agent")?,
            account: text(&account["name"])?,
            password: text(&account["password"])?,
            key: text(&key["number"])?,
            pin: text(&key["pin"])?,
            child,
            _folder: folder,
        })
    }

    /// Plugs a key in or pulls it out.
    pub fn set_plugged(&self, key: &str, plugged: bool) -> Result<(), Error> {
        let mark = self.drawer.join(key).join("plugged");
        if plugged {
            std::fs::write(mark, "")?;
        } else {
            std::fs::remove_file(mark)?;
        }
        Ok(())
    }

    /// Ends it as Ctrl-C does; it must end cleanly, with all its processes.
    pub fn end(mut self) -> Result<(), Error> {
        kill_process(Pid::from_child(&self.child), Signal::INT)?;
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("the demo ended with {status}").into());
        }
        if Path::new(&format!("/proc/{}", self.agent_process)).exists() {
            return Err("the agent outlived its demo".into());
        }
        Ok(())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
            let _ = self.child.wait();
        }
    }
}

fn find(list: &Value, wanted: impl Fn(&Value) -> bool) -> Result<&Value, Error> {
    let mut items = list.as_array().into_iter().flatten();
    Ok(items
        .find(|item| wanted(item))
        .ok_or("the demo lacks what the soak needs")?)
}
