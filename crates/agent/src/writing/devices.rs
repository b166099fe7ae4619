//! What is plugged in, as a production sees it. Nothing that holds a key of somebody's is ever written over.

use catalogue::Modules;
use serde::Serialize;
use token::{LibraryKind, Listing, TokenInfo};

use super::DeviceIdentity;
use crate::discovery;
use crate::keyring::digest_id;

/// Name of the application that a production makes.
pub const APPLICATION: &str = "YINXIN";
/// What the names of containers begin with that productions and renewals made.
const PREFIX: &str = "yx-";

/// The container of a production: found again by its name after a crash.
pub fn container_of(production: &str) -> String {
    format!("{PREFIX}{production}")
}

/// A device for the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// Stable while it stays plugged in.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Whether keys lie in hardware.
    pub hardware: bool,
    /// What a production finds on it.
    pub state: DeviceState,
    /// Tries of its user PIN that are left, where it has one and tells.
    pub tries_left: Option<u32>,
    /// Which device it is.
    #[serde(skip)]
    pub identity: DeviceIdentity,
    /// The application to work in, where there is one.
    #[serde(skip)]
    pub application: Option<String>,
}

/// What a production finds on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// No application.
    Blank,
    /// An application without a key: a production was interrupted there; its PIN is asked for.
    Begun,
    /// The container of this very production; its PIN is asked for.
    Ours,
    /// A key that another production made and that has no certificate yet.
    OtherProduction,
    /// Keys or certificates.
    NotBlank,
    /// Certificates can't be written to this kind here.
    Unsupported,
    /// It can't be read.
    Unreadable,
}

/// The devices of a listing, each once, for one production.
pub fn rows(listing: &Listing, modules: &Modules, production: &str) -> Vec<DeviceRow> {
    discovery::devices(listing, modules)
        .iter()
        .map(|device| row(&device.token, production))
        .collect()
}

fn row(token: &TokenInfo, production: &str) -> DeviceRow {
    let (state, application) = judge(token, &container_of(production));
    DeviceRow {
        id: digest_id(&[
            token.library.as_os_str().as_encoded_bytes(),
            token.device.as_bytes(),
        ]),
        label: token.label.clone(),
        serial: token.serial.clone(),
        hardware: token.hardware,
        state,
        tries_left: application
            .as_deref()
            .and_then(|application| token.tries_left(application)),
        identity: DeviceIdentity::of(token),
        application,
    }
}

/// The state of a token for the production with this container, and the application to work in.
pub fn judge(token: &TokenInfo, container: &str) -> (DeviceState, Option<String>) {
    if token.kind != LibraryKind::Skf {
        return (DeviceState::Unsupported, None);
    }
    if token.trouble.is_some() {
        return (DeviceState::Unreadable, None);
    }
    let mut filled = token.containers.iter().filter(|found| {
        found.kind.is_some()
            || found.signing_certificate.is_some()
            || found.encryption_certificate.is_some()
    });
    let own = token
        .containers
        .iter()
        .find(|found| found.name == container);
    match (filled.next(), filled.next()) {
        (None, _) => match (own, token.applications.first()) {
            (Some(own), _) => (DeviceState::Begun, Some(own.application.clone())),
            (None, Some(application)) => (DeviceState::Begun, Some(application.name.clone())),
            (None, None) => (DeviceState::Blank, None),
        },
        (Some(only), None) if only.name == container => {
            (DeviceState::Ours, Some(only.application.clone()))
        }
        (Some(only), None)
            if only.name.starts_with(PREFIX) && only.signing_certificate.is_none() =>
        {
            (DeviceState::OtherProduction, None)
        }
        _ => (DeviceState::NotBlank, None),
    }
}

#[cfg(test)]
mod tests {
    use token::{ApplicationInfo, ContainerInfo, KeyKind, PinEntry, PinLength};

    use super::*;

    fn token(applications: &[&str], containers: &[(&str, Option<KeyKind>)]) -> TokenInfo {
        TokenInfo {
            library: "/lib/a.so".into(),
            kind: LibraryKind::Skf,
            hardware: true,
            device: "K1".into(),
            label: String::new(),
            serial: "YX1".into(),
            manufacturer: String::new(),
            applications: applications
                .iter()
                .map(|name| ApplicationInfo {
                    name: (*name).into(),
                    user_pin: None,
                    admin_pin: None,
                    pin_entry: PinEntry::Typed,
                    pin_length: PinLength::default(),
                })
                .collect(),
            containers: containers
                .iter()
                .map(|(name, kind)| ContainerInfo {
                    application: applications[0].into(),
                    name: (*name).into(),
                    kind: *kind,
                    signing_certificate: None,
                    encryption_certificate: None,
                })
                .collect(),
            trouble: None,
        }
    }

    #[test]
    fn only_a_device_without_a_key_is_blank_and_a_production_finds_its_own_again() {
        let sm2 = Some(KeyKind::Sm2);
        for (token, state) in [
            (token(&[], &[]), DeviceState::Blank),
            (token(&["A"], &[]), DeviceState::Begun),
            (token(&["A"], &[("yx-P1", None)]), DeviceState::Begun),
            (token(&["A"], &[("yx-P1", sm2)]), DeviceState::Ours),
            (
                token(&["A"], &[("yx-P2", sm2)]),
                DeviceState::OtherProduction,
            ),
            (token(&["A"], &[("SIGN", sm2)]), DeviceState::NotBlank),
            (
                token(&["A"], &[("yx-P1", sm2), ("SIGN", sm2)]),
                DeviceState::NotBlank,
            ),
        ] {
            assert_eq!(judge(&token, &container_of("P1")).0, state);
        }
        let file = TokenInfo {
            kind: LibraryKind::KeyFile,
            ..token(&[], &[])
        };
        assert_eq!(judge(&file, "yx-P1").0, DeviceState::Unsupported);
    }
}
