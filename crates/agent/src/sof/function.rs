//! The functions by name, and the order of their parameters.

/// A function that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `SOF_GetVersion()`
    GetVersion,
    /// `SOF_GetUserList()`: `name||certID&&&` for each certificate.
    GetUserList,
    /// `SOF_ExportUserCert(certID)`: the signing certificate, base64 of DER.
    ExportUserCert,
    /// `SOF_ExportExChangeUserCert(certID)`: the encryption certificate of the same container.
    ExportExchangeUserCert,
    /// `SOF_Login(certID, pin)`: the agent asks for the PIN; the page's is not read.
    Login,
    /// `SOF_IsLogin(certID)`
    IsLogin,
    /// `SOF_Logout()`
    Logout,
    /// `SOF_GetPinRetryCount(certID)`
    GetPinRetryCount,
    /// `SOF_GetCertInfo(cert, item)`
    GetCertInfo,
    /// `SOF_GetCertInfoByOid(cert, oid)`
    GetCertInfoByOid,
    /// `SOF_GetDeviceInfo(certID, item)`
    GetDeviceInfo,
    /// `SOF_SetSignMethod(method)`
    SetSignMethod,
    /// `SOF_GetSignMethod()`
    GetSignMethod,
    /// `SOF_SignData(certID, data)`: base64; SM2 as DER (GM/T 0009).
    SignData,
    /// `SOF_VerifySignedData(cert, data, signature)`: SM2 as DER or as r ‖ s.
    VerifySignedData,
    /// `SOF_SignMessage(flag, certID, data)`: CMS, base64; flag 0 with the data inside, 1 without.
    SignMessage,
    /// `SOF_SignDataByP7(certID, data)`: as `SOF_SignMessage` with the data inside.
    SignDataByP7,
    /// `SOF_VerifySignedMessage(message, data)`; data may be empty where they are inside.
    VerifySignedMessage,
    /// `SOF_GenRandom(length)`: base64.
    GenRandom,
    /// `SOF_GetLastError()`
    GetLastError,
}

/// A function with its names and parameters.
pub struct Entry {
    /// The function.
    pub function: Function,
    /// The name of the standard.
    pub name: &'static str,
    /// The name by which BJCA's script also calls it.
    pub alias: Option<&'static str>,
    /// The parameters in order, by the names that TopCertKit gives them.
    pub parameters: &'static [&'static str],
}

macro_rules! entries {
    ($($function:ident $name:literal $(= $alias:literal)? ($($parameter:literal),*);)*) => {
        /// Every function that is served.
        pub const ENTRIES: &[Entry] = &[$(Entry {
            function: Function::$function,
            name: $name,
            alias: entries!(@alias $($alias)?),
            parameters: &[$($parameter),*],
        }),*];
    };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
}

entries! {
    GetVersion "SOF_GetVersion" ();
    GetUserList "SOF_GetUserList" = "GetUserList" ();
    ExportUserCert "SOF_ExportUserCert" = "GetSignCert" ("inCertId");
    ExportExchangeUserCert "SOF_ExportExChangeUserCert" = "GetExchCert" ("inCertId");
    Login "SOF_Login" = "VerifyUserPIN" ("inCertId", "inPassWd");
    IsLogin "SOF_IsLogin" ("inCertId");
    Logout "SOF_Logout" ();
    GetPinRetryCount "SOF_GetPinRetryCount" = "GetUserPINRetryCount" ("inCertId");
    GetCertInfo "SOF_GetCertInfo" = "GetCertBasicinfo" ("inCert", "inType");
    GetCertInfoByOid "SOF_GetCertInfoByOid" = "GetExtCertInfoByOID" ("inCert", "inOid");
    GetDeviceInfo "SOF_GetDeviceInfo" = "GetDeviceInfo" ("inCertId", "inType");
    SetSignMethod "SOF_SetSignMethod" = "SetSignMethod" ("SignMethod");
    GetSignMethod "SOF_GetSignMethod" ();
    SignData "SOF_SignData" = "SignedData" ("inCertId", "inData");
    VerifySignedData "SOF_VerifySignedData" = "VerifySignedData" ("inCert", "inData", "SignValue");
    SignMessage "SOF_SignMessage" ("dwFlag", "inCertId", "inData");
    SignDataByP7 "SOF_SignDataByP7" ("inCertId", "inData");
    VerifySignedMessage "SOF_VerifySignedMessage" = "SOF_VerifySignedDataByP7" ("inP7Data", "inData");
    GenRandom "SOF_GenRandom" = "GenRandom" ("len");
    GetLastError "SOF_GetLastError" ();
}

impl Function {
    /// The function of a name, by the standard's or the vendor's.
    pub fn named(name: &str) -> Option<Function> {
        ENTRIES
            .iter()
            .find(|entry| entry.name == name || entry.alias == Some(name))
            .map(|entry| entry.function)
    }

    /// Its parameters, by TopCertKit's names.
    pub fn parameters(self) -> &'static [&'static str] {
        ENTRIES
            .iter()
            .find(|entry| entry.function == self)
            .map_or(&[], |entry| entry.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_for_one_function() {
        let mut names: Vec<_> = ENTRIES
            .iter()
            .flat_map(|entry| [Some(entry.name), entry.alias])
            .flatten()
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(Function::named("VerifyUserPIN"), Some(Function::Login));
        assert_eq!(
            Function::named("SOF_SignFile"),
            None,
            "a page reads no file of this machine"
        );
    }
}
