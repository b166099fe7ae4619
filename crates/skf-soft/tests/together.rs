//! Several threads, a key that is pulled out, and a device from before there were files and encryption pairs.
#![allow(unsafe_code)]

mod common;

use std::ptr::{null, null_mut};

use skf_abi::codes::*;
use skf_abi::{BlockCipherParam, EccPublicKeyBlob, EccSignatureBlob, Handle};
use skf_soft::ffi::*;

use common::{c, connected, drawer, with_application};

/// A handle that another thread may use: the table behind it takes locks.
#[derive(Clone, Copy)]
struct Shared(Handle);
// SAFETY: a handle is a number and never dereferenced.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn handle(self) -> Handle {
        self.0
    }
}

fn log_in(application: Handle) {
    let mut left = 0;
    // SAFETY: a C string and a place of ours.
    let code = unsafe {
        let pin = c("20261122");
        SKF_VerifyPIN(application, USER_TYPE, pin.as_ptr(), &raw mut left)
    };
    assert_eq!(code, SAR_OK);
}

const NO_KEY: EccPublicKeyBlob = EccPublicKeyBlob {
    bit_len: 0,
    x: [0; 64],
    y: [0; 64],
};

/// A container with a signing pair.
fn with_key(application: Handle) -> (Handle, EccPublicKeyBlob) {
    let (mut container, mut key) = (null_mut(), NO_KEY);
    // SAFETY: a C string and places of ours.
    unsafe {
        let made = SKF_CreateContainer(application, c("c").as_ptr(), &raw mut container);
        assert_eq!(made, SAR_OK);
        let made = SKF_GenECCKeyPair(container, SGD_SM2_1, &raw mut key);
        assert_eq!(made, SAR_OK);
    }
    (container, key)
}

fn sign(container: Handle, e: &[u8; 32]) -> (u32, EccSignatureBlob) {
    let mut signature = EccSignatureBlob {
        r: [0; 64],
        s: [0; 64],
    };
    // SAFETY: buffers of ours.
    let code = unsafe { SKF_ECCSignData(container, e.as_ptr(), 32, &raw mut signature) };
    (code, signature)
}

const PLAIN: BlockCipherParam = BlockCipherParam {
    iv: [0; 32],
    iv_len: 0,
    padding_type: NO_PADDING,
    feed_bit_len: 0,
};

fn session_key(device: Handle) -> Handle {
    let mut key = null_mut();
    // SAFETY: a key of 16 octets and a place of ours.
    let code = unsafe { SKF_SetSymmKey(device, [9; 16].as_ptr(), SGD_SM4_ECB, &raw mut key) };
    assert_eq!(code, SAR_OK);
    key
}

#[test]
fn threads_that_sign_encrypt_and_hash_at_once_do_not_disturb_each_other() {
    let device = Shared(connected("threads"));
    let application = with_application(device.handle(), 8);
    log_in(application);
    let (container, public) = with_key(application);
    let container = Shared(container);
    std::thread::scope(|scope| {
        for number in 1..=6_u8 {
            scope.spawn(move || {
                for _ in 0..5 {
                    let e = [number; 32];
                    let (code, signature) = sign(container.handle(), &e);
                    assert_eq!(code, SAR_OK);
                    let key = session_key(device.handle());
                    let (mut block, mut size) = ([0; 16], 16);
                    let (mut hash, mut value, mut length) = (null_mut(), [0; 32], 32);
                    // SAFETY: every buffer has the length that is said of it.
                    unsafe {
                        let (public, signature) = (&raw const public, &raw const signature);
                        let right =
                            SKF_ECCVerify(device.handle(), public, e.as_ptr(), 32, signature);
                        assert_eq!(right, SAR_OK);
                        assert_eq!(SKF_EncryptInit(key, PLAIN), SAR_OK);
                        let place = block.as_mut_ptr();
                        let done = SKF_Encrypt(key, e.as_ptr(), 16, place, &raw mut size);
                        assert_eq!(done, SAR_OK);
                        assert_eq!(SKF_DecryptInit(key, PLAIN), SAR_OK);
                        let done = SKF_Decrypt(key, block.as_ptr(), 16, place, &raw mut size);
                        assert_eq!((done, block), (SAR_OK, [number; 16]));
                        let (device, none) = (device.handle(), null());
                        let begun = SKF_DigestInit(device, SGD_SM3, none, null(), 0, &raw mut hash);
                        assert_eq!(begun, SAR_OK);
                        let place = value.as_mut_ptr();
                        let done = SKF_Digest(hash, e.as_ptr(), 32, place, &raw mut length);
                        assert_eq!(done, SAR_OK);
                        assert_eq!(SKF_CloseHandle(hash), SAR_OK);
                        assert_eq!(SKF_CloseHandle(key), SAR_OK);
                    }
                }
            });
        }
    });
}

