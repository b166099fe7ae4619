//! `yinxin-agent`: see `yinxin-agent --help`.

/// Memory is wiped when it is freed: what a library once held of a PIN (a read buffer, a parsed string) must not
/// stay behind for whoever reads this process or its swap.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    agent::cli::main()
}
