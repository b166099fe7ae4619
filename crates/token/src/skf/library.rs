//! A loaded SKF library. Every symbol is optional: what is missing is an error of the call that needs it.

use std::path::{Path, PathBuf};

use skf_abi::codes::{SAR_NOTSUPPORTYETERR, SAR_OK};
use skf_abi::functions as f;

use super::encryption::Decryptor;
use crate::{Quirks, TokenError, system};

macro_rules! symbols {
    ($($field:ident: $kind:ident = $name:literal,)*) => {
        /// The functions of a library, those that it has.
        pub struct Library {
            $(pub(super) $field: Symbol<f::$kind>,)*
            pub(super) quirks: Quirks,
            pub(super) path: PathBuf,
            /// What the maker added for SM2 decryption, where the quirks name it and the library has it.
            pub(super) decryptor: Option<Decryptor>,
            // Dropped last; the pointers above are good as long as this lives.
            _library: libloading::Library,
        }

        impl Library {
            /// Loads the library at `path`. This runs the library's own initialisers: only a worker does it.
            ///
            /// # Errors
            /// [`TokenError::LibraryMissing`] with what the loader said.
            #[allow(unsafe_code)]
            pub fn open(path: &Path, quirks: Quirks) -> Result<Library, TokenError> {
                if !path.is_absolute() {
                    return Err(TokenError::PathNotAbsolute(path.display().to_string()));
                }
                // SAFETY: loading runs foreign code; that is what this process exists for. The path is
                // absolute and comes from configuration, never from a page.
                let library = unsafe { system::load(path) }.map_err(|error| {
                    TokenError::LibraryMissing {
                        path: path.display().to_string(),
                        reason: error.to_string(),
                    }
                })?;
                Ok(Library {
                    $($field: Symbol {
                        name: concat!("SKF_", $name),
                        // SAFETY: the type is that of GM/T 0016 for this name; a library that exports the
                        // name with another prototype breaks the standard, and breaks this process only.
                        // The pointer is copied out and lives in the same value as the library.
                        pointer: unsafe {
                            library.get::<f::$kind>(concat!("SKF_", $name, "\0").as_bytes())
                        }.ok().map(|symbol| *symbol),
                    },)*
                    decryptor: quirks
                        .ecc_decrypt
                        .as_ref()
                        .and_then(|entry| Decryptor::find(&library, entry)),
                    quirks,
                    path: path.to_owned(),
                    _library: library,
                })
            }
        }
    };
}

symbols! {
    wait_for_dev_event: WaitForDevEvent = "WaitForDevEvent",
    enum_dev: EnumDev = "EnumDev",
    connect_dev: ConnectDev = "ConnectDev",
    disconnect_dev: DisConnectDev = "DisConnectDev",
    set_label: SetLabel = "SetLabel",
    get_dev_info: GetDevInfo = "GetDevInfo",
    lock_dev: LockDev = "LockDev",
    unlock_dev: UnlockDev = "UnlockDev",
    dev_auth: DevAuth = "DevAuth",
    change_pin: ChangePin = "ChangePIN",
    get_pin_info: GetPinInfo = "GetPINInfo",
    verify_pin: VerifyPin = "VerifyPIN",
    unblock_pin: UnblockPin = "UnblockPIN",
    clear_secure_state: ClearSecureState = "ClearSecureState",
    create_application: CreateApplication = "CreateApplication",
    enum_application: EnumApplication = "EnumApplication",
    open_application: OpenApplication = "OpenApplication",
    close_application: CloseApplication = "CloseApplication",
    create_container: CreateContainer = "CreateContainer",
    delete_container: DeleteContainer = "DeleteContainer",
    open_container: OpenContainer = "OpenContainer",
    close_container: CloseContainer = "CloseContainer",
    enum_container: EnumContainer = "EnumContainer",
    get_container_type: GetContainerType = "GetContainerType",
    import_certificate: ImportCertificate = "ImportCertificate",
    export_certificate: ExportCertificate = "ExportCertificate",
    enum_files: EnumFiles = "EnumFiles",
    get_file_info: GetFileInfo = "GetFileInfo",
    create_file: CreateFile = "CreateFile",
    delete_file: DeleteFile = "DeleteFile",
    read_file: ReadFile = "ReadFile",
    write_file: WriteFile = "WriteFile",
    import_ecc_key_pair: ImportEccKeyPair = "ImportECCKeyPair",
    gen_random: GenRandom = "GenRandom",
    gen_rsa_key_pair: GenRsaKeyPair = "GenRSAKeyPair",
    rsa_sign_data: RsaSignData = "RSASignData",
    gen_ecc_key_pair: GenEccKeyPair = "GenECCKeyPair",
    ecc_sign_data: EccSignData = "ECCSignData",
    export_public_key: ExportPublicKey = "ExportPublicKey",
    set_symm_key: SetSymmKey = "SetSymmKey",
    encrypt_init: EncryptInit = "EncryptInit",
    encrypt: Encrypt = "Encrypt",
    close_handle: CloseHandle = "CloseHandle",
}

/// A function that may be missing.
pub(super) struct Symbol<F> {
    pub name: &'static str,
    pointer: Option<F>,
}

impl<F: Copy> Symbol<F> {
    /// The function, or the error that names it.
    pub fn needed(&self) -> Result<F, TokenError> {
        self.pointer
            .ok_or_else(|| TokenError::SymbolMissing(self.name.to_owned()))
    }

    /// The function, where the call can do without it.
    pub fn wanted(&self) -> Option<F> {
        self.pointer
    }

    /// What its return code means.
    pub fn check(&self, code: u32) -> Result<(), TokenError> {
        match code {
            SAR_OK => Ok(()),
            // A symbol that is exported and says "not yet" is as good as missing.
            SAR_NOTSUPPORTYETERR => Err(TokenError::SymbolMissing(self.name.to_owned())),
            code => Err(TokenError::from_code(self.name, code)),
        }
    }
}
