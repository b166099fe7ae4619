//! 环境检测: the platform's part of the doctor, before a login and after.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Span;
use serde_json::{Value, json};

use crate::harness::keys::Order;
use crate::harness::{Browser, JIA, Key, World, YI};

fn form(world: &World, key: Option<&Key>) -> Value {
    json!({
        "browser": {
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "secure": true, "framed": false, "frame_allows": true, "loopback": "prompt", "popup": true,
        },
        "clock": world.now().0 / 1_000_000,
        "certificate": key.map(|key| STANDARD.encode(key.certificate.der())),
        "expected": null,
    })
}

async fn look(browser: &Browser, form: &Value) -> Value {
    browser.post("/doctor", form).await.expect(200)
}

fn cases(diagnosis: &Value) -> Vec<&str> {
    let findings = diagnosis["findings"].as_array().unwrap();
    findings
        .iter()
        .filter_map(|finding| finding["case"].as_str())
        .collect()
}

async fn before_a_login_browser_clock_and_certificate_are_judged_and_no_binding_is_told(
    world: World,
) {
    let key = world.key("szca", &JIA, "SZ-1").await;
    let visitor = world.gongecai();
    let good = look(&visitor, &form(&world, Some(&key))).await;
    assert_eq!(
        (&good["outcome"], cases(&good).len()),
        (&json!("good"), 0),
        "{good:#}"
    );
    assert!(
        !good.to_string().contains("binding"),
        "nobody's business: {good:#}"
    );
    assert!(good["millis"].as_u64().unwrap() < 5000);

    let owner = world.registered(world.gongecai(), &JIA, "jia").await;
    owner.bind(&key).await.expect(201);
    let still = look(&world.gongecai(), &form(&world, Some(&key))).await;
    assert_eq!(
        good["findings"].as_array().unwrap().len(),
        still["findings"].as_array().unwrap().len()
    );

    let mut bad = form(&world, None);
    bad["clock"] = json!(world.now().0 / 1_000_000 + 400);
    bad["browser"]["user_agent"] =
        json!("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)");
    bad["browser"]["popup"] = json!(false);
    let found = look(&visitor, &bad).await;
    assert_eq!(
        cases(&found),
        ["browser_unsupported", "popup_blocked", "clock_skew"]
    );
    assert_eq!(found["chain"]["broken"], "browser");
}

async fn after_a_login_the_binding_of_a_key_is_told_step_by_step(world: World) {
    let owner = world.registered(world.gongecai(), &JIA, "jia").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    assert_eq!(
        cases(&look(&owner, &form(&world, Some(&key))).await),
        ["not_bound"]
    );
    owner.bind(&key).await.expect(201);
    assert_eq!(
        cases(&look(&owner, &form(&world, Some(&key))).await),
        [""; 0]
    );
    // 续费 elsewhere: the same holder with another number.
    let renewed = world.key("szca", &JIA, "SZ-2").await;
    let found = look(&owner, &form(&world, Some(&renewed))).await;
    assert_eq!(cases(&found), ["renewed_key_unbound"], "{found:#}");
    assert!(
        found["findings"].to_string().contains("SZ-1"),
        "the number that is known"
    );
    // Another person of the same organisation sees that it is taken, and by whom only as a hint.
    world.employ("gongecai", &JIA, "jia2").await;
    let colleague = world.gongecai();
    colleague.log_in("jia2").await.expect(200);
    let found = look(&colleague, &form(&world, Some(&key))).await;
    assert_eq!(cases(&found), ["bound_elsewhere"], "{found:#}");
    assert!(found["findings"].to_string().contains('*'));
    // Another company learns of its own name only.
    let foreign = world.registered(world.gongecai(), &YI, "yi-lin").await;
    let found = look(&foreign, &form(&world, Some(&key))).await;
    assert_eq!(cases(&found), ["company_renamed"], "{found:#}");
}

async fn what_the_platform_does_not_take_an_end_and_a_revocation_are_told(world: World) {
    let visitor = world.gongecai();
    let foreign = world.key("scca", &JIA, "SC-1").await;
    let found = look(&visitor, &form(&world, Some(&foreign))).await;
    assert_eq!(cases(&found), ["provider_unsupported"], "{found:#}");
    assert!(
        found["findings"].to_string().contains("深圳CA"),
        "what is supported"
    );

    let key = world.key("szca", &JIA, "SZ-1").await;
    let mut chosen = form(&world, Some(&key));
    chosen["expected"] = json!("itrus");
    assert_eq!(
        cases(&look(&visitor, &chosen).await),
        ["wrong_provider_chosen"]
    );

    let short = world
        .ordered(&Order {
            provider: "szca",
            company: &JIA,
            number: "SZ-3",
            not_before: None,
            not_after: Some(world.now() + Span::hours(24)),
        })
        .await;
    world.pass(Span::hours(25));
    let found = look(&visitor, &form(&world, Some(&short))).await;
    assert!(cases(&found).contains(&"certificate_expired"), "{found:#}");
}

async fn nonsense_is_refused_and_events_are_counted_within_the_catalogue(world: World) {
    let visitor = world.gongecai();
    let mut long = form(&world, None);
    long["browser"]["user_agent"] = json!("x".repeat(2000));
    visitor.post("/doctor", &long).await.refused("invalid");
    let mut none = form(&world, None);
    none["certificate"] = json!("AAAA");
    visitor
        .post("/doctor", &none)
        .await
        .refused("no_certificate");

    for (case, event, status) in [
        ("not_bound", "shown", 204),
        ("not_bound", "shown", 204),
        ("not_bound", "mended", 204),
        ("nothing", "shown", 400),
    ] {
        let answer = visitor
            .post(
                "/doctor/events",
                &json!({ "case": case, "event": event, "provider": "szca" }),
            )
            .await;
        assert_eq!(answer.status.as_u16(), status, "{case}");
    }
    let operator = world.operator(world.gongecai(), "gongecai").await;
    let statistics = operator
        .get("/operator/tickets/statistics")
        .await
        .expect(200);
    assert_eq!(
        statistics["cases"],
        json!([
            { "of": "not_bound", "what": "mended", "count": 1 },
            { "of": "not_bound", "what": "shown", "count": 2 },
        ])
    );
    assert_eq!(
        statistics["providers"][1],
        json!({ "of": "szca", "what": "shown", "count": 2 })
    );
    let contacts = visitor.get("/doctor/contacts").await.expect(200);
    assert_eq!(contacts[0]["hotlines"][0]["numbers"][0], "400-805-9899");
    assert!(
        contacts
            .as_array()
            .unwrap()
            .iter()
            .any(|contact| contact["provider"] == "cfca")
    );
}

crate::on_both_databases!(
    before_a_login_browser_clock_and_certificate_are_judged_and_no_binding_is_told,
    after_a_login_the_binding_of_a_key_is_told_step_by_step,
    what_the_platform_does_not_take_an_end_and_a_revocation_are_told,
    nonsense_is_refused_and_events_are_counted_within_the_catalogue,
);
