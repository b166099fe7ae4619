//! Keys in memory: for certification authorities' key files and for tests. A supplier's key never is
//! one of these; it lives in a token.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature as aws;
use aws_lc_rs::signature::KeyPair as _;
use sm2::SecretKey;
use sm2::dsa::signature::Signer as _;
use sm2::dsa::signature::hazmat::PrehashSigner as _;
use sm2::dsa::{Signature as Sm2Signature, SigningKey};
use sm2::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use zeroize::Zeroizing;

use crate::asn1::{Element, write};
use crate::{
    Certificate, KeyFamily, ParseError, PublicKey, SM2_DEFAULT_ID, SignError, SignatureAlgorithm,
    Signer, oid, pem_decode, pem_encode,
};

const LABEL: &str = "PRIVATE KEY";

/// A private key in this process's memory.
pub struct SoftwareKey {
    inner: Inner,
    public: PublicKey,
    certificate: Option<Certificate>,
}

enum Inner {
    Sm2(SecretKey),
    Rsa(Box<aws::RsaKeyPair>),
    Ec(Box<aws::EcdsaKeyPair>),
}

impl SoftwareKey {
    /// Makes a new key; RSA keys have 2048 bits. Randomness is the operating system's.
    ///
    /// # Errors
    /// [`SignError::Randomness`] or [`SignError::Key`].
    pub fn generate(family: KeyFamily) -> Result<Self, SignError> {
        let inner = match family {
            KeyFamily::Sm2 => Inner::Sm2(generate_sm2()?),
            KeyFamily::Rsa => Inner::Rsa(Box::new(
                aws::RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048)
                    .map_err(|_| SignError::Key)?,
            )),
            KeyFamily::P256 => Inner::Ec(generate_ec(&aws::ECDSA_P256_SHA256_ASN1_SIGNING)?),
            KeyFamily::P384 => Inner::Ec(generate_ec(&aws::ECDSA_P384_SHA384_ASN1_SIGNING)?),
        };
        Self::from_inner(inner)
    }

    /// Reads an unencrypted PKCS#8 PEM of SM2, RSA, P-256 or P-384.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, SignError> {
        let mut blocks = pem_decode(LABEL, pem).map_err(|_| SignError::Key)?;
        let der = Zeroizing::new(blocks.pop().ok_or(SignError::Key)?);
        if !blocks.is_empty() {
            return Err(SignError::Key);
        }
        Self::from_pkcs8_der(&der)
    }

    /// Reads an unencrypted PKCS#8 DER of SM2, RSA, P-256 or P-384.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, SignError> {
        let inner = match pkcs8_family(der).map_err(|_| SignError::Key)? {
            KeyFamily::Sm2 => {
                Inner::Sm2(SecretKey::from_pkcs8_der(der).map_err(|_| SignError::Key)?)
            }
            KeyFamily::Rsa => Inner::Rsa(Box::new(
                aws::RsaKeyPair::from_pkcs8(der).map_err(|_| SignError::Key)?,
            )),
            KeyFamily::P256 => Inner::Ec(read_ec(&aws::ECDSA_P256_SHA256_ASN1_SIGNING, der)?),
            KeyFamily::P384 => Inner::Ec(read_ec(&aws::ECDSA_P384_SHA384_ASN1_SIGNING, der)?),
        };
        Self::from_inner(inner)
    }

    /// The private key as an unencrypted PKCS#8 PEM. Whoever reads the result can sign.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn danger_to_pkcs8_pem(&self) -> Result<Zeroizing<String>, SignError> {
        let der: Zeroizing<Vec<u8>> = match &self.inner {
            Inner::Sm2(key) => Zeroizing::new(
                key.to_pkcs8_der()
                    .map_err(|_| SignError::Key)?
                    .as_bytes()
                    .to_vec(),
            ),
            Inner::Rsa(key) => {
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> =
                    key.as_der().map_err(|_| SignError::Key)?;
                Zeroizing::new(der.as_ref().to_vec())
            }
            Inner::Ec(key) => Zeroizing::new(
                key.to_pkcs8v1()
                    .map_err(|_| SignError::Key)?
                    .as_ref()
                    .to_vec(),
            ),
        };
        Ok(Zeroizing::new(pem_encode(LABEL, &der)))
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a digest that someone else computed: e = SM3(Z_A ‖ M) for SM2, SHA-256 for RSA (PKCS#1 v1.5) and
    /// P-256. EC signatures come as strict DER. What the digest is of, this cannot know: for the part of a
    /// token only, whose caller builds the message.
    ///
    /// # Errors
    /// [`SignError::Failed`] for a digest that is not 32 octets, [`SignError::Key`] for P-384.
    pub fn danger_sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        if digest.len() != 32 {
            return Err(SignError::Failed);
        }
        let sha256 = || {
            aws_lc_rs::digest::Digest::import_less_safe(digest, &aws_lc_rs::digest::SHA256)
                .map_err(|_| SignError::Failed)
        };
        match &self.inner {
            Inner::Sm2(key) => {
                let key = SigningKey::new(SM2_DEFAULT_ID, key).map_err(|_| SignError::Key)?;
                let signature: Sm2Signature =
                    key.sign_prehash(digest).map_err(|_| SignError::Failed)?;
                crate::ec_signature_from_raw(&signature.to_bytes()).map_err(|_| SignError::Failed)
            }
            Inner::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign_digest(&aws::RSA_PKCS1_SHA256, &sha256()?, &mut signature)
                    .map_err(|_| SignError::Failed)?;
                Ok(signature)
            }
            Inner::Ec(key) if self.public.family() == KeyFamily::P256 => key
                .sign_digest(&sha256()?)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
            Inner::Ec(_) => Err(SignError::Key),
        }
    }

    /// The same key with its certificate beside it.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    fn from_inner(inner: Inner) -> Result<Self, SignError> {
        let spki = match &inner {
            Inner::Sm2(key) => {
                let point = key.public_key().to_sec1_bytes();
                ec_spki(&oid::CURVE_SM2, &point)
            }
            Inner::Rsa(key) => {
                let algorithm =
                    write::sequence(&[&write::oid(&oid::RSA_ENCRYPTION), &write::null()]);
                let bits = write::bit_string(key.public_key().as_ref());
                write::sequence(&[&algorithm, &bits])
            }
            Inner::Ec(key) => {
                let point = key.public_key().as_ref();
                let curve = if point.len() == 65 {
                    oid::CURVE_P256
                } else {
                    oid::CURVE_P384
                };
                ec_spki(&curve, point)
            }
        };
        let public = PublicKey::from_spki_der(&spki).map_err(|_| SignError::Key)?;
        Ok(Self {
            inner,
            public,
            certificate: None,
        })
    }
}

