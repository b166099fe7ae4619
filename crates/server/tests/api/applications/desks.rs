//! The back office: who may not do both, who only looks, races for one review, pulled keys.

use domain::Span;
use domain::application::Duty;
use serde_json::{Value, json};

use super::journeys::key_of;
use crate::harness::applying::{PAPERS, Token, desk_path, form, notification, path, png};
use crate::harness::{Browser, JIA, World};

const ALL: [Duty; 6] = [
    Duty::Intake,
    Duty::Review,
    Duty::SecondReview,
    Duty::Production,
    Duty::Dispatch,
    Duty::Finance,
];

async fn who_did_one_thing_may_not_do_the_next_whatever_their_duties(world: World) {
    let at = || world.zcygov();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let one = world.desk(at(), "zcygov", "first", &ALL).await;
    let two = world.desk(at(), "zcygov", "second", &ALL).await;
    let three = world.desk(at(), "zcygov", "third", &ALL).await;
    let application = supplier
        .submitted("zjhx", &JIA, &["licence", "handler-id", "application-form"])
        .await;
    one.pass(&application, "/review").await.expect(200);
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    assert_eq!(
        world.notify(&supplier, &notification("N1", &payment)).await,
        204
    );
    let refused = one
        .pass(&application, "/second-review")
        .await
        .refused("duty_conflict");
    assert!(refused["detail"]["zh"].as_str().unwrap().contains("审核"));
    let body = one.get(&desk_path(&application, "")).await.expect(200);
    assert_eq!(body["conflicts"][0]["duty"], "second_review");
    two.pass(&application, "/second-review").await.expect(200);
    world.ca_works().await;
    for reviewer in [&one, &two] {
        reviewer
            .post(&desk_path(&application, "/production"), &json!({}))
            .await
            .refused("duty_conflict");
    }
    three
        .post(&desk_path(&application, "/production"), &json!({}))
        .await
        .expect(200);
}

async fn at_the_counter_the_intake_enters_and_neither_reviews_nor_confirms_the_money(world: World) {
    let at = || world.gongecai();
    let clerk = world.desk(at(), "gongecai", "luru", &ALL).await;
    let finance = world
        .desk(at(), "gongecai", "caiwu", &[Duty::Finance])
        .await;
    let entry =
        json!({ "provider": "szca", "kind": "new", "type": "organisation", "form": form(&JIA) });
    let application = clerk
        .post("/operator/applications", &entry)
        .await
        .expect(201);
    assert_eq!(application["way"], "counter");
    for paper in PAPERS {
        let path = desk_path(
            &application,
            &format!("/materials?material={paper}&name=a.png"),
        );
        clerk.send_file(&path, "image/png", png()).await.expect(201);
    }
    clerk
        .post(&desk_path(&application, "/submit"), &json!({}))
        .await
        .expect(200);
    let payment = clerk
        .post(
            &desk_path(&application, "/payments"),
            &json!({ "method": "transfer" }),
        )
        .await
        .expect(201);
    let confirm = format!(
        "/operator/payments/{}/confirm",
        payment["id"].as_str().unwrap()
    );
    let paid = json!({ "amount": 20_000, "reference": "B1" });
    clerk.post(&confirm, &paid).await.refused("duty_conflict");
    finance.post(&confirm, &paid).await.expect(204);
    clerk
        .pass(&application, "/review")
        .await
        .refused("duty_conflict");
    // An organisation that is registered sees what was entered for it.
    let supplier = world.registered(at(), &JIA, "lin").await;
    supplier
        .get(&path(&application, ""))
        .await
        .refused("not_found");
    let second = clerk
        .post("/operator/applications", &entry)
        .await
        .expect(201);
    supplier.get(&path(&second, "")).await.expect(200);
    let refused = finance
        .post("/operator/applications", &entry)
        .await
        .refused("forbidden");
    assert!(refused["detail"]["zh"].as_str().unwrap().contains("录入"));
}

