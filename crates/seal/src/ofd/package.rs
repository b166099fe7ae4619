//! The file around an OFD: a ZIP (GB/T 33190-2016 §7.2, APPNOTE 6.3), read strictly.
//!
//! Readers of ZIP find entries in three ways — by the directory at the end, by the headers in front of the
//! data, by scanning — and differ on duplicates, on bytes in between and on names. What was signed has to be
//! what every one of them shows, so here all three have to agree: every byte belongs to exactly one entry or
//! to the directory, header and directory say the same, and no two names could be one on some system.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use pki::{HashAlgorithm, Hasher};

/// Most entries of one file.
pub const MAX_ENTRIES: usize = 20_000;
/// Most bytes of one entry, unpacked.
pub const MAX_ENTRY: u64 = 256 << 20;
/// Most bytes of all entries, unpacked.
pub const MAX_TOTAL: u64 = 1 << 30;
/// Most unpacked bytes for a packed one, beyond the first megabyte. Pages of text reach 20, empty scans 200.
const MAX_RATIO: u64 = 400;
const MAX_NAME: usize = 512;

const END: &[u8; 4] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const CENTRAL_LENGTH: usize = 46;
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const LOCAL_LENGTH: usize = 30;
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";

/// General purpose bits that are understood: compression level, sizes behind the data, UTF-8 names.
const KNOWN_FLAGS: u16 = 0b1000_0000_1110;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// Extra fields that change what an entry is: ZIP64, strong encryption, other names and comments, AES.
const FORBIDDEN_EXTRA: [u16; 5] = [0x0001, 0x0017, 0x6375, 0x7075, 0x9901];

/// Why a file is no package that every reader reads alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// No directory at the very end.
    #[error("the file does not end with a ZIP directory")]
    NotZip,
    /// ZIP64, several disks, or a directory whose numbers do not fit the file.
    #[error("the ZIP directory does not fit the file")]
    Directory,
    /// An entry is encrypted.
    #[error("the entry {0} is encrypted")]
    Encrypted(String),
    /// A packing method or flag that is not read.
    #[error("the entry {0} is packed in a way that is not read")]
    Unsupported(String),
    /// A name that could leave the package or be read as another.
    #[error("the entry name {0:?} is not allowed")]
    Name(String),
    /// Two entries of one name, or of names that some system takes for one.
    #[error("two entries have the name {0}")]
    Duplicate(String),
    /// Header and directory differ.
    #[error("header and directory differ about {0}")]
    Disagreement(String),
    /// Bytes that belong to no entry, entries that overlap, or a comment.
    #[error("bytes at {0} belong to no entry")]
    Stray(u64),
    /// Too many entries, too large, or packed beyond measure.
    #[error("the package exceeds the limit on {0}")]
    Limit(&'static str),
    /// The data of an entry cannot be unpacked to what the directory says.
    #[error("the data of {0} is damaged")]
    Data(String),
    /// No such entry.
    #[error("there is no entry {0}")]
    Missing(String),
}

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path, without a leading slash.
    pub name: String,
    /// Unpacked length in bytes.
    pub size: u64,
    packed: bool,
    crc: u32,
    data: Range<usize>,
    record: Range<usize>,
    central: Range<usize>,
}

impl Entry {
    /// Whether it is a folder's own entry.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Where header, data and what follows them stand in the file.
    #[must_use]
    pub fn record(&self) -> Range<usize> {
        self.record.clone()
    }

    /// Where its entry in the directory stands in the file.
    #[must_use]
    pub fn central(&self) -> Range<usize> {
        self.central.clone()
    }
}

/// A package that was read strictly. Entries are unpacked when they are asked for.
#[derive(Debug, Clone)]
pub struct Package<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    by_folded: BTreeMap<String, usize>,
    directory: usize,
}

