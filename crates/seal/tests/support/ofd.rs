//! OFD files and seals for tests, and a writer of ZIP that can lie.

use std::sync::atomic::{AtomicU32, Ordering};

use contract::Report;
use flate2::Crc;
use pki::path::TrustStore;
use pki::{KeyFamily, Oid, Signer, UnixTime};
use seal::ofd::{self, Prepared, SealSpec, Stamp};
use seal::pdf::{Policy, VerifyOptions};
use seal::ses::{self, CertificateList, SealPicture, SesSeal, SesVersion};

use super::certificates::Profile;
use super::{NOW, TestSigner};

/// One entry of a package, and what its headers say.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    pub data: Vec<u8>,
    /// The name in the local header, where it differs.
    pub local_name: Option<String>,
    pub flags: u16,
    pub method: u16,
    pub extra: Vec<u8>,
    /// Bytes between the record and the next.
    pub behind: Vec<u8>,
    /// What the directory says about the length, where it lies.
    pub claimed_size: Option<u32>,
    /// Whether sizes stand behind the data, too.
    pub descriptor: bool,
    pub claimed_crc: Option<u32>,
}

pub fn entry(name: &str, data: impl Into<Vec<u8>>) -> Entry {
    Entry {
        name: name.into(),
        data: data.into(),
        local_name: None,
        flags: 1 << 11,
        method: 0,
        extra: vec![],
        behind: vec![],
        claimed_size: None,
        descriptor: false,
        claimed_crc: None,
    }
}

/// A package of these entries, stored.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut crc = Crc::new();
        crc.update(&entry.data);
        let flags = entry.flags | if entry.descriptor { 8 } else { 0 };
        let numbers = [
            entry.claimed_crc.unwrap_or(crc.sum()),
            entry.data.len() as u32,
            entry.claimed_size.unwrap_or(entry.data.len() as u32),
        ]
        .map(u32::to_le_bytes)
        .concat();
        let head = |name: &str, numbers: &[u8]| {
            let mut head = [20, flags, entry.method, 0, 0x21]
                .map(u16::to_le_bytes)
                .concat();
            head.extend(numbers);
            head.extend((name.len() as u16).to_le_bytes());
            head.extend((entry.extra.len() as u16).to_le_bytes());
            head
        };
        let offset = out.len() as u32;
        let local_name = entry.local_name.as_deref().unwrap_or(&entry.name);
        out.extend(b"PK\x03\x04");
        let local_numbers = if entry.descriptor {
            vec![0; 12]
        } else {
            numbers.clone()
        };
        out.extend(head(local_name, &local_numbers));
        out.extend(local_name.as_bytes());
        out.extend(&entry.extra);
        out.extend(&entry.data);
        if entry.descriptor {
            out.extend(b"PK\x07\x08");
            out.extend(&numbers);
        }
        out.extend(&entry.behind);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(head(&entry.name, &numbers));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
        directory.extend(&entry.extra);
    }
    let offset = out.len() as u32;
    let count = entries.len() as u16;
    let size = directory.len() as u32;
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].map(u16::to_le_bytes).concat());
    out.extend([size, offset].map(u32::to_le_bytes).concat());
    out.extend([0, 0]);
    out
}

/// The entries of a package, unpacked.
pub fn unzip(file: &[u8]) -> Vec<Entry> {
    let package = ofd::package::Package::open(file).expect("a package");
    package
        .entries()
        .iter()
        .map(|found| {
            let data = if found.is_folder() {
                vec![]
            } else {
                package.read(&found.name, u64::MAX).expect("an entry")
            };
            entry(&found.name, data)
        })
        .collect()
}

/// The package with one entry's text changed.
pub fn edited(file: &[u8], name: &str, edit: impl FnOnce(&str) -> String) -> Vec<u8> {
    let mut entries = unzip(file);
    let found = entries
        .iter_mut()
        .find(|entry| entry.name == name)
        .unwrap_or_else(|| panic!("no {name}"));
    let before = String::from_utf8(found.data.clone()).expect("text");
    let after = edit(&before);
    assert_ne!(before, after, "the edit of {name} changes nothing");
    found.data = after.into_bytes();
    zip(&entries)
}

const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

/// Files of an OFD of `pages` pages, each 210 × 297 mm, without a list of signatures.
pub fn files(pages: u32) -> Vec<Entry> {
    let xml = |text: String| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}");
    let list: String = (0..pages)
        .map(|n| {
            format!(
                "<ofd:Page ID=\"{}\" BaseLoc=\"Pages/Page_{n}/Content.xml\"/>",
                n + 1
            )
        })
        .collect();
    let mut out = vec![
        entry(
            "OFD.xml",
            xml(format!(
                "<ofd:OFD {NAMESPACE} Version=\"1.1\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>\
                 <ofd:DocID>0123</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
                 </ofd:DocBody></ofd:OFD>"
            )),
        ),
        entry(
            "Doc_0/Document.xml",
            xml(format!(
                "<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>100</ofd:MaxUnitID><ofd:PageArea>\
                 <ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>\
                 <ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>\
                 <ofd:Pages>{list}</ofd:Pages></ofd:Document>"
            )),
        ),
        entry(
            "Doc_0/PublicRes.xml",
            xml(format!(
                "<ofd:Res {NAMESPACE} BaseLoc=\"Res\"><ofd:Fonts><ofd:Font ID=\"50\" FontName=\"宋体\"/></ofd:Fonts></ofd:Res>"
            )),
        ),
        entry("Doc_0/Res/note.txt", "a resource"),
    ];
    for n in 0..pages {
        out.push(entry(
            &format!("Doc_0/Pages/Page_{n}/Content.xml"),
            xml(format!(
                "<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID=\"{0}\"><ofd:TextObject ID=\"{1}\" \
                 Boundary=\"20 20 100 10\" Font=\"50\" Size=\"8\"><ofd:TextCode X=\"0\" Y=\"8\" DeltaX=\"8\">\
                 第{2}页</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>",
                60 + n * 2,
                61 + n * 2,
                n + 1
            )),
        ));
    }
    out
}

