//! One function pointer type for each function, in the order of GM/T 0016-2012, clause 7.
//!
//! The calling convention is `__stdcall` on 32-bit Windows and C elsewhere, which is what Rust calls
//! `"system"`. All are `unsafe` to call: pointers must be valid for what the clause says of them, and
//! a name or list is NUL-ended. Lists are names each ended by NUL, with one more NUL at the end; a call
//! with a null buffer yields the size.
//!
//! The clause numbers of 7.6 are those of the 2012 edition.

use crate::types::{
    BlockCipherParam, BoolArgument, BoolResult, Byte, Char, DevInfo, EccCipherBlobHead,
    EccPrivateKeyBlob, EccPublicKeyBlob, EccSignatureBlob, EnvelopedKeyBlobHead, FileAttribute,
    Handle, RsaPrivateKeyBlob, RsaPublicKeyBlob, Ulong,
};

/// `SKF_WaitForDevEvent`, clause 7.1.2: device name out, its size in and out, event out.
pub type WaitForDevEvent = unsafe extern "system" fn(*mut Char, *mut Ulong, *mut Ulong) -> Ulong;
/// `SKF_CancelWaitForDevEvent`, clause 7.1.3.
pub type CancelWaitForDevEvent = unsafe extern "system" fn() -> Ulong;
/// `SKF_EnumDev`, clause 7.1.4: only present ones, names out, size in and out.
pub type EnumDev = unsafe extern "system" fn(BoolArgument, *mut Char, *mut Ulong) -> Ulong;
/// `SKF_ConnectDev`, clause 7.1.5: name, device out.
pub type ConnectDev = unsafe extern "system" fn(*const Char, *mut Handle) -> Ulong;
/// `SKF_DisConnectDev`, clause 7.1.6: device.
pub type DisConnectDev = unsafe extern "system" fn(Handle) -> Ulong;
/// `SKF_GetDevState`, clause 7.1.7: name, state out.
pub type GetDevState = unsafe extern "system" fn(*const Char, *mut Ulong) -> Ulong;
/// `SKF_SetLabel`, clause 7.1.8: device, label.
pub type SetLabel = unsafe extern "system" fn(Handle, *const Char) -> Ulong;
/// `SKF_GetDevInfo`, clause 7.1.9: device, information out.
pub type GetDevInfo = unsafe extern "system" fn(Handle, *mut DevInfo) -> Ulong;
/// `SKF_LockDev`, clause 7.1.10: device, limit in milliseconds.
pub type LockDev = unsafe extern "system" fn(Handle, Ulong) -> Ulong;
/// `SKF_UnlockDev`, clause 7.1.11: device.
pub type UnlockDev = unsafe extern "system" fn(Handle) -> Ulong;
/// `SKF_Transmit`, clause 7.1.12: device, command, its length, answer out, size in and out.
pub type Transmit =
    unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_ChangeDevAuthKey`, clause 7.2.2: device, new key, its length.
pub type ChangeDevAuthKey = unsafe extern "system" fn(Handle, *const Byte, Ulong) -> Ulong;
/// `SKF_DevAuth`, clause 7.2.3: device, answer, its length.
pub type DevAuth = unsafe extern "system" fn(Handle, *const Byte, Ulong) -> Ulong;
/// `SKF_ChangePIN`, clause 7.2.4: application, kind, old, new, tries left out.
pub type ChangePin =
    unsafe extern "system" fn(Handle, Ulong, *const Char, *const Char, *mut Ulong) -> Ulong;
/// `SKF_GetPINInfo`, clause 7.2.5: application, kind, most tries out, tries left out, default PIN out.
pub type GetPinInfo =
    unsafe extern "system" fn(Handle, Ulong, *mut Ulong, *mut Ulong, *mut BoolResult) -> Ulong;
/// `SKF_VerifyPIN`, clause 7.2.6: application, kind, PIN, tries left out.
pub type VerifyPin = unsafe extern "system" fn(Handle, Ulong, *const Char, *mut Ulong) -> Ulong;
/// `SKF_UnblockPIN`, clause 7.2.7: application, administrator PIN, new user PIN, tries left out.
pub type UnblockPin =
    unsafe extern "system" fn(Handle, *const Char, *const Char, *mut Ulong) -> Ulong;
/// `SKF_ClearSecureState`, clause 7.2.8: application.
pub type ClearSecureState = unsafe extern "system" fn(Handle) -> Ulong;
/// `SKF_CreateApplication`, clause 7.3.2: device, name, administrator PIN, its tries, user PIN, its tries, rights, application out.
pub type CreateApplication = unsafe extern "system" fn(
    Handle,
    *const Char,
    *const Char,
    Ulong,
    *const Char,
    Ulong,
    Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_EnumApplication`, clause 7.3.3: device, names out, size in and out.
