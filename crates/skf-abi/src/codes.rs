//! Return codes (annex A), algorithm identifiers (GM/T 0006), states and kinds.
//!
//! Codes up to 0x0A000032 are the standard's. Those above differ between vendors and published headers;
//! the ones given here are the most common reading, marked *vendor*, and no behaviour hangs on a single one.

#![allow(missing_docs)] // the names are the standard's own; what needs a word has one

/// Success.
pub const SAR_OK: u32 = 0;
pub const SAR_FAIL: u32 = 0x0A00_0001;
pub const SAR_UNKNOWNERR: u32 = 0x0A00_0002;
pub const SAR_NOTSUPPORTYETERR: u32 = 0x0A00_0003;
pub const SAR_FILEERR: u32 = 0x0A00_0004;
pub const SAR_INVALIDHANDLEERR: u32 = 0x0A00_0005;
pub const SAR_INVALIDPARAMERR: u32 = 0x0A00_0006;
pub const SAR_READFILEERR: u32 = 0x0A00_0007;
pub const SAR_WRITEFILEERR: u32 = 0x0A00_0008;
pub const SAR_NAMELENERR: u32 = 0x0A00_0009;
pub const SAR_KEYUSAGEERR: u32 = 0x0A00_000A;
pub const SAR_MODULUSLENERR: u32 = 0x0A00_000B;
pub const SAR_NOTINITIALIZEERR: u32 = 0x0A00_000C;
pub const SAR_OBJERR: u32 = 0x0A00_000D;
pub const SAR_MEMORYERR: u32 = 0x0A00_000E;
pub const SAR_TIMEOUTERR: u32 = 0x0A00_000F;
pub const SAR_INDATALENERR: u32 = 0x0A00_0010;
pub const SAR_INDATAERR: u32 = 0x0A00_0011;
pub const SAR_GENRANDERR: u32 = 0x0A00_0012;
pub const SAR_HASHOBJERR: u32 = 0x0A00_0013;
pub const SAR_HASHERR: u32 = 0x0A00_0014;
pub const SAR_GENRSAKEYERR: u32 = 0x0A00_0015;
pub const SAR_RSAMODULUSLENERR: u32 = 0x0A00_0016;
pub const SAR_CSPIMPRTPUBKEYERR: u32 = 0x0A00_0017;
pub const SAR_RSAENCERR: u32 = 0x0A00_0018;
pub const SAR_RSADECERR: u32 = 0x0A00_0019;
/// A hash or a signature isn't the one expected.
pub const SAR_HASHNOTEQUALERR: u32 = 0x0A00_001A;
pub const SAR_KEYNOTFOUNDERR: u32 = 0x0A00_001B;
pub const SAR_CERTNOTFOUNDERR: u32 = 0x0A00_001C;
pub const SAR_NOTEXPORTERR: u32 = 0x0A00_001D;
/// Padding is wrong after decryption.
pub const SAR_DECRYPTPADERR: u32 = 0x0A00_001E;
pub const SAR_MACLENERR: u32 = 0x0A00_001F;
pub const SAR_BUFFER_TOO_SMALL: u32 = 0x0A00_0020;
pub const SAR_KEYINFOTYPEERR: u32 = 0x0A00_0021;
pub const SAR_NOT_EVENTERR: u32 = 0x0A00_0022;
/// The device was pulled out.
pub const SAR_DEVICE_REMOVED: u32 = 0x0A00_0023;
pub const SAR_PIN_INCORRECT: u32 = 0x0A00_0024;
pub const SAR_PIN_LOCKED: u32 = 0x0A00_0025;
pub const SAR_PIN_INVALID: u32 = 0x0A00_0026;
pub const SAR_PIN_LEN_RANGE: u32 = 0x0A00_0027;
pub const SAR_USER_ALREADY_LOGGED_IN: u32 = 0x0A00_0028;
pub const SAR_USER_PIN_NOT_INITIALIZED: u32 = 0x0A00_0029;
pub const SAR_USER_TYPE_INVALID: u32 = 0x0A00_002A;
pub const SAR_APPLICATION_NAME_INVALID: u32 = 0x0A00_002B;
pub const SAR_APPLICATION_EXISTS: u32 = 0x0A00_002C;
pub const SAR_USER_NOT_LOGGED_IN: u32 = 0x0A00_002D;
pub const SAR_APPLICATION_NOT_EXISTS: u32 = 0x0A00_002E;
pub const SAR_FILE_ALREADY_EXIST: u32 = 0x0A00_002F;
pub const SAR_NO_ROOM: u32 = 0x0A00_0030;
pub const SAR_FILE_NOT_EXIST: u32 = 0x0A00_0031;
pub const SAR_REACH_MAX_CONTAINER_COUNT: u32 = 0x0A00_0032;
/// *Vendor.* The device authentication is blocked.
pub const SAR_AUTH_BLOCKED: u32 = 0x0A00_0033;
/// *Vendor.* No such container.
pub const SAR_CONTAINER_NOT_EXISTS: u32 = 0x0A00_0036;
/// *Vendor.* The container is there already.
pub const SAR_CONTAINER_EXISTS: u32 = 0x0A00_0037;
/// *Vendor.* The device authentication has not been done.
pub const SAR_DEVICE_NOT_AUTHENTICATED: u32 = 0x0A00_003B;

