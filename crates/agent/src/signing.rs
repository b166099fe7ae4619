//! What is signed, built here from what the user was shown; and the checks of a seal's document before it.

pub mod ofd;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use contract::{
    AgentRequest, Base64, Grade, Intent, SealIntent, SealIntentAttribute, SealVariant,
    SignedStatement, Statement,
};
use contract::{ErrorCode, KeyFamilyName};
use pki::cms::{OidFamily, SignedAttributesSpec};
use pki::{Certificate, HashAlgorithm, KeyFamily, UnixTime};
use serde::Serialize;
use token::{Message, Signature};

use crate::files;
use crate::journal::{Entry, KeyEntry, SealEntry};
use crate::keyring::KeyRow;
use crate::rfc3339;

/// A request whose parts were read and agree with each other.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub request: AgentRequest,
    /// Its intent, parsed.
    pub intent: Intent,
}

/// Why a request or its document was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is malformed, or its parts contradict each other.
    #[error("{0}")]
    Malformed(String),
    /// The key's family has no prepared revision.
    #[error("the platform prepared nothing for keys of this kind")]
    NoVariant,
    /// The picked file is not the one in the intent.
    #[error("the chosen file is not the one that the platform named")]
    FileMismatch,
    /// The appended revision is not what the intent says, or does more.
    #[error("the prepared revision was refused: {0}")]
    Revision(String),
    /// The file can't be read here.
    #[error("the chosen file cannot be read: {0}")]
    Io(String),
}

impl Refusal {
    /// The code for pages.
    pub fn code(&self) -> ErrorCode {
        match self {
            Refusal::Malformed(_) => ErrorCode::RequestMalformed,
            Refusal::NoVariant => ErrorCode::ProviderMayNotSeal,
            Refusal::FileMismatch => ErrorCode::FileMismatch,
            Refusal::Revision(_) => ErrorCode::RevisionRefused,
            Refusal::Io(_) => ErrorCode::Internal,
        }
    }
}

impl Asked {
    /// Reads a request: its schema, its intent's, and that both name one purpose.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(text: &str) -> Result<Asked, Refusal> {
        let malformed = |error: &dyn std::fmt::Display| Refusal::Malformed(error.to_string());
        let request = AgentRequest::from_json(text).map_err(|error| malformed(&error))?;
        let intent = Intent::from_json(request.intent()).map_err(|error| malformed(&error))?;
        let agree = match (&request, &intent) {
            (AgentRequest::Seal(_), Intent::Seal(_)) => true,
            (AgentRequest::Check(_), Intent::Check(_))
            | (AgentRequest::Diagnose(_), Intent::Diagnose(_))
            | (AgentRequest::Produce(_), Intent::Produce(_))
            | (AgentRequest::Renew(_), Intent::Renew(_))
            | (AgentRequest::Unlock(_), Intent::Unlock(_)) => true,
            (AgentRequest::Statement(request), intent) => {
                intent.statement_purpose() == Some(request.purpose)
            }
            _ => false,
        };
        if !agree {
            return Err(Refusal::Malformed(
                "request and intent name different purposes".into(),
            ));
        }
        Ok(Asked { request, intent })
    }

    /// The prepared revision for a family of keys.
    ///
    /// # Errors
    /// [`Refusal::NoVariant`], or malformed where its hash or SubFilter does not belong to the family.
    pub fn variant(&self, family: KeyFamily) -> Result<&SealVariant, Refusal> {
        let AgentRequest::Seal(request) = &self.request else {
            return Err(Refusal::Malformed("not a seal".into()));
        };
        let variant = request
            .variants
            .iter()
            .find(|variant| Some(variant.family) == KeyFamilyName::of(family))
            .ok_or(Refusal::NoVariant)?;
        if let Some(part) = &variant.ofd {
            ofd::check_variant(variant, part)?;
            return Ok(variant);
        }
        let (hash, sub_filter) = match family {
            KeyFamily::Sm2 => (HashAlgorithm::Sm3, "adbe.pkcs7.detached"),
            _ => (HashAlgorithm::Sha256, "ETSI.CAdES.detached"),
        };
        if variant.hash.algorithm() != hash || variant.sub_filter != sub_filter {
            return Err(Refusal::Malformed(
                "hash and SubFilter do not belong to the family".into(),
            ));
        }
        Ok(variant)
    }
}

/// A file that the user picked: it is the intent's document, and every variant was inspected over it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picked {
    /// Its length in bytes.
    pub size: u64,
    /// Where the seal goes, as read from the revision itself.
    pub places: Vec<contract::Place>,
    /// The ByteRange digest that the agent computed, by family.
    #[serde(skip)]
    digests: Vec<(KeyFamilyName, Vec<u8>)>,
}

