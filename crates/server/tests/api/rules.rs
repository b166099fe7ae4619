//! A changed line of a rule file changes behaviour, without a rebuild and without a restart.

use crate::harness::keys::profile;
use crate::harness::{JIA, World};

async fn a_changed_capability_counts_at_once(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    world.edit("catalogue/szca.toml", "bind = true", "bind = false");
    browser.prove(&key).await.refused("provider_may_not_bind");
    world.edit("catalogue/szca.toml", "bind = false", "bind = true");
    browser.bind(&key).await.expect(201);
}

async fn a_changed_list_of_a_platform_counts_at_once(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("itrus", &JIA, "IT-1").await;
    browser.prove(&key).await.refused("provider_may_not_bind");
    world.edit(
        "platforms/gongecai.toml",
        r#"bind = ["szca"]"#,
        r#"bind = ["szca", "itrus"]"#,
    );
    assert_eq!(browser.prove(&key).await.expect(201)["key_number"], "IT-1");
}

async fn a_changed_anchor_counts_at_once(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    world.edit(
        "catalogue/szca.toml",
        r#"anchors = ["szca-demo-root"]"#,
        r#"anchors = ["scca-demo-root"]"#,
    );
    browser.prove(&key).await.refused("path_invalid");
}

async fn a_changed_identity_map_counts_at_once(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    world.edit(
        "catalogue/szca.toml",
        r#"key_number = { extension = "2.25.1448040822.2" }"#,
        r#"key_number = { subject = "CN" }"#,
    );
    assert_eq!(
        browser.prove(&key).await.expect(201)["key_number"],
        "林演示"
    );
}

async fn a_file_with_an_error_leaves_the_last_right_reading_in_force(world: World) {
    let browser = world.gongecai();
    let before = browser.get("/platform").await.expect(200);
    world.edit("catalogue/szca.toml", "bind = true", "bind = perhaps");
    assert_eq!(browser.get("/platform").await.expect(200), before);
}

async fn a_product_that_the_platform_does_not_take_is_refused_with_its_reason(world: World) {
    let browser = world.registered(world.gongecai(), &JIA, "lin").await;
    let elsewhere = profile("szca").product("elsewhere").unwrap();
    let key = world.key_by(&elsewhere, &JIA, "SZ-X").await;
    let problem = browser.prove(&key).await.refused("product_refused");
    let detail = problem["detail"]["zh"].as_str().unwrap();
    assert!(
        detail.contains("深圳CA") && detail.contains("400-805-9899"),
        "{detail}"
    );
    let usual = world.key("szca", &JIA, "SZ-1").await;
    browser.bind(&usual).await.expect(201);
}

crate::on_both_databases!(
    a_product_that_the_platform_does_not_take_is_refused_with_its_reason,
    a_changed_capability_counts_at_once,
    a_changed_list_of_a_platform_counts_at_once,
    a_changed_anchor_counts_at_once,
    a_changed_identity_map_counts_at_once,
    a_file_with_an_error_leaves_the_last_right_reading_in_force,
);
