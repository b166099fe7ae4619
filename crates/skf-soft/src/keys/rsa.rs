//! RSA of 2048 bits by `aws-lc-rs`: pairs, PKCS#1 v1.5 signatures and encryption. It has nothing unpadded: the two
//! plain operations of the interface are `crypto-bigint`'s, in constant time for the private one.

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
    RsaPublicKeyComponents,
};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use der::asn1::UintRef;
use der::{Decode as _, Reader as _, SliceReader};
use skf_abi::{RsaPrivateKeyBlob, RsaPublicKeyBlob, codes};
use zeroize::{Zeroize as _, Zeroizing};

use super::NewPair;
use crate::sar::Sar;
use crate::state::KeyKind;

/// Length of the modulus of RSA-2048, in octets.
pub const MODULUS: usize = 256;

/// A public key: modulus of 128 or 256 octets, exponent, both big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub modulus: Vec<u8>,
    pub exponent: [u8; 4],
}

impl PublicKey {
    /// Reads a blob; the lengths that it may have are 1024 and 2048 bits.
    pub fn from_blob(blob: &RsaPublicKeyBlob) -> Result<PublicKey, Sar> {
        let modulus = significant(blob.bit_len, &{ blob.modulus })?;
        Ok(PublicKey {
            modulus,
            exponent: blob.public_exponent,
        })
    }

    /// x^e mod n. `x`: as long as the modulus, and below it.
    pub fn operate(&self, x: &[u8]) -> Result<Vec<u8>, Sar> {
        let exponent = U2048::from_be_slice(&right_aligned(&self.exponent)[..]);
        let (x, params) = self.montgomery(x)?;
        let y = FixedMontyForm::new(&x, &params).pow_vartime(&exponent);
        Ok(self.octets(&y.retrieve()))
    }

    fn montgomery(&self, x: &[u8]) -> Result<(U2048, FixedMontyParams<{ U2048::LIMBS }>), Sar> {
        if x.len() != self.modulus.len() {
            return Err(Sar::DATA_LENGTH);
        }
        let modulus = U2048::from_be_slice(&right_aligned(&self.modulus)[..]);
        let x = U2048::from_be_slice(&right_aligned(x)[..]);
        let modulus: Odd<U2048> = Option::from(Odd::new(modulus)).ok_or(Sar::DATA)?;
        if x >= *modulus.as_ref() {
            return Err(Sar::DATA);
        }
        Ok((x, FixedMontyParams::new_vartime(modulus)))
    }

    /// As many octets as the modulus has.
    fn octets(&self, y: &U2048) -> Vec<u8> {
        y.to_be_bytes()[MODULUS - self.modulus.len()..].to_vec()
    }

    /// Whether `signature` is a PKCS#1 v1.5 signature over `data`, a DER `DigestInfo` (RFC 8017, 8.2.2).
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> Result<bool, Sar> {
        let length = self.modulus.len();
        if signature.len() != length || data.is_empty() || data.len() + 11 > length {
            return Err(Sar::DATA_LENGTH);
        }
        let mut expected = vec![0xFF; length];
        let start = length - data.len();
        expected[..2].copy_from_slice(&[0, 1]);
        expected[start - 1] = 0;
        expected[start..].copy_from_slice(data);
        // A signature that isn't below the modulus is no signature.
        Ok(self.operate(signature).is_ok_and(|found| found == expected))
    }

    /// PKCS#1 v1.5 encryption (RFC 8017, 7.2); 2048 bits only.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Sar> {
        let failed = Sar(codes::SAR_RSAENCERR);
        if self.modulus.len() != MODULUS {
            return Err(Sar(codes::SAR_RSAMODULUSLENERR));
        }
        let zeros = self
            .exponent
            .iter()
            .take_while(|&&octet| octet == 0)
            .count();
        let components = RsaPublicKeyComponents {
            n: &self.modulus[..],
            e: &self.exponent[zeros..],
        };
        let key: PublicEncryptingKey = components.try_into().map_err(|_| Sar::DATA)?;
        let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| failed)?;
        let mut cipher = vec![0; key.ciphertext_size()];
        key.encrypt(plain, &mut cipher).map_err(|_| failed)?;
        Ok(cipher)
    }
}

/// The octets that count of a right-aligned number of 1024 or 2048 bits.
fn significant(bits: u32, field: &[u8; MODULUS]) -> Result<Vec<u8>, Sar> {
    let length = match bits {
        1024 => 128,
        2048 => 256,
        _ => return Err(Sar(codes::SAR_RSAMODULUSLENERR)),
    };
    let octets = &field[MODULUS - length..];
    // The highest bit of a modulus of so many bits is set.
    if octets[0] & 0x80 == 0 {
        return Err(Sar(codes::SAR_RSAMODULUSLENERR));
    }
    Ok(octets.to_vec())
}

