//! What a token may be asked to sign: a closed set, each member built here from structured data.
//!
//! A page that could choose what is signed could have a login, a contract or a certificate request signed
//! under another name. So there is one way only from bytes to a [`Message`], [`Message::page_data`] for the
//! functions of GM/T 0020 that existing pages call, and it takes no bytes that could mean something else.

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
    /// TBS_Sign says nothing of its signer; the seal in it lists who may use it, and this certificate stands beside it.
    SealSignature(pki::Certificate, pki::SignatureAlgorithm),
    /// Says nothing of its signer.
    PageData,
}

/// Why data that a page chose is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageDataRefused {
    /// Nothing to sign.
    #[error("there is nothing to sign")]
    Empty,
    /// Longer than [`MAX_PAGE_DATA`].
    #[error("more than {MAX_PAGE_DATA} octets")]
    TooLong,
    /// It begins as DER does: a certificate, a request, the attributes of a seal.
    #[error("the data begin like a certificate, a request or a seal")]
    LooksLikeDer,
    /// It begins as our statements do.
    #[error("the data begin like a statement for a login")]
    LooksLikeStatement,
    /// It begins as a PDF or a ZIP (OFD, DOCX) does: signed, it would be a seal that nobody consented to.
    #[error("the data are a document; documents are sealed, with their own consent")]
    LooksLikeDocument,
    /// It is as long as a digest: what was hashed could not be shown.
    #[error("the data are as long as a digest")]
    LooksLikeDigest,
}

/// Most octets of data that a page chose.
pub const MAX_PAGE_DATA: usize = 1 << 20;

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

    /// What a seal signs on an OFD: TBS_Sign (GB/T 38540-2020 §7.1, GM/T 0031-2025), built here from its parts.
    ///
    /// # Errors
    /// [`seal::ses::WriteError`].
    pub fn seal_signature(
        spec: &seal::ses::TbsSpec<'_>,
        certificate: &pki::Certificate,
    ) -> Result<Message, seal::ses::WriteError> {
        let algorithm = certificate.public_key().family().default_algorithm();
        Ok(Message {
            octets: seal::ses::tbs_sign(spec)?,
            kind: Kind::SealSignature(certificate.clone(), algorithm),
        })
    }

    /// Data that a page chose, for `SOF_SignData` alone (GM/T 0020 §7).
    ///
    /// # Errors
    /// [`PageDataRefused`] for whatever could be taken for something else that is signed with this key.
    pub fn page_data(data: &[u8]) -> Result<Message, PageDataRefused> {
        check_page_data(data)?;
        Ok(Message {
            octets: data.to_vec(),
            kind: Kind::PageData,
        })
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
            Kind::SignedAttributes(_, built_for) | Kind::SealSignature(_, built_for) => {
                *built_for == algorithm
            }
            Kind::PageData => true,
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
            Kind::SignedAttributes(built_for, _) | Kind::SealSignature(built_for, _)
                if built_for.der() == certificate =>
            {
                Ok(())
            }
            Kind::SignedAttributes(..) | Kind::SealSignature(..) => {
                Err(TokenError::CertificateChanged)
            }
            Kind::PageData => Ok(()),
        }
    }
}

/// Refuses data of a page that could be taken for something else: see [`Message::page_data`].
///
/// # Errors
/// [`PageDataRefused`].
pub fn check_page_data(data: &[u8]) -> Result<(), PageDataRefused> {
    // SET and SEQUENCE.
    const DER: [u8; 2] = [0x30, 0x31];
    const DIGESTS: [usize; 4] = [20, 32, 48, 64];
    const DOCUMENTS: [&[u8]; 2] = [b"%PDF-", b"PK\x03\x04"];
    match data.first() {
        None => return Err(PageDataRefused::Empty),
        Some(first) if DER.contains(first) => return Err(PageDataRefused::LooksLikeDer),
        Some(_) => {}
    }
    if data.len() > MAX_PAGE_DATA {
        return Err(PageDataRefused::TooLong);
    }
    if data.starts_with(contract::statement::PREFIX) {
        return Err(PageDataRefused::LooksLikeStatement);
    }
    // A PDF may have some octets before its header.
    let head = &data[..data.len().min(1024)];
    if DOCUMENTS
        .iter()
        .any(|begin| head.windows(begin.len()).any(|window| window == *begin))
    {
        return Err(PageDataRefused::LooksLikeDocument);
    }
    if DIGESTS.contains(&data.len()) {
        return Err(PageDataRefused::LooksLikeDigest);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_s_challenge_is_data() {
        assert!(Message::page_data(b"20261122120000-challenge").is_ok());
        assert!(Message::page_data("投标文件哈希：abc".as_bytes()).is_ok());
    }

    #[test]
    fn nothing_that_could_mean_something_else_is_data() {
        let mut statement = b"yinxin-signed-statement\0".to_vec();
        statement.resize(156, 1);
        for (data, why) in [
            (&b""[..], PageDataRefused::Empty),
            (b"0 begins as a SEQUENCE", PageDataRefused::LooksLikeDer),
            (b"1 begins as a SET", PageDataRefused::LooksLikeDer),
            (&statement, PageDataRefused::LooksLikeStatement),
            (b"%PDF-1.7 and so on", PageDataRefused::LooksLikeDocument),
            (b"\xEF\xBB\xBF %PDF-1.7", PageDataRefused::LooksLikeDocument),
            (b"PK\x03\x04 an OFD", PageDataRefused::LooksLikeDocument),
            (&[7; 20], PageDataRefused::LooksLikeDigest),
            (&[7; 32], PageDataRefused::LooksLikeDigest),
            (&[7; 48], PageDataRefused::LooksLikeDigest),
            (&[7; 64], PageDataRefused::LooksLikeDigest),
            (&vec![b'a'; MAX_PAGE_DATA + 1], PageDataRefused::TooLong),
        ] {
            assert_eq!(Message::page_data(data).err(), Some(why));
        }
    }
}
