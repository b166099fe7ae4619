//! The C interface as a C program sees it: handles, sizes, null pointers, codes.
#![allow(unsafe_code)]

mod common;

use std::ffi::c_char;
use std::ptr::{null, null_mut};

use skf_abi::codes::*;
use skf_abi::{BoolResult, DevInfo, EccPublicKeyBlob, EccSignatureBlob, TRUE};
use skf_soft::ffi::*;

use common::{c, connected, with_application};

#[test]
fn sizes_are_told_before_data_and_a_short_buffer_is_not_overrun() {
    let device = connected("sizes");
    let application = with_application(device, 8);
    let (mut size, mut container) = (0_u32, null_mut());
    let mut list = [0x55_u8; 64];
    // SAFETY: every buffer has at least the length that is said of it.
    unsafe {
        assert_eq!(
            SKF_EnumApplication(device, null_mut(), &raw mut size),
            SAR_OK
        );
        assert_eq!(size, 5); // "app", its NUL, the last NUL
        size = 4;
        let buffer = list.as_mut_ptr().cast::<c_char>();
        assert_eq!(
            SKF_EnumApplication(device, buffer, &raw mut size),
            SAR_BUFFER_TOO_SMALL
        );
        assert_eq!((size, list[0]), (5, 0x55));
        assert_eq!(SKF_EnumApplication(device, buffer, &raw mut size), SAR_OK);
        assert_eq!(&list[..6], b"app\0\0\x55");

        let mut left = 0;
        let pin = c("20261122");
        assert_eq!(
            SKF_VerifyPIN(application, USER_TYPE, pin.as_ptr(), &raw mut left),
            SAR_OK
        );
        let name = c("c");
        assert_eq!(
            SKF_CreateContainer(application, name.as_ptr(), &raw mut container),
            SAR_OK
        );
        let none = SKF_ExportCertificate(container, TRUE, null_mut(), &raw mut size);
        assert_eq!(none, SAR_CERTNOTFOUNDERR);
        let again = SKF_CreateContainer(application, name.as_ptr(), &raw mut container);
        assert_eq!(again, SAR_CONTAINER_EXISTS);
        let missing = SKF_OpenContainer(application, c("d").as_ptr(), &raw mut container);
        assert_eq!(missing, SAR_CONTAINER_NOT_EXISTS);
    }
}

#[test]
fn handles_of_the_wrong_kind_closed_ones_and_null_pointers_are_errors() {
    let device = connected("handles");
    let application = with_application(device, 16);
    let mut kind = 0;
    // SAFETY: null is what is tried; the rest is ours.
    unsafe {
        assert_eq!(
            SKF_GetContainerType(application, &raw mut kind),
            SAR_INVALIDHANDLEERR
        );
        assert_eq!(SKF_CloseContainer(application), SAR_INVALIDHANDLEERR);
        assert_eq!(SKF_CloseApplication(application), SAR_OK);
        assert_eq!(SKF_CloseApplication(application), SAR_INVALIDHANDLEERR);
        assert_eq!(SKF_ClearSecureState(null_mut()), SAR_INVALIDHANDLEERR);
        assert_eq!(SKF_ConnectDev(null(), &mut null_mut()), SAR_INVALIDPARAMERR);
        assert_eq!(
            SKF_ConnectDev(c("handles").as_ptr(), null_mut()),
            SAR_INVALIDPARAMERR
        );
        assert_eq!(
            SKF_EnumDev(TRUE, null_mut(), null_mut()),
            SAR_INVALIDPARAMERR
        );
        assert_eq!(SKF_GetDevInfo(device, null_mut()), SAR_INVALIDPARAMERR);
        assert_eq!(SKF_GenRandom(device, null_mut(), 8), SAR_INVALIDPARAMERR);
        // A name is one folder's, never a way out of the drawer.
        let mut out = null_mut();
        assert_eq!(
            SKF_ConnectDev(c("../handles").as_ptr(), &raw mut out),
            SAR_DEVICE_REMOVED
        );
        let state = SKF_GetDevState(c("nobody").as_ptr(), &raw mut kind);
        assert_eq!((state, kind), (SAR_OK, DEV_UNKNOWN_STATE));
    }
    assert_eq!(SKF_DisConnectDev(device), SAR_OK);
}