/// Kind of PIN: the administrator's.
pub const ADMIN_TYPE: u32 = 0;
/// Kind of PIN: the user's.
pub const USER_TYPE: u32 = 1;

/// Rights: nobody.
pub const SECURE_NEVER_ACCOUNT: u32 = 0;
/// Rights: the administrator.
pub const SECURE_ADM_ACCOUNT: u32 = 0x01;
/// Rights: everybody.
pub const SECURE_ANYONE_ACCOUNT: u32 = 0xFF;
/// Rights: the user.
pub const SECURE_USER_ACCOUNT: u32 = 0x10;

/// State of a device: absent, present, unknown.
pub const DEV_ABSENT_STATE: u32 = 0;
pub const DEV_PRESENT_STATE: u32 = 1;
pub const DEV_UNKNOWN_STATE: u32 = 2;

/// Event of `SKF_WaitForDevEvent`: plugged in, pulled out.
pub const DEV_EVENT_INSERTED: u32 = 1;
pub const DEV_EVENT_REMOVED: u32 = 2;

/// Kind of container: empty, RSA, ECC.
pub const CONTAINER_EMPTY: u32 = 0;
pub const CONTAINER_RSA: u32 = 1;
pub const CONTAINER_ECC: u32 = 2;

pub const SGD_SM1_ECB: u32 = 0x0000_0101;
pub const SGD_SM1_CBC: u32 = 0x0000_0102;
pub const SGD_SM1_CFB: u32 = 0x0000_0104;
pub const SGD_SM1_OFB: u32 = 0x0000_0108;
pub const SGD_SM1_MAC: u32 = 0x0000_0110;
pub const SGD_SSF33_ECB: u32 = 0x0000_0201;
pub const SGD_SSF33_CBC: u32 = 0x0000_0202;
pub const SGD_SSF33_CFB: u32 = 0x0000_0204;
pub const SGD_SSF33_OFB: u32 = 0x0000_0208;
pub const SGD_SSF33_MAC: u32 = 0x0000_0210;
pub const SGD_SM4_ECB: u32 = 0x0000_0401;
pub const SGD_SM4_CBC: u32 = 0x0000_0402;
pub const SGD_SM4_CFB: u32 = 0x0000_0404;
pub const SGD_SM4_OFB: u32 = 0x0000_0408;
pub const SGD_SM4_MAC: u32 = 0x0000_0410;
pub const SGD_RSA: u32 = 0x0001_0000;
/// SM2 signature.
pub const SGD_SM2_1: u32 = 0x0002_0200;
/// SM2 key exchange.
pub const SGD_SM2_2: u32 = 0x0002_0400;
/// SM2 encryption.
pub const SGD_SM2_3: u32 = 0x0002_0800;
pub const SGD_SM3: u32 = 0x0000_0001;
pub const SGD_SHA1: u32 = 0x0000_0002;
pub const SGD_SHA256: u32 = 0x0000_0004;

/// Padding of a block cipher: none, PKCS#5.
pub const NO_PADDING: u32 = 0;
pub const PKCS5_PADDING: u32 = 1;

/// No limit, in `SKF_LockDev`.
pub const INFINITE: u32 = 0xFFFF_FFFF;
/// Fewest characters of a PIN.
pub const PIN_LEN_MIN: usize = 6;
/// Most characters of a PIN.
pub const PIN_LEN_MAX: usize = 16;
/// Longest name of an application, in bytes.
pub const APPLICATION_NAME_MAX: usize = 32;
/// Longest name of a container, in bytes.
pub const CONTAINER_NAME_MAX: usize = 64;

