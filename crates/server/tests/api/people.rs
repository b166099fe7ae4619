//! 账户管理, 部门管理, 员工管理, and the ways back in.

use domain::Span;
use serde_json::{Value, json};

use crate::harness::{Browser, JIA, PASSWORD, World, YI};

/// The latest code that went to a telephone.
pub async fn code_to(world: &World, phone: &str) -> String {
    let outbox = world.state.store.outbox("gongecai").await.unwrap();
    let message = outbox.iter().find(|message| message.recipient == phone);
    let text = &message.expect("a message went out").text;
    let digits = |part: &&str| part.len() >= 6 && part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.split(|c: char| !c.is_ascii_digit());
    parts.rev().find(|part| digits(part)).unwrap().to_owned()
}

pub async fn invite(admin: &Browser, name: &str, phone: &str, role: &str) -> Value {
    let form = json!({ "account": name, "person": "王演示", "phone": phone, "role": role });
    admin.post("/accounts", &form).await.expect(201)
}

pub async fn join(world: &World, name: &str, phone: &str) -> Browser {
    let code = code_to(world, phone).await;
    let browser = world.gongecai();
    let form = json!({ "account": name, "code": code, "password": PASSWORD });
    browser.post("/invitations", &form).await.expect(204);
    browser.log_in(name).await.expect(200);
    browser
}

fn of(person: &Value) -> String {
    format!("/accounts/{}", person["id"].as_str().unwrap())
}

async fn an_invited_person_chooses_a_password_and_works_in_their_role(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let person = invite(&admin, "wang", "13800138001", "reader").await;
    assert_eq!(person["state"], "invited");
    assert_eq!(person["phone"], "13800138001");
    world
        .gongecai()
        .log_in("wang")
        .await
        .refused("password_wrong");

    let wrong = json!({ "account": "wang", "code": "00000000", "password": PASSWORD });
    world
        .gongecai()
        .post("/invitations", &wrong)
        .await
        .refused("code_wrong");
    let reader = join(&world, "wang", "13800138001").await;
    let session = reader.get("/session").await.expect(200);
    assert_eq!(session["account"]["role"], "reader");
    assert_eq!(session["account"]["phone_verified"], true);
    // A code serves once.
    let again = json!({ "account": "wang", "code": code_to(&world, "13800138001").await, "password": PASSWORD });
    world
        .gongecai()
        .post("/invitations", &again)
        .await
        .refused("code_wrong");
    // 只读: looks, and changes nothing but what is their own.
    reader.get("/bindings").await.expect(200);
    reader
        .post("/binding-challenges", &json!({}))
        .await
        .refused("forbidden");
    reader.post("/notices/read", &json!({})).await.expect(204);

    let listed = admin.get("/accounts?text=wan").await.expect(200);
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["items"][0]["state"], "active");
    assert_eq!(listed["items"][0]["phone"], "138****8001");
    reader
        .post("/accounts", &json!({}))
        .await
        .refused("forbidden");
}

async fn five_wrong_codes_end_an_invitation_and_a_new_one_begins_again(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let person = invite(&admin, "wang", "13800138001", "handler").await;
    let right = code_to(&world, "13800138001").await;
    let wrong = if right == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    let browser = world.gongecai();
    let attempt = |code: &str| json!({ "account": "wang", "code": code, "password": PASSWORD });
    for _ in 0..5 {
        browser
            .post("/invitations", &attempt(wrong))
            .await
            .refused("code_wrong");
    }
    browser
        .post("/invitations", &attempt(&right))
        .await
        .refused("code_wrong");
    world.pass(Span::seconds(1));
    admin
        .post(&format!("{}/invitation", of(&person)), &json!({}))
        .await
        .expect(204);
    join(&world, "wang", "13800138001").await;
    admin
        .post(&format!("{}/invitation", of(&person)), &json!({}))
        .await
        .refused("request_state");
}

