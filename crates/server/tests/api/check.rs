//! `yinxin admin catalogue check`, as the person who edits the files runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yinxin"))
        .current_dir(folder)
        .args(["admin", "catalogue", "check"])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_exit_code_says_whether_something_is_wrong() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let good = check(&root, &["--json"]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let told: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(told["errors"], 0);
    assert!(told["warnings"].as_u64().is_some_and(|count| count > 0));

    let copy = tempfile::tempdir().unwrap();
    for folder in ["catalogue", "catalogue/channels", "platforms"] {
        let to = copy.path().join(folder);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(root.join(folder)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    let file = copy.path().join("catalogue/scca.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("seal = true", "sael = true")).unwrap();
    let line = 1 + text.lines().position(|line| line == "seal = true").unwrap();
    let wrong = check(copy.path(), &[]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    let said = String::from_utf8(wrong.stdout).unwrap();
    assert!(
        said.contains(&format!("catalogue/scca.toml:{line}: error: ")),
        "{said}"
    );

    assert_eq!(
        check(copy.path(), &["--catalogue", "nowhere"])
            .status
            .code(),
        Some(3)
    );
    assert_eq!(check(copy.path(), &["--nothing"]).status.code(), Some(2));
}
