//! Documents: what may be uploaded, who sees them, and how they show and are taken away.

use axum::http::Method;
use serde_json::json;

use crate::harness::documents::pdf;
use crate::harness::ofd::{ofd, zip};
use crate::harness::{JIA, World, YI};

async fn an_uploaded_pdf_shows_its_pages_as_they_are_turned(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let document = browser
        .upload("%E6%8A%95%E6%A0%87%E6%96%87%E4%BB%B6.pdf", pdf())
        .await
        .expect(201);
    assert_eq!(document["name"], "投标文件.pdf");
    assert_eq!(
        (&document["state"], &document["pages"]),
        (&json!("draft"), &json!(2))
    );
    let id = document["id"].as_str().unwrap();
    let detail = browser.get(&format!("/documents/{id}")).await.expect(200);
    assert_eq!(
        detail["pages"][0],
        json!({ "number": 1, "width_pt": 595.0, "height_pt": 842.0, "rotation": 0 })
    );
    assert_eq!(
        detail["pages"][1],
        json!({ "number": 2, "width_pt": 842.0, "height_pt": 595.0, "rotation": 90 })
    );
    assert_eq!(browser.get("/documents").await.expect(200)["total"], 1);

    let (parts, png) = browser
        .transfer(
            Method::GET,
            &format!("/api/v1/documents/{id}/pages/2.png?width=300"),
            None,
        )
        .await;
    assert_eq!((parts.status.as_u16(), &png[1..4]), (200, &b"PNG"[..]));
    assert_eq!(parts.headers["content-type"], "image/png");
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 300);
    assert_eq!(
        browser
            .get(&format!("/documents/{id}/pages/3.png"))
            .await
            .status,
        404
    );

    let (parts, file) = browser
        .transfer(Method::GET, &format!("/api/v1/documents/{id}/file"), None)
        .await;
    assert_eq!(&file[..], pdf());
    let disposition = parts.headers["content-disposition"].to_str().unwrap();
    assert!(
        disposition.contains("filename*=UTF-8''%E6%8A%95"),
        "{disposition}"
    );
}

async fn what_is_no_pdf_or_a_broken_one_is_refused(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    browser
        .upload("a.pdf", b"hello".to_vec())
        .await
        .refused("not_pdf");
    browser.upload("a.pdf", Vec::new()).await.refused("not_pdf");
    let mut cut = pdf();
    cut.truncate(cut.len() - 40);
    browser.upload("a.pdf", cut).await.refused("pdf_refused");
    let answer = browser
        .send_file("/documents?name=a.pdf", "text/plain", pdf())
        .await;
    assert_eq!(answer.status, 415);
    answer.refused("request_malformed");
    assert_eq!(browser.get("/documents").await.expect(200)["total"], 0);
    world
        .gongecai()
        .upload("a.pdf", pdf())
        .await
        .refused("not_logged_in");
}

async fn documents_belong_to_their_organisation_and_platform(world: World) {
    let lin = world.registered(world.gongecai(), &JIA, "lin").await;
    let id = lin.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let seal = lin.first_seal().await;
    let other = world.registered(world.gongecai(), &YI, "yujie").await;
    let elsewhere = world.registered(world.zcygov(), &JIA, "lin").await;
    for stranger in [other, elsewhere] {
        for path in ["", "/file", "/pages/1.png", "/report"] {
            stranger
                .get(&format!("/documents/{id}{path}"))
                .await
                .refused("not_found");
        }
        stranger
            .delete(&format!("/documents/{id}"))
            .await
            .refused("not_found");
        stranger
            .post(&format!("/documents/{id}/submission"), &json!({}))
            .await
            .refused("not_found");
        stranger
            .get(&format!("/seals/{seal}/picture.svg"))
            .await
            .refused("not_found");
        assert_eq!(stranger.get("/documents").await.expect(200)["total"], 0);
    }
}

async fn a_draft_can_be_deleted(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let id = browser.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser
        .post(&format!("/documents/{id}/submission"), &json!({}))
        .await
        .refused("document_state");
    browser
        .delete(&format!("/documents/{id}"))
        .await
        .expect(204);
    browser
        .get(&format!("/documents/{id}"))
        .await
        .refused("not_found");
}

async fn an_organisation_has_its_seals_drawn_once(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let seals = browser.get("/seals").await.expect(200);
    assert_eq!(seals["items"][0]["name"], "公章");
    assert_eq!(seals["items"][0]["width_mm"], 40);
    assert_eq!(browser.get("/seals").await.expect(200), seals);
    let id = seals["items"][1]["id"].as_str().unwrap();
    let (parts, svg) = browser
        .transfer(
            Method::GET,
            &format!("/api/v1/seals/{id}/picture.svg"),
            None,
        )
        .await;
    assert_eq!(parts.headers["content-type"], "image/svg+xml");
    assert!(svg.starts_with(b"<svg xmlns="));
}

