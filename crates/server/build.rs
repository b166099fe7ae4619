//! Copies the built pages to where they are embedded from, or a placeholder when they were not built.
//!
//! It never calls npm. `YINXIN_REQUIRE_WEB=1` turns missing pages into an error, for builds that are shipped.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("pages");
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist/platform");
    println!("cargo:rerun-if-changed={}", built.display());
    println!("cargo:rerun-if-env-changed=YINXIN_REQUIRE_WEB");

    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    if built.join("index.html").exists() {
        return copy(&built, &out);
    }
    assert!(
        env::var_os("YINXIN_REQUIRE_WEB").is_none_or(|value| value != "1"),
        "web/dist/platform is empty: build the pages first (npm ci && npm run build in web/)"
    );
    fs::write(
        out.join("index.html"),
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>印信 Yinxin</title>\
         <h1>印信 Yinxin</h1><p>页面尚未构建：本程序只提供接口。This build has no pages: it answers the API only.</p></html>",
    )
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
