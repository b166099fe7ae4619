//! A connected device: clauses 7.1, 7.2.2 and 7.2.3.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use skf_abi::{DevInfo, Version, codes};
use sm4::Sm4;
use sm4::cipher::{BlockCipherEncrypt as _, KeyInit as _};

use crate::drawer::{self, Plug};
use crate::keys;
use crate::sar::Sar;
use crate::state::{self, State, Writer};
use crate::vault;

/// How long a call waits for a device that another program has locked.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How often it looks.
const LOCK_STEP: Duration = Duration::from_millis(10);
/// Longest input of one call of hashing, encryption or MAC, in octets.
pub const MAX_DATA: usize = 64 << 20;
/// Most random octets of one call.
const MAX_RANDOM: usize = 1 << 20;

/// A connected device.
pub struct Device {
    folder: PathBuf,
    name: String,
    plug: Plug,
    authenticated: AtomicBool,
    /// What `SKF_GenRandom` gave last: the challenge of device authentication.
    challenge: Mutex<Vec<u8>>,
    /// The lock file while `SKF_LockDev` holds, and how often it was taken.
    lock: Mutex<Option<(File, u32)>>,
    /// How many session keys, hashes, MACs and agreements are open.
    pub sessions: AtomicUsize,
}

impl Device {
    /// Connects to a device that is plugged in. A blank folder becomes a blank device.
    pub fn connect(name: &str) -> Result<Device, Sar> {
        let folder = drawer::device_folder(name).ok_or(Sar::REMOVED)?;
        let plug = drawer::plug(&folder).ok_or(Sar::REMOVED)?;
        if !folder.join("state.json").exists() {
            let mut writer = Writer::open(&folder)?;
            // Another process may have been first; saving what is there changes nothing.
            writer.save()?;
        }
        state::read(&folder)?;
        Ok(Device {
            folder,
            name: name.to_owned(),
            plug,
            authenticated: AtomicBool::new(false),
            challenge: Mutex::default(),
            lock: Mutex::default(),
            sessions: AtomicUsize::new(0),
        })
    }

    /// Fails when the device was pulled out since it was connected, even if it is back.
    pub fn check_plugged(&self) -> Result<(), Sar> {
        if drawer::plug(&self.folder) == Some(self.plug) {
            Ok(())
        } else {
            Err(Sar::REMOVED)
        }
    }