async fn an_ofd_is_recognised_by_its_content_shown_and_kept_under_its_own_ending(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let document = browser.upload("offer.pdf", ofd(2)).await.expect(201);
    assert_eq!(
        (&document["name"], &document["format"], &document["pages"]),
        (&json!("offer.ofd"), &json!("ofd"), &json!(2))
    );
    let id = document["id"].as_str().unwrap();
    let detail = browser.get(&format!("/documents/{id}")).await.expect(200);
    assert_eq!(detail["format"], "ofd");
    let points = |name: &str| detail["pages"][1][name].as_f64().unwrap();
    assert!(
        (points("width_pt") - 595.28).abs() < 0.01 && (points("height_pt") - 841.89).abs() < 0.01
    );

    let picture = async |query: &str| {
        let path = format!("/api/v1/documents/{id}/pages/{query}");
        let (parts, png) = browser.transfer(Method::GET, &path, None).await;
        assert_eq!(
            (parts.status.as_u16(), &png[1..4]),
            (200, &b"PNG"[..]),
            "{query}"
        );
        png
    };
    let png = picture("2.png?width=300").await;
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 300);
    let first = picture("1.png?width=300").await;
    assert_ne!(png, first, "each page shows its own number");
    assert_eq!(
        picture("1.png?width=300").await,
        first,
        "kept as it was drawn"
    );
    let small = picture("1.png?thumbnail").await;
    assert_eq!(u32::from_be_bytes(small[16..20].try_into().unwrap()), 160);
    browser
        .get(&format!("/documents/{id}/pages/3.png"))
        .await
        .refused("not_found");
    browser
        .get(&format!("/documents/{id}/pages/1.png?as_of=1"))
        .await
        .refused("not_found");

    let path = format!("/api/v1/documents/{id}/file");
    let (parts, file) = browser.transfer(Method::GET, &path, None).await;
    assert_eq!(&file[..], ofd(2));
    assert_eq!(parts.headers["content-type"], "application/ofd");
    let disposition = parts.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("offer.ofd"), "{disposition}");
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    assert_eq!(report["verdict"], "unsigned");
}

async fn a_zip_that_is_no_ofd_and_a_broken_ofd_are_told_apart(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let word = zip(&[("word/document.xml", b"<w/>".to_vec())]);
    browser.upload("a.docx", word).await.refused("not_pdf");
    let mut cut = ofd(1);
    cut.truncate(cut.len() - 10);
    browser
        .upload("a.ofd", cut.clone())
        .await
        .refused("pdf_refused");
    // Whoever verifies learns what is wrong instead.
    let report = browser.verify(cut).await.expect(200);
    assert_eq!(report["verdict"], "invalid", "{report:#}");
    assert_eq!(report["document"]["name"], "a.ofd");
    assert_eq!(
        browser.verify(ofd(1)).await.expect(200)["verdict"],
        "unsigned"
    );
}

async fn a_sealed_page_is_seen_as_it_was_beside_what_it_is(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    browser.bind(&key).await.expect(201);
    let document = browser.upload("a.pdf", pdf()).await.expect(201);
    let id = document["id"].as_str().unwrap();
    browser.seal(&world, id, &key, 1, 20.0).await.expect(200);
    browser.seal(&world, id, &key, 1, 120.0).await.expect(200);
    let report = browser
        .get(&format!("/documents/{id}/report"))
        .await
        .expect(200);
    let revision = |at: usize| report["signatures"][at]["revision"].as_u64().unwrap();
    let picture = async |query: String| {
        let path = format!("/api/v1/documents/{id}/pages/1.png?width=300{query}");
        let (parts, png) = browser.transfer(Method::GET, &path, None).await;
        assert_eq!(parts.status, 200, "{query}");
        png
    };
    let now = picture(String::new()).await;
    let first = picture(format!("&as_of={}", revision(0))).await;
    assert_ne!(first, now, "the second seal came later");
    assert_eq!(picture(format!("&as_of={}", revision(1))).await, now);
    browser
        .get(&format!("/documents/{id}/pages/1.png?as_of=9"))
        .await
        .refused("not_found");
    browser
        .get(&format!("/documents/{id}/pages/1.png?as_of=0"))
        .await
        .refused("not_found");
}

/// Says how long pages of a thousand take, cold and hot; the figures are for whoever reads them and decide nothing.
async fn a_thousand_pages_show_wherever_they_are_looked_at(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let document = browser.upload("long.ofd", ofd(1000)).await.expect(201);
    assert_eq!(document["pages"], 1000);
    let id = document["id"].as_str().unwrap();
    for round in ["cold", "hot"] {
        let mut slowest = std::time::Duration::ZERO;
        for page in [1, 2, 499, 500, 501, 999, 1000] {
            let path = format!("/api/v1/documents/{id}/pages/{page}.png");
            let begin = std::time::Instant::now();
            let (parts, png) = browser.transfer(Method::GET, &path, None).await;
            slowest = slowest.max(begin.elapsed());
            assert_eq!((parts.status.as_u16(), &png[1..4]), (200, &b"PNG"[..]));
        }
        eprintln!("a page of a thousand, {round}: {slowest:?} at most");
    }
}

crate::on_both_databases! {
    a_thousand_pages_show_wherever_they_are_looked_at,
    an_ofd_is_recognised_by_its_content_shown_and_kept_under_its_own_ending,
    a_zip_that_is_no_ofd_and_a_broken_ofd_are_told_apart,
    a_sealed_page_is_seen_as_it_was_beside_what_it_is,
    an_uploaded_pdf_shows_its_pages_as_they_are_turned,
    what_is_no_pdf_or_a_broken_one_is_refused,
    documents_belong_to_their_organisation_and_platform,
    a_draft_can_be_deleted,
    an_organisation_has_its_seals_drawn_once,
}
