//! The functions of GM/T 0020 in the vendors' formats, with a soft key behind its real library: what a page gets,
//! what it can never get, and who may ask.

mod support;

use std::sync::{Arc, Mutex};

use agent::prompt::{PinPrompt, PromptError, PromptText};
use agent::sof::listen::{Ports, Taken, listen};
use agent::sof::{Sof, topcertkit};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use pki::cms::SignedData;
use pki::{SignatureAlgorithm, hash};
use serde_json::{Value, json};
use support::*;
use token::{KeyKind, Pin};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tower::ServiceExt as _;

/// A person who types what stands on a list, and remembers what was asked.
#[derive(Default)]
struct Typist {
    pins: Mutex<Vec<&'static str>>,
    asked: Mutex<Vec<PromptText>>,
}

impl Typist {
    fn with(pins: &[&'static str]) -> Arc<Typist> {
        let mut pins = pins.to_vec();
        pins.reverse();
        Arc::new(Typist {
            pins: Mutex::new(pins),
            asked: Mutex::default(),
        })
    }

    fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl PinPrompt for Typist {
    fn ask<'a>(&'a self, text: &'a PromptText) -> BoxFuture<'a, Result<Pin, PromptError>> {
        self.asked.lock().unwrap().push(text.clone());
        let pin = self.pins.lock().unwrap().pop();
        Box::pin(async move {
            pin.map_or(
                Err(PromptError::Cancelled),
                |pin| Ok(Pin::new(pin).unwrap()),
            )
        })
    }

    fn confirm<'a>(&'a self, _: &'a PromptText) -> BoxFuture<'a, Result<(), PromptError>> {
        Box::pin(async { Err(PromptError::Cancelled) })
    }
}

struct Page {
    router: Router,
    origin: &'static str,
}

/// A page that calls TopCertKit's format, with the module on and the demo's origin listed.
fn page(bench: &Bench, typist: &Arc<Typist>) -> Page {
    bench.agent.sof().set_enabled(true).unwrap();
    let sof = Sof {
        agent: Arc::clone(&bench.agent),
        prompt: Arc::clone(typist) as Arc<dyn PinPrompt>,
    };
    Page {
        router: topcertkit::router(sof, 7256),
        origin: ORIGIN,
    }
}

impl Page {
    async fn send(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        (parts.status, parts.headers, value)
    }

    fn request(&self, function: &str, body: &Value) -> Request<Body> {
        Request::post(format!("/{function}"))
            .header("host", "127.0.0.1:7256")
            .header("origin", self.origin)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    async fn call(&self, function: &str, body: Value) -> Value {
        let (status, headers, answer) = self.send(self.request(function, &body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(headers["access-control-allow-origin"], self.origin);
        answer
    }

    async fn good(&self, function: &str, body: Value) -> Value {
        let answer = self.call(function, body).await;
        assert_eq!(answer["retCode"], 0, "{function}: {answer}");
        answer["r"].clone()
    }

    async fn code(&self, function: &str, body: Value) -> u64 {
        self.call(function, body).await["retCode"].as_u64().unwrap()
    }

    async fn certificate_id(&self) -> String {
        let list = self.good("SOF_GetUserList", json!({ "t": "" })).await;
        let list = list.as_str().unwrap();
        let (name, rest) = list.split_once("||").unwrap();
        assert_eq!(name, "林演示");
        rest.strip_suffix("&&&").unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_page_for_topcertkit_logs_in_and_signs_with_a_pin_that_it_never_sees() {
    for (kind, algorithm) in [
        (KeyKind::Sm2, SignatureAlgorithm::Sm2WithSm3),
        (KeyKind::Rsa2048, SignatureAlgorithm::RsaPkcs1Sha256),
    ] {
        let soft = SoftKey::new(kind).await;
        let bench = soft.bench();
        let typist = Typist::with(&["00000000", PIN]);
        let page = page(&bench, &typist);
        let id = page.certificate_id().await;
        let certificate = page
            .good("SOF_ExportUserCert", json!({ "inCertId": id }))
            .await;
        assert_eq!(
            STANDARD.decode(certificate.as_str().unwrap()).unwrap(),
            soft.certificate.der()
        );
        let name = page
            .good(
                "SOF_GetCertInfo",
                json!({ "inCert": certificate, "inType": 49 }),
            )
            .await;
        assert_eq!(name, "林演示");

        // The page's PIN would lock the key if it were used.
        let login = json!({ "inCertId": id, "inPassWd": "99999999" });
        assert_eq!(page.good("SOF_Login", login).await, true);
        assert_eq!(typist.times(), 2, "a wrong PIN is asked again");
        let text = typist.asked.lock().unwrap()[1].clone();
        assert!(text.description.contains(ORIGIN) && text.description.contains("林演示"));
        assert_eq!(
            page.good("SOF_GetPinRetryCount", json!({ "inCertId": id }))
                .await,
            6
        );

        let data = "挑战-20261122";
        let sign = json!({ "inCertId": id, "inData": data, "inDataLen": data.len() });
        let signature = page.good("SOF_SignData", sign).await;
        let octets = STANDARD.decode(signature.as_str().unwrap()).unwrap();
        let key = soft.certificate.public_key();
        key.verify(algorithm, data.as_bytes(), &octets).unwrap();
        assert_eq!(typist.times(), 2, "the login serves");

        let verify = |signature: Value| json!({ "inCert": certificate, "inData": data, "SignValue": signature });
        assert_eq!(
            page.good("SOF_VerifySignedData", verify(signature.clone()))
                .await,
            true
        );
        let other = json!({ "inCert": certificate, "inData": "别的", "SignValue": signature });
        assert_eq!(page.good("SOF_VerifySignedData", other).await, false);
        if kind == KeyKind::Sm2 {
            let raw = pki::ec_signature_to_raw(&octets, 32).unwrap();
            let raw = Value::from(STANDARD.encode(raw));
            assert_eq!(page.good("SOF_VerifySignedData", verify(raw)).await, true);
        }
    }
}

#[tokio::test]
async fn a_signed_message_is_a_cms_that_verifies_with_and_without_its_data() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let page = page(&bench, &Typist::with(&[PIN]));
    let id = page.certificate_id().await;
    for (flag, inside) in [("0", true), ("1", false)] {
        let sign = json!({ "dwFlag": flag, "inCertId": id, "inData": "开标一览表" });
        let message = page.good("SOF_SignMessage", sign).await;
        let der = STANDARD.decode(message.as_str().unwrap()).unwrap();
        let signed = SignedData::from_der(&der).unwrap();
        assert_eq!(signed.content(), inside.then_some("开标一览表".as_bytes()));
        let digest = hash(pki::HashAlgorithm::Sm3, "开标一览表".as_bytes());
        signed.signers()[0]
            .verify(&digest, &soft.certificate)
            .unwrap();
        let whole = json!({ "inP7Data": message, "inData": "开标一览表" });
        assert_eq!(page.good("SOF_VerifySignedMessage", whole).await, true);
        let other = json!({ "inP7Data": message, "inData": "改过" });
        assert_eq!(page.good("SOF_VerifySignedMessage", other).await, false);
    }
}

#[tokio::test]
async fn data_that_could_mean_something_else_are_refused_before_a_pin_is_asked() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let typist = Typist::with(&[PIN]);
    let page = page(&bench, &typist);
    let id = page.certificate_id().await;
    let statement = format!("yinxin-signed-statement\0{}", "x".repeat(132));
    for data in ["0…", "1…", &statement, "%PDF-1.7", &"a".repeat(32), ""] {
        let sign = json!({ "inCertId": id, "inData": data });
        assert_eq!(
            page.code("SOF_SignData", sign.clone()).await,
            0x0B00_0201,
            "{data:?}"
        );
        assert_eq!(
            page.code("SOF_SignDataByP7", sign).await,
            0x0B00_0201,
            "{data:?}"
        );
        let last = page.good("SOF_GetLastError", json!({})).await;
        assert_eq!(last, 0x0B00_0201);
    }
    assert_eq!(typist.times(), 0);
}

#[tokio::test]
async fn who_closes_the_pin_window_has_signed_nothing() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let page = page(&bench, &Typist::with(&[]));
    let id = page.certificate_id().await;
    let sign = json!({ "inCertId": id, "inData": "挑战-20261122" });
    assert_eq!(page.code("SOF_SignData", sign).await, 0x0B00_0438);
    assert_eq!(
        page.good("SOF_IsLogin", json!({ "inCertId": id })).await,
        false
    );
    let (entries, _) =
        agent::journal::read(&agent::journal::path_in(&bench.state_folder())).unwrap();
    assert!(entries.is_empty());
}

#[tokio::test]
async fn what_a_page_had_signed_stands_in_the_journal() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    let page = page(&bench, &Typist::with(&[PIN]));
    let id = page.certificate_id().await;
    page.good(
        "SOF_SignData",
        json!({ "inCertId": id, "inData": "挑战-20261122" }),
    )
    .await;
    let (entries, _) =
        agent::journal::read(&agent::journal::path_in(&bench.state_folder())).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].origin.as_str(), entries[0].purpose.as_str()),
        (ORIGIN, "sof_sign_data")
    );
}

