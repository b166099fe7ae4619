//! Writing a package anew around entries that stay as they are.
//!
//! The records that stay — header, data, what follows it — are copied byte for byte from the original, as
//! ranges of it; behind them come the new files and a directory of all. Nothing is left between them: an
//! old directory in the middle would be bytes that belong to no entry.

use std::io::Write as _;
use std::ops::Range;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::package::Package;

const VERSION: u16 = 20;
const FLAG_UTF8: u16 = 1 << 11;
/// 1980-01-01, the first day that a ZIP can name: what time something was sealed stands in the signature.
const DATE: u16 = 0x0021;
const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;

/// The new end of a package.
pub(super) struct Appender {
    kept: Vec<Range<u64>>,
    kept_length: u64,
    tail: Vec<u8>,
    directory: Vec<u8>,
    count: usize,
}

impl Appender {
    /// Keeps every entry but those named in `without`.
    pub(super) fn new(package: &Package<'_>, without: &[&str]) -> Option<Self> {
        let mut stays: Vec<_> = package
            .entries()
            .iter()
            .filter(|entry| !without.contains(&entry.name.as_str()))
            .collect();
        stays.sort_by_key(|entry| entry.record().start);
        let mut out = Self {
            kept: Vec::new(),
            kept_length: 0,
            tail: Vec::new(),
            directory: Vec::new(),
            count: 0,
        };
        for entry in stays {
            let record = entry.record();
            let mut central = package.bytes()[entry.central()].to_vec();
            let offset = u32::try_from(out.kept_length).ok()?;
            central[42..46].copy_from_slice(&offset.to_le_bytes());
            out.directory.extend(central);
            out.count += 1;
            out.kept_length += record.len() as u64;
            let (start, end) = (record.start as u64, record.end as u64);
            match out.kept.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => out.kept.push(start..end),
            }
        }
        Some(out)
    }

    /// Adds a file, packed where that makes it smaller.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Option<()> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = encoder
            .write_all(bytes)
            .ok()
            .and_then(|()| encoder.finish().ok())?;
        let (method, data): (u16, &[u8]) = if packed.len() < bytes.len() {
            (8, &packed)
        } else {
            (0, bytes)
        };
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut common = Vec::with_capacity(26);
        for field in [VERSION, FLAG_UTF8, method, 0, DATE] {
            common.extend(field.to_le_bytes());
        }
        common.extend(crc.sum().to_le_bytes());
        common.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
        common.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
        common.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
        common.extend([0, 0]);
        let offset = u32::try_from(self.kept_length + self.tail.len() as u64).ok()?;
        self.tail.extend(b"PK\x03\x04");
        self.tail.extend(&common);
        self.tail.extend(name.as_bytes());
        self.tail.extend(data);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // Comment length, disk, two kinds of attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
        Some(())
    }

    /// The ranges of the original that stay, and what comes behind them.
    pub(super) fn finish(mut self) -> Option<(Vec<Range<u64>>, Vec<u8>)> {
        let offset = u32::try_from(self.kept_length + self.tail.len() as u64).ok()?;
        let size = u32::try_from(self.directory.len()).ok()?;
        let count = u16::try_from(self.count).ok()?;
        self.tail.append(&mut self.directory);
        self.tail.extend(b"PK\x05\x06\0\0\0\0");
        self.tail.extend(count.to_le_bytes());
        self.tail.extend(count.to_le_bytes());
        self.tail.extend(size.to_le_bytes());
        self.tail.extend(offset.to_le_bytes());
        self.tail.extend([0, 0]);
        Some((self.kept, self.tail))
    }
}

/// Puts `bytes` into the last file of a tail, which has to be empty and named `…/name`. `None` for any other
/// tail.
pub(super) fn fill_last(
    tail: &[u8],
    kept_length: u64,
    name: &str,
    bytes: &[u8],
) -> Option<Vec<u8>> {
    let end = tail.len().checked_sub(END_LENGTH)?;
    let u32_at = |at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(tail.get(at..at + 4)?.try_into().ok()?))
    };
    if !tail[end..].starts_with(b"PK\x05\x06") {
        return None;
    }
    let directory = usize::try_from(u64::from(u32_at(end + 16)?).checked_sub(kept_length)?).ok()?;
    // The last entry of the directory ends where the directory does; its header has a fixed length.
    let name_start = tail[..end]
        .windows(name.len())
        .rposition(|window| window == name.as_bytes())
        .filter(|at| at + name.len() == end && *at > directory)?;
    let central = (directory..name_start).rev().find(|at| {
        tail[*at..].starts_with(b"PK\x01\x02")
            && tail.get(*at + 28..*at + 30).is_some_and(|length| {
                at + CENTRAL_LENGTH + usize::from(u16::from_le_bytes([length[0], length[1]])) == end
            })
    })?;
    let local = usize::try_from(u64::from(u32_at(central + 42)?).checked_sub(kept_length)?).ok()?;
    let name_length = end - central - CENTRAL_LENGTH;
    let data = local + LOCAL_LENGTH + name_length;
    let empty = data == directory && tail[local..].starts_with(b"PK\x03\x04");
    let sizes = tail.get(local + 14..local + 26)?;
    if !empty || sizes.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut crc = Crc::new();
    crc.update(bytes);
    let length = u32::try_from(bytes.len()).ok()?;
    let mut numbers = Vec::with_capacity(12);
    numbers.extend(crc.sum().to_le_bytes());
    numbers.extend(length.to_le_bytes());
    numbers.extend(length.to_le_bytes());
    let mut out = tail[..data].to_vec();
    out[local + 14..local + 26].copy_from_slice(&numbers);
    out.extend_from_slice(bytes);
    let mut rest = tail[directory..].to_vec();
    let central = central - directory;
    rest[central + 16..central + 28].copy_from_slice(&numbers);
    let offset = u32_at(end + 16)?.checked_add(length)?;
    let end = rest.len() - END_LENGTH;
    rest[end + 16..end + 20].copy_from_slice(&offset.to_le_bytes());
    out.extend(rest);
    Some(out)
}
