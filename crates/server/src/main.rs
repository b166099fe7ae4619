//! The binary `yinxin`: `serve`, `ca`, `verify`, `admin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
