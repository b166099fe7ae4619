//! Logging and the last words of a command.

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// Logs to standard error, by `RUST_LOG` or at `info`; standard output is for answers.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    // A logger that stands already is as good.
    let _ = started;
}

/// Says why, and ends with 2: the command could not be done as given.
pub fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("yinxin: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::from(2)
}