pub fn file(pages: u32) -> Vec<u8> {
    zip(&files(pages))
}

/// Who makes a seal and who may use it.
pub struct Office {
    pub maker: TestSigner,
    pub user: TestSigner,
}

impl Office {
    /// Nobody in two offices has one name: an anchor of that name and another key is a reason of its own.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let named = |role: &str| {
            let profile = Profile {
                name: &format!("{role} {number}"),
                ..Profile::default()
            };
            TestSigner::issued(KeyFamily::Sm2, &profile, None)
        };
        Self {
            maker: named("maker"),
            user: named("user"),
        }
    }

    pub fn trust(&self) -> TrustStore {
        super::trusting(&[&self.maker, &self.user])
    }

    pub fn seal(&self, version: SesVersion) -> SesSeal {
        self.seal_of(version, NOW.plus(86_400 * 100))
    }

    pub fn seal_of(&self, version: SesVersion, not_after: UnixTime) -> SesSeal {
        let users = CertificateList::Certificates(vec![self.user.certificate.der().to_vec()]);
        self.seal_for(version, &users, NOW.plus(-86_400), not_after)
    }

    pub fn seal_for(
        &self,
        version: SesVersion,
        users: &CertificateList,
        created_at: UnixTime,
        not_after: UnixTime,
    ) -> SesSeal {
        let info = ses::seal_info(&ses::SealSpec {
            version,
            vendor: "YINXIN",
            id: "DEMO0001",
            kind: 1,
            name: "演示公章",
            users,
            created_at,
            not_before: created_at,
            not_after,
            picture: &SealPicture {
                kind: "PNG".into(),
                data: b"\x89PNG\r\n\x1a\n".to_vec(),
                width_mm: 40,
                height_mm: 40,
            },
        })
        .expect("a seal");
        let signature = self.maker.key.sign(&info).expect("a signature");
        ses::seal(
            &info,
            &self.maker.certificate,
            self.maker.key.algorithm(),
            &signature,
        )
        .expect("a seal")
    }
}

pub const ONE_STAMP: [Stamp; 1] = [Stamp {
    page: 1,
    boundary: [50.0, 50.0, 40.0, 40.0],
    clip: None,
}];

pub fn spec<'a>(seal: &'a SesSeal, stamps: &'a [Stamp]) -> SealSpec<'a> {
    SealSpec {
        seal,
        stamps,
        time: NOW,
        last: false,
    }
}

/// Signs what was prepared, as the agent does.
pub fn signed_value(
    prepared: &Prepared,
    seal: &SesSeal,
    user: &TestSigner,
    extensions: &[(Oid, Vec<u8>)],
) -> Vec<u8> {
    let hash = pki::hash(pki::HashAlgorithm::Sm3, &prepared.signature_xml);
    let tbs = ses::tbs_sign(&ses::TbsSpec {
        seal,
        time: NOW,
        data_hash: &hash,
        property: &prepared.signature_path,
        extensions,
    })
    .expect("a TBS_Sign");
    let signature = user.key.sign(&tbs).expect("a signature");
    ses::signature(
        &tbs,
        &user.certificate,
        user.key.algorithm(),
        &signature,
        None,
    )
}

/// Seals a file in all steps.
pub fn seal_with(original: &[u8], spec: &SealSpec<'_>, user: &TestSigner) -> Vec<u8> {
    let prepared = ofd::prepare(original, spec).expect("a prepared signature");
    let value = signed_value(&prepared, spec.seal, user, &[]);
    let tail =
        ofd::complete(&prepared.tail, prepared.kept_length(), &value).expect("a completed tail");
    prepared.assemble(original, &tail)
}

pub fn seal(original: &[u8], office: &Office, version: SesVersion) -> Vec<u8> {
    seal_with(
        original,
        &spec(&office.seal(version), &ONE_STAMP),
        &office.user,
    )
}

pub fn verify(file: &[u8], trust: &TrustStore) -> Report {
    verify_at(file, trust, NOW)
}

pub fn verify_at(file: &[u8], trust: &TrustStore, at: UnixTime) -> Report {
    ofd::verify(
        file,
        &VerifyOptions {
            trust,
            at,
            policy: Policy::default(),
            name: None,
        },
    )
}
