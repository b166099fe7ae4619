//! The registry of seals: 申请 → 审核 → 制章 → 启用, who may use one, with whose approval, and the maker's objects.

use axum::http::Method;
use domain::application::Duty;
use pki::Certificate;
use seal::ses::{CertificateList, SesSeal, SesVersion, signature_algorithm};
use serde_json::{Value, json};
use server::http::extract::Tenant;

use crate::harness::documents::pdf;
use crate::harness::{Browser, JIA, World, YI};

fn application() -> Value {
    json!({ "kind": "bidding", "name": "投标专用章", "drawing": {
        "shape": "round", "width_mm": 40, "height_mm": 40, "ring_mm": 1.0, "star": true, "arc_text": JIA.name,
        "title": "投标专用章", "code": "3502030012345" } })
}

async fn desks(world: &World) -> (Browser, Browser) {
    let desk = async |name: &'static str, duty| {
        world
            .desk(world.gongecai(), "gongecai", name, &[duty])
            .await
    };
    (
        desk("shenhe", Duty::Review).await,
        desk("zhizheng", Duty::Production).await,
    )
}

fn at(value: &Value, rest: &str) -> String {
    format!(
        "/operator/seal-applications/{}{rest}",
        value["id"].as_str().unwrap()
    )
}

fn tenant(world: &World) -> Tenant {
    let headers = [(axum::http::header::HOST, "127.0.0.1:8080".parse().unwrap())];
    Tenant::of(&world.state, &headers.into_iter().collect()).unwrap()
}

/// Applies, has it reviewed and made; the seal's id.
async fn made(world: &World, browser: &Browser, form: &Value) -> String {
    let (review, production) = desks(world).await;
    let asked = browser.post("/seals/applications", form).await.expect(201);
    review
        .post(&at(&asked, "/review"), &json!({ "decision": "approve" }))
        .await
        .expect(200);
    let made = production
        .post(&at(&asked, "/make"), &json!({}))
        .await
        .expect(200);
    made["seal"].as_str().unwrap().to_owned()
}

