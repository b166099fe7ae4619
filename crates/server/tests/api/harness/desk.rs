//! A desk: the agent with its catalogue, a drawer of soft keys behind their real library, worker and pipes, and
//! a hand that plugs keys in and types PINs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use agent::origin::OriginPolicy;
use agent::serve::{About, Agent, Parts, router};
use agent::state::State;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use catalogue::{Catalogue, Live};
use contract::AgentResponse;
use domain::Clock as _;
use http_body_util::BodyExt as _;
use issuer::{Applicant, Profile};
use pki::pkcs10::CertificationRequest;
use pki::{KeyFamily, UnixTime};
use serde_json::{Value, json};
use token::{
    ApplicationSpec, DeviceKey, DeviceRef, KeyKind, KeyRef, LastTry, Library, Limits, Pin,
    ServiceOptions, TokenService,
};
use tower::ServiceExt as _;

use super::{Answer, Browser, Company, World};

const PIN: &str = "20261122";

/// One computer with an agent that runs.
pub struct Desk {
    agent: Arc<Agent>,
    router: Router,
    drawer: PathBuf,
    worker: PathBuf,
    _state: tempfile::TempDir,
}

/// The soft token's library and the worker, built where this test was.
fn built() -> &'static (PathBuf, PathBuf) {
    static BUILT: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    BUILT.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "skf-soft",
                "--package",
                "token",
            ])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
            .status()
            .unwrap();
        assert!(status.success(), "the soft token does not build");
        let folder = Path::new(env!("CARGO_BIN_EXE_yinxin")).parent().unwrap();
        (
            folder.join("libskf_soft.so"),
            folder.join("yinxin-token-worker"),
        )
    })
}

/// The soft token's library.
pub fn soft_library() -> &'static Path {
    &built().0
}

impl Desk {
    /// A desk whose agent reads the installation's catalogue and is told of `libraries` by hand.
    pub fn open(world: &World, libraries: &[PathBuf]) -> Self {
        let drawer = world.folder().join("drawer");
        std::fs::create_dir_all(&drawer).unwrap();
        // The variable goes to this worker only, so that tests don't share it.
        let worker = world.folder().join("worker");
        let text = format!(
            "#!/bin/sh\nYINXIN_SOFT_DRAWER='{}' exec '{}'\n",
            drawer.display(),
            built().1.display()
        );
        let script = "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"";
        let status = Command::new("sh")
            .args(["-c", script, "sh", &text])
            .arg(&worker)
            .status()
            .unwrap();
        assert!(status.success());

        let folder = world.folder().join("catalogue");
        let clock = Arc::clone(&world.clock);
        let clock: agent::Clock = Arc::new(move || UnixTime::from(clock.now()));
        let load = {
            let folder = folder.clone();
            move || Catalogue::load(&folder)
        };
        let catalogue = Live::open(Catalogue::folders(&folder), clock(), load, |_| {}).unwrap();
        let libraries = agent::modules::libraries(
            libraries,
            catalogue.current(clock()).modules(),
            Path::is_file,
        );
        let service = service(libraries, &worker);
        let state = tempfile::tempdir().unwrap();
        let origins = ["http://127.0.0.1:8080", "http://localhost:8080"];
        let parts = Parts {
            state: State::open(&state.path().join("state")).unwrap(),
            clock,
            about: About::default(),
            policy: OriginPolicy::new(origins.map(str::to_owned).to_vec(), Vec::new()).unwrap(),
            catalogue,
            tokens: Arc::new(service),
            prompt: None,
            pin_entry: None,
        };
        let agent = Agent::new(17590, parts).unwrap();
        Self {
            router: router(Arc::clone(&agent)),
            agent,
            drawer,
            worker,
            _state: state,
        }
    }

