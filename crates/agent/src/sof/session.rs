//! What a page's session remembers: a login, its end, the last error.

use pki::UnixTime;
use token::Pin;

use super::SofError;

/// SM2 with SM3.
pub const SGD_SM3_SM2: u32 = 0x0002_0201;
/// RSA with SHA-256.
pub const SGD_SHA256_RSA: u32 = 0x0001_0004;
/// How long a login serves, in seconds.
pub const LOGIN_SECONDS: i64 = 300;
/// How many signatures a login serves; then the PIN is asked again.
pub const LOGIN_SIGNATURES: u32 = 20;

/// A page's session: one a connection, or one an origin where a format has no connections.
pub struct Session {
    /// The origin, as the browser gave it.
    pub origin: String,
    /// The last failure, for `SOF_GetLastError`.
    pub last_error: Option<SofError>,
    /// The signature algorithm that the page named, GM/T 0006 §5.2.
    pub sign_method: u32,
    login: Option<Login>,
}

/// A PIN that the person gave for this session. It is wiped when the login ends.
struct Login {
    certificate: String,
    pin: Pin,
    until: UnixTime,
    signatures: u32,
}

impl Session {
    /// A session of a page that has not logged in.
    pub fn new(origin: String) -> Session {
        Session {
            origin,
            last_error: None,
            sign_method: SGD_SM3_SM2,
            login: None,
        }
    }

    /// Whether a login with this certificate serves now.
    pub fn serves(&self, certificate: &str, now: UnixTime) -> bool {
        self.login.as_ref().is_some_and(|login| {
            login.certificate == certificate && now.0 < login.until.0 && login.signatures > 0
        })
    }

    /// Remembers a PIN that the token took.
    pub fn log_in(&mut self, certificate: &str, pin: Pin, now: UnixTime) {
        self.login = Some(Login {
            certificate: certificate.to_owned(),
            pin,
            until: UnixTime(now.0.saturating_add(LOGIN_SECONDS)),
            signatures: LOGIN_SIGNATURES,
        });
    }

    /// The PIN for one signature; none where no login serves, and then none is kept either.
    pub fn pin_for(&mut self, certificate: &str, now: UnixTime) -> Option<&Pin> {
        if !self.serves(certificate, now) {
            self.log_out();
            return None;
        }
        let login = self.login.as_mut()?;
        login.signatures -= 1;
        Some(&login.pin)
    }

    /// Forgets the login.
    pub fn log_out(&mut self) {
        self.login = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged_in() -> Session {
        let mut session = Session::new("https://a.cn".into());
        session.log_in("one", Pin::new("20261122").unwrap(), UnixTime(1000));
        session
    }

    #[test]
    fn a_login_serves_its_certificate_for_its_time() {
        let session = logged_in();
        assert!(session.serves("one", UnixTime(1000 + LOGIN_SECONDS - 1)));
        assert!(!session.serves("one", UnixTime(1000 + LOGIN_SECONDS)));
        assert!(!session.serves("two", UnixTime(1000)));
    }

    #[test]
    fn a_login_serves_so_many_signatures_and_no_more() {
        let mut session = logged_in();
        for _ in 0..LOGIN_SIGNATURES {
            assert!(session.pin_for("one", UnixTime(1001)).is_some());
        }
        assert!(session.pin_for("one", UnixTime(1001)).is_none());
    }

    #[test]
    fn after_logging_out_nothing_is_kept() {
        let mut session = logged_in();
        session.log_out();
        assert!(session.pin_for("one", UnixTime(1001)).is_none());
    }
}