async fn an_auditor_reads_everything_and_changes_nothing(world: World) {
    let at = || world.gongecai();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let desks = world.desks(at, "gongecai").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let auditor = &desks.audit;
    auditor.get("/operator/queues").await.expect(200);
    let listed = auditor
        .get("/operator/applications?text=SL2027")
        .await
        .expect(200);
    assert_eq!(listed["total"], 1);
    let body = auditor.get(&desk_path(&application, "")).await.expect(200);
    assert_eq!(body["next"], json!([]));
    let uri = "/api/v1/operator/applications.csv";
    let (parts, csv) = auditor.transfer(axum::http::Method::GET, uri, None).await;
    assert_eq!(parts.status, 200);
    assert!(
        String::from_utf8(csv.to_vec())
            .unwrap()
            .contains(application["number"].as_str().unwrap())
    );
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "transfer" }),
        )
        .await
        .expect(201);
    let payment = payment["id"].as_str().unwrap();
    let entry =
        json!({ "provider": "szca", "kind": "new", "type": "organisation", "form": form(&JIA) });
    let changes: Vec<(String, Value)> = vec![
        ("/operator/applications".into(), entry),
        (
            desk_path(&application, "/review"),
            json!({ "decision": "pass" }),
        ),
        (
            desk_path(&application, "/second-review"),
            json!({ "decision": "pass" }),
        ),
        (
            desk_path(&application, "/originals"),
            json!({ "received": true }),
        ),
        (
            desk_path(&application, "/shipment"),
            json!({ "pick_up": true }),
        ),
        (desk_path(&application, "/unlock-code"), json!({})),
        (desk_path(&application, "/submit"), json!({})),
        (desk_path(&application, "/withdraw"), json!({})),
        (
            "/operator/labels".into(),
            json!({ "ids": [application["id"]] }),
        ),
        (
            format!("/operator/payments/{payment}/confirm"),
            json!({ "amount": 20_000, "reference": "x" }),
        ),
        (
            format!("/operator/payments/{payment}/refuse"),
            json!({ "reason": "x" }),
        ),
        (
            format!("/operator/payments/{payment}/refund"),
            json!({ "reference": "x" }),
        ),
    ];
    for (path, body) in changes {
        let answer = auditor.post(&path, &body).await;
        assert!(
            [403, 409].contains(&answer.status.as_u16()),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
    }
    assert_eq!(supplier.state_of(&application).await, "awaiting_payment");
    // Who audits gets no other duty, not even by the one who appoints.
    let state = &world.state;
    let id = state
        .store
        .operator_by_name("gongecai", "shenji")
        .await
        .unwrap()
        .unwrap()
        .0
        .id;
    struct Grant<'a>(&'a domain::Id, domain::Timestamp);
    impl store::Deed for Grant<'_> {
        type Done = bool;
        type Refused = ();
        async fn perform(
            &self,
            tx: &mut store::Tx<'_>,
        ) -> Result<Result<bool, ()>, store::StoreError> {
            let granted =
                store::operators::grant(tx.connection(), "gongecai", self.0, Duty::Review, self.1);
            granted.await.map(Ok)
        }
    }
    assert_eq!(
        state.store.perform(&Grant(&id, world.now())).await.unwrap(),
        Ok(false)
    );
}

async fn of_two_reviewers_who_decide_at_once_one_does(world: World) {
    let at = || world.zcygov();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let mut reviewers: Vec<Browser> = Vec::new();
    for name in ["shenhe1", "shenhe2", "shenhe3", "shenhe4"] {
        reviewers.push(world.desk(at(), "zcygov", name, &[Duty::Review]).await);
    }
    let application = supplier
        .submitted("zjhx", &JIA, &["licence", "handler-id", "application-form"])
        .await;
    let passes = reviewers
        .iter()
        .map(|reviewer| reviewer.pass(&application, "/review"));
    let answers = futures_util::future::join_all(passes).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(passed, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.refused("application_state");
    }
    let body = supplier.get(&path(&application, "")).await.expect(200);
    let reviews = body["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["event"] == "review_passed")
        .count();
    assert_eq!(reviews, 1);
}

async fn what_is_past_its_promise_is_marked_and_comes_first(world: World) {
    let at = || world.zcygov();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let papers = ["licence", "handler-id", "application-form"];
    let old = supplier.submitted("zjhx", &JIA, &papers).await;
    // Two working days from Friday end on Tuesday at six.
    world.pass(Span::hours(24 * 4 + 3));
    let supplier = at();
    supplier.log_in("lin").await.expect(200);
    let new = supplier.submitted("zjhx", &JIA, &papers).await;
    let desk = world.desk(at(), "zcygov", "shenhe", &[Duty::Review]).await;
    let queues = desk.get("/operator/queues").await.expect(200);
    let review = queues["queues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["queue"] == "review")
        .unwrap();
    assert_eq!(
        (&review["count"], &review["overdue"]),
        (&json!(2), &json!(1))
    );
    let listed = desk
        .get("/operator/applications?queue=review")
        .await
        .expect(200);
    let rows = listed["applications"].as_array().unwrap();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["overdue"]),
        (&old["id"], &json!(true))
    );
    assert_eq!(
        (&rows[1]["id"], &rows[1]["overdue"]),
        (&new["id"], &json!(false))
    );
    let found = async |query: &str| {
        desk.get(&format!("/operator/applications?{query}"))
            .await
            .expect(200)["total"]
            .clone()
    };
    assert_eq!(found("text=%25").await, 0, "a wildcard counts as itself");
    assert_eq!(found("from=2027-01-19").await, 1);
    assert_eq!(
        found("state=submitted&text=13800138000").await,
        2,
        "by telephone"
    );
    desk.get("/operator/applications?from=yesterday")
        .await
        .refused("invalid");
}

