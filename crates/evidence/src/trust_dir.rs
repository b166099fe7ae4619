//! A trust directory: `*.pem` and `*.cer` certificates, `*.crl` revocation lists, `*.ocsp` responses.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pki::{
    Certificate, ParseError,
    crl::Crl,
    ocsp::{BasicResponse, OcspResponse},
    path::TrustStore,
};

/// More files than a folder of CAs has.
const FILES: usize = 4096;
/// A revocation list may have 16 MiB; PEM adds a third.
const FILE_BYTES: u64 = 24 * 1024 * 1024;

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct TrustDir {
    /// Anchors, intermediates, revocation lists and OCSP responses.
    pub store: TrustStore,
}

/// Why a folder cannot be used. A file that cannot be read is an error, never passed over: a revocation
/// list that silently does not count would look like one that was never there.
#[derive(Debug, thiserror::Error)]
pub enum TrustDirError {
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what its ending says.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: ParseError,
    },
    /// A file is too large, or there are too many.
    #[error("{}: more than {limit} {what}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The limit.
        limit: u64,
        /// Of what.
        what: &'static str,
    },
}

/// Reads a folder, not its subfolders; PEM or DER by content.
///
/// A self-issued certificate is an anchor. An end-entity certificate that somebody put here is trusted by
/// that decision and is an anchor too. Any other CA certificate helps to build paths and is not trusted.
pub fn load_trust_dir(folder: &Path) -> Result<TrustDir, TrustDirError> {
    let failed = |source| TrustDirError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
        if paths.len() > FILES {
            return Err(TrustDirError::TooLarge {
                path: folder.to_owned(),
                limit: FILES as u64,
                what: "files",
            });
        }
    }
    paths.sort();
    let mut found = TrustDir::default();
    for path in paths {
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        match ending.as_str() {
            "pem" | "cer" | "crt" => {
                for certificate in certificates(&path)? {
                    let is_ca = certificate
                        .basic_constraints()
                        .is_some_and(|constraints| constraints.ca);
                    if certificate.is_self_issued() || !is_ca {
                        found.store.anchors.push(certificate);
                    } else {
                        found.store.intermediates.push(certificate);
                    }
                }
            }
            "crl" => found.store.crls.push(revocation_list(&path)?),
            "ocsp" => found.store.responses.extend(response(&path)?),
            _ => {}
        }
    }
    Ok(found)
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, TrustDirError> {
    let malformed = |source| TrustDirError::Malformed {
        path: path.to_owned(),
        source,
    };
    match read(path)? {
        Form::Pem(text) => Certificate::many_from_pem(&text).map_err(malformed),
        Form::Der(der) => Ok(vec![Certificate::from_der(&der).map_err(malformed)?]),
    }
}

fn revocation_list(path: &Path) -> Result<Crl, TrustDirError> {
    let malformed = |source| TrustDirError::Malformed {
        path: path.to_owned(),
        source,
    };
    match read(path)? {
        Form::Pem(text) => Crl::from_pem(&text).map_err(malformed),
        Form::Der(der) => Crl::from_der(&der).map_err(malformed),
    }
}

/// What a responder answered, in DER; one that only says why it does not answer is no evidence.
fn response(path: &Path) -> Result<Option<BasicResponse>, TrustDirError> {
    let der = match read(path)? {
        Form::Pem(text) => text.into_bytes(),
        Form::Der(der) => der,
    };
    match OcspResponse::from_der(&der) {
        Ok(response) => Ok(response.basic().cloned()),
        Err(source) => Err(TrustDirError::Malformed {
            path: path.to_owned(),
            source,
        }),
    }
}

enum Form {
    Pem(String),
    Der(Vec<u8>),
}

fn read(path: &Path) -> Result<Form, TrustDirError> {
    let failed = |source| TrustDirError::Read {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES {
        return Err(TrustDirError::TooLarge {
            path: path.to_owned(),
            limit: FILE_BYTES,
            what: "bytes",
        });
    }
    let bytes = fs::read(path).map_err(failed)?;
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => Ok(Form::Pem(text)),
        Ok(text) => Ok(Form::Der(text.into_bytes())),
        Err(error) => Ok(Form::Der(error.into_bytes())),
    }
}
