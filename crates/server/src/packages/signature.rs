//! Signatures on packages: a detached CMS (PKCS#7, DER or PEM), or the bare signature of an anchor's own key. Verified
//! against the certificates that the operator named, and no others; what does not verify is never kept.

use pki::cms::SignedData;
use pki::path::{self, TrustStore, Usage};
use pki::{Certificate, KeyFamily, UnixTime, hash};
use store::packages::Anchor;

/// Largest signature, in bytes: a CMS with its chain.
pub const MAX_SIGNATURE: usize = 256 * 1024;

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The signer, RFC 4514.
    pub signer: String,
    /// Which of the anchors, by index.
    pub anchor: usize,
}

/// Why a signature is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The operator has named no certificate.
    #[error("no certificate has been named that signatures could be verified against")]
    NoAnchors,
    /// Neither a CMS nor a signature by an anchor's own key.
    #[error(
        "this is neither a CMS nor a signature of one of the named certificates over this file"
    )]
    NotASignature,
    /// It carries the content: it is not detached.
    #[error("the signature carries its own content; a detached one is wanted")]
    NotDetached,
    /// Not exactly one signer.
    #[error("the signature has {0} signers; one is wanted")]
    Signers(usize),
    /// The signer's certificate is not there.
    #[error("the signer's certificate is neither in the signature nor among the named ones")]
    NoCertificate,
    /// It is no signature over this file.
    #[error("it does not fit this file: {0}")]
    Wrong(String),
    /// The signer is nobody that the operator named.
    #[error("the signer does not lead to a named certificate: {0}")]
    Path(String),
}

impl Refused {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NoAnchors => "尚未登记用于验证签名的证书，请先登记".into(),
            Self::NotASignature => "不是 CMS 签名，也不是已登记证书对该文件的签名".into(),
            Self::NotDetached => "签名中带有原文，请上传分离式签名".into(),
            Self::Signers(count) => format!("签名中有 {count} 个签名者，应为 1 个"),
            Self::NoCertificate => "签名中没有签名者证书，已登记的证书中也没有".into(),
            Self::Wrong(_) => "签名与该文件不符".into(),
            Self::Path(_) => "签名者的证书不是由已登记的证书签发".into(),
        }
    }
}

/// Verifies a detached signature over a file.
///
/// # Errors
/// [`Refused`].
pub fn verify(
    content: &[u8],
    signature: &[u8],
    anchors: &[Anchor],
    now: UnixTime,
) -> Result<Verified, Refused> {
    let named: Vec<(usize, Certificate)> = anchors
        .iter()
        .enumerate()
        .filter_map(|(at, anchor)| Some((at, Certificate::from_der(&anchor.certificate).ok()?)))
        .collect();
    if named.is_empty() {
        return Err(Refused::NoAnchors);
    }
    match read_cms(signature) {
        Some(cms) => verify_cms(content, &cms, &named, now),
        None => verify_bare(content, signature, &named, now),
    }
}

fn read_cms(signature: &[u8]) -> Option<SignedData> {
    if let Ok(text) = std::str::from_utf8(signature) {
        for label in ["CMS", "PKCS7"] {
            if let Ok([der]) = pki::pem_decode(label, text).as_deref() {
                return SignedData::from_der(der).ok();
            }
        }
    }
    SignedData::from_der(signature).ok()
}

fn verify_cms(
    content: &[u8],
    cms: &SignedData,
    named: &[(usize, Certificate)],
    now: UnixTime,
) -> Result<Verified, Refused> {
    if cms.content().is_some() {
        return Err(Refused::NotDetached);
    }
    let [signer] = cms.signers() else {
        return Err(Refused::Signers(cms.signers().len()));
    };
    let certificate = cms
        .certificate_of(signer)
        .or_else(|| {
            let mut anchors = named.iter().map(|(_, certificate)| certificate);
            anchors.find(|certificate| signer.identifier().names(certificate))
        })
        .ok_or(Refused::NoCertificate)?;
    let digest = hash(signer.digest_algorithm(), content);
    signer
        .verify(&digest, certificate)
        .map_err(|error| Refused::Wrong(error.to_string()))?;
    let trust = TrustStore {
        anchors: named
            .iter()
            .map(|(_, certificate)| certificate.clone())
            .collect(),
        intermediates: Vec::new(),
        ..TrustStore::default()
    };
    let path = path::validate(certificate, cms.certificates(), &trust, now, Usage::Any)
        .map_err(|error| Refused::Path(error.to_string()))?;
    let anchor = named
        .iter()
        .find(|(_, certificate)| certificate == path.anchor())
        .map(|(at, _)| *at)
        .ok_or_else(|| Refused::Path("no anchor".into()))?;
    Ok(Verified {
        signer: certificate.subject().rfc4514(),
        anchor,
    })
}

/// By the key of a named certificate itself; for SM2 and P-256 as DER or as two numbers side by side.
fn verify_bare(
    content: &[u8],
    signature: &[u8],
    named: &[(usize, Certificate)],
    now: UnixTime,
) -> Result<Verified, Refused> {
    for (at, certificate) in named {
        let key = certificate.public_key();
        let elliptic = matches!(key.family(), KeyFamily::Sm2 | KeyFamily::P256);
        let der = if elliptic && signature.len() == 64 {
            pki::ec_signature_from_raw(signature).ok()
        } else {
            Some(signature.to_vec())
        };
        let fits = der.is_some_and(|der| {
            key.verify(key.family().default_algorithm(), content, &der)
                .is_ok()
        });
        if fits {
            if !certificate.is_valid_at(now) {
                return Err(Refused::Path("the certificate is not valid now".into()));
            }
            return Ok(Verified {
                signer: certificate.subject().rfc4514(),
                anchor: *at,
            });
        }
    }
    Err(Refused::NotASignature)
}
