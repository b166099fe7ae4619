//! Many signatures in one file: what verifying them costs beside hashing the file once, beside pyHanko, and
//! over the number of signatures and the size of the file; one page in process and as a process; memory over
//! ten thousand verifications.

use std::fs::OpenOptions;
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use pki::cms::{self, OidFamily, SignedAttributesSpec};
use pki::path::TrustStore;
use pki::{HashAlgorithm, Hasher, KeyFamily, Signer};
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::{self, SealSpec, SubFilter, tail};
use serde::Serialize;

use crate::certificates::TestSigner;
use crate::measure::{Measured, measure, resident_beside_files};
use crate::{NOW, ours, peer, samples};

/// What is measured, and where the plot goes.
#[derive(Args)]
pub struct Options {
    /// Signatures in the large file.
    #[arg(long, default_value_t = 50)]
    count: usize,
    /// Megabytes of the large file.
    #[arg(long, default_value_t = 292)]
    megabytes: usize,
    /// Verifications in a row, for memory.
    #[arg(long, default_value_t = 10_000)]
    soak: usize,
    /// The program whose `verify FILE --trust DIR` is timed as a process.
    #[arg(long, value_name = "PROGRAM")]
    yinxin: Option<PathBuf>,
    /// Measures the whole grid of signatures and sizes and writes `verifying-cost.md` and `.svg` here.
    #[arg(long, value_name = "FOLDER")]
    plot: Option<PathBuf>,
}

/// Everything that was measured.
#[derive(Serialize, Default)]
pub struct Figures {
    rows: Vec<Row>,
    memory_kib: Vec<u64>,
    grid: Vec<Cell>,
}

#[derive(Serialize)]
struct Row {
    what: String,
    median_seconds: f64,
    limit_seconds: Option<f64>,
    peer_seconds: Option<f64>,
    target: &'static str,
}

#[derive(Serialize)]
struct Cell {
    signatures: usize,
    megabytes: usize,
    bytes: u64,
    verify_seconds: f64,
    hash_seconds: f64,
}

/// Measures and prints.
pub fn run(options: &Options, rounds: usize, python: Option<&Path>) -> Result<Figures, Error> {
    let folder = tempfile::tempdir()?;
    let mut figures = Figures::default();
    if let Some(out) = &options.plot {
        figures.grid = grid(folder.path(), rounds)?;
        crate::plot::write(out, &rows_of(&figures.grid), rounds)?;
        println!("written to {}", out.display());
        return Ok(figures);
    }
    large(options, rounds, python, folder.path(), &mut figures.rows)?;
    small(options, rounds.max(21), folder.path(), &mut figures.rows)?;
    figures.memory_kib = soak(options.soak, folder.path())?;
    print(&figures);
    Ok(figures)
}

fn rows_of(grid: &[Cell]) -> Vec<crate::plot::Point> {
    grid.iter()
        .map(|cell| crate::plot::Point {
            signatures: cell.signatures,
            megabytes: cell.megabytes,
            verify_seconds: cell.verify_seconds,
            hash_seconds: cell.hash_seconds,
        })
        .collect()
}

fn picture() -> VectorPicture {
    VectorPicture {
        content: b"1 0 0 RG 1 w 1 1 12 12 re S".to_vec(),
        width_mm: 5.0,
        height_mm: 5.0,
    }
}

/// Seals a file `count` times; what is hashed once is not hashed again for the next seal.
fn seal_many(path: &Path, pages: u32, signer: &TestSigner, count: usize) -> Result<(), Error> {
    let algorithm = signer.key.algorithm();
    let picture = picture();
    let mut hasher = Hasher::new(algorithm.hash());
    hasher.update(&ours::map(path)?);
    for index in 0..count as u32 {
        let map = ours::map(path)?;
        let slot = index / pages;
        let (x, y) = (
            20.0 + f64::from(slot % 20) * 25.0,
            20.0 + f64::from(slot / 20) * 25.0,
        );
        let field = format!("Seal{index}");
        let spec = SealSpec {
            page: index % pages + 1,
            rect: Rect::new(x, y, x + 14.0, y + 14.0),
            picture: &picture,
            field_name: &field,
            signer_name: "bench",
            reason: None,
            time: NOW,
            sub_filter: SubFilter::for_family(algorithm.family()),
            contents_capacity: 4096,
        };
        let prepared = pdf::prepare(&map, &spec).map_err(Error::other)?;
        let length = map.len() as u64;
        let layout = tail::locate(&prepared.tail, length).map_err(Error::other)?;
        let (from, to) = (
            (layout.contents.0 - length) as usize,
            (layout.contents.1 - length) as usize,
        );
        let mut own = hasher.clone();
        own.update(&prepared.tail[..from]);
        own.update(&prepared.tail[to..]);
        let digest = own.finalize();
        let family = match algorithm.family() {
            KeyFamily::Sm2 => OidFamily::Gm,
            _ => OidFamily::Pkcs7,
        };
        let cms_spec = SignedAttributesSpec {
            family,
            algorithm,
            content_digest: &digest,
            certificate: &signer.certificate,
            signing_time: None,
            custom: vec![],
        };
        let attributes = cms::signed_attributes(&cms_spec);
        let signature = signer.key.sign(&attributes).map_err(Error::other)?;
        let cms = cms::assemble(&cms_spec, &attributes, &signature, &[]);
        let tail = pdf::complete(&prepared.tail, length, &cms).map_err(Error::other)?;
        hasher.update(&tail);
        OpenOptions::new()
            .append(true)
            .open(path)?
            .write_all(&tail)?;
    }
    Ok(())
}

