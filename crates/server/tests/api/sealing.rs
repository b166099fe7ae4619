//! Sealing: from the drop on the page to the published file, and everything that must stop it.

use serde_json::{Value, json};

use crate::harness::documents::{Signing, pdf};
use crate::harness::lists::Standing;
use crate::harness::{Browser, JIA, Key, World, YI};

const HERE: &str = "http://127.0.0.1:8080";
const HONEST: Signing<'static> = Signing {
    origin: HERE,
    intent: None,
    digest: None,
};

/// A company on 公e采 with a bound SM2 key and an uploaded document.
async fn ready(world: &World) -> (Browser, Key, String) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    browser.bind(&key).await.expect(201);
    let id = browser.upload("tender.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (browser, key, id)
}

/// The key families that a revision was prepared for, sorted.
fn families(sealing: &Value) -> Vec<&str> {
    let mut families: Vec<&str> = sealing["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variant| variant["family"].as_str().unwrap())
        .collect();
    families.sort_unstable();
    families
}

async fn a_document_is_sealed_submitted_and_verified_by_anyone(world: World) {
    let (browser, key, id) = ready(&world).await;
    let sealing = browser.prepare(&id, 1, 20.0, 30.0).await.expect(201);
    // The bound key is SM2; keys of other providers that seal here unbound may be RSA.
    assert_eq!(families(&sealing), ["rsa", "sm2"]);
    let intent: Value = serde_json::from_str(sealing["intent"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&intent["document"], &intent["pages"]),
        (&json!("tender.pdf"), &json!([1]))
    );
    assert_eq!(intent["organisation"], JIA.name);

    // Any server can go on: nothing that counts is in the spool.
    world.lose_the_spool();
    let cms = key.cms(&world, &sealing, &HONEST);
    let sealed = browser.complete(&sealing, &cms).await.expect(200);
    assert_eq!(sealed["state"], "sealed");
    assert_eq!(sealed["sealings"][0]["key_number"], key.number.as_str());
    assert_eq!(sealed["sealings"][0]["x_mm"], 20.0);
    // An answer that was lost on the way is given again.
    assert_eq!(browser.complete(&sealing, &cms).await.expect(200), sealed);

    let published = browser
        .post(&format!("/documents/{id}/submission"), &json!({}))
        .await
        .expect(200);
    assert_eq!(published["state"], "published");
    let file = browser.file(&id).await;
    assert!(
        file.starts_with(&pdf()),
        "the original is not changed by a byte"
    );

    let report = world.zcygov().verify(file.clone()).await.expect(200);
    assert_eq!(report["verdict"], "valid", "{report:#}");
    let signature = &report["signatures"][0];
    assert_eq!(signature["signer"]["provider"]["id"], "szca");
    assert_eq!(signature["signer"]["key_number"], key.number.as_str());
    assert_eq!(signature["shown"]["origin"], HERE);
    assert_eq!(signature["shown"]["grade"], "remote");
    assert_eq!(signature["place"]["page"], 1);
    assert_eq!(
        browser
            .get(&format!("/documents/{id}/report"))
            .await
            .expect(200)["verdict"],
        "valid"
    );

    browser
        .prepare(&id, 1, 100.0, 100.0)
        .await
        .refused("document_state");
    browser
        .delete(&format!("/documents/{id}"))
        .await
        .refused("document_state");
}

async fn an_rsa_key_seals_on_the_platform_that_accepts_it(world: World) {
    let browser = world.registered(world.zcygov(), &JIA, "lin").await;
    let key = world.key("itrus", &JIA, "IT-0001").await;
    browser.bind(&key).await.expect(201);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.seal(&world, &id, &key, 2, 20.0).await.expect(200);
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert_eq!(report["signatures"][0]["format"], "ETSI.CAdES.detached");
}

async fn one_revision_is_offered_for_each_family_of_bound_keys(world: World) {
    let browser = world.registered(world.zcygov(), &JIA, "lin").await;
    let (rsa, sm2) = (
        world.key("itrus", &JIA, "IT-0001").await,
        world.key("scca", &JIA, "SC-0001").await,
    );
    browser.bind(&rsa).await.expect(201);
    browser.bind(&sm2).await.expect(201);
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let sealing = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    assert_eq!(families(&sealing), ["rsa", "sm2"]);
    let signing = Signing {
        origin: "http://localhost:8080",
        intent: None,
        digest: None,
    };
    browser
        .complete(&sealing, &sm2.cms(&world, &sealing, &signing))
        .await
        .expect(200);
    // The other family seals over it, and both stay valid.
    browser.seal(&world, &id, &rsa, 1, 120.0).await.expect(200);
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(
        (
            &report["verdict"],
            report["signatures"].as_array().unwrap().len()
        ),
        (&json!("valid"), 2),
        "{report:#}"
    );
}

async fn the_last_seal_can_be_taken_back_before_submission(world: World) {
    let (browser, key, id) = ready(&world).await;
    browser.seal(&world, &id, &key, 1, 20.0).await.expect(200);
    world.pass(domain::Span::seconds(1));
    let two = browser.seal(&world, &id, &key, 1, 120.0).await.expect(200);
    let sealing = |at: usize| two["sealings"][at]["id"].as_str().unwrap().to_owned();
    browser
        .delete(&format!("/documents/{id}/sealings/{}", sealing(0)))
        .await
        .refused("document_state");
    let one = browser
        .delete(&format!("/documents/{id}/sealings/{}", sealing(1)))
        .await
        .expect(200);
    assert_eq!(
        (&one["state"], one["sealings"].as_array().unwrap().len()),
        (&json!("sealed"), 1)
    );
    let none = browser
        .delete(&format!("/documents/{id}/sealings/{}", sealing(0)))
        .await
        .expect(200);
    assert_eq!(none["state"], "draft");
    assert_eq!(browser.file(&id).await, pdf());
}

async fn a_seal_must_lie_on_its_page_and_cover_no_other(world: World) {
    let (browser, key, id) = ready(&world).await;
    for (page, x, y) in [
        (1, 180.0, 20.0),
        (1, -1.0, 20.0),
        (3, 20.0, 20.0),
        (0, 20.0, 20.0),
        (2, 20.0, 180.0),
    ] {
        browser
            .prepare(&id, page, x, y)
            .await
            .refused("page_out_of_range");
    }
    // The second page is turned: there is room to the right.
    browser.prepare(&id, 2, 250.0, 100.0).await.expect(201);
    browser.seal(&world, &id, &key, 1, 20.0).await.expect(200);
    browser
        .prepare(&id, 1, 30.0, 100.0)
        .await
        .refused("page_out_of_range");
}

async fn without_a_bound_key_nothing_is_prepared(world: World) {
    // Where every key that seals can be bound.
    let browser = world.registered(world.zcygov(), &JIA, "lin").await;
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser
        .prepare(&id, 1, 20.0, 20.0)
        .await
        .refused("not_bound");
}

async fn where_a_provider_s_keys_cannot_be_bound_they_seal_for_their_own_organisation_alone(
    world: World,
) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // The same provider's keys of another company, and a provider's whose keys can be bound but this one is not.
    let others = world.key("fjca", &YI, "FJ-0002").await;
    let answer = browser.seal(&world, &id, &others, 1, 20.0).await;
    answer.refused("organisation_mismatch");
    let bindable = world.key("szca", &JIA, "SZ-0001").await;
    let answer = browser.seal(&world, &id, &bindable, 1, 20.0).await;
    answer.refused("not_bound");
    for (provider, x_mm) in [("fjca", 20.0), ("itrus", 120.0)] {
        let key = world.key(provider, &JIA, provider).await;
        browser.seal(&world, &id, &key, 1, x_mm).await.expect(200);
    }
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert_eq!(report["signatures"].as_array().unwrap().len(), 2);
}

