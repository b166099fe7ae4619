//! A platform, as the command line reaches it: the API that its pages use, with its cookies and its problems.
//!
//! The platform's origin is the address that the user typed; it is what a login token is good for, so nothing
//! that the platform answers can change it: redirects are not followed.

use std::io;
use std::path::Path;
use std::time::Duration;

use contract::{ErrorCode, Problem};
use futures_util::{StreamExt as _, TryStreamExt as _};
use pki::UnixTime;
use reqwest::header::{CONTENT_TYPE, COOKIE, DATE, ORIGIN, SET_COOKIE};
use reqwest::{Body, Client, Method, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;
use url::Url;

/// Longest answer that is no file: a seal's request with three tails.
const MAX_ANSWER: usize = contract::request::MAX_REQUEST_BYTES + 256 * 1024;
/// Longest file: what a platform takes at most, and its seals.
const MAX_FILE: u64 = 640 * 1024 * 1024;
/// A host that does not answer at all.
const CONNECT: Duration = Duration::from_secs(10);
/// A platform that works on a large file says nothing for a while.
const SILENCE: Duration = Duration::from_secs(180);

/// Why a platform did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The address is no platform's.
    #[error("{0} is no address of a platform")]
    Address(String),
    /// It said no, or that it can't now.
    #[error("the platform answered {}: {}", .0.code.name(), .0.detail.en)]
    Problem(Box<Problem>),
    /// It did not answer.
    #[error("the platform cannot be reached: {0}")]
    Unreachable(String),
    /// It answered what is no answer.
    #[error("the platform's answer cannot be read: {0}")]
    Garbage(String),
    /// A file here.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<reqwest::Error> for RemoteError {
    fn from(error: reqwest::Error) -> RemoteError {
        // The address may stand in the message twice over; the causes say what happened.
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        RemoteError::Unreachable(text)
    }
}

/// A platform and what it gave this client to remember.
pub struct Remote {
    client: Client,
    origin: String,
    base: Url,
    cookies: Vec<(String, String)>,
}

