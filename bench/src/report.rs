//! A whole run: every sample, every task, then the table.

use std::io::Error;
use std::path::Path;
use std::process::Command;

use pki::{KeyFamily, Signer};
use serde::Serialize;

use crate::certificates::TestSigner;
use crate::measure::Measured;
use crate::{ours, peer, samples};

/// Tasks of ours, in the order of the table.
const TASKS: [&str; 7] = [
    "seal-rsa",
    "verify-rsa",
    "seal-sm2",
    "verify-sm2",
    "sha256",
    "sm3",
    "copy",
];

#[derive(Serialize)]
struct Run {
    peer: Option<String>,
    rounds: usize,
    samples: Vec<SampleRun>,
}

#[derive(Serialize)]
struct SampleRun {
    name: &'static str,
    bytes: u64,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    who: &'static str,
    task: &'static str,
    median_seconds: f64,
    #[serde(flatten)]
    measured: Measured,
}

/// Measures everything, prints the table, writes the figures.
pub fn run(rounds: usize, python: Option<&Path>, json: Option<&Path>) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    write_keys(folder.path())?;
    let mut run = Run {
        peer: None,
        rounds,
        samples: Vec::new(),
    };
    match python {
        Some(python) => run.peer = Some(format!("pyHanko {}", peer::version(python)?)),
        None => eprintln!("bench: YINXIN_PYTHON is not set, so the peer is not measured"),
    }
    for sample in samples::write(folder.path())? {
        eprintln!("bench: {}", sample.name);
        let mut rows = Vec::new();
        for task in TASKS {
            rows.push(row(
                "ours",
                task,
                child(task, &sample.path, folder.path(), rounds)?,
            ));
        }
        for (task, word) in [("seal-rsa", "sign"), ("verify-rsa", "verify")] {
            if let Some(python) = python {
                rows.push(row(
                    "peer",
                    task,
                    peer::run(python, word, &sample.path, folder.path(), rounds)?,
                ));
            }
        }
        run.samples.push(SampleRun {
            name: sample.name,
            bytes: sample.length,
            rows,
        });
    }
    print(&run);
    match json {
        Some(path) => std::fs::write(path, serde_json::to_string_pretty(&run)?),
        None => Ok(()),
    }
}

fn row(who: &'static str, task: &'static str, measured: Measured) -> Row {
    Row {
        who,
        task,
        median_seconds: measured.median(),
        measured,
    }
}

fn write_keys(folder: &Path) -> Result<(), Error> {
    for family in [KeyFamily::Rsa, KeyFamily::Sm2] {
        let signer = TestSigner::new(family);
        debug_assert_eq!(signer.key.algorithm().family(), family);
        let key = signer.key.danger_to_pkcs8_pem().map_err(Error::other)?;
        std::fs::write(
            folder.join(format!("{}.key.pem", ours::name(family))),
            key.as_bytes(),
        )?;
        std::fs::write(
            folder.join(format!("{}.pem", ours::name(family))),
            signer.certificate.to_pem(),
        )?;
    }
    Ok(())
}

fn child(task: &str, file: &Path, keys: &Path, rounds: usize) -> Result<Measured, Error> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command
        .arg("--rounds")
        .arg(rounds.to_string())
        .args(["one", task])
        .arg(file)
        .arg(keys)
        .output()?;
    if !output.status.success() {
        return Err(Error::other(format!(
            "{task}: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn print(run: &Run) {
    println!(
        "Medians of {} rounds; memory is what was resident beside mapped files (the peer's: all of its process).",
        run.rounds
    );
    println!("Ratio: how many times as long as ours (peer), how many times the limit (ours).\n");
    println!(
        "{:<8} {:<11} {:>10} {:>10} {:>7} {:>10} {:>7} {:>9} {:>9}",
        "file", "task", "ours s", "peer s", "ratio", "limit s", "ratio", "ours MiB", "peer MiB"
    );
    for sample in &run.samples {
        let find = |who: &str, task: &str| {
            sample
                .rows
                .iter()
                .find(|row| row.who == who && row.task == task)
        };
        for (task, limit) in [
            ("seal-rsa", "sha256"),
            ("verify-rsa", "sha256"),
            ("seal-sm2", "sm3"),
            ("verify-sm2", "sm3"),
            ("copy", "copy"),
        ] {
            let (Some(ours), Some(limit)) = (find("ours", task), find("ours", limit)) else {
                continue;
            };
            let peer = find("peer", task);
            let number = |value: Option<f64>, digits: usize| {
                value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
            };
            println!(
                "{:<8} {:<11} {:>10.4} {:>10} {:>7} {:>10.4} {:>7.2} {:>9.1} {:>9}",
                sample.name,
                task,
                ours.median_seconds,
                number(peer.map(|peer| peer.median_seconds), 4),
                number(
                    peer.map(|peer| peer.median_seconds / ours.median_seconds),
                    1
                ),
                limit.median_seconds,
                ours.median_seconds / limit.median_seconds,
                ours.measured.peak_kib as f64 / 1024.0,
                number(peer.map(|peer| peer.measured.peak_kib as f64 / 1024.0), 1),
            );
        }
    }
    if let Some(peer) = &run.peer {
        println!(
            "\nPeer: {peer}, RSA only (it has no SM2). Limits: SHA-256 or SM3 over the same bytes once; copy: the file itself."
        );
    }
}
