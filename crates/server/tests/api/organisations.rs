//! 正式供应商, 信息变更, 区划变更; what is open in a region; the staff's classes and their second factor.

use axum::http::Method;
use domain::Span;
use domain::application::Duty;
use serde_json::{Value, json};
use server::cli::admin::regions::{Import, read, tree};

use crate::harness::{Browser, JIA, PASSWORD, World};

/// A few regions, as a file has them.
const REGIONS: &str = r#"{"350000":"福建省","350200":"厦门市","350203":"思明区","350100":"福州市","330000":"浙江省","330100":"杭州市"}"#;

async fn with_regions(world: &World) {
    let regions = tree(&read(REGIONS));
    let deed = Import {
        regions: &regions,
        now: world.now(),
    };
    let Ok(()) = world.state.store.perform(&deed).await.unwrap();
}

fn formal() -> Value {
    json!({ "kind": "formal", "proposal": {
        "legal_representative": "林演示", "address": "厦门市思明区湖滨南路 1 号", "regions": ["350200"],
        "contact": "王演示", "contact_phone": "13800138000" } })
}

async fn paper(browser: &Browser, request: &Value) -> Value {
    let uri = format!(
        "/api/v1/organisation/requests/{}/materials?material=licence&name=营业执照.png",
        request["id"].as_str().unwrap()
    );
    let uri = uri.replace("营业执照", "licence");
    let body = Some(("image/png", crate::harness::applying::png()));
    let (parts, body) = browser.transfer(Method::POST, &uri, body).await;
    assert_eq!(parts.status, 201, "{body:?}");
    serde_json::from_slice(&body).unwrap()
}

fn at(request: &Value, rest: &str) -> String {
    format!(
        "/organisation/requests/{}{rest}",
        request["id"].as_str().unwrap()
    )
}

fn desk_at(request: &Value, rest: &str) -> String {
    format!(
        "/operator/organisation-requests/{}{rest}",
        request["id"].as_str().unwrap()
    )
}

async fn reviewer(world: &World) -> Browser {
    world
        .desk(world.gongecai(), "gongecai", "shenhe", &[Duty::Review])
        .await
}

async fn submitted(browser: &Browser, form: &Value) -> Value {
    let request = browser
        .post("/organisation/requests", form)
        .await
        .expect(201);
    paper(browser, &request).await;
    browser
        .post(&at(&request, "/submit"), &json!({}))
        .await
        .expect(200)
}

