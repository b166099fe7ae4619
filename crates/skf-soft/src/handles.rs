//! The table behind the opaque handles: numbers that are never used twice, so that an old handle is an
//! error and not another object.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use skf_abi::{Handle, codes};

use crate::application::Application;
use crate::container::Container;
use crate::device::Device;
use crate::hash::Hash;
use crate::sar::Sar;
use crate::session::{Agreement, Mac, SessionKey};

/// Most open handles of a process.
const MAX_HANDLES: usize = 4096;

/// What a handle stands for.
#[derive(Clone)]
pub enum Object {
    Device(Arc<Device>),
    Application(Arc<Application>),
    Container(Arc<Container>),
    Key(Arc<SessionKey>),
    Hash(Arc<Hash>),
    Mac(Arc<Mac>),
    Agreement(Arc<Agreement>),
}

impl Object {
    fn device(&self) -> &Arc<Device> {
        match self {
            Object::Device(device) => device,
            Object::Application(application) => &application.device,
            Object::Container(container) => &container.application.device,
            Object::Key(key) => &key.slot.device,
            Object::Hash(hash) => &hash.slot.device,
            Object::Mac(mac) => &mac.slot.device,
            Object::Agreement(agreement) => &agreement.slot.device,
        }
    }
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

/// Takes a device out of the table, and with it all that was opened through it.
pub fn remove_device(handle: Handle) -> Result<Arc<Device>, Sar> {
    let mut table = TABLE.lock().map_err(|_| Sar::FAIL)?;
    let Some(Object::Device(device)) = table.objects.get(&handle.addr()) else {
        return Err(Sar::HANDLE);
    };
    let device = Arc::clone(device);
    table
        .objects
        .retain(|_, object| !Arc::ptr_eq(object.device(), &device));
    Ok(device)
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
pub fn key(handle: Handle) -> Result<Arc<SessionKey>, Sar> {
    if let Object::Key(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The hash of a handle.
pub fn hash(handle: Handle) -> Result<Arc<Hash>, Sar> {
    if let Object::Hash(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The MAC of a handle.
pub fn mac(handle: Handle) -> Result<Arc<Mac>, Sar> {
    if let Object::Mac(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}

/// The agreement of a handle.
pub fn agreement(handle: Handle) -> Result<Arc<Agreement>, Sar> {
    if let Object::Agreement(found) = find(handle)? {
        Ok(found)
    } else {
        Err(Sar::HANDLE)
    }
}