impl<'a> Package<'a> {
    /// Reads directory and headers, and holds every byte against them. Nothing is unpacked yet.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, PackageError> {
        let (count, directory) = end(bytes)?;
        let mut entries = Vec::with_capacity(count);
        let mut at = directory;
        let mut total = 0u64;
        for _ in 0..count {
            let entry = central(bytes, &mut at)?;
            total = total.saturating_add(entry.size);
            if total > MAX_TOTAL {
                return Err(PackageError::Limit("unpacked bytes"));
            }
            entries.push(entry);
        }
        if at != bytes.len() - END_LENGTH {
            return Err(PackageError::Directory);
        }
        for entry in &mut entries {
            local(bytes, entry)?;
        }
        no_stray_bytes(&entries, directory)?;
        let by_folded = names(&entries)?;
        Ok(Self {
            bytes,
            entries,
            by_folded,
            directory,
        })
    }

    /// All bytes of the file.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All entries, folders included, in the order of the directory.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All files, without folders.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_folder())
    }

    /// Where the directory begins.
    #[must_use]
    pub const fn directory(&self) -> usize {
        self.directory
    }

    /// The file of this path. Upper and lower case count as one, since no two names differ by them alone
    /// and some makers write them differently in a reference.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Entry> {
        self.by_folded
            .get(&fold(path))
            .map(|index| &self.entries[*index])
            .filter(|entry| !entry.is_folder())
    }

    /// Unpacks a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`PackageError::Missing`], [`PackageError::Limit`], [`PackageError::Data`].
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, PackageError> {
        let entry = self
            .find(path)
            .ok_or_else(|| PackageError::Missing(path.into()))?;
        if entry.size > limit {
            return Err(PackageError::Limit("bytes of one file"));
        }
        let mut out = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0).min(1 << 20));
        self.unpack(entry, |piece| out.extend_from_slice(piece))?;
        Ok(out)
    }

    /// Digest of an unpacked file, in pieces.
    ///
    /// # Errors
    /// [`PackageError::Data`].
    pub fn digest(&self, entry: &Entry, algorithm: HashAlgorithm) -> Result<Vec<u8>, PackageError> {
        let mut hasher = Hasher::new(algorithm);
        self.unpack(entry, |piece| hasher.update(piece))?;
        Ok(hasher.finalize())
    }

    /// Hands out the unpacked bytes and checks length, end and CRC.
    fn unpack(&self, entry: &Entry, mut take: impl FnMut(&[u8])) -> Result<(), PackageError> {
        let damaged = || PackageError::Data(entry.name.clone());
        let data = &self.bytes[entry.data.clone()];
        let mut crc = Crc::new();
        let mut length = 0u64;
        if entry.packed {
            let mut decoder = DeflateDecoder::new(data);
            let mut piece = vec![0u8; 64 << 10];
            loop {
                let count = decoder.read(&mut piece).map_err(|_| damaged())?;
                if count == 0 {
                    break;
                }
                length += count as u64;
                if length > entry.size {
                    return Err(damaged());
                }
                crc.update(&piece[..count]);
                take(&piece[..count]);
            }
            if decoder.total_in() != data.len() as u64 {
                return Err(damaged());
            }
        } else {
            length = data.len() as u64;
            for piece in data.chunks(1 << 20) {
                crc.update(piece);
                take(piece);
            }
        }
        if length != entry.size || crc.sum() != entry.crc {
            return Err(damaged());
        }
        Ok(())
    }
}

/// Names that some file system or reader takes for one.
pub(crate) fn fold(name: &str) -> String {
    name.trim_start_matches('/').to_lowercase()
}

/// End of central directory: how many entries, and where they begin.
fn end(bytes: &[u8]) -> Result<(usize, usize), PackageError> {
    let start = bytes
        .len()
        .checked_sub(END_LENGTH)
        .ok_or(PackageError::NotZip)?;
    let end = &bytes[start..];
    if !end.starts_with(END) || !bytes.starts_with(LOCAL) {
        return Err(PackageError::NotZip);
    }
    let (disk, directory_disk) = (u16_at(end, 4), u16_at(end, 6));
    let (here, count) = (u16_at(end, 8), u16_at(end, 10));
    let (size, offset) = (u32_at(end, 12) as usize, u32_at(end, 16) as usize);
    let zip64 = start >= 20 && bytes[start - 20..].starts_with(ZIP64_LOCATOR);
    let fits = disk == 0
        && directory_disk == 0
        && here == count
        && u16_at(end, 20) == 0
        && offset.checked_add(size) == Some(start)
        && !zip64;
    if !fits {
        return Err(PackageError::Directory);
    }
    if count == 0 || usize::from(count) > MAX_ENTRIES {
        return Err(PackageError::Limit("entries"));
    }
    Ok((usize::from(count), offset))
}

/// One entry of the directory; `at` moves behind it.
fn central(bytes: &[u8], at: &mut usize) -> Result<Entry, PackageError> {
    let start = *at;
    let head = bytes
        .get(start..start + CENTRAL_LENGTH)
        .filter(|head| head.starts_with(CENTRAL))
        .ok_or(PackageError::Directory)?;
    let (flags, method) = (u16_at(head, 8), u16_at(head, 10));
    let (packed_size, size) = (u32_at(head, 20), u32_at(head, 24));
    let lengths = [28, 30, 32].map(|at| usize::from(u16_at(head, at)));
    let [name_length, extra_length, comment_length] = lengths;
    let name_start = start + CENTRAL_LENGTH;
    let end = name_start + name_length + extra_length + comment_length;
    let rest = bytes.get(name_start..end).ok_or(PackageError::Directory)?;
    let name = entry_name(&rest[..name_length], flags)?;
    if comment_length != 0 || u16_at(head, 34) != 0 {
        return Err(PackageError::Directory);
    }
    check_flags(flags, method, &name)?;
    check_extra(&rest[name_length..], &name)?;
    let (packed_size, size) = (u64::from(packed_size), u64::from(size));
    if size > MAX_ENTRY {
        return Err(PackageError::Limit("bytes of one file"));
    }
    if size > (1 << 20) && size / packed_size.max(1) > MAX_RATIO {
        return Err(PackageError::Limit("the packing ratio"));
    }
    if (method == 0 && packed_size != size) || (name.ends_with('/') && size != 0) {
        return Err(PackageError::Disagreement(name));
    }
    let offset = u32_at(head, 42) as usize;
    *at = end;
    Ok(Entry {
        name,
        size,
        packed: method == 8,
        crc: u32_at(head, 16),
        // The local header says where the data begins; until then, its length.
        data: 0..packed_size as usize,
        record: offset..offset,
        central: start..end,
    })
}