impl Signer for SoftwareKey {
    fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.public.family().default_algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.inner {
            Inner::Sm2(key) => {
                let key = SigningKey::new(SM2_DEFAULT_ID, key).map_err(|_| SignError::Key)?;
                let signature: Sm2Signature =
                    key.try_sign(message).map_err(|_| SignError::Failed)?;
                // The crate's own encoding is r ‖ s; certificates and CMS want DER (GM/T 0009 §7.3).
                crate::ec_signature_from_raw(&signature.to_bytes()).map_err(|_| SignError::Failed)
            }
            Inner::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &aws::RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(|_| SignError::Failed)?;
                Ok(signature)
            }
            Inner::Ec(key) => key
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
        }
    }
}

impl core::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SoftwareKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

fn generate_sm2() -> Result<SecretKey, SignError> {
    // A candidate is out of range with probability 2^-32; a source that fails eight times is broken.
    for _ in 0..8 {
        let mut candidate = Zeroizing::new([0u8; 32]);
        aws_lc_rs::rand::fill(candidate.as_mut()).map_err(|_| SignError::Randomness)?;
        if let Ok(key) = SecretKey::from_slice(candidate.as_ref()) {
            return Ok(key);
        }
    }
    Err(SignError::Randomness)
}

fn generate_ec(
    algorithm: &'static aws::EcdsaSigningAlgorithm,
) -> Result<Box<aws::EcdsaKeyPair>, SignError> {
    aws::EcdsaKeyPair::generate(algorithm)
        .map(Box::new)
        .map_err(|_| SignError::Key)
}

fn read_ec(
    algorithm: &'static aws::EcdsaSigningAlgorithm,
    der: &[u8],
) -> Result<Box<aws::EcdsaKeyPair>, SignError> {
    aws::EcdsaKeyPair::from_pkcs8(algorithm, der)
        .map(Box::new)
        .map_err(|_| SignError::Key)
}

fn ec_spki(curve: &crate::Oid, point: &[u8]) -> Vec<u8> {
    let algorithm = write::sequence(&[&write::oid(&oid::EC_PUBLIC_KEY), &write::oid(curve)]);
    write::sequence(&[&algorithm, &write::bit_string(point)])
}

/// The family that PrivateKeyInfo's algorithm names (RFC 5208 §5).
fn pkcs8_family(der: &[u8]) -> Result<KeyFamily, ParseError> {
    const WHAT: &str = "PKCS#8 private key";
    let mut fields = Element::parse(der, WHAT)?.sequence(WHAT)?;
    fields.required()?.small_integer(WHAT)?;
    let mut algorithm = fields.required()?.sequence(WHAT)?;
    let oid = algorithm.oid()?;
    if oid == oid::RSA_ENCRYPTION {
        return Ok(KeyFamily::Rsa);
    }
    match algorithm.oid()? {
        oid::CURVE_SM2 => Ok(KeyFamily::Sm2),
        oid::CURVE_P256 => Ok(KeyFamily::P256),
        oid::CURVE_P384 => Ok(KeyFamily::P384),
        other => Err(ParseError::UnsupportedAlgorithm {
            what: WHAT,
            oid: other.to_string(),
        }),
    }
}
