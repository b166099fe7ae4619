//! The worker process: loads one library and calls it, for the process that started it.
//!
//! It talks by its standard input and output, which it takes away from the library (some print to them),
//! is not dumpable, leaves no core, and ends at once when its parent goes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;

use zeroize::Zeroizing;

use crate::system::{end, harden, take_pipes};
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
