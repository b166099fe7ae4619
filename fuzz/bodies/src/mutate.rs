//! Mutations of a corpus without a fuzzer: the same in every run, so that a fault that they find is found again.

/// xorshift64*.
pub struct Random(pub u64);

impl Random {
    /// A number below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// A file of the corpus, one to three times changed; `other` lends it a piece.
pub fn mutate(file: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(out.len() + 1);
        let end = (at + random.below(32)).min(out.len());
        match random.below(7) {
            0 if at < out.len() => out[at] = random.below(256) as u8,
            1 if at < out.len() => out[at] ^= 1 << random.below(8),
            // Lengths and numbers at their edges.
            2 if at < out.len() => {
                out[at] = [0, 1, 0x7F, 0x80, 0x81, 0x82, 0xFE, 0xFF][random.below(8)]
            }
            3 => drop(out.drain(at..end)),
            4 => {
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            5 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                out.splice(at..end, other[from..to].iter().copied());
            }
            _ => out.truncate(at.max(1)),
        }
    }
    out
}
