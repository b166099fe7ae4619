//! SM4 in its modes, as the interface wants it: begun with parameters, fed in parts of any length, ended.

use cbc::cipher::array::Array;
use cbc::cipher::{
    Block, BlockCipherDecrypt as _, BlockCipherEncrypt as _, BlockModeDecrypt as _,
    BlockModeEncrypt as _, InnerIvInit as _, IvState as _, KeyInit as _, StreamCipher as _,
};
use skf_abi::{BlockCipherParam, codes};
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::sar::Sar;
use crate::session::first_block;

/// Length of a block, in octets.
pub const BLOCK: usize = 16;

/// Which way a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Encrypt,
    Decrypt,
}

/// An encryption or decryption under way. It can be copied, so that a step can be tried and thrown away; the modes of
/// the libraries can't, and are made anew for each part from the state here.
#[derive(Clone)]
pub struct Stream {
    direction: Direction,
    mode: Mode,
    padding: bool,
    cipher: Sm4,
    /// What the mode carries from one block to the next.
    vector: Block<Sm4>,
    /// CFB: how many octets of the present block are done.
    position: usize,
    /// Blocks: what is not a whole one yet; the last one of a padded ciphertext too, until the end. OFB: the rest of
    /// the present block of key stream.
    pending: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    Cfb,
    Ofb,
}

impl Stream {
    /// Begins. ECB wants no vector, the others one of 16 octets. CFB and OFB feed back whole blocks (`FeedBitLen`
    /// 0 or 128) and take no padding: they need none.
    pub fn begin(
        direction: Direction,
        algorithm: u32,
        key: &[u8; BLOCK],
        parameters: &BlockCipherParam,
    ) -> Result<Stream, Sar> {
        let padding = match parameters.padding_type {
            codes::NO_PADDING => false,
            codes::PKCS5_PADDING => true,
            _ => return Err(Sar::PARAMETER),
        };
        let mode = match algorithm {
            codes::SGD_SM4_ECB => Mode::Ecb,
            codes::SGD_SM4_CBC => Mode::Cbc,
            codes::SGD_SM4_CFB => Mode::Cfb,
            codes::SGD_SM4_OFB => Mode::Ofb,
            // A MAC key makes MACs.
            _ => return Err(Sar(codes::SAR_KEYUSAGEERR)),
        };
        let feeds_back = matches!(mode, Mode::Cfb | Mode::Ofb);
        if feeds_back && (padding || !matches!(parameters.feed_bit_len, 0 | 128)) {
            return Err(Sar::PARAMETER);
        }
        if mode != Mode::Ecb && parameters.iv_len != BLOCK as u32 {
            return Err(Sar::PARAMETER);
        }
        let cipher = Sm4::new(key.into());
        let mut vector = first_block(parameters).into();
        if mode == Mode::Cfb {
            // CFB carries the vector encrypted; its library takes the state as it stands.
            cipher.encrypt_block(&mut vector);
        }
        Ok(Stream {
            direction,
            mode,
            padding,
            cipher,
            vector,
            position: 0,
            pending: Zeroizing::new(Vec::new()),
        })
    }

    /// Takes data of any length and gives what is ready.
    pub fn update(&mut self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        match self.mode {
            Mode::Ecb | Mode::Cbc => self.update_blocks(data),
            Mode::Cfb => self.update_cfb(data),
            Mode::Ofb => self.update_ofb(data),
        }
    }

    fn update_cfb(&mut self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(data.to_vec());
        let cipher = self.cipher.clone();
        (self.vector, self.position) = match self.direction {
            Direction::Encrypt => {
                let mut mode =
                    cfb_mode::BufEncryptor::from_state(cipher, &self.vector, self.position);
                mode.encrypt(&mut octets);
                let (vector, position) = mode.get_state();
                (*vector, position)
            }
            Direction::Decrypt => {
                let mut mode =
                    cfb_mode::BufDecryptor::from_state(cipher, &self.vector, self.position);
                mode.decrypt(&mut octets);
                let (vector, position) = mode.get_state();
                (*vector, position)
            }
        };
        octets
    }

    fn update_ofb(&mut self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(data.to_vec());
        let left_over = data.len().min(self.pending.len());
        let (first, rest) = octets.split_at_mut(left_over);
        for (octet, key) in first.iter_mut().zip(self.pending.drain(..left_over)) {
            *octet ^= key;
        }
        if !rest.is_empty() {
            let core = ofb::OfbCore::inner_iv_init(self.cipher.clone(), &self.vector);
            let mut mode = ofb::Ofb::from_core(core);
            mode.apply_keystream(rest);
            // The key stream goes on to the end of its block.
            let missing = rest.len().next_multiple_of(BLOCK) - rest.len();
            self.pending = Zeroizing::new(vec![0; missing]);
            mode.apply_keystream(&mut self.pending);
            self.vector = mode.get_core().iv_state();
        }
        octets
    }

