//! Scalars and structures of GM/T 0016-2012, clauses 6.4 and 6.5.
//!
//! `ULONG` has 32 bits on every system. `BOOL` has not one width: most libraries take four bytes, a few
//! (built with `typedef long BOOL` on 64-bit Linux) take eight. A `BOOL` *argument* travels in a register,
//! so [`BoolArgument`] is as wide as a register; a `BOOL *` *result* gets eight bytes of room and only
//! its low four are read: see [`BoolResult`].

use core::ffi::c_void;

/// 32 bits, whatever the system's `long` is.
pub type Ulong = u32;
/// One octet.
pub type Byte = u8;
/// A `CHAR`; text is octets ended by NUL, of no declared encoding (vendors use GBK and UTF-8).
pub type Char = core::ffi::c_char;
/// Every handle: opaque, never dereferenced by the caller.
pub type Handle = *mut c_void;
/// A `BOOL` passed by value, as wide as a register (see the module's comment).
pub type BoolArgument = isize;

/// `TRUE` as an argument.
pub const TRUE: BoolArgument = 1;
/// `FALSE` as an argument.
pub const FALSE: BoolArgument = 0;

/// Room for a `BOOL` or `ULONG` that a library writes: eight bytes, of which the low four count.
/// A library whose `BOOL` is a 64-bit `long` then writes inside our memory, not beside it.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, Default)]
pub struct BoolResult {
    /// The value that counts.
    pub low: u32,
    /// Overflow room for the eight-byte width.
    pub high: u32,
}

impl BoolResult {
    /// The value as a truth.
    #[must_use]
    pub fn is_true(self) -> bool {
        self.low != 0
    }
}

/// Longest RSA modulus in a blob, in bytes (`MAX_RSA_MODULUS_LEN`).
pub const MAX_RSA_MODULUS_LEN: usize = 256;
/// Longest RSA public exponent in a blob, in bytes (`MAX_RSA_EXPONENT_LEN`).
pub const MAX_RSA_EXPONENT_LEN: usize = 4;
/// Length of a coordinate in an ECC blob, in bytes; SM2's 32 bytes stand right-aligned in it.
pub const ECC_COORDINATE_LEN: usize = 64;
/// Longest initialisation vector, in bytes (`MAX_IV_LEN`).
pub const MAX_IV_LEN: usize = 32;
/// Room for a file's name, in bytes; the longest name is one shorter where it is read as a C string.
pub const MAX_FILE_NAME_LEN: usize = 32;

/// `VERSION`: clause 6.4.1.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Major part.
    pub major: Byte,
    /// Minor part.
    pub minor: Byte,
}

/// `DEVINFO`: clause 6.4.2. Text fields are NUL-padded, not always NUL-ended.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevInfo {
    /// Version of this structure, 1.0.
    pub version: Version,
    /// Maker of the device.
    pub manufacturer: [Byte; 64],
    /// Issuer of the device.
    pub issuer: [Byte; 64],
    /// Label, set with `SKF_SetLabel`.
    pub label: [Byte; 32],
    /// Serial number of the device.
    pub serial_number: [Byte; 32],
    /// Version of the hardware.
    pub hardware_version: Version,
    /// Version of the firmware.
    pub firmware_version: Version,
    /// Symmetric algorithms, a set of `SGD_*` bits.
    pub alg_sym_cap: Ulong,
    /// Asymmetric algorithms.
    pub alg_asym_cap: Ulong,
    /// Hash algorithms.
    pub alg_hash_cap: Ulong,
    /// Algorithm of the device authentication.
    pub dev_auth_alg_id: Ulong,
    /// Total space in bytes.
    pub total_space: Ulong,
    /// Free space in bytes.
    pub free_space: Ulong,
    /// Longest input of ECC encryption in bytes.
    pub max_ecc_buffer_size: Ulong,
    /// Longest input of symmetric and hash operations in bytes.
    pub max_buffer_size: Ulong,
    /// Zero.
    pub reserved: [Byte; 64],
}

/// `RSAPUBLICKEYBLOB`: clause 6.4.3. Modulus and exponent are big-endian and right-aligned.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsaPublicKeyBlob {
    /// `SGD_RSA`.
    pub alg_id: Ulong,
    /// Length of the modulus in bits.
    pub bit_len: Ulong,
    /// Modulus.
    pub modulus: [Byte; MAX_RSA_MODULUS_LEN],
    /// Public exponent.
    pub public_exponent: [Byte; MAX_RSA_EXPONENT_LEN],
}

