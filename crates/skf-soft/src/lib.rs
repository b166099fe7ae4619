//! A software token behind the SKF C interface of GM/T 0016-2012: what SoftHSM is to PKCS#11.
//!
//! The drawer (`YINXIN_SOFT_DRAWER`) is a folder; each folder in it is a device that is plugged in as long as
//! it holds a file `plugged`. The format on disk, and what it protects against, is in `docs/soft-token.md`.
//!
//! | module | what |
//! |---|---|
//! | [`ffi`] | the exported C functions: pointers in, safe calls, codes out; panics stop here |
//! | `handles` | the table behind the opaque handles |
//! | `device`, `application`, `container` | what the functions mean, in safe Rust |
//! | `drawer` | which devices there are, and waiting for one to come or go |
//! | `state` | the device's file: locked, replaced atomically, synced |
//! | `vault` | PINs and the keys that they wrap |
//! | `keys` | SM2 and RSA |
//!
//! No Rust crate depends on this one; it is reached by path, as a vendor's library is.

mod application;
mod container;
mod device;
mod drawer;
pub mod ffi;
mod handles;
mod keys;
mod sar;
mod state;
mod vault;

#[cfg(test)]
mod crash_tests;