    /// A new key with a certificate by this profile, plugged in. It is made as a maker would, through `library`.
    pub async fn plug_new(
        &self,
        world: &World,
        profile: &Profile,
        library: &Path,
        company: &Company,
        number: &str,
    ) {
        world.establish_profile(profile).await;
        let folder = self.drawer.join(number);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("plugged"), b"").unwrap();
        let quirks_of = agent::modules::shipped().unwrap();
        let soft = Library::named(soft_library(), &quirks_of);
        let library = Library {
            path: library.to_owned(),
            ..soft
        };
        let path = library.path.clone();
        let service = service(vec![library], &self.worker);
        let device = DeviceRef {
            library: path.clone(),
            device: number.into(),
        };
        let spec = ApplicationSpec {
            name: "YINXIN".into(),
            admin_tries: 3,
            user_tries: 6,
        };
        let (admin, user) = (Pin::new("admin-2026").unwrap(), Pin::new(PIN).unwrap());
        service
            .create_application(&device, &DeviceKey::default(), &spec, &admin, &user)
            .await
            .unwrap();
        let key = KeyRef {
            library: path,
            device: number.into(),
            application: "YINXIN".into(),
            container: "SIGN".into(),
        };
        let kind = match profile.family() {
            KeyFamily::Rsa => KeyKind::Rsa2048,
            _ => KeyKind::Sm2,
        };
        service
            .generate_key(&key, &user, kind, LastTry::Keep)
            .await
            .unwrap();
        let subject = profile.root.name().unwrap();
        let request = service
            .certification_request(&key, &user, &subject, LastTry::Keep)
            .await
            .unwrap();
        let request = CertificationRequest::from_der(&request).unwrap();
        let applicant = Applicant {
            organisation: company.name.to_owned(),
            uscc: company.uscc.to_owned(),
            holder: "林演示".to_owned(),
            key_number: number.to_owned(),
        };
        let template = profile
            .template(&applicant, &request, world.now().into(), None)
            .unwrap();
        let (authority, _) = world.authorities.open(&profile.issuing.id).await.unwrap();
        let certificate = world
            .authorities
            .issue(&authority, &template)
            .await
            .unwrap();
        service
            .import_certificate(&key, &user, certificate.der(), LastTry::Keep)
            .await
            .unwrap();
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, bytes.to_vec())
    }

    async fn open_window(&self) -> String {
        let request = Request::get("/popup")
            .header("host", "127.0.0.1:17590")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        let (status, body) = self.send(request).await;
        assert_eq!(status, StatusCode::OK);
        let html = String::from_utf8(body).unwrap();
        let token = html
            .split("name=\"yinxin-page\" content=\"")
            .nth(1)
            .unwrap();
        token[..43].to_owned()
    }

    async fn post(&self, page: &str, path: &str, body: Value) -> Value {
        let request = Request::post(format!("/api/{path}"))
            .header("host", "127.0.0.1:17590")
            .header("origin", self.agent.origin())
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .header("x-yinxin-page", page)
            .body(Body::from(body.to_string()))
            .unwrap();
        let (status, body) = self.send(request).await;
        let answer = serde_json::from_slice(&body).unwrap_or(Value::Null);
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The keys as the agent's window lists them for a login.
    pub async fn keys(&self) -> Vec<Value> {
        let page = self.open_window().await;
        let request = json!({ "version": 1, "purpose": "login", "nonce": "A".repeat(43),
            "intent": r#"{"purpose":"login","v":1,"platform":"gongecai","platform_name":"公e采"}"# });
        self.ask(&page, "http://127.0.0.1:8080", &request).await;
        self.post(&page, "keys", json!({ "seen": null })).await["keys"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn ask(&self, page: &str, origin: &str, request: &Value) {
        let body = json!({ "origin": origin, "request": request.to_string() });
        self.post(page, "request", body).await;
        self.post(page, "consent", json!({})).await;
    }

    /// What a page of `origin` gets when the user picks the key with this device name and types its PIN.
    async fn answer(&self, origin: &str, request: &Value, device: &str) -> AgentResponse {
        let page = self.open_window().await;
        self.ask(&page, origin, request).await;
        let listed = self.post(&page, "keys", json!({ "seen": null })).await;
        let rows = listed["keys"].as_array().unwrap();
        let of_device = |row: &&Value| row["serial"] == device || row["key_number"] == device;
        let row = rows
            .iter()
            .find(of_device)
            .unwrap_or_else(|| panic!("no {device}: {listed}"));
        let sign = json!({ "certificate": row["certificates"][0]["id"], "pin": PIN, "spend_last_try": false });
        let answer = self.post(&page, "sign", sign).await;
        serde_json::from_value(answer).unwrap()
    }

    async fn prove(
        &self,
        browser: &Browser,
        purpose: &str,
        challenge: &Value,
        device: &str,
    ) -> Value {
        let request = json!({ "version": 1, "purpose": purpose, "nonce": challenge["nonce"], "intent": challenge["intent"] });
        let origin = browser.origin.clone().unwrap();
        match self.answer(&origin, &request, device).await {
            AgentResponse::Statement { token } => {
                json!({ "challenge": challenge["challenge"], "token": token })
            }
            other => panic!("{other:?}"),
        }
    }

    /// CA 登录.
    pub async fn log_in(&self, browser: &Browser, device: &str) -> Answer {
        let challenge = browser.post("/logins", &json!({})).await.expect(200);
        let form = self.prove(browser, "login", &challenge, device).await;
        browser.post("/sessions/certificate", &form).await
    }

    /// 获取 CA 编号, then 确定 where that went well.
    pub async fn bind(&self, browser: &Browser, device: &str) -> Answer {
        let challenge = browser
            .post("/binding-challenges", &json!({}))
            .await
            .expect(200);
        let form = self.prove(browser, "bind", &challenge, device).await;
        let proof = browser.post("/binding-proofs", &form).await;
        if proof.status != StatusCode::CREATED {
            return proof;
        }
        browser
            .post("/bindings", &json!({ "proof_id": proof.body["id"] }))
            .await
    }

    /// 签章 on the first page of a document.
    pub async fn seal(
        &self,
        browser: &Browser,
        document: &str,
        device: &str,
        (x_mm, y_mm): (f64, f64),
    ) -> Answer {
        let sealing = browser.prepare(document, 1, x_mm, y_mm).await.expect(201);
        let request = json!({ "version": 1, "purpose": "seal", "intent": sealing["intent"], "variants": sealing["variants"] });
        let origin = browser.origin.clone().unwrap();
        match self.answer(&origin, &request, device).await {
            AgentResponse::Seal { cms, .. } => {
                let cms = serde_json::to_value(cms).unwrap();
                browser.complete(&sealing, cms.as_str().unwrap()).await
            }
            other => panic!("{other:?}"),
        }
    }
}

fn service(libraries: Vec<Library>, worker: &Path) -> TokenService {
    let options = ServiceOptions {
        worker: Some(worker.to_owned()),
        limits: Limits::default(),
    };
    TokenService::new(libraries, options).unwrap()
}