async fn a_signature_over_anything_else_does_not_complete(world: World) {
    let (browser, key, id) = ready(&world).await;
    let sealing = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    let intent = sealing["intent"]
        .as_str()
        .unwrap()
        .replace("tender.pdf", "other.pdf");
    let complete = async |signing: Signing<'_>| {
        browser
            .complete(&sealing, &key.cms(&world, &sealing, &signing))
            .await
    };
    complete(Signing {
        intent: Some(intent),
        ..HONEST
    })
    .await
    .refused("seal_mismatch");
    complete(Signing {
        digest: Some(vec![7; 32]),
        ..HONEST
    })
    .await
    .refused("seal_mismatch");
    complete(Signing {
        origin: "https://evil.example",
        ..HONEST
    })
    .await
    .refused("origin_refused");
    browser
        .complete(&sealing, "AAAA")
        .await
        .refused("seal_mismatch");
    assert_eq!(
        browser.get(&format!("/documents/{id}")).await.expect(200)["state"],
        "draft"
    );
    complete(HONEST).await.expect(200);
}

async fn only_a_key_of_this_account_completes(world: World) {
    let (browser, key, id) = ready(&world).await;
    world.employ("gongecai", &JIA, "wang").await;
    let wang = world.gongecai();
    wang.log_in("wang").await.expect(200);
    let his = world.key("szca", &JIA, "SZ-0002").await;
    wang.bind(&his).await.expect(201);

    let sealing = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    let complete = async |key: &Key| {
        browser
            .complete(&sealing, &key.cms(&world, &sealing, &HONEST))
            .await
    };
    complete(&his).await.refused("bound_elsewhere");
    complete(&world.key("szca", &JIA, "SZ-0003").await)
        .await
        .refused("not_bound");
    complete(&world.key("szca", &YI, "SZ-0004").await)
        .await
        .refused("organisation_mismatch");
    wang.complete(&sealing, &key.cms(&world, &sealing, &HONEST))
        .await
        .refused("not_found");
    complete(&key).await.expect(200);
}

