//! The bytes of a file, in one piece or as an original and the revision appended to it, so that
//! neither has to be copied to be read as one.

use super::syntax::{Parser, SyntaxError};

/// A file of up to two pieces. An object never crosses the seam, since a revision begins there.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    head: &'a [u8],
    tail: &'a [u8],
}

impl<'a> Source<'a> {
    /// A file in one piece.
    pub fn whole(file: &'a [u8]) -> Self {
        Self {
            head: file,
            tail: &[],
        }
    }

    /// An original and what is appended to it.
    pub fn appended(original: &'a [u8], tail: &'a [u8]) -> Self {
        Self {
            head: original,
            tail,
        }
    }

    /// Length of the file in bytes.
    pub fn len(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64
    }

    /// Whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// From `offset` to the end of the piece it stands in; empty past the end.
    pub fn from(&self, offset: u64) -> &'a [u8] {
        let seam = self.head.len() as u64;
        let (piece, at) = if offset < seam {
            (self.head, offset)
        } else {
            (self.tail, offset - seam)
        };
        usize::try_from(at)
            .ok()
            .and_then(|at| piece.get(at..))
            .unwrap_or_default()
    }

    /// The bytes from `start` to `end`, which lie in one piece.
    pub fn slice(&self, start: u64, end: u64) -> Option<&'a [u8]> {
        let length = usize::try_from(end.checked_sub(start)?).ok()?;
        self.from(start).get(..length)
    }

    /// The pieces of `start..end`, in order; shorter where the file ends before.
    pub fn pieces(&self, start: u64, end: u64) -> [&'a [u8]; 2] {
        let seam = self.head.len() as u64;
        let cut = |piece: &'a [u8], from: u64, to: u64| {
            let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(piece.len());
            &piece[clamp(from)..clamp(to).max(clamp(from))]
        };
        [
            cut(self.head, start, end),
            cut(
                self.tail,
                start.saturating_sub(seam),
                end.saturating_sub(seam),
            ),
        ]
    }

    /// At most `count` bytes before `end`, from the piece that holds them.
    pub fn before(&self, end: u64, count: usize) -> &'a [u8] {
        let seam = self.head.len() as u64;
        let (piece, end) = if end > seam {
            (self.tail, end - seam)
        } else {
            (self.head, end)
        };
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(piece.len());
        &piece[end.saturating_sub(count)..end]
    }

    /// A reader at `offset`.
    pub fn parser(&self, offset: u64) -> Result<Parser<'a>, SyntaxError> {
        let rest = self.from(offset);
        if rest.is_empty() {
            return Err(SyntaxError {
                offset,
                what: "an offset points outside the file",
            });
        }
        Ok(Parser::new(rest, offset))
    }
}
