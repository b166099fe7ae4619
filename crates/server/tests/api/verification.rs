//! 验章 for anyone, without an account.

use serde_json::json;

use crate::harness::documents::pdf;
use crate::harness::lists::Standing;
use crate::harness::{JIA, World};

/// The bytes of a document that was sealed on 公e采.
async fn sealed(world: &World) -> Vec<u8> {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    browser.bind(&key).await.expect(201);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.seal(world, &id, &key, 1, 20.0).await.expect(200);
    browser.file(&id).await
}

async fn a_manipulated_file_is_invalid_and_says_where(world: World) {
    let mut file = sealed(&world).await;
    let at = file
        .windows(8)
        .position(|window| window == b"(Tender)")
        .unwrap();
    file[at + 1] = b'S';
    let report = world.gongecai().verify(file).await.expect(200);
    assert_eq!(report["verdict"], "invalid");
    let checks = report["signatures"][0]["checks"].as_array().unwrap();
    let integrity = checks
        .iter()
        .find(|check| check["layer"] == "integrity")
        .unwrap();
    assert_eq!(integrity["result"], "failed");
    assert!(integrity["message"]["zh"].is_string());
}

async fn an_unsealed_file_is_unsigned_and_a_text_is_no_pdf(world: World) {
    let browser = world.gongecai();
    assert_eq!(
        browser.verify(pdf()).await.expect(200)["verdict"],
        "unsigned"
    );
    browser.verify(b"hello".to_vec()).await.refused("not_pdf");
    let answer = browser
        .send_file("/verifications", "multipart/form-data; boundary=x", pdf())
        .await;
    assert_eq!(answer.status, 415);
}

async fn without_a_revocation_list_the_answer_is_indeterminate(world: World) {
    let file = sealed(&world).await;
    world.lists.put("szca-demo-issuing", Standing::Gone);
    let report = world.gongecai().verify(file.clone()).await.expect(200);
    assert_eq!(report["verdict"], "indeterminate", "{report:#}");
    world.lists.restore("szca-demo-issuing");
    assert_eq!(
        world.gongecai().verify(file).await.expect(200)["verdict"],
        "valid"
    );
}

async fn an_anchor_that_is_taken_from_the_catalogue_no_longer_counts(world: World) {
    let file = sealed(&world).await;
    world.edit(
        "catalogue/szca.toml",
        "anchors = [\"szca-demo-root\"]",
        "anchors = []",
    );
    let report = world.gongecai().verify(file).await.expect(200);
    assert_ne!(report["verdict"], "valid");
    assert_eq!(report["signatures"][0]["signer"]["provider"], json!(null));
}

crate::on_both_databases! {
    a_manipulated_file_is_invalid_and_says_where,
    an_unsealed_file_is_unsigned_and_a_text_is_no_pdf,
    without_a_revocation_list_the_answer_is_indeterminate,
    an_anchor_that_is_taken_from_the_catalogue_no_longer_counts,
}
