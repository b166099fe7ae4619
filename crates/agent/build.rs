//! Makes sure that the embedded pages are there when somebody relies on them.
//!
//! The pages are built by npm, never from here. Without them the agent serves a page that says so;
//! `YINXIN_REQUIRE_WEB=1` makes that an error at build time.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=YINXIN_REQUIRE_WEB");
    println!("cargo:rerun-if-changed=../../web/dist/agent");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist/agent/agent.html");
    let required = std::env::var("YINXIN_REQUIRE_WEB").is_ok_and(|value| value == "1");
    assert!(
        page.is_file() || !required,
        "web/dist/agent/agent.html is missing: run `npm ci && npm run build` in web/ first"
    );
}
