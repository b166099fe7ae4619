//! What the two pages do in a browser, request for request: the platform's page and the agent's window.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::Error;

/// A key must be seen to come or go within this; longer is a stuck agent, not a slow one.
const PATIENCE: Duration = Duration::from_secs(30);

/// The platform's page, with its cookies. They are `Secure`: browsers trust loopback, cookie jars do not.
pub struct Platform {
    http: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

impl Platform {
    /// A browser that was never here.
    pub fn new(origin: String) -> Platform {
        Platform {
            http: Client::new(),
            origin,
            cookies: BTreeMap::new(),
        }
    }

    /// Account and password.
    pub async fn log_in_by_password(&mut self, account: &str, password: &str) -> Result<(), Error> {
        let form = json!({ "account": account, "password": password });
        self.ask(Method::POST, "sessions/password", &form)
            .await
            .map(drop)
    }

    /// CA 登录.
    pub async fn log_in_by_key(
        &mut self,
        agent: &AgentPage,
        key: &str,
        pin: &str,
    ) -> Result<(), Error> {
        let challenge = self.ask(Method::POST, "logins", &json!({})).await?;
        let token = agent
            .sign("login", &self.origin, &challenge, key, pin)
            .await?;
        let form = json!({ "challenge": challenge["challenge"], "token": token });
        self.ask(Method::POST, "sessions/certificate", &form)
            .await
            .map(drop)
    }

    /// 绑定 CA.
    pub async fn bind(&mut self, agent: &AgentPage, key: &str, pin: &str) -> Result<(), Error> {
        let challenge = self
            .ask(Method::POST, "binding-challenges", &json!({}))
            .await?;
        let token = agent
            .sign("bind", &self.origin, &challenge, key, pin)
            .await?;
        let form = json!({ "challenge": challenge["challenge"], "token": token });
        let proof = self.ask(Method::POST, "binding-proofs", &form).await?;
        let form = json!({ "proof_id": proof["id"] });
        self.ask(Method::POST, "bindings", &form).await.map(drop)
    }

    /// 退出.
    pub async fn log_out(&mut self) -> Result<(), Error> {
        self.ask(Method::DELETE, "session", &Value::Null)
            .await
            .map(drop)
    }

    async fn ask(&mut self, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.origin))
            .header("origin", &self.origin)
            .header("cookie", cookies.join("; "));
        let response = send(request, body).await?;
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        read(path, response).await
    }
}

/// The agent, as a browser reaches it.
pub struct AgentPage {
    http: Client,
    origin: String,
}

impl AgentPage {
    /// The agent at an origin.
    pub fn new(origin: String) -> AgentPage {
        AgentPage {
            http: Client::new(),
            origin,
        }
    }

    /// Opens the window.
    pub async fn open(&self) -> Result<Window<'_>, Error> {
        let page = self
            .http
            .get(format!("{}/popup", self.origin))
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "cross-site")
            .send()
            .await?
            .text()
            .await?;
        let token = page
            .split_once("name=\"yinxin-page\" content=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(token, _)| token.to_owned())
            .ok_or("the window carries no token")?;
        Ok(Window { agent: self, token })
    }

    /// A statement for a challenge, signed by a key, after consent and PIN.
    async fn sign(
        &self,
        purpose: &str,
        origin: &str,
        challenge: &Value,
        key: &str,
        pin: &str,
    ) -> Result<Value, Error> {
        let window = self.open().await?;
        let request = json!({
            "version": 1, "purpose": purpose, "nonce": challenge["nonce"], "intent": challenge["intent"],
        });
        let body = json!({ "origin": origin, "request": request.to_string() });
        let view = window.ask("request", &body).await?;
        if view["consent"] != true {
            window.ask("consent", &Value::Null).await?;
        }
        let keys = window.keys(None).await?;
        let certificate =
            keys.row(key).ok_or("the key is not plugged in")?["certificates"][0]["id"].clone();
        let body = json!({ "certificate": certificate, "pin": pin, "spend_last_try": false });
        Ok(window.ask("sign", &body).await?["token"].clone())
    }
}

/// One window of the agent.
pub struct Window<'a> {
    agent: &'a AgentPage,
    token: String,
}

/// What is plugged in, and since which change.
pub struct Keys(Value);

impl Keys {
    fn row(&self, key: &str) -> Option<&Value> {
        self.0["keys"]
            .as_array()?
            .iter()
            .find(|row| row["key_number"] == key)
    }
}

impl Window<'_> {
    /// What is plugged in: at once, or at the next change after `seen`.
    pub async fn keys(&self, seen: Option<&Keys>) -> Result<Keys, Error> {
        let seen = seen.map_or(Value::Null, |keys| keys.0["revision"].clone());
        Ok(Keys(self.ask("keys", &json!({ "seen": seen })).await?))
    }

    /// How long it takes from now until the key is there, or gone.
    pub async fn until(&self, mut keys: Keys, key: &str, there: bool) -> Result<Duration, Error> {
        let since = Instant::now();
        while keys.row(key).is_some() != there {
            if since.elapsed() > PATIENCE {
                let what = if there { "plugged in" } else { "pulled out" };
                return Err(format!(
                    "after {} s the agent had not seen the key {what}",
                    PATIENCE.as_secs()
                )
                .into());
            }
            keys = self.keys(Some(&keys)).await?;
        }
        Ok(since.elapsed())
    }

    async fn ask(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let request = self
            .agent
            .http
            .post(format!("{}/api/{path}", self.agent.origin))
            .header("origin", &self.agent.origin)
            .header("sec-fetch-site", "same-origin")
            .header("x-yinxin-page", &self.token);
        read(path, send(request, body).await?).await
    }
}

async fn send(request: RequestBuilder, body: &Value) -> Result<Response, Error> {
    let request = match body {
        Value::Null => request,
        body => request
            .header("content-type", "application/json")
            .body(body.to_string()),
    };
    Ok(request.timeout(2 * PATIENCE).send().await?)
}

async fn read(path: &str, response: Response) -> Result<Value, Error> {
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        return Err(format!("{path} answered {status}: {text}").into());
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text)?)
}
