//! A drawer with devices for the tests that call the C interface from Rust.
#![allow(dead_code)] // each test program uses its part

use std::ffi::CString;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::OnceLock;

use skf_abi::codes::*;
use skf_abi::{BlockCipherParam, Handle};
use skf_soft::ffi::*;

/// One drawer for this process; each test has its own device in it.
pub fn drawer() -> &'static Path {
    static DRAWER: OnceLock<tempfile::TempDir> = OnceLock::new();
    DRAWER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            #[expect(
                clippy::disallowed_methods,
                reason = "the library is told by the environment"
            )]
            // SAFETY: set once, before any call that reads it; all tests come through here first.
            unsafe {
                std::env::set_var("YINXIN_SOFT_DRAWER", folder.path());
            }
            folder
        })
        .path()
}

/// A C string.
pub fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// Plugs in a blank device and connects to it.
pub fn connected(name: &str) -> Handle {
    let folder = drawer().join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("plugged"), b"").unwrap();
    let mut device = null_mut();
    // SAFETY: a C string and a place of ours.
    let code = unsafe { SKF_ConnectDev(c(name).as_ptr(), &raw mut device) };
    assert_eq!(code, SAR_OK);
    device
}

/// Authenticates with `random` octets of challenge and makes an application.
pub fn with_application(device: Handle, random: u32) -> Handle {
    let mut block = [0_u8; 16];
    let (mut key, mut size, mut answer) = (null_mut(), 16_u32, [0_u8; 16]);
    let parameters = BlockCipherParam {
        iv: [0; 32],
        iv_len: 0,
        padding_type: 0,
        feed_bit_len: 0,
    };
    let mut application = null_mut();
    // SAFETY: every buffer has the length that is said of it.
    unsafe {
        assert_eq!(SKF_GenRandom(device, block.as_mut_ptr(), random), SAR_OK);
        let factory = b"1234567812345678";
        assert_eq!(
            SKF_SetSymmKey(device, factory.as_ptr(), SGD_SM4_ECB, &raw mut key),
            SAR_OK
        );
        assert_eq!(SKF_EncryptInit(key, parameters), SAR_OK);
        let encrypted = SKF_Encrypt(key, block.as_ptr(), 16, answer.as_mut_ptr(), &raw mut size);
        assert_eq!(encrypted, SAR_OK);
        assert_eq!(SKF_CloseHandle(key), SAR_OK);
        assert_eq!(SKF_DevAuth(device, answer.as_ptr(), 16), SAR_OK);
        let made = SKF_CreateApplication(
            device,
            c("app").as_ptr(),
            c("admin-2026").as_ptr(),
            3,
            c("20261122").as_ptr(),
            6,
            SECURE_USER_ACCOUNT,
            &raw mut application,
        );
        assert_eq!(made, SAR_OK);
    }
    application
}
