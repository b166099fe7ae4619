//! Hashing what a `/ByteRange` covers: over one signature, or over all of a file in one pass.

use pki::{HashAlgorithm, Hasher};

use super::source::Source;
use super::tail::{self, TailError};

/// The digest that the CMS's message-digest attribute must carry for original ‖ tail.
///
/// # Errors
/// A tail whose signature dictionary is not where [`super::prepare`] puts it.
pub fn digest(
    original: &[u8],
    tail: &[u8],
    algorithm: HashAlgorithm,
) -> Result<Vec<u8>, TailError> {
    let layout = tail::locate(tail, original.len() as u64)?;
    let source = Source::appended(original, tail);
    let mut hasher = Hasher::new(algorithm);
    feed(&mut hasher, &source, 0, layout.contents.0);
    feed(&mut hasher, &source, layout.contents.1, source.len());
    Ok(hasher.finalize())
}

fn feed(hasher: &mut Hasher, source: &Source<'_>, start: u64, end: u64) {
    for piece in source.pieces(start, end) {
        hasher.update(piece);
    }
}

/// What one signature covers: from 0 to the gap, and from behind the gap to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Covered {
    /// Which hash function.
    pub algorithm: HashAlgorithm,
    /// Where the gap begins and ends.
    pub gap: (u64, u64),
    /// Where the second part ends.
    pub end: u64,
}

/// Digests of many signatures over one file, in the order asked.
///
/// The bytes from the start to the last gap are hashed once for each hash function; at every gap
/// the state is cloned, and only the rest of that signature's own revision is hashed apart. Two
/// functions run side by side: each is the only work of its core.
pub(crate) fn digests(source: &Source<'_>, wanted: &[Covered]) -> Vec<Vec<u8>> {
    let mut algorithms: Vec<HashAlgorithm> =
        wanted.iter().map(|covered| covered.algorithm).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let mut results = vec![Vec::new(); wanted.len()];
    let made: Vec<Vec<(usize, Vec<u8>)>> = match algorithms.as_slice() {
        [] => Vec::new(),
        [only] => vec![digests_of(*only, source, wanted)],
        several => std::thread::scope(|scope| {
            let threads: Vec<_> = several
                .iter()
                .map(|algorithm| scope.spawn(|| digests_of(*algorithm, source, wanted)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_default())
                .collect()
        }),
    };
    for (index, digest) in made.into_iter().flatten() {
        results[index] = digest;
    }
    results
}

fn digests_of(
    algorithm: HashAlgorithm,
    source: &Source<'_>,
    wanted: &[Covered],
) -> Vec<(usize, Vec<u8>)> {
    let mut order: Vec<usize> = (0..wanted.len())
        .filter(|index| wanted[*index].algorithm == algorithm)
        .collect();
    order.sort_by_key(|index| wanted[*index].gap.0);
    let mut running = Hasher::new(algorithm);
    let mut position = 0;
    let mut made = Vec::with_capacity(order.len());
    for index in order {
        let covered = wanted[index];
        feed(&mut running, source, position, covered.gap.0);
        position = covered.gap.0;
        let mut own = running.clone();
        feed(&mut own, source, covered.gap.1, covered.end);
        made.push((index, own.finalize()));
    }
    made
}
