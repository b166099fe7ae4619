//! Registering an organisation.

use serde_json::{Value, json};

use crate::harness::{JIA, World, YI};

fn form() -> Value {
    json!({
        "organisation_name": JIA.name, "uscc": JIA.uscc, "phone": "13800138000",
        "person": "林演示", "account": "Lin", "password": "Yinxin-2026",
    })
}

fn with(field: &str, value: &str) -> Value {
    let mut form = form();
    form[field] = value.into();
    form
}

async fn an_organisation_registers_and_its_phone_is_shown_as_not_verified(world: World) {
    let browser = world.gongecai();
    let account = browser.post("/organisations", &form()).await.expect(201);
    assert_eq!(account["name"], "lin");
    assert_eq!(account["phone_verified"], false);
    browser.log_in("lin").await.expect(200);
    let session = browser.get("/session").await.expect(200);
    let organisation = &session["organisation"];
    assert_eq!(organisation["name"], JIA.name);
    assert_eq!(organisation["uscc"], JIA.uscc);
    assert_eq!(organisation["state"], "registered");
    assert_eq!(organisation["kind"], "supplier");
    assert_eq!(session["account"]["phone_verified"], false);
    assert_eq!(session["logged_in_by"]["method"], "password");
}

async fn every_wrong_field_is_refused_with_its_own_words(world: World) {
    let browser = world.gongecai();
    for (field, value, code) in [
        ("uscc", "91350200MA0000016A", "uscc_invalid"),
        ("uscc", "91350200MA", "uscc_invalid"),
        ("phone", "12345", "invalid"),
        ("account", "x", "invalid"),
        ("organisation_name", "", "invalid"),
        ("person", "a\u{202e}b", "invalid"),
        ("password", "short", "password_weak"),
        ("password", "lin-lin-lin-2026", "password_weak"),
    ] {
        browser
            .post("/organisations", &with(field, value))
            .await
            .refused(code);
    }
    browser
        .post("/organisations", &json!({ "uscc": JIA.uscc }))
        .await
        .refused("request_malformed");
    let mut more = form();
    more["role"] = "operator".into();
    browser
        .post("/organisations", &more)
        .await
        .refused("request_malformed");
}

async fn a_code_and_a_name_are_registered_once_on_a_platform_and_again_on_the_other(world: World) {
    let browser = world.gongecai();
    browser.post("/organisations", &form()).await.expect(201);
    browser
        .post("/organisations", &with("account", "another"))
        .await
        .refused("organisation_exists");
    let mut second = with("uscc", YI.uscc);
    second["organisation_name"] = YI.name.into();
    browser
        .post("/organisations", &second)
        .await
        .refused("account_exists");
    // Refused as a whole: the organisation of the refused account is not there either.
    second["account"] = "chen".into();
    browser.post("/organisations", &second).await.expect(201);
    world
        .zcygov()
        .post("/organisations", &form())
        .await
        .expect(201);
}

crate::on_both_databases!(
    an_organisation_registers_and_its_phone_is_shown_as_not_verified,
    every_wrong_field_is_refused_with_its_own_words,
    a_code_and_a_name_are_registered_once_on_a_platform_and_again_on_the_other,
);
