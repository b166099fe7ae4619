//! What keeps secrets inside this process: no core dump holds it, no other process of the user reads it.
//!
//! Freed memory is wiped by the program's allocator (`main.rs`), buffers of libraries included; this is for
//! memory that is in use.

/// Makes the process not dumpable and its core files empty. What the system does not offer is passed over:
/// a client that runs without it is of more use than none.
pub fn harden() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "the process stays dumpable");
        }
    }
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "core files are not switched off");
        }
    }
}
