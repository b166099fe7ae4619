//! The error of this crate: a return code of the standard, nothing else, for that is all a caller gets.

use skf_abi::codes;

/// A return code that isn't `SAR_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sar(pub u32);

impl Sar {
    pub const FAIL: Sar = Sar(codes::SAR_FAIL);
    pub const HANDLE: Sar = Sar(codes::SAR_INVALIDHANDLEERR);
    pub const PARAMETER: Sar = Sar(codes::SAR_INVALIDPARAMERR);
    pub const NAME_LENGTH: Sar = Sar(codes::SAR_NAMELENERR);
    pub const DATA_LENGTH: Sar = Sar(codes::SAR_INDATALENERR);
    pub const DATA: Sar = Sar(codes::SAR_INDATAERR);
    pub const FILE: Sar = Sar(codes::SAR_FILEERR);
    pub const REMOVED: Sar = Sar(codes::SAR_DEVICE_REMOVED);
    pub const NOT_LOGGED_IN: Sar = Sar(codes::SAR_USER_NOT_LOGGED_IN);
    pub const NO_KEY: Sar = Sar(codes::SAR_KEYNOTFOUNDERR);
}

impl From<std::io::Error> for Sar {
    fn from(_: std::io::Error) -> Sar {
        Sar::FILE
    }
}
