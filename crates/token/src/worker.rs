//! The worker process: loads one library and calls it, for the process that started it.
//!
//! It talks by its standard input and output, which it takes away from the library (some print to them),
//! is not dumpable, leaves no core, and ends at once when its parent goes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;

use zeroize::Zeroizing;

use crate::wire::{self, Reply, Request};
use crate::{LibraryKind, Quirks, TokenError, file_key, pkcs11, skf};

/// What a worker drives: one library or file, opened.
///
/// A call that this kind of token cannot do is [`TokenError::SymbolMissing`] (the library lacks it) or
/// [`TokenError::NotSupported`] (the kind has no such thing), never a panic.
pub(crate) trait Driver {
    /// Does what is asked. `secrets` are in the order that [`Request`] names.
    fn perform(
        &mut self,
        request: Request,
        secrets: &[Zeroizing<Vec<u8>>],
    ) -> Result<Reply, TokenError>;
}

/// Opens the one driver of this process.
fn open(library: &Path, kind: LibraryKind, quirks: Quirks) -> Result<Box<dyn Driver>, TokenError> {
    match kind {
        LibraryKind::Skf => Ok(Box::new(skf::Library::open(library, quirks)?)),
        LibraryKind::Pkcs11 => Ok(Box::new(pkcs11::Module::open(library)?)),
        LibraryKind::KeyFile => Ok(Box::new(file_key::KeyFile::open(library)?)),
    }
}

type Frame = (Request, Zeroizing<Vec<u8>>);

/// Serves requests until the parent closes the pipe.
///
/// # Errors
/// An I/O error of the pipes; the process then ends, which is what the parent sees.
pub fn run() -> std::io::Result<()> {
    harden()?;
    let (mut input, mut output) = take_pipes()?;

    // One thread reads, so that the end of the parent is noticed while a library hangs in a call.
    let (sender, receiver) = mpsc::channel::<Frame>();
    std::thread::spawn(move || {
        while let Ok(Some(frame)) = read_frame(&mut input) {
            if sender.send(frame).is_err() {
                break;
            }
        }
        end();
    });

    let mut opened: Option<Box<dyn Driver>> = None;
    for (request, secrets) in receiver {
        let reply = answer(&mut opened, request, &secrets);
        drop(secrets);
        write_frame(&mut output, &reply.unwrap_or_else(Reply::Failed))?;
    }
    Ok(())
}

/// Ends this process at once: no destructors and no exit handlers, in which a library could hang too. What the
/// library forked ends with it.
#[cfg(unix)]
#[allow(unsafe_code)]
fn end() -> ! {
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

#[cfg(not(unix))]
fn end() -> ! {
    std::process::exit(0)
}

fn answer(
    opened: &mut Option<Box<dyn Driver>>,
    request: Request,
    secrets: &[u8],
) -> Result<Reply, TokenError> {
    if let Request::Open {
        library,
        kind,
        quirks,
    } = request
    {
        *opened = Some(open(&library, kind, quirks)?);
        return Ok(Reply::Done);
    }
    let garbage = || TokenError::Garbage("the request".to_owned());
    let driver = opened.as_mut().ok_or_else(garbage)?;
    let secrets = wire::unpack_secrets(secrets).ok_or_else(garbage)?;
    driver.perform(request, &secrets)
}

/// PINs pass through this process: nobody of the same user attaches to it or finds its core.
#[cfg(target_os = "linux")]
fn harden() -> std::io::Result<()> {
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
fn harden() -> std::io::Result<()> {
    Ok(())
}

/// Takes the pipes off the standard descriptors and puts nothing in their place.
#[cfg(unix)]
fn take_pipes() -> std::io::Result<(File, File)> {
    use rustix::io::fcntl_dupfd_cloexec;
    let input = fcntl_dupfd_cloexec(std::io::stdin(), 3)?;
    let output = fcntl_dupfd_cloexec(std::io::stdout(), 3)?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok((File::from(input), File::from(output)))
}

#[cfg(windows)]
fn take_pipes() -> std::io::Result<(File, File)> {
    use std::os::windows::io::AsHandle as _;
    let input = std::io::stdin().as_handle().try_clone_to_owned()?;
    let output = std::io::stdout().as_handle().try_clone_to_owned()?;
    Ok((File::from(input), File::from(output)))
}

fn read_frame(input: &mut File) -> std::io::Result<Option<Frame>> {
    let invalid =
        |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let mut prefix = [0; 8];
    match input.read_exact(&mut prefix) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (head, secrets) =
        wire::frame_lengths(prefix).ok_or_else(|| invalid("a frame is too long"))?;
    let mut head = vec![0; head];
    input.read_exact(&mut head)?;
    let mut secrets = Zeroizing::new(vec![0; secrets]);
    input.read_exact(&mut secrets)?;
    let request = serde_json::from_slice(&head).map_err(|_| invalid("a frame is no request"))?;
    Ok(Some((request, secrets)))
}

fn write_frame(output: &mut File, reply: &Reply) -> std::io::Result<()> {
    // It may hold a plaintext.
    let head = Zeroizing::new(serde_json::to_vec(reply)?);
    let prefix = wire::frame_prefix(head.len(), 0)
        .ok_or_else(|| std::io::Error::other("the answer is too long"))?;
    output.write_all(&prefix)?;
    output.write_all(&head)?;
    output.flush()
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
