//! From the form to a key that is bound, by the two manuals: payment before the review, and after it.

use serde_json::{Value, json};

use crate::harness::applying::{Desks, PAPERS, Token, desk_path, form, notification, path, png};
use crate::harness::{Browser, JIA, World, YI};

/// Brings a submitted and paid application through both reviews and the originals.
pub async fn approved(desks: &Desks, application: &Value) {
    desks.review.pass(application, "/review").await.expect(200);
    desks
        .second_review
        .pass(application, "/second-review")
        .await
        .expect(200);
}

/// Makes the key on the operator's desk.
pub async fn produced(world: &World, desks: &Desks, application: &Value, token: &Token) -> String {
    let at = |rest: &str| desk_path(application, rest);
    world.ca_works().await;
    let begun = desks
        .production
        .post(&at("/production"), &json!({}))
        .await
        .expect(200);
    let production = begun["production"]["id"].as_str().unwrap();
    let of = |rest: &str| format!("/operator/productions/{production}{rest}");
    let prepared = desks
        .production
        .post(&of("/prepared"), &token.prepared(&begun))
        .await
        .expect(202);
    assert_eq!(prepared["state"], "waiting");
    world.ca_works().await;
    let issued = desks.production.get(&of("")).await.expect(200);
    assert_eq!(issued["state"], "issued", "{issued}");
    let written = token.written(&issued["certificates"]);
    let body = desks
        .production
        .post(&of("/written"), &written)
        .await
        .expect(200);
    assert_eq!(body["state"], "produced");
    begun["production"]["key_number"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Sends it and confirms its receipt.
pub async fn received(desks: &Desks, supplier: &Browser, application: &Value) {
    let shipment = json!({ "courier": "顺丰", "number": "SF123" });
    desks
        .dispatch
        .post(&desk_path(application, "/shipment"), &shipment)
        .await
        .expect(200);
    let body = supplier
        .post(&path(application, "/receipt"), &json!({}))
        .await
        .expect(200);
    assert_eq!(body["state"], "active");
}

/// A whole application on 公e采, paid through the gateway; its key's number.
pub async fn key_of(
    world: &World,
    desks: &Desks,
    supplier: &Browser,
    token: &Token,
) -> (Value, String) {
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    let told = notification(&format!("N{}", application["number"]), &payment);
    assert_eq!(world.notify(supplier, &told).await, 204);
    approved(desks, &application).await;
    let originals = json!({ "received": true });
    desks
        .intake
        .post(&desk_path(&application, "/originals"), &originals)
        .await
        .expect(200);
    let number = produced(world, desks, &application, token).await;
    received(desks, supplier, &application).await;
    (application, number)
}

async fn with_payment_first_a_key_is_applied_for_paid_reviewed_made_sent_received_and_bound(
    world: World,
) {
    world.recovery_key().await;
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;

    let offers = world
        .gongecai()
        .get("/application-offers")
        .await
        .expect(200);
    let offer = offers["offers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["provider"] == "szca")
        .unwrap();
    assert_eq!(offer["payment"], "before_review");
    assert_eq!(offer["recipient"]["name"], "李女士");
    assert_eq!(offer["years"][1], json!({ "years": 2, "fee": 40_000 }));

    let draft = supplier.apply("szca", "new", None).await.expect(201);
    assert_eq!(draft["state"], "draft");
    assert!(draft["number"].as_str().unwrap().starts_with("SL20270115"));
    // Incomplete: the fields are named, then the papers.
    let refused = supplier
        .post(&path(&draft, "/submit"), &json!({}))
        .await
        .refused("invalid");
    assert!(
        refused["detail"]["zh"]
            .as_str()
            .unwrap()
            .contains("legal_representative")
    );
    supplier.fill(&draft, form(&JIA), &PAPERS[..4]).await;
    let refused = supplier
        .post(&path(&draft, "/submit"), &json!({}))
        .await
        .refused("invalid");
    assert!(
        refused["detail"]["zh"]
            .as_str()
            .unwrap()
            .contains("授权委托书")
    );
    supplier
        .paper(&draft, "authorisation", "image/png", png())
        .await
        .expect(201);
    let waits = supplier
        .post(&path(&draft, "/submit"), &json!({}))
        .await
        .expect(200);
    assert_eq!(waits["state"], "awaiting_payment", "先付款后审核");
    assert_eq!(waits["next"], json!(["withdraw", "pay", "originals"]));

    // 对公转账 with 附言码 and voucher.
    let pay = json!({ "method": "transfer" });
    let payment = supplier
        .post(&path(&draft, "/payments"), &pay)
        .await
        .expect(201);
    assert_eq!(payment["amount"], 20_000);
    assert_eq!(payment["bank"]["bank"], "演示银行厦门分行");
    assert_eq!(payment["memo_code"].as_str().unwrap().len(), 8);
    let again = supplier
        .post(&path(&draft, "/payments"), &pay)
        .await
        .expect(201);
    assert_eq!(again["id"], payment["id"], "the open payment comes back");
    let voucher = path(
        &draft,
        &format!(
            "/payments/{}/voucher?name=v.png",
            payment["id"].as_str().unwrap()
        ),
    );
    let reported = supplier
        .send_file(&voucher, "image/png", png())
        .await
        .expect(200);
    assert_eq!(reported["state"], "reported");
    assert_eq!(supplier.state_of(&draft).await, "payment_review");
    let queues = desks.finance.get("/operator/queues").await.expect(200);
    let finance = queues["queues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["queue"] == "finance")
        .unwrap();
    assert_eq!(finance["count"], 1);
    let confirm = format!(
        "/operator/payments/{}/confirm",
        payment["id"].as_str().unwrap()
    );
    let paid = json!({ "amount": 20_000, "reference": "BANK-1" });
    desks.finance.post(&confirm, &paid).await.expect(204);

    let waiting = desks.review.get(&desk_path(&draft, "")).await.expect(200);
    assert_eq!(waiting["state"], "submitted");
    // Friday, 16:00 in China: one working day ends on Monday at six.
    assert_eq!(waiting["due_at"], "2027-01-18T10:00:00Z");
    assert_eq!(waiting["next"], json!(["review"]));
    approved(&desks, &draft).await;
    assert_eq!(supplier.state_of(&draft).await, "awaiting_originals");
    let sent = json!({ "courier": "邮政", "number": "EMS1" });
    supplier
        .post(&path(&draft, "/originals"), &sent)
        .await
        .expect(200);
    let arrived = json!({ "received": true });
    desks
        .intake
        .post(&desk_path(&draft, "/originals"), &arrived)
        .await
        .expect(200);

    let token = Token::blank("YX1");
    let number = produced(&world, &desks, &draft, &token).await;
    // Before its receipt is confirmed it neither unlocks nor is bound, and the answer says why.
    let refused = supplier
        .apply("szca", "unlock", Some(&number))
        .await
        .refused("key_not_active");
    assert!(
        refused["detail"]["zh"]
            .as_str()
            .unwrap()
            .contains("不在已生效状态")
    );
    received(&desks, &supplier, &draft).await;
    let body = supplier.get(&path(&draft, "")).await.expect(200);
    assert_eq!(body["key_number"], number.as_str());
    assert_eq!(body["next"], json!(["invoice_request", "bind"]));
    let states: Vec<&str> = body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "begun",
            "submitted",
            "voucher_uploaded",
            "payment_confirmed",
            "review_passed",
            "second_review_passed",
            "originals_sent",
            "originals_received",
            "production_begun",
            "written",
            "shipped",
            "received",
        ]
    );
    assert!(
        body["history"][4].get("by").is_none(),
        "a supplier does not read which employee it was"
    );
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn with_payment_after_the_review_money_comes_between_the_reviews(world: World) {
    let supplier = world.registered(world.zcygov(), &JIA, "lin").await;
    let desks = world.desks(|| world.zcygov(), "zcygov").await;
    let papers = ["licence", "handler-id", "application-form"];
    let application = supplier.submitted("zjhx", &JIA, &papers).await;
    assert_eq!(application["state"], "submitted", "先审核后付款");
    desks.review.pass(&application, "/review").await.expect(200);
    assert_eq!(supplier.state_of(&application).await, "awaiting_payment");
    // Not before it is paid.
    desks
        .second_review
        .pass(&application, "/second-review")
        .await
        .refused("application_state");
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    assert!(
        payment["redirect"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:8090/pay?order=")
    );
    assert_eq!(
        world.notify(&supplier, &notification("N1", &payment)).await,
        204
    );
    assert_eq!(supplier.state_of(&application).await, "second_review");
    desks
        .second_review
        .pass(&application, "/second-review")
        .await
        .expect(200);
    assert_eq!(
        supplier.state_of(&application).await,
        "production",
        "no originals are wanted here"
    );
}

async fn a_return_marks_fields_and_papers_and_what_comes_back_is_reviewed_anew(world: World) {
    let supplier = world.registered(world.zcygov(), &JIA, "lin").await;
    let desks = world.desks(|| world.zcygov(), "zcygov").await;
    let application = supplier
        .submitted("zjhx", &JIA, &["licence", "handler-id", "application-form"])
        .await;
    let review = desk_path(&application, "/review");
    desks
        .review
        .post(&review, &json!({ "decision": "return" }))
        .await
        .refused("invalid");
    let marks = json!({ "decision": "return", "note": "请补正", "fields": [
        { "field": "address", "note": "地址不完整" }, { "field": "material:licence", "note": "未盖章" } ] });
    desks.review.post(&review, &marks).await.expect(200);
    let body = supplier.get(&path(&application, "")).await.expect(200);
    assert_eq!(body["state"], "returned");
    assert_eq!(body["returned"]["fields"][0]["field"], "address");
    let marked = body["materials"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["material"] == "licence")
        .unwrap();
    assert_eq!(marked["mark"]["text"], "未盖章");
    assert_eq!(
        supplier.get("/notices").await.expect(200)["items"][0]["kind"],
        "application_state"
    );
    let replace = path(
        &application,
        &format!("/materials/{}", marked["id"].as_str().unwrap()),
    );
    supplier.delete(&replace).await.expect(204);
    supplier
        .paper(&application, "licence", "image/png", png())
        .await
        .expect(201);
    let body = supplier
        .post(&path(&application, "/submit"), &json!({}))
        .await
        .expect(200);
    assert_eq!(body["state"], "submitted");
    assert!(body.get("returned").is_none());
    desks
        .review
        .post(&review, &json!({ "decision": "reject" }))
        .await
        .refused("invalid");
    let reject = json!({ "decision": "reject", "reason": "资料不实" });
    desks.review.post(&review, &reject).await.expect(200);
    let body = supplier.get(&path(&application, "")).await.expect(200);
    assert_eq!(
        (&body["state"], &body["rejection"]["reason"]),
        (&json!("rejected"), &json!("资料不实"))
    );
    supplier
        .post(&path(&application, "/withdraw"), &json!({}))
        .await
        .refused("application_state");
}

async fn a_supplier_sees_and_touches_only_its_own(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    let elsewhere = world.registered(world.zcygov(), &JIA, "lin").await;
    let draft = supplier.apply("szca", "new", None).await.expect(201);
    supplier.fill(&draft, form(&JIA), &["licence"]).await;
    let material = supplier.get(&path(&draft, "")).await.expect(200)["materials"][0]["id"].clone();
    let file = path(
        &draft,
        &format!("/materials/{}", material.as_str().unwrap()),
    );
    for stranger in [&other, &elsewhere] {
        assert_eq!(
            stranger.get("/applications").await.expect(200)["applications"],
            json!([])
        );
        for get in [
            "",
            "/forms/application",
            "/production",
            "/unlock",
            "/invoice",
        ] {
            stranger.get(&path(&draft, get)).await.refused("not_found");
        }
        stranger.get(&file).await.refused("not_found");
        stranger
            .get(&format!("{file}/preview"))
            .await
            .refused("not_found");
        stranger.delete(&file).await.refused("not_found");
        for post in [
            "/submit",
            "/withdraw",
            "/receipt",
            "/invoice-request",
            "/renewal/challenge",
        ] {
            stranger
                .post(&path(&draft, post), &json!({}))
                .await
                .refused("not_found");
        }
        let save = json!({ "version": 2, "form": form(&YI) });
        stranger
            .put(&path(&draft, "/form"), &save)
            .await
            .refused("not_found");
    }
    world
        .gongecai()
        .get(&path(&draft, ""))
        .await
        .refused("not_logged_in");
    // A desk does not read a supplier's draft, and a supplier is no desk.
    let desk = world
        .desk(
            world.gongecai(),
            "gongecai",
            "shenhe",
            &[domain::application::Duty::Review],
        )
        .await;
    desk.get(&desk_path(&draft, "")).await.refused("not_found");
    supplier.get("/operator/queues").await.refused("forbidden");
    supplier
        .post(
            &desk_path(&draft, "/review"),
            &json!({ "decision": "pass" }),
        )
        .await
        .refused("forbidden");
}

async fn an_older_version_of_a_form_is_told_so_and_changes_nothing(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let draft = supplier.apply("szca", "new", None).await.expect(201);
    let mut first = form(&JIA);
    first["address"] = "第一个地址一二三".into();
    let save = |form: &Value, version: i64| json!({ "version": version, "form": form });
    let saved = supplier
        .put(&path(&draft, "/form"), &save(&first, 1))
        .await
        .expect(200);
    assert_eq!(saved["version"], 2);
    supplier
        .put(&path(&draft, "/form"), &save(&form(&JIA), 1))
        .await
        .refused("application_version");
    let body = supplier.get(&path(&draft, "")).await.expect(200);
    assert_eq!(body["form"]["address"], "第一个地址一二三");
    assert_eq!(body["version"], 2, "a refused save counts nothing");
    let mut long = form(&JIA);
    long["address"] = "长".repeat(201).into();
    supplier
        .put(&path(&draft, "/form"), &save(&long, 2))
        .await
        .refused("invalid");
    let mut three = form(&JIA);
    three["years"] = 3.into();
    let saved = supplier
        .put(&path(&draft, "/form"), &save(&three, 2))
        .await
        .expect(200);
    assert_eq!(saved["fee"], 60_000);
}

async fn papers_are_what_their_bytes_are(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let draft = supplier.apply("szca", "new", None).await.expect(201);
    let upload = async |kind, bytes| supplier.paper(&draft, "licence", kind, bytes).await;
    for bytes in [
        b"<svg onload=alert(1)>".to_vec(),
        b"MZ\x90".to_vec(),
        vec![],
        png()[..20].to_vec(),
    ] {
        upload("image/png", bytes).await.refused("invalid");
    }
    upload("text/html", png())
        .await
        .refused("request_malformed");
    upload("application/octet-stream", vec![0; 10 * 1024 * 1024 + 1])
        .await
        .refused("too_large");
    supplier
        .paper(&draft, "passport", "image/png", png())
        .await
        .refused("invalid");
    // A PDF under a picture's type is a PDF.
    let pdf = upload("image/png", crate::harness::documents::pdf())
        .await
        .expect(201);
    assert_eq!(
        (&pdf["media_type"], &pdf["pages"], &pdf["name"]),
        (&json!("application/pdf"), &json!(2), &json!("a.pdf"))
    );
    for _ in 1..10 {
        upload("image/png", png()).await.expect(201);
    }
    upload("image/png", png()).await.refused("too_large");
    let id = pdf["id"].as_str().unwrap();
    let uri = format!(
        "/api/v1{}",
        path(&draft, &format!("/materials/{id}/preview"))
    );
    let (parts, bytes) = supplier.transfer(axum::http::Method::GET, &uri, None).await;
    assert_eq!(parts.headers["content-type"], "image/png");
    assert!(bytes.starts_with(b"\x89PNG"));
    let uri = format!("/api/v1{}", path(&draft, &format!("/materials/{id}")));
    let (parts, _) = supplier.transfer(axum::http::Method::GET, &uri, None).await;
    assert_eq!(parts.headers["x-content-type-options"], "nosniff");
    assert!(
        parts.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );
}

async fn the_forms_are_printed_blank_and_filled_in(world: World) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let draft = supplier.apply("szca", "new", None).await.expect(201);
    supplier.fill(&draft, form(&JIA), &[]).await;
    for (name, blank) in [
        ("application", ""),
        ("application", "?blank=1"),
        ("authorisation", ""),
    ] {
        let uri = format!("/api/v1{}", path(&draft, &format!("/forms/{name}{blank}")));
        let (parts, bytes) = supplier.transfer(axum::http::Method::GET, &uri, None).await;
        if world.state.workshop.font.is_none() {
            assert_eq!(parts.status, 503, "a server without a font says so");
            continue;
        }
        assert_eq!(parts.status, 200);
        assert!(bytes.starts_with(b"%PDF-"));
        // Two independent readers: one shows ink, the strict one knows its pages.
        assert_eq!(seal::pdf::page_geometries(&bytes).unwrap().len(), 1);
        let shown = render::Document::open(std::sync::Arc::new(bytes.to_vec())).unwrap();
        let picture = shown.png(1, 800, None).unwrap();
        assert!(
            picture.len() > 12_000,
            "a page with text: {}",
            picture.len()
        );
    }
    supplier
        .get(&path(&draft, "/forms/other"))
        .await
        .refused("not_found");
}

crate::on_both_databases!(
    with_payment_first_a_key_is_applied_for_paid_reviewed_made_sent_received_and_bound,
    with_payment_after_the_review_money_comes_between_the_reviews,
    a_return_marks_fields_and_papers_and_what_comes_back_is_reviewed_anew,
    a_supplier_sees_and_touches_only_its_own,
    an_older_version_of_a_form_is_told_so_and_changes_nothing,
    papers_are_what_their_bytes_are,
    the_forms_are_printed_blank_and_filled_in,
);