/// The standard's name for a code, for logs and error texts.
#[must_use]
pub fn name(code: u32) -> &'static str {
    match code {
        SAR_OK => "SAR_OK",
        SAR_FAIL => "SAR_FAIL",
        SAR_UNKNOWNERR => "SAR_UNKNOWNERR",
        SAR_NOTSUPPORTYETERR => "SAR_NOTSUPPORTYETERR",
        SAR_FILEERR => "SAR_FILEERR",
        SAR_INVALIDHANDLEERR => "SAR_INVALIDHANDLEERR",
        SAR_INVALIDPARAMERR => "SAR_INVALIDPARAMERR",
        SAR_READFILEERR => "SAR_READFILEERR",
        SAR_WRITEFILEERR => "SAR_WRITEFILEERR",
        SAR_NAMELENERR => "SAR_NAMELENERR",
        SAR_KEYUSAGEERR => "SAR_KEYUSAGEERR",
        SAR_MODULUSLENERR => "SAR_MODULUSLENERR",
        SAR_NOTINITIALIZEERR => "SAR_NOTINITIALIZEERR",
        SAR_OBJERR => "SAR_OBJERR",
        SAR_MEMORYERR => "SAR_MEMORYERR",
        SAR_TIMEOUTERR => "SAR_TIMEOUTERR",
        SAR_INDATALENERR => "SAR_INDATALENERR",
        SAR_INDATAERR => "SAR_INDATAERR",
        SAR_GENRANDERR => "SAR_GENRANDERR",
        SAR_HASHOBJERR => "SAR_HASHOBJERR",
        SAR_HASHERR => "SAR_HASHERR",
        SAR_GENRSAKEYERR => "SAR_GENRSAKEYERR",
        SAR_RSAMODULUSLENERR => "SAR_RSAMODULUSLENERR",
        SAR_CSPIMPRTPUBKEYERR => "SAR_CSPIMPRTPUBKEYERR",
        SAR_RSAENCERR => "SAR_RSAENCERR",
        SAR_RSADECERR => "SAR_RSADECERR",
        SAR_HASHNOTEQUALERR => "SAR_HASHNOTEQUALERR",
        SAR_KEYNOTFOUNDERR => "SAR_KEYNOTFOUNDERR",
        SAR_CERTNOTFOUNDERR => "SAR_CERTNOTFOUNDERR",
        SAR_NOTEXPORTERR => "SAR_NOTEXPORTERR",
        SAR_DECRYPTPADERR => "SAR_DECRYPTPADERR",
        SAR_MACLENERR => "SAR_MACLENERR",
        SAR_BUFFER_TOO_SMALL => "SAR_BUFFER_TOO_SMALL",
        SAR_KEYINFOTYPEERR => "SAR_KEYINFOTYPEERR",
        SAR_NOT_EVENTERR => "SAR_NOT_EVENTERR",
        SAR_DEVICE_REMOVED => "SAR_DEVICE_REMOVED",
        SAR_PIN_INCORRECT => "SAR_PIN_INCORRECT",
        SAR_PIN_LOCKED => "SAR_PIN_LOCKED",
        SAR_PIN_INVALID => "SAR_PIN_INVALID",
        SAR_PIN_LEN_RANGE => "SAR_PIN_LEN_RANGE",
        SAR_USER_ALREADY_LOGGED_IN => "SAR_USER_ALREADY_LOGGED_IN",
        SAR_USER_PIN_NOT_INITIALIZED => "SAR_USER_PIN_NOT_INITIALIZED",
        SAR_USER_TYPE_INVALID => "SAR_USER_TYPE_INVALID",
        SAR_APPLICATION_NAME_INVALID => "SAR_APPLICATION_NAME_INVALID",
        SAR_APPLICATION_EXISTS => "SAR_APPLICATION_EXISTS",
        SAR_USER_NOT_LOGGED_IN => "SAR_USER_NOT_LOGGED_IN",
        SAR_APPLICATION_NOT_EXISTS => "SAR_APPLICATION_NOT_EXISTS",
        SAR_FILE_ALREADY_EXIST => "SAR_FILE_ALREADY_EXIST",
        SAR_NO_ROOM => "SAR_NO_ROOM",
        SAR_FILE_NOT_EXIST => "SAR_FILE_NOT_EXIST",
        SAR_REACH_MAX_CONTAINER_COUNT => "SAR_REACH_MAX_CONTAINER_COUNT",
        SAR_AUTH_BLOCKED => "SAR_AUTH_BLOCKED",
        SAR_CONTAINER_NOT_EXISTS => "SAR_CONTAINER_NOT_EXISTS",
        SAR_CONTAINER_EXISTS => "SAR_CONTAINER_EXISTS",
        SAR_DEVICE_NOT_AUTHENTICATED => "SAR_DEVICE_NOT_AUTHENTICATED",
        _ => "a code of the vendor",
    }
}
