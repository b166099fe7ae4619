//! What each role may do, at every address that changes something.

use std::path::Path;

use domain::permission::{Permission, Role};
use serde_json::json;
use server::http::permissions::needed;

use crate::harness::{JIA, World};
use crate::people::{invite, join};

/// Every route with a changing method, as the routers' sources name them: method and address.
fn changing_routes() -> Vec<(&'static str, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut routes = Vec::new();
    let mut files = vec![source.join("http.rs")];
    for file in std::fs::read_dir(source.join("http")).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        // The desk has its own duties; notifications of money and questions to a CA come without a session.
        if file.extension().is_some_and(|ending| ending == "rs")
            && !["operator", "payments", "ca"].contains(&name.as_str())
        {
            files.push(file);
        }
    }
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for block in text.split(".route(").skip(1) {
            let prefix = block.trim_start().starts_with("&path(");
            let Some(address) = block.split('"').nth(1) else {
                continue;
            };
            let address = if prefix {
                format!("/applications/{{id}}{address}")
            } else {
                address.to_owned()
            };
            for method in ["post", "put", "delete"] {
                if block.contains(&format!("{method}(")) {
                    routes.push((method, address.clone()));
                }
            }
        }
    }
    routes
}

#[test]
fn every_change_names_its_permission() {
    let routes = changing_routes();
    assert!(routes.len() > 60, "{} routes were found", routes.len());
    let unnamed: Vec<_> = routes
        .iter()
        .filter(|(_, address)| needed(address).is_none())
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
    for permission in Permission::ALL {
        assert!(
            routes
                .iter()
                .any(|(_, address)| needed(address) == Some(permission)),
            "{permission:?} is asked for nowhere"
        );
    }
}

async fn each_role_is_refused_at_every_address_that_is_not_its_own(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    let refusal = |body: &str| body.contains("ask your organisation");
    for (at, role) in [Role::Handler, Role::SealKeeper, Role::Finance, Role::Reader]
        .into_iter()
        .enumerate()
    {
        let (name, phone) = (format!("wang{at}"), format!("1380013810{at}"));
        invite(&admin, &name, &phone, role.word()).await;
        let browser = join(&world, &name, &phone).await;
        for (method, address) in changing_routes() {
            let permission = needed(&address).unwrap();
            // Ending the session would end the walk.
            if role.may(permission) || permission == Permission::Own {
                continue;
            }
            let path = address.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
            let answer = match method {
                "put" => browser.put(&path, &json!({})).await,
                "delete" => browser.delete(&path).await,
                _ => browser.post(&path, &json!({})).await,
            };
            let problem = answer.refused("forbidden");
            assert!(
                refusal(&problem.to_string()),
                "{role:?} {method} {path}: {problem}"
            );
        }
        // Reading is everybody's.
        for path in ["/bindings", "/documents", "/applications", "/organisation"] {
            browser.get(path).await.expect(200);
        }
    }
}

async fn who_may_is_not_stopped_by_the_role(world: World) {
    let admin = world.registered(world.gongecai(), &JIA, "lin").await;
    invite(&admin, "wang", "13800138101", "seal_keeper").await;
    let keeper = join(&world, "wang", "13800138101").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    keeper.bind(&key).await.expect(201);
    invite(&admin, "zhao", "13800138102", "finance").await;
    let finance = join(&world, "zhao", "13800138102").await;
    let nothing = "/applications/01ARZ3NDEKTSV4RRFFQ69G5FAV/payments";
    finance
        .post(nothing, &json!({ "method": "transfer" }))
        .await
        .refused("not_found");
    keeper.post(nothing, &json!({})).await.refused("forbidden");
}

crate::on_both_databases!(
    each_role_is_refused_at_every_address_that_is_not_its_own,
    who_may_is_not_stopped_by_the_role,
);
