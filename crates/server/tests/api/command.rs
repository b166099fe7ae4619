//! `yinxin verify`, as a stranger runs it: a file, a folder of certificates, an exit code.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::documents::pdf;
use crate::harness::{JIA, World};

/// The instant of the tests' clock.
const AT: &str = "2027-01-15T08:00:00Z";

/// A sealed file and a trust directory beside it.
async fn sealed(world: &World) -> tempfile::TempDir {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    browser.bind(&key).await.expect(201);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.seal(world, &id, &key, 1, 20.0).await.expect(200);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sealed.pdf"), browser.file(&id).await).unwrap();
    std::fs::write(folder.path().join("plain.pdf"), pdf()).unwrap();
    let trust = folder.path().join("trust");
    std::fs::create_dir(&trust).unwrap();
    for name in ["szca-demo-root", "szca-demo-issuing"] {
        let file = format!("{name}.pem");
        std::fs::copy(
            world.folder().join("anchors").join(&file),
            trust.join(&file),
        )
        .unwrap();
        let list = world.authorities.list(name).await.unwrap();
        std::fs::write(trust.join(format!("{name}.crl")), &list.crl).unwrap();
    }
    folder
}

fn yinxin(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yinxin"))
        .current_dir(folder)
        .env_remove("YINXIN_CATALOGUE")
        .env_remove("YINXIN_ANCHORS")
        .env("LC_ALL", "C")
        .arg("verify")
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn verdict(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn the_exit_code_is_the_answer(world: World) {
    let folder = sealed(&world).await;
    let here = folder.path();
    let json = |file: &str| yinxin(here, &[file, "--trust", "trust", "--at", AT, "--json"]);

    let report = verdict(&json("sealed.pdf"), 0);
    assert_eq!(report["verdict"], "valid");
    let signature = &report["signatures"][0];
    for key in [
        "verdict",
        "format",
        "signer",
        "claimed_time",
        "proved_time",
        "shown",
        "checks",
    ] {
        assert!(signature.get(key).is_some(), "{key}");
    }
    assert_eq!(signature["shown"]["document"], "a.pdf");

    assert_eq!(verdict(&json("plain.pdf"), 1)["verdict"], "unsigned");
    let mut bytes = std::fs::read(here.join("sealed.pdf")).unwrap();
    let at = bytes
        .windows(8)
        .position(|window| window == b"(Tender)")
        .unwrap();
    bytes[at + 1] = b'S';
    std::fs::write(here.join("changed.pdf"), bytes).unwrap();
    assert_eq!(verdict(&json("changed.pdf"), 1)["verdict"], "invalid");
    std::fs::write(here.join("text.pdf"), "hello").unwrap();
    assert_eq!(verdict(&json("text.pdf"), 1)["verdict"], "invalid");
    std::fs::write(here.join("empty.pdf"), "").unwrap();
    assert_eq!(verdict(&json("empty.pdf"), 1)["verdict"], "invalid");

    // Ten years later the list is no evidence any more, and the certificate is not valid.
    let late = yinxin(
        here,
        &[
            "sealed.pdf",
            "--trust",
            "trust",
            "--at",
            "2037-01-15T08:00:00Z",
            "--json",
        ],
    );
    assert_ne!(late.status.code(), Some(0));
    for list in ["szca-demo-issuing.crl", "szca-demo-root.crl"] {
        std::fs::remove_file(here.join("trust").join(list)).unwrap();
    }
    assert_eq!(verdict(&json("sealed.pdf"), 3)["verdict"], "indeterminate");

    for wrong in [
        &["missing.pdf", "--trust", "trust"][..],
        &["sealed.pdf", "--trust", "nowhere"],
        &["sealed.pdf", "--trust", "trust", "--at", "yesterday"],
        &["sealed.pdf"],
        &[],
    ] {
        let output = yinxin(here, wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty());
    }
}

async fn without_a_folder_the_catalogues_anchors_count(world: World) {
    let folder = sealed(&world).await;
    let of_world = |name: &str| world.folder().join(name).display().to_string();
    let (catalogue, anchors) = (of_world("catalogue"), of_world("anchors"));
    let arguments = [
        "sealed.pdf",
        "--catalogue",
        &catalogue,
        "--anchors",
        &anchors,
        "--at",
        AT,
    ];
    // Offline there is no list: the path stands, revocation is open.
    let report = verdict(
        &yinxin(folder.path(), &[&arguments[..], &["--json"]].concat()),
        3,
    );
    let signer = &report["signatures"][0]["signer"];
    assert_eq!(
        (&signer["provider"]["id"], &signer["key_number"]),
        (&"szca".into(), &"SZ-0001".into())
    );

    let words = |language: &str| {
        let output = yinxin(
            folder.path(),
            &[&arguments[..], &["--lang", language]].concat(),
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(
        words("zh").contains("签章者: ") && words("zh").contains("深圳CA"),
        "{}",
        words("zh")
    );
    assert!(
        words("en").contains("INDETERMINATE") && words("en").contains("claimed by the signer"),
        "{}",
        words("en")
    );
}

async fn a_folder_is_verified_file_by_file_with_a_summary(world: World) {
    let folder = sealed(&world).await;
    let here = folder.path();
    let bids = here.join("bids");
    std::fs::create_dir_all(bids.join("2026/lot-1")).unwrap();
    std::fs::copy(here.join("sealed.pdf"), bids.join("a.pdf")).unwrap();
    std::fs::copy(here.join("sealed.pdf"), bids.join("2026/lot-1/报价.PDF")).unwrap();
    std::fs::write(bids.join("notes.txt"), "not looked at").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(here, bids.join("2026/back")).unwrap();
    let run = |paths: &[&str], more: &[&str]| {
        let common = ["--trust", "trust", "--at", AT];
        yinxin(here, &[paths, &common[..], more].concat())
    };
    let lines = |output: &Output| -> Vec<Value> {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };

    let output = run(&["bids"], &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found = lines(&output);
    assert_eq!(found.len(), 3, "two files and a summary");
    assert_eq!(found[0]["path"], "bids/2026/lot-1/报价.PDF");
    assert_eq!(found[1]["report"]["verdict"], "valid");
    assert_eq!(found[2]["summary"]["valid"], 2);
    assert!(output.stderr.is_empty(), "no progress where nobody looks");

    // A file that is named itself counts whatever it is called; the worst file is the answer.
    let output = run(&["bids", "bids/notes.txt"], &["--lang", "zh"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("bids/a.pdf: 有效"), "{words}");
    assert!(words.contains("共 3 个文件：有效 2，无效 1"), "{words}");

    let output = run(&["bids", "missing.pdf"], &["--json"]);
    assert_eq!(output.status.code(), Some(2));
    let found = lines(&output);
    assert!(found[2]["error"].is_string() && found[2]["path"] == "missing.pdf");
    assert_eq!(found[3]["summary"]["unreadable"], 1);

    std::fs::create_dir(here.join("nothing")).unwrap();
    assert_eq!(run(&["nothing"], &[]).status.code(), Some(2));
    std::fs::remove_file(here.join("trust/szca-demo-issuing.crl")).unwrap();
    assert_eq!(run(&["bids"], &[]).status.code(), Some(3));
}

#[tokio::test]
async fn on_sqlite_a_folder_is_verified_file_by_file() {
    crate::harness::database::on_sqlite(a_folder_is_verified_file_by_file_with_a_summary).await;
}

#[tokio::test]
async fn on_sqlite_the_exit_code_is_the_answer() {
    crate::harness::database::on_sqlite(the_exit_code_is_the_answer).await;
}

#[tokio::test]
async fn on_sqlite_the_catalogues_anchors_count() {
    crate::harness::database::on_sqlite(without_a_folder_the_catalogues_anchors_count).await;
}
