//! POSIX: process groups, resource limits, descriptors.

use std::fs::File;
use std::path::{Path, PathBuf};

use tokio::process::{Child, Command};

/// A worker's process group: the worker and what its library forked, until that was killed.
pub(crate) struct Descendants(Option<rustix::process::Pid>);

impl Descendants {
    /// A group of its own, so that what a library forks is found again when the worker is ended.
    pub(crate) fn apart(command: &mut Command) {
        command.process_group(0);
    }

    /// The group of a child that was started [`apart`](Descendants::apart).
    pub(crate) fn of(child: &Child) -> Descendants {
        Descendants(
            child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(rustix::process::Pid::from_raw),
        )
    }

    /// Kills the group, once: later the number may be another's.
    pub(crate) fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Ends this process at once: no destructors and no exit handlers, in which a library could hang too. What the
/// library forked ends with it.
#[allow(unsafe_code)]
pub(crate) fn end() -> ! {
    let own = rustix::process::getpid();
    if rustix::process::getpgrp() == own {
        let _ = rustix::process::kill_process_group(own, rustix::process::Signal::KILL);
    }
    // SAFETY: `_exit` of POSIX takes any number and touches no memory of ours.
    unsafe extern "C" {
        safe fn _exit(status: std::ffi::c_int) -> !;
    }
    _exit(0)
}

/// PINs pass through this process: nobody of the same user attaches to it or finds its core.
#[cfg(target_os = "linux")]
pub(crate) fn harden() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn harden() -> std::io::Result<()> {
    Ok(())
}

/// Takes the pipes off the standard descriptors and puts nothing in their place.
pub(crate) fn take_pipes() -> std::io::Result<(File, File)> {
    use rustix::io::fcntl_dupfd_cloexec;
    let input = fcntl_dupfd_cloexec(std::io::stdin(), 3)?;
    let output = fcntl_dupfd_cloexec(std::io::stdout(), 3)?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok((File::from(input), File::from(output)))
}

/// Loads a library; it looks for its own companions where the system does.
///
/// # Safety
/// This runs the library's initialisers.
#[allow(unsafe_code)]
pub(crate) unsafe fn load(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: passed on.
    unsafe { libloading::Library::new(path) }
}

/// A folder of this user's alone for locks that go with the session: `$XDG_RUNTIME_DIR`, else one in the folder for
/// temporary files, if it is ours and closed to others.
pub(crate) fn lock_folder() -> Option<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    if let Some(runtime) = runtime.filter(|folder| folder.is_absolute()) {
        let folder = runtime.join("yinxin");
        let _there = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        return folder.is_dir().then_some(folder);
    }
    let user = rustix::process::getuid();
    let folder = std::env::temp_dir().join(format!("yinxin-{}", user.as_raw()));
    let _there = std::fs::DirBuilder::new().mode(0o700).create(&folder);
    let found = std::fs::symlink_metadata(&folder).ok()?;
    (found.is_dir() && found.uid() == user.as_raw() && found.mode() & 0o077 == 0).then_some(folder)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn a_hardened_process_is_not_dumpable_and_writes_no_core() {
        super::harden().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
    }
}