fn entry_name(bytes: &[u8], flags: u16) -> Result<String, PackageError> {
    let lossy = || PackageError::Name(String::from_utf8_lossy(bytes).into_owned());
    let name = std::str::from_utf8(bytes).map_err(|_| lossy())?;
    // Without the flag, what bytes above ASCII mean depends on the reader.
    if !name.is_ascii() && flags & FLAG_UTF8 == 0 {
        return Err(lossy());
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    let plain = !path.is_empty()
        && name.len() <= MAX_NAME
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
        && !name
            .chars()
            .any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'));
    if plain {
        Ok(name.to_owned())
    } else {
        Err(lossy())
    }
}

fn check_flags(flags: u16, method: u16, name: &str) -> Result<(), PackageError> {
    if flags & FLAG_ENCRYPTED != 0 {
        return Err(PackageError::Encrypted(name.into()));
    }
    if flags & !KNOWN_FLAGS != 0 || !matches!(method, 0 | 8) {
        return Err(PackageError::Unsupported(name.into()));
    }
    Ok(())
}

fn check_extra(mut extra: &[u8], name: &str) -> Result<(), PackageError> {
    while !extra.is_empty() {
        if extra.len() < 4 {
            return Err(PackageError::Disagreement(name.into()));
        }
        let (kind, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        if FORBIDDEN_EXTRA.contains(&kind) {
            return Err(PackageError::Unsupported(name.into()));
        }
        extra = extra
            .get(4 + length..)
            .ok_or_else(|| PackageError::Disagreement(name.into()))?;
    }
    Ok(())
}

/// The header in front of the data: the same as in the directory, then the data's place.
fn local(bytes: &[u8], entry: &mut Entry) -> Result<(), PackageError> {
    let differs = || PackageError::Disagreement(entry.name.clone());
    let start = entry.record.start;
    let head = bytes
        .get(start..start.saturating_add(LOCAL_LENGTH))
        .filter(|head| head.starts_with(LOCAL))
        .ok_or_else(differs)?;
    let directory = &bytes[entry.central.clone()];
    let (flags, method) = (u16_at(head, 6), u16_at(head, 8));
    let (name_length, extra_length) =
        (usize::from(u16_at(head, 26)), usize::from(u16_at(head, 28)));
    let name_start = start + LOCAL_LENGTH;
    let data_start = name_start + name_length + extra_length;
    let names = bytes.get(name_start..data_start).ok_or_else(differs)?;
    if flags != u16_at(directory, 8)
        || method != u16_at(directory, 10)
        || names[..name_length] != *entry.name.as_bytes()
    {
        return Err(differs());
    }
    check_extra(&names[name_length..], &entry.name)?;
    let said = &head[14..26];
    let known = &directory[16..28];
    let behind = flags & FLAG_DESCRIPTOR != 0;
    if said != known && !(behind && said.iter().all(|byte| *byte == 0)) {
        return Err(differs());
    }
    let data_end = data_start + entry.data.len();
    let mut end = data_end;
    if bytes.len() < data_end {
        return Err(differs());
    }
    if behind {
        let rest = &bytes[data_end..];
        end += if rest.starts_with(DESCRIPTOR) && rest.get(4..16) == Some(known) {
            16
        } else if rest.get(..12) == Some(known) {
            12
        } else {
            return Err(differs());
        };
    }
    entry.data = data_start..data_end;
    entry.record = start..end;
    Ok(())
}

/// The records fill the file from its first byte to the directory, each beginning where another ends.
fn no_stray_bytes(entries: &[Entry], directory: usize) -> Result<(), PackageError> {
    let mut records: Vec<&Range<usize>> = entries.iter().map(|entry| &entry.record).collect();
    records.sort_by_key(|record| record.start);
    let mut at = 0;
    for record in records {
        if record.start != at {
            return Err(PackageError::Stray(at.min(record.start) as u64));
        }
        at = record.end;
    }
    if at != directory {
        return Err(PackageError::Stray(at as u64));
    }
    Ok(())
}

/// No two names that are one somewhere, and no file where another name has a folder.
fn names(entries: &[Entry]) -> Result<BTreeMap<String, usize>, PackageError> {
    let mut by_folded = BTreeMap::new();
    let mut folders = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let folded = fold(&entry.name);
        let path = folded.strip_suffix('/').unwrap_or(&folded).to_owned();
        for (at, _) in path.match_indices('/') {
            folders.insert(path[..at].to_owned());
        }
        if by_folded.insert(path, index).is_some() {
            return Err(PackageError::Duplicate(entry.name.clone()));
        }
    }
    let file_as_folder = folders
        .iter()
        .filter_map(|folder| by_folded.get(folder))
        .map(|index: &usize| &entries[*index])
        .find(|entry| !entry.is_folder());
    match file_as_folder {
        Some(entry) => Err(PackageError::Duplicate(entry.name.clone())),
        None => Ok(by_folded),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
