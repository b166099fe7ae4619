//! Session keys, and what lives beside them while a program works: MACs and agreements. Clause 7.6, from 7.6.20.
//!
//! A device has room for [`MAX_SESSIONS`] of these at once; each holds a [`Slot`] and gives it back when closed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use skf_abi::{BlockCipherParam, codes};
use zeroize::Zeroizing;

use crate::cipher::{BLOCK, Direction, MacChain, Stream};
use crate::container::Container;
use crate::device::Device;
use crate::keys::sm2::{self, Begins, Own, Peer, Point, Private};
use crate::sar::Sar;
use crate::vault;

/// Most session keys, hashes, MACs and agreements of a connected device at once.
pub const MAX_SESSIONS: usize = 64;

/// Length of an SM4 key, in octets.
pub const KEY: usize = 16;

/// A place among the sessions of a device.
pub struct Slot {
    pub device: Arc<Device>,
}

impl Slot {
    /// Takes a place; `SAR_NO_ROOM` when there is none.
    pub fn take(device: &Arc<Device>) -> Result<Slot, Sar> {
        device.check_plugged()?;
        let taken = device
            .sessions
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
                (count < MAX_SESSIONS).then_some(count + 1)
            });
        match taken {
            Ok(_) => Ok(Slot {
                device: Arc::clone(device),
            }),
            Err(_) => Err(Sar(codes::SAR_NO_ROOM)),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.device.sessions.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A session key with what it is encrypting and decrypting.
pub struct SessionKey {
    pub slot: Slot,
    algorithm: u32,
    octets: Zeroizing<[u8; KEY]>,
    encrypting: Mutex<Option<Stream>>,
    decrypting: Mutex<Option<Stream>>,
}

impl SessionKey {
    /// A key of these octets for one of SM4's modes.
    pub fn new(device: &Arc<Device>, algorithm: u32, octets: &[u8]) -> Result<SessionKey, Sar> {
        check_algorithm(algorithm)?;
        let octets = octets.try_into().map_err(|_| Sar::DATA_LENGTH)?;
        Ok(SessionKey {
            slot: Slot::take(device)?,
            algorithm,
            octets: Zeroizing::new(octets),
            encrypting: Mutex::default(),
            decrypting: Mutex::default(),
        })
    }

    /// A key of random octets, and the octets, to be wrapped.
    pub fn random(
        device: &Arc<Device>,
        algorithm: u32,
    ) -> Result<(SessionKey, Zeroizing<[u8; KEY]>), Sar> {
        let mut octets = Zeroizing::new([0; KEY]);
        vault::random(&mut octets[..])?;
        let key = SessionKey::new(device, algorithm, &octets[..])?;
        Ok((key, octets))
    }

    fn stream(&self, direction: Direction) -> &Mutex<Option<Stream>> {
        match direction {
            Direction::Encrypt => &self.encrypting,
            Direction::Decrypt => &self.decrypting,
        }
    }

    /// `SKF_EncryptInit`, `SKF_DecryptInit`: begins anew, whatever was under way.
    pub fn begin(&self, direction: Direction, parameters: &BlockCipherParam) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        let begun = Stream::begin(direction, self.algorithm, &self.octets, parameters)?;
        *self.stream(direction).lock().map_err(|_| Sar::FAIL)? = Some(begun);
        Ok(())
    }

    /// One step: `work` gets a copy of what is under way; only if `hand_over` succeeds does the step count, and
    /// `ends` says whether it was the last. So asking for a size, or for too little room, changes nothing.
    pub fn step(
        &self,
        direction: Direction,
        ends: bool,
        work: impl FnOnce(&mut Stream) -> Result<Zeroizing<Vec<u8>>, Sar>,
        hand_over: impl FnOnce(&[u8]) -> Result<Handed, Sar>,
    ) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        let mut place = self.stream(direction).lock().map_err(|_| Sar::FAIL)?;
        let mut stream = place.clone().ok_or(Sar(codes::SAR_NOTINITIALIZEERR))?;
        let made = work(&mut stream)?;
        if hand_over(&made)? == Handed::Data {
            *place = (!ends).then_some(stream);
        }
        Ok(())
    }

    /// `SKF_MacInit`.
    pub fn mac(&self, parameters: &BlockCipherParam) -> Result<Mac, Sar> {
        let fresh = MacChain::begin(&self.octets, parameters)?;
        Ok(Mac {
            slot: Slot::take(&self.slot.device)?,
            now: Mutex::new(fresh.clone()),
            fresh,
        })
    }
}

/// What a caller got: the size that it asked for, or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    Size,
    Data,
}

