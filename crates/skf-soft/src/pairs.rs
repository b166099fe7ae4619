//! The two key pairs of a container: clause 7.6.
//!
//! The **signing pair** is made in the device, signs, and opens the envelope of the encryption pair; it decrypts
//! nothing else. The **encryption pair** comes from the issuer's key management, decrypts and agrees on keys, and
//! never signs. No private half ever leaves.

use skf_abi::{EccPublicKeyBlob, EccSignatureBlob, RsaPublicKeyBlob, codes};
use zeroize::Zeroizing;

use crate::cipher::decrypt_ecb;
use crate::container::Container;
use crate::keys::sm2::{self, Cipher, Point, RawSignature};
use crate::keys::{NewPair, rsa};
use crate::sar::Sar;
use crate::state::{self, KeyKind, KeyPair};
use crate::vault::Sealed;

/// Which of a container's pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    Sign,
    Encrypt,
}

impl Usage {
    fn of(self, container: &state::Container) -> Result<&KeyPair, Sar> {
        match self {
            Usage::Sign => &container.signing,
            Usage::Encrypt => &container.encryption,
        }
        .as_ref()
        .ok_or(Sar::NO_KEY)
    }
}

/// A public key as the interface gives it.
pub enum PublicKeyBlob {
    Ecc(EccPublicKeyBlob),
    Rsa(RsaPublicKeyBlob),
}

/// An encryption pair in its envelope: `ENVELOPEDKEYBLOB`.
pub struct Envelope {
    /// What the private key lies under, in ECB.
    pub algorithm: u32,
    pub encrypted_private_key: [u8; 64],
    pub public: Point,
    /// The symmetric key, for the signing key.
    pub wrapped_key: Cipher,
}

impl Container {
    /// `SKF_GenECCKeyPair` and `SKF_GenRSAKeyPair`: an existing pair is not overwritten.
    pub fn generate(
        &self,
        make: impl FnOnce() -> Result<NewPair, Sar>,
    ) -> Result<PublicKeyBlob, Sar> {
        // Made before the lock is taken: an RSA key takes its time.
        self.application.master()?;
        let pair = make()?;
        let blob = blob(pair.kind, &pair.public)?;
        self.store(
            pair,
            |container, pair| {
                if container.signing.is_some() {
                    return Err(Sar(codes::SAR_CONTAINER_EXISTS));
                }
                container.signing = Some(pair);
                Ok(())
            },
            Usage::Sign,
        )?;
        Ok(blob)
    }

    fn store(
        &self,
        pair: NewPair,
        place: impl FnOnce(&mut state::Container, KeyPair) -> Result<(), Sar>,
        usage: Usage,
    ) -> Result<(), Sar> {
        let master = self.application.master()?;
        let private = Sealed::seal(&master, &self.purpose(usage), &pair.private)?;
        self.application.device.work(|writer| {
            let application = writer.state.application_mut(&self.application.name)?;
            let container = application.container_mut(&self.name)?;
            let pair = KeyPair {
                kind: pair.kind,
                public: pair.public,
                private,
            };
            place(container, pair)?;
            writer.save()
        })
    }

    /// Puts an encryption pair beside a signing pair of its kind. One that is there is replaced, as when a
    /// certificate is renewed; the certificate stays until the new one is written, for some write it first.
    fn store_encryption(&self, pair: NewPair) -> Result<(), Sar> {
        self.store(
            pair,
            |container, pair| {
                if Usage::Sign.of(container)?.kind != pair.kind {
                    return Err(Sar(codes::SAR_KEYUSAGEERR));
                }
                container.encryption = Some(pair);
                Ok(())
            },
            Usage::Encrypt,
        )
    }

    /// `SKF_ImportECCKeyPair`; the user must be logged in.
    ///
    /// Issuers put the 32 octets of the private key at the end of its 64 or at the front; the public key in the
    /// envelope says which reading is right, and an envelope that fits neither is refused.
    pub fn import_sm2(&self, envelope: &Envelope) -> Result<(), Sar> {
        if envelope.algorithm != codes::SGD_SM4_ECB {
            return Err(Sar(codes::SAR_NOTSUPPORTYETERR));
        }
        let key = self.with_private(Usage::Sign, KeyKind::Sm2, |scalar| {
            sm2::decrypt(scalar, &envelope.wrapped_key)
        })?;
        let plain = decrypt_ecb(&key, &envelope.encrypted_private_key)?;
        let private = [&plain[32..], &plain[..32]]
            .into_iter()
            .find(|scalar| sm2::public_of(scalar).is_ok_and(|found| found == envelope.public))
            .ok_or(Sar::DATA)?;
        self.store_encryption(NewPair {
            kind: KeyKind::Sm2,
            public: envelope.public.to_vec(),
            private: Zeroizing::new(private.to_vec()),
        })
    }

