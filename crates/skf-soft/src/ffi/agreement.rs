//! Clauses 7.6.20 to 7.6.22: SM2 key agreement. The sponsor begins; the responder answers and has the key; the
//! sponsor takes the answer and has it too.

use std::sync::Arc;

use skf_abi::{Byte, EccPublicKeyBlob, Handle, Ulong};

use super::{blobs, guard, input, put, put_handle};
use crate::handles::{self, Object};
use crate::keys::sm2::{MAX_ID, Peer};
use crate::pairs::point_blob;
use crate::sar::Sar;
use crate::session::{self, Agreement};

/// `SKF_GenerateAgreementDataWithECC`: the sponsor begins.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenerateAgreementDataWithECC(
    container: Handle,
    algorithm: Ulong,
    temporary: *mut EccPublicKeyBlob,
    id: *const Byte,
    id_length: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        if temporary.is_null() {
            return Err(Sar::PARAMETER);
        }
        // SAFETY: the module's contract.
        unsafe {
            let id = input(id, id_length, MAX_ID)?;
            put_handle(place, || {
                let (begun, public) = Agreement::begin(&container, algorithm, id)?;
                put(temporary, point_blob(&public))?;
                handles::insert(Object::Agreement(Arc::new(begun)))
            })
        }
    })
}

/// `SKF_GenerateAgreementDataAndKeyWithECC`: the responder answers.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenerateAgreementDataAndKeyWithECC(
    container: Handle,
    algorithm: Ulong,
    sponsor: *const EccPublicKeyBlob,
    sponsor_temporary: *const EccPublicKeyBlob,
    temporary: *mut EccPublicKeyBlob,
    id: *const Byte,
    id_length: Ulong,
    sponsor_id: *const Byte,
    sponsor_id_length: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        if temporary.is_null() {
            return Err(Sar::PARAMETER);
        }
        // SAFETY: the module's contract.
        unsafe {
            let sponsor = Peer {
                public: &blobs::point(sponsor)?,
                temporary: &blobs::point(sponsor_temporary)?,
                id: input(sponsor_id, sponsor_id_length, MAX_ID)?,
            };
            let id = input(id, id_length, MAX_ID)?;
            put_handle(place, || {
                let (key, public) = session::respond(&container, algorithm, id, &sponsor)?;
                put(temporary, point_blob(&public))?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}

/// `SKF_GenerateKeyWithECC`: the sponsor takes the answer.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenerateKeyWithECC(
    agreement: Handle,
    responder: *const EccPublicKeyBlob,
    responder_temporary: *const EccPublicKeyBlob,
    responder_id: *const Byte,
    responder_id_length: Ulong,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        let agreement = handles::agreement(agreement)?;
        // SAFETY: the module's contract.
        unsafe {
            let responder = Peer {
                public: &blobs::point(responder)?,
                temporary: &blobs::point(responder_temporary)?,
                id: input(responder_id, responder_id_length, MAX_ID)?,
            };
            put_handle(place, || {
                let key = agreement.finish(&responder)?;
                handles::insert(Object::Key(Arc::new(key)))
            })
        }
    })
}
