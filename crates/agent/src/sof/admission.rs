//! Which page may call at all, and what a browser must be told for it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Sof;

/// Why a request is not served. A page learns no more than that it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The module is off.
    #[error("the module is off")]
    Off,
    /// Host is not this listener: a name that somebody rebinds to this machine.
    #[error("Host is not 127.0.0.1 with our port")]
    Host,
    /// No origin, or more than one.
    #[error("the request names no origin")]
    NoOrigin,
    /// An origin that neither the platform files list nor the user enabled.
    #[error("the origin is not enabled")]
    Origin,
}

/// The origin of an admitted request.
///
/// # Errors
/// [`NotAdmitted`].
pub fn admit(sof: &Sof, port: u16, headers: &HeaderMap) -> Result<String, NotAdmitted> {
    if !sof.agent.sof().enabled() {
        return Err(NotAdmitted::Off);
    }
    if only(headers, &header::HOST) != Some(format!("127.0.0.1:{port}").as_str()) {
        return Err(NotAdmitted::Host);
    }
    let origin = only(headers, &header::ORIGIN).ok_or(NotAdmitted::NoOrigin)?;
    still(sof, origin).map(|()| origin.to_owned())
}

/// Whether an origin may call now: asked again with each call of a connection that stays open.
///
/// # Errors
/// [`NotAdmitted::Off`], [`NotAdmitted::Origin`].
pub fn still(sof: &Sof, origin: &str) -> Result<(), NotAdmitted> {
    let settings = sof.agent.sof();
    if !settings.enabled() {
        return Err(NotAdmitted::Off);
    }
    let enabled = sof.agent.policy.is_listed(origin) || settings.may(origin);
    if enabled && sof.agent.policy.admit(origin).is_ok() {
        Ok(())
    } else {
        Err(NotAdmitted::Origin)
    }
}

/// What lets the page of an admitted origin read the answer (Fetch standard, CORS protocol), and call a loopback
/// address at all (Private Network Access).
pub fn allow(headers: &mut HeaderMap, origin: &str) {
    let Ok(origin) = HeaderValue::from_str(origin) else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    headers.insert(
        HeaderName::from_static("access-control-allow-private-network"),
        HeaderValue::from_static("true"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// A header's value where it stands exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}