/// `RSAPRIVATEKEYBLOB`: clause 6.4.4. Every number is big-endian and right-aligned.
///
/// No `Debug`: it holds a private key. Whoever fills one wipes it.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct RsaPrivateKeyBlob {
    /// `SGD_RSA`.
    pub alg_id: Ulong,
    /// Length of the modulus in bits.
    pub bit_len: Ulong,
    /// Modulus n.
    pub modulus: [Byte; MAX_RSA_MODULUS_LEN],
    /// Public exponent e.
    pub public_exponent: [Byte; MAX_RSA_EXPONENT_LEN],
    /// Private exponent d.
    pub private_exponent: [Byte; MAX_RSA_MODULUS_LEN],
    /// p.
    pub prime1: [Byte; MAX_RSA_MODULUS_LEN / 2],
    /// q.
    pub prime2: [Byte; MAX_RSA_MODULUS_LEN / 2],
    /// d mod (p − 1).
    pub prime1_exponent: [Byte; MAX_RSA_MODULUS_LEN / 2],
    /// d mod (q − 1).
    pub prime2_exponent: [Byte; MAX_RSA_MODULUS_LEN / 2],
    /// q⁻¹ mod p.
    pub coefficient: [Byte; MAX_RSA_MODULUS_LEN / 2],
}

/// `ECCPUBLICKEYBLOB`: clause 6.4.5.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EccPublicKeyBlob {
    /// Length of the field in bits, 256 for SM2.
    pub bit_len: Ulong,
    /// x, big-endian, right-aligned.
    pub x: [Byte; ECC_COORDINATE_LEN],
    /// y, big-endian, right-aligned.
    pub y: [Byte; ECC_COORDINATE_LEN],
}

/// `ECCPRIVATEKEYBLOB`: clause 6.4.6.
///
/// No `Debug`: it holds a private key. Whoever fills one wipes it.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct EccPrivateKeyBlob {
    /// Length of the field in bits, 256 for SM2.
    pub bit_len: Ulong,
    /// The scalar, big-endian, right-aligned.
    pub private_key: [Byte; ECC_COORDINATE_LEN],
}

/// `ECCSIGNATUREBLOB`: clause 6.4.8.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EccSignatureBlob {
    /// r, big-endian, right-aligned.
    pub r: [Byte; ECC_COORDINATE_LEN],
    /// s, big-endian, right-aligned.
    pub s: [Byte; ECC_COORDINATE_LEN],
}

/// `ECCCIPHERBLOB`: clause 6.4.7, the part before the ciphertext, which follows it in memory.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EccCipherBlobHead {
    /// x of the ephemeral point.
    pub x: [Byte; ECC_COORDINATE_LEN],
    /// y of the ephemeral point.
    pub y: [Byte; ECC_COORDINATE_LEN],
    /// SM3 over the plaintext and the shared point.
    pub hash: [Byte; 32],
    /// Length of the ciphertext that follows, in bytes.
    pub cipher_len: Ulong,
}

/// `BLOCKCIPHERPARAM`: clause 6.4.9. Passed **by value**.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockCipherParam {
    /// Initialisation vector.
    pub iv: [Byte; MAX_IV_LEN],
    /// Its length in bytes, 0 in ECB.
    pub iv_len: Ulong,
    /// 0 none, 1 PKCS#5.
    pub padding_type: Ulong,
    /// Feedback length in bits, for CFB and OFB.
    pub feed_bit_len: Ulong,
}

/// `ENVELOPEDKEYBLOB`: clause 6.4.10, the part before the octets of its last field's ciphertext, which
/// follow it in memory.
///
/// `encrypted_private_key` is the scalar under the symmetric key, in ECB. Issuers differ in where its 32
/// octets stand among the 64: right-aligned as in `ECCPRIVATEKEYBLOB`, or at the front.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopedKeyBlobHead {
    /// 1.
    pub version: Ulong,
    /// Algorithm of the symmetric key, in ECB: `SGD_SM4_ECB` or `SGD_SM1_ECB`.
    pub symm_alg_id: Ulong,
    /// Length of the private key in bits, 256 for SM2.
    pub bits: Ulong,
    /// The encryption pair's private key under the symmetric key.
    pub encrypted_private_key: [Byte; 64],
    /// The encryption pair's public key.
    pub public_key: EccPublicKeyBlob,
    /// The symmetric key under the container's signing key.
    pub cipher: EccCipherBlobHead,
}

/// `FILEATTRIBUTE`: clause 6.4.11.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileAttribute {
    /// Name, NUL-padded.
    pub file_name: [Byte; MAX_FILE_NAME_LEN],
    /// Size that it was made with, in bytes.
    pub file_size: Ulong,
    /// Who may read: `SECURE_*`.
    pub read_rights: Ulong,
    /// Who may write.
    pub write_rights: Ulong,
}