async fn a_key_that_is_pulled_is_taken_up_again_and_another_one_is_told_apart(world: World) {
    world.recovery_key().await;
    let at = || world.zcygov();
    let zjhx = crate::harness::keys::profile("zjhx");
    world.establish_profile(&zjhx).await;
    let supplier = world.registered(at(), &JIA, "lin").await;
    let desks = world.desks(at, "zcygov").await;
    let application = supplier
        .submitted("zjhx", &JIA, &["licence", "handler-id", "application-form"])
        .await;
    desks.review.pass(&application, "/review").await.expect(200);
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    world.notify(&supplier, &notification("N1", &payment)).await;
    desks
        .second_review
        .pass(&application, "/second-review")
        .await
        .expect(200);
    let begin = async |body: Value| {
        desks
            .production
            .post(&desk_path(&application, "/production"), &body)
            .await
    };
    begin(json!({})).await.refused("busy");
    world.ca_works().await;

    let begun = begin(json!({})).await.expect(200);
    let again = begin(json!({})).await.expect(200);
    assert_eq!(again, begun, "the page was reloaded");
    let of = |begun: &Value, rest: &str| {
        format!(
            "/operator/productions/{}{rest}",
            begun["production"]["id"].as_str().unwrap()
        )
    };
    let (token, other) = (Token::blank("YX1"), Token::blank("YX2"));
    let mut bare = token.prepared(&begun);
    bare["interim"]["escrow"] = Value::Null;
    desks
        .production
        .post(&of(&begun, "/prepared"), &bare)
        .await
        .refused("invalid");
    // Pulled before and after the order: the same token leads to one order.
    let mut prepared = Vec::new();
    for _ in 0..3 {
        prepared.push(
            desks
                .production
                .post(&of(&begun, "/prepared"), &token.prepared(&begun))
                .await
                .expect(202),
        );
    }
    world.ca_works().await;
    let first = desks
        .production
        .post(&of(&begun, "/prepared"), &token.prepared(&begun))
        .await
        .expect(202);
    let id = application["id"].as_str().unwrap();
    let orders = world.state.store.orders_of("zcygov", id).await.unwrap();
    assert_eq!(orders.len(), 1, "no second certificate for one key");
    desks
        .production
        .post(&of(&begun, "/prepared"), &other.prepared(&begun))
        .await
        .refused("production_mismatch");
    // Somebody else's certificates were read back, or none.
    let issued = desks.production.get(&of(&begun, "")).await.expect(200);
    assert_eq!(first["certificates"], issued["certificates"]);
    let mut wrong = token.written(&issued["certificates"]);
    wrong["final"]["signing_sha256"] = "0".repeat(64).into();
    desks
        .production
        .post(&of(&begun, "/written"), &wrong)
        .await
        .refused("production_mismatch");

    // The token is broken: another one, another number, and what the first one got is revoked.
    let anew = begin(json!({ "restart": true })).await.expect(200);
    assert_ne!(
        anew["production"]["key_number"],
        begun["production"]["key_number"]
    );
    desks
        .production
        .post(
            &of(&begun, "/written"),
            &token.written(&issued["certificates"]),
        )
        .await
        .refused("application_version");
    desks
        .production
        .post(&of(&anew, "/prepared"), &other.prepared(&anew))
        .await
        .expect(202);
    world.ca_works().await;
    let orders = world.state.store.orders_of("zcygov", id).await.unwrap();
    let kinds: Vec<&str> = orders.iter().map(|order| order.kind.name()).collect();
    assert_eq!(kinds, ["issue", "revoke", "issue"]);
    let issued = desks.production.get(&of(&anew, "")).await.expect(200);
    let written = other.written(&issued["certificates"]);
    for _ in 0..2 {
        let body = desks
            .production
            .post(&of(&anew, "/written"), &written)
            .await
            .expect(200);
        assert_eq!(body["state"], "produced", "told twice");
    }
}

