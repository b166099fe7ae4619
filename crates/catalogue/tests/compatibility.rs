//! `docs/compatibility.md` names every provider and module, says "untested" where nobody tried it, and says of
//! the capabilities what the files say.

use std::{fs, path::Path};

use catalogue::{Catalogue, Platforms};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cells of the one row that begins with this id.
fn row(page: &str, id: &str) -> Vec<String> {
    let begin = format!("| `{id}` ");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with(&begin))
        .collect();
    assert_eq!(
        rows.len(),
        1,
        "docs/compatibility.md has {} rows of {id}",
        rows.len()
    );
    rows[0]
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[test]
fn the_page_on_compatibility_forgets_no_provider_and_claims_nothing_else_than_the_files() {
    let page = fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    let catalogue = Catalogue::load(&root().join("catalogue")).unwrap();
    let platforms = Platforms::load(&root().join("platforms"), &catalogue).unwrap();
    for provider in catalogue.providers() {
        let cells = row(&page, provider.id.as_str());
        assert!(cells[0].contains(&provider.name.zh), "{cells:?}");
        // Only a demonstration CA is known: nobody can have tried a real key.
        let demo = provider.demo.as_ref().map(|demo| &demo.issuing);
        let demo_only = provider.issuers.iter().all(|issuer| Some(issuer) == demo);
        assert_eq!(cells[1] == "untested", demo_only, "{cells:?}");
        for (cell, platform) in [(3, "gongecai"), (4, "zcygov")] {
            let platform = platforms.platform(platform).unwrap();
            let can = platform.capabilities(provider);
            let word = |can: bool| if can { "yes" } else { "no" };
            let says = if platform.lists(provider) {
                [can.bind, can.login, can.seal].map(word).join(", ")
            } else {
                "not accepted".to_owned()
            };
            assert_eq!(cells[cell], says, "{} on {}", provider.id, platform.id);
        }
    }
    for module in catalogue.modules().iter() {
        let cells = row(&page, module.id.as_str());
        assert_eq!(cells[1] == "untested", !module.tested, "{cells:?}");
    }
}