async fn usable(browser: &Browser) -> Vec<String> {
    let seals = browser.get("/seals").await.expect(200);
    let items = seals["items"].as_array().unwrap();
    items
        .iter()
        .map(|seal| seal["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_seal_is_applied_for_reviewed_made_and_put_in_force(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let (review, production) = desks(&world).await;
    let preview = admin
        .post("/seals/drawings/preview", &application()["drawing"])
        .await
        .expect(200);
    assert!(preview["svg"].as_str().unwrap().contains("width=\"40mm\""));
    let asked = admin
        .post("/seals/applications", &application())
        .await
        .expect(201);
    assert_eq!(asked["state"], "submitted");
    admin
        .post("/seals/applications", &application())
        .await
        .refused("request_open");
    let queue = review
        .get("/operator/seal-applications?state=submitted")
        .await
        .expect(200);
    assert_eq!(queue["total"], 1);
    assert_eq!(queue["items"][0]["next"], json!(["approve", "reject"]));
    // Each by whose duty it is, and never before its time.
    production
        .post(&at(&asked, "/review"), &json!({ "decision": "approve" }))
        .await
        .refused("forbidden");
    production
        .post(&at(&asked, "/make"), &json!({}))
        .await
        .refused("request_state");
    review
        .post(&at(&asked, "/review"), &json!({ "decision": "reject" }))
        .await
        .refused("invalid");
    review
        .post(&at(&asked, "/review"), &json!({ "decision": "approve" }))
        .await
        .expect(200);
    let done = production
        .post(&at(&asked, "/make"), &json!({}))
        .await
        .expect(200);
    assert_eq!(done["state"], "made");
    production
        .post(&at(&asked, "/make"), &json!({}))
        .await
        .refused("request_state");
    let seal = done["seal"].as_str().unwrap().to_owned();
    assert!(
        !usable(&admin).await.contains(&seal),
        "made is not in force"
    );
    let act = |event: &str| format!("/seals/{seal}/{event}");
    admin.post(&act("enable"), &json!({})).await.expect(200);
    assert!(usable(&admin).await.contains(&seal));
    admin.post(&act("disable"), &json!({})).await.expect(200);
    assert!(!usable(&admin).await.contains(&seal));
    admin
        .post(&act("revoke"), &json!({}))
        .await
        .refused("invalid");
    admin
        .post(&act("revoke"), &json!({ "note": "印章遗失" }))
        .await
        .expect(200);
    admin
        .post(&act("enable"), &json!({}))
        .await
        .refused("seal_state");
    let registry = admin.get("/seals/registry").await.expect(200);
    let row = registry["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == seal.as_str());
    let states: Vec<&str> = row.unwrap()["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["made", "enabled", "disabled", "revoked"]);
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn whoever_reviewed_does_not_make_and_others_see_nothing(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let both = world
        .desk(
            world.gongecai(),
            "gongecai",
            "both",
            &[Duty::Review, Duty::Production],
        )
        .await;
    let asked = admin
        .post("/seals/applications", &application())
        .await
        .expect(201);
    let approved = both
        .post(&at(&asked, "/review"), &json!({ "decision": "approve" }))
        .await
        .expect(200);
    assert_eq!(approved["next"], json!([]));
    both.post(&at(&asked, "/make"), &json!({}))
        .await
        .refused("same_person");
    admin
        .get("/operator/seal-applications")
        .await
        .refused("forbidden");
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    let own = format!(
        "/seals/applications/{}/withdraw",
        asked["id"].as_str().unwrap()
    );
    other.post(&own, &json!({})).await.refused("not_found");
    admin.post(&own, &json!({})).await.expect(200);
    admin.post(&own, &json!({})).await.refused("request_state");
}

async fn one_official_seal_is_in_force_at_a_time(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let first = usable(&admin).await[0].clone();
    let form = json!({ "kind": "official", "name": "公章（新）", "drawing": {
        "shape": "round", "width_mm": 42, "height_mm": 42, "ring_mm": 1.2, "star": true, "arc_text": JIA.name } });
    let next = made(&world, &admin, &form).await;
    admin
        .post(&format!("/seals/{next}/enable"), &json!({}))
        .await
        .refused("seal_state");
    admin
        .post(&format!("/seals/{first}/disable"), &json!({}))
        .await
        .expect(200);
    admin
        .post(&format!("/seals/{next}/enable"), &json!({}))
        .await
        .expect(200);
    admin
        .post(&format!("/seals/{first}/enable"), &json!({}))
        .await
        .refused("seal_state");
}

async fn a_seal_is_used_by_its_holders_alone_and_after_approval_where_that_is_set(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let wang = world.gongecai();
    wang.log_in("wang").await.expect(200);
    let key = world.key("szca", &JIA, "SZ-0001").await;
    wang.bind(&key).await.expect(201);
    let document = wang.upload("a.pdf", pdf()).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let seal = wang.first_seal().await;
    let registry = admin.get("/seals/registry").await.expect(200);
    let row = registry["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == seal.as_str());
    let version = row.unwrap()["version"].as_i64().unwrap();
    let holders = format!("/seals/{seal}/holders");
    let keepers = json!({ "version": version, "holders": { "roles": ["administrator"] }, "needs_approval": false });
    wang.put(&holders, &keepers).await.refused("forbidden");
    let set = admin.put(&holders, &keepers).await.expect(200);
    admin
        .put(&holders, &keepers)
        .await
        .refused("changed_elsewhere");
    assert!(!usable(&wang).await.contains(&seal));
    let prepare = json!({ "seal_id": seal, "page": 1, "x_mm": 20.0, "y_mm": 20.0 });
    let sealings = format!("/documents/{document}/sealings");
    wang.post(&sealings, &prepare).await.refused("forbidden");

    let approved = json!({ "version": set["version"], "holders": { "roles": ["handler"] }, "needs_approval": true });
    admin.put(&holders, &approved).await.expect(200);
    wang.post(&sealings, &prepare)
        .await
        .refused("seal_needs_approval");
    let ask = json!({ "documents": [document], "note": "投标文件盖章" });
    let asked = wang
        .post(&format!("/seals/{seal}/use-requests"), &ask)
        .await
        .expect(201);
    let decision = format!(
        "/seals/use-requests/{}/decision",
        asked["id"].as_str().unwrap()
    );
    wang.post(&decision, &json!({ "approve": true }))
        .await
        .refused("forbidden");
    admin
        .post(&decision, &json!({ "approve": false }))
        .await
        .refused("invalid");
    let decided = admin
        .post(&decision, &json!({ "approve": true }))
        .await
        .expect(200);
    assert_eq!(decided["state"], "approved");
    admin
        .post(&decision, &json!({ "approve": true }))
        .await
        .refused("request_state");
    let sealing = wang.post(&sealings, &prepare).await.expect(201);
    // Taken out of force while the PIN is typed: nothing comes of it.
    admin
        .post(&format!("/seals/{seal}/disable"), &json!({}))
        .await
        .expect(200);
    let signing = crate::harness::documents::Signing {
        origin: "http://127.0.0.1:8080",
        intent: None,
        digest: None,
    };
    let cms = key.cms(&world, &sealing, &signing);
    wang.complete(&sealing, &cms).await.refused("seal_state");
    admin
        .post(&format!("/seals/{seal}/enable"), &json!({}))
        .await
        .expect(200);
    wang.complete(&sealing, &cms).await.expect(200);
    let uses = admin.get(&format!("/seals/{seal}/uses")).await.expect(200);
    assert_eq!(uses["total"], 1);
    assert_eq!(uses["items"][0]["account"], "wang");
    wang.get(&format!("/seals/{seal}/uses"))
        .await
        .refused("forbidden");
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn nobody_approves_their_own_use(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let document = admin.upload("a.pdf", pdf()).await.expect(201)["id"].clone();
    let seal = usable(&admin).await[0].clone();
    let rule = json!({ "version": 1, "holders": {}, "needs_approval": true });
    admin
        .put(&format!("/seals/{seal}/holders"), &rule)
        .await
        .expect(200);
    let ask = json!({ "documents": [document], "note": "合同" });
    let asked = admin
        .post(&format!("/seals/{seal}/use-requests"), &ask)
        .await
        .expect(201);
    let base = format!("/seals/use-requests/{}", asked["id"].as_str().unwrap());
    admin
        .post(&format!("{base}/decision"), &json!({ "approve": true }))
        .await
        .refused("same_person");
    admin
        .post(&format!("{base}/withdraw"), &json!({}))
        .await
        .expect(200);
    admin
        .post(&format!("{base}/withdraw"), &json!({}))
        .await
        .refused("request_state");
}

async fn a_signature_is_used_by_its_own_person_alone(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let wang = world.gongecai();
    wang.log_in("wang").await.expect(200);
    let form = json!({ "width_mm": 40, "height_mm": 20, "strokes": [[[5.0, 5.0], [20.0, 12.0], [35.0, 6.0]]] });
    let drawn = wang.post("/seals/handwritten", &form).await.expect(201);
    let id = drawn["id"].as_str().unwrap().to_owned();
    assert!(usable(&wang).await.contains(&id));
    assert!(!usable(&admin).await.contains(&id));
    // Who keeps the seals may look at it, a colleague may not.
    let picture = format!("/api/v1/seals/{id}/picture.svg");
    world.employ("gongecai", &JIA, "chen").await;
    let chen = world.gongecai();
    chen.log_in("chen").await.expect(200);
    for (browser, status) in [(&wang, 200), (&admin, 200), (&chen, 404)] {
        let (parts, _) = browser.transfer(Method::GET, &picture, None).await;
        assert_eq!(parts.status.as_u16(), status);
    }
    // The organisation's first seals are drawn all the same.
    assert_eq!(usable(&admin).await.len(), 2);
    // A new one takes the place of the last.
    wang.post("/seals/handwritten", &form).await.expect(201);
    assert!(!usable(&wang).await.contains(&id));
    let outside = json!({ "width_mm": 40, "height_mm": 20, "strokes": [[[50.0, 5.0]]] });
    wang.post("/seals/handwritten", &outside)
        .await
        .refused("invalid");
}

async fn a_scan_is_traced_and_applied_with(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let drawn = admin
        .post("/seals/drawings/preview", &application()["drawing"])
        .await
        .expect(200);
    assert_eq!(drawn["width_mm"], 40.0);
    // A drawn seal stands for a scanned one; it says no resolution, so the address does: 630 pixels on 40 mm.
    let font = world.state.workshop.font.clone().unwrap();
    let rules = serde_json::from_value(application()["drawing"].clone()).unwrap();
    let png = render::draw_rules(&rules, &font).unwrap().png(630).unwrap();
    let send = async |uri: &str, bytes: Vec<u8>| {
        let (parts, body) = admin
            .transfer(Method::POST, uri, Some(("image/png", bytes)))
            .await;
        (
            parts.status.as_u16(),
            serde_json::from_slice::<Value>(&body).unwrap(),
        )
    };
    assert_eq!(send("/api/v1/seals/scans", png.clone()).await.0, 400);
    assert_eq!(
        send("/api/v1/seals/scans?dpi=400", b"%PDF-1.7".to_vec())
            .await
            .0,
        400
    );
    let (status, scan) = send("/api/v1/seals/scans?dpi=400", png).await;
    assert_eq!((status, &scan["width_mm"]), (201, &json!(40)), "{scan}");
    let form = json!({ "kind": "finance", "name": "财务专用章", "scan": scan["id"] });
    let asked = admin.post("/seals/applications", &form).await.expect(201);
    let (review, _) = desks(&world).await;
    let uri = format!("/api/v1{}", at(&asked, "/scan"));
    let (parts, _) = review.transfer(Method::GET, &uri, None).await;
    assert_eq!(parts.status, 200);
}

async fn the_maker_signs_objects_for_the_bound_keys_of_today(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let seal = usable(&admin).await[0].clone().parse().unwrap();
    let tenant = tenant(&world);
    let none = server::seals::current_object(&world.state, &tenant, &seal)
        .await
        .unwrap();
    assert_eq!(none, None, "no key may use it yet");
    let key = world.key("szca", &JIA, "SZ-0001").await;
    admin.bind(&key).await.expect(201);
    let object = async |version| {
        let made = server::seals::current_object_of(&world.state, &tenant, &seal, version).await;
        made.unwrap().unwrap()
    };
    let der = object(SesVersion::V4).await;
    assert_eq!(object(SesVersion::V4).await, der, "made once");
    let read = SesSeal::from_der(&der).unwrap();
    assert_eq!((read.version, read.name.as_str()), (SesVersion::V4, "公章"));
    assert_eq!(
        (read.picture.kind.as_str(), read.picture.width_mm),
        ("PNG", 40)
    );
    let CertificateList::Certificates(list) = &read.users else {
        panic!("{:?}", read.users);
    };
    assert_eq!(list.as_slice(), [key.certificate.der().to_vec()]);
    let maker = Certificate::from_der(&read.maker_certificate).unwrap();
    let algorithm = signature_algorithm(&read.algorithm).unwrap();
    maker
        .public_key()
        .verify(algorithm, read.signed(), &read.signature)
        .unwrap();
    assert!(maker.is_valid_at(read.created_at));
    assert_eq!(
        SesSeal::from_der(&object(SesVersion::V5).await)
            .unwrap()
            .version,
        SesVersion::V5
    );
    // Another bound key: another edition, that both may use.
    let second = world.key("szca", &JIA, "SZ-0002").await;
    admin.bind(&second).await.expect(201);
    let wider = SesSeal::from_der(&object(SesVersion::V4).await).unwrap();
    let CertificateList::Certificates(list) = &wider.users else {
        panic!("{:?}", wider.users);
    };
    assert_eq!(list.len(), 2);
}

crate::on_both_databases!(
    a_seal_is_applied_for_reviewed_made_and_put_in_force,
    whoever_reviewed_does_not_make_and_others_see_nothing,
    one_official_seal_is_in_force_at_a_time,
    a_seal_is_used_by_its_holders_alone_and_after_approval_where_that_is_set,
    nobody_approves_their_own_use,
    a_signature_is_used_by_its_own_person_alone,
    a_scan_is_traced_and_applied_with,
    the_maker_signs_objects_for_the_bound_keys_of_today,
);
