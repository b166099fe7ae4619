//! An authority's rates, in this process: issuing, OCSP answers signed now and made ahead, time stamps; beside
//! `openssl ca`, `openssl ocsp` and `openssl ts` where they do the same, each as a process with its files.
//!
//! Ours runs the issuer's machines with records in memory: what a database adds is measured elsewhere. A process of
//! OpenSSL reads its keys and its index anew each time, and the table says so: the ratio is what a script around it
//! costs, not what its library can do.

use std::collections::HashMap;
use std::io::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args;
use issuer::ocsp::{Answering, Inquiry, Known, Responder, responder_template};
use issuer::tsa::{StampEffect, StampEvent, Stamping, TimeStampAuthority, tsa_template};
use issuer::{
    Applicant, Authority, Effect, Event, Issuance, Profile, Template, issuing_template,
    root_authority, root_template,
};
use pki::ocsp::{CertId, CertIdHash, OcspRequest};
use pki::pkcs10::{self, CertificationRequest};
use pki::tsp::{MessageImprint, TimeStampRequest};
use pki::{Certificate, HashAlgorithm, KeyFamily, Name, Signer, SoftwareKey, oid};
use serde::Serialize;

use crate::NOW;

/// Options of `bench authority`.
#[derive(Args)]
pub struct Options {
    /// Operations in one round of ours; rounds of OpenSSL have one each.
    #[arg(long, default_value_t = 200)]
    count: usize,
    /// OpenSSL 4 or newer, to measure beside.
    #[arg(long, env = "YINXIN_OPENSSL4")]
    openssl: Option<String>,
}

/// One line of the table.
#[derive(Serialize)]
pub struct Row {
    who: &'static str,
    family: &'static str,
    task: &'static str,
    /// Operations a second in each round.
    rates: Vec<f64>,
    /// Their median.
    median_rate: f64,
}

/// Measures each family, prints the table.
pub fn run(options: &Options, rounds: usize) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for family in [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256] {
        eprintln!("bench: {}", family.name());
        let mut world = World::new(family)?;
        ours(&mut world, options.count, rounds, &mut rows)?;
        match &options.openssl {
            Some(program) => theirs(program, &world, rounds, &mut rows)?,
            None => eprintln!("bench: YINXIN_OPENSSL4 is not set, so OpenSSL is not measured"),
        }
    }
    print(&rows, rounds);
    Ok(rows)
}

/// A demo authority with everything that answers for it.
struct World {
    authority: Authority,
    profile: Profile,
    ca_key: SoftwareKey,
    root: Certificate,
    issuing: Certificate,
    responder: Responder,
    responder_key: SoftwareKey,
    tsa: TimeStampAuthority,
    tsa_key: SoftwareKey,
    person: Certificate,
    request: Vec<u8>,
    serials: u64,
}

impl World {
    fn new(family: KeyFamily) -> Result<Self, Error> {
        let text = include_str!("../../crates/issuer/profiles/szca.toml").replace(
            "family = \"sm2\"",
            &format!("family = \"{}\"", family.name()),
        );
        let profile = Profile::from_toml(&text).map_err(Error::other)?;
        let key = || SoftwareKey::generate(family).map_err(Error::other);
        let base = "http://ca.yinxin-demo.test/";
        let mut serials = 0;
        let (root_key, ca_key) = (key()?, key()?);
        let bare = root_authority(&profile, root_key.public_key(), base).map_err(Error::other)?;
        let template = root_template(&profile, root_key.public_key(), NOW).map_err(Error::other)?;
        let root = issue(&bare, &template, &root_key, &mut serials)?;
        let above =
            Authority::from_certificate(&profile.root.id, &root, base).map_err(Error::other)?;
        let template =
            issuing_template(&profile, ca_key.public_key(), NOW).map_err(Error::other)?;
        let issuing = issue(&above, &template, &root_key, &mut serials)?;
        let authority = Authority::from_certificate(&profile.issuing.id, &issuing, base)
            .map_err(Error::other)?
            .with_online_status();
        let end = NOW.plus(30 * 86_400);
        let (responder_key, tsa_key) = (key()?, key()?);
        let template = responder_template(&authority, responder_key.public_key(), NOW, end)
            .map_err(Error::other)?;
        let delegate = issue(&authority, &template, &ca_key, &mut serials)?;
        let template =
            tsa_template(&authority, tsa_key.public_key(), NOW, end).map_err(Error::other)?;
        let stamper = issue(&authority, &template, &ca_key, &mut serials)?;
        let person_key = key()?;
        let name = Name::from_attributes(&[(oid::COMMON_NAME, "bench")]).map_err(Error::other)?;
        let request = pkcs10::build(&name, person_key.public_key(), |info| person_key.sign(info))
            .map_err(Error::other)?;
        let template = template_of(&profile, &request)?;
        let person = issue(&authority, &template, &ca_key, &mut serials)?;
        Ok(Self {
            responder: Responder::delegated(&authority, &delegate).map_err(Error::other)?,
            tsa: TimeStampAuthority::new(
                "bench",
                &stamper,
                &[],
                oid::YINXIN_DEMO_TIME_STAMP_POLICY,
            )
            .map_err(Error::other)?,
            authority,
            profile,
            ca_key,
            root,
            issuing,
            responder_key,
            tsa_key,
            person,
            request,
            serials,
        })
    }
}

