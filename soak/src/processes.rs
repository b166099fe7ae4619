//! What a process and its children hold, read from `/proc`.

use std::fs;

use crate::Error;

/// The agent and its workers at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Resident memory of the agent, bytes.
    pub agent: u64,
    /// Resident memory of the workers together, bytes.
    pub workers: u64,
    /// How many workers there are.
    pub count: usize,
    /// How many of them have ended and were not waited for.
    pub zombies: usize,
    /// Open files of the agent.
    pub files: usize,
    /// Threads of the agent.
    pub threads: u64,
}

/// Reads a process and its children.
pub fn family(process: u32) -> Result<Family, Error> {
    let own = status(process)?;
    let mut family = Family {
        agent: own.resident,
        workers: 0,
        count: 0,
        zombies: 0,
        files: fs::read_dir(format!("/proc/{process}/fd"))?.count(),
        threads: own.threads,
    };
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end while we look.
        let children = fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let Ok(child) = status(child.parse()?) else {
                continue;
            };
            family.count += 1;
            family.zombies += usize::from(child.zombie);
            family.workers += child.resident;
        }
    }
    Ok(family)
}

struct Status {
    resident: u64,
    threads: u64,
    zombie: bool,
}

fn status(process: u32) -> Result<Status, Error> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    let number = |name: &str| {
        field(name)
            .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Ok(Status {
        resident: number("VmRSS") * 1024,
        threads: number("Threads"),
        zombie: field("State").is_some_and(|state| state.starts_with('Z')),
    })
}