async fn an_organisation_becomes_a_formal_supplier_by_review(world: World) {
    with_regions(&world).await;
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let desk = reviewer(&world).await;
    let lacking = json!({ "kind": "formal", "proposal": { "address": "厦门" } });
    let draft = admin
        .post("/organisation/requests", &lacking)
        .await
        .expect(201);
    admin
        .post("/organisation/requests", &lacking)
        .await
        .refused("request_open");
    admin
        .post(&at(&draft, "/submit"), &json!({}))
        .await
        .refused("invalid");
    desk.get(&desk_at(&draft, "")).await.refused("not_found");
    let whole = json!({ "version": draft["version"], "proposal": formal()["proposal"] });
    let whole = admin.put(&at(&draft, ""), &whole).await;
    // Submitting looked at it and counted nothing: a refused step leaves no trace.
    let draft = whole.expect(200);
    admin
        .post(&at(&draft, "/submit"), &json!({}))
        .await
        .refused("evidence_missing");
    let licence = paper(&admin, &draft).await;
    let sent = admin
        .post(&at(&draft, "/submit"), &json!({}))
        .await
        .expect(200);
    assert_eq!(sent["state"], "submitted");
    assert_eq!(sent["next"], json!(["withdraw"]));
    let queue = desk
        .get("/operator/organisation-requests?state=submitted")
        .await
        .expect(200);
    assert_eq!(queue["total"], 1);
    assert_eq!(
        queue["items"][0]["next"],
        json!(["approve", "return", "reject"])
    );
    let tasks = desk.get("/tasks").await.expect(200);
    assert_eq!(tasks["items"][0]["kind"], "organisation_requests");
    let material = desk_at(
        &draft,
        &format!("/materials/{}", licence["id"].as_str().unwrap()),
    );
    let (parts, _) = desk
        .transfer(Method::GET, &format!("/api/v1{material}"), None)
        .await;
    assert_eq!(parts.status, 200);

    // Sent back with a word, mended, and approved.
    desk.post(
        &desk_at(&draft, "/review"),
        &json!({ "decision": "return" }),
    )
    .await
    .refused("invalid");
    let back = json!({ "decision": "return", "note": "请补充联系人" });
    desk.post(&desk_at(&draft, "/review"), &back)
        .await
        .expect(200);
    let tasks = admin.get("/tasks").await.expect(200);
    assert_eq!(tasks["items"][0]["kind"], "organisation_request");
    admin
        .post(&at(&draft, "/submit"), &json!({}))
        .await
        .expect(200);
    desk.post(
        &desk_at(&draft, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .expect(200);
    desk.post(
        &desk_at(&draft, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .refused("request_state");
    let organisation = admin.get("/organisation").await.expect(200);
    assert_eq!(organisation["organisation"]["state"], "formal");
    assert_eq!(
        organisation["organisation"]["regions"][0]["path"],
        "福建省 / 厦门市"
    );
    let states: Vec<_> = organisation["history"][0]["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"].clone())
        .collect();
    assert_eq!(
        states,
        ["draft", "submitted", "returned", "submitted", "approved"]
    );
    assert_eq!(
        admin.get("/session").await.expect(200)["organisation"]["state"],
        "formal"
    );
    admin
        .post("/organisation/requests", &formal())
        .await
        .refused("request_state");
    let told = admin.get("/notices").await.expect(200);
    assert_eq!(told["items"][0]["kind"], "organisation_request");
    assert_eq!(
        desk.get("/operator/organisations?state=formal&region=350200")
            .await
            .expect(200)["total"],
        1
    );
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn regions_change_by_request_and_unknown_ones_are_refused(world: World) {
    with_regions(&world).await;
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let desk = reviewer(&world).await;
    let unknown = json!({ "kind": "regions", "proposal": { "regions": ["999999"] } });
    admin
        .post("/organisation/requests", &unknown)
        .await
        .refused("region_unknown");
    let mixed = json!({ "kind": "regions", "proposal": { "regions": ["350200"], "address": "x" } });
    admin
        .post("/organisation/requests", &mixed)
        .await
        .refused("invalid");
    let request = submitted(
        &admin,
        &json!({ "kind": "regions", "proposal": { "regions": ["350200", "330100"] } }),
    )
    .await;
    desk.post(
        &desk_at(&request, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .expect(200);
    let regions = admin.get("/organisation").await.expect(200)["organisation"]["regions"].clone();
    assert_eq!(regions.as_array().unwrap().len(), 2);
    admin
        .post("/session/region", &json!({ "region": "350203" }))
        .await
        .expect(204);
    assert_eq!(admin.get("/session").await.expect(200)["region"], "350203");
    admin
        .post("/session/region", &json!({ "region": "350100" }))
        .await
        .refused("forbidden");
    admin
        .post("/session/region", &json!({ "region": "123456" }))
        .await
        .refused("region_unknown");
    // What is asked for again can be taken back.
    let again = submitted(
        &admin,
        &json!({ "kind": "regions", "proposal": { "regions": ["350100"] } }),
    )
    .await;
    admin
        .post(&at(&again, "/withdraw"), &json!({}))
        .await
        .expect(200);
    desk.post(
        &desk_at(&again, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .refused("request_state");
}

async fn a_renamed_company_binds_by_its_old_name_for_a_year(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let desk = reviewer(&world).await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let form = json!({ "kind": "information", "proposal": { "name": "演示供应商新名有限公司" } });
    let request = submitted(&admin, &form).await;
    assert_eq!(request["before"]["name"], JIA.name);
    desk.post(
        &desk_at(&request, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .expect(200);
    assert_eq!(
        admin.get("/session").await.expect(200)["organisation"]["name"],
        "演示供应商新名有限公司"
    );
    let organisation = admin.get("/organisation").await.expect(200)["organisation"]["id"].clone();
    let id = organisation.as_str().unwrap().parse().unwrap();
    let names = async || {
        world
            .state
            .store
            .old_names("gongecai", &id, world.now())
            .await
            .unwrap()
    };
    assert_eq!(names().await, [JIA.name]);
    admin.bind(&key).await.expect(201);
    world.gongecai().log_in_with(&key).await.expect(200);
    world.pass(Span::hours(24 * 366));
    assert!(names().await.is_empty());
}

async fn a_region_opens_providers_and_ways_to_log_in_and_inherits_them(world: World) {
    with_regions(&world).await;
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let desk = reviewer(&world).await;
    let system = world.operator(world.gongecai(), "gongecai").await;
    let request = submitted(
        &admin,
        &json!({ "kind": "regions", "proposal": { "regions": ["350203"] } }),
    )
    .await;
    desk.post(
        &desk_at(&request, "/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .expect(200);
    let key = world.key("szca", &JIA, "SZ-1").await;
    let set = |providers: Value, login: Value, version: i64| json!({ "providers": providers, "login": login, "version": version });
    let province = "/operator/regions/350000";
    desk.put(province, &set(json!(["cfca"]), Value::Null, 0))
        .await
        .refused("forbidden");
    system
        .put(province, &set(json!(["nonsense"]), Value::Null, 0))
        .await
        .refused("invalid");
    system
        .put(province, &set(json!(["cfca"]), json!([]), 0))
        .await
        .refused("invalid");
    system
        .put(province, &set(json!(["cfca"]), Value::Null, 0))
        .await
        .expect(200);
    system
        .put(province, &set(json!(["cfca"]), Value::Null, 0))
        .await
        .refused("changed_elsewhere");
    let county = admin.get("/regions/350203").await.expect(200);
    assert_eq!(county["providers"], json!(["cfca"]));
    assert_eq!(county["from"]["providers"], "350000");
    assert_eq!(county["own"]["providers"], Value::Null);
    admin.prove(&key).await.refused("region_closed");
    // The county has the last word.
    system
        .put(
            "/operator/regions/350203",
            &set(json!(["szca"]), json!(["certificate"]), 0),
        )
        .await
        .expect(200);
    admin.bind(&key).await.expect(201);
    let refused = world
        .gongecai()
        .log_in("lin")
        .await
        .refused("login_way_closed");
    assert_eq!(refused["ways"], json!(["certificate"]));
    world.gongecai().log_in_with(&key).await.expect(200);
    assert_eq!(
        admin.get("/regions?parent=350000").await.expect(200)["total"],
        2
    );
    assert_eq!(
        admin.get("/regions").await.expect(200)["regions"][0]["code"],
        "330000"
    );
}

async fn classes_of_staff_exclude_each_other(world: World) {
    let system = world.operator(world.gongecai(), "gongecai").await;
    let form = |class: &str, duties: Value| json!({ "name": "zhao", "person": "赵演示", "phone": "13800000020", "class": class, "duties": duties, "password": PASSWORD });
    for (class, duties) in [
        ("business", json!(["audit"])),
        ("audit", json!(["review"])),
        ("system", json!(["review"])),
        ("business", json!([])),
    ] {
        system
            .post("/operator/operators", &form(class, duties))
            .await
            .refused("class_conflict");
    }
    let made = system
        .post(
            "/operator/operators",
            &form("business", json!(["review", "second_review"])),
        )
        .await
        .expect(201);
    let zhao = world.gongecai();
    let session = zhao.log_in("zhao").await.expect(200);
    assert_eq!(session["operator"]["class"], "business");
    zhao.get("/operator/operators").await.refused("forbidden");
    let path = format!("/operator/operators/{}", made["id"].as_str().unwrap());
    let change = json!({ "person": "赵演示", "phone": "13800000020", "class": "audit", "duties": ["audit"], "version": made["version"] });
    let changed = system.put(&path, &change).await.expect(200);
    assert_eq!(changed["class"], "audit");
    system
        .put(&path, &change)
        .await
        .refused("changed_elsewhere");
    zhao.get("/operator/bindings")
        .await
        .refused("not_logged_in");
    zhao.log_in("zhao").await.expect(200);
    zhao.get("/operator/bindings").await.expect(200);
    zhao.get("/operator/operators").await.expect(200);
    zhao.put("/operator/regions/platform", &json!({ "version": 0 }))
        .await
        .refused("forbidden");
    let me = system.get("/session").await.expect(200)["account"]["id"].clone();
    let own = format!("/operator/operators/{}", me.as_str().unwrap());
    system.put(&own, &change).await.refused("forbidden");
    // The database itself: whoever has a duty of one class has none of another.
    use sqlx::Connection as _;
    let mut raw = sqlx::AnyConnection::connect(&world.database).await.unwrap();
    // SQLite checks references only where asked; on PostgreSQL the word is not known and changes nothing.
    let _ = sqlx::query("PRAGMA foreign_keys = ON")
        .execute(&mut raw)
        .await;
    let mixed = "INSERT INTO operator_duty (platform, operator_id, duty, class, granted_at) SELECT platform, operator_id, 'review', 'business', 1 FROM operator_duty WHERE duty = 'audit'";
    let error = sqlx::query(mixed).execute(&mut raw).await.unwrap_err();
    assert!(
        error
            .as_database_error()
            .unwrap()
            .is_foreign_key_violation(),
        "{error}"
    );
}

/// The code of an app for a secret, at a moment.
fn code(secret: &str, world: &World) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(world.now().seconds()).unwrap())
        .to_string()
}

async fn staff_show_a_second_factor_once_it_is_set_up(world: World) {
    let desk = reviewer(&world).await;
    let begun = desk
        .post("/operator/second-factor/totp", &json!({}))
        .await
        .expect(200);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["uri"].as_str().unwrap().contains(&secret));
    desk.post(
        "/operator/second-factor/totp/confirm",
        &json!({ "code": "000000" }),
    )
    .await
    .refused("second_factor_wrong");
    let right = code(&secret, &world);
    desk.post(
        "/operator/second-factor/totp/confirm",
        &json!({ "code": right }),
    )
    .await
    .expect(204);
    desk.get("/operator/bindings").await.expect(200);
    desk.post("/operator/second-factor/totp", &json!({}))
        .await
        .refused("request_state");

    let again = world.gongecai();
    let session = again.log_in("shenhe").await.expect(200);
    assert_eq!(
        session["operator"]["second_factor"],
        json!({ "set_up": true, "required": false, "shown": false })
    );
    again
        .get("/operator/bindings")
        .await
        .refused("second_factor_required");
    again.get("/tasks").await.refused("second_factor_required");
    // A code serves once, whoever typed it.
    again
        .post("/sessions/second-factor", &json!({ "code": right }))
        .await
        .refused("second_factor_wrong");
    world.pass(Span::seconds(31));
    again
        .post(
            "/sessions/second-factor",
            &json!({ "code": code(&secret, &world) }),
        )
        .await
        .expect(204);
    again.get("/operator/bindings").await.expect(200);
    assert_eq!(
        again.get("/session").await.expect(200)["operator"]["second_factor"]["shown"],
        true
    );

    let third = world.gongecai();
    third.log_in("shenhe").await.expect(200);
    for _ in 0..5 {
        third
            .post("/sessions/second-factor", &json!({ "code": "000000" }))
            .await
            .refused("second_factor_wrong");
    }
    third
        .post("/sessions/second-factor", &json!({ "code": "000000" }))
        .await
        .refused("rate_limited");
    // Whoever lost it has it reset by the system's staff.
    let system = world.operator(world.gongecai(), "gongecai").await;
    let staff = system.get("/operator/operators").await.expect(200);
    let one = staff["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "shenhe")
        .unwrap()
        .clone();
    assert_eq!(one["second_factor"], true);
    let reset = json!({ "person": one["person"], "phone": one["phone"], "class": one["class"], "duties": one["duties"],
        "reset_second_factor": true, "version": one["version"] });
    system
        .put(
            &format!("/operator/operators/{}", one["id"].as_str().unwrap()),
            &reset,
        )
        .await
        .expect(200);
    let fourth = world.gongecai();
    fourth.log_in("shenhe").await.expect(200);
    fourth.get("/operator/bindings").await.expect(200);
}

async fn staff_without_a_second_factor_can_only_set_one_up_where_it_is_required(world: World) {
    world.edit(
        "platforms/gongecai.toml",
        "staff_second_factor = \"optional\"",
        "staff_second_factor = \"required\"",
    );
    let desk = reviewer(&world).await;
    desk.get("/operator/bindings")
        .await
        .refused("second_factor_required");
    desk.get("/operator/queues")
        .await
        .refused("second_factor_required");
    let begun = desk
        .post("/operator/second-factor/totp", &json!({}))
        .await
        .expect(200);
    let right = code(begun["secret"].as_str().unwrap(), &world);
    desk.post(
        "/operator/second-factor/totp/confirm",
        &json!({ "code": right }),
    )
    .await
    .expect(204);
    desk.get("/operator/bindings").await.expect(200);
}

async fn a_registered_key_is_a_second_factor(world: World) {
    let desk = reviewer(&world).await;
    let key = world.key("szca", &JIA, "SZ-9").await;
    let other = world.key("szca", &JIA, "SZ-8").await;
    let answer = async |browser: &Browser, key: &crate::harness::Key| {
        let challenge = browser
            .post("/sessions/second-factor/challenge", &json!({}))
            .await
            .expect(200);
        let token = key.token(
            contract::Purpose::Login,
            "http://127.0.0.1:8080",
            &challenge,
        );
        json!({ "challenge": challenge["challenge"], "token": token })
    };
    let form = answer(&desk, &key).await;
    desk.post("/operator/second-factor/keys", &form)
        .await
        .expect(201);
    desk.post("/operator/second-factor/keys", &form)
        .await
        .refused("nonce_used");
    let again = world.gongecai();
    again.log_in("shenhe").await.expect(200);
    again
        .get("/operator/bindings")
        .await
        .refused("second_factor_required");
    let wrong = answer(&again, &other).await;
    again
        .post("/sessions/second-factor/certificate", &wrong)
        .await
        .refused("second_factor_wrong");
    let right = answer(&again, &key).await;
    // A challenge of another session answers nothing here.
    desk.post("/sessions/second-factor/certificate", &right)
        .await
        .refused("challenge_invalid");
    again
        .post("/sessions/second-factor/certificate", &right)
        .await
        .expect(204);
    again.get("/operator/bindings").await.expect(200);
}

async fn warnings_say_which_keys_end(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let order = crate::harness::keys::Order {
        provider: "szca",
        company: &JIA,
        number: "SZ-1",
        not_before: None,
        not_after: Some(world.now() + Span::hours(24 * 30)),
    };
    owner.bind(&world.ordered(&order).await).await.expect(201);
    let warnings = owner.get("/warnings").await.expect(200);
    assert_eq!(warnings["items"][0]["kind"], "key_expiring");
    assert!(
        warnings["items"][0]["zh"]
            .as_str()
            .unwrap()
            .contains("30 天")
    );
    world
        .gongecai()
        .get("/warnings")
        .await
        .refused("not_logged_in");
}

crate::on_both_databases!(
    an_organisation_becomes_a_formal_supplier_by_review,
    regions_change_by_request_and_unknown_ones_are_refused,
    a_renamed_company_binds_by_its_old_name_for_a_year,
    a_region_opens_providers_and_ways_to_log_in_and_inherits_them,
    classes_of_staff_exclude_each_other,
    staff_show_a_second_factor_once_it_is_set_up,
    staff_without_a_second_factor_can_only_set_one_up_where_it_is_required,
    a_registered_key_is_a_second_factor,
    warnings_say_which_keys_end,
);