pub type EnumApplication = unsafe extern "system" fn(Handle, *mut Char, *mut Ulong) -> Ulong;
/// `SKF_DeleteApplication`, clause 7.3.4: device, name.
pub type DeleteApplication = unsafe extern "system" fn(Handle, *const Char) -> Ulong;
/// `SKF_OpenApplication`, clause 7.3.5: device, name, application out.
pub type OpenApplication = unsafe extern "system" fn(Handle, *const Char, *mut Handle) -> Ulong;
/// `SKF_CloseApplication`, clause 7.3.6: application.
pub type CloseApplication = unsafe extern "system" fn(Handle) -> Ulong;
/// `SKF_CreateFile`, clause 7.4.2: application, name, size, read rights, write rights.
pub type CreateFile = unsafe extern "system" fn(Handle, *const Char, Ulong, Ulong, Ulong) -> Ulong;
/// `SKF_DeleteFile`, clause 7.4.3: application, name.
pub type DeleteFile = unsafe extern "system" fn(Handle, *const Char) -> Ulong;
/// `SKF_EnumFiles`, clause 7.4.4: application, names out, size in and out.
pub type EnumFiles = unsafe extern "system" fn(Handle, *mut Char, *mut Ulong) -> Ulong;
/// `SKF_GetFileInfo`, clause 7.4.5: application, name, attributes out.
pub type GetFileInfo = unsafe extern "system" fn(Handle, *const Char, *mut FileAttribute) -> Ulong;
/// `SKF_ReadFile`, clause 7.4.6: application, name, offset, how many, data out, size in and out.
pub type ReadFile =
    unsafe extern "system" fn(Handle, *const Char, Ulong, Ulong, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_WriteFile`, clause 7.4.7: application, name, offset, data, its length.
pub type WriteFile =
    unsafe extern "system" fn(Handle, *const Char, Ulong, *const Byte, Ulong) -> Ulong;
/// `SKF_CreateContainer`, clause 7.5.2: application, name, container out.
pub type CreateContainer = unsafe extern "system" fn(Handle, *const Char, *mut Handle) -> Ulong;
/// `SKF_DeleteContainer`, clause 7.5.3: application, name.
pub type DeleteContainer = unsafe extern "system" fn(Handle, *const Char) -> Ulong;
/// `SKF_OpenContainer`, clause 7.5.4: application, name, container out.
pub type OpenContainer = unsafe extern "system" fn(Handle, *const Char, *mut Handle) -> Ulong;
/// `SKF_CloseContainer`, clause 7.5.5: container.
pub type CloseContainer = unsafe extern "system" fn(Handle) -> Ulong;
/// `SKF_EnumContainer`, clause 7.5.6: application, names out, size in and out.
pub type EnumContainer = unsafe extern "system" fn(Handle, *mut Char, *mut Ulong) -> Ulong;
/// `SKF_GetContainerType`, clause 7.5.7: container, kind out.
pub type GetContainerType = unsafe extern "system" fn(Handle, *mut Ulong) -> Ulong;
/// `SKF_ImportCertificate`, clause 7.5.8: container, for signing, DER, its length.
pub type ImportCertificate =
    unsafe extern "system" fn(Handle, BoolArgument, *const Byte, Ulong) -> Ulong;
/// `SKF_ExportCertificate`, clause 7.5.9: container, for signing, DER out, size in and out.
pub type ExportCertificate =
    unsafe extern "system" fn(Handle, BoolArgument, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_GenRandom`, clause 7.6.2: device, bytes out, how many.
pub type GenRandom = unsafe extern "system" fn(Handle, *mut Byte, Ulong) -> Ulong;
/// `SKF_GenExtRSAKey`, clause 7.6.3: device, bits, private key out.
pub type GenExtRsaKey = unsafe extern "system" fn(Handle, Ulong, *mut RsaPrivateKeyBlob) -> Ulong;
/// `SKF_GenRSAKeyPair`, clause 7.6.4: container, bits, public key out.
pub type GenRsaKeyPair = unsafe extern "system" fn(Handle, Ulong, *mut RsaPublicKeyBlob) -> Ulong;
/// `SKF_ImportRSAKeyPair`, clause 7.6.5: container, symmetric algorithm, its key under the signing key, length,
/// private key under the symmetric key, length.
pub type ImportRsaKeyPair =
    unsafe extern "system" fn(Handle, Ulong, *const Byte, Ulong, *const Byte, Ulong) -> Ulong;
/// `SKF_RSASignData`, clause 7.6.6: container, input, its length, signature out, size in and out.
pub type RsaSignData =
    unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_RSAVerify`, clause 7.6.7: device, public key, input, its length, signature, its length.
pub type RsaVerify = unsafe extern "system" fn(
    Handle,
    *const RsaPublicKeyBlob,
    *const Byte,
    Ulong,
    *const Byte,
    Ulong,
) -> Ulong;
/// `SKF_RSAExportSessionKey`, clause 7.6.8: container, algorithm, receiver's key, wrapped key out, size in and out,
/// key handle out.
pub type RsaExportSessionKey = unsafe extern "system" fn(
    Handle,
    Ulong,
    *const RsaPublicKeyBlob,
    *mut Byte,
    *mut Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_ExtRSAPubKeyOperation`, clause 7.6.9: device, public key, input, its length, output, size in and out.
pub type ExtRsaPubKeyOperation = unsafe extern "system" fn(
    Handle,
    *const RsaPublicKeyBlob,
    *const Byte,
    Ulong,
    *mut Byte,
    *mut Ulong,
) -> Ulong;
/// `SKF_ExtRSAPriKeyOperation`, clause 7.6.10: device, private key, input, its length, output, size in and out.
pub type ExtRsaPriKeyOperation = unsafe extern "system" fn(
    Handle,
    *const RsaPrivateKeyBlob,
    *const Byte,
    Ulong,
    *mut Byte,
    *mut Ulong,
) -> Ulong;
/// `SKF_GenECCKeyPair`, clause 7.6.11: container, `SGD_SM2_1`, public key out.
pub type GenEccKeyPair = unsafe extern "system" fn(Handle, Ulong, *mut EccPublicKeyBlob) -> Ulong;
/// `SKF_ImportECCKeyPair`, clause 7.6.12: container, the encryption pair in its envelope.
pub type ImportEccKeyPair = unsafe extern "system" fn(Handle, *const EnvelopedKeyBlobHead) -> Ulong;
/// `SKF_ECCSignData`, clause 7.6.13: container, e of SM2 in 32 bytes, its length, signature out.
pub type EccSignData =
    unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut EccSignatureBlob) -> Ulong;
