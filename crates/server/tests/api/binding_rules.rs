//! What a platform's rules make of bindings: renewals, releases, owners, force.

use axum::http::Method;
use domain::{Span, Timestamp};
use serde_json::{Value, json};
use server::jobs;

use crate::harness::keys::Order;
use crate::harness::{Browser, Company, JIA, Key, World, YI};

const YEAR: Span = Span::hours(24 * 365);

async fn key_from(world: &World, number: &str, company: &Company, began: Timestamp) -> Key {
    let order = Order {
        provider: "szca",
        company,
        number,
        not_before: Some(began),
        not_after: Some(began + YEAR),
    };
    world.ordered(&order).await
}

fn path(binding: &Value, rest: &str) -> String {
    format!("/bindings/{}{rest}", binding["id"].as_str().unwrap())
}

async fn a_key_is_released_in_a_session_that_it_opened_and_in_no_other(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let (first, second) = (
        world.key("szca", &JIA, "SZ-1").await,
        world.key("szca", &JIA, "SZ-2").await,
    );
    let binding = owner.bind(&first).await.expect(201);
    assert_eq!(owner.get(&path(&binding, "")).await.expect(200), binding);
    let stranger = world.registered(world.gongecai(), &YI, "chen").await;
    stranger.get(&path(&binding, "")).await.refused("not_found");
    owner.bind(&second).await.expect(201);
    owner
        .delete(&path(&binding, ""))
        .await
        .refused("unbind_needs_key");
    owner.log_in_with(&second).await.expect(200);
    owner
        .delete(&path(&binding, ""))
        .await
        .refused("unbind_needs_key");
    owner.log_in_with(&first).await.expect(200);
    owner.delete(&path(&binding, "")).await.expect(204);
    let told = owner.get("/notices").await.expect(200);
    let kinds: Vec<_> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"binding_created") && kinds.contains(&"binding_ended"),
        "{kinds:?}"
    );
    // A key whose certificate has ended can't log in: it is released without.
    world.pass(Span::hours(24 * 500));
    let owner = world.gongecai();
    owner.log_in("lin").await.expect(200);
    let left = owner.get("/bindings").await.expect(200)["items"][0].clone();
    assert_eq!(left["state"], "expired");
    owner.delete(&path(&left, "")).await.expect(204);
}

async fn a_renewed_key_with_a_new_number_rebinds_at_login_with_its_chain(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let began = world.now() - Span::hours(24 * 300);
    let old = key_from(&world, "SZ-1", &JIA, began).await;
    let before = owner.bind(&old).await.expect(201);
    assert_eq!(before["state"], "expiring");
    world.pass(Span::hours(1));
    let new = key_from(&world, "SZ-2", &JIA, world.now()).await;
    let browser = world.gongecai();
    let session = browser.log_in_with(&new).await.expect(200);
    assert_eq!(session["logged_in_by"]["key_number"], "SZ-2");
    let list = browser.get("/bindings").await.expect(200);
    assert_eq!(list["total"], 1);
    let bound = &list["items"][0];
    assert_eq!(bound["key_number"], "SZ-2");
    let chain: Vec<_> = bound["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["key_number"].clone())
        .collect();
    assert_eq!(chain, ["SZ-2", "SZ-1"]);
    let history = browser.get(&path(bound, "/history")).await.expect(200);
    let events: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["event"].clone())
        .collect();
    assert_eq!(events, ["continued", "renewed", "bound"]);
    let told = browser.get("/notices").await.expect(200);
    assert!(
        told["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "binding_renewed")
    );
    // The old one opens nothing any more.
    world
        .gongecai()
        .log_in_with(&old)
        .await
        .refused("not_bound");
}

async fn a_new_certificate_under_the_same_number_joins_the_chain(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&key_from(&world, "SZ-1", &JIA, world.now() - Span::hours(24 * 30)).await)
        .await
        .expect(201);
    world.pass(Span::hours(1));
    let renewed = key_from(&world, "SZ-1", &JIA, world.now()).await;
    world.gongecai().log_in_with(&renewed).await.expect(200);
    let list = owner.get("/bindings").await.expect(200);
    let chain = list["items"][0]["chain"].as_array().unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[0]["how"], "renewed");
    assert_eq!(chain[1]["how"], "bound");
    assert_ne!(chain[0]["serial"], chain[1]["serial"]);
    // Nothing happens twice.
    world.gongecai().log_in_with(&renewed).await.expect(200);
    let list = owner.get("/bindings").await.expect(200);
    assert_eq!(list["items"][0]["chain"].as_array().unwrap().len(), 2);
}