/// Checks a picked file against the request: the intent's digest, then each variant's revision over it.
///
/// Reads the file once by a map; takes as long as hashing takes.
///
/// # Errors
/// [`Refusal`].
pub fn check_picked(asked: &Asked, file: &File) -> Result<Picked, Refusal> {
    let (AgentRequest::Seal(request), Intent::Seal(intent)) = (&asked.request, &asked.intent)
    else {
        return Err(Refusal::Malformed("not a seal".into()));
    };
    let size = file
        .metadata()
        .map_err(|error| Refusal::Io(error.to_string()))?
        .len();
    if size == 0
        || request
            .variants
            .iter()
            .any(|variant| variant.original_length != size)
    {
        return Err(Refusal::FileMismatch);
    }
    let map = files::map(file).map_err(|error| Refusal::Io(error.to_string()))?;
    if seal::ofd::looks_like_ofd(&map) {
        return ofd::check_picked(request, intent, &map);
    }
    if request.variants.iter().any(|variant| variant.ofd.is_some()) {
        return Err(Refusal::FileMismatch);
    }
    let digest = pki::hash(intent.document_digest.algorithm.algorithm(), &map);
    if hex::encode(digest) != intent.document_digest.value_hex {
        return Err(Refusal::FileMismatch);
    }
    let revision = |error: &dyn std::fmt::Display| Refusal::Revision(error.to_string());
    let (mut places, mut digests) = (Vec::new(), Vec::new());
    for variant in &request.variants {
        let tail = variant.tail.as_bytes();
        let inspected = seal::pdf::tail::inspect(&map, tail).map_err(|error| revision(&error))?;
        if inspected.sub_filter.name() != variant.sub_filter {
            return Err(Refusal::Revision("another SubFilter than announced".into()));
        }
        let pages: Vec<u32> = inspected.places.iter().map(|place| place.page).collect();
        as_told(intent, &pages)?;
        let digest = seal::pdf::digest(&map, tail, variant.hash.algorithm())
            .map_err(|error| revision(&error))?;
        if digest != variant.digest.as_bytes() {
            return Err(Refusal::Revision("another digest than announced".into()));
        }
        for sealed in &inspected.places {
            let rect = sealed.rect;
            let place = contract::Place {
                page: sealed.page,
                rect: [rect.x0, rect.y0, rect.x1, rect.y1],
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        digests.push((variant.family, digest));
    }
    Ok(Picked {
        size,
        places,
        digests,
    })
}

/// Asks that a signature's places, by the page of each, are the pages and as many places as the intent tells.
fn as_told(intent: &SealIntent, pages: &[u32]) -> Result<(), Refusal> {
    let sealed: BTreeSet<u32> = pages.iter().copied().collect();
    if sealed != intent.pages.iter().copied().collect() {
        return Err(Refusal::Revision("another page than shown".into()));
    }
    let told = intent.places.map_or(1, |places| places as usize);
    if pages.len() != told {
        return Err(Refusal::Revision("more or fewer places than shown".into()));
    }
    Ok(())
}

/// A temporary file in the spool that nobody else can open and that ends with the last handle.
///
/// # Errors
/// What the system says.
pub fn spool(folder: &Path) -> std::io::Result<File> {
    tempfile::tempfile_in(folder)
}

/// Something to sign, and all that is needed to pack the signature.
pub struct Work {
    /// For the token.
    pub message: Message,
    certificate: Certificate,
    origin: String,
    asked: Asked,
    seal: Option<SealWork>,
}

struct SealWork {
    grade: Grade,
    digest: Vec<u8>,
    signing_time: Option<UnixTime>,
    attribute: Vec<u8>,
    /// What is signed of an OFD; signed attributes of a CMS where there is none.
    ofd: Option<ofd::Part>,
}

/// What goes to the page.
pub enum Packed {
    /// A login token.
    Statement(SignedStatement),
    /// A CMS for a PDF or an SES_Signature for an OFD, DER, and what was checked of the document.
    Seal(Vec<u8>, Grade),
}

impl Work {
    /// Builds what the token signs: the statement, or the signed attributes of the seal.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn build(
        asked: &Asked,
        origin: &str,
        certificate_der: &[u8],
        picked: Option<&Picked>,
        now: UnixTime,
    ) -> Result<Work, Refusal> {
        let malformed = |error: &dyn std::fmt::Display| Refusal::Malformed(error.to_string());
        let certificate =
            Certificate::from_der(certificate_der).map_err(|error| malformed(&error))?;
        let family = certificate.public_key().family();
        let (message, seal) = match &asked.request {
            AgentRequest::Statement(request) => {
                let intent = request.intent.as_bytes();
                let statement = Statement::new(
                    family,
                    request.purpose,
                    origin,
                    &request.nonce,
                    intent,
                    certificate_der,
                )
                .map_err(|error| malformed(&error))?;
                (Message::statement(&statement), None)
            }
            // What a conversation has signed is built in `writing`, step by step.
            AgentRequest::Check(_)
            | AgentRequest::Diagnose(_)
            | AgentRequest::Produce(_)
            | AgentRequest::Renew(_)
            | AgentRequest::Unlock(_) => {
                return Err(Refusal::Malformed("nothing is signed at once".into()));
            }
            AgentRequest::Seal(_) => {
                let seal = SealWork::new(asked, origin, family, picked, now)?;
                let message = match &seal.ofd {
                    Some(part) => part.message(&seal.digest, &seal.attribute, &certificate)?,
                    None => Message::signed_attributes(&seal.spec(&certificate)),
                };
                (message, Some(seal))
            }
        };
        Ok(Work {
            message,
            certificate,
            origin: origin.to_owned(),
            asked: asked.clone(),
            seal,
        })
    }

    /// The journal's entry for the signature by the key in `row`.
    pub fn entry(&self, signature: &Signature, row: &KeyRow, now: UnixTime) -> Entry {
        let seal = match (&self.seal, &self.asked.intent) {
            (Some(seal), Intent::Seal(intent)) => Some(SealEntry {
                document: intent.document.clone(),
                document_digest: intent.document_digest.clone(),
                pages: intent.pages.clone(),
                seal: intent.seal.clone(),
                grade: seal.grade,
                digest_hex: hex::encode(&seal.digest),
            }),
            _ => None,
        };
        let family = self.certificate.public_key().family();
        Entry {
            at: rfc3339(now),
            origin: self.origin.clone(),
            purpose: purpose_name(&self.asked.intent).into(),
            intent: self.asked.request.intent().to_owned(),
            certificate_sha256: Some(hex::encode(self.certificate.sha256_fingerprint())),
            family: KeyFamilyName::of(family).unwrap_or(KeyFamilyName::P256),
            signed_sha256: hex::encode(pki::hash(
                HashAlgorithm::Sha256,
                self.message.signed_octets(),
            )),
            signature: Base64(signature.value.clone()),
            seal,
            key: Some(KeyEntry::of(row)),
        }
    }

    /// Packs the signature as it goes to the page. `chain` goes into a CMS beside the signer's certificate.
    pub fn pack(&self, signature: &Signature, chain: &[Certificate]) -> Packed {
        match &self.seal {
            Some(seal) if seal.ofd.is_some() => Packed::Seal(
                ofd::pack(self.message.signed_octets(), &self.certificate, signature),
                seal.grade,
            ),
            Some(seal) => {
                let spec = seal.spec(&self.certificate);
                let cms = pki::cms::assemble(
                    &spec,
                    self.message.signed_octets(),
                    &signature.value,
                    chain,
                );
                Packed::Seal(cms, seal.grade)
            }
            None => Packed::Statement(SignedStatement {
                version: 1,
                certificate: Base64(self.certificate.der().to_vec()),
                signature: Base64(signature.value.clone()),
            }),
        }
    }
}

impl SealWork {
    fn new(
        asked: &Asked,
        origin: &str,
        family: KeyFamily,
        picked: Option<&Picked>,
        now: UnixTime,
    ) -> Result<SealWork, Refusal> {
        let variant = asked.variant(family)?;
        let (grade, digest) = match picked {
            None => (Grade::Remote, variant.digest.0.clone()),
            Some(picked) => {
                let own = picked
                    .digests
                    .iter()
                    .find(|(family, _)| *family == variant.family);
                (Grade::Picked, own.ok_or(Refusal::NoVariant)?.1.clone())
            }
        };
        let ofd = variant
            .ofd
            .as_ref()
            .map(|part| ofd::Part::read(part, now))
            .transpose()?;
        let attribute = SealIntentAttribute {
            origin: origin.to_owned(),
            grade,
            intent: asked.request.intent().to_owned(),
        };
        let attribute = attribute
            .to_der()
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
        // ETSI EN 319 142-1 §6.3 wants the time in the dictionary's /M and no signing-time attribute.
        let signing_time = (family == KeyFamily::Sm2).then_some(now);
        Ok(SealWork {
            grade,
            digest,
            signing_time,
            attribute,
            ofd,
        })
    }

    fn spec<'a>(&'a self, certificate: &'a Certificate) -> SignedAttributesSpec<'a> {
        let family = certificate.public_key().family();
        SignedAttributesSpec {
            family: if family == KeyFamily::Sm2 {
                OidFamily::Gm
            } else {
                OidFamily::Pkcs7
            },
            algorithm: family.default_algorithm(),
            content_digest: &self.digest,
            certificate,
            signing_time: self.signing_time,
            custom: vec![(
                pki::Oid::new_unwrap(contract::SEAL_INTENT_OID),
                self.attribute.clone(),
            )],
        }
    }
}

/// The purpose's word in the journal.
pub fn purpose_name(intent: &Intent) -> &'static str {
    match intent {
        Intent::Login(_) => "login",
        Intent::Bind(_) => "bind",
        Intent::Unbind(_) => "unbind",
        Intent::Seal(_) => "seal",
        Intent::Check(_) => "check",
        Intent::Diagnose(_) => "diagnose",
        Intent::Produce(_) => "produce",
        Intent::Renew(_) => "renew",
        Intent::Unlock(_) => "unlock",
    }
}
