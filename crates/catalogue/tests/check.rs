//! The check tells everything that is wrong at once, each with file and line, and goes on where loading stops.

use std::{
    fs,
    path::{Path, PathBuf},
};

use catalogue::check::{Finding, Severity, check};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        for folder in [
            "catalogue",
            "catalogue/channels",
            "catalogue/modules",
            "platforms",
        ] {
            fs::create_dir_all(copy.0.path().join(folder)).unwrap();
            for entry in fs::read_dir(root().join(folder))
                .unwrap()
                .map(Result::unwrap)
            {
                if entry.file_type().unwrap().is_file() {
                    let to = copy.0.path().join(folder).join(entry.file_name());
                    fs::copy(entry.path(), to).unwrap();
                }
            }
        }
        copy
    }

    fn edit(&self, file: &str, from: &str, to: &str) -> &Self {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        self
    }

    fn line(&self, file: &str, needle: &str) -> Option<usize> {
        let text = fs::read_to_string(self.0.path().join(file)).unwrap();
        text.lines()
            .position(|line| line.contains(needle))
            .map(|at| at + 1)
    }

    fn check(&self) -> Vec<Finding> {
        let folder = self.0.path();
        check(
            &folder.join("catalogue"),
            Some(&folder.join("platforms")),
            &[],
        )
    }

    fn errors(&self) -> Vec<(String, Option<usize>, String)> {
        let graver = |finding: &Finding| finding.severity != Severity::Warning;
        let found = self.check().into_iter().filter(graver);
        let place = |finding: Finding| {
            let file = finding.path.strip_prefix(self.0.path()).unwrap();
            (file.display().to_string(), finding.line, finding.message)
        };
        found.map(place).collect()
    }
}

#[test]
fn the_shipped_files_have_no_fault_and_the_warnings_that_are_true_of_them() {
    let copy = Copy::new();
    assert_eq!(copy.errors(), []);
    let has = |file: &str, code: &str| {
        let path = copy.0.path().join(file);
        copy.check()
            .iter()
            .any(|finding| finding.path == path && finding.code == code)
    };
    // No anchor folder was given, and nothing but demonstration CAs is known.
    assert!(has("catalogue/szca.toml", "missing_anchor"));
    assert!(has("catalogue/szca.toml", "demo_only"));
    assert!(has("catalogue/fjgp.toml", "no_hotline"));
    assert!(!has("catalogue/szca.toml", "no_hotline"));
    assert!(has("catalogue/qhca.toml", "no_capability"));
    assert!(has("platforms/zcygov.toml", "not_https"));
}

#[test]
fn all_faults_of_all_files_are_told_at_once_with_their_lines() {
    let copy = Copy::new();
    copy.edit("catalogue/scca.toml", "seal = true", "sael = true")
        .edit("catalogue/scca.toml", "login = true", "login = \"yes\"")
        .edit(
            "catalogue/scca.toml",
            "updated = \"2021-05-06\"",
            "updated = \"2021-05-36\"",
        )
        .edit("catalogue/szca.toml", "\"szca-demo-root\"", "\"../root\"")
        .edit("catalogue/szca.toml", "min_length = 6", "min_length = 60")
        .edit(
            "catalogue/fjca.toml",
            "client = \"fj-unified\"",
            "client = \"zj-unified\"",
        )
        .edit(
            "catalogue/itrus.toml",
            "platform = \"zcygov\"",
            "platform = \"zcygo\"",
        )
        .edit(
            "platforms/zcygov.toml",
            "\"zjhx\", \"scca\"]",
            "\"zjhx\", \"nobody\"]",
        );
    let errors = copy.errors();
    let told = |file: &str, line: Option<usize>, says: &str| {
        let found = errors
            .iter()
            .any(|(f, l, message)| f == file && *l == line && message.contains(says));
        assert!(
            found && line.is_some(),
            "{file}:{line:?} {says}: {errors:#?}"
        );
    };
    let line = |file: &str, needle: &str| copy.line(file, needle);
    let scca = "catalogue/scca.toml";
    told(scca, line(scca, "sael"), "sael");
    told(scca, line(scca, "login = \"yes\""), "boolean");
    told(scca, line(scca, "2021-05-36"), "2021-05-36");
    let szca = "catalogue/szca.toml";
    told(szca, line(szca, "../root"), "plain file name");
    told(szca, line(szca, "[pin]"), "PIN");
    told(
        "catalogue/fjca.toml",
        line("catalogue/fjca.toml", "zj-unified"),
        "zj-unified",
    );
    told(
        "catalogue/itrus.toml",
        line("catalogue/itrus.toml", "\"zcygo\""),
        "zcygo",
    );
    told(
        "platforms/zcygov.toml",
        line("platforms/zcygov.toml", "nobody"),
        "nobody",
    );
    assert_eq!(errors.len(), 8, "{errors:#?}");
}

#[test]
fn what_stands_in_two_files_is_told() {
    let copy = Copy::new();
    copy.edit(
        "catalogue/qhca.toml",
        "\"CN=青海",
        "\"CN=四川CA 演示签发CA DEMO,OU=演示 DEMO,O=印信演示,C=CN\", \"CN=青海",
    )
    .edit(
        "catalogue/zjhx.toml",
        "id = \"zjhx-zcygov\"",
        "id = \"scca-zcygov\"",
    );
    let errors = copy.errors();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(
        errors
            .iter()
            .any(|(_, _, message)| message.contains("issuer")),
        "{errors:#?}"
    );
    assert!(
        errors
            .iter()
            .any(|(_, _, message)| message.contains("two packages")),
        "{errors:#?}"
    );
}

#[test]
fn a_folder_that_is_not_there_leaves_the_answer_open() {
    let findings = check(Path::new("/nowhere/catalogue"), None, &[]);
    assert!(
        findings
            .iter()
            .any(|finding| finding.severity == Severity::Undetermined)
    );
}

#[test]
fn a_malformed_file_hides_no_fault_of_another() {
    let copy = Copy::new();
    copy.edit("catalogue/scca.toml", "[channel]", "[channel")
        .edit("catalogue/szca.toml", "\"szca-demo-root\"", "\"../root\"");
    let files: Vec<String> = copy.errors().into_iter().map(|(file, ..)| file).collect();
    assert!(
        files.contains(&"catalogue/scca.toml".to_owned()),
        "{files:?}"
    );
    assert!(
        files.contains(&"catalogue/szca.toml".to_owned()),
        "{files:?}"
    );
}
