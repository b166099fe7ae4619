//! Key pairs and signatures: SM2 (GB/T 32918) by `sm2`, RSA by `aws-lc-rs`.

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
};
use der::Decode as _;
use signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use skf_abi::codes;
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::sar::Sar;
use crate::state::KeyKind;
use crate::vault;

/// The signer's identifier. A device signs e, in which it is already hashed; the library wants one all the same.
const ID: &str = "1234567812345678";
/// Length of the modulus of RSA-2048, in octets.
pub const MODULUS: usize = 256;

/// A new pair: its public part as the state stores it, its private part to be sealed.
pub struct NewPair {
    pub kind: KeyKind,
    pub public: Vec<u8>,
    pub private: Zeroizing<Vec<u8>>,
}

/// Makes an SM2 pair. Private: the scalar, 32 octets.
pub fn generate_sm2() -> Result<NewPair, Sar> {
    loop {
        let mut scalar = Zeroizing::new(vec![0; 32]);
        vault::random(&mut scalar)?;
        // Zero and what is not below the order: practically never.
        let Ok(secret) = sm2::SecretKey::from_slice(&scalar) else {
            continue;
        };
        let point = secret.public_key().to_sec1_bytes();
        let public = point.get(1..65).ok_or(Sar::FAIL)?.to_vec();
        return Ok(NewPair {
            kind: KeyKind::Sm2,
            public,
            private: scalar,
        });
    }
}

/// Makes an RSA pair of 2048 bits with e = 65537. Private: PKCS#8.
pub fn generate_rsa() -> Result<NewPair, Sar> {
    #[derive(der::Sequence)]
    struct RsaPublicKey<'a> {
        modulus: der::asn1::UintRef<'a>,
        exponent: der::asn1::UintRef<'a>,
    }

    let failed = Sar(codes::SAR_GENRSAKEYERR);
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| failed)?;
    let private: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| failed)?;
    let public = RsaPublicKey::from_der(pair.public_key().as_ref()).map_err(|_| failed)?;
    if public.modulus.as_bytes().len() != MODULUS || public.exponent.as_bytes() != [1, 0, 1] {
        return Err(failed);
    }
    Ok(NewPair {
        kind: KeyKind::Rsa2048,
        public: public.modulus.as_bytes().to_vec(),
        private: Zeroizing::new(private.as_ref().to_vec()),
    })
}

/// SM2 signature over e: r and s, 32 octets each.
pub fn sign_sm2(scalar: &[u8], e: &[u8]) -> Result<([u8; 32], [u8; 32]), Sar> {
    let secret = sm2::SecretKey::from_slice(scalar).map_err(|_| Sar::FAIL)?;
    let key = SigningKey::new(ID, &secret).map_err(|_| Sar::FAIL)?;
    let signature: Signature = key.sign_prehash(e).map_err(|_| Sar::DATA)?;
    Ok((signature.r_bytes().into(), signature.s_bytes().into()))
}

/// Whether an SM2 signature over e is right. `public`: x ‖ y.
pub fn verify_sm2(public: &[u8; 64], e: &[u8], r: &[u8; 32], s: &[u8; 32]) -> Result<bool, Sar> {
    let point = [&[4][..], public].concat();
    let key = VerifyingKey::from_sec1_bytes(ID, &point).map_err(|_| Sar::DATA)?;
    let Ok(signature) = Signature::from_scalars(*r, *s) else {
        return Ok(false);
    };
    Ok(key.verify_prehash(e, &signature).is_ok())
}

/// PKCS#1 v1.5 signature over a DER `DigestInfo` of SHA-256, SHA-384 or SHA-512 (RFC 8017, 9.2).
pub fn sign_rsa(pkcs8: &[u8], digest_info: &[u8]) -> Result<Vec<u8>, Sar> {
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
    fn an_sm2_signature_verifies_and_a_changed_digest_does_not() {
        let pair = generate_sm2().unwrap();
        let public: [u8; 64] = pair.public.as_slice().try_into().unwrap();
        let (r, s) = sign_sm2(&pair.private, &[7; 32]).unwrap();
        assert!(verify_sm2(&public, &[7; 32], &r, &s).unwrap());
        assert!(!verify_sm2(&public, &[8; 32], &r, &s).unwrap());
    }

    #[test]
    fn rsa_signs_a_digest_info_and_refuses_bare_digests_and_sha1() {
        let pair = generate_rsa().unwrap();
        let info = [
            &[
                0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            ][..],
            &[0x01, 0x05, 0x00, 0x04, 0x20],
            &[5; 32],
        ]
        .concat();
        assert_eq!(sign_rsa(&pair.private, &info).unwrap().len(), MODULUS);
        assert_eq!(sign_rsa(&pair.private, &[5; 32]), Err(Sar::DATA));
        assert_eq!(
            sign_rsa(&pair.private, &info[..info.len() - 1]),
            Err(Sar::DATA)
        );
    }
}