    fn update_blocks(&mut self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new([&self.pending[..], data].concat());
        let mut whole = octets.len() / BLOCK * BLOCK;
        // The last block of a padded ciphertext is known to be the last only at the end.
        if self.padding && self.direction == Direction::Decrypt && whole == octets.len() {
            whole = whole.saturating_sub(BLOCK);
        }
        self.pending = Zeroizing::new(octets[whole..].to_vec());
        octets.truncate(whole);
        self.blocks(&mut octets);
        octets
    }

    fn blocks(&mut self, octets: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(octets);
        let cipher = self.cipher.clone();
        match (self.mode, self.direction) {
            (Mode::Cbc, Direction::Encrypt) => {
                let mut mode = cbc::Encryptor::inner_iv_init(cipher, &self.vector);
                mode.encrypt_blocks(blocks);
                self.vector = mode.iv_state();
            }
            (Mode::Cbc, Direction::Decrypt) => {
                let mut mode = cbc::Decryptor::inner_iv_init(cipher, &self.vector);
                mode.decrypt_blocks(blocks);
                self.vector = mode.iv_state();
            }
            (_, Direction::Encrypt) => cipher.encrypt_blocks(blocks),
            (_, Direction::Decrypt) => cipher.decrypt_blocks(blocks),
        }
    }

    /// Ends: the last block, padded or freed of its padding.
    pub fn finish(&mut self) -> Result<Zeroizing<Vec<u8>>, Sar> {
        if !self.padding {
            let feeds_back = matches!(self.mode, Mode::Cfb | Mode::Ofb);
            return if feeds_back || self.pending.is_empty() {
                Ok(Zeroizing::new(Vec::new()))
            } else {
                Err(Sar::DATA_LENGTH)
            };
        }
        let mut last = std::mem::take(&mut self.pending);
        if self.direction == Direction::Encrypt {
            let count = BLOCK - last.len();
            last.resize(BLOCK, count as u8);
            self.blocks(&mut last);
            return Ok(last);
        }
        if last.len() != BLOCK {
            return Err(Sar::DATA_LENGTH);
        }
        self.blocks(&mut last);
        let count = usize::from(last[BLOCK - 1]);
        let right = (1..=BLOCK).contains(&count)
            && last[BLOCK - count..]
                .iter()
                .fold(0, |all, octet| all | (octet ^ count as u8))
                == 0;
        if !right {
            return Err(Sar(codes::SAR_DECRYPTPADERR));
        }
        last.truncate(BLOCK - count);
        Ok(last)
    }
}

/// Decrypts whole blocks in ECB: what wraps an imported pair.
pub fn decrypt_ecb(key: &[u8], octets: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sar> {
    let cipher = Sm4::new_from_slice(key).map_err(|_| Sar::DATA_LENGTH)?;
    let mut plain = Zeroizing::new(octets.to_vec());
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut plain);
    if !rest.is_empty() {
        return Err(Sar::DATA_LENGTH);
    }
    cipher.decrypt_blocks(blocks);
    Ok(plain)
}

/// CBC-MAC under way (GB/T 15852.1, the first algorithm): the vector after the last block is the value.
#[derive(Clone)]
pub struct MacChain {
    stream: Stream,
    any: bool,
}

impl MacChain {
    /// Begins. A vector of 16 octets, or none, which is zeros.
    pub fn begin(key: &[u8; BLOCK], parameters: &BlockCipherParam) -> Result<MacChain, Sar> {
        let mut parameters = *parameters;
        if parameters.iv_len == 0 {
            parameters.iv = [0; 32];
            parameters.iv_len = BLOCK as u32;
        }
        let stream = Stream::begin(Direction::Encrypt, codes::SGD_SM4_CBC, key, &parameters)?;
        Ok(MacChain { stream, any: false })
    }

    /// Takes data of any length.
    pub fn update(&mut self, data: &[u8]) {
        self.any |= !self.stream.update(data).is_empty();
    }

    /// The value. Without padding the data must be whole blocks, one at least.
    pub fn value(mut self) -> Result<[u8; BLOCK], Sar> {
        self.any |= !self.stream.finish()?.is_empty();
        if self.any {
            Ok(self.stream.vector.into())
        } else {
            Err(Sar::DATA_LENGTH)
        }
    }
}
