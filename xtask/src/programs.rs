//! Our own programs: built with cargo, found in its build directory.

use crate::workspace::{self, say};
use crate::{Result, command, tools};
use std::path::PathBuf;
use std::process::Command;

/// The programs of the demo.
pub struct Programs {
    /// The platform server.
    pub yinxin: PathBuf,
    /// The demonstration's payment gateway.
    pub gateway: PathBuf,
    /// The desktop client.
    pub agent: PathBuf,
    /// The soft token, reached as a vendor's library is reached.
    pub skf_soft: PathBuf,
}

/// Where cargo puts them in the dev profile.
pub fn built() -> Programs {
    let dir = workspace::target().join("debug");
    Programs {
        yinxin: dir.join("yinxin"),
        gateway: dir.join("yinxin-gateway"),
        agent: dir.join("yinxin-agent"),
        skf_soft: dir.join("libskf_soft.so"),
    }
}

/// Builds server, agent, token worker and soft token. The pages must have been built before: they are embedded.
pub fn build() -> Result<Programs> {
    say("building server, agent and soft token (minutes the first time)");
    let mut cargo = Command::new(tools::cargo());
    cargo
        .args([
            "build", "--locked", "-p", "server", "-p", "agent", "-p", "token", "-p", "skf-soft",
        ])
        .current_dir(workspace::root())
        // A platform without its pages is no platform.
        .env("YINXIN_REQUIRE_WEB", "1");
    command::succeed(&mut cargo)?;
    Ok(built())
}

/// Builds the soak, which drives a demo as browsers do.
pub fn soak() -> Result<PathBuf> {
    say("building the soak");
    let mut cargo = Command::new(tools::cargo());
    cargo
        .args(["build", "--locked", "-p", "soak"])
        .current_dir(workspace::root());
    command::succeed(&mut cargo)?;
    Ok(workspace::target().join("debug/soak"))
}