async fn whoever_leaves_loses_keys_sessions_and_the_name_stays_taken(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let person = invite(&admin, "wang", "13800138001", "handler").await;
    let employee = join(&world, "wang", "13800138001").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let binding = employee.bind(&key).await.expect(201);
    let stranger = world.registered(world.gongecai(), &YI, "chen").await;
    stranger
        .post(&format!("{}/leave", of(&person)), &json!({}))
        .await
        .refused("not_found");

    admin
        .post(&format!("{}/leave", of(&person)), &json!({}))
        .await
        .expect(204);
    employee.get("/bindings").await.refused("not_logged_in");
    world
        .gongecai()
        .log_in("wang")
        .await
        .refused("password_wrong");
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("not_bound");
    let history = admin
        .get(&format!(
            "/bindings/{}/history",
            binding["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
    let events: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["event"].clone())
        .collect();
    assert_eq!(events, ["left", "bound"]);
    let form =
        json!({ "account": "wang", "person": "赵演示", "phone": "13800138002", "role": "handler" });
    admin
        .post("/accounts", &form)
        .await
        .refused("account_exists");
    // The key is free for somebody else of the organisation.
    admin.bind(&key).await.expect(201);
    admin
        .post(&format!("{}/leave", of(&person)), &json!({}))
        .await
        .refused("request_state");
}

async fn an_organisation_keeps_an_administrator_and_hands_over_with_the_password(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let me = admin.get("/accounts?text=lin").await.expect(200)["items"][0].clone();
    admin
        .post(&format!("{}/leave", of(&me)), &json!({}))
        .await
        .refused("last_administrator");
    let person = invite(&admin, "wang", "13800138001", "finance").await;
    let path = format!("{}/administrator", of(&person));
    admin
        .post(&path, &json!({ "password": PASSWORD }))
        .await
        .refused("request_state");
    let heir = join(&world, "wang", "13800138001").await;
    admin
        .post(&path, &json!({ "password": "Wrong-2026-x" }))
        .await
        .refused("password_wrong");
    admin
        .post(&path, &json!({ "password": PASSWORD }))
        .await
        .expect(204);
    assert_eq!(
        admin.get("/session").await.expect(200)["account"]["role"],
        "handler"
    );
    assert_eq!(
        heir.get("/session").await.expect(200)["account"]["role"],
        "administrator"
    );
    admin
        .post(&path, &json!({ "password": PASSWORD }))
        .await
        .refused("forbidden");
    heir.post(&format!("{}/leave", of(&me)), &json!({}))
        .await
        .expect(204);
}

async fn a_change_of_an_account_counts_once_and_a_locked_one_is_out_at_once(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    invite(&admin, "wang", "13800138001", "handler").await;
    let employee = join(&world, "wang", "13800138001").await;
    let person = admin.get("/accounts?text=wang").await.expect(200)["items"][0].clone();
    let form = json!({ "person": "王新名", "phone": "13800138009", "role": "seal_keeper", "department": null,
        "ca_login": "allowed", "state": "locked", "version": person["version"] });
    let changed = admin.put(&of(&person), &form).await.expect(200);
    assert_eq!(changed["role"], "seal_keeper");
    assert_eq!(
        changed["phone_verified"], false,
        "a new number was not verified"
    );
    admin
        .put(&of(&person), &form)
        .await
        .refused("changed_elsewhere");
    employee.get("/bindings").await.refused("not_logged_in");
    world
        .gongecai()
        .log_in("wang")
        .await
        .refused("account_locked");
}

async fn departments_are_a_tree_of_five_levels_without_loops(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let mut parent = Value::Null;
    let mut made = Vec::new();
    for level in 1..=5 {
        let form = json!({ "name": format!("部门{level}"), "parent": parent });
        let department = admin.post("/departments", &form).await.expect(201);
        assert_eq!(department["depth"], level);
        parent = department["id"].clone();
        made.push(department);
    }
    admin
        .post(
            "/departments",
            &json!({ "name": "部门6", "parent": parent }),
        )
        .await
        .refused("department_depth");
    admin
        .post("/departments", &json!({ "name": "部门1" }))
        .await
        .refused("name_taken");
    let path = |at: usize| format!("/departments/{}", made[at]["id"].as_str().unwrap());
    // Below itself, or below what is below it: the depths forbid it.
    let loops = json!({ "name": "部门1", "parent": made[2]["id"], "version": 1 });
    admin
        .put(&path(0), &loops)
        .await
        .refused("department_depth");
    let itself = json!({ "name": "部门1", "parent": made[0]["id"], "version": 1 });
    admin
        .put(&path(0), &itself)
        .await
        .refused("department_depth");
    admin
        .put(
            &path(0),
            &json!({ "name": "总经办", "parent": null, "version": 1 }),
        )
        .await
        .expect(200);
    admin
        .put(
            &path(0),
            &json!({ "name": "总经办", "parent": null, "version": 1 }),
        )
        .await
        .refused("changed_elsewhere");
    admin.delete(&path(0)).await.refused("department_not_empty");

    let form = json!({ "account": "wang", "person": "王演示", "phone": "13800138001", "role": "handler", "department": made[4]["id"] });
    let person = admin.post("/accounts", &form).await.expect(201);
    assert_eq!(person["department"]["name"], "部门5");
    admin.delete(&path(4)).await.refused("department_not_empty");
    let of_department = format!("/accounts?department={}", made[4]["id"].as_str().unwrap());
    assert_eq!(admin.get(&of_department).await.expect(200)["total"], 1);
    admin
        .post(&format!("{}/leave", of(&person)), &json!({}))
        .await
        .expect(204);
    admin.delete(&path(4)).await.expect(204);
    let other = world.registered(world.gongecai(), &YI, "chen").await;
    other.delete(&path(3)).await.refused("not_found");
    assert_eq!(other.get("/departments").await.expect(200)["total"], 0);
}

async fn a_code_by_telephone_logs_in_and_several_accounts_are_chosen_from(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let browser = world.gongecai();
    let ask = json!({ "purpose": "login", "phone": "13800138000" });
    browser.post("/phone-codes", &ask).await.expect(204);
    let code = code_to(&world, "13800138000").await;
    let form = |account: Value| json!({ "phone": "13800138000", "account": account, "code": code });
    let session = browser
        .post("/sessions/phone", &form(Value::Null))
        .await
        .expect(200);
    assert_eq!(session["logged_in_by"]["method"], "phone");
    assert_eq!(
        session["account"]["phone_verified"],
        Value::Bool(false),
        "as it was read before"
    );
    assert_eq!(
        browser.get("/session").await.expect(200)["account"]["phone_verified"],
        true
    );
    // A code serves once.
    world
        .gongecai()
        .post("/sessions/phone", &form(Value::Null))
        .await
        .refused("code_wrong");

    // The invitation is the latest message.
    world.pass(Span::seconds(1));
    invite(&admin, "wang", "13800138000", "handler").await;
    join(&world, "wang", "13800138000").await;
    world.pass(Span::minutes(2));
    browser.post("/phone-codes", &ask).await.expect(204);
    let code = code_to(&world, "13800138000").await;
    let form = |account: Value| json!({ "phone": "13800138000", "account": account, "code": code });
    let choice = world
        .gongecai()
        .post("/sessions/phone", &form(Value::Null))
        .await
        .expect(200);
    assert_eq!(choice["choose"].as_array().unwrap().len(), 2);
    assert_eq!(
        choice["choose"][1],
        json!({ "account": "wang", "organisation": JIA.name })
    );
    let chosen = world.gongecai();
    chosen
        .post("/sessions/phone", &form(json!("wang")))
        .await
        .expect(200);
    assert_eq!(
        chosen.get("/session").await.expect(200)["account"]["name"],
        "wang"
    );
}

async fn codes_tell_nobody_who_has_a_number_and_are_few(world: World) {
    world.registered(world.gongecai(), &JIA, "lin").await;
    let browser = world.gongecai();
    let ask = |phone: &str| json!({ "purpose": "login", "phone": phone });
    browser
        .post("/phone-codes", &ask("13911112222"))
        .await
        .expect(204);
    assert!(
        world
            .state
            .store
            .outbox("gongecai")
            .await
            .unwrap()
            .is_empty()
    );
    browser
        .post("/phone-codes", &ask("13911112222"))
        .await
        .refused("rate_limited");
    for _ in 0..4 {
        world.pass(Span::seconds(61));
        browser
            .post("/phone-codes", &ask("13911112222"))
            .await
            .expect(204);
    }
    world.pass(Span::seconds(61));
    browser
        .post("/phone-codes", &ask("13911112222"))
        .await
        .refused("rate_limited");
    browser
        .post(
            "/phone-codes",
            &json!({ "purpose": "phone", "phone": "13911112223" }),
        )
        .await
        .refused("not_logged_in");
    // Five tries, then the right one counts no more.
    browser
        .post("/phone-codes", &ask("13800138000"))
        .await
        .expect(204);
    let code = code_to(&world, "13800138000").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let form = json!({ "phone": "13800138000", "code": wrong });
        browser
            .post("/sessions/phone", &form)
            .await
            .refused("code_wrong");
    }
    let form = json!({ "phone": "13800138000", "code": code });
    browser
        .post("/sessions/phone", &form)
        .await
        .refused("code_wrong");
}

async fn a_forgotten_password_is_recovered_by_telephone_and_organisation(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let browser = world.gongecai();
    let ask = json!({ "purpose": "recover", "phone": "13800138000" });
    let form = |code: &str, uscc: &str| json!({ "phone": "13800138000", "code": code, "uscc": uscc, "account": "lin", "password": "Another-2026" });
    browser.post("/phone-codes", &ask).await.expect(204);
    let code = code_to(&world, "13800138000").await;
    browser
        .post("/account/recovery", &form(&code, YI.uscc))
        .await
        .refused("code_wrong");
    // The code is spent: nobody tries organisations with it.
    browser
        .post("/account/recovery", &form(&code, JIA.uscc))
        .await
        .refused("code_wrong");
    world.pass(Span::minutes(2));
    browser.post("/phone-codes", &ask).await.expect(204);
    let code = code_to(&world, "13800138000").await;
    browser
        .post("/account/recovery", &form(&code, JIA.uscc))
        .await
        .expect(204);
    owner.get("/bindings").await.refused("not_logged_in");
    browser.log_in("lin").await.refused("password_wrong");
    let form = json!({ "account": "lin", "password": "Another-2026" });
    browser.post("/sessions/password", &form).await.expect(200);
}

async fn sessions_are_listed_and_ended_and_a_new_browser_is_told(world: World) {
    let here = world.registered(world.gongecai(), &JIA, "lin").await;
    let there = world.gongecai_from("198.51.100.7");
    there.log_in("lin").await.expect(200);
    let list = here.get("/account/sessions").await.expect(200);
    assert_eq!(list["total"], 2);
    let other = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["current"] == false)
        .unwrap();
    assert_eq!(other["address"], "198.51.100.7");
    assert_eq!(other["new_device"], true);
    assert_eq!(other["new_place"], true);
    let told = here.get("/notices").await.expect(200);
    assert_eq!(told["items"][0]["kind"], "login_risk");
    assert_eq!(told["items"][0]["facts"]["address"], "198.51.100.7");

    here.delete(&format!(
        "/account/sessions/{}",
        other["id"].as_str().unwrap()
    ))
    .await
    .expect(204);
    there.get("/bindings").await.refused("not_logged_in");
    // The same browser again is known: nothing is told.
    there.log_in("lin").await.expect(200);
    assert_eq!(here.get("/notices").await.expect(200)["total"], 1);
    here.delete("/account/sessions").await.expect(204);
    there.get("/bindings").await.refused("not_logged_in");
    here.get("/bindings").await.expect(200);

    let change = json!({ "old": "Wrong-2026-x", "new": "Another-2026" });
    here.put("/account/password", &change)
        .await
        .refused("password_wrong");
    let change = json!({ "old": PASSWORD, "new": "Another-2026" });
    here.put("/account/password", &change).await.expect(204);
    there.log_in("lin").await.refused("password_wrong");
}

