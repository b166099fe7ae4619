//! Every provider on every platform, through the agent, the worker and the soft key's library: what its
//! capabilities say it may do goes through, what they don't say is refused with the reason. And a CA that the
//! code has never seen is one file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use catalogue::Provider;
use domain::Span;
use issuer::Profile;

use crate::harness::desk::{Desk, soft_library};
use crate::harness::documents::pdf;
use crate::harness::{Answer, Browser, JIA, World, database, keys};

fn number(provider: &Provider) -> String {
    format!("T-{}", provider.id)
}

fn has(providers: &[&Provider], provider: &Provider) -> bool {
    providers.iter().any(|other| other.id == provider.id)
}

/// The refusal names the provider, says what is accepted instead, and has a remedy in both languages.
#[track_caller]
fn refused_by_name(answer: Answer, code: &str, provider: &Provider, instead: &[&Provider]) {
    let problem = answer.refused(code);
    for (language, name) in [("zh", &provider.name.zh), ("en", &provider.name.en)] {
        let detail = problem["detail"][language].as_str().unwrap();
        assert!(detail.contains(name.as_str()), "{detail}");
        for other in instead {
            let name = if language == "zh" {
                &other.name.zh
            } else {
                &other.name.en
            };
            assert!(
                detail.contains(name.as_str()),
                "{detail} does not name {name}"
            );
        }
    }
}

async fn on_platform(world: &World, desk: &Desk, platform: &str, browser: fn(&World) -> Browser) {
    let rules = world.state.current_rules();
    let platform = rules.platforms.platform(platform).unwrap();
    let may = |allowed: fn(catalogue::Capabilities) -> bool| -> Vec<&Provider> {
        let providers = rules.catalogue.providers();
        providers
            .filter(|provider| allowed(platform.capabilities(provider)))
            .collect()
    };
    let (binding, login, seal) = (
        may(|can| can.bind),
        may(|can| can.login),
        may(|can| can.seal),
    );
    assert!(!binding.is_empty() && !login.is_empty() && !seal.is_empty());
    let visitor = || browser(world);
    let browser = world.registered(visitor(), &JIA, "lin").await;
    for provider in rules.catalogue.providers() {
        let answer = desk.bind(&browser, &number(provider)).await;
        if has(&binding, provider) {
            assert_eq!(answer.expect(201)["key_number"], number(provider));
        } else {
            refused_by_name(answer, "provider_may_not_bind", provider, &binding);
        }
    }
    for provider in rules.catalogue.providers() {
        let visitor = visitor();
        let answer = desk.log_in(&visitor, &number(provider)).await;
        if has(&login, provider) {
            answer.expect(200);
            let session = visitor.get("/session").await.expect(200);
            assert_eq!(
                session["logged_in_by"]["key_number"],
                number(provider),
                "{session}"
            );
        } else {
            refused_by_name(answer, "provider_may_not_log_in", provider, &login);
        }
    }
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut sealed = 0_u32;
    for provider in rules.catalogue.providers() {
        // In rows of three, beside each other: no seal may cover another.
        let place = (
            10.0 + 60.0 * f64::from(sealed % 3),
            20.0 + 60.0 * f64::from(sealed / 3),
        );
        let answer = desk.seal(&browser, &id, &number(provider), place).await;
        if has(&seal, provider) {
            answer.expect(200);
            sealed += 1;
        } else {
            refused_by_name(answer, "provider_may_not_seal", provider, &seal);
        }
    }
    let document = browser.get(&format!("/documents/{id}")).await.expect(200);
    assert_eq!(
        document["sealings"].as_array().unwrap().len(),
        usize::try_from(sealed).unwrap()
    );
}

async fn every_provider_does_on_each_platform_what_it_may_and_is_refused_the_rest_by_name(
    world: World,
) {
    let desk = Desk::open(&world, &[soft_library().to_owned()]);
    for provider in world.state.current_rules().catalogue.providers() {
        assert!(provider.demo.is_some(), "{} has no demo CA", provider.id);
        let profile = keys::profile(provider.id.as_str());
        desk.plug_new(&world, &profile, soft_library(), &JIA, &number(provider))
            .await;
    }
    world.pass(Span::seconds(2));
    for row in desk.keys().await {
        let id = row["provider"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{row}"));
        assert_eq!(row["key_number"], format!("T-{id}"));
        assert_eq!(row["holder"], "林演示");
    }
    on_platform(&world, &desk, "gongecai", World::gongecai).await;
    on_platform(&world, &desk, "zcygov", World::zcygov).await;
}

#[tokio::test]
async fn every_provider_on_every_platform() {
    database::on_sqlite(
        every_provider_does_on_each_platform_what_it_may_and_is_refused_the_rest_by_name,
    )
    .await;
}

async fn a_product_of_an_accepted_provider_that_the_platform_does_not_take_is_refused_with_its_reason(
    world: World,
) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let elsewhere = keys::profile("szca").product("elsewhere").unwrap();
    let key = world.key_by(&elsewhere, &JIA, "SZ-X").await;
    let problem = browser.prove(&key).await.refused("product_refused");
    let detail = problem["detail"]["zh"].as_str().unwrap();
    assert!(
        detail.contains("深圳CA") && detail.contains("400-805-9899"),
        "{detail}"
    );
    let usual = world.key("szca", &JIA, "SZ-1").await;
    browser.bind(&usual).await.expect(201);
}

