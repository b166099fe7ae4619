//! `yinxin-agent`: see `yinxin-agent --help`.

fn main() -> std::process::ExitCode {
    agent::cli::main()
}
