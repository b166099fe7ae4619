//! What is generated from the catalogue stands in the tree as it is generated now.

use std::path::{Path, PathBuf};

fn in_tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn check(path: &str, generated: &str) {
    let path = in_tree(path);
    if std::env::var_os("YINXIN_WRITE_GENERATED").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == generated,
        "{} is stale; regenerate with YINXIN_WRITE_GENERATED=1 cargo test --workspace --test doctor_generated",
        path.display()
    );
}

#[test]
fn the_table_of_cases_in_the_documents_is_the_crate_s() {
    let document = std::fs::read_to_string(in_tree("docs/doctor.md")).unwrap();
    let renewed = doctor::table::renewed(&document).expect("docs/doctor.md has its marks");
    check("docs/doctor.md", &renewed);
}

#[test]
fn the_pages_catalogue_is_the_crate_s() {
    check("web/src/contract/doctor.ts", &doctor::typescript::module());
}