fn right_aligned(octets: &[u8]) -> Zeroizing<[u8; MODULUS]> {
    let mut field = Zeroizing::new([0; MODULUS]);
    field[MODULUS - octets.len()..].copy_from_slice(octets);
    field
}

/// x^d mod n for a private key from outside; checks the result with the public exponent.
pub fn operate_private(blob: &RsaPrivateKeyBlob, x: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sar> {
    let key = PublicKey {
        modulus: significant(blob.bit_len, &{ blob.modulus })?,
        exponent: blob.public_exponent,
    };
    let (base, params) = key.montgomery(x)?;
    let mut exponent = U2048::from_be_slice(&blob.private_exponent);
    let y = FixedMontyForm::new(&base, &params).pow(&exponent);
    exponent.zeroize();
    let y = Zeroizing::new(key.octets(&y.retrieve()));
    if key.operate(&y)? != x {
        return Err(Sar::DATA);
    }
    Ok(y)
}

/// `RSAPublicKey` of PKCS#1 (RFC 8017, A.1.1).
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// `RSAPrivateKey` of PKCS#1 for two primes (RFC 8017, A.1.2).
#[derive(der::Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: UintRef<'a>,
    prime2: UintRef<'a>,
    exponent1: UintRef<'a>,
    exponent2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

/// The part of PKCS#8 that is read here (RFC 5208, 5).
#[derive(der::Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: der::asn1::AnyRef<'a>,
    private_key: &'a der::asn1::OctetStringRef,
}

/// Makes an RSA pair of 2048 bits with e = 65537. Private: PKCS#8.
pub fn generate() -> Result<NewPair, Sar> {
    let failed = Sar(codes::SAR_GENRSAKEYERR);
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| failed)?;
    let private: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| failed)?;
    new_pair(&pair, private.as_ref()).ok_or(failed)
}

/// The pair as the state stores it; `None` when it isn't one of 2048 bits with e = 65537.
fn new_pair(pair: &RsaKeyPair, pkcs8: &[u8]) -> Option<NewPair> {
    let public = RsaPublicKey::from_der(pair.public_key().as_ref()).ok()?;
    (public.modulus.as_bytes().len() == MODULUS && public.exponent.as_bytes() == [1, 0, 1]).then(
        || NewPair {
            kind: KeyKind::Rsa2048,
            public: public.modulus.as_bytes().to_vec(),
            private: Zeroizing::new(pkcs8.to_vec()),
        },
    )
}

/// Makes a pair that is given away whole: `SKF_GenExtRSAKey`.
pub fn generate_external() -> Result<Box<Zeroizing<PrivateBlob>>, Sar> {
    let failed = Sar(codes::SAR_GENRSAKEYERR);
    let pair = generate()?;
    let info = PrivateKeyInfo::from_der(&pair.private).map_err(|_| failed)?;
    let key = RsaPrivateKey::from_der(info.private_key.as_bytes()).map_err(|_| failed)?;
    let mut blob = Box::new(Zeroizing::new(PrivateBlob(RsaPrivateKeyBlob {
        alg_id: codes::SGD_RSA,
        bit_len: 2048,
        modulus: [0; MODULUS],
        public_exponent: [0; 4],
        private_exponent: [0; MODULUS],
        prime1: [0; MODULUS / 2],
        prime2: [0; MODULUS / 2],
        prime1_exponent: [0; MODULUS / 2],
        prime2_exponent: [0; MODULUS / 2],
        coefficient: [0; MODULUS / 2],
    })));
    let to = &mut blob.0;
    let fields: [(&mut [u8], UintRef<'_>); 8] = [
        (&mut to.modulus, key.modulus),
        (&mut to.public_exponent, key.public_exponent),
        (&mut to.private_exponent, key.private_exponent),
        (&mut to.prime1, key.prime1),
        (&mut to.prime2, key.prime2),
        (&mut to.prime1_exponent, key.exponent1),
        (&mut to.prime2_exponent, key.exponent2),
        (&mut to.coefficient, key.coefficient),
    ];
    for (field, number) in fields {
        let octets = number.as_bytes();
        let start = field.len().checked_sub(octets.len()).ok_or(failed)?;
        field[start..].copy_from_slice(octets);
    }
    Ok(blob)
}

/// A private key blob that is wiped.
pub struct PrivateBlob(pub RsaPrivateKeyBlob);

impl zeroize::Zeroize for PrivateBlob {
    fn zeroize(&mut self) {
        self.0.private_exponent.zeroize();
        self.0.prime1.zeroize();
        self.0.prime2.zeroize();
        self.0.prime1_exponent.zeroize();
        self.0.prime2_exponent.zeroize();
        self.0.coefficient.zeroize();
    }
}

/// A pair from outside: `RSAPrivateKey` in DER, perhaps with what filled up its last block behind it.
pub fn import(der: &[u8]) -> Result<NewPair, Sar> {
    let mut reader = SliceReader::new(der).map_err(|_| Sar::DATA)?;
    let key = reader.tlv_bytes().map_err(|_| Sar::DATA)?;
    if der.len() - key.len() > 16 {
        return Err(Sar::DATA);
    }
    let pair = RsaKeyPair::from_der(key).map_err(|_| Sar::DATA)?;
    let pkcs8: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| Sar::DATA)?;
    new_pair(&pair, pkcs8.as_ref()).ok_or(Sar(codes::SAR_RSAMODULUSLENERR))
}

