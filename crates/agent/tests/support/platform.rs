//! A platform's API as far as the command line uses it, checking what a platform must: the login token for its
//! own origin and nonce, the session's cookie, the seal over what it prepared.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::{ErrorCode, Nonce, Problem, Purpose, SignedStatement};
use pki::{HashAlgorithm, UnixTime};
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::{DEFAULT_CAPACITY, SealSpec, SubFilter};
use serde_json::{Value, json};

const PRE: &str = "__Host-yinxin-pre=before";
const SESSION: &str = "__Host-yinxin-session=inside";

/// The platform, on a port of its own.
pub struct Platform {
    pub origin: String,
    state: Arc<Desk>,
}

struct Desk {
    origin: String,
    /// Refuses every login with this.
    refusal: Option<ErrorCode>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    sessions_ended: u32,
    original: Vec<u8>,
    tail: Vec<u8>,
    sealed: Vec<u8>,
    submitted: bool,
}

impl Platform {
    pub async fn start(refusal: Option<ErrorCode>) -> Platform {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Desk {
            origin: origin.clone(),
            refusal,
            kept: Mutex::default(),
        });
        let router = Router::new()
            .route(
                "/api/v1/platform",
                get(async || {
                    Json(json!({ "id": "gongecai", "name": { "zh": "公e采", "en": "Gongecai" } }))
                }),
            )
            .route("/api/v1/logins", post(logins))
            .route("/api/v1/sessions/certificate", post(sessions))
            .route("/api/v1/session", delete(ended))
            .route("/api/v1/seals", get(seals))
            .route("/api/v1/documents", post(upload))
            .route("/api/v1/documents/d1/sealings", post(prepare))
            .route("/api/v1/sealings/{id}/completion", post(complete))
            .route("/api/v1/documents/d1/submission", post(submit))
            .route("/api/v1/documents/d1/file", get(file))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Platform { origin, state }
    }

    pub fn sessions_ended(&self) -> u32 {
        self.state.kept.lock().unwrap().sessions_ended
    }

    pub fn submitted(&self) -> bool {
        self.state.kept.lock().unwrap().submitted
    }
}

fn problem(code: ErrorCode) -> Response {
    (
        StatusCode::from_u16(code.status()).unwrap(),
        Json(Problem::of(code)),
    )
        .into_response()
}

impl Desk {
    #[expect(
        clippy::result_large_err,
        reason = "the refusal is the handler's answer"
    )]
    fn guard(&self, headers: &HeaderMap, cookie: &str) -> Result<(), Response> {
        let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
        if !is("origin", &self.origin) {
            return Err(problem(ErrorCode::OriginRefused));
        }
        if !cookie.is_empty() && !is("cookie", cookie) {
            return Err(problem(ErrorCode::NotLoggedIn));
        }
        Ok(())
    }
}

