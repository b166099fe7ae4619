//! Signature algorithms and their AlgorithmIdentifiers (RFC 4055, RFC 5758, GM/T 0006).

use crate::asn1::{Element, tag, write};
use crate::{HashAlgorithm, Oid, ParseError, oid};

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyFamily {
    /// SM2 (GB/T 32918).
    Sm2,
    /// RSA with PKCS#1 v1.5.
    Rsa,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
}

impl KeyFamily {
    /// The algorithm that a key of this family signs with here.
    #[must_use]
    pub const fn default_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Sm2 => SignatureAlgorithm::Sm2WithSm3,
            Self::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
            Self::P256 => SignatureAlgorithm::EcdsaP256Sha256,
            Self::P384 => SignatureAlgorithm::EcdsaP384Sha384,
        }
    }

    /// The lower-case name used in JSON: `sm2`, `rsa`, `p256`, `p384`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm2 => "sm2",
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::P384 => "p384",
        }
    }
}

/// A signature algorithm with its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureAlgorithm {
    /// SM2 over SM3 with Z_A of the default identifier.
    Sm2WithSm3,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    const ALL: [Self; 6] = [
        Self::Sm2WithSm3,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
    ];

    /// The hash that the message goes through.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Sm2WithSm3 => HashAlgorithm::Sm3,
            Self::RsaPkcs1Sha256 | Self::EcdsaP256Sha256 => HashAlgorithm::Sha256,
            Self::RsaPkcs1Sha384 | Self::EcdsaP384Sha384 => HashAlgorithm::Sha384,
            Self::RsaPkcs1Sha512 => HashAlgorithm::Sha512,
        }
    }

    /// The kind of key that makes such signatures.
    #[must_use]
    pub const fn family(self) -> KeyFamily {
        match self {
            Self::Sm2WithSm3 => KeyFamily::Sm2,
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => KeyFamily::Rsa,
            Self::EcdsaP256Sha256 => KeyFamily::P256,
            Self::EcdsaP384Sha384 => KeyFamily::P384,
        }
    }

    /// The object identifier of certificates, CRLs and requests.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Sm2WithSm3 => oid::SM2_SM3,
            Self::RsaPkcs1Sha256 => oid::RSA_SHA256,
            Self::RsaPkcs1Sha384 => oid::RSA_SHA384,
            Self::RsaPkcs1Sha512 => oid::RSA_SHA512,
            Self::EcdsaP256Sha256 => oid::ECDSA_SHA256,
            Self::EcdsaP384Sha384 => oid::ECDSA_SHA384,
        }
    }

    /// The DER AlgorithmIdentifier: NULL parameters for RSA (RFC 4055 §5), none for the others.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        let oid = write::oid(&self.oid());
        if self.family() == KeyFamily::Rsa {
            write::sequence(&[&oid, &write::null()])
        } else {
            write::sequence(&[&oid])
        }
    }

    /// Reads an AlgorithmIdentifier of a certificate, CRL or request. Parameters are absent or NULL:
    /// SM2 certificates in use have both forms.
    ///
    /// # Errors
    /// [`ParseError::UnsupportedAlgorithm`] with the dotted OID, or malformed.
    pub fn from_identifier(element: &Element<'_>) -> Result<Self, ParseError> {
        const WHAT: &str = "signature algorithm";
        let oid = algorithm_oid(element, WHAT)?;
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.oid() == oid)
            .ok_or_else(|| ParseError::UnsupportedAlgorithm {
                what: WHAT,
                oid: oid.to_string(),
            })
    }
}

/// The OID of an AlgorithmIdentifier whose parameters are absent or NULL.
pub(crate) fn algorithm_oid(element: &Element<'_>, what: &'static str) -> Result<Oid, ParseError> {
    let mut fields = element.sequence(what)?;
    let oid = fields.oid()?;
    let parameters = fields.next()?;
    if parameters.is_some_and(|p| p.tag() != tag::NULL || !p.value().is_empty()) {
        return Err(ParseError::Malformed(what));
    }
    fields.finish()?;
    Ok(oid)
}
