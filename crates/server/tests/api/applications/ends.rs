//! A key's change, replacement, pause and end, as far as the lists that say so: what the old key may do from which
//! moment on; and the warning before it.

use domain::Span;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::journeys::{produced, received};
use super::later::{about, bound, certificate, with_reason};
use crate::harness::applying::{Desks, PAPERS, Token, desk_path, form, path};
use crate::harness::{Browser, JIA, Key, World};

/// The CA carries out what was approved, and the server hears of it.
async fn carried_out(world: &World) {
    world.ca_works().await;
    world.pass(Span::seconds(10));
    world.ca_works().await;
}

async fn originals(desks: &Desks, application: &Value) {
    let arrived = json!({ "received": true });
    desks
        .intake
        .post(&desk_path(application, "/originals"), &arrived)
        .await
        .expect(200);
}

/// The orders to revoke of an application: the reason of each, and whether the CA has carried it out.
async fn revocations(world: &World, application: &Value) -> Vec<(String, bool)> {
    let rows = sqlx::query(
        "SELECT body, state FROM issuing_order WHERE application_id = $1 AND kind = 'revoke'",
    )
    .bind(application["id"].as_str().unwrap())
    .fetch_all(world.state.store.read())
    .await
    .unwrap();
    let revoked = rows.iter().map(|row| {
        let (body, state): (String, String) = (row.get(0), row.get(1));
        let body: Value = serde_json::from_str(&body).unwrap();
        (body["reason"].as_str().unwrap().to_owned(), state == "done")
    });
    revoked.collect()
}

async fn refused_everywhere(world: &World, supplier: &Browser, key: &Key) {
    world
        .gongecai()
        .log_in_with(key)
        .await
        .refused("certificate_revoked");
    for kind in [
        "renewal",
        "change",
        "unlock",
        "replacement",
        "suspension",
        "resumption",
        "revocation",
    ] {
        let refused = supplier.apply("szca", kind, Some(&key.number)).await;
        let body = refused.refused("application_state");
        let why = body["detail"]["zh"].as_str().unwrap().to_owned();
        assert!(why.contains("已吊销"), "{kind}: {why}");
    }
}