async fn logins(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Response> {
    desk.guard(&headers, "")?;
    let nonce = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(super::NONCE);
    let body = json!({ "challenge": "c1", "nonce": nonce, "intent": super::LOGIN_INTENT, "expires_at": "2026-11-22T12:05:00Z" });
    Ok((
        [("set-cookie", format!("{PRE}; Path=/; Secure"))],
        Json(body),
    )
        .into_response())
}

async fn sessions(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    desk.guard(&headers, PRE)?;
    let token: SignedStatement = serde_json::from_value(body["token"].clone()).unwrap();
    let intent = super::LOGIN_INTENT.as_bytes();
    let proven = token.verify(Purpose::Login, &desk.origin, &Nonce(super::NONCE), intent);
    if proven.is_err() || body["challenge"] != "c1" {
        return Err(problem(ErrorCode::StatementInvalid));
    }
    if let Some(code) = desk.refusal {
        return Err(problem(code));
    }
    let body = json!({
        "account": { "id": "a1", "name": "lin", "person": "林演示", "role": "administrator" },
        "organisation": { "name": "演示供应商甲有限公司", "uscc": "" },
        "logged_in_by": { "method": "certificate", "key_number": "SZ-2026-0001" },
    });
    let mut response = Json(body).into_response();
    for line in [
        format!("{SESSION}; Path=/"),
        "__Host-yinxin-pre=; Path=/; Max-Age=0".into(),
    ] {
        response
            .headers_mut()
            .append("set-cookie", line.parse().unwrap());
    }
    Ok(response)
}

async fn ended(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<StatusCode, Response> {
    desk.guard(&headers, SESSION)?;
    desk.kept.lock().unwrap().sessions_ended += 1;
    Ok(StatusCode::NO_CONTENT)
}

async fn seals() -> Json<Value> {
    Json(json!({ "items": [{ "id": "s1", "name": "公章", "kind": "official" }], "total": 1 }))
}

async fn upload(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Response> {
    desk.guard(&headers, SESSION)?;
    desk.kept.lock().unwrap().original = body.to_vec();
    Ok(Json(json!({ "id": "d1" })))
}

async fn prepare(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Json(form): Json<Value>,
) -> Result<Json<Value>, Response> {
    desk.guard(&headers, SESSION)?;
    let picture = VectorPicture {
        content: b"0.85 0.1 0.1 rg 5 5 100 100 re f\n".to_vec(),
        width_mm: 40.0,
        height_mm: 40.0,
    };
    let mut kept = desk.kept.lock().unwrap();
    let spec = SealSpec {
        page: 1,
        rect: Rect::new(100.0, 100.0, 213.4, 213.4),
        picture: &picture,
        field_name: "YinxinSeal1",
        signer_name: "演示供应商甲有限公司",
        reason: None,
        time: UnixTime(super::NOW),
        sub_filter: SubFilter::AdbePkcs7Detached,
        contents_capacity: DEFAULT_CAPACITY,
    };
    kept.tail = seal::pdf::prepare(&kept.original, &spec).unwrap().tail;
    let digest = seal::pdf::digest(&kept.original, &kept.tail, HashAlgorithm::Sm3).unwrap();
    let intent = json!({
        "purpose": "seal", "v": 1, "platform": "gongecai", "platform_name": "公e采",
        "organisation": "演示供应商甲有限公司", "document": "投标函.pdf",
        "document_digest": { "algorithm": "sha256", "value_hex": hex::encode(pki::hash(HashAlgorithm::Sha256, &kept.original)) },
        "pages": [form["page"]], "seal": { "id": form["seal_id"], "name": "公章" },
    });
    Ok(Json(json!({
        "id": "g1", "expires_at": "2026-11-22T12:15:00Z",
        "version": 1, "purpose": "seal", "intent": intent.to_string(),
        "variants": [{ "family": "sm2", "sub_filter": SubFilter::AdbePkcs7Detached.name(), "hash": "sm3",
            "digest": STANDARD.encode(digest), "tail": STANDARD.encode(&kept.tail), "original_length": kept.original.len() }],
    })))
}

async fn complete(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(form): Json<Value>,
) -> Result<Json<Value>, Response> {
    desk.guard(&headers, SESSION)?;
    assert_eq!(id, "g1");
    let cms = STANDARD.decode(form["cms"].as_str().unwrap()).unwrap();
    let mut kept = desk.kept.lock().unwrap();
    let length = kept.original.len() as u64;
    let completed = seal::pdf::complete(&kept.tail, length, &cms).unwrap();
    kept.sealed = [&kept.original[..], &completed].concat();
    Ok(Json(json!({ "id": "d1", "state": "sealed" })))
}

async fn submit(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Response> {
    desk.guard(&headers, SESSION)?;
    desk.kept.lock().unwrap().submitted = true;
    Ok(Json(json!({ "id": "d1", "state": "published" })))
}

async fn file(State(desk): State<Arc<Desk>>) -> Vec<u8> {
    desk.kept.lock().unwrap().sealed.clone()
}

/// One page with nothing on it.
pub fn pdf() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 2 0 R>>",
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", at + 1).as_bytes());
    }
    let start = file.len();
    file.extend_from_slice(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(
        format!("trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    file
}
