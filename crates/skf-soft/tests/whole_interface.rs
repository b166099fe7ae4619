//! A C program, compiled against the header of `skf-abi` and linked with the built library, runs over the whole
//! interface; and the table of `docs/soft-token.md` says what the library exports, no more and no less.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The library as others get it.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "skf-soft", "--lib"])
            .current_dir(HERE)
            .status()
            .unwrap();
        assert!(status.success(), "skf-soft does not build");
        // This test's program is in target/<profile>/deps.
        let deps = std::env::current_exe().unwrap();
        deps.parent()
            .unwrap()
            .parent()
            .unwrap()
            .join("libskf_soft.so")
    })
}

/// Every name of a function of the interface in a text.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("SKF_"))
        .filter(|word| !["SKF_CALL", "SKF_TRUE", "SKF_FALSE", "SKF_INFINITE"].contains(word))
        .map(str::to_owned)
        .collect()
}

fn in_header() -> BTreeSet<String> {
    names(&std::fs::read_to_string(format!("{HERE}/../skf-abi/include/skf.h")).unwrap())
}

#[test]
fn a_c_program_runs_over_the_whole_interface() {
    let folder = tempfile::tempdir().unwrap();
    let drawer = folder.path().join("drawer");
    for device in ["one", "two"] {
        std::fs::create_dir_all(drawer.join(device)).unwrap();
    }
    std::fs::write(drawer.join("one/plugged"), b"").unwrap();
    let program = folder.path().join("whole");
    let sources = ["main", "device", "storage", "sm2", "rsa", "sessions"];
    let library = library();
    let built = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o"])
        .arg(&program)
        .arg(format!("-I{HERE}/../skf-abi/include"))
        .args(sources.map(|name| format!("{HERE}/tests/c/{name}.c")))
        .arg(library)
        .arg(format!(
            "-Wl,-rpath,{}",
            library.parent().unwrap().display()
        ))
        .status()
        .expect("a C compiler (cc) is needed for this test");
    assert!(built.success());
    let output = Command::new(&program)
        .env("YINXIN_SOFT_DRAWER", &drawer)
        .output()
        .unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trouble} ({})", output.status);
    let called = names(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(
        called,
        in_header(),
        "functions that the program doesn't call"
    );
}

/// Rows `| function | clause | state |` of the table between the two marks.
fn table() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(format!("{HERE}/../../docs/soft-token.md")).unwrap();
    let (_, rest) = page.split_once("<!-- functions -->").unwrap();
    let (rows, _) = rest.split_once("<!-- /functions -->").unwrap();
    rows.lines()
        .filter_map(|line| line.strip_prefix("| `SKF_"))
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let [name, _clause, state] = cells[..] else {
                panic!("not three cells: {row}");
            };
            let name = format!("SKF_{}", name.trim_end_matches('`'));
            (name, state.trim_end_matches(" |").to_owned())
        })
        .collect()
}

#[test]
fn the_table_of_functions_lists_what_the_library_exports() {
    let listed = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(library())
        .output()
        .expect("nm (binutils, beside the C compiler) is needed for this test");
    let exported = names(&String::from_utf8(listed.stdout).unwrap());
    let rows = table();
    let in_table: BTreeSet<String> = rows.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(in_table.len(), rows.len(), "a function has two rows");
    assert_eq!(in_table, exported);
    assert_eq!(in_table, in_header());
    for (name, state) in rows {
        // What is refused names its code, which the C program expects somewhere.
        let codes: Vec<&str> = state
            .split('`')
            .filter(|word| word.starts_with("SAR_"))
            .collect();
        assert!(
            state.starts_with("complete") && (!state.contains("refused") || !codes.is_empty()),
            "{name}: {state}"
        );
        let program: String = ["device", "storage", "sm2", "rsa", "sessions"]
            .map(|file| std::fs::read_to_string(format!("{HERE}/tests/c/{file}.c")).unwrap())
            .concat();
        for code in codes {
            assert!(
                program.contains(&format!("GIVES({code}, {name},")),
                "no call of {name} expects {code}"
            );
        }
    }
}
