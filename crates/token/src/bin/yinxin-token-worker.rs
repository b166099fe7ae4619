//! `yinxin-token-worker`: calls one vendor's token library on behalf of the process that started it.
//! Not meant to be started by hand; see `token::worker`.

fn main() -> std::process::ExitCode {
    match token::worker::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}
