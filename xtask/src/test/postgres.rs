//! A PostgreSQL cluster of the test's own: C collation, a free loopback port, gone afterwards.

use crate::{Error, Result, command, packages};
use rustix::process::Signal;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The cluster; stopped and removed when dropped.
pub struct Postgres {
    server: Child,
    dir: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it.
    pub fn start() -> Result<Self> {
        let bin = packages::postgres_bin()
            .ok_or_else(|| Error::failed("PostgreSQL's programs were not found"))?;
        let dir =
            command::output(as_server("mktemp").args(["-d", "-t", "yinxin-postgres-XXXXXX"]))?;
        let dir = PathBuf::from(String::from_utf8_lossy(&dir).trim());
        let cluster = dir.join("cluster");
        command::output(
            as_server(bin.join("initdb"))
                .args([
                    "--locale=C",
                    "--encoding=UTF8",
                    "--auth=trust",
                    "--username=postgres",
                    "--no-sync",
                    "--pgdata",
                ])
                .arg(&cluster)
                .current_dir("/"),
        )?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|l| l.local_addr())
            .map_err(Error::failed)?
            .port();
        let mut server = as_server(bin.join("postgres"))
            .arg("-D")
            .arg(&cluster)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
            .arg(&dir)
            // Nothing here outlives the test; and each test has a database and a pool of its own.
            .args([
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "max_connections=400",
            ])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| Error::failed(format!("{}: {e}", bin.display())))?;
        let said = server.stderr.take();
        let postgres = Postgres { server, dir, port };
        let said = BufReader::new(
            said.ok_or_else(|| Error::failed("PostgreSQL's messages can't be read"))?,
        );
        wait_ready(said)?;
        Ok(postgres)
    }

    /// The superuser's URL.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: it waits for no client.
        command::signal(self.server.id(), Signal::INT);
        let _gone = self.server.wait();
        let _gone = std::fs::remove_dir_all(&self.dir);
    }
}

/// Reads until PostgreSQL says that it accepts connections, then goes on reading, so that it never waits for us.
fn wait_ready(mut said: BufReader<impl std::io::Read + Send + 'static>) -> Result<()> {
    let mut all = String::new();
    loop {
        let before = all.len();
        if said.read_line(&mut all).map_err(Error::failed)? == 0 {
            return Err(Error::failed(format!("PostgreSQL did not start:\n{all}")));
        }
        if all[before..].contains("ready to accept connections") {
            std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
            return Ok(());
        }
    }
}

/// A command as the user that PostgreSQL runs as: it refuses root, for which its packages made a user `postgres`.
/// Where the system can do that it ends when xtask ends, in whatever way.
fn as_server(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if packages::is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg("--").arg(program.as_ref());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_sorts_by_bytes_and_is_gone_after_the_test() {
        if packages::postgres_bin().is_none() {
            assert_ne!(
                std::env::var("YINXIN_REQUIRE_TOOLS").as_deref(),
                Ok("1"),
                "PostgreSQL is not installed"
            );
            eprintln!("skipped: PostgreSQL is not installed");
            return;
        }
        let postgres = Postgres::start().unwrap();
        let bin = packages::postgres_bin().unwrap();
        let ask = |statement: &str| {
            let mut psql = Command::new(bin.join("psql"));
            command::output(psql.args(["-X", "-A", "-t", "-d", &postgres.url(), "-c", statement]))
        };
        let sorted = ask("SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('a'), ('B')) AS v(x)");
        assert_eq!(String::from_utf8_lossy(&sorted.unwrap()).trim(), "Ba");
        let dir = postgres.dir.clone();
        drop(postgres);
        assert!(!dir.exists());
    }
}
