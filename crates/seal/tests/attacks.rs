//! Our own manipulated files, each beside the twin that was not: the twin is valid, the attack is
//! invalid for the reason of its class, with the signer trusted.

#![allow(missing_docs)] // Test helpers.

mod support;

#[path = "attacks/edges.rs"]
mod edges;
#[path = "attacks/incremental.rs"]
mod incremental;
#[path = "attacks/longterm.rs"]
mod longterm;
#[path = "attacks/shadow.rs"]
mod shadow;
#[path = "attacks/universal.rs"]
mod universal;
#[path = "attacks/wrapping.rs"]
mod wrapping;

use std::collections::BTreeMap;

use pki::KeyFamily;
use seal::pdf::{self, SubFilter};
use support::files::{self, Objects, Xref};
use support::{
    Seal, TestSigner, assert_invalid, assert_valid, cms_for, picture, spec, trusting, verify,
};

/// A signer and a file that it sealed.
pub struct Sealed {
    pub signer: TestSigner,
    pub file: Vec<u8>,
}

impl Sealed {
    pub fn of(original: &[u8]) -> Self {
        let signer = TestSigner::new(KeyFamily::P256);
        let file = support::seal(original, &signer, Seal::default());
        let sealed = Self { signer, file };
        assert_valid(&verify(&sealed.file, &trusting(&[&sealed.signer])));
        sealed
    }

    pub fn text() -> Self {
        Self::of(&files::file(Xref::Table))
    }

    pub fn form() -> Self {
        Self::of(&files::file_of(&files::form_objects(), Xref::Table))
    }

    #[track_caller]
    pub fn refuses(&self, manipulated: &[u8], words: &[&str]) {
        assert_invalid(&verify(manipulated, &trusting(&[&self.signer])), words);
    }

    /// Appends objects in a revision that is otherwise as it should be.
    #[track_caller]
    pub fn refuses_objects(&self, objects: &[(u32, &str)], words: &[&str]) {
        for form in [Xref::Table, Xref::Stream, Xref::ObjectStream] {
            self.refuses(
                &files::appended(&self.file, &revision(objects), form),
                words,
            );
        }
    }
}

pub fn revision(objects: &[(u32, &str)]) -> Objects {
    objects
        .iter()
        .map(|(number, body)| (*number, body.as_bytes().to_vec()))
        .collect::<BTreeMap<_, _>>()
}

pub fn content(words: &str) -> String {
    let text = format!("BT /F1 24 Tf 72 700 Td ({words}) Tj ET");
    format!("<</Length {}>>\nstream\n{text}\nendstream", text.len())
}

/// Seals with a tail that was changed, at equal length, before it was signed.
pub fn seal_patched(
    original: &[u8],
    signer: &TestSigner,
    seal: &Seal<'_>,
    reason: Option<&str>,
    patches: &[(&str, &str)],
) -> Vec<u8> {
    let picture = picture();
    let sub_filter = SubFilter::for_family(pki::Signer::algorithm(&signer.key).family());
    let mut seal_spec = spec(seal, &picture, sub_filter);
    seal_spec.reason = reason;
    let mut tail = pdf::prepare(original, &seal_spec)
        .expect("a prepared revision")
        .tail;
    for (from, to) in patches {
        assert_eq!(from.len(), to.len());
        tail = files::replaced(&tail, from.as_bytes(), to.as_bytes());
    }
    let cms = cms_for(original, &tail, signer, vec![]);
    let tail = pdf::complete(&tail, original.len() as u64, &cms).expect("a completed revision");
    [original, &tail].concat()
}