fn trust(signer: &TestSigner) -> TrustStore {
    TrustStore {
        anchors: vec![signer.certificate.clone()],
        ..TrustStore::default()
    }
}

fn hash_once(path: &Path, algorithm: HashAlgorithm, rounds: usize) -> Result<Measured, Error> {
    measure(
        rounds,
        || ours::map(path),
        |map| {
            std::hint::black_box(pki::hash(algorithm, &map));
            Ok(())
        },
    )
}

fn verify(path: &Path, trust: &TrustStore, rounds: usize) -> Result<Measured, Error> {
    measure(rounds, || Ok(()), |()| ours::verified(path, trust))
}

fn large(
    options: &Options,
    rounds: usize,
    python: Option<&Path>,
    folder: &Path,
    rows: &mut Vec<Row>,
) -> Result<(), Error> {
    let path = folder.join("large.pdf");
    let plain = folder.join("plain.pdf");
    samples::write_pages(&plain, 400, options.megabytes * 1_000_000 / 400)?;
    for family in [KeyFamily::Rsa, KeyFamily::Sm2] {
        let signer = TestSigner::new(family);
        let hash = signer.key.algorithm().hash();
        eprintln!("bench: {} signatures, {}", options.count, hash.oid());
        std::fs::copy(&plain, &path)?;
        seal_many(&path, 400, &signer, options.count)?;
        let limit = hash_once(&path, hash, rounds)?.median();
        let ours = verify(&path, &trust(&signer), rounds)?.median();
        let mut peer_seconds = None;
        if let (Some(python), KeyFamily::Rsa) = (python, family) {
            std::fs::write(folder.join("rsa.pem"), signer.certificate.to_pem())?;
            let key = signer.key.danger_to_pkcs8_pem().map_err(Error::other)?;
            std::fs::write(folder.join("rsa.key.pem"), key.as_bytes())?;
            eprintln!("bench: pyHanko, once (a minute or two)");
            let measured = peer::run(python, "verify-all", &path, folder, 1)?;
            peer_seconds = Some(measured.median());
        }
        let name = if family == KeyFamily::Sm2 {
            "SM2/SM3"
        } else {
            "RSA/SHA-256"
        };
        rows.push(Row {
            what: format!(
                "verify {} MB, {} signatures, {name}",
                options.megabytes, options.count
            ),
            median_seconds: ours,
            limit_seconds: Some(limit),
            peer_seconds,
            target: "≤ 2 × hash; ≥ 100 × faster than the peer",
        });
        rows.push(seal_large(&plain, folder, &signer, name, hash, rounds)?);
    }
    Ok(())
}

/// One seal on the large file, with the copy that it is put on, beside hash and copy of the same bytes.
fn seal_large(
    plain: &Path,
    folder: &Path,
    signer: &TestSigner,
    name: &str,
    hash: HashAlgorithm,
    rounds: usize,
) -> Result<Row, Error> {
    let copy = folder.join("copy.pdf");
    let copied = measure(
        rounds,
        || Ok(()),
        |()| std::fs::copy(plain, &copy).map(|_| ()),
    )?;
    let hashed = hash_once(plain, hash, rounds)?;
    let sealed = measure(
        rounds,
        || Ok(()),
        |()| {
            std::fs::copy(plain, &copy)?;
            seal_many(&copy, 400, signer, 1)
        },
    )?;
    std::fs::remove_file(&copy)?;
    Ok(Row {
        what: format!("copy and seal the same without signatures, {name}"),
        median_seconds: sealed.median(),
        limit_seconds: Some(hashed.median() + copied.median()),
        peer_seconds: None,
        target: "≤ 1.5 × (hash + copy)",
    })
}