async fn a_renamed_company_gets_a_key_in_its_new_name_and_the_old_one_ends_with_its_receipt(
    world: World,
) {
    let ((supplier, desks), old) = bound(&world).await;
    let mut renamed = with_reason("单位更名");
    renamed["organisation"] = "演示供应商甲集团有限公司".into();
    renamed["holder"] = renamed["organisation"].clone();
    renamed["invoice"]["title"] = renamed["organisation"].clone();
    let change = about(
        &world,
        &desks,
        &supplier,
        "change",
        &old.number,
        renamed,
        &PAPERS,
    )
    .await;
    originals(&desks, &change).await;
    let token = Token::blank("YX2");
    let number = produced(&world, &desks, &change, &token).await;
    assert_ne!(number, old.number);
    let new = certificate(&world, &change).await;
    let name = new.subject().to_string();
    assert!(name.contains("演示供应商甲集团有限公司"), "{name}");
    // Until it is received, the old one is the company's key.
    assert!(revocations(&world, &change).await.is_empty());
    world.gongecai().log_in_with(&old).await.expect(200);
    received(&desks, &supplier, &change).await;
    let body = supplier.get(&path(&change, "")).await.expect(200);
    assert_eq!(body["key_number"], number.as_str());
    assert_eq!(body["old_key_number"], old.number.as_str());
    carried_out(&world).await;
    assert_eq!(
        revocations(&world, &change).await,
        [("affiliation_changed".to_owned(), true)]
    );
    refused_everywhere(&world, &supplier, &old).await;
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn a_lost_key_opens_nothing_from_its_approval_on_and_its_replacement_is_bound(world: World) {
    let ((supplier, desks), old) = bound(&world).await;
    let mut lost = form(&JIA);
    lost["reason"] = "遗失".into();
    let replacement = about(
        &world,
        &desks,
        &supplier,
        "replacement",
        &old.number,
        lost,
        &PAPERS,
    )
    .await;
    carried_out(&world).await;
    assert_eq!(
        revocations(&world, &replacement).await,
        [("key_compromise".to_owned(), true)]
    );
    refused_everywhere(&world, &supplier, &old).await;
    originals(&desks, &replacement).await;
    let token = Token::blank("YX2");
    let number = produced(&world, &desks, &replacement, &token).await;
    received(&desks, &supplier, &replacement).await;
    let new = Key {
        number,
        certificate: certificate(&world, &replacement).await,
        key: token.key,
    };
    supplier.bind(&new).await.expect(201);
    world.gongecai().log_in_with(&new).await.expect(200);
}

async fn a_suspended_key_does_not_log_in_until_it_is_resumed_and_a_revoked_one_never_again(
    world: World,
) {
    let ((supplier, desks), key) = bound(&world).await;
    let apply = async |kind: &str, reason: &str| {
        let form = with_reason(reason);
        let made = about(&world, &desks, &supplier, kind, &key.number, form, &[]).await;
        carried_out(&world).await;
        assert_eq!(supplier.state_of(&made).await, "closed");
        made
    };
    apply("suspension", "出差").await;
    let shut = world.gongecai().log_in_with(&key).await;
    shut.refused("certificate_revoked");
    // 挂起 ends with 解除挂起 or for good, with nothing else.
    supplier
        .apply("szca", "change", Some(&key.number))
        .await
        .refused("application_state");
    apply("resumption", "返回").await;
    world.gongecai().log_in_with(&key).await.expect(200);
    let papers = ["application-form"];
    let form = with_reason("停用");
    let end = about(
        &world,
        &desks,
        &supplier,
        "revocation",
        &key.number,
        form,
        &papers,
    )
    .await;
    carried_out(&world).await;
    assert_eq!(supplier.state_of(&end).await, "closed");
    assert_eq!(
        revocations(&world, &end).await,
        [("cessation_of_operation".to_owned(), true)]
    );
    refused_everywhere(&world, &supplier, &key).await;
}

async fn what_would_be_disturbed_is_counted_before_and_only_for_ones_own(world: World) {
    let ((supplier, _), key) = bound(&world).await;
    let asked = async |browser: &Browser, kind: &str| {
        let path = format!("/application-effects?kind={kind}&key_number={}", key.number);
        browser.get(&path).await.expect(200)["open"].clone()
    };
    let none = json!({ "drafts": 0, "sealed": 0, "applications": 0, "deadlines": 0, "next_deadline": null, "other_keys": 0 });
    assert_eq!(asked(&supplier, "revocation").await, none);
    let pdf = crate::harness::documents::pdf;
    supplier.upload("a.pdf", pdf()).await.expect(201);
    let sealed = supplier.upload("b.pdf", pdf()).await.expect(201);
    let sealed = sealed["id"].as_str().unwrap();
    supplier
        .seal(&world, sealed, &key, 1, 20.0)
        .await
        .expect(200);
    for at in ["2027-03-01T01:00:00Z", "2027-02-01T01:00:00Z"] {
        let deadline = json!({ "name": at, "at": at });
        supplier.post("/deadlines", &deadline).await.expect(201);
    }
    supplier.submitted("szca", &JIA, &PAPERS).await;
    let other = world.key("szca", &JIA, "SZ-OTHER").await;
    supplier.bind(&other).await.expect(201);
    let open = json!({ "drafts": 1, "sealed": 1, "applications": 1, "deadlines": 2,
        "next_deadline": { "name": "2027-02-01T01:00:00Z", "at": "2027-02-01T01:00:00Z" }, "other_keys": 1 });
    for kind in [
        "renewal",
        "change",
        "replacement",
        "revocation",
        "suspension",
    ] {
        assert_eq!(asked(&supplier, kind).await, open, "{kind}");
    }
    for kind in ["unlock", "resumption", "new"] {
        assert_eq!(asked(&supplier, kind).await, Value::Null, "{kind}");
    }
    let stranger = world
        .registered(world.gongecai(), &crate::harness::YI, "chen")
        .await;
    assert_eq!(asked(&stranger, "revocation").await, none);
    let nobody = world.gongecai();
    nobody
        .get("/application-effects?kind=renewal&key_number=X")
        .await
        .refused("not_logged_in");
}

crate::on_both_databases!(
    a_renamed_company_gets_a_key_in_its_new_name_and_the_old_one_ends_with_its_receipt,
    a_lost_key_opens_nothing_from_its_approval_on_and_its_replacement_is_bound,
    a_suspended_key_does_not_log_in_until_it_is_resumed_and_a_revoked_one_never_again,
    what_would_be_disturbed_is_counted_before_and_only_for_ones_own,
);