async fn a_second_key_is_no_renewal_and_the_form_says_what_is(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&key_from(&world, "SZ-1", &JIA, world.now() - Span::hours(24 * 300)).await)
        .await
        .expect(201);
    let renewal = key_from(&world, "SZ-2", &JIA, world.now()).await;
    let proof = owner.prove(&renewal).await.expect(201);
    assert_eq!(proof["renews"], "SZ-1");
    owner
        .post("/bindings", &json!({ "proof_id": proof["id"] }))
        .await
        .expect(201);
    assert_eq!(owner.get("/bindings").await.expect(200)["total"], 1);
    let second = key_from(&world, "SZ-3", &JIA, world.now()).await;
    let proof = owner.prove(&second).await.expect(201);
    assert_eq!(proof["renews"], Value::Null);
    owner
        .post("/bindings", &json!({ "proof_id": proof["id"] }))
        .await
        .expect(201);
    assert_eq!(owner.get("/bindings").await.expect(200)["total"], 2);
}

async fn one_key_an_account_where_the_platform_says_so(world: World) {
    world.edit(
        "platforms/gongecai.toml",
        "who_binds",
        "one_certificate_per_account = true\nwho_binds",
    );
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&world.key("szca", &JIA, "SZ-1").await)
        .await
        .expect(201);
    owner
        .bind(&world.key("szca", &JIA, "SZ-2").await)
        .await
        .refused("one_certificate");
}

async fn who_binds_for_whom_is_the_platforms_to_say(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let employee = world.gongecai();
    employee.log_in("wang").await.expect(200);
    let wang = admin.get("/accounts?text=wang").await.expect(200)["items"][0]["id"].clone();
    let for_wang = json!({ "account_id": wang });
    world.edit(
        "platforms/gongecai.toml",
        "who_binds = \"both\"",
        "who_binds = \"self\"",
    );
    admin
        .post("/binding-challenges", &for_wang)
        .await
        .refused("forbidden");
    employee
        .post("/binding-challenges", &json!({}))
        .await
        .expect(200);
    world.edit(
        "platforms/gongecai.toml",
        "who_binds = \"self\"",
        "who_binds = \"administrator\"",
    );
    admin
        .post("/binding-challenges", &for_wang)
        .await
        .expect(200);
    employee
        .post("/binding-challenges", &json!({}))
        .await
        .refused("forbidden");
}

async fn evidence(browser: &Browser, forced: &Value) {
    let uri = format!(
        "/api/v1/forced-unbindings/{}/materials?material=statement&name=a.png",
        forced["id"].as_str().unwrap()
    );
    let (parts, body) = browser
        .transfer(
            Method::POST,
            &uri,
            Some(("image/png", crate::harness::applying::png())),
        )
        .await;
    assert_eq!(parts.status, 201, "{body:?}");
}

async fn desk(world: &World, name: &str) -> Browser {
    world
        .desk(
            world.gongecai(),
            "gongecai",
            name,
            &[domain::application::Duty::Review],
        )
        .await
}

/// A key that is bound to a former employee's account of another organisation's name; asked for by its present holder.
async fn asked(world: &World) -> (Browser, Browser, Key, Value) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let wanting = world.gongecai();
    wanting.log_in("wang").await.expect(200);
    let key = world.key("szca", &JIA, "SZ-1").await;
    owner.bind(&key).await.expect(201);
    let form = json!({ "key_number": "SZ-1", "reason": "原持有人已离职，锁由我保管" });
    wanting
        .post("/forced-unbindings", &form)
        .await
        .refused("forced_needs_proof");
    let problem = wanting.prove(&key).await.refused("bound_elsewhere");
    assert_eq!(
        problem["owner"],
        json!({ "organisation": "演示**公司", "account": "l***n" })
    );
    assert_eq!(problem["ways"], json!(["log_in_and_unbind", "forced"]));
    let forced = wanting.post("/forced-unbindings", &form).await.expect(201);
    assert_eq!(forced["owner"]["account"], "l***n");
    (owner, wanting, key, forced)
}

async fn a_forced_unbinding_takes_evidence_two_persons_and_its_time(world: World) {
    let (owner, wanting, key, forced) = asked(&world).await;
    let at = |rest: &str| {
        format!(
            "/forced-unbindings/{}{rest}",
            forced["id"].as_str().unwrap()
        )
    };
    let none = json!({});
    wanting
        .post(&at("/submit"), &none)
        .await
        .refused("evidence_missing");
    owner.get(&at("")).await.refused("not_found");
    evidence(&wanting, &forced).await;
    wanting.post(&at("/submit"), &none).await.expect(200);
    let told = owner.get("/notices").await.expect(200);
    assert!(
        told["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "forced_unbinding_against")
    );

    let (one, two) = (desk(&world, "one").await, desk(&world, "two").await);
    let operator = |rest: &str| format!("/operator{}", at(rest));
    one.post(&operator("/approve"), &none).await.expect(200);
    one.post(&operator("/approve"), &none)
        .await
        .refused("same_person");
    let waiting = two.post(&operator("/approve"), &none).await.expect(200);
    assert_eq!(waiting["state"], "waiting");
    // Friday in Beijing, and three working days.
    assert_eq!(waiting["waits_until"], "2027-01-20T10:00:00Z");
    world.pass(Span::hours(24 * 5));
    jobs::run_due(&world.state).await.unwrap();
    world.gongecai().log_in_with(&key).await.expect(200);
    world.pass(Span::hours(24));
    jobs::run_due(&world.state).await.unwrap();
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("not_bound");
    let owner = world.gongecai();
    owner.log_in("lin").await.expect(200);
    assert_eq!(owner.get(&at("")).await.expect(200)["state"], "done");
    let wanting = world.gongecai();
    wanting.log_in("wang").await.expect(200);
    wanting.bind(&key).await.expect(201);
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);
}

