//! Binding keys to accounts.

use contract::Purpose;
use domain::Span;
use serde_json::json;
use sqlx::{Connection as _, Row as _};

use crate::harness::{Browser, JIA, World, YI};

const HERE: &str = "http://127.0.0.1:8080";

/// 公e采 releases a key by itself; here the second manual's way is meant.
fn released_by_owner(world: &World) {
    world.edit(
        "platforms/gongecai.toml",
        r#"unbind = "with_that_key""#,
        r#"unbind = "owner_or_administrator""#,
    );
}

async fn a_key_is_proved_shown_bound_listed_and_released(world: World) {
    released_by_owner(&world);
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-0001").await;
    let proof = browser.prove(&key).await.expect(201);
    assert_eq!(proof["key_number"], "SZ-0001");
    assert_eq!(
        proof["provider"],
        json!({ "id": "szca", "name": { "zh": "深圳CA", "en": "Shenzhen CA" } })
    );
    assert_eq!(proof["organisation"], JIA.name);
    assert_eq!(proof["holder"], "林演示");

    let binding = browser
        .post("/bindings", &json!({ "proof_id": proof["id"] }))
        .await
        .expect(201);
    let list = browser
        .get("/bindings?account=LIN&name=%E6%9E%97&page=1&size=10")
        .await
        .expect(200);
    assert_eq!(list, json!({ "items": [binding], "total": 1 }));
    assert_eq!(binding["account"]["account"], "lin");
    assert_eq!(binding["bound_by"], "林演示");
    assert_eq!(binding["bound_at"], "2027-01-15T08:00:02Z");
    assert_eq!(
        browser.get("/bindings?account=nobody").await.expect(200)["total"],
        0
    );

    let path = format!("/bindings/{}", binding["id"].as_str().unwrap());
    browser.delete(&path).await.expect(204);
    browser.delete(&path).await.refused("not_found");
    assert_eq!(browser.get("/bindings").await.expect(200)["total"], 0);
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("not_bound");
    // A released key can be bound again.
    browser.bind(&key).await.expect(201);
}

async fn an_account_has_many_keys_and_a_key_one_account(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let employee = world.gongecai();
    employee.log_in("wang").await.expect(200);
    let (first, second) = (
        world.key("szca", &JIA, "SZ-1").await,
        world.key("szca", &JIA, "SZ-2").await,
    );
    owner.bind(&first).await.expect(201);
    owner.bind(&second).await.expect(201);
    owner.prove(&first).await.refused("already_bound");
    let problem = employee.prove(&first).await.refused("bound_elsewhere");
    assert_eq!(problem["detail"]["zh"], "已被多人绑定");
}

async fn the_same_key_is_bound_on_both_platforms(world: World) {
    world.edit(
        "platforms/zcygov.toml",
        r#"bind = ["itrus""#,
        r#"bind = ["szca", "itrus""#,
    );
    let key = world.key("szca", &JIA, "SZ-1").await;
    world
        .registered(world.gongecai(), &JIA, "lin")
        .await
        .bind(&key)
        .await
        .expect(201);
    world
        .registered(world.zcygov(), &JIA, "lin")
        .await
        .bind(&key)
        .await
        .expect(201);
}

async fn fifty_that_race_for_one_key_number_make_exactly_one_binding(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let mut racers = Vec::new();
    for index in 0..50 {
        let name = format!("racer{index}");
        world.employ("gongecai", &JIA, &name).await;
        let browser = world.gongecai_from(&format!("10.0.0.{index}"));
        browser.log_in(&name).await.expect(200);
        let proof = browser.prove(&key).await.expect(201);
        racers.push((browser, proof["id"].clone()));
    }
    let race = racers.into_iter().map(|(browser, proof)| {
        tokio::spawn(async move {
            browser
                .post("/bindings", &json!({ "proof_id": proof }))
                .await
        })
    });
    let mut won = 0;
    for answer in futures_util::future::join_all(race).await {
        let answer = answer.unwrap();
        if answer.status == 201 {
            won += 1;
        } else {
            answer.refused("bound_elsewhere");
        }
    }
    assert_eq!(won, 1);
    assert_eq!(owner.get("/bindings").await.expect(200)["total"], 1);
}

