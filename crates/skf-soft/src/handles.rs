//! The table behind the opaque handles: numbers that are never used twice, so that an old handle is an
//! error and not another object.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use skf_abi::{Handle, codes};
use zeroize::Zeroizing;

use crate::application::Application;
use crate::container::Container;
use crate::device::Device;
use crate::sar::Sar;

/// Most open handles of a process.
const MAX_HANDLES: usize = 4096;

/// What a handle stands for.
#[derive(Clone)]
pub enum Object {
    Device(Arc<Device>),
    Application(Arc<Application>),
    Container(Arc<Container>),
    /// A session key: SM4, ECB.
    Key(Arc<Zeroizing<Vec<u8>>>),
    Hash(Arc<Mutex<Hash>>),
}

/// A hash that is being computed.
pub enum Hash {
    Sm3(sm3::Sm3),
    Sha256(sha2::Sha256),
}

struct Table {
    next: usize,
    objects: HashMap<usize, Object>,
}

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(|| {
    Mutex::new(Table {
        next: 1,
        objects: HashMap::new(),
    })
});

/// Puts an object into the table.
pub fn insert(object: Object) -> Result<Handle, Sar> {
    let mut table = TABLE.lock().map_err(|_| Sar::FAIL)?;
    if table.objects.len() >= MAX_HANDLES {
        return Err(Sar(codes::SAR_MEMORYERR));
    }
    let number = table.next;
    table.next += 1;
    table.objects.insert(number, object);
    Ok(std::ptr::without_provenance_mut(number))
}

fn find(handle: Handle) -> Result<Object, Sar> {
    let table = TABLE.lock().map_err(|_| Sar::FAIL)?;
    table
        .objects
        .get(&handle.addr())
        .cloned()
        .ok_or(Sar::HANDLE)
}

/// Takes an object out of the table, if it is of the kind that `is` accepts.
pub fn remove(handle: Handle, is: impl FnOnce(&Object) -> bool) -> Result<Object, Sar> {
    let mut table = TABLE.lock().map_err(|_| Sar::FAIL)?;
    match table.objects.get(&handle.addr()) {
        Some(object) if is(object) => {}
        _ => return Err(Sar::HANDLE),
    }
    table.objects.remove(&handle.addr()).ok_or(Sar::HANDLE)
}

/// The device of a handle.
pub fn device(handle: Handle) -> Result<Arc<Device>, Sar> {
    if let Object::Device(device) = find(handle)? {
        Ok(device)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The application of a handle.
pub fn application(handle: Handle) -> Result<Arc<Application>, Sar> {
    if let Object::Application(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The container of a handle.
pub fn container(handle: Handle) -> Result<Arc<Container>, Sar> {
    if let Object::Container(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The session key of a handle.
pub fn key(handle: Handle) -> Result<Arc<Zeroizing<Vec<u8>>>, Sar> {
    if let Object::Key(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The hash of a handle.
pub fn hash(handle: Handle) -> Result<Arc<Mutex<Hash>>, Sar> {
    if let Object::Hash(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}
