//! What a token may be asked to sign: a closed set, each member built here from structured data.
//!
//! There is no way from bytes to a [`Message`]. A page that could choose what is signed could have a
//! login, a contract or a certificate request signed under another name.

use contract::Statement;

use crate::TokenError;

/// Something that may be signed.
#[derive(Clone)]
pub struct Message {
    octets: Vec<u8>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The statement names its signer's certificate by digest.
    Statement(Statement),
    /// The attributes name it by signing-certificate-v2, built from this certificate.
    SignedAttributes(pki::Certificate, pki::SignatureAlgorithm),
}

impl Message {
    /// A statement: login, bind, unbind, renew, receive.
    #[must_use]
    pub fn statement(statement: &Statement) -> Message {
        Message {
            octets: statement.encode().to_vec(),
            kind: Kind::Statement(*statement),
        }
    }

    /// The signed attributes of a CMS (RFC 5652 §5.4), built here from their parts.
    #[must_use]
    pub fn signed_attributes(spec: &pki::cms::SignedAttributesSpec<'_>) -> Message {
        Message {
            octets: pki::cms::signed_attributes(spec),
            kind: Kind::SignedAttributes(spec.certificate.clone(), spec.algorithm),
        }
    }

    /// The octets that are signed (before any hash), for the journal and for packing.
    #[must_use]
    pub fn signed_octets(&self) -> &[u8] {
        &self.octets
    }

    /// Refuses a message that says of itself that it is signed with another algorithm, or another hash.
    pub(crate) fn check_algorithm(
        &self,
        algorithm: pki::SignatureAlgorithm,
    ) -> Result<(), TokenError> {
        let fits = match &self.kind {
            Kind::Statement(statement) => statement.hash_algorithm() == algorithm.hash(),
            Kind::SignedAttributes(_, built_for) => *built_for == algorithm,
        };
        if fits {
            Ok(())
        } else {
            Err(TokenError::WrongAlgorithm(format!("{algorithm:?}")))
        }
    }

    /// Refuses a message that was built for another certificate than the one that signs it.
    pub(crate) fn check_signer(&self, certificate: &[u8]) -> Result<(), TokenError> {
        match &self.kind {
            Kind::Statement(statement) => {
                let digest = pki::hash(statement.hash_algorithm(), certificate);
                // The last 32 octets: H(signer certificate).
                if self.octets.ends_with(&digest) {
                    Ok(())
                } else {
                    Err(TokenError::CertificateChanged)
                }
            }
            Kind::SignedAttributes(built_for, _) if built_for.der() == certificate => Ok(()),
            Kind::SignedAttributes(..) => Err(TokenError::CertificateChanged),
        }
    }
}
