//! Whether a published file carries what was signed here: the journal's signature, over the journal's digest,
//! still covering the same bytes.

use pki::cms::SignedData;
use pki::{HashAlgorithm, Hasher};
use seal::ofd;
use seal::pdf::document::Document;
use seal::pdf::signature::{self, Parts};
use seal::pdf::source::Source;
use seal::ses::{MAX_SIGNATURE, SesSignature};

use crate::journal::{Entry, SealEntry};

/// What a file carries of one journal entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// The signature, over the digest that was signed.
    Both,
    /// The signature, over other bytes: the file was changed under it.
    SignatureAlone,
    /// Not the signature.
    Nothing,
}

/// A file whose signatures were read.
#[derive(Debug)]
pub struct Published {
    /// Signature octets and the digest over what they cover, hex, by signature.
    signatures: Vec<(Vec<u8>, String)>,
}

impl Published {
    /// Reads the signatures of a PDF or an OFD strictly; those that can't be read carry nothing.
    ///
    /// # Errors
    /// What keeps the file from being read at all.
    pub fn read(file: &[u8]) -> Result<Published, String> {
        if seal::ofd::looks_like_ofd(file) {
            return read_ofd(file);
        }
        let document = Document::open(Source::whole(file)).map_err(|error| error.to_string())?;
        let found = signature::find(&document).map_err(|error| error.to_string())?;
        let parts = found
            .into_iter()
            .filter_map(|signature| signature.parts.ok());
        Ok(Published {
            signatures: parts.filter_map(|parts| read_one(file, &parts)).collect(),
        })
    }

    /// How many signatures could be read.
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// What the file carries of an entry's seal.
    pub fn carries(&self, entry: &Entry, seal: &SealEntry) -> Carries {
        let own: Vec<_> = self
            .signatures
            .iter()
            .filter(|(signature, _)| *signature == entry.signature.0)
            .collect();
        if own.iter().any(|(_, digest)| *digest == seal.digest_hex) {
            Carries::Both
        } else if own.is_empty() {
            Carries::Nothing
        } else {
            Carries::SignatureAlone
        }
    }
}

/// The seal signatures of an OFD, each over its Signature.xml.
fn read_ofd(file: &[u8]) -> Result<Published, String> {
    let document = ofd::document::Document::open(file).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for body in &document.bodies {
        let listed = ofd::signatures::list(&document.package, body);
        for one in listed.map_err(|error| error.to_string())? {
            let read = ofd::signatures::Description::read(&document.package, &one.path).ok();
            let Some(description) = read else { continue };
            let value = document
                .package
                .read(&description.signed_value, MAX_SIGNATURE as u64)
                .ok()
                .and_then(|value| SesSignature::from_der(&value).ok());
            if let Some(signature) = value {
                let digest = pki::hash(HashAlgorithm::Sm3, &description.bytes);
                found.push((signature.signature, hex::encode(digest)));
            }
        }
    }
    Ok(Published { signatures: found })
}

fn read_one(file: &[u8], parts: &Parts) -> Option<(Vec<u8>, String)> {
    let cms = SignedData::from_der(der_prefix(&parts.contents)?).ok()?;
    let [signer] = cms.signers() else { return None };
    Some((
        signer.signature().to_vec(),
        hex::encode(covered(file, parts, signer.digest_algorithm())?),
    ))
}

/// The digest over what the ByteRange covers.
fn covered(file: &[u8], parts: &Parts, algorithm: HashAlgorithm) -> Option<Vec<u8>> {
    let at = |offset: u64| usize::try_from(offset).ok();
    let mut hasher = Hasher::new(algorithm);
    hasher.update(file.get(..at(parts.gap.0)?)?);
    hasher.update(file.get(at(parts.gap.1)?..at(parts.end)?)?);
    Some(hasher.finalize())
}

/// The one DER element at the start, without the zeros behind it.
fn der_prefix(bytes: &[u8]) -> Option<&[u8]> {
    let (&first, rest) = bytes.get(1..)?.split_first()?;
    let (header, length) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let count = usize::from(first & 0x7F);
        let octets = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        (
            2 + count,
            octets
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet)),
        )
    };
    bytes.get(..header.checked_add(length)?)
}
