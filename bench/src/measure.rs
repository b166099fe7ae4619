//! Time and memory of a piece of work.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// One measurement: every round, and the memory of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Seconds of each round.
    pub seconds: Vec<f64>,
    /// The most memory that was resident beside mapped files, in KiB.
    pub peak_kib: u64,
}

impl Measured {
    /// The median round, in seconds.
    pub fn median(&self) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Does the work `rounds` times; `prepare` is not measured.
pub fn measure<P>(
    rounds: usize,
    mut prepare: impl FnMut() -> std::io::Result<P>,
    mut work: impl FnMut(P) -> std::io::Result<()>,
) -> std::io::Result<Measured> {
    let mut seconds = Vec::new();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let sampler = std::thread::spawn(move || {
        let mut peak = resident_beside_files();
        // Ends when the sender goes; until then a look every half millisecond.
        let pause = std::time::Duration::from_micros(500);
        while ended.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            peak = peak.max(resident_beside_files());
        }
        peak
    });
    for _ in 0..rounds {
        let prepared = prepare()?;
        let start = Instant::now();
        work(prepared)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    drop(end);
    let peak_kib = sampler.join().unwrap_or(0);
    Ok(Measured { seconds, peak_kib })
}

/// `RssAnon` of this process in KiB (proc(5)); 0 where there is no such file.
pub fn resident_beside_files() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