async fn the_database_itself_refuses_a_second_binding(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    owner
        .bind(&world.key("szca", &JIA, "SZ-1").await)
        .await
        .expect(201);
    let mut raw = sqlx::AnyConnection::connect(&world.database).await.unwrap();
    let copy = "INSERT INTO binding (id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, \
        certificate_since, certificate_how, not_after, standing, standing_at, how, bound_by, bound_at) SELECT 'another', platform, organisation_id, \
        account_id, key_number, provider_id, holder, certificate, certificate_since, certificate_how, not_after, standing, standing_at, how, \
        bound_by, bound_at FROM binding";
    let error = sqlx::query(copy).execute(&mut raw).await.unwrap_err();
    assert!(
        error.as_database_error().unwrap().is_unique_violation(),
        "{error}"
    );
}

async fn a_key_of_another_organisation_is_refused(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    browser
        .prove(&world.key("szca", &YI, "SZ-1").await)
        .await
        .refused("organisation_mismatch");
}

async fn only_the_providers_that_a_platform_lists_may_be_bound(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let problem = browser
        .prove(&world.key("itrus", &JIA, "IT-1").await)
        .await
        .refused("provider_may_not_bind");
    assert!(
        problem["detail"]["zh"]
            .as_str()
            .unwrap()
            .contains("天威诚信")
    );
}

async fn a_proof_serves_once_in_its_own_session_and_for_ten_minutes(world: World) {
    released_by_owner(&world);
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let proof = browser.prove(&key).await.expect(201);
    let form = json!({ "proof_id": proof["id"] });
    let elsewhere = world.gongecai();
    elsewhere.log_in("lin").await.expect(200);
    elsewhere
        .post("/bindings", &form)
        .await
        .refused("proof_expired");
    world.pass(Span::minutes(10));
    browser
        .post("/bindings", &form)
        .await
        .refused("proof_expired");

    let proof = browser.prove(&key).await.expect(201);
    let form = json!({ "proof_id": proof["id"] });
    let binding = browser.post("/bindings", &form).await.expect(201);
    browser
        .delete(&format!("/bindings/{}", binding["id"].as_str().unwrap()))
        .await
        .expect(204);
    browser
        .post("/bindings", &form)
        .await
        .refused("proof_expired");
}

async fn a_binding_challenge_serves_once_and_in_its_own_session(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let challenge = browser
        .post("/binding-challenges", &json!({}))
        .await
        .expect(200);
    let form = json!({ "challenge": challenge["challenge"], "token": key.token(Purpose::Bind, HERE, &challenge) });
    let elsewhere = world.gongecai();
    elsewhere.log_in("lin").await.expect(200);
    elsewhere
        .post("/binding-proofs", &form)
        .await
        .refused("challenge_invalid");
    browser.post("/binding-proofs", &form).await.expect(201);
    browser
        .post("/binding-proofs", &form)
        .await
        .refused("nonce_used");
}