impl Remote {
    /// A platform by any address on it.
    ///
    /// # Errors
    /// [`RemoteError::Address`] for what is no http or https address.
    pub fn at(address: &str) -> Result<Remote, RemoteError> {
        let no = || RemoteError::Address(address.to_owned());
        let url = Url::parse(address).map_err(|_| no())?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
            return Err(no());
        }
        let base = url.join("/api/v1/").map_err(|_| no())?;
        // The one provider of this process; a second call finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("yinxin-agent/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Remote {
            client,
            origin: url.origin().ascii_serialization(),
            base,
            cookies: Vec::new(),
        })
    }

    /// Its origin, as a browser would write it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its clock, as it stands in the answer's `Date` (RFC 9110 §6.6.1); `None` where there is none.
    ///
    /// # Errors
    /// [`RemoteError::Unreachable`]. Any answer will do, a refusal too.
    pub async fn clock(&self) -> Result<Option<UnixTime>, RemoteError> {
        let response = self.request(Method::GET, "platform")?.send().await?;
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok());
        let at = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        Ok(at.map(|at| UnixTime(at.timestamp().as_second())))
    }

    /// Reads something.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, RemoteError> {
        let request = self.request(Method::GET, path)?;
        self.answer(request).await
    }

    /// Asks for a change.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, RemoteError> {
        let request = self.request(Method::POST, path)?;
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        self.answer(request).await
    }

    /// Ends something; what is answered is not read.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn delete(&mut self, path: &str) -> Result<(), RemoteError> {
        let request = self.request(Method::DELETE, path)?;
        self.send(request).await.map(drop)
    }

    /// Sends a file; `progress` hears how many octets went out.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub async fn upload<T: DeserializeOwned>(
        &mut self,
        path: &str,
        media_type: &str,
        file: File,
        progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<T, RemoteError> {
        let mut sent = 0;
        let stream = ReaderStream::with_capacity(file, 256 * 1024).inspect_ok(move |chunk| {
            sent += chunk.len() as u64;
            progress(sent);
        });
        let request = self.request(Method::POST, path)?;
        let request = request
            .header(CONTENT_TYPE, media_type)
            .body(Body::wrap_stream(stream));
        self.answer(request).await
    }

    /// Fetches a file to a path where nothing may stand yet; `progress` hears how many octets came.
    ///
    /// # Errors
    /// [`RemoteError`]; then nothing stands at the path.
    pub async fn download(
        &mut self,
        path: &str,
        to: &Path,
        progress: impl Fn(u64),
    ) -> Result<u64, RemoteError> {
        let request = self.request(Method::GET, path)?;
        let response = self.send(request).await?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let partial = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut file = File::from_std(partial.reopen()?);
        let (mut stream, mut length) = (response.bytes_stream(), 0);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            length += chunk.len() as u64;
            if length > MAX_FILE {
                return Err(RemoteError::Garbage("the file does not end".into()));
            }
            file.write_all(&chunk).await?;
            progress(length);
        }
        file.sync_all().await?;
        partial
            .persist_noclobber(to)
            .map_err(|error| RemoteError::Io(error.error))?;
        Ok(length)
    }

    /// The cookies as a line of a header: what a later run needs to go on in this session.
    pub fn cookie_line(&self) -> String {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, RemoteError> {
        let url = self
            .base
            .join(path)
            .map_err(|_| RemoteError::Address(path.to_owned()))?;
        let mut request = self
            .client
            .request(method, url)
            .header(ORIGIN, &self.origin);
        if !self.cookies.is_empty() {
            request = request.header(COOKIE, self.cookie_line());
        }
        Ok(request)
    }

    async fn answer<T: DeserializeOwned>(
        &mut self,
        request: RequestBuilder,
    ) -> Result<T, RemoteError> {
        let response = self.send(request).await?;
        let body = limited(response).await?;
        serde_json::from_slice(&body).map_err(|error| RemoteError::Garbage(error.to_string()))
    }

    /// Sends, keeps the cookies, and turns a refusal into its problem.
    async fn send(&mut self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let response = request.send().await?;
        for line in response.headers().get_all(SET_COOKIE) {
            if let Some((name, value)) = line.to_str().ok().and_then(cookie) {
                self.cookies.retain(|(known, _)| *known != name);
                if !value.is_empty() {
                    self.cookies.push((name, value));
                }
            }
        }
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = limited(response).await?;
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(RemoteError::Problem(Box::new(problem))),
            Err(_) => Err(RemoteError::Garbage(format!("status {status}"))),
        }
    }
}

impl RemoteError {
    /// The platform's code, where it gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            RemoteError::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }
}

async fn limited(response: Response) -> Result<Vec<u8>, RemoteError> {
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > MAX_ANSWER {
            return Err(RemoteError::Garbage("the answer does not end".into()));
        }
    }
    Ok(body)
}

/// Name and value of a `Set-Cookie` line; an empty value where the line takes the cookie away (RFC 6265 §5.2).
fn cookie(line: &str) -> Option<(String, String)> {
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let ended = parts.any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
    let value = if ended { "" } else { value.trim() };
    Some((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_named_by_its_origin_whatever_stands_behind_it() {
        let remote = Remote::at("https://www.example.cn/login?next=/a").unwrap();
        assert_eq!(remote.origin(), "https://www.example.cn");
        for bad in ["ftp://a.cn", "www.example.cn", "https://user@a.cn", ""] {
            assert!(Remote::at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cookie_is_kept_until_it_is_taken_away() {
        assert_eq!(
            cookie("__Host-a=b=c; Path=/; Secure; HttpOnly"),
            Some(("__Host-a".into(), "b=c".into()))
        );
        assert_eq!(
            cookie("__Host-a=x; Max-Age=0"),
            Some(("__Host-a".into(), String::new()))
        );
        assert_eq!(cookie("nonsense"), None);
    }
}