#[tokio::test]
async fn only_enabled_origins_on_our_own_host_are_answered_and_only_while_it_is_on() {
    let bench = Bench::new(Arc::new(NoTokens));
    let mut page = page(&bench, &Typist::with(&[]));
    let request = page.request("SOF_GetVersion", &json!({}));
    assert_eq!(page.send(request).await.0, StatusCode::OK);

    for (name, value) in [
        ("host", "evil.cn:7256"),
        ("host", "localhost:7256"),
        ("origin", "null"),
    ] {
        let mut request = page.request("SOF_GetVersion", &json!({}));
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(
            page.send(request).await.0,
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    let mut request = page.request("SOF_GetVersion", &json!({}));
    request.headers_mut().remove("origin");
    assert_eq!(page.send(request).await.0, StatusCode::FORBIDDEN);

    page.origin = "https://tender.example.com.cn";
    let ask = |page: &Page| page.request("SOF_GetVersion", &json!({}));
    assert_eq!(page.send(ask(&page)).await.0, StatusCode::FORBIDDEN);
    bench.agent.sof().set_may(page.origin, true).unwrap();
    assert_eq!(page.send(ask(&page)).await.0, StatusCode::OK);
    bench.agent.sof().set_may(page.origin, false).unwrap();
    assert_eq!(page.send(ask(&page)).await.0, StatusCode::FORBIDDEN);
    // An origin that could never ask in the popup can't be enabled into asking here.
    page.origin = "http://tender.example.com.cn";
    bench.agent.sof().set_may(page.origin, true).unwrap();
    assert_eq!(page.send(ask(&page)).await.0, StatusCode::FORBIDDEN);

    page.origin = ORIGIN;
    bench.agent.sof().set_enabled(false).unwrap();
    assert_eq!(page.send(ask(&page)).await.0, StatusCode::FORBIDDEN);
    assert!(Sof::of(&bench.agent).is_none());
}

#[tokio::test]
async fn a_port_that_the_vendors_client_holds_is_left_to_it() {
    let bench = Bench::new(Arc::new(NoTokens));
    let typist = Typist::with(&[]);
    let sof = Sof {
        agent: Arc::clone(&bench.agent),
        prompt: typist,
    };
    let vendor = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = vendor.local_addr().unwrap().port();
    let ports = Ports {
        bjca: port,
        bjca_tls: 0,
        topcertkit: 0,
    };
    let listening = listen(&sof, ports).await.unwrap();
    assert_eq!(listening.held.bjca, Taken::SteppedAside { port });
    assert!(matches!(listening.held.topcertkit, Taken::Serving { .. }));
}

#[tokio::test]
async fn a_page_for_bjca_speaks_by_websocket_and_hears_of_keys_that_come_and_go() {
    let soft = SoftKey::new(KeyKind::Sm2).await;
    let bench = soft.bench();
    bench.agent.sof().set_enabled(true).unwrap();
    let sof = Sof {
        agent: Arc::clone(&bench.agent),
        prompt: Typist::with(&[PIN]),
    };
    let listening = listen(
        &sof,
        Ports {
            bjca: 0,
            bjca_tls: 0,
            topcertkit: 0,
        },
    )
    .await
    .unwrap();
    let Taken::Serving { port } = listening.held.bjca else {
        panic!("no port");
    };
    let request = |origin: &str| {
        let mut request = format!("ws://127.0.0.1:{port}/xtxapp/")
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        request
    };
    let refused = tokio_tungstenite::connect_async(request("https://evil.cn")).await;
    assert!(matches!(refused, Err(WsError::Http(answer)) if answer.status() == 403));

    let (mut socket, _) = tokio_tungstenite::connect_async(request(ORIGIN))
        .await
        .unwrap();
    {
        let mut number = 0;
        let mut call = async |name: &str, param: Value| -> Value {
            number += 1;
            let call = json!({ "xtx_func_name": name, "call_cmd_id": format!("i_{number}"), "param": param });
            socket.send(Message::text(call.to_string())).await.unwrap();
            let answer = socket.next().await.unwrap().unwrap();
            let answer: Value = serde_json::from_str(answer.to_text().unwrap()).unwrap();
            assert_eq!(answer["call_cmd_id"], format!("i_{number}"));
            answer
        };
        let list = call("GetUserList", json!([])).await;
        let id = list["retVal"].as_str().unwrap();
        let id = id
            .split_once("||")
            .unwrap()
            .1
            .trim_end_matches("&&&")
            .to_owned();
        assert_eq!(
            call("SOF_Login", json!([id, "wrong"])).await["retVal"],
            "true"
        );
        let signature = call("SOF_SignData", json!([id, "挑战-20261122"])).await;
        let octets = STANDARD
            .decode(signature["retVal"].as_str().unwrap())
            .unwrap();
        let key = soft.certificate.public_key();
        key.verify(
            SignatureAlgorithm::Sm2WithSm3,
            "挑战-20261122".as_bytes(),
            &octets,
        )
        .unwrap();
        let certificate = call("SOF_ExportUserCert", json!([id])).await["retVal"].clone();
        let subject = call("SOF_GetCertInfo", json!([certificate, 33])).await;
        assert!(subject["retVal"].as_str().unwrap().contains("CN=林演示"));
        assert_eq!(
            call("SOF_SignFile", json!([id, "/etc/passwd"])).await["errorCode"],
            0x0B00_0002
        );
    }

    bench.agent.changes.send_modify(|count| *count += 1);
    let event = socket.next().await.unwrap().unwrap();
    let event: Value = serde_json::from_str(event.to_text().unwrap()).unwrap();
    assert_eq!(event["call_cmd_id"], "onUsbkeyChange");
}

#[tokio::test]
async fn the_settings_page_switches_it_at_once_and_a_port_that_comes_free_is_taken() {
    let bench = Bench::with_prompt(Arc::new(NoTokens), Some(Typist::with(&[])));
    let vendor = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let held = vendor.local_addr().unwrap().port();
    bench.agent.sof_ports.set_ports(Ports {
        bjca: held,
        bjca_tls: 0,
        topcertkit: 0,
    });
    let page = bench.open_home().await;
    let ask = async |path: &str, body: Value| -> Value {
        let (status, answer) = bench.post(&page, path, body).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer
    };
    let off = ask("sof", json!({})).await;
    assert_eq!(
        (&off["enabled"], &off["window"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(off["ports"], json!([]));

    let on = ask("sof/switch", json!({ "enabled": true })).await;
    let [bjca, topcertkit] = on["ports"].as_array().unwrap().as_slice() else {
        panic!("{on}");
    };
    let aside = json!({ "format": "bjca", "state": "stepped_aside", "port": held });
    assert_eq!(bjca, &aside);
    assert_eq!(topcertkit["state"], "serving");
    drop(vendor);
    let on = ask("sof", json!({})).await;
    assert_eq!(on["ports"][0]["state"], "serving", "{on}");

    // A site of the user's own, on a connection that stays open.
    let site = "https://tender.example.com.cn";
    let unwarned = json!({ "origin": site, "warned": false });
    assert_eq!(
        bench.refusal(&page, "sof/allow", unwarned).await,
        "request_malformed"
    );
    let no_site = json!({ "origin": "http://tender.example.com.cn", "warned": true });
    assert_eq!(
        bench.refusal(&page, "sof/allow", no_site).await,
        "origin_refused"
    );
    ask("sof/allow", json!({ "origin": site, "warned": true })).await;
    assert_eq!(ask("sof", json!({})).await["origins"], json!([site]));
    let mut request = format!("ws://127.0.0.1:{held}/xtxapp/")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("origin", site.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let call = json!({ "xtx_func_name": "SOF_GetVersion", "call_cmd_id": "i_1", "param": [] });
    let call = Message::text(call.to_string());
    socket.send(call.clone()).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_text());
    ask("sof/revoke", json!({ "origin": site })).await;
    socket.send(call).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());

    let off = ask("sof/switch", json!({ "enabled": false })).await;
    assert_eq!(off["ports"], json!([]));
    std::net::TcpListener::bind(("127.0.0.1", held)).expect("the vendor's client can start");
}

#[tokio::test]
async fn without_a_pin_window_it_can_be_on_and_takes_no_port() {
    let bench = Bench::new(Arc::new(NoTokens));
    let page = bench.open_home().await;
    let (_, on) = bench
        .post(&page, "sof/switch", json!({ "enabled": true }))
        .await;
    assert_eq!(
        (&on["enabled"], &on["window"], &on["ports"]),
        (&json!(true), &json!(false), &json!([]))
    );
}