#[test]
fn a_key_pair_signs_and_the_interface_verifies_it_and_the_label_is_told() {
    let device = connected("signs");
    let application = with_application(device, 8);
    let mut container = null_mut();
    let mut key = EccPublicKeyBlob {
        bit_len: 0,
        x: [0; 64],
        y: [0; 64],
    };
    let mut signature = EccSignatureBlob {
        r: [0; 64],
        s: [0; 64],
    };
    let mut left = 0;
    // SAFETY: every buffer has the length that is said of it.
    unsafe {
        let pin = c("20261122");
        assert_eq!(
            SKF_VerifyPIN(application, USER_TYPE, pin.as_ptr(), &raw mut left),
            SAR_OK
        );
        let name = c("c");
        assert_eq!(
            SKF_CreateContainer(application, name.as_ptr(), &raw mut container),
            SAR_OK
        );
        let empty = SKF_ECCSignData(container, [1; 32].as_ptr(), 32, &raw mut signature);
        assert_eq!(empty, SAR_KEYNOTFOUNDERR);
        assert_eq!(
            SKF_GenECCKeyPair(container, SGD_SM2_1, &raw mut key),
            SAR_OK
        );
        assert_eq!({ key.bit_len }, 256);
        assert_eq!(
            SKF_GenRSAKeyPair(container, 1024, null_mut()),
            SAR_RSAMODULUSLENERR
        );
        let long = SKF_ECCSignData(container, [1; 33].as_ptr(), 33, &raw mut signature);
        assert_eq!(long, SAR_INDATALENERR);
        let signed = SKF_ECCSignData(container, [1; 32].as_ptr(), 32, &raw mut signature);
        assert_eq!(signed, SAR_OK);
        assert_eq!(signature.r[..32], [0; 32]);
        let right = SKF_ECCVerify(
            device,
            &raw const key,
            [1; 32].as_ptr(),
            32,
            &raw const signature,
        );
        assert_eq!(right, SAR_OK);
        let wrong = SKF_ECCVerify(
            device,
            &raw const key,
            [2; 32].as_ptr(),
            32,
            &raw const signature,
        );
        assert_eq!(wrong, SAR_FAIL);

        assert_eq!(SKF_SetLabel(device, c("演示").as_ptr()), SAR_OK);
        let mut info: DevInfo = std::mem::zeroed();
        assert_eq!(SKF_GetDevInfo(device, &raw mut info), SAR_OK);
        assert!(info.label.starts_with("演示\0".as_bytes()));
        assert!(info.serial_number.starts_with(b"signs\0"));
    }
}

#[test]
fn pin_information_tells_tries_and_whether_the_first_pin_still_holds() {
    let device = connected("pins");
    let application = with_application(device, 8);
    let (mut most, mut left) = (0, 0);
    let mut initial = BoolResult {
        low: 7,
        high: 0x5555_5555,
    };
    // SAFETY: places of ours.
    unsafe {
        let wrong = c("00000000");
        let refused = SKF_VerifyPIN(application, USER_TYPE, wrong.as_ptr(), &raw mut left);
        assert_eq!((refused, left), (SAR_PIN_INCORRECT, 5));
        let short = SKF_VerifyPIN(application, USER_TYPE, c("123").as_ptr(), &raw mut left);
        assert_eq!(short, SAR_PIN_LEN_RANGE);
        let (kind, place) = (USER_TYPE, &raw mut initial);
        assert_eq!(
            SKF_GetPINInfo(application, kind, &raw mut most, &raw mut left, place),
            SAR_OK
        );
        assert_eq!((most, left, initial.low), (6, 5, 1));
        // Four octets are a BOOL here; what stands behind them is not touched.
        assert_eq!(initial.high, 0x5555_5555);
        let (old, new) = (c("20261122"), c("11223344"));
        let changed = SKF_ChangePIN(
            application,
            USER_TYPE,
            old.as_ptr(),
            new.as_ptr(),
            &raw mut left,
        );
        assert_eq!(changed, SAR_OK);
        assert_eq!(
            SKF_GetPINInfo(application, kind, &raw mut most, &raw mut left, place),
            SAR_OK
        );
        assert_eq!((left, initial.low), (6, 0));
        let stranger = SKF_GetPINInfo(application, 9, &raw mut most, &raw mut left, place);
        assert_eq!(stranger, SAR_USER_TYPE_INVALID);
    }
}

#[test]
fn sm3_of_the_standards_example_comes_out_in_one_call_and_in_parts() {
    let device = connected("digest");
    // GB/T 32905-2016, annex A.1: "abc".
    let expected = [
        0x66, 0xC7, 0xF0, 0xF4, 0x62, 0xEE, 0xED, 0xD9, 0xD1, 0xF2, 0xD4, 0x6B, 0xDC, 0x10, 0xE4,
        0xE2, 0x41, 0x67, 0xC4, 0x87, 0x5C, 0xF2, 0xF7, 0xA2, 0x29, 0x7D, 0xA0, 0x2B, 0x8F, 0x4B,
        0xA8, 0xE0,
    ];
    let (mut hash, mut value, mut size) = (null_mut(), [0_u8; 32], 32_u32);
    // SAFETY: every buffer has the length that is said of it.
    unsafe {
        let begun = SKF_DigestInit(device, SGD_SM3, null(), null(), 0, &raw mut hash);
        assert_eq!(begun, SAR_OK);
        let done = SKF_Digest(hash, b"abc".as_ptr(), 3, value.as_mut_ptr(), &raw mut size);
        assert_eq!((done, value), (SAR_OK, expected));
        value = [0; 32];
        assert_eq!(SKF_DigestUpdate(hash, b"a".as_ptr(), 1), SAR_OK);
        assert_eq!(SKF_DigestUpdate(hash, b"bc".as_ptr(), 2), SAR_OK);
        assert_eq!(
            SKF_DigestFinal(hash, value.as_mut_ptr(), &raw mut size),
            SAR_OK
        );
        assert_eq!(value, expected);
        assert_eq!(SKF_CloseHandle(hash), SAR_OK);
    }
}
