//! The binary `yinxin`: `serve`, `verify`, `admin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
