//! An agent without a socket, a page that asks it, and a soft key in a drawer.
#![allow(dead_code, missing_docs)] // Each test program uses its own part.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use agent::keyring::Tokens;
use agent::origin::OriginPolicy;
use agent::prompt::PinPrompt;
use agent::serve::{About, Agent, Parts, router};
use agent::state::State;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use catalogue::{Catalogue, Live};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use pki::asn1::{tag, write};
use pki::{Certificate, KeyFamily, Name, PublicKey, Signer as _, SoftwareKey, UnixTime, oid};
use serde_json::{Value, json};
use token::*;
use tower::ServiceExt as _;

/// 2026-11-22T12:00:00Z.
pub const NOW: i64 = 1_795_348_800;
pub const PORT: u16 = 17590;
pub const ORIGIN: &str = "http://127.0.0.1:8080";
pub const OWN: &str = "http://127.0.0.1:17590";
pub const PIN: &str = "20261122";

pub struct Bench {
    pub agent: Arc<Agent>,
    pub router: Router,
    pub now: Arc<AtomicI64>,
    pub folder: tempfile::TempDir,
}

/// No tokens at all: for refusals that come before one is asked.
pub struct NoTokens;

impl Tokens for NoTokens {
    fn list(&self) -> BoxFuture<'_, Listing> {
        Box::pin(async { Listing::default() })
    }

    fn sign<'a>(
        &'a self,
        _: &'a KeyRef,
        _: &'a Pin,
        _: &'a [u8],
        _: &'a Message,
        _: LastTry,
    ) -> BoxFuture<'a, Result<Signature, TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }

    fn check_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: PinKind,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }

    fn change_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: PinKind,
        _: &'a Pin,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }

    fn unblock_pin<'a>(
        &'a self,
        _: &'a ApplicationRef,
        _: &'a Pin,
        _: &'a Pin,
        _: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }

    fn set_label<'a>(
        &'a self,
        _: &'a DeviceRef,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async { Err(TokenError::NoToken) })
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An agent whose state folder was furnished before it started.
pub fn bench_with_state(tokens: Arc<dyn Tokens>, furnish: impl FnOnce(&Path)) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    furnish(&state);
    Bench::within(folder, tokens, None)
}

impl Bench {
    pub fn new(tokens: Arc<dyn Tokens>) -> Bench {
        Bench::with_prompt(tokens, None)
    }

    /// An agent that asks for PINs in a window of its own.
    pub fn with_prompt(tokens: Arc<dyn Tokens>, prompt: Option<Arc<dyn PinPrompt>>) -> Bench {
        Bench::within(tempfile::tempdir().unwrap(), tokens, prompt)
    }

    pub fn within(
        folder: tempfile::TempDir,
        tokens: Arc<dyn Tokens>,
        prompt: Option<Arc<dyn PinPrompt>>,
    ) -> Bench {
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&now);
        let parts = Parts {
            state: State::open(&folder.path().join("state")).unwrap(),
            clock: Arc::new(move || UnixTime(clock.load(Ordering::SeqCst))),
            policy: OriginPolicy::new(vec![ORIGIN.into()], Vec::new()).unwrap(),
            about: About::default(),
            catalogue: Live::fixed(Catalogue::load(&root().join("catalogue")).unwrap()),
            tokens,
            prompt,
            pin_entry: None,
        };
        let agent = Agent::new(PORT, parts).unwrap();
        Bench {
            router: router(Arc::clone(&agent)),
            agent,
            now,
            folder,
        }
    }

    pub fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub async fn send(
        &self,
        request: Request<Body>,
    ) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (
            parts.status,
            parts.headers,
            body.collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    /// Opens the popup, and returns the token of this load.
    pub async fn open(&self) -> String {
        self.open_at("/popup").await
    }

    /// Opens the agent's own page, and returns the token of this load.
    pub async fn open_home(&self) -> String {
        self.open_at("/").await
    }

    async fn open_at(&self, path: &str) -> String {
        let request = Request::get(path)
            .header("host", "127.0.0.1:17590")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        let (status, _, body) = self.send(request).await;
        assert_eq!(status, StatusCode::OK);
        let html = String::from_utf8(body).unwrap();
        html.split("name=\"yinxin-page\" content=\"")
            .nth(1)
            .unwrap()[..43]
            .to_owned()
    }

    /// What our own page sends.
    pub fn own(page: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
        Request::post(format!("/api/{path}"))
            .header("host", "127.0.0.1:17590")
            .header("origin", OWN)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .header("x-yinxin-page", page)
            .body(body.into())
            .unwrap()
    }

    pub async fn post(&self, page: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let (status, _, body) = self.send(Bench::own(page, path, body.to_string())).await;
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The code of a refusal.
    pub async fn refusal(&self, page: &str, path: &str, body: Value) -> String {
        let (status, answer) = self.post(page, path, body).await;
        assert!(!status.is_success(), "{path} was answered: {answer}");
        answer["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A page on which the site has asked for a login.
    pub async fn asking(&self, request: &Value) -> String {
        let page = self.open().await;
        let (status, view) = self.post(&page, "request", body_of(ORIGIN, request)).await;
        assert_eq!(status, StatusCode::OK, "{view}");
        page
    }
}

pub fn body_of(origin: &str, request: &Value) -> Value {
    json!({ "origin": origin, "request": request.to_string() })
}

pub const NONCE: [u8; 32] = [7; 32];

pub fn statement_request(purpose: &str, intent: &str) -> Value {
    let nonce = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(NONCE);
    json!({ "version": 1, "purpose": purpose, "nonce": nonce, "intent": intent })
}

pub const LOGIN_INTENT: &str =
    r#"{"purpose":"login","v":1,"platform":"gongecai","platform_name":"公e采"}"#;

pub fn login_request() -> Value {
    statement_request("login", LOGIN_INTENT)
}

/// A soft key in a drawer of its own, reached as a vendor's library is.
pub struct SoftKey {
    _folder: tempfile::TempDir,
    drawer: PathBuf,
    pub service: TokenService,
    pub key: KeyRef,
    pub certificate: Certificate,
}

/// The library and the worker, built where this test was.
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
            .current_dir(root())
            .status()
            .unwrap();
        assert!(status.success(), "the soft token does not build");
        let folder = Path::new(env!("CARGO_BIN_EXE_yinxin-agent"))
            .parent()
            .unwrap();
        (
            folder.join("libskf_soft.so"),
            folder.join("yinxin-token-worker"),
        )
    })
}