async fn an_administrator_binds_for_an_employee_and_nobody_else_does(world: World) {
    released_by_owner(&world);
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let stranger = world.registered(world.gongecai(), &YI, "chen").await;
    world.employ("gongecai", &JIA, "wang").await;
    let accounts = admin.get("/accounts").await.expect(200);
    let of = |name: &str| {
        let items = accounts["items"].as_array().unwrap();
        items.iter().find(|item| item["account"] == name).unwrap()["id"].clone()
    };
    let (lin, wang) = (of("lin"), of("wang"));
    let proof = admin
        .prove_for(
            &world.key("szca", &JIA, "SZ-1").await,
            json!({ "account_id": wang }),
        )
        .await
        .expect(201);
    let binding = admin
        .post("/bindings", &json!({ "proof_id": proof["id"] }))
        .await
        .expect(201);
    assert_eq!(binding["account"]["account"], "wang");
    assert_eq!(binding["bound_by"], "林演示");

    let employee = world.gongecai();
    employee.log_in("wang").await.expect(200);
    employee
        .post("/binding-challenges", &json!({ "account_id": lin }))
        .await
        .refused("forbidden");
    stranger
        .post("/binding-challenges", &json!({ "account_id": wang }))
        .await
        .refused("forbidden");
    stranger
        .post(
            "/binding-challenges",
            &json!({ "account_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
        )
        .await
        .refused("forbidden");
    let path = format!("/bindings/{}", binding["id"].as_str().unwrap());
    stranger.delete(&path).await.refused("not_found");
    employee.delete(&path).await.expect(204);
}

async fn an_employee_sees_their_own_bindings_alone(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    world.employ("gongecai", &JIA, "wang").await;
    let binding = admin
        .bind(&world.key("szca", &JIA, "SZ-1").await)
        .await
        .expect(201);
    let employee = world.gongecai();
    employee.log_in("wang").await.expect(200);
    employee
        .bind(&world.key("szca", &JIA, "SZ-2").await)
        .await
        .expect(201);
    assert_eq!(employee.get("/bindings").await.expect(200)["total"], 1);
    assert_eq!(employee.get("/accounts").await.expect(200)["total"], 1);
    assert_eq!(admin.get("/bindings").await.expect(200)["total"], 2);
    assert_eq!(
        admin.get("/bindings?size=1&page=2").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    employee
        .delete(&format!("/bindings/{}", binding["id"].as_str().unwrap()))
        .await
        .refused("forbidden");
}

async fn releasing_a_key_ends_the_other_sessions_that_it_opened(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let binding = owner.bind(&key).await.expect(201);
    let (here, there): (Browser, Browser) = (world.gongecai(), world.gongecai());
    here.log_in_with(&key).await.expect(200);
    there.log_in_with(&key).await.expect(200);
    here.delete(&format!("/bindings/{}", binding["id"].as_str().unwrap()))
        .await
        .expect(204);
    here.get("/bindings").await.expect(200);
    there.get("/bindings").await.refused("not_logged_in");
    owner.get("/bindings").await.expect(200);
}

async fn every_deed_is_in_the_audit_log_and_a_changed_row_breaks_its_chain(world: World) {
    released_by_owner(&world);
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let binding = owner
        .bind(&world.key("szca", &JIA, "SZ-1").await)
        .await
        .expect(201);
    owner
        .delete(&format!("/bindings/{}", binding["id"].as_str().unwrap()))
        .await
        .expect(204);
    assert_eq!(world.state.store.check_audit().await.unwrap(), []);

    let mut raw = sqlx::AnyConnection::connect(&world.database).await.unwrap();
    let rows = sqlx::query("SELECT action, detail FROM audit ORDER BY id")
        .fetch_all(&mut raw)
        .await
        .unwrap();
    let mut actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    actions.sort();
    assert_eq!(
        actions,
        [
            "binding.created",
            "binding.ended",
            "binding.proved",
            "organisation.registered",
            "session.began"
        ]
    );
    assert!(
        rows.iter()
            .all(|row| !row.get::<String, _>(1).contains("SZ-1")),
        "a key number is no clear text in the log"
    );

    sqlx::query("UPDATE audit SET actor = NULL WHERE action = 'binding.ended'")
        .execute(&mut raw)
        .await
        .unwrap();
    assert_eq!(world.state.store.check_audit().await.unwrap().len(), 1);
    sqlx::query("DELETE FROM audit WHERE action = 'binding.created'")
        .execute(&mut raw)
        .await
        .unwrap();
    assert!(!world.state.store.check_audit().await.unwrap().is_empty());
}

crate::on_both_databases!(
    a_key_is_proved_shown_bound_listed_and_released,
    an_account_has_many_keys_and_a_key_one_account,
    the_same_key_is_bound_on_both_platforms,
    fifty_that_race_for_one_key_number_make_exactly_one_binding,
    the_database_itself_refuses_a_second_binding,
    a_key_of_another_organisation_is_refused,
    only_the_providers_that_a_platform_lists_may_be_bound,
    a_proof_serves_once_in_its_own_session_and_for_ten_minutes,
    a_binding_challenge_serves_once_and_in_its_own_session,
    an_administrator_binds_for_an_employee_and_nobody_else_does,
    an_employee_sees_their_own_bindings_alone,
    releasing_a_key_ends_the_other_sessions_that_it_opened,
    every_deed_is_in_the_audit_log_and_a_changed_row_breaks_its_chain,
);