    /// Reads the state; what a key shows to everybody.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> Result<T, Sar>) -> Result<T, Sar> {
        self.check_plugged()?;
        let state = state::read(&self.folder).map_err(|error| self.or_removed(error))?;
        let seen = look(&state)?;
        self.check_plugged()?;
        Ok(seen)
    }

    /// Works on the device: waits while another program has it locked, then for the state's lock.
    pub fn work<T>(
        &self,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, Sar>,
    ) -> Result<T, Sar> {
        self.check_plugged()?;
        let _turn = self.turn()?;
        let mut writer = Writer::open(&self.folder).map_err(|error| self.or_removed(error))?;
        let done = change(&mut writer).map_err(|error| self.or_removed(error))?;
        // Pulled out meanwhile: what was written stays, but no result leaves a key that isn't there.
        self.check_plugged()?;
        Ok(done)
    }

    /// A file that can't be read may be one that is gone with its device.
    fn or_removed(&self, error: Sar) -> Sar {
        if self.check_plugged().is_err() {
            Sar::REMOVED
        } else {
            error
        }
    }

    /// A share of the device's lock for one call, unless this handle has it all.
    fn turn(&self) -> Result<Option<File>, Sar> {
        if self.lock.lock().map_err(|_| Sar::FAIL)?.is_some() {
            return Ok(None);
        }
        let file = state::lock_file(&self.folder, "device.lock")?;
        self.wait_for(Some(LOCK_WAIT), || file.try_lock_shared())?;
        Ok(Some(file))
    }

    /// Tries until it works, the time is over or the device is gone. (A blocking lock has no time limit.)
    fn wait_for(
        &self,
        limit: Option<Duration>,
        mut attempt: impl FnMut() -> Result<(), TryLockError>,
    ) -> Result<(), Sar> {
        #[allow(clippy::disallowed_methods)] // a C library has nobody to hand it a clock
        let start = Instant::now();
        loop {
            match attempt() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(_)) => return Err(Sar::FILE),
            }
            if limit.is_some_and(|limit| start.elapsed() >= limit) {
                return Err(Sar(codes::SAR_TIMEOUTERR));
            }
            self.check_plugged()?;
            #[allow(clippy::disallowed_methods)]
            // see above: nothing tells when a file lock is free
            std::thread::sleep(LOCK_STEP);
        }
    }

    /// Locks the device for this handle; a second time counts up. `milliseconds`: `INFINITE` for no limit.
    pub fn lock(&self, milliseconds: u32) -> Result<(), Sar> {
        self.check_plugged()?;
        let mut held = self.lock.lock().map_err(|_| Sar::FAIL)?;
        if let Some((_, count)) = held.as_mut() {
            *count += 1;
            return Ok(());
        }
        let file = state::lock_file(&self.folder, "device.lock")?;
        let limit = (milliseconds != codes::INFINITE)
            .then(|| Duration::from_millis(u64::from(milliseconds)));
        self.wait_for(limit, || file.try_lock())?;
        *held = Some((file, 1));
        Ok(())
    }

    /// Gives the lock back, once for each time it was taken.
    pub fn unlock(&self) -> Result<(), Sar> {
        let mut held = self.lock.lock().map_err(|_| Sar::FAIL)?;
        match held.as_mut() {
            None => return Err(Sar::FAIL),
            Some((_, count)) if *count > 1 => *count -= 1,
            Some(_) => *held = None,
        }
        Ok(())
    }

    /// `SKF_GetDevInfo`.
    pub fn info(&self) -> Result<DevInfo, Sar> {
        fn field<const N: usize>(text: &str) -> [u8; N] {
            let mut field = [0; N];
            // The last octet stays NUL: many callers read these as C strings.
            let mut length = text.len().min(N - 1);
            while !text.is_char_boundary(length) {
                length -= 1;
            }
            field[..length].copy_from_slice(&text.as_bytes()[..length]);
            field
        }
        let label = self.read(|state| Ok(state.label.clone()))?;
        let used = std::fs::metadata(self.folder.join("state.json")).map_or(0, |metadata| {
            u32::try_from(metadata.len()).unwrap_or(u32::MAX)
        });
        Ok(DevInfo {
            version: Version { major: 1, minor: 0 },
            manufacturer: field("Yinxin"),
            issuer: field("Yinxin (software, for tests)"),
            label: field(&label),
            serial_number: field(&self.name),
            hardware_version: Version { major: 1, minor: 0 },
            firmware_version: Version { major: 1, minor: 0 },
            alg_sym_cap: codes::SGD_SM4_ECB
                | codes::SGD_SM4_CBC
                | codes::SGD_SM4_CFB
                | codes::SGD_SM4_OFB
                | codes::SGD_SM4_MAC,
            alg_asym_cap: codes::SGD_RSA | codes::SGD_SM2_1 | codes::SGD_SM2_2 | codes::SGD_SM2_3,
            alg_hash_cap: codes::SGD_SM3 | codes::SGD_SHA1 | codes::SGD_SHA256,
            dev_auth_alg_id: codes::SGD_SM4_ECB,
            total_space: state::MAX_STATE,
            free_space: state::MAX_STATE.saturating_sub(used),
            max_ecc_buffer_size: keys::sm2::MAX_PLAIN as u32,
            max_buffer_size: MAX_DATA as u32,
            reserved: [0; 64],
        })
    }

    /// `SKF_SetLabel`: at most 31 octets.
    pub fn set_label(&self, label: &str) -> Result<(), Sar> {
        if label.len() > 31 {
            return Err(Sar::NAME_LENGTH);
        }
        self.work(|writer| {
            label.clone_into(&mut writer.state.label);
            writer.save()
        })
    }

    /// `SKF_GenRandom`. What it gives is also the challenge for [`Device::authenticate`].
    pub fn random(&self, octets: &mut [u8]) -> Result<(), Sar> {
        self.check_plugged()?;
        if octets.is_empty() || octets.len() > MAX_RANDOM {
            return Err(Sar::DATA_LENGTH);
        }
        vault::random(octets)?;
        let mut challenge = self.challenge.lock().map_err(|_| Sar::FAIL)?;
        challenge.clear();
        challenge.extend_from_slice(&octets[..octets.len().min(17)]);
        Ok(())
    }

    /// `SKF_Transmit`: a command APDU of ISO/IEC 7816-4 in, an answer with its status word out. The device knows one
    /// command, GET CHALLENGE (case 2, short); all else gets the status word that says why not.
    pub fn transmit(&self, command: &[u8]) -> Result<Vec<u8>, Sar> {
        self.check_plugged()?;
        match command {
            [0x00, 0x84, 0x00, 0x00, expected] => {
                let mut answer = vec![
                    0;
                    if *expected == 0 {
                        256
                    } else {
                        usize::from(*expected)
                    }
                ];
                vault::random(&mut answer)?;
                answer.extend_from_slice(&[0x90, 0x00]);
                Ok(answer)
            }
            [0x00, 0x84, 0x00, 0x00, ..] | [] | [_] | [_, _] | [_, _, _] => Ok(vec![0x67, 0x00]),
            [0x00, 0x84, ..] => Ok(vec![0x6A, 0x86]),
            [0x00, ..] => Ok(vec![0x6D, 0x00]),
            _ => Ok(vec![0x6E, 0x00]),
        }
    }

    /// `SKF_DevAuth`: the last random octets, encrypted under the device key by SM4 in ECB.
    ///
    /// The standard takes 8 octets and pads them with zeros to a block; some clients take 16. Both do.
    pub fn authenticate(&self, answer: &[u8]) -> Result<(), Sar> {
        self.check_plugged()?;
        let challenge = std::mem::take(&mut *self.challenge.lock().map_err(|_| Sar::FAIL)?);
        if answer.len() != 16 {
            return Err(Sar::DATA_LENGTH);
        }
        if !matches!(challenge.len(), 8 | 16) {
            return Err(Sar::FAIL);
        }
        let mut block = [0; 16];
        block[..challenge.len()].copy_from_slice(&challenge);
        let key = self.read(|state| Ok(state.device_key.clone()))?;
        let expected = encrypt_block(&key, block)?;
        let difference = expected
            .iter()
            .zip(answer)
            .fold(0, |all, (one, other)| all | (one ^ other));
        if difference != 0 {
            return Err(Sar::FAIL);
        }
        self.authenticated.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// `SKF_ChangeDevAuthKey`, after device authentication.
    pub fn change_device_key(&self, key: &[u8]) -> Result<(), Sar> {
        self.check_authenticated()?;
        if key.len() != 16 {
            return Err(Sar::DATA_LENGTH);
        }
        self.work(|writer| {
            writer.state.device_key = key.to_vec();
            writer.save()
        })
    }

    /// Fails unless the device was authenticated over this handle.
    pub fn check_authenticated(&self) -> Result<(), Sar> {
        if self.authenticated.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(Sar(codes::SAR_DEVICE_NOT_AUTHENTICATED))
        }
    }
}

/// One block of SM4.
pub fn encrypt_block(key: &[u8], block: [u8; 16]) -> Result<[u8; 16], Sar> {
    let cipher = Sm4::new_from_slice(key).map_err(|_| Sar::DATA_LENGTH)?;
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    Ok(block.into())
}
