//! `cargo xtask test`: every test, with what they need installed first. A part that can't run has failed;
//! nothing is reported as passed that was not run.

mod long;
mod part;
pub(crate) mod postgres;

use crate::command::Groups;
use crate::workspace::{self, say};
use crate::{Error, Result, command, packages, pages, programs, tools};
use clap::Args;
use part::{Context, Count, Tally, check};
use postgres::Postgres;
use std::process::Command;
use std::time::{Duration, Instant};

/// Options of `cargo xtask test`.
#[derive(Args)]
pub struct Options {
    /// Add soaks, long fuzzing and big crash rounds.
    #[arg(long)]
    long: bool,
    /// Run these parts only; the others are listed as not run.
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<String>,
}

/// A part of the tests.
struct Part {
    name: &'static str,
    /// Where the part is killed; three to four times what it takes on two cores from nothing.
    ceiling: Duration,
    run: fn(&Context, Duration) -> Result<Count>,
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// In this order: what is cheap and often wrong first; the pages before the programs that embed them.
const PARTS: [Part; 9] = [
    Part {
        name: "format",
        ceiling: minutes(1),
        run: format,
    },
    Part {
        name: "pages",
        ceiling: minutes(10),
        run: pages,
    },
    Part {
        name: "clippy",
        ceiling: minutes(20),
        run: clippy,
    },
    Part {
        name: "rust",
        ceiling: minutes(35),
        run: rust,
    },
    Part {
        name: "deny",
        ceiling: minutes(12),
        run: deny,
    },
    Part {
        name: "journeys",
        ceiling: minutes(30),
        run: journeys,
    },
    Part {
        name: "soak",
        ceiling: minutes(20),
        run: long::soak,
    },
    Part {
        name: "fuzz",
        ceiling: minutes(60),
        run: long::fuzz,
    },
    Part {
        name: "generated",
        ceiling: minutes(1),
        run: generated,
    },
];

/// Runs the parts and prints what came of each.
pub fn test(options: Options) -> Result<()> {
    for name in &options.only {
        if !PARTS.iter().any(|part| part.name == name) {
            let known = PARTS.map(|part| part.name).join(", ");
            return Err(Error::Usage(format!(
                "There is no part {name}. There are: {known}"
            )));
        }
    }
    let groups = Groups::default();
    groups.end_on_signal()?;
    let started = Instant::now();
    let wanted =
        |part: &Part| options.only.is_empty() || options.only.iter().any(|name| name == part.name);
    let (_postgres, environment) = prepare(options.long, wanted(&PARTS[3]))?;
    let context = Context {
        groups,
        environment,
        long: options.long,
    };
    let mut lines = vec![line("tools", started.elapsed(), "ready")];
    let mut total = Count::default();
    for part in &PARTS {
        if !wanted(part) || (part.name == "fuzz" && !options.long) {
            lines.push(line(part.name, Duration::ZERO, "not run"));
            continue;
        }
        say(format!("testing: {}", part.name));
        let since = Instant::now();
        let count = (part.run)(&context, part.ceiling).unwrap_or_else(|error| {
            eprintln!("✗ {}: {error}", part.name);
            Count {
                passed: 0,
                failed: 1,
            }
        });
        let outcome = format!("{} passed, {} failed", count.passed, count.failed);
        say(format!(
            "{}: {outcome} in {} s",
            part.name,
            since.elapsed().as_secs()
        ));
        lines.push(line(part.name, since.elapsed(), &outcome));
        total += count;
    }
    println!("\n{}{}", lines.concat(), line("all", started.elapsed(), ""));
    if std::env::var_os("YINXIN_CORPORA").is_none() {
        println!("skipped: tests that read files from elsewhere (YINXIN_CORPORA is not set)\n");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        Ok(())
    } else {
        Err(Error::failed("some tests failed"))
    }
}

fn line(name: &str, took: Duration, outcome: &str) -> String {
    format!(
        "  {name:<12} {:>4}:{:02}  {outcome}\n",
        took.as_secs() / 60,
        took.as_secs() % 60
    )
}

/// Installs and builds what the tests need and says where it is, in the variables that tests read.
fn prepare(long: bool, databases: bool) -> Result<(Option<Postgres>, part::Environment)> {
    packages::ensure(&[
        packages::C_COMPILER,
        packages::CJK_FONT,
        packages::PYTHON,
        packages::PERL,
        packages::GIT,
        packages::CHROMIUM,
        packages::SOFTHSM,
        packages::NSS_TOOLS,
        packages::PDFSIG,
        packages::PINENTRY,
        packages::DBUS,
        packages::SYSTEMD,
        packages::POSTGRES,
    ])?;
    let postgres = if databases {
        Some(Postgres::start()?)
    } else {
        None
    };
    let found = |what: &str, path: Option<std::path::PathBuf>| {
        path.ok_or_else(|| Error::failed(format!("{what} is gone")))
    };
    let mut environment = vec![
        ("YINXIN_REQUIRE_TOOLS", "1".into()),
        ("YINXIN_REQUIRE_WEB", "1".into()),
        ("YINXIN_OPENSSL4", tools::openssl4()?.into()),
        ("YINXIN_PYTHON", tools::python()?.into()),
        ("YINXIN_PKITS", tools::pkits()?.into()),
        (
            "YINXIN_PDFSIG",
            found("pdfsig", command::find_on_path("pdfsig"))?.into(),
        ),
        (
            "YINXIN_PINENTRY",
            found("pinentry-curses", packages::pinentry())?.into(),
        ),
        (
            "YINXIN_DBUS_DAEMON",
            found("dbus-daemon", command::find_on_path("dbus-daemon"))?.into(),
        ),
        (
            "YINXIN_SYSTEMD_ANALYZE",
            found("systemd-analyze", command::find_on_path("systemd-analyze"))?.into(),
        ),
        (
            "YINXIN_SOFTHSM",
            found("SoftHSM", packages::softhsm_library())?.into(),
        ),
    ];
    if let Some(postgres) = &postgres {
        environment.push(("YINXIN_TEST_POSTGRES", postgres.url().into()));
    }
    if long {
        environment.push(("YINXIN_TEST_LONG", "1".into()));
        // Read by proptest itself: every property of ours is tried so many times.
        environment.push(("PROPTEST_CASES", "5000".into()));
    }
    tools::node()?;
    Ok((postgres, environment))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(tools::cargo());
    cargo.args(arguments).current_dir(workspace::root());
    cargo
}

fn format(context: &Context, ceiling: Duration) -> Result<Count> {
    check(
        context,
        &mut cargo(&["fmt", "--all", "--check"]),
        ceiling,
        Tally::One,
    )
}

fn clippy(context: &Context, ceiling: Duration) -> Result<Count> {
    let arguments = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    check(context, &mut cargo(&arguments), ceiling, Tally::One)
}

fn rust(context: &Context, ceiling: Duration) -> Result<Count> {
    let arguments = ["test", "--locked", "--workspace", "--no-fail-fast"];
    check(context, &mut cargo(&arguments), ceiling, Tally::Libtest)
}

fn deny(context: &Context, ceiling: Duration) -> Result<Count> {
    let program = tools::cargo_deny()?;
    let run = |checks: &[&str], tally| {
        let mut deny = Command::new(&program);
        deny.args(["check", "--hide-inclusion-graph"])
            .args(checks)
            .current_dir(workspace::root());
        check(context, &mut deny, ceiling, tally)
    };
    let mut count = run(&["bans", "licenses", "sources"], Tally::One)?;
    // The database of advisories comes by git from one host; without a way there it can't be known.
    let mut fetch = Command::new(&program);
    fetch.args(["fetch", "db"]).current_dir(workspace::root());
    if command::capture(&mut fetch, b"")?.status.success() {
        count += run(&["advisories"], Tally::One)?;
    } else {
        say("advisories: not checked, their database can't be reached from here");
    }
    Ok(count)
}

fn pages(context: &Context, ceiling: Duration) -> Result<Count> {
    let web = workspace::root().join("web");
    pages::install(&web)?;
    let run = |script: &str, tally| {
        check(
            context,
            pages::npm()?
                .args(["run", "--silent", script])
                .current_dir(&web),
            ceiling,
            tally,
        )
    };
    let mut count = run("check", Tally::One)?;
    count += run("test", Tally::Vitest)?;
    pages::build()?;
    count += run("size", Tally::One)?;
    Ok(count)
}

fn journeys(context: &Context, ceiling: Duration) -> Result<Count> {
    let e2e = workspace::root().join("e2e");
    pages::install(&e2e)?;
    let mut playwright = pages::npm()?;
    playwright.args(["test", "--silent"]).current_dir(&e2e).env(
        "YINXIN_XTASK",
        std::env::current_exe().map_err(Error::failed)?,
    );
    check(context, &mut playwright, ceiling, Tally::Playwright)
}

/// What tests and builds generate must be what is committed.
fn generated(_: &Context, _: Duration) -> Result<Count> {
    let status = command::output(
        Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(workspace::root()),
    )?;
    let changed = String::from_utf8_lossy(&status);
    if changed.trim().is_empty() {
        return Ok(Count {
            passed: 1,
            failed: 0,
        });
    }
    Err(Error::failed(format!(
        "the tree is not what is committed:\n{}",
        changed.trim_end()
    )))
}