async fn a_seal_needs_a_fresh_answer_about_revocation(world: World) {
    let (browser, key, id) = ready(&world).await;
    let sealing = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    let cms = key.cms(&world, &sealing, &HONEST);
    world.lists.put("szca-demo-issuing", Standing::Gone);
    // A login would lean on the last good answer; a seal does not.
    browser
        .complete(&sealing, &cms)
        .await
        .refused("revocation_undetermined");
    world.lists.restore("szca-demo-issuing");
    browser.complete(&sealing, &cms).await.expect(200);
}

async fn a_prepared_seal_lapses(world: World) {
    let (browser, key, id) = ready(&world).await;
    let sealing = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    let cms = key.cms(&world, &sealing, &HONEST);
    world.pass(domain::Span::minutes(15));
    browser
        .complete(&sealing, &cms)
        .await
        .refused("sealing_expired");
}

async fn of_two_seals_prepared_on_one_revision_the_first_counts(world: World) {
    let (browser, key, id) = ready(&world).await;
    let first = browser.prepare(&id, 1, 20.0, 20.0).await.expect(201);
    let second = browser.prepare(&id, 1, 120.0, 20.0).await.expect(201);
    let (one, two) = (
        key.cms(&world, &first, &HONEST),
        key.cms(&world, &second, &HONEST),
    );
    let (a, b) = tokio::join!(
        browser.complete(&first, &one),
        browser.complete(&second, &two)
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(
        (
            &report["verdict"],
            report["signatures"].as_array().unwrap().len()
        ),
        (&json!("valid"), 1)
    );
}

async fn several_seals_go_on_by_pages_edge_and_keyword_in_one_signature(world: World) {
    let (browser, key, id) = ready(&world).await;
    let seals = browser.get("/seals").await.expect(200);
    let seal = |at: usize| seals["items"][at]["id"].as_str().unwrap().to_owned();
    let wish = json!({ "certify": true, "note": "最后一章", "items": [
        { "seal_id": seal(0), "at": { "kind": "pages", "pages": "all", "x_mm": 20.0, "y_mm": 120.0 } },
        { "seal_id": seal(1), "at": { "kind": "edge", "side": "right", "offset_mm": 20.0, "pages": "1-2" } },
        { "seal_id": seal(1), "at": { "kind": "keyword", "text": "tender", "dx_mm": 60.0, "dy_mm": 30.0,
            "pages": "1", "which": "first" } },
    ]});
    let shown = browser
        .post(&format!("/documents/{id}/placements"), &wish)
        .await
        .expect(200);
    assert_eq!(shown["found"], json!([2, 2, 1]), "{shown:#}");
    assert_eq!(
        shown["places"][2]["clip"],
        json!({ "x": 0.0, "y": 0.0, "w": 0.5, "h": 1.0 })
    );
    assert!(shown["places"][0].get("clip").is_none());
    assert_eq!(
        browser.get(&format!("/documents/{id}")).await.expect(200)["sealings"],
        json!([]),
        "a preview changes nothing"
    );

    let sealing = browser
        .post(&format!("/documents/{id}/sealings"), &wish)
        .await
        .expect(201);
    let intent: Value = serde_json::from_str(sealing["intent"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&intent["pages"], &intent["places"], &intent["last"]),
        (&json!([1, 2]), &json!(5), &json!(true))
    );
    assert_eq!(intent["further_seals"][0]["id"], json!(seal(1)));
    let sealed = browser
        .complete(&sealing, &key.cms(&world, &sealing, &HONEST))
        .await
        .expect(200);
    let row = &sealed["sealings"][0];
    assert_eq!(row["places"], shown["places"]);
    assert_eq!(
        (&row["certified"], &row["note"]),
        (&json!(true), &json!("最后一章"))
    );
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(report["verdict"], "valid", "{report:#}");
    // Nothing goes on after the last seal.
    browser
        .prepare(&id, 1, 150.0, 230.0)
        .await
        .refused("pdf_refused");
}

async fn what_has_no_place_is_refused_with_its_reason(world: World) {
    let (browser, _, id) = ready(&world).await;
    let seal = browser.first_seal().await;
    let ask = async |at: Value| {
        let wish = json!({ "items": [{ "seal_id": seal, "at": at }] });
        browser
            .post(&format!("/documents/{id}/placements"), &wish)
            .await
    };
    let pages = |pages: &str| json!({ "kind": "pages", "pages": pages, "x_mm": 1.0, "y_mm": 1.0 });
    for (choice, code) in [
        ("3", "page_out_of_range"),
        ("1-4000000000", "page_out_of_range"),
        ("2-1", "invalid"),
        ("some", "invalid"),
        ("", "invalid"),
    ] {
        ask(pages(choice)).await.refused(code);
    }
    ask(json!({ "kind": "edge", "side": "left", "pages": "1" }))
        .await
        .refused("page_out_of_range");
    ask(json!({ "kind": "keyword", "text": "盖章处" }))
        .await
        .refused("keyword_not_found");
    ask(json!({ "kind": "keyword", "text": " " }))
        .await
        .refused("invalid");
    ask(json!({ "kind": "stamp" }))
        .await
        .refused("request_malformed");
    let both = json!({ "seal_id": seal, "page": 1, "x_mm": 1.0, "y_mm": 1.0, "items": [] });
    browser
        .post(&format!("/documents/{id}/sealings"), &both)
        .await
        .refused("request_malformed");
    let many = json!({ "items": vec![json!({ "seal_id": seal, "at": pages("1") }); 21] });
    browser
        .post(&format!("/documents/{id}/sealings"), &many)
        .await
        .refused("invalid");
    // Two seals over each other are no two seals.
    let over = json!({ "items": [{ "seal_id": seal, "at": pages("1") }, { "seal_id": seal, "at": pages("1") }] });
    browser
        .post(&format!("/documents/{id}/sealings"), &over)
        .await
        .refused("page_out_of_range");
}

async fn all_seals_are_withdrawn_before_publication_and_none_after(world: World) {
    let (browser, key, id) = ready(&world).await;
    let withdraw = async || {
        browser
            .post(&format!("/documents/{id}/withdrawal"), &json!({}))
            .await
    };
    withdraw().await.refused("document_state");
    browser.seal(&world, &id, &key, 1, 20.0).await.expect(200);
    world.pass(domain::Span::seconds(1));
    browser.seal(&world, &id, &key, 1, 120.0).await.expect(200);
    let draft = withdraw().await.expect(200);
    assert_eq!(
        (&draft["state"], &draft["sealings"]),
        (&json!("draft"), &json!([]))
    );
    assert_eq!(browser.file(&id).await, pdf());
    browser.seal(&world, &id, &key, 1, 20.0).await.expect(200);
    browser
        .post(&format!("/documents/{id}/submission"), &json!({}))
        .await
        .expect(200);
    withdraw().await.refused("document_state");
}

crate::on_both_databases! {
    several_seals_go_on_by_pages_edge_and_keyword_in_one_signature,
    what_has_no_place_is_refused_with_its_reason,
    all_seals_are_withdrawn_before_publication_and_none_after,
    a_document_is_sealed_submitted_and_verified_by_anyone,
    an_rsa_key_seals_on_the_platform_that_accepts_it,
    one_revision_is_offered_for_each_family_of_bound_keys,
    the_last_seal_can_be_taken_back_before_submission,
    a_seal_must_lie_on_its_page_and_cover_no_other,
    without_a_bound_key_nothing_is_prepared,
    where_a_provider_s_keys_cannot_be_bound_they_seal_for_their_own_organisation_alone,
    a_signature_over_anything_else_does_not_complete,
    only_a_key_of_this_account_completes,
    a_seal_needs_a_fresh_answer_about_revocation,
    a_prepared_seal_lapses,
    of_two_seals_prepared_on_one_revision_the_first_counts,
}
