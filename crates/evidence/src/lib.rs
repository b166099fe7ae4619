//! Evidence from outside: trust directories, and revocation lists and OCSP over HTTP with limits and a cache.
//!
//! - [`load_trust_dir`]: a folder of certificates and revocation lists.
//! - [`Fetcher`]: the lists and the responders' answers that a certificate announces, from addresses that the
//!   catalogue lists for its provider and from no others (rule 6), through mirrors where an operator
//!   configured some.
//!
//! What comes back is bytes that parse; whether they count is `pki::crl`'s and `pki::ocsp`'s to say. What is
//! kept for when an address is down is replaced only by what counts and is not older.

mod address;
mod cache;
mod fetch;
mod mirror;
mod trust_dir;

pub use cache::{Cache, Cached, NoCache, Pending};
pub use fetch::{FetchError, Fetcher, Gathered, Limits, SetUpError, client};
pub use mirror::{Mirror, MirrorError};
pub use trust_dir::{TrustDir, TrustDirError, load_trust_dir};