async fn the_old_owner_objects_and_a_third_person_decides(world: World) {
    let (owner, wanting, key, forced) = asked(&world).await;
    let at = |rest: &str| {
        format!(
            "/forced-unbindings/{}{rest}",
            forced["id"].as_str().unwrap()
        )
    };
    let operator = |rest: &str| format!("/operator{}", at(rest));
    let none = json!({});
    evidence(&wanting, &forced).await;
    wanting.post(&at("/submit"), &none).await.expect(200);
    let (one, two) = (desk(&world, "one").await, desk(&world, "two").await);
    owner
        .post(&at("/object"), &json!({ "reason": "锁在我处" }))
        .await
        .refused("request_state");
    one.post(&operator("/approve"), &none).await.expect(200);
    two.post(&operator("/approve"), &none).await.expect(200);
    wanting
        .post(&at("/object"), &json!({ "reason": "x" }))
        .await
        .refused("forbidden");
    owner
        .post(&at("/object"), &json!({ "reason": "锁在我处" }))
        .await
        .expect(200);
    world.pass(Span::hours(24 * 30));
    jobs::run_due(&world.state).await.unwrap();
    world.gongecai().log_in_with(&key).await.expect(200);
    // Sessions of staff end too; they come back.
    one.log_in("one").await.expect(200);
    two.log_in("two").await.expect(200);
    two.post(&operator("/approve"), &none)
        .await
        .refused("same_person");
    one.post(&operator("/reject"), &json!({ "reason": "" }))
        .await
        .refused("invalid");
    one.post(&operator("/reject"), &json!({ "reason": "异议成立" }))
        .await
        .expect(200);
    let queue = two
        .get("/operator/forced-unbindings?state=rejected")
        .await
        .expect(200);
    assert_eq!(queue["total"], 1);
    assert_eq!(queue["items"][0]["rejection"], "异议成立");
}

async fn operators_search_and_export_every_binding(world: World) {
    for (company, account, number) in [(&JIA, "lin", "SZ-1"), (&YI, "chen", "SZ-2")] {
        let owner = world.registered(world.gongecai(), company, account).await;
        owner
            .bind(&world.key("szca", company, number).await)
            .await
            .expect(201);
    }
    let desk = desk(&world, "one").await;
    let total = async |query: &str| {
        desk.get(&format!("/operator/bindings{query}"))
            .await
            .expect(200)["total"]
            .clone()
    };
    assert_eq!(total("").await, 2);
    assert_eq!(total("?text=SZ-1").await, 1);
    assert_eq!(total("?text=chen").await, 1);
    assert_eq!(total(&format!("?text={}", JIA.uscc)).await, 1);
    let prefix: String = url::form_urlencoded::byte_serialize("演示供应商".as_bytes()).collect();
    assert_eq!(total(&format!("?text={prefix}")).await, 2);
    assert_eq!(
        total(&format!("?organisation={prefix}&state=good")).await,
        2
    );
    assert_eq!(total("?state=expired").await, 0);
    assert_eq!(total("?provider=cfca").await, 0);
    desk.get("/operator/bindings?state=nonsense")
        .await
        .refused("invalid");
    let (parts, body) = desk
        .transfer(Method::GET, "/api/v1/operator/bindings.csv", None)
        .await;
    assert_eq!(parts.status, 200);
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains("\"SZ-1\"") && text.contains("深圳CA"));
    // The system's staff do not look into the business.
    let system = world.operator(world.gongecai(), "gongecai").await;
    system.get("/operator/bindings").await.refused("forbidden");
    world
        .gongecai()
        .get("/operator/bindings")
        .await
        .refused("not_logged_in");
}

crate::on_both_databases!(
    a_key_is_released_in_a_session_that_it_opened_and_in_no_other,
    a_renewed_key_with_a_new_number_rebinds_at_login_with_its_chain,
    a_new_certificate_under_the_same_number_joins_the_chain,
    a_second_key_is_no_renewal_and_the_form_says_what_is,
    one_key_an_account_where_the_platform_says_so,
    who_binds_for_whom_is_the_platforms_to_say,
    a_forced_unbinding_takes_evidence_two_persons_and_its_time,
    the_old_owner_objects_and_a_third_person_decides,
    operators_search_and_export_every_binding,
);