#[tokio::test]
async fn a_product_that_is_not_accepted_is_refused() {
    database::on_sqlite(a_product_of_an_accepted_provider_that_the_platform_does_not_take_is_refused_with_its_reason).await;
}

/// The whole of what is added for a CA: one file.
const NEW_CA: &str = r#"
id = "newca"
name = { zh = "新来CA", en = "Newcomer CA" }
issuers = ["CN=新来 签发CA,O=新来,C=CN"]
anchors = ["newca-root"]
intermediates = ["newca-issuing"]

[channel]
kind = "direct"

[capabilities]
bind = true
login = true
seal = true

[accepted_on.gongecai]
bind = true
login = true
seal = true

[[hotlines]]
numbers = ["400-000-0000"]

[identity]
key_number = { extension = "1.2.3.4.5.6", take = "after_last_at" }
uscc = { subject = "OU", take = "second_of_composite", clean = ["leading_0_or_n"] }
organisation = { subject = "O" }
holder = { subject = "G" }

[crl]
allow = ["http://ca.yinxin-demo.test/newca-"]

[[modules]]
id = "newca-skf"
name = { zh = "新来锁", en = "Newcomer key" }
kind = "skf"
hardware = false
paths = { "linux-x86_64" = ["LIBRARY"], "linux-aarch64" = ["LIBRARY"] }

[modules.quirks]
rsa_sign_input = "digest_info"
"#;

/// The CA itself, as it would be anywhere: its names, and where its certificates say who one is.
const NEW_AUTHORITY: &str = r#"
id = "newca"
family = "sm2"
policies = ["1.2.3.4.5.7"]
days = 365
subject = [
    { oid = "2.5.4.6", value = "CN" },
    { oid = "2.5.4.10", value = "{organisation}" },
    { oid = "2.5.4.11", value = "N@0{uscc}@x" },
    { oid = "2.5.4.42", value = "{holder}" },
    { oid = "2.5.4.3", value = "{organisation}" },
]
[root]
id = "newca-root"
days = 3650
subject = [{ oid = "2.5.4.6", value = "CN" }, { oid = "2.5.4.10", value = "新来" }, { oid = "2.5.4.3", value = "新来 根CA" }]
[issuing]
id = "newca-issuing"
days = 3640
subject = [{ oid = "2.5.4.6", value = "CN" }, { oid = "2.5.4.10", value = "新来" }, { oid = "2.5.4.3", value = "新来 签发CA" }]
[[extensions]]
oid = "1.2.3.4.5.6"
value = "NEW@{key_number}"
string = "utf8"
"#;

async fn a_ca_that_the_code_has_never_seen_is_added_by_one_file(world: World) {
    // The maker's library is where its installer would put it; nothing here has its name.
    let library = world.folder().join("libnewca_skf.so");
    fs::copy(soft_library(), &library).unwrap();
    let authority = Profile::from_toml(NEW_AUTHORITY).unwrap();
    let desk = Desk::open(&world, std::slice::from_ref(&library));
    desk.plug_new(&world, &authority, &library, &JIA, "NEW-1")
        .await;
    world.pass(Span::seconds(2));
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;

    // Before: the key is there, and is nobody's.
    let row = desk.keys().await.remove(0);
    assert!(row["provider"].is_null(), "{row}");
    let serial = row["serial"].as_str().unwrap().to_owned();
    desk.bind(&browser, &serial)
        .await
        .refused("provider_unknown");

    // The file appears. Server and agent go on running and take it over.
    let file = world.folder().join("catalogue/newca.toml");
    fs::write(&file, NEW_CA.replace("LIBRARY", library.to_str().unwrap())).unwrap();
    world.pass(Span::seconds(2));
    let row = desk.keys().await.remove(0);
    assert_eq!(
        (&row["provider"]["id"], &row["key_number"]),
        (&"newca".into(), &"NEW-1".into())
    );
    assert_eq!(row["holder"], "林演示");
    desk.bind(&browser, "NEW-1").await.expect(201);
    desk.log_in(&world.gongecai(), "NEW-1").await.expect(200);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.seal(&browser, &id, "NEW-1", (20.0, 20.0))
        .await
        .expect(200);

    // Its library is found by the file too, once the agent is started anew: nobody names it by hand.
    drop(desk);
    let desk = Desk::open(&world, &[]);
    desk.log_in(&world.gongecai(), "NEW-1").await.expect(200);

    // A mistake in the file changes nothing; the platform that it does not name does not take its keys.
    fs::write(&file, "id = \"newca\"\nname = ").unwrap();
    world.pass(Span::seconds(2));
    desk.log_in(&world.gongecai(), "NEW-1").await.expect(200);
    let answer = desk.log_in(&world.zcygov(), "NEW-1").await;
    answer.refused("provider_may_not_log_in");
    fs::remove_file(&file).unwrap();
    world.pass(Span::seconds(2));
    desk.log_in(&world.gongecai(), &serial)
        .await
        .refused("provider_unknown");
}