impl SoftKey {
    /// A key with a certificate of the demo's 深圳CA (SM2) or 天威诚信 (RSA), valid for a year from [`NOW`].
    pub async fn new(kind: KeyKind) -> SoftKey {
        SoftKey::valid_from(kind, NOW).await
    }

    /// The same for programs that read the system's clock.
    pub async fn new_today(kind: KeyKind) -> SoftKey {
        SoftKey::valid_from(kind, agent::system_clock()().0).await
    }

    /// The drawer, as the library finds it by `YINXIN_SOFT_DRAWER`.
    pub fn drawer(&self) -> &Path {
        &self.drawer
    }

    async fn valid_from(kind: KeyKind, now: i64) -> SoftKey {
        let (library, worker) = built();
        let folder = tempfile::tempdir().unwrap();
        let drawer = folder.path().join("drawer");
        std::fs::create_dir_all(drawer.join("K1")).unwrap();
        std::fs::write(drawer.join("K1/plugged"), b"").unwrap();
        // The variable goes to this worker only, so that tests don't share it.
        let script = folder.path().join("worker");
        let text = format!(
            "#!/bin/sh\nYINXIN_SOFT_DRAWER='{}' exec '{}'\n",
            drawer.display(),
            worker.display()
        );
        let status = Command::new("sh")
            .args([
                "-c",
                "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"",
                "sh",
                &text,
            ])
            .arg(&script)
            .status()
            .unwrap();
        assert!(status.success());
        let options = ServiceOptions {
            worker: Some(script),
            limits: Limits::default(),
        };
        let service = TokenService::new(
            vec![Library::named(library, &agent::modules::shipped().unwrap())],
            options,
        )
        .unwrap();

        let device = DeviceRef {
            library: library.clone(),
            device: "K1".into(),
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
            library: library.clone(),
            device: "K1".into(),
            application: "YINXIN".into(),
            container: "SIGN".into(),
        };
        let public = service
            .generate_key(&key, &user, kind, LastTry::Keep)
            .await
            .unwrap();
        let certificate = demo_certificate(&public, now);
        service
            .import_certificate(&key, &user, certificate.der(), LastTry::Keep)
            .await
            .unwrap();
        SoftKey {
            _folder: folder,
            drawer,
            service,
            key,
            certificate,
        }
    }

