//! Our side: a map of the file, the tail appended in place, the verifier over the map; and the
//! limits: hashing the same bytes once, copying the file.

use std::fs::{File, OpenOptions};
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use memmap2::Mmap;
use pki::cms::{self, OidFamily, SignedAttributesSpec};
use pki::path::TrustStore;
use pki::{Certificate, HashAlgorithm, KeyFamily, Signer, SoftwareKey, hash};
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::{self, DEFAULT_CAPACITY, Policy, SealSpec, SubFilter, VerifyOptions};

use crate::NOW;
use crate::measure::measure;

/// What one process measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Task {
    /// Seal with RSA-2048 and SHA-256.
    SealRsa,
    /// Seal with SM2 and SM3.
    SealSm2,
    /// Verify the RSA seal.
    VerifyRsa,
    /// Verify the SM2 seal.
    VerifySm2,
    /// SHA-256 over the bytes.
    Sha256,
    /// SM3 over the bytes.
    Sm3,
    /// Copy the file.
    Copy,
}

impl Task {
    fn family(self) -> KeyFamily {
        match self {
            Self::SealSm2 | Self::VerifySm2 => KeyFamily::Sm2,
            _ => KeyFamily::Rsa,
        }
    }
}

/// A key and its certificate, from the run's folder.
struct Credentials {
    key: SoftwareKey,
    certificate: Certificate,
}

/// Does one task and prints its measurement as JSON.
pub fn one(task: Task, file: &Path, keys: &Path, rounds: usize) -> Result<(), Error> {
    let copy = file.with_extension("copy.pdf");
    let measured = match task {
        Task::SealRsa | Task::SealSm2 => {
            let credentials = load(keys, task.family())?;
            measure(
                rounds,
                || std::fs::copy(file, &copy),
                |_| seal(&copy, &credentials),
            )?
        }
        Task::VerifyRsa | Task::VerifySm2 => {
            let credentials = load(keys, task.family())?;
            std::fs::copy(file, &copy)?;
            seal(&copy, &credentials)?;
            measure(rounds, || Ok(()), |()| verify(&copy, &credentials))?
        }
        Task::Sha256 | Task::Sm3 => {
            let algorithm = if task == Task::Sm3 {
                HashAlgorithm::Sm3
            } else {
                HashAlgorithm::Sha256
            };
            measure(
                rounds,
                || map(file),
                |map| {
                    std::hint::black_box(hash(algorithm, &map));
                    Ok(())
                },
            )?
        }
        Task::Copy => measure(
            rounds,
            || Ok(()),
            |()| std::fs::copy(file, &copy).map(|_| ()),
        )?,
    };
    let _ = std::fs::remove_file(&copy);
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// Maps a file of this run.
#[allow(unsafe_code)]
pub fn map(path: &Path) -> Result<Mmap, Error> {
    let file = File::open(path)?;
    // SAFETY: the file lies in this run's own folder; nothing shortens it while it is mapped, and
    // the one writer appends behind what is mapped.
    unsafe { Mmap::map(&file) }
}

fn load(keys: &Path, family: KeyFamily) -> Result<Credentials, Error> {
    let read = |end: &str| std::fs::read_to_string(keys.join(format!("{}.{end}", name(family))));
    let key = SoftwareKey::from_pkcs8_pem(&read("key.pem")?).map_err(Error::other)?;
    let certificate = Certificate::from_pem(&read("pem")?).map_err(Error::other)?;
    Ok(Credentials { key, certificate })
}

/// The beginning of a family's file names in the run's folder.
pub fn name(family: KeyFamily) -> &'static str {
    if family == KeyFamily::Sm2 {
        "sm2"
    } else {
        "rsa"
    }
}

/// All of a seal: walk, prepare, hash, sign, append to the file.
fn seal(path: &PathBuf, credentials: &Credentials) -> Result<(), Error> {
    let map = map(path)?;
    let picture = VectorPicture {
        content: b"1 0 0 RG 3 w 5 5 103 103 re S".to_vec(),
        width_mm: 40.0,
        height_mm: 40.0,
    };
    let algorithm = credentials.key.algorithm();
    let spec = SealSpec {
        page: 1,
        rect: Rect::new(100.0, 100.0, 213.0, 213.0),
        picture: &picture,
        field_name: "YinxinSeal1",
        signer_name: "bench",
        reason: None,
        time: NOW,
        sub_filter: SubFilter::for_family(algorithm.family()),
        contents_capacity: DEFAULT_CAPACITY,
    };
    let prepared = pdf::prepare(&map, &spec).map_err(Error::other)?;
    let digest = pdf::digest(&map, &prepared.tail, algorithm.hash()).map_err(Error::other)?;
    let family = if algorithm.family() == KeyFamily::Sm2 {
        OidFamily::Gm
    } else {
        OidFamily::Pkcs7
    };
    let cms_spec = SignedAttributesSpec {
        family,
        algorithm,
        content_digest: &digest,
        certificate: &credentials.certificate,
        signing_time: None,
        custom: vec![],
    };
    let attributes = cms::signed_attributes(&cms_spec);
    let signature = credentials.key.sign(&attributes).map_err(Error::other)?;
    let cms = cms::assemble(&cms_spec, &attributes, &signature, &[]);
    let tail = pdf::complete(&prepared.tail, map.len() as u64, &cms).map_err(Error::other)?;
    OpenOptions::new().append(true).open(path)?.write_all(&tail)
}

fn verify(path: &Path, credentials: &Credentials) -> Result<(), Error> {
    let trust = TrustStore {
        anchors: vec![credentials.certificate.clone()],
        ..TrustStore::default()
    };
    verified(path, &trust)
}

/// Verifies a mapped file, which has to be valid.
pub fn verified(path: &Path, trust: &TrustStore) -> Result<(), Error> {
    let map = Arc::new(map(path)?);
    let report = pdf::verify(
        &map,
        &VerifyOptions {
            trust,
            at: NOW,
            policy: Policy::default(),
            name: None,
        },
    );
    match report.verdict.exit_code() {
        0 => Ok(()),
        _ => Err(Error::other(serde_json::to_string(&report)?)),
    }
}