#[tokio::test]
async fn adding_a_ca_touches_one_file_and_no_code() {
    database::on_sqlite(a_ca_that_the_code_has_never_seen_is_added_by_one_file).await;
}

async fn a_p256_key_logs_in_and_seals_and_foreign_judges_call_the_file_valid(world: World) {
    let authority = Profile::from_toml(&NEW_AUTHORITY.replace("\"sm2\"", "\"p256\"")).unwrap();
    let key = world.key_by(&authority, &JIA, "NEW-1").await;
    let file = world.folder().join("catalogue/newca.toml");
    fs::write(
        &file,
        NEW_CA.replace("LIBRARY", "/opt/newca/libnewca_skf.so"),
    )
    .unwrap();
    world.pass(Span::seconds(2));
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    browser.bind(&key).await.expect(201);
    world.gongecai().log_in_with(&key).await.expect(200);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.seal(&world, &id, &key, 1, 20.0).await.expect(200);
    browser.seal(&world, &id, &key, 2, 20.0).await.expect(200);
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(report["verdict"], "valid", "{report:#}");
    let signatures = report["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2);
    for signature in signatures {
        assert_eq!(signature["format"], "ETSI.CAdES.detached");
        assert_eq!(signature["signer"]["key_number"], "NEW-1");
    }

    let sealed = world.folder().join("sealed.pdf");
    fs::write(&sealed, browser.file(&id).await).unwrap();
    let run = |program: PathBuf, arguments: &[&Path]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        let (said, trouble) = (output.stdout, output.stderr);
        let said = String::from_utf8(said).unwrap();
        (said, String::from_utf8_lossy(&trouble).into_owned())
    };
    if let Some(pdfsig) = tool("YINXIN_PDFSIG") {
        let (said, _) = run(pdfsig, &[Path::new("-nocert"), &sealed]);
        assert_eq!(said.matches("Signature is Valid.").count(), 2, "{said}");
        assert_eq!(said.matches("ETSI.CAdES.detached").count(), 2, "{said}");
    }
    if let Some(python) = tool("YINXIN_PYTHON") {
        let judge = Path::new(env!("CARGO_MANIFEST_DIR"));
        let judge = judge.join("../seal/tests/interop/pyhanko_judge.py");
        let of = |id: &str| {
            fs::read_to_string(world.folder().join(format!("anchors/{id}.pem"))).unwrap()
        };
        let roots = world.folder().join("roots.pem");
        fs::write(&roots, of("newca-root") + &of("newca-issuing")).unwrap();
        // The world's clock is not the judge's.
        let now = agent::rfc3339(world.now().into());
        let words = [
            &judge,
            Path::new("verify"),
            &sealed,
            &roots,
            Path::new(&now),
        ];
        let (said, trouble) = run(python, &words);
        assert_eq!(said.matches(" True").count(), 2, "{said}{trouble}");
    }
}

/// A foreign judge; none, said aloud, where its variable is not set; an error where tools are required.
fn tool(variable: &str) -> Option<PathBuf> {
    let tool = std::env::var_os(variable).map(PathBuf::from);
    if tool.is_none() {
        let required = std::env::var_os("YINXIN_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "{variable} must name its tool");
        eprintln!("skipped: {variable} is not set");
    }
    tool
}

#[tokio::test]
async fn a_p256_key_seals_on_the_platform() {
    database::on_sqlite(a_p256_key_logs_in_and_seals_and_foreign_judges_call_the_file_valid).await;
}