async fn strangers_wrong_passwords_do_not_slow_a_browser_that_is_known(world: World) {
    let owner = world
        .registered(world.gongecai_from("203.0.113.9"), &JIA, "lin")
        .await;
    // A hundred addresses guess, and the owner's own address among them.
    for index in 0..100 {
        let attacker = world.gongecai_from(&format!("198.51.100.{index}"));
        let guess = json!({ "account": "lin", "password": "Wrong-2026-x" });
        attacker
            .post("/sessions/password", &guess)
            .await
            .refused("password_wrong");
    }
    let stranger = world.gongecai_from("192.0.2.77");
    stranger.log_in("lin").await.refused("rate_limited");
    owner.log_in("lin").await.expect(200);
}

async fn ca_login_is_disabled_or_required_for_an_account(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    let set = async |ca_login: &str, browser: &Browser| {
        let me = browser.get("/accounts?text=lin").await.expect(200)["items"][0].clone();
        let form = json!({ "person": "林演示", "phone": "13800138000", "role": "administrator", "department": null,
            "ca_login": ca_login, "version": me["version"] });
        browser.put(&of(&me), &form).await.expect(200);
    };
    set("required", &admin).await;
    // Before the first binding there is no other way.
    world.gongecai().log_in("lin").await.expect(200);
    admin.bind(&key).await.expect(201);
    world
        .gongecai()
        .log_in("lin")
        .await
        .refused("ca_login_required");
    world.gongecai().log_in_with(&key).await.expect(200);
    set("disabled", &admin).await;
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("ca_login_disabled");
    world.gongecai().log_in("lin").await.expect(200);

    set("allowed", &admin).await;
    world.edit(
        "platforms/gongecai.toml",
        "staff_second_factor",
        "ca_login_required_roles = [\"administrator\"]\nstaff_second_factor",
    );
    world
        .gongecai()
        .log_in("lin")
        .await
        .refused("ca_login_required");
}

