//! Evidence from outside: trust directories, and revocation lists over HTTP with limits and a cache.
//!
//! - [`load_trust_dir`]: a folder of certificates and revocation lists.
//! - [`Fetcher`]: the lists that a certificate announces, from addresses that the catalogue lists for its
//!   provider and from no others (rule 6), through mirrors where an operator configured some.
//!
//! What comes back is bytes that parse; whether a list counts is `pki::crl`'s to say.

mod address;
mod cache;
mod fetch;
mod mirror;
mod trust_dir;

pub use cache::{Cache, Cached, NoCache, Pending};
pub use fetch::{FetchError, Fetcher, Gathered, Limits, SetUpError};
pub use mirror::{Mirror, MirrorError};
pub use trust_dir::{TrustDir, TrustDirError, load_trust_dir};