fn template_of(profile: &Profile, request: &[u8]) -> Result<Template, Error> {
    let request = CertificationRequest::from_der(request).map_err(Error::other)?;
    let applicant = Applicant {
        organisation: "演示供应商甲有限公司".into(),
        uscc: "91350200MA0000015A".into(),
        holder: "张三".into(),
        key_number: "20261122001".into(),
    };
    profile
        .template(&applicant, &request, NOW, None)
        .map_err(Error::other)
}

/// The machine of `issuer`, its records in memory.
fn issue(
    authority: &Authority,
    template: &Template,
    key: &SoftwareKey,
    serials: &mut u64,
) -> Result<Certificate, Error> {
    *serials += 1;
    let mut randomness = [0x5a; 16];
    randomness[8..].copy_from_slice(&serials.to_be_bytes());
    let (mut issuance, mut effect) =
        Issuance::begin(authority, template, &randomness, NOW).map_err(Error::other)?;
    loop {
        let event = match effect {
            Effect::PersistIntent(_) => Event::IntentPersisted,
            Effect::Sign { tbs } => Event::Signed {
                signature: key.sign(&tbs).map_err(Error::other)?,
            },
            Effect::PersistResult(_) | Effect::PersistPossiblyIssued(_) => Event::ResultPersisted,
            Effect::Deliver { certificate } => {
                return Certificate::from_der(&certificate).map_err(Error::other);
            }
            Effect::Abandon(error) => return Err(Error::other(error)),
        };
        (issuance, effect) = issuance.step(event).map_err(Error::other)?;
    }
}

fn ours(world: &mut World, count: usize, rounds: usize, rows: &mut Vec<Row>) -> Result<(), Error> {
    let family = world.profile.family().name();
    let mut measure = |task, work: &mut dyn FnMut() -> Result<(), Error>| {
        rows.push(rate("ours", family, task, count, rounds, work)?);
        Ok::<_, Error>(())
    };

    let mut serials = world.serials;
    measure("issue", &mut || {
        // From the request as it came: its proof of possession is verified, the certificate linted.
        let template = template_of(&world.profile, &world.request)?;
        issue(&world.authority, &template, &world.ca_key, &mut serials).map(drop)
    })?;

    let id = CertId::of(CertIdHash::Sha1, &world.person, &world.issuing);
    let with_nonce = OcspRequest::build(std::slice::from_ref(&id), Some(&[7; 32]));
    measure("ocsp-live", &mut || answer(world, &with_nonce).map(drop))?;

    let plain = OcspRequest::build(&[id], None);
    let serial = world.person.serial_hex();
    let ahead: HashMap<String, Vec<u8>> = HashMap::from([(serial, answer(world, &plain)?)]);
    measure("ocsp-presigned", &mut || {
        let inquiry = world.responder.read(&plain).map_err(Error::other)?;
        let found = inquiry.presigned().and_then(|serial| ahead.get(&serial));
        let response = found.ok_or_else(|| Error::other("nothing was made ahead"))?;
        std::hint::black_box(response.clone());
        Ok(())
    })?;

    let query = TimeStampRequest {
        imprint: MessageImprint::of(HashAlgorithm::Sha256, b"bench"),
        policy: None,
        nonce: Some(vec![0x7f; 8]),
        certificate: true,
        has_extensions: false,
    }
    .der();
    measure("time-stamp", &mut || stamp(world, &query).map(drop))
}

fn answer(world: &World, request: &[u8]) -> Result<Vec<u8>, Error> {
    let inquiry: Inquiry = world.responder.read(request).map_err(Error::other)?;
    let known = |_: &str| Known::Good;
    let answering = Answering::begin(&world.responder, &inquiry, known, NOW, NOW.plus(3600));
    let signature = world
        .responder_key
        .sign(answering.tbs())
        .map_err(Error::other)?;
    answering.finish(&signature).map_err(Error::other)
}

fn stamp(world: &World, query: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut stamping, mut effect) =
        Stamping::begin(&world.tsa, query, &[3; 16], NOW).map_err(Error::other)?;
    loop {
        let event = match effect {
            StampEffect::PersistSerial(_) => StampEvent::SerialPersisted,
            StampEffect::Sign { attributes } => StampEvent::Signed {
                signature: world.tsa_key.sign(&attributes).map_err(Error::other)?,
            },
            StampEffect::Respond { response } => return Ok(response),
        };
        (stamping, effect) = stamping.step(event).map_err(Error::other)?;
    }
}

fn rate(
    who: &'static str,
    family: &'static str,
    task: &'static str,
    count: usize,
    rounds: usize,
    work: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<Row, Error> {
    // Once before the clock runs: what is made on first use is not the rate.
    work()?;
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let begun = Instant::now();
        for _ in 0..count.max(1) {
            work()?;
        }
        rates.push(count.max(1) as f64 / begun.elapsed().as_secs_f64());
    }
    let mut sorted = rates.clone();
    sorted.sort_by(f64::total_cmp);
    Ok(Row {
        who,
        family,
        task,
        median_rate: sorted[sorted.len() / 2],
        rates,
    })
}

