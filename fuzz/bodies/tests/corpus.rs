//! Every target over its corpus, and over mutations of it, without a fuzzer: seconds in the ordinary tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fuzz_bodies::mutate::{Random, mutate};
use fuzz_bodies::{TARGETS, Target};

/// How long each target is tried with mutations.
const TIME: Duration = Duration::from_secs(2);
/// And how many of them are enough.
const MOST: usize = 20_000;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(target);
    let mut files: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn run(target: &Target, what: &str, input: &[u8]) -> bool {
    std::panic::catch_unwind(|| (target.body)(input)).unwrap_or_else(|_| {
        let name = format!("fuzz-{}-{what}", target.name);
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&kept, input).unwrap();
        panic!("{} panics over {}", target.name, kept.display());
    })
}

#[test]
fn every_file_of_a_corpus_is_read_by_its_target() {
    for target in &TARGETS {
        let files = corpus(target.name);
        assert!(!files.is_empty(), "{}", target.name);
        for (path, bytes) in files {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(
                run(target, &name, &bytes),
                "{} does not read {name}",
                target.name
            );
        }
    }
}

#[test]
fn no_mutation_of_a_corpus_makes_a_target_panic() {
    std::thread::scope(|scope| {
        let each = TARGETS
            .iter()
            .map(|target| scope.spawn(|| try_mutations(target)));
        for thread in each.collect::<Vec<_>>() {
            thread.join().unwrap();
        }
    });
}

fn try_mutations(target: &Target) {
    let files = corpus(target.name);
    let mut random = Random(0x5eed);
    let since = Instant::now();
    let mut tried = 0;
    while tried < MOST && since.elapsed() < TIME {
        let (_, file) = &files[random.below(files.len())];
        let (_, other) = &files[random.below(files.len())];
        run(
            target,
            &tried.to_string(),
            &mutate(file, other, &mut random),
        );
        tried += 1;
    }
    println!("{}: {tried} mutations", target.name);
    assert!(tried > 0);
}

#[test]
fn every_target_has_its_program_and_its_corpus_and_there_are_no_others() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let names = |folder: &str, ending: &str| -> BTreeSet<String> {
        std::fs::read_dir(fuzz.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir() || path.extension().is_some_and(|found| found == ending))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let targets: BTreeSet<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(names("fuzz_targets", "rs"), targets);
    assert_eq!(names("corpus", "none"), targets);
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for name in targets {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
    }
}
