//! The committed TypeScript is what the crate generates.

use std::path::Path;

#[test]
fn the_committed_typescript_is_what_the_crate_generates() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/contract/index.ts");
    let generated = contract::typescript::module();
    if std::env::var_os("YINXIN_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "web/src/contract/index.ts is stale; regenerate with YINXIN_WRITE_GENERATED=1 cargo test -p contract --test typescript"
    );
}
