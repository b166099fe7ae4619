//! A browser: it keeps cookies, sends Host and Origin, and reads JSON.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::response::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::PASSWORD;

/// One browser with its cookies; a clone is another tab of it.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub host: String,
    pub origin: Option<String>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Checks that it is the problem of this code, with texts and remedy in both languages; returns the body.
    #[track_caller]
    pub fn refused(self, code: &str) -> Value {
        assert_eq!(self.body["code"], code, "{}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], self.status.as_u16());
        for text in ["detail", "remedy"] {
            for language in ["zh", "en"] {
                assert!(
                    self.body[text][language]
                        .as_str()
                        .is_some_and(|text| !text.is_empty())
                );
            }
        }
        self.body
    }
}

impl Browser {
    pub fn new(router: Router, host: &str) -> Self {
        Self {
            router,
            host: host.to_owned(),
            origin: Some(format!("http://{host}")),
            cookies: Arc::default(),
        }
    }

    /// The same browser as seen by a page of another origin.
    pub fn with_origin(&self, origin: Option<&str>) -> Self {
        Self {
            origin: origin.map(str::to_owned),
            ..self.clone()
        }
    }

    /// The same cookies sent to another host; a browser would not do that.
    pub fn to_host(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }

    /// Forgets a cookie, or sets it.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.lock().unwrap();
        match value {
            Some(value) => cookies.insert(name.to_owned(), value.to_owned()),
            None => cookies.remove(name),
        };
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, &format!("/api/v1{path}"), None)
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(
            Method::POST,
            &format!("/api/v1{path}"),
            Some(body.to_string()),
        )
        .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, &format!("/api/v1{path}"), None)
            .await
    }

    pub async fn log_in(&self, account: &str) -> Answer {
        self.post(
            "/sessions/password",
            &json!({ "account": account, "password": PASSWORD }),
        )
        .await
    }

    pub async fn send(&self, method: Method, uri: &str, body: Option<String>) -> Answer {
        let body = body.map(|text| ("application/json", text.into_bytes()));
        let (parts, bytes) = self.transfer(method, uri, body).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::String(text));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Sends bytes with their media type, or nothing; the answer's body comes back as bytes.
    pub async fn transfer(
        &self,
        method: Method,
        uri: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> (Parts, Bytes) {
        self.transfer_with(method, uri, &[], body).await
    }

    /// The same with further headers.
    pub async fn transfer_with(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> (Parts, Bytes) {
        let mut request = Request::builder()
            .method(&method)
            .uri(uri)
            .header(HOST, &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(origin) = self.origin.as_ref().filter(|_| method != Method::GET) {
            request = request.header(ORIGIN, origin);
        }
        if let Some((kind, _)) = &body {
            request = request.header(CONTENT_TYPE, *kind);
        }
        let jar: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !jar.is_empty() {
            request = request.header(COOKIE, jar.join("; "));
        }
        let request = request
            .body(body.map_or_else(Body::empty, |(_, bytes)| Body::from(bytes)))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        (parts, body.collect().await.unwrap().to_bytes())
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let text = header.to_str().unwrap();
            assert!(text.starts_with("__Host-"), "{text}");
            for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(text.contains(attribute), "{text}");
            }
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.set_cookie(name, Some(value).filter(|_| !text.contains("Max-Age=0")));
        }
    }
}