async fn an_invoice_is_asked_for_uploaded_and_told(world: World) {
    world.recovery_key().await;
    let at = || world.gongecai();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let desks = world.desks(at, "gongecai").await;
    let (application, _) = key_of(&world, &desks, &supplier, &Token::blank("YX1")).await;
    supplier
        .get(&path(&application, "/invoice"))
        .await
        .refused("not_found");
    supplier
        .post(&path(&application, "/invoice-request"), &json!({}))
        .await
        .expect(204);
    let body = desks
        .finance
        .get(&desk_path(&application, ""))
        .await
        .expect(200);
    assert!(body["next"].as_array().unwrap().contains(&json!("invoice")));
    let uri = format!("/api/v1{}", desk_path(&application, "/invoice"));
    let send = async |desk: &Browser, number: &str, bytes: &[u8]| {
        let headers = [("x-invoice-number", number)];
        let body = Some(("application/pdf", bytes.to_vec()));
        let (parts, _) = desk
            .transfer_with(axum::http::Method::POST, &uri, &headers, body)
            .await;
        parts.status.as_u16()
    };
    assert_eq!(send(&desks.review, "F1", b"%PDF-1.7").await, 403);
    assert_eq!(send(&desks.finance, "F1", b"<html>").await, 400);
    assert_eq!(send(&desks.finance, "", b"%PDF-1.7").await, 400);
    assert_eq!(send(&desks.finance, "F1", b"%PDF-1.7").await, 201);
    assert_eq!(
        send(&desks.finance, "F2", b"%PDF-1.7").await,
        409,
        "one invoice"
    );
    let notices = supplier.get("/notices").await.expect(200);
    assert!(
        notices["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "invoice_issued")
    );
    let uri = format!("/api/v1{}", path(&application, "/invoice"));
    let (parts, bytes) = supplier.transfer(axum::http::Method::GET, &uri, None).await;
    assert_eq!((parts.status.as_u16(), &bytes[..]), (200, &b"%PDF-1.7"[..]));
}

async fn a_desk_without_the_duty_is_told_whose_it_is(world: World) {
    let at = || world.zcygov();
    let supplier = world.registered(at(), &JIA, "lin").await;
    let desks = world.desks(at, "zcygov").await;
    let application = supplier
        .submitted("zjhx", &JIA, &["licence", "handler-id", "application-form"])
        .await;
    for desk in [
        &desks.intake,
        &desks.second_review,
        &desks.production,
        &desks.dispatch,
        &desks.finance,
    ] {
        let refused = desk
            .pass(&application, "/review")
            .await
            .refused("forbidden");
        assert!(refused["detail"]["zh"].as_str().unwrap().contains("审核"));
    }
    // An operator without any duty does not come in.
    let operator = world.operator(at(), "zcygov").await;
    operator.get("/operator/queues").await.refused("forbidden");
    let session = desks.review.get("/session").await.expect(200);
    assert_eq!(session["operator"]["duties"], json!(["review"]));
}

crate::on_both_databases!(
    who_did_one_thing_may_not_do_the_next_whatever_their_duties,
    at_the_counter_the_intake_enters_and_neither_reviews_nor_confirms_the_money,
    an_auditor_reads_everything_and_changes_nothing,
    of_two_reviewers_who_decide_at_once_one_does,
    what_is_past_its_promise_is_marked_and_comes_first,
    a_key_that_is_pulled_is_taken_up_again_and_another_one_is_told_apart,
    an_invoice_is_asked_for_uploaded_and_told,
    a_desk_without_the_duty_is_told_whose_it_is,
);