fn small(
    options: &Options,
    rounds: usize,
    folder: &Path,
    rows: &mut Vec<Row>,
) -> Result<(), Error> {
    let plain = folder.join("page.pdf");
    samples::write_pages(&plain, 1, 200)?;
    for family in [KeyFamily::Rsa, KeyFamily::Sm2] {
        let signer = TestSigner::new(family);
        let name = if family == KeyFamily::Sm2 {
            "SM2"
        } else {
            "RSA"
        };
        let copy = folder.join(format!("page-{name}.pdf"));
        let sealed = measure(
            rounds,
            || std::fs::copy(&plain, &copy),
            |_| seal_many(&copy, 1, &signer, 1),
        )?;
        let verified = verify(&copy, &trust(&signer), rounds)?;
        for (what, measured) in [("seal", &sealed), ("verify", &verified)] {
            rows.push(Row {
                what: format!("{what} 1 page in process, {name}"),
                median_seconds: measured.median(),
                limit_seconds: None,
                peer_seconds: None,
                target: "< 5 ms",
            });
        }
        let Some(program) = &options.yinxin else {
            continue;
        };
        let anchors = folder.join(format!("anchors-{name}"));
        std::fs::create_dir_all(&anchors)?;
        std::fs::write(anchors.join("signer.pem"), signer.certificate.to_pem())?;
        let process = measure(
            rounds,
            || Ok(()),
            |()| {
                let output = Command::new(program)
                    .arg("verify")
                    .arg(&copy)
                    .arg("--trust")
                    .arg(&anchors)
                    .args(["--at", "2026-11-22T12:00:00Z"])
                    .output()?;
                match output.status.success() {
                    true => Ok(()),
                    false => Err(Error::other(
                        String::from_utf8_lossy(&output.stderr).into_owned()
                            + &String::from_utf8_lossy(&output.stdout),
                    )),
                }
            },
        )?;
        rows.push(Row {
            what: format!("yinxin verify as a process, 1 page, {name}"),
            median_seconds: process.median(),
            limit_seconds: None,
            peer_seconds: None,
            target: "< 30 ms",
        });
    }
    Ok(())
}

/// Resident memory, in KiB, at each tenth of the run; the first tenth warms up.
fn soak(times: usize, folder: &Path) -> Result<Vec<u64>, Error> {
    let path = folder.join("soak.pdf");
    samples::write_pages(&path, 3, 20_000)?;
    let signer = TestSigner::new(KeyFamily::Sm2);
    seal_many(&path, 3, &signer, 3)?;
    let trust = trust(&signer);
    let mut seen = Vec::new();
    for round in 1..=times {
        ours::verified(&path, &trust)?;
        if round % (times / 10).max(1) == 0 {
            seen.push(resident_beside_files());
        }
    }
    Ok(seen)
}

/// Signatures × sizes, RSA with SHA-256: the faster the hash, the more everything else shows.
fn grid(folder: &Path, rounds: usize) -> Result<Vec<Cell>, Error> {
    let signer = TestSigner::new(KeyFamily::Rsa);
    let trust = trust(&signer);
    let mut cells = Vec::new();
    for megabytes in [1, 10, 100, 1000] {
        let pages = (megabytes as u32).clamp(10, 400);
        let plain = folder.join("grid.pdf");
        samples::write_pages(&plain, pages, megabytes * 1_000_000 / pages as usize)?;
        for signatures in [1, 10, 25, 50, 100] {
            eprintln!("bench: {megabytes} MB, {signatures} signatures");
            let path = folder.join("grid-signed.pdf");
            std::fs::copy(&plain, &path)?;
            seal_many(&path, pages, &signer, signatures)?;
            cells.push(Cell {
                signatures,
                megabytes,
                bytes: std::fs::metadata(&path)?.len(),
                verify_seconds: verify(&path, &trust, rounds)?.median(),
                hash_seconds: hash_once(&path, HashAlgorithm::Sha256, rounds)?.median(),
            });
        }
    }
    Ok(cells)
}

fn print(figures: &Figures) {
    println!(
        "{:<56} {:>10} {:>10} {:>7} {:>9} {:>7}  target",
        "what", "ours ms", "limit ms", "ratio", "peer s", "ratio"
    );
    for row in &figures.rows {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
        };
        println!(
            "{:<56} {:>10.2} {:>10} {:>7} {:>9} {:>7}  {}",
            row.what,
            row.median_seconds * 1000.0,
            number(row.limit_seconds.map(|limit| limit * 1000.0), 2),
            number(row.limit_seconds.map(|limit| row.median_seconds / limit), 2),
            number(row.peer_seconds, 1),
            number(row.peer_seconds.map(|peer| peer / row.median_seconds), 0),
            row.target,
        );
    }
    println!(
        "resident KiB beside files, at each tenth of the verifications in a row: {:?}",
        figures.memory_kib
    );
}
