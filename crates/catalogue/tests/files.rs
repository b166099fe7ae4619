//! The files of the repository load, say what the manuals say, and every line counts.

use std::{fs, path::Path};

use catalogue::{Catalogue, CatalogueError, ChannelOn, PackageKind, Part, Platforms};

fn repository(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

fn shipped() -> Catalogue {
    Catalogue::load(&repository("catalogue")).expect("the shipped catalogue loads")
}

/// A copy of the shipped catalogue with one file changed.
fn changed(
    file: &str,
    from: &str,
    to: &str,
) -> (tempfile::TempDir, Result<Catalogue, CatalogueError>) {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("channels")).unwrap();
    for folder in ["", "channels"] {
        for entry in fs::read_dir(repository("catalogue").join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(
                    entry.path(),
                    copy.path().join(folder).join(entry.file_name()),
                )
                .unwrap();
            }
        }
    }
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let loaded = Catalogue::load(copy.path());
    (copy, loaded)
}

fn refusal(file: &str, from: &str, to: &str) -> (usize, String) {
    match changed(file, from, to).1 {
        Err(CatalogueError::Refused { line, reason, .. }) => (line, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_nine_providers_of_the_manuals_are_there() {
    let ids: Vec<String> = shipped()
        .providers()
        .map(|provider| provider.id.to_string())
        .collect();
    assert_eq!(
        ids,
        [
            "cfca",
            "fjca",
            "fjgp",
            "itrus",
            "qhca",
            "scca",
            "shouzhong",
            "szca",
            "zjhx"
        ]
    );
}

#[test]
fn hotlines_stand_with_the_areas_that_they_serve() {
    let catalogue = shipped();
    let fujian = catalogue.provider("fjca").unwrap();
    assert_eq!(fujian.hotlines[0].numbers, ["0591-87760022"]);
    assert_eq!(fujian.former_areas.len(), 9);
    let itrus = catalogue.provider("itrus").unwrap();
    let ningde = itrus
        .hotlines
        .iter()
        .find(|line| line.areas == ["宁德"])
        .unwrap();
    assert_eq!(ningde.numbers, ["400-902-9660"]);
}

#[test]
fn a_unified_client_serves_the_platforms_of_its_province_only() {
    let catalogue = shipped();
    let itrus = catalogue.provider("itrus").unwrap();
    let ChannelOn::Unified(client) = itrus.channel_on("gongecai") else {
        panic!("direct")
    };
    let client = catalogue.client(client).unwrap();
    assert_eq!(client.order, [Part::Client, Part::Driver, Part::SealClient]);
    assert_eq!(itrus.channel_on("zcygov"), ChannelOn::Direct);
}

#[test]
fn what_to_install_is_said_for_each_platform() {
    let catalogue = shipped();
    let scca = catalogue.provider("scca").unwrap();
    let driver = scca.packages_on("zcygov").next().unwrap();
    assert_eq!(
        (driver.kind, &driver.parts[..]),
        (PackageKind::Bundle, &[Part::Driver, Part::SealClient][..])
    );
    assert!(driver.keep_installed);
    assert_eq!(scca.packages_on("gongecai").count(), 0);
    let szca = catalogue
        .provider("szca")
        .unwrap()
        .packages_on("gongecai")
        .next()
        .unwrap()
        .clone();
    assert!(szca.antivirus_off && szca.key_unplugged);
    assert_eq!(
        catalogue
            .provider("cfca")
            .unwrap()
            .browsers_on("zcygov")
            .next()
            .unwrap()
            .only,
        ["chrome"]
    );
}

#[test]
fn only_shenzhen_keys_bind_on_the_first_platform() {
    let catalogue = shipped();
    let platforms = Platforms::load(&repository("platforms"), &catalogue).unwrap();
    let may_bind = |platform: &str| -> Vec<String> {
        let platform = platforms.platform(platform).unwrap();
        catalogue
            .providers()
            .filter(|p| platform.capabilities(p).bind)
            .map(|p| p.id.to_string())
            .collect()
    };
    assert_eq!(may_bind("gongecai"), ["szca"]);
    assert_eq!(may_bind("zcygov"), ["cfca", "itrus", "scca", "zjhx"]);
    let gongecai = platforms.platform("gongecai").unwrap();
    assert!(
        gongecai
            .capabilities(catalogue.provider("fjgp").unwrap())
            .seal
    );
    assert_eq!(gongecai.origin(8080), "http://127.0.0.1:8080");
    let zcygov = platforms.platform("zcygov").unwrap();
    assert!(zcygov.lists(catalogue.provider("qhca").unwrap()));
    assert!(!gongecai.lists(catalogue.provider("qhca").unwrap()));
}

#[test]
fn taking_away_a_capability_in_the_file_takes_it_away() {
    let catalogue = changed("szca.toml", "bind = true", "bind = false")
        .1
        .unwrap();
    let platforms = Platforms::load(&repository("platforms"), &catalogue).unwrap();
    let allowed = platforms
        .platform("gongecai")
        .unwrap()
        .capabilities(catalogue.provider("szca").unwrap());
    assert_eq!(
        (allowed.bind, allowed.login, allowed.seal),
        (false, true, true)
    );
}

#[test]
fn an_error_names_the_line() {
    let (line, reason) = refusal("scca.toml", "seal = true", "seal = true\nsael = true");
    let text = fs::read_to_string(repository("catalogue/scca.toml")).unwrap();
    let seal = text.lines().position(|line| line == "seal = true").unwrap();
    assert_eq!(line, seal + 2, "{reason}");
    assert!(reason.contains("sael"), "{reason}");

    for (file, from, to, says) in [
        ("scca.toml", "\"2.5.4.5\"", "\"2.5.4.x\"", "2.5.4.x"),
        (
            "scca.toml",
            "key_number = { subject",
            "key_number = { take = \"whole\", subjekt",
            "subjekt",
        ),
        (
            "szca.toml",
            "{ subject = \"O\" }",
            "{ subject = \"O\", extension = \"1.2.3\" }",
            "either",
        ),
        (
            "szca.toml",
            "{ subject = \"CN\" }",
            "{ subject = \"CN\", or = \"issuer_and_serial\" }",
            "holder",
        ),
        (
            "fjca.toml",
            "client = \"fj-unified\"",
            "client = \"zj-unified\"",
            "zj-unified",
        ),
        ("fjca.toml", "id = \"fjca\"", "id = \"other\"", "other"),
        ("fjca.toml", "id = \"fjca\"", "id = \"Fj/CA\"", "Fj/CA"),
        (
            "szca.toml",
            "\"szca-demo-root\"",
            "\"../../root\"",
            "../../root",
        ),
        (
            "szca.toml",
            "http://ca.yinxin-demo.test/szca-demo-",
            "http://ca.yinxin-demo",
            "scheme, host",
        ),
        (
            "szca.toml",
            "issuers = [\"CN=深圳CA 演示签发CA",
            "issuers = [\"CN=深圳CA 别的CA",
            "issuing CA",
        ),
        (
            "szca.toml",
            "issuers = [\"CN=",
            "issuers = [\"",
            "distinguished name",
        ),
    ] {
        let (line, reason) = refusal(file, from, to);
        assert!(reason.contains(says), "{file}:{line}: {reason}");
    }
}

#[test]
fn two_providers_cannot_claim_one_issuer() {
    let claim = "\"CN=深圳CA 演示签发CA DEMO,OU=演示 DEMO,O=印信演示,C=CN\", \"CN=青海";
    let (_, loaded) = changed("qhca.toml", "\"CN=青海", claim);
    assert!(
        matches!(loaded, Err(CatalogueError::SharedIssuer { .. })),
        "{loaded:?}"
    );
}

#[test]
fn a_platform_names_only_providers_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(repository("platforms/zcygov.toml")).unwrap();
    for (from, to, says) in [
        ("\"zjhx\", \"scca\"]", "\"zjhx\", \"nobody\"]", "nobody"),
        ("= 24", "= 25", "24 hours"),
        (
            "http://localhost:{port}",
            "http://localhost:{port}/",
            "origin",
        ),
        ("#00695c", "teal", "teal"),
    ] {
        fs::write(
            folder.path().join("zcygov.toml"),
            text.replacen(from, to, 1),
        )
        .unwrap();
        let error = Platforms::load(folder.path(), &shipped()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