    /// `SKF_ImportRSAKeyPair`; the user must be logged in. The private key is a PKCS#1 `RSAPrivateKey` under SM4 in
    /// ECB, filled up to a whole block.
    pub fn import_rsa(&self, algorithm: u32, wrapped: &[u8], encrypted: &[u8]) -> Result<(), Sar> {
        if algorithm != codes::SGD_SM4_ECB {
            return Err(Sar(codes::SAR_NOTSUPPORTYETERR));
        }
        let key = self.with_private(Usage::Sign, KeyKind::Rsa2048, |pkcs8| {
            rsa::decrypt(pkcs8, wrapped)
        })?;
        self.store_encryption(rsa::import(&decrypt_ecb(&key, encrypted)?)?)
    }

    /// `SKF_ExportPublicKey`.
    pub fn public_key(&self, usage: Usage) -> Result<PublicKeyBlob, Sar> {
        self.read(|container| {
            let pair = usage.of(container)?;
            blob(pair.kind, &pair.public)
        })
    }

    /// `SKF_ECCSignData` over e, 32 octets; the user must be logged in.
    pub fn sign_sm2(&self, e: &[u8]) -> Result<EccSignatureBlob, Sar> {
        if e.len() != 32 {
            return Err(Sar::DATA_LENGTH);
        }
        self.with_private(Usage::Sign, KeyKind::Sm2, |scalar| sm2::sign(scalar, e))
            .map(signature_blob)
    }

    /// `SKF_RSASignData` over a DER `DigestInfo`; the user must be logged in.
    pub fn sign_rsa(&self, digest_info: &[u8]) -> Result<Vec<u8>, Sar> {
        self.with_private(Usage::Sign, KeyKind::Rsa2048, |pkcs8| {
            rsa::sign(pkcs8, digest_info)
        })
    }

    /// Decrypts with the encryption pair: makers' additions, and the key of `SKF_ImportSessionKey`.
    pub fn decrypt_sm2(&self, cipher: &Cipher) -> Result<Zeroizing<Vec<u8>>, Sar> {
        self.with_encryption_sm2(|scalar| sm2::decrypt(scalar, cipher))
    }

    /// The same for RSA.
    pub fn decrypt_rsa(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sar> {
        self.with_private(Usage::Encrypt, KeyKind::Rsa2048, |pkcs8| {
            rsa::decrypt(pkcs8, cipher)
        })
    }

    /// Works with the private half of the SM2 encryption pair; the user must be logged in.
    pub fn with_encryption_sm2<T>(
        &self,
        work: impl FnOnce(&[u8]) -> Result<T, Sar>,
    ) -> Result<T, Sar> {
        self.with_private(Usage::Encrypt, KeyKind::Sm2, work)
    }

    fn with_private<T>(
        &self,
        usage: Usage,
        kind: KeyKind,
        work: impl FnOnce(&[u8]) -> Result<T, Sar>,
    ) -> Result<T, Sar> {
        let master = self.application.master()?;
        self.application.device.work(|writer| {
            let application = writer.state.application(&self.application.name)?;
            let pair = usage.of(application.container(&self.name)?)?;
            if pair.kind != kind {
                return Err(Sar(codes::SAR_KEYUSAGEERR));
            }
            let private = pair
                .private
                .open(&master, &self.purpose(usage))
                .ok_or(Sar::FILE)?;
            work(&private)
        })
    }

    /// What the private key is sealed for: this use of this container of this application.
    fn purpose(&self, usage: Usage) -> String {
        let key = match usage {
            Usage::Sign => "signing key",
            Usage::Encrypt => "encryption key",
        };
        format!(
            "yinxin-soft-token/1 {key}\0{}\0{}",
            self.application.name, self.name
        )
    }
}

/// r and s, right-aligned.
pub fn signature_blob((r, s): RawSignature) -> EccSignatureBlob {
    let mut blob = EccSignatureBlob {
        r: [0; 64],
        s: [0; 64],
    };
    blob.r[32..].copy_from_slice(&r);
    blob.s[32..].copy_from_slice(&s);
    blob
}

/// x and y, right-aligned.
pub fn point_blob(point: &Point) -> EccPublicKeyBlob {
    let mut blob = EccPublicKeyBlob {
        bit_len: 256,
        x: [0; 64],
        y: [0; 64],
    };
    blob.x[32..].copy_from_slice(&point[..32]);
    blob.y[32..].copy_from_slice(&point[32..]);
    blob
}

fn blob(kind: KeyKind, public: &[u8]) -> Result<PublicKeyBlob, Sar> {
    match kind {
        KeyKind::Sm2 => {
            let point = public.try_into().map_err(|_| Sar::FILE)?;
            Ok(PublicKeyBlob::Ecc(point_blob(point)))
        }
        KeyKind::Rsa2048 => {
            let modulus = public.try_into().map_err(|_| Sar::FILE)?;
            Ok(PublicKeyBlob::Rsa(RsaPublicKeyBlob {
                alg_id: codes::SGD_RSA,
                bit_len: 2048,
                modulus,
                public_exponent: [0, 1, 0, 1],
            }))
        }
    }
}
