//! Trust directories and revocation evidence over HTTP, with limits and a cache.
