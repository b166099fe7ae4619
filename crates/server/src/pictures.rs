//! Pages as pictures, quickly: files stay open and pictures are kept for a while, both within bounds.
//!
//! A revision's object never changes, so what was drawn of it holds for as long as it is kept; a new revision is a new
//! object. What is here is a cache of this process: it may be lost at any time, and every server has its own.
//! Whoever hangs up while waiting for a turn gives it up; a page that is being drawn is drawn to its end and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use render::{Document, OfdDocument, PageError, SealFont};

use crate::files::Mapped;
use crate::formats::Format;

/// Files held open. Each has its structure in memory, and its bytes by a map.
const OPEN: usize = 16;
/// Bytes of all pictures that are kept: some 500 pages at the usual width.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Which picture: the revision, the page from 1, the width in pixels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The revision's object.
    pub object: String,
    /// Bytes of the object that count, where it is looked at as of an earlier revision; all of them where `None`.
    pub length: Option<u64>,
    /// Page, from 1.
    pub page: u32,
    /// Width in pixels.
    pub width: u32,
}

/// The file behind a picture.
#[derive(Clone)]
pub struct Page {
    /// What is wanted.
    pub wanted: Wanted,
    /// The file's format.
    pub format: Format,
    /// Its bytes.
    pub file: Arc<Mapped>,
}

/// Opened files and kept pictures.
#[derive(Default)]
pub struct Pictures {
    opened: Mutex<Recent<FileKey, Arc<Document>>>,
    drawn: Mutex<Recent<Wanted, Arc<[u8]>>>,
}

/// The object, and how much of it counts.
type FileKey = (String, Option<u64>);

/// A map in which the least recently used goes first.
struct Recent<K, V> {
    entries: HashMap<K, (V, u64)>,
    turn: u64,
}

/// The beginning of a mapped file: a PDF as it was before the revisions behind it.
struct Beginning(Arc<Mapped>, usize);

impl AsRef<[u8]> for Beginning {
    fn as_ref(&self) -> &[u8] {
        let whole: &[u8] = (*self.0).as_ref();
        &whole[..self.1.min(whole.len())]
    }
}

impl Pictures {
    /// The kept picture, if it is there: takes microseconds.
    #[must_use]
    pub fn kept(&self, wanted: &Wanted) -> Option<Arc<[u8]>> {
        lock(&self.drawn).get(wanted)
    }

    /// Draws a page as a PNG and keeps it. Call it where blocking is allowed.
    ///
    /// # Errors
    /// [`PageError`].
    pub fn draw(&self, page: &Page, font: Option<&SealFont>) -> Result<Arc<[u8]>, PageError> {
        let wanted = &page.wanted;
        // Another request may have drawn it while this one waited for its turn.
        if let Some(kept) = self.kept(wanted) {
            return Ok(kept);
        }
        let png: Arc<[u8]> = match page.format {
            Format::Pdf => self.open(page)?.png(wanted.page, wanted.width, font)?,
            // Opening reads the directory and two small files; a page's own content is read when it is drawn.
            Format::Ofd => {
                OfdDocument::open((*page.file).as_ref())?.png(wanted.page, wanted.width, font)?
            }
        }
        .into();
        let mut drawn = lock(&self.drawn);
        drawn.put(wanted.clone(), Arc::clone(&png));
        drawn.shrink(|entries| entries.map(|png| png.len()).sum::<usize>() > KEPT_BYTES);
        Ok(png)
    }

    fn open(&self, page: &Page) -> Result<Arc<Document>, PageError> {
        let key = (page.wanted.object.clone(), page.wanted.length);
        if let Some(open) = lock(&self.opened).get(&key) {
            return Ok(open);
        }
        // Outside the lock: two requests may open one file twice, and neither waits for another's.
        let document = match page.wanted.length {
            None => Document::open(Arc::clone(&page.file))?,
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| PageError::Unreadable)?;
                Document::open(Arc::new(Beginning(Arc::clone(&page.file), length)))?
            }
        };
        let document = Arc::new(document);
        let mut opened = lock(&self.opened);
        opened.put(key, Arc::clone(&document));
        opened.shrink(|entries| entries.count() > OPEN);
        Ok(document)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            turn: 0,
        }
    }
}

impl<K: Clone + Eq + std::hash::Hash, V: Clone> Recent<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        self.turn += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.turn;
        Some(value.clone())
    }

    fn put(&mut self, key: K, value: V) {
        self.turn += 1;
        self.entries.insert(key, (value, self.turn));
    }

    /// Forgets the least recently used until what is left is not too much; the newest always stays.
    fn shrink(&mut self, too_much: impl Fn(&mut dyn Iterator<Item = &V>) -> bool)
    where
        K: Clone,
    {
        while self.entries.len() > 1 && too_much(&mut self.entries.values().map(|(value, _)| value))
        {
            let oldest = self.entries.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first_and_the_newest_stays() {
        let mut recent: Recent<u8, usize> = Recent::default();
        for key in 0..4 {
            recent.put(key, 10);
        }
        assert_eq!(recent.get(&0), Some(10));
        recent.shrink(|entries| entries.sum::<usize>() > 25);
        assert_eq!(recent.get(&0), Some(10), "used a moment ago");
        assert_eq!(recent.get(&1), None);
        assert_eq!(recent.get(&2), None);
        recent.put(9, 1000);
        recent.shrink(|entries| entries.sum::<usize>() > 25);
        assert_eq!((recent.get(&9), recent.get(&0)), (Some(1000), None));
    }
}
