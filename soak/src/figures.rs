//! What was counted and measured, and what of it is a fault.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::processes::Family;

/// Growth of resident memory that counts as none: allocators keep a page here and there.
const FLAT: u64 = 1024 * 1024;
/// A key is seen to come or go within this.
const SEEN: Duration = Duration::from_secs(1);

/// The figures of a soak.
pub struct Figures {
    length: Duration,
    removals: Vec<Duration>,
    inserts: Vec<Duration>,
    logins: Vec<Duration>,
    samples: Vec<(Duration, Family)>,
    rest: Option<Family>,
}

impl Figures {
    /// Nothing yet, of a soak of this length.
    pub fn new(length: Duration) -> Figures {
        Figures {
            length,
            removals: Vec::new(),
            inserts: Vec::new(),
            logins: Vec::new(),
            samples: Vec::new(),
            rest: None,
        }
    }

    /// A key was seen to go.
    pub fn removed(&mut self, took: Duration) {
        self.removals.push(took);
    }

    /// A key was seen to come.
    pub fn inserted(&mut self, took: Duration) {
        self.inserts.push(took);
    }

    /// A login went through.
    pub fn logged_in(&mut self, took: Duration) {
        self.logins.push(took);
    }

    /// What the processes held at a time.
    pub fn sample(&mut self, at: Duration, family: Family) {
        self.samples.push((at, family));
    }

    /// What they held at the end.
    pub fn at_rest(&mut self, family: Family) {
        self.rest = Some(family);
    }

    /// How many checks [`Figures::faults`] makes.
    pub const fn checks(&self) -> usize {
        7
    }

    /// What is not as it must be.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut must = |good: bool, fault: String| {
            if !good {
                faults.push(fault);
            }
        };
        // A slow machine makes fewer rounds; fewer than these show nothing.
        must(
            self.logins.len() >= 10,
            format!("only {} logins were made", self.logins.len()),
        );
        let seen = median(&self.removals).max(median(&self.inserts));
        must(
            seen <= SEEN,
            format!(
                "the agent takes {} ms to see a key come or go",
                seen.as_millis()
            ),
        );
        let (early, late) = (self.quarter(1), self.quarter(3));
        for (what, of) in [
            ("the agent's", (|family| family.agent) as fn(&Family) -> u64),
            ("the workers'", |family| family.workers),
        ] {
            let (before, after) = (middle(&early, of), middle(&late, of));
            must(
                after <= before + FLAT,
                format!("{what} memory grew from {before} to {after} bytes"),
            );
        }
        let files = |family: &Family| family.files as u64;
        let (before, after) = (middle(&early, files), middle(&late, files));
        must(
            after <= before + 2,
            format!("open files grew from {before} to {after}"),
        );
        let (Some((_, first)), Some(rest)) = (self.samples.first(), self.rest) else {
            must(false, "nothing was measured".to_owned());
            return faults;
        };
        must(
            rest.zombies == 0,
            format!("{} workers ended and nobody waited for them", rest.zombies),
        );
        must(
            rest.count == first.count && rest.threads <= first.threads,
            format!(
                "{} workers and {} threads at first, {} and {} at the end",
                first.count, first.threads, rest.count, rest.threads
            ),
        );
        faults
    }

    /// The same for a program.
    pub fn json(&self) -> Value {
        let rest = self.rest.map(|family| {
            json!({
                "agent_bytes": family.agent, "workers_bytes": family.workers, "workers": family.count,
                "files": family.files, "threads": family.threads,
            })
        });
        json!({
            "minutes": self.length.as_secs() / 60,
            "logins": self.logins.len(),
            "insert_ms": millis(&self.inserts),
            "removal_ms": millis(&self.removals),
            "login_ms": millis(&self.logins),
            "agent_bytes": { "early": middle(&self.quarter(1), |f| f.agent), "late": middle(&self.quarter(3), |f| f.agent) },
            "workers_bytes": { "early": middle(&self.quarter(1), |f| f.workers), "late": middle(&self.quarter(3), |f| f.workers) },
            "rest": rest,
        })
    }

    /// The samples of one quarter of the time, counted from 0: the first is warming up.
    fn quarter(&self, quarter: u32) -> Vec<Family> {
        let (from, to) = (self.length * quarter / 4, self.length * (quarter + 1) / 4);
        let last = quarter == 3;
        self.samples
            .iter()
            .filter(|(at, _)| *at >= from && (*at < to || last))
            .map(|(_, family)| *family)
            .collect()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mega = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
        writeln!(
            f,
            "{} logins in {} s",
            self.logins.len(),
            self.length.as_secs()
        )?;
        for (what, times) in [
            ("a key seen to go", &self.removals),
            ("a key seen to come", &self.inserts),
            ("a login, page and server included", &self.logins),
        ] {
            let worst = times.iter().max().copied().unwrap_or_default();
            writeln!(
                f,
                "  {what}: median {} ms, worst {} ms",
                median(times).as_millis(),
                worst.as_millis()
            )?;
        }
        let (early, late) = (self.quarter(1), self.quarter(3));
        for (what, of) in [
            ("agent", (|family| family.agent) as fn(&Family) -> u64),
            ("workers", |family| family.workers),
        ] {
            let (before, after) = (middle(&early, of), middle(&late, of));
            writeln!(
                f,
                "  resident memory, {what}: {:.1} MB in the second quarter, {:.1} MB in the last",
                mega(before),
                mega(after)
            )?;
        }
        Ok(())
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn middle(families: &[Family], of: impl Fn(&Family) -> u64) -> u64 {
    let mut sorted: Vec<_> = families.iter().map(of).collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn millis(times: &[Duration]) -> Value {
    let worst = times.iter().max().copied().unwrap_or_default();
    json!({ "median": median(times).as_millis() as u64, "worst": worst.as_millis() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(agent: u64, count: usize) -> Family {
        Family {
            agent,
            workers: 0,
            count,
            zombies: 0,
            files: 20,
            threads: 4,
        }
    }

    fn soaked(grow: u64, left_over: usize) -> Figures {
        let mut figures = Figures::new(Duration::from_secs(40));
        for second in 0..40 {
            let short = Duration::from_millis(5);
            figures.removed(short);
            figures.inserted(short);
            figures.logged_in(short);
            figures.sample(
                Duration::from_secs(second),
                family(10_000_000 + second * grow, 2),
            );
        }
        figures.at_rest(family(10_000_000, 2 + left_over));
        figures
    }

    #[test]
    fn flat_memory_and_the_same_workers_are_no_fault() {
        assert_eq!(soaked(0, 0).faults(), Vec::<String>::new());
    }

    #[test]
    fn memory_that_grows_is_a_fault() {
        assert_eq!(soaked(100_000, 0).faults().len(), 1);
    }

    #[test]
    fn a_worker_that_is_left_over_is_a_fault() {
        assert_eq!(soaked(0, 1).faults().len(), 1);
    }
}
