//! A place to keep what was fetched. Where that is, the caller says.

use std::{future::Future, pin::Pin};

use pki::UnixTime;

/// What was kept of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The body as it came.
    pub body: Vec<u8>,
    /// When it came.
    pub fetched_at: UnixTime,
}

/// A future that a trait object returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps bodies by the announced address. A cache may forget and may fail: it then answers `None`.
pub trait Cache: Send + Sync {
    /// What was kept.
    fn load<'a>(&'a self, url: &'a str) -> Pending<'a, Option<Cached>>;
    /// Keeps a body.
    fn keep<'a>(&'a self, url: &'a str, entry: &'a Cached) -> Pending<'a, ()>;
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoCache;

impl Cache for NoCache {
    fn load<'a>(&'a self, _url: &'a str) -> Pending<'a, Option<Cached>> {
        Box::pin(async { None })
    }

    fn keep<'a>(&'a self, _url: &'a str, _entry: &'a Cached) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}