#[test]
fn a_key_that_is_pulled_out_takes_its_session_keys_and_hashes_with_it() {
    let device = connected("pulled");
    let application = with_application(device, 16);
    log_in(application);
    let (container, _) = with_key(application);
    let key = session_key(device);
    let mut hash = null_mut();
    // SAFETY: places of ours; null where nothing is given.
    unsafe {
        let begun = SKF_DigestInit(device, SGD_SHA1, null(), null(), 0, &raw mut hash);
        assert_eq!(begun, SAR_OK);
        assert_eq!(SKF_EncryptInit(key, PLAIN), SAR_OK);
        std::fs::remove_file(drawer().join("pulled/plugged")).unwrap();
        let (mut block, mut size) = ([0; 16], 16);
        let place = block.as_mut_ptr();
        let refused = SKF_Encrypt(key, [0; 16].as_ptr(), 16, place, &raw mut size);
        assert_eq!(refused, SAR_DEVICE_REMOVED);
        let refused = SKF_DigestUpdate(hash, [0; 16].as_ptr(), 16);
        assert_eq!(refused, SAR_DEVICE_REMOVED);
        assert_eq!(sign(container, &[1; 32]).0, SAR_DEVICE_REMOVED);
        let name = c("f");
        let refused = SKF_CreateFile(application, name.as_ptr(), 8, 0xFF, 0xFF);
        assert_eq!(refused, SAR_DEVICE_REMOVED);
        // What is dead can be closed.
        assert_eq!(SKF_CloseHandle(key), SAR_OK);
        assert_eq!(SKF_DisConnectDev(device), SAR_OK);
        assert_eq!(SKF_CloseHandle(hash), SAR_INVALIDHANDLEERR);
    }
}

#[test]
fn a_device_from_before_files_and_encryption_pairs_still_signs() {
    let device = connected("old");
    let application = with_application(device, 8);
    log_in(application);
    let (container, _) = with_key(application);
    let file = drawer().join("old/state.json");
    let state = std::fs::read_to_string(&file).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let stored = &mut state["applications"][0];
    for field in ["file_rights", "files"] {
        stored.as_object_mut().unwrap().remove(field).unwrap();
    }
    let stored = stored["containers"][0].as_object_mut().unwrap();
    stored.remove("encryption").unwrap();
    std::fs::write(&file, serde_json::to_string(&state).unwrap()).unwrap();

    assert_eq!(sign(container, &[1; 32]).0, SAR_OK);
    // SAFETY: a C string.
    let code = unsafe {
        let name = c("f");
        SKF_CreateFile(
            application,
            name.as_ptr(),
            8,
            SECURE_USER_ACCOUNT,
            SECURE_USER_ACCOUNT,
        )
    };
    assert_eq!(code, SAR_OK);
}

#[test]
fn a_file_that_is_written_is_there_after_the_program_connects_anew() {
    let device = connected("kept");
    let application = with_application(device, 8);
    log_in(application);
    let name = c("notes");
    let mut again = null_mut();
    let (mut read, mut size) = ([0; 4], 4);
    // SAFETY: C strings and buffers of the lengths that are said.
    unsafe {
        let anyone = SECURE_ANYONE_ACCOUNT;
        let made = SKF_CreateFile(application, name.as_ptr(), 8, anyone, SECURE_USER_ACCOUNT);
        assert_eq!(made, SAR_OK);
        let written = SKF_WriteFile(application, name.as_ptr(), 4, b"kept".as_ptr(), 4);
        assert_eq!(written, SAR_OK);
        assert_eq!(SKF_DisConnectDev(device), SAR_OK);
        let mut device = null_mut();
        let connected = SKF_ConnectDev(c("kept").as_ptr(), &raw mut device);
        assert_eq!(connected, SAR_OK);
        let opened = SKF_OpenApplication(device, c("app").as_ptr(), &raw mut again);
        assert_eq!(opened, SAR_OK);
        let place = read.as_mut_ptr();
        let done = SKF_ReadFile(again, name.as_ptr(), 4, 4, place, &raw mut size);
        assert_eq!((done, &read), (SAR_OK, b"kept"));
    }
}

#[test]
fn a_waiting_thread_is_woken_by_a_cancel_of_another() {
    let waiting = std::thread::spawn(|| {
        let (mut name, mut size, mut event) = ([0; 64], 64, 0);
        loop {
            // SAFETY: buffers of the lengths that are said.
            let code =
                unsafe { SKF_WaitForDevEvent(name.as_mut_ptr(), &raw mut size, &raw mut event) };
            // Devices of the other tests come and go meanwhile.
            if code != SAR_OK {
                return code;
            }
            size = 64;
        }
    });
    // A cancel before the wait begins ends it too.
    assert_eq!(SKF_CancelWaitForDevEvent(), SAR_OK);
    assert_eq!(waiting.join().unwrap(), SAR_NOT_EVENTERR);
}
