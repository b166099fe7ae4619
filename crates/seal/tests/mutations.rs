//! Bounded mutations of real sealed files, repeatable: never a panic, never *valid* once signed
//! bytes differ, never more than the signed twin would say.

mod support;

use contract::Verdict;
use pki::KeyFamily;
use seal::pdf::{self, tail};
use support::files::{self, Xref};
use support::{Seal, TestSigner, assert_valid, picture, seal, spec, trusting, verify};

/// xorshift64*: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// Words that carry structure, to be put where they do harm.
const WORDS: [&[u8]; 14] = [
    b"endobj",
    b"stream\n",
    b"endstream",
    b"xref\n",
    b"trailer",
    b"startxref\n0\n%%EOF",
    b"<<",
    b">>",
    b"[",
    b"null",
    b"/Prev 0",
    b"0 0 R",
    b"99999999999",
    b"%",
];

fn mutate(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(out.len());
        match random.below(6) {
            0 => out[at] = random.below(256) as u8,
            1 => out[at] ^= 1 << random.below(8),
            2 => {
                let end = (at + random.below(64)).min(out.len());
                out.drain(at..end);
            }
            3 => {
                let from = random.below(file.len());
                let piece = file[from..(from + random.below(200)).min(file.len())].to_vec();
                out.splice(at..at, piece);
            }
            4 => {
                out.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied());
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                let end = (at + word.len()).min(out.len());
                out.splice(at..end, word.iter().copied());
            }
        }
        if out.is_empty() {
            out.push(b'%');
        }
    }
    out
}

/// What the last signature covers, without its `/Contents`.
fn covered(file: &[u8]) -> Option<Vec<u8>> {
    let word = b"/Contents <";
    let start = file
        .windows(word.len())
        .rposition(|window| window == word)?
        + word.len()
        - 1;
    let end = start + file[start..].iter().position(|byte| *byte == b'>')? + 1;
    Some([&file[..start], &file[end..]].concat())
}

#[test]
fn no_mutation_of_signed_bytes_is_valid() {
    let signer = TestSigner::new(KeyFamily::P256);
    let trust = trusting(&[&signer]);
    let mut random = Random(0x5ea1);
    for form in [Xref::Table, Xref::Stream, Xref::ObjectStream, Xref::Hybrid] {
        let once = seal(
            &files::file_of(&files::form_objects(), form),
            &signer,
            Seal::default(),
        );
        let twice = seal(
            &once,
            &signer,
            Seal {
                page: 2,
                field: "Second",
                ..Seal::default()
            },
        );
        assert_valid(&verify(&twice, &trust));
        let signed = covered(&twice);
        for _ in 0..400 {
            let mutated = mutate(&twice, &mut random);
            let valid = verify(&mutated, &trust).verdict == Verdict::Valid;
            assert!(
                !valid || same_but_white_end(&covered(&mutated), &signed),
                "{form:?}: {}",
                String::from_utf8_lossy(&mutated)
            );
        }
    }
}

/// White space behind the last mark is no change.
fn same_but_white_end(one: &Option<Vec<u8>>, other: &Option<Vec<u8>>) -> bool {
    let trim =
        |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.trim_ascii_end().to_vec());
    trim(one) == trim(other)
}

#[test]
fn a_file_cut_anywhere_is_never_valid() {
    let signer = TestSigner::new(KeyFamily::P256);
    let trust = trusting(&[&signer]);
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    for end in (0..file.len() - 1).step_by(7) {
        assert_ne!(
            verify(&file[..end], &trust).verdict,
            Verdict::Valid,
            "cut at {end}"
        );
    }
}

#[test]
fn mutated_tails_never_pass_for_another_place() {
    let original = files::file(Xref::Table);
    let picture = picture();
    let prepared = pdf::prepare(
        &original,
        &spec(
            &Seal::default(),
            &picture,
            pdf::SubFilter::EtsiCadesDetached,
        ),
    )
    .unwrap();
    let honest = tail::inspect(&original, &prepared.tail).unwrap();
    let mut random = Random(0x7a11);
    for _ in 0..1500 {
        let mutated = mutate(&prepared.tail, &mut random);
        if let Ok(inspected) = tail::inspect(&original, &mutated) {
            // What still passes covers the whole file, wherever the mutation was.
            let end = original.len() + mutated.len();
            assert_eq!(inspected.byte_range[0], 0);
            assert_eq!(
                inspected.byte_range[2] + inspected.byte_range[3],
                end as u64
            );
            assert!(
                inspected.page >= 1 && inspected.page <= 2,
                "{inspected:?} {honest:?}"
            );
        }
    }
}