/// PKCS#1 v1.5 decryption. Whatever is wrong is one error.
pub fn decrypt(pkcs8: &[u8], cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sar> {
    let failed = Sar(codes::SAR_RSADECERR);
    if cipher.len() != MODULUS {
        return Err(Sar::DATA_LENGTH);
    }
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| Sar::FAIL)?;
    let key = Pkcs1PrivateDecryptingKey::new(key).map_err(|_| Sar::FAIL)?;
    let mut plain = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key.decrypt(cipher, &mut plain).map_err(|_| failed)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// PKCS#1 v1.5 signature over a DER `DigestInfo` of SHA-256, SHA-384 or SHA-512 (RFC 8017, 9.2).
pub fn sign(pkcs8: &[u8], digest_info: &[u8]) -> Result<Vec<u8>, Sar> {
    let (encoding, algorithm, digest) = parse_digest_info(digest_info).ok_or(Sar::DATA)?;
    let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| Sar::FAIL)?;
    let digest = Digest::import_less_safe(digest, algorithm).map_err(|_| Sar::DATA)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(encoding, &digest, &mut signature)
        .map_err(|_| Sar::FAIL)?;
    Ok(signature)
}

type Parsed<'d> = (&'static dyn RsaEncoding, &'static Algorithm, &'d [u8]);

/// The DER prefixes of RFC 8017, 9.2, note 1.
fn parse_digest_info(info: &[u8]) -> Option<Parsed<'_>> {
    const SHA2: [u8; 10] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    let known: [(u8, u8, u8, &'static dyn RsaEncoding, &'static Algorithm); 3] = [
        (0x31, 0x01, 32, &RSA_PKCS1_SHA256, &SHA256),
        (0x41, 0x02, 48, &RSA_PKCS1_SHA384, &SHA384),
        (0x51, 0x03, 64, &RSA_PKCS1_SHA512, &SHA512),
    ];
    known
        .into_iter()
        .find_map(|(outer, hash, length, encoding, algorithm)| {
            let prefix = [
                &[0x30, outer, 0x30, 0x0D][..],
                &SHA2,
                &[hash, 0x05, 0x00, 0x04, length],
            ]
            .concat();
            let digest = info.strip_prefix(prefix.as_slice())?;
            (digest.len() == usize::from(length)).then_some((encoding, algorithm, digest))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_signs_a_digest_info_and_refuses_bare_digests_and_sha1() {
        let pair = generate().unwrap();
        let info = [
            &[
                0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            ][..],
            &[0x01, 0x05, 0x00, 0x04, 0x20],
            &[5; 32],
        ]
        .concat();
        assert_eq!(sign(&pair.private, &info).unwrap().len(), MODULUS);
        assert_eq!(sign(&pair.private, &[5; 32]), Err(Sar::DATA));
        assert_eq!(sign(&pair.private, &info[..info.len() - 1]), Err(Sar::DATA));
    }

    #[test]
    fn the_plain_operations_undo_each_other_and_verify_what_is_signed() {
        let blob = generate_external().unwrap();
        let key = PublicKey {
            modulus: { blob.0.modulus }.to_vec(),
            exponent: blob.0.public_exponent,
        };
        let mut x = [0x5A; MODULUS];
        x[0] = 0;
        let y = operate_private(&blob.0, &x).unwrap();
        assert_eq!(key.operate(&y).unwrap(), x);
        // Not below the modulus.
        assert_eq!(key.operate(&[0xFF; MODULUS]), Err(Sar::DATA));
        // A private exponent that isn't this key's gives no result.
        let mut wrong = generate_external().unwrap();
        wrong.0.modulus = blob.0.modulus;
        assert!(operate_private(&wrong.0, &x).is_err());

        let pair = generate().unwrap();
        let info = [
            &[
                0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            ][..],
            &[0x01, 0x05, 0x00, 0x04, 0x20],
            &[5; 32],
        ]
        .concat();
        let signature = sign(&pair.private, &info).unwrap();
        let key = PublicKey {
            modulus: pair.public.clone(),
            exponent: [0, 1, 0, 1],
        };
        assert!(key.verify(&info, &signature).unwrap());
        assert!(!key.verify(&[1; 51], &signature).unwrap());
        let cipher = key.encrypt(b"a session key").unwrap();
        assert_eq!(
            &decrypt(&pair.private, &cipher).unwrap()[..],
            b"a session key"
        );
    }
}
