//! A software token behind the SKF C interface of GM/T 0016-2012: what SoftHSM is to PKCS#11.
//!
//! The drawer (`YINXIN_SOFT_DRAWER`) is a folder; each folder in it is a device that is plugged in as long as
//! it holds a file `plugged`. The format on disk, and what it protects against, is in `docs/soft-token.md`.
//!
//! | module | what |
//! |---|---|
//! | [`ffi`] | the exported C functions: pointers in, safe calls, codes out; panics stop here |
//! | `handles` | the table behind the opaque handles |
//! | `device`, `application`, `files`, `container` | what the functions mean, in safe Rust |
//! | `pairs` | the two key pairs of a container, and what each may do |
//! | `session`, `cipher`, `hash` | session keys, MACs, agreements; SM4's modes; hashes |
//! | `drawer` | which devices there are, and waiting for one to come or go |
//! | `state` | the device's file: locked, replaced atomically, synced |
//! | `vault` | PINs and the keys that they wrap |
//! | `keys` | SM2 and RSA |
//! | `system` | what differs between operating systems |
//!
//! No Rust crate depends on this one; it is reached by path, as a vendor's library is.

mod application;
mod cipher;
mod container;
mod device;
mod drawer;
pub mod ffi;
mod files;
mod handles;
mod hash;
mod keys;
mod pairs;
mod sar;
mod session;
mod state;
mod system;
mod vault;

#[cfg(test)]
mod crash_tests;