const CONFIG: &str = "
[ca]
default_ca = it
[it]
database = index.txt
serial = serial
new_certs_dir = .
default_md = DIGEST
policy = any
default_days = 30
unique_subject = no
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = stamps
[stamps]
serial = tsaserial
default_policy = 1.2.3.4.1
digests = sha256, sm3
signer_digest = DIGEST
ess_cert_id_alg = sha256
";

/// The same work by OpenSSL's commands, one process an operation.
fn theirs(program: &str, world: &World, rounds: usize, rows: &mut Vec<Row>) -> Result<(), Error> {
    let family = world.profile.family();
    let digest = if family == KeyFamily::Sm2 {
        "sm3"
    } else {
        "sha256"
    };
    let folder = tempfile::tempdir()?;
    let write = |name: &str, contents: &[u8]| std::fs::write(folder.path().join(name), contents);
    write("ca.cnf", CONFIG.replace("DIGEST", digest).as_bytes())?;
    write("serial", b"4D2A000000000001")?;
    write("tsaserial", b"01")?;
    write(
        "request.pem",
        pki::pem_encode("CERTIFICATE REQUEST", &world.request).as_bytes(),
    )?;
    write("root.pem", world.root.to_pem().as_bytes())?;
    write("ca.pem", world.issuing.to_pem().as_bytes())?;
    write(
        "responder.pem",
        world.responder.certificate().to_pem().as_bytes(),
    )?;
    write("tsa.pem", world.tsa.certificate().to_pem().as_bytes())?;
    for (name, key) in [
        ("ca.key", &world.ca_key),
        ("responder.key", &world.responder_key),
        ("tsa.key", &world.tsa_key),
    ] {
        let pem = key.danger_to_pkcs8_pem().map_err(Error::other)?;
        write(name, pem.as_bytes())?;
    }
    let serial = world.person.serial_hex().to_uppercase();
    let index = format!("V\t301122000000Z\t\t{serial}\tunknown\t/CN=bench\n");
    write("index.txt", index.as_bytes())?;
    let id = CertId::of(CertIdHash::Sha1, &world.person, &world.issuing);
    write("request.der", &OcspRequest::build(&[id], Some(&[7; 32])))?;
    let query = TimeStampRequest {
        imprint: MessageImprint::of(HashAlgorithm::Sha256, b"bench"),
        policy: None,
        nonce: Some(vec![0x7f; 8]),
        certificate: true,
        has_extensions: false,
    };
    write("query.tsq", &query.der())?;

    let run = |arguments: &[&str]| run_once(program, folder.path(), arguments);
    let name = family.name();
    rows.push(rate("openssl", name, "ocsp-live", 1, rounds, &mut || {
        run(&[
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "ca.pem",
            "-rsigner",
            "responder.pem",
            "-rkey",
            "responder.key",
            "-rmd",
            digest,
            "-reqin",
            "request.der",
            "-respout",
            "response.der",
            "-ndays",
            "1",
        ])
    })?);
    // Its `ts` goes through PKCS#7, which cannot sign with SM2: it answers with a rejection.
    if family != KeyFamily::Sm2 {
        rows.push(rate("openssl", name, "time-stamp", 1, rounds, &mut || {
            run(&[
                "ts",
                "-reply",
                "-queryfile",
                "query.tsq",
                "-signer",
                "tsa.pem",
                "-inkey",
                "tsa.key",
                "-config",
                "ca.cnf",
                "-out",
                "response.tsr",
            ])
        })?);
    }
    // It writes its index: last, so that the responder's stays as it was.
    rows.push(rate("openssl", name, "issue", 1, rounds, &mut || {
        run(&[
            "ca",
            "-batch",
            "-notext",
            "-config",
            "ca.cnf",
            "-cert",
            "ca.pem",
            "-keyfile",
            "ca.key",
            "-in",
            "request.pem",
            "-out",
            "issued.pem",
        ])
    })?);
    Ok(())
}

fn run_once(program: &str, folder: &Path, arguments: &[&str]) -> Result<(), Error> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::other(format!(
        "openssl {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    )))
}

fn print(rows: &[Row], rounds: usize) {
    println!("Medians of {rounds} rounds, operations a second on one core; records in memory.");
    println!("OpenSSL: one process an operation, which reads its key and its index each time.\n");
    println!(
        "{:<7} {:<15} {:>10} {:>10} {:>8}",
        "keys", "task", "ours /s", "openssl /s", "ratio"
    );
    for row in rows.iter().filter(|row| row.who == "ours") {
        let peer = rows
            .iter()
            .find(|peer| peer.who != row.who && (peer.family, peer.task) == (row.family, row.task));
        let number = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
        };
        println!(
            "{:<7} {:<15} {:>10.1} {:>10} {:>8}",
            row.family,
            row.task,
            row.median_rate,
            number(peer.map(|peer| peer.median_rate)),
            number(peer.map(|peer| row.median_rate / peer.median_rate)),
        );
    }
}