/// `SKF_ECCVerify`, clause 7.6.14: device, public key, e, its length, signature.
pub type EccVerify = unsafe extern "system" fn(
    Handle,
    *const EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *const EccSignatureBlob,
) -> Ulong;
/// `SKF_ECCExportSessionKey`, clause 7.6.15: container, algorithm, receiver's key, wrapped key out, key handle out.
pub type EccExportSessionKey = unsafe extern "system" fn(
    Handle,
    Ulong,
    *const EccPublicKeyBlob,
    *mut EccCipherBlobHead,
    *mut Handle,
) -> Ulong;
/// `SKF_ExtECCEncrypt`, clause 7.6.16: device, public key, plaintext, its length, ciphertext out (the caller
/// makes room for as many octets after the head).
pub type ExtEccEncrypt = unsafe extern "system" fn(
    Handle,
    *const EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *mut EccCipherBlobHead,
) -> Ulong;
/// `SKF_ExtECCDecrypt`, clause 7.6.17: device, private key, ciphertext, plaintext out, size in and out.
pub type ExtEccDecrypt = unsafe extern "system" fn(
    Handle,
    *const EccPrivateKeyBlob,
    *const EccCipherBlobHead,
    *mut Byte,
    *mut Ulong,
) -> Ulong;
/// `SKF_ExtECCSign`, clause 7.6.18: device, private key, e, its length, signature out.
pub type ExtEccSign = unsafe extern "system" fn(
    Handle,
    *const EccPrivateKeyBlob,
    *const Byte,
    Ulong,
    *mut EccSignatureBlob,
) -> Ulong;
/// `SKF_ExtECCVerify`, clause 7.6.19: as [`EccVerify`].
pub type ExtEccVerify = EccVerify;
/// `SKF_GenerateAgreementDataWithECC`, clause 7.6.20: container, algorithm of the key to agree on, temporary key
/// out, own id, its length, agreement handle out.
pub type GenerateAgreementDataWithEcc = unsafe extern "system" fn(
    Handle,
    Ulong,
    *mut EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_GenerateAgreementDataAndKeyWithECC`, clause 7.6.21: container, algorithm, sponsor's key, sponsor's
/// temporary key, own temporary key out, own id, its length, sponsor's id, its length, key handle out.
pub type GenerateAgreementDataAndKeyWithEcc = unsafe extern "system" fn(
    Handle,
    Ulong,
    *const EccPublicKeyBlob,
    *const EccPublicKeyBlob,
    *mut EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *const Byte,
    Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_GenerateKeyWithECC`, clause 7.6.22: agreement, responder's key, responder's temporary key, responder's id,
/// its length, key handle out.
pub type GenerateKeyWithEcc = unsafe extern "system" fn(
    Handle,
    *const EccPublicKeyBlob,
    *const EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_ExportPublicKey`, clause 7.6.23: container, for signing, blob out, size in and out.
pub type ExportPublicKey =
    unsafe extern "system" fn(Handle, BoolArgument, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_ImportSessionKey`, clause 7.6.24: container, algorithm, wrapped key (RSA: octets; SM2: `ECCCIPHERBLOB`),
/// its length, key handle out.
pub type ImportSessionKey =
    unsafe extern "system" fn(Handle, Ulong, *const Byte, Ulong, *mut Handle) -> Ulong;
/// `SKF_SetSymmKey`, clause 7.6.25: device, key, algorithm, key handle out.
pub type SetSymmKey = unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Handle) -> Ulong;
/// `SKF_EncryptInit`, clause 7.6.26: key, parameters by value.
pub type EncryptInit = unsafe extern "system" fn(Handle, BlockCipherParam) -> Ulong;
/// `SKF_Encrypt`, clause 7.6.27: key, plaintext, its length, ciphertext out, size in and out.
pub type Encrypt =
    unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_EncryptUpdate`, clause 7.6.28: as [`Encrypt`], one part.
pub type EncryptUpdate = Encrypt;
/// `SKF_EncryptFinal`, clause 7.6.29: key, the rest out, size in and out.
pub type EncryptFinal = unsafe extern "system" fn(Handle, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_DecryptInit`, clause 7.6.30: as [`EncryptInit`].
pub type DecryptInit = EncryptInit;
/// `SKF_Decrypt`, clause 7.6.31: as [`Encrypt`], the other way.
pub type Decrypt = Encrypt;
/// `SKF_DecryptUpdate`, clause 7.6.32.
pub type DecryptUpdate = Encrypt;
/// `SKF_DecryptFinal`, clause 7.6.33.
pub type DecryptFinal = EncryptFinal;
/// `SKF_DigestInit`, clause 7.6.34: device, algorithm, signer's key or null, signer's id, its length, hash out.
pub type DigestInit = unsafe extern "system" fn(
    Handle,
    Ulong,
    *const EccPublicKeyBlob,
    *const Byte,
    Ulong,
    *mut Handle,
) -> Ulong;
/// `SKF_Digest`, clause 7.6.35: hash, data, its length, value out, size in and out.
pub type Digest =
    unsafe extern "system" fn(Handle, *const Byte, Ulong, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_DigestUpdate`, clause 7.6.36: hash, data, its length.
pub type DigestUpdate = unsafe extern "system" fn(Handle, *const Byte, Ulong) -> Ulong;
/// `SKF_DigestFinal`, clause 7.6.37: hash, value out, size in and out.
pub type DigestFinal = unsafe extern "system" fn(Handle, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_MacInit`, clause 7.6.38: key, parameters by pointer, MAC handle out.
pub type MacInit = unsafe extern "system" fn(Handle, *const BlockCipherParam, *mut Handle) -> Ulong;
/// `SKF_Mac`, clause 7.6.39: as [`Digest`].
pub type Mac = Digest;
/// `SKF_MacUpdate`, clause 7.6.40: as [`DigestUpdate`].
pub type MacUpdate = DigestUpdate;
/// `SKF_MacFinal`, clause 7.6.41: as [`DigestFinal`].
pub type MacFinal = DigestFinal;
/// `SKF_CloseHandle`, clause 7.6.42: session key, hash, MAC or agreement.
pub type CloseHandle = unsafe extern "system" fn(Handle) -> Ulong;

/// `SKF_ECCDecrypt`, *not in the standard*, one of its prototypes: container, ciphertext, plaintext out, size in
/// and out; the encryption key decrypts. Some libraries call the same function `SKF_ECCPrvKeyDecrypt`.
pub type EccDecrypt =
    unsafe extern "system" fn(Handle, *const EccCipherBlobHead, *mut Byte, *mut Ulong) -> Ulong;
/// `SKF_PrvKeyDecrypt`, *not in the standard*, one of its prototypes: container, which key (1 encryption,
/// 2 signing), ciphertext, plaintext out, size in and out.
pub type PrvKeyDecrypt = unsafe extern "system" fn(
    Handle,
    Ulong,
    *const EccCipherBlobHead,
    *mut Byte,
    *mut Ulong,
) -> Ulong;
