//! Clause 7.5: containers and certificates; and the key pairs of clause 7.6.

use std::sync::Arc;

use skf_abi::{
    BoolArgument, Byte, Char, EccPublicKeyBlob, EccSignatureBlob, Handle, RsaPublicKeyBlob, Ulong,
    codes,
};

use super::{fill, fill_list, guard, input, put, put_handle, text};
use crate::container::{self, PublicKeyBlob};
use crate::handles::{self, Object};
use crate::keys;
use crate::sar::Sar;

/// The low 32 bits of a BOOL argument: the rest of the register may be undefined.
fn truth(argument: BoolArgument) -> bool {
    argument & 0xFFFF_FFFF != 0
}

/// `SKF_CreateContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_CreateContainer(
    application: Handle,
    name: *const Char,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let application = handles::application(application)?;
            let name = text(name)?;
            put_handle(place, || {
                let made = container::create(&application, name)?;
                handles::insert(Object::Container(Arc::new(made)))
            })
        }
    })
}

/// `SKF_DeleteContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_DeleteContainer(application: Handle, name: *const Char) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| container::delete(&*handles::application(application)?, unsafe { text(name) }?))
}

/// `SKF_OpenContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_OpenContainer(
    application: Handle,
    name: *const Char,
    place: *mut Handle,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        unsafe {
            let application = handles::application(application)?;
            let name = text(name)?;
            put_handle(place, || {
                let opened = container::open(&application, name)?;
                handles::insert(Object::Container(Arc::new(opened)))
            })
        }
    })
}

/// `SKF_CloseContainer`.
#[unsafe(no_mangle)]
pub extern "system" fn SKF_CloseContainer(container: Handle) -> Ulong {
    guard(|| handles::remove(container, |one| matches!(one, Object::Container(_))).map(drop))
}

/// `SKF_EnumContainer`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_EnumContainer(
    application: Handle,
    list: *mut Char,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let names = container::names(&*handles::application(application)?)?;
        // SAFETY: the module's contract.
        unsafe { fill_list(list, size, &names) }
    })
}

/// `SKF_GetContainerType`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GetContainerType(container: Handle, kind: *mut Ulong) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe { put(kind, handles::container(container)?.kind()?) })
}

/// `SKF_ImportCertificate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ImportCertificate(
    container: Handle,
    signing: BoolArgument,
    der: *const Byte,
    length: Ulong,
) -> Ulong {
    guard(|| {
        // SAFETY: the module's contract.
        let der = unsafe { input(der, length, 1 << 16) }?;
        handles::container(container)?.import_certificate(truth(signing), der)
    })
}

/// `SKF_ExportCertificate`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExportCertificate(
    container: Handle,
    signing: BoolArgument,
    der: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let certificate = handles::container(container)?.certificate(truth(signing))?;
        // SAFETY: the module's contract.
        unsafe { fill(der, size, &certificate) }
    })
}

/// `SKF_GenRSAKeyPair`: 2048 bits only.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenRSAKeyPair(
    container: Handle,
    bits: Ulong,
    blob: *mut RsaPublicKeyBlob,
) -> Ulong {
    guard(|| {
        if bits != 2048 {
            return Err(Sar(codes::SAR_RSAMODULUSLENERR));
        }
        if blob.is_null() {
            return Err(Sar::PARAMETER);
        }
        match handles::container(container)?.generate(keys::generate_rsa)? {
            // SAFETY: the module's contract.
            PublicKeyBlob::Rsa(made) => unsafe { put(blob, made) },
            PublicKeyBlob::Ecc(_) => Err(Sar::FAIL),
        }
    })
}

/// `SKF_GenECCKeyPair`: SM2 for signatures only.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_GenECCKeyPair(
    container: Handle,
    algorithm: Ulong,
    blob: *mut EccPublicKeyBlob,
) -> Ulong {
    guard(|| {
        if algorithm != codes::SGD_SM2_1 {
            return Err(Sar(codes::SAR_NOTSUPPORTYETERR));
        }
        if blob.is_null() {
            return Err(Sar::PARAMETER);
        }
        match handles::container(container)?.generate(keys::generate_sm2)? {
            // SAFETY: the module's contract.
            PublicKeyBlob::Ecc(made) => unsafe { put(blob, made) },
            PublicKeyBlob::Rsa(_) => Err(Sar::FAIL),
        }
    })
}

/// `SKF_ExportPublicKey`: `ECCPUBLICKEYBLOB` (132 octets) or `RSAPUBLICKEYBLOB` (268).
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ExportPublicKey(
    container: Handle,
    signing: BoolArgument,
    place: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let blob = handles::container(container)?.public_key(truth(signing))?;
        let octets = match blob {
            PublicKeyBlob::Ecc(blob) => {
                [&{ blob.bit_len }.to_ne_bytes()[..], &blob.x, &blob.y].concat()
            }
            PublicKeyBlob::Rsa(blob) => [
                &{ blob.alg_id }.to_ne_bytes()[..],
                &{ blob.bit_len }.to_ne_bytes(),
                &blob.modulus,
                &blob.public_exponent,
            ]
            .concat(),
        };
        // SAFETY: the module's contract.
        unsafe { fill(place, size, &octets) }
    })
}

/// `SKF_RSASignData` over a DER `DigestInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_RSASignData(
    container: Handle,
    data: *const Byte,
    length: Ulong,
    signature: *mut Byte,
    size: *mut Ulong,
) -> Ulong {
    guard(|| {
        let container = handles::container(container)?;
        // SAFETY: the module's contract.
        unsafe {
            if signature.is_null() {
                return fill(signature, size, &[0; keys::MODULUS]);
            }
            let made = container.sign_rsa(input(data, length, 256)?)?;
            fill(signature, size, &made)
        }
    })
}

/// `SKF_ECCSignData` over the e of SM2.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SKF_ECCSignData(
    container: Handle,
    digest: *const Byte,
    length: Ulong,
    signature: *mut EccSignatureBlob,
) -> Ulong {
    // SAFETY: the module's contract.
    guard(|| unsafe {
        if signature.is_null() {
            return Err(Sar::PARAMETER);
        }
        let made = handles::container(container)?.sign_sm2(input(digest, length, 256)?)?;
        put(signature, made)
    })
}