async fn preferences_are_kept(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let none = browser.get("/account/preferences").await.expect(200);
    assert_eq!(
        none,
        json!({ "mail": { "email": null, "kinds": [] }, "large_text": false })
    );
    let wanted = json!({ "mail": { "email": "lin@example.com", "kinds": ["certificate_ending"] }, "large_text": true });
    browser
        .put("/account/preferences", &wanted)
        .await
        .expect(204);
    assert_eq!(
        browser.get("/account/preferences").await.expect(200),
        wanted
    );
    let wrong = json!({ "mail": { "email": "lin@example.com\r\nBcc: x@y.z", "kinds": [] }, "large_text": true });
    browser
        .put("/account/preferences", &wrong)
        .await
        .refused("invalid");
    // What is told goes by mail too, where it is wanted; here a login from elsewhere is and a binding is not.
    let wanted = json!({ "mail": { "email": "lin@example.com", "kinds": ["login_risk"] }, "large_text": true });
    browser
        .put("/account/preferences", &wanted)
        .await
        .expect(204);
    browser
        .bind(&world.key("szca", &JIA, "SZ-1").await)
        .await
        .expect(201);
    world
        .gongecai_from("198.51.100.7")
        .log_in("lin")
        .await
        .expect(200);
    let outbox = world.state.store.outbox("gongecai").await.unwrap();
    let letters: Vec<_> = outbox
        .iter()
        .filter(|message| message.channel == "mail")
        .collect();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].recipient, "lin@example.com");
    assert!(letters[0].text.contains("198.51.100.7"));
}

crate::on_both_databases!(
    an_invited_person_chooses_a_password_and_works_in_their_role,
    five_wrong_codes_end_an_invitation_and_a_new_one_begins_again,
    whoever_leaves_loses_keys_sessions_and_the_name_stays_taken,
    an_organisation_keeps_an_administrator_and_hands_over_with_the_password,
    a_change_of_an_account_counts_once_and_a_locked_one_is_out_at_once,
    departments_are_a_tree_of_five_levels_without_loops,
    a_code_by_telephone_logs_in_and_several_accounts_are_chosen_from,
    codes_tell_nobody_who_has_a_number_and_are_few,
    a_forgotten_password_is_recovered_by_telephone_and_organisation,
    sessions_are_listed_and_ended_and_a_new_browser_is_told,
    strangers_wrong_passwords_do_not_slow_a_browser_that_is_known,
    ca_login_is_disabled_or_required_for_an_account,
    preferences_are_kept,
);