/// The first block of a parameter's vector.
pub fn first_block(parameters: &BlockCipherParam) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.copy_from_slice(&{ parameters.iv }[..BLOCK]);
    block
}

/// SM4 is there; SM1 and SSF33 are not published, so that no software can have them.
pub fn check_algorithm(algorithm: u32) -> Result<(), Sar> {
    match algorithm {
        codes::SGD_SM4_ECB
        | codes::SGD_SM4_CBC
        | codes::SGD_SM4_CFB
        | codes::SGD_SM4_OFB
        | codes::SGD_SM4_MAC => Ok(()),
        _ => Err(Sar(codes::SAR_NOTSUPPORTYETERR)),
    }
}

/// A MAC that is being computed: CBC-MAC, the first algorithm of GB/T 15852.1.
pub struct Mac {
    pub slot: Slot,
    fresh: MacChain,
    now: Mutex<MacChain>,
}

impl Mac {
    /// `SKF_MacUpdate`.
    pub fn update(&self, data: &[u8]) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        self.now.lock().map_err(|_| Sar::FAIL)?.update(data);
        Ok(())
    }

    /// `SKF_Mac` and `SKF_MacFinal`: with the last data, the value; then the MAC is as new.
    pub fn finish(
        &self,
        data: &[u8],
        hand_over: impl FnOnce(&[u8]) -> Result<Handed, Sar>,
    ) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        let mut now = self.now.lock().map_err(|_| Sar::FAIL)?;
        let mut chain = now.clone();
        chain.update(data);
        if hand_over(&chain.value()?)? == Handed::Data {
            *now = self.fresh.clone();
        }
        Ok(())
    }
}

/// An agreement that this side has begun: `SKF_GenerateAgreementDataWithECC`.
pub struct Agreement {
    pub slot: Slot,
    container: Arc<Container>,
    algorithm: u32,
    id: Vec<u8>,
    /// Gone once a key has come of it.
    temporary: Mutex<Option<Private>>,
}

impl Agreement {
    /// Begins an agreement over the encryption pair of a container: the agreement, and the temporary public key
    /// that the other side needs. The user must be logged in.
    pub fn begin(
        container: &Arc<Container>,
        algorithm: u32,
        id: &[u8],
    ) -> Result<(Agreement, Point), Sar> {
        check_algorithm(algorithm)?;
        check_id(id)?;
        // Fails here already for a container without the pair, or without a login.
        container.with_encryption_sm2(|_| Ok(()))?;
        let (temporary, public) = sm2::generate_scalar()?;
        let begun = Agreement {
            slot: Slot::take(&container.application.device)?,
            container: Arc::clone(container),
            algorithm,
            id: id.to_vec(),
            temporary: Mutex::new(Some(temporary)),
        };
        Ok((begun, public))
    }

    /// `SKF_GenerateKeyWithECC`: the key, from what the other side sent. One agreement yields one key.
    pub fn finish(&self, responder: &Peer<'_>) -> Result<SessionKey, Sar> {
        check_id(responder.id)?;
        let mut temporary = self.temporary.lock().map_err(|_| Sar::FAIL)?;
        let octets = {
            let temporary = temporary.as_ref().ok_or(Sar(codes::SAR_NOTINITIALIZEERR))?;
            self.container.with_encryption_sm2(|private| {
                let own = Own {
                    private,
                    temporary: &temporary[..],
                    id: &self.id,
                };
                sm2::agree(&own, responder, Begins::Own, KEY)
            })?
        };
        let key = SessionKey::new(&self.slot.device, self.algorithm, &octets)?;
        *temporary = None;
        Ok(key)
    }
}

/// `SKF_GenerateAgreementDataAndKeyWithECC`: the responder's side in one step: the key, and the temporary public
/// key that the sponsor needs.
pub fn respond(
    container: &Container,
    algorithm: u32,
    id: &[u8],
    sponsor: &Peer<'_>,
) -> Result<(SessionKey, Point), Sar> {
    check_algorithm(algorithm)?;
    check_id(id)?;
    check_id(sponsor.id)?;
    let (temporary, public) = sm2::generate_scalar()?;
    let octets = container.with_encryption_sm2(|private| {
        let own = Own {
            private,
            temporary: &temporary[..],
            id,
        };
        sm2::agree(&own, sponsor, Begins::Peer, KEY)
    })?;
    let key = SessionKey::new(&container.application.device, algorithm, &octets)?;
    Ok((key, public))
}

fn check_id(id: &[u8]) -> Result<(), Sar> {
    if id.is_empty() || id.len() > sm2::MAX_ID {
        Err(Sar::DATA_LENGTH)
    } else {
        Ok(())
    }
}