    /// A P-256 key in a SoftHSM2 of its own, reached as a PKCS#11 module is, with a certificate of the demo's
    /// 天威诚信. `None`, said aloud, where `YINXIN_SOFTHSM` does not name the module; an error where tools are
    /// required.
    pub async fn of_softhsm() -> Option<SoftKey> {
        let Some(module) = std::env::var_os("YINXIN_SOFTHSM").map(PathBuf::from) else {
            assert!(
                std::env::var_os("YINXIN_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
                "YINXIN_SOFTHSM must name SoftHSM2's module"
            );
            eprintln!("skipped: YINXIN_SOFTHSM does not name SoftHSM2's module");
            return None;
        };
        let (_, worker) = built();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tokens")).unwrap();
        let settings = folder.path().join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\n",
            folder.path().join("tokens").display()
        );
        std::fs::write(&settings, text).unwrap();
        let script = folder.path().join("worker");
        let text = format!(
            "#!/bin/sh\nSOFTHSM2_CONF='{}' XDG_RUNTIME_DIR='{}' exec '{}'\n",
            settings.display(),
            // The lock of turns is these tokens' own too.
            folder.path().display(),
            worker.display()
        );
        let status = Command::new("sh")
            .args([
                "-c",
                "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"",
                "sh",
                &text,
            ])
            .arg(&script)
            .status()
            .unwrap();
        assert!(status.success());
        let options = ServiceOptions {
            worker: Some(script),
            limits: Limits::default(),
        };
        // Known by its file name: that it is PKCS#11, and no hardware.
        let library = Library::named(&module, &agent::modules::shipped().unwrap());
        let service = TokenService::new(vec![library], options).unwrap();
        let blank = service.list().await.tokens.remove(0);
        let spec = ApplicationSpec {
            name: "YINXIN".into(),
            admin_tries: 3,
            user_tries: 6,
        };
        let (admin, user) = (Pin::new("admin-2026").unwrap(), Pin::new(PIN).unwrap());
        service
            .create_application(
                &blank.reference(),
                &DeviceKey::default(),
                &spec,
                &admin,
                &user,
            )
            .await
            .unwrap();
        let listing = service.list().await;
        let token = listing
            .tokens
            .iter()
            .find(|token| token.label == "YINXIN")
            .unwrap();
        assert!(!token.hardware);
        let key = KeyRef {
            library: module,
            device: token.device.clone(),
            application: "YINXIN".into(),
            container: "SIGN-P256".into(),
        };
        let public = service
            .generate_key(&key, &user, KeyKind::P256, LastTry::Keep)
            .await
            .unwrap();
        let certificate = demo_certificate(&public, NOW);
        service
            .import_certificate(&key, &user, certificate.der(), LastTry::Keep)
            .await
            .unwrap();
        Some(SoftKey {
            drawer: folder.path().join("tokens"),
            _folder: folder,
            service,
            key,
            certificate,
        })
    }

    pub fn plug(&self, plugged: bool) {
        let mark = self.drawer.join("K1/plugged");
        if plugged {
            std::fs::write(mark, b"").unwrap()
        } else {
            std::fs::remove_file(mark).unwrap()
        }
    }

    pub fn bench(&self) -> Bench {
        Bench::new(Arc::new(self.service.clone()))
    }
}

/// A certificate in the name of the demo CA, by a key made here: the agent reads names, the server checks paths.
pub fn demo_certificate(public: &PublicKey, now: i64) -> Certificate {
    let authority = SoftwareKey::generate(public.family()).unwrap();
    let common_name = if public.family() == KeyFamily::Sm2 {
        "深圳CA 演示签发CA DEMO"
    } else {
        "天威诚信 演示签发CA DEMO"
    };
    let issuer = Name::from_attributes(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "印信演示"),
        (oid::ORGANIZATIONAL_UNIT, "演示 DEMO"),
        (oid::COMMON_NAME, common_name),
    ])
    .unwrap();
    let subject = Name::from_attributes(&[
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "演示供应商甲有限公司"),
        (oid::ORGANIZATIONAL_UNIT, "x@IT-0007"),
        (oid::COMMON_NAME, "林演示"),
    ])
    .unwrap();
    let extension = |oid: &pki::Oid, value: &[u8]| {
        write::sequence(&[&write::oid(oid), &write::octet_string(value)])
    };
    let extensions = [
        extension(&oid::KEY_USAGE, &write::named_bits(&[true, true])),
        extension(
            &pki::Oid::new_unwrap("2.25.1448040822.2"),
            &write::utf8_string("SZ-2026-0001"),
        ),
    ];
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::integer(4711),
        &authority.algorithm().identifier(),
        issuer.der(),
        &write::sequence(&[
            &UnixTime(now - 86_400).to_asn1(),
            &UnixTime(now + 365 * 86_400).to_asn1(),
        ]),
        subject.der(),
        public.spki_der(),
        &write::explicit(3, &write::element(tag::SEQUENCE, &extensions.concat())),
    ]);
    let signature = authority.sign(&tbs).unwrap();
    let der = write::sequence(&[
        &tbs,
        &authority.algorithm().identifier(),
        &write::bit_string(&signature),
    ]);
    Certificate::from_der(&der).unwrap()
}
